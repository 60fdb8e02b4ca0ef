"""Territories, a code and a generation, never an address (securite.md §7); the contrat de ville and its parts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Codes, coded
from app.programme.vocabulaire import GenreAxe, GenreTerritoire, Thematique


class Territoire(Base):
    """A QPV of one generation (2015 or 2024), a QVA (2015), a commune, or "hors QPV"."""

    __tablename__ = "territoire"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    nom: Mapped[str] = mapped_column(String(120))
    genre: Mapped[GenreTerritoire] = mapped_column(coded(GenreTerritoire, name="genre"))
    generation: Mapped[int | None]
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("territoire.id"))
    ferme: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(
            "CASE genre WHEN 'qpv' THEN coalesce(generation, 0) IN (2015, 2024)"
            " WHEN 'qva' THEN coalesce(generation, 0) = 2015 ELSE generation IS NULL END",
            name="generation",
        ),
        CheckConstraint("commune_id IS NULL OR genre <> 'commune'", name="commune_sans_parent"),
    )


class Contrat(Base):
    """A contrat de ville and the days on which it holds, `fin` included; null when it is not known yet."""

    __tablename__ = "contrat"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    libelle: Mapped[str] = mapped_column(String(120))
    debut: Mapped[date]
    fin: Mapped[date | None]

    __table_args__ = (CheckConstraint("fin >= debut", name="fin_apres_debut"),)


class Axe(Base):
    """A pilier, a transversal axis or a local enjeu of a contract, and the themes of action that it holds."""

    __tablename__ = "axe"

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    genre: Mapped[GenreAxe] = mapped_column(coded(GenreAxe, name="genre"))
    libelle: Mapped[str] = mapped_column(String(120))
    rang: Mapped[int]
    thematiques: Mapped[tuple[Thematique, ...]] = mapped_column(Codes(Thematique), default=())

    __table_args__ = (UniqueConstraint("contrat_id", "code"),)
