"""The table: what was measured, against what, and whether the budget is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COLONNES = ("Work", "Measure", "Floor or peer", "Ratio", "Budget", "Held")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a ratio may be at most, or must be at least; `unite` follows a figure that is no ratio."""

    limite: float
    au_moins: bool = False
    unite: str = ""

    def __str__(self) -> str:
        return f"{'≥' if self.au_moins else '≤'} {self.limite:g}{self.unite or ' ×'}"

    def held(self, ratio: float) -> bool:
        return ratio >= self.limite if self.au_moins else ratio <= self.limite


def at_most(limite: float, unite: str = "") -> Budget:
    return Budget(limite, unite=unite)


def at_least(limite: float) -> Budget:
    return Budget(limite, au_moins=True)


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line of the table. Without a budget it informs, and is neither held nor missed."""

    travail: str
    mesure: str
    contre: str = "–"
    rapport: float | None = None
    budget: Budget | None = None

    @property
    def tenu(self) -> bool | None:
        return None if self.budget is None or self.rapport is None else self.budget.held(self.rapport)

    def cells(self) -> tuple[str, ...]:
        unite = self.budget.unite if self.budget else ""
        ratio = "–" if self.rapport is None else f"{_figure(self.rapport)}{unite or ' ×'}"
        verdict = {None: "–", True: "yes", False: "**no**"}[self.tenu]
        return (self.travail, self.mesure, self.contre, ratio, str(self.budget or "–"), verdict)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(entete: Iterable[str], lignes: Sequence[Ligne]) -> str:
    """The whole report: the machine and the sizes, then the table."""
    rows = [COLONNES, *(ligne.cells() for ligne in lignes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLONNES))]
    table = [_row(rows[0], widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    table += [_row(row, widths) for row in rows[1:]]
    return "\n".join([*entete, "", *table, ""])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
