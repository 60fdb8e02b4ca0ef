"""What is typed is kept for its author: every few seconds, and when a form meets a session that is over or an error.

So is what was sent where there is nothing any more: a dossier that its author no longer sees answers as what does not
exist, whatever the code, and the words are read again on a page of their own.

Registered before the CSRF check and the guard, which would answer without keeping anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    got_request_exception,
    make_response,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from wtforms.validators import ValidationError

from app.accounts import brouillons, freinage, requete, web_sessions
from app.accounts.maison import maison
from app.accounts.policies import PUBLIC, declared
from app.accounts.rules import (
    BROUILLON_ENVOIS,
    BROUILLON_FENETRE,
    BROUILLON_OCTETS_MAX,
    CHEMIN_MAX,
    EtatSession,
    local_path,
)
from app.accounts.saisie import PARAMETRE, draft_asked_for, draft_id, with_draft
from app.web.filters import heure

# the page of the form that sends its draft
PAGE = "brouillon-page"
_SENT_WHILE_TYPING = "brouillons.en_cours"
_WORDS = "brouillons.brouillon"
_TECHNIQUES = frozenset({"csrf_token", "depot", "version"})
_SIGN_IN = "connexion"


def init_app(app: Flask) -> None:
    app.before_request(_meet)
    app.after_request(_settle_the_draft_that_was_saved)
    app.after_request(_keep_what_was_refused)
    app.after_request(_lead_to_the_words)
    app.jinja_env.globals["draft_id"] = draft_id
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


def confirmed(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """A write that changes rights: the password is asked again when it was given too long ago (securite.md §2)."""

    @wraps(view)
    def ask_first(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if request.method != "POST" or web_sessions.password_given_recently():
            return view(*args, **kwargs)
        return _send_to_password(web_sessions.browser())

    return ask_first


def keep_what_is_typed(session: Session, agent_id: int) -> int:
    """Write over the draft that this request carries; the HTTP status that says what became of it.

    410: its form was saved since. 404: the draft of somebody else, or a page of ours that shows no form.
    """
    house, draft, chemin = maison(), draft_asked_for(), request.form.get(PAGE, "")
    if draft is None or len(chemin) > CHEMIN_MAX or local_path(chemin) is None:
        return 400
    if house.vault.keyless or not _shows_its_form(chemin):
        return 404
    if (request.content_length or 0) > BROUILLON_OCTETS_MAX:
        return 413
    key, now = freinage.throttle_key(house.vault.pseudonymise, "brouillon", str(agent_id)), requete.now()
    if not freinage.hit(session, key, limit=BROUILLON_ENVOIS, window=BROUILLON_FENETRE, now=now):
        return 429
    said = {"brouillon_id": draft, "agent_id": agent_id, "now": now}
    if brouillons.write(session, house.vault, chemin=chemin, saisie=_typed(), **said):
        return 200
    return 410 if brouillons.is_settled(session, brouillon_id=draft, agent_id=agent_id) else 404


def kept_at(status: int) -> tuple[dict[str, str], int]:
    """What the form that is being typed in shows."""
    return {"heure": heure(requete.now())}, status


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
    if request.endpoint == _SENT_WHILE_TYPING and request.accept_mimetypes.best == "application/json":
        return _kept_behind_the_lock(browser.agent_id)
    if request.method == "POST":
        g.brouillon_garde = True
        retour = _keep(browser.agent_id) or page_of_form()
    else:
        retour = safe_return(request.full_path.rstrip("?"))
    if retour == "/":
        retour = None
    endpoint = "deverrouiller" if browser.agent else "connexion"
    return redirect(url_for(f"{_SIGN_IN}.{endpoint}", retour=retour), 303)


def _kept_behind_the_lock(agent_id: int | None) -> Response:
    """The screen locked under somebody who goes on typing. 401: it is kept all the same; 403: nobody knows for whom."""
    status = 403
    if agent_id is not None and _same_origin():
        with maison().database.writing() as session:
            kept = keep_what_is_typed(session, agent_id)
        status = 401 if kept == 200 else kept
    return make_response(kept_at(status))


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
    typed = _typed()
    something = any(value.strip() for name, value in typed if name not in _TECHNIQUES)
    house, chemin = maison(), request.path
    shown = request.endpoint is not None and _page_at(chemin) == request.endpoint and len(chemin) <= CHEMIN_MAX
    if agent_id is None or not something or not shown or not _same_origin() or house.vault.keyless:
        return None
    with house.database.writing() as session:
        draft = _save(session, agent_id, typed)
    return with_draft(chemin, draft, keeping=request.args)


def _save(session: Session, agent_id: int, typed: brouillons.Saisie) -> UUID:
    """Over the draft that the form names, unless it was saved once already: then what it says now is another."""
    house, draft = maison(), draft_asked_for()
    said = {"agent_id": agent_id, "chemin": request.path, "saisie": typed, "now": requete.now()}
    if draft is not None and brouillons.write(session, house.vault, brouillon_id=draft, **said):
        return draft
    return brouillons.save(session, house.vault, **said)


def _typed() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if not _never_kept(name)]


def _never_kept(name: str) -> bool:
    return name in ("csrf_token", PARAMETRE, PAGE) or "mot_de_passe" in name


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
    endpoint = _endpoint(path, "GET")
    return None if endpoint is None or endpoint == "static" or endpoint.split(".")[0] == _SIGN_IN else endpoint


def _endpoint(path: str, method: str) -> str | None:
    try:
        return current_app.create_url_adapter(request).match(path, method=method)[0]
    except (HTTPException, RequestRedirect):
        return None


def _keep_what_was_refused(response: Response) -> Response:
    """What was typed stays as a draft. 409: both texts are on the page, and one may close it. 404: the page that
    answers says nothing, the same for a dossier that was lost and for one that never was."""
    refused = response.status_code in (404, 409) and request.method == "POST" and request.endpoint is not None
    browser = web_sessions.browser()
    if refused and browser.etat is EtatSession.OUVERTE:
        # nothing of a refused write is to be committed; its session would make the draft wait
        requete.release()
        _keep(browser.agent_id)
    return response


def _lead_to_the_words(response: Response) -> Response:
    """The page of a draft is not open to its author any more: they read what they wrote elsewhere."""
    lost = response.status_code == 404 and request.method == "GET" and request.endpoint is not None
    draft, browser = draft_asked_for() if lost else None, web_sessions.browser()
    if draft is None or browser.agent_id is None or browser.etat is not EtatSession.OUVERTE or maison().vault.keyless:
        return response
    asked = {"agent_id": browser.agent_id, "now": requete.now(), "pages": [request.path]}
    if all(row.id != draft for row in brouillons.list_of(requete.session(), **asked)):
        return response
    requete.forget_reads()
    return cast(Response, redirect(url_for(_WORDS, brouillon_id=draft), 303))


def _shows_its_form(path: str) -> bool:
    """Whether what is posted at this address comes from the page that a GET of it shows."""
    shown = _page_at(path)
    return shown is not None and shown == _endpoint(path, "POST")


def _settle_the_draft_that_was_saved(response: Response) -> Response:
    """A form that is saved no longer needs its draft; in the same transaction as what it wrote."""
    saved = request.method == "POST" and 300 <= response.status_code < 400 and "brouillon_garde" not in g
    browser = web_sessions.browser()
    if saved and browser.etat is EtatSession.OUVERTE and browser.agent_id is not None and (draft := draft_asked_for()):
        said = {"agent_id": browser.agent_id, "chemin": request.path[:CHEMIN_MAX], "now": requete.now()}
        brouillons.settle(requete.session(), brouillon_id=draft, **said)
    return response
