"""What a part of a page of cohorts is made of: sentences, a chart, tables of the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.cohortes.rules_graphiques import Figure
from app.cohortes.rules_lecture import Lu
from app.cohortes.vocabulaire import Mesure

Releves = Mapping[Mesure, Lu]
Ligne = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Tableau:
    """`colonnes` begins with the head of the labels; `lignes` are (label, texts)."""

    legende: str
    colonnes: tuple[str, ...]
    lignes: list[Ligne]


@dataclass(frozen=True, slots=True)
class Volet:
    """One part. `dit` is in sight; `repere` is a small table in sight; `tables` are folded under the chart.

    `legende`: codes of the bands to name under the chart. `alt`: what the chart shows, for who does not see it.
    """

    id: str
    titre: str
    lire: tuple[str, ...]
    tables: tuple[Tableau, ...] = ()
    dit: tuple[str, ...] = ()
    figure: Figure | None = None
    alt: str = ""
    legende: tuple[str, ...] = ()
    repere: Tableau | None = None
    date: str = ""
    definitions: tuple[tuple[str, str], ...] = ()
    # said under the chart
    note: str = ""
    # what the list of the parts calls it
    court: str = ""
