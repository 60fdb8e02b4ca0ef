"""When each job of the scheduler runs, when a failed one is tried again, when somebody must be told. Pure.

A job runs once for a slot, and a slot is a time in Paris: the night (`2026-11-22`) at 02:30, the hour
(`2026-11-22T14`) at minute 5, the week (`2026-S47`) on Sunday at 03:30, the e-mails of the morning (`2026-11-22`) at
07:30, the quarter (`2026-T3`) at 04:30 on the fifteenth day after its end, once what was lived in it has been written.
In the night when summer time begins 02:30 does not exist: the night runs at 03:30, the same instant. In the night when
it ends 02:30 comes twice: the night runs the first time, and the second passage of hour 02 is no other slot.
Instants are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.alertes.vocabulaire import StatutPassage, Tache
from app.config import PARIS

NUIT_A = time(2, 30)
SEMAINE_A = time(3, 30)
COURRIELS_A = time(7, 30)
TRIMESTRE_A = time(4, 30)
JOURS_APRES_TRIMESTRE = 15
# a morning's e-mail read in the afternoon says what is no longer true
COURRIELS_JUSQU_A = time(11)
MINUTE = timedelta(minutes=5)
_HEURE = timedelta(hours=1)
_DIMANCHE = 6

# After a first and a second failure; the third is the last, until the next slot.
REPRISES = (timedelta(minutes=5), timedelta(minutes=30))

SILENCE_TOLERE = timedelta(minutes=3)
NUIT_TOLEREE = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Creneau:
    """A slot of a job: its name in `passage`, and the instant from which it may run."""

    tache: Tache
    code: str
    a: datetime


@dataclass(frozen=True, slots=True)
class Veille:
    """What the health of the scheduler is judged on; None for what never was.

    `vu_le`, `commence_le`: the heartbeat. `nuit`: how the last night ended; `nuit_finie_le`: the end of the last one
    that ended well; `nuit_prise_le`: the beginning of the first one.
    """

    vu_le: datetime | None = None
    commence_le: datetime | None = None
    nuit: StatutPassage | None = None
    nuit_finie_le: datetime | None = None
    nuit_prise_le: datetime | None = None

    @property
    def jamais_lance(self) -> bool:
        return self.vu_le is None and self.nuit is None


def last_slot(tache: Tache, now: datetime) -> Creneau:
    """The slot that began last, at `now` or before."""
    return next(slot for slot in _SLOTS[tache](now, -1) if slot.a <= now)


def next_slot(tache: Tache, now: datetime) -> Creneau:
    """The slot that begins next, after `now`. Never the hour that the end of summer time brings back."""
    current = last_slot(tache, now).code
    return next(slot for slot in _SLOTS[tache](now, 1) if slot.a > now and slot.code != current)


def slots_due(now: datetime) -> list[Creneau]:
    """The slot of each job that should have run, in the order to run them: one for a night off, not one per hour."""
    return [slot for tache in Tache if _still_useful(slot := last_slot(tache, now), now)]


def tried_again_at(essais: int, fini_le: datetime) -> datetime | None:
    """When a slot that failed `essais` times, the last one at `fini_le`, is tried again; None when it is not."""
    return fini_le + REPRISES[essais - 1] if essais <= len(REPRISES) else None


def may_be_taken_over(essais: int) -> bool:
    """Whether a slot that a dead process left may be begun once more; else it kills whoever takes it."""
    return essais <= len(REPRISES)


def silent_for(veille: Veille, now: datetime) -> timedelta | None:
    """How long the heartbeat has stopped, when that is too long."""
    if veille.vu_le is None or now - veille.vu_le <= SILENCE_TOLERE:
        return None
    return now - veille.vu_le


def night_missing_since(veille: Veille, now: datetime) -> datetime | None:
    """The instant since which no night ended well, when that is too long ago."""
    since = veille.nuit_finie_le or veille.nuit_prise_le or veille.commence_le
    return since if since is not None and now - since > NUIT_TOLEREE else None


def _still_useful(slot: Creneau, now: datetime) -> bool:
    if slot.tache is not Tache.COURRIELS:
        return True
    here = now.astimezone(PARIS)
    return slot.code == here.date().isoformat() and here.time() < COURRIELS_JUSQU_A


def _days(now: datetime, direction: int) -> Iterator[date]:
    today = now.astimezone(PARIS).date()
    return (today + timedelta(days=direction * count) for count in range(9))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, PARIS).astimezone(UTC)


def _daily(tache: Tache, hour: time) -> Callable[[datetime, int], Iterator[Creneau]]:
    return lambda now, direction: (Creneau(tache, day.isoformat(), _at(day, hour)) for day in _days(now, direction))


def _weekly(now: datetime, direction: int) -> Iterator[Creneau]:
    for day in _days(now, direction):
        if day.weekday() == _DIMANCHE:
            year, week, _ = day.isocalendar()
            yield Creneau(Tache.SEMAINE, f"{year}-S{week:02}", _at(day, SEMAINE_A))


def _quarterly(now: datetime, direction: int) -> Iterator[Creneau]:
    here = now.astimezone(PARIS).date()
    for count in range(3):
        year, rank = divmod(here.year * 4 + (here.month - 1) // 3 + direction * count, 4)
        day = date(year, rank * 3 + 1, JOURS_APRES_TRIMESTRE)
        over, number = divmod(year * 4 + rank - 1, 4)
        yield Creneau(Tache.TRIMESTRE, f"{over}-T{number + 1}", _at(day, TRIMESTRE_A))


def _hourly(now: datetime, direction: int) -> Iterator[Creneau]:
    # Paris is whole hours away from UTC
    first = (now - MINUTE).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for count in range(4):
        hour = first + direction * count * _HEURE
        yield Creneau(Tache.HEURE, hour.astimezone(PARIS).strftime("%Y-%m-%dT%H"), hour + MINUTE)


_SLOTS: dict[Tache, Callable[[datetime, int], Iterator[Creneau]]] = {
    Tache.NUIT: _daily(Tache.NUIT, NUIT_A),
    Tache.HEURE: _hourly,
    Tache.SEMAINE: _weekly,
    Tache.COURRIELS: _daily(Tache.COURRIELS, COURRIELS_A),
    Tache.TRIMESTRE: _quarterly,
}
