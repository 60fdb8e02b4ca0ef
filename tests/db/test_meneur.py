"""One leads, the others wait. Processes, and PostgreSQL: tests/cli/test_planificateur.py."""

from __future__ import annotations

from app.config import Settings
from app.db.meneur import FileLead


def test_one_leads_until_it_gives_it_up(sqlite_settings: Settings) -> None:
    first, second = (FileLead(sqlite_settings.instance / "essai.verrou") for _ in range(2))
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


def test_a_lead_that_was_given_up_is_taken_again(sqlite_settings: Settings) -> None:
    lead = FileLead(sqlite_settings.instance / "essai.verrou")
    for _ in range(3):
        assert lead.take()
        lead.release()
        lead.release()


def test_whoever_loses_its_file_no_longer_leads(sqlite_settings: Settings) -> None:
    first, second = (FileLead(sqlite_settings.instance / "essai.verrou") for _ in range(2))
    assert first.take()
    (sqlite_settings.instance / "essai.verrou").unlink()
    assert not first.held()
    assert second.take()
    assert (first.held(), second.held()) == (False, True)
    for one in (first, second):
        one.release()
