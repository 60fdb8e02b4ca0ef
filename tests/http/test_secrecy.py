"""Everything personal is typed through the real pages, then looked for wherever it must not be."""

from __future__ import annotations

import base64
import logging
import os
import re
import socket
import subprocess
import sys
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from app.cli.main import parcours
from app.db.engine import sqlite_module
from tests.conftest import FrozenClock
from tests.http.conftest import MOT_DE_PASSE, Monde, token
from tests.http.formulaires import parse

DIT = {
    "prenom": "Zéphirinette",
    "nom": "Quatremoulin",
    "pseudonyme": "Loupiotte-Noire",
    "telephone": "06 39 98 12 77",
    "courriel": "zeph.moulin@exemple.fr",
    "note": "tourniquet mauve",
    "parent": "Barnabette",
    "telephone_parent": "07 65 43 21 89",
    "precisions": "escarpolette",
    "objet": "ferblanterie",
    "voeu": "farandole",
    "petit_pas": "cabrioleur",
    "passation": "girandole",
    "recherche": "Grimbouillon",
    "brouillon": "crapaudine",
    "importe": "Mirliflore",
    "ne_le": "2009-11-23",
}
CANARIS = [*DIT.values(), "0639981277", "+33639981277", "+33765432189", "23/11/2009", "20091123"]
SUIVI = {"resultat": "echange_fait", "canal": "telephone", "quand": "aujourdhui", "visibilite": "mon_equipe"}
INFORME = {"informe_le": "05/01/2026", "informe_forme": "orale"}


def spellings(canary: str) -> set[bytes]:
    """As it may lie in a file: its encodings, unaccented, escaped, in an address, in hexadecimal, base64."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", canary) if not unicodedata.combining(letter))
    found: set[bytes] = set()
    for text in {canary, canary.lower(), canary.upper(), plain, plain.lower(), plain.upper()}:
        raw = text.encode()
        escaped = text.encode("unicode_escape")
        found |= {raw, text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode("cp1252"), escaped}
        found |= {quote(text).encode(), quote_plus(text).encode(), raw.hex().encode(), raw.hex().upper().encode()}
        # wherever it begins among three bytes, its middle is written the same
        found |= {base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4] for shift in range(3)}
    return {spelling for spelling in found if len(spelling) >= 6}


SPELLINGS = [(canary, spelling) for canary in CANARIS for spelling in spellings(canary)]


def leaks(content: bytes) -> list[str]:
    return [f"{canary} as {spelling!r}" for canary, spelling in SPELLINGS if spelling in content]


@pytest.mark.parametrize("canary", CANARIS)
def test_the_search_finds_what_it_looks_for(canary: str) -> None:
    for hidden in (canary.upper().encode("utf-16-le"), base64.b64encode(b"ab" + canary.encode() + b"cd")):
        assert leaks(b"xx" + hidden + b"yy")


class Oreille(FlaskClient):
    """A browser that keeps every header and every address that it is given."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.heard: list[str] = []

    def open(self, *args: object, **kwargs: object):
        answer = super().open(*args, **kwargs)
        self.heard += [f"{name}: {value}" for name, value in answer.headers]
        if answer.mimetype == "text/html":
            self.heard += list(_addresses(answer.text))
        return answer


def _addresses(page: str) -> Iterator[str]:
    for element in parse(page).iter():
        for name in ("href", "action", "formaction", "src", "id", "class", "name"):
            value = element.get(name, "") if isinstance(element.tag, str) else ""
            # the number that was asked for is shown to be called
            if not value.startswith(("tel:", "sms:", "mailto:")):
                yield value
        if element.tag == "title":
            yield element.text or ""


@pytest.fixture
def oreille(app: Flask, monde: Monde, connect: Callable) -> Oreille:
    app.test_client_class = Oreille
    return connect(monde.agents["referent"])


