"""Life-course statistics, exact and unprotected (cohortes.md §1 and §2): counts of spells in, tables out.

Nothing here names a person, and nothing here may be published: only the data controller reads these, through the
command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.cohortes.rules_denombrement import (
    Denombrement,
    Duree,
    Entropie,
    Repartition,
    Sejour,
    Transition,
    aalen_johansen,
    durees_of,
    entropies_of,
    from_sejours,
    naive,
    repartition_of,
    transitions_of,
)


class Estimateur(StrEnum):
    """How the share of a situation is told: among those still observed, or for everybody."""

    BRUT = "brut"
    AALEN_JOHANSEN = "aalen-johansen"


ESTIMATEURS: dict[Estimateur, Callable[[Denombrement], NDArray[np.float64]]] = {
    Estimateur.BRUT: naive,
    Estimateur.AALEN_JOHANSEN: aalen_johansen,
}


def repartition(sejours: Iterable[Sejour], estimateur: Estimateur = Estimateur.BRUT) -> list[Repartition]:
    """The chronogramme; see `repartition_of`."""
    nombres = from_sejours(sejours)
    return repartition_of(nombres, ESTIMATEURS[estimateur](nombres))


def entropies(sejours: Iterable[Sejour], estimateur: Estimateur = Estimateur.BRUT) -> list[Entropie]:
    """How spread the chronogramme is; see `entropies_of`."""
    nombres = from_sejours(sejours)
    return entropies_of(nombres, ESTIMATEURS[estimateur](nombres))


def transitions(sejours: Iterable[Sejour]) -> list[Transition]:
    """See `transitions_of`."""
    return transitions_of(from_sejours(sejours))


def durees(sejours: Iterable[Sejour]) -> list[Duree]:
    """See `durees_of`."""
    return durees_of(from_sejours(sejours))
