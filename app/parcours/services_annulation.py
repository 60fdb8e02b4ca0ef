"""Taking back an act within seconds: one mechanism for all of them, whatever the room.

Whoever destroys or ends something says which rows that may change; they are read before and after, and what changed is
kept, sealed for its author. Taking it back puts every row as it was, if all of them are still as the act left them. No
relation is asked again: who could do it seconds ago may undo it, also when the act itself took the dossier from them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.cliche import Portion, changes, is_as_left, put_back, read
from app.db.errors import DomainError
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.models_actes import ActeAnnulable
from app.parcours.queries import lock_dossier
from app.parcours.rules_annulation import GARDE, check_delai
from app.vault.service import Vault


@dataclass(slots=True)
class Trace:
    """`acte_id`: what takes the act back, once it is done; None when it changed nothing."""

    acte_id: UUID | None = None


@contextmanager
def undoable(
    session: Session,
    vault: Vault,
    *portions: Portion,
    precision: str,
    retour: str,
    acteur: Acteur,
    now: datetime,
    dossier: Dossier | None = None,
) -> Iterator[Trace]:
    """Do the act inside: what it changes in these portions may be taken back by `acteur`.

    `precision`: the code that the journal will have; `retour`: the address where taking it back leads. An act that
    fails leaves nothing. A process without keys keeps nothing either.
    """
    trace = Trace()
    if vault.keyless or acteur.agent_id is None:
        yield trace
        return
    if dossier is not None:
        lock_dossier(session, dossier)
    before = [read(session, one) for one in portions]
    yield trace
    session.flush()
    done = [changes(rows, read(session, one), one) for rows, one in zip(before, portions, strict=True)]
    if not any(one["lignes"] for one in done):
        return
    trace.acte_id = uuid4()
    said = json.dumps({"precision": precision, "retour": retour, "portions": done}).encode()
    content = vault.draft_seal(said, context=_context(trace.acte_id, acteur.agent_id))
    owner = {"agent_id": acteur.agent_id, "dossier_id": None if dossier is None else dossier.id}
    session.add(ActeAnnulable(id=trace.acte_id, contenu=content, fait_le=now, **owner))
    session.flush()


def undo(
    session: Session, vault: Vault, *, acte_id: UUID, sees: Callable[[Dossier], bool], acteur: Acteur, now: datetime
) -> str | None:
    """Put everything as it was; the address where it was done. None: nobody of this name did that, or its author no
    longer `sees` that dossier.

    Taken back already, it stays so. DomainErrors: annulation_tardive, acte_depasse.
    """
    acte = _mine(session, acte_id, acteur)
    if acte is None or vault.keyless:
        return None
    dossier = None if acte.dossier_id is None else session.get(Dossier, acte.dossier_id)
    if dossier is not None:
        lock_dossier(session, dossier)
        if not sees(dossier):
            return None
    session.refresh(acte, with_for_update=True)
    said = json.loads(vault.draft_open(acte.contenu, context=_context(acte_id, acte.agent_id)))
    if acte.annule_le is not None:
        return said["retour"]
    check_delai(acte.fait_le, now=now)
    _put_back(session, said["portions"])
    acte.annule_le = now
    code = None if dossier is None else dossier.code
    if dossier is not None:
        touch(session, dossier.id)
    audit.record(session, Action.ACTE_ANNULE, acteur=acteur, dossier=code, now=now, precision=said["precision"])
    return said["retour"]


def sweep(session: Session, now: datetime) -> int:
    """Nobody may take these back any more."""
    old = ActeAnnulable.fait_le <= now - GARDE
    if session.scalar(select(ActeAnnulable.id).where(old).limit(1)) is None:
        return 0
    return session.execute(delete(ActeAnnulable).where(old)).rowcount


def _mine(session: Session, acte_id: UUID, acteur: Acteur) -> ActeAnnulable | None:
    query = select(ActeAnnulable).where(ActeAnnulable.id == acte_id, ActeAnnulable.agent_id == acteur.agent_id)
    return session.scalar(query)


def _put_back(session: Session, done: list[dict]) -> None:
    """All or nothing. DomainError acte_depasse: something changed since, or took the place."""
    if not is_as_left(session, done):
        raise DomainError("acte_depasse")
    try:
        with session.begin_nested():
            put_back(session, done)
    except IntegrityError:
        raise DomainError("acte_depasse") from None


def _context(acte_id: UUID, agent_id: int) -> bytes:
    return f"acte_annulable:{agent_id}:{acte_id}".encode()
