"""What a number may look like once published (cohortes.md, R5, R6, R7). Pure.

Everything that is shown, drawn or divided comes from what these functions return, never from a true count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.cohortes.vocabulaire import Marque, Mesure, Niveau

# Under this many people nothing is said of them (R4, R6): the threshold that INSEE keeps for tables drawn from tax
# files (Guide du secret statistique).
SEUIL = 11
PAS = 5
# 11 to 17 all show 15: nobody can tell eleven people from seventeen.
PLANCHER = 15
DENOMINATEUR_MIN = 20
# R7: a sum that is mostly one person's says what that person did.
PART_MAX_D_UN_SEUL = 0.85

HORIZONS = (0, 6, 12, 24)
COURBE_MIN = 50
_NIVEAUX = ((200, Niveau.MENSUEL), (COURBE_MIN, Niveau.COURBES), (20, Niveau.HORIZONS), (SEUIL, Niveau.EFFECTIF))
# From how many people each measure is published; situations from the first level that has months.
_DES_COURBES = frozenset(
    {
        Mesure.DELAI_EMPLOI,
        Mesure.DELAI_EMPLOI_6,
        Mesure.DELAI_RACCROCHAGE,
        Mesure.TRANSITIONS,
        Mesure.FLUX_6,
        Mesure.FLUX_12,
        Mesure.FLUX_24,
        Mesure.DUREES_12,
        Mesure.DUREES_24,
    }
)


@dataclass(frozen=True, slots=True)
class Cellule:
    """`nombre`: the multiple of 5 shown. `presque_tous`: the x of “≥ x %”. A masked cell is None."""

    marque: Marque
    valeur: int


def nearest(compte: float) -> int:
    """An estimate, taken to a whole number of people."""
    return math.floor(compte + 0.5)


def rounded(compte: float) -> int:
    """The nearest multiple of 5, never below 15. Raises ValueError under 11: that is never a number."""
    entier = nearest(compte)
    if entier < SEUIL:
        raise ValueError("too small to be shown")
    return max(PLANCHER, (entier + PAS // 2) // PAS * PAS)


def cellule(compte: float, *, effectif: int) -> Cellule | None:
    """What is shown of `compte` people among a true `effectif`; None reads “< 11”."""
    entier = nearest(compte)
    if entier < SEUIL:
        return None
    if effectif - entier < SEUIL:
        return Cellule(Marque.PRESQUE_TOUS, almost_all(rounded(effectif)))
    return Cellule(Marque.NOMBRE, rounded(entier))


def almost_all(effectif: int) -> int:
    """The x of “≥ x %”, from the rounded headcount alone: what is left is at most 15 people of it."""
    return max(0, 100 * (effectif - PLANCHER) // effectif // PAS * PAS)


def niveau(effectif: int) -> Niveau | None:
    """What may be said of a true headcount; None says nothing."""
    return next((level for least, level in _NIVEAUX if effectif >= least), None)


def may_publish(mesure: Mesure, effectif: int) -> bool:
    """Whether there are enough people for that measure."""
    if mesure is Mesure.SITUATIONS:
        return effectif >= SEUIL
    return effectif >= (COURBE_MIN if mesure in _DES_COURBES else DENOMINATEUR_MIN)


def least_observed(effectif: int) -> int:
    """How many of a cohort must have lived a month for it to be shown: a quarter of them or 50, and 20 in any case.

    A curve needs 50 people (R5); where fewer are left, nearly every band of it would be masked.
    """
    return max(DENOMINATEUR_MIN, min(COURBE_MIN, effectif // 4))


def months_shown(level: Niveau, *, dernier: int) -> list[int]:
    """The months since entry that a level shows, `dernier` included."""
    if level is Niveau.EFFECTIF:
        return []
    if level is Niveau.HORIZONS:
        return [mois for mois in HORIZONS if mois <= dernier]
    return list(range(0, dernier + 1, 1 if level is Niveau.MENSUEL else 3))


def half_months(somme: float, *, effectif: int, contributeurs: int, plus_grand: float) -> int | None:
    """R7: the mean per person in half-months; None when too few contribute or one contributes nearly all.

    `somme` and `plus_grand` are months; `effectif` is the whole cohort, those who have none included.
    """
    if contributeurs < SEUIL or plus_grand > PART_MAX_D_UN_SEUL * somme:
        return None
    return nearest(2 * somme / effectif) or None


def share(cell: Cellule | None, effectif: int) -> int | None:
    """The whole percentage of a shown number among a shown headcount, 1 to 99; None when neither may be said."""
    if cell is None or cell.marque is not Marque.NOMBRE or effectif < DENOMINATEUR_MIN:
        return None
    return percent(cell.valeur / effectif)


def percent(part: float) -> int:
    """A share of rounded numbers, 0 to 1, as a whole percentage: never 0 nor 100."""
    return min(99, max(1, round(100 * part)))


def drawn(cell: Cellule | None, effectif: int) -> int:
    """How many people a cell is drawn as, from rounded numbers: those of “≥ x %” are x % of the shown headcount."""
    if cell is None:
        return 0
    return cell.valeur if cell.marque is Marque.NOMBRE else effectif * cell.valeur // 100
