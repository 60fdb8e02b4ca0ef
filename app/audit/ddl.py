"""What keeps the journal append-only in the data base itself; migrations call these.

A rebuild of the table on SQLite drops its triggers: the migration that does it calls `create_append_only_guard` again.
"""

from __future__ import annotations

from sqlalchemy import Connection

_REFUSAL = "journal_acces is append-only"

_SQLITE = {
    "journal_acces_sans_modification": "BEFORE UPDATE ON journal_acces",
    "journal_acces_sans_effacement": "BEFORE DELETE ON journal_acces",
    # INSERT OR REPLACE deletes without firing the trigger above
    "journal_acces_sans_remplacement": (
        "BEFORE INSERT ON journal_acces WHEN EXISTS (SELECT 1 FROM journal_acces"
        " WHERE id = NEW.id OR (flux = NEW.flux AND numero = NEW.numero))"
    ),
}

_FUNCTION = f"""
CREATE FUNCTION journal_acces_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def create_append_only_guard(connection: Connection) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and replacement of a line of `journal_acces`."""
    if connection.dialect.name == "sqlite":
        for name, moment in _SQLITE.items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {moment} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END")
        return
    connection.exec_driver_sql(_FUNCTION)
    connection.exec_driver_sql(
        "CREATE TRIGGER journal_acces_immuable BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_acces"
        " FOR EACH STATEMENT EXECUTE FUNCTION journal_acces_refuse()"
    )


def drop_append_only_guard(connection: Connection) -> None:
    """Undo `create_append_only_guard`, for a migration down or for one that rewrites the table."""
    if connection.dialect.name == "sqlite":
        for name in _SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    connection.exec_driver_sql("DROP TRIGGER journal_acces_immuable ON journal_acces")
    connection.exec_driver_sql("DROP FUNCTION journal_acces_refuse()")
