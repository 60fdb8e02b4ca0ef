"""Promise: *Mes jeunes* shows who needs attention first, in words, to those who may see it, and at a constant cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import html5lib
import pytest
from sqlalchemy import event, select, update

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.parcours.models import Dossier
from app.parcours.vocabulaire import GenreEtape, Situation, StatutEtape
from tests.accounts.conftest import Navigateur
from tests.alertes.monde import JOUR, MAINTENANT, jours
from tests.alertes.ville import Ville

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def referent(compte: Callable[..., Agent]) -> Agent:
    return compte(Role.REFERENT)


def prenoms(page: str) -> list[str]:
    """The first names of the list, in order."""
    return re.findall(r'class="jeune-nom"><a href="[^"]+">([^ <]+)', page)


def words(page: str) -> str:
    """What a person reads: no tag, single spaces."""
    text = re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1].split("</main>")[0])
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


@contextmanager
def counted(house: Any) -> Iterator[list[str]]:
    """The statements sent to every engine but the one that writes the journal after the page."""
    sent: list[str] = []
    engines = (house.database.engines.read, house.database.engines.keys)

    def note(connection, cursor, statement, *rest) -> None:
        sent.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_the_list_says_who_why_and_when(ville: Ville, referent: Agent, navigateur: Navigateur):
    yanis = ville.jeune(
        "Yanis",
        agent=referent,
        naissance="2010-06-01",
        situation=Situation.DECROCHAGE,
        situation_depuis=JOUR - jours(40),
        dernier_contact=JOUR - jours(31),
        prochain_contact=JOUR + jours(2),
    )
    ville.scan()
    navigateur.sign_in(referent)
    answer = navigateur.get("/mes-jeunes")

    assert answer.status_code == 200
    text = words(answer.text)
    assert "1 jeune suivi · 1 demande votre attention aujourd’hui" in text
    assert "15 ans Les Hauts" in text
    assert "Aucun échange depuis 31 jours attendu : un échange tous les 14 jours" in text
    assert "Décrochage, depuis 40 jours dernier échange le 14 février rendez-vous le 19 mars" in text
    for path in ("numero", "suivis/nouveau", "suivis/rapide"):
        assert f'"/dossiers/{yanis}/{path}"' in answer.text
    assert '<span class="nom-famille">Kaci</span>' in answer.text
    assert '<body class="discret">' in answer.text


def test_age_is_exact_with_a_birth_date_and_of_the_year_without(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
):
    ville.jeune("Avant", agent=referent, naissance="2008-03-18", annee_naissance=2008)
    ville.jeune("Sans", agent=referent, annee_naissance=2008)
    navigateur.sign_in(referent)
    text = words(navigateur.get("/mes-jeunes").text)
    assert "Avant Kaci 17 ans Les" in text
    assert "Sans Kaci 18 ans dans l’année Les" in text


def test_who_needs_attention_comes_first(ville: Ville, referent: Agent, navigateur: Navigateur):
    old = {"dernier_contact": JOUR - jours(200), "agent": referent}
    ville.jeune("Calme", agent=referent, annee_naissance=2000)
    ville.jeune("Rendezvous", agent=referent, annee_naissance=2000, prochain_contact=JOUR + jours(3))
    ville.jeune("Emploi", **old, situation=Situation.EMPLOI, annee_naissance=2000)
    ville.jeune("Ecolier", **old, situation=Situation.SCOLARITE, annee_naissance=2011)
    ville.jeune("Majeur", **old, situation=Situation.DECROCHAGE, annee_naissance=2000)
    ville.jeune("Mineur", **old, situation=Situation.SANS_SOLUTION, annee_naissance=2011)
    ville.jeune("Ancien", **(old | {"dernier_contact": JOUR - jours(300)}), situation=Situation.SANS_SOLUTION)
    stage = ville.jeune("Stage", agent=referent, annee_naissance=2000)
    with ville.writing() as monde:
        monde.etape(ville.id_of(stage), GenreEtape.STAGE, StatutEtape.PREVUE, JOUR - jours(20))
    ville.scan()
    navigateur.sign_in(referent)

    page = navigateur.get("/mes-jeunes").text
    expected = ["Mineur", "Ancien", "Majeur", "Ecolier", "Emploi", "Stage", "Rendezvous", "Calme"]
    assert prenoms(page) == expected
    assert "Stage, immersion en entreprise : début prévu le 25 février pas commencée 20 jours après" in words(page)
    assert "Pourquoi cet ordre ?" in words(page)


def test_several_alerts_fold_under_the_gravest(ville: Ville, referent: Agent, navigateur: Navigateur):
    code = ville.jeune("Lina", agent=referent, dernier_contact=JOUR - jours(200), situation=Situation.EMPLOI)
    with ville.writing() as monde:
        for genre in (GenreEtape.LOGEMENT, GenreEtape.MOBILITE):
            monde.etape(ville.id_of(code), genre, StatutEtape.EN_COURS, JOUR - jours(90), fin_prevue=JOUR - jours(30))
    ville.scan()
    navigateur.sign_in(referent)
    page = navigateur.get("/mes-jeunes").text
    assert prenoms(page) == ["Lina"]
    assert page.count("jeune-raison") == 1
    assert "gravite-2" in page
    assert words(page).count("fin prévue le 15 février toujours ouverte 30 jours après") == 2


def test_filters_narrow_the_list_and_the_header_still_counts_everybody(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
):
    with ville.writing() as monde:
        ailleurs = monde.territoire("Le Biollay")
    ville.jeune("Calme", agent=referent, situation=Situation.EMPLOI)
    ville.jeune("Muet", agent=referent, situation=Situation.EMPLOI, dernier_contact=JOUR - jours(100))
    ville.jeune("Loin", agent=referent, situation=Situation.FORMATION, territoire_id=ailleurs)
    ville.scan()
    navigateur.sign_in(referent)

    for query, shown in (
        ("situation=emploi", ["Muet", "Calme"]),
        ("alerte=silence", ["Muet"]),
        ("alerte=avec", ["Muet"]),
        ("alerte=sans", ["Calme", "Loin"]),
        ("alerte=sans_referent", []),
        (f"territoire={ailleurs}", ["Loin"]),
        (f"situation=emploi&alerte=sans&territoire={ville.territoire_id}", ["Calme"]),
        ("lien=equipe", []),
        ("situation=zzz&alerte=zzz&territoire=zzz&lien=zzz&page=zzz&par=7", ["Muet", "Calme", "Loin"]),
    ):
        page = navigateur.get(f"/mes-jeunes?{query}").text
        assert sorted(prenoms(page)) == sorted(shown), query
        if "equipe" not in query:
            assert "3 jeunes suivis · 1 demande votre attention" in words(page)
    assert "Aucun dossier ne répond à ces filtres." in words(navigateur.get("/mes-jeunes?alerte=sans_referent").text)
    assert "· Emploi, Sans alerte" in words(navigateur.get("/mes-jeunes?situation=emploi&alerte=sans").text)


def test_pages_show_everybody_once(ville: Ville, referent: Agent, navigateur: Navigateur):
    names = {f"J{number}" for number in range(60)}
    for name in names:
        ville.jeune(name, agent=referent)
    navigateur.sign_in(referent)
    pages = [navigateur.get(f"/mes-jeunes?page={number}").text for number in (1, 2, 3)]
    assert [len(prenoms(page)) for page in pages] == [25, 25, 10]
    assert set().union(*(prenoms(page) for page in pages)) == names
    assert "26 à 50 sur 60" in words(pages[1])
    assert len(prenoms(navigateur.get("/mes-jeunes?par=50").text)) == 50
    assert len(prenoms(navigateur.get("/mes-jeunes?par=100").text)) == 60
    assert "?page=2&amp;par=50" in navigateur.get("/mes-jeunes?par=50").text
    beyond = navigateur.get("/mes-jeunes?page=9")
    assert beyond.status_code == 200
    assert "Voir tous mes jeunes" in words(beyond.text)


def test_others_dossiers_are_never_listed(
    ville: Ville,
    referent: Agent,
    compte: Callable[..., Agent],
    ouvrir: Callable[[], Navigateur],
):
    voisin = compte(Role.REFERENT)
    membre = compte(Role.INTERVENANT)
    seul = compte(Role.INTERVENANT)
    code = ville.jeune("Autrui", agent=voisin, dernier_contact=JOUR - jours(300))
    ville.jeune("Fini", agent=voisin, dernier_contact=JOUR - jours(300))
    ville.jeune("Mien", agent=referent, dernier_contact=JOUR - jours(300))
    with ville.writing() as monde:
        monde.membre(ville.id_of(code), membre.id)
        monde.membre(ville.id_of(code), seul.id, jusqu_au=JOUR - jours(5))
        monde.membre(ville.id_of(code), referent.id)
    ville.scan()
    for agent, own in ((referent, ["Mien"]), (membre, ["Autrui"]), (seul, [])):
        browser = ouvrir()
        browser.sign_in(agent)
        assert prenoms(browser.get("/mes-jeunes").text) == own
        assert prenoms(browser.get("/alertes").text) == own
        found = prenoms(browser.post("/mes-jeunes/recherche", texte="kaci").text)
        assert set(found) == {"Mien", "Autrui"} if agent is referent else set(found) == set(own)


def test_a_coordinateur_gets_the_alerts_that_nobody_else_would_see(
    ville: Ville,
    compte: Callable[..., Agent],
    navigateur: Navigateur,
):
    coordinateur, parti = compte(Role.COORDINATEUR), compte(Role.REFERENT)
    here = {"structure_id": coordinateur.structure_id, "dernier_contact": JOUR - jours(300)}
    ville.jeune("Orphelin", **here)
    ville.jeune("Reste", agent=parti, **here)
    ville.jeune("Suivi", agent=compte(Role.REFERENT), **here)
    ville.jeune("Ailleurs", dernier_contact=JOUR - jours(300))
    with ville.writing() as monde:
        monde.session.execute(
            update(Agent.__table__).where(Agent.id == parti.id).values(desactive_le=MAINTENANT - timedelta(days=2))
        )
    ville.scan()
    navigateur.sign_in(coordinateur)
    page = navigateur.get("/alertes").text
    assert set(prenoms(page)) == {"Orphelin", "Reste"}
    text = words(page)
    assert "Sans référent depuis l’ouverture, il y a 13 mois attendu : un référent sous 3 jours" in text
    assert "Le référent n’a plus de compte depuis 2 jours" in text
    assert '<span class="pastille-nombre">2</span>' in page


def test_the_inbox_goes_on_where_it_stopped(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
):
    for number in range(53):
        ville.jeune(f"J{number}", agent=referent, dernier_contact=JOUR - jours(200 + number // 2))
    ville.scan()
    navigateur.sign_in(referent)
    first = navigateur.get("/alertes").text
    assert len(prenoms(first)) == 50
    following = re.search(r'rel="next" href="([^"]+)"', first)[1]
    second = prenoms(navigateur.get(following).text)
    assert len(second) == 3
    assert len(set(second) | set(prenoms(first))) == 53
    assert prenoms(navigateur.get("/alertes?apres=nimporte_quoi").text) == prenoms(first)


def test_a_search_reaches_names_and_stays_out_of_addresses(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
    house: Any,
):
    ville.jeune("Éloïse", "Rousseau", agent=referent, dernier_contact=JOUR - jours(100))
    ville.jeune("Yanis", "Kaci", agent=referent)
    ville.scan()
    navigateur.sign_in(referent)
    navigateur.get("/mes-jeunes")

    answer = navigateur.post("/mes-jeunes/recherche", texte="rousso")
    assert answer.status_code == 200
    assert prenoms(answer.text) == ["Éloïse"]
    assert "1 jeune trouvé" in words(answer.text)
    assert 'value="rousso"' in answer.text
    assert not re.search(r'(href|action)="[^"]*rousso', answer.text, re.IGNORECASE)
    assert "rousso" not in re.search(r"<title>(.*?)</title>", answer.text)[1].lower()
    with house.database.reading() as session:
        last = session.scalars(select(EntreeJournal).order_by(EntreeJournal.id.desc()).limit(1)).one()
        assert (last.action, last.nombre) == (Action.RECHERCHE, 1)

    assert navigateur.get("/mes-jeunes/recherche?texte=rousso").status_code == 405
    assert "Personne ne répond à ces mots" in words(navigateur.post("/mes-jeunes/recherche", texte="zzzzzz").text)
    empty = navigateur.post("/mes-jeunes/recherche", texte="  ")
    assert (empty.status_code, empty.location) == (303, "/mes-jeunes")
    long = navigateur.post("/mes-jeunes/recherche", texte="x" * 101)
    assert long.status_code == 422
    assert "x" * 101 in long.text


def test_a_search_shows_closed_dossiers_as_closed(ville: Ville, referent: Agent, navigateur: Navigateur):
    code = ville.jeune("Ancien", agent=referent)
    with ville.writing() as monde:
        monde.clot(ville.id_of(code), JOUR - jours(30))
    navigateur.sign_in(referent)
    navigateur.get("/mes-jeunes")
    page = navigateur.post("/mes-jeunes/recherche", texte="ancien").text
    assert "Dossier clos le 15 février" in words(page)
    assert "/suivis/" not in page


@pytest.mark.parametrize("path", ["/mes-jeunes?par=100", "/alertes"])
def test_statements_do_not_grow_with_the_list(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
    house: Any,
    path: str,
):
    counts = []
    navigateur.sign_in(referent)
    for size in (10, 90):
        for number in range(size):
            code = ville.jeune(f"J{number}", agent=referent, dernier_contact=JOUR - jours(200))
            with ville.writing() as monde:
                dossier = ville.id_of(code)
                monde.etape(dossier, GenreEtape.STAGE, StatutEtape.PREVUE, JOUR - jours(90))
                monde.mois(dossier, 24300, 24310, Situation.SCOLARITE)
                monde.mois(dossier, 24310, 120000, Situation.DECROCHAGE)
        ville.scan()
        with counted(house) as sent:
            page = navigateur.get(path).text
        counts.append(len([one for one in sent if one != "BEGIN"]))
    assert len(prenoms(page)) == (100 if "mes-jeunes" in path else 50)
    assert counts[0] == counts[1] <= 4


def test_a_page_writes_one_line_in_the_journal(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
    house: Any,
):
    for number in range(3):
        ville.jeune(f"J{number}", agent=referent)
    navigateur.sign_in(referent)

    def lines() -> list[tuple[Action, int | None]]:
        with house.database.reading() as session:
            return [
                tuple(row)
                for row in session.execute(
                    select(EntreeJournal.action, EntreeJournal.nombre).order_by(EntreeJournal.id)
                )
            ]

    before = lines()
    navigateur.get("/mes-jeunes")
    navigateur.get("/alertes")
    assert lines()[len(before) :] == [(Action.LISTE_CONSULTEE, 3), (Action.ALERTE_CONSULTEE, 0)]


def test_an_unreadable_name_leaves_its_code_and_the_rest_of_the_list(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
):
    code = ville.jeune("Effacé", agent=referent)
    ville.jeune("Lisible", agent=referent)
    with ville.writing() as monde:
        uid: UUID = monde.session.scalar(select(Dossier.uid).where(Dossier.code == code))
    from app.vault.models import CleDossier

    with ville.house.database.engines.keys.begin() as keys:
        keys.execute(CleDossier.__table__.delete().where(CleDossier.dossier_uid == uid))
    navigateur.sign_in(referent)
    page = navigateur.get("/mes-jeunes").text
    assert sorted(prenoms(page)) == sorted([code, "Lisible"])
    assert "Identité illisible" in words(page)


def test_an_empty_list_says_what_to_do(ville: Ville, referent: Agent, navigateur: Navigateur):
    navigateur.sign_in(referent)
    page = navigateur.get("/mes-jeunes").text
    assert "Vous n’êtes le référent d’aucun jeune" in words(page)
    assert 'href="/dossiers/nouveau"' in page
    assert "Aucune alerte ouverte" in words(navigateur.get("/alertes").text)


@pytest.mark.parametrize("path", ["/mes-jeunes", "/alertes", "/mes-jeunes/recherche"])
def test_the_pages_are_valid_html_without_inline_code(
    ville: Ville,
    referent: Agent,
    navigateur: Navigateur,
    path: str,
):
    with ville.writing() as monde:
        place = monde.territoire('Les <i>Prés & Bois"</i>')
    late = {"dernier_contact": JOUR - jours(300), "territoire_id": place}
    code = ville.jeune("<b>Lou</b>", "D'Arc & fils", agent=referent, **late)
    with ville.writing() as monde:
        monde.mois(ville.id_of(code), 24300, 120000, Situation.EMPLOI)
    ville.scan()
    navigateur.sign_in(referent)
    navigateur.get("/alertes")
    page = navigateur.post(path, texte="arc").text if "recherche" in path else navigateur.get(path).text
    html5lib.HTMLParser(strict=True).parse(page)
    assert "&lt;b&gt;Lou&lt;/b&gt;" in page
    assert "D&#39;Arc &amp; fils" in page
    assert "Les &lt;i&gt;Prés &amp; Bois&#34;&lt;/i&gt;" in page
    assert not re.search(r"<[bi]>|&amp;(lt|amp|#)", page)
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?! type=\"module\" src)", page)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_responsable_finds_no_such_page(compte: Callable[..., Agent], navigateur: Navigateur):
    navigateur.sign_in(compte(Role.RESPONSABLE))
    for path in ("/mes-jeunes", "/alertes"):
        assert navigateur.get(path).status_code == 404
    assert navigateur.post("/mes-jeunes/recherche", texte="kaci").status_code == 404
