"""On a phone, a coordinateur spreads a caseload over two colleagues, changes one, and takes it all back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.parcours.models import Etat
from app.referents.models_repartition import LigneRepartition, Repartition
from tests.browser.conftest import Scene
from tests.browser.constats import faults
from tests.http.conftest import PRENOM

pytestmark = pytest.mark.browser
NOTE = "Trois rendez-vous sont pris avec la mission locale."


def press(page: Page, nom: str) -> None:
    page.get_by_role("button", name=nom, exact=True).click()


def holders(scene: Scene) -> list[int | None]:
    return sorted(row.referent_id for row in scene.rows(Etat) if row.clos_le is None)


def test_a_caseload_is_spread_over_two_colleagues_and_taken_back(scene: Scene) -> None:
    agents = scene.monde.agents
    leaves, one, other = (agents[name] for name in ("referent", "autre_referent", "ancien"))
    page = scene.page("coordinateur")
    page.goto("/structure/charge")
    page.get_by_role("link", name=f"Répartir ses dossiers : {leaves.nom_complet}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(leaves.nom_complet)
    for agent in (one, other):
        page.get_by_role("checkbox", name=agent.nom_complet).check()
    press(page, "Proposer une répartition")
    lists = page.get_by_role("combobox")
    expect(lists).to_have_count(3)
    assert list(faults(page)) == []
    assert len({lists.nth(rank).input_value() for rank in range(3)}) == 2
    mine = page.get_by_role("combobox", name=f"Confier {PRENOM}")
    mine.select_option(label=one.nom_complet)
    page.get_by_label("Quelques mots pour tous").fill(NOTE)
    press(page, "Recalculer les charges")
    expect(page.get_by_label("Quelques mots pour tous")).to_have_value(NOTE)
    expect(mine).to_have_value(str(one.id))
    # the world has one already
    assert len(scene.rows(Repartition)) == 1
    press(page, "Confirmer la répartition")
    expect(page.get_by_role("status")).to_contain_text("3 dossiers répartis")
    expect(page.get_by_text(f"3 dossiers reviennent à {leaves.nom_complet}, comme avant")).to_be_visible()
    assert set(holders(scene)) == {one.id, other.id}
    assert list(faults(page)) == []

    colleague = scene.page("autre_referent")
    colleague.goto(f"{scene.base}/passation")
    expect(colleague.get_by_text(NOTE)).to_be_visible()

    press(page, "Tout reprendre")
    expect(page.get_by_role("status")).to_contain_text(f"3 dossiers reviennent à {leaves.nom_complet}.")
    assert holders(scene) == [leaves.id] * 3
    assert len(scene.rows(LigneRepartition)) == 3 + 1
    assert colleague.goto(scene.base).status == 404
