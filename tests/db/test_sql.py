"""Promise: each expression that the engines spell differently says the same on both, and never nothing instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Date,
    Engine,
    Integer,
    MetaData,
    Table,
    bindparam,
    extract,
    func,
    insert,
    null,
    select,
    type_coerce,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from app.db.engine import make_engine
from app.db.sql import (
    add_days,
    add_months,
    among,
    canonical_json,
    code,
    day_in_year,
    days_between,
    ids_parameter,
    iso_day,
    json_object,
    later_of,
    month_start,
    number,
    paris_day,
    texts_parameter,
)
from app.db.types import Instant
from tests.conftest import SERVER, required

essai = Table(
    "essai",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("jour", Date),
    Column("autre", Date),
    Column("n", Integer),
    Column("quand", Instant),
    prefixes=["TEMPORARY"],
)


@pytest.fixture(scope="module")
def sqlite_engine() -> Iterator[Engine]:
    engine = make_engine("sqlite://", begin="BEGIN")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql_engine() -> Iterator[Engine]:
    """A temporary table needs no database of its own."""
    engine = make_engine(SERVER, begin="BEGIN")
    try:
        engine.connect().close()
    except OperationalError:
        if required("POSTGRESQL"):
            raise
        pytest.skip("no PostgreSQL server answers (PARCOURS_TEST_POSTGRESQL names one)")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    with request.getfixturevalue(f"{request.param}_engine").connect() as connection:
        essai.create(connection)
        yield connection
        connection.rollback()


def on(connection: Connection, expression: Any, rows: list[dict[str, Any]]) -> list[Any]:
    """The expression of each row, read from columns: what a rule does."""
    filled = [{"jour": None, "autre": None, "n": None, "quand": None} | row for row in rows]
    connection.execute(insert(essai), [{"id": place, **row} for place, row in enumerate(filled)])
    return list(connection.scalars(select(expression).order_by(essai.c.id)))


EVERY_DAY = [date(2023, 12, 25) + timedelta(days=n) for n in range(800)]


@pytest.mark.parametrize("days", [0, 1, 14, 30, 365, 1460, -1, -30, -365])
def test_days_are_added_over_leap_years_and_back(connection: Connection, days: int):
    rows = [{"jour": day, "n": days} for day in EVERY_DAY]
    assert on(connection, add_days(essai.c.jour, essai.c.n), rows) == [day + timedelta(days=days) for day in EVERY_DAY]


def test_days_are_taken_away_by_the_sign_before_an_expression(connection: Connection):
    """As `fin_proche` does: the sign must not swallow, nor be swallowed by, the coalesce."""
    expression = add_days(essai.c.jour, -func.coalesce(essai.c.n, number(30)))
    rows = [{"jour": date(2026, 3, 17), "n": n} for n in (None, 7, 120)]
    assert on(connection, expression, rows) == [date(2026, 2, 15), date(2026, 3, 10), date(2025, 11, 17)]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-03-30", -1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-03-31", 0, "2026-03-31"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
    ],
)
def test_months_end_on_the_last_day_that_exists(connection: Connection, day: str, months: int, expected: str):
    expression = add_months(essai.c.jour, essai.c.n)
    assert on(connection, expression, [{"jour": date.fromisoformat(day), "n": months}]) == [
        date.fromisoformat(expected)
    ]


@pytest.mark.parametrize("months", [1, 2, 3, 6, 12, -3])
def test_months_from_every_day_of_two_years(connection: Connection, months: int):
    """Never null, never in another month than the one meant, never earlier in it than the same day or its end."""
    found = on(connection, add_months(essai.c.jour, essai.c.n), [{"jour": day, "n": months} for day in EVERY_DAY])
    for day, later in zip(EVERY_DAY, found, strict=True):
        assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
        assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


def test_a_day_of_a_year_comes_from_an_expression(connection: Connection):
    rows = [{"jour": date(2026, 7, 4), "n": 2008}, {"jour": date(987, 1, 1), "n": 16}]
    assert on(connection, day_in_year(extract("year", essai.c.jour), number(9), number(15)), rows) == [
        date(2026, 9, 15),
        date(987, 9, 15),
    ]
    found = connection.scalars(select(day_in_year(essai.c.n + number(18), number(1), number(1))).order_by(essai.c.id))
    assert list(found) == [date(2026, 1, 1), date(34, 1, 1)]


def test_a_day_of_a_year_compares_with_a_stored_day(connection: Connection):
    """SQLite compares texts: a year of two figures would be after every other."""
    rows = [{"jour": date(2025, 12, 31), "n": 2026}, {"jour": date(2026, 1, 1), "n": 2026}]
    assert on(connection, essai.c.jour < day_in_year(essai.c.n, number(1), number(1)), rows) == [True, False]


def test_the_month_of_a_day_starts_on_its_first(connection: Connection):
    found = on(connection, month_start(essai.c.jour), [{"jour": day} for day in EVERY_DAY])
    assert found == [day.replace(day=1) for day in EVERY_DAY]
    shifted = select(month_start(add_days(essai.c.jour, number(-31)))).order_by(essai.c.id)
    assert list(connection.scalars(shifted)) == [(day - timedelta(days=31)).replace(day=1) for day in EVERY_DAY]


def test_the_later_of_two_days(connection: Connection):
    early, late = date(2025, 12, 31), date(2026, 1, 1)
    rows = [{"jour": a, "autre": b} for a, b in ((early, late), (late, early), (late, late))]
    assert on(connection, later_of(essai.c.jour, essai.c.autre), rows) == [late] * 3
    mixed = later_of(add_days(essai.c.jour, number(1)), day_in_year(number(2026), number(1), number(1)))
    assert list(connection.scalars(select(mixed).order_by(essai.c.id))) == [late, date(2026, 1, 2), date(2026, 1, 2)]


def test_days_between_two_days(connection: Connection):
    first = date(2024, 2, 28)
    rows = [{"jour": first, "autre": day} for day in EVERY_DAY if day >= first]
    assert on(connection, days_between(essai.c.jour, essai.c.autre), rows) == list(range(len(rows)))


def test_the_day_in_paris_of_every_hour_around_the_changes_of_time(connection: Connection):
    starts = (datetime(year, month, 24, tzinfo=UTC) for year in (2024, 2025, 2026) for month in (3, 10))
    instants = [start + timedelta(hours=n) for start in starts for n in range(8 * 24)]
    expected = [one.astimezone(ZoneInfo("Europe/Paris")).date() for one in instants]
    assert on(connection, paris_day(essai.c.quand), [{"quand": one} for one in instants]) == expected


def test_a_day_in_ten_signs(connection: Connection):
    rows = [{"jour": date(2026, 1, 2)}, {"jour": date(987, 1, 1)}]
    assert on(connection, iso_day(essai.c.jour), rows) == ["2026-01-02", "0987-01-01"]
    computed = iso_day(add_months(essai.c.jour, number(1)))
    assert list(connection.scalars(select(computed).order_by(essai.c.id))) == ["2026-02-02", "0987-02-01"]


def test_an_object_is_built_and_compared_however_it_is_spaced(connection: Connection):
    built = json_object(jours=essai.c.n, depuis=iso_day(essai.c.jour), motif=code("inconnu"))
    [found] = on(connection, built, [{"jour": date(2026, 1, 2), "n": 14}])
    assert found == {"jours": 14, "depuis": "2026-01-02", "motif": "inconnu"}
    assert connection.scalar(select(json_object())) == {}


def test_what_is_missing_stays_missing_on_both(connection: Connection):
    """A null is a null, never the year 0, the first of a month or a null that only one engine knows."""
    rows = [{"autre": date(2026, 1, 1)}]
    expressions = (
        add_days(essai.c.jour, number(1)),
        add_days(essai.c.autre, essai.c.n),
        add_months(essai.c.jour, number(1)),
        add_months(essai.c.autre, essai.c.n),
        day_in_year(essai.c.n + number(16), number(1), number(1)),
        month_start(essai.c.jour),
        days_between(essai.c.jour, essai.c.jour),
        paris_day(essai.c.quand),
        iso_day(essai.c.jour),
    )
    assert on(connection, expressions[0], rows) == [None]
    for expression in expressions[1:]:
        assert connection.scalar(select(expression)) is None, expression
        # and no comparison holds of it
        assert connection.scalar(select(essai.c.id).where(expression == expression)) is None, expression


def test_the_year_of_a_birth_that_nobody_knows_is_before_nothing(connection: Connection):
    on(connection, essai.c.n, [{"n": None}])
    first = day_in_year(essai.c.n + number(19), number(1), number(1))
    for compared in (first > date(2026, 1, 1), first < date(2026, 1, 1)):
        assert connection.scalar(select(essai.c.id).where(compared)) is None


def test_no_day_of_three_centuries_is_lost(connection: Connection):
    """Every expression of a date gives a date: SQLite answers null to what it does not understand."""
    first = date(1900, 1, 1)
    rows = [{"jour": first + timedelta(days=31 * n + n % 7), "n": 1900 + n % 300} for n in range(3500)]
    on(connection, essai.c.id, rows)
    for expression in (
        add_days(essai.c.jour, essai.c.n),
        add_days(essai.c.jour, -essai.c.n),
        add_months(essai.c.jour, essai.c.n),
        add_months(essai.c.jour, -essai.c.n),
        month_start(essai.c.jour),
        day_in_year(essai.c.n, number(12), number(31)),
        later_of(essai.c.jour, day_in_year(essai.c.n, number(6), number(1))),
    ):
        assert connection.scalar(select(essai.c.id).where(expression.is_(null())).limit(1)) is None, expression


@pytest.mark.parametrize("ids", [[], [1], list(range(0, 5000, 3))])
def test_among_many_without_a_longer_text(connection: Connection, ids: list[int]):
    on(connection, essai.c.id, [{} for _ in range(3000)])
    statement = select(essai.c.id).where(among(essai.c.id, ids_parameter("ids"))).order_by(essai.c.id)
    assert list(connection.scalars(statement, {"ids": ids})) == [one for one in ids if one < 3000]


def test_among_texts(connection: Connection):
    rows = [{"jour": date(2026, 1, day)} for day in (1, 2, 3)]
    on(connection, essai.c.id, rows)
    statement = select(essai.c.id).where(among(iso_day(essai.c.jour), texts_parameter("jours"))).order_by(essai.c.id)
    given = {"jours": ["2026-01-03", "2026-01-01", "it's"]}
    assert list(connection.scalars(statement, given)) == [0, 2]


def test_a_stored_object_is_the_built_one_whatever_its_order_and_spaces(connection: Connection):
    stored = type_coerce(bindparam("stored"), JSON)
    built = json_object(age=code("16_17"), jours=number(60))
    same = select(canonical_json(stored) == built)
    if connection.dialect.name == "postgresql":
        assert connection.scalar(same, {"stored": {"jours": 60, "age": "16_17"}}) is True
    assert connection.scalar(same, {"stored": {"age": "16_17", "jours": 60}}) is True
    assert connection.scalar(same, {"stored": {"age": "16_17", "jours": 61}}) is False
    assert connection.scalar(same, {"stored": {}}) is False
