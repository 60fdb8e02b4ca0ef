"""Goals go down and up with the dossier they belong to, on both engines."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import func, select

from app.accounts.maison import Maison
from app.audit.queries import verify
from app.db import migrations
from app.parcours.models import Dossier, Etat
from app.parcours.models_objectifs import Objectif, PetitPas
from app.parcours.services_objectifs import Dit, PasDit, write_objectif
from app.parcours.vocabulaire import Theme
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.parcours.conftest import COMMUN


def _write(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        dossier, key = make_dossier(session, maison, structure, referent=agent), uuid4()
        write_objectif(
            session, dossier, agent=agent, objectif_id=key, depot=key, dit=Dit(Theme.EMPLOI, b"scelle", None, TODAY),
            pas=[PasDit(uuid4(), b"scelle")], same_words=lambda _: True, same_steps=lambda _: True, **COMMUN,
        )  # fmt: skip


def _count(maison: Maison, *tables: type) -> list[int]:
    with maison.database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_goals_go_and_dossiers_stay(maison: Maison) -> None:
    _write(maison)
    assert _count(maison, Dossier, Etat, Objectif, PetitPas) == [1, 1, 1, 1]
    migrations.downgrade(maison.database.engines.write, "0006")
    assert _count(maison, Dossier, Etat) == [1, 1]
    migrations.upgrade(maison.database.engines.write)
    assert _count(maison, Dossier, Etat, Objectif, PetitPas) == [1, 1, 0, 0]
    _write(maison)
    assert _count(maison, Objectif, PetitPas) == [1, 1]
    with maison.database.reading() as session:
        assert verify(session) == []
