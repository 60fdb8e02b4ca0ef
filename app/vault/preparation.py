"""Making the keys of a new installation, once and without ever replacing anything."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, insert, inspect

from app.config import ConfigurationError, Settings
from app.db.base import KeyBase
from app.db.engine import Engines
from app.vault import keyrings, primitives
from app.vault.files import create_private, locked, write_private
from app.vault.keyrings import Keyring, RootKey, create_keyring
from app.vault.models import SCHEMA, Magasin
from app.vault.opening import check_store, file_of, place_of, read_store
from app.vault.service import Clock, epoch_of, utc_now


def prepare_keys(settings: Settings, engines: Engines, *, clock: Clock = utc_now) -> list[str]:
    """Root key, keyrings and key store, each made only where it and all that follows it are missing.

    So an interrupted start is completed, and a lost key is never replaced by a new one that opens nothing:
    that raises ConfigurationError. Gives the places of what was made; nothing the second time.
    """
    if engines.keys is None:
        raise ValueError("prepare_keys needs the key store")
    try:
        return _prepare(settings, engines.keys, epoch_of(clock()))
    except OSError as error:
        raise ConfigurationError(
            f"Les clés ne peuvent pas être écrites : {error.filename or settings.instance} "
            f"({error.strerror}). Donnez à ce compte le droit d’y écrire, puis relancez."
        ) from None


def _prepare(settings: Settings, store: Engine, epoch: str) -> list[str]:
    for directory in (settings.instance, settings.root_key_file.parent):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(settings.instance):
        missing = _missing(settings, store)
        if settings.root_key_file in missing:
            write_private(settings.root_key_file, primitives.new_key())
        root = RootKey.read(settings.root_key_file)
        if settings.service_keyring_file in missing:
            create_keyring(settings.service_keyring_file, keyrings.SERVICE, root, versions={})
        if settings.vault_keyring_file in missing:
            versions = {keyrings.KEK: epoch}
            create_keyring(settings.vault_keyring_file, keyrings.VAULT, root, versions=versions)
        person = Keyring.load(settings.vault_keyring_file, keyrings.VAULT, root)
        if store in missing:
            _create_store(store, person)
        if not person.store_made:
            person.remember_store()
        check_store(store, person.identifier)
    return [place_of(piece) if isinstance(piece, Engine) else str(piece) for piece in missing]


def _missing(settings: Settings, store: Engine) -> list[Path | Engine]:
    """What remains to be made, in order; a gap before something that exists is a loss, not a beginning."""
    files = [settings.root_key_file, settings.service_keyring_file, settings.vault_keyring_file]
    present = {path: path.exists() for path in files} | {store: _prepared(store)}
    pieces = list(present)
    first = next((number for number, piece in enumerate(pieces) if not present[piece]), len(pieces))
    kept = [piece for piece in pieces[first:] if present[piece]]
    if kept:
        rest = place_of(kept[0]) if isinstance(kept[0], Engine) else kept[0]
        raise ConfigurationError(
            f"{pieces[first]} manque, alors que {rest} existe : en faire un autre rendrait les données "
            "illisibles. Remettez ce fichier depuis la sauvegarde des clés."
        )
    return pieces[first:]


def _prepared(store: Engine) -> bool:
    file = file_of(store)
    return (file is None or file.exists()) and read_store(store) is not None


def _create_store(store: Engine, person: Keyring) -> None:
    if person.store_made:
        raise ConfigurationError(
            f"La base des clés est perdue : {place_of(store)} a existé et n’est plus là, ou est vide. "
            "Remettez-la depuis sa sauvegarde : une nouvelle n’ouvrirait aucun dossier."
        )
    file = file_of(store)
    if file is not None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_private(file)
    with store.begin() as connection:
        if inspect(connection).has_table("cle_dossier"):
            raise ConfigurationError(
                f"La base des clés ({place_of(store)}) a été modifiée : elle ne dit plus à quel trousseau "
                "elle appartient. Remettez-la depuis sa sauvegarde."
            )
        KeyBase.metadata.create_all(connection)
        row = {"numero": 1, "trousseau": person.identifier, "version_schema": SCHEMA}
        connection.execute(insert(Magasin), row)
