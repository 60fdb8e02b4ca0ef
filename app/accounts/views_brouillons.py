"""What an agent had begun to write, offered back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import brouillons as drafts
from app.accounts import interruptions, requete
from app.accounts.garde import requires
from app.accounts.policies import Permission

bp = Blueprint("brouillons", __name__, template_folder="templates")


@bp.get("/brouillons")
@requires(Permission.ACCUEIL)
def brouillons() -> str:
    rows = drafts.list_of(requete.session(), agent_id=requete.agent().id, now=requete.now())
    return render_template(
        "accounts/brouillons.html",
        brouillons=[(row, interruptions.safe_return(row.chemin) is not None) for row in rows],
    )


@bp.post("/brouillons/<uuid:brouillon_id>/reprendre")
@requires(Permission.ACCUEIL)
def reprendre(brouillon_id: UUID) -> Response:
    """Go back to the page where it was being typed; the draft stays until that form is saved."""
    rows = drafts.list_of(requete.session(), agent_id=requete.agent().id, now=requete.now())
    page = next((interruptions.safe_return(row.chemin) for row in rows if row.id == brouillon_id), None)
    if page is None:
        abort(404)
    return redirect(interruptions.with_draft(page, brouillon_id), 303)


@bp.post("/brouillons/<uuid:brouillon_id>/supprimer")
@requires(Permission.ACCUEIL)
def supprimer(brouillon_id: UUID) -> Response:
    if not drafts.remove(requete.session(), brouillon_id=brouillon_id, agent_id=requete.agent().id):
        abort(404)
    flash("Le brouillon est supprimé.", "succes")
    return redirect(url_for("brouillons.brouillons"), 303)
