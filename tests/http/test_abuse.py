"""What an attacker sends: every form with what it does not expect. Refused kindly, never a 500, never a write."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.policies import PUBLIC, declared
from app.parcours.models import Dossier, Suivi
from app.referents.rules import LECTURE_ANCIEN
from tests.conftest import FrozenClock
from tests.factories import make_dossier
from tests.http.conftest import Monde, token
from tests.http.formulaires import ANSWERS, Attaque, Champs, Formulaire, besiege, parse

HOSTILE = {
    "markup": '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}',
    "formula": "=HYPERLINK(1)",
    "long": "é" * 100_000,
    "nul": "Léa\0",
    "surrogate": "Léa\ud800",
    "control": "\x1b[31m\x07\u202e\ufeff",
    "date": "31/02/2026",
    "far date": "31/12/9999",
    "first date": "01/01/0001",
    "digits": "٣٤",
    "superscript": "²",
    "huge": "9" * 5000,
    "negative": "-1",
    "beyond 64 bits": str(2**63),
    "enum": "inconnu",
    "uuid": str(uuid4()),
    "dashes": "-" * 36 + ":1",
    "blank": " \t\r\n ",
    "empty": "",
}


@pytest.fixture
def attaque(app: Flask, house, monde: Monde, connect: Callable) -> Attaque:
    return besiege(app, house, monde, connect)


def test_every_form_with_everything_hostile(app: Flask, attaque: Attaque) -> None:
    """Typed fields, then choices and hidden fields, then fields twice, then each field left out."""
    adapter = app.url_map.bind("localhost")
    seen = {adapter.match(form.action.split("?")[0], method="POST")[0] for form in attaque.forms}
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    # the buttons of the demonstration are only in its own database; what is being typed is sent by a script; an act is
    # taken back from the page that follows it, and a version proposed from the page that answers a conflict
    answers = {"actes.annuler", "propositions.garder"}
    assert posts - seen == {"connexion.demonstration", "brouillons.en_cours"} | answers
    attaque.storm((form, form.filled(value)) for value in HOSTILE.values() for form in attaque.forms)
    attaque.storm((form, _chosen(form, value)) for value in HOSTILE.values() for form in attaque.forms)
    attaque.storm((form, [*form.champs, *form.champs]) for form in attaque.forms)
    attaque.storm((form, _without(form, name)) for form in attaque.forms for name, _ in form.champs)


def _chosen(form: Formulaire, value: str) -> Champs:
    kept = form.libres | {"csrf_token"}
    return [(name, said if name in kept else value[:5000]) for name, said in form.champs]


def _without(form: Formulaire, gone: str) -> Champs:
    return [(name, said) for name, said in form.champs if name != gone]


@pytest.mark.parametrize("size", [3 * 1024 * 1024, 10 * 1024 * 1024])
def test_a_body_too_large_is_refused_before_it_is_read(app: Flask, monde: Monde, connect: Callable, size: int) -> None:
    client = connect(monde.agents["referent"])
    for url in (f"/dossiers/{monde.code}/suivis", "/dossiers/nouveau", "/mes-jeunes/recherche"):
        answer = client.post(url, data={"csrf_token": token(client), "mots": "x" * size})
        assert answer.status_code == 413
        assert "Parcours" in answer.text


EN_TROP = {
    "structure_id": "2", "id": "1", "agent_id": "7", "clos_le": "01/01/2020", "cree_le": "2020-01-01",
    "code": "AAA-AAA", "administrateur": "y", "dpo": "y", "demonstration": "1", "uid": str(uuid4()),
    "desactive_le": "2020-01-01", "par_id": "1", "cree_par": "1", "tenu_par": "1",
}  # fmt: skip


def test_fields_that_a_form_does_not_show_change_nothing(house, attaque: Attaque) -> None:
    def told() -> list[object]:
        agents = select(Agent.id, Agent.structure_id, Agent.administrateur, Agent.dpo, Agent.desactive_le)
        dossiers = select(Dossier.id, Dossier.code, Dossier.structure_id, Dossier.clos_le, Dossier.cree_le)
        suivis = select(Suivi.id, Suivi.agent_id, Suivi.cree_le)
        with house.database.reading() as session:
            return [set(session.execute(query).all()) for query in (agents, dossiers, suivis)]

    def sent(form: Formulaire, champs: Champs) -> tuple[int, list[object]]:
        status = attaque.send(form, champs)
        after = told()
        if status < 400:
            attaque.come_back()
        return status, after

    last = ("identite", "intensite", "nouveau", "contacts-prevus", "mon-compte", "numero", "terminer", "annuler")
    for form in attaque.forms:
        own = {name for name, _ in form.champs}
        extra = [(name, said) for name, said in EN_TROP.items() if name not in own]
        if form.action.endswith(last) and not form.action.startswith(("/administration", "/dossiers/nouveau")):
            # some change these by themselves: an attempt taken back takes its follow-up with it
            assert sent(form, [*form.champs, *extra]) == sent(form, [*form.champs]), form


BEYOND = "9" * 20
ADDRESSES = [
    *(f"/administration/{what}/{BEYOND}" for what in ("agents", "structures", "territoires")),
    *(f"/administration/agents/{number}/desactiver" for number in (BEYOND, "9" * 5000)),
    *(f"/administration/agents?structure={number}" for number in (BEYOND, "9" * 5000, "-1", "x")),
    *(f"/administration/agents?apres={number}" for number in (BEYOND, "9" * 5000, "-1", "x")),
    f"/administration/structures?apres={BEYOND}",
    *(f"/administration/territoires?page={page}" for page in (BEYOND, "9" * 5000, "-1", "0")),
    f"/alertes?apres=1_2026-01-01_{BEYOND}",
    f"/alertes?apres={BEYOND}_2026-01-01_1",
    "/alertes?apres=1_0001-01-01_1",
    f"/mes-jeunes?page={BEYOND}&territoire={BEYOND}&par={BEYOND}&situation=x&alerte=x&lien=x",
    f"/revue/dossier?rang={BEYOND}",
    f"/structure/continuite?voir=dossiers&apres=9999-12-31~{BEYOND}",
    "/dossiers/CODE?avant=9999-12-31~9999-12-31T00:00:00+00:00~x&journal=x",
    "/dossiers/CODE/suivis?brouillon=x&canal=x",
    "/dossiers/CODE/etapes?genre=x",
    "/dossiers/%00", "/dossiers/%FF%FE", f"/dossiers/{'A' * 5000}", "/mes-jeunes?%00=%FF",
    "/statique/..%2f..%2fconfig.py", "/statique/../../config.py", "/statique/%2e%2e/%2e%2e/config.py",
    "/statique/a%00b", "/statique/%ff", "/statique/....//....//config.py", "/statique/..%5c..%5cconfig.py",
    "/statique/%2fetc/passwd",
]  # fmt: skip


def test_addresses_that_nobody_wrote_are_answered_kindly(app: Flask, monde: Monde, connect: Callable) -> None:
    clients = [connect(monde.agents[name]) for name in ("referent", "coordinateur", "administrateur")]
    for client in clients:
        for address in ADDRESSES:
            answer = client.get(address.replace("CODE", monde.code))
            # 308: two slashes made one
            assert answer.status_code in ANSWERS | {308}, address[:80]
            assert "statique" not in address or answer.status_code in {308, 404}
            assert "import annotations" not in answer.text


def _hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)[1]


@pytest.fixture
def autres(house, monde: Monde) -> dict[str, str]:
    """The code of another dossier of the same référent, and that of somebody else's."""
    with house.database.writing() as session:
        structure = monde.agents["referent"].structure
        return {
            name: make_dossier(session, house, structure, referent=monde.agents[name]).code
            for name in ("referent", "autre_referent")
        }


