"""Structures: opened, corrected, closed once nobody works there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import queries, requete, services
from app.accounts.forms_admin import REFUS, StructureForm
from app.accounts.models import Structure
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.db.errors import DomainError, StaleVersion
from app.web.saisie import lire_numero, read_version

bp = Blueprint("structures", __name__, template_folder="templates")
PAR_PAGE = 50


@bp.get("/administration/structures")
@requires(Permission.ADMINISTRER)
def structures() -> str:
    after = request.args.get("apres", type=lire_numero)
    rows = queries.page_of_structures(requete.session(), apres=after, limit=PAR_PAGE)
    more = len(rows) > PAR_PAGE
    return render_template(
        "accounts/structures.html",
        structures=rows[:PAR_PAGE],
        suivant=url_for("structures.structures", apres=rows[PAR_PAGE - 1].id) if more else None,
        debut=url_for("structures.structures") if after else None,
    )


@bp.route("/administration/structures/nouvelle", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
def nouvelle() -> Response | tuple[str, int]:
    form = StructureForm(formdata=form_data())
    if request.method == "POST" and form.validate():
        try:
            services.create_structure(requete.session(), **form.values(), **_who())
        except DomainError as error:
            form.refuse(error)
        else:
            flash("La structure est créée.", "succes")
            return redirect(url_for("structures.structures"), 303)
    return render_template("accounts/structure.html", form=form, structure=None), _status()


@bp.route("/administration/structures/<int:structure_id>", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
def structure(structure_id: int) -> Response | tuple[str, int]:
    found = _load(structure_id)
    form = StructureForm(formdata=form_data(), data=_shown(found))
    if request.method == "POST" and form.validate():
        try:
            version = read_version(request.form.get("version"))
            services.edit_structure(requete.session(), found, version=version, **form.values(), **_who())
        except StaleVersion:
            form.version.data = str(found.version)
            return render_template("accounts/structure.html", form=form, structure=found, conflit=True), 409
        except DomainError as error:
            form.refuse(error)
        else:
            flash("La structure est modifiée.", "succes")
            return redirect(url_for("structures.structures"), 303)
    return render_template("accounts/structure.html", form=form, structure=found), _status()


@bp.post("/administration/structures/<int:structure_id>/fermer")
@requires(Permission.ADMINISTRER)
def fermer(structure_id: int) -> Response:
    try:
        services.close_structure(requete.session(), _load(structure_id), **_who())
    except DomainError as error:
        flash(REFUS[error.code], "erreur")
    else:
        flash("La structure est fermée : aucun formulaire ne la propose plus.", "succes")
    return redirect(url_for("structures.structure", structure_id=structure_id), 303)


@bp.post("/administration/structures/<int:structure_id>/rouvrir")
@requires(Permission.ADMINISTRER)
def rouvrir(structure_id: int) -> Response:
    services.reopen_structure(requete.session(), _load(structure_id), **_who())
    flash("La structure est rouverte.", "succes")
    return redirect(url_for("structures.structure", structure_id=structure_id), 303)


def _shown(structure: Structure) -> dict[str, Any]:
    names = ("nom", "code", "crip_nom", "crip_telephone", "crip_courriel", "version")
    return {name: getattr(structure, name) for name in names} | {"genre": structure.genre.value}


def _who() -> dict[str, Any]:
    return {"acteur": requete.acteur(), "now": requete.now()}


def _load(structure_id: int) -> Structure:
    read = queries.structure_to_change if request.method == "POST" else queries.structure_by_id
    return read(requete.session(), structure_id) or abort(404)


def _status() -> int:
    return 422 if request.method == "POST" else 200
