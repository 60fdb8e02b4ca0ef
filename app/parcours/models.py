"""The pseudonymous dossier, its steps, its follow-ups, and the narrow rows derived from them.

What belongs to a dossier has the key (dossier, id): nothing can be reached but through its dossier, and on SQLite
the rows of one dossier lie together (vitesse.md: 13 times faster cold).
"""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Codes, Identifiant, Instant, coded, sealed
from app.parcours.vocabulaire import (
    CANAUX_SANS_LE_JEUNE,
    RESULTATS_REUSSIS,
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    Canal,
    Contrat,
    Diplome,
    GenreEtape,
    Intensite,
    IssueEtape,
    MotifSortie,
    NiveauVise,
    Origine,
    Resultat,
    Sexe,
    Situation,
    StatutContactPrevu,
    StatutEtape,
    Theme,
    TrancheAge,
    Visibilite,
)
from app.parcours.vocabulaire_actes import PartageNote


def _among(column: str, codes: frozenset[StatutEtape]) -> str:
    return f"{column} IN ({', '.join(repr(item.value) for item in sorted(codes))})"


OUVERTE = _among("statut", STATUTS_OUVERTS)
FINIE = _among("statut", STATUTS_FINIS)
CHANTIER = "statut = 'en_cours' AND genre = 'chantier_educatif'"


class Dossier(Base):
    """One young person, without a name. `uid` names their key in the key store, `code` is said aloud.

    The four `entree_*` columns are the values at entry, written once; the others are current (DESIGN §4.7).
    """

    __tablename__ = "dossier"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    uid: Mapped[UUID] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    reference: Mapped[str | None] = mapped_column(String(60))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"), index=True)
    territoire_id: Mapped[int] = mapped_column(ForeignKey("territoire.id"), index=True)
    sexe: Mapped[Sexe] = mapped_column(coded(Sexe, name="sexe"), default=Sexe.NON_RENSEIGNE)
    annee_naissance: Mapped[int | None]
    diplome: Mapped[Diplome] = mapped_column(coded(Diplome, name="diplome"), default=Diplome.INCONNU)
    origine: Mapped[Origine | None] = mapped_column(coded(Origine, name="origine"))
    intensite: Mapped[Intensite] = mapped_column(coded(Intensite, name="intensite"), default=Intensite.SOUTENU)
    intensite_depuis: Mapped[date | None]
    anonymat_demande: Mapped[bool] = mapped_column(default=False)
    ouvert_le: Mapped[date]
    clos_le: Mapped[date | None]
    motif_sortie: Mapped[MotifSortie | None] = mapped_column(coded(MotifSortie, name="motif_sortie"))
    entree_structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    entree_territoire_id: Mapped[int] = mapped_column(ForeignKey("territoire.id"))
    entree_sexe: Mapped[Sexe] = mapped_column(coded(Sexe, name="entree_sexe"))
    entree_age: Mapped[TrancheAge | None] = mapped_column(coded(TrancheAge, name="entree_age"))
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("(clos_le IS NULL) = (motif_sortie IS NULL)", name="cloture_motivee"),
        CheckConstraint("clos_le IS NULL OR clos_le >= ouvert_le", name="cloture_apres_ouverture"),
        CheckConstraint("annee_naissance BETWEEN 1900 AND 2200", name="annee_naissance"),
        CheckConstraint("reference IS NULL OR length(reference) > 0", name="reference"),
        UniqueConstraint("structure_id", "reference"),
        Index(
            "ix_dossier_ouvert",
            "structure_id",
            sqlite_where=text("clos_le IS NULL"),
            postgresql_where=text("clos_le IS NULL"),
        ),
    )


class Reouverture(Base):
    """A past closing: the file was closed on that day for that motive, then opened again."""

    __tablename__ = "reouverture"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    clos_le: Mapped[date]
    motif_sortie: Mapped[MotifSortie] = mapped_column(coded(MotifSortie, name="motif_sortie"))
    rouvert_le: Mapped[date]
    rouvert_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (CheckConstraint("rouvert_le >= clos_le", name="dans_l_ordre"),)


