"""Life-course statistics, exact and unprotected (cohortes.md §1 and §2): counts of spells in, tables out.

Months are counted from entry: month 0 is the month of `ouvert_le`. Nothing here names a person, and nothing here
may be published: only the data controller reads these, through the command line.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from app.parcours.vocabulaire import Situation


@dataclass(frozen=True, slots=True)
class Sejour:
    """`effectif` people are in `situation` from month `debut` to month `fin` excluded, all of them observed.

    They were in `precedente` the month before, or came in (None).
    """

    precedente: Situation | None
    situation: Situation
    debut: int
    fin: int
    effectif: int


@dataclass(frozen=True, slots=True)
class Attente:
    """`effectif` people reached what is awaited at month `mois`, or had not when it was the end of their months."""

    mois: int
    atteinte: bool
    effectif: int


@dataclass(frozen=True, slots=True)
class Repartition:
    """One situation, one month: `part` is of those observed that month."""

    mois: int
    situation: Situation
    effectif: int
    part: float


@dataclass(frozen=True, slots=True)
class Transition:
    """From one month to the next, staying included: `taux` is of all departures from `de`."""

    de: Situation
    vers: Situation
    effectif: int
    taux: float


@dataclass(frozen=True, slots=True)
class Duree:
    """Months in a situation, over all the people of the cohort."""

    situation: Situation
    mois_moyens: float


@dataclass(frozen=True, slots=True)
class Survie:
    """Those who still wait after `mois`: `survie` is the product-limit estimate, `erreur_type` Greenwood's."""

    mois: int
    a_risque: int
    evenements: int
    survie: float
    erreur_type: float


def repartition(sejours: Iterable[Sejour]) -> list[Repartition]:
    """A row for each month that somebody is observed and each situation met anywhere, zeros included."""
    sejours = list(sejours)
    horizon = max((sejour.fin for sejour in sejours), default=0)
    pas: dict[Situation, list[int]] = {}
    for sejour in sejours:
        marche = pas.setdefault(sejour.situation, [0] * (horizon + 1))
        marche[sejour.debut] += sejour.effectif
        marche[sejour.fin] -= sejour.effectif
    effectifs = {situation: list(accumulate(pas[situation])) for situation in Situation if situation in pas}
    rows = []
    for mois in range(horizon):
        observes = sum(par_mois[mois] for par_mois in effectifs.values())
        rows += [
            Repartition(mois, situation, par_mois[mois], par_mois[mois] / observes)
            for situation, par_mois in effectifs.items()
        ]
    return rows


def transitions(sejours: Iterable[Sejour]) -> list[Transition]:
    """Month to month, in the order of the vocabulary; a pair that never happened has no row."""
    effectifs: Counter[tuple[Situation, Situation]] = Counter()
    for sejour in sejours:
        effectifs[sejour.situation, sejour.situation] += (sejour.fin - sejour.debut - 1) * sejour.effectif
        if sejour.precedente is not None:
            effectifs[sejour.precedente, sejour.situation] += sejour.effectif
    departs: Counter[Situation] = Counter()
    for (de, _), effectif in effectifs.items():
        departs[de] += effectif
    return [
        Transition(de, vers, effectif, effectif / departs[de])
        for de in Situation
        for vers in Situation
        if (effectif := effectifs[de, vers])
    ]


def durees(sejours: Iterable[Sejour]) -> list[Duree]:
    """Person-months over people: those who never were in a situation count as zero months of it."""
    mois: Counter[Situation] = Counter()
    personnes = 0
    for sejour in sejours:
        mois[sejour.situation] += (sejour.fin - sejour.debut) * sejour.effectif
        personnes += sejour.effectif if sejour.debut == 0 else 0
    return [Duree(situation, mois[situation] / personnes) for situation in Situation if situation in mois]


def delai(attentes: Iterable[Attente]) -> list[Survie]:
    """Kaplan-Meier, a row for every month from 0 to the longest wait.

    Who is censored at a month is still at risk in it, as everywhere. Where nobody is left waiting the
    standard error is 0, the value that Greenwood's formula tends to (the formula itself says 0 × ∞).
    """
    evenements: Counter[int] = Counter()
    sorties: Counter[int] = Counter()
    for attente in attentes:
        sorties[attente.mois] += attente.effectif
        if attente.atteinte:
            evenements[attente.mois] += attente.effectif
    return list(_product_limit(evenements, sorties))


def _product_limit(evenements: Counter[int], sorties: Counter[int]) -> Iterator[Survie]:
    a_risque = sorties.total()
    survie, variance = 1.0, 0.0
    for mois in range(max(sorties, default=-1) + 1):
        restent = a_risque - evenements[mois]
        if evenements[mois]:
            survie *= restent / a_risque
            variance += evenements[mois] / (a_risque * restent) if restent else 0.0
        erreur_type = survie * math.sqrt(variance)
        yield Survie(mois, a_risque, evenements[mois], survie, erreur_type)
        a_risque -= sorties[mois]
