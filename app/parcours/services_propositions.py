"""Keeping the text that lost, and saying what becomes of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.parcours.models_propositions import Proposition
from app.parcours.queries import lock_dossier
from app.parcours.queries_propositions import find_proposition, waiting_for
from app.parcours.vocabulaire_propositions import ObjetProposition

# two people who go on writing over each other talk to each other
EN_ATTENTE_AU_PLUS = 10


def keep_proposition(
    session: Session,
    dossier: Dossier,
    *,
    proposition_id: UUID,
    objet: ObjetProposition,
    ligne_id: UUID,
    contenu: bytes,
    auteur_id: int | None,
    autre_id: int | None,
    acteur: Acteur,
    now: datetime,
) -> None:
    """Keep a version beside what is stored; `contenu` is sealed for this id. The same id is kept once.

    DomainError: propositions_trop_nombreuses.
    """
    lock_dossier(session, dossier)
    if session.get(Proposition, (dossier.id, proposition_id)) is not None:
        return
    if waiting_for(session, dossier.id, objet, ligne_id) >= EN_ATTENTE_AU_PLUS:
        raise DomainError("propositions_trop_nombreuses")
    who = {"auteur_id": auteur_id, "autre_id": autre_id}
    row = Proposition(dossier_id=dossier.id, id=proposition_id, objet=objet, ligne_id=ligne_id, cree_le=now, **who)
    row.contenu = contenu
    session.add(row)
    session.flush()
    audit.record(
        session, Action.PROPOSITION_GARDEE, acteur=acteur, dossier=dossier.code, now=now, precision=objet.value
    )


def forget_propositions(session: Session, dossier_id: int, ligne_id: UUID) -> None:
    """The row that they were versions of goes."""
    session.execute(delete(Proposition).where(Proposition.dossier_id == dossier_id, Proposition.ligne_id == ligne_id))


def settle_proposition(
    session: Session, dossier: Dossier, *, proposition_id: UUID, adoptee: bool, acteur: Acteur, now: datetime
) -> bool:
    """It was adopted through its own form, or set aside by one of the two. False: there is none of this id for them."""
    lock_dossier(session, dossier)
    if find_proposition(session, dossier.id, proposition_id, agent_id=acteur.agent_id or 0) is None:
        return False
    gone = (Proposition.dossier_id == dossier.id, Proposition.id == proposition_id)
    session.execute(delete(Proposition).where(*gone))
    said = "adoptee" if adoptee else "ecartee"
    audit.record(session, Action.PROPOSITION_REGLEE, acteur=acteur, dossier=dossier.code, now=now, precision=said)
    return True
