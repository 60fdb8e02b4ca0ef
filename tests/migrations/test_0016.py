"""Data goes through 0016, down and up, on both engines: structures and dossiers stay, urgencies begin again empty."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.maison import Maison
from app.accounts.models import Structure
from app.db import migrations
from app.parcours.models import Dossier
from app.referents.models_urgence import NoteOuverte, TransmissionDanger, Urgence
from app.referents.vocabulaire_urgence import Destinataire, GenreTransmission, MotifOuverture, Parents
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure

MODELS = (Urgence, NoteOuverte, TransmissionDanger)


def fill(session: Session, dossier_id: int, agent_id: int) -> None:
    said = {"dossier_id": dossier_id, "cree_le": NOW}
    session.add(Urgence(id=uuid4(), envoi=uuid4(), par_id=agent_id, **said))
    session.add(NoteOuverte(id=uuid4(), suivi_id=uuid4(), par_id=agent_id, motif=MotifOuverture.CONTINUITE, **said))
    kinds = {"genre": GenreTransmission.SIGNALEMENT, "destinataire": Destinataire.AUTRE, "parents": Parents.SANS_OBJET}
    session.add(TransmissionDanger(id=uuid4(), jour=TODAY, depot=uuid4(), **kinds, **said))


@pytest.fixture
def lived_in(maison: Maison) -> Maison:
    with maison.database.writing() as session:
        here = make_structure(session)
        here.crip_nom, here.crip_telephone, here.crip_courriel = "CRIP", "119", "crip@exemple.test"
        agent = make_agent(session, here)
        fill(session, make_dossier(session, maison, here, referent=agent).id, agent.id)
    return maison


def test_down_and_up_with_urgencies(lived_in: Maison) -> None:
    migrations.downgrade(lived_in.database.engines.write, "0015")
    migrations.upgrade(lived_in.database.engines.write)
    with lived_in.database.writing() as session:
        structure = session.scalars(select(Structure)).one()
        assert (structure.crip_nom, structure.crip_telephone, structure.crip_courriel) == (None, None, None)
        assert [session.scalars(select(model.id)).all() for model in MODELS] == [[], [], []]
        dossier = session.scalars(select(Dossier)).one()
        fill(session, dossier.id, dossier.cree_par)
    with lived_in.database.writing() as session:
        # what belongs to a dossier goes with it
        for table in ("affectation", "membre_equipe", "etat", "dossier"):
            session.execute(text(f"DELETE FROM {table}"))
        assert [session.scalars(select(model.id)).all() for model in MODELS] == [[], [], []]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE urgence SET reponse = 'je_rappelle'",
        "UPDATE urgence SET transmis_a = par_id",
        "UPDATE urgence SET reponse = 'oui', repondu_le = cree_le",
        "UPDATE urgence SET dossier_id = NULL, reponse = 'je_rappelle', repondu_le = cree_le",
        "UPDATE note_ouverte SET conclusion = 'fondee'",
        "UPDATE note_ouverte SET relue_par = par_id",
        "UPDATE transmission_danger SET parents = 'peut_etre'",
    ],
)
def test_the_database_refuses_what_no_page_says(lived_in: Maison, change: str) -> None:
    with pytest.raises(IntegrityError), lived_in.database.writing() as session:
        session.execute(text(change))
