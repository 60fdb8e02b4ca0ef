"""*Mes jeunes*: the caseload of an agent in one SELECT, those who need attention first.

The order, published on the page: the gravest alert; minors; décrochage and sans solution; the alert due for longest;
then the nearest planned contact, and the oldest exchange. It is total, so a page never shows anybody twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CTE

from app.accounts.models import Agent
from app.alertes import rules
from app.alertes.models import Alerte
from app.alertes.queries_lignes import (
    AGENT,
    MAJEURS,
    REGARDEUR,
    STATE,
    STRUCTURE,
    TODAY,
    WORST,
    Ligne,
    answered_by,
    group_lines,
    is_worst,
    lines_of,
    parameters,
    shown,
    told,
)
from app.alertes.vocabulaire import Regle
from app.db.sql import among, code, ids_parameter, number
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import Situation
from app.programme.models import Territoire
from app.referents.models import MembreEquipe
from app.referents.queries import has_opposed, member_today, visible_clause


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
    wanted = (visible_clause(agent, today), among(Etat.dossier_id, ids_parameter("ids")))
    statement = lines_of(_ranked(*wanted, partage=True), partage=True)
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
        if situation:
            situations[situation] = situations.get(situation, 0) + jeunes
        territoires[territoire_id] = (nom, territoires.get(territoire_id, (nom, 0))[1] + jeunes)
    by_name = sorted(territoires.items(), key=lambda item: (item[1][0].casefold(), item[0]))
    return Choix(total, alertes, situations, dict(by_name))


def order_for_review(session: Session, *, agent: Agent, today: date) -> list[int]:
    """The ids of the open dossiers that `agent` answers for, those who need attention first."""
    return list(session.scalars(_review(), parameters(agent, today)))


def _kind(alerte: Regle | Alertees | None) -> Alertees | str | None:
    return "regle" if isinstance(alerte, Regle) else alerte


def followed(lien: Lien) -> tuple[ColumnElement[bool], ...]:
    """The open dossiers of the parameters `agent_id` and `today`, as conditions on `etat`.

    Whoever covers a référent today answers for theirs.
    """
    welcome = ~has_opposed(Etat.dossier_id, STRUCTURE)
    if lien is Lien.REFERENT:
        return Etat.referent_id.in_(answered_by()), Etat.clos_le.is_(None), welcome
    teams = select(MembreEquipe.dossier_id).where(MembreEquipe.agent_id == AGENT, *member_today(TODAY))
    answered_by_another = or_(Etat.referent_id.is_(None), Etat.referent_id.not_in(answered_by()))
    return Etat.dossier_id.in_(teams), answered_by_another, Etat.clos_le.is_(None), welcome


def _order(*, partage: bool = False) -> tuple[ColumnElement[Any], ...]:
    graves = Etat.situation.in_([code(value) for value in sorted(rules.SITUATIONS_GRAVES)])
    if partage:
        graves = and_(graves, ~_WITHHELD)
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


# in the order of a list too, what a partner is not told does not show
_WITHHELD = REGARDEUR.hides_situation(Etat.dossier_id, Etat.situation)


def _ranked(*where: ColumnElement[bool], partage: bool = False) -> CTE:
    """The state of some dossiers, those who need attention first. `partage`: some may be seen as a partner."""
    rank = func.row_number().over(order_by=_order(partage=partage)).label("rang")
    but = [told(Alerte, Etat.dossier_id)] if partage else []
    return (
        select(*STATE, rank, func.count().over().label("total"))
        .join_from(Etat, Dossier, Dossier.id == Etat.dossier_id)
        .outerjoin(WORST, is_worst(Etat.dossier_id, *but))
        .where(*where)
        .cte("page")
    )


@lru_cache(maxsize=64)
def _page(lien: Lien, situation: bool, alerte: str | None, territoire: bool) -> Select[Any]:
    """Built once for each combination of filters, so that SQLAlchemy finds its compiled text at once."""
    where, partage = list(followed(lien)), lien is Lien.EQUIPE
    if situation:
        where.append(Etat.situation == bindparam("situation", type_=Etat.situation.type))
    if situation and partage:
        where.append(~_WITHHELD)
    if territoire:
        where.append(Dossier.territoire_id == bindparam("territoire_id", type_=Integer()))
    if alerte == Alertees.SANS:
        where.append(WORST.c.id.is_(None))
    elif alerte == Alertees.AVEC:
        where.append(WORST.c.id.is_not(None))
    elif alerte is not None:
        rule = bindparam("regle", type_=Alerte.regle.type)
        where.append(exists().where(*_alerted(partage), Alerte.regle == rule))
    page = _ranked(*where, partage=partage)
    return lines_of(page, page.c.rang > bindparam("apres"), page.c.rang <= bindparam("jusqua"), partage=partage)


def _alerted(partage: bool) -> list[ColumnElement[bool]]:
    """An alert that a list shows of the dossier of `etat`."""
    told_of = [told(Alerte, Alerte.dossier_id)] if partage else []
    return [Alerte.dossier_id == Etat.dossier_id, shown(Alerte), *told_of]


@lru_cache(maxsize=2)
def _choices(lien: Lien) -> Select[Any]:
    partage = lien is Lien.EQUIPE
    alerted = exists().where(*_alerted(partage))
    situation = cast(Etat.situation, String)
    if partage:
        situation = case((_WITHHELD, code("")), else_=situation)
    return (
        select(
            Territoire.id,
            Territoire.nom,
            situation.label("situation"),
            func.count().label("jeunes"),
            func.sum(case((alerted, number(1)), else_=number(0))).label("alertes"),
        )
        .join_from(Etat, Dossier, Dossier.id == Etat.dossier_id)
        .join(Territoire, Territoire.id == Dossier.territoire_id)
        .where(*followed(lien))
        .group_by(Territoire.id, Territoire.nom, situation)
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
