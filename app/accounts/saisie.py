"""What a form page needs to lose nothing: the draft that its address names, and the id of its deposit."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import request
from werkzeug.datastructures import MultiDict

from app.accounts import brouillons, requete
from app.audit.vocabulaire import Action

PARAMETRE = "brouillon"


def form_data() -> MultiDict[str, str] | None:
    """What to pass as `formdata=`: what was posted; on a GET, the draft that `?brouillon=` names, or None.

    A draft opens only for its author and on its own page.
    """
    if request.method == "POST":
        return request.form
    draft = draft_asked_for()
    if draft is None or requete.vault().keyless:
        return None
    kept = brouillons.take(
        requete.session(),
        requete.vault(),
        brouillon_id=draft,
        agent_id=requete.agent().id,
        chemin=request.path,
        now=requete.now(),
    )
    if kept is None:
        return None
    requete.journal_read(Action.BROUILLON_REPRIS)
    return MultiDict(kept)


def draft_asked_for() -> UUID | None:
    """The id in `?brouillon=`, if it is one."""
    try:
        return UUID(request.args.get(PARAMETRE, ""))
    except ValueError:
        return None


def depot() -> UUID:
    """A new id for a form's hidden field `depot`: sent twice, the form is written once."""
    return uuid4()
