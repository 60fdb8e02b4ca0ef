"""Dated acts around a journey, each belonging to one dossier: waits, attempts, milestones, answers, agreements."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Identifiant, Instant, coded
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import (
    GenreJalon,
    MotifAttente,
    MoyenDemarche,
    ObjetVerification,
    ReponseVerification,
    ResultatDemarche,
)


class MiseEnAttente(Base):
    """The journey waits from `depuis` to `jusqu_au` excluded: its clocks stop. Lifted, `jusqu_au` is that day.

    One cannot follow itself: `app.parcours.services_attente` refuses a second one before a contact réussi.
    """

    __tablename__ = "mise_en_attente"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    motif: Mapped[MotifAttente] = mapped_column(coded(MotifAttente, name="motif"))
    depuis: Mapped[date]
    jusqu_au: Mapped[date]
    levee_le: Mapped[date | None]
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("jusqu_au >= depuis", name="dans_l_ordre"),
        CheckConstraint("levee_le IS NULL OR levee_le = jusqu_au", name="levee"),
        UniqueConstraint("dossier_id", "depot"),
        {"sqlite_with_rowid": False},
    )


class Demarche(Base):
    """One way tried, or not possible, to find somebody who does not answer. `suivi_id`: the follow-up it was logged by.

    Those older than the last contact réussi belong to an earlier search and count no more.
    """

    __tablename__ = "demarche"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    moyen: Mapped[MoyenDemarche] = mapped_column(coded(MoyenDemarche, name="moyen"))
    resultat: Mapped[ResultatDemarche] = mapped_column(coded(ResultatDemarche, name="resultat"))
    jour: Mapped[date]
    suivi_id: Mapped[UUID | None]
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(["dossier_id", "suivi_id"], ["suivi.dossier_id", "suivi.id"], name="fk_demarche_suivi"),
        UniqueConstraint("dossier_id", "depot"),
        {"sqlite_with_rowid": False},
    )


class Jalon(Base):
    """A dated act of the duty of training. `jusqu_au`: the last day of an exemption, null when it has no end yet."""

    __tablename__ = "jalon"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    genre: Mapped[GenreJalon] = mapped_column(coded(GenreJalon, name="genre"))
    jour: Mapped[date]
    jusqu_au: Mapped[date | None]
    annule_le: Mapped[date | None]
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("jusqu_au IS NULL OR genre = 'exemption_medicale'", name="fin_exemption"),
        CheckConstraint("jusqu_au >= jour", name="dans_l_ordre"),
        UniqueConstraint("dossier_id", "depot"),
        Index(
            "uq_jalon_genre_jour",
            "dossier_id",
            "genre",
            "jour",
            unique=True,
            sqlite_where=text("annule_le IS NULL"),
            postgresql_where=text("annule_le IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )


class Verification(Base):
    """One question answered with one tap on the day `jour`, about what began on `repere`.

    repere: of a situation, the day since when it is so; of a raccrochage, `etat.retour_le`; of a sortie, `clos_le`.
    mois: which check (3, 6, 12), null for a situation. genre: the new kind, when it changed.
    """

    __tablename__ = "verification"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    objet: Mapped[ObjetVerification] = mapped_column(coded(ObjetVerification, name="objet"))
    repere: Mapped[date]
    mois: Mapped[int | None]
    reponse: Mapped[ReponseVerification] = mapped_column(coded(ReponseVerification, name="reponse"))
    genre: Mapped[GenreEtape | None] = mapped_column(coded(GenreEtape, name="genre"))
    jour: Mapped[date]
    annulee_le: Mapped[date | None]
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("(mois IS NULL) = (objet = 'situation')", name="mois"),
        CheckConstraint("mois IN (3, 6, 12)", name="mois_connus"),
        CheckConstraint("genre IS NULL OR reponse = 'changee'", name="nouveau_genre"),
        UniqueConstraint("dossier_id", "depot"),
        Index(
            "uq_verification_mois",
            "dossier_id",
            "objet",
            "repere",
            "mois",
            unique=True,
            sqlite_where=text("annulee_le IS NULL AND mois IS NOT NULL"),
            postgresql_where=text("annulee_le IS NULL AND mois IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )


class ConditionsChantier(Base):
    """What the labour code asks before a minor works on a chantier éducatif; days only.

    accord_le: the legal representative agreed; inspection_le: the inspection du travail was told;
    vacances_du, vacances_au: the school holidays that hold the chantier of somebody of 14 or 15, both included.
    """

    __tablename__ = "conditions_chantier"

    dossier_id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    etape_id: Mapped[UUID] = mapped_column(primary_key=True)
    accord_le: Mapped[date | None]
    inspection_le: Mapped[date | None]
    vacances_du: Mapped[date | None]
    vacances_au: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        ForeignKeyConstraint(
            ["dossier_id", "etape_id"],
            ["etape.dossier_id", "etape.id"],
            name="fk_conditions_chantier_etape",
            ondelete="CASCADE",
        ),
        CheckConstraint("(vacances_du IS NULL) = (vacances_au IS NULL)", name="vacances"),
        CheckConstraint("vacances_au >= vacances_du", name="vacances_dans_l_ordre"),
        {"sqlite_with_rowid": False},
    )


class ActeAnnulable(Base):
    """What an act changed, row by row, kept an hour: its author may take it back in the first seconds.

    `contenu` is sealed for them; `dossier_id` is null for what belongs to no dossier.
    """

    __tablename__ = "acte_annulable"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"))
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    contenu: Mapped[bytes] = mapped_column(LargeBinary)
    fait_le: Mapped[datetime] = mapped_column(Instant, index=True)
    annule_le: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_acte_annulable_agent_id", "agent_id"),)
