"""Signing in and out, locking and unlocking."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.accounts import brouillons, identification, interruptions, queries, requete, web_sessions
from app.accounts.forms_connexion import REFUS, REFUS_DEVERROUILLAGE, Connexion, Deverrouillage
from app.accounts.identification import Identifie, Refus
from app.accounts.maison import maison
from app.accounts.models import Agent
from app.accounts.policies import Permission, public, requires
from app.accounts.rules import EtatSession
from app.accounts.saisie import PARAMETRE
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action

bp = Blueprint("connexion", __name__, template_folder="templates")
PRECEDENTE = "connexion_precedente"


@bp.route("/connexion", methods=["GET", "POST"])
@public
def connexion() -> Response | tuple[str, int]:
    if web_sessions.browser().etat in (EtatSession.OUVERTE, EtatSession.VERROUILLEE):
        return redirect(url_for("accueil.accueil"), 303)
    form = Connexion()
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    found = identify(form.courriel.data, form.mot_de_passe.data)
    if isinstance(found, Refus):
        return _refused(form, REFUS[found])
    return after_password(found) or _refused(form, REFUS[Refus.INCONNU])


def after_password(found: Identifie) -> Response | None:
    """The password was right: sign in. A second factor, when there is one, is asked here."""
    agent = identification.admit(requete.session(), maison(), found, now=requete.now())
    return None if agent is None else _enter(agent, found)


@bp.post("/demo/connexion")
@public
def demonstration() -> Response:
    """The buttons of the demonstration: they work in a database that `parcours demo` made, and nowhere else."""
    if not requete.demonstration():
        abort(404)
    agent = queries.demonstration_agents(requete.session()).get(request.form.get("role"))
    if agent is None or not maison().serves(agent.roles):
        abort(404)
    found = Identifie(agent.id, agent.courriel, agent.derniere_connexion, mot_de_passe=None)
    return after_password(found) or abort(404)


@bp.post("/deconnexion")
@public
def deconnexion() -> Response:
    agent = web_sessions.browser().agent
    if agent is not None:
        _record(agent, Action.DECONNEXION)
    web_sessions.sign_out()
    flash("Vous êtes déconnecté.", "info")
    return redirect(url_for("connexion.connexion"), 303)


@bp.post("/verrouiller")
@requires(Permission.ACCUEIL)
def verrouiller() -> Response:
    _record(requete.agent(), Action.VERROUILLAGE)
    web_sessions.lock()
    return redirect(url_for("connexion.deverrouiller", retour=interruptions.page_of_form()), 303)


@bp.route("/deverrouiller", methods=["GET", "POST"])
@public
def deverrouiller() -> Response | tuple[str, int]:
    """The password alone opens a locked session, or confirms who is there before a change of rights."""
    browser = web_sessions.browser()
    agent = browser.agent
    if agent is None:
        return redirect(url_for("connexion.connexion", retour=_retour()), 303)
    locked = browser.etat is EtatSession.VERROUILLEE
    if not locked and web_sessions.password_given_recently():
        return redirect(_destination(), 303)
    form = Deverrouillage()
    if form.validate_on_submit():
        refusal = _unlock(form, agent)
        if refusal is None:
            return redirect(_destination(), 303)
        form.mot_de_passe.errors = [REFUS_DEVERROUILLAGE[refusal]]
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/deverrouiller.html", form=form, agent=agent, verrouillee=locked), status


def _unlock(form: Deverrouillage, agent: Agent) -> Refus | None:
    found = identify(agent.courriel, form.mot_de_passe.data)
    if isinstance(found, Refus):
        return found
    identification.forget_attempts(requete.session(), maison(), found)
    _record(agent, Action.DEVERROUILLAGE)
    web_sessions.unlock()
    return None


def identify(courriel: str, mot_de_passe: str) -> Identifie | Refus:
    return identification.identify(
        maison(),
        courriel=courriel,
        mot_de_passe=mot_de_passe,
        adresse=request.remote_addr,
        now=requete.now(),
    )


def _enter(agent: Agent, found: Identifie) -> Response:
    web_sessions.sign_in(agent)
    session[PRECEDENTE] = found.precedente
    retour = _retour()
    drafts = brouillons.list_of(requete.session(), agent_id=agent.id, now=requete.now())
    if drafts and f"{PARAMETRE}=" not in (retour or ""):
        page = interruptions.safe_return(drafts[0].chemin)
        url = interruptions.with_draft(page, drafts[0].id) if page else url_for("brouillons.brouillons")
        interruptions.offer_back(url)
    return redirect(retour or url_for("accueil.accueil"), 303)


def _record(agent: Agent, action: Action) -> None:
    acteur = Acteur.agent(agent.id, agent.structure_id)
    audit.record(requete.session(), action, acteur=acteur, now=requete.now())


def _retour() -> str | None:
    return interruptions.safe_return(request.args.get("retour"))


def _destination() -> str:
    return _retour() or url_for("accueil.accueil")


def _refused(form: Connexion, message: str) -> tuple[str, int]:
    form.form_errors.append(message)
    return _sign_in_page(form, 422)


def _sign_in_page(form: Connexion, status: int) -> tuple[str, int]:
    roles = []
    if requete.demonstration():
        with maison().database.reading() as reading:
            agents = queries.demonstration_agents(reading)
        roles = [(role, agent) for role, agent in agents.items() if maison().serves(agent.roles)]
    return render_template("accounts/connexion.html", form=form, roles=roles), status
