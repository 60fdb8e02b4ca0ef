"""Revue de portefeuille : les dossiers un par un."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.alertes.queries_portefeuille import found, order_for_review
from app.alertes.views_lignes import cartes
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes.queries import open_nom
from app.jeunes.views_dossier_mots import Lecteur, Ligne, journal_lines, to_come
from app.parcours import queries_journal
from app.parcours.queries import etapes_of
from app.parcours.queries_objectifs import objectifs_of
from app.parcours.services_dossiers import set_intensite
from app.parcours.views_acces import qui
from app.parcours.views_objectifs_mots import reading, shown
from app.parcours.vocabulaire import Canal, Intensite
from app.referents import queries_revue, services_revue
from app.referents.forms import REFUS
from app.referents.policies import may_log, may_set_intensity
from app.referents.queries import DossierVisible
from app.referents.queries_rendez_vous import contacts_of
from app.referents.queries_revue import LigneRevue, RevueEnCours, current_review
from app.referents.views_acces import Reponse, allowed, visible
from app.referents.vocabulaire import ActeRevue

bp = Blueprint("revue", __name__, template_folder="templates")
EVENEMENTS_AU_PLUS = 5
# What was written since may speak of an older day: look further than what is shown.
RELUS = 40
# The form that each act opens; the others are done at once.
SUITES: dict[ActeRevue, tuple[str, dict[str, str]]] = {
    ActeRevue.PLANIFIER: ("contacts.prevoir", {}),
    ActeRevue.RELANCER: ("suivis.nouveau", {"canal": Canal.TELEPHONE.value}),
    ActeRevue.PASSER_LE_RELAIS: ("referents.relais", {}),
}


@bp.get("/revue")
@requires(Permission.VOIR_SES_DOSSIERS)
def revue() -> str:
    """What it is, and where it stands. The date of the last one is shown to its author alone."""
    context = {
        "revue": current_review(requete.session(), requete.agent()),
        "derniere": queries_revue.last_review(requete.session(), requete.agent()),
        "dossiers": len(_order()),
    }
    return render_template("referents/revue.html", **context)


def _order() -> list[int]:
    return order_for_review(requete.session(), agent=requete.agent(), today=requete.today())


@bp.post("/revue")
@requires(Permission.VOIR_SES_DOSSIERS)
def commencer() -> Response:
    who = {"agent": requete.agent(), "acteur": requete.acteur(), "now": requete.now()}
    if request.form.get("acte") == "arreter":
        services_revue.end_review(requete.session(), **who)
        flash("La revue est arrêtée. Ce que vous avez vu reste vu.", "info")
        return redirect(url_for("revue.revue"), 303)
    try:
        services_revue.start_review(requete.session(), order=_order(), **who)
    except DomainError as error:
        flash(REFUS[error.code], "info")
        return redirect(url_for("revue.revue"), 303)
    return redirect(url_for("revue.dossier"), 303)


@bp.get("/revue/dossier")
@requires(Permission.VOIR_SES_DOSSIERS)
def dossier() -> Reponse:
    review = current_review(requete.session(), requete.agent())
    rang = request.args.get("rang", type=int)
    ligne = review and (review.prochaine if rang is None else review.au_rang(rang))
    if review is None or ligne is None:
        return redirect(url_for("revue.revue"), 303)
    requete.journal_read(Action.REVUE, dossier=ligne.code)
    return _page(review, ligne)


@bp.post("/revue/dossier")
@requires(Permission.VOIR_SES_DOSSIERS)
def decider() -> Reponse:
    """One act for one file, then the next one, or the form that the act opens."""
    code, acte = request.form.get("code", ""), request.form.get("acte", "")
    if acte not in set(ActeRevue):
        abort(400)
    vu = visible(code)
    try:
        if acte == ActeRevue.PASSER_EN_VEILLE:
            _watch(vu)
        _decide(code, ActeRevue(acte))
    except DomainError as error:
        return _refused(code, error)
    if acte in SUITES:
        endpoint, given = SUITES[ActeRevue(acte)]
        return redirect(url_for(endpoint, code=code, suite="revue", **given), 303)
    if current_review(requete.session(), requete.agent()) is None:
        flash("La revue est terminée : tous vos dossiers ont été vus.", "succes")
        return redirect(url_for("revue.revue"), 303)
    return redirect(url_for("revue.dossier"), 303)


def _watch(vu: DossierVisible | None) -> None:
    vu = allowed(vu, lambda relation, _: may_set_intensity(relation))
    if vu.dossier.intensite is not Intensite.VEILLE:
        version = vu.dossier.version
        set_intensite(requete.session(), vu.dossier, version=version, intensite=Intensite.VEILLE, **qui())


def _decide(code: str, acte: ActeRevue) -> None:
    who = {"agent": requete.agent(), "acteur": requete.acteur(), "now": requete.now()}
    services_revue.review_act(requete.session(), code=code, acte=acte, **who)


def _refused(code: str, error: DomainError) -> Reponse:
    review = current_review(requete.session(), requete.agent())
    ligne = review and review.du_dossier(code)
    if review is None or ligne is None:
        flash(REFUS[error.code], "info")
        return redirect(url_for("revue.dossier"), 303)
    return _page(review, ligne, refus=REFUS[error.code])


def _page(review: RevueEnCours, ligne: LigneRevue, *, refus: str = "") -> Reponse:
    vu = allowed(visible(ligne.code), lambda relation, _: may_log(relation))
    keys = requete.vault().keys([vu.dossier.uid])
    who = requete.agent()
    (fiche,) = found(requete.session(), agent=who, today=requete.today(), ids=[ligne.dossier_id])
    nom = open_nom(keys, fiche.uid, fiche.code, fiche.identite)
    (carte,) = cartes([fiche], {fiche.uid: nom}, today=requete.today(), agent=requete.agent())
    last = queries_revue.last_seen(requete.session(), who, dossier_id=ligne.dossier_id, before=review.revue_id)
    lecteur = Lecteur(keys, fiche.uid, who, vu, url_for("dossier.dossier", code=fiche.code), requete.today())
    context = {"dossier": vu.dossier, "nom": nom, "carte": carte, "vue_le": last, "refus": refus}
    places = {"revue": review, "ligne": ligne, "avant": review.avant(ligne.rang), "apres": review.apres(ligne.rang)}
    page = render_template("referents/revue_dossier.html", **context, **places, **_news(vu, lecteur, since=last))
    return page, 422 if refus else 200


def _news(vu: DossierVisible, lecteur: Lecteur, *, since: datetime | None) -> dict[str, Any]:
    """What was written since this agent's last review, else the last events; what is to come."""
    etapes = etapes_of(requete.session(), vu.dossier.id)
    page = queries_journal.journal(requete.session(), vu.dossier.id, etapes=etapes, limit=RELUS)
    recent = [event for event in page.evenements if since is None or event.repere.instant > since]
    contacts = contacts_of(requete.session(), vu.dossier.id, promis_par=None, today=requete.today())
    goals, _, _ = objectifs_of(requete.session(), vu.dossier.id, lecture=reading(vu))
    told = recent[:EVENEMENTS_AU_PLUS]
    return {
        "evenements": _lines(told, lecteur),
        "de_plus": len(recent) - len(told) if since else 0,
        "a_venir": to_come(contacts, etapes, shown(goals, lecteur.keys, lecteur.uid), lecteur),
    }


def _lines(events: list[queries_journal.Evenement], lecteur: Lecteur) -> list[tuple[date, Ligne]]:
    lines = (line for month in journal_lines(events, lecteur) for line in month.lignes)
    return [(event.repere.jour, line) for event, line in zip(events, lines, strict=True)]
