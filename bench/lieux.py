"""Where a benchmark's installations are: one folder per size and engine, made once, copied to be measured.

A run writes: it measures a copy and throws it away, so that the next one finds the same database. Only the nation
(1.1 million people) is measured in place.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from app.config import Settings

RESULTATS = Path(__file__).parent / "results"
SERVEUR = "postgresql://postgres@127.0.0.1:5432/postgres"
# Every date of a benchmark is relative to this instant: the same seed gives the same people on any day.
DEPART = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
TAILLES = (6_000, 60_000, 1_100_000)
COPIABLE = 100_000


@dataclass(frozen=True, slots=True)
class Lieu:
    """One installation of a benchmark."""

    taille: int
    moteur: str
    dossier: Path
    suffixe: str = ""

    @property
    def nom(self) -> str:
        return f"{self.moteur}-{self.taille}{self.suffixe}"

    @property
    def instance(self) -> Path:
        return self.dossier / self.nom

    @property
    def base(self) -> str:
        """The PostgreSQL database; its key store has the same name with `_cles`."""
        return f"parcours_bench_{self.nom.replace('-', '_')}"

    def settings(self) -> Settings:
        here = self.instance
        data, keys = (self._url(here / name, suffix) for name, suffix in (("parcours.db", ""), ("cles.db", "_cles")))
        return Settings(instance=here, database_url=data, keys_database_url=keys, root_key_file=here / "racine.cle")

    def _url(self, file: Path, suffix: str) -> str:
        return f"sqlite:///{file}" if self.moteur == "sqlite" else server_url(self.base + suffix)


def folder() -> Path:
    """`PARCOURS_BENCH_DIR`, else `bench/results`. On a disk, not in memory: durable writes are measured there."""
    return Path(os.environ.get("PARCOURS_BENCH_DIR") or RESULTATS).resolve()


def server_url(base: str) -> str:
    server = os.environ.get("PARCOURS_BENCH_POSTGRESQL", SERVEUR)
    return make_url(server).set(database=base).render_as_string(hide_password=False)


def ticking(depart: datetime = DEPART) -> Callable[[], datetime]:
    """A clock that starts at `depart` and goes on at the speed of the world."""
    started = time.monotonic()
    return lambda: depart + timedelta(seconds=time.monotonic() - started)


def make_databases(lieu: Lieu) -> None:
    """Empty databases for `lieu`, whatever was there before."""
    shutil.rmtree(lieu.instance, ignore_errors=True)
    lieu.instance.mkdir(parents=True, mode=0o700)
    if lieu.moteur == "postgresql":
        _drop(lieu)
        _on_server(*(f"CREATE DATABASE {lieu.base}{suffix}" for suffix in ("", "_cles")))


def clone(source: Lieu, lieu: Lieu) -> None:
    """Make `lieu` from what `source` holds, whatever was there before."""
    remove(lieu)
    shutil.copytree(source.instance, lieu.instance)
    if lieu.moteur == "postgresql":
        _on_server(*(f"CREATE DATABASE {lieu.base}{end} TEMPLATE {source.base}{end}" for end in ("", "_cles")))


def remove(lieu: Lieu) -> None:
    shutil.rmtree(lieu.instance, ignore_errors=True)
    if lieu.moteur == "postgresql":
        _drop(lieu)


@contextmanager
def copied(lieu: Lieu) -> Iterator[Lieu]:
    """A copy of an installation to write in, removed at the end; the nation itself when it is too large to copy."""
    if lieu.taille > COPIABLE:
        yield lieu
        return
    copy = replace(lieu, suffixe=f"-essai-{os.getpid()}")
    try:
        clone(lieu, copy)
        yield copy
    finally:
        remove(copy)


def _drop(lieu: Lieu) -> None:
    _on_server(*(f"DROP DATABASE IF EXISTS {lieu.base}{suffix} WITH (FORCE)" for suffix in ("", "_cles")))


def _on_server(*statements: str) -> None:
    url = server_url("postgres")
    with psycopg.connect(url, autocommit=True) as server:
        for statement in statements:
            server.execute(statement)
