"""House rules over every page that somebody may open: parsed, structured, labelled, in well-set French."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask

from tests.http.conftest import NOM, PRENOM, Monde
from tests.http.test_matrix import LAST, NOTHING_THERE

VOID_OF_WORDS = {"script", "style", "textarea", "code"}
# an ordinary space before : ; ! ? » or after «, a straight apostrophe between letters
BAD_FRENCH = re.compile(r"[^\s\u00a0\u202f] +[:;!?»]|« |\w'\w")
CONTROLS = {"input", "select", "textarea"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
SOMEBODY = ("referent", "coordinateur", "administrateur", "responsable")


@pytest.fixture
def pages(app: Flask, monde: Monde, connect: Callable) -> Callable[[str], Iterator[tuple[str, Element, str]]]:
    """(address, tree, text) of every page that this actor can read."""

    def read(name: str) -> Iterator[tuple[str, Element, str]]:
        client = connect(monde.agents[name])
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.endpoint not in LAST | NOTHING_THERE | {"static", "sante.sante"}:
                url = monde.url(rule, app)
                answer = client.get(url)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
                    tree = parser.parse(answer.text)
                    assert not parser.errors, (url, parser.errors[:3])
                    yield url, tree, answer.text

    return read


def words(element: Element) -> Iterator[str]:
    """The texts of a page that people read."""
    if isinstance(element.tag, str) and element.tag not in VOID_OF_WORDS:
        yield element.text or ""
        for child in element:
            yield from words(child)
            yield child.tail or ""


@pytest.mark.parametrize("name", SOMEBODY)
def test_every_page_is_well_made(pages: Callable, name: str) -> None:
    faults = [f"{url}: {fault}" for url, tree, text in pages(name) for fault in _faults(tree, text)]
    assert not faults, "\n".join(faults)


def _faults(tree: Element, text: str) -> Iterator[str]:
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    if tree.get("lang") != "fr":
        yield "no lang"
    yield from _structure(elements)
    yield from _names(elements)
    for element in elements:
        for attribute, value in element.attrib.items():
            if attribute == "style" or attribute.startswith("on"):
                yield f"{attribute} on {element.tag}"
            if attribute in {"href", "src", "action"} and re.match(r"(https?:)?//|javascript:", value):
                yield f"outside address {value}"
    yield from (f"French: {found!r}" for found in _bad_french(tree))


def _structure(elements: list[Element]) -> Iterator[str]:
    levels = [int(element.tag[1]) for element in elements if element.tag in HEADINGS]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} h1"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"h{after} after h{before}"
    ids = [element.get("id") for element in elements if element.get("id")]
    yield from (f"id {value} twice" for value in {value for value in ids if ids.count(value) > 1})
    title = next(element.text or "" for element in elements if element.tag == "title")
    if not title.endswith("· Parcours") or PRENOM in title or NOM in title:
        yield f"title {title!r}"
    for form in (element for element in elements if element.tag == "form"):
        names = {field.get("name") for field in form.iter("input")}
        if form.get("method", "get").lower() == "post" and "csrf_token" not in names:
            yield "form without its token"
        # a process without keys, which serves the cohorts, could not seal it
        words = any(True for _ in form.iter("textarea")) and not form.get("action", "").startswith("/cohortes")
        if words and "brouillon" not in names:
            yield "form whose draft is not kept"
        if {"telephone", "nom", "texte", "recherche"} & names and form.get("method", "get").lower() == "get":
            yield "what is typed would stand in a URL"


def _names(elements: list[Element]) -> Iterator[str]:
    """Every control has a label, every reference a target, every group a legend, every button words."""
    ids = {element.get("id") for element in elements}
    labelled = {element.get("for") for element in elements if element.tag == "label"}
    for element in elements:
        visible = element.tag in CONTROLS and element.get("type") not in {"hidden", "submit"}
        if visible and not (element.get("id") in labelled or element.get("aria-label")):
            yield f"no label on {element.tag} {element.get('name')}"
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
            for value in (element.get(attribute) or "").split():
                if value not in ids:
                    yield f"{attribute}={value} leads nowhere"
        if element.tag == "fieldset" and (len(element) == 0 or element[0].tag != "legend"):
            yield "fieldset without a legend first"
        if element.tag in {"button", "a"} and not "".join(words(element)).strip() and not element.get("aria-label"):
            yield f"{element.tag} without words"


@pytest.mark.parametrize("name", SOMEBODY)
def test_the_draft_of_every_form_is_found_again_where_it_is_posted(app: Flask, pages: Callable, name: str) -> None:
    adapter, seen = app.url_map.bind("localhost"), 0
    for url, tree, _ in pages(name):
        for form in tree.iter("form"):
            if any(field.get("data-brouillon") for field in form.iter("input")):
                action = (form.get("action") or url).split("?")[0]
                shown, posted = (adapter.match(action, method=method)[0] for method in ("GET", "POST"))
                assert shown == posted, action
                seen += 1
    assert seen or name == "responsable"


def _bad_french(tree: Element) -> Iterator[str]:
    for text in words(tree):
        for found in BAD_FRENCH.finditer(text):
            yield text[max(0, found.start() - 25) : found.end() + 10].strip()


def test_no_address_on_any_page_carries_a_personal_datum(pages: Callable) -> None:
    for url, tree, _ in pages("referent"):
        for element in tree.iter():
            for attribute in ("href", "action", "src"):
                value = element.get(attribute, "") if isinstance(element.tag, str) else ""
                if not value.startswith(("tel:", "sms:", "mailto:")):
                    assert PRENOM not in value, url
                    assert NOM not in value, url
                    assert "3998" not in value.replace("%20", ""), url
