"""Joindre le référent d’un jeune ; ce qui attend une réponse de moi."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes.queries import names_of
from app.jeunes.queries_doublons import matching_uids
from app.jeunes.rules_identite import empreintes
from app.parcours.models import Dossier
from app.parcours.views_acces import apres, dossier_vu, posted_depot
from app.referents import services_urgence
from app.referents.forms_urgence import ENVOYEE, REFUS, JoindreForm, ReponseUrgenceForm
from app.referents.queries_ouvertures import told_to
from app.referents.queries_reponse import answering
from app.referents.queries_urgence import load_received, received, sent
from app.vault.dossier_keys import DossierKeys
from app.vault.errors import Unreadable
from app.vault.places import IndexKind, Place

bp = Blueprint("urgences", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Recue:
    """What somebody asks: its row, whom it is about, how to call back, and in what words."""

    row: Any
    nom: str
    rappel: str
    appel: str
    texte: str


@bp.get("/urgence")
@requires(Permission.VOIR_SES_DOSSIERS)
def urgence() -> str:
    """What waits for this agent first; then whom to call, and what they asked for."""
    now = {"agent": requete.agent(), "now": requete.now()}
    rows = received(requete.session(), today=requete.today(), **now)
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(rows))
    return render_template(
        "referents/urgence.html",
        recues=_opened(rows),
        ouvertures=told_to(requete.session(), agent=requete.agent()),
        envois=sent(requete.session(), **now),
    )


def _opened(rows: Sequence[Any]) -> list[Recue]:
    """The names and words, with one statement on the key store."""
    names = names_of(requete.session(), requete.vault(), [row.dossier_id for row in rows])
    keys = requete.vault().keys({row.uid for row in rows})
    return [Recue(row, names[row.dossier_id].affiche, **_words(keys, row)) for row in rows]


def _words(keys: DossierKeys, row: Any) -> Mapping[str, str]:
    said: Mapping[str, str] = {}
    if row.mots is not None:
        try:
            said = keys.open(row.uid, row.mots, place=Place.URGENCE, row=row.id)
        except Unreadable:
            said = {"texte": "Ces mots ne peuvent plus être lus."}
    rappel = said.get("rappel", "")
    return {"rappel": rappel, "appel": re.sub(r"[^\d+]", "", rappel), "texte": said.get("texte", "")}


@bp.route("/urgence/joindre", methods=["GET", "POST"])
@requires(Permission.VOIR_SES_DOSSIERS)
def joindre() -> Reponse:
    """By a code or a name; the answer is the same whatever they reach."""
    shown = {"depot": depot(), "code_dossier": request.args.get("code", "")}
    form = JoindreForm(formdata=form_data(), data=shown)
    if form.is_submitted() and form.validate():
        try:
            _send(code=form.code or "", identite=form.identite, mots=form.dits)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(ENVOYEE, "succes")
            return redirect(url_for("urgences.urgence"), 303)
    return render_template("referents/joindre.html", form=form), 422 if form.errors else 200


@bp.post("/dossiers/<code>/joindre")
@requires(Permission.VOIR_SES_DOSSIERS)
def joindre_du_dossier(code: str) -> Reponse:
    """One tap, from a dossier that one sees."""
    dossier_vu(code)
    try:
        _send(code=code, identite={}, mots={})
    except DomainError as error:
        flash(REFUS[error.code], "erreur")
    else:
        flash(ENVOYEE, "succes")
    return apres(code)


def _send(*, code: str, identite: Mapping[str, str], mots: dict[str, str]) -> None:
    """The indexes are looked at for a code as well: both take the same way."""
    found = empreintes({} if code else identite, {})
    indexes = {IndexKind.IDENTITE: found.identite, IndexKind.PHONETIQUE: found.phonetique}
    services_urgence.send(
        requete.session(),
        requete.vault(),
        code=code,
        uids=matching_uids(requete.vault(), indexes),
        mots=mots,
        depot=posted_depot(),
        agent=requete.agent(),
        acteur=requete.acteur(),
        now=requete.now(),
    )


@bp.post("/urgence/<uuid:envoi>/retirer")
@requires(Permission.VOIR_SES_DOSSIERS)
def retirer(envoi: UUID) -> Reponse:
    """It was a mistake, or somebody was found otherwise: whom it called is told so."""
    who = {"agent": requete.agent(), "acteur": requete.acteur(), "now": requete.now()}
    try:
        services_urgence.withdraw(requete.session(), envoi, **who) or abort(404)
    except DomainError as error:
        flash(REFUS[error.code], "info")
    else:
        flash("Votre demande est retirée.", "succes")
    return redirect(url_for("urgences.urgence"), 303)


@bp.route("/urgences/<uuid:urgence_id>", methods=["GET", "POST"])
@requires(Permission.VOIR_SES_DOSSIERS)
def repondre(urgence_id: UUID) -> Reponse:
    """“Je rappelle”, “je m’en occupe” with one tap from the list; the page is for whoever passes it on."""
    found = load_received(requete.session(), urgence_id, **_qui())
    if found is None:
        abort(404)
    form = ReponseUrgenceForm()
    form.offer(_others(found[1]))
    if form.is_submitted() and form.validate():
        try:
            services_urgence.answer(requete.session(), urgence_id, **form.values(), **_who())
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Votre réponse est donnée.", "succes")
            return redirect(url_for("urgences.urgence"), 303)
    if request.method == "GET":
        requete.journal_read(Action.LISTE_CONSULTEE, nombre=1)
    page = {"form": form, "urgence": found[0], "code": found[1].code}
    return render_template("referents/urgence_transmettre.html", **page), 422 if form.errors else 200


def _others(dossier: Dossier) -> list[tuple[int, str]]:
    """Who else answers for this dossier today."""
    me = requete.agent().id
    rows = answering(requete.session(), dossier, today=requete.today())
    return [(one.agent_id, one.nom_complet) for one in rows if one.agent_id != me]


def _qui() -> dict[str, Any]:
    return {"agent": requete.agent(), "today": requete.today(), "now": requete.now()}


def _who() -> dict[str, Any]:
    return _qui() | {"acteur": requete.acteur()}
