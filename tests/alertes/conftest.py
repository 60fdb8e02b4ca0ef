"""Both engines with the tables and nothing else: these tests write state rows themselves, and roll back."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.db.base import Base
from app.db.engine import make_engine
from tests.accounts.conftest import (  # noqa: F401 - the application, its accounts and a browser
    app,
    compte,
    house,
    navigateur,
    ouvrir,
    protege,
    rows,
)
from tests.alertes.monde import Monde
from tests.alertes.ville import Ville
from tests.conftest import SERVER, postgresql_url, required

for room in ("accounts", "audit", "alertes", "jeunes", "parcours", "programme", "referents"):
    import_module(f"app.{room}.models")
import_module("app.parcours.models_actes")
import_module("app.alertes.models_taches")


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path: Path = tmp_path_factory.mktemp("alertes") / "parcours.db"
    engine = make_engine(f"sqlite:///{path}", begin="BEGIN IMMEDIATE")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_tables() -> Iterator[Engine]:
    try:
        server = psycopg.connect(SERVER, autocommit=True)
    except psycopg.OperationalError:
        if required("POSTGRESQL"):
            raise
        pytest.skip("no PostgreSQL server answers (PARCOURS_TEST_POSTGRESQL names one)")
    name = f"parcours_test_{uuid4().hex[:12]}"
    with server:
        server.execute(f"CREATE DATABASE {name}")
        engine = make_engine(postgresql_url(name), begin="BEGIN")
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session on each engine in turn, rolled back at the end."""
    with Session(request.getfixturevalue(f"{request.param}_tables")) as session:
        yield session
        session.rollback()


@pytest.fixture
def monde(session: Session) -> Monde:
    return Monde(session)


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """The text of every statement sent while the test runs."""
    sent: list[str] = []
    engine = session.get_bind()

    def note(connection, cursor, statement, *rest) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def ville(house: Any) -> Ville:  # noqa: F811
    return Ville(house)
