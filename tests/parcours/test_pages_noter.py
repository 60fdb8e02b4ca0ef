"""Noting from any page: who comes first, what is kept, whom one may not reach, what the search says."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes.services import register
from app.parcours.models import Dossier, Suivi
from app.parcours.vocabulaire import Canal
from app.vault.places import Place
from tests.factories import make_dossier
from tests.parcours.conftest import COMMUN, Bureau
from tests.parcours.test_pages_suivis import SAISIE, checked, hidden
from tests.referents.conftest import statements


@pytest.fixture
def autre(bureau: Bureau) -> str:
    """Somebody else of the same référent, under a nickname; the code."""
    return nickname(bureau, "Le Grand", bureau.agent)


def nickname(bureau: Bureau, surnom: str, referent: Agent) -> str:
    with bureau.house.database.writing() as session:
        agent = session.get(Agent, referent.id)
        structure = session.get(Structure, agent.structure_id)
        dossier = make_dossier(session, bureau.house, structure, referent=agent)
        nobody_told = {"contact": {}, "informe_le": None, "informe_forme": None}
        register(session, bureau.house.vault, dossier, identite={"pseudonyme": surnom}, **nobody_told, **COMMUN)
        return dossier.code


def note(bureau: Bureau, jeune: str | None, **said: object):
    given = SAISIE | {"depot": str(uuid4()), "jeune": jeune} | said
    return bureau.navigateur.post("/noter", **given)


def tiles(page: str) -> list[str]:
    return re.findall(r'name="jeune" value="([^"]+)"', page)


def test_it_is_noted_said_and_one_is_back_where_one_was(bureau: Bureau, autre: str) -> None:
    page = bureau.navigateur.client.get("/noter", headers={"Referer": "http://localhost/mes-jeunes?page=2"}).text
    assert sorted(tiles(page)) == sorted([autre, bureau.code])
    assert (checked(page, "jeune"), checked(page, "resultat"), checked(page, "quand")) == (
        [], ["echange_fait"], ["aujourdhui"],
    )  # fmt: skip
    assert "Échange · Entretien · Aujourd’hui" in page
    retour = hidden(page, "retour")
    depot = hidden(page, "depot")
    for _ in range(2):
        answer = note(bureau, bureau.code, depot=depot, mots="Vu au city.", retour=retour)
        assert (answer.status_code, answer.location) == (303, "/mes-jeunes?page=2")
    (suivi,) = bureau.read(Suivi)
    assert suivi.canal is Canal.PRESENCE_RUE
    assert bureau.words(suivi.note, place=Place.NOTE, row=suivi.id) == "Vu au city."
    said = bureau.navigateur.get("/mes-jeunes").text
    assert f"Suivi enregistré pour {bureau.code}." in said
    assert f"/suivis/{suivi.id}" in said
    # whom one noted last comes first, and is offered as one notes them
    page = bureau.navigateur.get("/noter").text
    assert tiles(page) == [bureau.code, autre]
    assert checked(page, "canal") == ["presence_rue"]


def test_from_a_dossier_the_person_is_chosen_and_from_an_appointment_the_canal_too(bureau: Bureau, autre: str) -> None:
    assert f'href="/noter?jeune={autre}"' in bureau.navigateur.get(f"/dossiers/{autre}").text
    assert 'href="/noter"' in bureau.navigateur.get("/mes-jeunes").text
    page = bureau.navigateur.get(f"/noter?jeune={autre}&canal=telephone").text
    assert (tiles(page), checked(page, "jeune"), checked(page, "canal")) == (
        [autre, bureau.code], [autre], ["telephone"],
    )  # fmt: skip
    assert checked(bureau.navigateur.get("/noter?jeune=ZZZ-ZZZ").text, "jeune") == []


def test_words_are_kept_while_one_searches_and_a_single_answer_is_chosen(bureau: Bureau, autre: str) -> None:
    found = note(bureau, None, chercher="1", cherche="grand", mots="Il cherche un stage.", canal="telephone")
    assert found.status_code == 200
    assert (tiles(found.text), checked(found.text, "jeune")) == ([autre], [autre])
    assert "Il cherche un stage." in found.text
    assert checked(found.text, "canal") == ["telephone"]
    nobody = note(bureau, None, chercher="1", cherche="zzz", mots="Il cherche un stage.")
    assert "Personne ne répond à ces mots" in nobody.text
    assert "Il cherche un stage." in nobody.text
    everybody = note(bureau, None, chercher="1", cherche=" ")
    assert sorted(tiles(everybody.text)) == sorted([autre, bureau.code])
    assert note(bureau, None, chercher="1", cherche="a" * 101).status_code == 422
    assert bureau.read(Suivi) == []
    with bureau.house.database.reading() as session:
        actions = session.scalars(select(EntreeJournal.action)).all()
    assert actions.count(Action.RECHERCHE) == 2


def test_nobody_chosen_is_said_and_nothing_typed_is_lost(bureau: Bureau) -> None:
    answer = note(bureau, None, mots="Il cherche un stage.", quand="autre", jour="31/02/2026")
    assert answer.status_code == 422
    for sentence in ("Choisissez qui.", "Cette date n’existe pas."):
        assert answer.text.count(sentence) == 2
    assert '<a href="#jeune-0">' in answer.text
    assert answer.text.index("#jeune-0") < answer.text.index('href="#jour"')
    assert "Il cherche un stage." in answer.text
    assert re.search(r"<details class=\"pli noter-bref\"[^>]* open>", answer.text)


def test_somebody_elses_young_person_is_neither_offered_found_nor_written(bureau: Bureau, compte) -> None:
    theirs = nickname(bureau, "Le Grand", compte(Role.REFERENT))
    assert theirs not in bureau.navigateur.get(f"/noter?jeune={theirs}").text.replace(f"retour={theirs}", "")
    assert tiles(note(bureau, theirs, chercher="1", cherche="grand").text) == []
    assert note(bureau, theirs, mots="x").status_code == 404
    assert note(bureau, "ZZZ-ZZZ", mots="x").status_code == 404
    refused = note(bureau, theirs, mots="À garder", quand="autre", jour="31/02/2026")
    assert (refused.status_code, theirs in refused.text, "À garder" in refused.text) == (422, False, True)


def test_the_same_deposit_with_other_words_shows_both(bureau: Bureau) -> None:
    depot = str(uuid4())
    note(bureau, bureau.code, depot=depot, mots="Jeudi.")
    again = note(bureau, bureau.code, depot=depot, mots="Vendredi.")
    assert again.status_code == 409
    assert "Jeudi." in again.text
    assert "Vendredi." in again.text
    assert len(bureau.read(Suivi)) == 1


def test_another_of_the_same_day_is_offered_at_once(bureau: Bureau) -> None:
    assert note(bureau, bureau.code, autre="1").location == "/noter"


def test_the_page_costs_the_same_whatever_the_caseload(bureau: Bureau) -> None:
    engines, counts = bureau.house.database.engines, []
    for size in (1, 6):
        for number in range(size):
            nickname(bureau, f"J{number}", bureau.agent)
        with statements(engines.read, engines.keys) as seen:
            assert bureau.navigateur.get("/noter").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6


def test_a_nickname_and_two_words_open_a_dossier_and_note_the_meeting(bureau: Bureau) -> None:
    page = bureau.navigateur.get("/noter/inconnu").text
    assert "Choisir…" in page
    note(bureau, bureau.code, mots="Au stade.")
    page = bureau.navigateur.get("/noter/inconnu").text
    (territoire,) = re.findall(r'<option selected value="(\d+)">Quartier', page)
    sent = {"depot": hidden(page, "depot"), "rencontre": hidden(page, "rencontre"), "territoire_id": territoire}
    refused = bureau.navigateur.post("/noter/inconnu", **sent, note="Casquette rouge")
    assert refused.status_code == 422
    assert "Casquette rouge" in refused.text
    for _ in range(2):
        made = bureau.navigateur.post("/noter/inconnu", **sent, pseudonyme="Casquette")
        assert made.status_code == 303
    code = made.location.rsplit("/", 1)[-1]
    with bureau.house.database.reading() as session:
        dossier = session.scalars(select(Dossier).where(Dossier.code == code)).one()
        suivi = session.scalars(select(Suivi).where(Suivi.dossier_id == dossier.id).options(undefer(Suivi.note))).one()
    # no words: the meeting is a fact all the same
    assert (suivi.canal, suivi.resultat.value, suivi.note) == (Canal.PRESENCE_RUE, "echange_fait", None)
    assert dossier.territoire_id == int(territoire)
    assert "Casquette" in bureau.navigateur.get("/noter").text
