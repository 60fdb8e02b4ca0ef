"""Somebody with a manager's account who follows every link, keeps every page, and compares."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from tests.adversaire import gels
from tests.conftest import settings_in
from tests.factories import make_agent, make_structure
from tests.http.conftest import MOT_DE_PASSE, token

# the marks of a page that are drawn anew each time: its token, the number of its draft
MARQUES = re.compile(r'(name="(?:csrf_token|brouillon)"[^>]* value=")[^"]+')
LIEN = re.compile(r'(?:href|src|action)="(/[^"#]*)')
# whoever prints a report signs it with the name of their own structure (tests.factories)
SIGNATURE = re.compile(r"Structure [0-9]+")
PRINCIPAL = re.compile(r"<main.*</main>", re.DOTALL)
# a file of fixed content, and what ends the visit
AILLEURS = ("/statique/", "/deconnexion", "/verrouiller")


@contextmanager
def served(folder: Path, trimestre: int) -> Iterator[Flask]:
    """The application on an instance folder, ten days after that quarter."""
    app = create_app(settings_in(folder), clock=lambda: gels.day_of(trimestre))
    app.testing = True
    yield app
    app.extensions["parcours"].database.engines.dispose()


def hire(app: Flask, protege: str) -> str:
    """A manager in a structure of their own; gives their address."""
    with app.extensions["parcours"].database.writing() as session:
        agent: Agent = make_agent(session, make_structure(session), Role.RESPONSABLE, mot_de_passe=protege)
        return agent.courriel


def sign_in(app: Flask, courriel: str) -> FlaskClient:
    client = app.test_client()
    sent = {"courriel": courriel, "mot_de_passe": MOT_DE_PASSE, "csrf_token": token(client, "/connexion")}
    assert client.post("/connexion", data=sent).status_code == 303
    return client


def walk(client: FlaskClient, *, most: int) -> dict[str, object]:
    """What every address says, from the first page on, the nearest first."""
    seen: dict[str, object] = {}
    known, queue = {"/"}, deque(["/"])
    while queue and len(seen) < most:
        url = queue.popleft()
        answer = client.get(url)
        if answer.status_code in {301, 302, 303, 308}:
            links = [answer.location]
        else:
            seen[url] = said(answer)
            links = [unescape(link) for link in LIEN.findall(answer.text)] if answer.mimetype == "text/html" else []
        fresh = [link for link in links if link not in known and not link.startswith(AILLEURS)]
        known.update(fresh)
        queue.extend(dict.fromkeys(fresh))
    return seen


def said(answer: TestResponse) -> object:
    """Everything that a page or a file shows, but what is signed anew each time."""
    if answer.mimetype.endswith("spreadsheetml.sheet"):
        with ZipFile(BytesIO(answer.data)) as book:
            return answer.status_code, {name: book.read(name) for name in book.namelist()}
    if answer.mimetype.startswith("text/"):
        return answer.status_code, MARQUES.sub(r"\1", answer.text)
    return answer.status_code, answer.data


def main_of(page: object) -> object:
    """The part of a page that does not greet anybody by name, whoever signs it; files are whole."""
    status, body = page
    found = PRINCIPAL.search(body) if isinstance(body, str) else None
    return status, SIGNATURE.sub("Structure", found[0]) if found else body
