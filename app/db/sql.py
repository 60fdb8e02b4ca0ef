"""The few expressions that SQLite and PostgreSQL spell differently, each written once.

A test runs every one of them on both engines over the same data: SQLite answers NULL to a date modifier that it
does not understand, and a rule built on it silently finds nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Boolean,
    Date,
    Dialect,
    Integer,
    SelectBase,
    String,
    TextualSelect,
    bindparam,
    column,
    literal_column,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def in_plain_words(statement: SelectBase, dialect: type[Dialect]) -> TextualSelect:
    """The same statement, compiled once into its text, with its parameters and columns.

    `dialect`: its class, that of every engine of this kind, so that whoever keeps the text keeps one for them all.

    For a long one that runs at each write: hashing its tree to find its text again costs half of what running it does.
    """
    compiled = statement.compile(dialect=dialect(paramstyle="named"))
    binds = (
        bindparam(name, type_=bind.type) if bind.required else bindparam(name, bind.value, type_=bind.type)
        for bind, name in compiled.bind_names.items()
    )
    columns = (column(one.name, one.type) for one in statement.selected_columns)
    # psycopg's dialect casts each parameter, and will again
    words = re.sub(r"(?<![:\w])(:\w+)::\w+(?:\[\])?", r"\1", compiled.string)
    return text(words).bindparams(*binds).columns(*columns)


def insert_or(session: Session, table: Any) -> Any:
    """An INSERT to which the engine of this session lets one add what to do when the row is there already."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def code(value: str) -> ColumnElement[str]:
    """A code of ours in the text of the statement: the engines need it there to use a partial index."""
    return literal_column(f"'{value}'", String)


def number(value: int) -> ColumnElement[int]:
    """A number of ours in the text of the statement."""
    return literal_column(str(value), Integer)


class add_days(FunctionElement[date]):  # noqa: N801 - reads as an SQL function
    """`add_days(day, n)`: the date `n` days after `day`; `n` is an integer expression."""

    type = Date()
    inherit_cache = True


