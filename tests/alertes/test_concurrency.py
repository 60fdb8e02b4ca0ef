"""Promise: a scan that read before a write ended does not undo what that write said."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.alertes.models import Alerte
from app.alertes.services import Bilan, reevaluate, scan
from app.alertes.vocabulaire import Regle
from app.db.base import Base
from tests.alertes.monde import JOUR, MAINTENANT, Monde, jours

AT = {"today": JOUR, "now": MAINTENANT}


@pytest.fixture
def engine(postgresql_tables: Engine) -> Iterator[Engine]:
    yield postgresql_tables
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with postgresql_tables.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))


def wait_for_a_lock(engine: Engine) -> None:
    """Until a connection to this database waits for another one's row."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    deadline = time.monotonic() + 10
    # what other connections do is read once a transaction: begin a new one each time
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(waiting):
            assert time.monotonic() < deadline, "nobody waited"
            time.sleep(0.02)


@pytest.mark.postgresql
def test_a_scan_waits_for_the_write_that_it_could_contradict(engine: Engine):
    with Session(engine) as session:
        monde = Monde(session)
        dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(900), dernier_contact=JOUR - jours(400))
        session.commit()

    def nightly() -> Bilan:
        with Session(engine) as other:
            bilan = scan(other, **AT)
            other.commit()
            return bilan

    with ThreadPoolExecutor(1) as pool, Session(engine) as writer:
        Monde.etat(_of(writer), dossier, dernier_contact=JOUR)
        reevaluate(writer, [dossier], **AT)
        scanning = pool.submit(nightly)
        wait_for_a_lock(engine)
        writer.commit()
        assert scanning.result(timeout=10) == Bilan()

    with Session(engine) as session:
        assert session.scalars(select(Alerte.regle)).all() != []
        assert session.scalars(select(Alerte).where(Alerte.regle == Regle.SILENCE)).all() == []


def _of(session: Session) -> Monde:
    monde = Monde.__new__(Monde)
    monde.session = session
    return monde
