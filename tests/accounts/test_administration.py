"""The administration over HTTP: who may, what a form can reach, what is asked again before rights change."""

from __future__ import annotations

import re
from html import unescape

import pytest

from app.accounts import queries
from app.accounts.models import Agent, SessionWeb, Structure
from app.accounts.policies import PERMISSIONS, Permission
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.programme.models import Territoire
from tests.accounts.conftest import MOT_DE_PASSE
from tests.factories import make_dossier

NOUVEAU = "/administration/agents/nouveau"
PAGES = (
    "/administration/agents",
    NOUVEAU,
    "/administration/structures",
    "/administration/structures/nouvelle",
    "/administration/territoires",
    "/administration/territoires/nouveau",
    "/administration/droits",
)


@pytest.fixture
def chef(navigateur, compte):
    navigateur.agent = compte(Role.ADMINISTRATEUR)
    navigateur.sign_in(navigateur.agent)
    return navigateur


def account(chef, **changes: object) -> dict[str, object]:
    values = {
        "prenom": "Lila",
        "nom": "Moreau",
        "courriel": "lila@exemple.test",
        "structure_id": chef.agent.structure_id,
    }
    return values | {"roles": ["referent"], "mot_de_passe": "girafe-moutarde-tunnel"} | changes


def reload(house, agent_id: int) -> Agent:
    with house.database.reading() as session:
        return queries.agent_by_id(session, agent_id)


@pytest.mark.parametrize("path", [*PAGES, "/administration"])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATEUR])
def test_for_the_others_the_administration_does_not_exist(navigateur, compte, path: str, role: Role) -> None:
    navigateur.sign_in(compte(role))
    assert navigateur.get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_and_names_nobody_in_its_title(chef, path: str) -> None:
    answer = chef.get(path)
    assert answer.status_code == 200
    assert chef.agent.nom not in re.search("<title>(.*?)</title>", answer.text)[1]


def test_an_account_is_created_and_its_person_signs_in(chef, ouvrir, rows) -> None:
    chef.get(NOUVEAU)
    assert chef.post(NOUVEAU, **account(chef)).location == "/administration/agents"
    created = rows(Agent)[-1]
    assert created.roles == {Role.REFERENT}
    assert ouvrir().sign_in(created, "girafe-moutarde-tunnel").location == "/"


