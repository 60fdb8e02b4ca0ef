"""Life-course tables from aggregate counts alone (cohortes.md §1 and §2): how many, in which situation, which month.

Months are counted from entry: month 0 is the month of `ouvert_le`. Everybody is observed from month 0 without a gap,
some for longer than others. Arrays have their situations in the order of `SITUATIONS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.parcours.vocabulaire import Situation

SITUATIONS: tuple[Situation, ...] = tuple(Situation)
RANG: dict[Situation, int] = {situation: rang for rang, situation in enumerate(SITUATIONS)}
SANS_PRECEDENTE = -1
LOT = 1 << 17


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
class Repartition:
    """One situation, one month: `part` is of those observed that month, or an estimate of everybody's share."""

    mois: int
    situation: Situation
    effectif: int
    part: float


@dataclass(frozen=True, slots=True)
class Entropie:
    """How spread the situations of a month are, in nats: 0 when all are in one. `normee` is of the most it can be."""

    mois: int
    observes: int
    entropie: float
    normee: float


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


@dataclass(frozen=True, slots=True, eq=False)
class Denombrement:
    """What every month-by-month table is made of, in people. T is the longest observation, S = len(SITUATIONS).

    `presents` [T, S]: in each situation, each month since entry, among those observed that month.
    `passages` [T, S, S]: [t, i, j] were in i at t - 1 and are in j at t, staying included; [0] is zero.
    """

    presents: NDArray[np.int64]
    passages: NDArray[np.int64]

    @property
    def observes(self) -> NDArray[np.int64]:
        """People observed each month, [T]."""
        return self.presents.sum(axis=1)


def denombrer(
    debut: ArrayLike,
    fin: ArrayLike,
    situation: ArrayLike,
    precedente: ArrayLike,
    effectif: ArrayLike | None = None,
) -> Denombrement:
    """From columns of integers of equal length, one row a spell of one person, or of `effectif` people alike.

    `debut` and `fin` (excluded, after `debut`) are months since entry, `situation` and `precedente` indexes into
    SITUATIONS, `precedente` SANS_PRECEDENTE in the first spell. Raises ValueError on an empty spell: one that the end
    of observation cuts to nothing is to be left out, or it would count as an arrival.
    """
    debut, fin = np.asarray(debut), np.asarray(fin)
    if not (fin > debut).all():
        raise ValueError("a spell lasts at least a month")
    poids = None if effectif is None else np.asarray(effectif)
    horizon, nombre = int(fin.max(initial=0)), len(SITUATIONS)
    arrivees = np.zeros((horizon + 1, nombre + 1, nombre), dtype=np.int64)
    departs = np.zeros((horizon + 1, nombre), dtype=np.int64)
    situation, precedente = np.asarray(situation), np.asarray(precedente)
    # by lots that stay in the cache: three times faster than in one piece
    for lot in (slice(start, start + LOT) for start in range(0, len(debut), LOT)):
        du_lot = None if poids is None else poids[lot]
        venues = debut[lot].astype(np.int32) * (nombre + 1) + precedente[lot] + 1
        arrivees += _counted(venues * nombre + situation[lot], du_lot, arrivees.shape)
        departs += _counted(fin[lot].astype(np.int32) * nombre + situation[lot], du_lot, departs.shape)
    presents = np.cumsum(arrivees.sum(axis=1) - departs, axis=0)[:horizon]
    passages = arrivees[:horizon, 1:, :].copy()
    # who is there and did not arrive that month has stayed
    restes = presents - arrivees.sum(axis=1)[:horizon]
    passages[:, range(nombre), range(nombre)] += restes
    passages[:1] = 0
    return Denombrement(presents, passages)


