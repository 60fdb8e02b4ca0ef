"""“Un enfant en danger”: whom to call, what to write; the act that it was transmitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.models import Structure
from app.accounts.policies import Permission, permissions_of, requires
from app.accounts.queries import structure_by_id
from app.accounts.saisie import depot, form_data
from app.db.errors import DepotConflict, DomainError
from app.parcours.views_acces import (
    Paires,
    conflit,
    dossier_permis,
    dossier_vu,
    headed,
    ouvrir,
    posted_depot,
    qui,
    sceller,
    status,
)
from app.referents import services_danger
from app.referents.forms_danger import LOI, NUMEROS, PAS_D_ENQUETE, QUOI_ECRIRE, TransmissionForm
from app.referents.models_urgence import TransmissionDanger
from app.referents.policies import may_note_danger, may_read_danger
from app.referents.queries import DossierVisible
from app.referents.queries_danger import find_transmission, transmissions_of
from app.referents.vocabulaire import Relation
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.filters import date_longue, paragraphes

bp = Blueprint("danger", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class TransmissionDite:
    """An act as its reader sees it; `lisible`: its words may be shown. `texte` is None when they no longer open."""

    row: Any
    lisible: bool
    texte: Markup | None
    annulable: bool


@bp.get("/danger")
@requires(Permission.ACCUEIL)
def danger() -> str:
    """Whoever has an account may need it."""
    sees = Permission.VOIR_SES_DOSSIERS in permissions_of(requete.agent().roles)
    return render_template("referents/danger.html", joindre=sees, **_page_data(requete.agent().structure))


@bp.get("/dossiers/<code>/danger")
@requires(Permission.VOIR_SES_DOSSIERS)
def du_dossier(code: str) -> str:
    vu = dossier_vu(code)
    structure = structure_by_id(requete.session(), vu.dossier.structure_id)
    if not (structure.crip_telephone or structure.crip_courriel):
        structure = requete.agent().structure
    return headed(
        "referents/danger_dossier.html",
        vu,
        transmissions=_transmissions(vu),
        referent=Relation.REFERENT in vu.relation,
        noter=may_note_danger(vu.relation),
        lecteur=may_read_danger(vu.relation),
        nouveau_depot=depot,
        **_page_data(structure),
    )


def _page_data(structure: Structure) -> dict[str, Any]:
    return {
        "structure": structure,
        "numeros": NUMEROS,
        "quoi_ecrire": QUOI_ECRIRE,
        "pas_d_enquete": PAS_D_ENQUETE,
        "loi": LOI,
    }


def _transmissions(vu: DossierVisible) -> Sequence[TransmissionDite]:
    """Those that this agent may know of: all, or the ones they wrote, of which they see that they left."""
    reads, me = may_read_danger(vu.relation), requete.agent().id
    rows = transmissions_of(requete.session(), vu.dossier.id, par=None if reads else me)
    return [TransmissionDite(row, reads, _words(vu, row) if reads else None, row.cree_par == me) for row in rows]


def _words(vu: DossierVisible, row: Any) -> Markup | None:
    try:
        return paragraphes(ouvrir(vu.dossier, row.texte, place=Place.TRANSMISSION, row=row.id))
    except Unreadable:
        return None


@bp.route("/dossiers/<code>/danger/transmission", methods=["GET", "POST"])
@requires(Permission.NOTER)
def transmettre(code: str) -> Reponse:
    vu = _a_noter(code)
    form = TransmissionForm(formdata=form_data(), data={"depot": depot(), "jour": requete.today()})
    if form.is_submitted() and form.validate():
        try:
            _note(vu, form)
        except DepotConflict as conflict:
            return _noted_otherwise(vu, form, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("C’est noté. Seuls ceux qui répondent de ce dossier le lisent.", "succes")
            return redirect(url_for("danger.du_dossier", code=code), 303)
    return headed("referents/danger_transmission.html", vu, form=form), status()


def _a_noter(code: str) -> DossierVisible:
    return dossier_permis(code, lambda vu: may_note_danger(vu.relation))


def _note(vu: DossierVisible, form: TransmissionForm) -> None:
    key, dossier = posted_depot(), vu.dossier

    def same_texte(stored: bytes | None) -> bool:
        return ouvrir(dossier, stored, place=Place.TRANSMISSION, row=key) == form.mots

    services_danger.note_transmission(
        requete.session(),
        dossier,
        texte=sceller(dossier, form.mots, place=Place.TRANSMISSION, row=key),
        same_texte=same_texte,
        depot=key,
        **form.values(),
        **qui(),
    )


def _noted_otherwise(vu: DossierVisible, form: TransmissionForm, earlier: TransmissionDanger) -> Reponse:
    """The back button, then other words: both are shown to their author."""
    stored = {name: getattr(earlier, name) for name in ("jour", "genre", "destinataire", "parents")}
    texte = ouvrir(vu.dossier, earlier.texte, place=Place.TRANSMISSION, row=earlier.id)
    return conflit(
        vu,
        titre="Cette transmission est déjà notée, autrement",
        enregistre=_pairs(stored, texte),
        saisi=_pairs(form.values(), form.mots),
        actes=[],
    )


def _pairs(said: dict[str, Any], texte: str) -> Paires:
    return [
        ("Transmis le", date_longue(said["jour"])),
        ("Ce qui est parti", said["genre"].label),
        ("À qui", said["destinataire"].label),
        ("Parents informés", said["parents"].label),
        ("Ce qui a été écrit", paragraphes(texte) or "Rien"),
    ]


@bp.post("/dossiers/<code>/danger/transmissions/<uuid:transmission_id>/annuler")
@requires(Permission.NOTER)
def annuler(code: str, transmission_id: UUID) -> Reponse:
    """Written by mistake: its author alone."""
    vu = _a_noter(code)
    found = find_transmission(requete.session(), vu.dossier.id, transmission_id)
    if found is None or found.cree_par != requete.agent().id:
        abort(404)
    services_danger.cancel_transmission(requete.session(), vu.dossier, transmission_id=transmission_id, **qui())
    flash("Transmission annulée : elle reste, barrée, comme une erreur de saisie.", "succes")
    return redirect(url_for("danger.du_dossier", code=code), 303)
