"""An appointment whose author follows the dossier no more: nobody is said to hold it, and somebody is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from app.accounts.models import Agent, Structure
from app.jeunes.queries_rendez_vous import appointments
from app.parcours import services_suivis
from app.parcours.vocabulaire import Canal
from app.referents import services_equipe
from app.referents.models import MembreEquipe
from app.referents.models_continuite import Absence
from app.referents.services_depart import disable_agent
from app.referents.vocabulaire import Finalite
from tests.conftest import NOW
from tests.factories import TODAY
from tests.jeunes.conftest import Ville, common
from tests.jeunes.test_dossier_page import counted, known, words, writing
from tests.jeunes.test_feuille import boxes

JOUR = timedelta(days=1)


def join(ville: Ville, code: str, agent: Agent) -> None:
    with writing(ville, code) as (session, dossier):
        said = {"depuis": TODAY, "finalite": Finalite.SUIVI_GLOBAL, "informe_le": TODAY, "informe_forme": "orale"}
        session.add(MembreEquipe(dossier_id=dossier.id, agent_id=agent.id, **said))


def plan(ville: Ville, code: str, agent: Agent, jour=TODAY + 3 * JOUR) -> None:
    with writing(ville, code) as (session, dossier):
        given = {"jour": jour, "canal": Canal.ENTRETIEN, "contact_id": uuid4(), "depot": uuid4(), "objet": None}
        services_suivis.plan_contact(session, dossier, agent=agent, **given, **common(agent))


@pytest.fixture
def code(petite_ville: Ville) -> str:
    """`ailleurs`, a partner, meets them in three days."""
    code = known(petite_ville)
    join(petite_ville, code, petite_ville.ailleurs)
    plan(petite_ville, code, petite_ville.ailleurs)
    return code


def gone(ville: Ville, code: str, how: str) -> None:
    who, said = ville.ailleurs, common(ville.referent)
    with writing(ville, code) as (session, dossier):
        if how == "disabled":
            disable_agent(session, session.get(Agent, who.id), acteur=common(ville.coordinateur)["acteur"], now=NOW)
        elif how == "removed":
            services_equipe.end_member(session, dossier, agent=who, **said)
        elif how == "left":
            services_equipe.leave(session, dossier, agent=who, **said)
        elif how == "opposed":
            structure = session.get(Structure, who.structure_id)
            given = {"structure": structure, "le": TODAY, "opposition_id": uuid4(), "par": ville.referent}
            services_equipe.oppose(session, dossier, **given, **said)
        elif how == "ended":
            session.query(MembreEquipe).filter_by(agent_id=who.id).update({"depuis": TODAY - 9 * JOUR})
            session.query(MembreEquipe).filter_by(agent_id=who.id).update({"echeance": TODAY})


@pytest.mark.parametrize("how", ["disabled", "removed", "left", "opposed", "ended"])
def test_nobody_is_said_to_hold_what_they_no_longer_see(petite_ville: Ville, code: str, entrer, how: str) -> None:
    name = petite_ville.ailleurs.nom_complet
    browser = entrer(petite_ville.referent)
    before = words(browser.get(f"/dossiers/{code}").text)
    assert f"avec {name}" in before
    assert "à reprendre" not in before
    assert any(name in text for text in boxes(browser.get(f"/dossiers/{code}/mon-parcours").text))
    gone(petite_ville, code, how)
    page = browser.get(f"/dossiers/{code}").text
    said = words(page)
    assert f"Rendez-vous à reprendre : {name} ne suit plus ce dossier." in said.replace("\u00a0", " ")
    assert f"avec {name}" not in said
    assert "Déplacer" in said
    assert "/annuler" in page
    # the day stays on the page, and on no paper
    assert "20 mars" in said
    assert not any("20 mars" in text for text in boxes(browser.get(f"/dossiers/{code}/mon-parcours").text))
    # who works there without answering for it reads the day alone
    colleague = words(entrer(petite_ville.collegue).get(f"/dossiers/{code}").text)
    assert "20 mars" in colleague
    assert "à reprendre" not in colleague
    assert f"avec {name}" not in colleague


@pytest.mark.parametrize("how", ["disabled", "opposed"])
def test_on_its_day_it_is_for_the_referent_to_hold(petite_ville: Ville, code: str, how: str) -> None:
    plan(petite_ville, code, petite_ville.ailleurs, TODAY)

    def theirs() -> int:
        with petite_ville.maison.database.reading() as session:
            return len(appointments(session, agent=session.get(Agent, petite_ville.referent.id), today=TODAY))

    assert theirs() == 0
    gone(petite_ville, code, how)
    assert theirs() == 1


def test_who_covers_the_referent_holds_what_they_plan(petite_ville: Ville, entrer) -> None:
    code = known(petite_ville)
    with writing(petite_ville, code) as (session, _):
        days = {"depuis": TODAY, "jusqu_au": TODAY + 5 * JOUR, "cree_le": NOW}
        who = {"agent_id": petite_ville.referent.id, "suppleant_id": petite_ville.voisin.id}
        session.add(Absence(id=uuid4(), **who, **days))
    plan(petite_ville, code, petite_ville.voisin)
    said = words(entrer(petite_ville.coordinateur).get(f"/dossiers/{code}").text)
    assert f"avec {petite_ville.voisin.nom_complet}" in said
    assert "à reprendre" not in said


def test_telling_it_costs_no_statement_more(petite_ville: Ville, code: str, entrer) -> None:
    browser, costs = entrer(petite_ville.referent), []
    for how in ("there", "removed"):
        gone(petite_ville, code, how)
        for page in ("", "/mon-parcours"):
            browser.get(f"/dossiers/{code}{page}")
            with counted(petite_ville) as sent:
                browser.get(f"/dossiers/{code}{page}")
            costs.append(len(sent))
    assert costs[:2] == costs[2:]
