"""One house, one dossier with one of everything in it, and somebody of each kind to knock at every door."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from html import unescape
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app import create_app
from app.accounts import brouillons, passwords
from app.accounts.models import Agent
from app.accounts.policies import Permission, permissions_of
from app.accounts.vocabulaire import Role
from app.agenda.services import create_lien
from app.alertes.models import Alerte
from app.audit.services import Acteur
from app.cohortes.rules_rapport import SYNTHESE
from app.config import Settings
from app.db.cliche import portion
from app.db.unit import Database
from app.jeunes import services as jeunes
from app.jeunes.models import DemandeDoublon
from app.jeunes.services_representants import FicheRepresentant, add_representant
from app.jeunes.vocabulaire import AutoriteParentale, Lien, PeutEtreContacte
from app.parcours import services_etapes, services_objectifs, services_suivis
from app.parcours.models import ContactPrevu
from app.parcours.models_actes import Verification
from app.parcours.rules_etapes import Faits
from app.parcours.services_annulation import undoable
from app.parcours.services_freins import note_bilan
from app.parcours.services_injoignable import note_demarche
from app.parcours.services_jalons import cancel_jalon, note_jalon
from app.parcours.services_objectifs import Dit, PasDit
from app.parcours.services_propositions import keep_proposition
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutEtape, Theme, TrancheAge
from app.parcours.vocabulaire_actes import (
    Accord,
    FormeInformation,
    GenreJalon,
    MoyenDemarche,
    ObjetVerification,
    ReponseVerification,
    ResultatDemarche,
)
from app.parcours.vocabulaire_freins import Dimension, DitPar
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence
from app.referents.models_demandes import DemandeEquipe
from app.referents.models_repartition import LigneRepartition, Repartition
from app.referents.models_urgence import Urgence
from app.referents.queries import open_affectation
from app.referents.queries_ouvertures import note_to_open
from app.referents.services import hand_over, join_team
from app.referents.services_danger import note_transmission
from app.referents.services_equipe import oppose
from app.referents.services_ouvertures import open_note
from app.referents.services_urgence import send
from app.referents.vocabulaire import Finalite, MotifAffectation
from app.referents.vocabulaire_urgence import Destinataire, GenreTransmission, MotifOuverture, Parents
from app.rue.rules import Faits as FaitsSortie
from app.rue.rules import NouveauLieu
from app.rue.services import add_sortie
from app.rue.vocabulaire import SexeRencontre
from app.vault.places import Place
from tests.conftest import NOW, FrozenClock
from tests.factories import TODAY, make_agent, make_dossier, make_structure

MOT_DE_PASSE = "trombone-lavande-escargot"
PRENOM, NOM, TELEPHONE, NOTE = "Zéphyrine", "Quatremaille", "06 39 98 12 34", "chaussettes à pois verts"


class StrictDatabase(Database):
    """A database that remembers its sessions: a view may not leave a transaction open."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)
        self.opened: list = []

    def open_read(self):
        self.opened.append(super().open_read())
        return self.opened[-1]

    def open_write(self):
        self.opened.append(super().open_write())
        return self.opened[-1]

    def still_open(self) -> int:
        return sum(session.in_transaction() for session in self.opened)


@dataclass
class Monde:
    """The people of the matrix by what they are to `code`, and the ids that routes ask for."""

    agents: dict[str, Agent] = field(default_factory=dict)
    code: str = ""
    ids: dict[str, object] = field(default_factory=dict)

    def url(self, rule: Rule, app: Flask, *, code: str | None = None) -> str:
        values = {name: self.ids[name] for name in rule.arguments - {"code"}}
        if "code" in rule.arguments:
            values["code"] = code or self.code
        with app.test_request_context():
            return rule.build(values)[1]


