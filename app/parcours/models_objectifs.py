"""What a young person wants, in their words beside the professional's, and the small steps towards it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Identifiant, Instant, coded, sealed
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import StatutObjectif


class Objectif(Base):
    """A goal: `mots_jeune` are theirs, `mots_pro` the professional's; one of them at least.

    `accord_le`: the day when the young person said yes to these very words; null until they did, and again once the
    words have changed. `statut_le`: since when it stands so. `version` counts edits; a small step that is ticked and an
    agreement that is given change nothing of what an edit would overwrite, and do not count.
    """

    __tablename__ = "objectif"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    theme: Mapped[Theme] = mapped_column(coded(Theme, name="theme"))
    statut: Mapped[StatutObjectif] = mapped_column(
        coded(StatutObjectif, name="statut"), default=StatutObjectif.EN_COURS
    )
    statut_le: Mapped[date]
    echeance: Mapped[date | None]
    accord_le: Mapped[date | None]
    mots_jeune: Mapped[bytes | None] = sealed()
    mots_pro: Mapped[bytes | None] = sealed()
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    modifie_le: Mapped[datetime | None] = mapped_column(Instant)
    modifie_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("mots_jeune IS NOT NULL OR mots_pro IS NOT NULL", name="des_mots"),
        UniqueConstraint("dossier_id", "depot"),
        {"sqlite_with_rowid": False},
    )


class PetitPas(Base):
    """A small step of a goal, in its order. `fait_le`: the day when it was ticked."""

    __tablename__ = "petit_pas"

    dossier_id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    objectif_id: Mapped[UUID]
    rang: Mapped[int]
    mots: Mapped[bytes | None] = sealed(nullable=False)
    fait_le: Mapped[date | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["dossier_id", "objectif_id"],
            ["objectif.dossier_id", "objectif.id"],
            name="fk_petit_pas_objectif",
            ondelete="CASCADE",
        ),
        {"sqlite_with_rowid": False},
    )
