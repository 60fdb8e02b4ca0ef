"""The chain: what is hashed, in bytes that no other line of the journal could produce."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

STREAMS = 64
ORIGIN = bytes(32)
_PREFIX = b"parcours/journal/1"
# The columns that a link covers, in this order; `id` only numbers rows, `flux` and `numero` are the place.
CHAINED = ("flux", "numero", "instant", "agent_id", "acteur", "action", "dossier", "nombre", "precision")
_ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


def fingerprint(values: Sequence[object], previous: bytes) -> bytes:
    """SHA-256 of a line (its columns, in the order of CHAINED) and of the link before it."""
    parts = [_PREFIX, *map(_encode, values), previous]
    return hashlib.sha256(b"".join(parts)).digest()


def as_text(instant: datetime | str) -> str:
    """One writing of an instant on both engines: UTC, microseconds, `Z`."""
    return instant if isinstance(instant, str) else instant.astimezone(UTC).strftime(_ISO)


def _encode(value: object) -> bytes:
    # type, length, bytes: "1" is not 1, absent is not empty, and no two columns can be shifted
    if value is None:
        return b"n"
    if isinstance(value, bytes):
        kind, content = b"b", value
    elif isinstance(value, int):
        kind, content = b"i", str(int(value)).encode()
    else:
        kind, content = b"t", str(value).encode(errors="surrogateescape")
    return kind + len(content).to_bytes(8, "big") + content