ACTORS = {
    "referent": (Role.REFERENT,),
    # covers the référent, who is away today
    "suppleant": (Role.REFERENT,),
    # handed the dossier over some days ago
    "ancien": (Role.REFERENT,),
    "membre": (Role.INTERVENANT,),
    # a member from another structure, for a purpose that shows the steps of this dossier
    "partenaire": (Role.INTERVENANT,),
    "coordinateur": (Role.COORDINATEUR,),
    "autre_referent": (Role.REFERENT,),
    "autre_intervenant": (Role.INTERVENANT,),
    "coordinateur_ailleurs": (Role.COORDINATEUR,),
    "responsable": (Role.RESPONSABLE,),
    "dpo": (Role.DPO,),
    "administrateur": (Role.ADMINISTRATEUR,),
}


@pytest.fixture(scope="session")
def protege() -> str:
    return passwords.protect(MOT_DE_PASSE)


@pytest.fixture
def app(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    app = create_app(sqlite_settings, clock=clock)
    house = app.extensions["parcours"]
    object.__setattr__(house, "database", StrictDatabase(house.database))
    app.testing = True
    yield app
    house.database.engines.dispose()


@pytest.fixture
def house(app: Flask):
    return app.extensions["parcours"]


@pytest.fixture
def monde(house, protege: str) -> Monde:
    return make_monde(house, protege)


def make_monde(house, protege: str) -> Monde:
    """`protege`: everybody's protected password."""
    monde = Monde()
    with house.database.writing() as session:
        here, elsewhere = make_structure(session), make_structure(session)
        for name, roles in ACTORS.items():
            place = elsewhere if name.endswith("ailleurs") or name == "partenaire" else here
            monde.agents[name] = make_agent(session, place, *roles, mot_de_passe=protege)
        _fill(session, house, here, monde)
        # an agent of the équipe, for the pages about one of them
        monde.ids |= {"structure_id": here.id, "agent_id": monde.agents["partenaire"].id, "filename": "icone.svg"}
    with house.database.reading() as session:
        monde.ids["alerte_id"] = session.scalars(select(Alerte.id).order_by(Alerte.id)).first()
    return monde


def _fill(session, house, structure, monde: Monde) -> None:
    referent = monde.agents["referent"]
    acteur = Acteur.agent(referent.id, structure.id)
    common = {"acteur": acteur, "now": NOW, "today": TODAY}
    dossier = make_dossier(session, house, structure, referent=monde.agents["ancien"], annee_naissance=2009)
    _team(session, dossier, monde, common)
    told = {"informe_le": date(2026, 1, 5), "informe_forme": FormeInformation.ORALE}
    names = {"prenom": PRENOM, "nom": NOM, "date_naissance": "2009-04-02"}
    jeunes.register(session, house.vault, dossier, identite=names, contact={"telephone": TELEPHONE}, **told, **common)
    keys = house.vault.keys([dossier.uid])
    named = ("suivi_id", "etape_id", "contact_id", "representant_id", "verification_id")
    ids: dict[str, UUID] = {name: uuid4() for name in named}
    services_suivis.log_suivi(
        session, dossier, agent=referent, jour=TODAY, canal=Canal.TELEPHONE, resultat=Resultat.ECHANGE_FAIT,
        note=keys.seal(dossier.uid, {"texte": NOTE}, place=Place.NOTE, row=ids["suivi_id"]),
        suivi_id=ids["suivi_id"], depot=uuid4(), **common,
    )  # fmt: skip
    faits = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, date(2026, 1, 12))
    services_etapes.add_etape(session, dossier, faits=faits, etape_id=ids["etape_id"], depot=uuid4(), **common)
    services_suivis.plan_contact(
        session,
        dossier,
        agent=referent,
        jour=TODAY + timedelta(days=3),
        contact_id=ids["contact_id"],
        depot=uuid4(),
        **common,
    )
    fiche = FicheRepresentant(
        {"nom": NOM}, Lien.PARENT, AutoriteParentale.OUI, PeutEtreContacte.A_DEMANDER, *told.values()
    )
    add_representant(
        session, house.vault, dossier, fiche=fiche, representant_id=ids["representant_id"], depot=uuid4(), **common
    )
    monde.ids |= _acts(session, dossier, referent, common) | _goal(session, keys, dossier, referent, common)
    monde.ids |= _outing(session, dossier, referent, common)
    monde.ids |= {"absence_id": uuid4(), "fusion_id": uuid4()}
    days = {"depuis": TODAY + timedelta(days=40), "jusqu_au": TODAY + timedelta(days=50), "cree_le": NOW}
    session.add(Absence(id=monde.ids["absence_id"], agent_id=referent.id, **days))
    monde.ids |= _urgencies(session, house, dossier, monde, common)
    demande = DemandeDoublon(
        id=uuid4(), dossier_id=dossier.id, demandeur_id=monde.agents["autre_referent"].id, cree_le=NOW
    )
    session.add(demande)
    verification = Verification(
        dossier_id=dossier.id, id=ids["verification_id"], objet=ObjetVerification.RACCROCHAGE, repere=date(2025, 9, 1),
        mois=6, reponse=ReponseVerification.INCONNUE, jour=TODAY, cree_le=NOW, cree_par=referent.id,
    )  # fmt: skip
    session.add(verification)
    brouillon = brouillons.save(
        session, house.vault, agent_id=referent.id, chemin="/dossiers/nouveau", saisie=[("mots", NOTE)], now=NOW
    )
    # two addresses of a calendar: one to be revoked, the other to be read
    liens = uuid4(), uuid4()
    qui = {"agent": session.merge(referent), "acteur": acteur, "now": NOW}
    jeton = [create_lien(session, depot=lien, **qui) for lien in liens][-1]
    monde.ids["proposition_id"] = _written_over(session, keys, dossier, monde, ids["etape_id"])
    monde.ids |= {"annee": str(TODAY.year), "partie": SYNTHESE}
    monde.ids["acte_id"] = _taken_back(session, house, dossier, referent, common)
    monde.code = dossier.code
    monde.ids |= ids | {"lien_id": liens[0], "jeton": jeton}
    monde.ids |= {
        "demande_id": demande.id, "brouillon_id": brouillon, "territoire_id": dossier.territoire_id, "acte": "terminer",
    }  # fmt: skip


