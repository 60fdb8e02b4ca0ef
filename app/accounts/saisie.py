"""What a form page needs to lose nothing: the draft that it names, those that it offers back, the id of its deposit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import g, request
from werkzeug.datastructures import MultiDict

from app.accounts import brouillons, requete
from app.audit.vocabulaire import Action

PARAMETRE = "brouillon"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Offert:
    """A draft of the form of this page, and the address that brings it back."""

    id: UUID
    modifie_le: datetime
    url: str


def form_data(page: str | None = None) -> MultiDict[str, str] | None:
    """What to pass as `formdata=`: what was posted; on a GET, the draft that `?brouillon=` names, or None.

    A draft opens only for its author and on its own page. A GET that names none offers those of this page, and of
    `page`, the address that its form is posted to, where it differs.
    """
    if request.method == "POST":
        return request.form
    if requete.vault().keyless:
        return None
    kept = _take(draft_asked_for())
    if kept is None:
        g.brouillons_offerts = _offered({request.path, page or request.path})
        return None
    requete.journal_read(Action.BROUILLON_REPRIS)
    return MultiDict(kept)


def draft_asked_for() -> UUID | None:
    """The draft that what was posted names, or else `?brouillon=`; None when it is no id."""
    return _uuid(request.form.get(PARAMETRE)) or _uuid(request.args.get(PARAMETRE))


def draft_id() -> UUID | None:
    """The draft that the form of this page will name: the one it came with, or a new one. None: none is kept here."""
    if requete.vault().keyless:
        return None
    if "brouillon" not in g:
        posted = draft_asked_for() if request.method == "POST" else None
        g.brouillon = posted or uuid4()
    return g.brouillon


def forget_draft() -> None:
    """What was posted must not be kept: its draft goes with this request, and this page begins another."""
    draft = draft_asked_for()
    if draft is not None:
        said = {"agent_id": requete.agent().id, "chemin": request.path, "now": requete.now()}
        brouillons.settle(requete.session(), brouillon_id=draft, **said)
    g.brouillon = uuid4()


def with_draft(page: str, draft: UUID, *, keeping: Mapping[str, str] = _NOTHING) -> str:
    """The address of `page` that brings a draft back, with the rest of its parameters."""
    others = {name: value for name, value in keeping.items() if name != PARAMETRE}
    return f"{page}?{urlencode({**others, PARAMETRE: str(draft)})}"


def depot() -> UUID:
    """A new id for a form's hidden field `depot`: sent twice, the form is written once."""
    return uuid4()


def _take(draft: UUID | None) -> brouillons.Saisie | None:
    if draft is None:
        return None
    mine = {"agent_id": requete.agent().id, "chemin": request.path, "now": requete.now()}
    kept = brouillons.take(requete.session(), requete.vault(), brouillon_id=draft, **mine)
    if kept is not None:
        g.brouillon = draft
    return kept


def _offered(pages: set[str]) -> list[Offert]:
    rows = brouillons.list_of(requete.session(), agent_id=requete.agent().id, now=requete.now(), pages=pages)
    return [Offert(row.id, row.modifie_le, with_draft(row.chemin, row.id, keeping=request.args)) for row in rows]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
