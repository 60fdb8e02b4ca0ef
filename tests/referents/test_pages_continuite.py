"""Absences, Continuité and Charge, as a browser meets them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.parcours.models import Dossier
from app.parcours.vocabulaire import Intensite
from app.referents.models_continuite import Absence, Opposition
from app.referents.services_depart import disable_agent
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe, statements
from tests.referents.test_pages_relais import hidden, words

JOUR = timedelta(days=1)
PAGE = "/structure/continuite"


@pytest.fixture
def nadia(signed_in) -> Navigateur:
    return signed_in("nadia")


@pytest.fixture
def coordinatrice(signed_in) -> Navigateur:
    return signed_in("coordinatrice")


def noted(bureau: Equipe) -> list[Absence]:
    with bureau.maison.database.reading() as session:
        return list(session.scalars(select(Absence).order_by(Absence.depuis)))


def away(bureau: Equipe, who: str, since: int, until: int, cover: str | None = None) -> UUID:
    key, covers = uuid4(), getattr(bureau, cover).id if cover else None
    days = {"depuis": TODAY + since * JOUR, "jusqu_au": TODAY + until * JOUR}
    with bureau.maison.database.writing() as session:
        session.add(Absence(id=key, agent_id=getattr(bureau, who).id, suppleant_id=covers, cree_le=NOW, **days))
    return key


def send(navigateur: Navigateur, path: str, **said: object):
    shown = {name: hidden(navigateur.get(path).text, name) for name in ("depot", "version")}
    return navigateur.post(path, **(shown | said))


def test_a_referent_notes_a_leave_and_a_colleague_answers_until_they_are_back(bureau, signed_in, nadia, clock):
    answer = send(nadia, "/absences/nouvelle", depuis="18/03/2026", jusqu_au="20/03/2026", suppleant=bureau.omar.id)
    assert (answer.status_code, answer.location) == (303, "/absences")
    said = words(nadia.get("/absences").text)
    assert f"du 18 au 20 mars : {bureau.omar.nom_complet} répond de 1 dossier." in said
    omar = signed_in("omar")
    assert f"Vous remplacerez {bureau.nadia.nom_complet} demain" in words(omar.get("/ma-journee").text)
    assert omar.get(f"/dossiers/{bureau.dossier.code}").status_code == 404
    clock.now += JOUR
    omar.sign_in(bureau.omar)
    assert f"Vous remplacez {bureau.nadia.nom_complet} jusqu’au 20 mars" in words(omar.get("/ma-journee").text)
    marked = f"suppléance de {bureau.nadia.nom_complet} jusqu’au 20 mars"
    assert marked in words(omar.get("/mes-jeunes").text)
    page = words(omar.get(f"/dossiers/{bureau.dossier.code}").text)
    assert f"Absence de {bureau.nadia.nom_complet} jusqu’au 20 mars : vous assurez la suppléance" in page
    nadia.sign_in(bureau.nadia)
    home = nadia.get("/ma-journee").text
    assert f"{bureau.omar.nom_complet} répond de vos dossiers" in words(home)
    back = unescape(re.search(r'action="(/absences/[^"]+/retour)"', home)[1])
    assert nadia.post(back, version=hidden(home, "version")).status_code == 303
    assert omar.get(f"/dossiers/{bureau.dossier.code}").status_code == 404
    # sent twice: they are back, that is all
    assert nadia.post(back, version="1").status_code == 303


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"depuis": "32/03/2026"}, "Cette date n’existe pas"),
        ({"depuis": ""}, "Écrivez le premier jour d’absence."),
        ({"jusqu_au": "16/03/2026"}, "Le dernier jour vient avant le premier."),
        ({"depuis": "01/03/2026"}, "Ce jour est passé."),
        ({"jusqu_au": "31/12/9999"}, "passez plutôt le relais"),
        ({"suppleant": "soi"}, "On ne se remplace pas soi-même."),
        ({"suppleant": "coordinatrice"}, "Cette personne n’est pas référente."),
        ({"suppleant": "999999999999999999"}, "Cette personne n’est pas référente."),
        ({"suppleant": "99999999999999999999999; DROP"}, "Cette personne n’est pas référente."),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_stays_typed(bureau, nadia, typed, sentence):
    people = {"soi": bureau.nadia.id, "coordinatrice": bureau.coordinatrice.id}
    said = {"depuis": "17/03/2026", "jusqu_au": "20/03/2026", "suppleant": str(bureau.omar.id)} | typed
    said["suppleant"] = people.get(said["suppleant"], said["suppleant"])
    answer = send(nadia, "/absences/nouvelle", **said)
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert f'value="{said["jusqu_au"]}"' in answer.text
    assert noted(bureau) == []


def test_somebody_who_did_not_come_is_noted_in_two_taps(bureau, coordinatrice):
    url = f"/absences/nouvelle?agent={bureau.nadia.id}"
    assert f'href="{url}"' in coordinatrice.get(PAGE).text
    form = coordinatrice.get(url).text
    shown = {name: hidden(form, name) for name in ("depot", "version")}
    days = dict(re.findall(r'name="(depuis|jusqu_au)"[^>]* value="([^"]*)"', form))
    assert days == {"depuis": "17/03/2026", "jusqu_au": "17/03/2026"}
    answer = coordinatrice.post(url, **shown, **days, suppleant="")
    assert (answer.status_code, answer.location) == (303, PAGE)
    (absence,) = noted(bureau)
    assert (absence.agent_id, absence.depuis, absence.jusqu_au) == (bureau.nadia.id, TODAY, TODAY + JOUR)
    said = words(coordinatrice.get(PAGE).text)
    assert "Sans suppléant, 1 dossier va à la coordination." in said
    assert f"Absence de {bureau.nadia.nom_complet} jusqu’au 17 mars, sans suppléant." in said
    assert bureau.dossier.code in coordinatrice.get(PAGE).text
    # and one more, from there: somebody answers
    url = f"/absences/{absence.id}"
    assert f'href="{url}"' in coordinatrice.get(PAGE).text
    same = {"depuis": "17/03/2026", "jusqu_au": "17/03/2026"}
    assert send(coordinatrice, url, **same, suppleant=bureau.omar.id).status_code == 303
    said = words(coordinatrice.get(PAGE).text)
    assert "Aujourd’hui, chaque dossier a quelqu’un qui répond." in said
    assert "1 dossier ouvert, 0 par leur référent, 1 par un suppléant." in said


@pytest.mark.parametrize("who", ["omar", "lea"])
def test_the_absence_of_somebody_else_does_not_exist(bureau, signed_in, who):
    key, other = away(bureau, "nadia", 3, 6), signed_in(who)
    assert other.get(f"/absences/nouvelle?agent={bureau.nadia.id}").status_code == 404
    assert other.get(f"/absences/{key}").status_code == 404
    assert other.post(f"/absences/{key}/retour", version="1").status_code == 404
    for page in (PAGE, f"{PAGE}?voir=dossiers", "/structure/charge"):
        assert other.get(page).status_code == 404


def test_two_who_change_one_absence_lose_no_word(bureau, nadia, coordinatrice):
    url = f"/absences/{away(bureau, 'nadia', 3, 6)}"
    nadia.get(url)
    assert send(coordinatrice, url, depuis="20/03/2026", jusqu_au="25/03/2026", suppleant="").status_code == 303
    answer = nadia.post(url, version="1", depuis="20/03/2026", jusqu_au="30/03/2026", suppleant=bureau.omar.id)
    assert answer.status_code == 409
    assert "du 20 au 25 mars" in words(answer.text)
    assert 'value="30/03/2026"' in answer.text
    again = {"version": hidden(answer.text, "version"), "depuis": "20/03/2026", "jusqu_au": "30/03/2026"}
    assert nadia.post(url, **again, suppleant=bureau.omar.id).status_code == 303
    # a tap on a page that is out of date undoes nothing
    assert nadia.post(f"{url}/retour", version="1").location == url
    assert noted(bureau)[0].jusqu_au == TODAY + 14 * JOUR


def test_days_to_come_without_anybody_are_said_ahead(bureau, coordinatrice):
    away(bureau, "nadia", 3, 6)
    away(bureau, "nadia", 10, 20, "omar")
    away(bureau, "omar", 12, 14)
    said = words(coordinatrice.get(PAGE).text)
    assert "Aujourd’hui, chaque dossier a quelqu’un qui répond" in said
    assert "D’ici le 16 avril, 5 jours sans personne pour certains." in said
    assert "Du 20 au 22 mars, 1 dossier sans personne." in said
    assert f"Du 29 au 30 mars, 1 dossier sans personne. Absence de {bureau.nadia.nom_complet}, et de" in said


def test_what_an_absence_leads_to_is_said_when_it_is_noted(bureau, nadia):
    """The one who covers covers another; a young person does not want their structure; one covers somebody oneself."""
    away(bureau, "lea", 0, 9, "nadia")
    other = bureau.omar
    with bureau.maison.database.writing() as session:
        third = make_agent(session, bureau.ici)
        days = {"depuis": TODAY, "jusqu_au": TODAY + 9 * JOUR, "cree_le": NOW}
        session.add(Absence(id=uuid4(), agent_id=third.id, suppleant_id=other.id, **days))
        row = {"dossier_id": bureau.dossier.id, "structure_id": bureau.ici.id, "depuis": TODAY, "cree_le": NOW}
        session.add(Opposition(id=uuid4(), **row))
    page = nadia.get("/absences/nouvelle").text
    assert f"{other.nom_complet} (0 dossier, remplace déjà quelqu’un)" in unescape(page)
    send(nadia, "/absences/nouvelle", depuis="17/03/2026", jusqu_au="18/03/2026", suppleant=other.id)
    said = words(nadia.get("/absences").text)
    assert "Un jeune s’oppose à la structure de" in said
    assert f"{other.nom_complet} remplace déjà quelqu’un certains de ces jours" in said
    assert f"Vous remplaciez {bureau.lea.nom_complet} certains de ces jours" in said


def test_a_disabled_account_leaves_its_dossiers_on_the_page(bureau, coordinatrice):
    with bureau.maison.database.writing() as session:
        disable_agent(session, session.merge(bureau.nadia), acteur=bureau.acteur(bureau.nadia), now=NOW)
    said = words(coordinatrice.get(PAGE).text)
    assert f"Le compte de {bureau.nadia.nom_complet} est fermé. 1 dossier sans réponse." in said


def test_the_pages_cost_as_much_for_ten_dossiers_as_for_a_hundred(bureau, coordinatrice):
    away(bureau, "omar", 0, 3)
    costs = []
    for many in (10, 90):
        with bureau.maison.database.writing() as session:
            omar = session.merge(bureau.omar)
            for number in range(many):
                make_dossier(session, bureau.maison, bureau.ici, referent=omar if number % 2 else None)
        engines = bureau.maison.database.engines
        for url in (PAGE, f"{PAGE}?voir=dossiers", "/structure/charge", "/absences/nouvelle"):
            with statements(engines.read, engines.keys) as sent:
                page = coordinatrice.get(url)
            costs.append(len(sent))
            assert page.status_code == 200
    assert costs[:4] == costs[4:]
    assert max(costs) <= 12, costs


def test_the_load_is_shown_by_name_with_words_beside_its_bars_and_as_no_file(bureau, coordinatrice):
    with bureau.maison.database.writing() as session:
        omar = session.merge(bureau.omar)
        for number in range(22):
            made = make_dossier(session, bureau.maison, bureau.ici, referent=omar)
            made.intensite = Intensite.VEILLE if number == 0 else Intensite.SOUTENU
    away(bureau, "nadia", 0, 4, "omar")
    page = coordinatrice.get("/structure/charge").text
    said = words(page)
    assert "21 repère 20, dépassé de 1" in said
    assert "charge pondérée 21,25" in said
    assert "En plus, en suppléance : 1 dossier, charge pondérée 1." in said
    assert "absence jusqu’au 20 mars" in said
    assert "jamais pour comparer des personnes" in said
    assert page.index(bureau.nadia.nom) < page.index(bureau.omar.nom)
    assert "csv" not in page
    with bureau.maison.database.reading() as session:
        assert session.get(Dossier, bureau.dossier.id).intensite is Intensite.SOUTENU
