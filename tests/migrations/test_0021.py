"""Data goes through 0021 and 0017, down and up, on both engines: a version of what the older schema knows stays."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.audit.services import Acteur
from app.db import migrations
from app.parcours.models_propositions import Proposition
from app.parcours.services_propositions import keep_proposition
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import make_agent, make_dossier, make_structure

GARDE = {"saisie": [["precisions", "Stage au fournil."]]}


def _kept(maison: Maison) -> tuple[UUID, dict[ObjetProposition, UUID]]:
    """A dossier with one version of everything that may have two."""
    keys = {objet: uuid4() for objet in ObjetProposition}
    with maison.database.writing() as session:
        structure = make_structure(session)
        one, two = make_agent(session, structure), make_agent(session, structure)
        dossier = make_dossier(session, maison, structure, referent=one)
        sealing = maison.vault.keys([dossier.uid])
        for objet, key in keys.items():
            keep_proposition(
                session, dossier, proposition_id=key, objet=objet, ligne_id=uuid4(), auteur_id=one.id, autre_id=two.id,
                contenu=sealing.seal(dossier.uid, GARDE, place=Place.PROPOSITION, row=key),
                acteur=Acteur.agent(one.id, structure.id), now=NOW,
            )  # fmt: skip
        return dossier.uid, keys


def test_down_and_up_with_versions_that_wait(maison: Maison) -> None:
    uid, keys = _kept(maison)
    engine = maison.database.engines.write
    migrations.downgrade(engine, "0020")
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE proposition SET objet = 'objectif'"))
    migrations.upgrade(engine)
    indexes = {index["name"] for index in inspect(engine).get_indexes("proposition")}
    assert indexes == {"ix_proposition_auteur_id", "ix_proposition_autre_id"}
    with maison.database.reading() as session:
        rows = session.execute(select(Proposition.__table__)).all()
    assert {row.objet for row in rows} == set(ObjetProposition) - {ObjetProposition.OBJECTIF, ObjetProposition.REPERES}
    opened = maison.vault.keys([uid])
    for row in rows:
        assert row.id == keys[row.objet]
        assert row.auteur_id != row.autre_id
        assert opened.open(uid, row.contenu, place=Place.PROPOSITION, row=row.id) == GARDE
        assert row.cree_le == NOW
    _below_the_table(maison)


def _below_the_table(maison: Maison) -> None:
    """Below 0017 there are no versions; above again, what was kept of a conflict is gone, and the dossier is not."""
    engine = maison.database.engines.write
    migrations.downgrade(engine, "0016")
    migrations.upgrade(engine)
    with maison.database.reading() as session:
        assert session.execute(select(Proposition.id)).all() == []
        assert session.scalar(text("SELECT count(*) FROM dossier")) == 1
