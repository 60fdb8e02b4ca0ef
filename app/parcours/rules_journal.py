"""Places in the journal of a dossier, in a total order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from app.db.labelled import Labelled

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9000, 1, 1, tzinfo=UTC)
_UNIT = timedelta(microseconds=1)


class NatureEvenement(StrEnum):
    """What a line of the journal is."""

    CLOTURE = "cloture"
    DEBUT = "debut"
    FIN = "fin"
    OUVERTURE = "ouverture"
    RELAIS = "relais"
    REOUVERTURE = "reouverture"
    SUIVI = "suivi"


class FiltreJournal(Labelled):
    """What the journal of a dossier shows."""

    TOUT = "tout", "Tout"
    ECHANGES = "echanges", "Échanges"
    TENTATIVES = "tentatives", "Tentatives"
    ETAPES = "etapes", "Étapes"
    RELAIS = "relais", "Relais"

    @property
    def suivis(self) -> bool:
        return self not in (FiltreJournal.ETAPES, FiltreJournal.RELAIS)

    @property
    def etapes(self) -> bool:
        return self in (FiltreJournal.TOUT, FiltreJournal.ETAPES)

    @property
    def relais(self) -> bool:
        """The référents that follow each other; the opening and closings of the dossier."""
        return self in (FiltreJournal.TOUT, FiltreJournal.RELAIS)


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


def opening_place(ouvert_le: date, uid: UUID) -> Repere:
    """Before all that happened on that day, whenever it was written."""
    return Repere(ouvert_le, _ORIGIN, uid, NatureEvenement.OUVERTURE)


def closing_place(clos_le: date, row: UUID) -> Repere:
    """After all that happened on that day."""
    return Repere(clos_le, _END, row, NatureEvenement.CLOTURE)


def reopening_place(rouvert_le: date, row: UUID, *, clos_le: date) -> Repere:
    """Before all that happened on that day, but after the closing that it undoes."""
    return Repere(rouvert_le, _END if rouvert_le == clos_le else _ORIGIN, row, NatureEvenement.REOUVERTURE)
