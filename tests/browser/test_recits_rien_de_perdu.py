"""A phone dies in the middle of a note, a network goes, a server is killed, a finger slips: nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Brouillon
from app.parcours.models import ContactPrevu, Suivi
from app.parcours.vocabulaire import StatutContactPrevu
from tests.browser.conftest import HAUTEUR, TELEPHONE, Modele, Scene, _sign_in
from tests.http.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.browser

MOTS = "Elle a trouvé un stage chez le fleuriste."
ETAT = ".etat-brouillon"
# what may be lost, in milliseconds
PERTE_AU_PLUS = 3_000


def write(page: Page, words: str = MOTS) -> None:
    """As fingers do: letter by letter."""
    page.get_by_label("Quelques mots").press_sequentially(words, delay=15)


def drafts(scene: Scene) -> list[Brouillon]:
    """Those of the story, without the one of the world."""
    return [row for row in scene.rows(Brouillon, enregistre_le=None) if row.chemin != "/dossiers/nouveau"]


def take_back(page: Page) -> None:
    page.get_by_role("link", name="Reprendre ma saisie").click()


def test_a_tab_closed_in_the_middle_of_a_note_gives_it_back_until_it_is_saved(scene: Scene) -> None:
    page = scene.page("referent")
    page.goto(f"{scene.base}/suivis/nouveau")
    page.get_by_label("Rue").check()
    write(page)
    page.close(run_before_unload=True)
    page = scene.page("referent")
    page.goto(f"{scene.base}/suivis/nouveau")
    expect(page.get_by_text("Vous aviez commencé à écrire le mardi 17 mars")).to_be_visible()
    take_back(page)
    expect(page.get_by_label("Quelques mots")).to_have_value(MOTS)
    expect(page.get_by_label("Rue")).to_be_checked()
    write(page, " Fin")
    expect(page.locator(ETAT)).to_have_text("Brouillon enregistré à 10\u00a0h\u00a030")
    assert len(drafts(scene)) == 1
    page.get_by_role("button", name="Enregistrer", exact=True).first.click()
    expect(page.get_by_role("status")).to_contain_text("Suivi enregistré.")
    page.wait_for_timeout(PERTE_AU_PLUS)
    assert drafts(scene) == [], "what was still on its way does not come back"
    page.goto(f"{scene.base}/suivis/nouveau")
    expect(page.get_by_text("Vous aviez commencé")).to_have_count(0)


def test_what_is_typed_is_kept_within_three_seconds_said_once_and_nowhere_else(scene: Scene) -> None:
    page = scene.page("referent")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    page.goto(f"{scene.base}/suivis/nouveau")
    page.wait_for_timeout(PERTE_AU_PLUS)
    assert sent == [], "an empty form sends nothing"
    with page.expect_response("**/brouillons/en-cours", timeout=PERTE_AU_PLUS):
        write(page)
    expect(page.locator(ETAT)).to_be_visible()
    expect(page.locator("[aria-live=polite]", has_text="Brouillon enregistré")).to_have_count(1)
    for _ in range(4):
        write(page, "encore un mot ")
    page.wait_for_timeout(PERTE_AU_PLUS)
    assert 2 <= len(sent) <= 6
    assert all(url.endswith("/brouillons/en-cours") for url in sent)
    (draft,) = drafts(scene)
    assert MOTS.encode() not in draft.contenu
    stored = page.evaluate("() => [localStorage.length, sessionStorage.length, document.cookie]")
    assert stored == [0, 0, ""]


def test_without_a_network_the_page_says_so_then_keeps_what_was_typed(scene: Scene) -> None:
    page = scene.page("referent")
    page.goto(f"{scene.base}/suivis/nouveau")
    page.context.set_offline(True)
    write(page)
    expect(page.locator(ETAT)).to_contain_text("Pas de réseau")
    assert drafts(scene) == []
    page.context.set_offline(False)
    expect(page.locator(ETAT)).to_contain_text("Brouillon enregistré à")
    assert len(drafts(scene)) == 1


def save(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).first.click()


def said_aloud(page: Page, words: str) -> None:
    expect(page.locator("[aria-live=polite]", has_text=words)).to_have_count(1)


def test_saved_without_a_network_the_words_leave_once_when_it_comes_back(scene: Scene) -> None:
    page, before = scene.page("referent"), {row.id for row in scene.rows(Suivi)}
    sent: list[str] = []
    page.goto("/noter")
    page.get_by_label("Théo").check()
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    page.context.set_offline(True)
    write(page)
    save(page)
    said_aloud(page, "rien n’est parti. Vos mots sont là")
    save(page)
    expect(page.get_by_label("Quelques mots")).to_have_value(MOTS)
    assert [url for url in sent if url.endswith("/noter")] == []
    page.context.set_offline(False)
    expect(page.get_by_role("status").first).to_contain_text("Suivi enregistré")
    assert len([url for url in sent if url.endswith("/noter")]) == 1
    (suivi,) = [row for row in scene.rows(Suivi) if row.id not in before]
    page.goto(f"{scene.dossier('Rousseau')}/suivis/{suivi.id}")
    expect(page.get_by_text(MOTS).first).to_be_visible()
    assert drafts(scene) == []


def test_whoever_goes_on_typing_without_a_network_sends_when_they_have_finished(scene: Scene) -> None:
    page, before = scene.page("referent"), len(scene.rows(Suivi))
    page.goto(f"{scene.base}/suivis/nouveau")
    page.get_by_label("Rue").check()
    page.context.set_offline(True)
    write(page)
    save(page)
    said_aloud(page, "ils partiront quand le réseau revient")
    write(page, " Et puis")
    said_aloud(page, "Rien ne partira tout seul")
    save(page)
    page.get_by_role("button", name="Ne pas envoyer tout seul").click()
    expect(page.get_by_role("button", name="Ne pas envoyer tout seul")).to_have_count(0)
    page.context.set_offline(False)
    expect(page.locator(ETAT)).to_contain_text("Brouillon enregistré à")
    assert len(scene.rows(Suivi)) == before
    save(page)
    expect(page.get_by_role("status").first).to_contain_text("Suivi enregistré.")
    assert len(scene.rows(Suivi)) == before + 1


def test_behind_a_locked_screen_one_goes_on_typing(scene: Scene) -> None:
    page = scene.page("referent")
    page.goto(f"{scene.base}/suivis/nouveau")
    scene.clock.now += timedelta(minutes=31)
    write(page)
    expect(page.locator(ETAT)).to_contain_text("L’écran est verrouillé")
    page.get_by_role("button", name="Enregistrer", exact=True).first.click()
    page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Déverrouiller").click()
    expect(page.get_by_label("Quelques mots")).to_have_value(MOTS)
    assert len(drafts(scene)) == 1


def test_each_form_in_which_one_writes_keeps_its_draft_and_lists_it(scene: Scene) -> None:
    page = scene.page("referent")
    champs = {
        f"{scene.base}/etapes/nouvelle?genre=emploi": "Précisions",
        f"{scene.base}/contacts-prevus": "Pour quoi",
        f"{scene.base}/identite": "Pseudonyme",
        f"{scene.base}/referent": "Quelques mots",
        f"{scene.base}/representants/nouveau": "Prénom",
        "/dossiers/nouveau": "Pseudonyme",
    }
    for url, champ in champs.items():
        page.goto(url)
        with page.expect_response("**/brouillons/en-cours", timeout=PERTE_AU_PLUS) as sent:
            page.get_by_label(champ).first.press_sequentially("Mot")
        assert sent.value.status == 200, url
    page.goto("/mon-compte")
    page.get_by_role("link", name="Mes brouillons").first.click()
    for nom in (
        "Une étape",
        "Un rendez-vous",
        "Une identité",
        "Un relais",
        "Un représentant légal",
        "Un nouveau jeune",
    ):
        expect(page.get_by_role("heading", name=nom).first).to_be_visible()


@contextmanager
def real_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`parcours serve` on an instance, as an installation runs it; its own clock. Its processes die with it."""
    command = [sys.executable, "-c", "from app.cli.main import parcours; parcours()", "serve", "--port", str(port)]
    env = os.environ | {"PARCOURS_INSTANCE": str(folder)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=env, start_new_session=True, **quiet)
    try:
        _until_it_answers(port, process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def copied(modele: Modele, tmp_path: Path) -> tuple[Path, int]:
    """An instance of one's own, and a port that nobody has."""
    folder = tmp_path / "instance"
    shutil.copytree(modele.dossier, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return folder, probe.getsockname()[1]


def test_a_server_killed_between_typing_and_saving_loses_at_most_three_seconds(
    modele: Modele, tmp_path: Path, navigateur: Browser
) -> None:
    folder, port = copied(modele, tmp_path)
    base, courriel = f"http://127.0.0.1:{port}", modele.monde.agents["referent"].courriel
    form = f"/dossiers/{modele.monde.code}/suivis/nouveau"
    screen = {"viewport": {"width": TELEPHONE, "height": HAUTEUR}, "base_url": base}
    with real_server(folder, port) as server:
        context = navigateur.new_context(**screen, storage_state=_sign_in(navigateur, base, courriel))
        page = context.new_page()
        page.goto(form)
        write(page)
        page.wait_for_timeout(PERTE_AU_PLUS)
        write(page, " Perdu")
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        expect(page.locator(ETAT)).to_contain_text("Pas encore enregistré")
    with real_server(folder, port):
        elsewhere = navigateur.new_context(**screen, storage_state=_sign_in(navigateur, base, courriel))
        again = elsewhere.new_page()
        again.goto(form)
        take_back(again)
        assert again.get_by_label("Quelques mots").input_value().startswith(MOTS)
        # the page that stayed open gives it the rest by itself
        expect(page.locator(ETAT)).to_contain_text("Brouillon enregistré")
        again.reload()
        expect(again.get_by_label("Quelques mots")).to_have_value(f"{MOTS} Perdu")
        context.close()
        elsewhere.close()


def test_saved_while_the_server_is_down_the_words_leave_once_when_it_is_up(
    modele: Modele, tmp_path: Path, navigateur: Browser
) -> None:
    folder, port = copied(modele, tmp_path)
    base, courriel = f"http://127.0.0.1:{port}", modele.monde.agents["referent"].courriel
    screen = {"viewport": {"width": TELEPHONE, "height": HAUTEUR}, "base_url": base}
    with real_server(folder, port) as server:
        context = navigateur.new_context(**screen, storage_state=_sign_in(navigateur, base, courriel))
        page = context.new_page()
        page.goto(f"/dossiers/{modele.monde.code}/suivis/nouveau")
        page.get_by_label("Rue").check()
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        write(page)
        expect(page.locator(ETAT)).to_contain_text("Pas encore enregistré")
        save(page)
        said_aloud(page, "rien n’est parti. Vos mots sont là")
        expect(page.get_by_label("Quelques mots")).to_have_value(MOTS)
    with real_server(folder, port):
        expect(page.get_by_role("status").first).to_contain_text("Suivi enregistré.")
        page.goto(f"/dossiers/{modele.monde.code}")
        expect(page.get_by_text(MOTS)).to_have_count(1)
        context.close()


def test_an_act_is_taken_back_with_one_tap_for_thirty_seconds(scene: Scene) -> None:
    page = scene.page("referent")
    page.goto(f"{scene.base}/contacts-prevus/{scene.monde.ids['contact_id']}")
    page.get_by_role("button", name="Annuler ce rendez-vous").click()
    expect(page.get_by_role("status")).to_contain_text("Rendez-vous annulé.")
    page.get_by_role("status").get_by_role("button", name="Annuler", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("tout est comme avant")
    (contact,) = scene.rows(ContactPrevu, id=scene.monde.ids["contact_id"])
    assert contact.statut is StatutContactPrevu.PREVU
    page.goto(f"{scene.base}/suivis/{scene.monde.ids['suivi_id']}")
    page.get_by_role("button", name="Supprimer ce suivi").click()
    expect(page.get_by_role("status")).to_contain_text("Suivi supprimé.")
    scene.clock.now += timedelta(seconds=41)
    page.get_by_role("status").get_by_role("button", name="Annuler", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Trop tard")
    assert scene.rows(Suivi, id=scene.monde.ids["suivi_id"]) == []
