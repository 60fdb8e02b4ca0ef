"""Open alerts: of one dossier, in the inbox of an agent, in their morning, and how many the menu announces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CTE

from app.accounts.models import Agent
from app.alertes.models import Alerte
from app.alertes.queries_lignes import (
    AGENT,
    SAID,
    STATE,
    STRUCTURE,
    TODAY,
    Dite,
    Ligne,
    group_lines,
    lines_of,
    parameters,
    shown,
    told,
)
from app.alertes.queries_ordre import ORDRE
from app.alertes.queries_portefeuille import Lien, followed
from app.db.sql import number
from app.db.types import Identifiant
from app.parcours.models import Dossier, Etat
from app.referents.models import Affectation, MembreEquipe
from app.referents.queries import has_opposed, member_today
from app.referents.queries_demandes import count_requests, request_times
from app.referents.queries_passation import count_to_acknowledge
from app.referents.queries_reponse import unanswered
from app.referents.queries_urgence import Attente, head_counts, late

PAR_PAGE = 50


class Vue(StrEnum):
    """What a page of the inbox shows."""

    A_TRAITER = "a-traiter"
    # brought to the coordinateur of the structure
    PORTEES = "portees"
    # put off until a day that has not come
    REPORTEES = "reportees"


@dataclass(frozen=True, slots=True)
class Repere:
    """Where a page of the inbox ended: the rank, the due day and the id of its last reason."""

    ordre: int
    due: date
    alerte_id: int


@dataclass(frozen=True, slots=True)
class Boite:
    """A page of the inbox; `suite` begins the next one, if there is one."""

    lignes: Sequence[Ligne]
    suite: Repere | None


@dataclass(frozen=True, slots=True)
class Matin:
    """The first lines of an agent's day; `total` counts all the young people that an alert brings to them."""

    lignes: Sequence[Ligne]
    total: int


def alerts_of(session: Session, dossier_id: int) -> list[Dite]:
    """The open alerts of a dossier, the gravest first, those put off included."""
    rows = session.execute(_OF_ONE, {"dossier_id": dossier_id})
    return [Dite(*row) for row in rows]


def count_open(session: Session, *, agent: Agent, today: date) -> int:
    """How many young people the inbox speaks of, what was brought to a coordinateur included."""
    return session.scalar(_count(agent.referent, agent.coordinateur), parameters(agent, today)) or 0


def menu_counts(session: Session, *, agent: Agent, today: date, now: datetime) -> tuple[int, int, int, Attente]:
    """What every page announces, in one statement: `count_open`, the handovers that wait for this agent's word, the
    requests to join that wait for their answer, and what is urgent; for who sees dossiers."""
    given = parameters(agent, today) | late(now) | request_times(now)
    alertes, passations, demandes, *urgences = session.execute(_menu(agent.referent, agent.coordinateur), given).one()
    return alertes, passations, demandes, Attente(*urgences)


def inbox(
    session: Session,
    *,
    agent: Agent,
    today: date,
    apres: Repere | None,
    vue: Vue = Vue.A_TRAITER,
    limite: int = PAR_PAGE,
) -> Boite:
    """The open alerts that `agent` answers for, one line a young person, in the published order. One statement.

    A référent: their dossiers, and those that they cover. Somebody who is référent of nobody: those of their équipes. A
    coordinateur: also those of the structure for which nobody answers, since nobody else would see them. After an exit:
    the last référent, else the coordinateur.
    """
    given = parameters(agent, today) | {"limite": limite + 1}
    if apres is not None:
        given |= {"ordre": apres.ordre, "due": apres.due, "alerte_id": apres.alerte_id}
    rows = session.execute(_inbox(vue, agent.referent, agent.coordinateur, apres is not None), given).all()
    lignes = group_lines(rows)
    if len(lignes) <= limite:
        return Boite(lignes, None)
    last = next(row for row in rows if row.dossier_id == lignes[limite - 1].dossier_id)
    return Boite(lignes[:limite], Repere(last.ordre, last.pire_due, last.pire_id))


def morning(session: Session, *, agent: Agent, today: date, limite: int, contact: bool) -> Matin:
    """The first `limite` lines of the published order; see `queries_aujourdhui`."""
    rows = session.execute(
        _morning(agent.referent, agent.coordinateur, contact), parameters(agent, today) | {"limite": limite}
    ).all()
    return Matin(group_lines(rows), rows[0].total if rows else 0)


def _dossiers(referent: bool, coordinateur: bool) -> ColumnElement[bool]:
    """The dossiers that the agent answers for. Each branch by its own index: it costs what the agent answers for."""
    branches = [select(Etat.dossier_id).where(*followed(Lien.REFERENT)), _left_by_them()]
    if coordinateur:
        branches += [
            select(Dossier.id)
            .join(Etat, Etat.dossier_id == Dossier.id)
            .where(Dossier.structure_id == STRUCTURE, Dossier.clos_le.is_(None), unanswered(TODAY)),
            _left_by_nobody(),
        ]
    theirs = Alerte.dossier_id.in_(union(*branches))
    if referent:
        return theirs
    # who answers for nobody is told of the équipes they belong to; a partner, of what their purpose allows
    teams = Alerte.dossier_id.in_(select(Etat.dossier_id).where(*followed(Lien.EQUIPE)))
    return or_(theirs, and_(teams, told(Alerte, Alerte.dossier_id)))


