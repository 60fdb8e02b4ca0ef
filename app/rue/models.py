"""Outings of a structure: where, when, who went, how many young people were met. Never a dossier, never a name.

There is no free text here but the name of a place: nothing seals it, so nothing of a person may stand in it.
"""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Codes, Instant, coded
from app.parcours.vocabulaire import TrancheAge
from app.rue.vocabulaire import ActionRue, RaisonSuppression, SexeRencontre


class LieuRue(Base):
    """A place where a structure goes: a square, a stop, a stairwell of the neighbourhood. One of its own list."""

    __tablename__ = "lieu_rue"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    territoire_id: Mapped[int] = mapped_column(ForeignKey("territoire.id"))
    nom: Mapped[str] = mapped_column(String(60))
    ferme: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("length(nom) > 0", name="nomme"),
        UniqueConstraint("structure_id", "territoire_id", "nom"),
    )


class SortieRue(Base):
    """An outing, from `debut` for so many minutes. `id` is the deposit that made it; `version` counts edits.

    `premieres`: of those met, for the first time. `refus`: who do not wish to be in the file; they are counted too.
    """

    __tablename__ = "sortie_rue"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    lieu_id: Mapped[UUID] = mapped_column(ForeignKey("lieu_rue.id"))
    jour: Mapped[date]
    debut: Mapped[time]
    minutes: Mapped[int]
    actions: Mapped[tuple[ActionRue, ...]] = mapped_column(Codes(ActionRue), default=())
    premieres: Mapped[int] = mapped_column(default=0)
    refus: Mapped[int] = mapped_column(default=0)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    modifie_le: Mapped[datetime | None] = mapped_column(Instant)
    supprimee_le: Mapped[datetime | None] = mapped_column(Instant)
    raison: Mapped[RaisonSuppression | None] = mapped_column(coded(RaisonSuppression, name="raison"))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 720", name="duree"),
        CheckConstraint("premieres BETWEEN 0 AND 3000 AND refus BETWEEN 0 AND 3000", name="comptes"),
        CheckConstraint("(supprimee_le IS NULL) = (raison IS NULL)", name="suppression_motivee"),
        # Newest first, and a total order within a day.
        Index("ix_sortie_rue_liste", "structure_id", "jour", "debut", "id"),
    )


class SortieAgent(Base):
    """Who went."""

    __tablename__ = "sortie_agent"

    sortie_id: Mapped[UUID] = mapped_column(ForeignKey("sortie_rue.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Rencontre(Base):
    """How many of an age and a sex were met; nobody of whom none was."""

    __tablename__ = "rencontre_rue"

    sortie_id: Mapped[UUID] = mapped_column(ForeignKey("sortie_rue.id", ondelete="CASCADE"), primary_key=True)
    age: Mapped[TrancheAge] = mapped_column(coded(TrancheAge, name="age"), primary_key=True)
    sexe: Mapped[SexeRencontre] = mapped_column(coded(SexeRencontre, name="sexe"), primary_key=True)
    nombre: Mapped[int]

    __table_args__ = (
        CheckConstraint("nombre BETWEEN 1 AND 200", name="nombre"),
        {"sqlite_with_rowid": False},
    )
