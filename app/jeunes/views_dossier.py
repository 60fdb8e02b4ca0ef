"""Un dossier: who, why now, what to do; then what happened, the frise, the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request

from app.accounts.policies import Permission, permissions_of, requires
from app.accounts.requete import agent, journal_read, session, today, vault
from app.accounts.saisie import depot
from app.alertes.queries import alerts_of
from app.alertes.queries_lignes import Dite
from app.alertes.rules import tells
from app.alertes.views_lignes import phrases
from app.alertes.vocabulaire import Regle
from app.audit.vocabulaire import Action
from app.jeunes import views_dossier_depuis, views_dossier_mots
from app.jeunes.queries import open_nom
from app.jeunes.queries_dossier import head_of
from app.jeunes.rules_identite import age_of
from app.jeunes.views_dossier_mots import Lecteur
from app.parcours import queries_journal
from app.parcours.models import Dossier
from app.parcours.queries import etapes_of
from app.parcours.queries_attente import last_attente
from app.parcours.queries_objectifs import objectifs_of
from app.parcours.queries_verifications import verifications_of
from app.parcours.rules_depuis import news_since
from app.parcours.rules_freins import bilan_due
from app.parcours.rules_frise import draw
from app.parcours.rules_journal import FiltreJournal, Repere
from app.parcours.views_actes_mots import checks
from app.parcours.views_objectifs_mots import ObjectifMontre, reading, shown
from app.parcours.views_propositions import annoncer
from app.parcours.vocabulaire import Intensite
from app.referents import policies
from app.referents.queries import DossierVisible, affectations_of, load_visible
from app.referents.queries_rendez_vous import contacts_of
from app.referents.views_passation_mots import banner
from app.referents.vocabulaire import Relation

bp = Blueprint("dossier", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Droits:
    """What this agent may do here, as the page offers it; the pages themselves check again."""

    noter: bool
    etape: bool
    relais: bool
    clore: bool
    rouvrir: bool
    intensite: bool
    repondre: bool
    corriger: bool
    passation: bool
    joindre: bool


@bp.get("/dossiers/<code>")
@requires(Permission.VOIR_SES_DOSSIERS)
def dossier(code: str) -> str:
    vu = load_visible(session(), code, agent=agent(), today=today())
    if vu is None:
        abort(404)
    journal_read(Action.DOSSIER_CONSULTE, dossier=code)
    annoncer(vu)
    head, keys = head_of(session(), vu.dossier.id, today=today()), vault().keys([vu.dossier.uid])
    lecteur = Lecteur(keys, vu.dossier.uid, agent(), vu, f"/dossiers/{code}", today())
    nom = open_nom(keys, vu.dossier.uid, code, head.identite)
    etapes = vu.shown(etapes_of(session(), vu.dossier.id))
    goals, over, bilan = objectifs_of(session(), vu.dossier.id, lecture=reading(vu))
    objectifs = shown(goals, keys, vu.dossier.uid)
    return render_template(
        "jeunes/dossier.html",
        vu=vu,
        dossier=vu.dossier,
        etat=vu.etat,
        base=lecteur.base,
        entete=head,
        passation=None if vu.dossier.clos_le else banner(head, vu, agent=agent(), today=today()),
        nom=nom,
        age=age_of(nom.date_naissance, vu.dossier.annee_naissance, today=today()),
        droits=_rights(vu),
        intensites=list(Intensite),
        phrases=phrases(_alerts(vu), today=today(), agent=agent()),
        **_acts(vu),
        objectifs=objectifs,
        objectifs_passes=over,
        bilan_attendu=vu.genres is None and bilan_due(vu.dossier.ouvert_le, bilan, today=today()),
        bilan_le=bilan,
        **({} if vu.dossier.clos_le else _news(vu.dossier, etapes, objectifs, lecteur)),
        **_frise(vu.dossier, etapes, lecteur),
        **_journal(vu.dossier, etapes, lecteur, deja_clos=head.deja_clos),
    )


def _alerts(vu: DossierVisible) -> list[Dite]:
    """The open alerts that this agent may be told of."""
    return [dite for dite in alerts_of(session(), vu.dossier.id) if tells(vu.genres, Regle(dite.regle))]


def _rights(vu: DossierVisible) -> Droits:
    held, relation = permissions_of(agent().roles), vu.relation
    return Droits(
        noter=policies.may_log(relation),
        etape=policies.may_write_etape(vu),
        relais=Permission.PASSER_LE_RELAIS in held and policies.may_hand_over(relation),
        clore=Permission.CLORE in held and policies.may_close(relation),
        rouvrir=Permission.CLORE in held and policies.may_reopen(vu, agent()),
        intensite=policies.may_set_intensity(relation),
        repondre=policies.may_answer(relation, clos=vu.dossier.clos_le is not None),
        corriger=policies.may_amend(relation),
        passation=policies.may_follow_passation(relation),
        joindre=not relation & Relation.REFERENT,
    )


def _acts(vu: DossierVisible) -> dict[str, Any]:
    """What waits, and what may be answered with one tap."""
    waiting = vu.etat.attente_jusqu_au is not None and vu.etat.attente_jusqu_au > today()
    rows = verifications_of(session(), vu.dossier.id) if vu.tout_montre else []
    clos = vu.dossier.clos_le is not None
    answers = {
        "may_confirm": policies.may_confirm(vu, clos=clos),
        "may_check": policies.may_check(vu, clos=clos),
    }
    return {
        "attente": last_attente(session(), vu.dossier.id) if waiting and vu.dossier.clos_le is None else None,
        "verifications": checks(vu.dossier, vu.etat, rows, **answers, today=today()),
        "nouveau_depot": depot,
    }


def _news(dossier: Dossier, etapes: Any, objectifs: Sequence[ObjectifMontre], lecteur: Lecteur) -> dict[str, Any]:
    """Depuis votre dernier échange, et à venir: both read the planned contacts."""
    whose = {"agent_id": agent().id, "ouvert_le": dossier.ouvert_le}
    last = queries_journal.last_exchange(session(), dossier.id, agent_id=agent().id)
    contacts = contacts_of(session(), dossier.id, promis_par=last.id if last else None, today=today())
    suivis = queries_journal.suivis_since(session(), dossier.id, last=last, **whose)
    depuis = news_since(last, today=today(), etapes=etapes, contacts=contacts, suivis=suivis, **whose)
    return {
        "depuis": depuis,
        "depuis_lignes": views_dossier_depuis.lines(depuis, today=today()),
        "a_venir": views_dossier_mots.to_come(contacts, etapes, objectifs, lecteur),
    }


def _frise(dossier: Dossier, etapes: Any, lecteur: Lecteur) -> dict[str, Any]:
    drawn = draw(etapes, ouvert_le=dossier.ouvert_le, clos_le=dossier.clos_le, today=today())
    return {
        "bandes": views_dossier_mots.drawn_bands(drawn, lecteur, clos=dossier.clos_le is not None),
        "annees": views_dossier_mots.ticks(drawn),
        "arret": drawn.arret,
    }


def _journal(dossier: Dossier, etapes: Any, lecteur: Lecteur, *, deja_clos: bool) -> dict[str, Any]:
    """One page; an address that nobody wrote gives the first."""
    asked = request.args.get("journal", "")
    filtre = FiltreJournal(asked) if asked in set(FiltreJournal) else FiltreJournal.TOUT
    before = Repere.lire(request.args.get("avant", ""))
    passages = []
    if filtre.relais:
        reouvertures = queries_journal.reouvertures_of(session(), dossier.id) if deja_clos else ()
        passages += queries_journal.life_of(dossier, reouvertures)
        passages += views_dossier_mots.relays(affectations_of(session(), dossier.id))
    page = queries_journal.journal(
        session(), dossier.id, etapes=etapes, passages=passages, before=before, filtre=filtre
    )
    return {
        "filtres": list(FiltreJournal),
        "filtre": filtre,
        "mois_du_journal": views_dossier_mots.journal_lines(page.evenements, lecteur),
        "avant": before,
        "suivant": page.suivant,
    }