def _counted(rangs: NDArray[np.intp], effectif: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """How many at each place of an array of that shape. Counts are whole numbers below 2^53, exact as doubles."""
    counts = np.bincount(rangs, weights=effectif, minlength=int(np.prod(shape)))
    return counts.astype(np.int64, copy=False).reshape(shape)


def from_sejours(sejours: Iterable[Sejour]) -> Denombrement:
    """The same from counted spells."""
    rows = [
        (
            sejour.debut,
            sejour.fin,
            RANG[sejour.situation],
            SANS_PRECEDENTE if sejour.precedente is None else RANG[sejour.precedente],
            sejour.effectif,
        )
        for sejour in sejours
    ]
    return denombrer(*np.array(rows, dtype=np.int64).reshape(-1, 5).T)


def naive(nombres: Denombrement) -> NDArray[np.float64]:
    """[T, S]: the share among those still observed. It drifts when those who are followed longest differ in entry."""
    return nombres.presents / nombres.observes[:, np.newaxis]


def aalen_johansen(nombres: Denombrement) -> NDArray[np.float64]:
    """[T, S]: the probability of each situation each month, under right-censoring independent of the journey.

    The product of the monthly transition matrices applied to the situations of entry (Aalen and Johansen, Scand. J.
    Statist. 5, 1978, 141-150; Andersen et al., Statistical Models Based on Counting Processes, 1993, §IV.4). At risk
    in i at t: those seen in i at t - 1 who are still observed at t. Where nobody is, what was in i stays there, as a
    Kaplan-Meier curve stays flat. It is the naive share when nobody is censored.
    """
    parts = np.zeros(nombres.presents.shape)
    if not len(parts):
        return parts
    parts[0] = nombres.presents[0] / nombres.presents[0].sum()
    a_risque = nombres.passages.sum(axis=2, keepdims=True)
    matrices = np.where(a_risque > 0, nombres.passages / np.maximum(a_risque, 1), np.eye(len(SITUATIONS)))
    for mois in range(1, len(parts)):
        parts[mois] = parts[mois - 1] @ matrices[mois]
    return parts


def repartition_of(nombres: Denombrement, parts: NDArray[np.float64]) -> list[Repartition]:
    """A row for each month that somebody is observed and each situation met anywhere, zeros included.

    `parts` is one of the two estimates above.
    """
    rencontrees = np.flatnonzero(nombres.presents.any(axis=0))
    return [
        Repartition(mois, SITUATIONS[rang], int(nombres.presents[mois, rang]), float(parts[mois, rang]))
        for mois in range(len(nombres.presents))
        for rang in rencontrees
    ]


def entropies_of(nombres: Denombrement, parts: NDArray[np.float64]) -> list[Entropie]:
    """Shannon's entropy of each month, a row for every month that somebody is observed.

    `normee` divides by the logarithm of how many situations are met anywhere, as the transversal entropy of TraMineR
    (`seqstatd`) does with its alphabet; it is 0 where there is only one.
    """
    logarithmes = np.log(parts, out=np.zeros_like(parts), where=parts > 0)
    entropies = 0.0 - (parts * logarithmes).sum(axis=1)
    maximum = np.log(max(np.count_nonzero(nombres.presents.any(axis=0)), 1))
    return [
        Entropie(mois, int(observes), float(entropie), float(entropie / maximum) if maximum else 0.0)
        for mois, (observes, entropie) in enumerate(zip(nombres.observes, entropies, strict=True))
    ]


def transitions_of(nombres: Denombrement) -> list[Transition]:
    """Month to month, in the order of the vocabulary; a pair that never happened has no row."""
    effectifs = nombres.passages.sum(axis=0)
    departs = effectifs.sum(axis=1)
    return [
        Transition(SITUATIONS[de], SITUATIONS[vers], int(effectifs[de, vers]), float(effectifs[de, vers] / departs[de]))
        for de, vers in np.argwhere(effectifs)
    ]


def durees_of(nombres: Denombrement) -> list[Duree]:
    """Person-months over people: those who never were in a situation count as zero months of it."""
    if not len(nombres.presents):
        return []
    mois = nombres.presents.sum(axis=0)
    personnes = nombres.presents[0].sum()
    return [Duree(SITUATIONS[rang], float(mois[rang] / personnes)) for rang in np.flatnonzero(mois)]
