"""Freins et ressources: the way travelled, in a table; placing oneself; taking a bilan away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError
from app.parcours import services_freins
from app.parcours.forms_freins import REPONSES, BilanForm, bilan_form, bilan_shown
from app.parcours.models_freins import Bilan, Placement
from app.parcours.queries_freins import bilans_of, find_bilan, placements_of, reponses_of
from app.parcours.rules_freins import Reponse, dimensions_read, travelled
from app.parcours.views_acces import (
    Acte,
    Paires,
    adresse,
    conflit,
    dossier_a_noter,
    dossier_vu,
    page,
    posted_depot,
    qui,
    qui_suit,
    status,
    typed,
)
from app.parcours.views_annulation import annulable
from app.parcours.vocabulaire_freins import NIVEAUX, Dimension, DitPar
from app.referents.policies import may_log, may_take_back
from app.referents.queries import DossierVisible
from app.web.filters import date_longue

bp = Blueprint("freins", __name__, template_folder="templates")
Reponses = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Colonne:
    """Whose word a column holds, from when to when."""

    dit_par: DitPar
    du: date
    au: date


@bp.get("/dossiers/<code>/freins")
@requires(Permission.VOIR_SES_DOSSIERS)
def freins(code: str) -> Reponses:
    vu, after = dossier_vu(code), request.args.get("avant", type=UUID)
    read = dimensions_read(vu.genres)
    placements = placements_of(requete.session(), vu.dossier.id, dimensions=read)
    bilans, more = bilans_of(requete.session(), vu.dossier.id, dimensions=read, after=after)
    chemins = travelled(placements)
    who = {"agent": requete.agent()}
    shared = {
        "base": f"{adresse(code)}/freins",
        "colonnes": _columns(placements),
        "lignes": [
            (dimension, {dit_par: chemins.get((dimension, dit_par)) for dit_par in DitPar})
            for dimension in Dimension
            if dimension in read
        ],
        "niveaux": NIVEAUX,
        "bilans": bilans,
        "retirables": {row.id for row in bilans if may_take_back(vu.relation, author_id=row.agent_id, **who)},
        "noter": may_log(vu.relation),
        "avant": after,
        "suivant": bilans[-1].id if more else None,
    }
    return page("freins.html", vu, **shared), 200


def _columns(placements: object) -> list[Colonne]:
    """Those who said something, in the order of the list."""
    days: dict[DitPar, list[date]] = {}
    for row in placements:
        days.setdefault(row.dit_par, []).append(row.jour)
    return [Colonne(dit_par, min(days[dit_par]), max(days[dit_par])) for dit_par in DitPar if dit_par in days]


@bp.route("/dossiers/<code>/freins/bilan", methods=["GET", "POST"])
@requires(Permission.NOTER)
def noter(code: str) -> Reponses:
    vu = dossier_a_noter(code)
    make = bilan_form(dimensions_read(vu.genres))
    form = make(formdata=form_data(), data=bilan_shown(depot(), requete.today()))
    if request.method == "POST" and form.validate():
        try:
            services_freins.note_bilan(
                requete.session(), vu.dossier, agent=requete.agent(), depot=posted_depot(), **form.values(), **qui()
            )
        except DepotConflict as conflict:
            return _noted_otherwise(vu, form, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Bilan enregistré.", "succes")
            return redirect(url_for("freins.freins", code=code), 303)
    return page("bilan.html", vu, form=form, niveaux=NIVEAUX, retour_freins=_address(code)), status()


@bp.post("/dossiers/<code>/freins/<uuid:bilan_id>/supprimer")
@requires(Permission.NOTER)
def supprimer(code: str, bilan_id: UUID) -> Reponses:
    vu = dossier_a_noter(code)
    found = find_bilan(requete.session(), vu.dossier.id, bilan_id)
    if found is None or not may_take_back(vu.relation, author_id=found.agent_id, agent=requete.agent()):
        abort(404)
    back, mine = _address(code), {"dossier_id": vu.dossier.id}
    rows = portion(Bilan, **mine, id=found.id), portion(Placement, **mine, bilan_id=found.id)
    with annulable("Bilan supprimé.", "freins", *rows, dossier=vu.dossier, retour=back):
        services_freins.delete_bilan(requete.session(), vu.dossier, found, acteur=requete.acteur(), now=requete.now())
    return redirect(back, 303)


def _address(code: str) -> str:
    return url_for("freins.freins", code=code)


def _noted_otherwise(vu: DossierVisible, form: BilanForm, earlier: Bilan) -> Reponses:
    another = url_for("freins.noter", code=vu.dossier.code, **qui_suit())
    stored = reponses_of(requete.session(), vu.dossier.id, earlier.id)
    said = form.values()
    return conflit(
        vu,
        titre="Ce bilan est déjà enregistré, autrement",
        enregistre=_pairs(earlier.jour, earlier.dit_par, stored),
        saisi=_pairs(said["jour"], said["dit_par"], said["reponses"]),
        actes=[Acte(another, "En enregistrer un autre", [*typed(request.form), ("depot", str(depot()))])],
    )


def _pairs(jour: date, dit_par: DitPar, reponses: Mapping[Dimension, Reponse]) -> Paires:
    answers = [
        (dimension.label, REPONSES[str(reponses[dimension])] if dimension in reponses else "Rien")
        for dimension in Dimension
    ]
    return [("Qui parle", dit_par.label), ("Quand", date_longue(jour)), *answers]
