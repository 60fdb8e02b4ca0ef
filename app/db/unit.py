"""The unit of work: one session, one commit, and the touched dossiers handed to those who follow them.

Services write and `touch`; they never commit. Whatever the entry (page, import, command, job), the unit of
work runs the same hooks before its single commit, so nobody can forget the state row or the alerts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from app.db.engine import Engines

Hook = Callable[[Session, Sequence[int]], None]
_TOUCHED = "touched"


class WriteInReadOnlyUnit(RuntimeError):
    """A page that only reads tried to write."""


class ReadSession(Session):
    """The session of a page that only reads; the engine below it refuses writes as well."""

    def flush(self, objects: Sequence[object] | None = None) -> None:
        if self.new or self.dirty or self.deleted:
            raise WriteInReadOnlyUnit("a write in a unit of work that only reads")


def touch(session: Session, dossier_id: int) -> None:
    """Say that a dossier changed: its state, situations and alerts are recomputed before the commit."""
    session.info.setdefault(_TOUCHED, set()).add(dossier_id)


class Database:
    """The engines, and the hooks that `create_app` registers in the order of the rooms.

    A hook is called with the session and the sorted ids of the touched dossiers; it may not touch others.
    """

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        # what every session carries in its own `info`: the journal, supplied by `create_app`
        self.info: dict[str, object] = {}
        self._write = sessionmaker(engines.write, expire_on_commit=False, info=self.info)
        self._read = sessionmaker(engines.read, class_=ReadSession, info=self.info)
        self._hooks: list[Hook] = []

    def on_touch(self, hook: Hook) -> None:
        self._hooks.append(hook)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that cannot write."""
        with self.open_read() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session committed once at the end, rolled back on any exception."""
        with self.open_write() as session:
            yield session
            self.commit(session)

    def open_read(self) -> Session:
        return self._read()

    def open_write(self) -> Session:
        return self._write()

    def commit(self, session: Session) -> None:
        """Flush, let the hooks follow the touched dossiers, commit."""
        session.flush()
        touched = sorted(session.info.pop(_TOUCHED, ()))
        if touched:
            for hook in self._hooks:
                hook(session, touched)
                session.flush()
        session.commit()
