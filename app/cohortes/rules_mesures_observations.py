"""What a vintage knows of everybody, in arrays: people in the order of their atoms, their months cut where all the atom
is observed. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
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
    _horizon: Ints | None = None
    _faits: dict[object, Any] = field(default_factory=dict)

    @property
    def horizon(self) -> Ints:
        """The last month observed of each atom."""
        return observed_months(self.trimestre, self.millesime) if self._horizon is None else self._horizon

    def cut(self, atomes: Mask, horizon: Ints) -> Observations:
        """The people of these atoms alone, their months cut after `horizon` (one an atom of all, never later)."""
        where, rows = (np.arange(n)[s] for n, s in self._sizes(atomes))
        places = np.cumsum(atomes) - 1
        personnes, sejours = self.personnes, self.sejours
        last = horizon[personnes.atome]
        kept = rows[sejours.debut[rows] <= last[sejours.personne[rows]]]
        who = np.zeros(len(personnes.atome), dtype=np.int32)
        who[where] = np.arange(len(where))
        return Observations(
            self.millesime, self.ids[atomes], self.trimestre[atomes], self.effectif[atomes],
            Personnes(
                places[personnes.atome[where]],
                *(getattr(personnes, one.name)[where] for one in fields(Personnes) if one.name != "atome"),
            ),
            Sejours(
                who[sejours.personne[kept]], sejours.situation[kept], sejours.precedente[kept], sejours.debut[kept],
                np.minimum(sejours.fin[kept], last[sejours.personne[kept]] + 1),
            ),
            horizon[atomes],
        )  # fmt: skip

    def _sizes(self, atomes: Mask) -> tuple[tuple[int, Lignes], tuple[int, Lignes]]:
        people, spells = len(self.personnes.atome), len(self.sejours.personne)
        return (people, self.personnes_de(atomes)), (spells, self.sejours_de(atomes))

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
