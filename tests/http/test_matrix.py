"""Role × relation × route, from the URL map: default deny, and what one may not see does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.accounts.policies import PUBLIC, Permission, declared
from tests.http.conftest import ACTORS, Monde, may, token

# What each relation may do with a dossier, beyond the permission of its role (DESIGN §1): référent and team read,
# log, write steps; référent and coordinateur hand over and close; the coordinateur and the former référent read.
# Who covers the référent does as they do.
IN_CHARGE = {"referent", "suppleant"}
WRITERS = IN_CHARGE | {"membre", "partenaire"}
ANSWERERS = IN_CHARGE | {"coordinateur"}
AMENDERS = WRITERS | ANSWERERS
READERS = AMENDERS | {"ancien"}
RELATIONS: dict[str, set[str]] = {
    "dossier.dossier": READERS,
    # an alert speaks to all who see the dossier
    "reports.historique": READERS,
    "reports.reporter": AMENDERS,
    "reports.lever": AMENDERS,
    "reports.inutile": AMENDERS,
    "reports.utile": AMENDERS,
    "jeunes.numero": READERS,
    "representants.liste": READERS,
    "referents.relais": ANSWERERS,
    "passation.passation": ANSWERERS | {"ancien"},
    "passation.jeune_informe": ANSWERERS | {"ancien"},
    # whom it was handed over to
    "passation.accuser": {"referent"},
    "passation.refuser": {"referent"},
    "cloture.clore": ANSWERERS,
    "fusion.fusion": ANSWERERS,
    "fusion.fusionner": ANSWERERS,
    # who answers for a dossier without a référent must be able to say who it is about
    "jeunes.identite": AMENDERS,
    "jeunes.informe": AMENDERS,
    "reperes.reperes": AMENDERS,
    "representants.nouveau": AMENDERS,
    "representants.corriger": AMENDERS,
    "representants.retirer": AMENDERS,
    # words are their author's to correct
    "suivis.suivi": {"referent"},
    "suivis.supprimer": {"referent"},
    "danger.annuler": {"referent"},
    # whoever sees the dossier may need it
    "danger.du_dossier": READERS,
    "danger.transmettre": AMENDERS,
    "urgences.joindre_du_dossier": READERS,
    # a note of another structure, and a reason
    "ouvertures.ouvrir_note": {"coordinateur"},
    # of a step that the référent wrote and the member wrote over
    "propositions.voir": {"referent", "membre"},
    "propositions.ecarter": {"referent", "membre"},
    "propositions.garder": AMENDERS,
    "cloture.rouvrir": ANSWERERS,
    "cloture.intensite": IN_CHARGE,
    "equipe.equipe": READERS,
    "equipe.choisir": ANSWERERS,
    "equipe.inviter": ANSWERERS,
    "equipe.membre": ANSWERERS,
    "equipe.retirer": ANSWERERS,
    # whoever hears it writes it down, but not one partner of another
    "opposition.noter": AMENDERS - {"partenaire"},
    "opposition.lever": AMENDERS - {"partenaire"},
    # a coordinateur who is told of an alert reads what was done
    "objectifs.passes": READERS,
    "freins.freins": READERS,
    # written by mistake: its author, or who answers for the dossier
    "objectifs.supprimer": IN_CHARGE,
    "freins.supprimer": IN_CHARGE,
    "injoignable.recherche": READERS,
    "jalons.obligation": READERS,
}
OBJECTS = {
    # whoever answers for the dossier today
    "demandes.repondre": IN_CHARGE,
    "acces.accepter": IN_CHARGE,
    "acces.refuser": IN_CHARGE,
    "urgences.repondre": ANSWERERS,
    # one's own request
    "urgences.retirer": {"autre_intervenant"},
    # the référent and the author are told; somebody else than who opened it reviews
    "ouvertures.vu": {"referent", "coordinateur_ailleurs"},
    "ouvertures.relire": {"referent", "dpo"},
    "brouillons.brouillon": {"referent"},
    "brouillons.reprendre": {"referent"},
    "brouillons.supprimer": {"referent"},
    "agenda_flux.revoquer": {"referent"},
    # a structure reads its outings; their authors change them, and the coordinateur
    "rue.sortie": {
        "referent",
        "suppleant",
        "ancien",
        "membre",
        "coordinateur",
        "autre_referent",
        "autre_intervenant",
    },
    "rue.corriger": {"referent", "coordinateur"},
    "rue.supprimer": {"referent", "coordinateur"},
    "rue.retablir": {"referent", "coordinateur"},
    "lieux.lieu": {"coordinateur"},
    "actes.annuler": {"referent"},
    # a caseload of their structure, and what was spread there
    "repartition.repartir": {"coordinateur"},
    "repartitions.repartition": {"coordinateur"},
    "repartitions.reprendre": {"coordinateur"},
    # one's own, and those of one's structure
    "absences.absence": {"referent", "coordinateur"},
    "absences.retour": {"referent", "coordinateur"},
}
# leaves the session that the matrix needs
LAST = {"connexion.deconnexion", "connexion.verrouiller", "connexion.deverrouiller", "connexion.connexion"}
# loses the dossier that the matrix needs; tested apart
QUITS = {"equipe.quitter"}
# nothing in the world of the test answers them, whoever asks
NOTHING_THERE = {
    "connexion.demonstration",
    "revue.dossier",
    "revue.decider",
    "cohortes_ines.ines",
    # two dossiers are named in their forms; nothing was merged
    "fusion.ecarter",
    "fusion.annuler",
    "cohortes_rapport.pdf",
    "feuille.pdf",
}


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in LAST | QUITS | NOTHING_THERE | {"static"}:
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield rule, method


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            permission = declared(app.view_functions[rule.endpoint])
            assert permission == PUBLIC or isinstance(permission, Permission), rule


def test_urls_are_kebab_case_and_carry_no_name(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        fixed = [part for part in rule.rule.split("/") if part and "<" not in part]
        assert all(part == part.lower() and "_" not in part for part in fixed), rule
        assert rule.arguments <= {
            "code", "suivi_id", "etape_id", "contact_id", "representant_id", "demande_id", "brouillon_id", "acte",
            "acte_id", "proposition_id",
            "verification_id", "agent_id", "structure_id", "territoire_id", "filename",
            "demarche_id", "jalon_id", "chantier_id",
            "alerte_id", "opposition_id", "acces_id",
            "lien_id", "jeton", "objectif_id", "pas_id", "bilan_id", "sortie_id",
            "lieu_id",
            "fusion_id",
            "absence_id",
            "referent_id", "repartition_id",
            "annee", "partie",
            "urgence_id", "envoi", "transmission_id", "note_id", "ouverture_id",
        }, rule  # fmt: skip


def test_a_view_without_a_permission_is_not_served(app: Flask, monde: Monde, connect: Callable) -> None:
    app.add_url_rule("/oubliee", endpoint="oubliee", view_func=lambda: "secret")
    answer = connect(monde.agents["referent"]).get("/oubliee")
    assert (answer.status_code, "secret" in answer.text) == (404, False)


@pytest.mark.parametrize("name", sorted(ACTORS))
def test_matrix(app: Flask, house, monde: Monde, connect: Callable, name: str) -> None:
    agent = monde.agents[name]
    client = connect(agent)
    csrf = token(client)
    faults = []
    for rule, method in rules(app):
        data = {"csrf_token": csrf, "depot": str(uuid4()), "version": "1"} if method == "POST" else None
        answer = client.open(monde.url(rule, app), method=method, data=data)
        allowed = _allowed(app, rule, name, agent)
        if (answer.status_code == 404) == allowed or answer.status_code in {403, 500}:
            faults.append(f"{method} {rule}: {answer.status_code}, {'allowed' if allowed else 'denied'}")
        if house.database.still_open():
            faults.append(f"{method} {rule}: leaves a transaction open")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", sorted(ACTORS))
def test_a_member_alone_leaves_the_team(app: Flask, monde: Monde, connect: Callable, name: str) -> None:
    client = connect(monde.agents[name])
    page = f"/dossiers/{monde.code}/equipe/quitter"
    leaves = name in {"membre", "partenaire"}
    assert client.get(page).status_code == (200 if leaves else 404)
    assert client.post(page, data={"csrf_token": token(client)}).status_code == (303 if leaves else 404)
    assert (client.get(f"/dossiers/{monde.code}").status_code == 200) == (name in READERS and not leaves)


def _allowed(app: Flask, rule: Rule, name: str, agent) -> bool:
    permission = declared(app.view_functions[rule.endpoint])
    if permission != PUBLIC and not may(agent, permission):
        return False
    if "code" in rule.arguments:
        return name in RELATIONS.get(rule.endpoint, WRITERS)
    return name in OBJECTS.get(rule.endpoint, ACTORS)


def test_nobody_signed_in_is_sent_to_the_sign_in_page(app: Flask, monde: Monde, connect: Callable) -> None:
    client = connect(None)
    for rule, method in rules(app):
        if declared(app.view_functions[rule.endpoint]) != PUBLIC and method == "GET":
            answer = client.get(monde.url(rule, app))
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/connexion"), rule


def test_a_post_without_its_token_writes_nothing(app: Flask, monde: Monde, connect: Callable) -> None:
    client = connect(monde.agents["referent"])
    for rule, method in rules(app):
        if method == "POST":
            assert client.post(monde.url(rule, app), data={}).status_code == 400, rule


@pytest.mark.parametrize("name", sorted(set(ACTORS) - READERS))
def test_what_one_may_not_see_answers_as_what_does_not_exist(
    app: Flask, monde: Monde, connect: Callable, name: str
) -> None:
    client = connect(monde.agents[name])
    for rule, method in rules(app):
        if "code" in rule.arguments and method == "GET":
            there = client.get(monde.url(rule, app))
            nowhere = client.get(monde.url(rule, app, code="ZZZ-ZZZ"))
            assert there.status_code == nowhere.status_code == 404, rule
            assert _without_token(there.text) == _without_token(nowhere.text), rule
            assert {k: v for k, v in there.headers if k != "Date"} == {k: v for k, v in nowhere.headers if k != "Date"}


def _without_token(page: str) -> str:
    """The token is signed anew each second."""
    return re.sub(r'(name="csrf_token"[^>]* value=")[^"]+', r"\1", page)
