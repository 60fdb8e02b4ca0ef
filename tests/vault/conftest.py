"""One installation per test, on each engine."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from app.config import Settings
from app.db.engine import Engines, make_engines
from app.vault.opening import open_vault
from app.vault.preparation import prepare_keys
from app.vault.service import Vault

SERVER = "postgresql://postgres@127.0.0.1:5432"


def settings_in(directory: Path, **changes: object) -> Settings:
    return Settings(
        instance=directory,
        database_url=f"sqlite:///{directory / 'parcours.db'}",
        keys_database_url=str(changes.pop("keys_database_url", f"sqlite:///{directory / 'cles.db'}")),
        root_key_file=directory / "racine.cle",
    )


@pytest.fixture
def keys_database() -> Iterator[str]:
    """The address of an empty PostgreSQL data base for keys."""
    try:
        admin = psycopg.connect(f"{SERVER}/postgres", autocommit=True)
    except psycopg.OperationalError:
        if os.environ.get("PARCOURS_REQUIRE_POSTGRESQL") == "1":
            raise
        pytest.skip(f"no PostgreSQL server at {SERVER}")
    name = f"cles_{uuid.uuid4().hex}"
    with admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield f"{SERVER}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "instance")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_settings")
    return settings_in(tmp_path / "instance", keys_database_url=request.getfixturevalue("keys_database"))


@pytest.fixture
def engines_for() -> Iterator[Callable[[Settings], Engines]]:
    """Engines that are disposed of when the test ends."""
    opened: list[Engines] = []

    def make(settings: Settings) -> Engines:
        opened.append(make_engines(settings))
        return opened[-1]

    yield make
    for engines in opened:
        engines.dispose()


@pytest.fixture
def engines(settings: Settings, engines_for: Callable[[Settings], Engines]) -> Engines:
    return engines_for(settings)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(settings: Settings, engines: Engines, clock: Clock) -> Vault:
    prepare_keys(settings, engines, clock=clock)
    return open_vault(settings, engines, clock=clock)


@pytest.fixture
def prepared(sqlite_settings: Settings, engines_for: Callable[[Settings], Engines], clock: Clock) -> Settings:
    """An installation with its keys, nothing open."""
    engines = engines_for(sqlite_settings)
    prepare_keys(sqlite_settings, engines, clock=clock)
    engines.dispose()
    return sqlite_settings


@pytest.fixture
def another_vault(tmp_path: Path, engines_for: Callable[[Settings], Engines]) -> Vault:
    """The vault of another installation."""
    settings = settings_in(tmp_path / "ailleurs")
    engines = engines_for(settings)
    prepare_keys(settings, engines)
    return open_vault(settings, engines)
