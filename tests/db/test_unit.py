"""The unit of work: one commit, hooks before it, reads that cannot write."""

import multiprocessing

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Structure
from app.accounts.vocabulaire import GenreStructure
from app.config import Settings
from app.db.engine import make_engines
from app.db.unit import Database, WriteInReadOnlyUnit, touch


def structure(code: str = "A") -> Structure:
    return Structure(code=code, nom="Une structure", genre=GenreStructure.AUTRE)


def test_hooks_receive_every_touched_dossier_once_in_order_before_the_commit(database: Database) -> None:
    seen = []
    database.on_touch(lambda session, ids: seen.append((list(ids), session.in_transaction())))
    with database.writing() as session:
        for dossier_id in (7, 3, 7):
            touch(session, dossier_id)
        session.add(structure())
        assert seen == []
    assert seen == [([3, 7], True)]


def test_hooks_run_in_the_order_of_the_rooms_and_see_what_the_previous_one_wrote(database: Database) -> None:
    database.on_touch(lambda session, ids: session.add(structure("CROCHET")))
    found = []
    database.on_touch(lambda session, ids: found.append(session.scalar(select(Structure.code))))
    with database.writing() as session:
        touch(session, 1)
    assert found == ["CROCHET"]


def test_a_hook_that_fails_undoes_everything(database: Database) -> None:
    def refuse(session, ids):
        raise ValueError("no")

    database.on_touch(refuse)
    with pytest.raises(ValueError, match="no"), database.writing() as session:
        session.add(structure())
        touch(session, 1)
    with database.reading() as session:
        assert session.scalar(select(Structure.id)) is None


def test_nobody_is_called_when_nothing_was_touched(database: Database) -> None:
    called = []
    database.on_touch(lambda session, ids: called.append(ids))
    with database.writing() as session:
        session.add(structure())
    assert called == []


def test_a_reading_unit_refuses_to_flush_a_change(database: Database) -> None:
    with database.reading() as session, pytest.raises(WriteInReadOnlyUnit):
        session.add(structure())
        session.flush()


def test_the_engine_below_a_reading_unit_refuses_to_write(database: Database) -> None:
    with database.reading() as session, pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM structure"))


def test_four_processes_that_read_modify_and_write_lose_nothing(settings: Settings) -> None:
    database = Database(make_engines(settings))
    with database.writing() as session:
        session.add(structure())
    database.engines.dispose()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_increment, args=(settings, 25)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    with database.reading() as session:
        assert session.scalar(select(Structure.version)) == 1 + 4 * 25
    database.engines.dispose()


def _increment(settings: Settings, times: int) -> None:
    database = Database(make_engines(settings))
    for _ in range(times):
        with database.writing() as session:
            version = session.scalar(select(Structure.version).with_for_update())
            session.execute(update(Structure).values(version=version + 1))
    database.engines.dispose()
