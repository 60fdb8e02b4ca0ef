"""Promise: an outing is noted in one form that loses nothing, read by its structure, and changed by its authors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.accounts.models import Structure
from app.accounts.vocabulaire import GenreStructure
from app.rue.models import LieuRue, SortieRue
from tests.accounts.conftest import Navigateur
from tests.alertes.test_pages import words
from tests.rue.conftest import Equipe, go_out

NOUVELLE = "/rue/sorties/nouvelle"
Rows = Callable[[type], list]


@pytest.fixture
def envoi(bureau: Equipe) -> Callable[..., dict[str, Any]]:
    """What the form sends: four boys and two girls at a new place."""

    def make(**said: Any) -> dict[str, Any]:
        sent = {
            "lieu": "autre", "lieu_nom": "Place Bissy", "territoire_id": str(bureau.dossier.territoire_id),
            "n_de_11_a_15_homme": "4", "n_de_18_a_21_femme": "2", "premieres": "1", "refus_fichier": "2",
            "jour": "17/03/2026", "debut": "8h30", "fin": "1030", "actions": ["presence", "animation"],
            "agents": [str(bureau.nadia.id), str(bureau.omar.id)], "depot": str(uuid4()),
        }  # fmt: skip
        return sent | said

    return make


def test_noted_then_read_in_the_list_and_on_its_page(
    bureau: Equipe, envoi: Callable[..., dict[str, Any]], signed_in: Callable[[str], Navigateur], rows: Rows
) -> None:
    nadia = signed_in("nadia")
    assert "Aucune sortie notée" in words(nadia.get("/rue").text)
    form = nadia.get(NOUVELLE).text
    assert re.search(r'name="jour"[^>]* value="17/03/2026"', form)
    assert re.search(r'name="debut"[^>]* value="08:30"', form)
    assert re.search(rf'value="{bureau.nadia.id}" checked', form)
    sent = envoi()
    for _ in range(2):
        answer = nadia.post(NOUVELLE, **sent)
        assert (answer.status_code, answer.location) == (303, "/rue")
    (sortie,) = rows(SortieRue)
    page = words(nadia.get("/rue").text)
    assert "Sortie notée, 6 jeunes rencontrés." in page
    assert "Place Bissy" in page
    assert "Mardi 17 mars, à 8 h 30 2 h" in page
    assert "Présence sociale Animation" in page
    assert "6 jeunes 1 première fois 2 hors fichier" in page
    detail = words(signed_in("omar").get(f"/rue/sorties/{sortie.id}").text)
    assert f"{bureau.nadia.nom_complet}, {bureau.omar.nom_complet}" in detail
    assert "11 à 15 ans – 4 –" in detail
    assert "6 jeunes rencontrés, dont 1 pour la première fois ; 2 ne souhaitent pas être dans le fichier" in detail
    # the place is offered next time, and needs no name
    again = envoi(lieu=str(sortie.lieu_id), lieu_nom="", territoire_id="")
    assert f'value="{sortie.lieu_id}"' in nadia.get(NOUVELLE).text
    assert nadia.post(NOUVELLE, **again).status_code == 303
    assert len(rows(LieuRue)) == 1


def test_what_is_refused_is_said_beside_its_field_and_nothing_is_lost(
    envoi: Callable[..., dict[str, Any]], signed_in: Callable[[str], Navigateur], rows: Rows
) -> None:
    nadia = signed_in("nadia")
    nadia.get(NOUVELLE)
    cases = {
        "lieu_nom": ("chez Mehdi", "Un lieu public, jamais une personne"),
        "territoire_id": ("", "Choisissez le territoire."),
        "n_de_11_a_15_homme": ("201", "200 au plus dans une case"),
        "premieres": ("7", "plus nombreux que les jeunes rencontrés"),
        "refus_fichier": ("7", "plus nombreux que les jeunes rencontrés"),
        "fin": ("8h31", "de 5 minutes à 12 heures"),
        "jour": ("18/03/2026", "n’est pas encore arrivé"),
        "agents": ([], "Choisissez qui est sorti."),
    }
    for field, (value, sentence) in cases.items():
        answer = nadia.post(NOUVELLE, **envoi(**{field: value}))
        assert answer.status_code == 422, field
        assert sentence in words(answer.text), field
        assert re.search(r'name="n_de_18_a_21_femme"[^>]* value="2"', answer.text), "typed, still there"
        assert f'id="{field}' in answer.text
    assert rows(SortieRue) == []


def test_two_texts_of_one_outing_are_shown_side_by_side(
    envoi: Callable[..., dict[str, Any]], signed_in: Callable[[str], Navigateur], rows: Rows
) -> None:
    nadia = signed_in("nadia")
    nadia.get(NOUVELLE)
    sent = envoi()
    nadia.post(NOUVELLE, **sent)
    otherwise = nadia.post(NOUVELLE, **(sent | {"premieres": "3"}))
    assert (otherwise.status_code, "Noter une autre sortie" in otherwise.text) == (409, True)
    (sortie,) = rows(SortieRue)
    url = f"/rue/sorties/{sortie.id}/corriger"
    opened = nadia.get(url).text
    assert re.search(r'name="n_de_11_a_15_homme"[^>]* value="4"', opened)
    kept = envoi(lieu=str(sortie.lieu_id), premieres="0", version="1")
    assert nadia.post(url, **kept).status_code == 303
    late = nadia.post(url, **(kept | {"premieres": "5"}))
    assert late.status_code == 409
    assert "Pour la première fois (différent) 0" in words(late.text)
    assert "Pour la première fois (différent) 5" in words(late.text)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', late.text))
    assert fields["version"] == "2"
    assert nadia.post(url, **(kept | {"premieres": "5", "version": fields["version"]})).status_code == 303
    assert rows(SortieRue)[0].premieres == 5
    assert nadia.post(url, **(kept | {"version": "x"})).status_code == 409


def test_an_outing_begun_is_given_back_counters_included(
    envoi: Callable[..., dict[str, Any]], signed_in: Callable[[str], Navigateur], rows: Rows
) -> None:
    nadia = signed_in("nadia")
    draft = re.search(r'name="brouillon" value="([^"]+)"', nadia.get(NOUVELLE).text)[1]
    sent = envoi() | {"brouillon": draft}
    nadia.post("/brouillons/en-cours", **sent, **{"brouillon-page": NOUVELLE})
    assert "Une sortie de rue" in words(nadia.get("/brouillons").text)
    assert "Vous aviez commencé à écrire" in nadia.get(NOUVELLE).text
    back = nadia.get(f"{NOUVELLE}?brouillon={draft}").text
    assert re.search(r'name="n_de_11_a_15_homme"[^>]* value="4"', back)
    assert re.search(r'name="lieu_nom"[^>]* value="Place Bissy"', back)
    assert sent["depot"] in back, "sent from both tabs, it is one outing"
    assert nadia.post(NOUVELLE, **sent).status_code == 303
    assert "Aucun brouillon" in nadia.get("/brouillons").text


def test_an_outing_is_its_authors_to_change_and_its_structure_s_to_read(
    bureau: Equipe, house: Any, signed_in: Callable[[str], Navigateur], rows: Rows
) -> None:
    with house.database.writing() as session:
        bureau.session = session
        sortie = go_out(bureau).id
    page = f"/rue/sorties/{sortie}"
    omar, lea, chief = (signed_in(name) for name in ("omar", "lea", "coordinatrice"))
    assert omar.get(page).status_code == 200
    assert "Corriger" not in omar.get(page).text
    for stranger in (omar, lea):
        for act in ("corriger", "supprimer", "retablir"):
            assert stranger.post(f"{page}/{act}", raison="erreur", version="1").status_code == 404
    assert lea.get(page).status_code == 404
    assert "Aucune sortie" in words(lea.get("/rue").text)
    assert omar.get("/rue/lieux").status_code == 404
    chief.get(page)
    unsaid = chief.post(f"{page}/supprimer", version="1")
    assert (unsaid.status_code, rows(SortieRue)[0].supprimee_le) == (303, None)
    chief.post(f"{page}/supprimer", version="1", raison="double")
    gone = words(chief.get(page).text)
    assert "Supprimée le 17 mars : déjà notée par quelqu’un d’autre" in gone
    assert "Place Bissy" not in words(chief.get("/rue").text)
    assert chief.post(f"{page}/retablir").location == "/rue"
    assert "Place Bissy" in words(chief.get("/rue").text)


def test_a_name_typed_as_a_place_is_changed_by_the_coordinateur(
    bureau: Equipe, house: Any, signed_in: Callable[[str], Navigateur], rows: Rows
) -> None:
    with house.database.writing() as session:
        bureau.session = session
        go_out(bureau)
    chief = signed_in("coordinatrice")
    (lieu,) = rows(LieuRue)
    assert "Place Bissy" in words(chief.get("/rue/lieux").text)
    url = f"/rue/lieux/{lieu.id}"
    chief.get(url)
    assert chief.post(url, nom="Mme Kaci", version="1").status_code == 422
    assert chief.post(url, nom="Place du marché", ferme="y", version="1").status_code == 303
    assert "Place du marché n’est plus proposé" in words(chief.get("/rue/lieux").text)
    stale = chief.post(url, nom="Autre", version="1")
    assert stale.status_code == 409
    assert "Place du marché" in words(stale.text), "changed meanwhile: what is stored is shown"
    assert 'value="Autre"' in stale.text, "and what was typed stays"
    assert chief.post(url, nom="Autre", version="2").status_code == 303
    assert signed_in("lea").get(url).status_code == 404


def test_the_menu_has_its_entry_where_agents_go_out(
    bureau: Equipe, house: Any, signed_in: Callable[[str], Navigateur]
) -> None:
    nadia = signed_in("nadia")
    assert 'href="/rue"' not in nadia.get("/mes-jeunes").text
    assert nadia.get("/rue").status_code == 200, "a mission locale may go out too"
    with house.database.writing() as session:
        club = update(Structure).where(Structure.id == bureau.ici.id)
        session.execute(club.values(genre=GenreStructure.PREVENTION_SPECIALISEE))
    assert 'href="/rue"' in nadia.get("/mes-jeunes").text
