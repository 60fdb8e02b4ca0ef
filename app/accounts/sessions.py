"""The rows of `session_web`: found by the hash of a token, written in somebody else's transaction, swept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session, contains_eager, defer

from app.accounts.models import Agent, SessionWeb
from app.accounts.rules import DUREE_MAX, RETENUE


@dataclass(slots=True)
class Ligne:
    """A row as it was read. `contenu` is sealed, and opens only with `empreinte` as context."""

    empreinte: bytes
    agent_id: int | None
    contenu: bytes
    cree_le: datetime
    vue_le: datetime
    verrouillee_le: datetime | None


def fingerprint(token: str) -> bytes:
    """32 bytes. A token has 256 random bits: a plain hash needs neither salt nor stretching."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


# Built once: it runs in every request, and building it cost twice as much as running it.
_FOUND = (
    select(
        SessionWeb.empreinte,
        SessionWeb.agent_id,
        SessionWeb.contenu,
        SessionWeb.cree_le,
        SessionWeb.vue_le,
        SessionWeb.verrouillee_le,
        Agent,
    )
    .outerjoin(Agent, and_(Agent.id == SessionWeb.agent_id, Agent.desactive_le.is_(None)))
    .outerjoin(Agent.structure)
    .where(SessionWeb.empreinte == bindparam("empreinte"))
    .options(contains_eager(Agent.structure), defer(Agent.mot_de_passe, raiseload=True))
)


def load(session: Session, empreinte: bytes) -> tuple[Ligne, Agent | None] | None:
    """The row, its agent and their structure in one statement; no agent when anonymous or disabled.

    The agent is meant to leave the session: it carries neither password nor anything to load later.
    """
    row = session.execute(_FOUND, {"empreinte": empreinte}).one_or_none()
    return None if row is None else (Ligne(*row[:-1]), row[-1])


def create(session: Session, ligne: Ligne) -> None:
    values = {name: getattr(ligne, name) for name in Ligne.__slots__}
    session.execute(insert(SessionWeb).values(values))


def change(session: Session, empreinte: bytes, **columns: object) -> None:
    """Only the columns that changed: a page that was being drawn must not undo a lock put meanwhile.

    A row deleted meanwhile stays deleted.
    """
    session.execute(update(SessionWeb).where(SessionWeb.empreinte == empreinte).values(columns))


def remove(session: Session, empreinte: bytes) -> None:
    session.execute(delete(SessionWeb).where(SessionWeb.empreinte == empreinte))


def close_all(session: Session, agent_id: int) -> None:
    """Sign an agent out of every browser."""
    session.execute(delete(SessionWeb).where(SessionWeb.agent_id == agent_id))


def sweep(session: Session, now: datetime) -> None:
    """Remove the rows that have been of no use for an hour.

    Until then an expired row still says whose form has just been sent, so that what was typed is kept.
    """
    idle = SessionWeb.vue_le < now - RETENUE
    over = or_(SessionWeb.agent_id.is_(None), SessionWeb.cree_le < now - DUREE_MAX - RETENUE)
    session.execute(delete(SessionWeb).where(idle, over))
