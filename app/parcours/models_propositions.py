"""The text that lost, when two people wrote over each other: both see it until one of them says what stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant, coded, sealed
from app.parcours.vocabulaire_propositions import ObjetProposition


class Proposition(Base):
    """Another version of one row of a dossier. contenu (sealed): the fields of its form, as they would be posted.

    `auteur_id` wrote it, `autre_id` the one that is stored; `ligne_id` is the row, or nil for what a dossier has once.
    Adopted or set aside, the row goes: the journal says that it was.
    """

    __tablename__ = "proposition"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    objet: Mapped[ObjetProposition] = mapped_column(coded(ObjetProposition, name="objet"))
    ligne_id: Mapped[UUID]
    auteur_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    autre_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    contenu: Mapped[bytes | None] = sealed(nullable=False)
    cree_le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_proposition_auteur_id", "auteur_id"),
        Index("ix_proposition_autre_id", "autre_id"),
        {"sqlite_with_rowid": False},
    )
