"""When an affectation ends, and until when its référent still reads: pure arithmetic on instants."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from app.config import PARIS
from app.parcours.vocabulaire import GenreEtape, Situation
from app.referents.vocabulaire import GENRES_DE, SENSIBLES, Finalite

_INSTANT = timedelta(microseconds=1)
# days during which whoever handed a dossier over still reads it, so that the thread is not lost
LECTURE_ANCIEN = 30
# the kinds of step that decide the situation of a month
_DECIDENT = frozenset(genre for genre in GenreEtape if genre.rang is not None)


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


def sees_situations(genres: Collection[GenreEtape] | None) -> bool:
    """Whether who sees these kinds of step (None: all) sees all that may decide a situation: then they may also know
    that none is known, and why a dossier was closed."""
    return genres is None or frozenset(genres) >= _DECIDENT


def shows_situation(genres: Collection[GenreEtape] | None, situation: Situation) -> bool:
    """Whether who sees these kinds of step may be told of this situation; that a dossier is closed is no secret."""
    if sees_situations(genres) or situation is Situation.SORTI:
        return True
    return situation is not Situation.INCONNUE and GenreEtape(situation.value) in (genres or ())


def situations_shown(genres: Collection[GenreEtape] | None) -> frozenset[Situation]:
    """The situations that `shows_situation` accepts."""
    return frozenset(situation for situation in Situation if shows_situation(genres, situation))
