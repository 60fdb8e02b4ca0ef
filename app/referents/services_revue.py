"""The portfolio review: a frozen list, worst first, resumed where it was left. Never a measure of the référent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.referents.models import Revue, RevueDossier
from app.referents.queries_revue import current_review
from app.referents.vocabulaire import ActeRevue


def start_review(session: Session, *, agent: Agent, order: Sequence[int], acteur: Acteur, now: datetime) -> UUID:
    """Freeze `order`, ids of dossiers, and begin; a run under way is resumed as it is. DomainError: revue_vide."""
    current = current_review(session, agent)
    if current and current.prochaine:
        return current.revue_id
    if not order:
        raise DomainError("revue_vide")
    if left_open := _under_way(session, agent):
        # all that was left to see was handed over or closed
        _end(session, left_open, now)
    revue_id = uuid4()
    try:
        with session.begin_nested():
            session.add(Revue(id=revue_id, agent_id=agent.id, commencee_le=now))
    except IntegrityError:
        # begun in another window, between the look and the insert
        if begun := _under_way(session, agent):
            return begun
        raise
    ranks = [
        {"revue_id": revue_id, "rang": rang, "dossier_id": dossier_id} for rang, dossier_id in enumerate(order, start=1)
    ]
    session.execute(insert(RevueDossier), ranks)
    audit.record(session, Action.REVUE, acteur=acteur, now=now, nombre=len(order), precision="debut")
    return revue_id


def review_act(session: Session, *, agent: Agent, code: str, acte: ActeRevue, acteur: Acteur, now: datetime) -> None:
    """Say what was decided for this dossier; the run ends with its last file. A second act replaces the first.

    DomainErrors: revue_terminee, dossier_absent (handed over or closed since the run began).
    """
    review = current_review(session, agent)
    if review is None:
        raise DomainError("revue_terminee")
    ligne = review.du_dossier(code)
    if ligne is None:
        raise DomainError("dossier_absent")
    session.execute(
        update(RevueDossier)
        .where(RevueDossier.revue_id == review.revue_id, RevueDossier.rang == ligne.rang)
        .values(vu_le=now, acte=acte)
    )
    left = [other for other in review.lignes if other.present and other.vu_le is None and other is not ligne]
    if not left:
        _end(session, review.revue_id, now)
    audit.record(session, Action.REVUE, acteur=acteur, dossier=code, now=now, precision=acte.value)


def end_review(session: Session, *, agent: Agent, acteur: Acteur, now: datetime) -> None:
    """Stop the run under way, if any; what was seen stays seen."""
    if current := _under_way(session, agent):
        _end(session, current, now)
        audit.record(session, Action.REVUE, acteur=acteur, now=now, precision="fin")


def _under_way(session: Session, agent: Agent) -> UUID | None:
    return session.scalar(select(Revue.id).where(Revue.agent_id == agent.id, Revue.terminee_le.is_(None)))


def _end(session: Session, revue_id: UUID, now: datetime) -> None:
    session.execute(update(Revue).where(Revue.id == revue_id).values(terminee_le=now))
