"""The frise: the steps of a dossier as rectangles in per cent of a width, one band per famille. Pure.

Positions are whole hundredths of a per cent until the end, so that "do not overlap" is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from app.parcours.vocabulaire import Famille, GenreEtape, StatutEtape

LARGEUR = 10_000
# Three pixels on a phone: a day must be seen beside six years.
MINIMUM = 80
# A step to come whose length nobody knows.
SANS_DUREE = 300
AXE_MINIMUM = timedelta(days=30)
ANNEES_AU_PLUS = 7


class EtapeDatee(Protocol):
    """What drawing needs of a step: an `Etape`, or a row of its columns."""

    id: UUID
    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin: date | None
    fin_prevue: date | None


class Trace(Enum):
    """What is known of a stretch of a step."""

    SURE = auto()
    OUVERTE = auto()
    INCERTAINE = auto()
    PREVUE = auto()


@dataclass(frozen=True, slots=True)
class Rect:
    """`x` and `largeur` in per cent; ouverte: it goes on; incertaine: it should be over, nobody said; prevue."""

    x: float
    largeur: float
    famille: Famille
    ouverte: bool = False
    incertaine: bool = False
    prevue: bool = False


@dataclass(frozen=True, slots=True)
class Bande:
    """The steps of one famille, in the order of their beginning, and their rectangles on as few lines as hold them."""

    famille: Famille
    rangs: Sequence[Sequence[Rect]]
    etapes: Sequence[EtapeDatee]


@dataclass(frozen=True, slots=True)
class Annee:
    """Where the first of January of `annee` stands, in per cent."""

    x: float
    annee: int


@dataclass(frozen=True, slots=True)
class Frise:
    """Bands in the order of the familles. `arret`: where today (or the closing) stands, 100 at the right end."""

    bandes: Sequence[Bande]
    annees: Sequence[Annee]
    arret: float
    debut: date


@dataclass(frozen=True, slots=True)
class _Axe:
    """From `debut` to `fin`; `arret` is the last day that has been lived."""

    debut: date
    fin: date
    arret: date

    def at(self, day: date) -> int:
        return (day - self.debut).days * LARGEUR // (self.fin - self.debut).days


def draw(etapes: Iterable[EtapeDatee], *, ouvert_le: date, clos_le: date | None, today: date) -> Frise:
    """The frise of a dossier. What did not take place is not drawn, nor what was planned in a closed dossier."""
    hidden = {StatutEtape.ANNULEE} if clos_le is None else {StatutEtape.ANNULEE, StatutEtape.PREVUE}
    shown = sorted(
        (etape for etape in etapes if etape.statut not in hidden), key=lambda etape: (etape.debut, etape.id.int)
    )
    axe = _axis(shown, ouvert_le=ouvert_le, arret=today if clos_le is None else clos_le)
    by_famille: dict[Famille, list[EtapeDatee]] = {}
    for etape in shown:
        by_famille.setdefault(etape.genre.famille, []).append(etape)
    bandes = [_bande(famille, by_famille[famille], axe) for famille in Famille if famille in by_famille]
    return Frise(bandes, list(_years(axe)), axe.at(axe.arret) / 100, axe.debut)


def _axis(etapes: Sequence[EtapeDatee], *, ouvert_le: date, arret: date) -> _Axe:
    ends = [day for etape in etapes for day in (etape.debut, etape.fin, etape.fin_prevue) if day is not None]
    fin = max([arret, *ends])
    debut = min([ouvert_le, fin - AXE_MINIMUM, *(etape.debut for etape in etapes)])
    return _Axe(debut, fin, arret)


def _bande(famille: Famille, etapes: Sequence[EtapeDatee], axe: _Axe) -> Bande:
    """First fit: a step goes on the first line that is free where it begins."""
    lines: list[list[Rect]] = []
    ends: list[int] = []
    for etape in etapes:
        stretches = _placed(etape, axe)
        start, end = stretches[0][0], stretches[-1][1]
        line = next((number for number, taken in enumerate(ends) if taken <= start), len(lines))
        if line == len(lines):
            lines.append([])
            ends.append(0)
        lines[line].extend(_rect(stretch, famille) for stretch in stretches)
        ends[line] = end
    return Bande(famille, lines, etapes)


def _placed(etape: EtapeDatee, axe: _Axe) -> list[tuple[int, int, Trace]]:
    """The stretches of a step that are wide enough to be drawn; one of MINIMUM when none is."""
    stretches = [(axe.at(begin), axe.at(end), trace) for begin, end, trace in _stretches(etape, axe.arret)]
    start, end, trace = stretches[0][0], stretches[-1][1], stretches[-1][2]
    least = SANS_DUREE if etape.statut is StatutEtape.PREVUE else MINIMUM
    if end - start < least:
        start = min(start, LARGEUR - least)
        return [(start, start + least, trace)]
    return [stretch for stretch in stretches if stretch[0] < stretch[1]]


def _stretches(etape: EtapeDatee, arret: date) -> list[tuple[date, date, Trace]]:
    """(from, to, what is known) of a step, each beginning where the one before ends."""
    expected = etape.fin_prevue or etape.debut
    if etape.fin is not None:
        return [(etape.debut, etape.fin, Trace.SURE)]
    if etape.statut is StatutEtape.PREVUE:
        # one that should have begun already stretches to today
        return [(etape.debut, max(expected, arret) if etape.debut < arret else expected, Trace.PREVUE)]
    lived = max(etape.debut, arret)
    if etape.fin_prevue is None:
        return [(etape.debut, lived, Trace.OUVERTE)]
    if expected < lived:
        return [(etape.debut, expected, Trace.SURE), (expected, lived, Trace.INCERTAINE)]
    return [(etape.debut, lived, Trace.SURE), (lived, expected, Trace.PREVUE)]


def _rect(stretch: tuple[int, int, Trace], famille: Famille) -> Rect:
    start, end, trace = stretch
    return Rect(
        start / 100,
        (end - start) / 100,
        famille,
        ouverte=trace is Trace.OUVERTE,
        incertaine=trace is Trace.INCERTAINE,
        prevue=trace is Trace.PREVUE,
    )


def _years(axe: _Axe) -> Iterator[Annee]:
    """Each January first of the axis; one in so many, counted from the last, when they would not all be read."""
    years = range(axe.fin.year, axe.debut.year, -1)
    every = -(-len(years) // ANNEES_AU_PLUS) or 1
    for year in reversed(years[::every]):
        yield Annee(axe.at(date(year, 1, 1)) / 100, year)
