"""How long until…, from the published numbers alone: the share reached, its band, the median.

The ledger holds, at each published month, the rounded number who have reached (Kaplan-Meier share × N) and the
rounded number still waiting and observed. Nothing else is needed: with S_j = 1 - reached_j / N and
q_j = S_j / S_(j-1), Greenwood's increment of var(log S) over the interval is (1 - q_j) / (q_j · r_j), where r_j is how
many were waiting when it began. The 95 % band is log-log (`rules_survie.band`). Grouping several months in one
interval, and rounding, move the band a little; no exact count can be read back from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.cohortes.rules_survie import band


@dataclass(frozen=True, slots=True)
class Palier:
    """From `mois` on, this share has reached, between `bas` and `haut` at 95 %.

    `bas` and `haut` are None where too few still wait for a band to mean anything.
    """

    mois: int
    part: float
    bas: float | None
    haut: float | None


@dataclass(frozen=True, slots=True)
class Mediane:
    """The first published month at which half have reached, and the 95 % interval of that month.

    None: not by the last published month.
    """

    mois: int | None
    au_plus_tot: int | None
    au_plus_tard: int | None


def paliers(
    effectif: int, mois: Sequence[int], atteint: Sequence[int | None], attendent: Sequence[int | None]
) -> list[Palier]:
    """The curve at every month whose number is shown; the first months, “< 11”, have none.

    Rounded numbers may step back by chance: the curve stays level then. Raises ValueError when `effectif` is not
    positive or the three lists differ in length.
    """
    if effectif <= 0:
        raise ValueError("nobody to count")
    resultat: list[Palier] = []
    reste, variance = 1.0, 0.0
    a_risque: int | None = effectif
    for mois_j, nombre, encore in zip(mois, atteint, attendent, strict=True):
        if nombre is not None:
            suivant = min(reste, 1 - min(nombre, effectif) / effectif)
            variance += _increment(suivant / reste if reste else 1.0, a_risque)
            reste = suivant
            resultat.append(_palier(mois_j, reste, variance))
        a_risque = encore
    return resultat


def _increment(q: float, a_risque: int | None) -> float:
    if q >= 1:
        return 0.0
    return (1 - q) / (q * a_risque) if q > 0 and a_risque else math.inf


def _palier(mois: int, reste: float, variance: float) -> Palier:
    if not math.isfinite(variance):
        return Palier(mois, 1 - reste, None, None)
    bas, haut = band(reste, reste * math.sqrt(variance))
    return Palier(mois, 1 - reste, 1 - haut, 1 - bas)


def mediane(courbe: Sequence[Palier]) -> Mediane:
    """The median and its interval (Brookmeyer and Crowley: where the band crosses one half)."""

    def first(valeur: str) -> int | None:
        return next((p.mois for p in courbe if (v := getattr(p, valeur)) is not None and v >= 0.5), None)

    return Mediane(first("part"), first("haut"), first("bas"))
