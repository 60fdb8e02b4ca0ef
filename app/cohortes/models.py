"""Closed quarters, frozen atoms, and the ledger of what was published (cohortes.md, R2 and R3).

What `AJOUT_SEUL` names only ever gets rows: the database refuses anything else.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.cohortes.vocabulaire import Marque, Mesure, Niveau, Raison
from app.db.base import Base
from app.db.types import Identifiant, Instant, coded
from app.parcours.vocabulaire import Sexe, TrancheAge

# Which rows may never be changed, and what makes one of them a replacement of another (SQLite).
AJOUT_SEUL = {
    "trimestre_clos": "trimestre = NEW.trimestre",
    "atome": "id = NEW.id",
    "ensemble": "rang = NEW.rang OR (cle = NEW.cle AND trimestre = NEW.trimestre)",
    "publication": "id = NEW.id",
    "cellule": "publication_id = NEW.publication_id AND mois = NEW.mois AND categorie = NEW.categorie",
}


class TrimestreClos(Base):
    """An entry quarter that nobody enters any more; `millesime` is the vintage that closed it."""

    __tablename__ = "trimestre_clos"

    trimestre: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    millesime: Mapped[int]
    clos_le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("millesime >= trimestre", name="dans_l_ordre"),)


class Atome(Base):
    """Everybody who came in in one quarter, territory, sex, age band and structure: only how many they were.

    `commune_id` is the commune of the territory on the day of the freeze; null for a territory without one.
    """

    __tablename__ = "atome"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    trimestre: Mapped[int] = mapped_column(ForeignKey("trimestre_clos.trimestre"), index=True)
    territoire_id: Mapped[int] = mapped_column(ForeignKey("territoire.id"))
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("territoire.id"))
    sexe: Mapped[Sexe] = mapped_column(coded(Sexe, name="sexe"))
    age: Mapped[TrancheAge | None] = mapped_column(coded(TrancheAge, name="age"))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    effectif: Mapped[int]

    __table_args__ = (CheckConstraint("effectif >= 1", name="effectif"),)


class EntreeCohorte(Base):
    """In which atom a dossier came in, written once. It goes with the dossier: no trace of an erased person stays."""

    __tablename__ = "entree_cohorte"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    atome_id: Mapped[int] = mapped_column(ForeignKey("atome.id"), index=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Gel(Base):
    """A freeze: begun, then finished. One that a crash cut is begun again where it was."""

    __tablename__ = "gel"

    millesime: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commence_le: Mapped[datetime] = mapped_column(Instant)
    fini_le: Mapped[datetime | None] = mapped_column(Instant)


class Ensemble(Base):
    """A set of people that the gate let into the ledger: those of `cle` who came in up to `trimestre`.

    Every number of the ledger is about one of these sets, or estimated from several. `rang` is the order of entry.
    """

    __tablename__ = "ensemble"

    rang: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cle: Mapped[str] = mapped_column(String(80))
    trimestre: Mapped[int]
    millesime: Mapped[int] = mapped_column(index=True)

    __table_args__ = (
        UniqueConstraint("cle", "trimestre"),
        CheckConstraint("trimestre <= millesime", name="dans_l_ordre"),
    )


class Publication(Base):
    """One measure of one cohort at one vintage: the people of `cle` who came in up to `trimestre`.

    `id` numbers the chain, without a gap; `empreinte` covers this row, its cells and the row before. `effectif` is
    rounded. `mois` lists the months published here, `0,3,6`; when the people are those of an earlier publication
    (`suite_de`), only the months that it could not have.
    """

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True, autoincrement=False)
    cle: Mapped[str] = mapped_column(String(80))
    mesure: Mapped[Mesure] = mapped_column(coded(Mesure, name="mesure"))
    millesime: Mapped[int]
    trimestre: Mapped[int]
    effectif: Mapped[int]
    niveau: Mapped[Niveau] = mapped_column(coded(Niveau, name="niveau"))
    mois: Mapped[str] = mapped_column(String(2000))
    suite_de: Mapped[int | None] = mapped_column(ForeignKey("publication.id"))
    precedente: Mapped[bytes] = mapped_column(LargeBinary(32))
    empreinte: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (
        UniqueConstraint("cle", "mesure", "millesime"),
        CheckConstraint("trimestre <= millesime", name="dans_l_ordre"),
        # multiples of 5, never below 15: a true headcount cannot even be written here
        CheckConstraint("effectif >= 15 AND effectif / 5 * 5 = effectif", name="arrondi"),
        CheckConstraint("length(precedente) = 32 AND length(empreinte) = 32", name="empreintes"),
    )


class Cellule(Base):
    """What is shown of one month and one category. What is masked has no row."""

    __tablename__ = "cellule"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), primary_key=True)
    mois: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    categorie: Mapped[str] = mapped_column(String(60), primary_key=True)
    marque: Mapped[Marque] = mapped_column(coded(Marque, name="marque"))
    valeur: Mapped[int]

    __table_args__ = (
        CheckConstraint("valeur >= 0 AND (marque <> 'presque_tous' OR valeur <= 95)", name="valeur"),
        {"sqlite_with_rowid": False},
    )


class Refus(Base):
    """A cohort that a vintage does not publish, and why, without a figure."""

    __tablename__ = "refus"

    cle: Mapped[str] = mapped_column(String(80), primary_key=True)
    mesure: Mapped[Mesure] = mapped_column(coded(Mesure, name="mesure"), primary_key=True)
    millesime: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    raison: Mapped[Raison] = mapped_column(coded(Raison, name="raison"))

    __table_args__ = ({"sqlite_with_rowid": False},)


class Commentaire(Base):
    """What a manager writes beside a part of the yearly report, to be published with it: never about a person.

    In clear: this room has no key, and the text is made to be read by everybody.
    """

    __tablename__ = "commentaire_rapport"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    annee: Mapped[int]
    partie: Mapped[str] = mapped_column(String(60))
    texte: Mapped[str] = mapped_column(String(4000))
    ecrit_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    ecrit_le: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("annee", "partie"),
        CheckConstraint("length(texte) > 0", name="texte"),
    )
