"""Mettre un parcours en attente, et le reprendre."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.alertes.queries_reglages import reglages_of
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError
from app.parcours import services_attente
from app.parcours.forms_actes import REFUS_ATTENTE, AttenteForm
from app.parcours.models_actes import MiseEnAttente
from app.parcours.queries_attente import last_attente
from app.parcours.rules_attente import check_succession, latest_return
from app.parcours.views_acces import (
    Paires,
    adresse,
    apres,
    conflit,
    dossier_a_noter,
    page,
    posted_depot,
    qui,
    status,
)
from app.parcours.views_annulation import annulable
from app.parcours.vocabulaire_actes import MotifAttente
from app.referents.queries import DossierVisible
from app.web.filters import date_longue

bp = Blueprint("attentes", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]


@bp.route("/dossiers/<code>/attente", methods=["GET", "POST"])
@requires(Permission.NOTER)
def poser(code: str) -> Reponse:
    vu = dossier_a_noter(code)
    au_plus = reglages_of(requete.session(), vu.dossier.structure_id)["attente"]
    refused = _refused_now(vu)
    if request.method == "GET" and (vu.dossier.clos_le is not None or refused == "attente_en_cours"):
        flash("Ce dossier est clos." if vu.dossier.clos_le else REFUS_ATTENTE[refused], "info")
        return redirect(adresse(code), 303)
    form = AttenteForm(formdata=form_data(), data={"depot": depot()})
    if request.method == "POST" and form.validate():
        try:
            _set(vu, form, au_plus)
        except DepotConflict as conflict:
            return _set_otherwise(vu, form, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Le parcours est en attente.", "succes")
            return apres(code)
    context = {
        "au_plus_tard": latest_return(au_plus, today=requete.today()),
        "bloquee": REFUS_ATTENTE[refused] if refused and request.method == "GET" else "",
    }
    return page("attente.html", vu, form=form, **context), status()


def _set(vu: DossierVisible, form: AttenteForm, au_plus: int) -> None:
    services_attente.set_attente(
        requete.session(), vu.dossier, depot=posted_depot(), au_plus=au_plus, **form.values(), **qui()
    )


def _refused_now(vu: DossierVisible) -> str:
    """Why no wait can be set today, before anything is typed; empty when one can."""
    last = last_attente(requete.session(), vu.dossier.id)
    try:
        check_succession(last and last.jusqu_au, dernier_contact=vu.etat.dernier_contact, today=requete.today())
    except DomainError as error:
        return error.code
    return ""


@bp.post("/dossiers/<code>/attente/reprendre")
@requires(Permission.NOTER)
def reprendre(code: str) -> Reponse:
    vu = dossier_a_noter(code)
    rows = portion(MiseEnAttente, dossier_id=vu.dossier.id)
    with annulable("Le parcours reprend.", "attente", rows, dossier=vu.dossier):
        lifted = services_attente.lift_attente(requete.session(), vu.dossier, attente_id=_posted_attente(), **qui())
        if lifted is None:
            abort(400)
    return apres(code)


def _posted_attente() -> UUID:
    try:
        return UUID(request.form.get("attente", ""))
    except ValueError:
        abort(400)


def _set_otherwise(vu: DossierVisible, form: AttenteForm, earlier: MiseEnAttente) -> Reponse:
    return conflit(
        vu,
        titre="Une attente est déjà enregistrée, autrement",
        enregistre=_pairs(earlier.motif, earlier.jusqu_au),
        saisi=_pairs(**form.values()),
        actes=[],
    )


def _pairs(motif: MotifAttente, jusqu_au: object) -> Paires:
    return [("Pourquoi", motif.label), ("Jusqu’au", date_longue(jusqu_au))]
