"""Data goes through 0018, down and up, on both engines: shared words stay shared, and say that nobody was asked."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.audit.services import Acteur
from app.db import migrations
from app.parcours.models import Suivi
from app.parcours.services_suivis import log_suivi
from app.parcours.vocabulaire import Canal, Resultat, Visibilite
from app.parcours.vocabulaire_actes import PartageNote
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure

CERCLES = {
    (Visibilite.MON_EQUIPE, b"mots"): None,
    (Visibilite.EQUIPE_SUIVI, b"mots"): PartageNote.AVANT,
    (Visibilite.EQUIPE_SUIVI, None): None,
}


def test_down_and_up_with_shared_words(maison: Maison) -> None:
    with maison.database.writing() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        dossier = make_dossier(session, maison, structure, referent=agent)
        for visibilite, note in CERCLES:
            log_suivi(
                session, dossier, agent=agent, acteur=Acteur.commande(), jour=TODAY, canal=Canal.TELEPHONE,
                resultat=Resultat.ECHANGE_FAIT, suivi_id=uuid4(), depot=uuid4(), note=note, visibilite=visibilite,
                partage=PartageNote.ACCORD, now=NOW, today=TODAY,
            )  # fmt: skip
    migrations.downgrade(maison.database.engines.write, "0017")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        columns = (Suivi.visibilite, Suivi.__table__.c.note, Suivi.partage)
        assert {(one, note): partage for one, note, partage in session.execute(select(*columns))} == CERCLES
    with pytest.raises(IntegrityError, match="partage_dit"), maison.database.writing() as session:
        session.execute(text("UPDATE suivi SET partage = NULL WHERE partage IS NOT NULL"))
