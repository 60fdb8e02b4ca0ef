"""Les représentants légaux d’un jeune."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.policies import Permission, requires
from app.accounts.requete import acteur, journal_read, now, session, today, vault
from app.accounts.saisie import depot, form_data
from app.audit.vocabulaire import Action
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.jeunes import queries, services_representants
from app.jeunes.forms import RepresentantForm, read_uuid
from app.jeunes.models import RepresentantLegal
from app.jeunes.services_representants import FicheRepresentant
from app.jeunes.views import Page, amendable, amendable_dossier
from app.parcours.models import Dossier
from app.parcours.models_propositions import Proposition
from app.parcours.views_annulation import annulable
from app.parcours.views_propositions import annoncer, deux_versions, versions_reglees
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.policies import may_amend
from app.referents.queries import DossierVisible
from app.referents.views_acces import visible
from app.web.saisie import read_version

bp = Blueprint("representants", __name__, template_folder="templates")


@bp.get("/dossiers/<code>/representants")
@requires(Permission.VOIR_SES_DOSSIERS)
def liste(code: str) -> str:
    vu = visible(code) or abort(404)
    dossier, corriger = vu.dossier, may_amend(vu.relation)
    representants = queries.representants_of(session(), vault(), dossier)
    shown = any(representant.telephone for representant in representants)
    journal_read(Action.NUMERO_REVELE if shown else Action.DOSSIER_CONSULTE, dossier=dossier.code)
    nom = queries.nom_of(session(), vault(), dossier)
    page = {"dossier": dossier, "nom": nom, "corriger": corriger}
    return render_template("jeunes/representants.html", representants=representants, **page)


@bp.route("/dossiers/<code>/representants/nouveau", methods=["GET", "POST"])
@requires(Permission.NOTER)
def nouveau(code: str) -> Page:
    dossier, actuel = amendable_dossier(code), None
    form = RepresentantForm(formdata=form_data())
    if request.method == "GET":
        form.depot.data = str(depot())
        journal_read(Action.DOSSIER_CONSULTE, dossier=dossier.code)
    elif form.validate():
        try:
            _add(dossier, form)
        except DepotConflict as conflict:
            actuel = conflict.existing
            form.depot.data = str(depot())
        except DomainError as error:
            form.refuse(error)
        else:
            return _saved(dossier, "Le représentant légal est ajouté.")
    return _page(form, dossier, representant=None, actuel=actuel)


@bp.route("/dossiers/<code>/representants/<uuid:representant_id>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def corriger(code: str, representant_id: UUID) -> Page:
    vu = amendable(code)
    dossier = vu.dossier
    if request.method == "POST":
        return _edit(vu, _load(dossier, representant_id))
    annoncer(vu, ObjetProposition.REPRESENTANT, representant_id)
    known = queries.representants_of(session(), vault(), dossier)
    representant = next((one for one in known if one.id == representant_id), None) or abort(404)
    journal_read(Action.NUMERO_REVELE if representant.telephone else Action.DOSSIER_CONSULTE, dossier=dossier.code)
    form = RepresentantForm(formdata=form_data(), data=RepresentantForm.shown(representant))
    return _page(form, dossier, representant=representant_id)


@bp.post("/dossiers/<code>/representants/<uuid:representant_id>/retirer")
@requires(Permission.NOTER)
def retirer(code: str, representant_id: UUID) -> Page:
    dossier = amendable_dossier(code)
    row, version = _load(dossier, representant_id), read_version(request.form.get("version"))
    back, mine = url_for("representants.liste", code=code), {"dossier_id": dossier.id}
    rows = portion(RepresentantLegal, **mine), portion(Proposition, **mine)
    try:
        with annulable("Le représentant légal est retiré.", "representant", *rows, dossier=dossier, retour=back):
            services_representants.remove_representant(
                session(), vault(), dossier, row, version=version, acteur=acteur(), now=now()
            )
    except StaleVersion as stale:
        form = RepresentantForm(formdata=None, data=RepresentantForm.shown(stale.current))
        return _page(form, dossier, representant=representant_id, actuel=stale.current)
    return redirect(back, 303)


def _load(dossier: Dossier, representant_id: UUID) -> RepresentantLegal:
    return services_representants.load_representant(session(), dossier, representant_id) or abort(404)


def _add(dossier: Dossier, form: RepresentantForm) -> None:
    services_representants.add_representant(
        session(),
        vault(),
        dossier,
        fiche=FicheRepresentant(**form.values()),
        representant_id=uuid4(),
        depot=read_uuid(form.depot.data),
        acteur=acteur(),
        now=now(),
        today=today(),
    )


def _edit(vu: DossierVisible, row: RepresentantLegal) -> Page:
    form, dossier = RepresentantForm(), vu.dossier
    if form.validate():
        who = {"acteur": acteur(), "now": now(), "today": today()}
        said = {"fiche": FicheRepresentant(**form.values()), "version": read_version(form.version.data), **who}
        try:
            with versions_reglees(vu, ObjetProposition.REPRESENTANT, row.id):
                services_representants.edit_representant(session(), vault(), dossier, row, **said)
        except StaleVersion:
            titre = "Cette fiche a changé pendant que vous écriviez"
            return deux_versions(vu, ObjetProposition.REPRESENTANT, row.id, form, titre=titre)
        except DomainError as error:
            form.refuse(error)
        else:
            return _saved(dossier, "Le représentant légal est corrigé.")
    return _page(form, dossier, representant=row.id)


def _saved(dossier: Dossier, words: str) -> Response:
    flash(words, "succes")
    return redirect(url_for("representants.liste", code=dossier.code), 303)


def _page(
    form: RepresentantForm,
    dossier: Dossier,
    *,
    representant: UUID | None,
    actuel: queries.Representant | None = None,
) -> Page:
    status = 409 if actuel else 422 if form.errors else 200
    nom = queries.nom_of(session(), vault(), dossier)
    page = {"dossier": dossier, "nom": nom, "representant": representant, "actuel": actuel}
    return render_template("jeunes/representant.html", form=form, **page), status
