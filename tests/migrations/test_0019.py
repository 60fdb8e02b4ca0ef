"""Data goes through 0019, down and up, on both engines: the team stays, what was asked goes with its table."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select

from app.accounts.maison import Maison
from app.db import migrations
from app.referents.models import MembreEquipe
from app.referents.models_demandes import DemandeEquipe
from app.referents.vocabulaire import Finalite
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure


def test_down_and_up_with_a_request(maison: Maison) -> None:
    asked = {"finalite": Finalite.SCOLARITE, "echeance": TODAY + timedelta(days=90), "cree_le": NOW}
    with maison.database.writing() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        dossier = make_dossier(session, maison, structure, referent=agent)
        row = {"demandeur_id": agent.id, "code_dit": dossier.code, "dossier_id": dossier.id}
        session.add(DemandeEquipe(id=uuid4(), **row, **asked))
    migrations.downgrade(maison.database.engines.write, "0018")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.writing() as session:
        assert session.scalar(select(func.count()).select_from(DemandeEquipe)) == 0
        assert session.scalar(select(func.count()).select_from(MembreEquipe)) == 1
        session.add(DemandeEquipe(id=uuid4(), **row, **asked))