def _team(session, dossier, monde: Monde, common: dict) -> None:
    """Everybody who is something to the dossier, beside its coordinateur."""
    referent, ancien = monde.agents["referent"], monde.agents["ancien"]
    first = open_affectation(session, dossier.id)
    now_theirs = hand_over(
        session, dossier, to=referent, par=ancien, motif=MotifAffectation.CHARGE, note=None, affectation_id=uuid4(),
        remplace=first.id, **common,
    )  # fmt: skip
    monde.ids |= {"referent_id": referent.id, "repartition_id": uuid4()}
    _spread(session, monde, de=ancien, affectations=(first, now_theirs))
    away = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=7), "cree_le": NOW}
    session.add(Absence(id=uuid4(), agent_id=referent.id, suppleant_id=monde.agents["suppleant"].id, **away))
    join_team(session, dossier, agent=monde.agents["membre"], **common)
    session.add(
        MembreEquipe(
            dossier_id=dossier.id, agent_id=monde.agents["partenaire"].id, depuis=TODAY,
            echeance=TODAY + timedelta(days=180), finalite=Finalite.INSERTION, informe_le=TODAY,
            informe_forme=FormeInformation.ORALE, accord=Accord.INFORME,
        )
    )  # fmt: skip
    unwelcome, opposition = make_structure(session), uuid4()
    oppose(session, dossier, structure=unwelcome, le=TODAY, opposition_id=opposition, par=referent, **common)
    monde.ids["opposition_id"] = opposition
    asked = DemandeEquipe(
        id=uuid4(), demandeur_id=monde.agents["coordinateur_ailleurs"].id, code_dit=dossier.code, dossier_id=dossier.id,
        finalite=Finalite.SUIVI_GLOBAL, echeance=TODAY + timedelta(days=90), cree_le=NOW,
    )  # fmt: skip
    session.add(asked)
    monde.ids["acces_id"] = asked.id


