"""Drafts: what was typed in a form that could not be saved, sealed for its author alone, kept a week."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Brouillon
from app.accounts.rules import BROUILLON_MAX
from app.vault.errors import Unreadable
from app.vault.service import Vault

Saisie = Sequence[tuple[str, str]]
_GARDES = 20


def save(session: Session, vault: Vault, *, agent_id: int, chemin: str, saisie: Saisie, now: datetime) -> UUID:
    """Seal the fields of a form, in their order; the same text twice for one page is one draft.

    An author keeps the last twenty.
    """
    for row in session.execute(select(Brouillon).where(*_of(agent_id), Brouillon.chemin == chemin)).scalars():
        if _open(vault, row.contenu, agent_id, chemin) == list(saisie):
            return row.id
    content = json.dumps(list(saisie)).encode()
    draft = Brouillon(
        id=uuid4(),
        agent_id=agent_id,
        chemin=chemin,
        contenu=vault.draft_seal(content, context=_context(agent_id, chemin)),
        cree_le=now,
    )
    session.add(draft)
    session.flush()
    _forget_the_oldest(session, agent_id)
    return draft.id


def list_of(session: Session, *, agent_id: int, now: datetime) -> Sequence[Row]:
    """(id, chemin, cree_le) of an agent's drafts, the last first."""
    query = select(Brouillon.id, Brouillon.chemin, Brouillon.cree_le).where(*_of(agent_id), _fresh(now))
    return session.execute(query.order_by(Brouillon.cree_le.desc(), Brouillon.id)).all()


def take(
    session: Session, vault: Vault, *, brouillon_id: UUID, agent_id: int, chemin: str, now: datetime
) -> Saisie | None:
    """What was typed, when this draft is this agent's and of this page; it stays until the form is saved."""
    query = select(Brouillon.contenu).where(
        Brouillon.id == brouillon_id, Brouillon.chemin == chemin, *_of(agent_id), _fresh(now)
    )
    blob = session.scalar(query)
    return None if blob is None else _open(vault, blob, agent_id, chemin)


def remove(session: Session, *, brouillon_id: UUID, agent_id: int) -> bool:
    """Whether there was such a draft."""
    found = session.execute(delete(Brouillon).where(Brouillon.id == brouillon_id, *_of(agent_id)))
    return found.rowcount > 0


def sweep(session: Session, now: datetime) -> None:
    """Remove what nobody took back within a week."""
    session.execute(delete(Brouillon).where(Brouillon.cree_le <= now - BROUILLON_MAX))


def _forget_the_oldest(session: Session, agent_id: int) -> None:
    kept = select(Brouillon.id).where(*_of(agent_id)).order_by(Brouillon.cree_le.desc(), Brouillon.id).offset(_GARDES)
    older: Iterable[UUID] = session.scalars(kept).all()
    if older:
        session.execute(delete(Brouillon).where(Brouillon.id.in_(older)))


def _open(vault: Vault, blob: bytes, agent_id: int, chemin: str) -> list[tuple[str, str]] | None:
    """None when it can no longer be opened: a draft is worth less than the page that offers it."""
    try:
        pairs = json.loads(vault.draft_open(blob, context=_context(agent_id, chemin)))
    except Unreadable:
        return None
    return [(name, value) for name, value in pairs]


def _context(agent_id: int, chemin: str) -> bytes:
    return f"brouillon:{agent_id}:{chemin}".encode()


def _of(agent_id: int):
    return (Brouillon.agent_id == agent_id,)


def _fresh(now: datetime):
    return Brouillon.cree_le > now - BROUILLON_MAX
