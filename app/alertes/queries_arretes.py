"""Whose journey stands still, for those who count them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alertes.models import Alerte
from app.alertes.vocabulaire import REGLES_D_ARRET


def stalled(session: Session) -> Sequence[int]:
    """The dossiers that an open alert says stalled, put off or not."""
    query = select(Alerte.dossier_id).where(Alerte.fermee_le.is_(None), Alerte.regle.in_(sorted(REGLES_D_ARRET)))
    return session.scalars(query.distinct().order_by(Alerte.dossier_id)).all()
