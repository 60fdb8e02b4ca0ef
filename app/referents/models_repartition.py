"""A caseload spread over several référents in one act, which may be taken back for a day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant, coded
from app.referents.vocabulaire import MotifAffectation, SuiteRepartition


class Repartition(Base):
    """`par_id` spread dossiers of this structure, those of `de_id`; null: those of nobody. `id` is the deposit."""

    __tablename__ = "repartition"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    de_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    par_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    motif: Mapped[MotifAffectation] = mapped_column(coded(MotifAffectation, name="motif"))
    cree_le: Mapped[datetime] = mapped_column(Instant)
    annulee_le: Mapped[datetime | None] = mapped_column(Instant)
    annulee_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (
        CheckConstraint("(annulee_le IS NULL) = (annulee_par IS NULL)", name="annulation_signee"),
        CheckConstraint("annulee_le >= cree_le", name="dans_l_ordre"),
        Index("ix_repartition_structure", "structure_id", "cree_le", "id"),
    )


class LigneRepartition(Base):
    """A dossier of it: `affectation_id` is the one that it opened, `precedente_id` the one that it ended, if any.

    `etait_membre`: its new référent was in the équipe before. `suite`: what became of it when all was taken back.
    """

    __tablename__ = "ligne_repartition"

    repartition_id: Mapped[UUID] = mapped_column(ForeignKey("repartition.id", ondelete="CASCADE"), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True, index=True)
    affectation_id: Mapped[UUID] = mapped_column(ForeignKey("affectation.id", ondelete="CASCADE"), unique=True)
    precedente_id: Mapped[UUID | None] = mapped_column(ForeignKey("affectation.id", ondelete="CASCADE"), unique=True)
    etait_membre: Mapped[bool]
    suite: Mapped[SuiteRepartition | None] = mapped_column(coded(SuiteRepartition, name="suite"))

    __table_args__ = (
        CheckConstraint("precedente_id <> affectation_id", name="de_l_une_a_l_autre"),
        {"sqlite_with_rowid": False},
    )
