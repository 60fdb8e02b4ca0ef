"""Passwords, sessions, addresses and roles, decided without a database."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import passwords, rules
from app.accounts.rules import EtatSession, etat_session
from app.accounts.rules_mot_de_passe import check_password
from app.accounts.vocabulaire import ROLES_QUI_VOIENT_DES_DOSSIERS, Role
from app.db.errors import DomainError

NOW = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
WHO = ("Zoé", "Delacroix", "zoe.delacroix@mlj-savoie.fr", "Mission locale des Bauges")


def refused(mot_de_passe: str, contexte: tuple[str, ...] = WHO) -> str | None:
    try:
        check_password(mot_de_passe, contexte=contexte)
    except DomainError as error:
        return f"{error.code} {error.field}".removesuffix(" mot_de_passe")
    return None


@pytest.mark.parametrize(
    "mot_de_passe",
    ["Parcours2026!", "motdepasse123456", "azertyuiop123", "aaaaaaaaaaaa", "abcabcabcabc", "123456789012",
     "p@ssw0rdp@ssw0rd", "M1ss10nL0cale2024", "Zoe.Delacroix.1998", "delacroix-bauges!", "zoé délacroix 73",
     "AZERTYazerty2024", "mlj-savoie-2026", "987654321098", "Soleil-Septembre-2025", "qwertyuiop[]"],
)  # fmt: skip
def test_what_anybody_would_try_is_refused(mot_de_passe: str) -> None:
    assert refused(mot_de_passe) == "mot_de_passe_commun"


@pytest.mark.parametrize(
    "mot_de_passe",
    ["correct horse battery staple", "trombone-lavande-9", "J'aime les pâtes au fromage", "girafe moutarde tunnel",
     "kX9#vL2@qR7!", "四つの無関係な言葉を並べて使う", "🐝 abeille violette et tambour"],
)  # fmt: skip
def test_no_composition_is_asked_for(mot_de_passe: str) -> None:
    assert refused(mot_de_passe) is None


def test_twelve_characters_are_enough_and_eleven_are_not() -> None:
    assert refused("kX9#vL2@qR7!") is None
    assert refused("kX9#vL2@qR7") == "mot_de_passe_court"


def test_sixty_four_characters_and_more_are_accepted_up_to_a_limit() -> None:
    assert refused("girafe moutarde tunnel " * 3) is None
    assert refused("girafe moutarde tunnel " * 9) == "mot_de_passe_long"


def test_passwords_that_we_propose_pass_our_own_rule() -> None:
    proposed = {passwords.propose() for _ in range(200)}
    assert len(proposed) == 200
    assert {refused(one) for one in proposed} == {None}


@given(st.text(max_size=250))
def test_any_text_is_either_accepted_or_refused(mot_de_passe: str) -> None:
    assert refused(mot_de_passe) in {None, "mot_de_passe_court", "mot_de_passe_long", "mot_de_passe_commun"}


def test_argon2_is_as_slow_as_its_library_advises() -> None:
    """In a process of its own: here it was made lighter."""
    script = "from app.accounts import passwords; print(passwords.protect('girafe moutarde tunnel'))"
    stored = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_password_is_stored_as_argon2id_and_differently_each_time() -> None:
    first, second = passwords.protect("girafe moutarde tunnel"), passwords.protect("girafe moutarde tunnel")
    assert first.startswith("$argon2id$")
    assert first != second
    assert passwords.matches(first, "girafe moutarde tunnel")
    assert not passwords.matches(first, "girafe moutarde tunnel ")
    assert not passwords.matches("garbage", "girafe moutarde tunnel")


def state(**ago: timedelta) -> EtatSession:
    instants = {name: NOW - since for name, since in ago.items()}
    return etat_session(**{"agent_id": 1, "verrouillee_le": None, "now": NOW} | instants)


@pytest.mark.parametrize(
    ("cree", "vue", "expected"),
    [
        (timedelta(0), timedelta(0), EtatSession.OUVERTE),
        (timedelta(hours=9, minutes=59), timedelta(minutes=29), EtatSession.OUVERTE),
        (timedelta(hours=1), timedelta(minutes=30), EtatSession.VERROUILLEE),
        (timedelta(hours=10), timedelta(0), EtatSession.EXPIREE),
        (timedelta(hours=10), timedelta(minutes=45), EtatSession.EXPIREE),
    ],
)
def test_idle_locks_and_ten_hours_end(cree: timedelta, vue: timedelta, expected: EtatSession) -> None:
    assert state(cree_le=cree, vue_le=vue) is expected


def test_a_lock_put_by_hand_holds_until_the_session_ends() -> None:
    put = {"verrouillee_le": timedelta(minutes=1), "vue_le": timedelta(0)}
    assert state(cree_le=timedelta(hours=1), **put) is EtatSession.VERROUILLEE
    assert state(cree_le=timedelta(hours=10), **put) is EtatSession.EXPIREE


@given(st.text())
def test_an_accepted_return_is_a_path_of_this_site(retour: str) -> None:
    path = rules.local_path(retour)
    if path is not None:
        assert path.startswith("/")
        assert not path.startswith(("//", "/\\"))
        assert not any(character in path for character in "\\\r\n\t ")


@given(st.frozensets(st.sampled_from(list(Role))))
def test_a_responsable_has_no_role_that_sees_dossiers(roles: frozenset[Role]) -> None:
    mixed = Role.RESPONSABLE in roles and roles & ROLES_QUI_VOIENT_DES_DOSSIERS
    if not roles or mixed:
        with pytest.raises(DomainError) as refusal:
            rules.check_roles(roles)
        assert refusal.value.code == ("responsable_sans_dossier" if roles else "sans_role")
    else:
        assert rules.check_roles(roles) == roles


@pytest.mark.parametrize("courriel", ["", "sans-arobase", "a@b", "deux@@x.fr", "a b@x.fr", "x@y.fr, z@y.fr"])
def test_an_incomplete_address_is_refused(courriel: str) -> None:
    with pytest.raises(DomainError, match="courriel_invalide"):
        rules.check_courriel(courriel)


def test_an_address_is_kept_in_lower_case() -> None:
    assert rules.check_courriel("  Zoe.DELACROIX@MLJ-Savoie.FR ") == "zoe.delacroix@mlj-savoie.fr"