def _spread(session, monde: Monde, *, de: Agent, affectations: tuple[Affectation, Affectation]) -> None:
    """That handover was the whole of a caseload, spread by the coordinateur."""
    before, after = affectations
    said = {"motif": MotifAffectation.CHARGE, "cree_le": NOW, "par_id": monde.agents["coordinateur"].id}
    made = Repartition(id=monde.ids["repartition_id"], structure_id=de.structure_id, de_id=de.id, **said)
    session.add(made)
    session.flush()
    keys = {"affectation_id": after.id, "precedente_id": before.id, "etait_membre": False}
    session.add(LigneRepartition(repartition_id=made.id, dossier_id=after.dossier_id, **keys))


def _written_over(session, keys, dossier, monde: Monde, etape_id: UUID) -> UUID:
    """The step as the référent had written it, before the member wrote over it."""
    key, writers = uuid4(), [monde.agents[name] for name in ("referent", "membre")]
    said = [("genre", "decrochage"), ("statut", "en_cours"), ("debut", "13/01/2026"), ("precisions", NOTE)]
    keep_proposition(
        session, dossier, proposition_id=key, objet=ObjetProposition.ETAPE, ligne_id=etape_id, now=NOW,
        contenu=keys.seal(dossier.uid, {"saisie": said}, place=Place.PROPOSITION, row=key),
        auteur_id=writers[0].id, autre_id=writers[1].id, acteur=Acteur.agent(writers[1].id, writers[1].structure_id),
    )  # fmt: skip
    return key


def _taken_back(session, house, dossier, referent: Agent, common: dict) -> UUID | None:
    """A contact cancelled just now."""
    key = {"contact_id": uuid4(), "depot": uuid4()}
    contact = services_suivis.plan_contact(session, dossier, agent=referent, jour=TODAY, **key, **common)
    who = {"acteur": Acteur.agent(referent.id, referent.structure_id), "now": common["now"]}
    kept = {"precision": "contact", "retour": f"/dossiers/{dossier.code}", "dossier": dossier, **who}
    rows = portion(ContactPrevu, dossier_id=dossier.id, id=contact.id)
    with undoable(session, house.vault, rows, **kept) as trace:
        services_suivis.cancel_contact(session, dossier, contact, version=1, **who)
    return trace.acte_id


def _acts(session, dossier, referent: Agent, common: dict) -> dict[str, UUID]:
    """What was done around the journey: a search, two acts of the duty of training, a minor's chantier to come."""
    ids = {name: uuid4() for name in ("demarche_id", "jalon_id", "chantier_id")}
    note_demarche(
        session, dossier, agent=referent, moyen=MoyenDemarche.MESSAGE, resultat=ResultatDemarche.TENTEE,
        famille_joignable=False, depot=ids["demarche_id"], **common,
    )  # fmt: skip
    born = {"agent": referent, "jour": TODAY, "naissance": date(2009, 4, 2)}
    note_jalon(session, dossier, genre=GenreJalon.ENTRETIEN_PROPOSE, depot=ids["jalon_id"], **born, **common)
    gone = note_jalon(session, dossier, genre=GenreJalon.EXEMPTION_MEDICALE, depot=uuid4(), **born, **common)
    cancel_jalon(session, dossier, gone, agent=referent, **common)
    faits = Faits(GenreEtape.CHANTIER_EDUCATIF, StatutEtape.PREVUE, date(2026, 4, 20))
    services_etapes.add_etape(session, dossier, faits=faits, etape_id=ids["chantier_id"], depot=uuid4(), **common)
    return ids


