"""The style guide in a real browser, at the widths of a desk, a phone and a small phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

PAGES = (
    "pieces",
    "mes-jeunes",
    "noter",
    "dossier",
    "saisie",
    "connexion",
    "accessibilite",
    "donnees-personnelles",
    "absente",
)
LARGEURS = (1280, 390, 320)
CIBLE = 44


@pytest.fixture(params=LARGEURS)
def page(request: pytest.FixtureRequest, navigateur: Browser, adresse: str) -> Iterator[Page]:
    contexte = navigateur.new_context(
        viewport={"width": request.param, "height": 844}, base_url=adresse, locale="en-US", reduced_motion="reduce"
    )
    page = contexte.new_page()
    erreurs: list[str] = []
    page.on("pageerror", lambda e: erreurs.append(str(e)))
    page.on("console", lambda m: erreurs.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    contexte.close()
    assert erreurs == []


@pytest.fixture
def telephone(navigateur: Browser, adresse: str) -> Iterator[Page]:
    contexte = navigateur.new_context(viewport={"width": 390, "height": 844}, base_url=adresse)
    yield contexte.new_page()
    contexte.close()


def deborde(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_no_page_scrolls_sideways(page: Page) -> None:
    for nom in PAGES:
        page.goto(f"/{nom}")
        assert deborde(page) <= 0, nom


def test_axe_finds_nothing(page: Page) -> None:
    axe = Axe()
    for nom in PAGES:
        page.goto(f"/{nom}")
        assert [v["id"] for v in axe.run(page).response["violations"]] == [], nom
    for nom in ("noter", "saisie"):
        page.goto(f"/{nom}")
        with page.expect_navigation():
            page.locator(".actes-formulaire button").first.click()
        assert [v["id"] for v in axe.run(page).response["violations"]] == [], f"{nom} en erreur"
        assert deborde(page) <= 0


def test_everything_to_tap_is_44_pixels_high(page: Page) -> None:
    for nom in PAGES:
        page.goto(f"/{nom}")
        petits = page.evaluate(
            """cible => [...document.querySelectorAll(
                 'button, .bouton, summary, .saisie, .tuile label, nav a, .pied a, .retour a, .lien-acte')]
               .filter(e => e.checkVisibility({visibilityProperty: true}))
               .filter(e => e.getBoundingClientRect().height < cible - 0.5)
               .map(e => e.outerHTML.slice(0, 80))""",
            CIBLE,
        )
        assert petits == [], nom


def test_on_a_phone_the_header_leaves_the_screen_to_the_work(telephone: Page) -> None:
    telephone.goto("/mes-jeunes")
    assert telephone.locator(".entete-rang").bounding_box()["height"] <= 2 * CIBLE + 2
    premiere = telephone.locator(".jeune").first.bounding_box()
    assert premiere["y"] + premiere["height"] <= 844


def test_on_a_phone_lists_show_first_names_only(telephone: Page) -> None:
    telephone.goto("/mes-jeunes")
    expect(telephone.get_by_text("Kaddour")).to_be_hidden()
    expect(telephone.get_by_text("Yanis")).to_be_visible()
    telephone.set_viewport_size({"width": 1280, "height": 800})
    expect(telephone.get_by_text("Kaddour")).to_be_visible()


def test_three_tiles_stand_side_by_side_on_a_phone_and_the_marks_are_round(telephone: Page) -> None:
    telephone.goto("/noter")
    hauts = telephone.locator("fieldset:has-text('Comment') .tuile").evaluate_all(
        "tuiles => tuiles.map(t => Math.round(t.getBoundingClientRect().top))"
    )
    assert hauts.count(hauts[0]) == 3
    for selecteur in (".pli-disque", ".initiale"):
        boite = telephone.locator(selecteur).first.bounding_box()
        assert boite["width"] == boite["height"]


def test_one_tap_blanks_the_screen_and_one_brings_it_back(telephone: Page) -> None:
    telephone.goto("/dossier")
    telephone.get_by_role("button", name="Masquer l’écran").click()
    expect(telephone.get_by_role("heading", level=1)).to_be_hidden()
    telephone.get_by_role("button", name="Écran masqué").click()
    expect(telephone.get_by_role("heading", level=1)).to_be_visible()


def test_the_keyboard_blanks_and_unblanks(telephone: Page) -> None:
    telephone.goto("/dossier")
    telephone.get_by_role("button", name="Masquer l’écran").press("Enter")
    telephone.keyboard.press("Tab")
    expect(telephone.get_by_role("button", name="Écran masqué")).to_be_visible()
    telephone.get_by_role("button", name="Écran masqué").press("Escape")
    expect(telephone.get_by_role("button", name="Masquer l’écran")).to_be_focused()


def test_the_error_summary_is_read_first_and_leads_to_the_tile(telephone: Page) -> None:
    telephone.goto("/noter")
    with telephone.expect_navigation():
        telephone.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(telephone.locator("#resume-erreurs")).to_be_focused()
    telephone.get_by_role("link", name="Choisissez ce qui s’est passé.").click()
    expect(telephone.locator("#resultat-0")).to_be_focused()


def test_another_day_is_asked_only_when_it_is_chosen(telephone: Page) -> None:
    telephone.goto("/noter")
    champ = telephone.get_by_label("Quel jour")
    expect(champ).to_be_hidden()
    telephone.get_by_label("Autre jour…").check()
    expect(champ).to_be_visible()
    telephone.get_by_label("Hier").check()
    expect(champ).to_be_hidden()


def test_a_double_tap_sends_once(telephone: Page) -> None:
    envois: list[str] = []
    telephone.on("request", lambda r: envois.append(r.url) if r.method == "POST" else None)
    telephone.goto("/noter")
    with telephone.expect_navigation():
        telephone.get_by_role("button", name="Enregistrer", exact=True).dblclick(no_wait_after=True)
    assert len(envois) == 1
    expect(telephone.get_by_role("button", name="Enregistrer", exact=True)).to_be_enabled()


def test_a_key_presses_its_button_but_never_while_typing(telephone: Page) -> None:
    envois: list[str] = []
    telephone.on("request", lambda r: envois.append(r.post_data or "") if r.method == "POST" else None)
    telephone.route("**/connexion", lambda route: route.continue_() if route.request.method == "GET" else route.abort())
    telephone.goto("/connexion")
    telephone.locator("input.saisie").press("r")
    assert envois == []
    telephone.locator("input.saisie").blur()
    telephone.keyboard.press("r")
    telephone.wait_for_timeout(100)
    assert len(envois) == 1
    assert "role=referent" in envois[0]


def test_all_is_there_without_script(navigateur: Browser, adresse: str) -> None:
    contexte = navigateur.new_context(java_script_enabled=False, base_url=adresse)
    page = contexte.new_page()
    page.goto("/noter")
    expect(page.get_by_label("Quel jour")).to_be_visible()
    expect(page.get_by_role("button", name="Masquer l’écran")).to_be_hidden()
    expect(page.get_by_role("button", name="Verrouiller")).to_be_visible()
    page.goto("/mes-jeunes")
    expect(page.get_by_label("Territoire")).to_be_visible()
    contexte.close()


def test_filters_fold_on_a_phone_and_stand_open_on_a_desk(telephone: Page) -> None:
    telephone.goto("/mes-jeunes")
    expect(telephone.get_by_label("Territoire")).to_be_hidden()
    telephone.get_by_text("Chercher, filtrer").click()
    expect(telephone.get_by_label("Territoire")).to_be_visible()
    telephone.set_viewport_size({"width": 1280, "height": 800})
    telephone.goto("/mes-jeunes")
    expect(telephone.get_by_label("Territoire")).to_be_visible()


def test_large_text_still_fits_a_phone(telephone: Page) -> None:
    for nom in ("noter", "mes-jeunes", "dossier", "saisie"):
        telephone.goto(f"/{nom}")
        telephone.evaluate("document.documentElement.style.fontSize = '200%'")
        assert deborde(telephone) <= 0, nom
