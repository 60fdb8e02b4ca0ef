"""Reads of the accounts room."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import select

from app.accounts.models import Installation
from app.db.unit import Database


@lru_cache(maxsize=4)
def est_demonstration(database: Database) -> bool:
    """Whether `parcours demo` made this database. It can never begin to be nor cease: asked once a process."""
    with database.reading() as session:
        return session.scalar(select(Installation.demonstration)) is True