def test_what_belongs_to_a_dossier_does_not_exist_in_another(
    monde: Monde, autres: dict[str, str], connect: Callable
) -> None:
    client = connect(monde.agents["referent"])
    csrf, ids = token(client), monde.ids
    things = [
        f"suivis/{ids['suivi_id']}", f"etapes/{ids['etape_id']}", f"etapes/{ids['etape_id']}/terminer",
        f"contacts-prevus/{ids['contact_id']}", f"contacts-prevus/{ids['contact_id']}/annuler",
        f"representants/{ids['representant_id']}", f"representants/{ids['representant_id']}/retirer",
        f"objectifs/{ids['objectif_id']}", f"objectifs/{ids['objectif_id']}/supprimer",
        f"objectifs/{ids['objectif_id']}/accord", f"objectifs/{ids['objectif_id']}/pas/{ids['pas_id']}",
        f"freins/{ids['bilan_id']}/supprimer",
    ]  # fmt: skip
    for code in autres.values():
        for thing in things:
            url = f"/dossiers/{code}/{thing}"
            assert client.post(url, data={"csrf_token": csrf, "version": "1"}).status_code == 404, thing
            assert client.get(url).status_code in {404, 405}, thing


SUIVI = {"resultat": "echange_fait", "canal": "telephone", "quand": "aujourdhui", "visibilite": "mon_equipe"}


