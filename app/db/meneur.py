"""One process leads among those that share a database, and the lead ends with the process, however it dies.

On SQLite a `flock` on a file of the instance; on PostgreSQL an advisory lock held by a connection of its own: the
system, or the server, releases it when the process is killed.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

# "parcours" in ASCII, a number that nothing else uses in this database
_KEY = 0x7061_7263_6F75_7273
# A leader whose machine vanished without closing its connection is forgotten within a minute.
_KEEPALIVES = {"tcp_keepalives_idle": 20, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}


class Lead(Protocol):
    """`take` tries without waiting; `held` says whether the lead is still ours; `release` gives it up."""

    def take(self) -> bool: ...
    def held(self) -> bool: ...
    def release(self) -> None: ...


def lead_of(engine: Engine, instance: Path, name: str) -> Lead:
    """The lead called `name` among the processes that write through `engine`."""
    if engine.dialect.name == "sqlite":
        return FileLead(instance / f"{name}.verrou")
    return ServerLead(engine)


class FileLead:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def held(self) -> bool:
        """Somebody who removed the file let another process take a lead of its own."""
        try:
            return self._file is not None and os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class ServerLead:
    """Losing the connection is losing the lead."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def take(self) -> bool:
        try:
            if self._connection is None:
                self._connection = self._open()
            if self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
                return True
        except SQLAlchemyError:
            self.release()
        return False

    def held(self) -> bool:
        try:
            return self._connection is not None and self._connection.scalar(text("SELECT 1")) == 1
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()
            finally:
                self._connection = None

    def _open(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # nobody else is ever given this connection
        connection.detach()
        for name, value in _KEEPALIVES.items():
            connection.execute(text(f"SET {name} = {value}"))
        return connection
