"""Who answers for whom: one open affectation per dossier, in the database. The team. The portfolio review."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Codes, Instant, coded, sealed
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents.vocabulaire import ActeRevue, Finalite, MotifAffectation


class Affectation(Base):
    """From `debut` to `fin` excluded, in UTC instants, this agent is the référent of this dossier.

    `accusee_le`: the agent said that they took note of it; `refusee_le`: they gave it back, and `refus` says why, or
    with no `refus` it was taken back, with the whole caseload that had been spread, or with the merge of two dossiers:
    either way they read it no more.
    `jeune_informe_le`: the day when the young person was told. Two affectations that are open or overlap are
    impossible: a partial unique index, and an exclusion constraint on PostgreSQL or triggers on SQLite
    (`app.referents.ddl`).
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
    accusee_le: Mapped[datetime | None] = mapped_column(Instant)
    refusee_le: Mapped[datetime | None] = mapped_column(Instant)
    refus: Mapped[bytes | None] = sealed()
    jeune_informe_le: Mapped[date | None]

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
        # who has not said yet that they took note of what others handed over to them: every page counts them
        Index(
            "ix_affectation_a_accuser",
            "agent_id",
            sqlite_where=text("fin IS NULL AND accusee_le IS NULL AND par_id <> agent_id"),
            postgresql_where=text("fin IS NULL AND accusee_le IS NULL AND par_id <> agent_id"),
        ),
        # who was its référent, and reads it for some days still
        Index(
            "ix_affectation_agent_fin",
            "agent_id",
            "fin",
            sqlite_where=text("fin IS NOT NULL"),
            postgresql_where=text("fin IS NOT NULL"),
        ),
    )


class MembreEquipe(Base):
    """An agent of the équipe de suivi of a dossier, from a day to a day excluded (null: still).

    `jusqu_au` is written on the day it takes effect; `echeance`, excluded too, was agreed when they joined and takes
    effect by itself: `queries.member_today` says who is one. For an agent of another structure, `finalite` and
    `sensibles` decide what steps they see, and `informe_le`, `informe_forme`, `accord` say what the young person knows.
    """

    __tablename__ = "membre_equipe"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    depuis: Mapped[date] = mapped_column(primary_key=True)
    jusqu_au: Mapped[date | None]
    echeance: Mapped[date | None]
    finalite: Mapped[Finalite] = mapped_column(
        coded(Finalite, name="finalite"), default=Finalite.SUIVI_GLOBAL, server_default=Finalite.SUIVI_GLOBAL.value
    )
    sensibles: Mapped[tuple[GenreEtape, ...]] = mapped_column(Codes(GenreEtape), default=(), server_default="")
    informe_le: Mapped[date | None]
    informe_forme: Mapped[FormeInformation | None] = mapped_column(coded(FormeInformation, name="informe_forme"))
    accord: Mapped[Accord | None] = mapped_column(coded(Accord, name="accord"))
    par_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        CheckConstraint("jusqu_au >= depuis", name="dans_l_ordre"),
        CheckConstraint("echeance > depuis", name="echeance_apres"),
        CheckConstraint("(informe_le IS NULL) = (informe_forme IS NULL)", name="information_datee"),
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