def test_the_deposit_of_another_author_shows_nothing_of_their_words(
    house, monde: Monde, rows: Callable, connect: Callable
) -> None:
    """A note kept to the référent is not read by sending its id back as one's own."""
    author, reader = connect(monde.agents["referent"]), connect(monde.agents["membre"])
    depot, url = str(uuid4()), f"/dossiers/{monde.code}/suivis"
    kept = SUIVI | {"visibilite": "referent_coordinateur", "mots": "parapluie de corail", "depot": depot}
    assert author.post(url, data=kept | {"csrf_token": token(author)}).status_code == 303
    noted = rows(Suivi)
    for address, extra in ((url, {"mots": "autre"}), (f"{url}/rapide", {"resultat": "sans_reponse"})):
        sent = SUIVI | {"depot": depot, "csrf_token": token(reader)} | extra
        answer = reader.post(address, data=sent)
        assert answer.status_code in {400, 422}
        assert "parapluie" not in answer.text
    assert rows(Suivi) == noted


def test_a_dossier_handed_over_is_not_seen_again_by_sending_its_form_back(
    monde: Monde, connect: Callable, clock: FrozenClock
) -> None:
    client = connect(monde.agents["referent"])
    made = {
        "csrf_token": token(client),
        "depot": str(uuid4()),
        "pseudonyme": "Loupiotte",
        "note": "parapluie de corail",
    }
    made |= {"territoire_id": str(monde.ids["territoire_id"]), "canal": "presence_rue"}
    made |= {"referent_id": str(monde.agents["referent"].id)}
    dossier = client.post("/dossiers/nouveau", data=made).location
    again = made | {"note": "autre chose"}
    assert "parapluie" in client.post("/dossiers/nouveau", data=again).text, "while it is theirs, both are shown"
    relay = {"agent": str(monde.agents["autre_referent"].id), "motif": "charge", "depot": str(uuid4())}
    relay |= {"remplace": _hidden(client.get(f"{dossier}/referent").text, "remplace"), "csrf_token": made["csrf_token"]}
    assert client.post(f"{dossier}/referent", data=relay).status_code == 303
    # for thirty days they read it still, and nothing more after
    clock.now += timedelta(days=LECTURE_ANCIEN + 1)
    client = connect(monde.agents["referent"])
    answer = client.post("/dossiers/nouveau", data=again | {"csrf_token": token(client)})
    assert (answer.status_code, "parapluie" in answer.text) == (422, False)


def test_the_affectation_of_a_dossier_is_not_the_deposit_of_another(
    monde: Monde, autres: dict[str, str], connect: Callable
) -> None:
    client = connect(monde.agents["referent"])
    mine, other = (
        _hidden(client.get(f"/dossiers/{c}/referent").text, "remplace") for c in (monde.code, autres["referent"])
    )
    sent = {"csrf_token": token(client), "depot": mine, "remplace": other, "motif": "charge", "note": ""}
    sent["agent"] = str(monde.agents["autre_referent"].id)
    assert client.post(f"/dossiers/{autres['referent']}/referent", data=sent).status_code == 422
    assert client.get(f"/dossiers/{autres['referent']}").status_code == 200, "still theirs"


def test_an_end_that_names_no_step_ends_nothing(monde: Monde, connect: Callable) -> None:
    client = connect(monde.agents["referent"])
    sent = {"genre": "emploi", "statut": "en_cours", "debut": "02/03/2026", "clore": "-" * 36 + ":1"}
    sent |= {"csrf_token": token(client), "depot": str(uuid4())}
    assert client.post(f"/dossiers/{monde.code}/etapes", data=sent).status_code == 303


AILLEURS = [
    "//evil", "https:evil", "https://evil/mes-jeunes", "/\\evil", "/%5cevil", "/%2Fevil", "\t//evil", "///evil",
    "/mes-jeunes\r\nX: y", "javascript:alert(1)", "/./\\/evil", "//evil/mes-jeunes", "/mes-jeunes@evil", "/deconnexion",
    "/mes-jeunes//evil",
]  # fmt: skip


@pytest.mark.parametrize("retour", AILLEURS)
def test_no_parameter_leads_elsewhere(app: Flask, monde: Monde, connect: Callable, retour: str) -> None:
    client = connect(monde.agents["referent"])
    quick = {"csrf_token": token(client), "depot": str(uuid4()), "resultat": "sans_reponse", "retour": retour}
    answers = [
        client.post(f"/dossiers/{monde.code}/suivis/rapide", data=quick),
        client.post(
            f"/dossiers/{monde.code}/suivis?{urlencode({'suite': retour})}",
            data=SUIVI | {"csrf_token": quick["csrf_token"], "depot": str(uuid4())},
        ),
        client.get(f"/deverrouiller?{urlencode({'retour': retour})}"),
    ]
    assert [answer.location for answer in answers] == [f"/dossiers/{monde.code}", f"/dossiers/{monde.code}", "/"]


