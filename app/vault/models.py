"""The key store: one wrapped key per dossier, and the blind indexes that die with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import KeyBase
from app.db.types import Instant, coded
from app.vault.places import IndexKind

# Raised by one, with its step in `preparation.py`, when these tables change: Alembic never sees the key store.
SCHEMA = 1


class Magasin(KeyBase):
    """The single row that ties this key store to one keyring."""

    __tablename__ = "magasin"
    __table_args__ = (CheckConstraint("numero = 1", name="unique"),)

    numero: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    trousseau: Mapped[UUID]
    version_schema: Mapped[int] = mapped_column(SmallInteger)


class CleDossier(KeyBase):
    """A dossier's own key. Deleting this row is the erasure of the person."""

    __tablename__ = "cle_dossier"

    dossier_uid: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    epoque: Mapped[str] = mapped_column(String(7))
    cle_enveloppee: Mapped[bytes] = mapped_column(LargeBinary)
    creee_le: Mapped[datetime] = mapped_column(Instant)


class IndexAveugle(KeyBase):
    """A keyed hash of what may betray a duplicate. `version` is that of the key that made it."""

    __tablename__ = "index_aveugle"
    __table_args__ = (Index(None, "genre", "empreinte"),)

    dossier_uid: Mapped[UUID] = mapped_column(ForeignKey(CleDossier.dossier_uid, ondelete="CASCADE"), primary_key=True)
    genre: Mapped[IndexKind] = mapped_column(coded(IndexKind, name="genre"), primary_key=True)
    empreinte: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    version: Mapped[str] = mapped_column(String(10))