def test_the_proposed_password_is_new_each_time_and_good_enough(chef, rows) -> None:
    proposed = [re.search(r'name="mot_de_passe"[^>]* value="([^"]+)"', chef.get(NOUVEAU).text)[1] for _ in range(2)]
    assert proposed[0] != proposed[1]
    assert chef.post(NOUVEAU, **account(chef, mot_de_passe=proposed[1])).status_code == 303


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"courriel": "lila"}, "n’est pas complète"),
        ({"nom": ""}, "Écrivez le nom."),
        ({"roles": None}, "Choisissez au moins un rôle."),
        ({"roles": ["responsable", "referent"]}, "jamais un dossier"),
        ({"mot_de_passe": "trop court"}, "au moins 12 caractères"),
        ({"mot_de_passe": "LilaMoreau2026"}, "se devine"),
        ({"structure_id": "999"}, "Cette structure est fermée"),
    ],
)
def test_a_refused_account_comes_back_whole_with_a_sentence(chef, rows, changes, sentence: str) -> None:
    before = len(rows(Agent))
    chef.get(NOUVEAU)
    answer = chef.post(NOUVEAU, **account(chef, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Vérifiez votre saisie" in answer.text
    assert 'value="Lila"' in answer.text
    assert len(rows(Agent)) == before


@pytest.mark.parametrize("structure", ["", "abc", "1.5"])
def test_a_structure_that_is_not_one_is_a_sentence(chef, structure: str) -> None:
    chef.get(NOUVEAU)
    assert chef.post(NOUVEAU, **account(chef, structure_id=structure)).status_code == 422


def test_what_a_form_does_not_show_cannot_be_posted(chef, compte, house) -> None:
    agent = compte()
    extra = {"id": "1", "administrateur": "1", "derniere_connexion": "2020-01-01", "mot_de_passe": "x" * 20}
    path = f"/administration/agents/{agent.id}"
    chef.get(path)
    chef.post(path, **account(chef, version="1") | extra)
    after = reload(house, agent.id)
    assert (after.nom, after.roles, after.derniere_connexion) == ("Moreau", {Role.REFERENT}, None)
    assert after.mot_de_passe == agent.mot_de_passe


def test_nobody_gives_themselves_rights_from_their_own_account(navigateur, compte, house) -> None:
    agent = compte()
    navigateur.sign_in(agent)
    navigateur.post("/mon-compte", administrateur="1", roles="administrateur", structure_id="1", courriel="a@b.test")
    assert reload(house, agent.id).roles == {Role.REFERENT}


def test_an_edit_that_meets_another_shows_both_and_loses_neither(chef, compte) -> None:
    agent = compte()
    path = f"/administration/agents/{agent.id}"
    chef.get(path)
    chef.post(path, **account(chef, version="1", nom="Premier"))
    answer = chef.post(path, **account(chef, version="1", nom="Second"))
    assert answer.status_code == 409
    assert "Premier" in answer.text
    assert 'value="Second"' in answer.text
    assert chef.post(path, **account(chef, version="2", nom="Second")).status_code == 303


def test_new_rights_ask_for_a_new_sign_in(chef, ouvrir, compte) -> None:
    agent = compte()
    other = ouvrir()
    other.sign_in(agent)
    path = f"/administration/agents/{agent.id}"
    values = account(chef, courriel=agent.courriel)
    chef.post(path, **values | {"version": "1"})
    assert other.get("/mon-compte").status_code == 200
    chef.post(path, **values | {"version": "2", "roles": ["referent", "coordinateur"]})
    assert other.get("/mon-compte").status_code == 303


def test_rights_are_changed_only_soon_after_a_password(chef, rows) -> None:
    chef.wait(minutes=16)
    chef.get(NOUVEAU)
    asked = chef.post(NOUVEAU, **account(chef))
    assert asked.location.startswith("/deverrouiller?retour=")
    assert len(rows(Agent)) == 1
    assert "Confirmer que c’est vous" in chef.get(asked.location).text
    back = chef.post(asked.location, mot_de_passe=MOT_DE_PASSE).location
    page = chef.get(back)
    assert 'value="Lila"' in page.text
    assert chef.post(back, **account(chef)).status_code == 303
    assert len(rows(Agent)) == 2


def test_a_forgotten_password_is_replaced_and_closes_sessions(chef, ouvrir, compte, rows) -> None:
    agent = compte()
    ouvrir().sign_in(agent)
    path = f"/administration/agents/{agent.id}/mot-de-passe"
    chef.get(path)
    assert chef.post(path, mot_de_passe="court").status_code == 422
    assert chef.post(path, mot_de_passe="girafe-moutarde-tunnel").status_code == 303
    assert {row.agent_id for row in rows(SessionWeb)} == {chef.agent.id}
    assert ouvrir().sign_in(agent, "girafe-moutarde-tunnel").status_code == 303


def test_disabling_says_how_many_dossiers_are_to_be_handed_over(chef, compte, monkeypatch) -> None:
    agent = compte()
    path = f"/administration/agents/{agent.id}/desactiver"
    assert "référente d’aucun dossier" in chef.get(path).text
    monkeypatch.setattr("app.referents.services_depart.dossiers_of", lambda session, agent_id: [1, 2, 3])
    assert "3 dossiers" in chef.get(path).text


def test_disabling_the_last_coordinateur_is_said_plainly_and_stays_possible(chef, compte, house) -> None:
    coordinateur = compte(Role.COORDINATEUR)
    path = f"/administration/agents/{coordinateur.id}/desactiver"
    assert "personne ne verra Continuité" not in chef.get(path).text
    with house.database.writing() as session:
        structure = session.get(Structure, coordinateur.structure_id)
        make_dossier(session, house, structure)
    said = unescape(chef.get(path).text).replace("\u00a0", " ")
    alone = f"{coordinateur.nom_complet} est la seule personne qui coordonne {structure.nom} : après,"
    assert f"{alone} personne ne verra Continuité" in said
    assert "1 dossier ouvert dans cette structure" in said
    # not with a colleague, nor for who coordinates nothing
    colleague = compte(Role.COORDINATEUR)
    assert "seule personne" not in chef.get(path).text
    assert "seule personne" not in chef.get(f"/administration/agents/{compte().id}/desactiver").text
    chef.post(f"/administration/agents/{colleague.id}/desactiver")
    assert "seule personne" in chef.get(path).text
    assert chef.post(path).status_code == 303
    assert reload(house, coordinateur.id).desactive_le is not None


def test_a_disabled_account_may_be_opened_again(chef, compte, house) -> None:
    agent = compte()
    chef.get(f"/administration/agents/{agent.id}/desactiver")
    chef.post(f"/administration/agents/{agent.id}/desactiver")
    assert reload(house, agent.id).desactive_le is not None
    chef.post(f"/administration/agents/{agent.id}/reactiver")
    assert reload(house, agent.id).desactive_le is None


def test_the_last_administrator_cannot_close_the_door(chef, house) -> None:
    path = f"/administration/agents/{chef.agent.id}/desactiver"
    chef.get(path)
    answer = chef.post(path)
    assert answer.status_code == 422
    assert "seul compte qui administre" in answer.text
    assert reload(house, chef.agent.id).desactive_le is None


def test_searching_never_puts_a_name_in_an_address(chef, compte) -> None:
    agent = compte()
    chef.get("/administration/agents")
    found = chef.post("/administration/agents", recherche=agent.nom)
    assert found.status_code == 200
    assert agent.prenom in found.text
    assert f"{chef.agent.nom} {chef.agent.prenom}" not in found.text
    assert agent.nom not in "".join(re.findall(r'href="([^"]*)"', found.text))


def test_agents_are_shown_structure_by_structure(chef, compte) -> None:
    here, elsewhere = compte(), compte(ailleurs=True)
    page = chef.get(f"/administration/agents?structure={elsewhere.structure_id}").text
    assert elsewhere.prenom in page
    assert f"{here.nom} {here.prenom}" not in page


def test_unknown_ids_are_404(chef) -> None:
    for path in ("agents/999", "agents/999/desactiver", "agents/999/mot-de-passe", "structures/999", "territoires/999"):
        assert chef.get(f"/administration/{path}").status_code == 404
        assert chef.post(f"/administration/{path}", mot_de_passe="girafe-moutarde-tunnel").status_code == 404


def test_a_structure_is_created_corrected_closed_and_opened_again(chef, rows) -> None:
    chef.get("/administration/structures/nouvelle")
    values = {"nom": "Le Phare", "code": "PHARE", "genre": "association"}
    assert chef.post("/administration/structures/nouvelle", **values).status_code == 303
    created = rows(Structure)[-1]
    path = f"/administration/structures/{created.id}"
    assert chef.post(path, **values | {"version": "1", "nom": "Le Grand Phare"}).status_code == 303
    assert chef.post(path, **values | {"version": "1", "nom": "Le Petit Phare"}).status_code == 409
    chef.post(f"{path}/fermer")
    assert rows(Structure)[-1].fermee_le is not None
    chef.post(f"{path}/rouvrir")
    assert (rows(Structure)[-1].nom, rows(Structure)[-1].fermee_le) == ("Le Grand Phare", None)
    assert len(rows(EntreeJournal)) == 5


def test_a_structure_where_people_work_stays_open(chef, rows) -> None:
    path = f"/administration/structures/{chef.agent.structure_id}"
    chef.get(path)
    answer = chef.post(f"{path}/fermer")
    assert answer.location == path
    assert "travaillent encore" in chef.get(path).text
    assert rows(Structure)[0].fermee_le is None


def test_a_territory_is_created_corrected_and_closed(chef, rows) -> None:
    chef.get("/administration/territoires/nouveau")
    ville = {"nom": "Chambéry", "code": "73065", "genre": "commune", "generation": "", "commune_id": ""}
    assert chef.post("/administration/territoires/nouveau", **ville).status_code == 303
    (commune,) = rows(Territoire)
    quartier = {"nom": "Le Biollay", "code": "QN07302M", "genre": "qpv", "commune_id": str(commune.id)}
    refused = chef.post("/administration/territoires/nouveau", **quartier, generation="")
    assert refused.status_code == 422
    assert "génération 2015 ou 2024" in refused.text
    assert chef.post("/administration/territoires/nouveau", **quartier, generation="2024").status_code == 303
    created = rows(Territoire)[-1]
    assert (created.generation, created.commune_id) == (2024, commune.id)
    path = f"/administration/territoires/{created.id}"
    assert chef.post(path, **quartier, generation="2015", version="1").status_code == 303
    assert chef.post(path, **quartier, generation="2015", version="1").status_code == 409
    chef.post(f"{path}/fermer")
    assert rows(Territoire)[-1].ferme


@pytest.mark.parametrize("field", ["generation", "commune_id", "version"])
def test_a_tampered_territory_is_a_sentence_and_not_a_failure(chef, field: str) -> None:
    values = {"nom": "Le Biollay", "code": "QN07302M", "genre": "qpv", "generation": "2024", "commune_id": ""}
    chef.get("/administration/territoires/nouveau")
    status = chef.post(
        "/administration/territoires/nouveau", **values | {field: "999999999999999999999999"}
    ).status_code
    assert status in ({303} if field == "version" else {422})


def test_the_matrix_of_rights_is_made_from_the_permissions(chef) -> None:
    page = chef.get("/administration/droits").text
    for permission in Permission:
        row = page.partition(f'<th scope="row">{permission.label}</th>')[2].partition("</tr>")[0]
        shown = {role for role in Role if f">{role.label}</li>" in row}
        assert shown == {role for role in Role if permission in PERMISSIONS[role]}, permission
