"""Which dossiers a cohort holds: criteria frozen at entry, as they are typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.db.errors import DomainError
from app.parcours.vocabulaire import Sexe, TrancheAge

_MOIS = re.compile(r"((?:19|20|21)[0-9]{2})-(0[1-9]|1[0-2])")
_ANNEE = re.compile(r"(19|20|21)[0-9]{2}")


class Critere(StrEnum):
    """What a cohort can be cut by, always as it was on the day of entry."""

    TERRITOIRE = "territoire"
    SEXE = "sexe"
    AGE = "age"
    ENTREE = "entree"
    STRUCTURE = "structure"


Filtres = Mapping[Critere, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Cohorte:
    """The dossiers that pass every criterion, observed up to the month `jusqua` included (`annee * 12 + mois - 1`).

    Several values of one criterion are alternatives.
    """

    jusqua: int
    filtres: Filtres = field(default_factory=dict)

    @property
    def lendemain(self) -> date:
        """The first day that is not observed any more."""
        annee, mois = divmod(self.jusqua + 1, 12)
        return date(annee, mois + 1, 1)


def read_month(texte: str) -> int:
    """`AAAA-MM` as `annee * 12 + mois - 1`. Raises DomainError."""
    parts = _MOIS.fullmatch(texte.strip())
    if parts is None:
        raise DomainError("mois_illisible", field="jusqua")
    return int(parts[1]) * 12 + int(parts[2]) - 1


def read_filters(textes: Iterable[str]) -> Filtres:
    """`critere=valeur`, as many as wanted. Raises DomainError: unknown criterion, unknown value of a closed list."""
    filtres: dict[Critere, set[str]] = {}
    for texte in textes:
        cle, _, valeur = (part.strip() for part in texte.partition("="))
        if cle not in list(Critere):
            raise DomainError("critere_inconnu", field=cle, attendus=list(Critere))
        _check_value(Critere(cle), valeur)
        filtres.setdefault(Critere(cle), set()).add(valeur)
    return {critere: frozenset(valeurs) for critere, valeurs in filtres.items()}


def _check_value(critere: Critere, valeur: str) -> None:
    codes = {Critere.SEXE: list(Sexe), Critere.AGE: list(TrancheAge)}.get(critere)
    if codes is not None and valeur not in codes:
        raise DomainError("valeur_inconnue", field=critere, attendus=codes)
    if critere is Critere.ENTREE and _ANNEE.fullmatch(valeur) is None:
        raise DomainError("annee_illisible", field=critere)
    if not valeur:
        raise DomainError("valeur_vide", field=critere)
