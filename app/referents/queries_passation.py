"""Handovers whose référent has not said yet that they took note of them; what one of them says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.db.types import Identifiant
from app.parcours.models import Dossier
from app.referents.models import Affectation
from app.referents.models_continuite import Absence
from app.referents.queries import absent_today, has_opposed
from app.referents.rules import reads_since

_PAR = aliased(Agent)
_AGENT = bindparam("agent_id", type_=Identifiant)


@dataclass(frozen=True, slots=True, order=True)
class RepereAccuse:
    """The last line of a page: the next one begins after it."""

    debut: datetime
    affectation_id: UUID


def waiting() -> tuple[ColumnElement[bool], ...]:
    """Rows of `affectation` that wait for their référent's word; see `rules_passation.awaits_receipt`."""
    return Affectation.fin.is_(None), Affectation.accusee_le.is_(None), Affectation.par_id != Affectation.agent_id


def to_acknowledge(session: Session, *, agent: Agent, limit: int, after: RepereAccuse | None = None) -> Sequence[Row]:
    """The dossiers that others handed over to `agent`, who has not acknowledged them, the oldest first.

    Rows: id, code, affectation_id, debut, motif, par_prenom, par_nom, jeune_informe_le, and `total`: how many there
    are from there on.
    """
    query = _waiting().add_columns(func.count().over().label("total")).where(Affectation.agent_id == agent.id)
    return session.execute(_page(query, limit, after)).all()


@lru_cache(maxsize=1)
def count_to_acknowledge() -> Select[tuple[int]]:
    """How many `to_acknowledge` lists, as a statement of the parameter `agent_id`: every page asks it."""
    return select(func.count()).select_from(Affectation).where(Affectation.agent_id == _AGENT, *waiting())


def unacknowledged(session: Session, *, agent: Agent, limit: int, after: RepereAccuse | None = None) -> Sequence[Row]:
    """The open dossiers of the structure that `agent` coordinates whose référent, an active account, has not
    acknowledged them, the oldest first. A disabled one is on the list of those without référent.

    Rows: id, code, affectation_id, debut, motif, par_prenom, par_nom, jeune_informe_le, agent_id, prenom, nom,
    structure, and `total`: how many there are from there on.
    """
    query = (
        _waiting()
        .add_columns(Agent.id.label("agent_id"), Agent.prenom, Agent.nom, Structure.nom.label("structure"))
        .add_columns(func.count().over().label("total"))
        .join(Agent, Agent.id == Affectation.agent_id)
        .join(Structure, Structure.id == Agent.structure_id)
        .where(*_of_structure(agent))
    )
    return session.execute(_page(query, limit, after)).all()


def handed_over_by(session: Session, *, agent: Agent, today: date, limit: int) -> Sequence[Row]:
    """The open dossiers that `agent` handed over lately and still reads, the last one first.

    Rows: id, code, fin, accusee_le, jeune_informe_le, attend (its référent's word), prenom, nom (of its référent).
    """
    left = (
        select(Affectation.dossier_id, func.max(Affectation.fin).label("fin"))
        .where(Affectation.agent_id == agent.id, Affectation.refusee_le.is_(None))
        .where(Affectation.fin >= reads_since(today))
        .group_by(Affectation.dossier_id)
        .subquery()
    )
    query = (
        select(
            Dossier.id,
            Dossier.code,
            left.c.fin,
            Affectation.accusee_le,
            Affectation.jeune_informe_le,
            and_(*waiting()).label("attend"),
            Agent.prenom,
            Agent.nom,
        )
        .join(left, left.c.dossier_id == Dossier.id)
        .join(Affectation, and_(Affectation.dossier_id == Dossier.id, Affectation.fin.is_(None)))
        .join(Agent, Agent.id == Affectation.agent_id)
        .where(Affectation.agent_id != agent.id, ~has_opposed(Dossier.id, agent.structure_id))
        .order_by(left.c.fin.desc(), Dossier.id)
    )
    return session.execute(query.limit(limit)).all()


def able_former(session: Session, affectation: Affectation, *, today: date) -> int | None:
    """The agent whom the référent of `affectation` took over from at that very instant, if they can take it back.

    None: nobody answered for the dossier; or they gave it back themselves, their account is closed, they are référent
    no more, the young person opposed their structure, or they are away today and nobody covers them.
    """
    cover = aliased(Agent)
    alone = (
        exists()
        .where(Absence.agent_id == Agent.id, *absent_today(today))
        .where(~exists().where(cover.id == Absence.suppleant_id, cover.desactive_le.is_(None)))
    )
    return session.scalar(
        select(Agent.id)
        .join(Affectation, Affectation.agent_id == Agent.id)
        .where(
            Affectation.dossier_id == affectation.dossier_id,
            Affectation.fin == affectation.debut,
            Affectation.refusee_le.is_(None),
            Agent.referent,
            Agent.desactive_le.is_(None),
            ~has_opposed(affectation.dossier_id, Agent.structure_id),
            ~alone,
        )
    )


def refused_already(session: Session, code: str, *, affectation_id: UUID, agent: Agent) -> bool:
    """Whether `agent` gave this affectation back: a form sent twice, whose author no longer sees the dossier."""
    theirs = (Affectation.id == affectation_id, Affectation.agent_id == agent.id, Affectation.refusee_le.is_not(None))
    return session.scalar(select(exists().where(*theirs, Affectation.dossier_id == Dossier.id, Dossier.code == code)))


def _waiting() -> Select[Any]:
    return (
        select(
            Dossier.id,
            Dossier.code,
            Affectation.id.label("affectation_id"),
            Affectation.debut,
            Affectation.motif,
            Affectation.jeune_informe_le,
            _PAR.prenom.label("par_prenom"),
            _PAR.nom.label("par_nom"),
        )
        .select_from(Affectation)
        .join(Dossier, Dossier.id == Affectation.dossier_id)
        .join(_PAR, _PAR.id == Affectation.par_id)
        .where(*waiting())
    )


def _of_structure(agent: Agent) -> tuple[ColumnElement[bool], ...]:
    return Dossier.structure_id == agent.structure_id, Agent.desactive_le.is_(None)


def _page(query: Select[Any], limit: int, after: RepereAccuse | None) -> Select[Any]:
    place = (Affectation.debut, Affectation.id)
    if after is not None:
        reached = zip((after.debut, after.affectation_id), place, strict=True)
        query = query.where(tuple_(*place) > tuple_(*(literal(value, column.type) for value, column in reached)))
    return query.order_by(*place).limit(limit)
