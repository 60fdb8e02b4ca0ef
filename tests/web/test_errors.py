"""Error pages: the right status, a kind French sentence, a way back, no trace."""

import html5lib
import pytest
from flask import Flask, abort, render_template_string
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect

from app.web import setup

SECRET = "canari-9f3e"


def contexte_en_panne() -> dict[str, object]:
    raise RuntimeError(SECRET)


@pytest.fixture
def app() -> Flask:
    app = Flask("essai", static_folder=None)
    app.config.update(SECRET_KEY="essai", PROPAGATE_EXCEPTIONS=False, MAX_CONTENT_LENGTH=1000)
    CSRFProtect(app)
    setup.init_app(app)
    app.add_url_rule("/abandon/<int:code>", "abandon", lambda code: abort(code))
    app.add_url_rule("/panne", "panne", lambda: 1 / 0)
    app.add_url_rule("/formulaire", "formulaire", lambda: render_template_string("ok"), methods=["POST"])
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 429, 500, 503])
def test_each_status_has_its_page(client: FlaskClient, code: int) -> None:
    reponse = client.get(f"/abandon/{code}")
    assert reponse.status_code == code
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(reponse.data)
    assert len(document.findall(".//h1")) == 1
    assert document.find(".//title").text.endswith(" · Parcours")
    assert document.find(".//main//a[@class='bouton']").get("href") == "/"
    assert document.get("lang") == "fr"


def test_an_uncommon_status_keeps_it_and_is_kind(client: FlaskClient) -> None:
    reponse = client.get("/abandon/418")
    assert reponse.status_code == 418
    assert "Revenir à l’accueil" in reponse.text


def test_a_missing_page_is_the_same_whatever_the_reason(client: FlaskClient) -> None:
    assert client.get("/abandon/404").data == client.get("/rien-ici").data == client.get("/statique/absent").data


def test_an_expired_form_says_so_and_writes_nothing(client: FlaskClient) -> None:
    reponse = client.post("/formulaire", data={"mots": SECRET})
    assert reponse.status_code == 400
    assert "La page a expiré" in reponse.text
    assert SECRET not in reponse.text


def test_an_incident_shows_no_trace(client: FlaskClient) -> None:
    reponse = client.get("/panne")
    assert reponse.status_code == 500
    assert "ZeroDivisionError" not in reponse.text
    assert "Un incident s’est produit" in reponse.text


def test_an_incident_page_needs_no_context(app: Flask) -> None:
    app.context_processor(contexte_en_panne)
    for chemin, code in (("/abandon/503", 503), ("/abandon/404", 500), ("/panne", 500)):
        reponse = app.test_client().get(chemin)
        assert reponse.status_code == code
        assert SECRET not in reponse.text


def test_a_wrong_method_still_names_the_right_one(client: FlaskClient) -> None:
    reponse = client.get("/formulaire")
    assert reponse.status_code == 405
    assert "POST" in reponse.headers["Allow"]


def test_an_answer_made_by_the_view_is_left_alone(app: Flask) -> None:
    app.add_url_rule("/fait", "fait", lambda: abort(app.make_response(("à la main", 409))))
    assert app.test_client().get("/fait").text == "à la main"
