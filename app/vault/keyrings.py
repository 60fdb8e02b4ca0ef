"""The root key, and the two files of purpose keys that it wraps.

`service.cles` serves any process; `coffre.cles` opens what is personal, so a process that was not given it
cannot. A file is JSON: an identifier and, for each purpose, versions of a key wrapped by the root, each with
a canary that proves the right key came out. A purpose's newest version seals; the others still open.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from app.config import ConfigurationError
from app.vault import primitives
from app.vault.errors import Unreadable, VaultError
from app.vault.files import locked, read_private, write_private

_FORMAT = 1
_STORE_MADE = "base_des_cles_faite"
FIRST_VERSION = "1"

KEK = "kek"
BLIND_INDEX = "index_aveugle"
DRAFTS = "brouillon"
AUDIT = "audit"
SIGNATURE = "signature"
SERVICE = ("service", ("sessions", AUDIT, SIGNATURE, "double_facteur"))
VAULT = ("coffre", (KEK, BLIND_INDEX, DRAFTS))


class RootKey:
    """Wraps purpose keys. A KMS takes its place by offering the same two methods."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def read(cls, path: Path) -> RootKey:
        key = read_private(path, what="Le fichier de la clé racine")
        if len(key) != primitives.KEY_BYTES:
            raise ConfigurationError(
                f"Le fichier de la clé racine est abîmé : {path} doit faire {primitives.KEY_BYTES} octets, "
                f"il en fait {len(key)}. Remettez-le depuis la sauvegarde des clés."
            )
        return cls(key)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return primitives.seal(primitives.cipher(self._key), key, context)

    def unwrap(self, blob: bytes, context: bytes) -> bytes:
        """Raises Unreadable when this root did not wrap that key for that context."""
        return primitives.open_sealed(primitives.cipher(self._key), blob, context)


@dataclass(frozen=True, slots=True)
class _Content:
    """One reading of a file, replaced whole when the file changes. Never shown: it holds keys."""

    identifier: uuid.UUID
    keys: Mapping[str, Mapping[str, bytes]]
    store_made: bool

    def __repr__(self) -> str:
        return "<keys>"


class Keyring:
    """The purpose keys of one file, unwrapped in memory. Safe between threads."""

    def __init__(self, path: Path, name: str, root: RootKey, content: _Content) -> None:
        self._path = path
        self._name = name
        self._root = root
        self._content = content

    def __repr__(self) -> str:
        return f"<Keyring {self._name}>"

    @classmethod
    def load(cls, path: Path, layout: tuple[str, tuple[str, ...]], root: RootKey) -> Keyring:
        """Raises ConfigurationError with what to do, when the file or the root is not the right one."""
        name, purposes = layout
        content = _unwrap(_read(path, name), name, root, path)
        missing = [purpose for purpose in purposes if not content.keys.get(purpose)]
        if missing:
            raise _damaged(path, name)
        return cls(path, name, root, content)

    @property
    def identifier(self) -> uuid.UUID:
        return self._content.identifier

    @property
    def store_made(self) -> bool:
        """A key store was made for this keyring: were it missing, it would be lost and not yet to come."""
        return self._content.store_made

    def current(self, purpose: str) -> tuple[str, bytes]:
        """The newest version of a purpose and its key."""
        versions = self._content.keys[purpose]
        version = max(versions, key=_rank)
        return version, versions[version]

    def key(self, purpose: str, version: str) -> bytes:
        """Reads the file again when the version is unknown: another process may just have added it."""
        try:
            if version not in self._content.keys[purpose]:
                self.reload()
            return self._content.keys[purpose][version]
        except (KeyError, ConfigurationError):
            raise Unreadable(Unreadable.UNKNOWN_VERSION) from None

    def versions(self, purpose: str) -> Mapping[str, bytes]:
        return self._content.keys[purpose]

    def reload(self) -> None:
        self._accept(_unwrap(_read(self._path, self._name), self._name, self._root, self._path))

    def ensure(self, purpose: str, version: str) -> bytes:
        """The key of a version, made and written to the file by the first process that asks for it."""
        if version not in self._content.keys[purpose]:
            with locked(self._path.parent):
                document = _read(self._path, self._name)
                versions = document["cles"][purpose]
                if version not in versions:
                    context = _context(self._name, self.identifier, purpose, version)
                    versions[version] = _new_entry(self._root, context)
                    _write(self._path, document)
                self._accept(_unwrap(document, self._name, self._root, self._path))
        return self._content.keys[purpose][version]

    def remember_store(self) -> None:
        """The key store now exists. The caller holds the lock of the directory."""
        document = _read(self._path, self._name) | {_STORE_MADE: True}
        _write(self._path, document)
        self._accept(_unwrap(document, self._name, self._root, self._path))

    def _accept(self, content: _Content) -> None:
        if content.identifier != self.identifier:
            raise VaultError("the keyring file was replaced by another while the process ran")
        self._content = content


