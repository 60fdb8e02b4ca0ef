"""Reads of the key store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Dialect, Select, String, Uuid, any_, bindparam, func, select

from app.vault.models import CleDossier


def among(column: ColumnElement[UUID], uids: Sequence[UUID], dialect: Dialect) -> ColumnElement[bool]:
    """`column` is one of `uids`, as one parameter: no limit on their number, one statement to compile."""
    if dialect.name == "sqlite":
        listed = func.json_each(json.dumps([uid.hex for uid in uids])).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(None, list(uids), type_=ARRAY(Uuid)))


@cache
def wrapped_keys(dialect: str) -> Select[Any]:
    """uid, epoch and wrapped key of the dossiers of the parameter `uids`. Built once: every page opens names."""
    cle = CleDossier.__table__.c
    query = select(cle.dossier_uid, cle.epoque, cle.cle_enveloppee)
    if dialect == "sqlite":
        listed = func.json_each(bindparam("uids", type_=String)).table_valued("value")
        return query.where(cle.dossier_uid.in_(select(listed.c.value)))
    return query.where(cle.dossier_uid == any_(bindparam("uids", type_=ARRAY(Uuid))))


def as_uids(uids: Sequence[UUID], dialect: str) -> str | list[UUID]:
    """The value of the parameter of `wrapped_keys`."""
    return json.dumps([uid.hex for uid in uids]) if dialect == "sqlite" else list(uids)
