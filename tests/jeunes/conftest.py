"""A town of two structures, and young people with names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app import create_app
from app.accounts import passwords
from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.config import Settings
from app.jeunes.services_accueil import Accueil, Reception, prepare, receive, welcome
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier
from app.parcours.vocabulaire import Canal, Diplome, Sexe
from app.programme.models import Territoire
from tests.accounts.conftest import MOT_DE_PASSE, Navigateur
from tests.conftest import NOW, FrozenClock
from tests.factories import TODAY, make_agent, make_structure, make_territoire

IDENTITE = {"prenom": "Zéphyrin", "nom": "Quatrevaux", "date_naissance": date(2009, 5, 4)}
CONTACT = {"telephone": "06 98 76 54 32", "courriel": "zephyrin.q@exemple.fr"}
# What must be found nowhere: each is unlike any code, path or word of the application.
CANARIS = ("phyrin", "Quatrevaux", "quatrevaux", "698765432", "98 76 54", "2009-05-04", "Grimbosq")


def acteur_of(agent: Agent) -> Acteur:
    return Acteur.agent(agent.id, agent.structure_id)


def common(agent: Agent) -> dict:
    return {"acteur": acteur_of(agent), "now": NOW, "today": TODAY}


@dataclass
class Ville:
    """`referent` and `collegue` share a structure; `ailleurs` and `voisin` work in another one."""

    maison: object
    structure: Structure
    referent: Agent
    collegue: Agent
    coordinateur: Agent
    ailleurs: Agent
    voisin: Agent
    territoire: Territoire

    def prepare(self, *, identite=IDENTITE, contact=CONTACT, note="vu au city", **values) -> Accueil:
        given = {
            "depot": uuid4(),
            "territoire_id": self.territoire.id,
            "annee_naissance": None,
            "informe_le": TODAY,
            "informe_forme": FormeInformation.ORALE,
            "anonymat_demande": False,
            "sexe": Sexe.NON_RENSEIGNE,
            "origine": None,
            "diplome": Diplome.INCONNU,
            "canal": Canal.PRESENCE_RUE,
        } | values
        if not (set(identite) - {"pseudonyme"} or contact):
            given |= {"informe_le": None, "informe_forme": None}
        return prepare(Accueil(identite=identite, contact=contact, note=note, **given), today=TODAY)

    def welcome(self, session: Session, agent: Agent, *, referent: Agent | None = None, **values) -> Dossier:
        """As when nobody looks like anybody."""
        known = None if referent is None else session.get(Agent, referent.id)
        return welcome(session, self.maison.vault, self.prepare(**values), referent=known, agent=agent, **common(agent))

    def receive(self, session: Session, accueil: Accueil, agent: Agent, *, autres=(), **values) -> Reception:
        given = {"referent_id": None, "autres": autres, "agent": agent} | common(agent) | values
        return receive(session, self.maison.vault, accueil, **given)


def build_ville(maison) -> Ville:
    with maison.database.writing() as session:
        structure, other = make_structure(session), make_structure(session)
        return Ville(
            maison=maison,
            structure=structure,
            referent=make_agent(session, structure),
            collegue=make_agent(session, structure, Role.INTERVENANT),
            coordinateur=make_agent(session, structure, Role.COORDINATEUR),
            ailleurs=make_agent(session, other),
            voisin=make_agent(session, other, Role.REFERENT, Role.COORDINATEUR),
            territoire=make_territoire(session),
        )


@pytest.fixture
def ville(maison) -> Ville:
    """On each engine in turn."""
    return build_ville(maison)


@pytest.fixture
def app(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    app = create_app(sqlite_settings, clock=clock)
    app.testing = True
    yield app
    app.extensions["parcours"].database.engines.dispose()


@pytest.fixture(scope="session")
def protege() -> str:
    """One argon2 for all: it takes a fifth of a second."""
    return passwords.protect(MOT_DE_PASSE)


@pytest.fixture
def petite_ville(app: Flask, protege: str) -> Ville:
    """The town behind the pages; every agent has the password of every test."""
    ville = build_ville(app.extensions["parcours"])
    with ville.maison.database.writing() as session:
        session.execute(update(Agent).values(mot_de_passe=protege))
    return ville


@pytest.fixture
def entrer(app: Flask, clock: FrozenClock) -> Callable[[Agent], Navigateur]:
    """A browser where this agent is signed in."""

    def sign_in(agent: Agent) -> Navigateur:
        navigateur = Navigateur(app.test_client(), clock)
        assert navigateur.sign_in(agent).status_code == 303
        return navigateur

    return sign_in
