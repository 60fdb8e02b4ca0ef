"""The scheduler in real processes, on both engines: killed, doubled, stopped, cut from its database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, make_url, select

from app.accounts.models import Structure
from app.alertes.models_taches import Battement, Passage
from app.alertes.vocabulaire import StatutPassage, Tache
from app.config import Settings
from app.db.engine import make_engines
from app.db.meneur import FileLead
from app.db.unit import Database
from tests.cli.planificateur_d_essai import STEPS
from tests.conftest import SERVER

# a Wednesday at 09:30 in Paris: a night, an hour, a week, a morning and a quarter are due
START = datetime.fromisoformat("2026-11-25T08:30:00+00:00")
PROJECT = Path(__file__).resolve().parents[2]
LONGEST = 20.0


def until(condition: Callable[[], object], what: str) -> None:
    limit = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < limit, f"not in time: {what}"
        time.sleep(0.02)


class Bench:
    """Processes on one database, and what they wrote."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.trace = folder / "trace"
        self.trace.touch()
        self.logs = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, at: datetime = START, pause: float = 0.0, *more: str) -> subprocess.Popen[bytes]:
        command = ("-m", "tests.cli.planificateur_d_essai", str(self.trace), at.isoformat(), str(pause), *more)
        return self.run(*command)

    def run(self, *words: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "PARCOURS_INSTANCE": str(self.settings.instance),
            "PARCOURS_DATABASE_URL": self.settings.database_url,
            "PARCOURS_KEYS_DATABASE_URL": self.settings.keys_database_url,
            "PARCOURS_ROOT_KEY_FILE": str(self.settings.root_key_file),
        }
        with self.log(len(self.processes)).open("wb") as log:
            process = subprocess.Popen((sys.executable, *words), cwd=PROJECT, env=environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def log(self, number: int) -> Path:
        return self.logs / f"journal {number}"

    def lines(self, *words: str) -> list[str]:
        """The lines of the trace that end with these words, by whichever process."""
        kept = (line.split(" ", 1) for line in self.trace.read_text("utf-8").splitlines())
        return [pid for pid, rest in kept if rest.split()[: len(words)] == list(words)]

    def ended(self) -> Counter[str]:
        """How many times each slot was done to its end."""
        rests = [line.split(" ", 1)[1] for line in self.trace.read_text("utf-8").splitlines()]
        return Counter(rest.removesuffix(" fin") for rest in rests if rest.endswith(" fin"))


@contextmanager
def on(settings: Settings, folder: Path) -> Iterator[tuple[Bench, Database]]:
    """Processes on one database, killed at the end whatever happens."""
    bench, engines = Bench(settings, folder), make_engines(settings)
    try:
        yield bench, Database(engines)
    finally:
        engines.dispose()
        for process in bench.processes:
            process.kill()
            process.wait()


@pytest.fixture
def both(settings: Settings, tmp_path: Path) -> Iterator[tuple[Bench, Database]]:
    """On each engine in turn."""
    with on(settings, tmp_path) as both:
        yield both


def runs(data: Database) -> dict[tuple[Tache, str], tuple[StatutPassage, int]]:
    with data.reading() as session:
        rows = session.execute(select(Passage.tache, Passage.creneau, Passage.statut, Passage.essais))
        return {(row.tache, row.creneau): (row.statut, row.essais) for row in rows}


def leader(data: Database) -> int:
    """The process that beat last; 0 for none."""
    with data.reading() as session:
        porteur = session.scalar(select(Battement.porteur))
    return int(porteur.split(":")[1]) if porteur else 0


NIGHT = (Tache.NUIT, "2026-11-25")
DUE = {
    NIGHT: (StatutPassage.FINI, 1),
    (Tache.HEURE, "2026-11-25T09"): (StatutPassage.FINI, 1),
    (Tache.SEMAINE, "2026-S47"): (StatutPassage.FINI, 1),
    (Tache.COURRIELS, "2026-11-25"): (StatutPassage.FINI, 1),
    (Tache.TRIMESTRE, "2026-T3"): (StatutPassage.FINI, 1),
}
EACH_ONCE = Counter({f"{tache.value} {creneau}": 1 for tache, creneau in DUE})


def test_two_of_them_and_the_leader_killed_in_the_middle_of_a_job(both: tuple[Bench, Database]) -> None:
    bench, data = both
    first = bench.start(pause=0.25)
    until(lambda: len(bench.lines("effet")) >= 2, "the night begins")
    second = bench.start(pause=0.0)
    until(lambda: b"en attente" in bench.log(1).read_bytes(), "the second waits")
    assert first.poll() is second.poll() is None
    assert set(bench.lines("effet")) == {str(first.pid)}
    first.kill()
    until(
        lambda: len(runs(data)) == len(DUE) and runs(data) == DUE | {NIGHT: (StatutPassage.FINI, 2)},
        "the second goes on",
    )
    assert bench.ended() == EACH_ONCE
    assert bench.lines("nuit", "2026-11-25", "debut") == [str(first.pid), str(second.pid)]
    # what the first had committed the second did not do again
    with data.reading() as session:
        assert session.scalar(select(func.count(Structure.id))) == STEPS
    assert len(bench.lines("effet")) in (STEPS, STEPS + 1)  # killed between a word in the trace and its commit
    assert leader(data) == second.pid
    second.send_signal(signal.SIGTERM)
    assert second.wait(10) == 0
    assert b"Traceback" not in bench.log(1).read_bytes()


def test_a_job_told_to_stop_begins_again_and_nights_off_are_caught_up_once(both: tuple[Bench, Database]) -> None:
    bench, data = both
    first = bench.start(pause=0.3)
    until(lambda: bench.lines("effet"), "the night begins")
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert runs(data) == {}
    assert len(bench.lines("effet")) < STEPS
    assert "interrompu" in bench.log(0).read_text("utf-8")

    second = bench.start()
    until(lambda: runs(data) == DUE, "the next start does the rest")
    assert len(bench.lines("effet")) == STEPS
    second.send_signal(signal.SIGINT)
    assert second.wait(10) == 0

    # three nights are missed, seventy-six hours too; the week is the same and the morning is over
    bench.start(START + timedelta(days=3, hours=5))
    caught_up = Counter({"nuit 2026-11-28": 1, "heure 2026-11-28T14": 1})
    until(lambda: len(runs(data)) == len(DUE) + 2 and bench.ended() == EACH_ONCE + caught_up, "the catch-up is done")


def test_a_job_that_does_not_stop_is_left_to_the_next_start(sqlite_settings: Settings, tmp_path: Path) -> None:
    with on(sqlite_settings, tmp_path) as (bench, data):
        process = bench.start(START, 30.0, "sourd")
        until(lambda: bench.lines("effet"), "the night begins")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert runs(data) == {NIGHT: (StatutPassage.PRIS, 1)}


@pytest.mark.postgresql
def test_the_lead_is_lost_with_its_connection_and_taken_again(postgresql_settings: Settings, tmp_path: Path) -> None:
    with on(postgresql_settings, tmp_path) as (bench, _):
        process = bench.start(pause=0.1)
        until(lambda: bench.lines("effet"), "the night begins")
        name = make_url(postgresql_settings.database_url).database
        with psycopg.connect(SERVER, autocommit=True) as server:
            assert server.execute(_CUT, [name]).fetchall() == [(True,)]
        until(lambda: b"la conduite est perdue" in bench.log(0).read_bytes(), "it notices")
        until(lambda: bench.ended() == EACH_ONCE, "it leads again and ends what it left")
        assert len(bench.lines("effet")) == STEPS
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = %s)
"""


def test_a_timer_runs_what_is_due_once_and_leaves_it_to_who_leads(sqlite_settings: Settings, tmp_path: Path) -> None:
    """With our own jobs, on an empty database."""
    once = ("-c", _PARCOURS, "planificateur", "--une-fois")
    with on(sqlite_settings, tmp_path) as (bench, data):
        assert bench.run(*once).wait(LONGEST) == 0
        done = runs(data)
        assert {tache for tache, _ in done} >= {Tache.NUIT, Tache.HEURE, Tache.SEMAINE}
        assert set(done.values()) == {(StatutPassage.FINI, 1)}
        assert leader(data) == 0
        lead = FileLead(sqlite_settings.instance / "planificateur.verrou")
        assert lead.take()
        assert bench.run(*once).wait(LONGEST) == 0
        lead.release()
        assert "Un planificateur tourne déjà" in bench.log(1).read_text("utf-8")
        assert runs(data) == done


def test_serve_starts_the_scheduler_again_when_it_dies_and_ends_with_it(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    with on(sqlite_settings, tmp_path) as (bench, data):
        server = bench.run("-c", _PARCOURS, "serve", "--port", str(free_port()), "--avec-planificateur")
        until(lambda: leader(data), "the scheduler leads")
        first = leader(data)
        os.kill(first, signal.SIGKILL)
        until(lambda: leader(data) != first, "another one leads")
        server.send_signal(signal.SIGINT)
        assert server.wait(12) == 0
        assert nobody_leads(sqlite_settings)
        written = bench.log(0).read_text("utf-8")
        assert "Le planificateur s’est arrêté (code -9)" in written
        assert "Traceback" not in written, written


def test_the_scheduler_does_not_outlive_a_server_that_was_killed(sqlite_settings: Settings, tmp_path: Path) -> None:
    with on(sqlite_settings, tmp_path) as (bench, data):
        server = bench.run("-c", _PARCOURS, "serve", "--port", str(free_port()), "--avec-planificateur")
        until(lambda: leader(data), "the scheduler leads")
        assert not nobody_leads(sqlite_settings)
        server.kill()
        until(lambda: nobody_leads(sqlite_settings), "the scheduler ends")


_PARCOURS = "from app.cli.main import parcours; parcours()"


def nobody_leads(settings: Settings) -> bool:
    lead = FileLead(settings.instance / "planificateur.verrou")
    try:
        return lead.take()
    finally:
        lead.release()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
