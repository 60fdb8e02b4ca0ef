"""The scheduler in real processes, on both engines: killed, doubled, stopped, cut from its database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from app.accounts.models import Structure
from app.alertes.models_taches import Battement, Passage
from app.alertes.vocabulaire import StatutPassage, Tache
from app.config import Settings
from app.db.engine import Engines
from app.db.unit import Database
from tests.cli.planificateur_d_essai import STEPS
from tests.conftest import SERVER

# a Wednesday at 09:30 in Paris: a night, an hour, a week and a morning are due
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

    def start(self, at: datetime = START, pause: float = 0.0) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "PARCOURS_INSTANCE": str(self.settings.instance),
            "PARCOURS_DATABASE_URL": self.settings.database_url,
            "PARCOURS_KEYS_DATABASE_URL": self.settings.keys_database_url,
            "PARCOURS_ROOT_KEY_FILE": str(self.settings.root_key_file),
        }
        command = (sys.executable, "-m", "tests.cli.planificateur_d_essai", self.trace, at.isoformat(), str(pause))
        with self.log(len(self.processes)).open("wb") as log:
            process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
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


@pytest.fixture
def bench(settings: Settings, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(settings, tmp_path)
    yield bench
    for process in bench.processes:
        process.kill()
        process.wait()


@pytest.fixture
def data(engines: Engines) -> Database:
    return Database(engines)


def runs(data: Database) -> dict[tuple[Tache, str], tuple[StatutPassage, int]]:
    with data.reading() as session:
        rows = session.execute(select(Passage.tache, Passage.creneau, Passage.statut, Passage.essais))
        return {(row.tache, row.creneau): (row.statut, row.essais) for row in rows}


def led_by(data: Database, process: subprocess.Popen[bytes], seconds: float = 0.0) -> bool:
    """Whether the heartbeat is of this process, and for so long."""
    with data.reading() as session:
        beat = session.scalar(select(Battement))
    if beat is None or f":{process.pid}:" not in beat.porteur:
        return False
    return (beat.vu_le - beat.commence_le).total_seconds() >= seconds


NIGHT = (Tache.NUIT, "2026-11-25")
DUE = {
    NIGHT: (StatutPassage.FINI, 1),
    (Tache.HEURE, "2026-11-25T09"): (StatutPassage.FINI, 1),
    (Tache.SEMAINE, "2026-S47"): (StatutPassage.FINI, 1),
    (Tache.COURRIELS, "2026-11-25"): (StatutPassage.FINI, 1),
}
EACH_ONCE = Counter({f"{tache.value} {creneau}": 1 for tache, creneau in DUE})


def test_two_of_them_and_the_leader_killed_in_the_middle_of_a_job(bench: Bench, data: Database) -> None:
    first = bench.start(pause=0.25)
    until(lambda: len(bench.lines("effet")) >= 2, "the night begins")
    second = bench.start(pause=0.0)
    until(lambda: b"en attente" in bench.log(1).read_bytes(), "the second waits")
    assert first.poll() is second.poll() is None
    assert set(bench.lines("effet")) == {str(first.pid)}
    first.kill()
    until(lambda: len(runs(data)) == 4 and runs(data) == DUE | {NIGHT: (StatutPassage.FINI, 2)}, "the second goes on")
    assert bench.ended() == EACH_ONCE
    assert bench.lines("nuit", "2026-11-25", "debut") == [str(first.pid), str(second.pid)]
    # what the first had committed the second did not do again
    with data.reading() as session:
        assert session.scalar(select(func.count(Structure.id))) == STEPS
    assert len(bench.lines("effet")) in (STEPS, STEPS + 1)  # killed between a word in the trace and its commit
    assert led_by(data, second)
    second.send_signal(signal.SIGTERM)
    assert second.wait(10) == 0
    assert b"Traceback" not in bench.log(1).read_bytes()


def test_one_catch_up_after_nights_off_and_none_for_who_starts_again(bench: Bench, data: Database) -> None:
    # the second one, which has nothing to do, is given the time to look for it
    moments = ((timedelta(0), 4, 0.0), (timedelta(minutes=2), 4, 0.6), (timedelta(days=3, hours=5), 6, 0.0))
    for later, number, seconds in moments:
        process = bench.start(START + later)
        until(lambda process=process, seconds=seconds: led_by(data, process, seconds), "it leads")
        until(lambda number=number: len(runs(data)) == number, "the slots are taken")
        until(lambda: all(statut is StatutPassage.FINI for statut, _ in runs(data).values()), "all is done")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    # three nights were missed, seventy-six hours too; the week is the same and the morning is over
    assert bench.ended() == EACH_ONCE | Counter({"nuit 2026-11-28": 1, "heure 2026-11-28T14": 1})


def test_a_job_told_to_stop_ends_its_step_and_begins_again_at_the_next_start(bench: Bench, data: Database) -> None:
    first = bench.start(pause=0.3)
    until(lambda: bench.lines("effet"), "the night begins")
    first.send_signal(signal.SIGTERM)
    assert first.wait(10) == 0
    assert runs(data) == {}
    done = len(bench.lines("effet"))
    assert done < STEPS
    assert b"interrompu" in bench.log(0).read_bytes()
    bench.start()
    until(lambda: runs(data) == DUE, "the next start does the rest")
    assert len(bench.lines("effet")) == STEPS


@pytest.mark.postgresql
def test_the_lead_is_lost_with_its_connection_and_taken_again(postgresql_settings: Settings, tmp_path: Path) -> None:
    bench = Bench(postgresql_settings, tmp_path)
    process = bench.start(pause=0.1)
    try:
        until(lambda: bench.lines("effet"), "the night begins")
        name = postgresql_settings.database_url.rsplit("/", 1)[1].split("?")[0]
        with psycopg.connect(SERVER, autocommit=True) as server:
            holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
            found = server.execute(
                f"SELECT pg_terminate_backend(pid) FROM ({holders} (SELECT oid FROM pg_database WHERE datname = %s)) h",
                [name],
            ).fetchall()
        assert found == [(True,)]
        until(lambda: b"la conduite est perdue" in bench.log(0).read_bytes(), "it notices")
        until(lambda: bench.ended() == EACH_ONCE, "it leads again and ends what it left")
        assert len(bench.lines("effet")) == STEPS
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
