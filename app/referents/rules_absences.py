"""An absence: which days it may have, and the days on which it leaves dossiers to nobody. Pure arithmetic on days.

Days are from `depuis` to `jusqu_au` excluded; on a page, “du … au …” both included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from app.db.errors import DomainError

# Parcours' own numbers: beyond six months it is no longer a cover, and the young person should know another référent
DUREE_AU_PLUS = 184
# how long ahead an absence may be noted
AVANCE_AU_PLUS = 366
# how far the page “Continuité” looks ahead
PREVOIR = 30


def check_days(depuis: date, jusqu_au: date, *, today: date, begun: date | None = None) -> None:
    """Refuse days that no absence may have. `begun`: the first day of one that has begun, which stays what it was.

    DomainErrors: absence_commencee, absence_passee, dates_inversees, absence_trop_longue, absence_trop_loin.
    """
    if begun is not None and depuis != begun:
        raise DomainError("absence_commencee", field="depuis")
    if jusqu_au <= depuis:
        raise DomainError("dates_inversees", field="jusqu_au")
    if begun is None and depuis < today:
        raise DomainError("absence_passee", field="depuis")
    if jusqu_au <= today:
        raise DomainError("absence_passee", field="jusqu_au")
    if depuis > today + timedelta(days=AVANCE_AU_PLUS):
        raise DomainError("absence_trop_loin", field="depuis")
    if (jusqu_au - depuis).days > DUREE_AU_PLUS:
        raise DomainError("absence_trop_longue", field="jusqu_au")


class MotifTrou(StrEnum):
    """Why dossiers would have nobody on some days of an absence."""

    SANS_SUPPLEANT = "sans_suppleant"
    SUPPLEANT_PARTI = "suppleant_parti"
    SUPPLEANT_ABSENT = "suppleant_absent"
    OPPOSITION = "opposition"


class AbsencePrevue(Protocol):
    """What a row of `queries_absences.planned` says. `opposes`: dossiers that refuse the structure of the suppléant."""

    absence_id: UUID
    depuis: date
    jusqu_au: date
    suppleant_id: int | None
    apte: bool
    dossiers: int
    opposes: int


@dataclass(frozen=True, slots=True)
class Trou:
    """Days, from `debut` to `fin` excluded, on which `dossiers` of an absent référent would have nobody."""

    absence: AbsencePrevue
    motif: MotifTrou
    debut: date
    fin: date
    dossiers: int


Jours = tuple[date, date]


def gaps(
    absences: Iterable[AbsencePrevue], away: Mapping[int, Sequence[Jours]], *, start: date, end: date
) -> list[Trou]:
    """The days of `start` to `end` excluded on which nobody would answer, in their order.

    `away`: the absences of suppléants, in order and apart.
    """
    found = [trou for absence in absences for trou in _of_one(absence, away, start, end)]
    return sorted(found, key=lambda trou: (trou.debut, trou.fin, str(trou.absence.absence_id), trou.motif))


def days_alone(trous: Iterable[Trou]) -> int:
    """How many days have a dossier without anybody."""
    days: set[int] = set()
    for trou in trous:
        days.update(range(trou.debut.toordinal(), trou.fin.toordinal()))
    return len(days)


def _of_one(absence: AbsencePrevue, away: Mapping[int, Sequence[Jours]], start: date, end: date) -> Iterator[Trou]:
    first, last = max(absence.depuis, start), min(absence.jusqu_au, end)
    if last <= first:
        return
    if absence.suppleant_id is None or not absence.apte:
        motif = MotifTrou.SANS_SUPPLEANT if absence.suppleant_id is None else MotifTrou.SUPPLEANT_PARTI
        yield Trou(absence, motif, first, last, absence.dossiers)
        return
    for debut, fin, there in _split(first, last, away.get(absence.suppleant_id, ())):
        if not there:
            yield Trou(absence, MotifTrou.SUPPLEANT_ABSENT, debut, fin, absence.dossiers)
        elif absence.opposes:
            yield Trou(absence, MotifTrou.OPPOSITION, debut, fin, absence.opposes)


def _split(first: date, last: date, away: Sequence[Jours]) -> Iterator[tuple[date, date, bool]]:
    """These days cut at the absences of the suppléant: (from, to excluded, whether they are there)."""
    reached = first
    for debut, fin in away:
        debut, fin = max(debut, first), min(fin, last)
        if fin <= debut:
            continue
        if reached < debut:
            yield reached, debut, True
        yield debut, fin, False
        reached = fin
    if reached < last:
        yield reached, last, True
