"""Noting a follow-up on a phone: fast, twice, badly, too late, offline, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from app.accounts.models import Brouillon
from app.parcours import services_suivis
from app.parcours.models import ContactPrevu, Suivi
from app.parcours.vocabulaire import Canal, Resultat, Theme
from tests.browser.conftest import Scene
from tests.factories import TODAY
from tests.http.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.browser

MOTS = "Elle apporte son CV jeudi."


@pytest.fixture
def logged(scene: Scene) -> Callable[[], list[Suivi]]:
    """The follow-ups written since the beginning of the story."""
    before = {suivi.id for suivi in scene.rows(Suivi)}
    return lambda: [suivi for suivi in scene.rows(Suivi) if suivi.id not in before]


def open_form(scene: Scene, page: Page, words: str = MOTS) -> None:
    page.goto(f"{scene.base}/suivis/nouveau")
    page.get_by_label("Quelques mots").fill(words)


def save(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).first.click()


def expect_logged(page: Page, words: str = MOTS) -> None:
    expect(page.get_by_role("status")).to_contain_text("Suivi enregistré.")
    expect(page.get_by_text(words)).to_be_visible()


def test_two_taps_from_the_list_when_nothing_differs_three_when_one_thing_does(scene, telephone, logged) -> None:
    telephone.get_by_role("link", name="Noter un suivi pour Théo").click()
    expect(telephone.get_by_label("Aujourd’hui, 17\u00a0mars")).to_be_checked()
    save(telephone)
    expect(telephone.get_by_role("status")).to_contain_text("Suivi enregistré.")
    expect(telephone.locator(".evenement").first.get_by_text("mardi 17 mars").first).to_be_visible()
    telephone.goto("/mes-jeunes")
    telephone.get_by_role("link", name="Noter un suivi pour Lina").click()
    telephone.get_by_label("Rue").check()
    save(telephone)
    expect(telephone.get_by_role("status")).to_contain_text("Suivi enregistré.")
    first, second = sorted(logged(), key=lambda suivi: suivi.canal is Canal.PRESENCE_RUE)
    assert {first.resultat, second.resultat} == {Resultat.ECHANGE_FAIT}
    assert {first.jour, second.jour} == {TODAY}
    assert (second.canal, second.note) == (Canal.PRESENCE_RUE, None)


@pytest.mark.parametrize(
    ("bouton", "resultat", "canal"),
    [
        ("Absent\u00a0: Théo", Resultat.ABSENT_NON_EXCUSE, Canal.ENTRETIEN),
        ("Sans réponse de Théo", Resultat.SANS_REPONSE, Canal.TELEPHONE),
    ],
)
def test_an_attempt_is_two_taps_from_the_list_and_may_be_put_right(
    scene, telephone, logged, bouton, resultat, canal
) -> None:
    telephone.get_by_text("Absent, sans réponse\u00a0: Théo").click()
    telephone.get_by_role("button", name=bouton).click()
    expect(telephone.get_by_role("status")).to_contain_text("Noté aujourd’hui")
    expect(telephone).to_have_url(f"{scene.adresse}/mes-jeunes")
    (suivi,) = logged()
    assert (suivi.resultat, suivi.canal, suivi.jour) == (resultat, canal, TODAY)
    telephone.get_by_role("status").get_by_role("link", name="Corriger").click()
    telephone.get_by_label("Excusé").check()
    save(telephone)
    expect(telephone.get_by_role("status")).to_contain_text("Suivi corrigé.")
    assert [row.resultat for row in logged()] == [Resultat.EXCUSE]


@pytest.mark.parametrize("script", [True, False])
def test_a_double_tap_writes_one_row(scene, logged, script: bool) -> None:
    page = scene.page("referent", java_script_enabled=script)
    open_form(scene, page)
    page.get_by_role("button", name="Enregistrer", exact=True).first.dblclick(no_wait_after=True)
    expect_logged(page)
    assert len(logged()) == 1


@pytest.mark.parametrize(
    ("sortie", "lignes", "phrase"),
    [("Corriger le suivi enregistré", 1, "Suivi corrigé."), ("En noter un autre", 2, "Suivi enregistré.")],
)
def test_the_back_button_then_other_words_shows_both_and_either_way_out_works(
    scene, telephone, logged, sortie, lignes, phrase
) -> None:
    open_form(scene, telephone)
    save(telephone)
    expect_logged(telephone)
    telephone.go_back()
    telephone.get_by_label("Quelques mots").fill("Elle viendra vendredi, finalement.")
    save(telephone)
    expect(telephone.get_by_role("heading", level=1)).to_have_text("Ce suivi est déjà enregistré, avec d’autres mots")
    expect(telephone.get_by_text(MOTS)).to_be_visible()
    expect(telephone.get_by_text("Elle viendra vendredi, finalement.")).to_be_visible()
    assert telephone.locator(".differe dt").all_inner_texts() == ["Quelques mots\n(différent)"] * 2
    telephone.get_by_role("button", name=sortie).click()
    expect(telephone.get_by_role("status")).to_contain_text(phrase)
    expect(telephone.get_by_text("Elle viendra vendredi, finalement.")).to_be_visible()
    assert len(logged()) == lignes
    assert telephone.get_by_text(MOTS).count() == lignes - 1


def test_an_answer_lost_on_the_way_then_a_retry_writes_one_row(scene, telephone, logged) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    open_form(scene, telephone)
    telephone.route("**/suivis", lose_the_answer, times=1)
    save(telephone)
    telephone.wait_for_url("chrome-error://**")
    assert len(logged()) == 1
    telephone.reload()
    expect_logged(telephone)
    assert len(logged()) == 1


def test_a_mistake_keeps_the_words_the_themes_and_the_promise(scene, telephone, logged) -> None:
    open_form(scene, telephone)
    telephone.get_by_text("Thèmes, prochain rendez-vous, qui peut lire").click()
    telephone.get_by_label("Emploi").check()
    telephone.get_by_label("Jour du prochain rendez-vous").fill("32/03/2026")
    save(telephone)
    expect(telephone.locator("#resume-erreurs")).to_be_focused()
    expect(telephone.get_by_label("Quelques mots")).to_have_value(MOTS)
    expect(telephone.get_by_label("Emploi")).to_be_checked()
    champ = telephone.get_by_label("Jour du prochain rendez-vous")
    expect(champ).to_have_value("32/03/2026")
    champ.fill("24032026")
    save(telephone)
    expect_logged(telephone)
    expect(telephone.get_by_text("mardi 24 mars, dans 7 jours")).to_be_visible()
    (suivi,) = logged()
    assert suivi.themes == (Theme.EMPLOI,)
    assert TODAY + timedelta(days=7) in {contact.jour for contact in scene.rows(ContactPrevu)}


def test_after_half_an_hour_the_screen_locks_and_gives_back_what_was_typed(scene, telephone, logged) -> None:
    open_form(scene, telephone)
    scene.clock.now += timedelta(minutes=31)
    save(telephone)
    expect(telephone.get_by_role("heading", level=1)).to_have_text("Écran verrouillé")
    assert (logged(), telephone.get_by_text(MOTS).count()) == ([], 0)
    telephone.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    telephone.get_by_role("button", name="Déverrouiller").click()
    expect(telephone.get_by_label("Quelques mots")).to_have_value(MOTS)
    save(telephone)
    expect_logged(telephone)
    assert len(logged()) == 1
    assert MOTS not in str([row.contenu for row in scene.rows(Brouillon)])


def test_after_ten_hours_the_words_wait_behind_the_sign_in_page(scene, telephone, logged) -> None:
    open_form(scene, telephone)
    scene.clock.now += timedelta(hours=10, minutes=1)
    save(telephone)
    expect(telephone.get_by_role("heading", level=1)).to_have_text("Se connecter")
    telephone.get_by_label("Adresse de courriel").fill(scene.monde.agents["referent"].courriel)
    telephone.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    telephone.get_by_role("button", name="Se connecter").click()
    expect(telephone.get_by_label("Quelques mots")).to_have_value(MOTS)
    save(telephone)
    expect_logged(telephone)
    assert len(logged()) == 1


def test_a_failure_of_the_server_gives_the_words_back(
    scene, telephone, logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("nothing works")

    open_form(scene, telephone)
    with monkeypatch.context() as broken:
        broken.setattr(services_suivis, "log_suivi", fail)
        save(telephone)
        expect(telephone.get_by_role("heading", level=1)).to_have_text("Un incident s’est produit")
    telephone.get_by_role("link", name="Revenir à l’accueil").click()
    telephone.get_by_role("link", name="Reprendre ma saisie").click()
    expect(telephone.get_by_label("Quelques mots")).to_have_value(MOTS)
    assert logged() == []
    save(telephone)
    expect_logged(telephone)
    left = scene.rows(Brouillon, agent_id=logged()[0].agent_id, enregistre_le=None)
    # the one of the world itself
    assert (len(logged()), len(left)) == (1, 1)


def test_calling_reveals_the_number_and_the_note_is_ready(scene, telephone, logged) -> None:
    telephone.get_by_role("button", name="Appeler Zéphyrine").click()
    main = telephone.get_by_role("main")
    expect(main.get_by_role("link", name="Appeler")).to_have_attribute("href", "tel:+33639981234")
    expect(main.get_by_role("link", name="Écrire")).to_have_attribute("href", "sms:+33639981234")
    assert "3998" not in telephone.url
    telephone.get_by_role("link", name="Noter l’appel").click()
    expect(telephone.get_by_label("Téléphone")).to_be_checked()
    expect(telephone.get_by_label("Aujourd’hui, 17\u00a0mars")).to_be_checked()
    save(telephone)
    expect(telephone.get_by_role("status")).to_contain_text("Suivi enregistré.")
    assert [suivi.canal for suivi in logged()] == [Canal.TELEPHONE]


def test_all_of_it_works_without_script(scene, logged) -> None:
    page = scene.page("referent", java_script_enabled=False)
    page.goto("/mes-jeunes")
    page.get_by_text("Absent, sans réponse\u00a0: Théo").click()
    page.get_by_role("button", name="Sans réponse de Théo").click()
    expect(page.get_by_role("status")).to_contain_text("Noté aujourd’hui")
    page.get_by_role("link", name="Noter un suivi pour Lina").click()
    page.get_by_label("Autre jour…").check()
    page.get_by_label("Autre jour", exact=True).fill("demain")
    page.get_by_label("Quelques mots").fill(MOTS)
    save(page)
    expect(page.get_by_role("link", name="Écrivez la date comme ceci")).to_be_visible()
    page.get_by_label("Autre jour", exact=True).fill("15/03/2026")
    save(page)
    expect_logged(page)
    assert sorted(suivi.jour for suivi in logged()) == [TODAY - timedelta(days=2), TODAY]
