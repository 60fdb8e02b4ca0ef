"""What a vintage knows of everybody, in arrays: people in the order of their atoms, their months cut where all the atom
is observed. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.cohortes.rules_treillis import observed_months

T = TypeVar("T")
Ints = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]
Lignes = slice | NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Personnes:
    """One value a person whose file is still there, in the order of atoms.

    `atome`: index of theirs. `motif`: index in tuple(MotifSortie) of the closing under which they are on the last day
    of the vintage, -1 when open. `plie`: came in by a PLIE; `qualifie`: validated a qualification since. `premiere`:
    completed months from entry to the first step, -1 without one. `ecart`: mean days between the days of two contacts
    réussis, nan under two. `ouvert`, `arrete`: today, the day of the freeze.
    """

    atome: Ints
    motif: Ints
    plie: Mask
    qualifie: Mask
    premiere: Ints
    ecart: NDArray[np.floating[Any]]
    ouvert: Mask
    arrete: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Sejours:
    """One value a spell, in the order of people, then of months: as `rules_denombrement.denombrer` reads them.

    `personne`: index of whose. The spells of a person follow each other from month 0 to the end of observation.
    """

    personne: Ints
    situation: Ints
    precedente: Ints
    debut: Ints
    fin: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Everybody of the quarters closed up to `millesime`. `ids`, `trimestre` and `effectif` are those of atoms."""

    millesime: int
    ids: Ints
    trimestre: Ints
    effectif: Ints
    personnes: Personnes
    sejours: Sejours
    _faits: dict[object, Any] = field(default_factory=dict)

    @property
    def horizon(self) -> Ints:
        """The last month observed of each atom."""
        return observed_months(self.trimestre, self.millesime)

    def once(self, fait: Callable[..., T], *args: object) -> T:
        """`fait(self, *args)`, computed the first time that it is asked for."""
        cle = (fait.__name__, *args)
        if cle not in self._faits:
            self._faits[cle] = fait(self, *args)
        return self._faits[cle]

    def personnes_de(self, atomes: Mask) -> Lignes:
        """Where the people of these atoms are."""
        return _rows(self.once(_bounds_of_people), atomes)

    def sejours_de(self, atomes: Mask) -> Lignes:
        """Where their spells are."""
        return _rows(self.once(_bounds_of_spells), atomes)

    def effaces(self, atomes: Mask) -> Ints:
        """How many people of each of these atoms are not there any more."""
        return (self.effectif - np.diff(self.once(_bounds_of_people)))[atomes]


def _bounds_of_people(obs: Observations) -> Ints:
    return np.searchsorted(obs.personnes.atome, np.arange(len(obs.effectif) + 1))


def _bounds_of_spells(obs: Observations) -> Ints:
    return np.searchsorted(obs.sejours.personne, obs.once(_bounds_of_people))


def _rows(bounds: Ints, atomes: Mask) -> Lignes:
    """All rows as a slice, which copies nothing."""
    return slice(None) if atomes.all() else within(bounds[:-1][atomes], bounds[1:][atomes])


def within(debuts: Ints, fins: Ints) -> NDArray[np.intp]:
    """The indexes of the ranges [debut, fin), one range after the other."""
    longueurs = fins - debuts
    ends = np.cumsum(longueurs)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(debuts - (ends - longueurs), longueurs)
