"""Shared fixtures: real databases on both engines, a vault, a frozen clock, people to act.

`database` and `maison` run each test twice, on SQLite and on PostgreSQL; `sqlite_maison` and `client` on SQLite only.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import make_url
from werkzeug.routing import Rule

from app.accounts import passwords
from app.audit.services import Journal, configure
from app.config import Settings
from app.db import migrations
from app.db.engine import Engines, make_engines
from app.db.unit import Database
from app.vault.opening import open_vault
from app.vault.preparation import prepare_keys
from app.vault.service import Vault
from tests.adversaire.tableau import pytest_terminal_summary  # noqa: F401

SERVER = os.environ.get("PARCOURS_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
NOW = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
# a loaded machine is slow, not wrong
hypothesis.settings.register_profile("parcours", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("parcours")
CHROMIUM = Path(os.environ.get("PARCOURS_CHROMIUM", "/usr/bin/chromium"))
# what a container without a graphics card nor user namespaces needs
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: begun last, it would keep one process busy while the other has nothing left."""
    items.sort(key=lambda item: "simulation" not in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def argon2_leger() -> Iterator[None]:
    """The same algorithm a hundred times lighter: here nobody attacks it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        passwords._decoy.cache_clear()
        yield
    passwords._decoy.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def routes_compilees() -> Iterator[None]:
    """Each test has an application of its own, whose addresses are those of the last one: what builds an address is
    compiled once for them all, which is most of what making an application costs."""
    whole, compiled = Rule._compile_builder, {}

    def once(rule: Rule, append_unknown: bool = True):
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if rule.defaults:
            return whole(rule, append_unknown)
        if key not in compiled:
            compiled[key] = whole(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


class GabaritsCompiles(BytecodeCache):
    """Templates by what they say: those that an application compiled, the next one finds."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (bucket.key, bucket.checksum) in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key, bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def gabarits_compiles() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": GabaritsCompiles()})
        yield


def settings_in(folder: Path) -> Settings:
    return Settings(
        instance=folder,
        database_url=f"sqlite:///{folder / 'parcours.db'}",
        keys_database_url=f"sqlite:///{folder / 'cles.db'}",
        root_key_file=folder / "racine.cle",
    )


def required(name: str) -> bool:
    return os.environ.get(f"PARCOURS_REQUIRE_{name}") == "1"


@pytest.fixture(scope="session")
def prepared_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and an empty migrated database, made once and copied by each test."""
    folder = tmp_path_factory.mktemp("instance")
    settings = settings_in(folder)
    engines = make_engines(settings)
    prepare_keys(settings, engines)
    migrations.upgrade(engines.write)
    engines.dispose()
    return folder


@pytest.fixture
def sqlite_settings(prepared_instance: Path, tmp_path: Path) -> Settings:
    folder = tmp_path / "instance"
    shutil.copytree(prepared_instance, folder)
    return settings_in(folder)


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """The name of a migrated database that tests clone; skips, saying so, where there is no server."""
    try:
        server = psycopg.connect(SERVER, autocommit=True)
    except psycopg.OperationalError:
        if required("POSTGRESQL"):
            raise
        pytest.skip("no PostgreSQL server answers (PARCOURS_TEST_POSTGRESQL names one)")
    name = f"parcours_test_{uuid4().hex[:12]}"
    with server:
        server.execute(f"CREATE DATABASE {name}")
        engines = _postgresql_engine(name)
        migrations.upgrade(engines)
        engines.dispose()
        yield name
        _drop(server, _LEFT)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


# Databases of tests that are over. Dropping one makes the server write everything to disk, so they go by lots.
_LEFT: list[str] = []
_LOT = 40


def _drop(server: psycopg.Connection, names: list[str]) -> None:
    while names:
        server.execute(f"DROP DATABASE {names.pop()} WITH (FORCE)")


def _postgresql_engine(name: str):
    from app.db.engine import make_engine

    return make_engine(postgresql_url(name), begin="BEGIN")


def postgresql_url(name: str) -> str:
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def postgresql_settings(sqlite_settings: Settings, postgresql_template: str) -> Iterator[Settings]:
    """A database of its own on the server; the key store stays a file beside the keyrings."""
    name = f"{postgresql_template}_{uuid4().hex[:8]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {postgresql_template} STRATEGY WAL_LOG")
        # a test does not outlive a power cut
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        yield replace(sqlite_settings, database_url=postgresql_url(name))
        _LEFT.append(name)
        if len(_LEFT) >= _LOT:
            _drop(server, _LEFT)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def settings(request: pytest.FixtureRequest) -> Settings:
    """An installation with its keys, on each engine in turn."""
    return request.getfixturevalue(f"{request.param}_settings")


@pytest.fixture
def engines(settings: Settings) -> Iterator[Engines]:
    engines = make_engines(settings)
    yield engines
    engines.dispose()


@pytest.fixture
def vault(settings: Settings, engines: Engines) -> Vault:
    return open_vault(settings, engines, clock=lambda: NOW)


@pytest.fixture
def database(engines: Engines, vault: Vault) -> Database:
    """The journal is there; nobody follows touched dossiers (see `maison`)."""
    database = Database(engines)
    configure(database, Journal(pseudonymise=vault.pseudonymise, sign=vault.sign))
    return database


@dataclass
class FrozenClock:
    """An instant that only a test moves: `clock.now += timedelta(days=1)`."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def build(clock: FrozenClock) -> Iterator[Callable]:
    """Build the whole house on given settings, as the application does, hooks included."""
    from app import build_maison

    built = []

    def make(settings: Settings):
        house = build_maison(settings, clock=clock)
        built.append(house)
        return house

    yield make
    for house in built:
        house.database.engines.dispose()


@pytest.fixture
def maison(build: Callable, settings: Settings):
    """The house on each engine in turn: database with its hooks, vault, frozen clock."""
    return build(settings)


@pytest.fixture
def sqlite_maison(build: Callable, sqlite_settings: Settings):
    return build(sqlite_settings)


@pytest.fixture(scope="session")
def navigateur() -> Iterator[Browser]:
    """Debian's Chromium, one for the whole run; skips, saying so, where there is none."""
    if not CHROMIUM.exists():
        if required("BROWSER"):
            pytest.fail(f"Chromium is required and is not at {CHROMIUM}")
        pytest.skip(f"Chromium is not at {CHROMIUM} (PARCOURS_CHROMIUM names another)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()
