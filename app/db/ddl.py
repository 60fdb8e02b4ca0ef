"""What a revision does when a code list grows: the CHECK of its column is written again."""

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
