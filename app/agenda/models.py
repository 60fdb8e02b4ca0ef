"""The addresses under which a calendar is read from elsewhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import Instant


class LienAgenda(Base):
    """One address of the feed of an agent. It holds a 256-bit token; this row its SHA-256 and nothing else.

    `id` is the deposit that made it. `lu_le`: the last reading that was written down.
    """

    __tablename__ = "lien_agenda"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id", ondelete="CASCADE"), index=True)
    empreinte: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    revoque_le: Mapped[datetime | None] = mapped_column(Instant)
    lu_le: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("length(empreinte) = 32", name="empreinte"),)
