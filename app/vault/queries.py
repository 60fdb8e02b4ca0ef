"""Reads of the key store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Dialect, Uuid, any_, bindparam, func, select


def among(column: ColumnElement[UUID], uids: Sequence[UUID], dialect: Dialect) -> ColumnElement[bool]:
    """`column` is one of `uids`, as one parameter: no limit on their number, one statement to compile."""
    if dialect.name == "sqlite":
        listed = func.json_each(json.dumps([uid.hex for uid in uids])).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(None, list(uids), type_=ARRAY(Uuid)))
