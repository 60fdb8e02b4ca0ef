"""A form that meets a locked or expired session, or a server error: what was typed is kept for its author.

Registered before the CSRF check and the guard, which would answer without keeping anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import Flask, Response, abort, current_app, flash, g, got_request_exception, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from wtforms.validators import ValidationError

from app.accounts import brouillons, requete, web_sessions
from app.accounts.maison import maison
from app.accounts.policies import PUBLIC, declared
from app.accounts.rules import CHEMIN_MAX, EtatSession, local_path
from app.accounts.saisie import PARAMETRE, draft_asked_for

_TECHNIQUES = frozenset({"csrf_token", "depot", "version"})
_SIGN_IN = "connexion"


def init_app(app: Flask) -> None:
    app.before_request(_meet)
    app.after_request(_drop_the_draft_that_was_saved)
    got_request_exception.connect(_keep_after_failure, app)


def safe_return(retour: str | None) -> str | None:
    """`retour` when it is the address of one of our pages, other than those that let in and out."""
    path = local_path(retour)
    return path if path and _page_at(urlsplit(path).path) else None


def page_of_form() -> str | None:
    """Where what is being posted was typed: this address if it shows something, else the page that we come from."""
    origin = urlsplit(request.referrer or "")
    candidates = [request.path] + ([origin.path] if origin.netloc == request.host else [])
    return next((path for path in candidates if local_path(path) and _page_at(path)), None)


def offer_back(url: str) -> None:
    """Say on the next page that what was typed is kept, with the link that brings it back."""
    notice = current_app.jinja_env.get_template("accounts/_notice_brouillon.html")
    flash(Markup(notice.render(url=url).strip()), "attention")  # noqa: S704 - our own template, escaped


def with_draft(page: str, draft: UUID, /, **others: str) -> str:
    return f"{page}?{urlencode({**others, PARAMETRE: str(draft)})}"


def confirmed(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """A write that changes rights: the password is asked again when it was given too long ago (securite.md §2)."""

    @wraps(view)
    def ask_first(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if request.method != "POST" or web_sessions.password_given_recently():
            return view(*args, **kwargs)
        return _send_to_password(web_sessions.browser())

    return ask_first


def _meet() -> Response | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    if _holds_nul():
        abort(400)
    browser = web_sessions.browser()
    if declared(current_app.view_functions[request.endpoint]) == PUBLIC:
        return _begin_sign_in_again() if request.blueprint == _SIGN_IN and browser.agent is None else None
    if browser.etat is EtatSession.OUVERTE:
        if request.method == "POST" and not _token_is_good():
            _keep_for_next_page(browser.agent_id)
        return None
    return _send_to_password(browser)


def _holds_nul() -> bool:
    """No text has a NUL, and no column of PostgreSQL takes one."""
    given = [request.path, *request.args.values(), *(value for _, value in request.form.items(multi=True))]
    return any("\0" in text for text in given)


def _send_to_password(browser: web_sessions.SessionNavigateur) -> Response:
    retour: str | None
    if request.method == "POST":
        g.brouillon_garde = True
        retour = _keep(browser.agent_id) or page_of_form()
    else:
        retour = safe_return(request.full_path.rstrip("?"))
    if retour == "/":
        retour = None
    endpoint = "deverrouiller" if browser.agent else "connexion"
    return redirect(url_for(f"{_SIGN_IN}.{endpoint}", retour=retour), 303)


def _begin_sign_in_again() -> Response | None:
    """A form of the sign-in pages outlived its session: nobody is told that a page expired for that."""
    if request.method != "POST" or _token_is_good():
        return None
    if request.endpoint in ("connexion.connexion", "connexion.demonstration"):
        notice = current_app.jinja_env.get_template("accounts/_notice_connexion.html")
        flash(notice.render().strip(), "info")
    return redirect(url_for("connexion.connexion", retour=safe_return(request.args.get("retour"))), 303)


def _keep_after_failure(app: Flask, **_: object) -> None:
    """Called when a view or the commit failed; the error page then takes its course, whatever happens here."""
    if request.method != "POST" or request.endpoint is None:
        return
    try:
        requete.release()
        browser = web_sessions.browser()
        if browser.etat is EtatSession.OUVERTE:
            _keep_for_next_page(browser.agent_id)
            with maison().database.writing() as session:
                web_sessions.write(session, browser, status=500)
    except Exception:
        app.logger.exception("what was typed could not be kept")


def _keep_for_next_page(agent_id: int | None) -> None:
    url = _keep(agent_id)
    if url:
        offer_back(url)


def _keep(agent_id: int | None) -> str | None:
    """Seal what was posted and give the address that brings it back.

    None when nothing was typed, when this address shows no form (a button, a search), or when another site sent it.
    """
    typed = [(name, value) for name, value in request.form.items(multi=True) if not _never_kept(name)]
    something = any(value.strip() for name, value in typed if name not in _TECHNIQUES)
    house, chemin = maison(), request.path
    shown = _page_at(chemin) == request.endpoint and len(chemin) <= CHEMIN_MAX
    if agent_id is None or not something or not shown or not _same_origin() or house.vault.keyless:
        return None
    with house.database.writing() as session:
        draft = brouillons.save(session, house.vault, agent_id=agent_id, chemin=chemin, saisie=typed, now=requete.now())
    return with_draft(chemin, draft, **{name: value for name, value in request.args.items() if name != PARAMETRE})


def _never_kept(name: str) -> bool:
    return name == "csrf_token" or "mot_de_passe" in name


def _same_origin() -> bool:
    """The cookie is never sent from another site (SameSite); nor is what another origin posts kept."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _token_is_good() -> bool:
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return True
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _page_at(path: str) -> str | None:
    """The endpoint that a GET of this path shows, when it is a page that one may come back to."""
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint == "static" or endpoint.split(".")[0] == _SIGN_IN else endpoint


def _drop_the_draft_that_was_saved(response: Response) -> Response:
    """A form saved from its draft no longer needs it; in the same transaction as what it wrote."""
    draft = draft_asked_for()
    if draft and "brouillon_garde" not in g and request.method == "POST" and 300 <= response.status_code < 400:
        browser = web_sessions.browser()
        if browser.etat is EtatSession.OUVERTE and browser.agent_id is not None:
            brouillons.remove(requete.session(), brouillon_id=draft, agent_id=browser.agent_id)
    return response
