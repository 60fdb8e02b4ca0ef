"""The floors: the least that any page of this kind costs, and the least that a durable write costs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from flask import Flask, render_template
from sqlalchemy import Engine, text

BONJOUR = "<!doctype html><html lang=fr><title>Bonjour</title><p>{{ row[0] }}</p></html>"
CENT = """<!doctype html><html lang=fr><title>Mes jeunes</title><ul>
{% for row in rows %}<li><a href="/dossiers/{{ row.code }}">{{ row.code }}</a> {{ row.situation }}
{{ row.situation_depuis }} {{ row.dernier_contact }} {{ row.prochain_contact }} {{ row.territoire }}</li>
{% endfor %}</ul></html>"""
ROWS = text(
    "SELECT d.code, e.situation, e.situation_depuis, e.dernier_contact, e.prochain_contact, t.nom AS territoire"
    " FROM etat e JOIN dossier d ON d.id = e.dossier_id JOIN territoire t ON t.id = d.territoire_id"
    " WHERE e.referent_id = :agent AND e.clos_le IS NULL"
)
ONE = text("SELECT code FROM dossier WHERE id = 1")
BLOC = 4096


def floor_app(engine: Engine, *, agent_id: int) -> Flask:
    """Flask alone, one statement, Jinja: `/` shows one value, `/cent` the plain columns of a hundred rows.

    No session, no account, no name, no order, no alert, no journal of access.
    """
    app = Flask(__name__, static_folder=None)
    one, hundred = app.jinja_env.from_string(BONJOUR), app.jinja_env.from_string(CENT)

    @app.get("/")
    def bonjour() -> str:
        with engine.connect() as connection:
            return render_template(one, row=connection.execute(ONE).one())

    @app.get("/cent")
    def cent() -> str:
        with engine.connect() as connection:
            return render_template(hundred, rows=connection.execute(ROWS, {"agent": agent_id}).all())

    return app


def synced_writes(folder: Path, *, seconds: float) -> float:
    """How many appended blocks of 4 KiB a second reach the disk of `folder`, one fdatasync each."""
    path = folder / "fdatasync.mesure"
    block, count = os.urandom(BLOC), 0
    with path.open("wb", buffering=0) as file:
        began = time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            file.write(block)
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return count / spent
