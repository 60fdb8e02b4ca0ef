"""Territories, for the administration; what they are is the programme's."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.forms_admin import TerritoireForm
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.db.errors import DomainError, StaleVersion
from app.programme import queries, services
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from app.web.saisie import read_version

bp = Blueprint("territoires", __name__, template_folder="templates")
PAR_PAGE = 50


@bp.get("/administration/territoires")
@requires(Permission.ADMINISTRER)
def territoires() -> str:
    chosen = request.args.get("genre", "")
    rows = [row for row in queries.territoires(requete.session()) if not chosen or row.genre == chosen]
    page = max(request.args.get("page", 1, type=int), 1)
    first, last = (page - 1) * PAR_PAGE, page * PAR_PAGE
    return render_template(
        "accounts/territoires.html",
        territoires=rows[first:last],
        genre=chosen,
        genres=list(GenreTerritoire),
        precedent=_page(page - 1, chosen) if page > 1 else None,
        suivant=_page(page + 1, chosen) if len(rows) > last else None,
    )


@bp.route("/administration/territoires/nouveau", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
def nouveau() -> Response | tuple[str, int]:
    form = TerritoireForm(formdata=form_data())
    form.offer(_communes())
    if request.method == "POST" and form.validate():
        try:
            services.create_territoire(requete.session(), **form.values(), **_who())
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Le territoire est créé.", "succes")
            return redirect(url_for("territoires.territoires"), 303)
    return render_template("accounts/territoire.html", form=form, territoire=None), _status()


@bp.route("/administration/territoires/<int:territoire_id>", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
def territoire(territoire_id: int) -> Response | tuple[str, int]:
    found = _load(territoire_id)
    form = TerritoireForm(formdata=form_data(), data=_shown(found))
    form.offer(_communes())
    if request.method == "POST" and form.validate():
        try:
            version = read_version(request.form.get("version"))
            services.edit_territoire(requete.session(), found, version=version, **form.values(), **_who())
        except StaleVersion:
            form.version.data = str(found.version)
            return render_template("accounts/territoire.html", form=form, territoire=found, conflit=True), 409
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Le territoire est modifié.", "succes")
            return redirect(url_for("territoires.territoires"), 303)
    return render_template("accounts/territoire.html", form=form, territoire=found), _status()


@bp.post("/administration/territoires/<int:territoire_id>/fermer")
@requires(Permission.ADMINISTRER)
def fermer(territoire_id: int) -> Response:
    found = _load(territoire_id)
    services.close_territoire(requete.session(), found, version=found.version, **_who())
    flash("Le territoire est fermé : aucun formulaire ne le propose plus, les dossiers le gardent.", "succes")
    return redirect(url_for("territoires.territoire", territoire_id=territoire_id), 303)


@bp.post("/administration/territoires/<int:territoire_id>/rouvrir")
@requires(Permission.ADMINISTRER)
def rouvrir(territoire_id: int) -> Response:
    found = _load(territoire_id)
    services.reopen_territoire(requete.session(), found, version=found.version, **_who())
    flash("Le territoire est rouvert.", "succes")
    return redirect(url_for("territoires.territoire", territoire_id=territoire_id), 303)


def _communes() -> list[tuple[int, str]]:
    rows = queries.territoires_ouverts(requete.session())
    return [(row.id, row.nom) for row in rows if row.genre is GenreTerritoire.COMMUNE]


def _shown(found: Territoire) -> dict[str, object]:
    return {
        "nom": found.nom,
        "code": found.code,
        "genre": found.genre.value,
        "generation": str(found.generation or ""),
        "commune_id": str(found.commune_id or ""),
        "version": found.version,
    }


def _page(page: int, genre: str) -> str:
    return url_for("territoires.territoires", page=page, genre=genre or None)


def _who() -> dict[str, Any]:
    return {"acteur": requete.acteur(), "now": requete.now()}


def _load(territoire_id: int) -> Territoire:
    return queries.load(requete.session(), territoire_id) or abort(404)


def _status() -> int:
    return 422 if request.method == "POST" else 200
