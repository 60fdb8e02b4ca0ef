"""Questions answered with one tap: is it still so, does the return hold, what became of them after the exit."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.models_actes import Verification
from app.parcours.queries import lock_dossier
from app.parcours.queries_verifications import (
    find_verification,
    reperes_of,
    same_verification,
    verification_of_depot,
)
from app.parcours.rules_verifications import check_echeance, check_motif, check_reponse
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import ObjetVerification, ReponseVerification


def answer_verification(
    session: Session,
    dossier: Dossier,
    *,
    objet: ObjetVerification,
    repere: date,
    mois: int | None,
    reponse: ReponseVerification,
    depot: UUID,
    acteur: Acteur,
    now: datetime,
    today: date,
    genre: GenreEtape | None = None,
) -> Verification:
    """Write today's answer about what began on `repere`, as the page showed it.

    The same deposit gives the same row; with other words, DepotConflict carries it. StaleVersion carries the day that
    the question is about now (None: there is nothing left to ask). A situation confirmed twice a day is so once.
    DomainErrors: those of `check_reponse`, sans_verification, verification_trop_tot, deja_repondu.
    """
    lock_dossier(session, dossier)
    words = {"objet": objet, "repere": repere, "mois": mois, "reponse": reponse, "genre": genre}
    if (earlier := verification_of_depot(session, dossier.id, depot)) is not None:
        if any(getattr(earlier, name) != said for name, said in words.items()):
            raise DepotConflict(earlier)
        return earlier
    check_reponse(objet, mois, reponse, genre)
    _check_still_asked(session, dossier, objet, repere, mois, today)
    if same := same_verification(session, dossier.id, objet=objet, repere=repere, mois=mois, jour=today):
        if mois is None:
            return same
        raise DomainError("deja_repondu")
    made = Verification(
        dossier_id=dossier.id, id=depot, jour=today, cree_le=now, cree_par=acteur.agent_id, depot=depot, **words
    )
    session.add(made)
    touch(session, dossier.id)
    audit.record(session, Action.VERIFICATION_NOTEE, acteur=acteur, dossier=dossier.code, now=now)
    return made


def _check_still_asked(
    session: Session, dossier: Dossier, objet: ObjetVerification, repere: date, mois: int | None, today: date
) -> None:
    if (current := reperes_of(session, dossier.id)[objet]) != repere:
        raise StaleVersion(current)
    check_motif(dossier.motif_sortie)
    check_echeance(repere, mois, today=today)


def cancel_verification(
    session: Session, dossier: Dossier, *, verification_id: UUID, acteur: Acteur, now: datetime, today: date
) -> Verification | None:
    """The answer no longer stands; nothing changes for one cancelled already. None: there is none of this id."""
    lock_dossier(session, dossier)
    found = find_verification(session, dossier.id, verification_id)
    if found is None or found.annulee_le is not None:
        return found
    found.annulee_le = today
    touch(session, dossier.id)
    audit.record(session, Action.VERIFICATION_ANNULEE, acteur=acteur, dossier=dossier.code, now=now)
    return found
