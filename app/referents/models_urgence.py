"""Reaching who answers for a dossier without its file; a note opened for a reason; a danger that was reported."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant, coded, sealed
from app.referents.vocabulaire_urgence import (
    Conclusion,
    Destinataire,
    GenreTransmission,
    MotifOuverture,
    Parents,
    ReponseUrgence,
)

A_REPONDRE = "reponse IS NULL OR reponse = 'transmis'"


class Urgence(Base):
    """An agent asks to be called about a young person. `mots`: their number and words, for those who answer.

    Whoever sends learns nothing: one that reached nobody has a row too, without a dossier nor words. `envoi` is common
    to the rows of one sending. `transmis_a`: who was asked to take it, when the answer is that it was passed on.
    `courriel_le`: when somebody took charge of its e-mails. `retiree_le`: who sent it took it back before an answer.
    """

    __tablename__ = "urgence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    envoi: Mapped[UUID] = mapped_column(index=True)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    par_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    mots: Mapped[bytes | None] = sealed()
    cree_le: Mapped[datetime] = mapped_column(Instant)
    reponse: Mapped[ReponseUrgence | None] = mapped_column(coded(ReponseUrgence, name="reponse"))
    repondu_le: Mapped[datetime | None] = mapped_column(Instant)
    repondu_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    transmis_a: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    courriel_le: Mapped[datetime | None] = mapped_column(Instant)
    retiree_le: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("(reponse IS NULL) = (repondu_le IS NULL)", name="repondue"),
        CheckConstraint("transmis_a IS NULL OR (reponse IS NOT NULL AND reponse = 'transmis')", name="transmise"),
        CheckConstraint("retiree_le IS NULL OR reponse IS NULL OR reponse = 'transmis'", name="retiree_a_temps"),
        CheckConstraint("dossier_id IS NOT NULL OR (mots IS NULL AND reponse IS NULL)", name="sans_personne"),
        Index("ix_urgence_dossier_id", "dossier_id"),
        Index("ix_urgence_a_repondre", "dossier_id", sqlite_where=text(A_REPONDRE), postgresql_where=text(A_REPONDRE)),
        Index("ix_urgence_par", "par_id", "cree_le"),
    )


class NoteOuverte(Base):
    """A coordinateur read, once, a note that was not written for them. `suivi_id`: the note, which may be gone since.

    `auteur_id` and `referent_id`: who was told at once; `…_vu_le`: when they said that they know.
    """

    __tablename__ = "note_ouverte"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    suivi_id: Mapped[UUID]
    par_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    motif: Mapped[MotifOuverture] = mapped_column(coded(MotifOuverture, name="motif"))
    cree_le: Mapped[datetime] = mapped_column(Instant)
    auteur_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    auteur_vu_le: Mapped[datetime | None] = mapped_column(Instant)
    referent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    referent_vu_le: Mapped[datetime | None] = mapped_column(Instant)
    relue_le: Mapped[datetime | None] = mapped_column(Instant)
    relue_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    conclusion: Mapped[Conclusion | None] = mapped_column(coded(Conclusion, name="conclusion"))

    __table_args__ = (
        CheckConstraint("(relue_le IS NULL) = (conclusion IS NULL)", name="relue"),
        CheckConstraint("relue_par <> par_id", name="relue_par_un_autre"),
        Index(
            "ix_note_ouverte_auteur",
            "auteur_id",
            sqlite_where=text("auteur_vu_le IS NULL"),
            postgresql_where=text("auteur_vu_le IS NULL"),
        ),
        Index(
            "ix_note_ouverte_referent",
            "referent_id",
            sqlite_where=text("referent_vu_le IS NULL"),
            postgresql_where=text("referent_vu_le IS NULL"),
        ),
    )


class TransmissionDanger(Base):
    """An information préoccupante or a signalement that left. Those who answer for the dossier read it, nobody else.

    `annulee_le`: it was written by mistake; it stays, struck out.
    """

    __tablename__ = "transmission_danger"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    jour: Mapped[date]
    genre: Mapped[GenreTransmission] = mapped_column(coded(GenreTransmission, name="genre"))
    destinataire: Mapped[Destinataire] = mapped_column(coded(Destinataire, name="destinataire"))
    parents: Mapped[Parents] = mapped_column(coded(Parents, name="parents"))
    texte: Mapped[bytes | None] = sealed()
    annulee_le: Mapped[datetime | None] = mapped_column(Instant)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID]

    __table_args__ = (
        UniqueConstraint("dossier_id", "depot"),
        {"sqlite_with_rowid": False},
    )
