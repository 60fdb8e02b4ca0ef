"""Absences: of one agent, of a structure, those to come that leave dossiers to nobody; who covers whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.db.sql import number
from app.parcours.models import Dossier, Etat
from app.referents.models_continuite import Absence
from app.referents.queries import has_opposed
from app.referents.queries_reponse import has_opposed_referent, sees_dossiers
from app.referents.rules_absences import PREVOIR, Trou, gaps

# how long ahead somebody reads that they will cover a colleague
ANNONCE = timedelta(days=7)
_suppleant = aliased(Agent)
# what the pages say of an absence
_SHOWN = (
    Absence.id,
    Absence.agent_id,
    Absence.suppleant_id,
    Absence.depuis,
    Absence.jusqu_au,
    Absence.version,
    Agent.prenom,
    Agent.nom,
    Agent.structure_id,
    _suppleant.prenom.label("suppleant_prenom"),
    _suppleant.nom.label("suppleant_nom"),
)


@dataclass(frozen=True, slots=True)
class Suppleances:
    """What an agent reads of absences on their own pages: theirs of today, and those that they cover or soon will."""

    mienne: Row[Any] | None
    remplace: Sequence[Row[Any]]
    remplacera: Sequence[Row[Any]]

    def __bool__(self) -> bool:
        return bool(self.mienne or self.remplace or self.remplacera)


def absences_of(session: Session, agent_id: int, *, today: date) -> Sequence[Row]:
    """Those of this agent that are not over, in their order; rows of `_SHOWN`."""
    return session.execute(_current(today).where(Absence.agent_id == agent_id)).all()


def covers_of(session: Session, agent_id: int, *, today: date) -> Sequence[Row]:
    """Those that this agent covers and that are not over, in their order; rows of `_SHOWN`."""
    return session.execute(_current(today).where(Absence.suppleant_id == agent_id)).all()


def absences_in(session: Session, structure_id: int, *, today: date) -> Sequence[Row]:
    """Those of the agents of a structure that are not over, in their order; rows of `_SHOWN`."""
    return session.execute(_current(today).where(Agent.structure_id == structure_id)).all()


def suppleances(session: Session, agent_id: int, *, today: date) -> Suppleances:
    """In one statement; a cover is announced a week ahead."""
    theirs, soon = or_(Absence.agent_id == agent_id, Absence.suppleant_id == agent_id), today + ANNONCE
    rows = session.execute(_current(today).where(theirs, Absence.depuis <= soon)).all()
    begun = [row for row in rows if row.depuis <= today]
    return Suppleances(
        mienne=next((row for row in begun if row.agent_id == agent_id), None),
        remplace=[row for row in begun if row.suppleant_id == agent_id],
        remplacera=[row for row in rows if row.depuis > today and row.suppleant_id == agent_id],
    )


def absence_shown(session: Session, absence_id: UUID) -> Row | None:
    """One of them, over or cancelled included; a row of `_SHOWN` and `annulee_le`."""
    return session.execute(_shown().add_columns(Absence.annulee_le).where(Absence.id == absence_id)).one_or_none()


def agents_of_structure(session: Session, structure_id: int) -> Sequence[Row]:
    """The active agents who see dossiers there, by name: id, prenom, nom."""
    return session.execute(
        select(Agent.id, Agent.prenom, Agent.nom)
        .where(Agent.structure_id == structure_id, sees_dossiers())
        .order_by(Agent.nom, Agent.prenom, Agent.id)
    ).all()


def possible_covers(session: Session, *, agent: Agent, today: date) -> Sequence[Row]:
    """Who may cover `agent`: active référents, those of the same structure first, with what they answer for already.

    Rows: id, prenom, nom, structure, dossiers, remplace (how many absences, today's and those to come).
    """
    held = select(func.count()).where(Etat.referent_id == Agent.id, Etat.clos_le.is_(None))
    covers = select(func.count()).where(
        Absence.suppleant_id == Agent.id,
        Absence.agent_id != agent.id,
        Absence.annulee_le.is_(None),
        Absence.jusqu_au > today,
    )
    return session.execute(
        select(
            Agent.id,
            Agent.prenom,
            Agent.nom,
            Structure.nom.label("structure"),
            held.correlate(Agent).scalar_subquery().label("dossiers"),
            covers.correlate(Agent).scalar_subquery().label("remplace"),
        )
        .join(Structure, Structure.id == Agent.structure_id)
        .where(Agent.referent, Agent.desactive_le.is_(None), Structure.fermee_le.is_(None), Agent.id != agent.id)
        .order_by(Agent.structure_id != agent.structure_id, Structure.nom, Structure.id, Agent.nom, Agent.prenom)
    ).all()


@dataclass(frozen=True, slots=True)
class Suites:
    """What an absence leads to. `dossiers`: lent by it, or left; `opposes`: of those, the young people who do not want
    the structure of the suppléant. `autres`: absences that the suppléant covers already on some of these days.
    `laisses`: the names of those whom the absent agent covers on some of these days."""

    dossiers: int
    opposes: int
    autres: int
    laisses: Sequence[str]


def consequences(session: Session, absence: Absence) -> Suites:
    """Two statements."""
    cover = select(Agent.structure_id).where(Agent.id == absence.suppleant_id).scalar_subquery()
    refused = case((has_opposed(Etat.dossier_id, cover), number(1)), else_=number(0))
    held = select(func.count(), func.coalesce(func.sum(refused), 0))
    dossiers, opposes = session.execute(held.where(Etat.referent_id == absence.agent_id, Etat.clos_le.is_(None))).one()
    shared = (Absence.depuis < absence.jusqu_au, Absence.jusqu_au > absence.depuis, Absence.annulee_le.is_(None))
    covers = session.execute(
        select(Absence.suppleant_id, Agent.prenom + " " + Agent.nom)
        .join(Agent, Agent.id == Absence.agent_id)
        .where(Absence.suppleant_id.in_([absence.agent_id, absence.suppleant_id]), Absence.id != absence.id, *shared)
        .order_by(Agent.nom, Agent.prenom)
    ).all()
    left = [name for who, name in covers if who == absence.agent_id]
    return Suites(dossiers, int(opposes), len(covers) - len(left), left)


def gaps_to_come(session: Session, *, agent: Agent, today: date) -> list[Trou]:
    """The days after today on which dossiers of the structure that `agent` coordinates would have nobody.

    Each `absence` also says whose it is and who covers it: agent_id, prenom, nom, structure_id, suppleant. Two
    statements.
    """
    start = today + timedelta(days=1)
    end = start + timedelta(days=PREVOIR)
    rows = session.execute(_planned(agent.structure_id, start, end)).all()
    covering = {row.suppleant_id for row in rows if row.suppleant_id is not None}
    return gaps(rows, _away(session, covering, start, end) if covering else {}, start=start, end=end)


def _shown() -> Select[Any]:
    return (
        select(*_SHOWN)
        .join(Agent, Agent.id == Absence.agent_id)
        .outerjoin(_suppleant, _suppleant.id == Absence.suppleant_id)
    )


def _current(today: date) -> Select[Any]:
    still = (Absence.annulee_le.is_(None), Absence.jusqu_au > today)
    return _shown().where(*still).order_by(Absence.depuis, Agent.nom, Agent.prenom, Absence.id)


def _planned(structure_id: int, start: date, end: date) -> Select[Any]:
    """The absences of those days, of référents with open accounts, and the dossiers of the structure they leave."""
    refused = func.coalesce(has_opposed(Etat.dossier_id, _suppleant.structure_id), False)
    said = (
        Absence.id.label("absence_id"),
        Absence.depuis,
        Absence.jusqu_au,
        Absence.suppleant_id,
        Agent.id.label("agent_id"),
        Agent.prenom,
        Agent.nom,
        Agent.structure_id,
        (_suppleant.prenom + " " + _suppleant.nom).label("suppleant"),
        case((sees_dossiers(_suppleant), number(1)), else_=number(0)).label("apte"),
    )
    return (
        select(
            *said,
            func.count().label("dossiers"),
            func.sum(case((refused, number(1)), else_=number(0))).label("opposes"),
        )
        .join(Agent, Agent.id == Absence.agent_id)
        .join(Etat, Etat.referent_id == Agent.id)
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .outerjoin(_suppleant, _suppleant.id == Absence.suppleant_id)
        .where(
            Absence.annulee_le.is_(None),
            Absence.depuis < end,
            Absence.jusqu_au > start,
            Agent.desactive_le.is_(None),
            Dossier.structure_id == structure_id,
            Dossier.clos_le.is_(None),
            ~has_opposed_referent(),
        )
        .group_by(*said)
    )


def _away(session: Session, ids: Iterable[int], start: date, end: date) -> dict[int, list[tuple[date, date]]]:
    rows = session.execute(
        select(Absence.agent_id, Absence.depuis, Absence.jusqu_au)
        .where(
            and_(Absence.agent_id.in_(sorted(ids)), Absence.annulee_le.is_(None)),
            Absence.depuis < end,
            Absence.jusqu_au > start,
        )
        .order_by(Absence.depuis)
    )
    away: dict[int, list[tuple[date, date]]] = {}
    for agent_id, depuis, jusqu_au in rows:
        away.setdefault(agent_id, []).append((depuis, jusqu_au))
    return away
