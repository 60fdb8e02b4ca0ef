"""Alerts: opened and closed, never deleted, never twice."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.alertes.vocabulaire import Regle
from app.db.base import Base
from app.db.types import Identifiant, Instant, coded


class Alerte(Base):
    """A rule speaks of a dossier. `cle` tells one cause from the next (the silence since that day, that step).

    `depuis` is the day the cause began, `due` the first day the rule was true, `faits` the codes and numbers that
    the sentence is made of (never text). A cause that comes back opens the same row again: `reprises`.
    """

    __tablename__ = "alerte"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    regle: Mapped[Regle] = mapped_column(coded(Regle, name="regle"))
    cle: Mapped[str] = mapped_column(String(60))
    depuis: Mapped[date]
    due: Mapped[date]
    gravite: Mapped[int]
    faits: Mapped[dict[str, str | int]] = mapped_column(JSON, default=dict)
    ouverte_le: Mapped[datetime] = mapped_column(Instant)
    fermee_le: Mapped[datetime | None] = mapped_column(Instant)
    reprises: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        UniqueConstraint("dossier_id", "regle", "cle"),
        CheckConstraint("due >= depuis", name="due_apres_depuis"),
        CheckConstraint("gravite BETWEEN 1 AND 9", name="gravite"),
        Index(
            "ix_alerte_ouverte",
            "dossier_id",
            "gravite",
            "due",
            sqlite_where=text("fermee_le IS NULL"),
            postgresql_where=text("fermee_le IS NULL"),
        ),
    )
