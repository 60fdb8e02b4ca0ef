"""*Mes jeunes*: the caseload of an agent in one SELECT, those who need attention first.

The order, published on the page: the gravest alert; minors; décrochage and sans solution; the alert due for longest;
then the nearest planned contact, and the oldest exchange. It is total, so a page never shows anybody twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CTE

from app.accounts.models import Agent
from app.alertes import rules
from app.alertes.models import Alerte
from app.alertes.vocabulaire import Regle
from app.db.sql import among, code, ids_parameter, number
from app.db.types import Identifiant
from app.jeunes.models import Identite
from app.parcours.models import Dossier, Etat, SituationMois
from app.parcours.vocabulaire import GenreEtape, Intensite, Situation
from app.programme.models import Territoire
from app.referents.models import MembreEquipe
from app.referents.queries import visible_clause

AGENT = bindparam("agent_id", type_=Identifiant)
TODAY = bindparam("today", type_=Date())
# the last birth year of those who come of age this year or before
MAJEURS = bindparam("majeurs", type_=Integer())


class Lien(StrEnum):
    """Which dossiers: those that the agent answers for, or those of the équipes they belong to."""

    REFERENT = "referent"
    EQUIPE = "equipe"


class Alertees(StrEnum):
    """Which dossiers, by their alerts: with any, with none."""

    AVEC = "avec"
    SANS = "sans"


@dataclass(frozen=True, slots=True)
class Filtre:
    """What a page is asked to show. None, or an empty choice, is everything."""

    lien: Lien = Lien.REFERENT
    situation: Situation | None = None
    alerte: Regle | Alertees | None = None
    territoire_id: int | None = None


class Dite(NamedTuple):
    """What an open alert says. `faits` is JSON text, so that a sentence may be kept by what it says."""

    regle: str
    cle: str
    depuis: date
    due: date
    gravite: int
    faits: str

    @property
    def suite(self) -> str:
        """The page below its dossier where the next act is done; "" when it is to get in touch."""
        if self.regle == Regle.ETAPE_EN_RETARD:
            return f"/etapes/{UUID(self.cle)}"
        return "/referent" if self.regle == Regle.SANS_REFERENT else ""

    @property
    def lus(self) -> dict[str, Any]:
        """`faits` read, with the label of the step or of the intensity that they name."""
        read = json.loads(self.faits)
        if "genre" in read:
            read["etape"] = GenreEtape(read["genre"]).label
        if "intensite" in read:
            read["intensite"] = Intensite(read["intensite"]).label
        return read


class Ligne(NamedTuple):
    """One young person of the list, in the order of `lines_of`; `uid`, `code` and `identite` open their name.

    `mois`: the first month of each situation, as `24310 scolarite,24322 decrochage`. `alertes`: the gravest first.
    """

    dossier_id: int
    situation: str
    situation_depuis: date
    dernier_contact: date | None
    prochain_contact: date | None
    clos_le: date | None
    uid: UUID
    code: str
    annee_naissance: int | None
    territoire_id: int
    territoire: str
    identite: bytes | None
    mois: str | None
    alertes: list[Dite]


@dataclass(frozen=True, slots=True)
class Page:
    """`total` counts what the filter found, whatever the page."""

    lignes: Sequence[Ligne]
    total: int


@dataclass(frozen=True, slots=True)
class Choix:
    """What the filters offer, counted over the whole caseload: (code or id, name, how many)."""

    total: int = 0
    alertes: int = 0
    situations: dict[str, int] = field(default_factory=dict)
    territoires: dict[int, tuple[str, int]] = field(default_factory=dict)


def caseload(session: Session, *, agent: Agent, today: date, filtre: Filtre, page: int, par: int) -> Page:
    """Page `page` (from 1) of the open dossiers of `agent`, `par` a page. One statement."""
    statement = _page(filtre.lien, filtre.situation is not None, _kind(filtre.alerte), filtre.territoire_id is not None)
    rows = session.execute(
        statement,
        {
            **parameters(agent, today),
            "situation": filtre.situation,
            "regle": filtre.alerte,
            "territoire_id": filtre.territoire_id,
            "apres": (page - 1) * par,
            "jusqua": page * par,
        },
    ).all()
    return Page(group_lines(rows), rows[0].total if rows else 0)


def found(session: Session, *, agent: Agent, today: date, ids: Sequence[int]) -> list[Ligne]:
    """The same lines for dossiers found by a search, open or closed, in the order of `ids`; only visible ones."""
    statement = lines_of(_ranked(visible_clause(agent, today), among(Etat.dossier_id, ids_parameter("ids"))))
    rows = session.execute(statement, {**parameters(agent, today), "ids": ids}).all()
    place = {dossier_id: rank for rank, dossier_id in enumerate(ids)}
    return sorted(group_lines(rows), key=lambda ligne: place[ligne.dossier_id])


def choices(session: Session, *, agent: Agent, today: date, filtre: Filtre, page: Page) -> Choix:
    """What the filters offer, and how many alerts there are, whatever the filter.

    A page that shows the whole caseload has it all; otherwise one statement counts.
    """
    if filtre == Filtre(filtre.lien) and page.lignes and page.total == len(page.lignes):
        return _count(
            (ligne.territoire_id, ligne.territoire, ligne.situation, 1, bool(ligne.alertes)) for ligne in page.lignes
        )
    return _count(session.execute(_choices(filtre.lien), parameters(agent, today)))


def _count(rows: Iterable[Sequence[Any]]) -> Choix:
    """From (territoire_id, name, situation, how many, how many with an alert)."""
    total = alertes = 0
    situations: dict[str, int] = {}
    territoires: dict[int, tuple[str, int]] = {}
    for territoire_id, nom, situation, jeunes, alertees in rows:
        total += jeunes
        alertes += alertees
        situations[situation] = situations.get(situation, 0) + jeunes
        territoires[territoire_id] = (nom, territoires.get(territoire_id, (nom, 0))[1] + jeunes)
    by_name = sorted(territoires.items(), key=lambda item: (item[1][0].casefold(), item[0]))
    return Choix(total, alertes, situations, dict(by_name))


def order_for_review(session: Session, *, agent: Agent, today: date) -> list[int]:
    """The ids of the open dossiers that `agent` answers for, those who need attention first."""
    return list(session.scalars(_review(), parameters(agent, today)))


def parameters(agent: Agent, today: date) -> dict[str, Any]:
    return {"agent_id": agent.id, "today": today, "majeurs": today.year - rules.MAJORITE}


def _kind(alerte: Regle | Alertees | None) -> Alertees | str | None:
    return "regle" if isinstance(alerte, Regle) else alerte


def followed(lien: Lien) -> tuple[ColumnElement[bool], ...]:
    """The open dossiers of the parameters `agent_id` and `today`, as conditions on `etat`."""
    if lien is Lien.REFERENT:
        return Etat.referent_id == AGENT, Etat.clos_le.is_(None)
    teams = select(MembreEquipe.dossier_id).where(
        MembreEquipe.agent_id == AGENT, MembreEquipe.jusqu_au.is_(None), MembreEquipe.depuis <= TODAY
    )
    answered_by_another = or_(Etat.referent_id.is_(None), Etat.referent_id != AGENT)
    return Etat.dossier_id.in_(teams), answered_by_another, Etat.clos_le.is_(None)


WORST = Alerte.__table__.alias("pire")


def is_worst(dossier_id: Any) -> ColumnElement[bool]:
    """What joins WORST, the gravest open alert of a dossier, the one due for longest: one row at most."""
    first = (
        select(Alerte.id)
        .where(Alerte.dossier_id == dossier_id, Alerte.fermee_le.is_(None))
        .order_by(Alerte.gravite, Alerte.due, Alerte.id)
        .limit(number(1))
    )
    return WORST.c.id == first.correlate(dossier_id.table).scalar_subquery()


def _order() -> tuple[ColumnElement[Any], ...]:
    graves = Etat.situation.in_([code(value) for value in sorted(rules.SITUATIONS_GRAVES)])
    return (
        func.coalesce(WORST.c.gravite, number(rules.SANS_ALERTE)),
        case((Dossier.annee_naissance > MAJEURS, number(0)), else_=number(1)),
        case((graves, number(0)), else_=number(1)),
        # the engines disagree on where nulls come: say it
        case((WORST.c.due.is_(None), number(1)), else_=number(0)),
        WORST.c.due,
        case((Etat.prochain_contact.is_(None), number(1)), else_=number(0)),
        Etat.prochain_contact,
        case((Etat.dernier_contact.is_(None), number(0)), else_=number(1)),
        Etat.dernier_contact,
        Etat.dossier_id,
    )


STATE = (
    Etat.dossier_id,
    Etat.situation,
    Etat.situation_depuis,
    Etat.dernier_contact,
    Etat.prochain_contact,
    Etat.clos_le,
    Dossier.uid,
    Dossier.code,
    Dossier.annee_naissance,
    Dossier.territoire_id,
)


def _ranked(*where: ColumnElement[bool]) -> CTE:
    """The state of some dossiers, those who need attention first."""
    rank = func.row_number().over(order_by=_order()).label("rang")
    return (
        select(*STATE, rank, func.count().over().label("total"))
        .join_from(Etat, Dossier, Dossier.id == Etat.dossier_id)
        .outerjoin(WORST, is_worst(Etat.dossier_id))
        .where(*where)
        .cte("page")
    )


def lines_of(page: CTE, *where: ColumnElement[bool]) -> Select[Any]:
    """The lines of a page that holds STATE and `rang`: one row per alert, one for whoever has none, in order."""
    month = cast(SituationMois.m0, String) + code(" ") + cast(SituationMois.situation, String)
    months = (
        select(func.aggregate_strings(month, code(",")))
        .where(SituationMois.dossier_id == page.c.dossier_id)
        .scalar_subquery()
    )
    return (
        select(
            *(cast(column, String).label(column.name) if column.name in _TEXTS else column for column in page.c),
            Territoire.nom.label("territoire"),
            Identite.__table__.c.identite,
            months.label("mois"),
            cast(Alerte.regle, String).label("regle"),
            Alerte.cle,
            Alerte.depuis,
            Alerte.due,
            Alerte.gravite,
            cast(Alerte.faits, Text).label("faits"),
        )
        .join_from(page, Territoire, Territoire.id == page.c.territoire_id)
        .outerjoin(Identite.__table__, Identite.__table__.c.dossier_id == page.c.dossier_id)
        .outerjoin(Alerte, and_(Alerte.dossier_id == page.c.dossier_id, Alerte.fermee_le.is_(None)))
        .where(*where)
        .order_by(page.c.rang, Alerte.gravite, Alerte.due, Alerte.id)
    )


# read as text: a list looks its labels up by itself
_TEXTS = frozenset({"situation"})


@lru_cache(maxsize=64)
def _page(lien: Lien, situation: bool, alerte: str | None, territoire: bool) -> Select[Any]:
    """Built once for each combination of filters, so that SQLAlchemy finds its compiled text at once."""
    where = list(followed(lien))
    if situation:
        where.append(Etat.situation == bindparam("situation", type_=Etat.situation.type))
    if territoire:
        where.append(Dossier.territoire_id == bindparam("territoire_id", type_=Integer()))
    if alerte == Alertees.SANS:
        where.append(WORST.c.id.is_(None))
    elif alerte == Alertees.AVEC:
        where.append(WORST.c.id.is_not(None))
    elif alerte is not None:
        rule = bindparam("regle", type_=Alerte.regle.type)
        where.append(
            exists().where(Alerte.dossier_id == Etat.dossier_id, Alerte.fermee_le.is_(None), Alerte.regle == rule)
        )
    page = _ranked(*where)
    return lines_of(page, page.c.rang > bindparam("apres"), page.c.rang <= bindparam("jusqua"))


@lru_cache(maxsize=2)
def _choices(lien: Lien) -> Select[Any]:
    alerted = exists().where(Alerte.dossier_id == Etat.dossier_id, Alerte.fermee_le.is_(None))
    return (
        select(
            Territoire.id,
            Territoire.nom,
            cast(Etat.situation, String).label("situation"),
            func.count().label("jeunes"),
            func.sum(case((alerted, number(1)), else_=number(0))).label("alertes"),
        )
        .join_from(Etat, Dossier, Dossier.id == Etat.dossier_id)
        .join(Territoire, Territoire.id == Dossier.territoire_id)
        .where(*followed(lien))
        .group_by(Territoire.id, Territoire.nom, Etat.situation)
    )


@lru_cache(maxsize=1)
def _review() -> Select[Any]:
    return (
        select(Etat.dossier_id)
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .outerjoin(WORST, is_worst(Etat.dossier_id))
        .where(*followed(Lien.REFERENT))
        .order_by(*_order())
    )


def group_lines(rows: Iterable[Row[Any]]) -> list[Ligne]:
    """The rows of `lines_of`, one line per young person."""
    lignes: list[Ligne] = []
    for row in rows:
        if not lignes or lignes[-1].dossier_id != row[0]:
            lignes.append(Ligne(*row[:_STATE], *row[-_SAID - 3 : -_SAID], []))
        if row[-1] is not None:
            lignes[-1].alertes.append(Dite(*row[-_SAID:]))
    return lignes


# how many columns `lines_of` begins with, and how many say an alert after territoire, identite and mois
_STATE = len(STATE)
_SAID = 6
