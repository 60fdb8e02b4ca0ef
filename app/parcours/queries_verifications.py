"""The questions answered with one tap, and the days that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.types import Identifiant
from app.parcours.models import Etat
from app.parcours.models_actes import Verification
from app.parcours.vocabulaire_actes import ObjetVerification

_SHOWN = (
    select(
        Verification.id,
        Verification.objet,
        Verification.repere,
        Verification.mois,
        Verification.reponse,
        Verification.genre,
        Verification.jour,
        Agent.prenom,
        Agent.nom,
    )
    .outerjoin(Agent, Agent.id == Verification.cree_par)
    .where(Verification.dossier_id == bindparam("dossier_id", type_=Identifiant), Verification.annulee_le.is_(None))
    .order_by(Verification.jour.desc(), Verification.cree_le.desc(), Verification.id)
)


def verifications_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """Those that stand, newest first, and who answered: id, objet, repere, mois, reponse, genre, jour, prenom, nom."""
    return session.execute(_SHOWN, {"dossier_id": dossier_id}).all()


def find_verification(session: Session, dossier_id: int, verification_id: UUID) -> Verification | None:
    return session.get(Verification, (dossier_id, verification_id), populate_existing=True)


def verification_of_depot(session: Session, dossier_id: int, depot: UUID) -> Verification | None:
    same = or_(Verification.depot == depot, Verification.id == depot)
    return session.scalar(select(Verification).where(Verification.dossier_id == dossier_id, same))


def same_verification(
    session: Session, dossier_id: int, *, objet: ObjetVerification, repere: date, mois: int | None, jour: date
) -> Verification | None:
    """The answer that stands to this check; of a situation, the one of that day."""
    mine = (Verification.dossier_id == dossier_id, Verification.objet == objet, Verification.repere == repere)
    which = Verification.jour == jour if mois is None else Verification.mois == mois
    return session.scalar(select(Verification).where(*mine, which, Verification.annulee_le.is_(None)).limit(1))


def reperes_of(session: Session, dossier_id: int) -> dict[ObjetVerification, date | None]:
    """The day that each question is about, now; null when there is nothing to ask."""
    columns = (Etat.situation_depuis, Etat.retour_le, Etat.clos_le)
    return reperes_in(session.execute(select(*columns).where(Etat.dossier_id == dossier_id)).one())


def reperes_in(etat: Any) -> dict[ObjetVerification, date | None]:
    """As `reperes_of`, from a state row in hand."""
    return {
        ObjetVerification.SITUATION: None if etat.clos_le else etat.situation_depuis,
        ObjetVerification.RACCROCHAGE: None if etat.clos_le else etat.retour_le,
        ObjetVerification.SORTIE: etat.clos_le,
    }
