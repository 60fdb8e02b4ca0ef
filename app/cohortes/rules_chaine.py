"""The chain of the ledger (cohortes.md, R3): each publication covers its cells and the publication before it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from app.cohortes.vocabulaire import Mesure, Niveau

ORIGINE = bytes(32)
_PREFIXE = b"parcours/registre/1"


@dataclass(frozen=True, slots=True)
class Contenu:
    """What a publication says: everything but its place in the chain."""

    cle: str
    mesure: Mesure
    millesime: int
    trimestre: int
    effectif: int
    niveau: Niveau
    mois: str
    suite_de: int | None


def link(numero: int, contenu: Contenu, cellules: Iterable[tuple[int, str, str, int]], precedente: bytes) -> bytes:
    """SHA-256 of a publication, of its cells (mois, categorie, marque, valeur) in order, and of the link before."""
    said = [
        numero, contenu.cle, str(contenu.mesure), contenu.millesime, contenu.trimestre, contenu.effectif,
        str(contenu.niveau), contenu.mois, contenu.suite_de,
        [[mois, categorie, str(marque), valeur] for mois, categorie, marque, valeur in sorted(cellules)],
    ]  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(_PREFIXE + text.encode() + precedente).digest()
