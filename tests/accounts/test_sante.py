"""What a monitor is answered, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from app.accounts.maison import Maison
from app.alertes.planification import beat, run_slot
from app.alertes.vocabulaire import Tache
from tests.conftest import NOW, FrozenClock


def answer(app: Flask) -> tuple[int, str]:
    got = app.test_client().get("/sante")
    assert got.mimetype == "text/plain"
    return got.status_code, got.text


def beats(house: Maison, clock: FrozenClock) -> None:
    with house.database.writing() as session:
        beat(session, porteur="machine:1:abcd", commence_le=NOW, now=clock.now)


def night(house: Maison, clock: FrozenClock, *, fails: bool = False) -> None:
    def work(maison: Maison, creneau: str) -> str:
        if fails:
            raise RuntimeError("Kevin Durand")
        return "ouvertes=0"

    run_slot(house, Tache.NUIT, clock.now.date().isoformat(), work, porteur="machine:1:abcd", now=clock.now)


def test_an_installation_that_never_launched_a_scheduler_is_well(app: Flask) -> None:
    assert answer(app) == (200, "ok\n")


def test_a_heartbeat_is_waited_for_once_there_was_one(app: Flask, house: Maison, clock: FrozenClock) -> None:
    beats(house, clock)
    clock.now += timedelta(minutes=3)
    assert answer(app) == (200, "ok\n")
    clock.now += timedelta(seconds=1)
    assert answer(app) == (503, "le planificateur ne donne plus signe de vie depuis 3 min\n")
    beats(house, clock)
    assert answer(app) == (200, "ok\n")


def test_a_night_that_fails_or_does_not_come_is_said(app: Flask, house: Maison, clock: FrozenClock) -> None:
    night(house, clock)
    clock.now += timedelta(hours=26)
    beats(house, clock)
    assert answer(app) == (200, "ok\n")
    clock.now += timedelta(seconds=1)
    missing = "aucun passage de nuit n’est allé au bout depuis plus de 26 h\n"
    assert answer(app) == (503, missing)
    night(house, clock, fails=True)
    assert answer(app) == (503, f"le dernier passage de la nuit a échoué\n{missing}")
    clock.now += timedelta(minutes=5)
    beats(house, clock)
    night(house, clock)
    assert answer(app) == (200, "ok\n")


def test_a_database_that_does_not_answer_is_said_alone(
    app: Flask, house: Maison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.accounts.views_sante.queries.database_answers", lambda database: False)
    assert answer(app) == (503, "la base de données ne répond pas\n")


def test_it_costs_three_small_statements(app: Flask, house: Maison, clock: FrozenClock) -> None:
    beats(house, clock)
    sent: list[str] = []
    event.listen(house.database.engines.read, "before_cursor_execute", lambda *given: sent.append(given[2]))
    assert answer(app)[0] == 200
    assert len([statement for statement in sent if statement != "BEGIN"]) == 3, sent
