"""A start with keys that are missing, foreign, damaged or readable by others stops with a sentence."""

import base64
import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, inspect, text, update

from app.config import ConfigurationError
from app.vault import preparation
from app.vault.errors import KeylessProcess
from app.vault.files import refuse_shared
from app.vault.models import CleDossier, Magasin
from app.vault.opening import open_keyless, open_vault
from app.vault.places import IndexKind, Place, ServicePurpose
from app.vault.preparation import prepare_keys

KEY_FILES = ("racine.cle", "service.cles", "coffre.cles")


@pytest.fixture
def start(prepared, engines_for):
    """Start again with what is on the disk now; gives the sentence of the refusal."""

    def attempt(settings=prepared) -> str:
        with pytest.raises(ConfigurationError) as refusal:
            open_vault(settings, engines_for(settings))
        return _sentence(refusal)

    return attempt


@pytest.fixture
def elsewhere(another_vault, tmp_path) -> Path:
    """The directory of another installation, at rest: all of its key store is in its file."""
    another_vault.store.dispose()
    return tmp_path / "ailleurs"


def test_a_new_installation_opens_and_is_made_only_once(settings, engines):
    made = prepare_keys(settings, engines)
    assert [Path(place).name for place in made[:3]] == list(KEY_FILES)
    assert len(made) == 4
    before = _contents(settings.instance)
    assert prepare_keys(settings, engines) == []
    assert _contents(settings.instance) == before
    assert not open_vault(settings, engines).keyless


