"""Bilans go down and up with the dossier they belong to, on both engines."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import func, select

from app.accounts.maison import Maison
from app.db import migrations
from app.parcours.models import Dossier
from app.parcours.models_freins import Bilan, Placement
from app.parcours.services_freins import note_bilan
from app.parcours.vocabulaire_freins import Dimension, DitPar, Inconnu
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.parcours.conftest import COMMUN


def test_bilans_go_and_dossiers_stay(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        dossier = make_dossier(session, maison, structure, referent=agent)
        said = {Dimension.MOBILITE: 2, Dimension.NUMERIQUE: Inconnu.NON_DEMANDE}
        note_bilan(
            session, dossier, agent=agent, jour=TODAY, dit_par=DitPar.JEUNE, reponses=said, depot=uuid4(), **COMMUN
        )
    migrations.downgrade(maison.database.engines.write, "0009")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        left = [session.scalar(select(func.count()).select_from(table)) for table in (Dossier, Bilan, Placement)]
    assert left == [1, 0, 0]
