"""An agent asks to join the équipe of a dossier whose code was said to them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant, coded, sealed
from app.referents.vocabulaire import Finalite, MotifRefusEquipe, StatutDemandeEquipe


class DemandeEquipe(Base):
    """`dossier_id` is null when no dossier that could be joined has the code that was said: whoever asks sees the same
    request. `mots` is sealed for the dossier; of a request about none, no word is kept."""

    __tablename__ = "demande_equipe"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    demandeur_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    code_dit: Mapped[str] = mapped_column(String(8))
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    finalite: Mapped[Finalite] = mapped_column(coded(Finalite, name="finalite"))
    echeance: Mapped[date]
    mots: Mapped[bytes | None] = sealed()
    cree_le: Mapped[datetime] = mapped_column(Instant)
    statut: Mapped[StatutDemandeEquipe] = mapped_column(
        coded(StatutDemandeEquipe, name="statut"), default=StatutDemandeEquipe.EN_ATTENTE
    )
    motif_refus: Mapped[MotifRefusEquipe | None] = mapped_column(coded(MotifRefusEquipe, name="motif_refus"))
    repondu_le: Mapped[datetime | None] = mapped_column(Instant)
    repondu_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (
        CheckConstraint("(statut = 'en_attente') = (repondu_le IS NULL)", name="reponse_datee"),
        CheckConstraint("(statut = 'refusee') = (motif_refus IS NOT NULL)", name="refus_motive"),
        CheckConstraint("mots IS NULL OR dossier_id IS NOT NULL", name="mots_d_un_dossier"),
        # one at a time, whether the code is somebody's or nobody's
        Index(
            "uq_demande_equipe_code",
            "demandeur_id",
            "code_dit",
            unique=True,
            sqlite_where=text("statut = 'en_attente'"),
            postgresql_where=text("statut = 'en_attente'"),
        ),
        # and one of a dossier, which two codes may name
        Index(
            "uq_demande_equipe_dossier",
            "dossier_id",
            "demandeur_id",
            unique=True,
            sqlite_where=text("statut = 'en_attente'"),
            postgresql_where=text("statut = 'en_attente'"),
        ),
        Index("ix_demande_equipe_demandeur", "demandeur_id", "cree_le"),
    )
