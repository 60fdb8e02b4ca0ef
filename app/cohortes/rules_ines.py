"""“Essayez de retrouver Inès”: an invented quarter, an ordinary dashboard of it, and our own gate and ledger. Pure.

Nobody here exists, and no row of a database is read: these exact numbers may be shown. What stands on our side of the
page comes out of the functions that publish real cohorts (`rules_admission`, `rules_cellules`), and of nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from app.cohortes.filtres import Critere
from app.cohortes.rules_admission import Admission, hold_gate
from app.cohortes.rules_cellules import SEUIL, Cellule, cellule, niveau, rounded
from app.cohortes.rules_ensembles import Atomes, Lieu, Registre
from app.cohortes.rules_treillis import RETARDS, Cle, first_day_after, quarter_of
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Bande, Mesure, Niveau, Raison
from app.parcours.vocabulaire import Sexe, TrancheAge

_F, _H = Sexe.FEMME, Sexe.HOMME
_COLLEGE, _MINEURS, _JEUNES, _AINES = list(TrancheAge)[:4]
_ECOLE, _EMPLOI, _FORMATION, _DECROCHAGE = Bande.SCOLARITE, Bande.EMPLOI, Bande.FORMATION, Bande.DECROCHAGE
# one quarter of the town, one structure
_LIEU, _STRUCTURE = 1, 1
ARRIVEE = date(2026, 10, 12)
VEILLE = date(2026, 10, 11)
DERNIER = quarter_of(ARRIVEE)
# a day of the winter when the quarter of her arrival is closed
APRES = first_day_after(DERNIER)


@dataclass(frozen=True, slots=True)
class Jeune:
    """Somebody invented, and the situation in which they came in: it stays theirs, to keep the story short."""

    arrivee: date
    sexe: Sexe
    age: TrancheAge
    bande: Bande


INES = Jeune(ARRIVEE, _F, _MINEURS, _DECROCHAGE)
# (sexe, age, situation, how many): those who were there the day before
_DEJA_LA = (
    (_F, _COLLEGE, _ECOLE, 12),
    (_F, _JEUNES, _DECROCHAGE, 9),
    (_F, _JEUNES, _EMPLOI, 3),
    (_F, _JEUNES, _FORMATION, 2),
    (_F, _AINES, _DECROCHAGE, 3),
    (_F, _AINES, _EMPLOI, 4),
    (_F, _AINES, _FORMATION, 1),
    (_H, _COLLEGE, _ECOLE, 11),
    (_H, _MINEURS, _DECROCHAGE, 8),
    (_H, _MINEURS, _FORMATION, 4),
    (_H, _JEUNES, _DECROCHAGE, 4),
    (_H, _JEUNES, _EMPLOI, 4),
    (_H, _JEUNES, _FORMATION, 2),
    (_H, _AINES, _DECROCHAGE, 1),
    (_H, _AINES, _EMPLOI, 3),
    (_H, _AINES, _FORMATION, 1),
)
# those who came in after her, before the end of the same quarter
_ENSUITE = (
    (_H, _MINEURS, _DECROCHAGE, 2),
    (_H, _MINEURS, _FORMATION, 4),
    (_H, _JEUNES, _DECROCHAGE, 1),
    (_H, _JEUNES, _EMPLOI, 4),
)


def _many(rows: Iterable[tuple[Sexe, TrancheAge, Bande, int]], days: list[date]) -> Iterator[Jeune]:
    people = [(sexe, age, bande) for sexe, age, bande, count in rows for _ in range(count)]
    for rank, (sexe, age, bande) in enumerate(people):
        yield Jeune(days[rank % len(days)], sexe, age, bande)


QUARTIER = (
    *_many(_DEJA_LA, [date(2024, 3, 4), date(2025, 3, 3), date(2026, 3, 2)]),
    INES,
    *_many(_ENSUITE, [date(2026, 11, 9), date(2026, 12, 7)]),
)
SEULE = (*(jeune for jeune in QUARTIER if jeune.arrivee < ARRIVEE), INES)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a dashboard on a day; None: without that filter. Several ages are alternatives."""

    jour: date
    sexe: Sexe | None = None
    ages: frozenset[TrancheAge] | None = None

    @property
    def cle(self) -> Cle:
        """The same of our lattice, when it has at most one age. Raises ValueError otherwise."""
        (age,) = self.ages or (None,)
        asked = {Critere.SEXE: self.sexe, Critere.AGE: age}
        return Cle.of({critere: value.value for critere, value in asked.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Ordinaire:
    """What an ordinary dashboard shows: exact counts, None for those under its threshold."""

    effectif: int | None
    bandes: dict[Bande, int | None]


@dataclass(frozen=True, slots=True)
class Edition:
    """What our ledger shows of a cohort on a day.

    `millesime`: the last one that holds it, null when none does; `refus`: why the newest one does not. `effectif` and
    `cellules` are rounded; without cells when the people are too few for more than a headcount.
    """

    millesime: int | None
    refus: Raison | None
    effectif: int | None = None
    cellules: dict[Bande, Cellule | None] | None = None


def ordinary(question: Question) -> Ordinaire:
    """Live, with any filter, under the threshold of 11 alone."""
    found = [jeune for jeune in QUARTIER if _asked(question, jeune)]
    bandes = Counter(jeune.bande for jeune in found)
    return Ordinaire(_redacted(len(found)), {bande: _redacted(bandes[bande]) for bande in bandes_vues()})


def bandes_vues() -> list[Bande]:
    """The situations of the invented quarter, in the order of the list."""
    return [bande for bande in BANDES_PUBLIEES if bande in {jeune.bande for jeune in QUARTIER}]


def published(cle: Cle, jour: date) -> Edition:
    """Our ledger, from the freezes held by that day."""
    millesime = quarter_of(jour) - 1
    refus = _refusals(QUARTIER, millesime).get(cle)
    held = [q for q in (DERNIER, DERNIER - 1) if q <= millesime and (cle, q) in _ledger(QUARTIER, millesime)]
    if not held:
        return Edition(None, refus)
    people = [jeune for jeune in QUARTIER if quarter_of(jeune.arrivee) <= held[0] and _holds(cle, jeune)]
    bandes = Counter(jeune.bande for jeune in people)
    cells = {bande: cellule(bandes[bande], effectif=len(people)) for bande in bandes_vues()}
    shown = cells if niveau(len(people)) is not Niveau.EFFECTIF else None
    return Edition(held[0], refus, rounded(len(people)), shown)


def refused_alone() -> Raison | None:
    """Why the whole quarter would keep its last edition, had nobody else come in with her."""
    return _refusals(SEULE, DERNIER).get(Cle())


def _redacted(count: int) -> int | None:
    return count if count >= SEUIL else None


def _asked(question: Question, jeune: Jeune) -> bool:
    return (
        jeune.arrivee <= question.jour
        and question.sexe in (None, jeune.sexe)
        and (question.ages is None or jeune.age in question.ages)
    )


def _holds(cle: Cle, jeune: Jeune) -> bool:
    mine = {Critere.SEXE: jeune.sexe.value, Critere.AGE: jeune.age.value}
    return all(mine.get(critere) == valeur for critere, valeur in cle.filtres)


def _ledger(people: tuple[Jeune, ...], millesime: int) -> set[tuple[Cle, int]]:
    return {held for edition in _editions(people, millesime) for held in edition.ensembles}


def _refusals(people: tuple[Jeune, ...], millesime: int) -> dict[Cle, Raison]:
    """Of the newest edition."""
    return {
        cle: raison for cle, mesure, raison in _editions(people, millesime)[-1].refus if mesure is Mesure.SITUATIONS
    }


@lru_cache(maxsize=4)
def _editions(people: tuple[Jeune, ...], millesime: int) -> tuple[Admission, ...]:
    """The first freeze closes all the quarters before hers; that of hers comes next. A few milliseconds, once."""
    held: list[tuple[Cle, int]] = []
    editions = []
    for vintage in range(DERNIER - 1, millesime + 1):
        atomes = _atoms(people, vintage)
        cuts = {*(q for _, q in held), *(vintage - retard for retard in RETARDS)}
        registre = Registre(atomes, seuils=cuts)
        for cle, quarter in held:
            registre.admit(cle, quarter)
        admission = hold_gate(registre, atomes, vintage, pause=lambda: None)
        held += admission.ensembles
        editions.append(admission)
    return tuple(editions)


def _atoms(people: tuple[Jeune, ...], millesime: int) -> Atomes:
    counted = Counter(
        Lieu(quarter_of(jeune.arrivee), _LIEU, 0, jeune.sexe.value, jeune.age.value, _STRUCTURE)
        for jeune in people
        if quarter_of(jeune.arrivee) <= millesime
    )
    return Atomes(list(counted), np.array(list(counted.values()), dtype=np.int64))
