"""Who answers for whom: one open affectation per dossier, in the database. The team. The portfolio review."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant, coded, sealed
from app.referents.vocabulaire import ActeRevue, MotifAffectation


class Affectation(Base):
    """From `debut` to `fin` excluded, in UTC instants, this agent is the référent of this dossier.

    Two that are open or overlap are impossible: a partial unique index, and an exclusion constraint on PostgreSQL
    or triggers on SQLite (`app.referents.ddl`).
    """

    __tablename__ = "affectation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    debut: Mapped[datetime] = mapped_column(Instant)
    fin: Mapped[datetime | None] = mapped_column(Instant)
    motif: Mapped[MotifAffectation] = mapped_column(coded(MotifAffectation, name="motif"))
    note: Mapped[bytes | None] = sealed()
    par_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (
        CheckConstraint("fin > debut", name="fin_apres_debut"),
        Index(
            "uq_affectation_ouverte",
            "dossier_id",
            unique=True,
            sqlite_where=text("fin IS NULL"),
            postgresql_where=text("fin IS NULL"),
        ),
        Index(
            "ix_affectation_agent_ouverte",
            "agent_id",
            sqlite_where=text("fin IS NULL"),
            postgresql_where=text("fin IS NULL"),
        ),
    )


class MembreEquipe(Base):
    """An agent of the équipe de suivi of a dossier, from a day to a day excluded (null: still).

    `jusqu_au` is written on the day it takes effect, so whoever has none is a member today.
    """

    __tablename__ = "membre_equipe"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    depuis: Mapped[date] = mapped_column(primary_key=True)
    jusqu_au: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("jusqu_au >= depuis", name="dans_l_ordre"),
        Index(
            "uq_membre_equipe_actuel",
            "agent_id",
            "dossier_id",
            unique=True,
            sqlite_where=text("jusqu_au IS NULL"),
            postgresql_where=text("jusqu_au IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )


class Revue(Base):
    """One run through a caseload, worst first, resumable. Kept for the référent alone, never a measure of them."""

    __tablename__ = "revue"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"))
    commencee_le: Mapped[datetime] = mapped_column(Instant)
    terminee_le: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_revue_agent_id_terminee_le", "agent_id", "terminee_le"),
        Index(
            "uq_revue_en_cours",
            "agent_id",
            unique=True,
            sqlite_where=text("terminee_le IS NULL"),
            postgresql_where=text("terminee_le IS NULL"),
        ),
    )


class RevueDossier(Base):
    """A file of a run, at its rank; `vu_le` and `acte` once seen."""

    __tablename__ = "revue_dossier"

    revue_id: Mapped[UUID] = mapped_column(ForeignKey("revue.id", ondelete="CASCADE"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    vu_le: Mapped[datetime | None] = mapped_column(Instant)
    acte: Mapped[ActeRevue | None] = mapped_column(coded(ActeRevue, name="acte"))

    __table_args__ = (
        UniqueConstraint("revue_id", "dossier_id"),
        CheckConstraint("(vu_le IS NULL) = (acte IS NULL)", name="vu_avec_acte"),
    )
