"""The whole house behind a live server, and people who open it in Chromium.

The world is made and everybody signed in once; a story starts from a copy of that instance, cookies included.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from app.accounts import passwords
from app.audit.services import Acteur
from app.jeunes import services as jeunes
from app.jeunes.vocabulaire import FormeInformation
from app.parcours import services_etapes, services_suivis
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutEtape
from tests.conftest import NOW, FrozenClock, settings_in
from tests.factories import TODAY, make_dossier
from tests.http.conftest import MOT_DE_PASSE, Monde, make_monde

# the browser's language is not ours: dates must be French all the same
LOCALE = "en-US"
HAUTEUR = 844
BUREAU, TELEPHONE = 1280, 390
# first name, name, days since the last exchange, step under way
AUTRES = (
    ("Théo", "Rousseau", 40, GenreEtape.SCOLARITE),
    ("Lina", "Dahmani", 9, GenreEtape.EMPLOI),
)
# a loaded machine is slow, not wrong
expect.set_options(timeout=15_000)
INVITES = (
    "referent",
    "autre_referent",
    "suppleant",
    "autre_intervenant",
    "partenaire",
    "coordinateur",
    "administrateur",
    "responsable",
    "dpo",
)


class Muet(WSGIRequestHandler):
    """A server that says nothing of each request."""

    def log(self, *_: object) -> None:
        pass


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    serveur = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Muet)
    fil = threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    fil.start()
    yield f"http://127.0.0.1:{serveur.server_port}"
    serveur.shutdown()
    fil.join()
    serveur.server_close()


@dataclass
class Scene:
    """A living house. `page("referent")` opens a browser where that person is already signed in."""

    app: Flask
    clock: FrozenClock
    monde: Monde
    adresse: str
    navigateur: Browser
    etats: dict[str, Any]
    contextes: list[BrowserContext] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The address of the first dossier."""
        return f"/dossiers/{self.monde.code}"

    def contexte(self, nom: str | None = None, *, largeur: int = TELEPHONE, **options: Any) -> BrowserContext:
        contexte = self.navigateur.new_context(
            viewport={"width": largeur, "height": HAUTEUR},
            base_url=self.adresse,
            locale=LOCALE,
            reduced_motion="reduce",
            storage_state=self.etats.get(nom),
            **options,
        )
        contexte.set_default_timeout(15_000)
        self.contextes.append(contexte)
        return contexte

    def page(self, nom: str | None = None, *, largeur: int = TELEPHONE, **options: Any) -> Page:
        page = self.contexte(nom, largeur=largeur, **options).new_page()
        page.on("pageerror", lambda erreur: self.incidents.append(str(erreur)))
        page.on("console", lambda dit: self.incidents.append(dit.text) if "Security Policy" in dit.text else None)
        return page

    def rows(self, model: type, **where: Any) -> list[Any]:
        """The rows of a table, every column of them."""
        table = model.__table__
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        with self.app.extensions["parcours"].database.reading() as session:
            return list(session.execute(query))

    def dossier(self, nom: str) -> str:
        """The address of the dossier of somebody of this name."""
        return f"/dossiers/{self.monde.ids[nom]}"

    def close(self) -> None:
        for contexte in self.contextes:
            contexte.close()


@dataclass(frozen=True)
class Modele:
    """An instance at rest, and the cookies of who signed in there."""

    dossier: Path
    monde: Monde
    etats: dict[str, Any]


@pytest.fixture(scope="session")
def modele(prepared_instance: Path, tmp_path_factory: pytest.TempPathFactory, navigateur: Browser) -> Modele:
    folder = tmp_path_factory.mktemp("navigation") / "instance"
    shutil.copytree(prepared_instance, folder)
    app = create_app(settings_in(folder), clock=FrozenClock())
    house = app.extensions["parcours"]
    monde = make_monde(house, passwords.protect(MOT_DE_PASSE))
    with house.database.writing() as session:
        _people(session, house, monde)
    with serve(app) as adresse:
        etats = {nom: _sign_in(navigateur, adresse, monde.agents[nom].courriel) for nom in INVITES}
    house.database.engines.dispose()
    return Modele(folder, monde, etats)


def _people(session: Any, house: Any, monde: Monde) -> None:
    """Two more young people of the same référent, so that lists have an order and a review has files."""
    referent = session.merge(monde.agents["referent"])
    common = {"acteur": Acteur.agent(referent.id, referent.structure_id), "now": NOW, "today": TODAY}
    for prenom, nom, silence, genre in AUTRES:
        dossier = make_dossier(session, house, referent.structure, referent=referent, annee_naissance=2007)
        told = {"informe_le": date(2026, 1, 5), "informe_forme": FormeInformation.ORALE}
        names = {"prenom": prenom, "nom": nom, "date_naissance": "2007-09-12"}
        jeunes.register(session, house.vault, dossier, identite=names, contact={}, **told, **common)
        services_suivis.log_suivi(
            session, dossier, agent=referent, jour=TODAY - timedelta(days=silence), canal=Canal.ENTRETIEN,
            resultat=Resultat.ECHANGE_FAIT, note=None, suivi_id=uuid4(), depot=uuid4(), **common,
        )  # fmt: skip
        faits = Faits(genre, StatutEtape.EN_COURS, date(2025, 9, 1))
        services_etapes.add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **common)
        monde.ids[nom] = dossier.code


def _sign_in(navigateur: Browser, adresse: str, courriel: str) -> Any:
    contexte = navigateur.new_context(base_url=adresse)
    page = contexte.new_page()
    page.goto("/connexion")
    page.get_by_label("Adresse de courriel").fill(courriel)
    page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: not url.endswith("/connexion"))
    etat = contexte.storage_state()
    contexte.close()
    return etat


@contextmanager
def open_scene(modele: Modele, folder: Path, navigateur: Browser) -> Iterator[Scene]:
    shutil.copytree(modele.dossier, folder)
    clock = FrozenClock()
    app = create_app(settings_in(folder), clock=clock)
    with serve(app) as adresse:
        scene = Scene(app, clock, replace(modele.monde), adresse, navigateur, modele.etats)
        yield scene
        scene.close()
    app.extensions["parcours"].database.engines.dispose()
    assert scene.incidents == []


@pytest.fixture
def scene(modele: Modele, tmp_path: Path, navigateur: Browser) -> Iterator[Scene]:
    """A house of one's own, to write in."""
    with open_scene(modele, tmp_path / "instance", navigateur) as scene:
        yield scene


@pytest.fixture(scope="session")
def vitrine(modele: Modele, tmp_path_factory: pytest.TempPathFactory, navigateur: Browser) -> Iterator[Scene]:
    """A house that all the tests only look at."""
    with open_scene(modele, tmp_path_factory.mktemp("vitrine") / "instance", navigateur) as scene:
        yield scene


@pytest.fixture
def telephone(scene: Scene) -> Page:
    """The référent's phone, on *Mes jeunes*."""
    page = scene.page("referent")
    page.goto("/mes-jeunes")
    return page
