"""Days off: Sundays and Saturdays, public holidays, summers, Christmas, illness."""

from __future__ import annotations

from datetime import date
from random import Random

from holidays import country_holidays

from tests.simulation.journal import jours

DEBUT = date(2023, 9, 1)
JOURS = 1096
FERIES = frozenset(country_holidays("FR", years=range(2023, 2027)))


def ouvre(jour: date) -> bool:
    return jour.weekday() < 5 and jour not in FERIES


def absences(chance: Random, *, malade: bool) -> list[tuple[date, date]]:
    """The leaves of an agent over the three years, both days included; `malade`: weeks of illness each winter."""
    found = []
    for year in range(2023, 2027):
        summer = date(year, 7, 10) + jours(7 * chance.randint(0, 4))
        found.append((summer, summer + jours(chance.choice([20, 27]))))
        found.append((date(year, 12, 23), date(year + 1, 1, 2)))
        spring = date(year, chance.choice([2, 4]), chance.randint(8, 20))
        found.append((spring, spring + jours(6)))
        if malade and chance.random() < 0.6:
            ill = date(year, chance.choice([1, 3, 5, 10, 11]), chance.randint(1, 25))
            found.append((ill, ill + jours(chance.randint(14, 56))))
    return found


def accueil(jour: date) -> float:
    """How many of the young people who usually answer still do."""
    if jour.month == 8:
        return 0.45
    return 0.7 if jour.month == 7 or (jour.month, jour.day) > (12, 20) else 1.0
