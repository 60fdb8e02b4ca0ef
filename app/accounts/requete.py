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

from app.accounts import queries, web_sessions
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


def demonstration() -> bool:
    """Whether the people of this database are those of `parcours demo`, all invented."""
    return queries.est_demonstration(maison().database)


def journal_read(action: Action, *, dossier: str | None = None, nombre: int | None = None) -> None:
    """Queue the line that says what this page showed."""
    _unite().lectures.append(audit.Entree(action, acteur(), now(), dossier=dossier, nombre=nombre))


def forget_reads() -> None:
    """The page that was being made is not shown: nothing of it was read."""
    _unite().lectures.clear()


def _unite() -> _Unite:
    if "unite" not in g:
        g.unite = _Unite(now=maison().clock())
    return g.unite


def _conclude(response: Response) -> Response:
    """Commit what a successful write did; write the read's line. A failure here means the page is not served."""
    unite, status = _unite(), response.status_code
    if unite.session is not None and request.method not in READING and status < 400:
        _write_ends(unite.session, unite, status=status)
        maison().database.commit(unite.session)
    release()
    if (unite.lectures and status < 400) or web_sessions.pending(web_sessions.browser(), status=status):
        with maison().database.writing() as session:
            _write_ends(session, unite, status=status)
    return response


def release() -> None:
    """Close the session of this request; what was not committed is rolled back."""
    _release(_unite())


def _write_ends(session: Session, unite: _Unite, *, status: int) -> None:
    """What ends a request, in one transaction: the browser's session, then the journal, whose head it locks."""
    browser = web_sessions.browser()
    if web_sessions.pending(browser, status=status):
        web_sessions.write(session, browser, status=status)
    if unite.lectures and status < 400:
        audit.record_many(session, unite.lectures)
        unite.lectures = []


def _release(unite: _Unite) -> None:
    if unite.session is not None:
        unite.session.close()
        unite.session = None


def _close(error: BaseException | None) -> None:
    unite: _Unite | None = g.pop("unite", None)
    if unite is not None:
        _release(unite)