def tell_everything(client: FlaskClient, monde: Monde, clock: FrozenClock) -> None:
    """Every page where words are typed, one after the other."""
    csrf = token(client)

    def post(url: str, *, status: int = 303, **data: str):
        answer = client.post(url, data={"csrf_token": csrf, "depot": str(uuid4()), **data})
        assert answer.status_code == status, (url, answer.status_code)
        return answer

    who = {name: DIT[name] for name in ("prenom", "nom", "pseudonyme", "telephone", "courriel")} | INFORME
    created = post(
        "/dossiers/nouveau", **who, naissance="23/11/2009", territoire_id=str(monde.ids["territoire_id"]),
        note=DIT["note"], canal="presence_rue", referent_id=str(monde.agents["referent"].id),
    ).location  # fmt: skip
    # the same person again: a page of likely twins
    post(
        "/dossiers/nouveau", status=200, **who, naissance="23/11/2009",
        territoire_id=str(monde.ids["territoire_id"]), canal="presence_rue",
    )  # fmt: skip
    post(f"{created}/identite", **who, naissance="23/11/2009", version="1")
    post(f"{created}/identite", status=409, **who, naissance="23/11/2009", version="1")
    parent = {"prenom": DIT["parent"], "nom": DIT["nom"], "telephone": DIT["telephone_parent"], "lien": "parent"}
    post(f"{created}/representants/nouveau", **parent, **INFORME, autorite_parentale="oui", peut_etre_contacte="oui")
    post(f"{created}/suivis", **SUIVI, mots=DIT["note"])
    post(f"{created}/suivis", status=422, **SUIVI | {"canal": "x"}, mots=DIT["note"])
    post(f"{created}/etapes", genre="emploi", statut="en_cours", debut="02/03/2026", precisions=DIT["precisions"])
    post(f"{created}/contacts-prevus", jour="20/03/2026", objet=DIT["objet"])
    goal = {"theme": "emploi", "mots_jeune": DIT["voeu"], "mots_pro": DIT["note"], "pas-0-mots": DIT["petit_pas"]}
    post(f"{created}/objectifs", **goal)
    post(f"{created}/objectifs", status=422, **goal | {"theme": ""})
    post("/mes-jeunes/recherche", status=200, texte=DIT["recherche"])
    post("/mes-jeunes/recherche", status=200, texte=DIT["nom"])
    post(f"{created}/numero", status=200)
    for url in (created, f"{created}/identite", f"{created}/representants", "/mes-jeunes", "/alertes", "/brouillons"):
        assert client.get(url).status_code == 200
    page = client.get(f"{created}/referent").text
    replaced = re.search(r'name="remplace"[^>]* value="([^"]+)"', page)[1]
    to = str(monde.agents["autre_referent"].id)
    post(f"{created}/referent", agent=to, motif="depart_agent", remplace=replaced, note=DIT["passation"])
    clock.now += timedelta(hours=11)
    post(f"/dossiers/{monde.code}/suivis", **SUIVI, mots=DIT["brouillon"])
    sent = {"courriel": monde.agents["referent"].courriel, "mot_de_passe": MOT_DE_PASSE}
    client.post("/connexion", data=sent | {"csrf_token": token(client, "/connexion")})
    assert DIT["brouillon"] in client.get(client.get("/brouillons") and _draft(client)).text


def _draft(client: FlaskClient) -> str:
    forms = [form.get("action", "") for form in parse(client.get("/brouillons").text).iter("form")]
    take = [action for action in forms if action.endswith("/reprendre")]
    return client.post(take[0], data={"csrf_token": token(client)}).location


