"""Opening the vault when a process starts: everything is checked, and anything wrong stops the start."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from app.config import ConfigurationError, Settings
from app.db.engine import READING, Engines
from app.vault import keyrings
from app.vault.files import refuse_shared
from app.vault.keyrings import Keyring, RootKey
from app.vault.models import SCHEMA, Magasin
from app.vault.service import Clock, Vault, utc_now

_STORE = "La base des clés"


def open_vault(settings: Settings, engines: Engines, *, clock: Clock = utc_now) -> Vault:
    """The whole vault. Raises ConfigurationError: a French sentence that names the file and the remedy."""
    root = RootKey.read(settings.root_key_file)
    service = Keyring.load(settings.service_keyring_file, keyrings.SERVICE, root)
    person = Keyring.load(settings.vault_keyring_file, keyrings.VAULT, root)
    if engines.keys is None:
        raise ValueError("open_vault needs the key store; open_keyless does without")
    check_store(engines.keys, person.identifier)
    return Vault(service, person, engines.keys, clock=clock)


def open_keyless(settings: Settings) -> Vault:
    """A vault that seals sessions and signs the journal, and can open nothing personal."""
    root = RootKey.read(settings.root_key_file)
    return Vault(Keyring.load(settings.service_keyring_file, keyrings.SERVICE, root), None, None)


def check_store(store: Engine, identifier: UUID) -> None:
    """The key store is there, private, of this version, and tied to this keyring."""
    where = place_of(store)
    file = file_of(store)
    if file is not None:
        if not file.exists():
            raise ConfigurationError(
                f"{_STORE} manque : {where} n’existe pas. Remettez-la depuis sa sauvegarde ; "
                "pour une installation neuve, lancez « parcours init »."
            )
        refuse_shared(file, file.stat().st_mode, what=_STORE)
    row = read_store(store)
    if row is None:
        raise ConfigurationError(
            f"{_STORE} est vide : {where} n’a pas été préparée. Remettez-la depuis sa sauvegarde ; "
            "pour une installation neuve, lancez « parcours init »."
        )
    if row.trousseau != identifier:
        raise ConfigurationError(
            f"{_STORE} ({where}) et le trousseau « coffre » ne vont pas ensemble : l’un des deux vient d’une "
            "autre installation. Remettez ceux d’une même sauvegarde."
        )
    if row.version_schema != SCHEMA:
        raise ConfigurationError(
            f"{_STORE} ({where}) est à la version {row.version_schema}, ce programme attend la version "
            f"{SCHEMA}. Lancez le programme qui va avec cette base."
        )


def read_store(store: Engine):
    """The row that ties the key store to a keyring; None before it is prepared."""
    try:
        with store.execution_options(**READING).connect() as connection:
            if not inspect(connection).has_table(Magasin.__tablename__):
                return None
            return connection.execute(select(Magasin.trousseau, Magasin.version_schema)).one_or_none()
    except SQLAlchemyError as error:
        raise ConfigurationError(
            f"{_STORE} ne s’ouvre pas : {place_of(store)}. Vérifiez qu’elle est démarrée, que "
            "PARCOURS_KEYS_DATABASE_URL la désigne et que ce compte y a accès."
        ) from error


def file_of(store: Engine) -> Path | None:
    """The file of an SQLite key store."""
    if store.dialect.name == "sqlite" and store.url.database not in (None, "", ":memory:"):
        return Path(store.url.database)
    return None


def place_of(store: Engine) -> str:
    """Where the key store is, without its password."""
    return str(file_of(store) or store.url.render_as_string(hide_password=True))
