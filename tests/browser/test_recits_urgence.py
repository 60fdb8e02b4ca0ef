"""An agent reaches a référent they do not know of; who covers answers; a note is opened for a reason, and reviewed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.referents.models_urgence import NoteOuverte, TransmissionDanger, Urgence
from app.referents.vocabulaire_urgence import Conclusion, MotifOuverture, Parents, ReponseUrgence
from tests.browser.conftest import Scene
from tests.browser.gestes import heading
from tests.factories import TODAY
from tests.http.conftest import NOM, NOTE, PRENOM

pytestmark = pytest.mark.browser
ENVOYEE = "Si un dossier existe, son référent, son suppléant et le coordinateur sont prévenus."
MOTS = "Je suis avec elle à la gare."


def press(page: Page, nom: str) -> None:
    page.get_by_role("button", name=nom).first.click()


def answered(scene: Scene) -> list[ReponseUrgence | None]:
    return [row.reponse for row in scene.rows(Urgence) if row.dossier_id]


def test_somebody_met_in_the_street_reaches_the_referent_and_who_covers_answers(scene: Scene) -> None:
    passant = scene.page("autre_intervenant")
    passant.goto("/mes-jeunes")
    passant.get_by_role("contentinfo").get_by_role("link", name="Un enfant en danger").click()
    heading(passant, "Un enfant en danger")
    for number in ("17", "15", "119"):
        target = passant.locator(f'a[href="tel:{number}"]')
        assert target.bounding_box()["height"] >= 64
    passant.get_by_role("link", name="Joindre le référent d’un jeune").click()
    passant.get_by_label("Prénom").fill(PRENOM)
    passant.get_by_label("Nom", exact=True).fill(NOM)
    press(passant, "Prévenir")
    expect(passant.locator("#resume-erreurs")).to_contain_text("la date de naissance")
    passant.get_by_label("Date de naissance").fill("02/04/2009")
    passant.get_by_label("Vous rappeler au").fill("06 39 98 40 12")
    passant.get_by_label("Quelques mots").fill(MOTS)
    press(passant, "Prévenir")
    expect(passant.get_by_role("status")).to_contain_text(ENVOYEE)
    expect(passant.get_by_text("Pas encore de réponse.").first).to_be_visible()

    suppleant = scene.page("suppleant")
    suppleant.goto("/mes-jeunes")
    suppleant.get_by_role("link", name="demandes urgentes vous attendent").click()
    card = suppleant.locator("section").filter(has_text=MOTS)
    expect(card).to_contain_text(PRENOM)
    expect(card.locator('a[href="tel:0639984012"]')).to_be_visible()
    card.get_by_role("button", name="Je rappelle").click()
    expect(suppleant.get_by_role("status")).to_contain_text("Votre réponse est donnée.")
    assert sorted(map(str, answered(scene))) == ["None", "je_rappelle"]

    passant.reload()
    expect(passant.get_by_text("Vous allez être rappelé.")).to_be_visible()
    assert not any(name in passant.content() for name in (suppleant_name(scene), PRENOM, scene.monde.code))


def suppleant_name(scene: Scene) -> str:
    return scene.monde.agents["suppleant"].nom


def test_a_code_that_is_nobodys_gets_the_same_answer(scene: Scene) -> None:
    passant = scene.page("autre_intervenant")
    passant.goto("/urgence/joindre")
    passant.get_by_label("Code du dossier").fill("222 222")
    press(passant, "Prévenir")
    expect(passant.get_by_role("status")).to_contain_text(ENVOYEE)
    expect(passant.get_by_text("Pas encore de réponse.").first).to_be_visible()


def test_a_coordinateur_opens_a_note_with_a_reason_others_know_and_another_reviews(scene: Scene) -> None:
    chief = scene.page("coordinateur")
    chief.goto(scene.base)
    chief.get_by_role("link", name="Ouvrir avec un motif").first.click()
    heading(chief, "Ouvrir une note réservée")
    expect(chief.get_by_text(NOTE)).to_have_count(0)
    chief.get_by_label("Un mineur est en danger").check()
    press(chief, "Ouvrir et lire une fois")
    expect(chief.get_by_text(NOTE)).to_be_visible()
    chief.goto(scene.base)
    expect(chief.get_by_text("Note réservée à l’équipe de son auteur.").first).to_be_visible()
    (opened,) = [row for row in scene.rows(NoteOuverte) if row.motif is MotifOuverture.DANGER_MINEUR]

    referent = scene.page("referent")
    referent.goto("/mes-jeunes")
    referent.get_by_role("link", name="notes réservées ont été ouvertes").click()
    told = referent.locator("section").filter(has_text="mineur est en danger")
    told.get_by_role("button", name="J’en ai pris connaissance").click()
    expect(referent.locator("section").filter(has_text="mineur est en danger")).to_have_count(0)

    dpo = scene.page("dpo")
    dpo.goto("/")
    dpo.get_by_role("link", name="À relire").first.click()
    heading(dpo, "À relire")
    waiting = dpo.locator("section").filter(has_text="mineur est en danger")
    waiting.get_by_role("button", name="Fondée").first.click()
    expect(dpo.get_by_role("status")).to_contain_text("L’ouverture est relue.")
    (reviewed,) = scene.rows(NoteOuverte, id=opened.id)
    assert (reviewed.conclusion, reviewed.relue_par) == (Conclusion.FONDEE, scene.monde.agents["dpo"].id)


def test_what_was_transmitted_is_noted_from_the_dossier_and_read_by_those_who_answer(scene: Scene) -> None:
    referent = scene.page("referent")
    referent.goto(scene.base)
    referent.get_by_role("navigation", name="Un jeune en danger").get_by_role("link", name="Que faire").click()
    referent.get_by_role("link", name="Noter ce qui a été transmis").click()
    referent.get_by_label("Information préoccupante").check()
    referent.get_by_label("La CRIP du département").check()
    referent.get_by_label("contraire à l’intérêt de l’enfant").check()
    referent.get_by_label("Ce qui a été écrit").fill("« Je dors dehors. »")
    press(referent, "Enregistrer")
    expect(referent.get_by_text("« Je dors dehors. »")).to_be_visible()
    (made,) = [row for row in scene.rows(TransmissionDanger) if row.parents is Parents.CONTRAIRE_INTERET]
    assert made.jour == TODAY
    referent.goto(scene.base)
    expect(referent.get_by_text("« Je dors dehors. »")).to_have_count(0)
