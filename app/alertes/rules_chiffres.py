"""The operational counts of one structure: how they are laid out. Pure; every number is exact and names nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.parcours.rules import months_later, tranche_age
from app.parcours.vocabulaire import FamilleSortie, MotifSortie, Situation, TrancheAge

MOIS = 12
MOIS_RECENTS = 3
SEUILS_CONTACT = (30, 60, 90)


class LigneSituation(NamedTuple):
    """Open dossiers in a situation; then those without a contact réussi for as many days as each SEUILS_CONTACT."""

    situation: Situation
    dossiers: int
    sans_contact: tuple[int, ...]


class LigneMois(NamedTuple):
    """`mois`: its first day. Numbers of dossiers opened and closed in it, and of contacts réussis."""

    mois: date
    ouverts: int
    clos: int
    contacts: int


class Fraicheur(NamedTuple):
    """Open dossiers in this situation, and those of them that are fresh: their rule does not ask to confirm yet.

    `jours`: for how long what is said of such a situation is taken as true, in this structure.
    """

    situation: Situation
    jours: int
    dossiers: int
    a_jour: int


def share(part: int, whole: int) -> int | None:
    """In percent, to the nearest; None of nothing. All and none are said of all and none alone."""
    if not whole:
        return None
    rounded = round(100 * part / whole)
    return min(max(rounded, int(part > 0)), 100 - int(part < whole))


@dataclass(frozen=True, slots=True)
class Mouvements:
    """What began and ended, by the first day of a month; closings by their motive as well."""

    ouverts: Mapping[date, int]
    clos: Mapping[tuple[date, MotifSortie], int]
    contacts: Mapping[date, int]


def first_month(today: date) -> date:
    """The first day of the oldest of the last MOIS months, that of `today` included."""
    return months_later(today.replace(day=1), 1 - MOIS)


def months(mouvements: Mouvements, *, today: date) -> list[LigneMois]:
    """One line for each of the last MOIS months, the present one first, empty ones too."""
    clos: dict[date, int] = {}
    for (mois, _), count in mouvements.clos.items():
        clos[mois] = clos.get(mois, 0) + count
    starts = [months_later(today.replace(day=1), -ago) for ago in range(MOIS)]
    return [
        LigneMois(mois, mouvements.ouverts.get(mois, 0), clos.get(mois, 0), mouvements.contacts.get(mois, 0))
        for mois in starts
    ]


def exits(mouvements: Mouvements) -> dict[FamilleSortie, list[tuple[MotifSortie, int]]]:
    """The motives that closed a dossier, with how many, by family: each closing in one family."""
    counted: dict[MotifSortie, int] = {}
    for (_, motif), count in mouvements.clos.items():
        counted[motif] = counted.get(motif, 0) + count
    return {
        famille: [(motif, counted[motif]) for motif in MotifSortie if motif.famille is famille and motif in counted]
        for famille in FamilleSortie
    }


def ages(annees: Iterable[tuple[int | None, int]], *, today: date) -> dict[TrancheAge | None, int]:
    """From (birth year, how many) to the bands of today, in their order; None: unknown, or younger than the first."""
    counted: dict[TrancheAge | None, int] = {}
    for annee, count in annees:
        tranche = tranche_age(annee, today)
        counted[tranche] = counted.get(tranche, 0) + count
    return {tranche: counted[tranche] for tranche in (*TrancheAge, None) if tranche in counted}
