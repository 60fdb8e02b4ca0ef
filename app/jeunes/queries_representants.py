"""Whether the family may be contacted: one code, without opening a name."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jeunes.models import RepresentantLegal
from app.jeunes.vocabulaire import PeutEtreContacte

# One answer for all of them: a danger comes first, then a yes, then the young person's no, then doubt.
_ORDRE = (
    PeutEtreContacte.NON_DANGER,
    PeutEtreContacte.OUI,
    PeutEtreContacte.NON_SOUHAIT_DU_JEUNE,
    PeutEtreContacte.A_DEMANDER,
)


def family_contact(session: Session, dossier_id: int) -> PeutEtreContacte | None:
    """What holds for the family as a whole; None when no representative is written. Only OUI allows a call."""
    said = select(RepresentantLegal.peut_etre_contacte).where(RepresentantLegal.dossier_id == dossier_id)
    codes = set(session.scalars(said))
    return next((code for code in _ORDRE if code in codes), None)
