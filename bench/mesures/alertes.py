"""The nightly scan against its own SELECTs, and what one re-evaluation costs."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.alertes.queries_ecarts import DOSSIERS_THAT_DIFFER
from app.alertes.queries_regles import true_today
from app.alertes.services import Bilan, reevaluate, scan
from app.parcours.models import Etat
from bench.banc import Banc
from bench.chrono import Durees, alternate, best, ms, once, us
from bench.rapport import Ligne, at_most

FOIS = 5
ISOLES = 200


class WrongResult(AssertionError):
    """What was timed did not do its work."""


def alertes(banc: Banc) -> list[Ligne]:
    return [_full(banc), _incremental(banc), _alone(banc)]


def _full(banc: Banc) -> Ligne:
    """A whole scan of an up-to-date database, in its transaction, against the rules' SELECTs sent by the driver."""
    raw = banc.maison.database.engines.read.raw_connection()
    statement = str(
        true_today()
        .params(today=banc.today)
        .compile(dialect=banc.maison.database.engines.read.dialect, compile_kwargs={"literal_binds": True})
    )

    def select_all() -> None:
        cursor = raw.cursor()
        cursor.execute(statement)
        cursor.fetchall()
        cursor.close()

    def scan_all() -> None:
        with banc.maison.database.writing() as session:
            if scan(session, today=banc.today, now=banc.now) != Bilan():
                raise WrongResult("the database was up to date: a scan has nothing to do")

    try:
        scan_all()
        floor, took = best(select_all, fois=FOIS), best(scan_all, fois=FOIS)
    finally:
        raw.close()
    return Ligne(
        "Nightly scan of everybody", ms(took), f"the same SELECTs as raw SQL: {ms(floor)}", took / floor, at_most(2)
    )


def _incremental(banc: Banc) -> Ligne:
    """Tomorrow's changes, re-evaluated together, then compared with a whole scan; rolled back."""
    tomorrow = banc.today + timedelta(days=1)
    session = banc.maison.database.open_write()
    try:
        due = list(session.scalars(DOSSIERS_THAT_DIFFER, {"today": tomorrow}))
        _, took = once(lambda: reevaluate(session, due, today=tomorrow, now=banc.now))
        if scan(session, today=tomorrow, now=banc.now) != Bilan():
            raise WrongResult("a re-evaluation of those who were due differs from a whole scan")
    finally:
        session.rollback()
        session.close()
    each = took / max(1, len(due))
    return Ligne(
        f"Re-evaluation of the {len(due)} dossiers due the next day",
        f"{us(each)} each",
        "a whole scan then finds 0 differences",
        each * 1_000_000,
        at_most(400, " µs"),
    )


def _alone(banc: Banc) -> Ligne:
    """One dossier, as at the end of each write; nothing to change."""
    session = banc.maison.database.open_write()
    try:
        ids = iter(session.scalars(select(Etat.dossier_id).order_by(Etat.dossier_id).limit(ISOLES + 50)).all())
        found: dict[str, Durees] = alternate(
            {"one": lambda: reevaluate(session, [next(ids)], today=banc.today, now=banc.now)}, tours=1, par_tour=ISOLES
        )
    finally:
        session.rollback()
        session.close()
    return Ligne("Re-evaluation of one dossier, at the end of a write", f"{us(found['one'].mediane)} of CPU")