def test_a_locked_screen_lets_nothing_through_and_keeps_what_is_posted(
    app: Flask, monde: Monde, connect: Callable, rows: Callable
) -> None:
    client = connect(monde.agents["referent"])
    csrf = token(client)
    client.post("/verrouiller", data={"csrf_token": csrf})
    noted = rows(Suivi)
    for rule in app.url_map.iter_rules():
        if (
            rule.endpoint in {"connexion.deconnexion", "static"}
            or declared(app.view_functions[rule.endpoint]) == PUBLIC
        ):
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(monde.url(rule, app), method=method, data={"csrf_token": csrf, "mots": "x"})
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/deverrouiller"), rule
            assert answer.headers["Cache-Control"] == "no-store"
    # names of parameters that are also ours
    kept = client.post(f"/dossiers/{monde.code}/suivis?page=2&draft=3", data={"csrf_token": csrf, "mots": "gardés"})
    assert "brouillon" in kept.location
    assert rows(Suivi) == noted


def test_the_buttons_of_the_demonstration_do_not_exist_elsewhere(app: Flask, monde: Monde) -> None:
    client = app.test_client()
    assert "/demo/connexion" not in client.get("/connexion").text
    for role in ("referent", "administrateur", "", "x"):
        sent = {"csrf_token": token(client, "/connexion"), "role": role}
        assert client.post("/demo/connexion", data=sent).status_code == 404


def test_the_token_of_another_session_is_refused(monde: Monde, connect: Callable, rows: Callable) -> None:
    client, other = connect(monde.agents["referent"]), connect(monde.agents["membre"])
    noted = rows(Suivi)
    sent = SUIVI | {"csrf_token": token(other), "depot": str(uuid4())}
    assert client.post(f"/dossiers/{monde.code}/suivis", data=sent).status_code == 400
    assert rows(Suivi) == noted


MARKUP = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'


def test_markup_is_shown_as_it_was_typed_and_never_obeyed(monde: Monde, connect: Callable) -> None:
    client = connect(monde.agents["referent"])
    csrf, base = token(client), f"/dossiers/{monde.code}"
    told = {"prenom": MARKUP[:60], "nom": MARKUP[:60], "informe_le": "05/01/2026", "informe_forme": "orale"}
    posts = {
        f"{base}/suivis": SUIVI | {"mots": MARKUP},
        f"{base}/etapes": {"genre": "emploi", "statut": "en_cours", "debut": "02/03/2026", "precisions": MARKUP},
        f"{base}/contacts-prevus": {"jour": "20/03/2026", "objet": MARKUP},
        f"{base}/identite": told | {"version": "1", "naissance": "2009"},
        f"{base}/representants/nouveau": told
        | {"lien": "parent", "autorite_parentale": "oui", "peut_etre_contacte": "oui", "telephone": "0639981234"},
    }
    for url, data in posts.items():
        assert client.post(url, data=data | {"csrf_token": csrf, "depot": str(uuid4())}).status_code == 303, url
    pages = [client.get(url).text for url in (base, *posts, "/mes-jeunes", "/alertes", f"{base}/representants")]
    pages.append(client.post("/mes-jeunes/recherche", data={"csrf_token": csrf, "texte": MARKUP[:60]}).text)
    assert sum("&lt;script&gt;" in page for page in pages) >= 5
    assert "{{7*7}}" in pages[0]
    for page in pages:
        for element in parse(page).iter():
            assert "onerror" not in element.attrib
            assert element.tag != "script" or element.get("src", "").startswith("/statique/")


VALUES = st.one_of(
    st.sampled_from(sorted(HOSTILE.values())), st.text(max_size=60), st.integers().map(str), st.dates().map(str)
)


@settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_mixture_in_any_form_is_answered_kindly(attaque: Attaque, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(attaque.forms))
    names = [name for name, _ in form.champs if name != "csrf_token"]
    said = dict(form.champs)
    for name in data.draw(st.lists(st.sampled_from([*names, "inconnu"]), max_size=4)):
        said[name] = data.draw(VALUES)
    twice = data.draw(st.lists(st.tuples(st.sampled_from([*names, "inconnu"]), VALUES), max_size=2))
    attaque.storm([(form, [*said.items(), *twice])])
