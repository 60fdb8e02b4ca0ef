"""What a session, a second factor or a draft seals opens for the same purpose and the same owner only."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.vault import keyrings
from app.vault.errors import Unreadable
from app.vault.places import ServicePurpose


@pytest.mark.parametrize("purpose", ServicePurpose)
def test_a_purpose_gives_back_what_it_sealed(another_vault, purpose):
    blob = another_vault.service_seal(purpose, b"secret", context=b"agent 3")
    assert another_vault.service_open(purpose, blob, context=b"agent 3") == b"secret"
    assert b"secret" not in blob


def test_another_purpose_owner_or_byte_is_refused(another_vault):
    vault = another_vault
    blob = vault.service_seal(ServicePurpose.SESSIONS, b"secret", context=b"agent 3")
    with pytest.raises(Unreadable):
        vault.service_open(ServicePurpose.DOUBLE_FACTEUR, blob, context=b"agent 3")
    with pytest.raises(Unreadable):
        vault.service_open(ServicePurpose.SESSIONS, blob, context=b"agent 4")
    with pytest.raises(Unreadable):
        vault.draft_open(blob, context=b"agent 3")
    for position in range(len(blob)):
        altered = bytearray(blob)
        altered[position] ^= 0x40
        with pytest.raises(Unreadable):
            vault.service_open(ServicePurpose.SESSIONS, bytes(altered), context=b"agent 3")
    for length in range(len(blob)):
        with pytest.raises(Unreadable):
            vault.service_open(ServicePurpose.SESSIONS, blob[:length], context=b"agent 3")


def test_a_draft_opens_for_its_owner_only(another_vault):
    blob = another_vault.draft_seal(b"note=...", context=b"agent 3")
    assert another_vault.draft_open(blob, context=b"agent 3") == b"note=..."
    with pytest.raises(Unreadable):
        another_vault.draft_open(blob, context=b"agent 4")


def test_a_new_version_seals_and_the_old_one_still_opens(another_vault):
    vault = another_vault
    old = vault.draft_seal(b"before", context=b"")
    index = vault.blind_index("identite", "rousseau")
    for purpose in (keyrings.DRAFTS, keyrings.BLIND_INDEX):
        for version in range(2, 12):
            vault._person.ensure(purpose, str(version))
    new = vault.draft_seal(b"after", context=b"")
    assert (old[:2], new[:2]) == (b"\x00\x01", b"\x00\x0b")
    assert vault.draft_open(old, context=b"") == b"before"
    assert vault.draft_open(new, context=b"") == b"after"
    assert vault.blind_index("identite", "rousseau") != index


def test_a_pseudonym_is_stable_and_keyed(vault, another_vault):
    assert vault.pseudonymise("K7M-42Q") == vault.pseudonymise("K7M-42Q")
    assert vault.pseudonymise("K7M-42Q") != vault.pseudonymise("K7M-42R")
    assert vault.pseudonymise("K7M-42Q") != another_vault.pseudonymise("K7M-42Q")


def test_a_signature_is_that_of_the_service_keyring(another_vault):
    _, seed = another_vault._service.current(keyrings.SIGNATURE)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    public.verify(another_vault.sign(b"root"), b"root")
