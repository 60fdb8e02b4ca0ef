"""What somebody with a manager's account, who knows who came in where and when, tries on the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from random import Random

import numpy as np
from numpy.typing import NDArray

from app.cohortes.rules_cellules import SEUIL
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Bande, Marque, Mesure
from tests.adversaire.lecture import Registre, Vu
from tests.adversaire.population import BANDES_RANG, NON_OBSERVE, Ville
from tests.adversaire.sans_protection import cohorts_of

Mask = NDArray[np.bool_]
Parts = Mapping[int, float]  # rank of a band -> share of people


def newcomers(registre: Registre, *, victimes: int, graine: int) -> tuple[float, float, float]:
    """(share of the victims who came into some page with fewer than ten others, precision of the guess, what reading
    one page would give).

    The victim came in in a quarter. Of every cohort that holds them, the vintage before is compared with the one
    that has them: the band that grew most at each month is their guessed situation.
    """
    pages = _curves(registre)
    random, bandes = Random(graine), registre.ville.bandes
    people = [person for person in registre.ville.personnes if person.trimestre > min(registre.ville.trimestres)]
    alone = guesses = right = 0
    expected = 0.0
    for victim in random.sample(people, victimes):
        votes: dict[int, Counter] = defaultdict(Counter)
        alone += any(
            registre.members(cle, new).sum() - registre.members(cle, old).sum() < SEUIL
            for cle in cohorts_of(registre.ville, victim.id - 1)
            for old, new in _step(pages.get(cle, []), victim.trimestre)
        )
        for cle in cohorts_of(registre.ville, victim.id - 1):
            for mois, categorie, more in _growth(pages.get(cle, []), victim.trimestre):
                votes[mois][BANDES_RANG[Bande(categorie)]] += more
        for mois, vote in votes.items():
            guess, lived = vote.most_common(1)[0][0], int(bandes[victim.id - 1, mois])
            guesses += 1
            right += lived == guess
            expected += _share_on_finest_page(registre, pages, victim.id - 1, mois, guess)
    return alone / victimes, right / max(1, guesses), expected / max(1, guesses)


def _curves(registre: Registre) -> dict[Cle, list[Vu]]:
    pages: dict[Cle, list[Vu]] = defaultdict(list)
    for vu in registre.vus:
        if vu.mesure is Mesure.SITUATIONS:
            pages[vu.cle].append(vu)
    return pages


def _step(history: list[Vu], trimestre: int) -> list[tuple[int, int]]:
    """The quarters at which the last page without that quarter and the first with it are cut; none without both."""
    cuts = [vu.trimestre for vu in history]
    before, after = [q for q in cuts if q < trimestre], [q for q in cuts if q >= trimestre]
    return [(before[-1], after[0])] if before and after else []


def _growth(history: list[Vu], trimestre: int) -> Iterator[tuple[int, str, int]]:
    """(month, band, people more) between the last page without that quarter and the first with it."""
    before = [vu for vu in history if vu.trimestre < trimestre]
    after = [vu for vu in history if vu.trimestre >= trimestre]
    if not before or not after:
        return
    old, new = before[-1], after[0]
    for place, (marque, valeur) in new.cellules.items():
        if marque is Marque.NOMBRE and place[0] in old.mois:
            past = old.cellules.get(place)
            more = valeur - (past[1] if past and past[0] is Marque.NOMBRE else 0)
            if more > 0:
                yield *place, more


def _share_on_finest_page(registre: Registre, pages: Mapping[Cle, list[Vu]], rang: int, mois: int, bande: int) -> float:
    """What the smallest page that holds this person says of that band: no attack is needed to read it."""
    code = list(Bande)[bande].value
    shares = [
        (vu.effectif, vu.cellules[mois, code][1] / vu.effectif)
        for cle in cohorts_of(registre.ville, rang)
        for vu in pages.get(cle, [])[-1:]
        if vu.cellules.get((mois, code), (None, 0))[0] is Marque.NOMBRE
    ]
    return min(1.0, min(shares)[1]) if shares else 0.0


def remainders(registre: Registre) -> Iterator[tuple[Cle, int, int]]:
    """(parent, quarter, people left) of every set of the ledger less the published sets that share it out along one
    criterion, at each combination of their quarters."""
    children: dict[tuple[Cle, object], dict[Cle, list[int]]] = defaultdict(lambda: defaultdict(list))
    for cle, trimestre in registre.sets:
        for parent, critere in cle.parents():
            children[parent, critere][cle].append(trimestre)
    wholes: dict[Cle, list[int]] = defaultdict(list)
    for cle, trimestre in registre.sets:
        wholes[cle].append(trimestre)
    for (parent, _), parts in children.items():
        for trimestre in wholes.get(parent, ()):
            # at most one cut of each part, not later than the whole; the latest is what leaves fewest, and each
            # earlier cut of one part alone is tried as well
            latest = {part: max((q for q in cuts if q <= trimestre), default=None) for part, cuts in parts.items()}
            yield from _left(registre, parent, trimestre, latest)
            for part, cuts in parts.items():
                for earlier in (q for q in cuts if q <= trimestre and q != latest[part]):
                    yield from _left(registre, parent, trimestre, latest | {part: earlier})


def _left(
    registre: Registre, parent: Cle, trimestre: int, parts: Mapping[Cle, int | None]
) -> Iterator[tuple[Cle, int, int]]:
    reste = registre.members(parent, trimestre).copy()
    total = int(reste.sum())
    for part, cut in parts.items():
        if cut is not None:
            reste &= ~registre.members(part, cut)
            total -= int(registre.members(part, cut).sum())
    # a commune and its quarters are not two parts of one whole: only what is shared out once can be subtracted
    if total == int(reste.sum()):
        yield parent, trimestre, total


def observed_in(ville: Ville, membres: Mask, mois: int, categorie: str) -> tuple[int, int]:
    """(people of the set seen in that band that month, people of the set); raises when somebody has not lived it."""
    column = ville.bandes[membres, mois]
    if (column == NON_OBSERVE).any():
        raise AssertionError("a month that has not been lived")
    return int((column == BANDES_RANG[Bande(categorie)]).sum()), len(column)
