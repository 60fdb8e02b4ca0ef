"""Two dossiers of one person: which was kept, what came from the other, what was judged not to be one person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant, sealed


class Fusion(Base):
    """`absorbe_id` was merged into `garde_id`: its code leads there, and its own rows stay as they were.

    `close`: the merge closed it. `referent_id` answered for it then; `referent_repris`: and answers for the kept one
    since. `avant`: who the kept dossier was about before, when the identity of the other was taken. `anonymat`: whether
    anonymity had been asked for in the kept dossier before, for it is in both since.
    """

    __tablename__ = "fusion"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    garde_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    absorbe_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    le: Mapped[datetime] = mapped_column(Instant)
    par_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    close: Mapped[bool]
    referent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    referent_repris: Mapped[bool] = mapped_column(default=False)
    avant: Mapped[bytes | None] = sealed()
    anonymat: Mapped[bool] = mapped_column(default=False, server_default=false())
    annulee_le: Mapped[datetime | None] = mapped_column(Instant)
    annulee_par: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (
        CheckConstraint("garde_id <> absorbe_id", name="de_deux_dossiers"),
        Index(
            "uq_fusion_absorbe",
            "absorbe_id",
            unique=True,
            sqlite_where=text("annulee_le IS NULL"),
            postgresql_where=text("annulee_le IS NULL"),
        ),
    )


class LigneFusion(Base):
    """A row of the kept dossier that came from the other: `ligne` of the table `objet`."""

    __tablename__ = "ligne_fusion"

    fusion_id: Mapped[UUID] = mapped_column(ForeignKey("fusion.id", ondelete="CASCADE"), primary_key=True)
    objet: Mapped[str] = mapped_column(String(40), primary_key=True)
    ligne: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class MembreFusion(Base):
    """Who is in the équipe of the kept dossier by this merge alone, since the day `depuis`."""

    __tablename__ = "membre_fusion"

    fusion_id: Mapped[UUID] = mapped_column(ForeignKey("fusion.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    depuis: Mapped[date]

    __table_args__ = ({"sqlite_with_rowid": False},)


class DoublonEcarte(Base):
    """Somebody judged that these two dossiers are of two people; the lower id first."""

    __tablename__ = "doublon_ecarte"

    un_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    autre_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True, index=True)
    le: Mapped[datetime] = mapped_column(Instant)
    par_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))

    __table_args__ = (
        CheckConstraint("un_id < autre_id", name="dans_l_ordre"),
        {"sqlite_with_rowid": False},
    )
