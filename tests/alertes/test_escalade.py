"""Promise: what stays open goes up once, to every coordinateur of the structure, after its own delay; both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.alertes.models import Alerte, EvenementAlerte, Reglage
from app.alertes.services_escalade import escalate
from app.alertes.vocabulaire import GenreEvenement, Regle
from tests.alertes.monde import JOUR, MAINTENANT, Monde, a_midi, jours


@pytest.fixture
def alerte(monde: Monde) -> Callable[..., int]:
    def write(dossier_id: int, days: int, **values: Any) -> int:
        given = {"cle": "k", "depuis": JOUR, "due": JOUR, "gravite": 2, "faits": {}, "reprises": 0}
        given |= {"regle": Regle.SILENCE, "ouverte_le": a_midi(JOUR - jours(days))} | values
        row = insert(Alerte.__table__).values(dossier_id=dossier_id, **given)
        return monde.session.execute(row).inserted_primary_key[0]

    return write


def raised(monde: Monde) -> set[int]:
    return set(monde.session.scalars(select(Alerte.id).where(Alerte.escaladee_le.is_not(None))))


def told(monde: Monde) -> list[tuple[int, int | None]]:
    event = EvenementAlerte
    rows = monde.session.execute(
        select(event.alerte_id, event.agent_id).where(event.genre == GenreEvenement.ESCALADEE).order_by(event.id)
    )
    return sorted((row.alerte_id, row.agent_id or 0) for row in rows)


def run(monde: Monde, today=JOUR) -> int:
    return escalate(monde.session, today=today, now=MAINTENANT)


def test_it_goes_up_on_the_fourteenth_day_once_to_each_coordinateur(monde: Monde, alerte: Callable[..., int]) -> None:
    first, second = monde.agent(coordinateur=True), monde.agent(coordinateur=True)
    monde.agent(coordinateur=True, desactive_le=MAINTENANT)
    monde.agent(coordinateur=True, structure_id=monde.structure())
    dossier = monde.dossier(monde.agent())
    late, young = alerte(dossier, 14), alerte(dossier, 13, cle="j")
    assert run(monde) == 1
    assert raised(monde) == {late}
    assert told(monde) == [(late, first), (late, second)]
    assert run(monde) == 0
    assert len(told(monde)) == 2
    assert run(monde, JOUR + jours(1)) == 1
    assert raised(monde) == {late, young}


def test_what_is_only_to_prepare_or_to_confirm_does_not_go_up(monde: Monde, alerte: Callable[..., int]) -> None:
    monde.agent(coordinateur=True)
    dossier = monde.dossier(monde.agent())
    missing = alerte(dossier, 60, gravite=3)
    for gravite in (4, 5, 6):
        alerte(dossier, 60, gravite=gravite, cle=str(gravite))
    assert run(monde) == 1
    assert raised(monde) == {missing}


def test_days_are_those_of_paris(monde: Monde, alerte: Callable[..., int]) -> None:
    dossier = monde.dossier()
    before_midnight = datetime(2026, 3, 3, 22, 59, tzinfo=UTC)
    one = alerte(dossier, 0, ouverte_le=before_midnight)
    alerte(dossier, 0, ouverte_le=before_midnight.replace(hour=23), cle="j")
    assert run(monde) == 1
    assert raised(monde) == {one}


def test_what_is_put_off_closed_or_raised_waits(monde: Monde, alerte: Callable[..., int]) -> None:
    dossier = monde.dossier()
    alerte(dossier, 30, cle="a", reportee_au=JOUR + jours(1))
    alerte(dossier, 30, cle="b", fermee_le=MAINTENANT)
    alerte(dossier, 30, cle="c", escaladee_le=MAINTENANT - jours(3))
    ended = alerte(dossier, 30, cle="d", reportee_au=JOUR)
    assert run(monde) == 1
    assert told(monde) == [(ended, 0)]


def test_a_structure_sets_its_own_delay(monde: Monde, alerte: Callable[..., int]) -> None:
    elsewhere = monde.structure()
    monde.session.execute(insert(Reglage.__table__).values(structure_id=elsewhere, escalade=5, version=1))
    here, there = alerte(monde.dossier(), 6), alerte(monde.dossier(structure_id=elsewhere), 6)
    assert run(monde) == 1
    assert raised(monde) == {there}
    monde.session.execute(update(Reglage.__table__).values(escalade=None))
    assert run(monde, JOUR + jours(8)) == 1
    assert raised(monde) == {here, there}