@compiles(add_days, "sqlite")
def _add_days_sqlite(element: add_days, compiler: Any, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"date({day}, ({days}) || ' days')"


@compiles(add_days, "postgresql")
def _add_days_postgresql(element: add_days, compiler: Any, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(CAST({day} AS DATE) + CAST({days} AS INTEGER))"


class add_months(FunctionElement[date]):  # noqa: N801
    """`add_months(day, n)`: the same day `n` months later, or the last of the month that has no such day.

    As the law counts months (code de procédure civile, art. 641).
    """

    type = Date()
    inherit_cache = True


@compiles(add_months, "sqlite")
def _add_months_sqlite(element: add_months, compiler: Any, **kw: Any) -> str:
    day, months = (compiler.process(clause, **kw) for clause in element.clauses)
    # its modifier 'floor' came with 3.46: before, it would answer NULL. What overflows is cut to the end of the month
    last = f"date({day}, 'start of month', (({months}) + 1) || ' months', '-1 day')"
    return f"min(date({day}, ({months}) || ' months'), {last})"


@compiles(add_months, "postgresql")
def _add_months_postgresql(element: add_months, compiler: Any, **kw: Any) -> str:
    day, months = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(CAST({day} AS DATE) + make_interval(months => CAST({months} AS INTEGER)) AS DATE)"


class day_in_year(FunctionElement[date]):  # noqa: N801
    """`day_in_year(year, number(month), number(day))`: that day; `year` is an integer expression."""

    type = Date()
    inherit_cache = True


@compiles(day_in_year, "sqlite")
def _day_in_year_sqlite(element: day_in_year, compiler: Any, **kw: Any) -> str:
    year, month, day = (compiler.process(clause, **kw) for clause in element.clauses)
    # printf alone would write the year 0 of a null
    return f"substr('000' || ({year}), -4) || printf('-%02d-%02d', {month}, {day})"


@compiles(day_in_year, "postgresql")
def _day_in_year_postgresql(element: day_in_year, compiler: Any, **kw: Any) -> str:
    year, month, day = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"make_date(CAST({year} AS INTEGER), {month}, {day})"


class month_start(FunctionElement[date]):  # noqa: N801
    """`month_start(day)`: the first of its month."""

    type = Date()
    inherit_cache = True


@compiles(month_start, "sqlite")
def _month_start_sqlite(element: month_start, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, 'start of month')"


@compiles(month_start, "postgresql")
def _month_start_postgresql(element: month_start, compiler: Any, **kw: Any) -> str:
    return f"CAST(date_trunc('month', {compiler.process(element.clauses, **kw)}) AS DATE)"


class later_of(FunctionElement[date]):  # noqa: N801
    """`later_of(a, b)`: the later of two dates, neither of them null (the engines disagree about null)."""

    type = Date()
    inherit_cache = True


@compiles(later_of, "sqlite")
def _later_of_sqlite(element: later_of, compiler: Any, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


@compiles(later_of, "postgresql")
def _later_of_postgresql(element: later_of, compiler: Any, **kw: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **kw)})"


class days_between(FunctionElement[int]):  # noqa: N801
    """`days_between(first, last)`: how many days from one date to a later one."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: days_between, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_between_postgresql(element: days_between, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(CAST({last} AS DATE) - CAST({first} AS DATE))"


class paris_day(FunctionElement[date]):  # noqa: N801
    """`paris_day(instant)`: the day in Paris of a UTC instant.

    SQLite knows no time zone: summer time there follows directive 2000/84/CE, from the last Sunday of March to the
    last Sunday of October, both at 01:00 UTC.
    """

    type = Date()
    inherit_cache = True


@compiles(paris_day, "sqlite")
def _paris_day_sqlite(element: paris_day, compiler: Any, **kw: Any) -> str:
    instant = compiler.process(element.clauses, **kw)
    march, october = (f"date(substr({instant}, 1, 4) || '-{month}-25', 'weekday 0')" for month in ("03", "10"))
    summer = f"{instant} >= {march} || 'T01' AND {instant} < {october} || 'T01'"
    return f"date({instant}, CASE WHEN {summer} THEN '2 hours' ELSE '1 hours' END)"


@compiles(paris_day, "postgresql")
def _paris_day_postgresql(element: paris_day, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AT TIME ZONE 'Europe/Paris' AS DATE)"


class iso_day(FunctionElement[str]):  # noqa: N801
    """`iso_day(day)`: its ten characters, `2026-11-22`."""

    type = String()
    inherit_cache = True


@compiles(iso_day, "sqlite")
def _iso_day_sqlite(element: iso_day, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS VARCHAR)"


@compiles(iso_day, "postgresql")
def _iso_day_postgresql(element: iso_day, compiler: Any, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)}, 'YYYY-MM-DD')"


class _json_object(FunctionElement[dict[str, Any]]):  # noqa: N801
    type = JSON()
    inherit_cache = True


@compiles(_json_object, "sqlite")
def _json_object_sqlite(element: _json_object, compiler: Any, **kw: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **kw)})"


@compiles(_json_object, "postgresql")
def _json_object_postgresql(element: _json_object, compiler: Any, **kw: Any) -> str:
    return f"jsonb_build_object({compiler.process(element.clauses, **kw)})"


def json_object(**values: ColumnElement[Any]) -> ColumnElement[dict[str, Any]]:
    """A JSON object; the keys are written in the code, the values are typed expressions."""
    return _json_object(*(item for key, value in values.items() for item in (code(key), value)))


class canonical_json(FunctionElement[Any]):  # noqa: N801
    """`canonical_json(stored)`: a JSON column as a `json_object` is written, so that the two compare and hash alike."""

    type = JSON()
    inherit_cache = True


@compiles(canonical_json, "sqlite")
def _canonical_json_sqlite(element: canonical_json, compiler: Any, **kw: Any) -> str:
    return f"json({compiler.process(element.clauses, **kw)})"


@compiles(canonical_json, "postgresql")
def _canonical_json_postgresql(element: canonical_json, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS JSONB)"


class _Ids(TypeDecorator[list[int]]):
    """Many ids in one parameter: JSON text on SQLite, an array on PostgreSQL."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(BigInteger))

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> str | list[int]:
        return json.dumps(list(value or ())) if dialect.name == "sqlite" else list(value or ())


class _Texts(_Ids):
    """As `_Ids`, of texts."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(String))


def ids_parameter(name: str) -> BindParameter[list[int]]:
    """The parameter that `among` reads; given a list of integers at execution."""
    return bindparam(name, type_=_Ids())


def texts_parameter(name: str) -> BindParameter[list[str]]:
    """As `ids_parameter`, for a column of texts."""
    return bindparam(name, type_=_Texts())


class among(FunctionElement[bool]):  # noqa: N801
    """`among(column, ids_parameter("ids"))`: an IN whose text does not grow with the list."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> among:
        # the default wraps it in "= 1" on SQLite, which then no longer uses the index of the column
        return self


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - compiled clauses, no value


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY({ids})"
