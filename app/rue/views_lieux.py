"""The places of a structure, kept by its coordinateur."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.db.errors import DomainError, StaleVersion
from app.parcours.views_acces import status
from app.rue import services
from app.rue.forms import LieuForm
from app.rue.policies import may_rename_lieu
from app.rue.queries import all_places, find_place
from app.web.saisie import read_version

bp = Blueprint("lieux", __name__, template_folder="templates")


@bp.get("/rue/lieux")
@requires(Permission.VOIR_SANS_REFERENT)
def lieux() -> str:
    return render_template("rue/lieux.html", lieux=all_places(requete.session(), requete.agent().structure_id))


@bp.route("/rue/lieux/<uuid:lieu_id>", methods=["GET", "POST"])
@requires(Permission.VOIR_SANS_REFERENT)
def lieu(lieu_id: UUID) -> Response | tuple[str, int]:
    found = find_place(requete.session(), lieu_id)
    if found is None or not may_rename_lieu(structure_id=found.structure_id, agent=requete.agent()):
        abort(404)
    said = {"nom": found.nom, "ferme": found.ferme, "version": str(found.version)}
    form = LieuForm(formdata=form_data(), data=said)
    if request.method == "POST" and form.validate():
        who = {"acteur": requete.acteur(), "now": requete.now(), "version": read_version(form.version.data)}
        try:
            services.rename_place(requete.session(), found, nom=form.nom.data or "", ferme=form.ferme.data, **who)
        except StaleVersion as stale:
            form.version.data = str(stale.current.version)
            return render_template("rue/lieu.html", form=form, conflit=stale.current), 409
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Lieu enregistré.", "succes")
            return redirect(url_for("lieux.lieux"), 303)
    return render_template("rue/lieu.html", form=form), status()
