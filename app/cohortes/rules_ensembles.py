"""Sets of people as sets of atoms: who a cohort holds, and what is left of a published one without its published parts.

A set is (cle, trimestre): everybody of the cohort who came in up to that quarter. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.cohortes.filtres import Critere
from app.cohortes.rules_cellules import SEUIL
from app.cohortes.rules_porte import MauvaisTirage, Porte
from app.cohortes.rules_treillis import FILTRES_MAX, Cle, year_of
from app.cohortes.vocabulaire import Raison

T = TypeVar("T")
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lieu:
    """One atom: where and as what its people came in. `commune` is 0 without one; `age` is empty when unknown."""

    trimestre: int
    territoire: int
    commune: int
    sexe: str
    age: str
    structure: int


@dataclass(frozen=True, slots=True, eq=False)
class Atomes:
    """The frozen atoms in columns, one value each an atom; `effectif` is how many came in."""

    lieux: Sequence[Lieu]
    effectif: Ints
    _colonnes: dict[str, NDArray] = field(default_factory=dict)

    def mask(self, cle: Cle, trimestre: int) -> Mask:
        """The atoms of a cohort, up to a quarter."""
        found = self._colonne("trimestre") <= trimestre
        for critere, valeur in cle.filtres:
            found &= self._holds(critere, valeur)
        return found

    def size(self, membres: Mask) -> int:
        return int(self.effectif[membres].sum())

    def last_entry(self, membres: Mask) -> int:
        """The last quarter in which one of these people came in; 0 when there is nobody."""
        return int(self._colonne("trimestre")[membres].max(initial=0))

    def valeurs(self, trimestre: int) -> dict[Critere, list[str]]:
        """The values that the lattice has at that quarter. An unknown age is not one."""
        here = [lieu for lieu in self.lieux if lieu.trimestre <= trimestre]
        communes = {lieu.commune for lieu in here if lieu.commune}
        return {
            Critere.TERRITOIRE: _codes({lieu.territoire for lieu in here} | communes),
            Critere.SEXE: _codes({lieu.sexe for lieu in here}),
            Critere.AGE: _codes({lieu.age for lieu in here if lieu.age}),
            Critere.ENTREE: _codes({year_of(lieu.trimestre) for lieu in here}),
            Critere.STRUCTURE: _codes({lieu.structure for lieu in here}),
        }

    def classes(self, seuils: Iterable[int]) -> Ints:
        """The class of each atom: atoms that no set of the lattice cut at one of these quarters tells apart."""
        tranche = np.searchsorted(np.array(sorted(set(seuils)), dtype=np.int64), self._colonne("trimestre"))
        alike: dict[tuple[object, ...], int] = {}
        rows = zip(self.lieux, tranche.tolist(), strict=True)
        return np.array(
            [alike.setdefault(_alike(lieu, part), len(alike)) for lieu, part in rows], dtype=np.int64
        ).reshape(-1)

    def communes(self) -> dict[str, set[str]]:
        """Each territory that holds others, and those."""
        found: dict[str, set[str]] = defaultdict(set)
        for lieu in self.lieux:
            if lieu.commune:
                found[str(lieu.commune)].add(str(lieu.territoire))
        return found

    def _holds(self, critere: Critere, valeur: str) -> Mask:
        match critere:
            case Critere.TERRITOIRE:
                return (self._colonne("territoire") == int(valeur)) | (self._colonne("commune") == int(valeur))
            case Critere.STRUCTURE:
                return self._colonne("structure") == int(valeur)
            case Critere.ENTREE:
                return self._colonne("trimestre") // 4 == int(valeur)
            case _:
                return self._colonne(critere.value) == valeur

    def _colonne(self, nom: str) -> NDArray:
        if nom not in self._colonnes:
            self._colonnes[nom] = np.array([getattr(lieu, nom) for lieu in self.lieux])
        return self._colonnes[nom]


class Registre:
    """The sets that the ledger holds, and whether one more may join them: the whole of R4."""

    def __init__(self, atomes: Atomes, *, seuils: Iterable[int]) -> None:
        """`seuils` are all the quarters at which a set of this ledger is, or will be, cut."""
        self._atomes = atomes
        classes = atomes.classes(seuils)
        self._premiers = np.unique(classes, return_index=True)[1]
        self._effectifs = np.bincount(classes, weights=atomes.effectif).astype(np.int64)
        self._tirage = 0
        self._porte = Porte(self._effectifs)
        self._passes: list[tuple[Cle, int]] = []
        self._admis: set[tuple[Cle, int]] = set()
        # of each cohort, how many people each of its sets holds, by the last quarter in which one of them came in:
        # two sets of the same people are one, wherever they were cut
        self._tailles: dict[Cle, dict[int, int]] = {}
        self._valeurs: dict[Critere, set[str]] = defaultdict(set)
        self._communes = atomes.communes()

    def has(self, cle: Cle, trimestre: int) -> bool:
        return (cle, trimestre) in self._admis

    def holds(self, cle: Cle, trimestre: int) -> bool:
        """Whether exactly these people are published already, under this key."""
        return self._atomes.last_entry(self._atomes.mask(cle, trimestre)) in self._tailles.get(cle, {})

    def examine(self, cle: Cle, trimestre: int) -> Raison | None:
        """Why this set may not join; None when it may."""
        membres = self._atomes.mask(cle, trimestre)
        raison = self._ask(lambda porte: porte.examine(membres[self._premiers]))
        if raison is not None:
            return raison
        small = any(0 < reste < SEUIL for reste in self._rests(cle, membres))
        return Raison.RESTE if small else None

    def admit(self, cle: Cle, trimestre: int) -> None:
        membres = self._atomes.mask(cle, trimestre)
        if not self.holds(cle, trimestre):
            self._ask(lambda porte: porte.admit(membres[self._premiers]))
            self._passes.append((cle, trimestre))
        self._admis.add((cle, trimestre))
        self._tailles.setdefault(cle, {})[self._atomes.last_entry(membres)] = self._atomes.size(membres)
        for critere, valeur in cle.filtres:
            self._valeurs[critere].add(valeur)

    def _ask(self, question: Callable[[Porte], T]) -> T:
        """Put a question to the gate, drawing its weights again as long as they are of no use."""
        while True:
            try:
                return question(self._porte)
            except MauvaisTirage:
                self._draw_again()

    def _draw_again(self) -> None:
        self._tirage += 1
        self._porte = Porte(self._effectifs, tirage=self._tirage)
        for cle, trimestre in self._passes:
            membres = self._atomes.mask(cle, trimestre)[self._premiers]
            self._ask(lambda porte, membres=membres: porte.admit(membres))

    def _rests(self, cle: Cle, membres: Mask) -> Iterator[int]:
        """What would be left of each published set without its published parts, with this set among either."""
        here = {self._atomes.last_entry(membres): self._atomes.size(membres)}
        mine = {cle: {**self._tailles.get(cle, {}), **here}}
        for parent, sisters in self._families(cle):
            for q, whole in {**self._tailles.get(parent, {}), **mine.get(parent, {})}.items():
                parts = [mine.get(sister) or self._tailles.get(sister, {}) for sister in sisters]
                yield whole - sum(_largest(part, q) for part in parts)

    def _families(self, cle: Cle) -> Iterator[tuple[Cle, list[Cle]]]:
        """(a cohort, the cohorts that share it out along one criterion), wherever `cle` is one of them."""
        for parent, critere in cle.parents():
            yield from self._shared_out(parent, critere, cle)
        for critere in Critere:
            if len(cle.filtres) < FILTRES_MAX and cle.get(critere) is None:
                yield from self._shared_out(cle, critere, cle)
        territoire = cle.get(Critere.TERRITOIRE)
        for commune, inside in self._communes.items():
            if territoire == commune or territoire in inside:
                yield _with(cle, Critere.TERRITOIRE, commune), [_with(cle, Critere.TERRITOIRE, t) for t in inside]

    def _shared_out(self, parent: Cle, critere: Critere, cle: Cle) -> Iterator[tuple[Cle, list[Cle]]]:
        values = self._valeurs[critere] | {cle.get(critere)} - {None}
        if critere is not Critere.TERRITOIRE:
            yield parent, [_with(parent, critere, valeur) for valeur in values]
            return
        # a commune and what it holds are not two parts of one whole
        for kind in (values & self._communes.keys(), values - self._communes.keys()):
            yield parent, [_with(parent, critere, valeur) for valeur in kind]


def _with(cle: Cle, critere: Critere, valeur: str) -> Cle:
    return Cle.of({**dict(cle.filtres), critere: valeur})


def _largest(versions: Mapping[int, int], trimestre: int) -> int:
    """The last published version of a part of which everybody came in by then."""
    return max((n for q, n in versions.items() if q <= trimestre), default=0)


def _alike(lieu: Lieu, tranche: int) -> tuple[object, ...]:
    return (tranche, year_of(lieu.trimestre), lieu.territoire, lieu.commune, lieu.sexe, lieu.age, lieu.structure)


def _codes(values: Iterable[object]) -> list[str]:
    return [str(value) for value in sorted(values)]
