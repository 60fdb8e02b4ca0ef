"""*Ma journée*: who is expected, what is left to write, and the few young people who come first; with one thumb."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import NamedTuple

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import brouillons, requete
from app.accounts.navigation import count_menu
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot
from app.alertes.queries_aujourdhui import today_page
from app.alertes.queries_reglages import reglages_of
from app.alertes.rules_ordre import LIBELLES
from app.alertes.views_lignes import cartes
from app.audit.vocabulaire import Action
from app.config import PARIS
from app.jeunes.queries import NomAffiche, open_identites, open_telephones
from app.jeunes.queries_rendez_vous import RendezVous, appointments
from app.referents.queries_absences import suppleances
from app.referents.views_passation import a_accuser_d_abord
from app.vault.dossier_keys import DossierKeys
from app.vault.errors import Unreadable
from app.vault.places import Place

bp = Blueprint("journee", __name__, template_folder="templates")


class Rencontre(NamedTuple):
    """An appointment in words. `passe`: its day, or its hour, is over; `prochain`: the first that is not."""

    prevu: RendezVous
    nom: NomAffiche
    objet: str
    passe: bool
    prochain: bool


@bp.get("/ma-journee")
@requires(Permission.VOIR_SES_DOSSIERS)
def journee() -> str:
    """A few lines, so their numbers are there to be called: each is journalled as if it had been asked for."""
    agent, today, session = requete.agent(), requete.today(), requete.session()
    limite = reglages_of(session, agent.structure_id)["aujourdhui"]
    matin = today_page(session, agent, today, limite)
    # the same young people as those that the menu counts
    g.alertes_ouvertes = matin.total
    prevus = appointments(session, agent=agent, today=today)
    keys = requete.vault().keys({one.uid for one in (*matin.lignes, *prevus)})
    numeros = open_telephones(keys, matin.lignes)
    requete.journal_read(Action.ALERTE_CONSULTEE, nombre=len(matin.lignes))
    if prevus:
        requete.journal_read(Action.LISTE_CONSULTEE, nombre=len({one.uid for one in prevus}))
    for ligne in matin.lignes:
        if ligne.uid in numeros:
            requete.journal_read(Action.NUMERO_REVELE, dossier=ligne.code)
    return render_template(
        "alertes/journee.html",
        rencontres=_meetings([one for one in prevus if one.jour == today], keys),
        sans_suite=_meetings([one for one in prevus if one.jour < today], keys),
        saisies=len(brouillons.list_of(session, agent_id=agent.id, now=requete.now())),
        cartes=cartes(matin.lignes, open_identites(keys, matin.lignes), today=today, agent=agent),
        lignes=matin.lignes,
        numeros=numeros,
        reste=matin.total - len(matin.lignes),
        total=matin.total,
        limite=limite,
        ordre=LIBELLES.values(),
        suppleances=suppleances(session, agent.id, today=today),
        relais=agent.coordinateur,
        demandes=_requests(),
        **a_accuser_d_abord(),
        nouveau_depot=depot,
        retour=url_for("journee.journee"),
    )


def _requests() -> int:
    """How many requests to join wait for this agent's answer: the number of the menu, asked once."""
    count_menu(requete.session())
    return g.demandes


@bp.get("/aujourdhui")
@requires(Permission.VOIR_SES_DOSSIERS)
def aujourdhui() -> Response:
    """The former address, as bookmarks and yesterday's e-mails have it."""
    return redirect(url_for("journee.journee"), 301)


def _meetings(prevus: Iterable[RendezVous], keys: DossierKeys) -> list[Rencontre]:
    rows = list(prevus)
    names = open_identites(keys, rows)
    clock = requete.now().astimezone(PARIS).time()
    following = next((one for one in rows if not _over(one, clock)), None)
    return [
        Rencontre(one, names[one.uid], _purpose(keys, one), _over(one, clock), one is following and bool(one.heure))
        for one in rows
    ]


def _over(prevu: RendezVous, clock: time) -> bool:
    return prevu.jour < requete.today() or (prevu.heure is not None and prevu.heure < clock)


def _purpose(keys: DossierKeys, prevu: RendezVous) -> str:
    """What it is for; a purpose that no longer opens hides nothing else of the day."""
    if prevu.objet is None:
        return ""
    try:
        return keys.open(prevu.uid, prevu.objet, place=Place.PREVU, row=prevu.contact_id)["texte"]
    except Unreadable:
        return ""
