"""The journal of access: rows that only ever get added, chained by their hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.audit.vocabulaire import Action, NomActeur
from app.db.base import Base
from app.db.types import Identifiant, Instant, coded


class EntreeJournal(Base):
    """One access. `dossier` is a keyed pseudonym; `precision` is a code; nothing here is content."""

    __tablename__ = "journal_acces"
    __table_args__ = (
        UniqueConstraint("flux", "numero"),
        Index(None, "dossier", "instant"),
        Index(None, "agent_id", "instant"),
        CheckConstraint("length(precision) <= 40", name="precision"),
        CheckConstraint("length(dossier) = 32", name="dossier"),
        CheckConstraint("length(precedent) = 32 AND length(empreinte) = 32", name="empreintes"),
    )

    id: Mapped[int] = mapped_column(Identifiant, primary_key=True)
    flux: Mapped[int] = mapped_column(SmallInteger)
    numero: Mapped[int] = mapped_column(Identifiant)
    instant: Mapped[datetime] = mapped_column(Instant)
    # no foreign key: accounts is above this room, and a line outlives the account it names
    agent_id: Mapped[int | None]
    acteur: Mapped[NomActeur] = mapped_column(coded(NomActeur, name="acteur"))
    action: Mapped[Action] = mapped_column(coded(Action, name="action"))
    dossier: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    nombre: Mapped[int | None]
    precision: Mapped[str | None] = mapped_column(String(40))
    precedent: Mapped[bytes] = mapped_column(LargeBinary(32))
    empreinte: Mapped[bytes] = mapped_column(LargeBinary(32))


class TeteFlux(Base):
    """The last link of each stream; locking it is what puts two writers in a row."""

    __tablename__ = "journal_flux"
    __table_args__ = (CheckConstraint("length(tete) = 32", name="tete"),)

    flux: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    numero: Mapped[int] = mapped_column(Identifiant)
    tete: Mapped[bytes] = mapped_column(LargeBinary(32))
