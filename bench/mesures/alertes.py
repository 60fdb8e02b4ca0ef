"""The nightly scan against its own SELECTs, the hourly pass, one re-evaluation, and what they hold in memory."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from time import perf_counter
from typing import Any

from sqlalchemy import select

from app.alertes.queries_ecarts import differing, due, slices
from app.alertes.queries_regles import in_range, intervals, is_true
from app.alertes.services import BATCH, reevaluate
from app.jeunes.queries import birth_dates
from app.parcours.models import Etat
from bench.banc import Banc
from bench.chrono import Durees, alternate, best, ms, us
from bench.machine import peak_memory
from bench.rapport import Ligne, at_most

FOIS = 3
ISOLES = 200


class WrongResult(AssertionError):
    """What was timed did not do its work."""


def alertes(banc: Banc) -> list[Ligne]:
    return [_full(banc), *_incremental(banc), _alone(banc), _memory(banc)]


def _full(banc: Banc) -> Ligne:
    """The nightly pass over an up-to-date database, against the rules' SELECTs sent by the driver, slice by slice."""
    with banc.maison.database.reading() as session:
        ranges = list(slices(session))
    raw = banc.maison.database.engines.read.raw_connection()
    statements = [_raw(banc, *bounds) for bounds in ranges]

    def select_all() -> None:
        for statement in statements:
            cursor = raw.cursor()
            cursor.execute(statement)
            cursor.fetchall()
            cursor.close()

    def scan_all() -> None:
        if found := _nightly(banc, ranges, banc.today):
            raise WrongResult(f"the database was up to date: {len(found)} dossiers differ")

    try:
        scan_all()
        floor, took = best(select_all, fois=FOIS), best(scan_all, fois=FOIS)
    finally:
        raw.close()
    return Ligne(
        "Nightly scan of everybody", ms(took), f"the same SELECTs as raw SQL: {ms(floor)}", took / floor, at_most(2)
    )


def _raw(banc: Banc, premier: int, dernier: int) -> str:
    said = intervals(in_range, affinees=False).subquery()
    statement = select(said).where(is_true(said.c)).params(today=banc.today, premier=premier, dernier=dernier)
    dialect = banc.maison.database.engines.read.dialect
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")


def _nightly(banc: Banc, ranges: list[tuple[int, int]], today: date) -> list[int]:
    """Whom the nightly pass would re-evaluate, read without a lock."""
    found: list[int] = []
    for premier, dernier in ranges:
        with banc.maison.database.reading() as session:
            found += differing(session, today=today, premier=premier, dernier=dernier)
    return found


def _incremental(banc: Banc) -> list[Ligne]:
    """The next day: the hourly pass over those whose date has come, by batches, each in its transaction."""
    tomorrow = banc.today + timedelta(days=1)
    births = partial(birth_dates, banc.maison.vault)
    with banc.maison.database.reading() as session:
        ids = due(session, today=tomorrow)
    longest = took = 0.0
    for start in range(0, len(ids), BATCH):
        begun = perf_counter()
        with banc.maison.database.writing() as session:
            reevaluate(session, ids[start : start + BATCH], today=tomorrow, now=banc.now, naissances=births)
        longest, took = max(longest, perf_counter() - begun), took + perf_counter() - begun
    with banc.maison.database.reading() as session:
        ranges = list(slices(session))
    if left := _nightly(banc, ranges, tomorrow):
        raise WrongResult(f"after the hourly pass {len(left)} dossiers still differ")
    each = took / max(1, len(ids))
    return [
        Ligne(
            f"Hourly pass over the {len(ids)} dossiers due the next day",
            f"{us(each)} each",
            "a whole scan then finds 0 differences",
            each * 1_000_000,
            at_most(400, " µs"),
        ),
        Ligne(
            f"Longest transaction of that pass, {BATCH} dossiers at most",
            ms(longest),
            "what a write may wait",
            longest * 1_000,
            at_most(500, " ms"),
        ),
    ]


def _alone(banc: Banc) -> Ligne:
    """One dossier, as at the end of each write; nothing to change."""
    births = partial(birth_dates, banc.maison.vault)
    tomorrow = banc.today + timedelta(days=1)
    session = banc.maison.database.open_write()
    try:
        ids = iter(session.scalars(select(Etat.dossier_id).order_by(Etat.dossier_id).limit(ISOLES + 50)).all())

        def one() -> Any:
            return reevaluate(session, [next(ids)], today=tomorrow, now=banc.now, naissances=births)

        found: dict[str, Durees] = alternate({"one": one}, tours=1, par_tour=ISOLES)
    finally:
        session.rollback()
        session.close()
    cpu = found["one"].mediane
    return Ligne(
        "Re-evaluation of one dossier, at the end of a write",
        f"{us(cpu)} of CPU",
        "birth date opened where an age may decide",
        cpu * 1_000,
        at_most(2, " ms"),
    )


def _memory(banc: Banc) -> Ligne:
    return Ligne("Memory of the process at its highest, these passes included", peak_memory(), "–")
