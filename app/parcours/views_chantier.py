"""Les accords d’un chantier éducatif avant 18 ans."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.db.errors import DomainError, StaleVersion
from app.parcours import services_chantier
from app.parcours.forms_chantier import REGLES, ConditionsForm, conditions_form, manques_dits
from app.parcours.models import Etape
from app.parcours.queries import find_etape
from app.parcours.queries_chantier import conditions_of
from app.parcours.rules_chantier import age_band, missing
from app.parcours.views_acces import (
    Acte,
    Paires,
    conflit,
    dossier_a_noter,
    naissance_de,
    page,
    posted_version,
    qui,
    qui_suit,
    status,
    typed,
)
from app.parcours.vocabulaire import GenreEtape, StatutEtape
from app.referents.queries import DossierVisible
from app.web.filters import date_longue

bp = Blueprint("chantier", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]


@bp.route("/dossiers/<code>/etapes/<uuid:chantier_id>/conditions", methods=["GET", "POST"])
@requires(Permission.NOTER)
def conditions(code: str, chantier_id: UUID) -> Reponse:
    vu = dossier_a_noter(code)
    etape = find_etape(requete.session(), vu.dossier.id, chantier_id)
    if etape is None or etape.genre is not GenreEtape.CHANTIER_EDUCATIF or not vu.shows(etape.genre):
        abort(404)
    band = age_band(naissance_de(vu.dossier), etape.debut)
    if band not in REGLES:
        flash("Rien n’est demandé pour ce chantier : le jeune n’est pas un mineur de 14 à 17 ans.", "info")
        return redirect(url_for("etapes.etape", code=code, etape_id=chantier_id, **qui_suit()), 303)
    form = conditions_form(band, formdata=form_data(), data=_shown(vu, etape))
    if request.method == "POST" and form.validate():
        answer = _record(vu, etape, form)
        if answer is not None:
            return answer
    return _page(vu, etape, form, band), status()


def _shown(vu: DossierVisible, etape: Etape) -> dict[str, Any]:
    row = conditions_of(requete.session(), vu.dossier.id, etape.id)
    said = {} if row is None else {name: getattr(row, name) for name in asdict(services_chantier.Dites())}
    return said | {"version": str(row.version if row else 0)}


def _record(vu: DossierVisible, etape: Etape, form: ConditionsForm) -> Reponse | None:
    """Write; what it answers, or nothing when the form is shown again."""
    try:
        services_chantier.set_conditions(
            requete.session(), vu.dossier, etape, version=posted_version(), dites=form.dites(), **qui()
        )
    except StaleVersion as stale:
        again = [*typed(request.form), ("version", str(stale.current.version))]
        return conflit(
            vu,
            titre="Ces accords ont changé pendant que vous écriviez",
            enregistre=_pairs(form, stale.current),
            saisi=_pairs(form, form.dites()),
            actes=[Acte(request.full_path, "Enregistrer ma version", again)],
        )
    except DomainError as error:
        form.refuse(error)
        return None
    flash("C’est enregistré.", "succes")
    return redirect(url_for("etapes.etape", code=vu.dossier.code, etape_id=etape.id, **qui_suit()), 303)


def _page(vu: DossierVisible, etape: Etape, form: ConditionsForm, band: str) -> str:
    regle, source = REGLES[band]
    stored = conditions_of(requete.session(), vu.dossier.id, etape.id)
    lacking = missing(naissance_de(vu.dossier), etape.debut, etape.fin or etape.fin_prevue, stored)
    return page(
        "conditions_chantier.html",
        vu,
        form=form,
        etape=etape,
        regle=regle,
        source=source,
        manque=manques_dits(lacking),
        prevue=etape.statut is StatutEtape.PREVUE,
        fin=etape.fin or etape.fin_prevue,
    )


def _pairs(form: ConditionsForm, said: Any) -> Paires:
    names = [name for name in asdict(services_chantier.Dites()) if name in form]
    return [(form[name].label.text, date_longue(getattr(said, name)) or "Pas encore") for name in names]


def lacking_of(vu: DossierVisible, etape: Etape) -> str | None:
    """What the page of a step says: None when nothing is asked, else what is missing, empty when nothing is."""
    if etape.genre is not GenreEtape.CHANTIER_EDUCATIF:
        return None
    naissance = naissance_de(vu.dossier)
    if age_band(naissance, etape.debut) not in REGLES:
        return None
    stored = conditions_of(requete.session(), vu.dossier.id, etape.id)
    return manques_dits(missing(naissance, etape.debut, etape.fin or etape.fin_prevue, stored))
