"""While one types, what is typed is kept: over the same draft, for its author, until the form is saved."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from app.accounts import brouillons
from app.accounts.maison import Maison
from app.accounts.models import Brouillon, Freinage, Structure
from app.accounts.rules import BROUILLON_ENVOIS, BROUILLON_OCTETS_MAX
from app.accounts.vocabulaire import Role
from tests.accounts.test_brouillons import FORM, SAISIE, chef, drafts, typed, unlock  # noqa: F401
from tests.conftest import NOW
from tests.factories import make_agent, make_structure

EN_COURS = "/brouillons/en-cours"
JSON = {"Accept": "application/json"}


def named(page: str) -> UUID:
    """The draft that the form of this page names."""
    return UUID(re.search(r'name="brouillon" value="([^"]+)"', page)[1])


@pytest.fixture
def envoyer(chef) -> Callable[..., TestResponse]:  # noqa: F811
    """What the script sends from the form in front of `chef`."""
    chef.brouillon = named(chef.get(FORM).text)

    def send(*, headers=JSON, **said: object) -> TestResponse:
        form = {"csrf_token": chef.jeton, "brouillon": str(chef.brouillon), "brouillon-page": FORM}
        sent = {name: value for name, value in (form | SAISIE | said).items() if value is not None}
        return chef.client.post(EN_COURS, data=sent, headers=headers)

    return send


def test_what_is_typed_is_one_draft_written_over_and_offered_back_on_its_form(chef, envoyer, rows) -> None:  # noqa: F811
    for nom in ("Le Pha", "Le Phare", "Le Phare des Hauts"):
        answer = envoyer(nom=nom)
        assert (answer.status_code, answer.json) == (200, {"heure": "10\u00a0h\u00a030"})
    (draft,) = drafts(rows)
    assert (draft.id, draft.chemin) == (chef.brouillon, FORM)
    # the tab is closed; the form is opened again
    page = chef.get(FORM).text
    assert "Vous aviez commencé à écrire le mardi 17 mars à 10\u00a0h\u00a030" in page
    assert named(page) != chef.brouillon
    address = re.search(r'class="bouton" href="([^"]+)">Reprendre', page)[1]
    back = chef.get(address).text
    assert (typed(back), named(back)) == ({"nom": "Le Phare des Hauts", "code": "PHARE"}, chef.brouillon)
    assert "Vous aviez commencé" not in back
    assert "Vous aviez commencé" not in chef.get("/administration/territoires/nouveau").text


def test_saving_the_form_settles_its_draft_and_what_arrives_late_stays_out(chef, envoyer, rows) -> None:  # noqa: F811
    envoyer()
    assert chef.post(FORM, brouillon=str(chef.brouillon), **SAISIE | {"code": ""}).status_code == 422
    assert len(drafts(rows)) == 1, "a refused form keeps it"
    assert chef.post(FORM, brouillon=str(chef.brouillon), **SAISIE).status_code == 303
    assert "Le Phare des Hauts" in [row.nom for row in rows(Structure)]
    assert drafts(rows) == []
    assert envoyer(nom="en retard").status_code == 410
    assert drafts(rows) == []
    assert [row.contenu for row in rows(Brouillon)] == [None]


def test_a_late_text_stays_out_even_when_nothing_had_been_kept(chef, envoyer, rows) -> None:  # noqa: F811
    assert chef.post(FORM, brouillon=str(chef.brouillon), **SAISIE).status_code == 303
    assert envoyer().status_code == 410
    assert drafts(rows) == []


def test_a_failure_writes_over_the_draft_of_the_form(chef, envoyer, rows) -> None:  # noqa: F811
    envoyer(nom="Le Pha")
    chef.wait(minutes=31)
    locked = chef.post(FORM, brouillon=str(chef.brouillon), **SAISIE)
    (draft,) = drafts(rows)
    assert draft.id == chef.brouillon
    assert typed(chef.get(unlock(chef, locked.location).location).text)["nom"] == SAISIE["nom"]


def test_one_goes_on_typing_behind_a_locked_screen_and_a_session_that_is_over(chef, envoyer, rows) -> None:  # noqa: F811
    chef.wait(minutes=31)
    assert envoyer(nom="verrouillé").status_code == 401
    assert len(drafts(rows)) == 1
    # the page itself is still locked
    assert envoyer(headers={}).location.startswith("/deverrouiller")
    chef.wait(hours=9, minutes=50)
    assert envoyer(nom="après dix heures").status_code == 401
    chef.sign_in(chef.agent)
    assert typed(chef.get(f"{FORM}?brouillon={chef.brouillon}").text)["nom"] == "après dix heures"
    chef.client.delete_cookie("parcours")
    assert envoyer().status_code == 403


def test_typing_is_being_there(chef, envoyer) -> None:  # noqa: F811
    for _ in range(4):
        chef.wait(minutes=20)
        assert envoyer().status_code == 200
    assert chef.get(FORM).status_code == 200


def test_only_its_author_writes_over_a_draft(chef, envoyer, ouvrir, compte, rows) -> None:  # noqa: F811
    envoyer()
    other = ouvrir()
    other.sign_in(compte(Role.ADMINISTRATEUR))
    other.get(FORM)
    theirs = {"brouillon": str(chef.brouillon), "brouillon-page": FORM}
    assert other.post(EN_COURS, nom="autre", **theirs).status_code == 404
    # nor does saving one's own form under its name take it away
    assert other.post(FORM, **SAISIE, brouillon=str(chef.brouillon)).status_code == 303
    (draft,) = drafts(rows)
    assert (draft.agent_id, draft.enregistre_le) == (chef.agent.id, None)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"csrf_token": "perime"}, 400),
        ({"brouillon": "pas-un-uuid"}, 400),
        ({"brouillon": None}, 400),
        ({"brouillon-page": None}, 400),
        ({"brouillon-page": "//ailleurs.test/x"}, 400),
        ({"brouillon-page": "/" + "a" * 300}, 400),
        ({"nom": "Léa\0"}, 400),
        ({"brouillon-page": "/nulle/part"}, 404),
        ({"brouillon-page": "/verrouiller"}, 404),
        ({"brouillon-page": "/connexion"}, 404),
        ({"brouillon-page": "/administration/structures"}, 404),
        ({"nom": "x" * BROUILLON_OCTETS_MAX}, 413),
        ({"nom": "x" * 10 * 1024 * 1024}, 413),
    ],
)
def test_what_is_no_draft_of_a_form_is_refused(envoyer, rows, said: dict[str, str], status: int) -> None:
    assert envoyer(**said).status_code == status
    assert drafts(rows) == []


def test_what_another_site_sends_is_not_kept(chef, envoyer, rows) -> None:  # noqa: F811
    elsewhere = JSON | {"Origin": "https://ailleurs.test"}
    assert envoyer(csrf_token=None, headers=elsewhere).status_code == 400
    chef.wait(minutes=31)
    assert envoyer(headers=elsewhere).status_code == 403
    assert drafts(rows) == []


def test_a_form_that_sends_without_end_is_held_back(envoyer, rows, clock) -> None:
    answers = [envoyer(nom=str(number)).status_code for number in range(BROUILLON_ENVOIS + 1)]
    assert answers == [200] * BROUILLON_ENVOIS + [429]
    assert len(rows(Freinage)) >= 1
    clock.now += timedelta(minutes=1)
    assert envoyer().status_code == 200


def test_a_draft_is_deleted_from_the_page_that_offers_it(chef, envoyer, rows) -> None:  # noqa: F811
    envoyer()
    page = chef.get(FORM).text
    address = re.search(r'action="(/brouillons/[^"]+/supprimer)"', page)[1]
    assert chef.post(address, retour=FORM).location == FORM
    assert drafts(rows) == []
    assert chef.post(address, retour=FORM).status_code == 404


def test_a_draft_is_written_over_settled_and_swept_alike_on_both_engines(maison: Maison) -> None:
    draft, later = uuid4(), NOW + timedelta(days=6)
    with maison.database.writing() as session:
        here = make_structure(session)
        mine, other = (make_agent(session, here).id for _ in range(2))

    def write(agent_id: int, words: str, *, page: str = "/dossiers/nouveau", now=NOW) -> bool:
        with maison.database.writing() as session:
            said = {"agent_id": agent_id, "chemin": page, "saisie": [("mots", words)], "now": now}
            return brouillons.write(session, maison.vault, brouillon_id=draft, **said)

    def read(agent_id: int, page: str = "/dossiers/nouveau", now=NOW) -> object:
        with maison.database.reading() as session:
            asked = {"brouillon_id": draft, "agent_id": agent_id, "chemin": page, "now": now}
            return brouillons.take(session, maison.vault, **asked)

    assert [write(mine, "un"), write(other, "volé"), write(mine, "deux", now=later)] == [True, False, True]
    assert (read(mine), read(other)) == ([("mots", "deux")], None)
    # typed again from another page of the same form
    assert write(mine, "trois", page="/dossiers/x/suivis", now=later)
    assert (read(mine), read(mine, "/dossiers/x/suivis")) == (None, [("mots", "trois")])
    with maison.database.writing() as session:
        # a week after the last word, not after the first
        assert brouillons.sweep(session, NOW + timedelta(days=8)) == 0
        brouillons.settle(session, brouillon_id=draft, agent_id=other, chemin="/x", now=later)
        assert not brouillons.is_settled(session, brouillon_id=draft, agent_id=mine)
        brouillons.settle(session, brouillon_id=draft, agent_id=mine, chemin="/x", now=later)
        brouillons.settle(session, brouillon_id=uuid4(), agent_id=mine, chemin="/x", now=later)
        assert brouillons.is_settled(session, brouillon_id=draft, agent_id=mine)
    assert not write(mine, "tard", now=later)
    with maison.database.writing() as session:
        assert brouillons.sweep(session, later + timedelta(minutes=59)) == 0
        assert brouillons.sweep(session, later + timedelta(hours=1)) == 2
