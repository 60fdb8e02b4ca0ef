"""In which order alerts are shown: one definition, read by *Ma journée*, the inbox and the morning e-mail. Pure.

`queries_ordre` says the same in SQL; a test compares the two.
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum

from app.alertes import rules
from app.alertes.vocabulaire import HORLOGES_LEGALES, Regle
from app.parcours.vocabulaire import Situation


class Rang(IntEnum):
    """The published order. Inside a rank, what is due for longest comes first."""

    HORLOGES = 0
    MINEURS = 1
    DECROCHAGES = 2
    SILENCES = 3
    FINS = 4
    RESTE = 5


# What each rank holds, as it is published.
LIBELLES: dict[Rang, str] = {
    Rang.HORLOGES: "les échéances légales",
    Rang.MINEURS: "les mineurs à qui quelque chose manque",
    Rang.DECROCHAGES: "les décrochages, et ceux que personne ne suit",
    Rang.SILENCES: "les silences, du plus ancien au plus récent",
    Rang.FINS: "les étapes qui finissent ou n’avancent pas",
    Rang.RESTE: "le reste",
}
# What is not treated climbs one rank for each full fortnight since it opened, more slowly as it is less grave, never
# above the legal clocks: at one pace, when there is too much to do, old dates to confirm would hide a décrochage.
QUINZAINE = 14
# Up to this gravity something that was expected is missing; beyond, there is something to prepare or to confirm.
GRAVITE_DU_MANQUE = 3
GRAVITE_EXTREME = 1
GRAVITE_MOINDRE = 9
SILENCES = frozenset(
    {Regle.SILENCE, Regle.INJOIGNABLE, Regle.RENDEZ_VOUS_SANS_SUITE, Regle.RACCROCHAGE_FRAGILE, Regle.ENTREE_IMMOBILE}
)
FINS = frozenset({Regle.ETAPE_EN_RETARD, Regle.ETAPE_QUI_FINIT, Regle.RENTREE, Regle.RUPTURE_SANS_SUITE})


def rang_initial(regle: Regle, gravite: int, *, situation: Situation, mineur: bool) -> Rang:
    """Before it climbs."""
    missing = gravite <= GRAVITE_DU_MANQUE
    if regle in HORLOGES_LEGALES:
        return Rang.HORLOGES
    if mineur and missing:
        return Rang.MINEURS
    grave = situation in rules.SITUATIONS_GRAVES and missing
    if grave or gravite == GRAVITE_EXTREME or regle is Regle.DECROCHAGE_QUI_DURE:
        return Rang.DECROCHAGES
    if regle in SILENCES:
        return Rang.SILENCES
    return Rang.FINS if regle in FINS else Rang.RESTE


def allure(gravite: int) -> int:
    """Days that an alert of this gravity takes to climb one rank."""
    return QUINZAINE * max(1, gravite - 1)


def rang(initial: Rang, gravite: int, *, ouverte_le: date, today: date) -> Rang:
    """Where an alert opened on that day in Paris stands today."""
    if initial is Rang.HORLOGES:
        return initial
    return Rang(max(Rang.MINEURS, initial - (today - ouverte_le).days // allure(gravite)))
