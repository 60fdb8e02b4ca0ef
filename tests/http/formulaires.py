"""What an attacker works with: every form of every page, as a browser would send it, and the state to put back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.accounts import services
from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.models import Alerte
from app.alertes.vocabulaire import Regle
from app.audit.services import Acteur
from app.cohortes.rules_rapport import SYNTHESE
from app.cohortes.services_commentaires import AUCUNE, write_comment
from app.db.engine import sqlite_module
from app.jeunes import services as jeunes
from app.jeunes.services_fusion import merge
from app.parcours import services_etapes
from app.parcours.models import Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.services_attente import set_attente
from app.parcours.services_injoignable import note_demarche
from app.parcours.vocabulaire import GenreEtape, MotifSortie, StatutEtape
from app.parcours.vocabulaire_actes import FormeInformation, MotifAttente, MoyenDemarche, ResultatDemarche
from app.programme.services import close_territoire
from app.referents import services as referents
from app.referents import services_depart
from app.referents.services_urgence import send
from app.referents.vocabulaire import Finalite
from app.rue import services as services_rue
from app.rue.rules import Faits as FaitsSortie
from app.rue.rules import NouveauLieu
from app.rue.vocabulaire import RaisonSuppression
from tests.cohortes.registre import freeze
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure, make_territoire
from tests.http.conftest import Monde, token

COOKIE = "parcours"
ASSIEGEANTS = ("referent", "coordinateur", "administrateur", "membre", "partenaire", "responsable")
ANSWERS = frozenset({200, 303, 400, 404, 409, 413, 422})

Champs = list[tuple[str, str]]
# what a refused write may still leave: that somebody was there, tried too often, and what they had typed
TRACES = frozenset({"session_web", "freinage", "brouillon", "journal_acces", "journal_flux"})
NOT_TYPED = frozenset({"hidden", "submit", "checkbox", "radio"})


@dataclass(frozen=True, slots=True)
class Formulaire:
    """One form of one page: who saw it, where it goes, what it sends, and which of its fields are typed in."""

    acteur: str
    action: str
    champs: tuple[tuple[str, str], ...]
    libres: frozenset[str]

    def __repr__(self) -> str:
        return f"{self.acteur} → {self.action}"

    def filled(self, value: str) -> Champs:
        """The same form, each typed field holding `value`."""
        return [(name, value if name in self.libres else said) for name, said in self.champs]


def parse(page: str) -> Element:
    return html5lib.parse(page, namespaceHTMLElements=False)


def forms_of(page: str, *, acteur: str, url: str) -> Iterator[Formulaire]:
    """Those that are posted."""
    for form in parse(page).iter("form"):
        if form.get("method", "get").lower() == "post":
            champs, libres = _fields(form)
            own = [form.get("action") or url] if "formaction" not in _first_button(form).attrib else []
            elsewhere = [
                button.get("formaction", "") for button in form.iter("button") if "formaction" in button.attrib
            ]
            for action in dict.fromkeys([*own, *elsewhere]):
                yield Formulaire(acteur, action, champs, libres)


def _first_button(form: Element) -> Element:
    return next(form.iter("button"), form)


def _fields(form: Element) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    champs: dict[str, str] = {}
    libres = set()
    for control in form.iter():
        name = control.get("name") if isinstance(control.tag, str) else None
        if not name:
            continue
        kind = control.get("type", "text") if control.tag == "input" else control.tag
        if kind in ("checkbox", "radio") and "checked" not in control.attrib and name in champs:
            continue
        champs[name] = _value(control)
        if kind not in NOT_TYPED | {"select", "button"}:
            libres.add(name)
    return tuple(champs.items()), frozenset(libres)


def _value(field: Element) -> str:
    if field.tag == "textarea":
        return field.text or ""
    if field.tag == "select":
        options = list(field.iter("option"))
        chosen = [one for one in options if "selected" in one.attrib] or options[-1:]
        return chosen[0].get("value", "") if chosen else ""
    return field.get("value", "")


def all_forms(clients: dict[str, FlaskClient], urls: Iterable[str]) -> list[Formulaire]:
    """Every form that these browsers are shown at these addresses, once for each place it goes to."""
    found: dict[tuple[str, frozenset[str]], Formulaire] = {}
    for url in urls:
        for name, client in clients.items():
            answer = client.get(url)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                for form in forms_of(answer.text, acteur=name, url=url):
                    found.setdefault((form.action, frozenset(field for field, _ in form.champs)), form)
    return list(found.values())


def pages(app: Flask, monde: Monde) -> Iterator[str]:
    """The address of every page that the URL map knows."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            yield monde.url(rule, app)


