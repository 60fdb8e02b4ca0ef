"""The référent's morning on a phone: who comes first, call, log, put off, confirm with one tap, take it back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from app.accounts.maison import jour_de
from app.alertes.models import Alerte
from app.alertes.services import scan
from app.alertes.vocabulaire import Regle
from app.parcours.models import Suivi
from app.parcours.vocabulaire import Resultat
from tests.browser.conftest import Scene
from tests.http.conftest import MOT_DE_PASSE, PRENOM

pytestmark = pytest.mark.browser


@pytest.fixture
def matin(scene: Scene) -> Page:
    """Four months later, signed in by the page: everybody has been silent since."""
    scene.clock.now += timedelta(days=120)
    house = scene.app.extensions["parcours"]
    with house.database.writing() as session:
        scan(session, today=jour_de(scene.clock.now), now=scene.clock.now)
    page = scene.page()
    page.goto("/connexion")
    page.get_by_label("Adresse de courriel").fill(scene.monde.agents["referent"].courriel)
    page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url(f"{scene.adresse}/ma-journee")
    return page


def carte(page: Page, prenom: str) -> Locator:
    return page.locator("li.matin").filter(has=page.get_by_role("heading", name=re.compile(rf"^{prenom}\b")))


def statut(page: Page) -> Locator:
    return page.get_by_role("status")


def test_the_day_opens_on_who_comes_first_and_they_are_called(scene: Scene, matin: Page) -> None:
    expect(matin.get_by_role("heading", level=1)).to_have_text("Ma journée")
    expect(matin.get_by_role("heading", level=3)).to_have_text(
        [re.compile(f"^{prenom}") for prenom in (PRENOM, "Théo", "Lina")]
    )
    call = carte(matin, PRENOM).get_by_role("link", name=f"Appeler {PRENOM}")
    expect(call).to_have_attribute("href", re.compile(r"^tel:\+?\d+$"))
    assert call.bounding_box()["height"] >= 44
    # an urgency, an absence and a handover stand above: who comes first and why are still within the first screen
    reason, bar = carte(matin, PRENOM).locator(".jeune-raison").first, matin.get_by_role("navigation").first
    assert reason.bounding_box()["y"] + reason.bounding_box()["height"] < bar.bounding_box()["y"]
    matin.get_by_text("Pourquoi cet ordre ?").click()
    expect(matin.get_by_text("À rang égal")).to_be_visible()


def test_nobody_answers_and_it_is_noted_without_leaving(scene: Scene, matin: Page) -> None:
    before = {suivi.id for suivi in scene.rows(Suivi)}
    carte(matin, "Théo").get_by_text("Sans réponse, alerte inutile…").click()
    matin.get_by_role("button", name="Sans réponse de Théo").click()
    expect(statut(matin)).to_contain_text("Noté aujourd’hui")
    expect(matin).to_have_url(f"{scene.adresse}/ma-journee")
    expect(carte(matin, "Théo")).to_be_visible()
    (noted,) = [suivi for suivi in scene.rows(Suivi) if suivi.id not in before]
    assert noted.resultat is Resultat.SANS_REPONSE


def test_an_alert_is_put_off_and_comes_back_when_it_is_undone(scene: Scene, matin: Page) -> None:
    carte(matin, "Théo").get_by_role("link", name="Reporter").click()
    matin.get_by_label("À la demande du jeune").check()
    matin.get_by_role("button", name="Reporter").click()
    expect(statut(matin)).to_contain_text("elle reviendra le 22 juillet")
    expect(matin).to_have_url(f"{scene.adresse}/ma-journee")
    expect(carte(matin, "Théo").get_by_text("Aucun échange")).to_have_count(0)
    statut(matin).get_by_role("link", name="Annuler le report").click()
    matin.get_by_role("button", name="Lever le report").click()
    expect(matin).to_have_url(f"{scene.adresse}/ma-journee")
    expect(carte(matin, "Théo").get_by_text("Aucun échange")).to_be_visible()


def test_an_exchange_is_noted_then_the_situation_is_confirmed_with_one_tap_and_taken_back(
    scene: Scene, matin: Page
) -> None:
    carte(matin, "Lina").get_by_role("link", name="Noter un suivi pour Lina").click()
    matin.get_by_role("button", name="Enregistrer", exact=True).first.click()
    expect(statut(matin)).to_contain_text("Suivi enregistré.")
    matin.goto("/ma-journee")
    expect(carte(matin, "Lina").locator(".jeune-raison")).to_contain_text("toujours le cas")
    matin.get_by_role("button", name="C’est toujours le cas pour Lina").click()
    expect(statut(matin)).to_contain_text("Réponse notée")
    expect(carte(matin, "Lina")).to_have_count(0)
    statut(matin).get_by_role("link", name="Annuler").click()
    matin.locator("#verifications").get_by_role("button", name=re.compile("^Annuler")).click()
    matin.goto("/ma-journee")
    expect(carte(matin, "Lina")).to_be_visible()


def test_a_useless_alert_is_said_so_and_stays(scene: Scene, matin: Page) -> None:
    carte(matin, "Théo").get_by_text("Sans réponse, alerte inutile…").click()
    carte(matin, "Théo").get_by_role("button", name="Alerte inutile").click()
    expect(statut(matin)).to_contain_text("compte comme inutile")
    expect(carte(matin, "Théo")).to_be_visible()
    judged = [row for row in scene.rows(Alerte, regle=Regle.SILENCE) if row.inutile_le]
    assert len(judged) == 1
    statut(matin).get_by_role("link", name="Changer d’avis").click()
    matin.get_by_role("button", name=re.compile("^Finalement utile")).click()
    expect(statut(matin)).to_contain_text("ne compte plus comme inutile")
