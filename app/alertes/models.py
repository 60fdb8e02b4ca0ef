"""Alerts: opened and closed, never deleted, never twice. Their history, their due dates, the numbers of the rules."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.alertes.rules_parametres import PARAMETRES
from app.alertes.vocabulaire import GenreEvenement, MotifReport, Regle
from app.db.base import Base
from app.db.types import Identifiant, Instant, coded


class Alerte(Base):
    """A rule speaks of a dossier. `cle` tells one cause from the next (the silence since that day, that step).

    `depuis` is the day the cause began, `due` the first day the rule was true, `faits` the codes and numbers that
    the sentence is made of (never text). A cause that comes back opens the same row again: `reprises`, and
    `ouverte_le` is its last opening. `reportee_au`: put off until that day, excluded. `escaladee_le`: when it was
    brought to the coordinateur. Both are cleared when it closes.
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
    reportee_au: Mapped[date | None]
    escaladee_le: Mapped[datetime | None] = mapped_column(Instant)
    inutile_le: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("dossier_id", "regle", "cle"),
        CheckConstraint("due >= depuis", name="due_apres_depuis"),
        CheckConstraint("gravite BETWEEN 1 AND 9", name="gravite"),
        CheckConstraint("fermee_le IS NULL OR reportee_au IS NULL", name="fermee_sans_report"),
        CheckConstraint("fermee_le IS NULL OR escaladee_le IS NULL", name="fermee_sans_escalade"),
        Index(
            "ix_alerte_ouverte",
            "dossier_id",
            "gravite",
            "due",
            sqlite_where=text("fermee_le IS NULL"),
            postgresql_where=text("fermee_le IS NULL"),
        ),
        Index(
            "ix_alerte_a_escalader",
            "ouverte_le",
            sqlite_where=text("fermee_le IS NULL AND escaladee_le IS NULL"),
            postgresql_where=text("fermee_le IS NULL AND escaladee_le IS NULL"),
        ),
    )


class EvenementAlerte(Base):
    """What happened to an alert and when. `agent_id`: who did it, or who was told; null when it is the engine's doing.

    A closing never names who acted: the usefulness of a rule is measured, never an agent (securite.md).
    """

    __tablename__ = "evenement_alerte"

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    alerte_id: Mapped[int] = mapped_column(ForeignKey("alerte.id", ondelete="CASCADE"), index=True)
    quand: Mapped[datetime] = mapped_column(Instant)
    genre: Mapped[GenreEvenement] = mapped_column(coded(GenreEvenement, name="genre"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    motif: Mapped[MotifReport | None] = mapped_column(coded(MotifReport, name="motif"))
    jusqu_au: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("(genre = 'reportee') = (motif IS NOT NULL)", name="report_motive"),
        CheckConstraint("(genre = 'reportee') = (jusqu_au IS NOT NULL)", name="report_date"),
    )


class Echeance(Base):
    """The next day on which a rule may begin or end to be true of this dossier; null when time changes nothing.

    A birthday that a law counts from is never told in it more than a month ahead.
    """

    __tablename__ = "echeance"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    prochaine: Mapped[date | None] = mapped_column(index=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


def _columns() -> list[Column[int] | CheckConstraint]:
    columns: list[Column[int] | CheckConstraint] = []
    for parametre in PARAMETRES.values():
        columns.append(Column(parametre.code, Integer))
        bounds = f"{parametre.code} BETWEEN {parametre.minimum} AND {parametre.maximum}"
        columns.append(CheckConstraint(bounds, name=parametre.code))
    return columns


class Reglage(Base):
    """The numbers that a structure set for its dossiers: one column for each of PARAMETRES, null for the default."""

    __table__ = Table(
        "reglage",
        Base.metadata,
        Column("structure_id", ForeignKey("structure.id"), primary_key=True, autoincrement=False),
        *_columns(),
        Column("version", Integer, nullable=False),
    )
