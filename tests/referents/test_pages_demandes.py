"""Asking to join by a code, and answering, as a browser meets them."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import pytest

from app.accounts.models import Agent
from app.referents.models import MembreEquipe
from app.referents.models_demandes import DemandeEquipe
from app.referents.rules_equipe import SANS_REPONSE, VALIDITE
from tests.accounts.conftest import Navigateur
from tests.referents.conftest import Equipe
from tests.referents.test_pages_equipe import DIT
from tests.referents.test_pages_relais import words

MOTS = "Je le reçois au PLIE."


def ask(navigateur: Navigateur, code: str, **given):
    said = {"depot": str(uuid4()), "code": code, "finalite": "scolarite", "echeance": "01/06/2026", "mots": MOTS}
    return navigateur.post("/rejoindre", **(said | given))


def without_code(page: str, code: str) -> str:
    page = re.sub(r'(name="(?:csrf_token|brouillon|depot)"[^>]* value=")[^"]+', r"\1", page)
    return unescape(page).replace(code, "…")


@pytest.fixture
def lea(signed_in) -> Navigateur:
    navigateur = signed_in("lea")
    navigateur.get("/rejoindre")
    return navigateur


def test_the_code_of_somebody_and_of_nobody_are_answered_alike(
    bureau: Equipe, lea: Navigateur, rows, signed_in
) -> None:
    known = bureau.dossier.code
    sent = ask(lea, known.lower().replace("-", " "))
    page = lea.get("/demandes")
    lea.wait(minutes=1)
    unknown = ask(lea, "ZZZ-ZZZ")
    assert (sent.status_code, sent.location) == (unknown.status_code, unknown.location) == (303, "/demandes")
    other = lea.get("/demandes")
    # the latest comes first, and is all that is compared
    first, latest = without_code(page.text, known), without_code(other.text, "ZZZ-ZZZ")
    card = re.compile(r"<section class=\"carte\">.*?</section>", re.S)
    assert card.search(first)[0] == card.search(latest)[0]
    assert "Votre demande est envoyée" in words(page.text)
    assert "Votre demande est envoyée" in words(other.text)
    assert {row.dossier_id for row in rows(DemandeEquipe)} == {bureau.dossier.id, None}


def test_what_cannot_be_a_code_is_said_and_nothing_is_lost(lea: Navigateur, rows) -> None:
    page = ask(lea, "K7M")
    assert page.status_code == 422
    assert "Un code s’écrit comme ceci" in page.text
    assert MOTS in page.text
    assert rows(DemandeEquipe) == []


def test_the_referent_answers_on_the_page_of_requests(bureau: Equipe, lea: Navigateur, signed_in, rows) -> None:
    ask(lea, bureau.dossier.code)
    nadia = signed_in("nadia")
    page = nadia.get("/demandes")
    said = words(page.text)
    assert bureau.lea.nom_complet in said
    assert MOTS in said
    (demande,) = rows(DemandeEquipe)
    answer = f"/demandes/equipe/{demande.id}"
    assert signed_in("omar").get(answer).status_code == 404
    form = nadia.get(answer)
    assert 'value="scolarite" checked' in form.text
    assert 'value="01/06/2026"' in form.text
    refused = nadia.post(answer, **(DIT | {"accord": None}))
    assert (refused.status_code, rows(MembreEquipe) != []) == (422, True)
    assert nadia.post(answer, **DIT).location == "/demandes"
    assert "Acceptée" in words(lea.get("/demandes").text)
    assert lea.get(f"/dossiers/{bureau.dossier.code}").status_code == 200
    # whoever is a member has nothing to ask
    assert ask(lea, bureau.dossier.code).location == f"/dossiers/{bureau.dossier.code}"
    assert nadia.get(answer).status_code == 404


def test_a_refusal_says_neither_why_nor_by_whom(bureau: Equipe, lea: Navigateur, signed_in, rows) -> None:
    ask(lea, bureau.dossier.code)
    (demande,) = rows(DemandeEquipe)
    nadia = signed_in("nadia")
    answer = f"/demandes/equipe/{demande.id}"
    nadia.get(answer)
    missing = nadia.post(f"{answer}/refuser")
    assert missing.status_code == 422
    assert "Choisissez un motif." in missing.text
    assert nadia.post(f"{answer}/refuser", motif="pas_le_souhait_du_jeune").status_code == 303
    said = words(lea.get("/demandes").text)
    assert "Sans suite" in said
    assert "souhaite" not in said
    assert bureau.nadia.nom not in said
    assert lea.get(f"/dossiers/{bureau.dossier.code}").status_code == 404
    with bureau.maison.database.reading() as session:
        assert session.get(Agent, bureau.lea.id).desactive_le is None


def test_a_request_is_announced_to_who_answers_it_alone_until_it_is_answered(
    bureau: Equipe, lea: Navigateur, signed_in, rows
) -> None:
    nadia = signed_in("nadia")
    before = nadia.get("/ma-journee")
    assert "laquelle répondre" not in before.text
    ask(lea, bureau.dossier.code)
    home = nadia.get("/ma-journee").text
    told = "1 demande à laquelle répondre : quelqu’un souhaite rejoindre une équipe de suivi."
    assert told in words(home).replace("\u00a0", " ")
    menu = home.split("<main")[0]
    assert "demande à laquelle répondre" in menu
    # on a phone the entry is folded: what holds it says so
    assert re.search(r'<span>Plus</span> <span class="pastille-nombre">1</span>', menu)
    # any page's menu, and nobody else's
    assert "demande à laquelle répondre" in nadia.get("/mes-jeunes").text.split("<main")[0]
    for who in ("omar", "coordinatrice"):
        assert "laquelle répondre" not in signed_in(who).get("/ma-journee").text
    assert "laquelle répondre" not in lea.get("/ma-journee").text
    # asked about nobody's code: nobody is told
    ask(lea, "ZZZ-ZZZ")
    assert '>1</span><span class="visually-hidden"> demande à' in nadia.get("/ma-journee").text
    (demande,) = [row for row in rows(DemandeEquipe) if row.dossier_id]
    nadia.get(f"/demandes/equipe/{demande.id}")
    assert nadia.post(f"/demandes/equipe/{demande.id}", **DIT).status_code == 303
    assert "laquelle répondre" not in nadia.get("/ma-journee").text


def test_after_some_days_the_coordinateur_is_told_too(bureau: Equipe, lea: Navigateur, signed_in) -> None:
    ask(lea, bureau.dossier.code)
    lea.wait(days=SANS_REPONSE)
    assert "1 demande à laquelle répondre" in words(signed_in("coordinatrice").get("/ma-journee").text)
    lea.wait(days=VALIDITE)
    assert "laquelle répondre" not in signed_in("nadia").get("/ma-journee").text
