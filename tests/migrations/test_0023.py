"""Two dossiers made one before 0023: who came by the merge is known, and the anonymity that was asked for holds."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import select

from app.accounts.maison import Maison
from app.db import migrations
from app.parcours.models import Dossier
from app.referents.models import MembreEquipe
from app.referents.models_fusion import Fusion, MembreFusion
from tests.factories import TODAY, make_agent, make_dossier, make_structure

# the next day has begun in Paris
SOIR = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)


def test_down_and_up_with_two_dossiers_made_one(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        chef, came, stayed = (make_agent(session, structure) for _ in range(3))
        garde, absorbe, undone = (make_dossier(session, maison, structure) for _ in range(3))
        absorbe.anonymat_demande = undone.anonymat_demande = True
        common = {"le": SOIR, "par_id": chef.id, "close": True}
        merged = Fusion(id=uuid4(), garde_id=garde.id, absorbe_id=absorbe.id, **common)
        other = make_dossier(session, maison, structure)
        session.add_all(
            [merged, Fusion(id=uuid4(), garde_id=other.id, absorbe_id=undone.id, annulee_le=SOIR, **common)]
        )
        session.add(MembreEquipe(dossier_id=absorbe.id, agent_id=came.id, depuis=TODAY))
        for agent, par in ((came, chef.id), (stayed, chef.id)):
            session.add(MembreEquipe(dossier_id=garde.id, agent_id=agent.id, depuis=TODAY, par_id=par))
    migrations.downgrade(maison.database.engines.write, "0022")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        made = session.execute(select(MembreFusion.fusion_id, MembreFusion.agent_id, MembreFusion.depuis)).all()
        assert made == [(merged.id, came.id, TODAY)]
        asked = dict(session.execute(select(Dossier.id, Dossier.anonymat_demande)).all())
        assert asked == {garde.id: True, absorbe.id: True, undone.id: True, other.id: False}
        assert session.scalars(select(Fusion.anonymat).where(Fusion.id == merged.id)).one() is False
