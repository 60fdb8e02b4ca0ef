"""The account stays, its number goes and comes back empty."""

from __future__ import annotations

from sqlalchemy import text

from app.accounts.maison import Maison
from app.accounts.models import Agent
from app.db import migrations
from tests.factories import make_agent, make_structure


def test_accounts_stay_without_their_number(maison: Maison) -> None:
    with maison.database.writing() as session:
        make_agent(session, make_structure(session)).telephone = "+33231000000"
    migrations.downgrade(maison.database.engines.write, "0014")
    with maison.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM agent")) == 1
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        assert session.scalars(Agent.__table__.select().with_only_columns(Agent.telephone)).all() == [None]
