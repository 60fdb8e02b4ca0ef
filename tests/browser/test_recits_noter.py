"""In a stairwell, with one thumb: whom one just met is noted from any page, in three taps and the words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from app.parcours.models import Dossier, Suivi
from app.parcours.vocabulaire import Canal, Resultat
from tests.browser.conftest import HAUTEUR, Scene
from tests.factories import TODAY
from tests.http.conftest import PRENOM

pytestmark = pytest.mark.browser

# one key each
MOTS = "Vu dans le hall, en stage depuis lundi."
# What hands do, counted from page to page: `sessionStorage` follows the tab.
COMPTEUR = """for (const geste of ['pointerdown', 'keydown']) addEventListener(geste, e => {
  if (e.isTrusted) sessionStorage[geste] = Number(sessionStorage[geste] ?? 0) + 1;
}, true);"""


class Pouce:
    """One thumb on a phone; it taps only what the screen shows without scrolling, and never a covered thing."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(COMPTEUR)

    def tap(self, locator: Locator) -> None:
        box = locator.bounding_box()
        assert box["height"] >= 44, locator
        assert 0 <= box["y"] <= HAUTEUR - box["height"], f"out of sight: {locator}"
        locator.tap()

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def gestures(self) -> tuple[int, int]:
        """(taps, keys) since the beginning."""
        read = "geste => Number(sessionStorage[geste] ?? 0)"
        return self.page.evaluate(read, "pointerdown"), self.page.evaluate(read, "keydown")


@pytest.fixture
def pouce(scene: Scene) -> Pouce:
    return Pouce(scene.page("referent", has_touch=True))


@pytest.fixture
def logged(scene: Scene) -> Callable[[], list[Suivi]]:
    """The follow-ups written since the beginning of the story."""
    before = {suivi.id for suivi in scene.rows(Suivi)}
    return lambda: [suivi for suivi in scene.rows(Suivi) if suivi.id not in before]


