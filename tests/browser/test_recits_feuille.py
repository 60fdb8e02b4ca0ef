"""Mon parcours, from the phone to the sheet of paper: one page, and nothing on it that was not ticked."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from app.audit.services import Acteur
from app.parcours.models import Dossier
from app.parcours.rules_objectifs import PAS_AU_PLUS, SUIVIS_AU_PLUS
from app.parcours.services_objectifs import Dit, PasDit, write_objectif
from app.parcours.vocabulaire import Theme
from app.vault.places import Place
from tests.browser.conftest import TELEPHONE, Scene
from tests.conftest import NOW
from tests.factories import TODAY
from tests.http.conftest import NOM, PRENOM

pytestmark = pytest.mark.browser

# in pixels, of some 1,000: it is well filled too
REMPLIE = 500
SOUHAIT = "Je voudrais apprendre à conduire, avoir un scooter et partir voir la mer avec mes cousins cet été. "


def pages_of(printed: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def test_a_minor_takes_home_one_page_that_says_nothing_of_home(scene: Scene, telephone: Page) -> None:
    telephone.goto(scene.base)
    telephone.get_by_role("link", name="Mon parcours, à imprimer").click()
    expect(telephone.get_by_text("La feuille traîne souvent à la maison.")).to_be_visible()
    structure = scene.monde.agents["referent"].structure.nom
    expect(telephone.get_by_label(structure)).not_to_be_checked()
    telephone.get_by_label("Courriel").uncheck()
    telephone.get_by_role("button", name="Voir la feuille").click()
    expect(telephone.get_by_role("article")).to_contain_text(PRENOM)
    for absent in (structure, NOM, scene.monde.agents["referent"].courriel):
        expect(telephone.get_by_role("article")).not_to_contain_text(absent)
    assert telephone.title() == "Mon parcours · Parcours"
    assert telephone.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    assert pages_of(telephone.pdf(prefer_css_page_size=True)) == 1
    telephone.emulate_media(media="print")
    for screen in ("navigation", "banner", "contentinfo"):
        expect(telephone.get_by_role(screen).locator("visible=true")).to_have_count(0)
    # nor what waits for the agent: the sheet is somebody else's
    expect(telephone.get_by_role("complementary", name="Urgence")).to_be_hidden()
    telephone.emulate_media(media="screen")
    telephone.get_by_role("link", name="Ce qui s’imprime").click()
    expect(telephone.get_by_label("Courriel")).not_to_be_checked()


@pytest.mark.parametrize("steps", [0, PAS_AU_PLUS])
def test_a_full_sheet_is_one_page(scene: Scene, telephone: Page, steps: int) -> None:
    """As many goals as there may be, of one line or of many: what is ticked at first fills the page and no more."""
    house = scene.app.extensions["parcours"]
    with house.database.writing() as session:
        dossier = session.query(Dossier).filter_by(code=scene.monde.code).one()
        keys, agent = house.vault.keys([dossier.uid]), scene.monde.agents["referent"]
        who = {"agent": agent, "acteur": Acteur.agent(agent.id, agent.structure_id), "now": NOW, "today": TODAY}
        for number in range(SUIVIS_AU_PLUS - 1):
            row, ids = uuid4(), [uuid4() for _ in range(steps)]
            texte = SOUHAIT[: 30 + 20 * number] if steps else SOUHAIT * 3
            words = keys.seal(dossier.uid, {"texte": texte[:300]}, place=Place.OBJECTIF_JEUNE, row=row)
            pas = [
                PasDit(one, keys.seal(dossier.uid, {"texte": "Appeler"}, place=Place.PETIT_PAS, row=one)) for one in ids
            ]
            asked = {"same_words": lambda _: True, "same_steps": lambda _: True, "pas": pas}
            dit = Dit(Theme.EMPLOI, words, None)
            write_objectif(session, dossier, objectif_id=row, depot=row, dit=dit, **asked, **who)
    telephone.goto(f"{scene.base}/mon-parcours")
    assert telephone.get_by_role("checkbox", checked=False).count() > 1, "there is more than a page holds"
    telephone.get_by_role("button", name="Voir la feuille").click()
    assert pages_of(telephone.pdf(prefer_css_page_size=True)) == 1
    telephone.emulate_media(media="print")
    assert telephone.get_by_role("article").bounding_box()["height"] > REMPLIE
