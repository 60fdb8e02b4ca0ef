"""What a territory may be (vocabulaires.md): a QPV of 2015 or 2024, a QVA of 2015, a commune, or outside."""

from __future__ import annotations

from app.db.errors import DomainError
from app.programme.vocabulaire import GENERATIONS, GenreTerritoire

LONGUEUR_CODE = 60
LONGUEUR_NOM = 120
_GENERATIONS: dict[GenreTerritoire, tuple[int | None, ...]] = {
    GenreTerritoire.QPV: GENERATIONS,
    GenreTerritoire.QVA: GENERATIONS[:1],
}


def normalise(text: str) -> str:
    return " ".join(text.split())


def code_libre(nom: str) -> str:
    """The code of a territory that has none but its name."""
    return nom[:LONGUEUR_CODE].rstrip()


def check_territoire(
    *, code: str, nom: str, genre: GenreTerritoire, generation: int | None, commune_id: int | None
) -> None:
    """DomainError: code_requis, code_trop_long, nom_requis, nom_trop_long, generation_ and commune_impossible."""
    for field, text, longest in (("code", code, LONGUEUR_CODE), ("nom", nom, LONGUEUR_NOM)):
        if not text:
            raise DomainError(f"{field}_requis", field=field)
        if len(text) > longest:
            raise DomainError(f"{field}_trop_long", field=field, maximum=longest)
    if generation not in _GENERATIONS.get(genre, (None,)):
        raise DomainError("generation_impossible", field="generation")
    if genre is GenreTerritoire.COMMUNE and commune_id is not None:
        raise DomainError("commune_impossible", field="commune_id")
