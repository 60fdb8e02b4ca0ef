"""Chercher un jeune qui ne répond plus : cinq moyens, un geste pour chacun, puis une décision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, permissions_of, requires
from app.accounts.saisie import depot
from app.audit.vocabulaire import Action
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError
from app.jeunes.queries_representants import family_contact
from app.jeunes.vocabulaire import PeutEtreContacte
from app.parcours import services_injoignable
from app.parcours.forms_injoignable import CONSEILS, FAMILLE_NON, FAMILLE_OUI, REFUS_INJOIGNABLE
from app.parcours.models import ContactPrevu, Suivi
from app.parcours.models_actes import Demarche
from app.parcours.policies import may_undo_demarche
from app.parcours.queries_demarches import demarche_of_depot, demarches_faites, search_since
from app.parcours.rules_injoignable import remaining
from app.parcours.views_acces import adresse, dossier_a_noter, page, posted_depot, qui
from app.parcours.views_annulation import annulable
from app.parcours.vocabulaire_actes import MoyenDemarche, ResultatDemarche
from app.referents.policies import may_close, may_log, may_set_intensity
from app.referents.queries import DossierVisible, load_visible

bp = Blueprint("injoignable", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Ligne:
    """One way: its advice, what was done (text, id to take it back or None), the two buttons' deposits."""

    moyen: MoyenDemarche
    dire: str
    taire: str
    interdit: str
    faites: list[tuple[Any, bool]]
    tentee: UUID | None
    sans_objet: UUID | None


@bp.get("/dossiers/<code>/injoignable")
@requires(Permission.VOIR_SES_DOSSIERS)
def recherche(code: str) -> str | Response:
    vu = load_visible(requete.session(), code, agent=requete.agent(), today=requete.today())
    if vu is None:
        abort(404)
    if vu.dossier.clos_le is not None:
        flash(REFUS_INJOIGNABLE["dossier_clos"], "info")
        return redirect(adresse(code), 303)
    requete.journal_read(Action.DOSSIER_CONSULTE, dossier=code)
    ouverture, contact = search_since(requete.session(), vu.dossier)
    faites = demarches_faites(requete.session(), vu.dossier)
    return page(
        "injoignable.html",
        vu,
        lignes=_lines(vu, faites, today=requete.today()),
        restants=remaining(row.moyen for row in faites),
        depuis=contact or ouverture,
        contact=contact,
        noter=may_log(vu.relation),
        clore=may_close(vu.relation) and Permission.CLORE in permissions_of(requete.agent().roles),
        veille=may_set_intensity(vu.relation),
    )


def _lines(vu: DossierVisible, faites: Any, *, today: date) -> list[Ligne]:
    family = family_contact(requete.session(), vu.dossier.id)
    return [_line(vu, moyen, [row for row in faites if row.moyen is moyen], family, today) for moyen in MoyenDemarche]


def _line(
    vu: DossierVisible, moyen: MoyenDemarche, faites: list[Any], family: PeutEtreContacte | None, today: date
) -> Ligne:
    dire, taire = CONSEILS[moyen]
    interdit = ""
    if moyen is MoyenDemarche.FAMILLE:
        interdit = "" if family is PeutEtreContacte.OUI else FAMILLE_NON[family]
        dire = f"{dire} {FAMILLE_OUI}"
    writes = may_log(vu.relation)
    tried_today = any(row.jour == today and row.resultat is ResultatDemarche.TENTEE for row in faites)
    return Ligne(
        moyen,
        dire,
        taire,
        interdit,
        [(row, writes and _mine_today(row, today)) for row in faites],
        tentee=None if not writes or interdit or tried_today else depot(),
        sans_objet=None if not writes or faites else depot(),
    )


def _mine_today(row: Any, today: date) -> bool:
    return may_undo_demarche(author_id=row.cree_par, jour=row.jour, agent=requete.agent(), today=today)


@bp.post("/dossiers/<code>/injoignable")
@requires(Permission.NOTER)
def noter(code: str) -> Response:
    """One way, tried today or not possible here."""
    vu = dossier_a_noter(code)
    moyen, resultat = request.form.get("moyen"), request.form.get("resultat")
    if moyen not in set(MoyenDemarche) or resultat not in set(ResultatDemarche):
        abort(400)
    try:
        services_injoignable.note_demarche(
            requete.session(),
            vu.dossier,
            agent=requete.agent(),
            moyen=MoyenDemarche(moyen),
            resultat=ResultatDemarche(resultat),
            famille_joignable=family_contact(requete.session(), vu.dossier.id) is PeutEtreContacte.OUI,
            depot=posted_depot(),
            **qui(),
        )
    except DepotConflict as conflict:
        # two buttons of one page have two deposits: only a tampered page comes here
        flash(f"Déjà noté : {conflict.existing.moyen.label.lower()}.", "attention")
    except DomainError as error:
        flash(REFUS_INJOIGNABLE[error.code], "attention")
    else:
        flash("C’est noté.", "succes")
    return redirect(url_for("injoignable.recherche", code=code), 303)


@bp.post("/dossiers/<code>/injoignable/<uuid:demarche_id>/annuler")
@requires(Permission.NOTER)
def annuler(code: str, demarche_id: UUID) -> Response:
    vu = dossier_a_noter(code)
    demarche = demarche_of_depot(requete.session(), vu.dossier.id, demarche_id)
    if demarche is None:
        abort(404)
    here, mine = url_for("injoignable.recherche", code=code), {"dossier_id": vu.dossier.id}
    rows = [portion(Demarche, **mine), portion(Suivi, **mine, id=demarche.suivi_id), portion(ContactPrevu, **mine)]
    try:
        with annulable("La démarche est retirée.", "demarche", *rows, dossier=vu.dossier, retour=here):
            services_injoignable.undo_demarche(requete.session(), vu.dossier, demarche, agent=requete.agent(), **qui())
    except DomainError as error:
        flash(REFUS_INJOIGNABLE[error.code], "attention")
    return redirect(here, 303)
