"""Bris de glace: opening a note for a reason, saying that one knows, reviewing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.views_acces import dossier_vu, headed, ouvrir, posted_depot
from app.referents import services_ouvertures
from app.referents.forms_urgence import REFUS, OuvertureForm
from app.referents.policies import may_break_glass
from app.referents.queries import DossierVisible
from app.referents.queries_ouvertures import Curseur, load_to_review, note_to_open, reviewed, to_review
from app.referents.vocabulaire_urgence import Conclusion
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.filters import paragraphes

bp = Blueprint("ouvertures", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]
PAR_PAGE = 30
RELUES = 10


@bp.route("/dossiers/<code>/notes/<uuid:note_id>/ouvrir", methods=["GET", "POST"])
@requires(Permission.OUVRIR_RESERVEE)
def ouvrir_note(code: str, note_id: UUID) -> Reponse:
    """The words are in the answer to this form, once; the page that asks for a reason never holds them."""
    vu = dossier_vu(code)
    note = _closed_to_them(vu, note_id)
    form = OuvertureForm(data={"depot": depot()})
    if form.is_submitted() and form.validate():
        try:
            words = paragraphes(ouvrir(vu.dossier, note.note, place=Place.NOTE, row=note.id))
            _open(vu, note, form)
        except Unreadable:
            flash("Ces mots ne peuvent plus être lus. Prévenez votre administrateur.", "erreur")
            return redirect(url_for("dossier.dossier", code=code), 303)
        except DomainError as error:
            form.refuse(error)
            form.depot.data = str(depot())
        else:
            return headed("referents/note_ouverte.html", vu, note=note, mots=words, motif=form.choisi), 200
    return headed("referents/note_ouvrir.html", vu, form=form, note=note), 422 if form.errors else 200


def _closed_to_them(vu: DossierVisible, note_id: UUID) -> Any:
    note = note_to_open(requete.session(), vu.dossier.id, note_id)
    if note is None or not may_break_glass(note, vu, requete.agent()):
        abort(404)
    return note


def _open(vu: DossierVisible, note: Any, form: OuvertureForm) -> None:
    services_ouvertures.open_note(
        requete.session(), vu.dossier, vu.etat, note, motif=form.choisi, depot=posted_depot(), **_who()
    )


@bp.post("/notes-ouvertes/<uuid:ouverture_id>/vu")
@requires(Permission.VOIR_SES_DOSSIERS)
def vu(ouverture_id: UUID) -> Reponse:
    found = services_ouvertures.acknowledge(requete.session(), ouverture_id, agent=requete.agent(), now=requete.now())
    return redirect(url_for("urgences.urgence"), 303) if found else abort(404)


@bp.get("/structure/a-relire")
@requires(Permission.RELIRE_OUVERTURES)
def a_relire() -> str:
    agent, session = requete.agent(), requete.session()
    rows = to_review(session, agent=agent, limit=PAR_PAGE + 1, after=_mark(request.args.get("apres", "")))
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=min(len(rows), PAR_PAGE))
    shown, last = rows[:PAR_PAGE], rows[PAR_PAGE - 1] if len(rows) > PAR_PAGE else None
    return render_template(
        "referents/a_relire.html",
        attendent=shown,
        conclusions=list(Conclusion),
        relues=reviewed(session, agent=agent, limit=RELUES),
        debut=url_for("ouvertures.a_relire") if "apres" in request.args else None,
        suivant=url_for("ouvertures.a_relire", apres=f"{last.cree_le.isoformat()}_{last.id}") if last else None,
    )


def _mark(text: str) -> Curseur | None:
    """Where the next page begins; an address that nobody wrote gives the first."""
    instant, _, row = text.partition("_")
    try:
        read = datetime.fromisoformat(instant)
        return Curseur(read, UUID(row)) if read.tzinfo else None
    except ValueError:
        return None


@bp.post("/notes-ouvertes/<uuid:ouverture_id>/relire")
@requires(Permission.RELIRE_OUVERTURES)
def relire(ouverture_id: UUID) -> Reponse:
    """One tap; never by who opened it."""
    if load_to_review(requete.session(), ouverture_id, agent=requete.agent()) is None:
        abort(404)
    conclusion = next((one for one in Conclusion if one.value == request.form.get("conclusion")), None) or abort(400)
    try:
        services_ouvertures.review(requete.session(), ouverture_id, conclusion=conclusion, **_who())
    except DomainError as error:
        flash(REFUS[error.code], "erreur")
    else:
        flash("L’ouverture est relue.", "succes")
    return redirect(url_for("ouvertures.a_relire"), 303)


def _who() -> dict[str, Any]:
    return {"agent": requete.agent(), "acteur": requete.acteur(), "now": requete.now()}
