"""How grave an alert is, and the small frise of a line. Pure. The numbers of the rules are in `rules_parametres`."""

from __future__ import annotations

from typing import NamedTuple

from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import GenreEtape, Situation

# A chantier under way shortens the rhythm of the situation that it runs inside.
GENRE_CHANTIER = GenreEtape.CHANTIER_EDUCATIF
RYTHME_CHANTIER = 14

# Days after which a planned start or end that did not come is late; days that a dossier may be without a référent.
RETARD_ETAPE = 14
DELAI_SANS_REFERENT = 3

# 1 is the gravest. Age and time play no part: they change by themselves, and order the list when it is read.
SITUATIONS_GRAVES = frozenset({Situation.DECROCHAGE, Situation.SANS_SOLUTION})
GRAVITE_SILENCE_GRAVE = 1
GRAVITE: dict[Regle, int] = {Regle.SANS_REFERENT: 1, Regle.SILENCE: 2, Regle.ETAPE_EN_RETARD: 3}

# What the list shows of a dossier without an alert, after all the gravities.
SANS_ALERTE = 9
MAJORITE = 18
PAR_PAGE = (25, 50, 100)


class Trait(NamedTuple):
    """A piece of the ten-pixel frise, in per cent of its width. `famille` is a code."""

    x: float
    largeur: float
    famille: str


def frise(mois: str, *, dernier: int) -> list[Trait]:
    """The whole journey in one line, from `24310 scolarite,24322 decrochage`: the first month of each situation.

    It ends with the month `dernier`, included. What is unknown or after an exit leaves a gap.
    """
    debuts = sorted((int(m0), situation) for m0, _, situation in (part.partition(" ") for part in mois.split(",")))
    debuts = [(m0, situation) for m0, situation in debuts if m0 <= dernier]
    if not debuts:
        return []
    premier, unite = debuts[0][0], 100 / (dernier + 1 - debuts[0][0])
    fins = [m0 for m0, _ in debuts[1:]] + [dernier + 1]
    return [
        Trait(round((m0 - premier) * unite, 2), round((fin - m0) * unite, 2), GenreEtape(situation).famille.value)
        for (m0, situation), fin in zip(debuts, fins, strict=True)
        if situation not in SANS_TRAIT
    ]


SANS_TRAIT = frozenset({Situation.INCONNUE.value, Situation.SORTI.value})
