"""One key-encryption key a month, made once however many meet the month together."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.vault import keyrings
from app.vault.errors import Unreadable
from app.vault.models import CleDossier
from app.vault.opening import open_vault
from app.vault.places import Place
from app.vault.service import epoch_of

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)

CREATE_IN_DECEMBER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from app.config import Settings
from app.db.engine import make_engines
from app.vault.opening import open_vault
from app.vault.places import Place

directory, store, uid = Path(sys.argv[1]), sys.argv[2], UUID(sys.argv[3])
settings = Settings(directory, "sqlite://", store, directory / "racine.cle")
vault = open_vault(settings, make_engines(settings), clock=lambda: datetime(2026, 12, 1, tzinfo=UTC))
print("ready", flush=True)
sys.stdin.readline()
vault.create_key(uid)
print(vault.keys([uid]).seal(uid, {"prenom": "Lina"}, place=Place.NOTE, row=uid).hex())
"""


def test_an_epoch_is_a_month_of_universal_time():
    assert epoch_of(datetime.fromisoformat("2026-12-01T00:30:00+01:00")) == "2026-11"


def test_the_first_creation_of_a_month_makes_its_epoch_and_reading_makes_none(settings, vault, clock):
    old, new = uuid4(), uuid4()
    vault.create_key(old)
    clock.now = DECEMBER
    vault.keys([old])
    assert _epochs(settings) == {"2026-11"}
    vault.create_key(new)
    assert _epochs(settings) == {"2026-11", "2026-12"}
    with vault.reading.connect() as connection:
        rows = connection.execute(select(CleDossier.dossier_uid, CleDossier.epoque)).all()
    assert {(uid, epoch) for uid, epoch in rows} == {(old, "2026-11"), (new, "2026-12")}


def test_processes_that_meet_a_month_together_make_one_epoch(settings, vault):
    uids = [uuid4() for _ in range(4)]
    children = [_child(settings, uid) for uid in uids]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    blobs = [bytes.fromhex(child.communicate(timeout=60)[0]) for child in children]
    assert [child.returncode for child in children] == [0] * 4
    assert _epochs(settings) == {"2026-11", "2026-12"}
    # this process read its keyring before December: it reads it again
    keys = vault.keys(uids)
    for uid, blob in zip(uids, blobs, strict=True):
        assert keys.open(uid, blob, place=Place.NOTE, row=uid) == {"prenom": "Lina"}


def test_threads_that_meet_a_month_together_make_one_epoch(settings, vault, clock):
    clock.now = DECEMBER
    uids = [uuid4() for _ in range(8)]
    threads = [threading.Thread(target=vault.create_key, args=[uid]) for uid in uids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = vault.keys(uids)
    for uid in uids:
        keys.seal(uid, {}, place=Place.NOTE, row=uid)
    assert _epochs(settings) == {"2026-11", "2026-12"}


def test_an_epoch_that_no_file_holds_is_unreadable(settings, engines, vault, clock):
    uid = uuid4()
    before = settings.vault_keyring_file.read_bytes()
    stale = open_vault(settings, engines)
    clock.now = DECEMBER
    vault.create_key(uid)
    settings.vault_keyring_file.write_bytes(before)
    with pytest.raises(Unreadable) as refusal:
        stale.keys([uid]).seal(uid, {}, place=Place.NOTE, row=uid)
    assert refusal.value.reason == Unreadable.UNKNOWN_VERSION


def test_a_disk_that_became_read_only_keeps_the_last_epoch(settings, vault, clock, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(keyrings, "write_private", refuse)
    clock.now, uid = DECEMBER, uuid4()
    vault.create_key(uid)
    vault.keys([uid]).seal(uid, {}, place=Place.NOTE, row=uid)
    assert _epochs(settings) == {"2026-11"}
    assert "Read-only file system" in caplog.text


def test_an_interrupted_rewriting_leaves_the_keyring_as_it_was(settings, vault, clock, monkeypatch):
    before = settings.vault_keyring_file.read_bytes()

    def interrupt(*_):
        raise KeyboardInterrupt

    clock.now = DECEMBER
    with monkeypatch.context() as cut:
        cut.setattr("app.vault.files.os.fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            vault.create_key(uuid4())
    assert settings.vault_keyring_file.read_bytes() == before
    assert [path.name for path in settings.instance.iterdir() if path.suffix == ".nouveau"] == []
    vault.create_key(uuid4())


def _child(settings, uid) -> subprocess.Popen:
    arguments = [str(settings.instance), settings.keys_database_url, str(uid)]
    return subprocess.Popen(
        [sys.executable, "-c", CREATE_IN_DECEMBER, *arguments],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _epochs(settings) -> set[str]:
    return set(json.loads(settings.vault_keyring_file.read_text())["cles"]["kek"])
