"""The choice of a territory, the same on every form."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms.fields.choices import SelectChoice

from app.programme.vocabulaire import GenreTerritoire

_GENRES = {GenreTerritoire.QPV: "QPV {}", GenreTerritoire.QVA: "QVA {}"}


def territoire_choices(territoires: Iterable) -> list[SelectChoice]:
    """From the rows of `programme.queries.territoires_ouverts`, grouped by kind and generation."""
    return [SelectChoice(row.id, row.nom, optgroup=_group(row.genre, row.generation)) for row in territoires]


def _group(genre: GenreTerritoire, generation: int | None) -> str:
    return _GENRES.get(genre, genre.label).format(generation)
