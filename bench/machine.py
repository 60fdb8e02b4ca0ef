"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import resource
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import func, select

from app.accounts.maison import Maison
from app.alertes.models import Alerte
from app.db.engine import sqlite_library
from app.parcours.models import Dossier, Etape, Suivi
from bench.lieux import Lieu, server_url


def describe(lieu: Lieu, maison: Maison) -> list[str]:
    """A few lines for the head of the report."""
    return [
        f"{datetime.now(UTC):%Y-%m-%d} · {_processor()}, {os.cpu_count()} cores, {_memory()} of memory, "
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"Python {platform.python_version()} · {_engine(lieu)}",
        f"{_sizes(maison)}",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.0f} GiB"


def peak_memory() -> str:
    """The most that this process ever held."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"


def _engine(lieu: Lieu) -> str:
    if lieu.moteur == "sqlite":
        return "SQLite " + ".".join(str(part) for part in sqlite_library()[1])
    with psycopg.connect(server_url("postgres")) as server:
        return "PostgreSQL " + server.execute("SHOW server_version").fetchone()[0].split()[0]


def _sizes(maison: Maison) -> str:
    with maison.database.reading() as session:
        people, steps, contacts, alerts = (
            session.scalar(select(func.count()).select_from(table)) for table in (Dossier, Etape, Suivi, Alerte)
        )
    return f"{people:,} people, {steps:,} steps, {contacts:,} follow-ups, {alerts:,} alerts"
