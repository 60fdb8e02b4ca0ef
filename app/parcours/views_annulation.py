"""« Annuler », for some seconds after an act that destroys or ends something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.interruptions import safe_return
from app.accounts.policies import Permission, requires
from app.db.cliche import Portion
from app.db.errors import DomainError
from app.parcours.forms_annulation import REFUS_ANNULATION
from app.parcours.models import Dossier
from app.parcours.services_annulation import Trace, undo, undoable
from app.parcours.views_acces import adresse
from app.referents.queries import load_visible

bp = Blueprint("actes", __name__, template_folder="templates")


@contextmanager
def annulable(
    said: str, precision: str, *portions: Portion, dossier: Dossier | None = None, retour: str | None = None
) -> Iterator[Trace]:
    """Do the act inside; the next page says `said`, with a button that takes it back and leads to `retour`, or to the
    dossier. `precision`, `portions`: see `services_annulation.undoable`.
    """
    kept = {"precision": precision, "dossier": dossier, "acteur": requete.acteur(), "now": requete.now()}
    back = retour or (adresse(dossier.code) if dossier else "/")
    with undoable(requete.session(), requete.vault(), *portions, retour=back, **kept) as trace:
        yield trace
    if trace.acte_id is None:
        flash(said, "succes")
    else:
        flash({"texte": said, "acte": str(trace.acte_id)}, "annulable")


def _sees(dossier: Dossier) -> bool:
    """Some seconds are enough for somebody to have left an équipe, or for a young person to oppose a structure."""
    return load_visible(requete.session(), dossier.code, agent=requete.agent(), today=requete.today()) is not None


@bp.post("/actes/<uuid:acte_id>/annuler")
@requires(Permission.ACCUEIL)
def annuler(acte_id: UUID) -> Response:
    try:
        who = {"acteur": requete.acteur(), "now": requete.now(), "sees": _sees}
        retour = undo(requete.session(), requete.vault(), acte_id=acte_id, **who) or abort(404)
    except DomainError as error:
        flash(REFUS_ANNULATION[error.code], "attention")
        return redirect(safe_return(request.form.get("ici")) or "/", 303)
    flash("C’est annulé : tout est comme avant.", "succes")
    return redirect(retour, 303)
