"""Neither a name nor a key is ever seen outside the memory of the process."""

import traceback
from uuid import uuid4

import pytest

from app.vault import keyrings
from app.vault.errors import Unreadable
from app.vault.keyrings import RootKey
from app.vault.opening import open_vault
from app.vault.places import IndexKind, Place
from app.vault.primitives import new_key

CANARY = "Zéphyrine-Canari"
PHONE = "+33699887766"


@pytest.fixture
def vault(prepared, engines_for):
    """A vault on files, so that they can be searched."""
    return open_vault(prepared, engines_for(prepared))


def test_nothing_personal_and_no_bare_key_is_in_any_file(prepared, vault, monkeypatch):
    made: list[bytes] = []
    monkeypatch.setattr("app.vault.primitives.new_key", lambda: made.append(new_key()) or made[-1])
    uid = uuid4()
    vault.create_key(uid)
    vault.replace_indexes(uid, {IndexKind.IDENTITE: [CANARY], IndexKind.TELEPHONE: [PHONE]})
    keys = vault.keys([uid])
    assert CANARY.encode() not in keys.seal(uid, {"nom": CANARY}, place=Place.IDENTITE, row=uid)
    secrets = [key for ring in (vault._service, vault._person) for key in _keys(ring)]
    assert len(made) == 1

    files = {path.name: path.read_bytes() for path in prepared.instance.iterdir()}

    assert {"cles.db", "cles.db-wal", "coffre.cles", "service.cles"} <= files.keys()
    assert uid.hex.encode() in files["cles.db-wal"], "the search looks where rows are written"
    for name, content in files.items():
        for secret in [CANARY.encode(), PHONE.encode(), *made, *secrets]:
            assert secret not in content, name
            assert secret.hex().encode() not in content, name


def test_no_key_is_shown_by_what_holds_one(vault):
    uid = uuid4()
    vault.create_key(uid)
    keys = vault.keys([uid])
    keys.seal(uid, {}, place=Place.NOTE, row=uid)
    ring = vault._person
    shown = " ".join(map(repr, (vault, keys, ring, ring._content, ring._root)))
    for key in [*_keys(ring), ring._root._key]:
        assert repr(key) not in shown
        assert key.hex() not in shown


def test_a_refusal_says_nothing_of_the_content_or_the_key(vault):
    uid = uuid4()
    vault.create_key(uid)
    blob = vault.keys([uid]).seal(uid, {"nom": CANARY}, place=Place.NOTE, row=uid)
    with pytest.raises(Unreadable) as refusal:
        vault.keys([uid]).open(uid, blob, place=Place.CONTACT, row=uid)
    told = "".join(traceback.format_exception(refusal.value))
    assert CANARY not in told
    assert str(uid) not in told
    assert blob.hex() not in told
    assert refusal.value.__suppress_context__


def test_a_root_key_wraps_for_one_context_only():
    root = RootKey(new_key())
    key = new_key()
    assert root.unwrap(root.wrap(key, b"kek 2026-11"), b"kek 2026-11") == key
    with pytest.raises(Unreadable):
        root.unwrap(root.wrap(key, b"kek 2026-11"), b"kek 2026-12")
    with pytest.raises(Unreadable):
        RootKey(new_key()).unwrap(root.wrap(key, b"kek 2026-11"), b"kek 2026-11")


def _keys(ring: keyrings.Keyring) -> list[bytes]:
    return [key for versions in ring._content.keys.values() for key in versions.values()]
