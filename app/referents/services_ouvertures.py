"""Bris de glace: a coordinateur reads a note that was not written for them, once, for a reason, and others know."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier, Etat
from app.parcours.queries import lock_dossier
from app.referents.models_urgence import NoteOuverte
from app.referents.queries_ouvertures import find_ouverture, load_to_review, load_told
from app.referents.vocabulaire_urgence import Conclusion, MotifOuverture


def open_note(
    session: Session,
    dossier: Dossier,
    etat: Etat,
    note: Row,
    *,
    motif: MotifOuverture,
    depot: UUID,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
) -> NoteOuverte:
    """Write that it was opened, for whom wrote it and for the référent of this day; the words are shown by the caller.

    One opening is one reading. DomainError: ouverture_deja_servie, when this deposit already made one.
    """
    lock_dossier(session, dossier)
    if find_ouverture(session, depot) is not None:
        raise DomainError("ouverture_deja_servie")
    made = NoteOuverte(
        id=depot,
        dossier_id=dossier.id,
        suivi_id=note.id,
        par_id=agent.id,
        motif=motif,
        cree_le=now,
        auteur_id=note.agent_id,
        # nobody is told of what they did themselves
        referent_id=None if etat.referent_id in (agent.id, note.agent_id) else etat.referent_id,
    )
    session.add(made)
    said = {"acteur": acteur, "dossier": dossier.code, "now": now, "precision": motif.value}
    audit.record(session, Action.NOTE_RESERVEE_OUVERTE, **said)
    return made


def acknowledge(session: Session, ouverture_id: UUID, *, agent: Agent, now: datetime) -> NoteOuverte | None:
    """The author or the référent knows; None when nobody told them."""
    found = load_told(session, ouverture_id, agent=agent)
    if found is None:
        return None
    if found.auteur_id == agent.id:
        found.auteur_vu_le = found.auteur_vu_le or now
    if found.referent_id == agent.id:
        found.referent_vu_le = found.referent_vu_le or now
    return found


def review(
    session: Session, ouverture_id: UUID, *, conclusion: Conclusion, agent: Agent, acteur: Acteur, now: datetime
) -> NoteOuverte | None:
    """Somebody else than who opened it concludes, once; None when it is not theirs to review.

    DomainError: ouverture_deja_relue, with another conclusion.
    """
    found = load_to_review(session, ouverture_id, agent=agent)
    if found is None:
        return None
    opened, code = found
    if opened.conclusion is conclusion:
        return opened
    if opened.conclusion is not None:
        raise DomainError("ouverture_deja_relue", field="conclusion")
    opened.relue_le, opened.relue_par, opened.conclusion = now, agent.id, conclusion
    said = {"acteur": acteur, "dossier": code, "now": now, "precision": conclusion.value}
    audit.record(session, Action.NOTE_RESERVEE_RELUE, **said)
    return opened