def test_key_files_and_the_key_store_are_for_one_account_only(prepared, engines_for):
    vault = open_vault(prepared, engines_for(prepared))
    vault.create_key(uuid4())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in prepared.instance.iterdir()}
    assert {*KEY_FILES, "cles.db", "cles.db-wal"} <= modes.keys()
    assert {name: oct(mode) for name, mode in modes.items() if mode != 0o600} == {}
    assert stat.S_IMODE(prepared.instance.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", [*KEY_FILES, "cles.db"])
def test_a_missing_file_is_named(prepared, start, name):
    (prepared.instance / name).unlink()
    sentence = start()
    assert str(prepared.instance / name) in sentence
    assert "sauvegarde" in sentence


@pytest.mark.parametrize("name", [*KEY_FILES, "cles.db"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(prepared, start, name, mode):
    (prepared.instance / name).chmod(mode)
    assert f"chmod 600 {prepared.instance / name}" in start()


def test_a_credential_given_by_systemd_shows_its_list_of_access_as_group_bits():
    refuse_shared(Path("/run/credentials/parcours.service/racine"), stat.S_IFREG | 0o440, what="")


@pytest.mark.parametrize("name", [*KEY_FILES, "cles.db"])
def test_a_file_of_another_installation_is_refused(prepared, start, elsewhere, name):
    shutil.copy(elsewhere / name, prepared.instance / name)
    sentence = start()
    assert str(prepared.instance) in sentence
    assert "autre installation" in sentence


@pytest.mark.parametrize("name", KEY_FILES)
@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"{}", b"[1]", b'{"format": 1, "trousseau": "coffre"}'])
def test_a_damaged_file_is_refused(prepared, start, name, damage):
    (prepared.instance / name).write_bytes(damage)
    assert str(prepared.instance / name) in start()


@pytest.mark.parametrize("name", ["service.cles", "coffre.cles"])
def test_a_byte_changed_in_any_key_or_canary_stops_the_start(prepared, start, name):
    path = prepared.instance / name
    document = json.loads(path.read_text())
    for purpose, versions in document["cles"].items():
        for version, entry in versions.items():
            for part in entry:
                altered = json.loads(path.read_text())
                value = bytearray(base64.b64decode(entry[part]))
                value[len(value) // 2] ^= 1
                altered["cles"][purpose][version][part] = base64.b64encode(value).decode()
                whole = path.read_bytes()
                path.write_text(json.dumps(altered))
                assert name in start(), (purpose, version, part)
                path.write_bytes(whole)


def test_a_key_moved_to_another_purpose_stops_the_start(prepared, start):
    path = prepared.service_keyring_file
    document = json.loads(path.read_text())
    document["cles"]["sessions"] = document["cles"]["audit"]
    path.write_text(json.dumps(document))
    assert "service.cles" in start()


def test_a_purpose_without_a_key_stops_the_start(prepared, start):
    path = prepared.vault_keyring_file
    document = json.loads(path.read_text())
    document["cles"]["index_aveugle"] = {}
    path.write_text(json.dumps(document))
    assert "coffre.cles" in start()


def test_the_two_keyrings_cannot_be_exchanged(prepared, start):
    prepared.vault_keyring_file.write_bytes(prepared.service_keyring_file.read_bytes())
    assert "coffre.cles" in start()


def test_a_key_store_that_is_not_a_data_base_is_refused(prepared, start):
    (prepared.instance / "cles.db").write_bytes(b"not a data base" * 100)
    assert "cles.db" in start()


@pytest.mark.postgresql
def test_a_key_store_that_does_not_answer_is_named_without_its_password(prepared, start):
    away = "postgresql://parcours:motdepasse@127.0.0.1:1/cles"
    sentence = start(replace(prepared, keys_database_url=away))
    assert "127.0.0.1:1/cles" in sentence
    assert "motdepasse" not in sentence


def test_an_empty_or_newer_key_store_is_refused(settings, engines, vault):
    with engines.keys.begin() as connection:
        connection.execute(update(Magasin).values(version_schema=99))
    assert "99" in _refused(lambda: open_vault(settings, engines))
    with engines.keys.begin() as connection:
        connection.execute(delete(Magasin))
    assert "est vide" in _refused(lambda: open_vault(settings, engines))


def test_a_lost_key_is_never_replaced_by_a_new_one(prepared, engines_for):
    for name in [*KEY_FILES, "cles.db"]:
        path = prepared.instance / name
        path.rename(path.with_suffix(".cache"))
        before = _contents(prepared.instance)
        sentence = _refused(lambda: prepare_keys(prepared, engines_for(prepared)))
        assert str(path) in sentence
        assert _contents(prepared.instance) == before
        path.with_suffix(".cache").rename(path)
    assert prepare_keys(prepared, engines_for(prepared)) == []


def test_a_key_store_emptied_by_someone_is_not_adopted(settings, engines, vault):
    vault.create_key(uuid4())
    with engines.keys.begin() as connection:
        connection.execute(delete(Magasin))
    _refused(lambda: prepare_keys(settings, engines))
    with engines.keys.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM cle_dossier")) == 1


@pytest.mark.parametrize("step", ["create_keyring", "_create_store", "check_store"])
def test_an_interrupted_preparation_is_completed(settings, engines, monkeypatch, step):
    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(preparation, step, fail)
        with pytest.raises(KeyboardInterrupt):
            prepare_keys(settings, engines)
    prepare_keys(settings, engines)
    vault = open_vault(settings, engines)
    uid = uuid4()
    vault.create_key(uid)
    blob = vault.keys([uid]).seal(uid, {}, place=Place.NOTE, row=uid)
    assert vault.keys([uid]).open(uid, blob, place=Place.NOTE, row=uid) == {}


def test_a_directory_that_cannot_be_written_gives_a_sentence(sqlite_settings, engines_for):
    sqlite_settings.instance.parent.mkdir(exist_ok=True)
    sqlite_settings.instance.write_text("a file where the directory should be")
    engines = engines_for(sqlite_settings)
    assert str(sqlite_settings.instance) in _refused(lambda: prepare_keys(sqlite_settings, engines))


def test_the_key_store_holds_its_tables_and_nothing_of_the_data(engines, vault):
    assert set(inspect(engines.keys).get_table_names()) == {"magasin", "cle_dossier", "index_aveugle"}
    assert CleDossier.metadata.tables.keys() == set(inspect(engines.keys).get_table_names())


def test_a_keyless_process_serves_sessions_and_sees_nobody(prepared, another_vault):
    prepared.vault_keyring_file.unlink()
    vault, uid = open_keyless(prepared), uuid4()
    assert vault.keyless
    blob = vault.service_seal(ServicePurpose.SESSIONS, b"panier", context=b"jeton")
    assert vault.service_open(ServicePurpose.SESSIONS, blob, context=b"jeton") == b"panier"
    assert len(vault.sign(b"racine")) == 64
    assert len(vault.pseudonymise("K7M-42Q")) == 32
    for ask in (
        lambda: vault.create_key(uid),
        lambda: vault.create_keys([uid]),
        lambda: vault.keys([uid]),
        lambda: vault.keys([]),
        lambda: vault.missing_keys([uid]),
        lambda: vault.blind_index(IndexKind.IDENTITE, "a"),
        lambda: vault.replace_indexes(uid, {IndexKind.IDENTITE: ["a"]}),
        lambda: vault.find_by_index({IndexKind.IDENTITE: "a"}),
        lambda: vault.draft_seal(b"", context=b""),
        lambda: vault.draft_open(b"", context=b""),
    ):
        with pytest.raises(KeylessProcess):
            ask()


def _refused(attempt) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        attempt()
    return _sentence(refusal)


def _sentence(refusal: pytest.ExceptionInfo[ConfigurationError]) -> str:
    sentence = str(refusal.value)
    assert sentence[0].isupper() or sentence[0] == "/"
    assert sentence.endswith(".")
    for mark in ":;!?»":
        assert f" {mark} " not in sentence, "a no-break space stands before a double sign"
    assert "'" not in sentence
    return sentence


def _contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if not path.name.startswith("cles.db-")}
