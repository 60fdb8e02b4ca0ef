"""Claims, tries, takeovers and the heartbeat, on both engines, with works of these tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts.maison import Maison
from app.alertes import planification
from app.alertes.models_taches import Battement, Passage
from app.alertes.planification import Deroule, Interrompu, Issue, beat, forget_dead_heartbeat, run_slot
from app.alertes.queries_planification import last_runs, slots_to_run, watch
from app.alertes.rules_planification import last_slot
from app.alertes.vocabulaire import StatutPassage, Tache
from app.cli.planificateur_boucle import Planificateur
from tests.conftest import FrozenClock

# a Wednesday at 09:30 in Paris
START = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
NUIT = "2026-11-25"


@pytest.fixture(autouse=True)
def nobody_stops() -> Iterator[None]:
    yield
    planification.allow_again()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


def night(maison: Maison, work: Callable[..., str], porteur: str = "un") -> Deroule:
    return run_slot(maison, Tache.NUIT, NUIT, work, porteur=porteur, now=maison.clock())


def broken(maison: Maison, creneau: str) -> str:
    raise ValueError("Kevin Durand, 06 12 34 56 78")


def killed(maison: Maison, creneau: str) -> str:
    """What a process leaves that was killed: nothing after the claim is written."""
    raise SystemExit


def stored(maison: Maison) -> Passage:
    with maison.database.reading() as session:
        return session.scalars(select(Passage)).one()


def test_a_slot_runs_once_and_says_what_it_did(maison: Maison) -> None:
    seen = []

    def work(given: Maison, creneau: str) -> str:
        seen.append((given, creneau))
        assert stored(maison).statut is StatutPassage.PRIS
        return "ouvertes=3 fermees=1"

    assert night(maison, work) == Deroule(Issue.FINI, "ouvertes=3 fermees=1")
    assert night(maison, work).issue is Issue.DEJA_PRIS
    assert night(maison, work, porteur="deux").issue is Issue.DEJA_PRIS
    assert seen == [(maison, NUIT)]
    run = stored(maison)
    assert (run.statut, run.bilan, run.essais, run.fini_le) == (StatutPassage.FINI, "ouvertes=3 fermees=1", 1, START)


def test_a_long_account_is_cut_rather_than_lost(maison: Maison) -> None:
    assert night(maison, lambda *_: "x" * 500).issue is Issue.FINI
    assert stored(maison).bilan == "x" * 200


def test_many_who_claim_at_once_run_it_once(maison: Maison) -> None:
    """Not the leader's business: two leaders must be impossible, and still do nothing twice."""
    runs, issues, together = [], [], threading.Barrier(6)

    def claim() -> None:
        together.wait()
        # one porteur: else the second would rightly take over from a dead leader
        issues.append(night(maison, lambda *_: runs.append(1) or "").issue)

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(runs), issues.count(Issue.FINI), issues.count(Issue.DEJA_PRIS)) == (1, 1, 5)


