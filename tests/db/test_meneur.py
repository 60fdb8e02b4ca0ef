"""One leads, the others wait; the lead ends with whoever held it. Killed processes: tests/cli/test_planificateur.py."""

from __future__ import annotations

from app.config import Settings
from app.db.engine import Engines, make_engines
from app.db.meneur import lead_of


def test_one_leads_until_it_gives_it_up(settings: Settings, engines: Engines) -> None:
    first, second = (lead_of(engines.write, settings.instance, "essai") for _ in range(2))
    assert not first.held()
    assert first.take()
    assert not second.take()
    assert (first.held(), second.take()) == (True, False)
    first.release()
    assert not first.held()
    assert second.take()
    assert not first.take()
    for one in (first, second):
        one.release()


def test_a_lead_that_was_given_up_is_taken_again(settings: Settings, engines: Engines) -> None:
    lead = lead_of(engines.write, settings.instance, "essai")
    for _ in range(3):
        assert lead.take()
        lead.release()
        lead.release()


def test_whoever_loses_its_file_no_longer_leads(sqlite_settings: Settings) -> None:
    engines = make_engines(sqlite_settings)
    first, second = (lead_of(engines.write, sqlite_settings.instance, "essai") for _ in range(2))
    assert first.take()
    (sqlite_settings.instance / "essai.verrou").unlink()
    assert not first.held()
    assert second.take()
    assert (first.held(), second.held()) == (False, True)
    for one in (first, second):
        one.release()
    engines.dispose()
