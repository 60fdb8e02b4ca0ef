"""The closed lattice of cohorts (cohortes.md, R1): what may be asked, and in what order it is published.

Dimensions frozen at entry, two at most, one value each: every reader reads the same cells. A quarter is
`annee * 4 + n - 1` for n = 1 to 4; a month `annee * 12 + mois - 1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from app.cohortes.filtres import Critere
from app.db.errors import DomainError

FILTRES_MAX = 2
# Quarters back from the vintage at which a cohort is cut again: those who have lived 0, 6, 12, 24… months since they
# came in. The curves stand on these sets alone, so that each one went through the gate.
RETARDS = (0, 2, 4, 8, 12, 16, 20, 24, 32, 40)
TOUT = "tout"
_TRIMESTRE = re.compile(r"((?:19|20|21)[0-9]{2})-T([1-4])")


@dataclass(frozen=True, slots=True, order=True)
class Cle:
    """A cohort of the lattice: its criteria in the order of `Critere`, one value each."""

    filtres: tuple[tuple[Critere, str], ...] = ()

    @classmethod
    def of(cls, filtres: Mapping[Critere, str]) -> Cle:
        """Raises DomainError: trop_de_filtres."""
        if len(filtres) > FILTRES_MAX:
            raise DomainError("trop_de_filtres")
        return cls(tuple((critere, filtres[critere]) for critere in Critere if critere in filtres))

    @classmethod
    def read(cls, code: str) -> Cle:
        """From the `code` of a stored cohort."""
        if code == TOUT:
            return cls()
        return cls.of({Critere(nom): valeur for nom, _, valeur in (part.partition("=") for part in code.split(","))})

    @property
    def code(self) -> str:
        return ",".join(f"{critere}={valeur}" for critere, valeur in self.filtres) or TOUT

    def get(self, critere: Critere) -> str | None:
        return dict(self.filtres).get(critere)

    def without(self, critere: Critere) -> Cle:
        return Cle(tuple(filtre for filtre in self.filtres if filtre[0] is not critere))

    def parents(self) -> list[tuple[Cle, Critere]]:
        """The cohorts with one criterion less, and the criterion that tells them apart."""
        return [(self.without(critere), critere) for critere, _ in self.filtres]


def lattice(valeurs: Mapping[Critere, Iterable[str]]) -> Iterator[Cle]:
    """Every cohort that these values make, fewest criteria first."""
    found = {critere: list(valeurs.get(critere, ())) for critere in Critere}
    for size in range(FILTRES_MAX + 1):
        for criteres in combinations(Critere, size):
            yield from _crossings(found, criteres, ())


def _crossings(
    valeurs: Mapping[Critere, list[str]], criteres: tuple[Critere, ...], so_far: tuple[tuple[Critere, str], ...]
) -> Iterator[Cle]:
    if not criteres:
        yield Cle(so_far)
        return
    for valeur in valeurs[criteres[0]]:
        yield from _crossings(valeurs, criteres[1:], (*so_far, (criteres[0], valeur)))


def quarter_of(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def last_month_of(trimestre: int) -> int:
    """The index of the last month of a quarter."""
    return trimestre * 3 + 2


def first_day_after(trimestre: int) -> date:
    """The day when a quarter is over."""
    annee, rang = divmod(trimestre + 1, 4)
    return date(annee, rang * 3 + 1, 1)


def year_of(trimestre: int) -> int:
    return trimestre // 4


def quarter_code(trimestre: int) -> str:
    """`2026-T3`."""
    annee, rang = divmod(trimestre, 4)
    return f"{annee}-T{rang + 1}"


def read_quarter(texte: str) -> int:
    """`AAAA-Tn`. Raises DomainError: trimestre_illisible."""
    parts = _TRIMESTRE.fullmatch(texte.strip())
    if parts is None:
        raise DomainError("trimestre_illisible", field="jusqua")
    return int(parts[1]) * 4 + int(parts[2]) - 1


def last_quarter_over(today: date) -> int:
    """The last quarter that is finished on that day."""
    return quarter_of(today) - 1


def observed_months(trimestre: int, millesime: int) -> int:
    """The last month since entry that all who came in in that quarter have lived at the end of the vintage."""
    return 3 * (millesime - trimestre)
