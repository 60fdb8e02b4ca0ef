"""What can be computed from totals over known sets of people, by methods that owe nothing to the gate.

A set is a row of 0 and 1 over people. Who is in exactly the same sets is one class. A reader of exact totals learns
the row space of these rows and nothing else: a class is exposed when its indicator lies in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.cohortes.rules_cellules import SEUIL

Mask = NDArray[np.bool_]
TOLERANCE = 1e-6
NUL = 1e-6  # of eigenvalues, whose least that is not zero is far above


@dataclass(frozen=True, eq=False)
class Classes:
    """`incidence` [sets, classes] of the distinct sets; `tailles` [classes]; `rangs` [people], -1 in no set at all."""

    incidence: NDArray[np.float64]
    tailles: NDArray[np.int64]
    rangs: NDArray[np.int64]


def classes_of(sets: Iterable[Mask]) -> Classes:
    """Gather people by the sets that hold them; empty sets and repeated ones say nothing more."""
    rows = np.unique(np.array([row for row in sets if row.any()], bool), axis=0)
    columns, rangs, tailles = np.unique(rows, axis=1, return_inverse=True, return_counts=True)
    rangs, inside = rangs.reshape(-1), columns.any(axis=0)
    renamed = np.cumsum(inside) - 1
    return Classes(columns[:, inside].astype(float), tailles[inside], np.where(inside[rangs], renamed[rangs], -1))


def basis(classes: Classes) -> NDArray[np.float64]:
    """[classes, rank]: an orthonormal basis of the row space, by eigenvectors. Raises ArithmeticError when the rank is
    in doubt."""
    values, vectors = np.linalg.eigh(classes.incidence.T @ classes.incidence)
    if ((values > NUL) & (values < 1_000 * NUL)).any():
        raise ArithmeticError("no gap between what is zero and what is not")
    return vectors[:, values > NUL]


def exposed(classes: Classes) -> NDArray[np.int64]:
    """The classes of fewer than 11 people whose total can be computed: nothing of their indicator is left outside."""
    outside = 1 - (basis(classes) ** 2).sum(axis=1)
    return np.flatnonzero((outside < TOLERANCE) & (classes.tailles < SEUIL))


def exposed_groups(classes: Classes, size: int) -> list[tuple[int, ...]]:
    """The groups of `size` classes, together fewer than 11 people, whose total can be computed; none of whose parts
    can, nor are they compared further than by what they leave outside of the row space."""
    residues = np.eye(len(classes.tailles)) - (found := basis(classes)) @ found.T
    small = [int(rang) for rang in np.flatnonzero((classes.tailles < SEUIL) & (np.diag(residues) > TOLERANCE))]
    near: dict[tuple[float, ...], list[int]] = defaultdict(list)
    # what is left of a group is zero: seen along two random directions, most groups need not be looked at
    seen = residues @ np.random.default_rng(7).normal(size=(len(residues), 2))
    if size == 2:
        for rang in small:
            near[tuple(np.round(np.abs(seen[rang]), 6))].append(rang)
        candidates: Iterator[tuple[int, ...]] = (pair for group in near.values() for pair in combinations(group, 2))
    else:
        candidates = _triples(small, seen)
    return [
        group
        for group in candidates
        if classes.tailles[list(group)].sum() < SEUIL and np.abs(residues[list(group)].sum(axis=0)).max() < TOLERANCE
    ]


def _triples(small: Sequence[int], seen: NDArray[np.float64]) -> Iterator[tuple[int, ...]]:
    """The triples whose first traces add up to zero."""
    ordered = np.array(sorted(small, key=lambda rang: seen[rang, 0]), dtype=np.int64)
    traces = seen[ordered, 0]
    for place, one in enumerate(ordered):
        wanted = -(traces[place] + traces)
        left, right = (np.searchsorted(traces, wanted + side * TOLERANCE) for side in (-1, 1))
        for other in np.flatnonzero((right > left) & (np.arange(len(traces)) > place)):
            for third in range(max(left[other], other + 1), right[other]):
                yield int(one), int(ordered[other]), int(ordered[third])


def small_differences(sets: Sequence[Mask]) -> Iterator[tuple[int, int, Mask]]:
    """(larger, smaller, who is in one and not in the other) of every nested pair that differ by 1 to 10 people."""
    rows = np.array(sets, np.float32)
    sizes = rows.sum(axis=1)
    common = rows @ rows.T
    nested = (common == sizes[np.newaxis, :]) & (sizes[:, np.newaxis] > sizes[np.newaxis, :])
    close = sizes[:, np.newaxis] - sizes[np.newaxis, :] < SEUIL
    for larger, smaller in np.argwhere(nested & close):
        yield int(larger), int(smaller), sets[larger] & ~sets[smaller]


def isolated(differences: Iterable[Mask], taille: int) -> Mask:
    """[people]: who is among the 1 to 10 of some difference."""
    found = np.zeros(taille, bool)
    for reste in differences:
        found |= reste
    return found
