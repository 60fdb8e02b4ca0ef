"""Security headers and what may be cached."""

from flask import Flask
from flask.testing import FlaskClient

from app.web import setup
from app.web.setup import DOSSIER_STATIQUE, static_url


def client(**config: object) -> FlaskClient:
    app = Flask("essai", static_folder=None)
    app.config.update(SECRET_KEY="essai", **config)
    setup.init_app(app)

    @app.get("/")
    def accueil() -> str:
        return static_url("parcours.css")

    return app.test_client()


def test_every_answer_carries_the_strict_policy_even_an_error() -> None:
    for chemin in ("/", "/absente", "/statique/parcours.css"):
        entetes = client().get(chemin, buffered=True).headers
        assert entetes["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
            "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert entetes["X-Content-Type-Options"] == "nosniff"
        # no-referrer would break the referrer check of CSRF over https.
        assert entetes["Referrer-Policy"] == "same-origin"
        assert entetes["Cross-Origin-Opener-Policy"] == "same-origin"
        assert entetes["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "geolocation=()" in entetes["Permissions-Policy"]


def test_hsts_only_over_https() -> None:
    assert "Strict-Transport-Security" not in client().get("/").headers
    assert client(PARCOURS_HTTPS=True).get("/").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_no_page_is_kept_by_the_browser() -> None:
    for chemin in ("/", "/absente", "/statique/absent.css"):
        assert client().get(chemin, buffered=True).headers["Cache-Control"] == "no-store"


def test_a_static_file_named_by_its_content_is_kept_a_year() -> None:
    navigateur = client()
    adresse = navigateur.get("/").text
    reponse = navigateur.get(adresse, buffered=True)
    assert reponse.status_code == 200
    assert reponse.data == (DOSSIER_STATIQUE / "parcours.css").read_bytes()
    assert {"public", "max-age=31536000", "immutable"} <= set(reponse.headers["Cache-Control"].split(", "))


def test_a_static_file_without_its_print_is_kept_an_hour() -> None:
    entete = client().get("/statique/parcours.css", buffered=True).headers["Cache-Control"]
    assert "max-age=3600" in entete
    assert "immutable" not in entete
