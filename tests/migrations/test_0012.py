"""What may be taken back is lost by going below 0012, and what it is about stays."""

from __future__ import annotations

from sqlalchemy import func, select, text

from app.accounts.maison import Maison
from app.audit.services import Acteur
from app.db import migrations
from app.db.cliche import portion
from app.parcours.models import Dossier
from app.parcours.models_actes import ActeAnnulable
from app.parcours.services_annulation import undoable
from tests.conftest import NOW
from tests.factories import make_agent, make_dossier, make_structure


def test_down_and_up_with_an_act(maison: Maison) -> None:
    with maison.database.writing() as session:
        agent = make_agent(session, make_structure(session))
        dossier = make_dossier(session, maison, agent.structure, referent=agent)
        acteur = Acteur.agent(agent.id, agent.structure_id)
        kept = {"precision": "essai", "retour": "/", "acteur": acteur, "now": NOW, "dossier": dossier}
        with undoable(session, maison.vault, portion(Dossier, id=dossier.id), **kept):
            dossier.reference = "R-1"
    migrations.downgrade(maison.database.engines.write, "0011")
    with maison.database.reading() as session:
        assert session.scalar(text("SELECT reference FROM dossier")) == "R-1"
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ActeAnnulable)) == 0
