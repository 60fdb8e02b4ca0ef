"""Reconstruction by linear programming: find a town that says all that was published, and believe it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack, identity, vstack

from app.cohortes.rules_cellules import PAS, PLANCHER, SEUIL
from app.cohortes.vocabulaire import Bande, Marque, Mesure
from tests.adversaire.ensembles import Classes, Mask, classes_of
from tests.adversaire.lecture import Registre
from tests.adversaire.population import BANDES_RANG, DERNIER, PREMIER, Ville
from tests.adversaire.sans_protection import threshold

# What some cell of month 0 can say; the rest lies together in "autres".
DITES = (Bande.EMPLOI, Bande.SCOLARITE, Bande.DECROCHAGE, Bande.AUTRES)
BANDES = len(DITES)
SUR = 0.9  # the attacker is sure of somebody of whom the solution says that much


@dataclass(frozen=True, eq=False)
class Enonce:
    """How many of each set are in each band, as intervals. `sets` [M] rows of people, `bas` and `haut` [M, bands];
    a row of `vise` is what the attacker aims at, NaN where nothing is shown."""

    classes: Classes
    lignes: NDArray[np.float64]
    bas: NDArray[np.float64]
    haut: NDArray[np.float64]
    vise: NDArray[np.float64]


def vintages(ville: Ville) -> range:
    """Those the attacker solves together: all of a small town, one a year of a larger one."""
    return range(DERNIER, PREMIER - 1, -1 if ville.taille < 1_000 else -4)


def from_ledger(registre: Registre, *, millesimes: Collection[int]) -> Enonce:
    """Month 0 of the publications of these vintages: everybody has lived it, each cell is about all of its set."""
    sets, intervals = [], []
    for vu in registre.vus:
        if vu.mesure is Mesure.SITUATIONS and 0 in vu.mois and vu.millesime in millesimes:
            membres = registre.members(vu.cle, vu.trimestre)
            sets.append(membres)
            cells = [vu.cellules.get((0, bande.value)) for bande in DITES]
            intervals.append(_published(cells, int(membres.sum())))
    return _enonce(sets, intervals)


def from_counts(sets: Sequence[Mask], bandes: NDArray[np.int8]) -> Enonce:
    """The same sets with exact counts, nothing under 11."""
    intervals, lived = [], said(bandes)
    for membres in sets:
        counts = np.bincount(lived[membres], minlength=BANDES)
        shown = [threshold(int(count)) for count in counts]
        intervals.append([(0, SEUIL - 1, np.nan) if one is None else (one, one, one) for one in shown])
    return _enonce(list(sets), intervals)


def _published(cells, effectif: int) -> list[tuple[float, float, float]]:
    found = []
    for bande, cell in zip(DITES, cells, strict=True):
        if bande is Bande.AUTRES:
            found.append((0, effectif, np.nan))
        elif cell is None:
            found.append((0, SEUIL - 1, np.nan))
        elif cell[0] is Marque.PRESQUE_TOUS:
            found.append((effectif - SEUIL + 1, effectif, effectif))
        else:
            least = SEUIL if cell[1] == PLANCHER else cell[1] - PAS // 2
            found.append((least, cell[1] + PAS // 2, cell[1]))
    return found


def _enonce(sets: Sequence[Mask], intervals) -> Enonce:
    classes = classes_of(sets)
    inside = classes.rangs >= 0
    lignes = np.zeros((len(sets), len(classes.tailles)))
    for row, membres in enumerate(sets):
        lignes[row, classes.rangs[membres & inside]] = 1
    bas, haut, vise = np.moveaxis(np.array(intervals, float), 2, 0)
    return Enonce(classes, lignes, bas, haut, vise)


def believed(enonce: Enonce) -> NDArray[np.float64]:
    """[classes, bands]: a town within every interval, as near as can be to the middle of what was shown."""
    equal, parts, bounds = _program(enonce)
    rows, columns = np.nonzero(~np.isnan(enonce.vise))
    aimed = vstack([_row_block(enonce.lignes[rows], columns)])
    slack = identity(len(rows), format="csr")
    size = len(enonce.classes.tailles) * BANDES
    cost = np.concatenate([np.zeros(size), np.ones(2 * len(rows))])
    middle = enonce.vise[rows, columns]
    free = csr_array((equal.shape[0], 2 * len(rows)))
    wide = csr_array((bounds.shape[0], 2 * len(rows)))
    found = linprog(
        cost,
        A_eq=vstack([hstack([equal, free]), hstack([aimed, slack, -slack])]),
        b_eq=np.concatenate([enonce.classes.tailles, middle]),
        A_ub=hstack([bounds, wide]),
        b_ub=parts,
        method="highs-ipm",
    )
    if found.status:
        raise AssertionError(found.message)
    return found.x[:size].reshape(-1, BANDES)


def proven(enonce: Enonce, classe: int, bande: int) -> int:
    """The fewest people of a class who may be in a band, in any town that says what was published."""
    equal, parts, bounds = _program(enonce)
    cost = np.zeros(len(enonce.classes.tailles) * BANDES)
    cost[classe * BANDES + bande] = 1
    found = linprog(cost, A_eq=equal, b_eq=enonce.classes.tailles, A_ub=bounds, b_ub=parts, method="highs-ipm")
    if found.status:
        raise AssertionError(found.message)
    return int(np.ceil(found.fun - 1e-6))


def _program(enonce: Enonce) -> tuple[csr_array, NDArray[np.float64], csr_array]:
    """Everybody is somewhere; each shown cell holds between its bounds."""
    number = len(enonce.classes.tailles)
    equal = csr_array(np.kron(np.eye(number), np.ones(BANDES))) if number < 200 else _everybody(number)
    rows, columns = np.nonzero((enonce.haut < enonce.lignes @ enonce.classes.tailles[:, None]) | (enonce.bas > 0))
    block = _row_block(enonce.lignes[rows], columns)
    limits = np.concatenate([enonce.haut[rows, columns], -enonce.bas[rows, columns]])
    return equal, limits, vstack([block, -block])


def _everybody(number: int) -> csr_array:
    index = np.arange(number * BANDES)
    return csr_array(coo_array((np.ones(len(index)), (index // BANDES, index)), shape=(number, len(index))))


def _row_block(lignes: NDArray[np.float64], columns: NDArray[np.int64]) -> csr_array:
    """One row for each (set, band): the variables of that band of its classes."""
    rows, classes = np.nonzero(lignes)
    places = classes * BANDES + columns[rows]
    shape = (len(lignes), lignes.shape[1] * BANDES)
    return csr_array(coo_array((np.ones(len(rows)), (rows, places)), shape=shape))


def score(enonce: Enonce, town: NDArray[np.float64], ville: Ville, lu: NDArray[np.int64]) -> tuple[float, float, int]:
    """(precision on those the attacker is sure of, precision of who only reads on the same people, how many).

    `lu` [people] is the band that a page says most of, of whoever it holds: no attack is needed for it.
    """
    shares = town / enonce.classes.tailles[:, None]
    lived = said(ville.bandes)
    inside = np.flatnonzero(enonce.classes.rangs >= 0)
    sure = [rang for rang in inside if shares[enonce.classes.rangs[rang]].max() >= SUR]
    if not sure:
        return 0.0, 0.0, 0
    guessed = [int(shares[enonce.classes.rangs[rang]].argmax()) for rang in sure]
    return float(np.mean(lived[sure] == guessed)), float(np.mean(lived[sure] == lu[sure])), len(sure)


def read_off(registre: Registre) -> NDArray[np.int64]:
    """[people]: the place in DITES of the band that some page that holds them says most of, at entry."""
    best, share = np.full(registre.ville.taille, DITES.index(Bande.AUTRES)), np.zeros(registre.ville.taille)
    for vu in registre.vus:
        if vu.mesure is Mesure.SITUATIONS:
            membres = registre.members(vu.cle, vu.trimestre)
            for place, bande in enumerate(DITES):
                marque, valeur = vu.cellules.get((0, bande.value), (None, 0))
                better = membres & (share < valeur / vu.effectif)
                if marque is Marque.NOMBRE and better.any():
                    best[better], share[better] = place, valeur / vu.effectif
    return best


def said(bandes: NDArray[np.int8]) -> NDArray[np.int64]:
    """[people]: the place in DITES of what each lives at entry."""
    places = np.full(len(Bande), DITES.index(Bande.AUTRES))
    for place, bande in enumerate(DITES):
        places[BANDES_RANG[bande]] = place
    return places[bandes[:, 0]]
