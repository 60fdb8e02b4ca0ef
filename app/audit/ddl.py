"""What keeps the journal append-only in the database itself; migrations call these."""

from __future__ import annotations

from sqlalchemy import Connection

from app.db import ddl

_SAME = "id = NEW.id OR (flux = NEW.flux AND numero = NEW.numero)"


def create_append_only_guard(connection: Connection) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and replacement of a line of `journal_acces`."""
    ddl.create_append_only_guard(connection, "journal_acces", same=_SAME)


def drop_append_only_guard(connection: Connection) -> None:
    """Undo `create_append_only_guard`, for a migration down or for one that rewrites the table."""
    ddl.drop_append_only_guard(connection, "journal_acces")
