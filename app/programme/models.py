"""Territories: a code and a generation, never an address (securite.md §7)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import coded
from app.programme.vocabulaire import GenreTerritoire


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
