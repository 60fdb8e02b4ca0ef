"""Data goes through 0022, down and up, on both engines: who answers stays, what was spread goes with its tables."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.maison import Maison
from app.db import migrations
from app.referents.models import Affectation
from app.referents.models_repartition import LigneRepartition, Repartition
from app.referents.vocabulaire import MotifAffectation
from tests.conftest import NOW
from tests.factories import make_agent, make_dossier, make_structure


def test_down_and_up_with_a_caseload_that_was_spread(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        dossier = make_dossier(session, maison, structure, referent=agent)
        held = session.scalar(select(Affectation.id))
        who = {"structure_id": structure.id, "de_id": agent.id, "par_id": agent.id}
        spread(session, who, dossier.id, held)
    migrations.downgrade(maison.database.engines.write, "0021")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.writing() as session:
        for table, left in ((Repartition, 0), (LigneRepartition, 0), (Affectation, 1)):
            assert session.scalar(select(func.count()).select_from(table)) == left
        spread(session, who, dossier.id, held)
        # an affectation is opened by one spread
        with pytest.raises(IntegrityError), session.begin_nested():
            spread(session, who, dossier.id, held)


def spread(session: Session, who: dict[str, int], dossier_id: int, affectation_id: UUID) -> None:
    made = Repartition(id=uuid4(), motif=MotifAffectation.CHARGE, cree_le=NOW, **who)
    session.add(made)
    session.flush()
    keys = {"repartition_id": made.id, "dossier_id": dossier_id, "affectation_id": affectation_id}
    session.add(LigneRepartition(etait_membre=False, **keys))
    session.flush()
