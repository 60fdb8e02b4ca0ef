"""Promises, on random histories: nightly = hourly = sum of re-evaluations, twice = once, order does not matter, no date
comes too late, both engines agree; and all of them say what a reading of the rules written apart says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from app.alertes.models import Alerte, Echeance, EvenementAlerte
from app.alertes.queries_ecarts import differing, due, slices
from app.alertes.services import Bilan, compare, reevaluate, scan, scan_due
from app.alertes.vocabulaire import REGLES_APRES_CLOTURE, Regle
from tests.alertes.monde import JOUR, jours
from tests.alertes.vies import Peuple

ENGINES = ["sqlite", "postgresql"]
pytestmark = pytest.mark.postgresql
graines = st.integers(0, 2**32 - 1)


def at_most(examples: int) -> Any:
    return settings(
        max_examples=examples,
        deadline=None,
        # a seed does not shrink: the failing one is shown at once
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture
def both(request: pytest.FixtureRequest) -> list[Any]:
    return [request.getfixturevalue(f"{name}_tables") for name in ENGINES]


def differ(peuple: Peuple, today: date) -> list[int]:
    """Who a scan would have to write, and who a week's reconcile would."""
    found = [
        differing(peuple.session, today=today, premier=first, dernier=last) for first, last in slices(peuple.session)
    ]
    ecarts = compare(peuple.session, list(peuple.vies), today=today, naissances=peuple.naissances)
    return sorted({number for one in found for number in one if number in peuple.vies} | ecarts.dossiers())


def holds(peuple: Peuple, today: date) -> None:
    """What is open is what the reading says, and nothing is left to do."""
    assert peuple.monde.ouvertes() == peuple.dites(today)
    assert differ(peuple, today) == []
    assert scan(peuple.session, **peuple.le(today)) == Bilan(), "a second time"
    assert scan_due(peuple.session, **peuple.le(today)) == Bilan(), "the hour after"


@at_most(3)
@given(graine=graines, later=st.lists(st.integers(1, 700), min_size=1, max_size=2))
def test_a_scan_says_what_the_rules_say_on_any_day_on_both_engines(both: list[Any], graine: int, later: list[int]):
    said = []
    for engine in both:
        with Session(engine) as session:
            peuple = Peuple(session, graine, 30)
            peuple.ecrit_tout()
            for shift in (0, *sorted(later)):
                today = JOUR + jours(shift)
                scan(session, **peuple.le(today))
                holds(peuple, today)
            said.append(peuple.par_place())
            session.rollback()
    assert said[0] == said[1]


def test_the_histories_wake_every_rule(both: list[Any]):
    """Otherwise the promises of this file promise little."""
    found: Counter[str] = Counter()
    for graine in range(8):
        with Session(both[0]) as session:
            peuple = Peuple(session, graine, 40)
            for shift in (0, 110):
                found.update(one[1] for one in peuple.dites(JOUR + jours(shift)))
            session.rollback()
    assert set(found) == {regle.value for regle in Regle}
    assert min(found.values()) >= 3, found


def by_writes(peuple: Peuple, chance: Random, start: date, *, nightly: bool) -> None:
    """Day after day to JOUR: the writes of the day, each with its re-evaluation, then the hours, and the night."""
    writes = [(number, acte) for number, actes in peuple.actes.items() for acte in actes]
    days: dict[date, list[Any]] = {}
    for number, acte in writes:
        first = max(acte.jour, start)
        day = first + jours(chance.randint(0, (JOUR - first).days)) if first < JOUR else JOUR
        days.setdefault(day, []).append((number, acte))
    today = start
    scan(peuple.session, **peuple.le(today))
    while today <= JOUR:
        scan_due(peuple.session, **peuple.le(today))
        of_day = days.pop(today, [])
        chance.shuffle(of_day)
        for number, acte in of_day:
            acte.ecrit(peuple.monde, number)
            peuple.monde.rafraichit(number)
            reevaluate(peuple.session, [number], **peuple.le(today))
        if nightly and of_day:
            assert scan(peuple.session, **peuple.le(today)) == Bilan(), "the night corrects a write"
        today += jours(1)
    assert days == {}


@at_most(3)
@given(graine=graines, ordre=graines)
def test_writes_in_any_order_say_the_same_as_one_night(both: list[Any], graine: int, ordre: int):
    for engine in both:
        with Session(engine) as session:
            peuple = Peuple(session, graine, 4)
            by_writes(peuple, Random(ordre), JOUR - jours(45), nightly=ordre % 2 == 0)
            holds(peuple, JOUR)
            one_row_for_each_cause(session)
            session.rollback()


