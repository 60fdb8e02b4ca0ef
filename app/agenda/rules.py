"""The months of a calendar, what its feed covers, and how often it may be read. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

# The feed: what is just over may still be looked up; beyond a year nearly nothing is planned.
JOURS_PASSES = 30
JOURS_A_VENIR = 365
# Beyond, a calendar is no longer read: the nearest days are kept.
LIGNES_DU_FLUX = 1_000
# An appointment has an hour and no length.
DUREE_RENDEZ_VOUS = timedelta(minutes=30)
# A phone, a computer, and one to spare.
LIENS_AU_PLUS = 3
# Applications come back every quarter of an hour at the most often.
LECTURES_AU_PLUS, LECTURES_PAR = 30, timedelta(hours=1)
# One line of the journal for so long: an application that comes back is not somebody who reads.
LECTURE_INSCRITE_TOUS_LES = timedelta(hours=1)
# A month of one agent: three a working day for each of the busiest.
LIGNES_DU_MOIS = 400
# Of a day in the grid; the rest is folded.
DU_JOUR_EN_VUE = 4
ANNEES = range(2000, 2200)


def fenetre(today: date) -> tuple[date, date]:
    """The first and the last day of the feed."""
    return today - timedelta(days=JOURS_PASSES), today + timedelta(days=JOURS_A_VENIR)


def lecture_a_inscrire(lu_le: datetime | None, *, now: datetime) -> bool:
    """Whether this reading has its line in the journal."""
    return lu_le is None or now - lu_le >= LECTURE_INSCRITE_TOUS_LES


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
