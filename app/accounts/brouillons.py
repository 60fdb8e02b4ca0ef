"""Drafts: what is being typed in a form, or could not be saved, sealed for its author alone, kept a week.

A form names its own draft (`saisie.draft_id`), which is written over as one types. Saving the form settles it in the
same transaction: what is left of the row says that this text is saved, until nothing can still be on its way.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, delete, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Brouillon
from app.accounts.rules import BROUILLON_MAX, RENDU_MAX
from app.db.sql import insert_or
from app.vault.errors import Unreadable
from app.vault.service import Vault

Saisie = Sequence[tuple[str, str]]
_GARDES = 20


def save(session: Session, vault: Vault, *, agent_id: int, chemin: str, saisie: Saisie, now: datetime) -> UUID:
    """Keep what a form that names no draft sent; the same text twice for one page is one draft."""
    for row in session.execute(select(Brouillon).where(_alive(agent_id, now), Brouillon.chemin == chemin)).scalars():
        if _open(vault, row.contenu, agent_id, chemin) == list(saisie):
            return row.id
    draft = uuid4()
    write(session, vault, brouillon_id=draft, agent_id=agent_id, chemin=chemin, saisie=saisie, now=now)
    return draft


def write(
    session: Session, vault: Vault, *, brouillon_id: UUID, agent_id: int, chemin: str, saisie: Saisie, now: datetime
) -> bool:
    """Seal the fields of a form, in their order, over what its draft held. An author keeps the last twenty.

    False, and nothing changes: the form was saved already, or this id is somebody else's.
    """
    content = vault.draft_seal(json.dumps(list(saisie)).encode(), context=_context(agent_id, chemin))
    said = {"chemin": chemin, "contenu": content, "modifie_le": now}
    first = insert_or(session, Brouillon).values(id=brouillon_id, agent_id=agent_id, cree_le=now, **said)
    mine = (Brouillon.agent_id == agent_id) & Brouillon.enregistre_le.is_(None)
    over = first.on_conflict_do_update(index_elements=[Brouillon.id], set_=said, where=mine)
    begun = session.scalar(over.returning(Brouillon.cree_le))
    if begun == now:
        _forget_the_oldest(session, agent_id)
    return begun is not None


def settle(session: Session, *, brouillon_id: UUID, agent_id: int, chemin: str, now: datetime) -> None:
    """The form is saved: nothing is left of its draft, and what is still on its way will find it so."""
    gone = {"contenu": None, "enregistre_le": now}
    first = insert_or(session, Brouillon).values(
        id=brouillon_id, agent_id=agent_id, chemin=chemin, cree_le=now, modifie_le=now, **gone
    )
    session.execute(
        first.on_conflict_do_update(index_elements=[Brouillon.id], set_=gone, where=Brouillon.agent_id == agent_id)
    )


def is_settled(session: Session, *, brouillon_id: UUID, agent_id: int) -> bool:
    """Whether the form of this draft was saved."""
    query = select(Brouillon.id).where(Brouillon.id == brouillon_id, Brouillon.agent_id == agent_id)
    return session.scalar(query.where(Brouillon.enregistre_le.is_not(None))) is not None


def list_of(session: Session, *, agent_id: int, now: datetime, pages: Collection[str] | None = None) -> Sequence[Row]:
    """(id, chemin, modifie_le) of an agent's drafts, the last first; those of these pages only, when some are named."""
    query = select(Brouillon.id, Brouillon.chemin, Brouillon.modifie_le).where(_alive(agent_id, now))
    if pages is not None:
        query = query.where(Brouillon.chemin.in_(pages))
    return session.execute(_newest_first(query)).all()


def take(
    session: Session, vault: Vault, *, brouillon_id: UUID, agent_id: int, chemin: str, now: datetime
) -> Saisie | None:
    """What was typed, when this draft is this agent's and of this page; it stays until the form is saved."""
    query = select(Brouillon.contenu).where(
        Brouillon.id == brouillon_id, Brouillon.chemin == chemin, _alive(agent_id, now)
    )
    blob = session.scalar(query)
    return None if blob is None else _open(vault, blob, agent_id, chemin)


def read(
    session: Session, vault: Vault, *, brouillon_id: UUID, agent_id: int, now: datetime
) -> tuple[str, datetime, Saisie] | None:
    """(page, last written, what was typed) of this agent's draft, wherever its page leads now."""
    query = select(Brouillon.chemin, Brouillon.modifie_le, Brouillon.contenu)
    row = session.execute(query.where(Brouillon.id == brouillon_id, _alive(agent_id, now))).one_or_none()
    if row is None or row.contenu is None:
        return None
    return row.chemin, row.modifie_le, _open(vault, row.contenu, agent_id, row.chemin) or []


def remove(session: Session, *, brouillon_id: UUID, agent_id: int, now: datetime) -> bool:
    """Whether there was such a draft."""
    found = session.execute(delete(Brouillon).where(Brouillon.id == brouillon_id, _alive(agent_id, now)))
    return found.rowcount > 0


def sweep(session: Session, now: datetime) -> int:
    """Remove what nobody took back within a week, and what says that a form was saved; how many."""
    old, settled = Brouillon.modifie_le <= now - BROUILLON_MAX, Brouillon.enregistre_le <= now - RENDU_MAX
    gone = or_(old, settled)
    if session.scalar(select(Brouillon.id).where(gone).limit(1)) is None:
        return 0
    return session.execute(delete(Brouillon).where(gone)).rowcount


def _forget_the_oldest(session: Session, agent_id: int) -> None:
    kept = select(Brouillon.id).where(Brouillon.agent_id == agent_id, Brouillon.enregistre_le.is_(None))
    older = session.scalars(_newest_first(kept).offset(_GARDES)).all()
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


def _alive(agent_id: int, now: datetime) -> ColumnElement[bool]:
    return (
        (Brouillon.agent_id == agent_id)
        & Brouillon.enregistre_le.is_(None)
        & (Brouillon.modifie_le > now - BROUILLON_MAX)
    )


def _newest_first(query: Select) -> Select:
    return query.order_by(Brouillon.modifie_le.desc(), Brouillon.id)
