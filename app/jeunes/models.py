"""Names, sealed. The only door to them is this room."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant, coded, sealed
from app.jeunes.vocabulaire import AutoriteParentale, FormeInformation, Lien, PeutEtreContacte, StatutDemande

A_INFORMER = "informe_le IS NULL AND identite IS NOT NULL"


class Identite(Base):
    """Who the dossier is about: two sealed groups, opened separately (a list never opens contacts).

    identite: prenom, nom, pseudonyme, date_naissance (ISO). contact: telephone (E.164), courriel.
    """

    __tablename__ = "identite"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    identite: Mapped[bytes | None] = sealed()
    contact: Mapped[bytes | None] = sealed()
    informe_le: Mapped[date | None]
    informe_forme: Mapped[FormeInformation | None] = mapped_column(coded(FormeInformation, name="informe_forme"))
    version: Mapped[int] = mapped_column(default=1)
    # the day a name, a pseudonym included, was first written: the delay for telling them runs from it (RGPD, art. 14.3)
    identifie_le: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("(informe_le IS NULL) = (informe_forme IS NULL)", name="information_datee"),
        Index("ix_identite_a_informer", "dossier_id", sqlite_where=text(A_INFORMER), postgresql_where=text(A_INFORMER)),
    )


class RepresentantLegal(Base):
    """0 to n for a minor. identite (sealed): prenom, nom, telephone, courriel."""

    __tablename__ = "representant_legal"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lien: Mapped[Lien] = mapped_column(coded(Lien, name="lien"))
    autorite_parentale: Mapped[AutoriteParentale] = mapped_column(coded(AutoriteParentale, name="autorite_parentale"))
    peut_etre_contacte: Mapped[PeutEtreContacte] = mapped_column(coded(PeutEtreContacte, name="peut_etre_contacte"))
    informe_le: Mapped[date | None]
    informe_forme: Mapped[FormeInformation | None] = mapped_column(coded(FormeInformation, name="informe_forme"))
    identite: Mapped[bytes | None] = sealed()
    cree_le: Mapped[datetime] = mapped_column(Instant)
    depot: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("(informe_le IS NULL) = (informe_forme IS NULL)", name="information_datee"),
        Index("uq_representant_legal_depot", "dossier_id", "depot", unique=True),
        {"sqlite_with_rowid": False},
    )


class DemandeDoublon(Base):
    """Somebody met a young person who is perhaps already followed: the référent of `dossier_id` answers, or not."""

    __tablename__ = "demande_doublon"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    demandeur_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    cree_le: Mapped[datetime] = mapped_column(Instant)
    statut: Mapped[StatutDemande] = mapped_column(coded(StatutDemande, name="statut"), default=StatutDemande.EN_ATTENTE)
    repondu_le: Mapped[datetime | None] = mapped_column(Instant)
    repondu_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (
        CheckConstraint("(statut = 'en_attente') = (repondu_le IS NULL)", name="reponse_datee"),
        Index(
            "uq_demande_doublon_en_attente",
            "dossier_id",
            "demandeur_id",
            unique=True,
            sqlite_where=text("statut = 'en_attente'"),
            postgresql_where=text("statut = 'en_attente'"),
        ),
        Index("ix_demande_doublon_demandeur", "demandeur_id", "cree_le"),
    )
