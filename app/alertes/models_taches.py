"""What the scheduler leaves behind: its runs, its heartbeat, the e-mails that left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.alertes.vocabulaire import StatutEnvoi, StatutPassage, Tache
from app.db.base import Base
from app.db.types import Instant, coded


class Passage(Base):
    """One run of a job for one slot (`2026-11-22`, `2026-11-22T14`, `2026-S47`): the primary key is the claim.

    `porteur` names the process that took it; `bilan` counts what it did, as `ouvertes=3 fermees=1`, never a name.
    `essais` counts the times that it was begun: a failure, or a process that died, is not tried again for ever.
    """

    __tablename__ = "passage"

    tache: Mapped[Tache] = mapped_column(coded(Tache, name="tache"), primary_key=True)
    creneau: Mapped[str] = mapped_column(String(20), primary_key=True)
    statut: Mapped[StatutPassage] = mapped_column(coded(StatutPassage, name="statut"))
    porteur: Mapped[str] = mapped_column(String(60))
    pris_le: Mapped[datetime] = mapped_column(Instant)
    fini_le: Mapped[datetime | None] = mapped_column(Instant)
    bilan: Mapped[str | None] = mapped_column(String(200))
    essais: Mapped[int]

    __table_args__ = (
        CheckConstraint("(statut = 'pris') = (fini_le IS NULL)", name="fini"),
        CheckConstraint("essais >= 1", name="essais"),
        {"sqlite_with_rowid": False},
    )


class Battement(Base):
    """The heartbeat of the scheduler that leads. One row."""

    __tablename__ = "battement"

    id: Mapped[int] = mapped_column(primary_key=True)
    porteur: Mapped[str] = mapped_column(String(60))
    commence_le: Mapped[datetime] = mapped_column(Instant)
    vu_le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("id = 1", name="un_seul"),)


class EnvoiCourriel(Base):
    """One e-mail to one agent for one slot, claimed before it is sent: whatever crashes, it does not leave twice."""

    __tablename__ = "envoi_courriel"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"), primary_key=True)
    creneau: Mapped[str] = mapped_column(String(20), primary_key=True)
    statut: Mapped[StatutEnvoi] = mapped_column(coded(StatutEnvoi, name="statut"))
    pris_le: Mapped[datetime] = mapped_column(Instant)
    envoye_le: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = ({"sqlite_with_rowid": False},)
