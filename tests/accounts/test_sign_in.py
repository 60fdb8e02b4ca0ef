"""Signing in: one answer for every refusal, a throttle, no way out of the site, no trace of a person."""

from __future__ import annotations

import logging
import re
import time

import argon2
import pytest
from sqlalchemy import select, update

from app.accounts import identification, passwords
from app.accounts.models import Agent, Freinage, Installation
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from tests.accounts.conftest import MOT_DE_PASSE


def without_tokens(text: str) -> str:
    return re.sub(r'value="[^"]*"', "", text)


def actions(rows) -> list[Action]:
    return [row.action for row in rows(EntreeJournal)]


@pytest.fixture
def disabled(compte, house, clock) -> Agent:
    agent = compte()
    with house.database.writing() as session:
        session.execute(update(Agent).where(Agent.id == agent.id).values(desactive_le=clock.now))
    return agent


def test_every_refusal_is_the_same_page(navigateur, compte, disabled) -> None:
    navigateur.get("/connexion")
    tried = [
        ("personne@exemple.test", MOT_DE_PASSE),
        (compte().courriel, "un autre mot de passe"),
        (disabled.courriel, MOT_DE_PASSE),
    ]
    answers = [navigateur.post("/connexion", courriel=who, mot_de_passe=what) for who, what in tried]
    assert {answer.status_code for answer in answers} == {422}
    pages = {without_tokens(answer.text) for answer in answers}
    assert len(pages) == 1
    assert "L’adresse ou le mot de passe ne convient pas." in pages.pop()


def test_an_unknown_account_costs_an_argon2_as_a_known_one(house, compte, clock, monkeypatch) -> None:
    checked: list[str] = []
    verify = argon2.PasswordHasher.verify

    def count(self, stored: str, given: str) -> bool:
        checked.append(stored.split("$")[3])
        return verify(self, stored, given)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", count)
    for who in ("personne@exemple.test", compte().courriel):
        identification.identify(house, courriel=who, mot_de_passe="faux", adresse=None, now=clock.now)
    assert len(checked) == 2
    assert checked[0] == checked[1]


def test_argon2_never_runs_while_the_database_is_locked(house, compte, clock, monkeypatch) -> None:
    """Another writer gets in at the very moment when a password is being checked."""
    verify = argon2.PasswordHasher.verify

    def write_meanwhile(self, stored: str, given: str) -> bool:
        started = time.monotonic()
        with house.database.writing() as session:
            session.execute(update(Installation).values(demonstration=False))
        assert time.monotonic() - started < 5
        return verify(self, stored, given)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", write_meanwhile)
    agent = compte()
    found = identification.identify(
        house, courriel=agent.courriel, mot_de_passe=MOT_DE_PASSE, adresse=None, now=clock.now
    )
    assert isinstance(found, identification.Identifie)


def test_an_account_without_a_password_lets_nobody_in(navigateur, compte, house) -> None:
    agent = compte()
    with house.database.writing() as session:
        session.execute(update(Agent).values(mot_de_passe=None))
    assert navigateur.sign_in(agent, "").status_code == 422
    assert navigateur.sign_in(agent).status_code == 422


def test_the_address_is_read_whatever_its_case_and_spaces(navigateur, compte) -> None:
    agent = compte()
    navigateur.get("/connexion")
    answer = navigateur.post("/connexion", courriel=f" {agent.courriel.upper()} ", mot_de_passe=MOT_DE_PASSE)
    assert answer.status_code == 303


def test_ten_attempts_hold_an_account_back_even_with_its_password(navigateur, ouvrir, compte) -> None:
    agent, other = compte(), compte()
    for _ in range(identification.PAR_COMPTE):
        assert navigateur.sign_in(agent, "faux").status_code == 422
    held = navigateur.sign_in(agent)
    assert held.status_code == 422
    assert "trop d’essais" in held.text
    assert ouvrir().sign_in(other).status_code == 303
    navigateur.wait(minutes=15)
    assert navigateur.sign_in(agent).status_code == 303


def test_an_unknown_account_is_held_back_as_well(navigateur) -> None:
    navigateur.get("/connexion")
    for _ in range(identification.PAR_COMPTE):
        navigateur.post("/connexion", courriel="personne@exemple.test", mot_de_passe="faux")
    answer = navigateur.post("/connexion", courriel="personne@exemple.test", mot_de_passe="faux")
    assert "trop d’essais" in answer.text


