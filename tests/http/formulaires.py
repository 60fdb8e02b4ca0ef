"""What an attacker works with: every form of every page, as a browser would send it, and the state to put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.db.engine import sqlite_module
from tests.http.conftest import Monde

Champs = list[tuple[str, str]]
# what a refused write may still leave: that somebody was there, tried too often, and what they had typed
TRACES = frozenset({"session_web", "freinage", "brouillon", "journal_acces", "journal_flux"})
NOT_TYPED = frozenset({"hidden", "submit", "checkbox", "radio"})


@dataclass(frozen=True, slots=True)
class Formulaire:
    """One form of one page: who saw it, where it goes, what it sends, and which of its fields are typed in."""

    acteur: str
    action: str
    champs: tuple[tuple[str, str], ...]
    libres: frozenset[str]

    def __repr__(self) -> str:
        return f"{self.acteur} → {self.action}"

    def filled(self, value: str) -> Champs:
        """The same form, each typed field holding `value`."""
        return [(name, value if name in self.libres else said) for name, said in self.champs]


def parse(page: str) -> Element:
    return html5lib.parse(page, namespaceHTMLElements=False)


def forms_of(page: str, *, acteur: str, url: str) -> Iterator[Formulaire]:
    """Those that are posted."""
    for form in parse(page).iter("form"):
        if form.get("method", "get").lower() == "post":
            champs, libres = _fields(form)
            own = [form.get("action") or url] if "formaction" not in _first_button(form).attrib else []
            elsewhere = [
                button.get("formaction", "") for button in form.iter("button") if "formaction" in button.attrib
            ]
            for action in dict.fromkeys([*own, *elsewhere]):
                yield Formulaire(acteur, action, champs, libres)


def _first_button(form: Element) -> Element:
    return next(form.iter("button"), form)


def _fields(form: Element) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    champs: dict[str, str] = {}
    libres = set()
    for field in form.iter():
        name = field.get("name") if isinstance(field.tag, str) else None
        if not name:
            continue
        kind = field.get("type", "text") if field.tag == "input" else field.tag
        if kind in ("checkbox", "radio") and "checked" not in field.attrib and name in champs:
            continue
        champs[name] = _value(field)
        if kind not in NOT_TYPED | {"select", "button"}:
            libres.add(name)
    return tuple(champs.items()), frozenset(libres)


def _value(field: Element) -> str:
    if field.tag == "textarea":
        return field.text or ""
    if field.tag == "select":
        options = list(field.iter("option"))
        chosen = [one for one in options if "selected" in one.attrib] or options[-1:]
        return chosen[0].get("value", "") if chosen else ""
    return field.get("value", "")


def all_forms(clients: dict[str, FlaskClient], urls: Iterable[str]) -> list[Formulaire]:
    """Every form that these browsers are shown at these addresses, once for each place it goes to."""
    found: dict[tuple[str, frozenset[str]], Formulaire] = {}
    for url in urls:
        for name, client in clients.items():
            answer = client.get(url)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                for form in forms_of(answer.text, acteur=name, url=url):
                    found.setdefault((form.action, frozenset(field for field, _ in form.champs)), form)
    return list(found.values())


def pages(app: Flask, monde: Monde) -> Iterator[str]:
    """The address of every page that the URL map knows."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            yield monde.url(rule, app)


class Etat:
    """The data as they were, to compare with and to come back to."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._kept = sqlite_module.connect(":memory:", check_same_thread=False)
        with self._raw() as connection:
            connection.backup(self._kept)
            named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self.tables = [name for (name,) in named if name not in TRACES and not name.startswith("sqlite_")]
        self.before = self.fingerprint()

    def changed(self) -> bool:
        return self.fingerprint() != self.before

    def restore(self) -> None:
        with self._raw() as connection:
            self._kept.backup(connection)

    def fingerprint(self) -> bytes:
        """Of every row of every table that says something."""
        digest = sha256()
        with self._raw() as connection:
            for table in self.tables:
                digest.update(repr((table, connection.execute(f"SELECT * FROM {table}").fetchall())).encode())
        return digest.digest()

    @contextmanager
    def _raw(self) -> Iterator[Any]:
        connection = self.engine.raw_connection()
        try:
            yield connection.driver_connection
        finally:
            connection.close()