def _goal(session, keys, dossier, referent: Agent, common: dict) -> dict[str, UUID]:
    """What the young person wants, in their words, one small step, and where they place themselves."""
    objectif_id, pas_id = uuid4(), uuid4()
    mots = keys.seal(dossier.uid, {"texte": NOTE}, place=Place.OBJECTIF_JEUNE, row=objectif_id)
    pas = keys.seal(dossier.uid, {"texte": NOTE}, place=Place.PETIT_PAS, row=pas_id)
    services_objectifs.write_objectif(
        session, dossier, agent=referent, objectif_id=objectif_id, depot=objectif_id,
        dit=Dit(Theme.SCOLARITE, mots, None, TODAY + timedelta(days=9)), pas=[PasDit(pas_id, pas)],
        same_words=lambda stored: True, same_steps=lambda stored: True, **common,
    )  # fmt: skip
    said = {"dit_par": DitPar.JEUNE, "reponses": {Dimension.MOBILITE: 2}, "jour": TODAY, "depot": uuid4()}
    bilan = note_bilan(session, dossier, agent=referent, **said, **common)
    return {"objectif_id": objectif_id, "pas_id": pas_id, "bilan_id": bilan.id}


def _outing(session, dossier, referent: Agent, common: dict) -> dict[str, UUID]:
    """An outing of the référent, at a place of their structure."""
    faits = FaitsSortie(
        NouveauLieu(dossier.territoire_id, "Place Bissy"), TODAY, time(18), time(20), frozenset({referent.id}),
        rencontres={(TrancheAge.DE_16_A_17, SexeRencontre.FEMME): 3},
    )  # fmt: skip
    sortie = add_sortie(session, faits, agent=session.merge(referent), depot=uuid4(), **common)
    return {"sortie_id": sortie.id, "lieu_id": sortie.lieu_id}


def _urgencies(session, house, dossier, monde: Monde, common: dict) -> dict[str, UUID]:
    """Somebody asks for who is in charge; a note of elsewhere was opened; a danger was transmitted."""
    asks, writes, opens = (
        monde.agents[name] for name in ("autre_intervenant", "coordinateur_ailleurs", "coordinateur")
    )
    ids = {name: uuid4() for name in ("transmission_id", "note_id", "ouverture_id")}
    who, now = {"acteur": common["acteur"], "now": NOW}, {"jour": TODAY, "depot": ids["transmission_id"]}
    send(session, house.vault, code=dossier.code, uids=set(), mots={}, depot=uuid4(), agent=asks, **who)
    keys = house.vault.keys([dossier.uid])
    for row in (ids["note_id"], uuid4()):
        services_suivis.log_suivi(
            session, dossier, agent=writes, jour=TODAY, canal=Canal.TELEPHONE, resultat=Resultat.SANS_REPONSE,
            note=keys.seal(dossier.uid, {"texte": NOTE}, place=Place.NOTE, row=row), suivi_id=row, depot=row, **common,
        )  # fmt: skip
    note = note_to_open(session, dossier.id, row)
    etat = SimpleNamespace(referent_id=monde.agents["referent"].id)
    motif = MotifOuverture.CONTINUITE
    open_note(session, dossier, etat, note, motif=motif, depot=ids["ouverture_id"], agent=opens, **who)
    note_transmission(
        session, dossier, genre=GenreTransmission.SIGNALEMENT, destinataire=Destinataire.PROCUREUR,
        parents=Parents.INFORMES, texte=None, same_texte=lambda stored: True, **now, **common,
    )  # fmt: skip
    urgence = session.scalars(select(Urgence)).one()
    return ids | {"urgence_id": urgence.id, "envoi": urgence.envoi}


@pytest.fixture
def connect(app: Flask) -> Callable[[Agent | None], FlaskClient]:
    """A client signed in as this agent through the page; None: nobody."""

    def sign_in(agent: Agent | None) -> FlaskClient:
        client = app.test_client()
        if agent is not None:
            sent = {"courriel": agent.courriel, "mot_de_passe": MOT_DE_PASSE, "csrf_token": token(client, "/connexion")}
            assert client.post("/connexion", data=sent).status_code == 303
        return client

    return sign_in


def token(client: FlaskClient, path: str = "/mon-compte") -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(path).text)
    return unescape(found[1]) if found else ""


def may(agent: Agent, permission: Permission) -> bool:
    return permission in permissions_of(agent.roles)


@pytest.fixture
def rows(house) -> Callable[[type], int]:
    """How many rows a table has."""

    def count(model: type) -> int:
        with house.database.reading() as session:
            return len(session.execute(select(model.__table__)).all())

    return count
