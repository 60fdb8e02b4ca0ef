"""The application on a frozen clock, its agents with known passwords, and a browser that fills forms in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app
from app.accounts import passwords
from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.config import Settings
from tests.conftest import FrozenClock
from tests.factories import make_agent, make_structure

MOT_DE_PASSE = "trombone-lavande-escargot"


@pytest.fixture(scope="session")
def protege() -> str:
    return passwords.protect(MOT_DE_PASSE)


@pytest.fixture
def app(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    app = create_app(sqlite_settings, clock=clock)
    app.testing = True
    yield app
    app.extensions["parcours"].database.engines.dispose()


@pytest.fixture
def house(app: Flask):
    return app.extensions["parcours"]


@pytest.fixture
def compte(house, protege: str) -> Callable[..., Agent]:
    """Open an account in one structure, with the password of every test."""
    with house.database.writing() as session:
        structure = make_structure(session)

    def open_account(*roles: Role, ailleurs: bool = False) -> Agent:
        with house.database.writing() as session:
            place = make_structure(session) if ailleurs else structure
            agent = make_agent(session, place, *roles, mot_de_passe=protege)
        return agent

    return open_account


class Navigateur:
    """One browser: it follows no redirection by itself and sends the token of the last form it met."""

    def __init__(self, client: FlaskClient, clock: FrozenClock) -> None:
        self.client = client
        self.clock = clock
        self.jeton = ""

    def get(self, path: str) -> TestResponse:
        return self._seen(self.client.get(path))

    def post(self, path: str, **data: object) -> TestResponse:
        sent = {"csrf_token": self.jeton} | {name: value for name, value in data.items() if value is not None}
        return self._seen(self.client.post(path, data=sent))

    def sign_in(self, agent: Agent, mot_de_passe: str = MOT_DE_PASSE, path: str = "/connexion") -> TestResponse:
        self.get(path)
        answer = self.post(path, courriel=agent.courriel, mot_de_passe=mot_de_passe)
        self.get("/mon-compte")
        return answer

    def wait(self, **time: int) -> None:
        self.clock.now += timedelta(**time)

    @property
    def cookie(self) -> str | None:
        found = self.client.get_cookie("parcours")
        return found and found.value

    def _seen(self, answer: TestResponse) -> TestResponse:
        if token := re.search(r'name="csrf_token"[^>]* value="([^"]+)"', answer.text):
            self.jeton = unescape(token[1])
        return answer


@pytest.fixture
def ouvrir(app: Flask, clock: FrozenClock) -> Callable[[], Navigateur]:
    return lambda: Navigateur(app.test_client(), clock)


@pytest.fixture
def navigateur(ouvrir: Callable[[], Navigateur]) -> Navigateur:
    return ouvrir()


@pytest.fixture
def rows(house) -> Callable[[type], list]:
    """Every row of a table, as it stands now."""

    def read(model: type) -> list:
        with house.database.reading() as session:
            found = session.scalars(select(model)).all()
            session.expunge_all()
        return list(found)

    return read
