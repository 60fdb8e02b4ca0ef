"""What one rule says of one dossier on a day, through the engine: the state row from the events, then the alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.alertes.services import reevaluate
from app.alertes.vocabulaire import Regle
from tests.alertes.monde import Monde, a_midi, jours


class Dit(NamedTuple):
    cle: str
    depuis: date
    due: date
    gravite: int
    faits: dict[str, Any]


def dit(monde: Monde, dossier: int, regle: Regle, today: date, naissance: date | None = None) -> list[Dit]:
    """The open alerts of that rule, on that day."""

    def naissances(session: Session, ids: Sequence[int]) -> dict[int, date]:
        return {number: naissance for number in ids if naissance is not None}

    monde.rafraichit(dossier)
    reevaluate(monde.session, [dossier], today=today, now=a_midi(today), naissances=naissances)
    said = (one for one in monde.ouvertes() if one[0] == dossier and one[1] == regle)
    return sorted(Dit(one[2], one[3], one[4], one[5], dict(one[6])) for one in said)


def commence(monde: Monde, dossier: int, regle: Regle, due: date, naissance: date | None = None) -> Dit:
    """It is silent the day before, and speaks once on the day; what it then says."""
    assert dit(monde, dossier, regle, due - jours(1), naissance) == []
    [said] = dit(monde, dossier, regle, due, naissance)
    return said


def cesse(monde: Monde, dossier: int, regle: Regle, le: date, naissance: date | None = None) -> None:
    """It still speaks the day before, and no more on the day."""
    assert len(dit(monde, dossier, regle, le - jours(1), naissance)) == 1
    assert dit(monde, dossier, regle, le, naissance) == []
