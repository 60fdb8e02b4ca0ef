"""Who may be given a dossier, and whether they are there today to answer for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.db.sql import number
from app.referents.models_continuite import Absence
from app.referents.queries import absent_today
from app.referents.queries_reponse import absent_ids, sees_dossiers

_SUPPLEANT = aliased(Agent)


def possible_referents(session: Session, *, structure_id: int, today: date, sauf: int | None = None) -> Sequence[Row]:
    """Who may become référent: active accounts with the role, those of `structure_id` first; `sauf` is left out.

    Rows: id, prenom, nom, structure_id, structure, and what `with_absence` adds.
    """
    query = with_absence(
        select(Agent.id, Agent.prenom, Agent.nom, Agent.structure_id, Structure.nom.label("structure"))
        .join(Structure, Structure.id == Agent.structure_id)
        .where(Agent.referent, Agent.desactive_le.is_(None), Structure.fermee_le.is_(None))
        .order_by(Agent.structure_id != structure_id, Structure.nom, Agent.structure_id, Agent.nom, Agent.prenom),
        today,
    )
    return session.execute(query if sauf is None else query.where(Agent.id != sauf)).all()


def with_absence(query: Select[Any], today: date) -> Select[Any]:
    """The same agents with absent_jusqu_au, and `seul`: away today, and nobody who is there covers them."""
    seul = case((_alone(today), number(1)), else_=number(0)).label("seul")
    return (
        query.add_columns(Absence.jusqu_au.label("absent_jusqu_au"), seul)
        .outerjoin(Absence, and_(Absence.agent_id == Agent.id, *absent_today(today)))
        .outerjoin(_SUPPLEANT, _SUPPLEANT.id == Absence.suppleant_id)
    )


def is_alone(session: Session, agent_id: int, today: date) -> bool:
    """Whether this agent is away today, and nobody who is there covers them."""
    return bool(session.execute(with_absence(select(Agent.id), today).where(Agent.id == agent_id)).one().seul)


def _alone(today: date) -> ColumnElement[bool]:
    covered = and_(sees_dossiers(_SUPPLEANT), _SUPPLEANT.id.not_in(absent_ids(today)))
    return and_(Absence.id.is_not(None), func.coalesce(~covered, True))
