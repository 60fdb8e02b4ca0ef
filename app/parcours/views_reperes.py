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
from app.parcours.views_cibles import UNIQUE, reperes_form
from app.parcours.views_propositions import annoncer, deux_versions, versions_reglees
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.policies import may_amend
from app.referents.views_acces import Reponse, allowed, page, visible

bp = Blueprint("reperes", __name__, template_folder="templates")
CHANGE = "Ce dossier a changé pendant que vous écriviez"


@bp.route("/dossiers/<code>/reperes", methods=["GET", "POST"])
@requires(Permission.NOTER)
def reperes(code: str) -> Reponse:
    vu = allowed(visible(code), lambda relation, _: may_amend(relation))
    form = reperes_form(vu.dossier, formdata=form_data(), data=ReperesForm.shown(vu.dossier))
    if request.method == "POST" and form.validate():
        who = {name: value for name, value in qui().items() if name != "today"}
        try:
            with versions_reglees(vu, ObjetProposition.REPERES, UNIQUE):
                edit_reperes(requete.session(), vu.dossier, version=posted_version(), **form.values(), **who)
        except StaleVersion:
            return deux_versions(vu, ObjetProposition.REPERES, UNIQUE, form, titre=CHANGE)
        else:
            flash("Le dossier est corrigé.", "succes")
            return redirect(adresse(code), 303)
    annoncer(vu, ObjetProposition.REPERES, UNIQUE)
    return page("reperes.html", vu, status=status(), form=form)
