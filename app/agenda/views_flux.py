"""The same days in the calendar of a phone: making an address, revoking it, and what it answers.

Nobody is signed in there: the token is all there is, and what it opens is worked out anew at each reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests

from app.accounts import freinage, requete
from app.accounts.maison import maison
from app.accounts.models import Agent
from app.accounts.policies import Permission, public, requires
from app.accounts.saisie import depot
from app.accounts.sessions import fingerprint
from app.agenda import services
from app.agenda.forms_flux import REFUS, calendrier
from app.agenda.models import LienAgenda
from app.agenda.policies import may_read_feed, may_revoke
from app.agenda.queries import LigneAgenda, Periode, lines_of_agenda
from app.agenda.queries_liens import find_lien, lien_of, liens_of
from app.agenda.rules import LECTURES_AU_PLUS, LECTURES_PAR, LIENS_AU_PLUS, LIGNES_DU_FLUX, fenetre
from app.audit.services import Acteur
from app.db.errors import DepotConflict, DomainError
from app.parcours.views_acces import posted_depot

bp = Blueprint("agenda_flux", __name__, template_folder="templates")


@bp.get("/agenda")
@requires(Permission.VOIR_SES_DOSSIERS)
def mon_agenda() -> str:
    return _page()


@bp.post("/agenda")
@requires(Permission.VOIR_SES_DOSSIERS)
def creer() -> tuple[str, int]:
    """The answer itself shows the address: it is kept nowhere, so there is no other page to show it on."""
    who = {"agent": requete.agent(), "acteur": requete.acteur(), "now": requete.now()}
    try:
        token = services.create_lien(requete.session(), depot=posted_depot(), **who)
    except DepotConflict:
        return _page(deja=True), 409
    except DomainError as error:
        flash(REFUS[error.code], "attention")
        return _page(), 422
    path = url_for("agenda_flux.flux", jeton=token)
    return _page(nouvelle=_base() + path), 200


@bp.post("/agenda/<uuid:lien_id>/revoquer")
@requires(Permission.VOIR_SES_DOSSIERS)
def revoquer(lien_id: UUID) -> Response:
    lien = find_lien(requete.session(), lien_id)
    if lien is None or not may_revoke(owner_id=lien.agent_id, agent=requete.agent()):
        abort(404)
    services.revoke_lien(requete.session(), lien, acteur=requete.acteur(), now=requete.now())
    flash("L’adresse est révoquée : plus rien n’y répond.", "succes")
    return redirect(url_for("agenda_flux.mon_agenda"), 303)


def _page(*, nouvelle: str = "", deja: bool = False) -> str:
    liens = liens_of(requete.session(), requete.agent().id)
    return render_template(
        "agenda/mon_agenda.html",
        liens=liens,
        nouvelle=nouvelle,
        webcal="webcal:" + nouvelle.partition(":")[2],
        deja=deja,
        depot=depot(),
        plein=len(liens) >= LIENS_AU_PLUS,
        au_plus=LIENS_AU_PLUS,
    )


@bp.get("/agenda/flux/<jeton>.ics")
@public
def flux(jeton: str) -> Response:
    """The feed. A token that never was, one that was revoked, a closed account, a lost role: the same 404."""
    if maison().vault.keyless:
        abort(404)
    found = lien_of(requete.session(), fingerprint(jeton))
    if found is None or not may_read_feed(found[1]):
        abort(404)
    _admit(*found)
    du, au = fenetre(requete.today())
    periode = Periode(du, au, requete.today(), LIGNES_DU_FLUX)
    return _file(lines_of_agenda(requete.session(), found[1], periode, noms=False)[: periode.limit])


def _admit(lien: LienAgenda, agent: Agent) -> None:
    """So many readings an hour under one address, and a line of the journal now and then.

    A token that does not exist costs less to look up than it would to count.
    """
    house, now = maison(), requete.now()
    key = freinage.throttle_key(house.vault.pseudonymise, "agenda", str(lien.id))
    with house.database.writing() as session:
        within = freinage.hit(session, key, limit=LECTURES_AU_PLUS, window=LECTURES_PAR, now=now)
        if within:
            services.note_reading(session, lien, acteur=Acteur.agent(agent.id, agent.structure_id), now=now)
    if not within:
        raise TooManyRequests(retry_after=int(LECTURES_PAR.total_seconds()))


def _file(lignes: Sequence[LigneAgenda]) -> Response:
    """Its tag is that of the days, not of the instant when they were read: who has them is told so."""
    body = calendrier(lignes, url=_base(), identifie=_uid, now=requete.now())
    response = Response(body, mimetype="text/calendar")
    response.set_etag(sha256(repr(lignes).encode()).hexdigest())
    return response.make_conditional(request)


def _uid(ligne: LigneAgenda) -> str:
    keyed = maison().vault.pseudonymise(f"agenda:{ligne.quand.nature}:{ligne.quand.ligne}")
    return f"{keyed[:16].hex()}@parcours"


def _base() -> str:
    return maison().settings.public_url.rstrip("/")
