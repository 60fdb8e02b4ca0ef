"""Data goes through 0017, down and up, on both engines: what was kept of a conflict goes, the dossier stays."""

from __future__ import annotations

from sqlalchemy import inspect, select

from app.accounts.maison import Maison
from app.db import migrations
from app.parcours.models import Dossier
from tests.factories import make_agent, make_dossier, make_structure


def test_down_and_up_with_a_dossier(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        make_dossier(session, maison, structure, referent=make_agent(session, structure))
    engine = maison.database.engines.write
    migrations.downgrade(engine, "0016")
    assert "proposition" not in inspect(engine).get_table_names()
    migrations.upgrade(engine)
    assert "proposition" in inspect(engine).get_table_names()
    with maison.database.reading() as session:
        assert len(session.scalars(select(Dossier.id)).all()) == 1
