"""Les demandes sur un jeune peut-être déjà suivi : celles que l’on reçoit, celles que l’on a faites."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from app.accounts.policies import Permission, requires
from app.accounts.requete import acteur, agent, journal_read, now, session, vault
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes import queries_doublons, services_doublons
from app.jeunes.forms import ReponseForm
from app.jeunes.views import Page

bp = Blueprint("demandes", __name__, template_folder="templates")


@bp.get("/demandes")
@requires(Permission.CREER_DOSSIER)
def demandes() -> Page:
    return _page(ReponseForm(formdata=None))


@bp.post("/demandes/<uuid:demande_id>")
@requires(Permission.CREER_DOSSIER)
def repondre(demande_id: UUID) -> Page:
    form = ReponseForm()
    if form.validate():
        try:
            answered = services_doublons.answer_duplicate(
                session(), demande_id, reponse=form.choisie, agent=agent(), acteur=acteur(), now=now()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            if answered is None:
                abort(404)
            flash("Votre réponse est enregistrée.", "succes")
            return redirect(url_for("demandes.demandes"), 303)
    return _page(form, demande_id)


def _page(form: ReponseForm, demande_id: UUID | None = None) -> Page:
    received = queries_doublons.received_requests(session(), vault(), agent=agent())
    if demande_id is not None and all(demande.id != demande_id for demande in received):
        abort(404)
    made = queries_doublons.own_requests(session(), agent=agent())
    journal_read(Action.LISTE_CONSULTEE, nombre=len(received))
    return render_template("jeunes/demandes.html", form=form, recues=received, faites=made), 422 if form.errors else 200
