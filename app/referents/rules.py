"""When an affectation ends: pure arithmetic on instants."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from app.config import PARIS

_INSTANT = timedelta(microseconds=1)


def handover_instant(debut: datetime, now: datetime) -> datetime:
    """The end of an affectation begun at `debut` that ends now: an affectation lasts at least one microsecond,
    even when two clocks disagree, since an empty one would say that nobody answered for the dossier."""
    return max(now, debut + _INSTANT)


def closing_instant(debut: datetime, le: date, now: datetime) -> datetime:
    """The end of an affectation when its dossier is closed on the day `le`, today or earlier.

    The end of that day in Paris if it has passed and the affectation had begun; otherwise now.
    """
    evening = datetime.combine(le + timedelta(days=1), time.min, tzinfo=PARIS)
    return evening if debut < evening <= now else handover_instant(debut, now)
