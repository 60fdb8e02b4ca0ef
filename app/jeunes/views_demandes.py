"""Les demandes, reçues et faites : rejoindre une équipe de suivi, un jeune peut-être déjà suivi."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from app.accounts.policies import Permission, requires
from app.accounts.requete import acteur, agent, journal_read, now, session, today, vault
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes import queries_doublons, services_doublons
from app.jeunes.forms import ReponseForm
from app.jeunes.queries import names_of
from app.jeunes.views import Page
from app.referents import queries_demandes
from app.vault.errors import Unreadable
from app.vault.places import Place

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
                session(), demande_id, reponse=form.choisie, agent=agent(), acteur=acteur(), now=now(), today=today()
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
    """One page for both: who asks to join a dossier, and who met somebody who is perhaps followed already."""
    when = {"agent": agent(), "today": today(), "now": now()}
    received = queries_doublons.received_requests(session(), vault(), **when)
    if demande_id is not None and all(demande.id != demande_id for demande in received):
        abort(404)
    waiting = queries_demandes.waiting_requests(session(), **when)
    journal_read(Action.LISTE_CONSULTEE, nombre=len(received) + len(waiting))
    page = {
        "recues": received,
        "faites": queries_doublons.own_requests(session(), agent=agent()),
        "acces": waiting,
        "noms": names_of(session(), vault(), [row.dossier_id for row in waiting]) if waiting else {},
        "mots": _words(waiting),
        "acces_faits": queries_demandes.own_requests(session(), **when),
    }
    return render_template("jeunes/demandes.html", form=form, **page), 422 if form.errors else 200


def _words(waiting: Sequence[Any]) -> dict[UUID, str]:
    """What was written with each request; words that no longer open stop nothing else."""
    keys, words = vault().keys({row.uid for row in waiting}), {}
    for row in waiting:
        with suppress(Unreadable):
            if row.mots is not None:
                words[row.id] = keys.open(row.uid, row.mots, place=Place.DEMANDE_EQUIPE, row=row.id)["texte"]
    return words
