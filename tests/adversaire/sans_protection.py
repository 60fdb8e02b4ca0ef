"""What a service usually publishes: tables on live data, with a threshold, and how each is broken.

None of this is in the application. It is what the attacks must succeed on: an attack that fails everywhere proves
nothing of a protection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from random import Random

import numpy as np
from numpy.typing import NDArray

from app.cohortes.filtres import Critere
from app.cohortes.rules_cellules import SEUIL
from app.cohortes.rules_treillis import Cle, lattice
from app.cohortes.vocabulaire import Bande
from tests.adversaire.population import DERNIER, PREMIER, Ville, values_of

Mask = NDArray[np.bool_]
Montre = Callable[[int], int | None]  # what is shown of a true count
MOIS = (0, 3, 6, 9, 12)


def threshold(compte: int) -> int | None:
    """Nothing under 11, else the count."""
    return None if compte < SEUIL else compte


def redact_and_round(compte: int) -> int | None:
    """Nothing up to 7, else the nearest multiple of 5."""
    return None if compte <= 7 else (compte + 2) // 5 * 5


def quarterly_sets(ville: Ville, trimestres: Iterable[int] = range(PREMIER, DERNIER + 1)) -> list[Mask]:
    """Every cohort of the lattice of at least 11 people, again at each quarter."""
    shown = []
    for trimestre in trimestres:
        closed = ville.trimestres <= trimestre
        for cle in lattice(ville.valeurs):
            membres = ville.holds(cle) & closed
            if membres.sum() >= SEUIL:
                shown.append(membres)
    return shown


def yesterday_and_today(ville: Ville, montre: Montre, *, victimes: int, graine: int) -> tuple[float, float]:
    """(share of newcomers whom the two days tell apart, share whose situation is read right).

    Somebody's file is written today, some months after they came. The table of each cohort that holds them, months
    since entry in rows, is compared with yesterday's.
    """
    random = Random(graine)
    bandes = ville.bandes
    found = read = 0
    old = [person for person in ville.personnes if person.trimestre < DERNIER - 4]
    for victim in random.sample(old, victimes):
        rang = victim.id - 1
        cohorts = [ville.holds(cle) for cle in cohorts_of(ville, rang)]
        changed, votes = False, {mois: Counter() for mois in MOIS}
        for membres in cohorts:
            n = int(membres.sum())
            if n - 1 < SEUIL:
                continue
            changed |= montre(n) != montre(n - 1)
            for mois in MOIS:
                for code, more in _moved(bandes[membres, mois], bandes[rang, mois], montre):
                    votes[mois][code] += more
                    changed = True
        found += changed
        read += sum(bool(v) and v.most_common(1)[0][0] == bandes[rang, mois] for mois, v in votes.items()) / len(MOIS)
    return found / victimes, read / victimes


def _moved(today: NDArray[np.int8], own: int, montre: Montre) -> Iterator[tuple[int, int]]:
    """(band, 1) for each cell that differs from what it was without one who is in `own`."""
    counts = np.bincount(today[today >= 0], minlength=len(Bande))
    before = counts.copy()
    before[own] -= 1
    for code in range(len(Bande)):
        if montre(int(counts[code])) != montre(int(before[code])):
            yield code, 1


def cohorts_of(ville: Ville, rang: int) -> Iterator[Cle]:
    """The cohorts of the lattice that hold this person."""
    values = list(values_of(ville.personnes[rang]))
    for size in range(3):
        for filtres in combinations(values, size):
            if len({critere for critere, _ in filtres}) == size:
                yield Cle.of(dict(filtres))


def subtraction(ville: Ville) -> float:
    """Share of people whom free filters isolate: two cohorts of at least 11 people that differ by them alone.

    Each filter may hold several values: "all but this one" is a cohort like another.
    """
    rows = [dict(_own(person)) for person in ville.personnes]
    alone = np.zeros(ville.taille, bool)
    for size in range(1, len(Critere) + 1):
        for criteres in combinations(Critere, size):
            places = [tuple(row.get(critere) for critere in criteres) for row in rows]
            counts = Counter(places)
            around = [_without(places, dropped) for dropped in range(size)]
            for rang, place in enumerate(places):
                if counts[place] == 1 and any(
                    table[place[:dropped] + place[dropped + 1 :]] > SEUIL for dropped, table in enumerate(around)
                ):
                    alone[rang] = True
    return float(alone.mean())


def _own(person) -> Iterator[tuple[Critere, str]]:
    for critere, valeur in values_of(person):
        if (critere, valeur) != (Critere.TERRITOIRE, str(person.commune)):
            yield critere, valeur


def _without(places: list[tuple], dropped: int) -> Mapping[tuple, int]:
    return Counter(place[:dropped] + place[dropped + 1 :] for place in places)
