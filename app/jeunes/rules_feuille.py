"""Mon parcours: what may stand on the page, what is ticked at first, what fits on one sheet. Pure functions.

The page is given to the young person: nothing on it comes from what others reserved, and it prints what was ticked
and nothing else. It lies about at home, so what a family may read begins unticked for a minor.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from app.jeunes.vocabulaire_feuille import Rubrique
from app.parcours.rules import MAJORITE, age_at

# On one A4 sheet at 12 points (feuille.css): letters of a line, millimetres of a line, between two things, and of what
# is left to them below the titles. `tests/browser/test_recits_feuille.py` prints a full one.
LETTRES, LIGNE, ECART, PLACE = 68, 5.8, 1.4, 190
PRENOM = "prenom"


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that may be ticked. `cle` says nothing of it and stands in an address.

    `rubrique`: None for the first name, at the head. `pas`: small steps, and whether each is done. `maison`: what a
    minor may not want read at home.
    """

    cle: str
    rubrique: Rubrique | None
    texte: str
    detail: str = ""
    pas: tuple[tuple[str, bool], ...] = ()
    maison: bool = False

    @property
    def hauteur(self) -> float:
        """Millimetres that it takes on paper, never fewer than it will."""
        parts = [self.texte, self.detail, *(mots for mots, _ in self.pas)]
        lines = sum(ceil(len(part) / LETTRES) + part.count("\n") for part in parts if part)
        return lines * LIGNE + ECART


def may_be_minor(naissance: date | int | None, today: date) -> bool:
    """Of a birth year alone, until the year of the nineteenth birthday; when nothing is known, it may be so."""
    if naissance is None:
        return True
    ans = age_at(naissance, today)
    return ans <= MAJORITE if isinstance(naissance, int) else ans < MAJORITE


def ticked_at_first(elements: Sequence[Element], *, mineur: bool) -> frozenset[str]:
    """All that fits, in the order of the page; for somebody who may be a minor, without what is said at home."""
    room, ticked = PLACE, []
    for element in elements:
        if element.maison and mineur:
            continue
        if element.hauteur <= room:
            ticked.append(element.cle)
            room -= element.hauteur
    return frozenset(ticked)


def printed(elements: Sequence[Element], ticked: Collection[str]) -> list[Element]:
    """What was ticked among what may be, in the order of the page."""
    return [element for element in elements if element.cle in ticked]


def fits(chosen: Sequence[Element]) -> bool:
    """Whether it stands on one sheet."""
    return sum(element.hauteur for element in chosen) <= PLACE
