"""How grave an alert is, and the small frise of a line. Pure. The numbers of the rules are in `rules_parametres`."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import GenreEtape, Situation
from app.referents.rules import sees_situations
from app.referents.vocabulaire import GENRES_DE

# A chantier under way shortens the rhythm of the situation that it runs inside.
GENRE_CHANTIER = GenreEtape.CHANTIER_EDUCATIF

# Steps that lead somewhere: planned or open, one of them is what comes next.
GENRES_VERS = frozenset(
    {genre for genre in GenreEtape if genre.rang is not None}
    - {GenreEtape.DECROCHAGE, GenreEtape.SANS_SOLUTION, GenreEtape.INDISPONIBLE, GenreEtape.ACCOMPAGNEMENT}
    | {GenreEtape.CHANTIER_EDUCATIF, GenreEtape.STAGE}
)
# Steps whose end has to be prepared.
GENRES_A_SUITE = GENRES_VERS | {GenreEtape.INDISPONIBLE, GenreEtape.ACCOMPAGNEMENT}
# What ends with the school year is judged at the rentrée (months of its end, both included; month and day judged from).
GENRES_RENTREE = frozenset(
    {
        GenreEtape.SCOLARITE,
        GenreEtape.SCOLARITE_FRAGILE,
        GenreEtape.ENSEIGNEMENT_SUPERIEUR,
        GenreEtape.FORMATION,
    }
)
FIN_ANNEE_SCOLAIRE = (6, 8)
QUESTION_RENTREE = (6, 1)
JUGEMENT_RENTREE = (9, 15)

# 1 is the gravest. Age and time play no part, but in a décrochage, where the law counts years; the rest of the order is
# made when a list is read.
SITUATIONS_GRAVES = frozenset({Situation.DECROCHAGE, Situation.SANS_SOLUTION})
GRAVITE_SILENCE_GRAVE = 1
GRAVITE: dict[Regle, int] = {
    Regle.TRANSMISSION_DEPARTEMENT: 1,
    Regle.SANS_REFERENT: 1,
    Regle.OBLIGATION_FORMATION: 2,
    Regle.CHANTIER_MINEUR: 2,
    Regle.SILENCE: 2,
    Regle.INJOIGNABLE: 2,
    Regle.RUPTURE_SANS_SUITE: 2,
    Regle.RACCROCHAGE_FRAGILE: 2,
    Regle.DECROCHAGE_QUI_DURE: 3,
    Regle.ETAPE_EN_RETARD: 3,
    Regle.ENTREE_IMMOBILE: 3,
    Regle.RENDEZ_VOUS_SANS_SUITE: 3,
    Regle.CHANTIER_PLAFOND: 3,
    Regle.ETAPE_QUI_FINIT: 4,
    Regle.RENTREE: 4,
    Regle.RACCROCHAGE_A_VERIFIER: 4,
    Regle.AGE: 4,
    Regle.INFORMER_JEUNE: 4,
    Regle.SITUATION_A_CONFIRMER: 5,
    Regle.PARCOURS_IMMOBILE: 5,
    Regle.APRES_SORTIE: 6,
}
GRAVITE_DECROCHAGE = {"moins_16": 1, "16_17": 2, "inconnu": 2, "majeur": 3}
AGES = (16, 18, 21, 25, 26)

# What the list shows of a dossier without an alert, after all the gravities.
SANS_ALERTE = 9
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


def tells(genres: Collection[GenreEtape] | None, regle: Regle) -> bool:
    """Whether who sees these kinds of step (None: all) may be told of an alert of this rule.

    A partner is told of what names no kind of step; of the journey, when they see all that may decide a situation.
    """
    if genres is None or regle in SANS_GENRE:
        return True
    return sees_situations(genres) and regle not in D_UNE_ETAPE


# Of contacts, of ages, of who answers: they name no kind of step.
SANS_GENRE = frozenset(
    {
        Regle.SILENCE,
        Regle.INJOIGNABLE,
        Regle.RENDEZ_VOUS_SANS_SUITE,
        Regle.SANS_REFERENT,
        Regle.AGE,
        Regle.INFORMER_JEUNE,
    }
)
# Of a step of any kind, the sensitive ones too.
D_UNE_ETAPE = frozenset({Regle.ETAPE_EN_RETARD})
# The rules that a partner is told of, by their purpose: no sensitive kind, if ticked, adds one.
REGLES_DE = {
    finalite: frozenset(regle for regle in Regle if tells(genres, regle)) for finalite, genres in GENRES_DE.items()
}
SANS_TRAIT = frozenset({Situation.INCONNUE.value, Situation.SORTI.value})