class Etat:
    """The data as they were, to compare with and to come back to."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._kept = sqlite_module.connect(":memory:", check_same_thread=False)
        with self._raw() as connection:
            connection.backup(self._kept)
            named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self.tables = [name for (name,) in named if name not in TRACES and not name.startswith("sqlite_")]
        self.before = self.fingerprint()

    def changed(self) -> bool:
        return self.fingerprint() != self.before

    def restore(self) -> None:
        with self._raw() as connection:
            self._kept.backup(connection)

    def fingerprint(self) -> bytes:
        """Of every row of every table that says something."""
        digest = sha256()
        with self._raw() as connection:
            for table in self.tables:
                digest.update(repr((table, connection.execute(f"SELECT * FROM {table}").fetchall())).encode())
        return digest.digest()

    @contextmanager
    def _raw(self) -> Iterator[Any]:
        connection = self.engine.raw_connection()
        try:
            yield connection.driver_connection
        finally:
            connection.close()


@dataclass
class Attaque:
    """Every form and who sends it; after each success the house is as it was."""

    clients: dict[str, FlaskClient]
    forms: list[Formulaire]
    etat: Etat
    cookies: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        kept = {name: client.get_cookie(COOKIE) for name, client in self.clients.items()}
        self.cookies = {name: cookie.value for name, cookie in kept.items() if cookie}

    def come_back(self) -> None:
        """To the data as they were, and to the browsers as they were signed in."""
        self.etat.restore()
        for name, value in self.cookies.items():
            self.clients[name].set_cookie(COOKIE, value)

    def send(self, form: Formulaire, champs: Champs) -> int:
        """The status, once it is sure that a refusal wrote nothing."""
        data: dict[str, list[bytes]] = {}
        for name, value in champs:
            data.setdefault(name, []).append(value.encode(errors="surrogatepass"))
        answer = self.clients[form.acteur].post(form.action, data=data)
        assert answer.status_code in ANSWERS, answer.status_code
        leaves = form.acteur in ("anonyme", "membre") or form.action == "/deconnexion"
        assert leaves or not (answer.location or "").startswith("/connexion"), "nobody is signed in any more"
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
                self.come_back()
        assert not faults, "\n".join(faults)


def besiege(app: Flask, house, monde: Monde, connect: Callable) -> Attaque:
    """Every form of the URL map, on a world that has one of everything, open and closed."""
    urls = [*_further(house, monde), *_decided(house, monde.agents["referent"]), *pages(app, monde)]
    clients = {name: connect(monde.agents[name]) for name in ASSIEGEANTS}
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
        waiting = _waiting(session, house, referent)
        make_dossier(session, house, referent.structure)
        parmi = f"?parmi={monde.agents['autre_referent'].id}"
        _commented(session, monde.agents["responsable"])
        # a request that may be taken back; it reaches nobody
        asked = {"code": "222-222", "uids": set(), "mots": {}, "depot": uuid4(), "agent": referent}
        send(session, house.vault, **asked, **common)
        return [
            *_invited(session, referent, monde.code),
            *_twins(session, house, referent),
            f"/rue/sorties/{_removed(session, clos, referent)}",
            f"/dossiers/{waiting}",
            f"/dossiers/{waiting}/injoignable",
            f"/dossiers/{waiting}/verifications?objet=raccrochage&mois=6",
            # the chantier of a minor is only planned at first; a formation begins
            f"/dossiers/{monde.code}/etapes/nouvelle?genre=chantier_educatif",
            f"/dossiers/{monde.code}/etapes/nouvelle?genre=formation",
            f"/dossiers/{clos.code}/reouverture",
            # a split is proposed once receivers are ticked
            f"/structure/repartitions/referents/{referent.id}{parmi}",
            f"/structure/repartitions/sans-referent{parmi}",
            f"/administration/agents/{agent.id}",
            f"/administration/structures/{structure.id}",
            f"/administration/territoires/{territoire.id}",
        ]


def _invited(session: Session, referent: Agent, code: str) -> list[str]:
    """Where a colleague, and somebody of another structure, may be invited into the équipe."""
    colleague, partner = (
        make_agent(session, structure, Role.REFERENT) for structure in (referent.structure, make_structure(session))
    )
    base = f"/dossiers/{code}/equipe/inviter"
    return [f"{base}/{colleague.id}", f"{base}/{partner.id}?finalite={Finalite.INSERTION.value}"]


def _twins(session: Session, house, referent: Agent) -> list[str]:
    """Two dossiers that may be of one person, and two that were made one."""
    common = {"acteur": Acteur.commande(), "now": NOW, "today": TODAY}
    told = {"informe_le": TODAY, "informe_forme": FormeInformation.ORALE}
    names = {"prenom": "Ondine", "nom": "Vaucouleurs", "date_naissance": "2010-02-03"}
    un, autre, garde, absorbe = (make_dossier(session, house, referent.structure, referent=referent) for _ in range(4))
    for dossier in (un, autre):
        jeunes.register(session, house.vault, dossier, identite=names, contact={}, **told, **common)
    merge(session, house.vault, garde, absorbe, fusion_id=uuid4(), prendre_identite=False, par=referent, **common)
    return ["/doublons", f"/dossiers/{un.code}/fusion?avec={autre.code}", f"/dossiers/{garde.code}/fusion"]


def _removed(session: Session, dossier: Dossier, referent: Agent) -> UUID:
    """An outing that was removed: it may be put back."""
    common = {"acteur": Acteur.commande(), "now": NOW}
    faits = FaitsSortie(
        NouveauLieu(dossier.territoire_id, "Place Bissy"), TODAY, time(18), time(20), frozenset({referent.id})
    )
    agent = session.merge(referent)
    sortie = services_rue.add_sortie(session, faits, agent=agent, depot=uuid4(), today=TODAY, **common)
    services_rue.delete_sortie(session, sortie, version=1, raison=RaisonSuppression.ERREUR, **common)
    return sortie.id


def _commented(session: Session, chef: Agent) -> None:
    """A quarter was published, and its report has a comment."""
    freeze(session)
    write_comment(
        session, annee=TODAY.year, partie=SYNTHESE, texte="Une année de transition.", version=AUCUNE, agent=chef,
        acteur=Acteur.commande(), now=NOW,
    )  # fmt: skip


def _waiting(session: Session, house, referent: Agent) -> str:
    """The code of a dossier where everything asks for one tap: it waits, its return is to be checked, a name was
    written and nobody was told."""
    common = {"acteur": Acteur.commande(), "now": NOW, "today": TODAY}
    dossier = make_dossier(session, house, referent.structure, referent=referent)
    told = {"informe_le": None, "informe_forme": None}
    jeunes.register(session, house.vault, dossier, identite={"pseudonyme": "Loupiotte"}, contact={}, **told, **common)
    faits = Faits(GenreEtape.RACCROCHAGE, StatutEtape.EN_COURS, date(2025, 9, 10))
    services_etapes.add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **common)
    note_demarche(
        session, dossier, agent=referent, moyen=MoyenDemarche.MESSAGE, resultat=ResultatDemarche.TENTEE,
        famille_joignable=False, depot=uuid4(), **common,
    )  # fmt: skip
    until = {"jusqu_au": TODAY + timedelta(days=90), "au_plus": 90}
    set_attente(session, dossier, motif=MotifAttente.RENTREE, depot=uuid4(), **until, **common)
    return dossier.code


def _decided(house, referent: Agent) -> list[str]:
    """Where an alert that was put off and judged useless is told: both may be taken back."""
    with house.database.writing() as session:
        dossier = make_dossier(session, house, referent.structure, referent=referent, annee_naissance=2009)
        # its cause is there, so that nothing is left to recompute; and no text forbids to put it off
        faits = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, date(2026, 1, 12))
        common = {"acteur": Acteur.commande(), "now": NOW, "today": TODAY}
        services_etapes.add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **common)
    with house.database.writing() as session:
        alertes = select(Alerte).where(Alerte.dossier_id == dossier.id, Alerte.regle == Regle.DECROCHAGE_QUI_DURE)
        alerte = session.scalars(alertes).one()
        alerte.reportee_au, alerte.inutile_le = TODAY + timedelta(days=1000), NOW
        base = f"/dossiers/{dossier.code}/alertes"
        return [base, f"{base}/{alerte.id}/report"]
