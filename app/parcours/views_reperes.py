"""Correcting what a dossier says beside the name; what it said at entry stays."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.db.errors import StaleVersion
from app.parcours.forms_reperes import ReperesForm
from app.parcours.services_dossiers import edit_reperes
from app.parcours.views_acces import adresse, posted_version, qui, status
from app.programme.queries import load, territoires_ouverts
from app.referents.policies import may_amend
from app.referents.views_acces import Reponse, allowed, page, visible

bp = Blueprint("reperes", __name__, template_folder="templates")


@bp.route("/dossiers/<code>/reperes", methods=["GET", "POST"])
@requires(Permission.NOTER)
def reperes(code: str) -> Reponse:
    vu = allowed(visible(code), lambda relation, _: may_amend(relation))
    form = ReperesForm(formdata=form_data(), data=ReperesForm.shown(vu.dossier))
    current = load(requete.session(), vu.dossier.territoire_id)
    form.offer(territoires_ouverts(requete.session()), actuel=(current.id, current.nom))
    changed = False
    if request.method == "POST" and form.validate():
        who = {name: value for name, value in qui().items() if name != "today"}
        try:
            edit_reperes(requete.session(), vu.dossier, version=posted_version(), **form.values(), **who)
        except StaleVersion as stale:
            changed = True
            form.version.data = stale.current.version
        else:
            flash("Le dossier est corrigé.", "succes")
            return redirect(adresse(code), 303)
    return page("reperes.html", vu, status=409 if changed else status(), form=form, change=changed)
