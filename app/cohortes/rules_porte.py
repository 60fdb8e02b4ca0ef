"""The gate of the ledger (cohortes.md, R4): what may be published beside all that was, judged on membership alone.

People who came in alike are one *class*; a published set is a set of classes. Everything published is a linear
statement about classes, so a reader learns exactly the *row space* of the published sets: a class, or two, can be
computed by adding and subtracting if and only if its indicator lies in it. It does not when two worlds publish the
same totals and differ on that class: the gate keeps three such differences at random, vectors orthogonal to every
published set, and a class that all three leave at zero is exposed.

Arithmetic is modulo the prime P, so nothing is rounded. A class that is declared safe could only be computed by a
combination whose coefficients have a denominator divisible by P. One that is declared exposed is, but for one chance
in P**3; it is then refused for nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.cohortes.rules_cellules import SEUIL
from app.cohortes.vocabulaire import Raison

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

P = 2**24 - 3
TEMOINS = 3
_GRAINE = 11_2030
_MOITIE = 2**12


class MauvaisTirage(ArithmeticError):
    """The weights see an independent set as a dependent one."""


class Porte:
    """The sets already published, and whether one more would say too much.

    `effectifs` is how many people each class holds. A set is a mask over the classes. `tirage` numbers the draw of the
    weights: one in sixteen million is of no use for a set, which raises MauvaisTirage, and another is needed.
    """

    def __init__(self, effectifs: Ints, *, tirage: int = 0) -> None:
        self._n = np.asarray(effectifs, dtype=np.int64)
        chance = np.random.default_rng(_GRAINE + tirage)
        # the weights of a scalar product in which the published sets are made orthogonal
        self._poids = chance.integers(1, P, len(self._n))
        self._temoins = chance.integers(0, P, (TEMOINS, len(self._n)))
        self._sets = _Sets()
        self._tailles: list[int] = []
        self._independants = _Sets()
        self._produits = _Produits()
        # who is in exactly the same published sets has the same signature
        self._signature = np.zeros(len(self._n), dtype=np.int64)

    def examine(self, membres: Mask) -> Raison | None:
        """Why this set may not be published; None when it may. Nothing changes."""
        taille = int(self._n[membres].sum())
        if taille < SEUIL:
            return Raison.EFFECTIF
        if self._near(membres, taille):
            return Raison.PROCHE
        return self._exposed(self._refined(membres), self._step(membres)[0])

    def admit(self, membres: Mask) -> None:
        """This set is published."""
        temoins, carre, produits = self._step(membres)
        self._temoins = temoins
        self._signature = self._refined(membres)
        if carre:
            self._produits.add(produits, carre)
            self._independants.add(membres)
        self._sets.add(membres)
        self._tailles.append(int(self._n[membres].sum()))

    def _near(self, membres: Mask, taille: int) -> bool:
        """Whether a published set holds this one, or is held by it, but for 1 to 10 people."""
        tailles = np.array(self._tailles, dtype=np.int64)
        communs = self._sets.sums(np.where(membres, self._n, 0))
        emboites = communs == np.minimum(tailles, taille)
        ecarts = np.abs(tailles - taille)
        return bool((emboites & (ecarts > 0) & (ecarts < SEUIL)).any())

    def _step(self, membres: Mask) -> tuple[Ints, int, Ints]:
        """The witnesses once they leave this set unchanged too; the square of what it adds to the row space, 0 when
        it adds nothing; its coordinates on the independent sets. Raises MauvaisTirage.
        """
        pese = np.where(membres, self._poids, 0)
        produits = self._produits.solve(self._independants.sums(pese) % P)
        projete = self._independants.spread(produits, len(self._n)) % P
        direction = (pese - self._poids * projete) % P
        carre = int(direction[membres].sum() % P)
        restes = self._temoins[:, membres].sum(axis=1) % P
        if carre:
            facteurs = restes * pow(carre, -1, P) % P
            return (self._temoins - facteurs[:, None] * direction) % P, carre, produits
        if restes.any():
            raise MauvaisTirage
        return self._temoins, carre, produits

    def _refined(self, membres: Mask) -> Ints:
        return np.unique(self._signature * 2 + membres, return_inverse=True)[1].astype(np.int64)

    def _exposed(self, signature: Ints, temoins: Ints) -> Raison | None:
        """Whether a class of fewer than 11 people, or two that together are, can be computed."""
        tailles = np.bincount(signature, weights=self._n).astype(np.int64)
        # sums of whole numbers below 2**53 are exact in floating point
        sommes = np.array([np.bincount(signature, weights=temoin) for temoin in temoins]).astype(np.int64) % P
        petites = tailles < SEUIL
        tailles, sommes = tailles[petites], sommes[:, petites]
        if (sommes == 0).all(axis=0).any():
            return Raison.DEDUCTION
        return Raison.PAIRE if _opposite(tailles, sommes) else None


class _Produits:
    """The scalar products of the independent sets, ready to be solved: their inverse, as a sum of squares.

    One more set adds one square (bordering): row i holds its coordinates on those before it, then -1; `_carres` the
    inverse of its square. Numbers stay under 2**24, halves under 2**12: sums of their products are exact in floating
    point, where matrices are fast.
    """

    def __init__(self) -> None:
        self._rows = np.zeros((64, 64))
        self._carres = np.zeros(0, dtype=np.int64)

    def add(self, produits: Ints, carre: int) -> None:
        m = len(self._carres)
        if m == len(self._rows):
            grown = np.zeros((2 * m, 2 * m))
            grown[:m, :m] = self._rows
            self._rows = grown
        self._rows[m, :m], self._rows[m, m] = produits, P - 1
        self._carres = np.append(self._carres, pow(carre, -1, P))

    def solve(self, values: Ints) -> Ints:
        """The coordinates of a set whose products with the independent ones are `values`."""
        m = len(self._carres)
        rows = self._rows[:m, :m]
        return _product(rows.T, _product(rows, values) * self._carres % P)


def _product(matrix: NDArray[np.float64], vector: Ints) -> Ints:
    """Modulo P, exactly, of a matrix and a vector of numbers under P."""
    halves = np.stack(np.divmod(vector, _MOITIE), axis=1).astype(np.float64)
    haut, bas = (matrix @ halves).astype(np.int64).T % P
    return (haut * _MOITIE + bas) % P


class _Sets:
    """Sets of classes, one after the other in one array: sums over all of them in one pass."""

    def __init__(self) -> None:
        self._rows: list[Ints] = []
        self._flat: Ints | None = None
        self._lengths = np.zeros(0, dtype=np.int64)

    def add(self, membres: Mask) -> None:
        self._rows.append(np.flatnonzero(membres))
        self._flat = None

    def sums(self, values: Ints) -> Ints:
        """For each set, the sum of `values` over its classes."""
        flat = self._together()
        if not self._rows:
            return np.zeros(0, dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(self._lengths)[:-1]])
        return np.add.reduceat(values[flat], starts)

    def spread(self, values: Ints, classes: int) -> Ints:
        """For each class, the sum of `values` over the sets that hold it."""
        flat = self._together()
        return np.bincount(flat, weights=np.repeat(values, self._lengths), minlength=classes).astype(np.int64)

    def _together(self) -> Ints:
        if self._flat is None:
            self._flat = np.concatenate([np.zeros(0, dtype=np.int64), *self._rows])
            self._lengths = np.array([len(row) for row in self._rows], dtype=np.int64)
        return self._flat


def _opposite(tailles: Ints, sommes: Ints) -> bool:
    """Whether two classes of fewer than 11 people together have witnesses that cancel out."""
    if len(tailles) < 2:
        return False
    cles = sommes[0] * P + sommes[1]
    opposees = -sommes[0] % P * P + -sommes[1] % P
    ordre = np.argsort(cles, kind="stable")
    rangees = cles[ordre]
    gauche, droite = np.searchsorted(rangees, opposees, "left"), np.searchsorted(rangees, opposees, "right")
    for un in np.flatnonzero(droite > gauche):
        for autre in ordre[gauche[un] : droite[un]]:
            cancels = not ((sommes[:, un] + sommes[:, autre]) % P).any()
            if autre != un and cancels and tailles[un] + tailles[autre] < SEUIL:
                return True
    return False