@at_most(2)
@given(graine=graines)
def test_no_date_comes_later_than_the_change_it_waits_for(both: list[Any], graine: int):
    """Four hundred days, hour after hour: whoever is not due has nothing that changed."""
    for engine in both:
        with Session(engine) as session:
            peuple = Peuple(session, graine, 8)
            peuple.ecrit_tout()
            scan(session, **peuple.le(JOUR))
            opened = peuple.monde.ouvertes()
            for shift in range(1, 401):
                today = JOUR + jours(shift)
                if due(session, today=today):
                    before = opened
                    bilan = scan_due(session, **peuple.le(today))
                    opened = peuple.monde.ouvertes()
                    assert bool(bilan.ouvertes + bilan.fermees + bilan.corrigees) == (before != opened)
                assert opened == peuple.dites(today), today
            holds(peuple, today)
            one_row_for_each_cause(session)
            events_tell_the_story(session)
            session.rollback()


def one_row_for_each_cause(session: Session) -> None:
    twice = (
        select(Alerte.dossier_id)
        .where(Alerte.fermee_le.is_(None))
        .group_by(Alerte.dossier_id, Alerte.regle, Alerte.cle)
        .having(func.count() > 1)
    )
    assert session.scalars(twice).all() == []


def events_tell_the_story(session: Session) -> None:
    """Opened, then closed and opened again in turn: one event for each change."""
    ordered = select(EvenementAlerte.alerte_id, EvenementAlerte.genre).order_by(EvenementAlerte.id)
    stories: dict[int, list[str]] = {}
    for number, genre in session.execute(ordered):
        stories.setdefault(number, []).append(genre)
    rows = session.execute(select(Alerte.id, Alerte.fermee_le, Alerte.reprises)).all()
    assert set(stories) == {row.id for row in rows}
    for number, closed, reprises in rows:
        turns = ["ouverte", "eteinte", *["rouverte", "eteinte"] * reprises]
        assert stories[number] == (turns if closed is not None else turns[:-1])


@at_most(4)
@given(graine=graines)
def test_what_closes_has_lost_its_cause_and_a_closed_dossier_only_waits_for_its_checks(both: list[Any], graine: int):
    with Session(both[graine % 2]) as session:
        peuple = Peuple(session, graine, 20)
        peuple.ecrit_tout()
        for shift in (0, 30, 90):
            today = JOUR + jours(shift)
            scan(session, **peuple.le(today))
            wanted = {one[:3] for one in peuple.dites(today)}
            closed = select(Alerte.dossier_id, Alerte.regle, Alerte.cle).where(Alerte.fermee_le.is_not(None))
            assert not {tuple(row) for row in session.execute(closed)} & wanted
        for number, regle, *_ in peuple.monde.ouvertes():
            assert (peuple.vies[number].clos_le is None) != (regle in REGLES_APRES_CLOTURE)
        session.rollback()


@contextmanager
def listening(engine: Engine) -> Iterator[list[str]]:
    """The text of what is sent meanwhile."""
    sent: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("moteur", ENGINES)
def test_a_night_writes_no_row_that_did_not_change(request: pytest.FixtureRequest, moteur: str):
    engine = request.getfixturevalue(f"{moteur}_tables")
    with Session(engine) as session:
        peuple = Peuple(session, 7, 25)
        peuple.ecrit_tout()
        scan(session, **peuple.le(JOUR))
        with listening(engine) as sent:
            scan(session, **peuple.le(JOUR))
            reevaluate(session, list(peuple.vies), **peuple.le(JOUR))
        assert [one for one in sent if not one.lstrip().startswith(("SELECT", "WITH"))] == []
        # on the next day that changes anything, only those whose date has come
        tomorrow = session.scalar(select(func.min(Echeance.prochaine)))
        before = {row.dossier_id: row for row in session.execute(select(Echeance.dossier_id, Echeance.prochaine))}
        alerts = {row.id: row for row in session.execute(select(Alerte.__table__))}
        reached = due(session, today=tomorrow)
        assert 0 < len(reached) < len(peuple.vies)
        scan(session, **peuple.le(tomorrow))
        after = {row.dossier_id: row for row in session.execute(select(Echeance.dossier_id, Echeance.prochaine))}
        changed = {number for number, row in after.items() if before[number] != row}
        alerted = {row.dossier_id for row in session.execute(select(Alerte.__table__)) if alerts.get(row.id) != row}
        assert changed == set(reached)
        assert alerted <= set(reached)
        session.rollback()
