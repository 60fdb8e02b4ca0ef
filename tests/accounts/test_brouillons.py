"""Nothing typed is lost: a locked screen, an expired session, a stale token or a failure keep it for its author."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app.accounts import brouillons, forms_admin, forms_connexion, interruptions, services
from app.accounts.models import Brouillon, Structure
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.unit import Database
from tests.accounts.conftest import MOT_DE_PASSE

FORM = "/administration/structures/nouvelle"
SAISIE = {"nom": "Le Phare des Hauts", "code": "PHARE", "genre": "association"}


@pytest.fixture
def chef(navigateur, compte):
    """An administrateur in front of an empty form."""
    navigateur.agent = compte(Role.ADMINISTRATEUR)
    navigateur.sign_in(navigateur.agent)
    navigateur.get(FORM)
    return navigateur


def unlock(navigateur, address: str):
    navigateur.get(address)
    return navigateur.post(address, mot_de_passe=MOT_DE_PASSE)


def drafts(rows) -> list[Brouillon]:
    """Those that are still there: of a form that was saved, only that is left."""
    return [row for row in rows(Brouillon) if row.enregistre_le is None]


def typed(page: str) -> dict[str, str]:
    return {name: re.search(f'name="{name}"[^>]* value="([^"]*)"', page)[1] for name in ("nom", "code")}


def test_an_idle_lock_keeps_the_form_and_gives_it_back(chef, rows) -> None:
    chef.wait(minutes=31)
    locked = chef.post(FORM, **SAISIE)
    assert locked.location.startswith("/deverrouiller?retour=")
    assert SAISIE["nom"] not in [row.nom for row in rows(Structure)]
    back = unlock(chef, locked.location).location
    page = chef.get(back)
    assert typed(page.text) == {"nom": SAISIE["nom"], "code": SAISIE["code"]}
    assert re.search(r'value="association" checked', page.text)
    assert chef.post(back, **SAISIE).status_code == 303
    assert "Le Phare des Hauts" in [row.nom for row in rows(Structure)]
    assert drafts(rows) == []


def test_an_expired_session_keeps_the_form_until_its_author_signs_in(chef) -> None:
    chef.wait(hours=10, minutes=30)
    over = chef.post(FORM, **SAISIE)
    assert over.location.startswith("/connexion?retour=")
    back = chef.sign_in(chef.agent, path=over.location).location
    assert typed(chef.get(back).text)["nom"] == SAISIE["nom"]


def test_a_session_already_swept_leads_to_sign_in(chef, ouvrir, compte, rows) -> None:
    chef.wait(hours=12)
    ouvrir().sign_in(compte())
    assert chef.post(FORM, **SAISIE).location == f"/connexion?retour={FORM}"
    assert drafts(rows) == []


def test_a_server_error_keeps_the_form_and_says_so_on_the_next_page(chef, app, monkeypatch, rows) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    app.testing = False
    monkeypatch.setattr(services, "create_structure", fail)
    answer = chef.post(FORM, **SAISIE)
    assert answer.status_code == 500
    assert SAISIE["nom"] not in answer.text
    notice = chef.get("/aide").text
    assert "Vous aviez commencé à écrire" in notice
    monkeypatch.undo()
    back = re.search(r'href="([^"]*brouillon=[^"]*)"', notice)[1]
    assert typed(chef.get(back).text)["nom"] == SAISIE["nom"]
    assert "Vous aviez commencé" not in chef.get("/aide").text
    assert len(drafts(rows)) == 1


def test_a_failed_commit_keeps_the_form_too(chef, app, monkeypatch, rows) -> None:
    commit = Database.commit

    def fail(self, session) -> None:
        if session.scalar(select(Structure.id).where(Structure.code == SAISIE["code"])):
            raise OperationalError("COMMIT", {}, Exception("disk full"))
        commit(self, session)

    app.testing = False
    monkeypatch.setattr(Database, "commit", fail)
    assert chef.post(FORM, **SAISIE).status_code == 500
    assert len(drafts(rows)) == 1
    assert SAISIE["nom"] not in [row.nom for row in rows(Structure)]


def test_a_failure_while_keeping_still_answers_with_the_error_page(chef, app, monkeypatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("…", {}, Exception("the database is gone"))

    app.testing = False
    monkeypatch.setattr(services, "create_structure", fail)
    monkeypatch.setattr(brouillons, "save", fail)
    answer = chef.post(FORM, **SAISIE)
    assert answer.status_code == 500
    assert "incident" in answer.text


def test_a_stale_token_keeps_the_form(chef, rows) -> None:
    chef.jeton = "perime"
    answer = chef.post(FORM, **SAISIE)
    assert answer.status_code == 400
    assert "Vous aviez commencé à écrire" in answer.text
    assert len(drafts(rows)) == 1


def test_what_another_origin_posts_is_not_kept(chef, rows) -> None:
    chef.jeton = "perime"
    chef.client.post(FORM, data=SAISIE, headers={"Origin": "https://ailleurs.test"})
    assert drafts(rows) == []


def test_no_password_is_ever_kept(chef, rows, house) -> None:
    chef.wait(minutes=31)
    path = "/administration/agents/nouveau"
    chef.post(path, prenom="Jeanne", nom="Exemple", mot_de_passe="girafe-moutarde-tunnel")
    (row,) = drafts(rows)
    with house.database.reading() as session:
        kept = brouillons.take(
            session, house.vault, brouillon_id=row.id, agent_id=chef.agent.id, chemin=path, now=chef.clock.now
        )
    assert dict(kept) == {"prenom": "Jeanne", "nom": "Exemple"}


def test_a_form_of_passwords_alone_leaves_no_draft(chef, rows) -> None:
    chef.wait(minutes=31)
    chef.post("/mon-compte", mot_de_passe_actuel=MOT_DE_PASSE, mot_de_passe="girafe-moutarde-tunnel")
    assert drafts(rows) == []


def test_a_draft_is_sealed_in_the_database(chef, house, rows) -> None:
    chef.wait(minutes=31)
    chef.post(FORM, **SAISIE)
    assert len(drafts(rows)) == 1
    for file in house.settings.instance.glob("parcours.db*"):
        assert SAISIE["nom"].encode() not in file.read_bytes()


def test_a_draft_of_one_agent_is_never_another_s(chef, ouvrir, compte, rows) -> None:
    chef.wait(minutes=31)
    chef.post(FORM, **SAISIE)
    (row,) = drafts(rows)
    other = ouvrir()
    other.sign_in(compte(Role.ADMINISTRATEUR))
    assert SAISIE["nom"] not in other.get(f"{FORM}?brouillon={row.id}").text
    other.get("/brouillons")
    assert str(row.id) not in other.get("/brouillons").text
    for verb in ("reprendre", "supprimer"):
        assert other.post(f"/brouillons/{row.id}/{verb}").status_code == 404
    assert len(drafts(rows)) == 1


def test_a_draft_given_to_another_account_in_the_database_does_not_open(chef, ouvrir, compte, house, rows) -> None:
    chef.wait(minutes=31)
    chef.post(FORM, **SAISIE)
    thief = compte(Role.ADMINISTRATEUR)
    with house.database.writing() as session:
        session.execute(update(Brouillon).values(agent_id=thief.id))
    other = ouvrir()
    other.sign_in(thief)
    page = other.get(f"{FORM}?brouillon={drafts(rows)[0].id}")
    assert page.status_code == 200
    assert SAISIE["nom"] not in page.text


def test_a_draft_opens_on_its_own_page_only(chef, rows) -> None:
    chef.wait(minutes=31)
    locked = chef.post(FORM, **SAISIE)
    unlock(chef, locked.location)
    (row,) = drafts(rows)
    assert SAISIE["nom"] not in chef.get(f"/administration/territoires/nouveau?brouillon={row.id}").text


def test_a_button_or_a_search_leaves_no_draft(chef, rows) -> None:
    chef.wait(minutes=31)
    structure = rows(Structure)[0].id
    for path, data in (
        (f"/administration/structures/{structure}/fermer", {"motif": "un bouton"}),
        ("/administration/agents", {"recherche": "Benali"}),
    ):
        assert chef.post(path, **data).location.startswith("/deverrouiller")
    assert drafts(rows) == []


def test_the_rest_of_the_address_comes_back_with_the_draft(chef) -> None:
    chef.wait(minutes=31)
    locked = chef.post(f"{FORM}?suite=revue", **SAISIE)
    assert unlock(chef, locked.location).location.startswith(f"{FORM}?suite=revue&brouillon=")


def test_a_double_tap_leaves_one_draft(chef, rows) -> None:
    chef.wait(minutes=31)
    for _ in range(2):
        chef.client.post(FORM, data={"csrf_token": chef.jeton, **SAISIE})
    assert len(drafts(rows)) == 1


def test_a_draft_lives_seven_days(chef, house, rows, clock) -> None:
    chef.wait(minutes=31)
    chef.post(FORM, **SAISIE)
    chef.wait(days=6, hours=23)
    chef.sign_in(chef.agent)
    assert "Saisie du" in chef.get("/brouillons").text
    chef.wait(hours=2)
    chef.post("/deconnexion")
    chef.sign_in(chef.agent)
    assert "Aucun brouillon" in chef.get("/brouillons").text
    with house.database.writing() as session:
        brouillons.sweep(session, clock.now)
    assert drafts(rows) == []


def test_a_draft_is_over_on_its_seventh_day_though_nothing_has_swept_it(chef, rows) -> None:
    chef.wait(minutes=31)
    chef.post(FORM, **SAISIE)
    address = f"{FORM}?brouillon={drafts(rows)[0].id}"
    chef.wait(days=6, hours=23, minutes=50)
    chef.sign_in(chef.agent)
    assert SAISIE["nom"] in chef.get(address).text
    chef.wait(minutes=20)
    assert SAISIE["nom"] not in chef.get(address).text
    assert len(drafts(rows)) == 1


def test_only_the_last_twenty_are_kept(house, compte, clock, rows) -> None:
    agent = compte()
    for number in range(22):
        with house.database.writing() as session:
            brouillons.save(
                session,
                house.vault,
                agent_id=agent.id,
                chemin=f"/{number}",
                saisie=[("mots", "…")],
                now=clock.now.replace(minute=number),
            )
    assert sorted(int(row.chemin[1:]) for row in drafts(rows)) == list(range(2, 22))


def test_drafts_are_offered_at_sign_in_and_may_be_taken_back_or_thrown_away(chef, rows) -> None:
    chef.wait(minutes=31)
    chef.post(FORM, **SAISIE)
    chef.wait(hours=11)
    chef.sign_in(chef.agent)
    page = chef.get("/brouillons").text
    assert "Mon compte, administration" in page
    (row,) = drafts(rows)
    assert chef.post(f"/brouillons/{row.id}/reprendre").location == f"{FORM}?brouillon={row.id}"
    assert len(drafts(rows)) == 1
    assert chef.post(f"/brouillons/{row.id}/supprimer").location == "/brouillons"
    assert drafts(rows) == []


def test_an_invalid_form_posted_from_its_draft_keeps_it(chef, rows) -> None:
    chef.wait(minutes=31)
    locked = chef.post(FORM, **SAISIE)
    back = unlock(chef, locked.location).location
    chef.get(back)
    assert chef.post(back, **SAISIE | {"code": ""}).status_code == 422
    assert len(drafts(rows)) == 1


def test_taking_back_a_draft_is_journalled(chef, rows) -> None:
    chef.wait(minutes=31)
    locked = chef.post(FORM, **SAISIE)
    chef.get(unlock(chef, locked.location).location)
    assert rows(EntreeJournal)[-1].action is Action.BROUILLON_REPRIS


def test_a_wrong_draft_id_shows_the_empty_form(chef) -> None:
    for wrong in ("pas-un-uuid", "00000000-0000-4000-8000-000000000000", ""):
        assert chef.get(f"{FORM}?brouillon={wrong}").status_code == 200


def test_every_password_field_has_a_name_that_drafts_leave_out() -> None:
    """Drafts know passwords by their names: a field named otherwise would be kept."""
    forms = [form for module in (forms_admin, forms_connexion) for form in vars(module).values()]
    fields = [item for form in forms if isinstance(form, type) for item in vars(form).items()]
    asked = [name for name, field in fields if "mot de passe" in str(getattr(field, "args", "")).lower()]
    assert len(asked) >= 6
    assert [name for name in asked if not interruptions._never_kept(name)] == []


def test_requests_hold_no_write_lock_after_a_failure(chef, app, monkeypatch) -> None:
    """The draft is written by another transaction than the one that failed: they must not wait for each other."""

    def fail(session, **kwargs: object) -> None:
        session.execute(update(Structure).values(version=2))
        raise RuntimeError("after the lock was taken")

    app.testing = False
    monkeypatch.setattr(services, "create_structure", fail)
    assert chef.post(FORM, **SAISIE).status_code == 500
    assert "Vous aviez commencé" in chef.get("/aide").text
