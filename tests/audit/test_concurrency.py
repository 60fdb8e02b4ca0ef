"""Four processes that write to the journal together lose no line and keep one chain."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.audit.models import EntreeJournal, TeteFlux
from app.audit.queries import verify
from app.audit.services import record
from app.audit.vocabulaire import Action

PROCESSES = 4
ROUNDS = 25

WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from app.audit.services import Acteur, Entree, Journal, configure, record, record_many
from app.audit.vocabulaire import Action
from app.config import Settings
from app.db.engine import make_engines
from app.db.unit import Database

url, number, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
engines = make_engines(Settings(Path("."), url, "sqlite://", Path("racine.cle")), keys=False)
database = Database(engines)
configure(database, Journal(pseudonymise=lambda reference: bytes(32), sign=bytes))
print("ready", flush=True)
sys.stdin.readline()
now = datetime(2026, 11, 22, tzinfo=UTC)
here, there = Acteur.agent(number, 1), Acteur.agent(number, 2 + number % 2)
for turn in range(rounds):
    with database.writing() as session:
        record(session, Action.SUIVI_NOTE, acteur=here, now=now, nombre=turn)
    both = [Entree(Action.REVUE, acteur, now, nombre=turn) for acteur in (there, here)]
    with database.writing() as session:
        record_many(session, both if turn % 2 else reversed(both))
engines.dispose()
"""


def test_four_processes_lose_nothing_and_keep_one_chain(database, settings):
    children = [_child(settings.database_url, number) for number in range(PROCESSES)]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=120)
    assert [child.returncode for child in children] == [0] * PROCESSES

    with database.reading() as session:
        assert verify(session) == []
        heads = dict(session.execute(select(TeteFlux.flux, TeteFlux.numero)).all())
        assert heads == {1: PROCESSES * ROUNDS * 2, 2: PROCESSES * ROUNDS // 2, 3: PROCESSES * ROUNDS // 2}
        by_agent = session.execute(select(EntreeJournal.agent_id, func.count()).group_by(EntreeJournal.agent_id))
        assert {tuple(line) for line in by_agent} == {(number, ROUNDS * 3) for number in range(PROCESSES)}


@pytest.mark.postgresql
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_two_writers_that_open_a_stream_together_wait_for_each_other(database, agent, now):
    def second() -> None:
        with database.writing() as session:
            record(session, Action.REVUE, acteur=agent, now=now)

    thread = threading.Thread(target=second)
    with database.writing() as session:
        record(session, Action.REVUE, acteur=agent, now=now)
        thread.start()
        _wait_for_a_lock(database)
    thread.join(timeout=30)
    with database.reading() as session:
        assert verify(session) == []
        assert session.scalars(select(EntreeJournal.numero)).all() == [1, 2]


def _wait_for_a_lock(database) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(300):
        with database.reading() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.02)
    raise AssertionError("the second writer never waited")


def _child(url: str, number: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, url, str(number), str(ROUNDS)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
