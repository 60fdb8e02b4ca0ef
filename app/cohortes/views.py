"""What a manager reads: cohorts from the ledger alone. An address that is not one of a known cohort is nowhere."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.cohortes import forms_comparaison, forms_mots, forms_pages, queries_releves
from app.cohortes.acces import acces
from app.cohortes.filtres import Critere
from app.cohortes.forms_adresse import (
    Comparaison,
    groups,
    parameters,
    read_choice,
    read_cle,
    read_comparison,
    read_pair,
)
from app.cohortes.memoire import Partie, remembered
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Mesure

bp = Blueprint("cohortes", __name__, template_folder="templates")
# only where everybody is invented
_INES = "cohortes_ines.ines"


@bp.context_processor
def _words() -> dict[str, object]:
    return forms_mots.CONTEXTE


@bp.get("/cohortes")
@requires(Permission.VOIR_COHORTES)
def cohortes() -> str:
    state = queries_releves.state(acces().session())
    found = remembered("accueil", state, lambda: _home(state))
    return _shown("cohortes/accueil.html", found)


def _home(state: queries_releves.Etat) -> Partie:
    session = acces().session()
    releves, catalogue = queries_releves.latest(session, Cle()), queries_releves.catalogue(session)
    page = forms_pages.home(releves, catalogue, queries_releves.libelles(session, noms=state.noms))
    ines = _INES if _INES in current_app.view_functions and acces().demonstration() else ""
    return forms_mots.TITRE_ACCUEIL, _rendered("cohortes/_accueil.html", page=page, ines=ines)


@bp.get("/cohortes/cohorte")
@requires(Permission.VOIR_COHORTES)
def cohorte() -> str:
    cle = read_cle(request.args)
    if cle is None:
        abort(404)
    state = queries_releves.state(acces().session())
    found = remembered(cle.code, state, lambda: _cohort(cle, state))
    return _shown("cohortes/cohorte.html", found)


def _cohort(cle: Cle, state: queries_releves.Etat) -> Partie | None:
    session = acces().session()
    releves, refus = queries_releves.latest(session, cle), queries_releves.refusals(session, cle)
    refused = not releves or Mesure.SITUATIONS in refus
    if not releves and not refus and cle.filtres and not queries_releves.is_known(session, cle):
        return None
    parents = [parent for parent, _ in cle.parents()] if refused else []
    near = queries_releves.several(session, parents, [Mesure.SITUATIONS]) if parents else {}
    page = forms_pages.cohort(cle, releves, refus, near, queries_releves.libelles(session, noms=state.noms))
    return page.titre, _rendered("cohortes/_cohorte.html", page=page)


def _rendered(template: str, **values: object) -> Markup:
    # a template has escaped what it was given
    return Markup(render_template(template, **values))  # noqa: S704


def _shown(template: str, found: Partie | None) -> str:
    if found is None:
        abort(404)
    titre, corps = found
    _journal(1)
    return render_template(template, titre=titre, corps=corps)


@bp.get("/cohortes/choisir")
@requires(Permission.VOIR_COHORTES)
def choisir() -> Response | str | tuple[str, int]:
    """The form: its two lists become the one address of the cohort that they name."""
    libelles = queries_releves.libelles(acces().session())
    choix = read_choice(request.args, libelles)
    if choix.refuse:
        return render_template("cohortes/choisir.html", groupes=groups(libelles), choix=choix), 422
    if not request.args:
        return render_template("cohortes/choisir.html", groupes=groups(libelles), choix=choix)
    return redirect(url_for("cohortes.cohorte", **parameters(choix.cle)), 303)


@bp.get("/cohortes/comparer")
@requires(Permission.VOIR_COHORTES)
def comparer() -> Response | str | tuple[str, int]:
    session = acces().session()
    libelles = queries_releves.libelles(session)
    if not request.args or {"un", "deux"} & set(request.args):
        paire = read_pair(request.args, libelles)
        if paire.comparaison is not None:
            return redirect(url_for("cohortes.comparer", **paire.comparaison.parameters), 303)
        page = render_template("cohortes/comparer.html", groupes=groups(libelles), paire=paire)
        return (page, 422) if paire.refuse else page
    asked = read_comparison(request.args)
    page = None if asked is None else _pair(asked, libelles)
    if page is None:
        abort(404)
    _journal(2)
    return render_template("cohortes/comparaison.html", page=page)


def _pair(asked: Comparaison, libelles: queries_releves.Libelles) -> forms_comparaison.Ecran | None:
    session = acces().session()
    found = queries_releves.several(session, asked.cles, Mesure)
    if any(not found[cle] and not queries_releves.is_known(session, cle) for cle in asked.cles):
        return None
    return forms_comparaison.pair(asked, found, libelles)


@bp.get("/cohortes/annees")
@requires(Permission.VOIR_COHORTES)
def annees() -> str:
    session = acces().session()
    libelles = queries_releves.libelles(session)
    cles = [Cle.of({Critere.ENTREE: annee}) for annee, _ in libelles.valeurs(Critere.ENTREE)]
    page = forms_pages.years(queries_releves.several(session, cles, [Mesure.SITUATIONS]), libelles)
    _journal(len(cles))
    return render_template("cohortes/annees.html", page=page)


@bp.get("/cohortes/liste")
@requires(Permission.VOIR_COHORTES)
def liste() -> str:
    session = acces().session()
    page = forms_pages.listing(request.args, queries_releves.catalogue(session), queries_releves.libelles(session))
    if page is None:
        abort(404)
    _journal(len(page.lignes))
    return render_template("cohortes/liste.html", page=page)


@bp.get("/cohortes/methode")
@requires(Permission.VOIR_COHORTES)
def methode() -> str:
    _journal(0)
    return render_template("cohortes/methode.html")


def _journal(nombre: int) -> None:
    acces().journal_read(Action.COHORTE_CONSULTEE, nombre=nombre)
