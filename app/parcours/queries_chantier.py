"""What was recorded before a minor's chantier éducatif."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.parcours.models_actes import ConditionsChantier


def conditions_of(session: Session, dossier_id: int, etape_id: UUID) -> ConditionsChantier | None:
    """As every earlier writer left it; None when nothing was recorded."""
    return session.get(ConditionsChantier, (dossier_id, etape_id), populate_existing=True)
