"""What an agent had begun to write, offered back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import brouillons as drafts
from app.accounts import interruptions, requete
from app.accounts.models import Brouillon
from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.db.cliche import portion
from app.parcours.views_annulation import annulable

bp = Blueprint("brouillons", __name__, template_folder="templates")
# What is written on the pages of a dossier, by the end of their address.
SAISIES = {
    "suivis": "Un suivi",
    "etapes": "Une étape",
    "contacts-prevus": "Un rendez-vous",
    "identite": "Une identité",
    "representants": "Un représentant légal",
    "referent": "Un relais",
    "cloture": "Une clôture",
    "reouverture": "Une réouverture",
    "objectifs": "Un objectif",
    "freins": "Un bilan",
    "reperes": "Ce que dit le dossier",
    "passation": "Une passation",
    "equipe": "L’équipe de suivi",
}
# The fields in which one writes, by the end of their names. Never who it is about: whoever lost a dossier is not told.
MOTS = {
    "mots": "Vos mots",
    "mots_jeune": "Ses mots à lui",
    "mots_pro": "Vos mots",
    "note": "Quelques mots",
    "precisions": "Précisions",
    "objet": "Pour quoi",
    "raison": "Pourquoi",
    "texte": "Texte",
    "lieu_nom": "Lieu",
}
# What is written without beginning from a dossier.
DE_PARTOUT = {
    "/noter": "Un suivi",
    "/noter/inconnu": "Un jeune pas encore connu",
    "/suivis/groupe": "Un suivi de plusieurs jeunes",
}


@bp.get("/brouillons")
@requires(Permission.ACCUEIL)
def brouillons() -> str:
    rows = drafts.list_of(requete.session(), agent_id=requete.agent().id, now=requete.now())
    return render_template(
        "accounts/brouillons.html",
        brouillons=[(row, _name(row.chemin)) for row in rows],
    )


def _name(chemin: str) -> str:
    """What was being written, as its author would say it: an address says nothing to anybody."""
    parts = chemin.strip("/").split("/")
    if chemin in DE_PARTOUT:
        return DE_PARTOUT[chemin]
    if chemin.startswith("/cohortes/rapport/commentaire"):
        return "Un commentaire du rapport"
    if parts[0] == "rue":
        return "Une sortie de rue" if parts[1] == "sorties" else "Un lieu"
    if parts[0] != "dossiers" or len(parts) < 2:
        return "Mon compte, administration"
    if parts[1] == "nouveau":
        return "Un nouveau jeune"
    return f"{SAISIES.get(parts[2] if len(parts) > 2 else '', 'Une saisie')}, dossier {parts[1]}"


@bp.get("/brouillons/<uuid:brouillon_id>")
@requires(Permission.ACCUEIL)
def brouillon(brouillon_id: UUID) -> str:
    """One's own words, to read and copy, when the page where they were written does not open any more."""
    if requete.vault().keyless:
        abort(404)
    mine = {"brouillon_id": brouillon_id, "agent_id": requete.agent().id, "now": requete.now()}
    found = drafts.read(requete.session(), requete.vault(), **mine)
    if found is None:
        abort(404)
    chemin, modifie_le, saisie = found
    requete.journal_read(Action.BROUILLON_REPRIS)
    return render_template(
        "accounts/brouillon.html",
        id=brouillon_id,
        nom=_name(chemin),
        dossier=chemin.startswith("/dossiers/"),
        modifie_le=modifie_le,
        mots=[(MOTS[field], said) for name, said in saisie if said.strip() and (field := name.split("-")[-1]) in MOTS],
    )


@bp.post("/brouillons/en-cours")
@requires(Permission.ACCUEIL)
def en_cours() -> tuple[dict[str, str], int]:
    """What is being typed, sent by its form every few seconds."""
    return interruptions.kept_at(interruptions.keep_what_is_typed(requete.session(), requete.agent().id))


@bp.post("/brouillons/<uuid:brouillon_id>/reprendre")
@requires(Permission.ACCUEIL)
def reprendre(brouillon_id: UUID) -> Response:
    """Go back to the page where it was being typed; the draft stays until that form is saved."""
    rows = drafts.list_of(requete.session(), agent_id=requete.agent().id, now=requete.now())
    chemin = next((row.chemin for row in rows if row.id == brouillon_id), None)
    if chemin is None:
        abort(404)
    page = interruptions.safe_return(chemin)
    words = url_for("brouillons.brouillon", brouillon_id=brouillon_id)
    return redirect(interruptions.with_draft(page, brouillon_id) if page else words, 303)


@bp.post("/brouillons/<uuid:brouillon_id>/supprimer")
@requires(Permission.ACCUEIL)
def supprimer(brouillon_id: UUID) -> Response:
    mine = {"brouillon_id": brouillon_id, "agent_id": requete.agent().id}
    back = interruptions.safe_return(request.form.get("retour")) or url_for("brouillons.brouillons")
    with annulable("Le brouillon est supprimé.", "brouillon", portion(Brouillon, id=brouillon_id), retour=back):
        if not drafts.remove(requete.session(), now=requete.now(), **mine):
            abort(404)
    return redirect(back, 303)
