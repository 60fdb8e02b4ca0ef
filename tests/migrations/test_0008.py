"""Data goes through 0008, down and up, on both engines: both dossiers stay, what only it can say goes."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.db import migrations
from app.parcours.models import Dossier
from app.referents.models_fusion import DoublonEcarte, Fusion, LigneFusion
from tests.conftest import NOW
from tests.factories import make_dossier, make_structure


def test_down_and_up_with_two_dossiers_made_one(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        one, other = sorted(make_dossier(session, maison, structure).id for _ in range(2))
        fusion = {"id": uuid4(), "garde_id": one, "absorbe_id": other, "le": NOW, "close": True}
        session.add(Fusion(**fusion))
        session.flush()
        session.add(LigneFusion(fusion_id=fusion["id"], objet="suivi", ligne=uuid4()))
        session.add(DoublonEcarte(un_id=one, autre_id=other, le=NOW))
    with pytest.raises(IntegrityError), maison.database.writing() as session:
        # a dossier leads to one other
        session.add(Fusion(**fusion | {"id": uuid4()}))
    migrations.downgrade(maison.database.engines.write, "0007")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(one)) for one in (Dossier, Fusion, LigneFusion)]
        assert counts == [2, 0, 0]
