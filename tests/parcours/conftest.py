"""A dossier with its agent on both engines, the derived rows following every write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit.services import Acteur
from app.db.unit import Database
from app.parcours import services_dossiers, services_etapes, services_suivis
from app.parcours.etat import refresh
from app.parcours.models import Dossier, Etape, Suivi
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, Resultat
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_structure, make_territoire

COMMUN = {"acteur": Acteur.commande(), "now": NOW, "today": TODAY}


@dataclass
class Terrain:
    """A database that follows touched dossiers, and the ids of one dossier, its agent and their places."""

    database: Database
    structure_id: int
    territoire_id: int
    agent: Agent
    dossier_id: int
    commun: dict = field(default_factory=lambda: dict(COMMUN))

    def open(self, session: Session, **values) -> Dossier:
        given = {"structure_id": self.structure_id, "territoire_id": self.territoire_id, "uid": uuid4()}
        faits = {"ouvert_le": TODAY.replace(month=1, day=5), "annee_naissance": 2008} | values
        return services_dossiers.open_dossier(session, par=self.agent, **(given | faits), **self.commun)

    def dossier(self, session: Session) -> Dossier:
        dossier = session.get(Dossier, self.dossier_id)
        assert dossier is not None
        return dossier

    def log(self, session: Session, **values) -> Suivi:
        given = {"jour": TODAY, "canal": Canal.ENTRETIEN, "resultat": Resultat.ECHANGE_FAIT}
        ids = {"suivi_id": uuid4(), "depot": uuid4()}
        return services_suivis.log_suivi(
            session, self.dossier(session), agent=self.agent, **(ids | given | self.commun | values)
        )

    def add(self, session: Session, faits: Faits, **values) -> Etape:
        ids = {"etape_id": uuid4(), "depot": uuid4()}
        return services_etapes.add_etape(session, self.dossier(session), faits=faits, **(ids | self.commun | values))

    def writing(self, act: Callable[[Session], object]) -> object:
        with self.database.writing() as session:
            return act(session)


@pytest.fixture
def terrain(database: Database) -> Terrain:
    database.on_touch(refresh)
    with database.writing() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        made = Terrain(database, structure.id, make_territoire(session).id, agent, 0)
        made.dossier_id = made.open(session).id
    return made
