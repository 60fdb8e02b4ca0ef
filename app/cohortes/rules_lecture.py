"""From what the ledger publishes of one cohort to what a page draws and writes: rounded numbers in and out. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.cohortes.rules_cellules import DENOMINATEUR_MIN, PAS, PLANCHER, SEUIL, Cellule, drawn
from app.cohortes.rules_delai import Palier
from app.cohortes.rules_graphiques_delai import Courbe
from app.cohortes.rules_graphiques_flux import Saut
from app.cohortes.rules_mesures import FLUX
from app.cohortes.rules_protection import DENOMINATEURS
from app.cohortes.rules_survie import Z_95
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Marque, Mesure, Niveau

# The dates that tables and sentences speak of, months since entry.
REPERES = (0, 6, 12, 24, 36, 48, 60)


class Lu(Protocol):
    """A measure as the ledger gives it (`queries_releves.Releve`)."""

    @property
    def mesure(self) -> Mesure: ...
    @property
    def millesime(self) -> int: ...
    @property
    def trimestre(self) -> int: ...
    @property
    def effectif(self) -> int: ...
    @property
    def niveau(self) -> Niveau: ...
    @property
    def mois(self) -> tuple[int, ...]: ...
    @property
    def cellules(self) -> Mapping[tuple[int, str], Cellule]: ...
    def cellule(self, mois: int, categorie: str) -> Cellule | None: ...


def column(releve: Lu, mois: int) -> dict[str, Cellule | None]:
    """The cell of every published band at one month."""
    return {bande.value: releve.cellule(mois, bande) for bande in BANDES_PUBLIEES}


def parts(releve: Lu, mois: Iterable[int] | None = None) -> dict[str, list[int | None]]:
    """For every band, the number it is drawn as at each month; None for “< 11”."""
    kept = releve.mois if mois is None else list(mois)
    return {bande.value: [_number(releve, one, bande) for one in kept] for bande in BANDES_PUBLIEES}


def bands_seen(releve: Lu) -> list[str]:
    """The bands that have a cell at one month at least, in their order."""
    seen = {categorie for _, categorie in releve.cellules}
    return [bande.value for bande in BANDES_PUBLIEES if bande in seen]


def thins_out(releve: Lu) -> int | None:
    """The month from which, to the end, half of the bands or more that were ever shown are masked; None if never."""
    shown = {mois: sum(cell is not None for cell in column(releve, mois).values()) for mois in releve.mois}
    most = max(shown.values(), default=0)
    last = next((mois for mois in reversed(releve.mois) if 2 * shown[mois] > most), None)
    return next((mois for mois in releve.mois if last is not None and mois > last), None)


def landmarks(releve: Lu) -> list[int]:
    """Of REPERES, those published."""
    return [mois for mois in REPERES if mois in releve.mois]


def curve(releve: Lu, libelle: str) -> Courbe:
    atteint, attendent = (
        tuple(_number(releve, mois, categorie) for mois in releve.mois) for categorie in ("atteint", "attendent")
    )
    return Courbe(libelle, releve.effectif, releve.mois, atteint, attendent)


def jump(releve: Lu, *, de: str, vers: str) -> Saut:
    """The pair of dates of one flux measure, with the words of its two dates."""
    _, arrivee = FLUX[releve.mesure]
    found = {
        tuple(categorie.split(">")): drawn(cell, releve.effectif)
        for (mois, categorie), cell in releve.cellules.items()
        if mois == arrivee
    }
    return Saut(de, vers, releve.effectif, {(avant, apres): nombre for (avant, apres), nombre in found.items()})


@dataclass(frozen=True, slots=True)
class Passage:
    """People who went from one band to another from one month to the next; `pour_cent` of the months spent in `de`."""

    de: str
    vers: str
    cellule: Cellule
    mois_de: int | None
    pour_cent: float | None


def passages(releve: Lu) -> list[Passage]:
    """The most frequent first."""
    found = []
    for (mois, categorie), cell in releve.cellules.items():
        de, fleche, vers = categorie.partition(">")
        if fleche:
            depart = _number(releve, mois, de)
            sure = depart is not None and depart >= DENOMINATEUR_MIN and cell.marque is Marque.NOMBRE
            taux = round(100 * cell.valeur / depart, 1) if sure and depart else None
            found.append(Passage(de, vers, cell, depart, taux))
    return sorted(found, key=lambda one: (-one.cellule.valeur, one.de, one.vers))


def half_to_months(cell: Cellule | None) -> float | None:
    """R7 stores half-months."""
    return None if cell is None else cell.valeur / 2


def people(releve: Lu, mois: int, categorie: str) -> int:
    """How many people a count is divided by: its number, or that of whom it is nearly all; 0 when it is masked.

    Always a published number: a floor in per cent is never turned into people.
    """
    cell = releve.cellule(mois, categorie)
    if cell is None or cell.marque is Marque.NOMBRE:
        return 0 if cell is None else cell.valeur
    tous = DENOMINATEURS.get(categorie)
    return releve.effectif if tous is None else people(releve, mois, tous)


def met_twice(releve: Lu) -> int:
    """How many had two contacts at least, of a measure of contacts: the only ones who have a time between two.

    0 when one of the two cells that make them up is masked, or when they are too few for a rate.
    """
    dans_les_60, au_dela = (people(releve, 0, categorie) for categorie in ("60", "plus"))
    tous = dans_les_60 + au_dela if dans_les_60 and au_dela else 0
    return tous if tous >= DENOMINATEUR_MIN else 0


def _number(releve: Lu, mois: int, categorie: str) -> int | None:
    cell = releve.cellule(mois, categorie)
    return None if cell is None else drawn(cell, releve.effectif)


# -- two cohorts side by side ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Intervalle:
    """A share of 0 to 1 and what it may be, rounding and chance put together."""

    part: float
    bas: float
    haut: float


def interval(nombre: int, sur: int) -> Intervalle:
    """Wilson's 95 % interval of a share of published numbers, at the worst of what their rounding hides.

    Wilson, Probable inference, J. Am. Stat. Assoc. 22 (1927). Raises ValueError when nobody is counted.
    """
    if sur <= 0:
        raise ValueError("nobody to count")
    bas, _ = _wilson(_least(nombre), _most(sur))
    _, haut = _wilson(_most(nombre), _least(sur))
    return Intervalle(min(1.0, nombre / sur), bas, haut)


def _least(nombre: int) -> int:
    return SEUIL if nombre == PLANCHER else nombre - PAS // 2


def _most(nombre: int) -> int:
    return nombre + PAS // 2


def _wilson(nombre: int, sur: int) -> tuple[float, float]:
    p, z2 = min(1.0, nombre / sur), Z_95 * Z_95
    centre = (p + z2 / (2 * sur)) / (1 + z2 / sur)
    demi = Z_95 / (1 + z2 / sur) * math.sqrt(p * (1 - p) / sur + z2 / (4 * sur * sur))
    # exactly 1 where everybody is counted: the sum above may miss it by a unit in the last place
    return max(0.0, centre - demi), 1.0 if nombre >= sur else min(1.0, centre + demi)


def at_month(courbe: Sequence[Palier], mois: int) -> Intervalle | None:
    """The share reached at a month with its band; None when the curve is not shown there."""
    point = next((palier for palier in reversed(courbe) if palier.mois <= mois), None)
    if point is None or point.bas is None or point.haut is None:
        return None
    return Intervalle(point.part, point.bas, point.haut)


def told_apart(a: Intervalle, b: Intervalle) -> bool:
    """Whether the two do not touch: only then may a difference be said."""
    return a.haut < b.bas or b.haut < a.bas


def common_months(releves: Iterable[Lu]) -> list[int]:
    """The months that all of them publish."""
    found = [set(releve.mois) for releve in releves]
    return sorted(set.intersection(*found)) if found else []
