"""Saying no, then yes, to the e-mail of the morning."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action

CHEMIN = "/mon-compte/courriel-matin"


def said(rows: Callable[[type], list]) -> list[tuple[int, str]]:
    return [(e.agent_id, e.precision) for e in rows(EntreeJournal) if e.action == Action.PREFERENCE_MODIFIEE]


def test_one_tap_says_no_and_another_yes_again(navigateur, compte, rows) -> None:
    agent = compte(Role.REFERENT)
    navigateur.sign_in(agent)
    assert 'name="courriel_matin" type="checkbox" value="y"' in navigateur.get("/mon-compte").text

    assert navigateur.post(CHEMIN).location == "/mon-compte"
    page = navigateur.get("/mon-compte").text
    assert "Vous ne recevrez plus le courriel du matin." in page
    assert " checked " not in page
    (stored,) = rows(Agent)
    assert (stored.courriel_matin, stored.version) == (False, agent.version)
    navigateur.post(CHEMIN)
    assert said(rows) == [(agent.id, "courriel_matin:non")]

    navigateur.post(CHEMIN, courriel_matin="y")
    assert " checked " in navigateur.get("/mon-compte").text
    assert rows(Agent)[0].courriel_matin
    assert said(rows)[1:] == [(agent.id, "courriel_matin:oui")]


@pytest.mark.parametrize("role", [Role.RESPONSABLE, Role.DPO, Role.ADMINISTRATEUR])
def test_who_receives_none_has_nothing_to_say(navigateur, compte, rows, role: Role) -> None:
    navigateur.sign_in(compte(role))
    assert "Courriel du matin" not in navigateur.get("/mon-compte").text
    assert navigateur.post(CHEMIN).status_code in (403, 404)
    assert rows(Agent)[0].courriel_matin


def test_one_says_it_for_oneself_alone(navigateur, compte, rows) -> None:
    mine, other = compte(Role.INTERVENANT), compte(Role.REFERENT)
    navigateur.sign_in(mine)
    navigateur.post(CHEMIN, agent_id=other.id, id=other.id)
    assert {agent.id: agent.courriel_matin for agent in rows(Agent)} == {mine.id: False, other.id: True}


def test_the_page_says_when_no_email_leaves(navigateur, compte) -> None:
    navigateur.sign_in(compte(Role.COORDINATEUR))
    assert "n’envoie pas de courriel" in navigateur.get("/mon-compte").text
