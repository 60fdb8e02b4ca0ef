"""The vault: everything personal is sealed and opened through one object, one per process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, delete, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db.engine import READING
from app.vault import keyrings, primitives
from app.vault.dossier_keys import DossierKeys, wrap
from app.vault.errors import KeylessProcess, Unreadable
from app.vault.keyrings import Keyring
from app.vault.models import CleDossier, IndexAveugle
from app.vault.places import IndexKind, ServicePurpose
from app.vault.primitives import Cipher
from app.vault.queries import among, as_uids, wrapped_keys

_log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Indexes = Mapping[IndexKind, Iterable[str]]
T = TypeVar("T")
_BATCH = 5_000
_VERSION_BYTES = 2


def utc_now() -> datetime:
    return datetime.now(UTC)


def epoch_of(instant: datetime) -> str:
    """The version of the key-encryption key in which a dossier's key is born: its month, as `2026-11`."""
    return instant.astimezone(UTC).strftime("%Y-%m")


class Vault:
    """Safe between threads; holds no dossier's key. Made by `opening.open_vault` or `open_keyless`."""

    def __init__(
        self, service: Keyring, person: Keyring | None, store: Engine | None, *, clock: Clock = utc_now
    ) -> None:
        self._service = service
        self._person = person
        self._store = store
        self._clock = clock

    def __repr__(self) -> str:
        return "<Vault keyless>" if self.keyless else "<Vault>"

    @property
    def keyless(self) -> bool:
        """True in a process that can open nothing personal."""
        return self._person is None

    # Dossiers

    def create_key(self, dossier_uid: UUID) -> None:
        """Make a dossier's key and commit it. Call it before writing the data that it will seal."""
        self.create_keys([dossier_uid])

    def create_keys(self, dossier_uids: Iterable[UUID]) -> None:
        """As `create_key`, for an import; a dossier that has a key keeps it."""
        epoch, key = self._epoch()
        kek = primitives.cipher(key)
        upsert = _dialect(self.store).insert(CleDossier).on_conflict_do_nothing()
        for uids in _batches(dict.fromkeys(dossier_uids)):
            rows = [
                {
                    "dossier_uid": uid,
                    "epoque": epoch,
                    "cle_enveloppee": wrap(kek, epoch, uid),
                    "creee_le": self._clock(),
                }
                for uid in uids
            ]
            with self.store.begin() as connection:
                connection.execute(upsert, rows)

    def keys(self, dossier_uids: Iterable[UUID]) -> DossierKeys:
        """The keys of these dossiers in one statement; one that has none is absent, and Unreadable."""
        wanted = list(dossier_uids)
        return DossierKeys(self._wrapped(wanted) if wanted else {}, self._kek_reader())

    def missing_keys(self, dossier_uids: Iterable[UUID]) -> set[UUID]:
        """Those of these dossiers that no key opens any more."""
        missing: set[UUID] = set()
        for uids in _batches(dossier_uids):
            missing.update(set(uids) - self._wrapped(uids).keys())
        return missing

    def _wrapped(self, uids: Sequence[UUID]) -> dict[UUID, tuple[str, bytes]]:
        with self.reading.connect() as connection:
            dialect = connection.dialect.name
            rows = connection.execute(wrapped_keys(dialect), {"uids": as_uids(uids, dialect)})
            return {uid: (epoch, key) for uid, epoch, key in rows}

    def _epoch(self) -> tuple[str, bytes]:
        keyring = self._keyring
        epoch = epoch_of(self._clock())
        try:
            return epoch, keyring.ensure(keyrings.KEK, epoch)
        except OSError as error:
            # a read-only disk on the first of the month must not stop people from being welcomed
            _log.warning("no new epoch in the vault's keyring, the last one goes on: %s", error.strerror)
            return keyring.current(keyrings.KEK)

    def _kek_reader(self) -> Callable[[str], Cipher]:
        keyring, ready = self._keyring, {}

        def kek(epoch: str) -> Cipher:
            if epoch not in ready:
                ready[epoch] = primitives.cipher(keyring.key(keyrings.KEK, epoch))
            return ready[epoch]

        return kek

    # Blind indexes

    def blind_index(self, kind: IndexKind, value: str) -> bytes:
        """32 bytes that are equal when the values are; the caller normalises what it compares."""
        return _blind(self._keyring.current(keyrings.BLIND_INDEX)[1], kind, value)

    def replace_indexes(self, dossier_uid: UUID, indexes: Indexes) -> None:
        """The kinds named now hold these values and no other; the other kinds stay as they are."""
        self.replace_indexes_many([(dossier_uid, indexes)])

    def replace_indexes_many(self, entries: Iterable[tuple[UUID, Indexes]]) -> None:
        """As `replace_indexes`. A dossier must have its key first; commits in the key store."""
        version, key = self._keyring.current(keyrings.BLIND_INDEX)
        for batch in _batches(entries):
            renewed: dict[IndexKind, set[UUID]] = {}
            rows: dict[tuple, None] = {}
            for uid, indexes in batch:
                for kind, values in indexes.items():
                    renewed.setdefault(kind, set()).add(uid)
                    rows.update({(uid, kind, _blind(key, kind, value)): None for value in _several(values)})
            names = ("dossier_uid", "genre", "empreinte")
            self._rewrite(renewed, [{**dict(zip(names, row, strict=True)), "version": version} for row in rows])

    def find_by_index(self, indexes: Indexes) -> dict[IndexKind, set[UUID]]:
        """For each kind asked, the dossiers that hold one of its values, in one statement."""
        found: dict[IndexKind, set[UUID]] = {kind: set() for kind in indexes}
        keys = self._keyring.versions(keyrings.BLIND_INDEX).values()
        wanted = [
            (IndexAveugle.genre == kind)
            & IndexAveugle.empreinte.in_([_blind(key, kind, value) for key in keys for value in values])
            for kind, values in ((kind, _several(values)) for kind, values in indexes.items())
            if values
        ]
        if wanted:
            query = select(IndexAveugle.genre, IndexAveugle.dossier_uid).where(or_(*wanted))
            with self.reading.connect() as connection:
                for kind, uid in connection.execute(query):
                    found[kind].add(uid)
        return found

    def shared(self, uids: Sequence[UUID]) -> list[set[UUID]]:
        """The groups of these dossiers that hold one same value, of any kind. One statement."""
        groups: dict[tuple[IndexKind, bytes], set[UUID]] = {}
        with self.reading.connect() as connection:
            concerned = among(IndexAveugle.dossier_uid, uids, connection.dialect)
            query = select(IndexAveugle.genre, IndexAveugle.empreinte, IndexAveugle.dossier_uid).where(concerned)
            for kind, value, uid in connection.execute(query):
                groups.setdefault((kind, value), set()).add(uid)
        return [group for group in groups.values() if len(group) > 1]

    def _rewrite(self, renewed: Mapping[IndexKind, set[UUID]], rows: Sequence[dict]) -> None:
        with self.store.begin() as connection:
            for kind, uids in renewed.items():
                concerned: ColumnElement[bool] = among(IndexAveugle.dossier_uid, list(uids), connection.dialect)
                connection.execute(delete(IndexAveugle).where(concerned, IndexAveugle.genre == kind))
            if rows:
                connection.execute(insert(IndexAveugle), rows)

    # Drafts, sessions, journal

    def draft_seal(self, data: bytes, *, context: bytes) -> bytes:
        return _seal(self._keyring, keyrings.DRAFTS, data, context)

    def draft_open(self, blob: bytes, *, context: bytes) -> bytes:
        return _open(self._keyring, keyrings.DRAFTS, blob, context)

    def service_seal(self, purpose: ServicePurpose, data: bytes, *, context: bytes) -> bytes:
        """`context` says whose data it is: the same bytes are needed to open it."""
        return _seal(self._service, purpose, data, context)

    def service_open(self, purpose: ServicePurpose, blob: bytes, *, context: bytes) -> bytes:
        return _open(self._service, purpose, blob, context)

    def pseudonymise(self, reference: str) -> bytes:
        """32 bytes that stand for a dossier in the journal of access."""
        _, key = self._service.current(keyrings.AUDIT)
        return primitives.mac(key, primitives.associated(b"journal", reference.encode()))

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519."""
        return primitives.sign(self._service.current(keyrings.SIGNATURE)[1], message)

    # What a keyless process does not have

    @property
    def _keyring(self) -> Keyring:
        if self._person is None:
            raise KeylessProcess
        return self._person

    @property
    def store(self) -> Engine:
        """The engine of the key store, for the modules of this room."""
        if self._store is None:
            raise KeylessProcess
        return self._store

    @property
    def reading(self) -> Engine:
        """The same, without the write lock: lists must not wait for each other."""
        return self.store.execution_options(**READING)


def _seal(keyring: Keyring, purpose: str, data: bytes, context: bytes) -> bytes:
    """The key's version stands before the ciphertext, so that a rotation needs no flag day."""
    version, key = keyring.current(purpose)
    prefix = int(version).to_bytes(_VERSION_BYTES, "big")
    aad = primitives.associated(purpose.encode(), prefix, context)
    return prefix + primitives.seal(primitives.cipher(key), data, aad)


def _open(keyring: Keyring, purpose: str, blob: bytes, context: bytes) -> bytes:
    prefix = bytes(blob[:_VERSION_BYTES])
    if len(prefix) < _VERSION_BYTES:
        raise Unreadable
    key = keyring.key(purpose, str(int.from_bytes(prefix, "big")))
    aad = primitives.associated(purpose.encode(), prefix, context)
    return primitives.open_sealed(primitives.cipher(key), blob[_VERSION_BYTES:], aad)


def _blind(key: bytes, kind: IndexKind, value: str) -> bytes:
    return primitives.mac(key, primitives.associated(b"index", kind.encode(), value.encode()))


def _several(values: Iterable[str] | str) -> list[str]:
    # a lone string is one value: taken as an iterable it would silently index its letters
    return [values] if isinstance(values, str) else list(values)


def _dialect(engine: Engine):
    return sqlite if engine.dialect.name == "sqlite" else postgresql


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
