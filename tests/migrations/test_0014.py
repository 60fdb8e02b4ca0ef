"""Data goes through 0014, down and up, on both engines: what was handed over before is no longer waited for."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select, text

from app.accounts.maison import Maison
from app.db import migrations
from app.referents.models import Affectation
from app.referents.vocabulaire import MotifAffectation
from tests.conftest import NOW
from tests.factories import make_agent, make_dossier, make_structure


def test_what_was_handed_over_before_is_taken_as_acknowledged(maison: Maison) -> None:
    with maison.database.writing() as session:
        here = make_structure(session)
        mine, another = make_agent(session, here), make_agent(session, here)
        own = make_dossier(session, maison, here, referent=mine)
        given = make_dossier(session, maison, here)
        words = {"agent_id": mine.id, "par_id": another.id, "debut": NOW, "motif": MotifAffectation.CHARGE}
        session.add(Affectation(id=uuid4(), dossier_id=given.id, **words))
    migrations.downgrade(maison.database.engines.write, "0013")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        found = dict(session.execute(select(Affectation.dossier_id, Affectation.accusee_le)).all())
        assert found == {own.id: None, given.id: NOW}
        # the guard against overlaps is still there: nothing was rebuilt
        assert session.scalar(text("SELECT count(*) FROM affectation")) == 2
