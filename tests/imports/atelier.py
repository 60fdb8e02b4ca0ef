"""A structure and its agents, into which files are imported, hooks included."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.maison import jour_de
from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import Role
from app.cli import imports
from app.jeunes import import_dossiers, import_dossiers_ecriture, import_etapes, import_etapes_ecriture
from app.jeunes.import_lecture import Defaut
from app.jeunes.import_reperes import load_auteur
from app.parcours.models import Dossier
from tests.conftest import NOW
from tests.factories import make_agent, make_structure

ENTETE = "reference;sexe;annee_naissance;territoire;ouvert_le"
ENTETE_ETAPES = "reference;type;statut;debut;fin"


def fichier(*lignes: str) -> bytes:
    return ("\n".join(lignes) + "\n").encode()


@dataclass
class Atelier:
    """Imports as the command does, without the command: `dossiers` and `etapes` give the plan that was followed."""

    maison: Any
    structure: Structure
    referente: Agent
    agents: dict[str, Agent] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return jour_de(self.maison.clock())

    def check_dossiers(self, contenu: bytes, structure: str | None = None) -> import_dossiers.Plan:
        with self.maison.database.reading() as session:
            return import_dossiers.check(session, self.maison.vault, contenu, structure=structure, today=self.today)

    def check_etapes(self, contenu: bytes, structure: str | None = None) -> import_etapes.Plan:
        with self.maison.database.reading() as session:
            return import_etapes.check(session, self.maison.vault, contenu, structure=structure, today=self.today)

    def dossiers(self, contenu: bytes, structure: str | None = None, par: str | None = None) -> import_dossiers.Plan:
        plan = self.check_dossiers(contenu, structure)
        assert plan.defauts.montres == []
        write = partial(import_dossiers_ecriture.write, territoires=plan.territoires, auteur=self.auteur(par))
        imports.write_lots(self.maison, plan.a_ecrire, contenu, seal=import_dossiers_ecriture.seal, write=write)
        return plan

    def etapes(self, contenu: bytes, structure: str | None = None, par: str | None = None) -> import_etapes.Plan:
        plan = self.check_etapes(contenu, structure)
        assert plan.defauts.montres == []
        write = partial(import_etapes_ecriture.write, auteur=self.auteur(par))
        imports.write_lots(self.maison, plan.a_ecrire, contenu, seal=import_etapes_ecriture.seal, write=write)
        return plan

    def auteur(self, courriel: str | None):
        with self.maison.database.reading() as session:
            return load_auteur(session, courriel)

    def count(self, model: type) -> int:
        with self.maison.database.reading() as session:
            return session.scalar(select(func.count()).select_from(model))

    def dossier(self, session: Session, reference: str) -> Dossier:
        return session.scalars(select(Dossier).where(Dossier.reference == reference)).one()


def build_atelier(maison) -> Atelier:
    with maison.database.writing() as session:
        structure = make_structure(session)
        intervenant = make_agent(session, structure, Role.INTERVENANT)
        parti = make_agent(session, structure)
        parti.desactive_le = NOW
        return Atelier(maison, structure, make_agent(session, structure), {"intervenant": intervenant, "parti": parti})


def reasons(defauts: list[Defaut]) -> list[tuple[int, str | None, str]]:
    return [(defaut.ligne, defaut.colonne, defaut.code) for defaut in defauts]
