"""The pages of a manager: from the ledger alone, the same for all, and nothing at any other address."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zipfile import ZipFile

import html5lib
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select, update

from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.cohortes.forms_adresse import AUTRE_CRITERE, MEME_CRITERE, parameters
from app.cohortes.forms_comparaison import ON_NE_PEUT_PAS_DIRE
from app.cohortes.forms_mots import DEFINITIONS_SORTIES
from app.cohortes.vocabulaire import Marque, Mesure, Raison
from app.programme.models import Territoire
from tests.cohortes.registre import MILLESIME, Ville, freeze, publish, refuse, ville
from tests.factories import make_agent, make_structure
from tests.http.conftest import Monde, token
from tests.http.formulaires import parse

STATEMENTS = 8
# html5lib keeps the namespace of what is drawn
SVG = "{http://www.w3.org/2000/svg}svg"
TRUE_COUNTS = {"612", "214", "163", "297", "402", "96", "119", "128", "137", "146"}
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
NOWHERE = (
    "territoire=999999", "sexe=autre", "territoire=1&sexe=femme&age=16-17", "sexe=femme&sexe=homme", "sexe=femme,homme",
    "entree=2021-2024", "entree=%3E2021", "sexe=-femme", "sexe!=femme", "territoire=1,sexe=femme", "nom=Quatremaille",
    "quartier=12", "page=1", "sexe=", "territoire=abc", "entree=1999",
)  # fmt: skip


@pytest.fixture
def town(house) -> Ville:
    with house.database.writing() as session:
        return ville(session)


@pytest.fixture
def chef(monde: Monde, connect: Callable) -> FlaskClient:
    return connect(monde.agents["responsable"])


def address(page: str, cle) -> str:
    return f"/cohortes/{page}?" + "&".join(f"{nom}={valeur}" for nom, valeur in parameters(cle).items())


def pages(town: Ville) -> list[str]:
    quartiers = [str(one.id) for one in town.quartiers]
    return [
        "/cohortes", "/cohortes/cohorte", address("cohorte", town.quartier), address("cohorte", town.croisee),
        address("cohorte", town.refusee), address("cohorte", town.petite), address("cohorte", town.minuscule),
        "/cohortes/choisir", "/cohortes/comparer", "/cohortes/comparer?par=sexe&a=femme&b=homme",
        f"/cohortes/comparer?par=territoire&a={quartiers[0]}&b={quartiers[1]}",
        f"/cohortes/comparer?par=territoire&a={quartiers[0]}&b={quartiers[1]}&sexe=femme",
        "/cohortes/annees", "/cohortes/liste", "/cohortes/liste?etat=refusees", "/cohortes/methode",
        "/structure/attente",
    ]  # fmt: skip


def words(page: str) -> str:
    text = re.sub(r"<[^>]+>", " ", MAIN.search(page)[0])
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


@contextmanager
def counted(house) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        if statement != "BEGIN":
            sent.append(statement)

    event.listen(house.database.engines.read, "before_cursor_execute", note)
    yield sent
    event.remove(house.database.engines.read, "before_cursor_execute", note)


# -- the first page ----------------------------------------------------------------------------------------------------


def test_a_manager_begins_with_five_figures_and_ways_in(town: Ville, chef: FlaskClient) -> None:
    assert chef.get("/").location == "/cohortes"
    page = chef.get("/cohortes").text
    tree = parse(page)
    assert len([one for one in tree.iter("p") if one.get("class") == "constat-chiffre"]) == 5
    assert "Jeunes entrés jusqu’au 31 mars 2026, vus à cette date." in page
    links = {one.get("href") for one in tree.iter("a")}
    assert {address("cohorte", town.quartier), "/cohortes/cohorte?entree=2021", "/cohortes/comparer"} <= links
    assert {"/cohortes/annees", "/cohortes/methode", "/structure/attente"} <= links


def test_before_any_freeze_the_page_says_what_to_do(chef: FlaskClient) -> None:
    assert "parcours cohortes figer" in chef.get("/cohortes").text
    for url in ("/cohortes/cohorte", "/cohortes/annees"):
        assert "Rien n’est encore publié" in chef.get(url).text
    assert chef.get("/cohortes/cohorte?sexe=femme").status_code == 404
    assert chef.get("/cohortes/export.csv").status_code == 200


# -- one cohort --------------------------------------------------------------------------------------------------------


def test_under_every_chart_there_is_a_table_and_how_to_read_it(town: Ville, chef: FlaskClient) -> None:
    tree = parse(chef.get("/cohortes/cohorte").text)
    parts = [one for one in tree.iter("section") if "volet" in (one.get("class") or "").split()]
    assert len(parts) >= 12
    drawn = 0
    for part in parts:
        charts = [one for one in part.iter(SVG) if one.get("role") == "img"]
        drawn += len(charts)
        tables = list(part.iter("table"))
        assert tables or not charts, part.get("id")
        assert all(table.find("caption") is not None for table in tables)
        assert "Comment lire" in "".join(part.itertext()), part.get("id")
    assert drawn >= 12


def test_the_three_measures_of_exits_stand_apart_with_their_definitions(town: Ville, chef: FlaskClient) -> None:
    page = words(chef.get("/cohortes/cohorte").text)
    for titre, definition in DEFINITIONS_SORTIES.values():
        assert titre in page
        assert re.sub(r"\s+", " ", definition.replace("\u00a0", " ")) in page


def test_a_small_cohort_shows_dates_without_a_curve_and_a_smaller_one_its_headcount(
    town: Ville, chef: FlaskClient
) -> None:
    petite = words(chef.get(address("cohorte", town.petite)).text)
    assert "quelques dates sont montrées, sans courbe" in petite
    assert "Délai jusqu’à un premier emploi : il y faut plus de jeunes." in petite
    minuscule = words(chef.get(address("cohorte", town.minuscule)).text)
    assert "Environ 15 jeunes." in minuscule
    assert "leur nombre seul est montré" in minuscule


def test_contacts_are_shares_of_those_who_had_two_and_counts_where_their_number_is_not_shown(
    town: Ville, chef: FlaskClient
) -> None:
    tables = {}
    for cle in (town.tout, town.petite):
        tree = parse(chef.get(address("cohorte", cle)).text)
        part = next(one for one in tree.iter("section") if one.get("id") == "contacts")
        tables[cle] = ["".join(one.itertext()) for tag in ("caption", "td") for one in part.iter(tag)]
    # 525 within 60 days and 65 beyond: 590; a seventh of everybody met once or never
    caption, _, *cells = tables[town.tout]
    assert caption == "Sur 590 jeunes qui ont eu deux échanges ou plus"
    assert cells == ["190", "32\u00a0%", "385", "65\u00a0%", "525", "89\u00a0%", "65", "11\u00a0%"]
    caption, _, *cells = tables[town.petite]
    assert caption == "Jeunes qui ont eu deux échanges ou plus"
    assert cells == ["<\u00a011", "20", "≥\u00a055\u00a0% des 35\u00a0jeunes de la cohorte", "<\u00a011"]


def test_a_refused_cohort_explains_itself_and_leads_to_its_parents(town: Ville, chef: FlaskClient) -> None:
    answer = chef.get(address("cohorte", town.refusee))
    assert answer.status_code == 200
    assert Raison.PROCHE.label in answer.text
    links = {one.get("href") for one in parse(answer.text).iter("a")}
    assert {"/cohortes/cohorte?sexe=femme", f"/cohortes/cohorte?territoire={town.quartiers[1].id}"} <= links
    assert '<svg class="graphique' not in answer.text


def test_a_measure_refused_alone_is_named_with_its_reason(town: Ville, chef: FlaskClient) -> None:
    said = words(chef.get(address("cohorte", town.croisee)).text)
    assert "Du 12e au 24e mois : en retranchant les parties publiées" in said


def test_a_cohort_refused_later_keeps_its_last_vintage_dated(house, town: Ville, chef: FlaskClient) -> None:
    with house.database.writing() as session:
        freeze(session, millesime=MILLESIME + 1)
        refuse(session, town.petite, Raison.RESTE, millesime=MILLESIME + 1)
    said = words(chef.get(address("cohorte", town.petite)).text)
    assert "Ces chiffres ne sont plus mis à jour depuis le 31 mars 2026." in said
    assert "Jeunes entrés jusqu’au 31 mars 2026, vus à cette date." in said


def test_what_is_kept_of_a_page_follows_the_ledger_and_the_names(house, town: Ville, chef: FlaskClient) -> None:
    url = address("cohorte", town.quartier)
    assert _main(chef.get(url).text) == _main(chef.get(url).text)
    with house.database.writing() as session:
        session.execute(update(Territoire).values(nom="Les Glycines").where(Territoire.id == town.quartiers[0].id))
    assert "<h1>Les Glycines</h1>" in chef.get(url).text
    with house.database.writing() as session:
        later = {"effectif": 240, "trimestre": MILLESIME + 1, "millesime": MILLESIME + 1}
        publish(session, town.quartier, Mesure.SITUATIONS, {(0, "emploi"): (Marque.NOMBRE, 20)}, **later)
    assert "Environ 240 jeunes. Jeunes entrés jusqu’au 30 juin 2026" in words(chef.get(url).text)


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["cohorte", "export.csv", "export.xlsx"])
def test_what_is_no_cohort_is_nowhere_with_one_body(town: Ville, chef: FlaskClient, page: str) -> None:
    bodies = set()
    for asked in NOWHERE:
        answer = chef.get(f"/cohortes/{page}?{asked}")
        assert answer.status_code == 404, asked
        bodies.add(re.sub(r'(name="csrf_token"[^>]* value=")[^"]+', r"\1", answer.text))
    assert len(bodies) == 1


@pytest.mark.parametrize(
    "asked",
    ["par=sexe&a=femme&b=autre", "par=sexe&a=femme", "par=sexe&a=femme&b=homme&sexe=femme",
     "par=territoire&a=1&b=999999", "par=sexe&a=femme&b=homme&territoire=1&entree=2021", "par=nom&a=1&b=2"],
)  # fmt: skip
def test_what_cannot_be_compared_is_nowhere(town: Ville, chef: FlaskClient, asked: str) -> None:
    assert chef.get(f"/cohortes/comparer?{asked}").status_code == 404


def test_the_form_leads_to_one_address_and_keeps_what_it_refuses(town: Ville, chef: FlaskClient) -> None:
    quartier = town.quartiers[0].id
    answer = chef.get(f"/cohortes/choisir?un=sexe:femme&deux=territoire:{quartier}")
    assert (answer.status_code, answer.location) == (303, address("cohorte", town.croisee))
    refused = chef.get("/cohortes/choisir?un=sexe:femme&deux=sexe:homme")
    assert refused.status_code == 422
    assert MEME_CRITERE in refused.text
    chosen = [one.get("value") for one in parse(refused.text).iter("option") if "selected" in one.attrib]
    assert chosen == ["sexe:femme", "sexe:homme"]
    pair = chef.get("/cohortes/comparer?un=sexe:femme&deux=sexe:homme&parmi=")
    assert pair.location == "/cohortes/comparer?par=sexe&a=femme&b=homme"
    assert AUTRE_CRITERE in chef.get("/cohortes/comparer?un=sexe:femme&deux=entree:2021&parmi=").text


@pytest.mark.parametrize("asked", ["page=0", "page=99", "page=un", "etat=tous", "page=1&tri=nom", "page=-1"])
def test_the_list_has_no_other_page(town: Ville, chef: FlaskClient, asked: str) -> None:
    assert chef.get(f"/cohortes/liste?{asked}").status_code == 404


# -- comparison, years -------------------------------------------------------------------------------------------------


def test_groups_that_hardly_differ_are_not_told_apart(town: Ville, chef: FlaskClient) -> None:
    page = chef.get("/cohortes/comparer?par=sexe&a=femme&b=homme").text
    assert "<h1>Femmes et hommes</h1>" in page
    assert ON_NE_PEUT_PAS_DIRE in page
    assert "dépasse l’incertitude" not in page


def test_a_comparison_with_a_refused_cohort_says_so(town: Ville, chef: FlaskClient) -> None:
    a, b = (one.id for one in town.quartiers)
    answer = chef.get(f"/cohortes/comparer?par=territoire&a={a}&b={b}&sexe=femme")
    assert answer.status_code == 200
    assert "Ces chiffres ne sont pas publiés" in answer.text


def test_every_entry_year_has_its_image(town: Ville, chef: FlaskClient) -> None:
    tree = parse(chef.get("/cohortes/annees").text)
    assert len([one for one in tree.iter("li") if one.get("class") == "vignette"]) == 5


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_french_spreadsheet_opens_the_file(town: Ville, chef: FlaskClient) -> None:
    answer = chef.get(address("export.csv", town.quartier))
    assert answer.data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][0] == "Cohorte"
    assert {len(row) for row in rows[1:-1]} == {9}
    assert rows[1][2] == "31 mars 2026"
    assert "< 11" in {row[7] for row in rows[1:-1]}
    assert rows[-1][0] == "Méthode"
    name = f'filename="cohorte-territoire-{town.quartiers[0].id}-2026-T1.csv"'
    assert name in answer.headers["Content-Disposition"]


def test_the_workbook_holds_the_same_lines(town: Ville, chef: FlaskClient) -> None:
    text = chef.get(address("export.csv", town.quartier)).data.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    content = chef.get(address("export.xlsx", town.quartier)).data
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert sheet.max_row == len(lines) - 1
    assert [str(cell.value).replace(".", ",") for cell in sheet[2]] == lines[1]
    assert book.properties.creator == "Parcours"
    assert str(book.properties.modified.date()) == "2026-04-01"
    assert book.worksheets[1]["A1"].value == lines[-1][1]


# -- what all of them hold ---------------------------------------------------------------------------------------------


def test_no_answer_carries_a_true_count(town: Ville, chef: FlaskClient) -> None:
    for url in pages(town):
        tree = html5lib.parse(chef.get(url).text, namespaceHTMLElements=False)
        said = " ".join(
            [*tree.itertext(), *(v for e in tree.iter() for k, v in e.attrib.items() if k.startswith("aria"))]
        )
        assert not TRUE_COUNTS & set(re.findall(r"\d+", said)), url
    for cle in (town.tout, town.quartier, town.croisee):
        text = chef.get(address("export.csv", cle)).text
        assert not TRUE_COUNTS & set(re.findall(r"\d+", text))
        content = io.BytesIO(chef.get(address("export.xlsx", cle)).data)
        cells = [str(cell) for sheet in load_workbook(content) for row in sheet.values for cell in row]
        with ZipFile(content) as book:
            cells += [book.read(name).decode() for name in book.namelist() if name.startswith("docProps/")]
        assert not TRUE_COUNTS & set(re.findall(r"\d+", " ".join(cells)))


def test_two_managers_of_two_structures_read_the_same(house, town: Ville, monde: Monde, protege: str, connect) -> None:
    with house.database.writing() as session:
        other = make_agent(session, make_structure(session), Role.RESPONSABLE, mot_de_passe=protege)
    one, two = connect(monde.agents["responsable"]), connect(other)
    for url in [*pages(town)[:-1], address("export.csv", town.quartier)]:
        a, b = (client.get(url) for client in (one, two))
        assert a.status_code == b.status_code == 200
        assert (MAIN.search(a.text) or a.text.encode()) is not None
        assert _main(a.text) == _main(b.text), url


def _main(text: str) -> str:
    found = MAIN.search(text)
    return found[0] if found else text


def test_a_page_costs_few_statements(house, town: Ville, chef: FlaskClient) -> None:
    chef.get("/cohortes")
    costs = {}
    for url in [*pages(town), address("export.csv", town.tout), address("export.xlsx", town.tout)]:
        with counted(house) as sent:
            assert chef.get(url).status_code == 200
        costs[url] = len(sent)
    assert max(costs.values()) <= STATEMENTS, costs


def test_every_page_leaves_its_line_in_the_journal(house, town: Ville, chef: FlaskClient) -> None:
    read = [url for url in pages(town) if not url.endswith(("/choisir", "/comparer", "/attente"))]
    for url in read:
        chef.get(url)
    chef.get("/cohortes/cohorte?sexe=autre")
    with house.database.reading() as session:
        lines = session.scalars(select(EntreeJournal).where(EntreeJournal.action == Action.COHORTE_CONSULTEE)).all()
    assert len(lines) == len(read)
    assert {line.dossier for line in lines} == {None}


def test_nobody_else_enters(town: Ville, monde: Monde, connect: Callable) -> None:
    client = connect(monde.agents["coordinateur"])
    assert token(client)
    assert {client.get(url).status_code for url in pages(town)} == {404}
