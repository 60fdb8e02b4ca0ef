"""What was asked stays asked, taken back or not."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.db import migrations
from app.referents.models_urgence import Urgence
from app.referents.vocabulaire_urgence import ReponseUrgence
from tests.conftest import NOW
from tests.factories import make_agent, make_dossier, make_structure


def test_down_and_up_with_requests(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        dossier = make_dossier(session, maison, structure)
        common = {"par_id": agent.id, "cree_le": NOW, "dossier_id": dossier.id}
        session.add(Urgence(id=uuid4(), envoi=uuid4(), retiree_le=NOW, **common))
        said = {"reponse": ReponseUrgence.JE_RAPPELLE, "repondu_le": NOW, "repondu_par": agent.id}
        session.add(Urgence(id=uuid4(), envoi=uuid4(), **said, **common))
    migrations.downgrade(maison.database.engines.write, "0019")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        assert [*session.scalars(select(Urgence.retiree_le))] == [None, None]
    # what was answered is not taken back
    with pytest.raises(IntegrityError, match="retiree_a_temps"), maison.database.writing() as session:
        session.execute(update(Urgence).where(Urgence.reponse.is_not(None)).values(retiree_le=NOW))