def create_keyring(
    path: Path, layout: tuple[str, tuple[str, ...]], root: RootKey, *, versions: Mapping[str, str]
) -> None:
    """Write a new keyring file; `versions` names the first version of a purpose that is not `1`."""
    name, purposes = layout
    identifier = uuid.uuid4()
    entries = {}
    for purpose in purposes:
        version = versions.get(purpose, FIRST_VERSION)
        entries[purpose] = {version: _new_entry(root, _context(name, identifier, purpose, version))}
    document = {"format": _FORMAT, "trousseau": name, "identifiant": str(identifier), "cles": entries}
    _write(path, document)


def _new_entry(root: RootKey, context: bytes) -> dict[str, str]:
    key = primitives.new_key()
    wrapped, canary = root.wrap(key, context), _canary(key, context)
    return {"cle": base64.b64encode(wrapped).decode(), "canari": base64.b64encode(canary).decode()}


def _canary(key: bytes, context: bytes) -> bytes:
    return primitives.mac(key, primitives.associated(b"canari", context))


def _context(name: str, identifier: uuid.UUID, purpose: str, version: str) -> bytes:
    return primitives.associated(b"trousseau", name.encode(), identifier.bytes, purpose.encode(), version.encode())


def _rank(version: str) -> tuple[int, str]:
    # "2" before "10", and months in their order: all of one purpose have one form
    return len(version), version


def _write(path: Path, document: Mapping[str, object]) -> None:
    write_private(path, json.dumps(document, indent=1).encode())


def _read(path: Path, name: str) -> dict:
    content = read_private(path, what=f"Le trousseau « {name} »")
    try:
        document = json.loads(content)
        if document["format"] != _FORMAT or document["trousseau"] != name:
            raise _damaged(path, name)
    except (ValueError, KeyError, TypeError):
        raise _damaged(path, name) from None
    return document


def _unwrap(document: dict, name: str, root: RootKey, path: Path) -> _Content:
    try:
        identifier = uuid.UUID(document["identifiant"])
        keys = {
            purpose: MappingProxyType(dict(_unwrap_versions(root, name, identifier, purpose, versions)))
            for purpose, versions in document["cles"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
        raise _damaged(path, name) from None
    except Unreadable:
        raise ConfigurationError(
            f"La clé racine n’ouvre pas le trousseau « {name} » ({path}) : l’un des deux vient d’une autre "
            "installation ou a été modifié. Remettez la clé racine et les trousseaux d’une même sauvegarde."
        ) from None
    return _Content(identifier, MappingProxyType(keys), document.get(_STORE_MADE) is True)


def _unwrap_versions(
    root: RootKey, name: str, identifier: uuid.UUID, purpose: str, versions: Mapping[str, Mapping[str, str]]
) -> Iterable[tuple[str, bytes]]:
    for version, entry in versions.items():
        context = _context(name, identifier, purpose, version)
        key = root.unwrap(base64.b64decode(entry["cle"], validate=True), context)
        canary = base64.b64decode(entry["canari"], validate=True)
        if not primitives.same(canary, _canary(key, context)):
            raise Unreadable
        yield version, key


def _damaged(path: Path, name: str) -> ConfigurationError:
    return ConfigurationError(
        f"Le trousseau « {name} » est abîmé ou a été modifié : {path}. "
        "Remettez ce fichier depuis la sauvegarde des clés."
    )
