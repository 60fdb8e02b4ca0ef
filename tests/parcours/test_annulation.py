"""What ends or destroys something may be taken back for some seconds, and everything is as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.accounts import brouillons
from app.alertes.models import Alerte
from app.audit.models import EntreeJournal
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.base import Base
from app.db.cliche import portion
from app.db.errors import DomainError
from app.jeunes.services_representants import FicheRepresentant, add_representant
from app.jeunes.vocabulaire import AutoriteParentale, FormeInformation, Lien, PeutEtreContacte
from app.parcours import services_annulation, services_etapes, services_suivis
from app.parcours.models import ContactPrevu, Dossier, Suivi
from app.parcours.models_actes import ActeAnnulable
from app.parcours.models_objectifs import PetitPas
from app.parcours.rules_annulation import DELAI, GARDE, GRACE
from app.parcours.rules_etapes import Faits
from app.parcours.services_attente import set_attente
from app.parcours.services_freins import note_bilan
from app.parcours.services_injoignable import note_demarche
from app.parcours.services_objectifs import Dit, PasDit, tick_pas, write_objectif
from app.parcours.services_suivis import Prochain
from app.parcours.services_verifications import answer_verification
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutContactPrevu, StatutEtape, Theme
from app.parcours.vocabulaire_actes import (
    MotifAttente,
    MoyenDemarche,
    ObjetVerification,
    ReponseVerification,
    ResultatDemarche,
)
from app.parcours.vocabulaire_freins import Dimension, DitPar
from app.referents.models import Affectation
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.parcours.conftest import Bureau

# what a page leaves behind it whatever it does; what became of an alert is its history
TRACES = {"session_web", "freinage", "journal_acces", "journal_flux", "acte_annulable", "evenement_alerte", "alerte"}
IDS = (
    "suivi", "tenu", "contact", "etape", "representant", "attente", "demarche", "verification", "brouillon",
    "objectif", "pas", "bilan",
)  # fmt: skip
ACTES: dict[str, tuple[str, dict[str, str], str]] = {
    "contact": ("{base}/contacts-prevus/{contact}/annuler", {"version": "1"}, "Rendez-vous annulé."),
    "suivi": ("{base}/suivis/{suivi}/supprimer", {"version": "1"}, "Suivi supprimé."),
    "etape": ("{base}/etapes/{etape}/annuler", {"version": "1"}, "Étape enregistrée."),
    "fin": (
        "{base}/etapes/{etape}/terminer",
        {"version": "1", "fin": "17/03/2026", "issue": ""},
        "Étape enregistrée.",
    ),
    "representant": ("{base}/representants/{representant}/retirer", {"version": "1"}, "Le représentant légal"),
    "attente": ("{base}/attente/reprendre", {"attente": "{attente}"}, "Le parcours reprend."),
    "demarche": ("{base}/injoignable/{demarche}/annuler", {}, "La démarche est retirée."),
    "verification": ("{base}/verifications/{verification}/annuler", {}, "Réponse annulée."),
    "brouillon": ("/brouillons/{brouillon}/supprimer", {}, "Le brouillon est supprimé."),
    "objectif": ("{base}/objectifs/{objectif}/supprimer", {"version": "1"}, "Objectif supprimé."),
    "petit_pas": (
        "{base}/objectifs/{objectif}",
        {"version": "1", "mots_jeune": "Un toit.", "theme": "logement", "statut": "en_cours"},
        "Objectif corrigé, un petit pas enlevé.",
    ),
    "freins": ("{base}/freins/{bilan}/supprimer", {}, "Bilan supprimé."),
    "cloture": (
        "{base}/cloture",
        {"version": "{version}", "le": "17/03/2026", "motif": "demenagement", "{question}": "terminee"},
        "Le dossier est clos.",
    ),
}


@pytest.fixture
def monde(bureau: Bureau) -> dict[str, str]:
    """One of everything that may be taken back; what each is named by."""
    ids = {name: uuid4() for name in IDS}
    with bureau.house.database.writing() as session:
        dossier = session.get(Dossier, bureau.dossier_id)
        _fill(session, bureau, dossier, ids)
        said = {"agent_id": bureau.agent.id, "chemin": f"{bureau.base}/suivis", "saisie": [("mots", "…")], "now": NOW}
        brouillons.write(session, bureau.house.vault, brouillon_id=ids["brouillon"], **said)
    with bureau.house.database.reading() as session:
        version = session.get(Dossier, bureau.dossier_id).version
    return {name: str(one) for name, one in ids.items()} | {"base": bureau.base, "version": str(version)}


def _fill(session: Any, bureau: Bureau, dossier: Dossier, ids: dict[str, UUID]) -> None:
    agent, common = bureau.agent, {"acteur": Acteur.agent(bureau.agent.id, bureau.agent.structure_id), "now": NOW}
    common["today"] = TODAY
    keys, mine = bureau.house.vault.keys([dossier.uid]), {"agent": agent, **common}
    services_suivis.plan_contact(
        session, dossier, jour=TODAY, contact_id=ids["tenu"], depot=uuid4(), **mine | {"today": TODAY}
    )
    note = keys.seal(dossier.uid, {"texte": "Elle viendra."}, place=Place.NOTE, row=ids["suivi"])
    services_suivis.log_suivi(
        session, dossier, jour=TODAY, canal=Canal.ENTRETIEN, resultat=Resultat.ECHANGE_FAIT, suivi_id=ids["suivi"],
        depot=uuid4(), note=note, prochain=Prochain(TODAY + timedelta(days=9)), **mine,
    )  # fmt: skip
    services_suivis.plan_contact(
        session, dossier, jour=TODAY + timedelta(days=3), contact_id=ids["contact"], depot=uuid4(), **mine
    )
    faits = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, date(2026, 1, 12))
    services_etapes.add_etape(session, dossier, faits=faits, etape_id=ids["etape"], depot=uuid4(), **common)
    set_attente(
        session, dossier, motif=MotifAttente.RENTREE, jusqu_au=TODAY + timedelta(days=30), au_plus=90,
        depot=ids["attente"], **common,
    )  # fmt: skip
    note_demarche(
        session, dossier, moyen=MoyenDemarche.MESSAGE, resultat=ResultatDemarche.TENTEE, famille_joignable=False,
        depot=ids["demarche"], **mine,
    )  # fmt: skip
    bureau.house.database.commit(session)
    answer_verification(
        session, dossier, objet=ObjetVerification.SITUATION, repere=date(2026, 1, 12), mois=None,
        reponse=ReponseVerification.TOUJOURS_EN_PLACE, depot=ids["verification"], **common,
    )  # fmt: skip
    words = keys.seal(dossier.uid, {"texte": "Un toit."}, place=Place.OBJECTIF_JEUNE, row=ids["objectif"])
    pas = PasDit(ids["pas"], keys.seal(dossier.uid, {"texte": "Appeler"}, place=Place.PETIT_PAS, row=ids["pas"]))
    goal = write_objectif(
        session, dossier, objectif_id=ids["objectif"], depot=ids["objectif"], dit=Dit(Theme.LOGEMENT, words, None),
        pas=[pas], accord_le=TODAY, same_words=lambda _: True, same_steps=lambda _: True, **mine,
    )  # fmt: skip
    tick_pas(session, dossier, goal, ids["pas"], fait_le=TODAY, acteur=common["acteur"], now=NOW)
    said = {"jour": TODAY, "dit_par": DitPar.JEUNE, "reponses": {Dimension.MOBILITE: 2}}
    note_bilan(session, dossier, depot=ids["bilan"], **said, **mine)
    fiche = FicheRepresentant(
        {"nom": "Diallo", "telephone": "0639981234"}, Lien.PARENT, AutoriteParentale.OUI, PeutEtreContacte.OUI,
        date(2026, 1, 5), FormeInformation.ORALE,
    )  # fmt: skip
    add_representant(
        session, bureau.house.vault, dossier, fiche=fiche, representant_id=ids["representant"], depot=uuid4(), **common
    )


def rows(house: Any) -> dict[str, set[str]]:
    """Every row of every table that says something, and the alerts that are open."""
    opened = select(Alerte.dossier_id, Alerte.regle, Alerte.cle, Alerte.due).where(Alerte.fermee_le.is_(None))
    with house.database.reading() as session:
        said = {"ouvertes": {repr(row) for row in session.execute(opened)}}
        for table in Base.metadata.sorted_tables:
            if table.name not in TRACES:
                said[table.name] = {repr(row) for row in session.execute(select(table))}
    return said


@pytest.fixture
def act(bureau: Bureau, monde: dict[str, str]) -> Callable[[str], str]:
    """Do it through its page; the page that follows."""

    def do(name: str) -> str:
        url, data, said = ACTES[name]
        navigateur = bureau.navigateur
        if "{question}" in data:
            page = navigateur.get(f"{bureau.base}/cloture").text
            monde["question"] = re.search(r'name="([^"]+)" value="terminee"', page)[1]
        sent = {key.format(**monde): value.format(**monde) for key, value in data.items()}
        answer = navigateur.post(url.format(**monde), **sent)
        assert answer.status_code == 303, answer.text
        page = navigateur.get(answer.location).text
        assert said in page
        return page

    return do


def button(page: str) -> str:
    return re.search(r'action="(/actes/[^"]+/annuler)"', page)[1]


@pytest.mark.parametrize("name", ACTES)
def test_every_act_is_taken_back_and_nothing_remains_of_it(bureau: Bureau, act: Callable, name: str) -> None:
    before = rows(bureau.house)
    undo = button(act(name))
    assert rows(bureau.house) != before
    bureau.navigateur.clock.now += DELAI
    answer = bureau.navigateur.post(undo)
    assert answer.status_code == 303
    assert "tout est comme avant" in bureau.navigateur.get(answer.location).text
    assert rows(bureau.house) == before
    # a second tap changes nothing
    assert bureau.navigateur.post(undo).location == answer.location
    assert rows(bureau.house) == before
    with bureau.house.database.reading() as session:
        undone = [row.precision for row in session.scalars(select(EntreeJournal)) if row.action is Action.ACTE_ANNULE]
    assert len(undone) == 1


@pytest.mark.parametrize("name", ACTES)
def test_too_late_is_said_kindly_and_changes_nothing(bureau: Bureau, act: Callable, name: str) -> None:
    page = act(name)
    after = rows(bureau.house)
    bureau.navigateur.clock.now += DELAI + GRACE + timedelta(seconds=1)
    answer = bureau.navigateur.post(button(page), ici="/mes-jeunes")
    assert answer.location == "/mes-jeunes"
    assert "Trop tard" in bureau.navigateur.get(answer.location).text
    assert rows(bureau.house) == after


def test_what_changed_since_is_not_undone(bureau: Bureau, act: Callable, monde: dict[str, str]) -> None:
    page = act("fin")
    new = {"genre": "emploi", "statut": "en_cours", "debut": "17/03/2026", "depot": str(uuid4())}
    assert bureau.navigateur.post(f"{bureau.base}/etapes", **new).status_code == 303
    after = rows(bureau.house)
    answer = bureau.navigateur.post(button(page), ici=bureau.base)
    assert "Quelque chose a changé depuis" in bureau.navigateur.get(answer.location).text
    assert rows(bureau.house) == after


def test_nobody_else_takes_it_back(bureau: Bureau, act: Callable, compte: Callable, ouvrir: Callable) -> None:
    undo, other = button(act("contact")), ouvrir()
    other.sign_in(compte())
    after = rows(bureau.house)
    assert other.post(undo).status_code == 404
    assert other.post(f"/actes/{uuid4()}/annuler").status_code == 404
    bureau.navigateur.jeton = "perime"
    assert bureau.navigateur.post(undo).status_code == 400
    assert rows(bureau.house) == after


def test_an_act_that_changes_nothing_or_fails_offers_nothing(bureau: Bureau, act: Callable, monde: dict) -> None:
    act("contact")
    contact = f"{bureau.base}/contacts-prevus/{monde['contact']}/annuler"
    # cancelled already
    page = bureau.navigateur.get(bureau.navigateur.post(contact, version="2").location).text
    assert "Rendez-vous annulé." in page
    assert "/actes/" not in page
    etape = f"{bureau.base}/etapes/{monde['etape']}/annuler"
    assert bureau.navigateur.post(etape, version="7").status_code == 409
    with bureau.house.database.reading() as session:
        assert len(session.scalars(select(ActeAnnulable)).all()) == 1


def test_what_it_keeps_is_sealed_and_goes_within_the_hour(bureau: Bureau, act: Callable) -> None:
    act("brouillon")
    with bureau.house.database.writing() as session:
        (kept,) = session.scalars(select(ActeAnnulable)).all()
        assert b"brouillon" not in kept.contenu
        assert services_annulation.sweep(session, NOW + GARDE - timedelta(seconds=1)) == 0
        assert services_annulation.sweep(session, NOW + GARDE) == 1


def test_a_goal_comes_back_with_its_ticks_and_not_over_what_was_written_since(bureau: Bureau, act, monde) -> None:
    page = act("petit_pas")
    goal = f"{bureau.base}/objectifs/{monde['objectif']}"
    said = {"version": "2", "mots_jeune": "Une chambre.", "theme": "logement", "statut": "en_cours"}
    page_after = bureau.navigateur.get(bureau.navigateur.post(goal, **said).location).text
    assert "son accord est à redemander" in page_after
    assert "/actes/" not in page_after, "a correction that takes nothing out is corrected again"
    answer = bureau.navigateur.post(button(page), ici=bureau.base)
    assert "Quelque chose a changé depuis" in bureau.navigateur.get(answer.location).text
    assert not bureau.read(PetitPas)


def test_a_follow_up_goes_on_its_day_only_and_by_its_author(bureau: Bureau, monde: dict, compte: Callable) -> None:
    navigateur, page = bureau.navigateur, f"{bureau.base}/suivis/{monde['suivi']}"
    assert "Supprimer ce suivi" in navigateur.get(page).text
    # logged by a démarche: it goes with it
    demarche = f"{bureau.base}/suivis/{monde['demarche']}"
    assert "Retrouver le contact" in navigateur.get(navigateur.post(f"{demarche}/supprimer", version="1").location).text
    assert navigateur.post(f"{page}/supprimer", version="9").location == page
    navigateur.clock.now += timedelta(days=1)
    navigateur.sign_in(bureau.agent)
    assert "Supprimer ce suivi" not in navigateur.get(page).text
    refused = navigateur.get(navigateur.post(f"{page}/supprimer", version="1").location).text
    assert "le jour où il a été écrit" in refused
    assert UUID(monde["suivi"]) in [suivi.id for suivi in bureau.read(Suivi)]


def test_a_follow_up_that_goes_frees_what_it_settled_and_keeps_what_it_promised(bureau: Bureau, act, monde) -> None:
    act("suivi")
    contacts = {contact.id: contact for contact in bureau.read(ContactPrevu)}
    assert contacts[UUID(monde["tenu"])].statut is StatutContactPrevu.PREVU
    assert [one.jour for one in contacts.values() if one.promis_par] == []
    assert TODAY + timedelta(days=9) in {one.jour for one in contacts.values()}


def test_rows_are_put_back_alike_on_both_engines(maison: Any) -> None:
    """A row that went, one that changed, one that came; and nothing when somebody else wrote there since."""
    with maison.database.writing() as session:
        agent = make_agent(session, make_structure(session))
        dossier = make_dossier(session, maison, agent.structure, referent=agent)
        acteur = Acteur.agent(agent.id, agent.structure_id)
        common = {"agent": agent, "acteur": acteur, "now": NOW, "today": TODAY}
        logged = services_suivis.log_suivi(
            session, dossier, jour=TODAY, canal=Canal.ENTRETIEN, resultat=Resultat.ECHANGE_FAIT, suivi_id=uuid4(),
            depot=uuid4(), note=b"\x00\xff", prochain=Prochain(TODAY + timedelta(days=9)), **common,
        )  # fmt: skip
    mine = {"dossier_id": dossier.id}
    portions = [portion(one, **mine) for one in (Suivi, ContactPrevu, Affectation)]
    kept = {"precision": "essai", "retour": "/", "acteur": acteur, "now": NOW}

    def act(session: Any) -> UUID:
        given = session.get(Dossier, dossier.id)
        with services_annulation.undoable(session, maison.vault, *portions, dossier=given, **kept) as trace:
            services_suivis.delete_suivi(
                session, given, session.get(Suivi, (dossier.id, logged.id)), version=1, **common
            )
            services_suivis.plan_contact(
                session, given, jour=TODAY + timedelta(days=2), contact_id=uuid4(), depot=uuid4(), **common
            )
        return trace.acte_id

    before = rows(maison)
    with maison.database.writing() as session:
        done = act(session)
    with maison.database.writing() as session:
        undo = {"acte_id": done, "acteur": acteur, "sees": bool, "now": NOW + DELAI}
        assert services_annulation.undo(session, maison.vault, **undo) == "/"
    assert rows(maison) == before
    with maison.database.writing() as session:
        again = act(session)
    with maison.database.writing() as session:
        services_suivis.plan_contact(
            session, session.get(Dossier, dossier.id), jour=TODAY, contact_id=uuid4(), depot=uuid4(), **common
        )
    after = rows(maison)
    with pytest.raises(DomainError, match="acte_depasse"), maison.database.writing() as session:
        services_annulation.undo(session, maison.vault, acte_id=again, sees=bool, acteur=acteur, now=NOW)
    assert rows(maison) == after
