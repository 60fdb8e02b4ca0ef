"""A town that does not exist, from a seed: who came in when, where, and what became of each, month by month.

Sizes are unequal as they are in a real town: two quarters hold half of the people, one holds two in a hundred. Nobody
needs a name here: an attacker of the ledger knows who came in, never what became of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from random import Random

import numpy as np
from numpy.typing import NDArray

from app.cohortes.filtres import Critere
from app.cohortes.rules_treillis import Cle, last_month_of, year_of
from app.cohortes.vocabulaire import BANDES, Bande
from app.parcours.vocabulaire import MotifSortie, Sexe, Situation, TrancheAge

PREMIER = 2023 * 4  # 2023-T1
TRIMESTRES = 13
DERNIER = PREMIER + TRIMESTRES - 1
COMMUNE, HORS = 1, 8
# 1 is the commune itself, 2 to 7 its quarters, 8 lies outside of it
TERRITOIRES = {1: 12, 2: 30, 3: 22, 4: 14, 5: 8, 6: 4, 7: 2, 8: 8}
STRUCTURES = {1: 46, 2: 30, 3: 16, 4: 8}
SEXES = {Sexe.FEMME: 47, Sexe.HOMME: 48, Sexe.AUTRE: 2, Sexe.NON_RENSEIGNE: 3}
AGES = {
    TrancheAge.DE_11_A_15: 18,
    TrancheAge.DE_16_A_17: 24,
    TrancheAge.DE_18_A_21: 34,
    TrancheAge.DE_22_A_25: 17,
    TrancheAge.PLUS_DE_26: 5,
    None: 2,
}
_ANNEES = {TrancheAge.DE_11_A_15: 14, TrancheAge.DE_16_A_17: 16, TrancheAge.DE_18_A_21: 19}
_JEUNES = (TrancheAge.DE_11_A_15, TrancheAge.DE_16_A_17)
ENTREE = {
    True: {Situation.SCOLARITE_FRAGILE: 34, Situation.DECROCHAGE: 40, Situation.SCOLARITE: 16, Situation.INCONNUE: 10},
    False: {
        Situation.SANS_SOLUTION: 40,
        Situation.DECROCHAGE: 16,
        Situation.EMPLOI: 12,
        Situation.ACCOMPAGNEMENT: 14,
        Situation.INCONNUE: 12,
        Situation.INDISPONIBLE: 6,
    },
}
SUITE = {
    Situation.EMPLOI: 24,
    Situation.IAE: 5,
    Situation.ALTERNANCE: 9,
    Situation.FORMATION: 18,
    Situation.ENSEIGNEMENT_SUPERIEUR: 2,
    Situation.SCOLARITE: 7,
    Situation.SERVICE_CIVIQUE: 7,
    Situation.RACCROCHAGE: 9,
    Situation.DECROCHAGE: 7,
    Situation.SANS_SOLUTION: 9,
    Situation.INDISPONIBLE: 3,
}
RESTER = 0.9  # from one month to the next
SORTIR = 0.025  # each month from the fourth
BANDES_RANG = {bande: rang for rang, bande in enumerate(Bande)}
NON_OBSERVE = -1


@dataclass(frozen=True, slots=True)
class Personne:
    """`suite` are the situations of the months from entry to the end of the last quarter of the town."""

    id: int
    trimestre: int
    ouvert_le: date
    territoire: int
    sexe: Sexe
    age: TrancheAge | None
    structure: int
    suite: tuple[Situation, ...]
    motif: MotifSortie | None
    contacts: tuple[date, ...]

    @property
    def mois(self) -> int:
        return self.ouvert_le.year * 12 + self.ouvert_le.month - 1

    @property
    def annee_naissance(self) -> int | None:
        if self.age is None:
            return None
        return self.ouvert_le.year - {TrancheAge.PLUS_DE_26: 27, TrancheAge.DE_22_A_25: 23, **_ANNEES}[self.age]

    @property
    def commune(self) -> int | None:
        return COMMUNE if COMMUNE < self.territoire < HORS else None

    @property
    def atome(self) -> tuple[object, ...]:
        return (self.trimestre, self.territoire, self.sexe, self.age, self.structure)

    @property
    def clos_le(self) -> date | None:
        """The last day of the month before the first that says `sorti`."""
        if Situation.SORTI not in self.suite:
            return None
        annee, mois = divmod(self.mois + self.suite.index(Situation.SORTI), 12)
        return date(annee, mois + 1, 1) - timedelta(days=1)

    def sejours(self) -> Iterator[tuple[Situation, date, date | None]]:
        """(situation, first day, last day or None when it goes on) of each run of months."""
        debut = 0
        for situation, mois in groupby(self.suite):
            fin = debut + len(list(mois))
            first = self.ouvert_le if debut == 0 else first_day(self.mois + debut)
            yield situation, first, None if fin == len(self.suite) else first_day(self.mois + fin) - timedelta(days=1)
            debut = fin


@dataclass(frozen=True)
class Ville:
    """Everybody, in the order of their ids (1 to N), which is that of their quarters."""

    personnes: tuple[Personne, ...]

    @property
    def taille(self) -> int:
        return len(self.personnes)

    @cached_property
    def trimestres(self) -> NDArray[np.int64]:
        return np.array([personne.trimestre for personne in self.personnes])

    @cached_property
    def bandes(self) -> NDArray[np.int8]:
        """[N, months since entry]: the rank in `Bande` of what they live, NON_OBSERVE past the end of the town."""
        found = np.full((self.taille, 3 * TRIMESTRES), NON_OBSERVE, np.int8)
        for rang, personne in enumerate(self.personnes):
            codes = [BANDES_RANG[BANDES[situation]] for situation in personne.suite]
            found[rang, : len(codes)] = codes
        return found

    @cached_property
    def valeurs(self) -> dict[Critere, list[str]]:
        """What a filter may say, of those who came in by the end."""
        return {critere: sorted(table) for critere, table in self._tables.items()}

    def holds(self, cle: Cle) -> NDArray[np.bool_]:
        """[N]: whether each is in the cohort, whatever their quarter."""
        inside = np.ones(self.taille, bool)
        for critere, valeur in cle.filtres:
            inside &= self._tables[critere].get(valeur, np.zeros(self.taille, bool))
        return inside

    def members(self, cle: Cle, trimestre: int) -> NDArray[np.bool_]:
        """[N]: the people of `cle` who came in up to that quarter."""
        return self.holds(cle) & (self.trimestres <= trimestre)

    @cached_property
    def _tables(self) -> dict[Critere, dict[str, NDArray[np.bool_]]]:
        found: dict[Critere, dict[str, NDArray[np.bool_]]] = {critere: {} for critere in Critere}
        for rang, personne in enumerate(self.personnes):
            for critere, valeur in values_of(personne):
                found[critere].setdefault(valeur, np.zeros(self.taille, bool))[rang] = True
        return found


def values_of(personne: Personne) -> Iterator[tuple[Critere, str]]:
    """Every value of every criterion that holds somebody; a commune holds its quarters."""
    yield Critere.TERRITOIRE, str(personne.territoire)
    if personne.commune is not None:
        yield Critere.TERRITOIRE, str(personne.commune)
    yield Critere.SEXE, personne.sexe.value
    if personne.age is not None:
        yield Critere.AGE, personne.age.value
    yield Critere.ENTREE, str(year_of(personne.trimestre))
    yield Critere.STRUCTURE, str(personne.structure)


def invent(taille: int, *, graine: int) -> Ville:
    """`taille` people over the thirteen quarters."""
    random = Random(graine)
    quarters = sorted(random.choices(range(PREMIER, DERNIER + 1), k=taille))
    return Ville(tuple(_person(random, number, quarter) for number, quarter in enumerate(quarters, 1)))


def first_day(mois: int) -> date:
    annee, rang = divmod(mois, 12)
    return date(annee, rang + 1, 1)


def _person(random: Random, number: int, trimestre: int) -> Personne:
    ouvert_le = first_day(trimestre * 3 + random.randrange(3)) + timedelta(days=random.randrange(28))
    territoire = _drawn(random, TERRITOIRES)
    # each quarter has a structure that it mostly goes to
    structure = 1 + territoire % 4 if random.random() < 0.5 else _drawn(random, STRUCTURES)
    age = _drawn(random, AGES)
    suite = tuple(_months(random, young=age in _JEUNES, count=last_month_of(DERNIER) - _month(ouvert_le) + 1))
    out = Situation.SORTI in suite
    lived = suite.index(Situation.SORTI) if out else len(suite)
    days = sorted(random.sample(range(28 * lived), min(28 * lived, random.randrange(1, 2 + lived))))
    return Personne(
        id=number,
        trimestre=trimestre,
        ouvert_le=ouvert_le,
        territoire=territoire,
        sexe=_drawn(random, SEXES),
        age=age,
        structure=structure,
        suite=suite,
        motif=random.choice(list(MotifSortie)) if out else None,
        contacts=tuple(ouvert_le + timedelta(days=day) for day in days),
    )


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _months(random: Random, *, young: bool, count: int) -> Iterator[Situation]:
    situation = _drawn(random, ENTREE[young])
    for mois in range(count):
        yield situation
        if situation is Situation.SORTI:
            continue
        if mois >= 3 and random.random() < SORTIR:
            situation = Situation.SORTI
        elif random.random() > RESTER:
            situation = _drawn(random, SUITE)


def _drawn(random: Random, weights: dict):
    return random.choices(tuple(weights), tuple(weights.values()))[0]
