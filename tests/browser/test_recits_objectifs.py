"""On a phone, side by side with the young person: a goal in their words, a small step, how far they have come."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.parcours.models_objectifs import Objectif, PetitPas
from tests.browser.conftest import TELEPHONE, Scene
from tests.browser.test_recits_dossier import press, said
from tests.factories import TODAY

pytestmark = pytest.mark.browser


def test_a_goal_is_written_together_and_its_first_step_is_ticked_in_one_tap(scene: Scene, telephone: Page) -> None:
    telephone.goto(scene.dossier("Rousseau"))
    telephone.get_by_role("link", name="Écrire un objectif").click()
    telephone.get_by_label("Avec ses mots").fill("Je veux revoir mon frère au match.")
    telephone.get_by_label("De quoi s’agit-il").select_option(label="Loisirs, lien social")
    telephone.get_by_label("Pour quand").fill("30/04/2026")
    telephone.get_by_label("Petit pas 1").fill("Appeler le club")
    telephone.get_by_label("Théo est d’accord").check()
    press(telephone, "Enregistrer")
    said(telephone, "Objectif enregistré.")
    expect(telephone.locator("#a-venir + .carte")).to_contain_text("Je veux revoir mon frère au match.")
    step = telephone.get_by_role("button", name="Appeler le club")
    expect(step).to_have_attribute("aria-pressed", "false")
    step.click()
    expect(telephone.get_by_role("button", name="Appeler le club", pressed=True)).to_be_in_viewport()
    (goal,) = (goal for goal in scene.rows(Objectif) if goal.accord_le == TODAY)
    assert [pas.fait_le for pas in scene.rows(PetitPas, objectif_id=goal.id)] == [TODAY]


def test_they_place_themselves_in_a_few_taps_and_see_the_way_from_last_time(scene: Scene, telephone: Page) -> None:
    telephone.goto(scene.dossier("Rousseau"))
    telephone.get_by_role("link", name="Freins et ressources").click()
    telephone.get_by_role("link", name="Se situer aujourd’hui").first.click()
    telephone.get_by_label("Quand").fill("05/01/2026")
    telephone.get_by_role("group", name="Se déplacer").get_by_label("2, premiers pas").check()
    press(telephone, "Enregistrer")
    said(telephone, "Bilan enregistré.")
    telephone.get_by_role("link", name="Se situer aujourd’hui").first.click()
    housing = telephone.get_by_role("group", name="Avoir un logement")
    housing.get_by_text("Autre réponse").click()
    housing.get_by_label("Ne souhaite pas répondre").check()
    telephone.get_by_role("group", name="Se déplacer").get_by_label("4, presque autonome").check()
    press(telephone, "Enregistrer")
    said(telephone, "Bilan enregistré.")
    row = telephone.get_by_role("row", name="Se déplacer")
    expect(row).to_contain_text("de 2 à 4, 2 niveaux de plus")
    expect(telephone.get_by_role("row", name="Avoir un logement")).to_contain_text("ne souhaite pas répondre")
    width = telephone.evaluate("document.documentElement.scrollWidth")
    assert width <= TELEPHONE, "nothing hangs over the side of a phone"
