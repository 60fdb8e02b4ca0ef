"""Where an agent is reached at work: written by themselves or by the administration, and nothing else with it."""

from __future__ import annotations

import pytest

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.web.filters import telephone_lisible
from tests.accounts.conftest import Navigateur


def stored(house, agent: Agent) -> str | None:
    with house.database.reading() as session:
        return session.get(Agent, agent.id).telephone


def test_an_agent_writes_their_number_and_takes_it_away(house, compte, ouvrir) -> None:
    agent, navigateur = compte(Role.REFERENT), ouvrir()
    navigateur.sign_in(agent)
    for said, kept in (("02 31 00 00 00", "+33231000000"), ("0231", "+33231000000"), (" ", None)):
        answer = navigateur.post("/mon-compte/telephone", telephone=said)
        assert answer.status_code == (422 if said == "0231" else 303), said
        assert stored(house, agent) == kept
        assert ("n’est pas complet" in answer.text) == (said == "0231")
    navigateur.post("/mon-compte/telephone", telephone="0231000000")
    assert f'value="{telephone_lisible("+33231000000")}"' in navigateur.get("/mon-compte").text


def test_the_administration_writes_it_too(house, compte, ouvrir) -> None:
    agent, admin = compte(Role.REFERENT), ouvrir()
    admin.sign_in(compte(Role.ADMINISTRATEUR))
    sent = {
        "prenom": agent.prenom, "nom": agent.nom, "courriel": agent.courriel, "roles": ["referent"],
        "structure_id": str(agent.structure_id), "version": "1", "telephone": "0231",
    }  # fmt: skip
    path = f"/administration/agents/{agent.id}"
    assert "n’est pas complet" in admin.post(path, **sent).text
    assert admin.post(path, **sent | {"telephone": "02.31.00.00.00"}).status_code == 303
    assert stored(house, agent) == "+33231000000"


@pytest.mark.parametrize("role", [Role.RESPONSABLE, Role.ADMINISTRATEUR])
def test_who_follows_nobody_is_asked_for_none(compte, ouvrir, role: Role) -> None:
    navigateur: Navigateur = ouvrir()
    navigateur.sign_in(compte(role))
    assert "Téléphone professionnel" not in navigateur.get("/mon-compte").text
    assert navigateur.post("/mon-compte/telephone", telephone="0231000000").status_code == 404
