"""The addresses of a feed: those of an agent, and whose a token is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, defer

from app.accounts.models import Agent
from app.agenda.models import LienAgenda


def liens_of(session: Session, agent_id: int) -> Sequence[LienAgenda]:
    """Those that work, newest first."""
    mine = select(LienAgenda).where(LienAgenda.agent_id == agent_id, LienAgenda.revoque_le.is_(None))
    return session.scalars(mine.order_by(LienAgenda.cree_le.desc(), LienAgenda.id)).all()


def find_lien(session: Session, lien_id: UUID) -> LienAgenda | None:
    return session.get(LienAgenda, lien_id, populate_existing=True)


def lien_of(session: Session, empreinte: bytes) -> tuple[LienAgenda, Agent] | None:
    """The address that holds this token and whose it is, their structure loaded; None when it no longer works."""
    row = session.execute(
        select(LienAgenda, Agent)
        .join(Agent, Agent.id == LienAgenda.agent_id)
        .join(Agent.structure)
        .where(LienAgenda.empreinte == empreinte, LienAgenda.revoque_le.is_(None), Agent.desactive_le.is_(None))
        .options(contains_eager(Agent.structure), defer(Agent.mot_de_passe, raiseload=True))
    ).one_or_none()
    return None if row is None else (row[0], row[1])
