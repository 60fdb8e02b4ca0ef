"""The lines of the lists: what they read of a dossier and of its open alerts, whatever the list."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Row,
    ScalarSelect,
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
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import CTE

from app.accounts.models import Agent
from app.alertes import rules
from app.alertes.models import Alerte
from app.alertes.vocabulaire import Regle
from app.db.labelled import Labelled
from app.db.sql import code, number
from app.db.types import Identifiant
from app.jeunes.models import Identite
from app.parcours.models import Dossier, Etat, SituationMois
from app.parcours.rules import MAJORITE
from app.parcours.vocabulaire import GenreEtape, Intensite, MotifSortie, Situation, StatutEtape
from app.programme.models import Territoire
from app.referents.models import MembreEquipe
from app.referents.models_continuite import Absence
from app.referents.queries import absent_today, covered_by, member_today
from app.referents.queries_partage import SITUATIONS_DE, Regardeur
from app.referents.vocabulaire import Finalite

AGENT = bindparam("agent_id", type_=Identifiant)
STRUCTURE = bindparam("structure_id", type_=Identifiant)
TODAY = bindparam("today", type_=Date())
# the last birth year of those who come of age this year or before
MAJEURS = bindparam("majeurs", type_=Integer())
REGARDEUR = Regardeur(AGENT, STRUCTURE, TODAY)


class Dite(NamedTuple):
    """What an open alert says. `faits` is JSON text, so that a sentence may be kept by what it says.

    `reportee_au`, `escaladee_le` and `inutile_le` are read for one dossier, not for a list.
    """

    regle: str
    cle: str
    depuis: date
    due: date
    gravite: int
    faits: str
    alerte_id: int = 0
    reportee_au: date | None = None
    escaladee_le: datetime | None = None
    inutile_le: datetime | None = None

    @property
    def lus(self) -> dict[str, Any]:
        """`faits` read, with the labels of the codes that they name, and the days as dates."""
        read = json.loads(self.faits)
        labels = {said: kind(read[name]).label for name, (said, kind) in _LABELS.items() if name in read}
        if self.regle == Regle.APRES_SORTIE:
            labels["motif_en_mots"] = MotifSortie(read["motif"]).label
        days = {name: date.fromisoformat(read[name]) if read[name] else None for name in _JOURS & read.keys()}
        return read | labels | days


_JOURS = frozenset({"fin", "jalon", "convocation", "retour", "debut"})
_LABELS: dict[str, tuple[str, type[Labelled]]] = {
    "genre": ("etape", GenreEtape),
    "statut": ("statut_en_mots", StatutEtape),
    "situation": ("en_mots", Situation),
    "intensite": ("intensite_en_mots", Intensite),
}


class Ligne(NamedTuple):
    """One young person of the list, in the order of `lines_of`; `uid`, `code` and `identite` open their name.

    `mois`: the first month of each situation, as `24310 scolarite,24322 decrochage`. `alertes`: the gravest first.
    `noter`: whether this agent may write there. `contact` is read by *Ma journée* alone. `supplee`: the référent whom
    this agent covers there, until `supplee_fin` excluded. `finalite`: for what they see it, when it is as a partner;
    what this does not need is left out, and a `situation` then is empty.
    """

    dossier_id: int
    situation: str
    situation_depuis: date | None
    dernier_contact: date | None
    prochain_contact: date | None
    clos_le: date | None
    confirmee_le: date | None
    uid: UUID
    code: str
    annee_naissance: int | None
    territoire_id: int
    referent_id: int | None
    territoire: str
    identite: bytes | None
    contact: bytes | None
    noter: bool
    mois: str | None
    supplee: str | None
    supplee_fin: date | None
    finalite: str | None
    alertes: list[Dite]


STATE = (
    Etat.dossier_id,
    Etat.situation,
    Etat.situation_depuis,
    Etat.dernier_contact,
    Etat.prochain_contact,
    Etat.clos_le,
    Etat.confirmee_le,
    Dossier.uid,
    Dossier.code,
    Dossier.annee_naissance,
    Dossier.territoire_id,
    Etat.referent_id,
)


def parameters(agent: Agent, today: date) -> dict[str, Any]:
    return {
        "agent_id": agent.id,
        "structure_id": agent.structure_id,
        "today": today,
        "majeurs": today.year - MAJORITE,
    }


def shown(alerte: Any) -> ColumnElement[bool]:
    """Open, and not put off past the parameter `today`: what a list shows. `alerte`: the table, or its columns."""
    return and_(alerte.fermee_le.is_(None), or_(alerte.reportee_au.is_(None), alerte.reportee_au <= TODAY))


def told(alerte: Any, dossier_id: Any) -> ColumnElement[bool]:
    """Whether the agent of the parameters may be told of this alert: a partner, of those that their purpose allows."""
    return ~REGARDEUR.withholds(dossier_id, alerte.regle, rules.REGLES_DE)


WORST = Alerte.__table__.alias("pire")


def is_worst(dossier_id: Any, *but: ColumnElement[bool]) -> ColumnElement[bool]:
    """What joins WORST, the gravest alert shown of a dossier, the one due for longest: one row at most.

    `but`: what such an alert must be besides.
    """
    first = (
        select(Alerte.id)
        .where(Alerte.dossier_id == dossier_id, shown(Alerte), *but)
        .order_by(Alerte.gravite, Alerte.due, Alerte.id)
        .limit(number(1))
    )
    return WORST.c.id == first.correlate(dossier_id.table).scalar_subquery()


_COVER, _COVERED = aliased(Absence), aliased(Agent)
_COVERS_TODAY = absent_today(TODAY, _COVER)


def lines_of(
    page: CTE,
    *where: ColumnElement[bool],
    montre: ColumnElement[bool] | None = None,
    contact: bool = False,
    partage: bool = False,
) -> Select[Any]:
    """The lines of a page that holds STATE and `rang`: one row per alert, one for whoever has none, in order.

    A page that names its reason as `pire_id` has it first. `montre`: which alerts, those of `shown` by default.
    `partage`: the agent may see some of these dossiers as a partner.
    """
    sealed = Identite.__table__.c
    reason = [case((Alerte.id == page.c.pire_id, number(0)), else_=number(1))] if "pire_id" in page.c else []
    return (
        select(
            *(cast(column, String).label(column.name) if column.name in _TEXTS else column for column in page.c),
            Territoire.nom.label("territoire"),
            sealed.identite,
            (sealed.contact if contact else cast(None, sealed.contact.type)).label("contact"),
            or_(page.c.referent_id.in_(answered_by()), _is_member(page.c.dossier_id)).label("noter"),
            _months(page.c.dossier_id).label("mois"),
            (_COVERED.prenom + " " + _COVERED.nom).label("supplee"),
            _COVER.jusqu_au.label("supplee_fin"),
            (REGARDEUR.purpose(page.c.dossier_id) if partage else cast(None, String)).label("finalite"),
            *SAID,
        )
        .join_from(page, Territoire, Territoire.id == page.c.territoire_id)
        .outerjoin(Identite.__table__, sealed.dossier_id == page.c.dossier_id)
        .outerjoin(_COVER, and_(_COVER.agent_id == page.c.referent_id, _COVER.suppleant_id == AGENT, *_COVERS_TODAY))
        .outerjoin(_COVERED, _COVERED.id == _COVER.agent_id)
        .outerjoin(Alerte, and_(Alerte.dossier_id == page.c.dossier_id, shown(Alerte) if montre is None else montre))
        .where(*where)
        .order_by(page.c.rang, *reason, Alerte.gravite, Alerte.due, Alerte.id)
    )


def _months(dossier_id: Any) -> ScalarSelect[str]:
    """The first month of each situation, as `Ligne.mois` says them."""
    month = cast(SituationMois.m0, String) + code(" ") + cast(SituationMois.situation, String)
    of_dossier = select(func.aggregate_strings(month, code(","))).where(SituationMois.dossier_id == dossier_id)
    return of_dossier.scalar_subquery()


def answered_by() -> CompoundSelect[tuple[int]]:
    """The référents whom the agent of the parameters answers as today: themselves, and those whom they cover."""
    return select(AGENT).union_all(covered_by(AGENT, TODAY))


def _is_member(dossier_id: Any) -> ColumnElement[bool]:
    return exists().where(
        MembreEquipe.dossier_id == dossier_id,
        MembreEquipe.agent_id == AGENT,
        *member_today(TODAY),
    )


# read as text: a list looks its labels up by itself
_TEXTS = frozenset({"situation"})
# what a list reads of an alert, in the order of `Dite`
SAID = (
    cast(Alerte.regle, String).label("regle"),
    Alerte.cle,
    Alerte.depuis,
    Alerte.due,
    Alerte.gravite,
    cast(Alerte.faits, Text).label("faits"),
    Alerte.id.label("alerte_id"),
)


def group_lines(rows: Iterable[Row[Any]]) -> list[Ligne]:
    """The rows of `lines_of`, one line per young person."""
    lignes: list[Ligne] = []
    for row in rows:
        if not lignes or lignes[-1].dossier_id != row[0]:
            ligne = Ligne(*row[:_STATE], *row[-_SAID - _BESIDE : -_SAID], [])
            lignes.append(_withheld(ligne) if ligne.finalite else ligne)
        if row[-1] is not None and _is_told(lignes[-1], row[-_SAID]):
            lignes[-1].alertes.append(Dite(*row[-_SAID:]))
    return lignes


def _is_told(ligne: Ligne, regle: str) -> bool:
    return not ligne.finalite or regle in rules.REGLES_DE[Finalite(ligne.finalite)]


def _withheld(ligne: Ligne) -> Ligne:
    """The line without the situations that the partner's purpose does not need."""
    shown = SITUATIONS_DE[Finalite(ligne.finalite)]
    months = [part.partition(" ") for part in (ligne.mois or "").split(",") if part]
    told = [f"{m0} {said if said in shown else Situation.INCONNUE.value}" for m0, _, said in months]
    ligne = ligne._replace(mois=",".join(told) or None)
    if ligne.situation in shown:
        return ligne
    return ligne._replace(situation="", situation_depuis=None, confirmee_le=None)


# how many columns `lines_of` begins with, those beside them, and how many say an alert at the end
_STATE = len(STATE)
_BESIDE = 8
_SAID = len(SAID)