def test_an_address_is_held_back_without_counting_against_the_accounts(house, compte, clock, monkeypatch) -> None:
    monkeypatch.setattr(passwords, "matches", lambda stored, given: given == MOT_DE_PASSE)
    agent = compte()
    for number in range(identification.PAR_ADRESSE):
        identification.identify(
            house, courriel=f"a{number}@exemple.test", mot_de_passe="x", adresse="192.0.2.7", now=clock.now
        )
    for _ in range(20):
        held = identification.identify(
            house, courriel=agent.courriel, mot_de_passe="x", adresse="192.0.2.7", now=clock.now
        )
        assert held is identification.Refus.FREIN
    found = identification.identify(
        house, courriel=agent.courriel, mot_de_passe=MOT_DE_PASSE, adresse="192.0.2.8", now=clock.now
    )
    assert isinstance(found, identification.Identifie)


def test_the_right_password_forgives_the_wrong_ones(navigateur, ouvrir, compte) -> None:
    agent = compte()
    for _ in range(3):
        for _ in range(identification.PAR_COMPTE - 1):
            navigateur.sign_in(agent, "faux")
        assert ouvrir().sign_in(agent).status_code == 303


def test_unlocking_is_held_back_as_signing_in(navigateur, compte) -> None:
    navigateur.sign_in(compte())
    navigateur.post("/verrouiller")
    navigateur.get("/deverrouiller")
    for _ in range(identification.PAR_COMPTE):
        navigateur.post("/deverrouiller", mot_de_passe="faux")
    held = navigateur.post("/deverrouiller", mot_de_passe=MOT_DE_PASSE)
    assert held.status_code == 422
    assert "trop d’essais" in held.text


def test_throttles_keep_neither_address_nor_account_in_clear(navigateur, rows) -> None:
    navigateur.get("/connexion")
    navigateur.post("/connexion", courriel="personne@exemple.test", mot_de_passe="faux")
    assert all(len(row.cle) == 32 for row in rows(Freinage))
    assert len(rows(Freinage)) == 2


def test_old_parameters_of_argon2_are_renewed_at_sign_in(navigateur, compte, house, rows) -> None:
    agent = compte()
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(MOT_DE_PASSE)
    with house.database.writing() as session:
        session.execute(update(Agent).values(mot_de_passe=old))
    assert navigateur.sign_in(agent).status_code == 303
    with house.database.reading() as session:
        stored = session.scalar(select(Agent.mot_de_passe))
    assert not passwords._hasher.check_needs_rehash(stored)
    assert passwords.matches(stored, MOT_DE_PASSE)


def test_the_journal_says_who_came_in_and_that_somebody_was_refused(navigateur, compte, rows) -> None:
    agent = compte()
    navigateur.sign_in(agent, "faux")
    navigateur.sign_in(agent)
    navigateur.post("/verrouiller")
    navigateur.get("/deverrouiller")
    navigateur.post("/deverrouiller", mot_de_passe=MOT_DE_PASSE)
    navigateur.post("/deconnexion")
    lines = [(row.action, row.agent_id) for row in rows(EntreeJournal)]
    assert lines == [
        (Action.CONNEXION_REFUSEE, None),
        (Action.CONNEXION, agent.id),
        (Action.VERROUILLAGE, agent.id),
        (Action.DEVERROUILLAGE, agent.id),
        (Action.DECONNEXION, agent.id),
    ]


