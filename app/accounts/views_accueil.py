"""Where each role begins its day, one's own account, and the pages that anybody may read."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from app.accounts import identification, passwords, queries, requete, services, web_sessions
from app.accounts.forms_connexion import REFUS_DEVERROUILLAGE, ChangementMotDePasse, CourrielMatin, TelephonePro
from app.accounts.maison import maison
from app.accounts.policies import Permission, permissions_of, public, requires
from app.accounts.views_connexion import PRECEDENTE, identify
from app.alertes.queries_structure import AUCUNE, counts_of
from app.alertes.rules_structure import masked
from app.alertes.vocabulaire import Regle
from app.db.errors import DomainError
from app.web.filters import telephone_lisible
from app.web.icones import ICONES
from app.web.setup import static_url

bp = Blueprint("accueil", __name__, template_folder="templates")
MANIFESTE = {
    "name": "Parcours",
    "short_name": "Parcours",
    "description": "Le suivi des parcours des jeunes, pour les professionnels qui les accompagnent.",
    "lang": "fr",
    "dir": "ltr",
    "display": "standalone",
    "background_color": "#f5f3ef",
    "theme_color": "#1a443b",
}
ICONES_DU_MANIFESTE = [(one, "maskable" if one.pleine else "any") for one in ICONES if one.taille in (192, 512)]


@bp.get("/")
@requires(Permission.ACCUEIL)
def accueil() -> Response | str:
    allowed = permissions_of(requete.agent().roles)
    if Permission.VOIR_SES_DOSSIERS in allowed:
        return redirect(url_for("journee.journee"), 303)
    if Permission.ADMINISTRER in allowed:
        return redirect(url_for("admin.administration"), 303)
    if Permission.VOIR_COHORTES in allowed:
        return redirect(url_for("cohortes.cohortes"), 303)
    return render_template("accounts/accueil.html")


@bp.get("/structure/attente")
@requires(Permission.VOIR_COHORTES)
def attente() -> str:
    return render_template("accounts/attente.html", alertes=_counted())


def _counted() -> list[tuple[str, str, str]]:
    """For a manager: how many alerts of each rule in their structure, open and brought up; never a small number.

    Every rule has its line: one that appears would say that somebody came.
    """
    found = {regle: counts for regle, *counts in counts_of(requete.session(), requete.agent().structure_id)}
    rows = [(regle.label, found.get(regle, (AUCUNE, AUCUNE))) for regle in Regle]
    return [(label, *(masked(one.alertes, jeunes=one.jeunes) for one in counts)) for label, counts in rows]


@bp.route("/mon-compte", methods=["GET", "POST"])
@requires(Permission.ACCUEIL)
def mon_compte() -> Response | tuple[str, int]:
    form = ChangementMotDePasse()
    if form.validate_on_submit() and _change_password(form):
        flash("Votre mot de passe est changé. Vos autres appareils sont déconnectés.", "succes")
        return redirect(url_for("accueil.mon_compte"), 303)
    return _account_page(form, status=422 if form.is_submitted() else 200)


@bp.post("/mon-compte/courriel-matin")
@requires(Permission.VOIR_SES_DOSSIERS)
def courriel_matin() -> Response:
    voulu = CourrielMatin().courriel_matin.data
    stored = queries.agent_to_change(requete.session(), requete.agent().id)
    services.choose_morning_email(requete.session(), stored, voulu=voulu, **_who())
    said = "Le courriel du matin vous sera envoyé." if voulu else "Vous ne recevrez plus le courriel du matin."
    flash(said, "succes")
    return redirect(url_for("accueil.mon_compte"), 303)


@bp.get("/parcours.webmanifest")
@public
def manifeste() -> Response:
    """What a phone asks for to keep Parcours among its applications.

    There is no service worker, on purpose. Every page is `no-store` (app/web/headers.py): what a worker keeps on a
    phone outlives the sign-out, the lock and the loss of the phone. Without network nothing opens, and nothing is shown
    that the phone's next owner could read.
    """
    icons = [
        {"src": static_url(one.fichier), "sizes": f"{one.taille}x{one.taille}", "type": "image/png", "purpose": purpose}
        for one, purpose in ICONES_DU_MANIFESTE
    ]
    shortcuts = [
        {"name": "Noter", "url": url_for("noter.noter")},
        {"name": "Ma journée", "url": url_for("accueil.accueil")},
    ]
    home = url_for("accueil.accueil")
    said = MANIFESTE | {"id": home, "start_url": home, "scope": home, "icons": icons, "shortcuts": shortcuts}
    return Response(json.dumps(said, ensure_ascii=False), mimetype="application/manifest+json")


@bp.post("/mon-compte/telephone")
@requires(Permission.VOIR_SES_DOSSIERS)
def telephone() -> Response | tuple[str, int]:
    form = TelephonePro()
    if form.validate():
        stored, who = queries.agent_to_change(requete.session(), requete.agent().id), _who()
        try:
            services.choose_telephone(requete.session(), stored, telephone=form.telephone.data or "", **who)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Votre numéro professionnel est enregistré.", "succes")
            return redirect(url_for("accueil.mon_compte"), 303)
    return _account_page(ChangementMotDePasse(formdata=None), status=422, joindre=form)


def _who() -> dict[str, Any]:
    return {"acteur": requete.acteur(), "now": requete.now()}


@bp.get("/accessibilite")
@public
def accessibilite() -> str:
    return render_template("pages/accessibilite.html")


@bp.get("/donnees-personnelles")
@public
def donnees_personnelles() -> str:
    return render_template("pages/donnees_personnelles.html")


@bp.get("/aide")
@public
def aide() -> str:
    return render_template("accounts/aide.html")


def _account_page(form: ChangementMotDePasse, *, status: int, joindre: TelephonePro | None = None) -> tuple[str, int]:
    agent = requete.agent()
    receives = Permission.VOIR_SES_DOSSIERS in permissions_of(agent.roles)
    known = {"telephone": telephone_lisible(agent.telephone)}
    page = render_template(
        "accounts/mon_compte.html",
        form=form,
        precedente=session.get(PRECEDENTE),
        joindre=joindre or (TelephonePro(formdata=None, data=known) if receives else None),
        preference=CourrielMatin(formdata=None, obj=agent) if receives else None,
        envoi=maison().settings.smtp is not None,
    )
    return page, status


def _change_password(form: ChangementMotDePasse) -> bool:
    """False when it was refused, and the form says why. Both passwords are worked out before the transaction."""
    agent = requete.agent()
    try:
        context = (agent.prenom, agent.nom, agent.courriel, agent.structure.nom)
        protected = passwords.protect(form.mot_de_passe.data, contexte=context)
    except DomainError as error:
        form.refuse(error)
        return False
    found = identify(agent.courriel, form.mot_de_passe_actuel.data)
    if isinstance(found, identification.Refus):
        form.mot_de_passe_actuel.errors = [REFUS_DEVERROUILLAGE[found]]
        return False
    stored = queries.agent_to_change(requete.session(), agent.id)
    services.change_password(
        requete.session(), stored, mot_de_passe=protected, acteur=requete.acteur(), now=requete.now()
    )
    identification.forget_attempts(requete.session(), maison(), found)
    web_sessions.renew()
    return True