class Etape(Base):
    """A step of the timeline. `debut` is planned while the step is, `fin` is its last day, included.

    `depot` is the client's id of the write that made it; `version` counts edits.
    """

    __tablename__ = "etape"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    genre: Mapped[GenreEtape] = mapped_column(coded(GenreEtape, name="genre"))
    statut: Mapped[StatutEtape] = mapped_column(coded(StatutEtape, name="statut"))
    debut: Mapped[date]
    fin: Mapped[date | None]
    fin_prevue: Mapped[date | None]
    issue: Mapped[IssueEtape | None] = mapped_column(coded(IssueEtape, name="issue"))
    contrat: Mapped[Contrat | None] = mapped_column(coded(Contrat, name="contrat"))
    niveau_vise: Mapped[NiveauVise | None] = mapped_column(coded(NiveauVise, name="niveau_vise"))
    heures: Mapped[int | None]
    precisions: Mapped[bytes | None] = sealed()
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    modifie_le: Mapped[datetime | None] = mapped_column(Instant)
    modifie_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depot: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("fin >= debut", name="fin_apres_debut"),
        CheckConstraint("fin_prevue >= debut", name="fin_prevue_apres_debut"),
        CheckConstraint(f"(fin IS NOT NULL) = ({FINIE})", name="fin_si_finie"),
        CheckConstraint(f"issue IS NULL OR {FINIE}", name="issue_si_finie"),
        CheckConstraint("contrat IS NULL OR genre = 'emploi'", name="contrat_emploi"),
        CheckConstraint("niveau_vise IS NULL OR genre = 'formation'", name="niveau_formation"),
        CheckConstraint("heures IS NULL OR genre = 'chantier_educatif'", name="heures_chantier"),
        CheckConstraint("heures BETWEEN 0 AND 2000", name="heures_plausibles"),
        UniqueConstraint("dossier_id", "depot"),
        Index(
            "uq_etape_genre_debut",
            "dossier_id",
            "genre",
            "debut",
            unique=True,
            sqlite_where=text("statut <> 'annulee'"),
            postgresql_where=text("statut <> 'annulee'"),
        ),
        Index("ix_etape_ouverte", "dossier_id", sqlite_where=text(OUVERTE), postgresql_where=text(OUVERTE)),
        # few at a time, and they shorten the rhythm of whoever has one
        Index("ix_etape_chantier", "dossier_id", sqlite_where=text(CHANTIER), postgresql_where=text(CHANTIER)),
        Index(
            "ix_etape_prevue",
            "debut",
            sqlite_where=text("statut = 'prevue'"),
            postgresql_where=text("statut = 'prevue'"),
        ),
        Index(
            "ix_etape_fin_prevue",
            "fin_prevue",
            sqlite_where=text(f"{OUVERTE} AND fin_prevue IS NOT NULL"),
            postgresql_where=text(f"{OUVERTE} AND fin_prevue IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )


class Suivi(Base):
    """A dated contact, or an attempt. `note` is sealed by itself and carries its own visibility."""

    __tablename__ = "suivi"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    jour: Mapped[date]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    canal: Mapped[Canal] = mapped_column(coded(Canal, name="canal"))
    resultat: Mapped[Resultat] = mapped_column(coded(Resultat, name="resultat"))
    themes: Mapped[tuple[Theme, ...]] = mapped_column(Codes(Theme), default=())
    visibilite: Mapped[Visibilite] = mapped_column(coded(Visibilite, name="visibilite"), default=Visibilite.MON_EQUIPE)
    note: Mapped[bytes | None] = sealed()
    # what the young person said of its being read by the whole équipe de suivi
    partage: Mapped[PartageNote | None] = mapped_column(coded(PartageNote, name="partage"))
    cree_le: Mapped[datetime] = mapped_column(Instant)
    modifie_le: Mapped[datetime | None] = mapped_column(Instant)
    depot: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("dossier_id", "depot"),
        CheckConstraint("visibilite <> 'equipe_suivi' OR note IS NULL OR partage IS NOT NULL", name="partage_dit"),
        # Newest first, and a total order within a day.
        Index("ix_suivi_journal", "dossier_id", "jour", "cree_le", "id"),
        Index("ix_suivi_agent", "agent_id", "cree_le"),
        {"sqlite_with_rowid": False},
    )


def contact_reussi_sql() -> ColumnElement[bool]:
    """`rules.is_contact_reussi` as a predicate over `Suivi`."""
    return and_(
        Suivi.resultat.in_(sorted(RESULTATS_REUSSIS)),
        Suivi.canal.not_in(sorted(CANAUX_SANS_LE_JEUNE)),
    )


class ContactPrevu(Base):
    """A planned contact: prévu, then tenu or annulé. `promis_par` is the follow-up at which it was promised."""

    __tablename__ = "contact_prevu"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    jour: Mapped[date]
    heure: Mapped[time | None]
    canal: Mapped[Canal | None] = mapped_column(coded(Canal, name="canal"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    statut: Mapped[StatutContactPrevu] = mapped_column(
        coded(StatutContactPrevu, name="statut"), default=StatutContactPrevu.PREVU
    )
    objet: Mapped[bytes | None] = sealed()
    promis_par: Mapped[UUID | None]
    tenu_par: Mapped[UUID | None]
    cree_le: Mapped[datetime] = mapped_column(Instant)
    depot: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("dossier_id", "depot"),
        ForeignKeyConstraint(
            ["dossier_id", "promis_par"], ["suivi.dossier_id", "suivi.id"], name="fk_contact_prevu_promis_par"
        ),
        ForeignKeyConstraint(
            ["dossier_id", "tenu_par"], ["suivi.dossier_id", "suivi.id"], name="fk_contact_prevu_tenu_par"
        ),
        CheckConstraint("tenu_par IS NULL OR statut <> 'prevu'", name="tenu_par"),
        Index(
            "ix_contact_prevu_a_venir",
            "dossier_id",
            "jour",
            sqlite_where=text("statut = 'prevu'"),
            postgresql_where=text("statut = 'prevu'"),
        ),
        {"sqlite_with_rowid": False},
    )


class Etat(Base):
    """The narrow state row: what lists and alerts read. Derived from events in the transaction that writes them.

    Dates only, never "late": time alone must not change a row. `referent_id` is kept by the room `referents`.
    `dernier_contact` is the last *contact réussi*; `derniere_tentative` the last follow-up of any result.
    `retour_le`: the day of the return after a décrochage that still holds; `attente_jusqu_au`: the end, excluded, of
    the latest mise en attente; `confirmee_le`: the last day when the situation was confirmed.
    """

    __tablename__ = "etat"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    referent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    ouvert_le: Mapped[date]
    clos_le: Mapped[date | None]
    situation: Mapped[Situation] = mapped_column(coded(Situation, name="situation"))
    situation_depuis: Mapped[date]
    etape_id: Mapped[UUID | None]
    dernier_contact: Mapped[date | None]
    derniere_tentative: Mapped[date | None]
    prochain_contact: Mapped[date | None]
    retour_le: Mapped[date | None]
    attente_jusqu_au: Mapped[date | None]
    confirmee_le: Mapped[date | None]

    __table_args__ = ({"sqlite_with_rowid": False},)


class SituationMois(Base):
    """A spell: the situation of the months m0 to m1 excluded, `annee * 12 + mois - 1`, and the one before it.

    Spells of a dossier follow each other without a gap from the month of `ouvert_le`; the last one ends at
    `rules.MOIS_OUVERT`. `precedente` is null in the first.
    """

    __tablename__ = "situation_mois"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    m0: Mapped[int] = mapped_column(Integer, primary_key=True)
    m1: Mapped[int]
    situation: Mapped[Situation] = mapped_column(coded(Situation, name="situation"))
    precedente: Mapped[Situation | None] = mapped_column(coded(Situation, name="precedente"))

    __table_args__ = (
        CheckConstraint("m1 > m0", name="non_vide"),
        {"sqlite_with_rowid": False},
    )
