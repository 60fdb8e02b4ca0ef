"""Young people with sealed names in a whole application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from app.accounts.models import Agent
from app.alertes.services import scan
from app.parcours.models import Dossier
from app.parcours.vocabulaire import GenreEtape, StatutEtape
from app.vault.places import Place
from tests.alertes.monde import JOUR, MAINTENANT, Monde, jours


class Ville:
    """Young people with sealed names, written straight into the tables of a whole application."""

    def __init__(self, house: Any) -> None:
        self.house = house
        with self.writing() as monde:
            self.structure_id, self.territoire_id = monde.structure_id, monde.territoire_id

    @contextmanager
    def writing(self) -> Iterator[Monde]:
        with self.house.database.writing() as session:
            if hasattr(self, "structure_id"):
                monde = Monde.__new__(Monde)
                monde.session, monde.numeros = session, self.numeros
                monde.structure_id, monde.territoire_id = self.structure_id, self.territoire_id
            else:
                monde = Monde(session)
                self.numeros = monde.numeros
            yield monde

    def jeune(self, prenom: str, nom: str = "Kaci", *, agent: Agent | None = None, naissance: str = "", **values):
        """A dossier with a sealed name, that no alert speaks of unless `values` call for one; its code."""
        quiet = {"ouvert_le": JOUR - jours(400), "dernier_contact": JOUR, "situation_depuis": JOUR - jours(20)}
        with self.writing() as monde:
            number = monde.dossier(agent.id if agent else None, **(quiet | values))
            monde.etape(number, GenreEtape.ACCOMPAGNEMENT_EDUCATIF, StatutEtape.EN_COURS, JOUR - jours(60))
            uid, code = monde.session.execute(select(Dossier.uid, Dossier.code).where(Dossier.id == number)).one()
        content = {"prenom": prenom, "nom": nom} | ({"date_naissance": naissance} if naissance else {})
        self.house.vault.create_key(uid)
        keys = self.house.vault.keys([uid])
        with self.writing() as monde:
            monde.identite(number, keys.seal(uid, content, place=Place.IDENTITE, row=uid))
        return code

    def scan(self) -> None:
        with self.writing() as monde:
            scan(monde.session, today=JOUR, now=MAINTENANT)

    def id_of(self, code: str) -> int:
        with self.house.database.reading() as session:
            return session.scalar(select(Dossier.id).where(Dossier.code == code))
