"""One request: its unit of work, its agent, its instant, its line in the journal of access.

A GET reads: a write in it is an error, and its audit row is written after the view, in a short transaction of its
own, before the response (DESIGN §3). Anything else writes, and is committed once after the view.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from flask import Flask, Response, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from app.accounts.maison import jour_de, maison
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.vocabulaire import Action
from app.vault.service import Vault

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class _Unite:
    """What one request opened. `lectures` waits for the end of the view."""

    now: datetime
    session: Session | None = None
    lectures: list[audit.Entree] = field(default_factory=list)


def init_app(app: Flask) -> None:
    app.after_request(_conclude)
    app.teardown_request(_close)


def session() -> Session:
    """The session of this request: it cannot write when the method only reads."""
    unite = _unite()
    if unite.session is None:
        database = maison().database
        unite.session = database.open_read() if request.method in READING else database.open_write()
    return unite.session


def vault() -> Vault:
    return maison().vault


def agent() -> Agent:
    """The signed-in agent, their structure loaded. The guard has made sure that there is one."""
    return cast(Agent, current_user._get_current_object())


def acteur() -> audit.Acteur:
    current = agent()
    return audit.Acteur.agent(current.id, current.structure_id)


def now() -> datetime:
    """The UTC instant of this request, the same from its first line to its last."""
    return _unite().now


def today() -> date:
    """The day of this request in Paris."""
    return jour_de(now())


def journal_read(action: Action, *, dossier: str | None = None, nombre: int | None = None) -> None:
    """Queue the line that says what this page showed."""
    _unite().lectures.append(audit.Entree(action, acteur(), now(), dossier=dossier, nombre=nombre))


def _unite() -> _Unite:
    if "unite" not in g:
        g.unite = _Unite(now=maison().clock())
    return g.unite


def _conclude(response: Response) -> Response:
    """Commit what a successful write did; write the read's line. A failure here means the page is not served."""
    unite: _Unite | None = g.get("unite")
    if unite is None:
        return response
    if unite.session is not None and request.method not in READING:
        _conclude_write(unite, response)
    elif unite.lectures and response.status_code < 400:
        _release(unite)
        with maison().database.writing() as session:
            audit.record_many(session, unite.lectures)
    return response


def _conclude_write(unite: _Unite, response: Response) -> None:
    session = cast(Session, unite.session)
    if response.status_code < 400:
        if unite.lectures:
            audit.record_many(session, unite.lectures)
        maison().database.commit(session)
    _release(unite)


def _release(unite: _Unite) -> None:
    if unite.session is not None:
        unite.session.close()
        unite.session = None


def _close(error: BaseException | None) -> None:
    unite: _Unite | None = g.pop("unite", None)
    if unite is not None:
        _release(unite)
