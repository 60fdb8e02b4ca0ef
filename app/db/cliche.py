"""Rows as they were: read before and after an act, and put back exactly, when nothing there has changed since."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Session

from app.db.base import Base

# column → value, as JSON holds it
Ligne = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Portion:
    """The rows of a table where these columns hold these values: all that an act may change there."""

    modele: type[DeclarativeBase]
    ou: Mapping[str, object]

    @property
    def table(self) -> Table:
        return self.modele.__table__


def portion(modele: type[DeclarativeBase], **ou: object) -> Portion:
    return Portion(modele, ou)


def read(session: Session, what: Portion) -> list[Ligne]:
    """The rows there are now, in the order of their keys."""
    return _read(session, what.table, what.ou)


def changes(before: Sequence[Ligne], after: Sequence[Ligne], what: Portion) -> dict[str, Any]:
    """What an act did to a portion, as JSON holds it; `put_back` undoes it."""
    old, new = ({_key(what.table, row): row for row in rows} for rows in (before, after))
    pairs = [[old.get(key), new.get(key)] for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    said = {name: _encode(value) for name, value in what.ou.items()}
    return {"table": what.table.name, "ou": said, "empreinte": _fingerprint(after), "lignes": pairs}


def is_as_left(session: Session, done: Sequence[dict[str, Any]]) -> bool:
    """Whether each portion is, row for row, as the act left it."""
    return all(
        _fingerprint(_read(session, Base.metadata.tables[one["table"]], _decoded(one["ou"]))) == one["empreinte"]
        for one in done
    )


def put_back(session: Session, done: Sequence[dict[str, Any]]) -> None:
    """Every row as it was before: those that others name first, and last when they go."""
    tables = [table for table in Base.metadata.sorted_tables if any(one["table"] == table.name for one in done)]
    pairs = {table: [pair for one in done if one["table"] == table.name for pair in one["lignes"]] for table in tables}
    for table in tables:
        for before, after in pairs[table]:
            if after is None:
                session.execute(insert(table).values(**_decoded(before)))
            elif before is not None:
                changed = {name: value for name, value in before.items() if value != after[name]}
                session.execute(update(table).where(_is(table, after)).values(**_decoded(changed)))
    for table in reversed(tables):
        for before, after in pairs[table]:
            if before is None:
                session.execute(delete(table).where(_is(table, after)))
    session.expire_all()


def _read(session: Session, table: Table, ou: Mapping[str, object]) -> list[Ligne]:
    query = select(table).where(*(table.c[name] == value for name, value in ou.items()))
    rows = session.execute(query.order_by(*table.primary_key)).mappings()
    return [{name: _encode(value) for name, value in row.items()} for row in rows]


def _fingerprint(rows: Sequence[Ligne]) -> str:
    return sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def _key(table: Table, row: Ligne) -> str:
    return json.dumps([row[column.name] for column in table.primary_key])


def _is(table: Table, row: Ligne) -> ColumnElement[bool]:
    return and_(*(column == _decode(row[column.name]) for column in table.primary_key))


def _encode(value: object) -> Any:
    """What JSON has no word for is a list of its kind and its text."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    for kind, write, _ in _SORTES:
        if isinstance(value, kind):
            return [kind.__name__, write(value)]
    raise TypeError(f"no row holds a {type(value).__name__}")


def _decode(said: Any) -> Any:
    return _LUES[said[0]](said[1]) if isinstance(said, list) else said


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _decode(said) for name, said in row.items()}


# a datetime is a date too, and comes first
_SORTES = (
    (datetime, datetime.isoformat, datetime.fromisoformat),
    (date, date.isoformat, date.fromisoformat),
    (time, time.isoformat, time.fromisoformat),
    (UUID, str, UUID),
    (bytes, lambda blob: b64encode(blob).decode(), b64decode),
    (tuple, lambda codes: [_encode(code) for code in codes], tuple),
)
_LUES = {kind.__name__: lire for kind, _, lire in _SORTES}
