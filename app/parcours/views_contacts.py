"""Contacts to come: planned, moved, cancelled."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.queries import agent_by_id
from app.accounts.saisie import depot, form_data
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_suivis
from app.parcours.forms_refus import REFUS
from app.parcours.forms_suivis import ContactForm, DeplacerForm, contact_shown
from app.parcours.models import ContactPrevu, Dossier
from app.parcours.queries import find_contact
from app.parcours.views_acces import (
    Acte,
    Paires,
    adresse,
    apres,
    conflit,
    dossier_a_noter,
    illisible,
    ouvrir,
    page,
    posted_depot,
    posted_version,
    qui,
    qui_suit,
    sceller,
    status,
    typed,
)
from app.parcours.views_annulation import annulable
from app.parcours.views_propositions import annoncer, deux_versions, versions_reglees
from app.parcours.vocabulaire import Canal
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.policies import may_read_objet
from app.referents.queries import DossierVisible
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.filters import date_longue
from app.web.filters import heure as heure_lisible

bp = Blueprint("contacts", __name__, template_folder="templates")
bp.register_error_handler(Unreadable, illisible)
Reponse = Response | tuple[str, int]


@bp.route("/dossiers/<code>/contacts-prevus", methods=["GET", "POST"])
@requires(Permission.NOTER)
def prevoir(code: str) -> Reponse:
    vu = dossier_a_noter(code)
    form = ContactForm(formdata=form_data(), data={"depot": depot()})
    if request.method == "POST" and form.validate():
        try:
            _plan(vu.dossier, form)
        except DepotConflict as conflict:
            return _planned_otherwise(vu, form, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Rendez-vous prévu.", "succes")
            return apres(code)
    return page("contact_prevu.html", vu, form=form, contact=None, objet=""), status()


def _plan(dossier: Dossier, form: ContactForm) -> None:
    key, objet = posted_depot(), (form.objet.data or "").strip()

    def same_objet(stored: bytes | None) -> bool:
        return ouvrir(dossier, stored, place=Place.PREVU, row=key) == objet

    services_suivis.plan_contact(
        requete.session(),
        dossier,
        agent=requete.agent(),
        contact_id=key,
        depot=key,
        objet=sceller(dossier, objet, place=Place.PREVU, row=key),
        same_objet=same_objet,
        **form.values(),
        **qui(),
    )


@bp.route("/dossiers/<code>/contacts-prevus/<uuid:contact_id>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def deplacer(code: str, contact_id: UUID) -> Reponse:
    vu, contact = _load(code, contact_id)
    form = DeplacerForm(formdata=form_data(), data=contact_shown(contact))
    if request.method == "POST" and form.validate():
        try:
            with versions_reglees(vu, ObjetProposition.CONTACT, contact.id):
                services_suivis.move_contact(
                    requete.session(),
                    vu.dossier,
                    contact,
                    version=posted_version(),
                    jour=form.jour.data,
                    heure=form.heure.data,
                    **qui(),
                )
        except StaleVersion:
            titre = "Ce rendez-vous a changé pendant que vous écriviez"
            return deux_versions(vu, ObjetProposition.CONTACT, contact.id, form, titre=titre)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Rendez-vous déplacé.", "succes")
            return apres(code)
    annoncer(vu, ObjetProposition.CONTACT, contact.id)
    objet = _objet(vu, contact)
    return page("contact_prevu.html", vu, form=form, contact=contact, objet=objet), status()


def _objet(vu: DossierVisible, contact: ContactPrevu) -> str:
    """What it is for, if that is theirs to read."""
    who = agent_by_id(requete.session(), contact.agent_id) if contact.agent_id and vu.genres is not None else None
    if not may_read_objet(vu, structure_id=who.structure_id if who else None):
        return ""
    return ouvrir(vu.dossier, contact.objet, place=Place.PREVU, row=contact.id)


@bp.post("/dossiers/<code>/contacts-prevus/<uuid:contact_id>/annuler")
@requires(Permission.NOTER)
def annuler(code: str, contact_id: UUID) -> Reponse:
    vu, contact = _load(code, contact_id)
    who = {"acteur": requete.acteur(), "now": requete.now()}
    rows = portion(ContactPrevu, dossier_id=vu.dossier.id, id=contact.id)
    try:
        with annulable("Rendez-vous annulé.", "contact", rows, dossier=vu.dossier):
            services_suivis.cancel_contact(requete.session(), vu.dossier, contact, version=posted_version(), **who)
    except StaleVersion:
        flash("Ce rendez-vous a changé entre-temps : le voici.", "attention")
        return redirect(url_for("contacts.deplacer", code=code, contact_id=contact_id), 303)
    except DomainError as error:
        flash(REFUS[error.code], "attention")
        return redirect(adresse(code), 303)
    return apres(code)


def _load(code: str, contact_id: UUID) -> tuple[DossierVisible, ContactPrevu]:
    vu = dossier_a_noter(code)
    contact = find_contact(requete.session(), vu.dossier.id, contact_id)
    if contact is None:
        abort(404)
    return vu, contact


def _planned_otherwise(vu: DossierVisible, form: ContactForm, earlier: ContactPrevu) -> Reponse:
    another = url_for("contacts.prevoir", code=vu.dossier.code, **qui_suit())
    objet = ouvrir(vu.dossier, earlier.objet, place=Place.PREVU, row=earlier.id)
    return conflit(
        vu,
        titre="Ce rendez-vous est déjà prévu, autrement",
        enregistre=_pairs(earlier.jour, earlier.heure, earlier.canal, objet),
        saisi=_pairs(**form.values(), objet=form.objet.data),
        actes=[Acte(another, "En prévoir un autre", [*typed(request.form), ("depot", str(depot()))])],
    )


def _pairs(jour: date, heure: time | None, canal: Canal | None = None, objet: str | None = None) -> Paires:
    pairs = [("Jour", date_longue(jour)), ("Heure", heure_lisible(heure) or "À voir")]
    return [*pairs, *([("Comment", canal.label)] if canal else []), *([("Pour quoi", objet)] if objet else [])]
