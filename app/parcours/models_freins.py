"""Placing oneself: a dated bilan, and one answer for each dimension that was spoken of."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Identifiant, Instant, coded
from app.parcours.vocabulaire_freins import Dimension, DitPar, Inconnu


class Bilan(Base):
    """What `dit_par` said on the day `jour`; `agent_id` wrote it down."""

    __tablename__ = "bilan"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    jour: Mapped[date]
    dit_par: Mapped[DitPar] = mapped_column(coded(DitPar, name="dit_par"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    cree_le: Mapped[datetime] = mapped_column(Instant)
    depot: Mapped[UUID]

    __table_args__ = (UniqueConstraint("dossier_id", "depot"), {"sqlite_with_rowid": False})


class Placement(Base):
    """A level from 1 to 5, or why there is none. A dimension that was not spoken of has no row."""

    __tablename__ = "placement"

    dossier_id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    bilan_id: Mapped[UUID]
    dimension: Mapped[Dimension] = mapped_column(coded(Dimension, name="dimension"))
    niveau: Mapped[int | None]
    inconnu: Mapped[Inconnu | None] = mapped_column(coded(Inconnu, name="inconnu"))

    __table_args__ = (
        ForeignKeyConstraint(
            ["dossier_id", "bilan_id"],
            ["bilan.dossier_id", "bilan.id"],
            name="fk_placement_bilan",
            ondelete="CASCADE",
        ),
        UniqueConstraint("dossier_id", "bilan_id", "dimension"),
        CheckConstraint("(niveau IS NULL) <> (inconnu IS NULL)", name="une_reponse"),
        CheckConstraint("niveau BETWEEN 1 AND 5", name="niveau"),
        {"sqlite_with_rowid": False},
    )
