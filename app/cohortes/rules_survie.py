"""How long people wait for something: Kaplan-Meier from aggregate counts, with its errors and its band."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The 97.5 % quantile of the standard normal law, the double nearest to it (scipy.stats.norm.ppf(0.975), qnorm(0.975)
# in R; statistics.NormalDist().inv_cdf(0.975) is one unit in the last place away).
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Attente:
    """`effectif` people reached what is awaited at month `mois`, or had not when it was the end of their months."""

    mois: int
    atteinte: bool
    effectif: int


@dataclass(frozen=True, slots=True)
class Survie:
    """Those who still wait after `mois`: `survie` is the product-limit estimate, `erreur_type` Greenwood's.

    `bas` and `haut` bound the point at 95 %.
    """

    mois: int
    a_risque: int
    evenements: int
    survie: float
    erreur_type: float
    bas: float
    haut: float


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
        yield Survie(mois, a_risque, evenements[mois], survie, erreur_type, *band(survie, erreur_type))
        a_risque -= sorties[mois]


def band(survie: float, erreur_type: float) -> tuple[float, float]:
    """The 95 % interval on the scale log(-log S), which stays within 0 and 1: S^exp(±z·σ / (S·log S)).

    Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 1980; `conf.type = "log-log"` of R's
    `survfit`. The scale has no value where S is 1 or 0: the band is then the point itself.
    """
    if not 0 < survie < 1:
        return survie, survie
    ecart = Z_95 * erreur_type / (survie * math.log(survie))
    return survie ** math.exp(-ecart), survie ** math.exp(ecart)
