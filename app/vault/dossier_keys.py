"""The keys of some dossiers, for the length of one page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from uuid import UUID

from app.vault import primitives
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.vault.primitives import Cipher

_PLACES = {place: primitives.associated(*place.value.encode().split(b".")) for place in Place}


def wrap(kek: Cipher, epoch: str, uid: UUID) -> bytes:
    """A new random key for a dossier, wrapped: 61 bytes that only this dossier and this epoch open."""
    return primitives.seal(kek, primitives.new_key(), _wrapping_context(epoch, uid))


class DossierKeys:
    """Opens and seals what belongs to the dossiers it was asked for. Keep it no longer than a request.

    Keys are unwrapped when first used: a list of 2,000 of which 25 are shown unwraps 25.
    """

    def __init__(self, wrapped: Mapping[UUID, tuple[str, bytes]], kek: Callable[[str], Cipher]) -> None:
        self._wrapped = wrapped
        self._kek = kek
        self._open: dict[UUID, Cipher] = {}

    def __repr__(self) -> str:
        return f"<DossierKeys of {len(self._wrapped)}>"

    def __contains__(self, uid: UUID) -> bool:
        return uid in self._wrapped

    def open(self, uid: UUID, blob: bytes, *, place: Place, row: UUID) -> dict:
        """What `seal` was given. Raises Unreadable: key missing, value altered, or moved from elsewhere."""
        padded = primitives.open_sealed(self._key(uid), blob, _context(place, row, uid))
        return json.loads(primitives.unpad(padded, place.bucket))

    def seal(self, uid: UUID, content: Mapping[str, object], *, place: Place, row: UUID) -> bytes:
        """A ciphertext that opens only for this dossier, in this column, in this row."""
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        padded = primitives.pad(text.encode(errors="replace"), place.bucket)
        return primitives.seal(self._key(uid), padded, _context(place, row, uid))

    def _key(self, uid: UUID) -> Cipher:
        key = self._open.get(uid)
        if key is None:
            try:
                epoch, wrapped = self._wrapped[uid]
            except KeyError:
                raise Unreadable(Unreadable.MISSING_KEY) from None
            key = primitives.cipher(primitives.open_sealed(self._kek(epoch), wrapped, _wrapping_context(epoch, uid)))
            self._open[uid] = key
        return key


def _context(place: Place, row: UUID, uid: UUID) -> bytes:
    # two fixed widths after a framed prefix: still no other place, row and dossier give these bytes
    return _PLACES[place] + row.bytes + uid.bytes


def _wrapping_context(epoch: str, uid: UUID) -> bytes:
    return primitives.associated(b"cle_dossier", epoch.encode(), uid.bytes)
