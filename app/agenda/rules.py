"""The months of a calendar. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

# A month of one agent: three a working day for each of the busiest.
ECHEANCES_DU_MOIS = 400
# Of a day in the grid; the rest is folded.
DU_JOUR_EN_VUE = 4
ANNEES = range(2000, 2200)


def lire_mois(texte: str, *, today: date) -> date:
    """The first day of the month “2026-11”; of the current one when the address says nothing that exists."""
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", texte, re.ASCII) and int(texte[:4]) in ANNEES:
        return date(int(texte[:4]), int(texte[5:]), 1)
    return today.replace(day=1)


def ecrire_mois(premier: date) -> str:
    return premier.strftime("%Y-%m")


def mois_voisin(premier: date, ecart: int) -> date | None:
    """The first day of the month `ecart` months away; None beyond the years that an address may ask for."""
    annee, mois = divmod(premier.year * 12 + premier.month - 1 + ecart, 12)
    return date(annee, mois + 1, 1) if annee in ANNEES else None


def jours_du_mois(premier: date) -> list[date]:
    following = (premier + timedelta(days=31)).replace(day=1)
    return [premier + timedelta(days=number) for number in range((following - premier).days)]
