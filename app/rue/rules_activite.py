"""The period of a report of activity: a month, a quarter, a year. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from app.parcours.rules import months_later

ANNEES = range(2000, 2200)
# What the page offers.
MOIS_PROPOSES, TRIMESTRES_PROPOSES, ANNEES_PROPOSEES = 12, 6, 4


@dataclass(frozen=True, slots=True)
class Periode:
    """`code` as an address writes it: 2026, 2026-T4 or 2026-11. From `debut` to `fin`, both included."""

    code: str
    debut: date
    fin: date


def _from(code: str, debut: date, months: int) -> Periode:
    return Periode(code, debut, months_later(debut, months) - timedelta(days=1))


def month_of(day: date) -> Periode:
    return _from(f"{day:%Y-%m}", day.replace(day=1), 1)


def quarter_of(day: date) -> Periode:
    number = (day.month + 2) // 3
    return _from(f"{day.year}-T{number}", date(day.year, number * 3 - 2, 1), 3)


def year_of(day: date) -> Periode:
    return _from(str(day.year), date(day.year, 1, 1), 12)


def lire_periode(texte: str, *, today: date) -> Periode:
    """The current month when the address says nothing that exists."""
    read = re.fullmatch(r"(\d{4})(?:-(?:T([1-4])|(0[1-9]|1[0-2])))?", texte, re.ASCII)
    if read is None or int(read[1]) not in ANNEES:
        return month_of(today)
    if read[2]:
        return quarter_of(date(int(read[1]), int(read[2]) * 3, 1))
    return month_of(date(int(read[1]), int(read[3]), 1)) if read[3] else year_of(date(int(read[1]), 1, 1))


def offered(today: date) -> list[Periode]:
    """The last months, quarters and years, the present ones first."""
    first = today.replace(day=1)
    return [
        *(month_of(months_later(first, -ago)) for ago in range(MOIS_PROPOSES)),
        *(quarter_of(months_later(first, -3 * ago)) for ago in range(TRIMESTRES_PROPOSES)),
        *(year_of(months_later(first, -12 * ago)) for ago in range(ANNEES_PROPOSEES)),
    ]
