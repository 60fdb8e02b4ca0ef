"""What one process holds: settings, database, vault, clock. Made by `create_app`, found in `app.extensions`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import current_app

from app.accounts.policies import served_without_keys
from app.accounts.vocabulaire import Role
from app.config import PARIS, Settings
from app.db.unit import Database
from app.vault.service import Vault

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def jour_de(instant: datetime) -> date:
    """The day in Paris of a UTC instant."""
    return instant.astimezone(PARIS).date()


@dataclass(frozen=True, slots=True)
class Maison:
    """One per process. `clock` gives aware UTC instants; tests freeze it."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock = utc_now

    def serves(self, roles: Iterable[Role]) -> bool:
        """Whether an account of these roles may enter here: a process without keys has no page for most."""
        return not self.vault.keyless or served_without_keys(roles)


def maison() -> Maison:
    return current_app.extensions["parcours"]
