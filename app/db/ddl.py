"""What revisions do beyond Alembic: write the CHECK of a code list again, make a table append-only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection


def replace_codes(connection: Connection, *, table: str, column: str, constraint: str, codes: Iterable[str]) -> None:
    """Let `column` hold exactly these codes. `constraint` is the whole name of the CHECK; rows keep their place.

    SQLite cannot change a CHECK: the table is made again under the same name with its indexes and triggers. The caller
    does it before any other table refers to this one, and lifts a guard that forbids deleting first.
    """
    condition = f"{column} IN ({', '.join(repr(code) for code in codes)})"
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({condition})")
        return
    rows = connection.exec_driver_sql("SELECT type, sql FROM sqlite_master WHERE tbl_name = ?", (table,)).all()
    (definition,) = [sql for kind, sql in rows if kind == "table"]
    others = [sql for kind, sql in rows if kind != "table" and sql is not None]
    made, count = re.subn(rf"(CONSTRAINT {constraint} CHECK) \([^()]*\([^()]*\)\)", rf"\1 ({condition})", definition)
    if count != 1:
        raise RuntimeError(f"{constraint} is not written as expected")
    made, count = re.subn(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_refaite", made)
    if count != 1:
        raise RuntimeError(f"{table} is not written as expected")
    connection.exec_driver_sql(made)
    connection.exec_driver_sql(f"INSERT INTO {table}_refaite SELECT * FROM {table}")  # noqa: S608 - our own names
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE {table}_refaite RENAME TO {table}")
    for sql in others:
        connection.exec_driver_sql(sql)


def create_append_only_guard(connection: Connection, table: str, *, same: str) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and replacement of a row of `table`.

    `same` says when a NEW row would replace one that is there. A rebuild of the table on SQLite drops its triggers:
    the migration that does it calls this again.
    """
    refusal = f"{table} is append-only"
    if connection.dialect.name == "sqlite":
        for name, moment in _guards(table, same).items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {moment} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
        return
    connection.exec_driver_sql(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {table}_immuable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def drop_append_only_guard(connection: Connection, table: str) -> None:
    """Undo `create_append_only_guard`, for a migration down or for one that rewrites the table."""
    if connection.dialect.name == "sqlite":
        for name in _guards(table, ""):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    connection.exec_driver_sql(f"DROP TRIGGER {table}_immuable ON {table}")
    connection.exec_driver_sql(f"DROP FUNCTION {table}_refuse()")


def _guards(table: str, same: str) -> dict[str, str]:
    return {
        f"{table}_sans_modification": f"BEFORE UPDATE ON {table}",
        f"{table}_sans_effacement": f"BEFORE DELETE ON {table}",
        # INSERT OR REPLACE deletes without firing the trigger above
        f"{table}_sans_remplacement": (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
        ),
    }
