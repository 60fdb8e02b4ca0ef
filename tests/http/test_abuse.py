"""What an attacker sends: every form with what it does not expect. Refused kindly, never a 500, never a write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import passwords, services
from app.accounts.models import Agent
from app.audit.services import Acteur
from app.parcours.models import Dossier, Suivi
from app.parcours.vocabulaire import MotifSortie
from app.programme.services import close_territoire
from app.referents import services as referents
from app.referents import services_depart
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure, make_territoire
from tests.http.conftest import Monde, token
from tests.http.formulaires import Champs, Etat, Formulaire, all_forms, pages

ANSWERS = {200, 303, 400, 404, 409, 413, 422}
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
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of posts need not each take a fifth of a second."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Attaque:
    """Every form and who sends it; after each success the house is as it was."""

    clients: dict[str, FlaskClient]
    forms: list[Formulaire]
    etat: Etat

    def send(self, form: Formulaire, champs: Champs) -> int:
        """The status, once it is sure that a refusal wrote nothing."""
        data: dict[str, list[object]] = {}
        for name, value in champs:
            data.setdefault(name, []).append(value.encode(errors="surrogatepass") if "\ud800" in value else value)
        answer = self.clients[form.acteur].post(form.action, data=data)
        assert answer.status_code in ANSWERS, answer.status_code
        assert answer.status_code < 400 or not self.etat.changed(), f"{answer.status_code}, and something was written"
        return answer.status_code

    def storm(self, posts: Iterable[tuple[Formulaire, Champs]]) -> None:
        faults = []
        for form, champs in posts:
            try:
                status = self.send(form, champs)
            except Exception as fault:
                status = 0
                faults.append(f"{form}: {type(fault).__name__} {str(fault)[:200]} {[(n, v[:40]) for n, v in champs]}")
            if status < 400:
                self.etat.restore()
        assert not faults, "\n".join(faults)


@pytest.fixture
def attaque(app: Flask, house, quick_passwords: None, monde: Monde, connect: Callable) -> Attaque:
    urls = [*_further(house, monde), *pages(app, monde)]
    clients = {name: connect(monde.agents[name]) for name in ("referent", "coordinateur", "administrateur", "membre")}
    for name, url in (("referent", "/revue"), ("membre", "/verrouiller")):
        assert clients[name].post(url, data={"csrf_token": token(clients[name])}).status_code == 303
    clients["anonyme"] = app.test_client()
    return Attaque(clients, all_forms(clients, urls), Etat(house.database.engines.write))


def _further(house, monde: Monde) -> list[str]:
    """What the world of the matrix lacks: the addresses of things closed, and of a step whose kind is chosen."""
    acteur = Acteur.commande()
    common = {"acteur": acteur, "now": NOW}
    with house.database.writing() as session:
        agent, structure = make_agent(session, make_structure(session)), make_structure(session)
        referent = monde.agents["referent"]
        clos = make_dossier(session, house, referent.structure, referent=referent)
        territoire = make_territoire(session)
        services.close_structure(session, structure, **common)
        services_depart.disable_agent(session, agent, **common)
        close_territoire(session, territoire, version=1, **common)
        referents.close(
            session,
            clos,
            version=clos.version,
            le=TODAY,
            motif=MotifSortie.SCOLARITE_MAINTENUE,
            etapes={},
            today=TODAY,
            **common,
        )
        return [
            f"/dossiers/{monde.code}/etapes/nouvelle?genre=chantier_educatif",
            f"/dossiers/{clos.code}/reouverture",
            f"/administration/agents/{agent.id}",
            f"/administration/structures/{structure.id}",
            f"/administration/territoires/{territoire.id}",
        ]


def test_every_form_with_everything_hostile(app: Flask, attaque: Attaque) -> None:
    """Typed fields, then choices and hidden fields, then fields twice, then each field left out."""
    adapter = app.url_map.bind("localhost")
    seen = {adapter.match(form.action.split("?")[0], method="POST")[0] for form in attaque.forms}
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    # the buttons of the demonstration are only in its own database
    assert posts - seen == {"connexion.demonstration"}
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

    before = told()
    last = ("identite", "intensite", "nouveau", "contacts-prevus", "mon-compte", "numero", "terminer", "annuler")
    for form in attaque.forms:
        own = {name for name, _ in form.champs}
        extra = [(name, said) for name, said in EN_TROP.items() if name not in own]
        if form.action.endswith(last) and not form.action.startswith(("/administration", "/dossiers/nouveau")):
            status = attaque.send(form, [*form.champs, *extra])
            assert told() == before, form
            if status < 400:
                attaque.etat.restore()


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
    f"/sans-referent?apres=9999-12-31~{BEYOND}",
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
