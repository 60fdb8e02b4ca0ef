"""A process that has no keys: it serves the cohorts, byte for byte as one that has them, and nobody's name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.accounts.forms_connexion import REFUS
from app.accounts.identification import Refus
from app.accounts.policies import Permission, declared
from app.config import Settings
from tests.cohortes.registre import ville
from tests.conftest import FrozenClock
from tests.http.conftest import ACTORS, MOT_DE_PASSE, Monde, token

COOKIE = "parcours"
# signed anew each second
CSRF = re.compile(r'(name="csrf_token"[^>]* value=")[^"]+')
# a process without keys keeps no draft, and no form asks it to
BROUILLON = re.compile(r'<input type="hidden" name="brouillon".*?</script>\n', re.DOTALL)
# what a manager also reads, beside the cohorts
AUTOUR = ("/", "/mon-compte", "/aide", "/donnees-personnelles")
PAGES_AU_MOINS, PAGES_AU_PLUS = 20, 60


@pytest.fixture
def sans_cles(app: Flask, sqlite_settings: Settings, tmp_path: Path, clock: FrozenClock) -> Iterator[Flask]:
    """The same database served from a folder that holds the root and the service keyring, and nothing else."""
    folder = tmp_path / "sans-cles"
    folder.mkdir(mode=0o700)
    for name in (sqlite_settings.root_key_file.name, sqlite_settings.service_keyring_file.name):
        shutil.copy2(sqlite_settings.instance / name, folder / name)
    alone = replace(
        sqlite_settings,
        instance=folder,
        root_key_file=folder / sqlite_settings.root_key_file.name,
        keys_database_url=f"sqlite:///{folder / 'cles.db'}",
        sans_cles=True,
    )
    served = create_app(alone, clock=clock)
    served.testing = True
    yield served
    served.extensions["parcours"].database.engines.dispose()
    assert sorted(path.name for path in folder.iterdir()) == ["racine.cle", "service.cles"], "no key was made there"


def same_browser(client: FlaskClient, elsewhere: Flask) -> FlaskClient:
    """One browser before two processes: they share the database, so the session opened in one."""
    other = elsewhere.test_client()
    other.set_cookie(COOKIE, client.get_cookie(COOKIE).value)
    return other


def shown(answer: TestResponse) -> tuple[int, dict[str, str], object]:
    headers = {name: value for name, value in answer.headers if name not in {"Date", "Content-Length"}}
    if answer.mimetype.endswith("spreadsheetml.sheet"):
        with ZipFile(BytesIO(answer.data)) as book:
            return answer.status_code, headers, {name: book.read(name) for name in book.namelist()}
    body = BROUILLON.sub("", CSRF.sub(r"\1", answer.text)) if answer.mimetype.startswith("text/") else answer.data
    return answer.status_code, headers, body


def links(answer: TestResponse) -> list[str]:
    found = re.findall(r'href="(/cohortes[^"#]*)', answer.text) if answer.mimetype == "text/html" else []
    return [unescape(url) for url in found]


def pages_of_cohorts(app: Flask, monde: Monde) -> list[str]:
    return [
        monde.url(rule, app)
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and declared(app.view_functions[rule.endpoint]) is Permission.VOIR_COHORTES
    ]


def test_every_page_of_cohorts_is_the_same_without_a_key(
    app: Flask, house, sans_cles: Flask, monde: Monde, connect: Callable
) -> None:
    """From each address of the map, then wherever the pages lead: a whole town is published."""
    with house.database.writing() as session:
        ville(session)
    alone = sans_cles.extensions["parcours"]
    assert alone.vault.keyless
    assert alone.database.engines.keys is None
    client = connect(monde.agents["responsable"])
    keyless = same_browser(client, sans_cles)
    client.get("/")  # what sign-in had to say is said once
    waiting, read, published = [*pages_of_cohorts(app, monde), *AUTOUR], set(), 0
    while waiting and len(read) < PAGES_AU_PLUS:
        url = waiting.pop(0)
        if url not in read:
            read.add(url)
            with_keys = client.get(url)
            assert shown(with_keys) == shown(keyless.get(url)), url
            published += with_keys.status_code == 200 and url.startswith("/cohortes")
            waiting += links(with_keys)
    assert published >= PAGES_AU_MOINS


@pytest.mark.parametrize("name", sorted(ACTORS))
def test_only_who_sees_no_dossier_enters(sans_cles: Flask, monde: Monde, name: str) -> None:
    """The right password tells who has it where to go; it opens nothing."""
    agent, client = monde.agents[name], sans_cles.test_client()
    sent = {"courriel": agent.courriel, "mot_de_passe": MOT_DE_PASSE, "csrf_token": token(client, "/connexion")}
    answer = client.post("/connexion", data=sent)
    if name in {"responsable", "dpo"}:
        assert (answer.status_code, client.get("/mon-compte").status_code) == (303, 200)
    else:
        assert (answer.status_code, client.get("/mon-compte").status_code) == (422, 303)
        assert REFUS[Refus.AILLEURS] in answer.text


def test_a_review_reads_codes_alone_and_so_needs_no_key(sans_cles: Flask, monde: Monde) -> None:
    client = sans_cles.test_client()
    sent = {"courriel": monde.agents["dpo"].courriel, "mot_de_passe": MOT_DE_PASSE}
    client.post("/connexion", data=sent | {"csrf_token": token(client, "/connexion")})
    page = client.get("/structure/a-relire")
    assert (page.status_code, monde.code in page.text) == (200, True)
    url = f"/notes-ouvertes/{monde.ids['ouverture_id']}/relire"
    said = {"csrf_token": token(client), "conclusion": "fondee"}
    assert client.post(url, data=said).status_code == 303


def test_a_wrong_password_is_not_told_where_to_go(sans_cles: Flask, monde: Monde) -> None:
    client = sans_cles.test_client()
    sent = {"courriel": monde.agents["referent"].courriel, "mot_de_passe": "autre chose"}
    answer = client.post("/connexion", data=sent | {"csrf_token": token(client, "/connexion")})
    assert answer.status_code == 422
    assert REFUS[Refus.AILLEURS] not in answer.text


def test_a_session_opened_elsewhere_by_who_sees_dossiers_is_not_one_here(
    sans_cles: Flask, monde: Monde, connect: Callable
) -> None:
    """Its cookie reaches both processes of a machine; only one of them has pages for it, and keeps it open."""
    client = connect(monde.agents["referent"])
    here = same_browser(client, sans_cles)
    for url in ("/", "/mes-jeunes", f"/dossiers/{monde.code}", "/brouillons"):
        answer = here.get(url)
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/connexion"), url
    assert client.get("/mes-jeunes").status_code == 200


def test_a_calendar_is_not_served_here(app: Flask, sans_cles: Flask, monde: Monde) -> None:
    path = f"/agenda/flux/{monde.ids['jeton']}.ics"
    assert app.test_client().get(path).status_code == 200
    assert sans_cles.test_client().get(path).status_code == 404