def barre(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Navigation principale").get_by_role("link", name=name)


def statut(page: Page) -> Locator:
    return page.get_by_role("status")


@pytest.mark.parametrize("depart", ["/ma-journee", "/mes-jeunes", "/alertes", "/revue", "/mon-compte", "autre dossier"])
def test_three_taps_and_the_words_from_any_page(scene: Scene, pouce: Pouce, logged, depart: str) -> None:
    page = pouce.page
    page.goto(scene.dossier("Dahmani") if depart == "autre dossier" else depart)
    pouce.tap(barre(page, "Noter"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Noter un suivi")
    pouce.tap(page.get_by_label("Théo"))
    # the finger has gone on to the words: on a phone the keyboard is open
    pouce.type(MOTS)
    pouce.tap(page.get_by_role("button", name="Enregistrer", exact=True).first)
    expect(statut(page)).to_contain_text("Suivi enregistré pour Théo.")
    assert pouce.gestures() == (3, len(MOTS))
    (suivi,) = logged()
    assert (suivi.jour, suivi.resultat, bool(suivi.note)) == (TODAY, Resultat.ECHANGE_FAIT, True)
    statut(page).get_by_role("link", name="Le dossier").click()
    expect(page.get_by_text(MOTS)).to_be_visible()


def test_from_the_dossier_two_taps_and_one_is_back_there(scene: Scene, pouce: Pouce, logged) -> None:
    page = pouce.page
    page.goto(scene.dossier("Rousseau"))
    pouce.tap(barre(page, "Noter"))
    expect(page.get_by_label("Théo")).to_be_checked()
    pouce.tap(page.get_by_role("button", name="Enregistrer", exact=True).first)
    expect(page).to_have_url(scene.adresse + scene.dossier("Rousseau"))
    assert (pouce.gestures(), len(logged())) == ((2, 0), 1)


def test_what_differs_is_one_line_that_says_what_will_be_noted(pouce: Pouce, logged) -> None:
    page = pouce.page
    page.goto("/noter")
    line = page.locator(".noter-bref > summary")
    expect(line).to_contain_text("Échange · Entretien · Aujourd’hui")
    line.tap()
    page.get_by_label("Absent", exact=True).check()
    page.get_by_label("Hier, 16\u00a0mars").check()
    line.tap()
    expect(line).to_contain_text("Absent · Entretien · Hier")
    page.get_by_label("Lina").check()
    page.get_by_role("button", name="Enregistrer", exact=True).first.tap()
    expect(statut(page)).to_contain_text("Suivi enregistré pour Lina.")
    assert [suivi.resultat for suivi in logged()] == [Resultat.ABSENT_NON_EXCUSE]


def test_somebody_else_is_searched_and_the_words_stay(pouce: Pouce, logged) -> None:
    page = pouce.page
    page.goto("/noter")
    page.get_by_label("Quelques mots").fill(MOTS)
    page.get_by_role("searchbox").fill("rousso")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Théo")).to_be_checked()
    expect(page.get_by_label("Quelques mots")).to_have_value(MOTS)
    page.get_by_role("button", name="Enregistrer", exact=True).first.tap()
    expect(statut(page)).to_contain_text("Suivi enregistré pour Théo.")
    assert len(logged()) == 1


def test_somebody_met_in_the_street_is_noted_under_a_nickname(scene: Scene, pouce: Pouce, logged) -> None:
    page = pouce.page
    scene.clock.now += timedelta(minutes=5)
    page.goto("/ma-journee")
    pouce.tap(barre(page, "Noter"))
    pouce.tap(page.get_by_role("link", name="Pas encore connu"))
    pouce.tap(page.get_by_label("Surnom"))
    pouce.type("Casquette")
    pouce.tap(page.get_by_label("Quelques mots"))
    pouce.type("Assis devant la supérette.")
    pouce.tap(page.get_by_role("button", name="Enregistrer", exact=True))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Casquette")
    assert pouce.gestures()[0] == 5
    (suivi,) = logged()
    assert (suivi.canal, suivi.resultat, suivi.jour) == (Canal.PRESENCE_RUE, Resultat.ECHANGE_FAIT, TODAY)
    (dossier,) = [one for one in scene.rows(Dossier) if one.id == suivi.dossier_id]
    assert (dossier.annee_naissance, dossier.clos_le) == (None, None)
    # they are among one's people at once
    pouce.tap(barre(page, "Mes jeunes"))
    pouce.tap(barre(page, "Noter"))
    expect(page.locator(".tuile-personne").first).to_contain_text("Casquette")


@pytest.mark.parametrize("script", [True, False])
def test_three_at_once_present_excused_absent(scene: Scene, logged, script: bool) -> None:
    pouce = Pouce(scene.page("referent", has_touch=True, java_script_enabled=script))
    page = pouce.page
    page.goto("/ma-journee")
    pouce.tap(barre(page, "Noter"))
    pouce.tap(page.get_by_role("link", name="Plusieurs à la fois"))
    for prenom, presence in (("Théo", "Présent"), ("Lina", "Excusé"), (PRENOM, "Absent")):
        page.get_by_role("group", name=re.compile(prenom)).get_by_label(presence).check()
    theo = page.locator(".groupe-ligne").filter(has_text="Théo")
    theo.get_by_text("Ses mots à part, pour").tap()
    theo.get_by_role("textbox").fill("A animé le jeu.")
    page.get_by_label("Quelques mots").fill("Jeux au local.")
    page.get_by_role("button", name="Enregistrer", exact=True).first.dblclick(no_wait_after=True)
    expect(statut(page)).to_contain_text("3 suivis enregistrés.")
    assert sorted(suivi.resultat for suivi in logged()) == sorted(
        [Resultat.ECHANGE_FAIT, Resultat.EXCUSE, Resultat.ABSENT_NON_EXCUSE]
    )
    assert {suivi.canal for suivi in logged()} == {Canal.ATELIER_COLLECTIF}
    page.goto(scene.dossier("Rousseau"))
    expect(page.get_by_text("A animé le jeu.")).to_be_visible()
    page.goto(scene.dossier("Dahmani"))
    expect(page.get_by_text("Jeux au local.")).to_be_visible()
    expect(page.get_by_text("A animé le jeu.")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_the_rest_of_the_menu_is_behind_plus(scene: Scene, script: bool) -> None:
    page = scene.page("referent", has_touch=True, java_script_enabled=script)
    page.goto("/ma-journee")
    plus = page.locator(".navigation-plus > summary")
    expect(barre(page, "Revue")).to_be_hidden()
    plus.tap()
    expect(barre(page, "Revue")).to_be_in_viewport()
    if script:
        page.get_by_role("heading", level=1).tap()
        expect(barre(page, "Revue")).to_be_hidden()
        plus.tap()
    barre(page, "Revue").tap()
    expect(page).to_have_url(scene.adresse + "/revue")
    expect(plus).to_have_css("color", "rgb(255, 255, 255)")


def test_the_bar_hides_nothing_and_leaves_a_low_screen(scene: Scene) -> None:
    page = scene.page("referent")
    page.goto("/noter")
    foot = page.get_by_role("contentinfo").get_by_role("link").last
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bar = page.locator(".navigation").bounding_box()
    assert foot.bounding_box()["y"] + foot.bounding_box()["height"] <= bar["y"]
    # the keyboard of some phones, or a phone on its side: the bar gives its place back
    page.set_viewport_size({"width": 640, "height": 330})
    assert page.locator(".navigation").evaluate("e => getComputedStyle(e).position") == "static"
    expect(page.get_by_label(re.compile(PRENOM))).to_be_attached()


def test_a_phone_may_keep_it_among_its_applications(scene: Scene) -> None:
    page = scene.page("referent")
    page.goto("/ma-journee")
    browser = page.context.new_cdp_session(page)
    found = browser.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"] == f"{scene.adresse}/parcours.webmanifest"
    said = json.loads(found["data"])
    assert (said["name"], said["display"], said["start_url"]) == ("Parcours", "standalone", "/")
    for icon in said["icons"]:
        sizes = page.evaluate(
            "async src => { const image = new Image(); image.src = src; await image.decode(); return image.width }",
            icon["src"],
        )
        assert f"{sizes}x{sizes}" == icon["sizes"]
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    for shortcut in said["shortcuts"]:
        assert page.goto(shortcut["url"]).status == 200
    errors = {one["errorId"] for one in browser.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    # the pages of these tests are private windows, where nothing is installed
    assert errors <= {"in-incognito"}
    assert scene.app.test_client().get("/parcours.webmanifest").mimetype == "application/manifest+json"
    # nothing of anybody is kept on the phone
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
