"""One young person, several institutions, two years of a phone: nobody is left alone, and nothing is lost.

Told at 390 px by the people themselves, each on their own phone.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.parcours.models import Dossier, Suivi
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence
from app.referents.vocabulaire import Finalite
from tests.browser.conftest import Scene
from tests.browser.gestes import heading, press, said
from tests.http.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.browser

SURNOM = "Casquette"
RENCONTRE = "Assis devant la supérette, ne va plus au lycée."
MOTS = "On se connaît par le forum des métiers."
PENDANT = "Vu au foyer pendant le congé, il a signé son stage."
PERDU = "Il commence lundi, sa tante l’emmène"


class Histoire:
    """The scene, and the dossier that is born in it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.code = ""

    @property
    def dossier(self) -> str:
        return f"/dossiers/{self.code}"

    def nom(self, actor: str) -> str:
        return self.scene.monde.agents[actor].nom_complet

    def on_phone(self, actor: str, path: str) -> Page:
        """Their phone, where they sign in again when their night has passed."""
        page = self.scene.page(actor)
        page.goto(path)
        if "/connexion" in page.url:
            page.get_by_label("Adresse de courriel").fill(self.scene.monde.agents[actor].courriel)
            page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
            press(page, "Se connecter")
            page.goto(path)
        return page

    def hidden_from(self, actor: str) -> None:
        page = self.on_phone(actor, "/mon-compte")
        assert page.goto(self.dossier).status == 404

    def later(self, days: int) -> None:
        self.scene.clock.now += timedelta(days=days)

    @property
    def dossier_id(self) -> int:
        return next(row.id for row in self.scene.rows(Dossier) if row.code == self.code)


def test_from_the_street_to_another_referent(scene: Scene) -> None:
    histoire = Histoire(scene)
    _met(histoire)
    _entrusted(histoire)
    _joined(histoire)
    _on_leave(histoire)
    _covered(histoire)
    _back(histoire)
    _resigned(histoire)
    _acknowledged(histoire)
    _phone_dies(histoire)


def _met(histoire: Histoire) -> None:
    """An educator meets somebody whom nobody knows."""
    page = histoire.on_phone("autre_intervenant", "/noter")
    page.get_by_role("link", name="Pas encore connu").click()
    page.get_by_label("Surnom").fill(SURNOM)
    page.get_by_label("Quelques mots").fill(RENCONTRE)
    # who never opened a dossier says where they are, once
    page.get_by_label("Territoire").select_option(index=1)
    press(page, "Enregistrer")
    heading(page, SURNOM)
    histoire.code = re.search(r"/dossiers/([A-Z0-9]{3}-[A-Z0-9]{3})", page.url)[1]


def _entrusted(histoire: Histoire) -> None:
    """Nobody answers for them: they are on the coordinateur’s list until somebody does."""
    page = histoire.on_phone("coordinateur", "/structure/continuite")
    line = page.locator("li.jeune").filter(has_text=SURNOM)
    expect(line).to_contain_text("référent")
    line.get_by_role("link", name=f"Choisir un référent pour {SURNOM}").click()
    page.get_by_label("Nouveau référent").select_option(label=histoire.nom("autre_referent"))
    page.get_by_label("Première affectation").check()
    press(page, "Confier le dossier")
    heading(page, "Continuité")
    expect(page.locator("li.jeune").filter(has_text=SURNOM)).to_contain_text("n’a pas encore accusé")


def _joined(histoire: Histoire) -> None:
    """The mission locale hears the code from the young person; its référent agrees, once the young person is told."""
    histoire.hidden_from("partenaire")
    asks = histoire.on_phone("partenaire", "/demandes")
    asks.get_by_role("link", name="Rejoindre une équipe, avec un code").click()
    asks.get_by_label("Code du dossier").fill(histoire.code.replace("-", " ").lower())
    asks.get_by_label(Finalite.INSERTION.label).check()
    asks.get_by_label("Quelques mots").fill(MOTS)
    press(asks, "Envoyer la demande")
    expect(asks.get_by_text("En attente")).to_be_visible()
    histoire.hidden_from("partenaire")

    page = histoire.on_phone("autre_referent", "/demandes")
    expect(page.get_by_text(MOTS)).to_be_visible()
    page.get_by_role("link", name=f"Répondre à {histoire.nom('partenaire')}").click()
    press(page, "Accepter")
    expect(page.locator("#resume-erreurs")).to_be_visible()
    page.get_by_label("informé le").fill("17/03/2026")
    page.get_by_label("Comment").select_option(label="De vive voix")
    page.get_by_label("Le jeune est d’accord").check()
    press(page, "Accepter")
    said(page, histoire.nom("partenaire"))

    asks.goto("/demandes")
    asks.get_by_role("link", name="Voir le dossier").click()
    heading(asks, SURNOM)
    # words of the street stay with those who wrote them
    expect(asks.get_by_text(RENCONTRE)).to_have_count(0)
    members = histoire.scene.rows(MembreEquipe, dossier_id=histoire.dossier_id)
    assert {row.finalite for row in members} == {Finalite.SUIVI_GLOBAL, Finalite.INSERTION}


