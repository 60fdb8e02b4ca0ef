"""The dated acts of the duty of training of one dossier."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.parcours.models_actes import Jalon


def jalons_of(session: Session, dossier_id: int) -> Sequence[Jalon]:
    """All of them, cancelled ones included, the latest first."""
    return session.scalars(
        select(Jalon).where(Jalon.dossier_id == dossier_id).order_by(Jalon.jour.desc(), Jalon.cree_le.desc(), Jalon.id)
    ).all()


def find_jalon(session: Session, dossier_id: int, jalon_id: UUID) -> Jalon | None:
    """One of them; a deposit is also the id of the row that it made."""
    return session.get(Jalon, (dossier_id, jalon_id), populate_existing=True)
