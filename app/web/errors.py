"""Error pages: a kind sentence, a way back, the right status, never a trace.

Below 500 the page has its usual header. From 500 on it is drawn without the session nor the database,
since one of them may be what failed.
"""

from flask import Flask, Response, current_app, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

AVEC_PAGE = frozenset({400, 403, 404, 405, 409, 413, 429})


def _reponse(erreur: HTTPException, corps: str) -> Response:
    # Kept for their headers: Allow of a 405, Retry-After of a 429 or a 503.
    response = erreur.get_response()
    response.data = corps
    response.content_type = "text/html; charset=utf-8"
    return response


def page_expiree(erreur: CSRFError) -> Response:
    """The form's token has gone with its session: nothing was written."""
    return _reponse(erreur, render_template("erreurs/page_expiree.html"))


def page_erreur(erreur: HTTPException) -> Response:
    """The page of this status. It depends on nothing else: a 404 never says why."""
    if erreur.code is None or erreur.code < 400:
        return erreur.get_response()
    if erreur.code >= 500:
        gabarit = "erreurs/503.html" if erreur.code == 503 else "erreurs/500.html"
        return _reponse(erreur, current_app.jinja_env.get_template(gabarit).render())
    code = erreur.code if erreur.code in AVEC_PAGE else 400
    return _reponse(erreur, render_template(f"erreurs/{code}.html"))


def init_app(app: Flask) -> None:
    app.register_error_handler(CSRFError, page_expiree)
    app.register_error_handler(HTTPException, page_erreur)