def _on_leave(histoire: Histoire) -> None:
    """The référent notes a leave, and who covers."""
    page = histoire.on_phone("autre_referent", "/absences/nouvelle")
    page.get_by_label("Du", exact=True).fill("18/03/2026")
    page.get_by_label("Au", exact=True).fill("20/03/2026")
    page.get_by_label("Suppléant").select_option(str(histoire.scene.monde.agents["suppleant"].id))
    press(page, "Enregistrer")
    expect(page.get_by_role("main")).to_contain_text(f"{histoire.nom('suppleant')} répond de")
    histoire.hidden_from("suppleant")
    assert len(histoire.scene.rows(Absence, agent_id=histoire.scene.monde.agents["autre_referent"].id)) == 1


def _covered(histoire: Histoire) -> None:
    """During those days the colleague answers, and writes."""
    histoire.later(1)
    page = histoire.on_phone("suppleant", "/mes-jeunes")
    expect(page.get_by_role("main")).to_contain_text(SURNOM)
    page.goto(histoire.dossier)
    expect(page.get_by_role("main")).to_contain_text("vous assurez la suppléance")
    page.goto(f"{histoire.dossier}/suivis/nouveau")
    page.get_by_label("Quelques mots").fill(PENDANT)
    press(page, "Enregistrer")
    said(page, "Suivi enregistré")


def _back(histoire: Histoire) -> None:
    """And nothing after."""
    histoire.later(3)
    histoire.hidden_from("suppleant")
    page = histoire.on_phone("suppleant", "/mes-jeunes")
    expect(page.get_by_text(SURNOM)).to_have_count(0)
    page = histoire.on_phone("autre_referent", histoire.dossier)
    expect(page.get_by_text(PENDANT)).to_be_visible()


def _resigned(histoire: Histoire) -> None:
    """The référent leaves: whom they followed is spread over those who stay."""
    page = histoire.on_phone("coordinateur", "/structure/charge")
    page.get_by_role("link", name=f"Répartir ses dossiers : {histoire.nom('autre_referent')}").click()
    for colleague in ("referent", "ancien"):
        page.get_by_role("checkbox", name=histoire.nom(colleague)).check()
    press(page, "Proposer une répartition")
    receiver = histoire.scene.monde.agents["referent"]
    page.get_by_role("combobox", name=f"Confier {SURNOM}").select_option(str(receiver.id))
    page.get_by_label("Départ de l’agent").check()
    press(page, "Confirmer la répartition")
    said(page, "réparti")
    page.goto("/structure/continuite")
    expect(page.locator("li.jeune").filter(has_text=SURNOM)).to_contain_text("n’a pas encore accusé")
    # who leaves reads for thirty days, without writing
    gone = histoire.on_phone("autre_referent", histoire.dossier)
    heading(gone, SURNOM)
    assert gone.goto(f"{histoire.dossier}/suivis/nouveau").status == 404


def _acknowledged(histoire: Histoire) -> None:
    """Who receives says so with one tap, and the coordinateur’s page no longer asks."""
    page = histoire.on_phone("referent", "/ma-journee")
    page.get_by_role("main").get_by_role("link", name="à accuser").click()
    line = page.locator("li.jeune").filter(has_text=SURNOM)
    line.get_by_role("link", name="Lire").click()
    # never a blank page, though nobody wrote a note for them alone
    expect(page.get_by_role("main")).to_contain_text("Le parcours en bref")
    expect(page.get_by_role("main")).to_contain_text("Suivi depuis le")
    page.goto("/passations")
    line.get_by_role("button", name="J’ai pris connaissance").click()
    said(page, "vous avez pris connaissance")
    page = histoire.on_phone("coordinateur", "/structure/continuite")
    expect(page.locator("li.jeune").filter(has_text=SURNOM)).to_have_count(0)


def _phone_dies(histoire: Histoire) -> None:
    """In the middle of a note; on another phone it is still there."""
    page = histoire.on_phone("referent", f"{histoire.dossier}/suivis/nouveau")
    with page.expect_response("**/brouillons/en-cours"):
        page.get_by_label("Quelques mots").press_sequentially(PERDU, delay=10)
    page.context.close()
    page = histoire.on_phone("referent", "/ma-journee")
    page.get_by_role("link", name=re.compile("saisies? à reprendre")).click()
    page.get_by_role("button", name="Reprendre").first.click()
    expect(page.get_by_label("Quelques mots")).to_have_value(PERDU)
    press(page, "Enregistrer")
    said(page, "Suivi enregistré")
    assert len(histoire.scene.rows(Suivi, dossier_id=histoire.dossier_id)) == 3
    assert len({row.agent_id for row in histoire.scene.rows(Affectation, dossier_id=histoire.dossier_id)}) == 2
