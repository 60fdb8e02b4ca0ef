"""Engines: one that writes, one that cannot, and the key store's.

SQLite as measured in securite.md §4: BEGIN IMMEDIATE for writes (a deferred BEGIN loses updates or answers
"locked"), WAL, FULL, and never a library with the WAL-reset bug when more than one connection may checkpoint.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from types import ModuleType

from sqlalchemy import Engine, create_engine, event, make_url

from app.config import Settings

try:
    from pysqlite3 import dbapi2 as sqlite_module
except ImportError:  # no wheel for this platform: the standard module, checked by `parcours check`
    sqlite_module = sqlite3

# https://sqlite.org/wal.html#walresetbug: 3.7.0 to 3.51.2
FIRST_SAFE_SQLITE = (3, 51, 3)

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA temp_store=MEMORY",
)


# `engine.execution_options(**READING)` reads through a writing engine without taking SQLite's write lock.
READING = {"sqlite_begin": "BEGIN"}


@dataclass(frozen=True, slots=True)
class Engines:
    """`write` and `read` reach the data; `keys` the key store, absent in a keyless process."""

    write: Engine
    read: Engine
    keys: Engine | None

    def dispose(self) -> None:
        for engine in (self.write, self.read, self.keys):
            if engine is not None:
                engine.dispose()


def sqlite_library() -> tuple[ModuleType, tuple[int, ...]]:
    """The module that opens every SQLite file of this process, and its library's version."""
    return sqlite_module, tuple(int(part) for part in sqlite_module.sqlite_version.split("."))


def make_engines(settings: Settings, *, keys: bool = True) -> Engines:
    return Engines(
        write=make_engine(settings.database_url, begin="BEGIN IMMEDIATE"),
        read=_read_engine(settings.database_url),
        keys=make_engine(settings.keys_database_url, begin="BEGIN IMMEDIATE") if keys else None,
    )


def make_engine(url: str, *, begin: str, pragmas: tuple[str, ...] = ()) -> Engine:
    """One engine for `url`; on SQLite every transaction opens with `begin`. Errors never quote values."""
    if make_url(url).get_backend_name() != "sqlite":
        server = make_url(url).set(drivername="postgresql+psycopg")
        # Compiling the scan's statement takes PostgreSQL ten times longer than running it (vitesse.md).
        settings = {} if "options" in server.query else {"options": "-c jit=off"}
        return create_engine(server, pool_pre_ping=True, hide_parameters=True, connect_args=settings)
    engine = create_engine(url, module=sqlite_module, connect_args={"isolation_level": None}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection, record) -> None:
        for pragma in (*PRAGMAS, *pragmas):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def open_transaction(connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", begin))

    return engine


def _read_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return make_engine(url, begin="BEGIN", pragmas=("PRAGMA query_only=ON",))
    return make_engine(url, begin="BEGIN").execution_options(postgresql_readonly=True)
