"""Le jeune ne veut pas d’une structure dans son dossier : c’est noté, et respecté partout."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.models import Structure
from app.accounts.policies import Permission, requires
from app.accounts.queries import open_structures, structure_by_id
from app.accounts.saisie import depot, form_data
from app.db.errors import DepotConflict, DomainError
from app.parcours.views_acces import Acte, conflit, dossier_permis, posted_depot, qui, status, typed
from app.referents import services_equipe
from app.referents.forms_equipe import OppositionForm
from app.referents.models_continuite import Opposition
from app.referents.policies import may_oppose
from app.referents.queries import DossierVisible
from app.referents.views_acces import Reponse, page
from app.web.filters import date_longue

bp = Blueprint("opposition", __name__, template_folder="templates")


@bp.route("/dossiers/<code>/opposition", methods=["GET", "POST"])
@requires(Permission.NOTER)
def noter(code: str) -> Reponse:
    vu = dossier_permis(code, may_oppose)
    form = OppositionForm(formdata=form_data(), data={"depot": depot(), "le": requete.today()})
    structures = open_structures(requete.session())
    form.offer(row for row in structures if row.id != vu.dossier.structure_id)
    if request.method == "POST" and form.validate():
        structure = structure_by_id(requete.session(), int(form.structure.data)) or abort(404)
        try:
            _oppose(vu, form, structure)
        except DepotConflict as conflict:
            return _noted_otherwise(vu, form, structure, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"C’est noté : {structure.nom} n’accède plus à ce dossier.", "succes")
            return _back(code)
    return page("opposition.html", vu, status=status(), form=form)


def _oppose(vu: DossierVisible, form: OppositionForm, structure: Structure) -> None:
    services_equipe.oppose(
        requete.session(),
        vu.dossier,
        structure=structure,
        le=form.le.data,
        opposition_id=posted_depot(),
        par=requete.agent(),
        **qui(),
    )


def _noted_otherwise(vu: DossierVisible, form: OppositionForm, said: Structure, earlier: Opposition) -> Reponse:
    stored = structure_by_id(requete.session(), earlier.structure_id)
    again = [*typed(request.form), ("depot", str(depot()))]
    return conflit(
        vu,
        titre="C’est déjà enregistré, autrement",
        enregistre=[("Structure", stored.nom), ("Dit le", date_longue(earlier.depuis))],
        saisi=[("Structure", said.nom), ("Dit le", date_longue(form.le.data))],
        actes=[Acte(request.full_path, "Noter aussi ce que je viens d’écrire", again)],
    )


@bp.post("/dossiers/<code>/opposition/<uuid:opposition_id>/lever")
@requires(Permission.NOTER)
def lever(code: str, opposition_id: UUID) -> Response:
    vu = dossier_permis(code, may_oppose)
    if services_equipe.lift_opposition(requete.session(), vu.dossier, opposition_id, **qui()) is None:
        abort(404)
    flash("C’est noté. Personne ne revient par là : invitez de nouveau si le jeune le veut.", "succes")
    return _back(code)


def _back(code: str) -> Response:
    return redirect(url_for("equipe.equipe", code=code, _anchor="oppositions"), 303)
