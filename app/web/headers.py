"""Security headers on every answer, and the cache rule: nothing is kept but the static files."""

from flask import Flask, Response, request

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ENTETES = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    # `no-referrer` would make the CSRF check of the referrer refuse every form over https.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"
UN_AN = 31_536_000
STATIQUES = "static"


def _cache(response: Response) -> None:
    if request.endpoint == STATIQUES and response.status_code in (200, 206, 304):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        if "v" in request.args:
            response.cache_control.max_age = UN_AN
            response.cache_control.immutable = True
        else:
            response.cache_control.max_age = 3600
    else:
        response.headers["Cache-Control"] = "no-store"


def init_app(app: Flask) -> None:
    """Set the headers after each request; HSTS only when `PARCOURS_HTTPS` says that we are reached by https."""

    @app.after_request
    def poser_les_entetes(response: Response) -> Response:
        response.headers.update(ENTETES)
        if app.config.get("PARCOURS_HTTPS"):
            response.headers["Strict-Transport-Security"] = HSTS
        _cache(response)
        return response
