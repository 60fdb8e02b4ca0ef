"""Data goes through 0004, down and up, on both engines: teams and handovers stay, what only it can say goes."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.db import migrations
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence, Opposition
from app.referents.vocabulaire import Finalite, MotifAffectation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure


@pytest.fixture
def lived_in(maison: Maison) -> Maison:
    """A dossier given back to its référent, a partner in its équipe, an absence, an opposition."""
    with maison.database.writing() as session:
        here, there = make_structure(session), make_structure(session)
        referent, partner = make_agent(session, here), make_agent(session, there)
        dossier = make_dossier(session, maison, here, referent=referent)
        session.execute(text("UPDATE affectation SET motif = 'retour'"))
        member = {"depuis": TODAY, "echeance": TODAY + timedelta(days=90), "finalite": Finalite.SCOLARITE}
        session.add(MembreEquipe(dossier_id=dossier.id, agent_id=partner.id, **member))
        days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=5), "cree_le": NOW}
        session.add(Absence(id=uuid4(), agent_id=referent.id, **days))
        session.add(Opposition(id=uuid4(), dossier_id=dossier.id, structure_id=there.id, depuis=TODAY, cree_le=NOW))
    return maison


def test_down_and_up_with_a_team(lived_in: Maison) -> None:
    migrations.downgrade(lived_in.database.engines.write, "0003")
    migrations.upgrade(lived_in.database.engines.write)
    with lived_in.database.reading() as session:
        assert session.scalars(select(Affectation.motif)).all() == [MotifAffectation.CHARGE]
        members = session.execute(select(MembreEquipe.finalite, MembreEquipe.sensibles, MembreEquipe.echeance)).all()
        assert set(members) == {(Finalite.SUIVI_GLOBAL, (), None)}
        assert len(members) == 2
        assert session.scalars(select(Absence)).all() == session.scalars(select(Opposition)).all() == []


def test_the_guards_are_there_after_each_way(lived_in: Maison) -> None:
    migrations.downgrade(lived_in.database.engines.write, "0003")
    migrations.upgrade(lived_in.database.engines.write)
    with lived_in.database.writing() as session:
        dossier_id, agent_id = session.execute(select(Affectation.dossier_id, Affectation.agent_id)).one()
        absence = {"agent_id": agent_id, "depuis": TODAY, "jusqu_au": TODAY + timedelta(days=1), "cree_le": NOW}
        session.add(Absence(id=uuid4(), **absence))
        session.flush()
        with pytest.raises(IntegrityError, match="absence_chevauchante"), session.begin_nested():
            session.add(Absence(id=uuid4(), **absence))
        old = {"debut": NOW - timedelta(days=1), "fin": NOW + timedelta(days=1), "motif": MotifAffectation.CHARGE}
        with pytest.raises(IntegrityError, match="affectation_chevauchante"), session.begin_nested():
            session.add(Affectation(id=uuid4(), dossier_id=dossier_id, agent_id=agent_id, **old))
