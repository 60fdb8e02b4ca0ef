"""Data goes through 0006, down and up, on both engines: accounts stay, addresses of calendars are made again."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import inspect, select

from app.accounts.maison import Maison
from app.accounts.models import Agent
from app.agenda.models import LienAgenda
from app.agenda.services import create_lien
from app.audit.services import Acteur
from app.db import migrations
from tests.conftest import NOW
from tests.factories import make_agent, make_structure


def make_one(maison: Maison) -> None:
    with maison.database.writing() as session:
        agent = session.scalars(select(Agent)).first() or make_agent(session, make_structure(session))
        create_lien(session, agent=agent, depot=uuid4(), acteur=Acteur.commande(), now=NOW)


def test_down_and_up_with_an_address(maison: Maison) -> None:
    make_one(maison)
    migrations.downgrade(maison.database.engines.write, "0005")
    assert "lien_agenda" not in inspect(maison.database.engines.read).get_table_names()
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        assert len(session.scalars(select(Agent)).all()) == 1
        assert session.scalars(select(LienAgenda)).all() == []
    make_one(maison)
