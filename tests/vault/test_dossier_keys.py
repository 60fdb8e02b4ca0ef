"""What belongs to a dossier opens for that dossier, in that column, in that row, while its key lives."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select, update

from app.vault import primitives
from app.vault.dossier_keys import DossierKeys, wrap
from app.vault.errors import Unreadable
from app.vault.models import CleDossier
from app.vault.places import Place

LINA = {"prenom": "Lina", "nom": "Rousseau", "date_naissance": "2009-04-30"}


@pytest.fixture
def uid(vault) -> UUID:
    uid = uuid4()
    vault.create_key(uid)
    return uid


@pytest.mark.parametrize("place", Place)
def test_every_sealed_column_gives_back_its_content(vault, uid, place):
    row = uuid4()
    blob = vault.keys([uid]).seal(uid, LINA, place=place, row=row)
    assert vault.keys([uid]).open(uid, blob, place=place, row=row) == LINA
    assert b"Rousseau" not in blob


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(content=st.dictionaries(st.text(max_size=20), st.text(max_size=80), max_size=6))
def test_any_text_comes_back_as_it_was(vault, content):
    uid = UUID(int=1)
    vault.create_key(uid)
    keys = vault.keys([uid])
    blob = keys.seal(uid, content, place=Place.NOTE, row=uid)
    assert keys.open(uid, blob, place=Place.NOTE, row=uid) == content


def test_half_a_character_from_a_browser_neither_fails_nor_shows_the_text(vault, uid):
    keys = vault.keys([uid])
    blob = keys.seal(uid, {"nom": "Rous\ud83d"}, place=Place.NOTE, row=uid)
    assert keys.open(uid, blob, place=Place.NOTE, row=uid) == {"nom": "Rous?"}


def test_a_value_moved_to_another_column_is_refused(vault, uid):
    keys = vault.keys([uid])
    for place, other in permutations(Place, 2):
        blob = keys.seal(uid, LINA, place=place, row=uid)
        with pytest.raises(Unreadable):
            keys.open(uid, blob, place=other, row=uid)


def test_a_value_moved_to_another_row_is_refused(vault, uid):
    keys = vault.keys([uid])
    blob = keys.seal(uid, LINA, place=Place.NOTE, row=uuid4())
    with pytest.raises(Unreadable):
        keys.open(uid, blob, place=Place.NOTE, row=uuid4())


def test_a_value_moved_to_another_dossier_is_refused_even_under_the_same_key(vault, uid):
    other, row = uuid4(), uuid4()
    vault.create_key(other)
    keys = vault.keys([uid, other])
    blob = keys.seal(uid, LINA, place=Place.NOTE, row=row)
    with pytest.raises(Unreadable):
        keys.open(other, blob, place=Place.NOTE, row=row)
    keys._open[other] = keys._key(uid)
    with pytest.raises(Unreadable):
        keys.open(other, blob, place=Place.NOTE, row=row)


def test_a_wrapped_key_moved_to_another_dossier_is_refused(vault, uid):
    other = uuid4()
    vault.create_key(other)
    with vault.store.begin() as connection:
        key = connection.scalar(select(CleDossier.cle_enveloppee).where(CleDossier.dossier_uid == uid))
        row = update(CleDossier).where(CleDossier.dossier_uid == other)
        connection.execute(row.values(cle_enveloppee=key))
    with pytest.raises(Unreadable):
        vault.keys([other]).seal(other, LINA, place=Place.NOTE, row=other)


def test_a_value_replayed_after_the_erasure_is_refused(vault, uid):
    blob = vault.keys([uid]).seal(uid, LINA, place=Place.IDENTITE, row=uid)
    with vault.store.begin() as connection:
        connection.execute(delete(CleDossier).where(CleDossier.dossier_uid == uid))
    with pytest.raises(Unreadable) as absent:
        vault.keys([uid]).open(uid, blob, place=Place.IDENTITE, row=uid)
    vault.create_key(uid)
    with pytest.raises(Unreadable) as replayed:
        vault.keys([uid]).open(uid, blob, place=Place.IDENTITE, row=uid)
    assert (absent.value.reason, replayed.value.reason) == (Unreadable.MISSING_KEY, Unreadable.REFUSED)


def test_a_wrapped_key_said_to_be_of_another_epoch_is_refused_even_under_the_same_kek():
    uid, kek = uuid4(), primitives.cipher(primitives.new_key())
    wrapped = wrap(kek, "2026-11", uid)
    DossierKeys({uid: ("2026-11", wrapped)}, lambda epoch: kek).seal(uid, {}, place=Place.NOTE, row=uid)
    with pytest.raises(Unreadable):
        DossierKeys({uid: ("2026-12", wrapped)}, lambda epoch: kek).seal(uid, {}, place=Place.NOTE, row=uid)


def test_names_of_every_length_give_ciphertexts_of_one_length(vault, uid):
    keys = vault.keys([uid])
    lengths = {len(keys.seal(uid, {"nom": "a" * n}, place=Place.CONTACT, row=uid)) for n in range(48)}
    assert len(lengths) == 1


def test_a_key_once_made_is_never_replaced(vault, uid):
    blob = vault.keys([uid]).seal(uid, LINA, place=Place.IDENTITE, row=uid)
    vault.create_keys([uid, uuid4(), uid])
    assert vault.keys([uid]).open(uid, blob, place=Place.IDENTITE, row=uid) == LINA


def test_the_keys_of_a_list_come_in_one_statement_and_an_absent_one_is_absent(vault):
    uids = [uuid4() for _ in range(300)]
    vault.create_keys(uids)
    absent = uuid4()
    with _statements(vault) as statements:
        keys = vault.keys([*uids, absent])
    assert len(statements) == 1
    assert all(uid in keys for uid in uids)
    assert absent not in keys
    assert vault.missing_keys([*uids, absent]) == {absent}


def test_no_dossier_asks_nothing_of_the_key_store(vault):
    with _statements(vault) as statements:
        assert uuid4() not in vault.keys([])
    assert statements == []


def test_two_dossiers_never_share_a_key(vault):
    uids = [uuid4() for _ in range(50)]
    vault.create_keys(uids)
    seals = vault.keys(uids)
    opened = {seals._key(uid).encrypt(bytes(12), b"same", None) for uid in uids}
    assert len(opened) == 50


@contextmanager
def _statements(vault) -> Iterator[list[str]]:
    """The statements sent to the key store, the opening of a transaction apart."""
    sent: list[str] = []

    def note(connection, cursor, statement, *_) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(vault.store, "before_cursor_execute", note)
    yield sent
    event.remove(vault.store, "before_cursor_execute", note)
