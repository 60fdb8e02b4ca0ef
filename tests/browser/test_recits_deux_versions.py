"""On two phones, the référent and who covers them correct the same goal: no word is lost, and both say what stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.parcours.models_propositions import Proposition
from tests.browser.conftest import TELEPHONE, Scene
from tests.browser.test_recits_dossier import press, said

pytestmark = pytest.mark.browser

SIENS, MIENS = "Je veux un apprentissage au fournil.", "Je veux un apprentissage en pâtisserie."
A_DEUX = "Un objectif a deux versions."


def fits(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= TELEPHONE, "nothing hangs over the side of a phone"


def test_two_agents_write_over_each_other_and_both_see_both_texts(scene: Scene) -> None:
    url = f"{scene.base}/objectifs/{scene.monde.ids['objectif_id']}"
    one, other = scene.page("referent"), scene.page("suppleant")
    for page, words in ((one, MIENS), (other, SIENS)):
        page.goto(url)
        page.get_by_label("Avec ses mots").fill(words)
    press(other, "Enregistrer")
    said(other, "Objectif corrigé.")
    press(one, "Enregistrer")
    expect(one.get_by_role("heading", level=1)).to_have_text("Cet objectif a changé pendant que vous écriviez")
    for words in (SIENS, MIENS):
        expect(one.locator(".deux-textes")).to_contain_text(words)
    fits(one)
    press(one, "Garder l’autre, proposer la mienne")
    said(one, "Votre version est gardée")
    for page in (one, other):
        page.goto(scene.base)
        # the world has a step with two versions already
        waits = page.get_by_role("region", name="Deux versions").filter(has_text=A_DEUX)
        waits.get_by_role("link", name="Voir les deux").click()
        for words in (SIENS, MIENS):
            expect(page.locator(".deux-textes")).to_contain_text(words)
        fits(page)
    press(other, "Adopter cette version")
    one.goto(url)
    expect(one.get_by_label("Avec ses mots")).to_have_value(MIENS)
    (left,) = [row for row in scene.rows(Proposition) if str(row.ligne_id) == str(scene.monde.ids["objectif_id"])]
    assert left.autre_id == scene.monde.agents["suppleant"].id, "what was replaced waits in its turn"


def test_a_small_step_taken_out_by_mistake_comes_back_in_one_tap(scene: Scene) -> None:
    page = scene.page("referent")
    page.goto(f"{scene.base}/objectifs/{scene.monde.ids['objectif_id']}")
    words = page.get_by_label("Petit pas 1").input_value()
    page.get_by_label("Petit pas 1").fill("")
    press(page, "Enregistrer")
    said(page, "Objectif corrigé, un petit pas enlevé.")
    fits(page)
    press(page, "Annuler")
    said(page, "C’est annulé")
    page.goto(f"{scene.base}/objectifs/{scene.monde.ids['objectif_id']}")
    expect(page.get_by_label("Petit pas 1")).to_have_value(words)
