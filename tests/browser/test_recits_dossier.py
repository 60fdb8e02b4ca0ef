"""A dossier's life on a phone: opened, carried through steps, reviewed, handed over, closed, found again."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from app.parcours.models import Dossier, Etape, Etat, Suivi
from app.parcours.vocabulaire import GenreEtape, Intensite, Situation, StatutEtape
from app.referents.models import Affectation
from tests.browser.conftest import BUREAU, Scene
from tests.browser.gestes import heading, press, said
from tests.http.conftest import NOM, PRENOM

pytestmark = pytest.mark.browser


def step(scene: Scene, genre: GenreEtape) -> Etape:
    """The last step of this kind that was written."""
    return max(scene.rows(Etape, genre=genre), key=lambda etape: etape.debut)


def test_a_pseudonym_a_territory_and_two_words_open_a_dossier(scene: Scene, telephone: Page) -> None:
    telephone.get_by_role("link", name="Nouveau jeune").click()
    telephone.get_by_label("Pseudonyme").fill("Momo")
    telephone.get_by_label("Territoire").select_option(index=1)
    telephone.get_by_label("Quelques mots").fill("Croisé au stade, cherche un stage.")
    press(telephone, "Créer le dossier")
    said(telephone, "Le dossier est créé.")
    heading(telephone, "Momo")
    expect(telephone.get_by_text("Croisé au stade, cherche un stage.")).to_be_visible()
    telephone.goto("/mes-jeunes")
    expect(telephone.get_by_role("link", name="Momo", exact=True)).to_be_visible()


def begin(page: Page, scene: Scene, nom: str, genre: str, jour: str) -> None:
    page.goto(scene.dossier(nom))
    page.get_by_role("link", name="Ajouter une étape").click()
    page.get_by_role("link", name=genre).first.click()
    page.get_by_label("Début").fill(jour)


def test_a_dropping_out_proposes_to_end_schooling_that_day(scene: Scene, telephone: Page) -> None:
    begin(telephone, scene, "Rousseau", "Décrochage", "09/03/2026")
    expect(telephone.get_by_label("Scolarité, commencée le 1er septembre 2025")).to_be_checked()
    press(telephone, "Enregistrer")
    said(telephone, "Étape enregistrée.")
    schooling = step(scene, GenreEtape.SCOLARITE)
    assert schooling.statut in {StatutEtape.TERMINEE, StatutEtape.INTERROMPUE_JEUNE}
    assert schooling.fin == date(2026, 3, 9)
    (etat,) = scene.rows(Etat, dossier_id=schooling.dossier_id)
    assert etat.situation is Situation.DECROCHAGE


def test_training_proposes_to_end_the_dropping_out_and_takes_no_for_an_answer(scene: Scene, telephone: Page) -> None:
    telephone.goto(scene.base)
    telephone.get_by_role("link", name="Ajouter une étape").click()
    telephone.get_by_role("link", name="Formation").first.click()
    telephone.get_by_label("Début").fill("16/03/2026")
    proposed = telephone.get_by_label("Décrochage, commencée le 12 janvier 2026")
    expect(proposed).to_be_checked()
    proposed.uncheck()
    press(telephone, "Enregistrer")
    said(telephone, "Étape enregistrée.")
    assert step(scene, GenreEtape.DECROCHAGE).statut is StatutEtape.EN_COURS
    assert step(scene, GenreEtape.FORMATION).debut == date(2026, 3, 16)


def test_two_people_on_one_step_see_both_versions_and_lose_neither(scene: Scene) -> None:
    etape = f"{scene.base}/etapes/{scene.monde.ids['etape_id']}"
    slow, fast = scene.page("referent"), scene.page("referent")
    slow.goto(etape)
    slow.get_by_text("Corriger ce qui est écrit").click()
    slow.get_by_label("Début").fill("05/01/2026")
    fast.goto(etape)
    fast.get_by_role("link", name="Terminer").click()
    fast.get_by_label("Dernier jour").fill("10/03/2026")
    press(fast, "Terminer")
    said(fast, "Étape enregistrée.")
    press(slow, "Enregistrer la correction")
    heading(slow, "Cette étape a changé pendant que vous écriviez")
    expect(slow.get_by_text("10 mars 2026")).to_be_visible()
    expect(slow.get_by_text("5 janvier 2026")).to_be_visible()
    assert step(scene, GenreEtape.DECROCHAGE).debut == date(2026, 1, 12)
    press(slow, "Enregistrer ma version")
    said(slow, "Étape corrigée.")
    assert step(scene, GenreEtape.DECROCHAGE).debut == date(2026, 1, 5)


def test_a_dossier_handed_over_changes_lists(scene: Scene, telephone: Page) -> None:
    nouveau = scene.monde.agents["autre_referent"]
    telephone.goto(scene.dossier("Rousseau"))
    telephone.get_by_text("Identité, relais, clôture").click()
    telephone.get_by_role("link", name="Passer le relais").click()
    telephone.get_by_label("Nouveau référent").select_option(label=f"{nouveau.prenom} {nouveau.nom}")
    telephone.get_by_label("Secteur").check()
    telephone.get_by_label("Quelques mots pour la suite").fill("Il attend une réponse du lycée.")
    press(telephone, "Passer le relais")
    said(telephone, f"{nouveau.prenom} {nouveau.nom} répond maintenant de ce dossier.")
    telephone.goto("/mes-jeunes")
    expect(telephone.get_by_role("link", name="Lina", exact=True)).to_be_visible()
    expect(telephone.get_by_role("link", name="Théo", exact=True)).to_have_count(0)
    other = scene.page("autre_referent")
    other.goto("/mes-jeunes")
    other.get_by_role("link", name="Théo", exact=True).click()
    expect(other.get_by_text("Il attend une réponse du lycée.")).to_be_visible()
    open_rows = [row for row in scene.rows(Affectation, agent_id=nouveau.id) if row.fin is None]
    assert len(open_rows) == 1


def test_closing_then_opening_again(scene: Scene, telephone: Page) -> None:
    telephone.goto(scene.dossier("Dahmani"))
    telephone.get_by_text("Identité, relais, clôture").click()
    telephone.get_by_role("link", name="Clore le dossier").click()
    telephone.get_by_label("Motif").select_option(index=1)
    press(telephone, "Clore le dossier")
    said(telephone, "clos")
    telephone.goto("/mes-jeunes")
    expect(telephone.get_by_role("link", name="Lina", exact=True)).to_have_count(0)
    code = scene.monde.ids["Dahmani"]
    assert scene.rows(Dossier, code=code)[0].clos_le == date(2026, 3, 17)
    office = scene.page("coordinateur", largeur=BUREAU)
    office.goto(scene.dossier("Dahmani"))
    office.get_by_role("link", name="Rouvrir le dossier").click()
    office.get_by_label("Référent").select_option(index=1)
    press(office, "Rouvrir le dossier")
    assert scene.rows(Dossier, code=code)[0].clos_le is None
    telephone.goto(scene.dossier("Dahmani"))
    expect(telephone.get_by_role("link", name="Noter un suivi")).to_be_visible()


def review_at(page: Page, rang: int) -> None:
    expect(page.get_by_text(f"Dossier {rang} / 3")).to_be_visible()
    # keys answer once the script has run
    page.wait_for_load_state()


def test_the_review_goes_by_keys_stops_and_resumes(scene: Scene) -> None:
    page = scene.page("referent", largeur=BUREAU)
    page.goto("/revue")
    press(page, "Commencer la revue")
    review_at(page, 1)
    page.keyboard.press("c")
    review_at(page, 2)
    page.goto("/mes-jeunes")
    page.get_by_text("Plus", exact=True).click()
    page.get_by_role("link", name="Revue").click()
    expect(page.get_by_text("1 dossier vu sur 3")).to_be_visible()
    page.get_by_role("link", name="Reprendre").click()
    review_at(page, 2)
    page.keyboard.press("p")
    heading(page, "Prévoir un rendez-vous")
    page.get_by_label("Jour").fill("20/03/2026")
    press(page, "Prévoir")
    review_at(page, 3)
    page.keyboard.press("v")
    said(page, "La revue est terminée")
    assert [row.intensite for row in scene.rows(Dossier)].count(Intensite.VEILLE) == 1


@pytest.mark.parametrize(("touche", "page_ouverte"), [("r", "Noter un suivi"), ("l", "Passer le relais")])
def test_a_key_of_the_review_opens_the_form_that_its_act_needs(scene: Scene, touche: str, page_ouverte: str) -> None:
    page = scene.page("referent")
    page.goto("/revue")
    press(page, "Commencer la revue")
    review_at(page, 1)
    page.keyboard.press(touche)
    heading(page, page_ouverte)
    page.goto("/revue")
    expect(page.get_by_text("1 dossier vu sur 3")).to_be_visible()


def test_a_name_is_found_as_it_sounds_and_stands_in_no_address(scene: Scene, telephone: Page) -> None:
    asked: list[str] = []
    telephone.on("request", lambda request: asked.append(request.url.lower()))
    telephone.get_by_role("searchbox").fill("rousso")
    press(telephone, "Chercher")
    expect(telephone.get_by_text("1 jeune trouvé")).to_be_visible()
    telephone.get_by_role("link", name="Théo", exact=True).click()
    heading(telephone, "Théo Rousseau")
    assert len(asked) > 2
    assert not any(word in url for url in asked for word in ("rousso", "rousseau"))


def test_a_phone_shows_first_names_and_blanks_at_a_tap(scene: Scene, telephone: Page) -> None:
    expect(telephone.get_by_text(PRENOM, exact=True)).to_be_visible()
    expect(telephone.get_by_text(NOM)).to_be_hidden()
    telephone.get_by_role("button", name="Masquer l’écran").click()
    expect(telephone.get_by_text(PRENOM, exact=True)).to_be_hidden()
    telephone.get_by_role("button", name="Écran masqué").click()
    expect(telephone.get_by_text(PRENOM, exact=True)).to_be_visible()
    telephone.set_viewport_size({"width": BUREAU, "height": 844})
    expect(telephone.get_by_text(NOM)).to_be_visible()


def test_a_dossier_lives_without_script(scene: Scene) -> None:
    page = scene.page("referent", java_script_enabled=False)
    noted = scene.rows(Suivi)
    begin(page, scene, "Rousseau", "Décrochage", "09/03/2026")
    press(page, "Enregistrer")
    said(page, "Étape enregistrée.")
    page.get_by_text("Identité, relais, clôture").click()
    page.get_by_role("link", name="Clore le dossier").click()
    page.get_by_label("Motif").select_option(index=1)
    press(page, "Clore le dossier")
    said(page, "clos")
    assert scene.rows(Suivi) == noted != []
