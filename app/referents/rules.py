"""When an affectation ends, and until when its référent still reads: pure arithmetic on instants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from app.config import PARIS
from app.parcours.vocabulaire import GenreEtape
from app.referents.vocabulaire import GENRES_DE, SENSIBLES, Finalite

_INSTANT = timedelta(microseconds=1)
# days during which whoever handed a dossier over still reads it, so that the thread is not lost
LECTURE_ANCIEN = 30


def reads_since(today: date) -> datetime:
    """An affectation that ended at this instant or later is still read today by whoever had it."""
    return datetime.combine(today - timedelta(days=LECTURE_ANCIEN), time.min, tzinfo=PARIS)


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


def genres_shown(finalite: Finalite, sensibles: Iterable[GenreEtape]) -> frozenset[GenreEtape]:
    """The kinds of step that a partner sees: those that their purpose needs, and the sensitive ones ticked for them.

    CASF, art. L. 226-2-2 and CSP, art. L. 1110-4: what is shared is limited to what the partner's mission needs.
    """
    return GENRES_DE[finalite] | (frozenset(sensibles) & frozenset(SENSIBLES))
