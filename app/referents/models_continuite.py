"""Nobody is left without somebody who answers: absences and who covers them; partners whom a young person opposed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant


class Absence(Base):
    """This agent is away from a day to a day excluded; `suppleant_id` covers their dossiers, null: nobody does.

    Two absences of one agent never share a day (`app.referents.ddl`); a cancelled one never was. Why somebody is away
    is nobody's business here.
    """

    __tablename__ = "absence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    suppleant_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    depuis: Mapped[date]
    jusqu_au: Mapped[date]
    annulee_le: Mapped[datetime | None] = mapped_column(Instant)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("jusqu_au > depuis", name="dans_l_ordre"),
        CheckConstraint("suppleant_id <> agent_id", name="par_un_autre"),
        Index("ix_absence_agent", "agent_id", "jusqu_au"),
        Index("ix_absence_suppleant", "suppleant_id", "jusqu_au"),
    )


class Opposition(Base):
    """The young person does not want this structure in their dossier, from `depuis` until `levee_le` (null: still)."""

    __tablename__ = "opposition"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    depuis: Mapped[date]
    levee_le: Mapped[date | None]
    cree_le: Mapped[datetime] = mapped_column(Instant)
    cree_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (
        CheckConstraint("levee_le >= depuis", name="dans_l_ordre"),
        Index(
            "uq_opposition_en_cours",
            "dossier_id",
            "structure_id",
            unique=True,
            sqlite_where=text("levee_le IS NULL"),
            postgresql_where=text("levee_le IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )
