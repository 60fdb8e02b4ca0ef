"""Bringing a database to the current revision, and saying where it stands."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

PROJECT = Path(__file__).resolve().parents[2]


def configuration() -> Config:
    return Config(toml_file=PROJECT / "pyproject.toml")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run what is missing, in one transaction."""
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """(where the database stands, where it should), None for an empty one."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), head
