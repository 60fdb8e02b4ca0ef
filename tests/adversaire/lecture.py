"""The ledger as a manager can copy it, quarter after quarter, and who is behind each number: the attacker knows who
came in where and when, never what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, select

from app.cohortes.models import Cellule, Ensemble, Publication, Refus
from app.cohortes.rules_treillis import Cle, observed_months
from app.cohortes.vocabulaire import Marque, Mesure, Niveau
from tests.adversaire.population import Ville

Mask = NDArray[np.bool_]
# Read month after month, on those who have lived the month.
COURBES = (Mesure.SITUATIONS, Mesure.DELAI_EMPLOI, Mesure.DELAI_EMPLOI_6, Mesure.DELAI_RACCROCHAGE)
Cellules = Mapping[tuple[int, str], tuple[Marque, int]]


@dataclass(frozen=True, slots=True)
class Vu:
    """One publication: a measure of the people of `cle` who came in up to `trimestre`, seen at `millesime`."""

    id: int
    cle: Cle
    mesure: Mesure
    millesime: int
    trimestre: int
    effectif: int
    niveau: Niveau
    mois: tuple[int, ...]
    cellules: Cellules


@dataclass(frozen=True)
class Registre:
    """Everything published of a town, and the sets of people that the gate let in."""

    ville: Ville
    vus: Sequence[Vu]
    ensembles: Sequence[tuple[Cle, int]]
    refus: Sequence[tuple[str, str, int, str]]

    def members(self, cle: Cle, trimestre: int) -> Mask:
        if (cle, trimestre) not in self._masks:
            self._masks[cle, trimestre] = self.ville.members(cle, trimestre)
        return self._masks[cle, trimestre]

    def at_risk(self, vu: Vu, mois: int) -> tuple[Cle, int] | None:
        """Whose months the number of a curve comes from: the largest admitted set that has lived that month whole."""
        lived = [
            cut
            for cut in self._cuts.get(vu.cle, ())
            if cut <= vu.millesime and observed_months(cut, vu.millesime) >= mois
        ]
        return (vu.cle, max(lived)) if lived else None

    @cached_property
    def sets(self) -> list[tuple[Cle, int]]:
        """Every set that a published number is about, once."""
        found: dict[tuple[Cle, int], None] = dict.fromkeys(self.ensembles)
        for vu in self.vus:
            found[vu.cle, vu.trimestre] = None
        return list(found)

    @cached_property
    def masks(self) -> list[Mask]:
        return [self.members(*one) for one in self.sets]

    def shown(self) -> Iterator[tuple[Vu, int, str, Marque, int]]:
        for vu in self.vus:
            for (mois, categorie), (marque, valeur) in vu.cellules.items():
                yield vu, mois, categorie, marque, valeur

    @cached_property
    def _masks(self) -> dict[tuple[Cle, int], Mask]:
        return {}

    @cached_property
    def _cuts(self) -> dict[Cle, list[int]]:
        found: dict[Cle, list[int]] = {}
        for cle, trimestre in self.ensembles:
            found.setdefault(cle, []).append(trimestre)
        return found


def read(engine: Engine, ville: Ville) -> Registre:
    """The whole ledger, in the order of its chain."""
    with engine.connect() as connection:
        cells: dict[int, dict[tuple[int, str], tuple[Marque, int]]] = {}
        for row in connection.execute(select(Cellule.__table__)):
            cells.setdefault(row.publication_id, {})[row.mois, row.categorie] = (row.marque, row.valeur)
        vus = [
            Vu(
                id=row.id,
                cle=Cle.read(row.cle),
                mesure=row.mesure,
                millesime=row.millesime,
                trimestre=row.trimestre,
                effectif=row.effectif,
                niveau=row.niveau,
                mois=tuple(int(mois) for mois in row.mois.split(",") if mois),
                cellules=cells.get(row.id, {}),
            )
            for row in connection.execute(select(Publication.__table__).order_by(Publication.id))
        ]
        sets = connection.execute(select(Ensemble.cle, Ensemble.trimestre).order_by(Ensemble.rang))
        ensembles = [(Cle.read(cle), trimestre) for cle, trimestre in sets]
        refused = connection.execute(select(Refus.cle, Refus.mesure, Refus.millesime, Refus.raison))
        refus = sorted((cle, mesure.value, millesime, raison.value) for cle, mesure, millesime, raison in refused)
    return Registre(ville, vus, ensembles, refus)
