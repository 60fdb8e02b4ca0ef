"""One page of paper for a comité de pilotage: a territory, or everybody, in five sentences and five figures."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.cohortes import queries_contrats, queries_releves
from app.cohortes.acces import acces
from app.cohortes.filtres import Critere
from app.cohortes.forms_adresse import parameters, read_cle
from app.cohortes.forms_rapport import CONTEXTE_PAPIER, fiche_of
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Mesure

bp = Blueprint("cohortes_fiche", __name__, template_folder="templates")
PAR_PAGE = 50


@bp.context_processor
def _words() -> dict[str, object]:
    return CONTEXTE_PAPIER


@bp.get("/cohortes/fiche")
@requires(Permission.VOIR_COHORTES)
def fiche() -> str:
    cle, session = read_cle(request.args), acces().session()
    if cle is None or not {critere for critere, _ in cle.filtres} <= {Critere.TERRITOIRE}:
        abort(404)
    releves, refus = queries_releves.latest(session, cle), queries_releves.refusals(session, cle)
    if cle.filtres and not releves and Mesure.SITUATIONS not in refus:
        abort(404)
    acces().journal_read(Action.COHORTE_CONSULTEE, nombre=1)
    return render_template(
        "cohortes/fiche.html",
        fiche=fiche_of(_name(cle), releves, refus=refus, raison=refus.get(Mesure.SITUATIONS)),
        parametres=parameters(cle),
        structure=acces().agent().structure,
        delegue=queries_contrats.data_officer(session),
    )


def _name(cle: Cle) -> str | None:
    """The territory; None for everybody."""
    places = {lieu.cle: lieu.nom for lieu in queries_contrats.lieux(acces().session())} if cle.filtres else {}
    return places.get(cle)


@bp.get("/cohortes/fiches")
@requires(Permission.VOIR_COHORTES)
def fiches() -> str:
    session = acces().session()
    known = {publiee.cle: publiee for publiee in queries_releves.catalogue(session)}
    lieux = [(lieu, known[lieu.cle]) for lieu in queries_contrats.lieux(session) if lieu.cle in known]
    page = max(request.args.get("page", 1, type=int), 1)
    first, last = (page - 1) * PAR_PAGE, page * PAR_PAGE
    acces().journal_read(Action.COHORTE_CONSULTEE, nombre=len(lieux[first:last]))
    return render_template(
        "cohortes/fiches.html", lieux=lieux[first:last], tout=known.get(Cle()), page=page, suivante=len(lieux) > last
    )
