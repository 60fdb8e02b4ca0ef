"""The day of the return that still holds, over every shape of a way back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

import pytest

from app.parcours.rules import current_situation
from app.parcours.rules_retour import return_day
from app.parcours.vocabulaire import Contrat, GenreEtape, StatutEtape


@dataclass(frozen=True)
class Pas:
    genre: GenreEtape
    debut: date
    fin: date | None = None
    statut: StatutEtape | None = None
    contrat: Contrat | None = None
    id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        known = self.statut or (StatutEtape.EN_COURS if self.fin is None else StatutEtape.TERMINEE)
        object.__setattr__(self, "statut", known)


G = GenreEtape
JAN, FEV, MARS, AVRIL, MAI, JUIN = (date(2025, month, 1) for month in range(1, 7))
DECROCHAGE = Pas(G.DECROCHAGE, JAN, MARS)
CASES = {
    "nothing": ([], None),
    "a return the day after": ([DECROCHAGE, Pas(G.FORMATION, date(2025, 3, 2))], date(2025, 3, 2)),
    "a return much later": ([DECROCHAGE, Pas(G.EMPLOI, MAI)], MAI),
    "the raccrochage began before the décrochage was closed": ([DECROCHAGE, Pas(G.RACCROCHAGE, FEV)], MARS),
    "begun within it and still open after": ([DECROCHAGE, Pas(G.RACCROCHAGE, FEV, AVRIL), Pas(G.SCOLARITE, MAI)], MARS),
    "begun and over within it is no return": ([DECROCHAGE, Pas(G.FORMATION, FEV, date(2025, 2, 20))], None),
    "the first of two steps in a row": ([DECROCHAGE, Pas(G.RACCROCHAGE, AVRIL, MAI), Pas(G.SCOLARITE, MAI)], AVRIL),
    "the schooling that was left is not the return": ([Pas(G.SCOLARITE, date(2024, 9, 2)), DECROCHAGE], None),
    "a chantier brings nobody back": ([DECROCHAGE, Pas(G.CHANTIER_EDUCATIF, AVRIL), Pas(G.SANS_SOLUTION, AVRIL)], None),
    "back, then without a solution": ([DECROCHAGE, Pas(G.FORMATION, AVRIL, MAI), Pas(G.SANS_SOLUTION, MAI)], None),
    "back, then nothing open": ([DECROCHAGE, Pas(G.FORMATION, AVRIL, MAI)], None),
    "back, then an accompaniment alone": ([DECROCHAGE, Pas(G.FORMATION, AVRIL, MAI), Pas(G.ACCOMPAGNEMENT, MAI)], None),
    "a second décrochage is open": ([DECROCHAGE, Pas(G.FORMATION, AVRIL), Pas(G.DECROCHAGE, MAI)], None),
    "back from the second one": (
        [DECROCHAGE, Pas(G.FORMATION, AVRIL, MAI), Pas(G.DECROCHAGE, MAI, JUIN), Pas(G.EMPLOI, JUIN)],
        JUIN,
    ),
    "back, then without a solution, then back again": (
        [DECROCHAGE, Pas(G.FORMATION, AVRIL, MAI), Pas(G.SANS_SOLUTION, MAI, JUIN), Pas(G.EMPLOI, JUIN)],
        JUIN,
    ),
    "without a solution before the décrochage changes nothing": (
        [Pas(G.SANS_SOLUTION, JAN, FEV), Pas(G.DECROCHAGE, FEV, MARS), Pas(G.EMPLOI, AVRIL)],
        AVRIL,
    ),
    "a planned step is no return yet": ([DECROCHAGE, Pas(G.EMPLOI, JUIN, statut=StatutEtape.PREVUE)], None),
    "a décrochage that did not take place": (
        [Pas(G.DECROCHAGE, JAN, MARS, StatutEtape.ANNULEE), Pas(G.EMPLOI, AVRIL)],
        None,
    ),
    "a raccrochage whose décrochage nobody wrote": ([Pas(G.RACCROCHAGE, AVRIL)], AVRIL),
    "a job without any décrochage": ([Pas(G.EMPLOI, AVRIL)], None),
    "that raccrochage is over": ([Pas(G.RACCROCHAGE, AVRIL, MAI), Pas(G.SCOLARITE, MAI)], None),
}


@pytest.mark.parametrize(("steps", "expected"), CASES.values(), ids=CASES.keys())
def test_the_day_of_the_return(steps: list[Pas], expected: date | None) -> None:
    now = current_situation(steps, ouvert_le=JAN, clos_le=None)
    for order in (steps, steps[::-1]):
        assert return_day(order, now.situation) == expected


def test_after_the_exit_no_return_is_watched() -> None:
    steps = [DECROCHAGE, Pas(G.EMPLOI, AVRIL)]
    assert return_day(steps, current_situation(steps, ouvert_le=JAN, clos_le=JUIN).situation) is None
