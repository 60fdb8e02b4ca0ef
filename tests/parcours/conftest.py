"""A dossier with its agent on both engines, the derived rows following every write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.db.unit import Database
from app.parcours import services_dossiers, services_etapes, services_suivis
from app.parcours.etat import refresh
from app.parcours.models import Dossier, Etape, Suivi
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, Resultat
from app.vault.places import Place
from tests.accounts.conftest import Navigateur, app, compte, house, ouvrir, protege  # noqa: F401 - the application and its accounts
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure, make_territoire

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
        given = {"jour": TODAY, "canal": Canal.ENTRETIEN, "resultat": Resultat.ECHANGE_FAIT, "agent": self.agent}
        ids = {"suivi_id": uuid4(), "depot": uuid4()}
        return services_suivis.log_suivi(session, self.dossier(session), **(ids | given | self.commun | values))

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


@dataclass
class Bureau:
    """A référent at a screen, one of their dossiers, and what reads it behind the page."""

    house: object
    navigateur: Navigateur
    agent: Agent
    code: str
    dossier_id: int

    @property
    def base(self) -> str:
        return f"/dossiers/{self.code}"

    def read(self, model: type) -> list:
        with self.house.database.reading() as session:
            found = session.scalars(
                select(model).where(model.dossier_id == self.dossier_id).options(undefer("*"))
            ).all()
            session.expunge_all()
        return list(found)

    def words(self, blob: bytes, *, place: Place, row: UUID) -> str:
        with self.house.database.reading() as session:
            uid = session.get(Dossier, self.dossier_id).uid
        return self.house.vault.keys([uid]).open(uid, blob, place=place, row=row)["texte"]


@pytest.fixture
def bureau(house, compte, ouvrir) -> Bureau:  # noqa: F811
    agent = compte(Role.REFERENT)
    with house.database.writing() as session:
        structure = session.get(Structure, agent.structure_id)
        dossier = make_dossier(session, house, structure, referent=session.get(Agent, agent.id))
    navigateur = ouvrir()
    navigateur.sign_in(agent)
    return Bureau(house, navigateur, agent, dossier.code, dossier.id)
