"""After a registration no name is anywhere on disk, nor in what the database prints."""

import logging
import shutil
import subprocess
from pathlib import Path

import pytest

from app.jeunes.queries import search
from app.jeunes.services_representants import FicheRepresentant, add_representant
from app.jeunes.vocabulaire import AutoriteParentale, Lien, PeutEtreContacte
from tests.factories import TODAY
from tests.jeunes.conftest import CANARIS, Ville, build_ville, common


def register_everything(ville: Ville) -> None:
    vault = ville.maison.vault
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent, referent=ville.referent, note="Grimbosq est passé")
        fiche = FicheRepresentant(
            {"prenom": "Odile", "nom": "Quatrevaux", "telephone": "06 98 76 54 32"},
            Lien.PARENT,
            AutoriteParentale.OUI,
            PeutEtreContacte.OUI,
        )
        ids = {"representant_id": dossier.uid, "depot": dossier.uid}
        add_representant(session, vault, dossier, fiche=fiche, **ids, **common(ville.referent))
    with ville.maison.database.writing() as session:
        assert ville.receive(session, ville.prepare(), ville.ailleurs).dossier is None
    with ville.maison.database.reading() as session:
        assert search(session, vault, agent=ville.referent, texte="Quatrevaux", today=TODAY) == [dossier.id]


def assert_no_canary(content: bytes, where: str) -> None:
    for canary in CANARIS:
        for encoding in ("utf-8", "utf-16-le", "latin-1"):
            assert canary.encode(encoding) not in content, f"{canary!r} in {where}"


def test_no_name_is_in_any_file_of_the_installation(sqlite_maison):
    register_everything(build_ville(sqlite_maison))
    files = [path for path in sqlite_maison.settings.instance.rglob("*") if path.is_file()]
    assert {"parcours.db", "parcours.db-wal", "cles.db", "cles.db-wal"} <= {path.name for path in files}
    for path in files:
        assert_no_canary(path.read_bytes(), path.name)


@pytest.mark.postgresql
def test_no_name_is_in_a_dump_of_the_database(build, postgresql_settings, tmp_path: Path):
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    register_everything(build_ville(build(postgresql_settings)))
    dump = subprocess.run(
        ["pg_dump", "--inserts", postgresql_settings.database_url], check=True, capture_output=True
    ).stdout
    assert b"demande_doublon" in dump
    assert_no_canary(dump, "pg_dump")
    decoded = [bytes.fromhex(part[2:].decode()) for part in dump.split(b"'") if part.startswith(b"\\x")]
    assert decoded
    for blob in decoded:
        assert_no_canary(blob, "bytea")


def test_no_name_is_logged_even_when_every_statement_is(sqlite_maison, caplog: pytest.LogCaptureFixture):
    ville = build_ville(sqlite_maison)
    with caplog.at_level(logging.DEBUG):
        for name in ("sqlalchemy.engine", "app"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            register_everything(ville)
        finally:
            logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    assert "demande_doublon" in caplog.text
    assert_no_canary(caplog.text.encode(), "the log")
