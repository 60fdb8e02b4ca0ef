"""On which mornings e-mails leave. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

import holidays


@lru_cache(maxsize=8)
def feries(annee: int) -> Mapping[date, str]:
    """The public holidays of metropolitan France and their names (code du travail, art. L. 3133-1)."""
    return MappingProxyType(dict(holidays.country_holidays("FR", years=annee, language="fr")))


def jour_ouvre(jour: date) -> bool:
    """Monday to Friday, public holidays left out."""
    return jour.weekday() < 5 and jour not in feries(jour.year)


def ouvre_la_semaine(jour: date) -> bool:
    """The first working day of its week: Monday, or the day after when Monday is a public holiday."""
    monday = jour - timedelta(days=jour.weekday())
    earlier = (monday + timedelta(days=n) for n in range(jour.weekday()))
    return jour_ouvre(jour) and not any(jour_ouvre(day) for day in earlier)
