"""New installations: here the key store itself runs on each engine, and nothing is prepared in advance."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from app.config import Settings
from app.db.engine import Engines, make_engines
from app.vault.opening import open_vault
from app.vault.preparation import prepare_keys
from app.vault.service import Vault
from tests.conftest import SERVER, FrozenClock, postgresql_url, required, settings_in


@pytest.fixture
def keys_database() -> Iterator[str]:
    """The address of an empty PostgreSQL data base for keys."""
    try:
        server = psycopg.connect(SERVER, autocommit=True)
    except psycopg.OperationalError:
        if required("POSTGRESQL"):
            raise
        pytest.skip("no PostgreSQL server answers (PARCOURS_TEST_POSTGRESQL names one)")
    name = f"parcours_cles_{uuid.uuid4().hex}"
    with server:
        server.execute(f"CREATE DATABASE {name} STRATEGY WAL_LOG")
        yield postgresql_url(name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "instance")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_settings")
    return replace(settings_in(tmp_path / "instance"), keys_database_url=request.getfixturevalue("keys_database"))


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


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
def vault(settings: Settings, engines: Engines, clock: FrozenClock) -> Vault:
    prepare_keys(settings, engines, clock=clock)
    return open_vault(settings, engines, clock=clock)


@pytest.fixture
def prepared(sqlite_settings: Settings, engines_for: Callable[[Settings], Engines], clock: FrozenClock) -> Settings:
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
