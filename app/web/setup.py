"""`init_app`: templates, static files, French filters, headers and error pages."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, url_for
from werkzeug.routing import IntegerConverter

from app.web import errors, filters, headers
from app.web.saisie import erreurs_saisie
from app.web.traces import WITHOUT_WORDS

DOSSIER_STATIQUE = Path(__file__).parent / "static"


@lru_cache(maxsize=64)
def empreinte(fichier: str) -> str:
    """Twelve hexadecimal figures of the content of a static file, read once a process."""
    return sha256((DOSSIER_STATIQUE / fichier).read_bytes()).hexdigest()[:12]


def static_url(fichier: str) -> str:
    """The address of a static file, changing with its content so that it may be cached for a year."""
    return url_for("static", filename=fichier, v=empreinte(fichier))


class Numero(IntegerConverter):
    """The number of a row; a longer one, which no database could hold, is no address of ours."""

    regex = r"\d{1,18}"


def init_app(app: Flask) -> None:
    """Dress an application made with `static_folder=None`: its static files are those of this room."""
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    app.url_map.converters["int"] = Numero
    app.static_folder = str(DOSSIER_STATIQUE)
    app.add_url_rule("/statique/<path:filename>", endpoint="static", view_func=app.send_static_file)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    for filtre in filters.FILTRES:
        app.jinja_env.filters[filtre.__name__] = filtre
    app.jinja_env.filters["erreurs_saisie"] = erreurs_saisie
    app.jinja_env.globals["static_url"] = static_url
    app.logger.addFilter(WITHOUT_WORDS)
    headers.init_app(app)
    errors.init_app(app)
