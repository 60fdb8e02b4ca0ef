"""Paper, as Chromium prints it: a fiche is one A4 whatever the territory, and pages hold at both widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.cohortes.filtres import Critere
from app.cohortes.rules_treillis import Cle
from app.programme.models import Territoire
from tests.browser.conftest import BUREAU, TELEPHONE, Scene
from tests.browser.constats import faults
from tests.cohortes.registre import publish_all, ville
from tests.factories import make_territoire

pytestmark = pytest.mark.browser

PAGE = re.compile(rb"/Type\s*/Page\b")
BOX = re.compile(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]")
A4 = (595, 842)
# a headcount, dates, curves, months
TAILLES = (13, 33, 96, 163, 999)
LONG = "Quartier du Vieux-Port, de la Manufacture et des Trois-Fontaines réunies"


@pytest.fixture
def town(scene: Scene) -> list[Territoire]:
    """A territory of each level; one has a long name."""
    with scene.app.extensions["parcours"].database.writing() as session:
        ville(session)
        places = [make_territoire(session) for _ in TAILLES]
        places[-1].nom = LONG
        for place, size in zip(places, TAILLES, strict=True):
            publish_all(session, Cle.of({Critere.TERRITOIRE: str(place.id)}), size, pente=0.9)
    return places


def paper(page: Page) -> tuple[int, tuple[int, int]]:
    """How many pages, and their size in points."""
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    width, height = BOX.search(pdf).groups()
    return len(PAGE.findall(pdf)), (round(float(width)), round(float(height)))


@pytest.mark.parametrize("largeur", [BUREAU, TELEPHONE])
def test_every_fiche_is_one_a4(scene: Scene, town: list[Territoire], largeur: int) -> None:
    page = scene.page("responsable", largeur=largeur)
    page.goto("/cohortes/fiches")
    links = page.locator("tbody a")
    urls = ["/cohortes/fiche", *(links.nth(rang).get_attribute("href") for rang in range(links.count()))]
    assert len(urls) >= 1 + len(TAILLES)
    for url in urls:
        page.goto(url)
        assert paper(page) == (1, A4), url


def test_a_report_for_residents_is_two_to_four_a4(scene: Scene, town: list[Territoire]) -> None:
    page = scene.page("responsable", largeur=BUREAU)
    page.goto("/cohortes/rapport/habitants")
    sheets, size = paper(page)
    assert 2 <= sheets <= 4
    assert size == A4


def test_each_territory_of_the_report_begins_a_sheet(scene: Scene, town: list[Territoire]) -> None:
    page = scene.page("responsable", largeur=BUREAU)
    page.goto("/cohortes/rapport")
    sheets, size = paper(page)
    territories = page.locator(".papier-lieu").count()
    assert territories == 2 + len(TAILLES)
    assert sheets > territories + 5
    assert size == A4


@pytest.mark.parametrize("largeur", [BUREAU, TELEPHONE])
def test_the_pages_of_paper_hold_on_a_screen(scene: Scene, town: list[Territoire], largeur: int) -> None:
    page = scene.page("responsable", largeur=largeur)
    found = []
    for url in (
        "/cohortes/fiche", f"/cohortes/fiche?territoire={town[-1].id}", f"/cohortes/fiche?territoire={town[1].id}",
        "/cohortes/fiches", "/cohortes/rapport", "/cohortes/rapport/habitants", "/cohortes/rapport/commentaire",
    ):  # fmt: skip
        assert page.goto(url).status == 200
        found += [f"{url}: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def test_a_comment_is_written_read_and_taken_away(scene: Scene, town: list[Territoire]) -> None:
    page = scene.page("responsable")
    page.goto("/cohortes/rapport")
    page.locator("#synthese").get_by_role("link", name="Ajouter un commentaire").click()
    page.get_by_label("Commentaire").fill("Joindre lina@exemple.fr")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#resume-erreurs")).to_contain_text("adresse de courriel")
    page.get_by_label("Commentaire").fill("Deux chantiers de plus cette année.")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#synthese .papier-commentaire")).to_contain_text("Deux chantiers de plus cette année.")
    page.get_by_role("link", name="Modifier ce commentaire").click()
    page.get_by_role("button", name="Supprimer le commentaire").click()
    expect(page.locator(".papier-commentaire")).to_have_count(0)
