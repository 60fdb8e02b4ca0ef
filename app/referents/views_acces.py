"""What the pages about who answers for a dossier share: reaching it, and where they lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.models import Agent
from app.accounts.queries import agent_by_id
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.views_acces import apres, headed
from app.referents.queries import DossierVisible, load_visible
from app.referents.vocabulaire import Relation
from app.web.saisie import lire_numero

Reponse = Response | tuple[str, int]
May = Callable[[Relation, Agent], bool]


def visible(code: str) -> DossierVisible | None:
    """The dossier of this address as this agent sees it now."""
    return load_visible(requete.session(), code, agent=requete.agent(), today=requete.today())


def allowed(vu: DossierVisible | None, may: May) -> DossierVisible:
    """The dossier, if this agent may do this to it; 404 otherwise, as for what does not exist."""
    if vu is None or not may(vu.relation, requete.agent()):
        abort(404)
    return vu


def page(template: str, vu: DossierVisible, *, status: int, **context: Any) -> Reponse:
    """A page about one dossier, headed by its name; its reading is journalled."""
    if request.method == "GET":
        requete.journal_read(Action.DOSSIER_CONSULTE, dossier=vu.dossier.code)
    return headed(f"referents/{template}", vu, **context), status


def receiver(agent_id: str) -> Agent:
    """Whom a list of référents was sent with. DomainError: agent_inconnu, for what no list ever proposed."""
    try:
        found = agent_by_id(requete.session(), lire_numero(agent_id))
    except ValueError:
        found = None
    if found is None or found.structure.fermee_le is not None:
        raise DomainError("agent_inconnu", field="agent")
    return found


def lead(code: str, *, still: Relation) -> Response:
    """After a write: where the page was opened from; the dossier, if it is `still` theirs to see; else the list."""
    suite = request.args.get("suite")
    if suite == "continuite":
        return redirect(url_for("continuite.continuite"), 303)
    if suite or still:
        return apres(code)
    return redirect(url_for("alertes.mes_jeunes"), 303)
