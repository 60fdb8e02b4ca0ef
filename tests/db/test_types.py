"""What columns accept and give back, the same on both engines."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError, StatementError

from app.accounts.models import Agent
from app.db.labelled import Labelled
from app.db.types import Codes
from app.db.unit import Database
from app.jeunes.models import Identite
from app.parcours.vocabulaire import Theme
from tests.factories import make_agent, make_dossier, make_structure


def test_an_instant_comes_back_in_utc_whatever_its_zone(database: Database) -> None:
    with database.writing() as session:
        agent = make_agent(session, make_structure(session))
        agent.cree_le = datetime(2026, 7, 1, 0, 30, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    with database.reading() as session:
        assert session.scalar(select(Agent.cree_le)) == datetime(2026, 6, 30, 22, 30, 0, 5, tzinfo=UTC)


def test_a_naive_instant_is_refused(database: Database) -> None:
    with pytest.raises(StatementError), database.writing() as session:
        make_agent(session, make_structure(session)).cree_le = datetime(2026, 7, 1)  # noqa: DTZ001


def test_instants_compare_in_sql_as_they_do_in_time(database: Database) -> None:
    with database.writing() as session:
        agent = make_agent(session, make_structure(session))
        agent.cree_le = datetime(2026, 3, 1, 9, 0, 0, 9, tzinfo=UTC)
    with database.reading() as session:
        later = datetime(2026, 3, 1, 9, 0, 0, 10, tzinfo=UTC)
        assert session.scalar(select(Agent.id).where(Agent.cree_le < later)) is not None
        assert session.scalar(select(Agent.id).where(Agent.cree_le >= later)) is None


def test_codes_keep_the_order_of_the_list_and_refuse_strangers() -> None:
    column = Codes(Theme)
    assert column.process_bind_param([Theme.MOBILITE, "emploi", Theme.MOBILITE], None) == "emploi,mobilite"
    assert column.process_result_value("emploi,mobilite", None) == (Theme.EMPLOI, Theme.MOBILITE)
    assert column.process_result_value("", None) == ()
    with pytest.raises(ValueError, match="astrologie"):
        column.process_bind_param(["astrologie"], None)


def test_every_code_list_has_unique_codes_and_labels() -> None:
    for enumeration in Labelled.__subclasses__():
        labels = [member.label for member in enumeration]
        assert len(set(labels)) == len(labels), enumeration
        assert all(label.strip() == label and label for label in labels), enumeration


def test_a_page_that_forgot_to_load_a_sealed_column_fails_loudly(maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        dossier = make_dossier(session, maison, structure, referent=make_agent(session, structure))
        session.add(Identite(dossier_id=dossier.id, identite=b"sealed"))
    with maison.database.reading() as session, pytest.raises(InvalidRequestError):
        _ = session.scalar(select(Identite)).identite
