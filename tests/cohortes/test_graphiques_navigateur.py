"""Charts in a real browser under the strict policy: nothing refused, no word cut or covered, one drawing of two."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.cohortes.rules_cellules import Cellule
from app.cohortes.rules_graphiques import COULEURS, text_width
from app.cohortes.rules_graphiques_barres import barre, barres, horizons
from app.cohortes.rules_graphiques_chronogramme import chronogramme, vignettes
from app.cohortes.rules_graphiques_delai import Courbe, delai
from app.cohortes.rules_graphiques_flux import Saut, flux
from app.cohortes.vocabulaire import Bande, Marque
from app.web import setup

NOMS = Bande.choices()
AXE = "mois depuis l’entrée"
PAGE = """{% from "macros/graphiques.html" import graphique, legende, vignettes %}<!doctype html><html lang="fr"><head>
<title>Graphiques</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{{ static_url('parcours.css') }}">
<link rel="stylesheet" href="{{ static_url('cohortes.css') }}">
</head><body><main class="page"><h1>Graphiques</h1>
{% for nom, figure in figures.items() %}<section class="carte"><h2>{{ nom }}</h2>
{{ graphique(figure, nom, "Titre " ~ nom, "Description " ~ nom) }}
{{ legende(figure.codes, noms, couleurs, nom ~ "-k") }}</section>
{% endfor %}<section class="carte"><h2>Années</h2>
{{ vignettes(planche, "annees", ["2024", "2025"], ["Description 2024", "Description 2025"]) }}
{{ legende(planche.codes, noms, couleurs, "annees-k") }}</section></main></body></html>"""

# words whose real box leaves the drawing, or lies on another's
FAUTES = """() => [...document.querySelectorAll('svg[role=img]')].filter(s => s.checkVisibility()).flatMap(svg => {
  const cadre = svg.viewBox.baseVal, fautes = [];
  const mots = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
  mots.forEach(([mot, a], i) => {
    if (a.x < 0 || a.x + a.width > cadre.width || a.y < -2 || a.y + a.height > cadre.height + 2) fautes.push(mot);
    mots.slice(i + 1).forEach(([autre, b]) => {
      const large = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const [bas1, bas2] = [a, b].map(m => m.y + m.height * .85), [haut1, haut2] = [a, b].map(m => m.y + m.height * .2);
      const haut = Math.min(bas1, bas2) - Math.max(haut1, haut2);
      if (large > 0 && haut > 0) fautes.push(mot + ' / ' + autre);
    });
  });
  return fautes;
})"""


def cohort(pas: int) -> tuple[list[int], dict[str, list[int | None]]]:
    """All the bands: those that stay, those that come, go, and are thin."""
    mois = list(range(0, 37, pas))
    parts: dict[str, list[int | None]] = {
        "emploi": [30 + 5 * (m // 2) for m in mois],
        "alternance": [None if m < 6 else 25 for m in mois],
        "formation": [60 if 3 <= m <= 15 else 15 for m in mois],
        "scolarite": [100 for _ in mois],
        "engagement": [20 if m == 9 else None for m in mois],
        "raccrochage": [15 for _ in mois],
        "decrochage": [max(15, 200 - 10 * m) for m in mois],
        "sorti": [None if m < 12 else 40 + m // 6 * 5 for m in mois],
    }
    return mois, parts


def figures() -> dict[str, object]:
    mois, parts = cohort(3)
    cellules = {(de, vers): 20 for de in ("emploi", "scolarite", "decrochage", "formation") for vers in parts}
    sauts = [Saut(de, vers, 600, cellules) for de, vers in (("À l’entrée", "6 mois"), ("6 mois", "1 an"))]
    atteint = (None, 20, 45, 70, 90)
    courbes = [
        Courbe("Les Tilleuls", 120, (0, 3, 6, 9, 12), atteint, (115, 95, 70, 40, 20)),
        Courbe("Le Grand Parc", 120, (0, 3, 6, 9, 12), atteint, (115, 95, 70, 40, None)),
    ]
    peu = {"emploi": Cellule(Marque.NOMBRE, 15), "decrochage": None, "formation": Cellule(Marque.NOMBRE, 20)}
    presque = {"sorti": Cellule(Marque.PRESQUE_TOUS, 70)}
    trois = [barre(None, 45, nom="Femmes"), barre(presque["sorti"], 50, nom="Hommes")]
    return {
        "chronogramme": chronogramme(600, mois, parts, noms=NOMS, axe=AXE),
        "horizons": horizons(45, [("À l’entrée", peu), ("6 mois", presque)], noms=NOMS),
        "flux": flux(sauts, noms=NOMS),
        "delai": delai(courbes, axe=AXE),
        "barres": barres([("Sorties dynamiques, parmi celles et ceux qui sont sortis du suivi", trois)]),
    }


@pytest.fixture(scope="module")
def site() -> Flask:
    app = Flask("graphiques", static_folder=None)
    app.config.update(SECRET_KEY="graphiques", TESTING=True)
    setup.init_app(app)
    planche = vignettes([(600, *cohort(3)), (60, (0, 3), {"emploi": (15, 20)})], noms=NOMS)
    donnees = {"figures": figures(), "planche": planche, "noms": NOMS, "couleurs": COULEURS}
    app.add_url_rule("/", "page", lambda: render_template_string(PAGE, **donnees))
    return app


@pytest.fixture(scope="module")
def adresse_graphiques(site: Flask) -> Iterator[str]:
    serveur = make_server("127.0.0.1", 0, site, threaded=True)
    fil = threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    fil.start()
    yield f"http://127.0.0.1:{serveur.server_port}"
    serveur.shutdown()
    fil.join()
    serveur.server_close()


@pytest.fixture(params=[1280, 390, 320])
def page(request: pytest.FixtureRequest, navigateur: Browser, adresse_graphiques: str) -> Iterator[Page]:
    contexte = navigateur.new_context(viewport={"width": request.param, "height": 844})
    page = contexte.new_page()
    incidents: list[str] = []
    page.on("console", lambda dit: incidents.append(dit.text) if "Security Policy" in dit.text else None)
    page.goto(adresse_graphiques)
    yield page
    contexte.close()
    assert incidents == []


def test_charts_are_sound_markup_without_style_and_no_id_is_said_twice(site: Flask) -> None:
    html = site.test_client().get("/").text
    parser = html5lib.HTMLParser()
    parser.parse(html)
    assert [code for _, code, _ in parser.errors] == []
    assert "style=" not in html
    assert "<script" not in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)
    for cite in re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', html):
        assert cite in ids


@pytest.mark.browser
def test_no_word_is_cut_or_covered(page: Page) -> None:
    assert page.evaluate(FAUTES) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.browser
def test_one_drawing_of_each_figure_is_shown_at_a_size_that_can_be_read(page: Page) -> None:
    tailles = page.evaluate(
        """() => [...document.querySelectorAll('.graphique')].map(g => {
             const vus = [...g.querySelectorAll('svg')].filter(s => s.checkVisibility());
             const echelle = vus[0].getBoundingClientRect().width / vus[0].viewBox.baseVal.width;
             return [vus.length, Math.min(...[...vus[0].querySelectorAll('text')].map(
               t => echelle * parseFloat(t.getAttribute('font-size'))))];
           })"""
    )
    assert [nombre for nombre, _ in tailles] == [1] * 5
    assert min(taille for _, taille in tailles) >= (8.5 if page.viewport_size["width"] == 320 else 10.5)


@pytest.mark.browser
def test_a_chart_says_its_title_and_its_description(page: Page) -> None:
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    image = page.get_by_role("img", name="Titre flux")
    assert image.count() == 1
    assert image.locator("desc").first.text_content() == "Description flux"


@pytest.mark.browser
def test_words_take_no_more_room_than_was_reckoned(page: Page) -> None:
    mots = page.evaluate(
        """() => [...document.querySelectorAll('svg[role=img] text')].filter(t => t.checkVisibility()).map(t =>
             [t.textContent, +t.getAttribute('font-size'), t.getAttribute('font-weight') || '', t.getBBox().width])"""
    )
    assert mots
    assert [mot for mot, taille, gras, large in mots if large > text_width(mot, taille, gras) + 1] == []
