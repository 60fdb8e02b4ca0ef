"""The pages of a merge: who may ask for it, who will not follow, and what is said when it is undone."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.accounts.models import Agent, Structure
from app.parcours.models import Dossier
from app.referents import services_equipe
from app.referents.models_continuite import Absence, Opposition
from app.referents.models_fusion import Fusion
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.jeunes.conftest import Ville, common
from tests.jeunes.test_fusion_droits import entrust


def hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def codes(petite_ville: Ville) -> tuple[str, str]:
    """Of two dossiers of `referent`: one of the structure, one of the other."""
    house = petite_ville.maison
    with house.database.writing() as session:
        agent, other = session.get(Agent, petite_ville.referent.id), petite_ville.ailleurs.structure_id
        here = make_dossier(session, house, session.get(Structure, agent.structure_id), referent=agent)
        neighbour = session.get(Agent, petite_ville.voisin.id)
        there = make_dossier(session, house, session.get(Structure, other), referent=neighbour)
        entrust(session, there, agent, neighbour)
        partage = services_equipe.Partage()
        who = {"agent": neighbour, "partage": partage, "par": agent}
        services_equipe.invite(session, there, **who, **common(agent))
        return here.code, there.code


def merge(browser: Navigateur, garde: str, autre: str):
    page = browser.get(f"/dossiers/{garde}/fusion?avec={autre}").text
    given = {"depot": hidden(page, "depot"), "avec": autre, "garde": garde, "identite": garde}
    return browser.post(f"/dossiers/{garde}/fusion", **given)


def dossier(session, code: str) -> Dossier:
    return session.scalars(select(Dossier).where(Dossier.code == code)).one()


def test_who_covers_for_a_day_merges_nothing_into_their_own(petite_ville: Ville, entrer, codes) -> None:
    here, house = codes[0], petite_ville.maison
    with house.database.writing() as session:
        who = {"agent_id": petite_ville.referent.id, "suppleant_id": petite_ville.ailleurs.id}
        session.add(Absence(id=uuid4(), depuis=TODAY, jusqu_au=TODAY + timedelta(days=1), cree_le=NOW, **who))
        agent = session.get(Agent, petite_ville.ailleurs.id)
        own = make_dossier(session, house, session.get(Structure, agent.structure_id), referent=agent).code
    browser = entrer(petite_ville.ailleurs)
    for asked in (
        browser.get(f"/dossiers/{own}/fusion?avec={here}"),
        browser.post(f"/dossiers/{own}/fusion", depot=str(uuid4()), avec=here, garde=own, identite=own),
    ):
        assert asked.status_code == 422
        assert "Une suppléance ne suffit pas." in asked.text
    with house.database.reading() as session:
        assert session.scalars(select(Fusion)).all() == []


def test_the_comparison_says_who_will_not_follow(petite_ville: Ville, entrer, codes) -> None:
    here, there = codes
    shown = text(entrer(petite_ville.referent).get(f"/dossiers/{here}/fusion?avec={there}").text)
    left = f"Si vous gardez {here}, ne le suivront pas : {petite_ville.voisin.nom_complet}, "
    assert left in shown
    assert f"Si vous gardez {there}" not in shown


def test_what_was_opposed_is_said_beside_what_was_chosen(petite_ville: Ville, entrer, codes) -> None:
    here, there = codes
    with petite_ville.maison.database.writing() as session:
        values = {"structure_id": petite_ville.ailleurs.structure_id, "depuis": TODAY, "cree_le": NOW}
        session.add(Opposition(dossier_id=dossier(session, here).id, id=uuid4(), **values))
    refused = merge(entrer(petite_ville.referent), there, here)
    assert refused.status_code == 422
    assert "gardez l’autre dossier" in refused.text
    with petite_ville.maison.database.reading() as session:
        assert session.scalars(select(Fusion)).all() == []


def test_undone_without_who_answered_it_is_said(petite_ville: Ville, entrer) -> None:
    house = petite_ville.maison
    with house.database.writing() as session:
        session.execute(update(Agent).where(Agent.id == petite_ville.collegue.id).values(referent=True))
        agents = (session.get(Agent, one.id) for one in (petite_ville.referent, petite_ville.collegue))
        garde, autre = (
            make_dossier(session, house, session.get(Structure, agent.structure_id), referent=agent).code
            for agent in agents
        )
    browser = entrer(petite_ville.coordinateur)
    assert merge(browser, garde, autre).status_code == 303
    with house.database.writing() as session:
        session.execute(update(Agent).where(Agent.id == petite_ville.collegue.id).values(desactive_le=NOW))
        fusion_id = session.scalars(select(Fusion.id)).one()
    address = f"/dossiers/{garde}/fusion/{fusion_id}/annuler"
    assert browser.post(address).status_code == 303
    said = text(browser.get("/").text + browser.get(f"/dossiers/{garde}").text)
    assert "La fusion est annulée" in said
    assert "L’autre dossier est sans référent" in said
    # a second tap
    assert browser.post(address).status_code == 303
    assert "Cette fusion est déjà annulée." in text(browser.get(f"/dossiers/{garde}/fusion").text)


def test_undoing_is_refused_with_a_sentence_and_writes_nothing(petite_ville: Ville, entrer, codes) -> None:
    here, there = codes
    browser = entrer(petite_ville.referent)
    assert merge(browser, here, there).status_code == 303
    with petite_ville.maison.database.writing() as session:
        values = {"structure_id": petite_ville.ailleurs.structure_id, "depuis": TODAY, "cree_le": NOW}
        session.add(Opposition(dossier_id=dossier(session, here).id, id=uuid4(), **values))
        fusion_id = session.scalars(select(Fusion.id)).one()
    assert browser.post(f"/dossiers/{here}/fusion/{fusion_id}/annuler").status_code == 303
    assert "annuler le lui rendrait" in browser.get(f"/dossiers/{here}/fusion").text
    with petite_ville.maison.database.reading() as session:
        assert session.scalars(select(Fusion.annulee_le)).one() is None
