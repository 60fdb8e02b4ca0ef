"""Places in the journal of a dossier, in a total order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from app.db.labelled import Labelled

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT = timedelta(microseconds=1)


class NatureEvenement(StrEnum):
    """What a line of the journal is."""

    DEBUT = "debut"
    FIN = "fin"
    SUIVI = "suivi"


class FiltreJournal(Labelled):
    """What the journal of a dossier shows."""

    TOUT = "tout", "Tout"
    ECHANGES = "echanges", "Échanges"
    TENTATIVES = "tentatives", "Tentatives"
    ETAPES = "etapes", "Étapes"


@dataclass(frozen=True, slots=True, order=True)
class Repere:
    """Where an event stands: its day, when it was written, then what makes the order total."""

    jour: date
    instant: datetime
    id: UUID
    nature: NatureEvenement

    def __str__(self) -> str:
        """The form that stands in an address; it says nothing of the event but its day."""
        return "~".join(
            (self.jour.isoformat(), f"{(self.instant - _ORIGIN) // _UNIT:x}", self.id.hex, self.nature.value)
        )

    @classmethod
    def lire(cls, texte: str) -> Self | None:
        """The place that `str` wrote; None for anything else."""
        try:
            jour, instant, row, nature = texte.split("~")
            when = _ORIGIN + int(instant, 16) * _UNIT
            return cls(date.fromisoformat(jour), when, UUID(row), NatureEvenement(nature))
        except (ValueError, OverflowError):
            return None