# Only the checks after an exit speak of a closed dossier.
_LAST_AGENT = (
    select(Affectation.agent_id)
    .where(Affectation.dossier_id == Etat.dossier_id)
    .order_by(Affectation.debut.desc())
    .limit(number(1))
    .correlate(Etat)
    .scalar_subquery()
)


def _left_by_them() -> Select[Any]:
    """Closed dossiers of which the agent was the last référent, and which they may still see."""
    return (
        select(Etat.dossier_id)
        .join(MembreEquipe, MembreEquipe.dossier_id == Etat.dossier_id)
        .where(
            MembreEquipe.agent_id == AGENT,
            *member_today(TODAY),
            Etat.clos_le.is_not(None),
            _LAST_AGENT == AGENT,
            ~has_opposed(Etat.dossier_id, STRUCTURE),
        )
    )


def _left_by_nobody() -> Select[Any]:
    """Closed dossiers of the structure whose last référent has gone, or sees them no more."""
    keeper = exists().where(
        Agent.id == _LAST_AGENT,
        Agent.desactive_le.is_(None),
        MembreEquipe.agent_id == Agent.id,
        MembreEquipe.dossier_id == Etat.dossier_id,
        *member_today(TODAY),
    )
    return (
        select(Dossier.id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .where(Dossier.structure_id == STRUCTURE, Dossier.clos_le.is_not(None), ~keeper)
    )


def _escalated() -> Select[Any]:
    """The alerts brought to the coordinateur of the structure."""
    return (
        select(Alerte.id)
        .join(Dossier, Dossier.id == Alerte.dossier_id)
        .where(Dossier.structure_id == STRUCTURE, Alerte.escaladee_le.is_not(None), shown(Alerte))
    )


def _alerts(vue: Vue, referent: bool, coordinateur: bool) -> ColumnElement[bool]:
    """Which alerts a view is made of."""
    mine = _dossiers(referent, coordinateur)
    if vue is Vue.PORTEES:
        return Alerte.id.in_(_escalated())
    if vue is Vue.REPORTEES:
        return and_(PUT_OFF, mine)
    return and_(shown(Alerte), mine)


PUT_OFF = and_(Alerte.fermee_le.is_(None), Alerte.reportee_au > TODAY)


def _all_theirs(referent: bool, coordinateur: bool) -> ColumnElement[bool]:
    """What they answer for and, for a coordinateur, what was brought to them."""
    mine = and_(shown(Alerte), _dossiers(referent, coordinateur))
    return Alerte.id.in_(union(select(Alerte.id).where(mine), _escalated())) if coordinateur else mine


@lru_cache(maxsize=4)
def _count(referent: bool, coordinateur: bool) -> Select[Any]:
    return select(func.count(Alerte.dossier_id.distinct())).where(_all_theirs(referent, coordinateur))


@lru_cache(maxsize=4)
def _menu(referent: bool, coordinateur: bool) -> Select[Any]:
    counts = (_count(referent, coordinateur), count_to_acknowledge())
    numbers = (count.scalar_subquery() for count in counts)
    return select(*numbers, count_requests(coordinateur), *head_counts(coordinateur))


@lru_cache(maxsize=32)
def _inbox(vue: Vue, referent: bool, coordinateur: bool, after: bool) -> Select[Any]:
    page = _page(_alerts(vue, referent, coordinateur), after=after)
    return lines_of(page, montre=PUT_OFF if vue is Vue.REPORTEES else None, partage=not referent)


@lru_cache(maxsize=8)
def _morning(referent: bool, coordinateur: bool, contact: bool) -> Select[Any]:
    return lines_of(_page(_all_theirs(referent, coordinateur)), contact=contact, partage=not referent)


def _page(alerts: ColumnElement[bool], *, after: bool = False) -> CTE:
    """The young people that these alerts speak of, each by the reason that comes first in the published order."""
    ranked = (
        select(Alerte.id.label("pire_id"), Alerte.dossier_id, Alerte.due.label("pire_due"), ORDRE.label("ordre"))
        .join(Etat, Etat.dossier_id == Alerte.dossier_id)
        .join(Dossier, Dossier.id == Alerte.dossier_id)
        .where(alerts)
        .subquery()
    )
    place = (ranked.c.ordre, ranked.c.pire_due, ranked.c.pire_id)
    within = func.row_number().over(partition_by=ranked.c.dossier_id, order_by=place).label("parmi_les_siennes")
    reasons = select(ranked, within).subquery()
    place = (reasons.c.ordre, reasons.c.pire_due, reasons.c.pire_id)
    where = [reasons.c.parmi_les_siennes == number(1)]
    if after:
        reached = (
            bindparam("ordre", type_=Integer()),
            bindparam("due", type_=Date()),
            bindparam("alerte_id", type_=Identifiant),
        )
        where.append(tuple_(*place) > tuple_(*reached))
    return (
        select(
            *STATE,
            *place,
            func.row_number().over(order_by=place).label("rang"),
            func.count().over().label("total"),
        )
        .join_from(reasons, Etat, Etat.dossier_id == reasons.c.dossier_id)
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .where(*where)
        .order_by(*place)
        .limit(bindparam("limite", type_=Integer()))
        .cte("page")
    )


_OF_ONE = (
    select(*SAID, Alerte.reportee_au, Alerte.escaladee_le, Alerte.inutile_le)
    .where(Alerte.dossier_id == bindparam("dossier_id", type_=Identifiant), Alerte.fermee_le.is_(None))
    .order_by(Alerte.gravite, Alerte.due, Alerte.id)
)
