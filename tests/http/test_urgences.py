"""A danger transmitted appears nowhere but to those who answer; who asks for a référent learns nothing from a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Agent, Structure
from app.audit.services import Acteur
from app.parcours.models import Dossier
from app.referents.models_urgence import NoteOuverte, TransmissionDanger, Urgence
from app.referents.rules_urgence import ENVOIS
from app.referents.services_danger import note_transmission
from app.referents.vocabulaire_urgence import Destinataire, GenreTransmission, Parents
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import TODAY
from tests.http.conftest import NOM, NOTE, PRENOM, Monde, token
from tests.referents.conftest import statements

APP = Path(__file__).resolve().parents[2] / "app"
DU_REFERENT, DU_PARTENAIRE = "escarboucle", "hippocampe"
READS = {"referent", "suppleant", "coordinateur"}
# what may name the act: the code that keeps it, the pages of the danger, the demonstration
GARDIENS = {"models_urgence", "queries_danger", "services_danger", "views_danger", "places", "urgences", "rules_fusion"}


@pytest.fixture
def relations(house, monde: Monde) -> dict[str, Agent]:
    """The people of the matrix; a danger transmitted by the référent, another by a partner."""
    with house.database.writing() as session:
        dossier = session.scalars(select(Dossier).where(Dossier.code == monde.code)).one()
        for name, words in (("referent", DU_REFERENT), ("partenaire", DU_PARTENAIRE)):
            _transmit(session, house, dossier, monde.agents[name], words)
    return monde.agents


def _transmit(session, house, dossier: Dossier, agent: Agent, words: str) -> None:
    row = uuid4()
    sealed = house.vault.keys([dossier.uid]).seal(dossier.uid, {"texte": words}, place=Place.TRANSMISSION, row=row)
    note_transmission(
        session, dossier, jour=TODAY, genre=GenreTransmission.INFORMATION_PREOCCUPANTE, destinataire=Destinataire.CRIP,
        parents=Parents.CONTRAIRE_INTERET, texte=sealed, same_texte=lambda stored: stored == sealed, depot=row,
        acteur=Acteur.agent(agent.id, agent.structure_id), now=NOW, today=TODAY,
    )  # fmt: skip


def crawl(app: Flask, monde: Monde, client: FlaskClient) -> dict[str, str]:
    """Every page that this browser is given, by its address."""
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            url = monde.url(rule, app)
            answer = client.get(url)
            if answer.status_code == 200:
                found[url] = answer.data.decode(errors="replace")
    return found


NAMES = ("referent", "suppleant", "coordinateur", "membre", "partenaire", "ancien", "autre_referent",
         "autre_intervenant", "coordinateur_ailleurs", "responsable", "dpo", "administrateur")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_was_transmitted_is_on_one_page_for_those_who_answer_and_on_none_for_others(
    app: Flask, monde: Monde, relations: dict[str, Agent], connect: Callable, name: str
) -> None:
    pages = crawl(app, monde, connect(relations[name]))
    here = f"/dossiers/{monde.code}/danger"
    told = {url for url, text in pages.items() if DU_REFERENT in text or DU_PARTENAIRE in text}
    assert told == ({here} if name in READS else set())
    said = {url for url, text in pages.items() if "information préoccupante</strong>, la crip" in text.lower()}
    # who wrote it sees that it left
    assert said == ({here} if name in READS | {"partenaire"} else set())
    # a page was really read
    assert len(pages) > 3


def test_nothing_that_counts_exports_or_alerts_knows_of_the_act() -> None:
    for path in APP.rglob("*.py"):
        if path.stem not in GARDIENS:
            assert not re.search("TransmissionDanger|transmission_danger|transmissions_of", path.read_text()), path


def form(client: FlaskClient, **said: str) -> dict[str, str]:
    return {"csrf_token": token(client), "depot": str(uuid4()), **said}


@pytest.fixture
def inconnu(connect: Callable, monde: Monde) -> FlaskClient:
    """A browser of somebody who sees nothing of the dossier."""
    return connect(monde.agents["autre_intervenant"])


def ways(monde: Monde) -> list[dict[str, str]]:
    """A code and a name that exist, then that do not."""
    born = {"naissance": "02/04/2009"}
    return [
        {"code_dossier": monde.code},
        {"prenom": PRENOM, "nom": NOM} | born,
        {"code_dossier": "222-222"},
        {"prenom": "Personne", "nom": "Inconnue"} | born,
    ]


def test_the_answer_is_the_same_whatever_is_reached(inconnu: FlaskClient, monde: Monde, rows: Callable) -> None:
    before, answers = rows(Urgence), []
    for way in ways(monde):
        posted = inconnu.post("/urgence/joindre", data=form(inconnu, **way, mots="vu à la gare"))
        page = inconnu.get("/urgence").text
        page = re.sub(r'value="[^"]*"|<ul class="faits-dates">.*?</ul>', "", page, flags=re.DOTALL)
        answers.append((posted.status_code, dict(posted.headers).get("Location"), page))
        assert "Si un dossier existe, son référent, son suppléant et le coordinateur sont prévenus." in unescape(page)
    assert all(answer == answers[0] for answer in answers)
    assert rows(Urgence) == before + len(answers)
    # nor does what they sent tell one from another
    page = inconnu.get("/urgence").text
    sends = re.findall(r"<li><span>[^<]*</span><span>(.*?)</span></li>", page, flags=re.DOTALL)
    assert len(sends) == before + len(answers)
    assert len({re.sub(r'[0-9a-f-]{36}|value="[^"]*"', "", send) for send in sends}) == 1
    assert "Pas encore de réponse." in sends[0]
    assert not any(word in page for word in (monde.code, PRENOM, NOM, "gare"))
    # nor its taking back
    for action in re.findall(r'action="(/urgence/[^"]+/retirer)"', page):
        gone = inconnu.post(action, data={"csrf_token": token(inconnu)})
        assert (gone.status_code, gone.location) == (303, "/urgence")
    assert inconnu.get("/urgence").text.count("Retirée") == before + len(answers)


def test_past_the_limit_the_refusal_is_the_same_too(inconnu: FlaskClient, monde: Monde) -> None:
    for _ in range(ENVOIS - 1):
        inconnu.post("/urgence/joindre", data=form(inconnu, code_dossier="222-222"))
    refused = [inconnu.post("/urgence/joindre", data=form(inconnu, **way)) for way in ways(monde)]
    assert {answer.status_code for answer in refused} == {422}
    assert all("10 demandes en une heure" in answer.text for answer in refused)


@pytest.mark.parametrize("name", ["responsable", "dpo", "administrateur"])
def test_who_sees_no_dossier_waits_for_nothing(house, monde: Monde, connect: Callable, name: str) -> None:
    engines = house.database.engines

    def told(who: str) -> tuple[bool, bool]:
        """Whether their page says it, and whether it was asked."""
        client = connect(monde.agents[who])
        with statements(engines.read, engines.write) as run:
            page = client.get("/mon-compte").text
        return "bandeau-urgence" in page, any("FROM urgence" in statement for statement in run)

    assert told(name) == (False, False)
    assert told("referent") == (True, True)


HOSTILE = (
    {},
    {"code_dossier": "K7M"},
    {"code_dossier": "<script>alert(1)</script>"},
    {"code_dossier": "2" * 300},
    {"prenom": "Yanis", "nom": "Kaci"},
    {"prenom": "Yanis", "nom": "Kaci", "naissance": "31/02/2009"},
    {"prenom": "x" * 500, "nom": "Kaci", "naissance": "02/04/2009"},
    {"code_dossier": "222-222", "mots": "x" * 5000},
    {"code_dossier": "222-222", "rappel": "9" * 100},
)


@pytest.mark.parametrize("said", HOSTILE)
def test_what_cannot_be_sent_is_said_beside_its_field_and_stays_typed(
    inconnu: FlaskClient, rows: Callable, said: dict[str, str]
) -> None:
    before = rows(Urgence)
    answer = inconnu.post("/urgence/joindre", data=form(inconnu, **said))
    assert answer.status_code == 422
    assert 'class="erreur"' in answer.text
    assert "<script>alert" not in answer.text
    for typed in said.values():
        assert typed in unescape(answer.text)
    assert rows(Urgence) == before


def test_words_and_numbers_are_shown_as_words(connect: Callable, monde: Monde, inconnu: FlaskClient) -> None:
    nasty = "<b>gras</b> javascript:alert(1)"
    inconnu.post("/urgence/joindre", data=form(inconnu, code_dossier=monde.code, mots=nasty, rappel=nasty))
    page = connect(monde.agents["referent"]).get("/urgence").text
    assert "<b>gras" not in page
    assert 'href="javascript' not in page
    assert "&lt;b&gt;gras" in page


def test_the_head_of_every_page_says_it_until_somebody_answers(
    connect: Callable, monde: Monde, relations: dict[str, Agent]
) -> None:
    urgence = f"/urgences/{monde.ids['urgence_id']}"
    browsers = {name: connect(relations[name]) for name in ("referent", "suppleant", "coordinateur", "membre")}
    for name, client in browsers.items():
        assert ("1 demande urgente" in client.get("/mes-jeunes").text.replace("\N{NO-BREAK SPACE}", " ")) is (
            name != "membre"
        )
    client = browsers["suppleant"]
    assert client.post(urgence, data=form(client, reponse="je_rappelle")).status_code == 303
    for client in browsers.values():
        assert "demande urgente" not in client.get("/mes-jeunes").text
    client = browsers["referent"]
    late = client.post(urgence, data=form(client, reponse="je_m_en_occupe"))
    assert late.status_code == 422
    assert "Quelqu’un a déjà répondu" in late.text


@pytest.mark.parametrize(
    "said", [{}, {"reponse": "autre"}, {"reponse": "transmis"}, {"reponse": "transmis", "vers": "9" * 30},
             {"reponse": "transmis", "vers": "-1"}, {"reponse": "transmis", "vers": "1 OR 1"}],
)  # fmt: skip
def test_an_answer_that_nobody_offers_changes_nothing(
    connect: Callable, monde: Monde, house, said: dict[str, str]
) -> None:
    client = connect(monde.agents["referent"])
    answer = client.post(f"/urgences/{monde.ids['urgence_id']}", data=form(client, **said))
    assert answer.status_code == 422
    with house.database.reading() as session:
        assert session.get(Urgence, monde.ids["urgence_id"]).reponse is None


def test_one_tap_from_a_dossier_that_one_sees(connect: Callable, monde: Monde, rows: Callable) -> None:
    client, before = connect(monde.agents["membre"]), rows(Urgence)
    assert f'action="/dossiers/{monde.code}/joindre"' in client.get(f"/dossiers/{monde.code}").text
    answer = client.post(f"/dossiers/{monde.code}/joindre", data=form(client))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/dossiers/{monde.code}")
    assert rows(Urgence) == before + 1
    # the référent does not call themselves
    assert (
        f"/dossiers/{monde.code}/joindre" not in connect(monde.agents["referent"]).get(f"/dossiers/{monde.code}").text
    )


# A note opened for a reason


def test_the_words_come_once_with_a_reason_and_never_before(connect: Callable, monde: Monde, rows: Callable) -> None:
    client, before = connect(monde.agents["coordinateur"]), rows(NoteOuverte)
    url = f"/dossiers/{monde.code}/notes/{monde.ids['note_id']}/ouvrir"
    dossier = client.get(f"/dossiers/{monde.code}").text
    assert f'href="{url}"' in dossier
    page = client.get(url)
    assert NOTE not in page.text
    for motif in ({}, {"motif": "curiosite"}):
        refused = client.post(url, data=form(client, **motif))
        assert (refused.status_code, NOTE in refused.text) == (422, False)
    sent = form(client, motif="danger_mineur")
    opened = client.post(url, data=sent)
    assert (opened.status_code, NOTE in opened.text) == (200, True)
    assert opened.headers["Cache-Control"] == "no-store"
    again = client.post(url, data=sent)
    assert (again.status_code, NOTE in again.text) == (422, False)
    assert "Cette ouverture a déjà servi" in again.text
    assert NOTE not in client.get(url).text
    assert rows(NoteOuverte) == before + 1


def test_what_one_may_read_is_not_opened_for_a_reason(connect: Callable, monde: Monde) -> None:
    """The note of their own structure, by a coordinateur; that of elsewhere, by anybody else."""
    own = f"/dossiers/{monde.code}/notes/{monde.ids['suivi_id']}/ouvrir"
    assert connect(monde.agents["coordinateur"]).get(own).status_code == 404
    assert f"{monde.ids['note_id']}/ouvrir" not in connect(monde.agents["referent"]).get(f"/dossiers/{monde.code}").text


def test_who_reviews_reads_codes_and_names_of_agents_alone(connect: Callable, monde: Monde) -> None:
    client = connect(monde.agents["dpo"])
    page = client.get("/structure/a-relire").text
    assert monde.code in page
    assert not any(word in page for word in (PRENOM, NOM, NOTE))
    url = f"/notes-ouvertes/{monde.ids['ouverture_id']}/relire"
    assert client.post(url, data=form(client, conclusion="parfait")).status_code == 400
    assert client.post(url, data=form(client, conclusion="a_reparler")).status_code == 303
    late = connect(monde.agents["referent"])
    assert late.post(url, data=form(late, conclusion="fondee")).status_code == 303
    assert "Quelqu’un a déjà conclu autrement." in late.get("/structure/a-relire").text


def test_the_list_to_review_has_pages_and_forgives_an_address(connect: Callable, monde: Monde, house) -> None:
    with house.database.writing() as session:
        model = session.get(NoteOuverte, monde.ids["ouverture_id"])
        for number in range(31):
            session.add(NoteOuverte(id=uuid4(), dossier_id=model.dossier_id, suivi_id=uuid4(), par_id=model.par_id,
                                    motif=model.motif, cree_le=NOW + timedelta(minutes=number)))  # fmt: skip
    client = connect(monde.agents["dpo"])
    first = client.get("/structure/a-relire").text
    following = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    ids = [
        set(re.findall(r"/notes-ouvertes/([0-9a-f-]+)/relire", text)) for text in (first, client.get(following).text)
    ]
    assert [len(page) for page in ids] == [30, 2]
    assert not ids[0] & ids[1]
    for mark in ("x", "2026-03-17_x", f"2026-03-17T09:30:00_{UUID(int=0)}", "_"):
        assert client.get(f"/structure/a-relire?apres={mark}").status_code == 200


# The page of a danger


def test_the_numbers_are_one_tap_away_and_the_crip_is_where_it_was_written(
    connect: Callable, monde: Monde, house
) -> None:
    client = connect(monde.agents["membre"])
    pages = ("/danger", f"/dossiers/{monde.code}/danger")
    for url in (*pages, f"/dossiers/{monde.code}", f"/dossiers/{monde.code}/suivis/nouveau"):
        page = client.get(url).text
        for number in ("119", "17", "15"):
            assert f'href="tel:{number}"' in page, url
    assert 'href="sms:114"' in page or all('href="sms:114"' in client.get(url).text for url in pages)
    assert "n’est pas encore écrit ici" in client.get("/danger").text
    with house.database.writing() as session:
        session.get(Structure, monde.agents["membre"].structure_id).crip_telephone = "0199001234"
    for url in pages:
        page = client.get(url).text
        assert 'href="tel:0199001234"' in page
        assert "n’est pas encore écrit ici" not in page
        for article in ("L. 226-2-1", "L. 226-2-2", "L. 226-3", "L. 221-6", "226-14", "434-3"):
            assert article in page.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("name", ["responsable", "dpo", "administrateur"])
def test_whoever_has_an_account_may_need_the_numbers(connect: Callable, monde: Monde, name: str) -> None:
    page = connect(monde.agents[name]).get("/danger").text
    assert 'href="tel:119"' in page
    assert ("/urgence/joindre" in page) is False


def test_an_act_is_noted_and_struck_out_by_its_author(connect: Callable, monde: Monde, house) -> None:
    client = connect(monde.agents["membre"])
    base = f"/dossiers/{monde.code}/danger"
    said = {"jour": "16/03/2026", "genre": "signalement", "destinataire": "procureur", "parents": "contraire_interet"}
    sent = form(client, **said, texte=DU_REFERENT)
    assert client.post(f"{base}/transmission", data=sent).status_code == 303
    assert client.post(f"{base}/transmission", data=sent).status_code == 303
    other = client.post(f"{base}/transmission", data=sent | {"texte": DU_PARTENAIRE})
    assert (other.status_code, DU_REFERENT in other.text, DU_PARTENAIRE in other.text) == (409, True, True)
    with house.database.reading() as session:
        mine = session.scalars(
            select(TransmissionDanger).where(TransmissionDanger.cree_par == monde.agents["membre"].id)
        ).one()
    url = f"{base}/transmissions/{mine.id}/annuler"
    chief = connect(monde.agents["referent"])
    assert chief.post(url, data=form(chief)).status_code == 404
    assert DU_REFERENT in chief.get(base).text
    assert client.post(url, data=form(client)).status_code == 303
    assert "erreur de saisie" in chief.get(base).text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"jour": "18/03/2026"}, "Ce jour n’est pas encore arrivé."),
        ({"jour": ""}, "Écrivez le jour."),
        ({"genre": "rumeur"}, "Not a valid choice"),
        ({"destinataire": ""}, "Choisissez un destinataire."),
        ({"parents": ""}, "Choisissez."),
        ({"texte": "x" * 10_001}, "10 000 caractères au plus."),
    ],
)
def test_what_is_refused_of_an_act_is_said(
    connect: Callable, monde: Monde, rows: Callable, said: dict[str, str], sentence: str
) -> None:
    client, before = connect(monde.agents["referent"]), rows(TransmissionDanger)
    given = {
        "jour": "16/03/2026",
        "genre": "signalement",
        "destinataire": "crip",
        "parents": "informes",
        "texte": "mots",
    }
    answer = client.post(f"/dossiers/{monde.code}/danger/transmission", data=form(client, **(given | said)))
    assert answer.status_code == 422
    if "genre" not in said:
        assert sentence in unescape(answer.text)
    assert rows(TransmissionDanger) == before