def test_what_is_typed_is_in_no_file_no_header_no_address_and_no_log(
    app: Flask, house, monde: Monde, oreille: Oreille, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        tell_everything(oreille, monde, clock)
    assert leaks("\n".join(oreille.heard).encode()) == []
    assert leaks(caplog.text.encode()) == []
    files = {path.name: path.read_bytes() for path in house.settings.instance.rglob("*") if path.is_file()}
    assert {"parcours.db", "parcours.db-wal", "cles.db", "cles.db-wal", "coffre.cles", "service.cles"} <= files.keys()
    for name, content in files.items():
        assert leaks(content) == [], name


def _fails(error: Exception) -> Callable[..., object]:
    def fail(*args: object, **kwargs: object) -> object:
        raise error

    return fail


def test_an_error_that_quotes_a_name_leaves_no_trace_of_it(
    app: Flask, monde: Monde, oreille: Oreille, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever an exception says, and those it came from, the log keeps where it happened and of what kind."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    error = ValueError(f"invalid literal: {DIT['nom']!r}")
    error.__cause__ = IntegrityError("INSERT", {"nom": DIT["prenom"]}, Exception(f"DETAIL: ({DIT['courriel']})"))
    monkeypatch.setattr("app.parcours.views_suivis.note", _fails(error))
    data = {"csrf_token": token(oreille), "depot": str(uuid4()), **SUIVI, "mots": DIT["note"]}
    answer = oreille.post(f"/dossiers/{monde.code}/suivis", data=data)
    assert answer.status_code == 500
    assert leaks(answer.data) == leaks(caplog.text.encode()) == leaks("\n".join(oreille.heard).encode()) == []
    assert "views_suivis.py" in caplog.text, "where it happened"
    assert "builtins.ValueError" in caplog.text, "of what kind"
    assert "sqlalchemy.exc.IntegrityError" in caplog.text


@pytest.mark.postgresql
def test_the_detail_that_postgresql_adds_to_an_error_is_not_logged(
    build: Callable, postgresql_settings, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    from app.accounts.models import Structure
    from app.accounts.vocabulaire import GenreStructure
    from app.web.traces import WITHOUT_WORDS

    house = build(postgresql_settings)
    logger = logging.getLogger("app")
    logger.addFilter(WITHOUT_WORDS)
    with pytest.raises(IntegrityError) as refused, house.database.writing() as session:
        for name in ("un", "deux"):
            session.add(Structure(code=DIT["pseudonyme"], nom=name, genre=GenreStructure.PLIE))
    assert DIT["pseudonyme"] in str(refused.value), "PostgreSQL quotes the value"
    logger.error("refused", exc_info=refused.value)
    assert leaks(caplog.text.encode()) == []
    assert "23505" in caplog.text
    assert "psycopg.errors.UniqueViolation" in caplog.text


COMMANDE = [sys.executable, "-c", "from app.cli.main import parcours; parcours()"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARCOURS_")}
    return kept | {"PARCOURS_INSTANCE": str(tmp_path / "instance")}


def _run(environ: dict[str, str], *words: str, stdin: str = "") -> str:
    done = subprocess.run([*COMMANDE, *words], env=environ, input=stdin, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


@contextmanager
def _served(environ: dict[str, str], log: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen([*COMMANDE, "serve", "--port", str(port)], env=environ, stdout=output, stderr=output)
    try:
        for _ in range(150):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/sante", timeout=5).close()
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _browse(opener: urllib.request.OpenerDirector, url: str, data: dict[str, str] | None = None) -> tuple[int, str]:
    sent = None if data is None else "&".join(f"{quote(k)}={quote(v)}" for k, v in data.items()).encode()
    try:
        with opener.open(url, sent, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _csrf(page: str) -> str:
    return re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)[1]


def test_a_real_process_and_an_import_write_no_name_on_disk_nor_in_their_output(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    said = [_run(environ, "init")]
    agent = ["agent", "creer", "agent@exemple.test", "--prenom", "A", "--nom", "B", "--role", "referent"]
    said.append(_run(environ, *agent, "--mot-de-passe-fichier", "-", stdin=MOT_DE_PASSE))
    csv = tmp_path / "jeunes.csv"
    head = "reference;sexe;annee_naissance;territoire;ouvert_le;prenom;nom;date_naissance;telephone;courriel;referent"
    who = f"{DIT['importe']};{DIT['nom']};{DIT['ne_le']};{DIT['telephone']};{DIT['courriel']};agent@exemple.test"
    csv.write_text(f"{head}\nR1;femme;2009;Lens;2026-01-05;{who}\n")
    said.append(_run(environ, "import", "dossiers", str(csv)))
    assert "1 importé" in said[-1]
    # a bad line is named by its number, its column and its reason
    csv.write_text(f"{head}\nR2;femme;2009;Lens;{DIT['note']};{who}\n")
    said.append(_run(environ, "import", "dossiers", str(csv)))
    csv.unlink()
    log = tmp_path / "serve.log"
    with _served(environ, log) as base:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        csrf = _csrf(_browse(opener, f"{base}/connexion")[1])
        sent = {"csrf_token": csrf, "courriel": "agent@exemple.test", "mot_de_passe": MOT_DE_PASSE}
        page = _browse(opener, f"{base}/connexion", sent)[1]
        assert DIT["importe"] in page
        csrf, code = _csrf(page), re.search(r"/dossiers/([A-Z0-9]{3}-[A-Z0-9]{3})", page)[1]
        assert _browse(opener, f"{base}/dossiers/{quote(DIT['prenom'])}?nom={quote(DIT['nom'])}")[0] == 404
        typed = SUIVI | {"csrf_token": csrf, "depot": str(uuid4()), "mots": DIT["note"]}
        assert _browse(opener, f"{base}/dossiers/{code}/suivis", typed)[0] == 200
        assert (
            _browse(opener, f"{base}/mes-jeunes/recherche", {"csrf_token": csrf, "texte": DIT["recherche"]})[0] == 200
        )
        with sqlite_module.connect(tmp_path / "instance" / "parcours.db", timeout=10) as connection:
            connection.execute("ALTER TABLE contact_prevu RENAME TO disparue")
        connection.close()
        broken = SUIVI | {"csrf_token": csrf, "depot": str(uuid4()), "mots": DIT["brouillon"]}
        assert _browse(opener, f"{base}/dossiers/{code}/suivis", broken)[0] == 500
    said.append(log.read_text())
    assert "OperationalError" in said[-1], "the failure is logged"
    assert leaks("\n".join(said).encode()) == []
    for path in (tmp_path / "instance").rglob("*"):
        if path.is_file():
            assert leaks(path.read_bytes()) == [], path.name


def test_a_command_that_fails_unexpectedly_says_where_and_quotes_nothing(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(environ, "init")
    monkeypatch.setenv("PARCOURS_INSTANCE", environ["PARCOURS_INSTANCE"])
    monkeypatch.setattr("app.cli.alertes.scan_everybody", _fails(ValueError(DIT["nom"])), raising=True)
    done = CliRunner().invoke(parcours, ["alertes", "scan"])
    assert done.exit_code == 1
    assert leaks(done.output.encode()) == []
    assert "builtins.ValueError" in done.output
