"""*Rue*: outings, and who was met there without a name."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours.views_acces import posted_depot, qui, status, typed
from app.parcours.vocabulaire import TrancheAge
from app.programme.forms import territoire_choices
from app.programme.queries import territoires_ouverts
from app.rue import services
from app.rue.forms import CASES, SortieForm, SupprimerForm, shown, shown_new
from app.rue.models import SortieRue
from app.rue.policies import may_edit_sortie, may_read_sortie
from app.rue.queries import (
    PAR_PAGE,
    Place,
    colleagues,
    details_of,
    faits_of,
    find_sortie,
    page_of_sorties,
    places_of,
)
from app.rue.rules import Faits
from app.rue.vocabulaire import RaisonSuppression, SexeRencontre
from app.web.filters import date_longue, heure, pluriel
from app.web.saisie import read_version

bp = Blueprint("rue", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]
_BANDES = {"ages": list(TrancheAge), "sexes": list(SexeRencontre)}


@bp.get("/rue")
@requires(Permission.NOTER)
def sorties() -> str:
    """Those of the structure, newest first."""
    apres = _mark(request.args.get("apres", ""))
    found = page_of_sorties(requete.session(), requete.agent().structure_id, apres=apres)
    page = found[:PAR_PAGE]
    suite = page[-1].place if len(found) > PAR_PAGE else None
    return render_template(
        "rue/sorties.html",
        sorties=page,
        debut=url_for("rue.sorties") if apres else None,
        suivant=url_for("rue.sorties", apres=f"{suite.jour}~{suite.debut:%H-%M}~{suite.id}") if suite else None,
        coordonne=requete.agent().coordinateur,
    )


def _mark(text: str) -> Place | None:
    """Where the page before ended; what does not say it begins at the beginning."""
    try:
        jour, debut, sortie_id = text.split("~")
        return Place(date.fromisoformat(jour), time.fromisoformat(debut.replace("-", ":")), UUID(sortie_id))
    except ValueError:
        return None


@bp.route("/rue/sorties/nouvelle", methods=["GET", "POST"])
@requires(Permission.NOTER)
def nouvelle() -> Reponse:
    agent = requete.agent()
    usual = shown_new(requete.now(), requete.today(), agent_id=agent.id) | {"depot": depot()}
    form = _offered(SortieForm(formdata=form_data(), data=usual))
    if request.method == "POST" and form.validate():
        try:
            noted = services.add_sortie(requete.session(), form.faits(), agent=agent, depot=posted_depot(), **qui())
        except DepotConflict as conflict:
            return _deposited_otherwise(form, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            return _done(noted, f"Sortie notée{_met(form.faits())}.")
    return _form_page(form, None)


@bp.get("/rue/sorties/<uuid:sortie_id>")
@requires(Permission.NOTER)
def sortie(sortie_id: UUID) -> str:
    """One outing, for whoever is of its structure."""
    found = _load(sortie_id)
    faits = faits_of(requete.session(), found)
    return render_template(
        "rue/sortie.html",
        sortie=found,
        faits=faits,
        details=details_of(requete.session(), found.id),
        **_BANDES,
        modifiable=_may_edit(found, faits.agents),
        form=SupprimerForm(formdata=None, data={"version": str(found.version)}),
    )


@bp.route("/rue/sorties/<uuid:sortie_id>/corriger", methods=["GET", "POST"])
@requires(Permission.NOTER)
def corriger(sortie_id: UUID) -> Reponse:
    found, faits = _load_to_change(sortie_id)
    form = SortieForm(formdata=form_data(), data=shown(faits, found.version))
    _offered(form, found.lieu_id, faits.agents)
    if request.method == "POST" and form.validate():
        version = read_version(form.version.data)
        try:
            services.edit_sortie(requete.session(), found, form.faits(), version=version, **qui())
        except StaleVersion as stale:
            return _changed_meanwhile(form, stale.current)
        except DomainError as error:
            form.refuse(error)
        else:
            return _done(found, "Sortie corrigée.")
    return _form_page(form, found)


@bp.post("/rue/sorties/<uuid:sortie_id>/supprimer")
@requires(Permission.NOTER)
def supprimer(sortie_id: UUID) -> Response:
    found, _ = _load_to_change(sortie_id)
    form = SupprimerForm()
    if not form.validate():
        flash("Choisissez pourquoi cette sortie est supprimée.", "attention")
        return redirect(url_for("rue.sortie", sortie_id=sortie_id), 303)
    who = {"acteur": requete.acteur(), "now": requete.now()}
    try:
        raison, version = RaisonSuppression(form.raison.data), read_version(form.version.data)
        services.delete_sortie(requete.session(), found, version=version, raison=raison, **who)
    except StaleVersion:
        flash("Cette sortie a changé entre-temps : la voici.", "attention")
    else:
        flash("Sortie supprimée : elle ne compte plus.", "succes")
    return redirect(url_for("rue.sortie", sortie_id=sortie_id), 303)


@bp.post("/rue/sorties/<uuid:sortie_id>/retablir")
@requires(Permission.NOTER)
def retablir(sortie_id: UUID) -> Response:
    found, _ = _load_to_change(sortie_id)
    services.restore_sortie(requete.session(), found, acteur=requete.acteur(), now=requete.now())
    return _done(found, "Sortie rétablie.")


def _load(sortie_id: UUID) -> SortieRue:
    """404 for an outing of elsewhere, as for what does not exist."""
    found = find_sortie(requete.session(), sortie_id)
    if found is None or not may_read_sortie(structure_id=found.structure_id, agent=requete.agent()):
        abort(404)
    return found


def _load_to_change(sortie_id: UUID) -> tuple[SortieRue, Faits]:
    found = _load(sortie_id)
    faits = faits_of(requete.session(), found)
    if not _may_edit(found, faits.agents):
        abort(404)
    return found, faits


def _may_edit(found: SortieRue, went: Collection[int]) -> bool:
    authors = {found.cree_par, *went}
    return may_edit_sortie(structure_id=found.structure_id, authors=authors, agent=requete.agent())


def _offered(form: SortieForm, lieu: UUID | None = None, went: frozenset[int] = frozenset()) -> SortieForm:
    """The form with the choices of this structure."""
    session, structure_id = requete.session(), requete.agent().structure_id
    territoires = territoire_choices(territoires_ouverts(session))
    form.offer(places_of(session, structure_id, avec=lieu), territoires, colleagues(session, structure_id, avec=went))
    return form


def _form_page(form: SortieForm, found: SortieRue | None) -> Reponse:
    return render_template("rue/noter.html", form=form, cases=CASES, sortie=found, **_BANDES), status()


def _done(found: SortieRue, said: str) -> Response:
    flash(said, "succes")
    return redirect(url_for("rue.sorties"), 303)


def _met(faits: Faits) -> str:
    return f", {pluriel(faits.total, 'jeune rencontré', 'jeunes rencontrés')}" if faits.total else ""


def _deposited_otherwise(form: SortieForm, stored: SortieRue) -> Reponse:
    """The same form came back with other facts: they may be those of another outing."""
    return _conflict(form, stored, url_for("rue.nouvelle"), ("Noter une autre sortie", "depot", str(depot())))


def _changed_meanwhile(form: SortieForm, current: SortieRue) -> Reponse:
    if current.supprimee_le is not None:
        flash("Cette sortie a été supprimée entre-temps.", "attention")
        return redirect(url_for("rue.sortie", sortie_id=current.id), 303)
    again = ("Enregistrer ma version", "version", str(current.version))
    return _conflict(form, current, url_for("rue.corriger", sortie_id=current.id), again)


def _conflict(form: SortieForm, stored: SortieRue, url: str, again: tuple[str, str, str]) -> Reponse:
    """409: what is stored and what was typed, side by side. `again`: a button, and what it sends beside them."""
    session, (acte, *champ) = requete.session(), again
    there = details_of(session, stored.id)
    return render_template(
        "rue/conflit.html",
        enregistre=_pairs(faits_of(session, stored), there.lieu),
        saisi=_pairs(form.faits(), form.lieu_nom.data or dict(form.lieu.choices).get(form.lieu.data, "")),
        champs=[*typed(request.form), champ],
        acte=acte,
        url=url,
    ), 409


def _pairs(faits: Faits, lieu: str) -> list[tuple[str, Any]]:
    met = [f"{age.label}, {sexe.label.lower()} : {nombre}" for (age, sexe), nombre in sorted(faits.rencontres.items())]
    return [
        ("Lieu", lieu),
        ("Quand", f"{date_longue(faits.jour)}, {heure(faits.debut)} à {heure(faits.fin)}"),
        ("Jeunes rencontrés", " ; ".join(met) or "aucun"),
        ("Pour la première fois", faits.premieres),
        ("Ne souhaitent pas être dans le fichier", faits.refus),
        ("Ce qui a été fait", ", ".join(action.label for action in faits.actions) or "non précisé"),
        ("Combien sont sortis", len(faits.agents)),
    ]
