"""Server-side sessions behind Flask's interface: the cookie holds a random token and nothing else.

With Flask-Login's own cookie, a copy of it still answered after sign-out (securite.md §2). Here the row decides:
deleted, it is over everywhere. One statement a request brings the row, the agent and the structure.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import Enum, auto
from typing import Any, cast

from flask import Flask, Request, Response
from flask import session as flask_session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from flask_login import LoginManager
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from app.accounts import sessions
from app.accounts.maison import Maison, maison
from app.accounts.models import Agent
from app.accounts.rules import EtatSession, etat_session, preuve_recente
from app.accounts.sessions import Ligne
from app.vault.errors import Unreadable
from app.vault.places import ServicePurpose
from app.vault.service import Vault

_LAST_SEEN_EVERY = 60  # seconds
_WITHOUT_SESSION = ("/statique/", "/sante", "/agenda/flux/")
_CSRF = "csrf_token"
_PREUVE = "preuve"
_serializer = TaggedJSONSerializer()


class Geste(Enum):
    """What the view does to the session itself; undone with the rest when the view fails."""

    ENTRER = auto()
    SORTIR = auto()
    VERROUILLER = auto()
    DEVERROUILLER = auto()


class SessionNavigateur(CallbackDict, SessionMixin):
    """What one browser carries from page to page: its CSRF token, its messages, and who it is.

    `agent` is there when open or locked; `agent_id` also once expired, to keep what was typed for its author.
    A locked session shows nothing of its content but the CSRF token.
    """

    def __init__(self, contenu: dict[str, Any], *, now: datetime, etat: EtatSession) -> None:
        self.now = now
        self.etat = etat
        self.ligne: Ligne | None = None
        self.ancienne: bytes | None = None
        self.agent: Agent | None = None
        self.agent_id: int | None = None
        self.reserve: dict[str, Any] = {}
        self.geste: Geste | None = None
        self.entrant: Agent | None = None
        self.cookie: str | None = None
        self.modified = False
        super().__init__(contenu, lambda session: setattr(session, "modified", True))

    @property
    def last_seen_due(self) -> bool:
        if self.ligne is None or self.etat is not EtatSession.OUVERTE:
            return False
        return (self.now - self.ligne.vue_le).total_seconds() >= _LAST_SEEN_EVERY

    def content(self) -> dict[str, Any]:
        return {**self.reserve, **self}


class Sessions(SessionInterface):
    """Reads before the view; what changed is written by `write`, in the transaction that ends the request."""

    def open_session(self, app: Flask, request: Request) -> SessionNavigateur:
        house: Maison = app.extensions["parcours"]
        now = house.clock()
        token = request.cookies.get(self.get_cookie_name(app))
        if not token or request.path.startswith(_WITHOUT_SESSION):
            return SessionNavigateur({}, now=now, etat=EtatSession.ABSENTE)
        with house.database.reading() as session:
            found = sessions.load(session, sessions.fingerprint(token))
        if found is None:
            return SessionNavigateur({}, now=now, etat=EtatSession.ABSENTE)
        return _reopen(*found, house=house, now=now)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what the request's own transaction did not take, then send the cookie."""
        current = cast(SessionNavigateur, session)
        if pending(current, status=response.status_code):
            with app.extensions["parcours"].database.writing() as database_session:
                write(database_session, current, status=response.status_code)
        if current.cookie is not None:
            self._send_cookie(app, current.cookie, response)

    def _send_cookie(self, app: Flask, token: str, response: Response) -> None:
        options = {"path": "/", "secure": self.get_cookie_secure(app), "httponly": True, "samesite": "Lax"}
        if token:
            response.set_cookie(self.get_cookie_name(app), token, **options)
        else:
            response.delete_cookie(self.get_cookie_name(app), **options)


def init_app(app: Flask) -> None:
    house: Maison = app.extensions["parcours"]
    https = house.settings.https
    app.config.update(
        SESSION_COOKIE_NAME="__Host-parcours" if https else "parcours",
        SESSION_COOKIE_SECURE=https,
        # the same in every worker, and never in a file of its own
        WTF_CSRF_SECRET_KEY=house.vault.pseudonymise("signature des formulaires"),
        # Flask-Login looks for its own cookie: no cookie can bear this name
        REMEMBER_COOKIE_NAME=";",
    )
    app.session_interface = Sessions()
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(lambda _: browser().agent if browser().etat is EtatSession.OUVERTE else None)


def browser() -> SessionNavigateur:
    """The session of this request."""
    return cast(SessionNavigateur, flask_session._get_current_object())


def sign_in(agent: Agent) -> None:
    """From the answer on, this browser is `agent`'s, under a new token; the row of the old one goes."""
    current = browser()
    current.geste, current.entrant = Geste.ENTRER, agent
    current.reserve = {}
    current.clear()
    current[_CSRF] = secrets.token_hex(32)
    current[_PREUVE] = current.now


