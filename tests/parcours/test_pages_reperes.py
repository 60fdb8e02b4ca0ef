"""Correcting where a young person lives: the entry keeps what it said, two people who write at once lose nothing."""

from __future__ import annotations

from sqlalchemy import select

from app.parcours.models import Dossier
from app.parcours.services_dossiers import edit_reperes
from app.parcours.vocabulaire import Diplome, Origine, Sexe
from tests.factories import make_agent, make_dossier, make_structure, make_territoire


def test_moving_changes_the_present_and_not_the_entry(maison) -> None:
    from app.audit.services import Acteur
    from tests.conftest import NOW

    with maison.database.writing() as session:
        structure = make_structure(session)
        dossier = make_dossier(session, maison, structure, referent=make_agent(session, structure))
        before, after = dossier.territoire_id, make_territoire(session).id
        edit_reperes(
            session, dossier, version=dossier.version, territoire_id=after, sexe=Sexe.FEMME,
            origine=Origine.FAMILLE, diplome=Diplome.NIVEAU_3, acteur=Acteur.commande(), now=NOW,
        )  # fmt: skip
    with maison.database.reading() as session:
        found = session.scalar(select(Dossier))
        assert (found.territoire_id, found.entree_territoire_id) == (after, before)
        assert (found.sexe, found.entree_sexe) == (Sexe.FEMME, Sexe.NON_RENSEIGNE)
