"""Data goes through 0009, down and up, on both engines: a team stays as it was agreed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.accounts.maison import Maison
from app.db import migrations
from app.referents.models import MembreEquipe
from app.referents.vocabulaire import Finalite
from tests.factories import TODAY, make_agent, make_dossier, make_structure


def test_down_and_up_with_a_partner(maison: Maison) -> None:
    with maison.database.writing() as session:
        here, there = make_structure(session), make_structure(session)
        dossier = make_dossier(session, maison, here, referent=make_agent(session, here))
        agreed = {"depuis": TODAY, "echeance": TODAY + timedelta(days=90), "finalite": Finalite.SCOLARITE}
        partner = make_agent(session, there)
        session.add(MembreEquipe(dossier_id=dossier.id, agent_id=partner.id, version=3, **agreed))
    migrations.downgrade(maison.database.engines.write, "0008")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        found = session.scalars(select(MembreEquipe).where(MembreEquipe.agent_id == partner.id)).one()
        assert (found.finalite, found.echeance, found.version) == (Finalite.SCOLARITE, agreed["echeance"], 1)