def renew() -> None:
    """Go on under a new token, with the same content: every session of this agent has just been closed."""
    current = browser()
    current.geste, current.entrant = Geste.ENTRER, current.agent


def sign_out() -> None:
    browser().geste = Geste.SORTIR
    browser().clear()


def lock() -> None:
    browser().geste = Geste.VERROUILLER


def unlock() -> None:
    """The password was given again: the session goes on, within its ten hours."""
    current = browser()
    current.geste = Geste.DEVERROUILLER
    current[_PREUVE] = current.now


def password_given_recently() -> bool:
    return preuve_recente(browser().get(_PREUVE), now=browser().now)


def pending(current: SessionNavigateur, *, status: int) -> bool:
    """Whether an answer of this HTTP status must be preceded by a write for the session's sake.

    Never after a server error: what failed may be the database.
    """
    if status >= 500:
        return False
    if status < 400 and current.geste is not None:
        return True
    return current.last_seen_due or current.modified


def write(session: Session, current: SessionNavigateur, *, status: int) -> None:
    """Write the session in the caller's transaction; what the view did to it counts only if the view succeeded."""
    geste = current.geste if status < 400 else None
    if geste in (Geste.ENTRER, Geste.SORTIR):
        _leave(session, current)
    if geste is Geste.ENTRER:
        _create(session, current, agent_id=cast(Agent, current.entrant).id)
    elif current.ligne is not None:
        _change(session, current, geste)
    elif current:
        _create(session, current, agent_id=None)
    current.geste, current.modified = None, False


def _reopen(ligne: Ligne, agent: Agent | None, *, house: Maison, now: datetime) -> SessionNavigateur:
    etat = etat_session(
        agent_id=ligne.agent_id,
        cree_le=ligne.cree_le,
        vue_le=ligne.vue_le,
        verrouillee_le=ligne.verrouillee_le,
        now=now,
    )
    content = _open(house.vault, ligne)
    # Two processes share their sessions, and a browser sends its cookie to every port of a machine.
    if content is None or (ligne.agent_id is not None and not (agent and house.serves(agent.roles))):
        etat = EtatSession.ABSENTE
    if etat in (EtatSession.ABSENTE, EtatSession.EXPIREE):
        over = SessionNavigateur({}, now=now, etat=etat)
        over.ancienne = ligne.empreinte
        over.agent_id = ligne.agent_id if etat is EtatSession.EXPIREE else None
        return over
    visible = dict(content or {})
    if etat is EtatSession.VERROUILLEE:
        visible = {name: visible.pop(name) for name in (_CSRF,) if name in visible}
    current = SessionNavigateur(visible, now=now, etat=etat)
    current.reserve = content or {} if etat is EtatSession.VERROUILLEE else {}
    current.ligne, current.agent, current.agent_id = ligne, agent, ligne.agent_id
    return current


def _leave(session: Session, current: SessionNavigateur) -> None:
    for empreinte in (current.ancienne, current.ligne and current.ligne.empreinte):
        if empreinte:
            sessions.remove(session, empreinte)
    current.ancienne = current.ligne = None
    current.cookie = ""


def _create(session: Session, current: SessionNavigateur, *, agent_id: int | None) -> None:
    token = secrets.token_urlsafe(32)
    empreinte = sessions.fingerprint(token)
    ligne = Ligne(
        empreinte=empreinte,
        agent_id=agent_id,
        contenu=_seal(current.content(), empreinte),
        cree_le=current.now,
        vue_le=current.now,
        verrouillee_le=None,
    )
    sessions.create(session, ligne)
    current.ligne, current.cookie = ligne, token


def _change(session: Session, current: SessionNavigateur, geste: Geste | None) -> None:
    ligne = cast(Ligne, current.ligne)
    columns: dict[str, object] = {}
    if current.modified:
        columns["contenu"] = _seal(current.content(), ligne.empreinte)
    if current.last_seen_due or geste is Geste.DEVERROUILLER:
        columns["vue_le"] = ligne.vue_le = current.now
    if geste is Geste.VERROUILLER:
        columns["verrouillee_le"] = current.now
    elif geste is Geste.DEVERROUILLER:
        columns["verrouillee_le"] = None
    if columns:
        sessions.change(session, ligne.empreinte, **columns)


def _seal(content: dict[str, Any], empreinte: bytes) -> bytes:
    data = _serializer.dumps(content).encode()
    return maison().vault.service_seal(ServicePurpose.SESSIONS, data, context=empreinte)


def _open(vault: Vault, ligne: Ligne) -> dict[str, Any] | None:
    """None when the row was altered, or when the keys changed: the browser signs in again."""
    try:
        return _serializer.loads(vault.service_open(ServicePurpose.SESSIONS, ligne.contenu, context=ligne.empreinte))
    except Unreadable:
        return None
