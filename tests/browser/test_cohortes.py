"""The pages of a manager in a real browser: whole, readable, printable, at the widths of a desk and of a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.cohortes.forms_adresse import MEME_CRITERE
from tests.browser.conftest import BUREAU, TELEPHONE, Modele, Scene, open_scene
from tests.browser.constats import faults
from tests.cohortes.registre import Ville, ville
from tests.http.test_cohortes import address, pages

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def publiee(
    modele: Modele, tmp_path_factory: pytest.TempPathFactory, navigateur: Browser
) -> Iterator[tuple[Scene, Ville]]:
    """A house whose ledger is full, that all the tests only look at."""
    with open_scene(modele, tmp_path_factory.mktemp("cohortes") / "instance", navigateur) as scene:
        with scene.app.extensions["parcours"].database.writing() as session:
            town = ville(session)
        yield scene, town


@pytest.mark.parametrize("largeur", [BUREAU, TELEPHONE])
def test_every_page_of_a_published_town(publiee: tuple[Scene, Ville], largeur: int) -> None:
    scene, town = publiee
    page = scene.page("responsable", largeur=largeur)
    found = []
    for url in pages(town):
        assert page.goto(url).status == 200, url
        found += [f"{url}: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def test_what_is_folded_is_well_made_too(publiee: tuple[Scene, Ville]) -> None:
    scene, _ = publiee
    page = scene.page("responsable")
    page.goto("/cohortes/cohorte")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert list(faults(page)) == []


def test_a_cohort_is_chosen_with_two_lists(publiee: tuple[Scene, Ville]) -> None:
    scene, town = publiee
    page = scene.page("responsable")
    page.goto("/cohortes")
    page.get_by_label("Quels jeunes").select_option(label=town.quartiers[0].nom)
    page.get_by_label("Et parmi eux").select_option(label="Femmes")
    page.get_by_role("button", name="Voir").click()
    expect(page).to_have_url(scene.adresse + address("cohorte", town.croisee))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{town.quartiers[0].nom}, Femmes")
    page.get_by_label("Quels jeunes").select_option(label="Hommes")
    page.get_by_role("button", name="Voir").click()
    expect(page.get_by_text(MEME_CRITERE)).to_be_visible()
    expect(page.get_by_label("Quels jeunes")).to_have_value("sexe:homme")


def test_on_paper_tables_are_open_and_nothing_is_left_to_tap(publiee: tuple[Scene, Ville]) -> None:
    scene, town = publiee
    page = scene.page("responsable", largeur=BUREAU)
    page.goto(address("cohorte", town.quartier))
    page.emulate_media(media="print")
    assert _visible(page, ".volet table caption") == page.locator(".volet table caption").count() > 10
    assert _visible(page, "nav, form, .actes, .pied") == 0
    assert _visible(page, ".volet .graphique svg") >= 8


def _visible(page: Page, selector: str) -> int:
    return page.evaluate(
        """selector => [...document.querySelectorAll(selector)].filter(
             one => one.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})).length""",
        selector,
    )
