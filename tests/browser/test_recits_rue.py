"""An outing noted standing, with one thumb: taps on the counters, and nothing else to fill in but the place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.rue.models import Rencontre, SortieRue
from tests.browser.conftest import TELEPHONE, Scene
from tests.browser.constats import faults

pytestmark = pytest.mark.browser
NOUVELLE = "/rue/sorties/nouvelle"


def tap(page: Page, name: str, times: int) -> None:
    for _ in range(times):
        page.get_by_role("button", name=name, exact=True).click()


def test_an_outing_is_noted_with_the_thumb_then_corrected(scene: Scene) -> None:
    page = scene.page("referent", largeur=TELEPHONE)
    page.goto(NOUVELLE)
    assert list(faults(page)) == []
    before = len(scene.rows(SortieRue))
    page.get_by_label("Place Bissy").check()
    tap(page, "Un de plus\u00a0: Garçons, hommes, 11 à 15 ans", 3)
    tap(page, "Un de moins\u00a0: Garçons, hommes, 11 à 15 ans", 1)
    tap(page, "Un de moins\u00a0: Filles, femmes, 18 à 21 ans", 1)
    tap(page, "Un de plus\u00a0: Filles, femmes, 18 à 21 ans", 1)
    expect(page.get_by_text("3 jeunes rencontrés")).to_be_visible()
    tap(page, "Un de plus\u00a0: Ne souhaitent pas être dans le fichier", 1)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Sortie notée, 3 jeunes rencontrés.")).to_be_visible()
    assert len(scene.rows(SortieRue)) == before + 1
    sortie = next(row for row in scene.rows(SortieRue) if row.refus == 1)
    assert sorted(row.nombre for row in scene.rows(Rencontre, sortie_id=sortie.id)) == [1, 2]
    page.goto(f"/rue/sorties/{sortie.id}")
    assert list(faults(page)) == []
    page.get_by_role("link", name="Corriger").click()
    tap(page, "Un de plus\u00a0: Rencontrés pour la première fois", 4)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#resume-erreurs")).to_contain_text("plus nombreux que les jeunes rencontrés")
    assert list(faults(page)) == []
    tap(page, "Un de moins\u00a0: Rencontrés pour la première fois", 1)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Sortie corrigée.")).to_be_visible()


def test_counters_tapped_are_given_back_when_the_page_comes_again(scene: Scene) -> None:
    page = scene.page("referent", largeur=TELEPHONE)
    page.goto(NOUVELLE)
    with page.expect_response("**/brouillons/en-cours") as kept:
        tap(page, "Un de plus\u00a0: Garçons, hommes, 11 à 15 ans", 2)
    assert kept.value.status == 200
    page.goto(NOUVELLE)
    page.get_by_role("link", name="Reprendre ma saisie").click()
    expect(page.get_by_label("Garçons, hommes, 11 à 15 ans").first).to_have_value("2")
    expect(page.get_by_text("2 jeunes rencontrés")).to_be_visible()


def test_without_script_the_counters_are_fields(scene: Scene) -> None:
    page = scene.contexte("referent", java_script_enabled=False).new_page()
    page.goto(NOUVELLE)
    expect(page.get_by_role("button", name="Un de plus")).to_have_count(0)
    page.get_by_label("Place Bissy").check()
    page.get_by_label("Garçons, hommes, 16 à 17 ans").fill("5")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Sortie notée, 5 jeunes rencontrés.")).to_be_visible()
