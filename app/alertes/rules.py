"""The numbers of the rules, each with where it comes from. Pure.

One convention for every delay: a cause of `depuis` is due on `depuis + N`, so the alert is true on the N-th day
itself. "Every 14 days" is missed when the fourteenth day comes without an exchange: 14 days, not 15.
"""

from __future__ import annotations

from typing import NamedTuple

from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import GenreEtape, Situation

# Days without a contact réussi that a situation allows, times the intensity's factor. They are the product's own
# rule list, agreed with practitioners; no text imposes them. `sorti` has none: no rule speaks of a closed dossier.
RYTHMES: dict[Situation, int] = {
    Situation.DECROCHAGE: 14,
    Situation.SANS_SOLUTION: 14,
    Situation.RACCROCHAGE: 21,
    Situation.SCOLARITE_FRAGILE: 21,
    # as a situation not known yet: the contract's own milestones say nothing of the young person's days
    Situation.ACCOMPAGNEMENT: 30,
    Situation.INCONNUE: 30,
    Situation.ALTERNANCE: 45,
    Situation.FORMATION: 45,
    Situation.EMPLOI: 60,
    # a job like another for whoever holds it
    Situation.IAE: 60,
    Situation.SERVICE_CIVIQUE: 60,
    # time was asked for: often enough not to lose the thread, never pressing
    Situation.INDISPONIBLE: 60,
    Situation.SCOLARITE: 90,
    Situation.ENSEIGNEMENT_SUPERIEUR: 90,
}
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
