"""A session is a row: it locks, expires, dies with the account, and a copied cookie dies with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import event, update

from app import create_app
from app.accounts import sessions
from app.accounts.models import Agent, SessionWeb
from app.accounts.vocabulaire import Role
from app.config import Settings
from tests.accounts.conftest import MOT_DE_PASSE, Navigateur
from tests.factories import make_agent, make_structure


def test_a_copied_cookie_is_worth_nothing_after_sign_out(navigateur, ouvrir, compte) -> None:
    navigateur.sign_in(compte())
    copie = ouvrir()
    copie.client.set_cookie("parcours", navigateur.cookie)
    assert copie.get("/mon-compte").status_code == 200
    navigateur.post("/deconnexion")
    answer = copie.get("/mon-compte")
    assert answer.status_code == 303
    assert answer.location == "/connexion?retour=/mon-compte"


def test_signing_in_gives_a_new_token_and_forgets_the_old_one(navigateur, compte, rows) -> None:
    navigateur.get("/connexion")
    before = navigateur.cookie
    navigateur.sign_in(compte())
    assert navigateur.cookie != before
    assert [row.empreinte for row in rows(SessionWeb)] == [sessions.fingerprint(navigateur.cookie)]


def test_the_cookie_holds_256_random_bits_and_the_database_never_the_token(navigateur, compte, house) -> None:
    navigateur.sign_in(compte())
    token = navigateur.cookie
    assert len(token) == 43
    assert token.encode() not in (house.settings.instance / "parcours.db").read_bytes()


def test_the_content_of_a_session_is_sealed_and_tied_to_its_row(navigateur, ouvrir, compte, house, rows) -> None:
    navigateur.sign_in(compte())
    other = ouvrir()
    other.sign_in(compte())
    first, second = rows(SessionWeb)
    assert b"csrf" not in first.contenu
    with house.database.writing() as session:
        session.execute(
            update(SessionWeb).where(SessionWeb.empreinte == first.empreinte).values(contenu=second.contenu)
        )
    assert {navigateur.get("/mon-compte").status_code, other.get("/mon-compte").status_code} == {303, 200}


def test_no_row_is_made_for_who_only_reads_public_pages(navigateur, rows) -> None:
    for path in ("/aide", "/accessibilite", "/donnees-personnelles", "/sante"):
        assert navigateur.get(path).status_code == 200
    assert rows(SessionWeb) == []
    navigateur.get("/connexion")
    assert [row.agent_id for row in rows(SessionWeb)] == [None]


def test_half_an_hour_without_a_page_locks(navigateur, compte) -> None:
    navigateur.sign_in(compte())
    navigateur.wait(minutes=29)
    assert navigateur.get("/mon-compte").status_code == 200
    navigateur.wait(minutes=30)
    assert navigateur.get("/brouillons?x=1").location == "/deverrouiller?retour=/brouillons?x%3D1"


def test_pages_asked_for_while_locked_do_not_unlock(navigateur, compte) -> None:
    navigateur.sign_in(compte())
    navigateur.wait(minutes=31)
    for _ in range(3):
        assert navigateur.get("/mon-compte").status_code == 303
        navigateur.wait(minutes=1)
    assert "Écran verrouillé" in navigateur.get("/deverrouiller").text


def test_the_password_alone_unlocks_and_leads_back(navigateur, compte) -> None:
    navigateur.sign_in(compte())
    navigateur.post("/verrouiller")
    locked = navigateur.get("/brouillons")
    navigateur.get(locked.location)
    assert navigateur.post(locked.location, mot_de_passe="un autre, à côté").status_code == 422
    assert navigateur.get("/brouillons").status_code == 303
    opened = navigateur.post(locked.location, mot_de_passe="trombone-lavande-escargot")
    assert opened.location == "/brouillons"
    assert navigateur.get("/brouillons").status_code == 200


def test_a_locked_screen_shows_neither_menu_nor_message(navigateur, compte) -> None:
    agent = compte()
    navigateur.sign_in(agent)
    navigateur.post("/verrouiller")
    page = navigateur.get("/deverrouiller").text
    assert "Verrouiller" not in page
    assert agent.nom not in page


def test_ten_hours_end_a_session_even_in_use(navigateur, compte) -> None:
    navigateur.sign_in(compte())
    for _ in range(23):
        navigateur.wait(minutes=26)
        assert navigateur.get("/mon-compte").status_code == 200
    navigateur.wait(minutes=2)
    assert navigateur.get("/mon-compte").location.startswith("/connexion")


def test_ten_hours_end_a_locked_session_too(navigateur, compte) -> None:
    navigateur.sign_in(compte())
    navigateur.post("/verrouiller")
    navigateur.wait(hours=10)
    assert navigateur.get("/deverrouiller").location == "/connexion"


def test_last_seen_is_written_once_a_minute(navigateur, compte, rows, clock) -> None:
    navigateur.sign_in(compte())
    started = clock.now
    navigateur.wait(seconds=59)
    navigateur.get("/mon-compte")
    assert [row.vue_le for row in rows(SessionWeb)] == [started]
    navigateur.wait(seconds=1)
    navigateur.get("/mon-compte")
    assert [row.vue_le for row in rows(SessionWeb)] == [clock.now]


def test_a_page_whose_last_seen_cannot_be_written_is_not_served(navigateur, compte, app: Flask, monkeypatch) -> None:
    agent = compte()
    navigateur.sign_in(agent)
    navigateur.wait(minutes=2)

    def fail(*args: object, **columns: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(sessions, "change", fail)
    app.testing = False
    answer = navigateur.get("/mon-compte")
    assert answer.status_code == 500
    assert agent.courriel not in answer.text


def test_disabling_an_agent_ends_their_sessions(navigateur, ouvrir, compte) -> None:
    agent = compte()
    navigateur.sign_in(agent)
    chief = ouvrir()
    chief.sign_in(compte(Role.ADMINISTRATEUR))
    chief.get(f"/administration/agents/{agent.id}/desactiver")
    assert chief.post(f"/administration/agents/{agent.id}/desactiver").status_code == 303
    assert navigateur.get("/mon-compte").location.startswith("/connexion")


def test_an_agent_disabled_behind_our_back_is_out_as_well(navigateur, compte, house, clock) -> None:
    agent = compte()
    navigateur.sign_in(agent)
    with house.database.writing() as session:
        session.execute(update(Agent).values(desactive_le=clock.now))
    assert navigateur.get("/mon-compte").status_code == 303


def test_changing_a_password_ends_the_other_sessions_and_renews_this_one(navigateur, ouvrir, compte) -> None:
    agent = compte()
    navigateur.sign_in(agent)
    elsewhere = ouvrir()
    elsewhere.sign_in(agent)
    before = navigateur.cookie
    form = {"mot_de_passe_actuel": "trombone-lavande-escargot", "mot_de_passe": "girafe-moutarde-tunnel"}
    assert navigateur.post("/mon-compte", **form, mot_de_passe_encore="girafe-moutarde-tunnel").status_code == 303
    assert navigateur.get("/mon-compte").status_code == 200
    assert navigateur.cookie != before
    assert elsewhere.get("/mon-compte").status_code == 303
    assert elsewhere.sign_in(agent, "girafe-moutarde-tunnel").location == "/"


def test_rows_are_swept_an_hour_after_they_are_over(navigateur, ouvrir, compte, rows) -> None:
    old = ouvrir()
    old.sign_in(compte())
    ouvrir().get("/connexion")
    navigateur.wait(hours=10, minutes=59)
    navigateur.sign_in(compte())
    assert len(rows(SessionWeb)) == 2
    navigateur.wait(minutes=2)
    last = ouvrir()
    last.sign_in(compte())
    assert sessions.fingerprint(old.cookie) not in {row.empreinte for row in rows(SessionWeb)}


def test_one_statement_brings_session_agent_and_structure(navigateur, compte, house) -> None:
    navigateur.sign_in(compte(Role.ADMINISTRATEUR))
    statements = listen(house)
    navigateur.get("/aide")
    assert len(statements) == 1
    assert "session_web" in statements[0]
    assert "structure" in statements[0]


def listen(house) -> list[str]:
    """What the reading engine is asked from now on."""
    statements: list[str] = []

    def note(connection, cursor, statement: str, *rest: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    event.listen(house.database.engines.read, "before_cursor_execute", note)
    return statements


@pytest.mark.parametrize("path", ["/statique/parcours.css", "/sante"])
def test_static_files_and_the_monitor_read_no_session(navigateur, compte, house, path: str) -> None:
    navigateur.sign_in(compte())
    statements = listen(house)
    navigateur.client.get(path).close()
    assert [statement for statement in statements if "session_web" in statement] == []


def test_over_https_the_cookie_is_bound_to_the_host(sqlite_settings: Settings, clock) -> None:
    app = create_app(replace(sqlite_settings, public_url="https://parcours.example"), clock=clock)
    answer = app.test_client().get("/connexion", base_url="https://parcours.example")
    assert answer.headers["Set-Cookie"].startswith("__Host-parcours=")
    attributes = set(answer.headers["Set-Cookie"].split("; ")[1:])
    assert attributes == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    app.extensions["parcours"].database.engines.dispose()


def test_a_forged_remember_cookie_is_not_even_looked_at(navigateur) -> None:
    navigateur.client.set_cookie("remember_token", "1|0000")
    assert navigateur.get("/mon-compte").status_code == 303


def test_tapping_sign_out_twice_leads_to_sign_in(navigateur, compte) -> None:
    navigateur.sign_in(compte())
    for _ in range(2):
        answer = navigateur.client.post("/deconnexion", data={"csrf_token": navigateur.jeton})
        assert answer.location == "/connexion"


def test_a_page_being_drawn_does_not_undo_a_lock(navigateur, compte, app: Flask, monkeypatch) -> None:
    """Another tab locks between the reading of the session and the writing of its last-seen."""
    navigateur.sign_in(compte())
    navigateur.wait(minutes=2)
    change = sessions.change

    def lock_first(session, empreinte: bytes, **columns: object) -> None:
        change(session, empreinte, verrouillee_le=navigateur.clock.now)
        change(session, empreinte, **columns)

    monkeypatch.setattr(sessions, "change", lock_first)
    assert navigateur.get("/mon-compte").status_code == 200
    assert navigateur.get("/mon-compte").status_code == 303


def test_both_engines_keep_sessions_throttles_and_drafts(settings: Settings, clock, protege: str) -> None:
    app = create_app(settings, clock=clock)
    house = app.extensions["parcours"]
    with house.database.writing() as session:
        agent = make_agent(session, make_structure(session), Role.ADMINISTRATEUR, mot_de_passe=protege)
    page = Navigateur(app.test_client(), clock)
    assert page.sign_in(agent, "faux").status_code == 422
    assert page.sign_in(agent).status_code == 303
    page.wait(minutes=31)
    locked = page.post("/administration/structures/nouvelle", nom="Le Phare", code="", genre="autre")
    page.get(locked.location)
    back = page.post(locked.location, mot_de_passe=MOT_DE_PASSE).location
    assert "Le Phare" in page.get(back).text
    assert page.post("/deconnexion").status_code == 303
    assert page.get("/mon-compte").status_code == 303
    house.database.engines.dispose()


@pytest.mark.parametrize("path", ["/connexion?retour=/aide%00", "/aide%00", "/administration/agents?structure=%00"])
def test_a_nul_byte_is_refused_before_the_database_sees_it(navigateur, path: str) -> None:
    assert navigateur.get(path).status_code in (400, 404)


def test_a_nul_byte_in_a_form_is_refused(navigateur, compte) -> None:
    navigateur.get("/connexion")
    answer = navigateur.post("/connexion", courriel="a\0@b.test", mot_de_passe="x")
    assert answer.status_code == 400
