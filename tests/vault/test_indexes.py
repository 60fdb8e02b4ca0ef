"""A duplicate is found across structures without anything being read."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from app.vault.models import CleDossier, IndexAveugle
from app.vault.places import IndexKind


@pytest.fixture
def uids(vault):
    uids = [uuid4() for _ in range(3)]
    vault.create_keys(uids)
    return uids


def test_equal_values_are_found_for_the_kind_that_was_asked(vault, uids):
    lina, sami, _ = uids
    vault.replace_indexes(lina, {IndexKind.IDENTITE: ["rousseau lina"], IndexKind.TELEPHONE: ["+33611", "+33622"]})
    vault.replace_indexes(sami, {IndexKind.TELEPHONE: ["+33622"], IndexKind.PHONETIQUE: ["rousseau lina"]})

    found = vault.find_by_index({IndexKind.IDENTITE: "rousseau lina", IndexKind.TELEPHONE: ["+33622", "+33633"]})

    assert found == {IndexKind.IDENTITE: {lina}, IndexKind.TELEPHONE: {lina, sami}}


def test_every_kind_asked_answers_even_when_nothing_is_found_or_given(vault, uids):
    assert vault.find_by_index({IndexKind.IDENTITE: "inconnue", IndexKind.TELEPHONE: []}) == {
        IndexKind.IDENTITE: set(),
        IndexKind.TELEPHONE: set(),
    }
    assert vault.find_by_index({}) == {}


def test_the_kinds_named_are_replaced_and_the_others_stay(vault, uids):
    lina = uids[0]
    vault.replace_indexes(lina, {IndexKind.IDENTITE: ["a"], IndexKind.TELEPHONE: ["old"]})
    vault.replace_indexes_many([(lina, {IndexKind.TELEPHONE: ["new", "new"]})])
    assert vault.find_by_index({IndexKind.TELEPHONE: "old"}) == {IndexKind.TELEPHONE: set()}
    assert vault.find_by_index({IndexKind.TELEPHONE: "new"}) == {IndexKind.TELEPHONE: {lina}}
    vault.replace_indexes(lina, {IndexKind.TELEPHONE: []})
    assert vault.find_by_index({IndexKind.TELEPHONE: "new"}) == {IndexKind.TELEPHONE: set()}
    assert vault.find_by_index({IndexKind.IDENTITE: "a"}) == {IndexKind.IDENTITE: {lina}}


def test_a_lone_string_is_one_value_and_not_its_letters(vault, uids):
    vault.replace_indexes(uids[0], {IndexKind.TELEPHONE: "+33611"})
    assert vault.find_by_index({IndexKind.TELEPHONE: ["+33611"]}) == {IndexKind.TELEPHONE: {uids[0]}}
    assert vault.find_by_index({IndexKind.TELEPHONE: ["3"]}) == {IndexKind.TELEPHONE: set()}


def test_an_import_indexes_many_at_once(vault):
    uids = [uuid4() for _ in range(6_000)]
    vault.create_keys(uids)
    vault.replace_indexes_many([(uid, {IndexKind.IDENTITE: [uid.hex]}) for uid in uids])
    assert vault.find_by_index({IndexKind.IDENTITE: [uids[0].hex, uids[-1].hex]}) == {
        IndexKind.IDENTITE: {uids[0], uids[-1]}
    }


def test_indexes_die_with_the_key(vault, uids):
    vault.replace_indexes_many([(uid, {IndexKind.IDENTITE: ["same"]}) for uid in uids])
    with vault.store.begin() as connection:
        connection.execute(delete(CleDossier).where(CleDossier.dossier_uid == uids[0]))
        assert connection.scalar(select(func.count()).select_from(IndexAveugle)) == 2
    assert vault.find_by_index({IndexKind.IDENTITE: "same"}) == {IndexKind.IDENTITE: set(uids[1:])}


def test_a_dossier_without_a_key_gets_no_index(vault):
    uid = uuid4()
    with pytest.raises(IntegrityError) as refusal:
        vault.replace_indexes(uid, {IndexKind.TELEPHONE: ["+33611"]})
    told = str(refusal.value)
    assert "+33611" not in told
    assert repr(vault.blind_index(IndexKind.TELEPHONE, "+33611")) not in told


def test_kinds_do_not_share_their_hashes(vault):
    assert len({vault.blind_index(kind, "rousseau lina") for kind in IndexKind}) == len(IndexKind)
    assert {len(vault.blind_index(kind, "")) for kind in IndexKind} == {32}


def test_another_installation_hashes_otherwise(vault, another_vault):
    assert another_vault.blind_index(IndexKind.IDENTITE, "a") != vault.blind_index(IndexKind.IDENTITE, "a")
