"""Every page that somebody may open, in a real browser, at the widths of a desk and of a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.parcours.models import Suivi
from tests.browser.conftest import BUREAU, TELEPHONE, Scene
from tests.browser.constats import faults
from tests.http.conftest import Monde
from tests.http.test_matrix import LAST, NOTHING_THERE

pytestmark = pytest.mark.browser

LARGEURS = pytest.mark.parametrize("largeur", [BUREAU, TELEPHONE])


def addresses(app: Flask, monde: Monde) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in LAST | NOTHING_THERE | {"static", "sante.sante"}:
            url = monde.url(rule, app)
            # a file is no page
            if not url.endswith((".csv", ".xlsx", ".css", ".ics", ".webmanifest")):
                yield url


@LARGEURS
@pytest.mark.parametrize("nom", ["referent", "coordinateur", "administrateur", "responsable"])
def test_every_page_of_the_url_map(vitrine: Scene, nom: str, largeur: int) -> None:
    page = vitrine.page(nom, largeur=largeur)
    opened, found = 0, []
    for url in addresses(vitrine.app, vitrine.monde):
        if page.goto(url).status == 200:
            opened += 1
            found += [f"{url}: {fault}" for fault in faults(page)]
    assert opened > 5
    assert not found, "\n".join(found)


@LARGEURS
def test_the_pages_that_a_gesture_opens(scene: Scene, largeur: int) -> None:
    page = scene.page("referent", largeur=largeur)
    found = []
    for nom, geste in GESTES.items():
        geste(scene, page)
        found += [f"{nom}: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def _nobody(scene: Scene, page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/mes-jeunes")
    expect(page).to_have_url(scene.adresse + "/connexion?retour=/mes-jeunes")


def _absent(scene: Scene, page: Page) -> None:
    assert page.goto("/dossiers/ZZZ-ZZZ").status == 404


def _number(scene: Scene, page: Page) -> None:
    page.goto(scene.base)
    page.get_by_role("button", name="Appeler").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Joindre")


def _search(scene: Scene, page: Page) -> None:
    page.goto("/mes-jeunes")
    page.get_by_role("searchbox").fill("rousso")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recherche")


def _empty_search(scene: Scene, page: Page) -> None:
    page.goto("/mes-jeunes")
    page.get_by_role("searchbox").fill("wxyz")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Personne ne répond à ces mots")).to_be_visible()


def _review(scene: Scene, page: Page) -> None:
    page.goto("/revue")
    page.get_by_role("button", name="Commencer la revue").click()
    expect(page.get_by_role("button", name="Confirmer")).to_be_visible()


def _twins(scene: Scene, page: Page) -> None:
    page.goto("/dossiers/nouveau")
    page.get_by_label("Territoire").select_option(index=1)
    page.get_by_text("Identité, si le jeune a été informé").click()
    page.get_by_label("Prénom (facultatif)").fill("Théo")
    page.get_by_label("Nom (facultatif)", exact=True).fill("Rousseau")
    page.get_by_label("Date ou année de naissance").fill("12/09/2007")
    page.get_by_label("Informé le").fill("17/03/2026")
    page.get_by_label("De vive voix").check()
    page.get_by_role("button", name="Créer le dossier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce jeune est-il déjà suivi\u00a0?")


def _two_texts(scene: Scene, page: Page) -> None:
    page.goto(f"{scene.base}/suivis/nouveau")
    for words in ("Elle passera jeudi.", "Elle passera vendredi."):
        page.get_by_label("Quelques mots").fill(words)
        page.get_by_role("button", name="Enregistrer", exact=True).click()
        page.wait_for_load_state()
        if words.endswith("jeudi."):
            page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("déjà enregistré, avec d’autres mots")


def _nobody_there(scene: Scene, page: Page) -> None:
    page.goto("/suivis/groupe")
    page.get_by_role("button", name="Enregistrer", exact=True).first.click()
    expect(page.get_by_text("Dites qui était là")).to_be_visible()


def _a_group_twice(scene: Scene, page: Page) -> None:
    for presence in ("Présent", "Absent"):
        if presence == "Présent":
            page.goto("/suivis/groupe")
        page.get_by_role("group", name=re.compile("Théo")).get_by_label(presence).check()
        page.get_by_role("button", name="Enregistrer", exact=True).first.click()
        page.wait_for_load_state()
        if presence == "Présent":
            page.go_back()
    expect(page.get_by_role("button", name="Noter un autre suivi de chacun")).to_be_visible()


def _found_to_note(scene: Scene, page: Page) -> None:
    page.goto("/noter")
    page.get_by_role("searchbox").fill("rousso")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Trouvés")).to_be_visible()


def _locked(scene: Scene, page: Page) -> None:
    page.goto("/mes-jeunes")
    page.get_by_role("button", name="Verrouiller").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Écran verrouillé")


GESTES = {
    "numéro": _number,
    "recherche": _search,
    "recherche vide": _empty_search,
    "revue d’un dossier": _review,
    "jumeaux": _twins,
    "deux textes": _two_texts,
    "groupe sans personne": _nobody_there,
    "groupe noté autrement": _a_group_twice,
    "noter, recherche": _found_to_note,
    "page absente": _absent,
    "écran verrouillé": _locked,
    "connexion": _nobody,
}


# -- forms in error -------------------------------------------------------------------------------------------------

AVANT = """() => ({
  valeurs: [...document.querySelectorAll('main form:not(.forme-bouton) [name]')].filter(
      e => !['csrf_token', 'depot', 'version'].includes(e.name) && e.type !== 'submit' && e.type !== 'password')
    .map(e => [e.name, e.value, e.checked ?? null]),
  aides: [...document.querySelectorAll('main .aide')].map(e => [e.id, e.textContent]),
})"""
RGAA = """() => {
  const fautes = [];
  const resume = document.querySelector('#resume-erreurs');
  if (document.activeElement !== resume) fautes.push('the summary has not the focus');
  const invalides = [...document.querySelectorAll('main [aria-invalid]')];
  if (!invalides.length) fautes.push('nothing is marked invalid');
  for (const champ of invalides) {
    const decrit = (champ.getAttribute('aria-describedby') ?? '').split(' ');
    const message = document.getElementById(decrit.find(id => id.endsWith('-erreur')));
    if (!message || message.textContent.length < 12) fautes.push(`no message for ${champ.name || champ.textContent}`);
    else if (message.closest('.champ') !== champ.closest('.champ')) fautes.push('message away from its field');
    else if (!resume.textContent.includes(message.textContent.replace('Erreur\\u00a0: ', '').trim()))
      fautes.push(`not in the summary: ${message.textContent}`);
    const aide = champ.closest('.champ').querySelector('.aide');
    if (aide && !decrit.includes(aide.id)) fautes.push(`the help of ${aide.id} is no longer read`);
  }
  for (const groupe of document.querySelectorAll('main fieldset'))
    if (!groupe.querySelector('legend')?.textContent.trim()) fautes.push('a group without its name');
  return fautes;
}"""
# The address, after the dossier's or whole; what is typed, by label.
FORMULAIRES = {
    "suivi": ("/suivis/nouveau", {"Quelques mots": "À garder", "Autre jour…": True, "Autre jour": "31/02/2026"}),
    "étape": ("/etapes/nouvelle?genre=formation", {"Précisions": "Un CAP", "Début": "99/99/2026"}),
    "rendez-vous": ("/contacts-prevus", {"Jour": "bientôt", "Heure": "25:99", "Pour quoi": "Le CV"}),
    "relais": ("/referent", {"Quelques mots pour la suite": "Tout va bien"}),
    "clôture": ("/cloture", {"Date de clôture": "01/01/2031"}),
    "identité": ("/identite", {"Téléphone": "12", "Date ou année": "1066"}),
    "représentant": ("/representants/nouveau", {"Téléphone": "12"}),
    "nouveau jeune": ("/dossiers/nouveau", {"Quelques mots": "Croisé au stade"}),
    "mot de passe": ("/mon-compte", {}),
    "noter": ("/noter", {"Quelques mots": "À garder"}),
    "pas encore connu": ("/noter/inconnu", {"Quelques mots": "À garder"}),
}  # fmt: skip
SEULES = ("/dossiers", "/mon", "/noter")
# Where another form comes first on the page: what the one that is meant holds.
PROPRES = {"mot de passe": "input[type=password]"}


@pytest.mark.parametrize("nom", FORMULAIRES)
def test_a_form_in_error_says_where_and_loses_nothing(vitrine: Scene, nom: str) -> None:
    url, said = FORMULAIRES[nom]
    page = vitrine.page("referent")
    page.goto(url if url.startswith(SEULES) else vitrine.base + url)
    for label, value in said.items():
        control = page.locator("main form").get_by_label(re.compile(f"^{label}")).last
        control.check() if value is True else control.fill(value)
    before = page.evaluate(AVANT)
    meant = page.locator("form", has=page.locator(PROPRES.get(nom, ".actes-formulaire")))
    with page.expect_navigation() as navigation:
        meant.locator(".actes-formulaire .bouton").first.click()
    assert navigation.value.status == 422
    assert page.title().startswith("Erreur\u00a0: ")
    after = page.evaluate(AVANT)
    assert after["valeurs"] == before["valeurs"]
    assert after["aides"] == before["aides"]
    assert page.evaluate(RGAA) == []
    assert list(faults(page)) == []
    links = page.locator("#resume-erreurs a")
    assert links.count() == page.locator(".champ-erreur").count() > 0
    for link in links.all():
        link.click()
        expect(page.locator(link.get_attribute("href"))).to_be_focused()


# -- keyboard --------------------------------------------------------------------------------------------------------

ANNEAU = """() => {
  const actif = document.activeElement;
  const porte = actif.matches('.tuile > input') ? actif.nextElementSibling : actif;
  const style = getComputedStyle(porte);
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
}"""


def tab_to(page: Page, words: str, *, at_most: int = 60) -> None:
    """Press Tab until the element whose name begins with these words has the focus; each stop must be seen."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        assert page.evaluate(ANNEAU), page.evaluate("document.activeElement.outerHTML")
        if page.evaluate(
            """words => { const e = document.activeElement;
                 return (e.labels?.[0]?.textContent ?? e.textContent).trim().startsWith(words) }""",
            words,
        ):
            return
    raise AssertionError(f"Tab never reaches {words}")


def test_a_follow_up_is_logged_with_the_keyboard_alone(scene: Scene) -> None:
    page = scene.page("referent", largeur=BUREAU)
    page.goto("/mes-jeunes")
    tab_to(page, "Aller au contenu")
    page.keyboard.press("Enter")
    tab_to(page, "Noter un suivi pour Théo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Noter un suivi")
    tab_to(page, "Échange")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Rendez-vous pris")).to_be_checked()
    tab_to(page, "Quelques mots")
    page.keyboard.type("Vu au marché")
    tab_to(page, "Enregistrer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Suivi enregistré.")
    expect(page.get_by_text("Vu au marché")).to_be_visible()
    assert [row.resultat.value for row in scene.rows(Suivi)].count("rdv_pris") == 1