def test_a_failure_is_tried_three_times_and_never_quotes_a_value(
    maison: Maison, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    assert night(maison, broken) == Deroule(Issue.ECHOUE, "erreur=builtins.ValueError")
    assert night(maison, broken).issue is Issue.DEJA_PRIS
    for minutes in (5, 30):
        clock.now += timedelta(minutes=minutes) - timedelta(seconds=1)
        assert night(maison, broken).issue is Issue.DEJA_PRIS
        clock.now += timedelta(seconds=1)
        assert night(maison, broken).issue is Issue.ECHOUE
    clock.now += timedelta(hours=5)
    assert night(maison, lambda *_: "").issue is Issue.DEJA_PRIS
    run = stored(maison)
    assert (run.statut, run.essais, run.bilan) == (StatutPassage.ECHOUE, 3, "erreur=builtins.ValueError")
    assert "Kevin" not in caplog.text
    assert "test_planification.py" in caplog.text


def test_what_failed_once_may_end_well(maison: Maison, clock: FrozenClock) -> None:
    night(maison, broken)
    clock.now += timedelta(minutes=5)
    assert night(maison, lambda *_: "ouvertes=0").issue is Issue.FINI
    run = stored(maison)
    assert (run.statut, run.bilan, run.essais) == (StatutPassage.FINI, "ouvertes=0", 2)


def test_what_a_dead_leader_held_is_begun_again_by_the_next_one(maison: Maison) -> None:
    with pytest.raises(SystemExit):
        night(maison, killed, porteur="mort")
    assert night(maison, killed, porteur="mort").issue is Issue.DEJA_PRIS
    assert night(maison, lambda *_: "ouvertes=1", porteur="vif").issue is Issue.FINI
    run = stored(maison)
    assert (run.porteur, run.essais) == ("vif", 2)


def test_a_slot_that_kills_whoever_takes_it_is_given_up(maison: Maison) -> None:
    for number in range(3):
        with pytest.raises(SystemExit):
            night(maison, killed, porteur=f"mort {number}")
    assert night(maison, killed, porteur="vif").issue is Issue.ABANDONNE
    assert night(maison, killed, porteur="vif").issue is Issue.DEJA_PRIS
    run = stored(maison)
    assert (run.statut, run.bilan, run.essais) == (StatutPassage.ECHOUE, "interrompu=3", 3)


def test_who_lost_the_lead_says_nothing_of_a_slot_that_another_ended(maison: Maison) -> None:
    def overtaken(given: Maison, creneau: str) -> str:
        night(maison, lambda *_: "celui qui mène", porteur="deux")
        return "celui qui ne mène plus"

    night(maison, overtaken, porteur="un")
    run = stored(maison)
    assert (run.porteur, run.bilan, run.essais) == ("deux", "celui qui mène", 2)


def test_a_job_told_to_stop_leaves_its_slot_to_the_next_start(maison: Maison) -> None:
    steps = []

    def long(given: Maison, creneau: str) -> str:
        for number in range(10):
            planification.stop_point()
            steps.append(number)
            if number == 2:
                planification.request_stop()
        return "dix"

    assert night(maison, long).issue is Issue.INTERROMPU
    assert steps == [0, 1, 2]
    with maison.database.reading() as session:
        assert session.scalars(select(Passage)).all() == []
        assert last_slot(Tache.NUIT, START) in slots_to_run(session, porteur="un", now=START)
    planification.allow_again()
    assert night(maison, lambda *_: "").issue is Issue.FINI


def test_a_job_may_not_hide_that_it_was_stopped(maison: Maison) -> None:
    planification.request_stop()
    with pytest.raises(Interrompu):
        planification.stop_point()


class Alone:
    """The lead, for a planificateur that these tests drive."""

    def __init__(self, free: bool = True) -> None:
        self.free = free

    def take(self) -> bool:
        return self.free

    def held(self) -> bool:
        return self.free

    def release(self) -> None:
        pass


def counting(runs: list[tuple[Tache, str]]) -> dict[Tache, planification.Work]:
    def work_of(tache: Tache) -> planification.Work:
        return lambda maison, creneau: runs.append((tache, creneau)) or ""

    return {tache: work_of(tache) for tache in Tache}


def test_after_nights_off_each_job_runs_once(maison: Maison, clock: FrozenClock) -> None:
    runs: list[tuple[Tache, str]] = []
    planificateur = Planificateur(maison, Alone(), counting(runs))
    assert planificateur.run_once() is True
    due = [(Tache.NUIT, NUIT), (Tache.HEURE, f"{NUIT}T09"), (Tache.SEMAINE, "2026-S47"), (Tache.COURRIELS, NUIT)]
    due.append((Tache.TRIMESTRE, "2026-T3"))
    assert runs == due
    assert planificateur.run_once() is True
    assert runs == due
    runs.clear()
    clock.now += timedelta(days=10, hours=4)
    planificateur.run_once()
    assert runs == [(Tache.NUIT, "2026-12-05"), (Tache.HEURE, "2026-12-05T13"), (Tache.SEMAINE, "2026-S48")]
    with maison.database.reading() as session:
        assert [(run.tache, run.creneau) for run in last_runs(session)] == [*runs, *due[3:]]


def test_one_job_that_fails_does_not_stop_the_others(maison: Maison) -> None:
    runs: list[tuple[Tache, str]] = []
    works = counting(runs) | {Tache.NUIT: broken}
    assert Planificateur(maison, Alone(), works).run_once() is False
    assert [tache for tache, _ in runs] == [Tache.HEURE, Tache.SEMAINE, Tache.COURRIELS, Tache.TRIMESTRE]


def test_nothing_runs_without_the_lead(maison: Maison) -> None:
    runs: list[tuple[Tache, str]] = []
    planificateur = Planificateur(maison, Alone(free=False), counting(runs))
    assert planificateur.run_once() is None
    assert planificateur.run_due() == []
    assert runs == []


def test_the_heartbeat_is_one_row_that_the_last_leader_writes(maison: Maison) -> None:
    for porteur, seconds in (("un", 0), ("un", 30), ("deux", 90)):
        now = START + timedelta(seconds=seconds)
        with maison.database.writing() as session:
            beat(session, porteur=porteur, commence_le=now, now=now)
    with maison.database.reading() as session:
        only = session.scalars(select(Battement)).one()
        assert (only.porteur, only.vu_le) == ("deux", START + timedelta(seconds=90))


def test_a_timer_forgets_a_dead_heartbeat_and_spares_a_living_one(maison: Maison, clock: FrozenClock) -> None:
    with maison.database.writing() as session:
        beat(session, porteur="un", commence_le=START, now=START)
    for later, left in ((timedelta(minutes=3), 1), (timedelta(minutes=3, seconds=1), 0)):
        with maison.database.writing() as session:
            forget_dead_heartbeat(session, now=START + later)
        with maison.database.reading() as session:
            assert len(session.scalars(select(Battement)).all()) == left


def test_the_watch_reads_the_nights_alone(maison: Maison, clock: FrozenClock) -> None:
    with maison.database.reading() as session:
        assert watch(session).jamais_lance
    run_slot(maison, Tache.HEURE, f"{NUIT}T09", lambda *_: "", porteur="un", now=START)
    with maison.database.reading() as session:
        assert watch(session).jamais_lance
    night(maison, lambda *_: "")
    clock.now += timedelta(days=1)
    run_slot(maison, Tache.NUIT, "2026-11-26", broken, porteur="un", now=clock.now)
    with maison.database.writing() as session:
        beat(session, porteur="un", commence_le=START, now=clock.now)
    with maison.database.reading() as session:
        seen = watch(session)
    assert (seen.nuit, seen.nuit_finie_le, seen.nuit_prise_le) == (StatutPassage.ECHOUE, START, START)
    assert (seen.vu_le, seen.commence_le) == (clock.now, START)
