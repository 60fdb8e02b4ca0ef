"""Fiches and yearly reports over HTTP: from the ledger alone, for managers alone, and what is written beside them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.cohortes import views_rapport
from app.cohortes.filtres import Critere
from app.cohortes.models import Commentaire
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Marque, Mesure, Raison
from tests.cohortes.registre import MILLESIME, Ville, freeze, publish, refuse, ville
from tests.factories import make_territoire
from tests.http.conftest import Monde, token
from tests.http.formulaires import parse
from tests.http.test_cohortes import TRUE_COUNTS, address, counted, words
from tests.http.test_pages import _faults as page_faults

STATEMENTS = 10
COMMENTAIRE = "/cohortes/rapport/commentaire"


@pytest.fixture
def town(house) -> Ville:
    with house.database.writing() as session:
        return ville(session)


@pytest.fixture
def chef(monde: Monde, connect: Callable) -> FlaskClient:
    return connect(monde.agents["responsable"])


def pages(town: Ville) -> list[str]:
    return [
        "/cohortes/fiche", address("fiche", town.quartier), "/cohortes/fiches", "/cohortes/rapport",
        "/cohortes/rapport?annee=2026&contrat=contrat-de-ville-2015", "/cohortes/rapport/habitants", COMMENTAIRE,
    ]  # fmt: skip


def figures(page: str) -> list[str]:
    found = [one for one in parse(page).iter("p") if one.get("class") in ("papier-chiffre", "simple-chiffre")]
    return ["".join(one.itertext()) for one in found]


def test_a_fiche_has_five_figures_a_chart_its_table_and_who_answers(town: Ville, chef: FlaskClient) -> None:
    for url, nom in (("/cohortes/fiche", "Tous les jeunes"), (address("fiche", town.quartier), town.quartiers[0].nom)):
        page = chef.get(url).text
        tree = parse(page)
        assert nom in "".join(next(tree.iter("h1")).itertext())
        assert len(figures(page)) == 5
        # drawn for a wide column and for a narrow one
        assert page.count('role="img"') == 2
        assert len(list(tree.iter("caption"))) == 1
        said = words(page)
        for part in (
            "Comment lire",
            "Ce qui n’est pas montré, et pourquoi",
            "Qui répond de ces chiffres",
            "1er trimestre 2026",
        ):
            assert part in said, part


def test_a_territory_that_is_refused_says_why_and_others_are_nowhere(house, town: Ville, chef: FlaskClient) -> None:
    with house.database.writing() as session:
        place, unknown = make_territoire(session).id, make_territoire(session).id
        refuse(session, Cle.of({Critere.TERRITOIRE: str(place)}), Raison.PROCHE)
    page = chef.get(f"/cohortes/fiche?territoire={place}")
    assert (page.status_code, figures(page.text)) == (200, [])
    assert Raison.PROCHE.label in page.text
    for query in (f"territoire={unknown}", "sexe=femme", "territoire=1&sexe=femme", "territoire=1,2", "annee=2026"):
        assert chef.get(f"/cohortes/fiche?{query}").status_code == 404, query


def test_before_any_freeze_every_page_says_when_to_come_back(chef: FlaskClient) -> None:
    for url in ("/cohortes/fiche", "/cohortes/fiches", "/cohortes/rapport", "/cohortes/rapport/habitants"):
        answer = chef.get(url)
        assert (answer.status_code, figures(answer.text)) == (200, []), url
        assert "à la fin de chaque trimestre" in answer.text or "quand il est terminé" in answer.text, url


def test_the_report_goes_by_axis_then_by_territory(town: Ville, chef: FlaskClient) -> None:
    page = chef.get("/cohortes/rapport").text
    titles = ["".join(one.itertext()) for one in parse(page).iter("h2")]
    assert titles[:4] == ["Sommaire", "Synthèse", "Réussite éducative", "Plein emploi et insertion des jeunes"]
    assert titles[-2:] == ["Territoire par territoire", "Méthode et protection"]
    assert "Parcours n’écrit jamais un diagnostic" in page
    for quartier in town.quartiers:
        assert f'id="territoire-{quartier.id}"' in page
    older = chef.get("/cohortes/rapport?annee=2026&contrat=contrat-de-ville-2015").text
    assert "Cohésion sociale" in older
    assert "Ce contrat n’était pas en vigueur en 2026" in older


def test_every_page_of_paper_is_well_made(town: Ville, chef: FlaskClient) -> None:
    for url in pages(town):
        page = chef.get(url).text
        assert list(page_faults(parse(page), page)) == [], url


def test_a_past_year_reads_the_ledger_as_it_was(house, town: Ville, chef: FlaskClient) -> None:
    with house.database.writing() as session:
        freeze(session, millesime=MILLESIME - 3)
        publish(session, Cle.of({Critere.SEXE: "autre"}), Mesure.SITUATIONS, {(0, "emploi"): (Marque.NOMBRE, 20)},
                effectif=60, trimestre=MILLESIME - 3, millesime=MILLESIME - 3)  # fmt: skip
    page = chef.get("/cohortes/rapport?annee=2025")
    assert (page.status_code, figures(page.text)) == (200, [])
    assert len(figures(chef.get("/cohortes/rapport?annee=2026").text)) > 15


@pytest.mark.parametrize("query", ["annee=2019", "annee=2026&annee=2026", "contrat=autre", "annee=2026-", "x=1"])
@pytest.mark.parametrize("page", ["rapport", "rapport.css", "rapport/habitants"])
def test_no_other_address_is_a_report(town: Ville, chef: FlaskClient, page: str, query: str) -> None:
    assert chef.get(f"/cohortes/{page}?{query}").status_code == 404


def test_residents_read_big_figures_eight_words_and_what_to_ask(town: Ville, chef: FlaskClient) -> None:
    page = chef.get("/cohortes/rapport/habitants").text
    tree = parse(page)
    assert figures(page) == figures(chef.get("/cohortes/fiche").text)
    assert len(list(tree.iter("dt"))) == 8
    said = words(page)
    for jargon in ("Aalen", "Kaplan", "cohorte", "dynamique", "PLIE", "médiane", "millésime"):
        assert jargon not in said, jargon
    assert "Ce que vous pouvez demander" in said


def test_no_true_number_stands_on_any_page(town: Ville, chef: FlaskClient) -> None:
    for url in pages(town):
        shown = set(re.findall(r"(?<![\d.])\d+(?![\d.])", words(chef.get(url).text)))
        assert not shown & TRUE_COUNTS, url


def test_each_page_sends_few_statements_and_is_on_record(house, town: Ville, chef: FlaskClient) -> None:
    for url in pages(town):
        with counted(house) as sent:
            assert chef.get(url).status_code == 200
        assert len(sent) <= STATEMENTS, (url, len(sent), sent)
    with house.database.reading() as session:
        lines = select(EntreeJournal.nombre).where(EntreeJournal.action == Action.COHORTE_CONSULTEE)
        assert session.scalars(lines).all() == [1, 1, 2, 3, 3, 3]


def test_only_managers_have_them(town: Ville, monde: Monde, connect: Callable) -> None:
    for name in ("referent", "coordinateur", "dpo", "administrateur"):
        client = connect(monde.agents[name])
        assert {client.get(url).status_code for url in pages(town)} == {404}, name


def test_without_the_extra_there_is_no_pdf_nor_link(town: Ville, chef: FlaskClient, monkeypatch) -> None:
    monkeypatch.setattr(views_rapport, "engine", lambda: None)
    assert chef.get("/cohortes/rapport.pdf").status_code == 404
    assert "rapport.pdf" not in chef.get("/cohortes/rapport").text


def test_with_the_extra_the_report_is_a_pdf(town: Ville, chef: FlaskClient) -> None:
    if views_rapport.engine() is None:
        pytest.skip("WeasyPrint is not installed (an extra: pip install parcours[pdf])")
    assert "Télécharger en PDF" in chef.get("/cohortes/rapport").text
    answer = chef.get("/cohortes/rapport.pdf")
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")


# -- comments ----------------------------------------------------------------------------------------------------------


def send(chef: FlaskClient, texte: str, *, version: int = 0, url: str = f"{COMMENTAIRE}?annee=2026&partie=synthese"):
    return chef.post(url, data={"texte": texte, "version": version, "csrf_token": token(chef, COMMENTAIRE)})


def test_a_comment_stands_in_the_report_with_who_wrote_it_and_when(
    town: Ville, chef: FlaskClient, rows: Callable
) -> None:
    answer = send(chef, "Deux chantiers <de> plus.")
    assert (answer.status_code, answer.location) == (303, "/cohortes/rapport?annee=2026#synthese")
    page = chef.get("/cohortes/rapport").text
    assert "Deux chantiers &lt;de&gt; plus." in page
    assert "Un responsable, le 17 mars 2026." in words(page)
    form = chef.get(f"{COMMENTAIRE}?annee=2026&partie=synthese").text
    assert "N’écrivez rien qui désigne une personne." in form
    gone = {"version": "1", "csrf_token": token(chef, COMMENTAIRE)}
    assert chef.post(f"{COMMENTAIRE}/supprimer?annee=2026&partie=synthese", data=gone).status_code == 303
    assert rows(Commentaire) == 0


def test_one_comes_back_to_the_contract_that_one_was_reading(town: Ville, chef: FlaskClient) -> None:
    older = "contrat-de-ville-2015"
    page = chef.get(f"/cohortes/rapport?annee=2026&contrat={older}").text
    links = {one.get("href") for one in parse(page).iter("a")}
    url = f"{COMMENTAIRE}/2026/synthese?contrat={older}"
    back = f"/cohortes/rapport?annee=2026&contrat={older}#synthese"
    assert url in links
    assert send(chef, "Un premier texte.", url=url).location == back
    assert send(chef, "Un second texte.", url=url).text.count(f"contrat={older}") == 3
    gone = {"version": "1", "csrf_token": token(chef, COMMENTAIRE)}
    gone_from = f"{COMMENTAIRE}/supprimer?annee=2026&partie=synthese&contrat={older}"
    assert chef.post(gone_from, data=gone).location == back
    assert chef.get(f"{COMMENTAIRE}?contrat=autre").status_code == 404


def test_what_is_being_written_is_kept_for_its_part_alone_until_it_is_saved(town: Ville, chef: FlaskClient) -> None:
    page, other = f"{COMMENTAIRE}/2026/synthese", f"{COMMENTAIRE}/2026/methode"
    fields = {one.get("name"): one.get("value") for one in parse(chef.get(page).text).iter("input")}
    typed = {"brouillon": fields["brouillon"], "texte": "Une année de chantiers.", "version": "0"}
    sent = typed | {"brouillon-page": page, "csrf_token": token(chef, COMMENTAIRE)}
    assert chef.post("/brouillons/en-cours", data=sent).status_code == 200
    assert fields["brouillon"] not in chef.get(other).text, "what was written of one part is not offered for another"
    assert fields["brouillon"] in chef.get(page).text
    assert "Un commentaire du rapport" in chef.get("/brouillons").text
    assert typed["texte"] in chef.get(f"{page}?brouillon={fields['brouillon']}").text
    assert chef.post(page, data=typed | {"csrf_token": token(chef, COMMENTAIRE)}).status_code == 303
    assert fields["brouillon"] not in chef.get(page).text


@pytest.mark.parametrize("texte", ["", "Appelez le 06 39 98 12 34.", "lina@exemple.fr en parle."])
def test_a_refused_comment_keeps_what_was_typed(town: Ville, chef: FlaskClient, rows: Callable, texte: str) -> None:
    answer = send(chef, texte)
    assert answer.status_code == 422
    assert texte in answer.text
    assert "resume-erreurs" in answer.text
    assert rows(Commentaire) == 0


def test_two_managers_at_once_see_both_texts_and_choose(town: Ville, chef: FlaskClient) -> None:
    send(chef, "Le premier texte.")
    answer = send(chef, "Le second texte.")
    assert answer.status_code == 409
    assert "Le premier texte." in answer.text
    assert "Le second texte." in answer.text
    kept = {field.get("name"): field.get("value") for field in parse(answer.text).iter("input")}
    assert send(chef, kept["texte"], version=int(kept["version"])).status_code == 303
    assert "Le second texte." in chef.get("/cohortes/rapport").text
    gone = {"version": "1", "csrf_token": token(chef, COMMENTAIRE)}
    assert chef.post(f"{COMMENTAIRE}/supprimer?annee=2026&partie=synthese", data=gone).status_code == 409


@pytest.mark.parametrize("query", ["annee=2019&partie=synthese", "annee=2026&partie=axe-999", "partie=%27"])
def test_only_parts_of_a_report_are_commented(town: Ville, chef: FlaskClient, query: str) -> None:
    assert chef.get(f"{COMMENTAIRE}?{query}").status_code == 404
    assert send(chef, "Rien.", url=f"{COMMENTAIRE}?{query}").status_code == 404
