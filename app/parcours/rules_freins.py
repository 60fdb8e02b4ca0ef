"""Distance travelled: the first level that somebody said and the latest, never a score, never a diagnosis. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from app.db.errors import DomainError
from app.parcours.rules import JOURS_AVANT_OUVERTURE, months_later
from app.parcours.rules_objectifs import themes_read
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_freins import THEMES_DE, Dimension, DitPar, Inconnu

Reponse = int | Inconnu
# The young person and the professional take stock at entry, once they know each other a little, then at intervals:
# custom of those who use such a scale, no text sets it.
JOURS_DU_PREMIER, MOIS_ENTRE_BILANS = 30, 6


def bilan_due(ouvert_le: date, dernier: date | None, *, today: date) -> bool:
    """Whether it is time to take stock: the first one, or the next; `dernier`: the day of the last one."""
    first = ouvert_le + timedelta(days=JOURS_DU_PREMIER)
    return today >= (first if dernier is None else months_later(dernier, MOIS_ENTRE_BILANS))


class Place(Protocol):
    """A row of `queries_freins.placements_of`."""

    dimension: Dimension
    dit_par: DitPar
    jour: date
    cree_le: datetime
    niveau: int | None
    inconnu: Inconnu | None


@dataclass(frozen=True, slots=True)
class Chemin:
    """From the first level to the latest, equal when there is one alone. `depuis`: the unknown said after it."""

    premier: int | None
    premier_le: date | None
    dernier: int | None
    dernier_le: date | None
    depuis: Inconnu | None = None

    @property
    def ecart(self) -> int:
        """Levels gained, negative when some were lost; 0 when there is nothing to compare."""
        return 0 if self.dernier is None or self.premier is None else self.dernier - self.premier


def travelled(placements: Iterable[Place]) -> dict[tuple[Dimension, DitPar], Chemin]:
    """For each dimension and each who, whatever the order of the rows. An unknown is never taken for a level."""
    found: dict[tuple[Dimension, DitPar], Chemin] = {}
    for row in sorted(placements, key=lambda row: (row.jour, row.cree_le)):
        key = (row.dimension, row.dit_par)
        found[key] = _further(found.get(key), row)
    return found


def _further(chemin: Chemin | None, row: Place) -> Chemin:
    before = chemin or Chemin(None, None, None, None)
    if row.niveau is None:
        return Chemin(before.premier, before.premier_le, before.dernier, before.dernier_le, row.inconnu)
    if before.premier is None:
        return Chemin(row.niveau, row.jour, row.niveau, row.jour)
    return Chemin(before.premier, before.premier_le, row.niveau, row.jour)


def dimensions_read(genres: Collection[GenreEtape] | None) -> frozenset[Dimension]:
    """The dimensions that whoever sees these kinds of step (None: all) reads and fills.

    Housing, health and family are hidden from a partner unless ticked for them (DESIGN §1).
    """
    themes = themes_read(genres)
    return frozenset(dimension for dimension, of_it in THEMES_DE.items() if of_it & themes)


def check_bilan(
    jour: date, reponses: Mapping[Dimension, Reponse], *, ouvert_le: date, clos_le: date | None, today: date
) -> None:
    """Somebody said something, today or before, while the dossier was open.

    DomainErrors: bilan_vide, bilan_futur, bilan_trop_ancien, bilan_apres_cloture.
    """
    if not reponses:
        raise DomainError("bilan_vide")
    if jour > today:
        raise DomainError("bilan_futur", field="jour")
    if jour < ouvert_le - timedelta(days=JOURS_AVANT_OUVERTURE):
        raise DomainError("bilan_trop_ancien", field="jour")
    if clos_le is not None and jour > clos_le:
        raise DomainError("bilan_apres_cloture", field="jour")