def test_nothing_of_a_person_reaches_the_logs(navigateur, compte, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    agent = compte()
    navigateur.sign_in(agent, "secret-tres-particulier")
    navigateur.sign_in(agent)
    navigateur.post("/mon-compte", mot_de_passe_actuel=MOT_DE_PASSE, mot_de_passe="girafe-moutarde-tunnel")
    for hidden in (agent.courriel, agent.nom, MOT_DE_PASSE, "secret-tres-particulier", "girafe", navigateur.cookie):
        assert hidden not in caplog.text


@pytest.mark.parametrize(
    "retour",
    ["https://ailleurs.test/", "//ailleurs.test", "/\\ailleurs.test", "/\t/ailleurs.test", "javascript:alert(1)",
     "ailleurs.test", "/nulle-part", "/deconnexion", "/connexion", "\\\\ailleurs.test", "/%0d%0aSet-Cookie:x"],
)  # fmt: skip
def test_signing_in_never_leads_out_of_the_site(navigateur, compte, retour: str) -> None:
    agent = compte()
    navigateur.get("/connexion")
    answer = navigateur.client.post(
        "/connexion",
        query_string={"retour": retour},
        data={"csrf_token": navigateur.jeton, "courriel": agent.courriel, "mot_de_passe": MOT_DE_PASSE},
    )
    assert answer.status_code == 303
    assert answer.location == "/"


def test_signing_in_leads_back_to_the_page_asked_for(navigateur, compte) -> None:
    asked = navigateur.get("/brouillons")
    assert asked.location == "/connexion?retour=/brouillons"
    assert navigateur.sign_in(compte(), path=asked.location).location == "/brouillons"


def test_a_sign_in_page_left_open_all_night_begins_again_kindly(navigateur, compte) -> None:
    agent = compte()
    navigateur.get("/connexion")
    navigateur.wait(hours=9)
    again = navigateur.post("/connexion", courriel=agent.courriel, mot_de_passe=MOT_DE_PASSE)
    assert again.location == "/connexion"
    assert "ouverte depuis longtemps" in navigateur.get("/connexion").text
    assert navigateur.post("/connexion", courriel=agent.courriel, mot_de_passe=MOT_DE_PASSE).location == "/"


def test_no_button_opens_an_account_in_a_true_database(navigateur, compte) -> None:
    compte(Role.REFERENT)
    assert "Essayer un rôle" not in navigateur.get("/connexion").text
    assert navigateur.post("/demo/connexion", role="referent").status_code == 404


def test_the_demonstration_has_one_button_per_role(navigateur, compte, house) -> None:
    with house.database.writing() as session:
        session.add(Installation(id=1, cree_le=house.clock(), demonstration=True))
    agent = compte(Role.REFERENT)
    compte(Role.INTERVENANT, Role.REFERENT)
    page = navigateur.get("/connexion").text
    assert re.findall(r'name="role" value="(\w+)"', page) == ["intervenant", "referent"]
    assert navigateur.post("/demo/connexion", role="referent").location == "/"
    assert agent.nom in navigateur.get("/mon-compte").text
    assert navigateur.get("/connexion").location == "/"


def test_the_demonstration_opens_no_role_that_nobody_has(navigateur, compte, house) -> None:
    with house.database.writing() as session:
        session.add(Installation(id=1, cree_le=house.clock(), demonstration=True))
    compte(Role.REFERENT)
    navigateur.get("/connexion")
    for role in ("administrateur", "inconnu", None):
        assert navigateur.post("/demo/connexion", role=role).status_code == 404


@pytest.mark.parametrize(
    ("roles", "home"),
    [
        ((Role.REFERENT,), "/ma-journee"),
        ((Role.INTERVENANT,), "/ma-journee"),
        ((Role.COORDINATEUR,), "/ma-journee"),
        ((Role.ADMINISTRATEUR, Role.REFERENT), "/ma-journee"),
        ((Role.ADMINISTRATEUR,), "/administration"),
        ((Role.ADMINISTRATEUR, Role.RESPONSABLE), "/administration"),
    ],
)
def test_each_role_begins_its_day_where_it_works(navigateur, compte, roles, home: str) -> None:
    navigateur.sign_in(compte(*roles))
    assert navigateur.get("/").location == home


def test_a_responsable_begins_with_the_cohorts(navigateur, compte) -> None:
    navigateur.sign_in(compte(Role.RESPONSABLE))
    assert navigateur.get("/").location == "/cohortes"
    page = navigateur.get("/cohortes")
    assert page.status_code == 200
    assert "parcours cohortes figer" in page.text


def test_my_account_says_when_i_last_came(navigateur, ouvrir, compte) -> None:
    agent = compte()
    ouvrir().sign_in(agent)
    navigateur.wait(days=3)
    navigateur.sign_in(agent)
    assert "17 mars 2026 à 10" in navigateur.get("/mon-compte").text
