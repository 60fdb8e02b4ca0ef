"""The command line, run as a process would: init, check, agents, scan, demonstration."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from app.accounts.models import Agent, Installation
from app.alertes.planification import beat
from app.cli.demonstration import chargement
from app.cli.main import parcours
from app.cli.maison import SANS_CLES
from app.db.engine import make_engines, sqlite_library
from app.db.unit import Database
from app.parcours.models import Dossier
from tests.conftest import settings_in


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name in ("DATABASE_URL", "KEYS_DATABASE_URL", "ROOT_KEY_FILE", "URL", "SANS_CLES"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)
    monkeypatch.setenv("PARCOURS_INSTANCE", str(tmp_path / "instance"))
    return lambda *words, stdin=None: CliRunner().invoke(parcours, words, input=stdin, catch_exceptions=False)


@pytest.fixture
def data(tmp_path: Path) -> Database:
    return Database(make_engines(settings_in(tmp_path / "instance")))


def test_init_alone_makes_a_working_instance_that_only_its_owner_reads(run: Callable, tmp_path: Path) -> None:
    assert run("init").exit_code == 0
    for path in (tmp_path / "instance").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    checked = run("check")
    assert checked.exit_code == 0, checked.output
    assert "Tout va bien." in checked.stdout
    assert ".".join(map(str, sqlite_library()[1])) in checked.stdout


def test_init_twice_replaces_nothing(run: Callable, tmp_path: Path) -> None:
    run("init")
    before = {p.name: p.read_bytes() for p in (tmp_path / "instance").glob("*.cle*")}
    assert run("init", "--silencieux").stdout == ""
    assert {p.name: p.read_bytes() for p in (tmp_path / "instance").glob("*.cle*")} == before


def test_check_says_what_became_of_the_scheduler(run: Callable, data: Database) -> None:
    run("init")
    never = run("check")
    assert (never.exit_code, "Planificateur : jamais lancé" in never.stdout) == (0, True)
    assert run("planificateur", "etat").stdout.startswith("Planificateur : jamais lancé\n")
    now = datetime.now(UTC)
    for ago, code in ((timedelta(seconds=20), 0), (timedelta(minutes=9), 1)):
        with data.writing() as session:
            beat(session, porteur="machine:1:abcd", commence_le=now - timedelta(hours=1), now=now - ago)
        checked = run("check")
        assert checked.exit_code == code, checked.output
        assert "Planificateur : vu il y a " in checked.stdout
    assert "À corriger : Le planificateur ne donne plus signe de vie depuis 9 min." in checked.stderr


@pytest.mark.parametrize("lost", ["racine.cle", "service.cles", "coffre.cles", "cles.db"])
def test_a_lost_key_stops_every_command_with_one_sentence(run: Callable, tmp_path: Path, lost: str) -> None:
    run("init")
    (tmp_path / "instance" / lost).unlink()
    for words in (["check"], ["alertes", "scan"], ["init"]):
        result = run(*words)
        assert result.exit_code == 1
        assert "Traceback" not in result.output
        assert lost in result.stderr


def test_a_server_without_keys_is_checked_as_such(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    monkeypatch.setenv("PARCOURS_SANS_CLES", "1")
    within_reach = run("check")
    assert (within_reach.exit_code, "coffre.cles" in within_reach.stderr) == (1, True)
    for name in ("coffre.cles", "cles.db"):
        (tmp_path / "instance" / name).unlink()
    checked = run("check")
    assert (checked.exit_code, "ni le coffre ni la base des clés" in checked.stdout) == (0, True), checked.output


@pytest.mark.parametrize(
    "words", [["init"], ["demo"], ["planificateur", "--une-fois"], ["serve", "--avec-planificateur"]]
)
def test_without_keys_a_command_that_needs_them_says_so_and_does_nothing(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    run("init")
    (tmp_path / "instance" / "coffre.cles").unlink()
    monkeypatch.setenv("PARCOURS_SANS_CLES", "1")
    refused = run(*words)
    assert (refused.exit_code, SANS_CLES in refused.stderr) == (1, True)
    assert not (tmp_path / "instance" / "coffre.cles").exists()


def test_a_command_that_meets_a_name_without_keys_says_so(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    csv = tmp_path / "jeunes.csv"
    csv.write_text(
        "reference;sexe;annee_naissance;territoire;ouvert_le;prenom;nom;date_naissance\n"
        "R1;femme;2009;Lens;2026-01-05;Anne;Bel;2009-11-23\n"
    )
    monkeypatch.setenv("PARCOURS_SANS_CLES", "1")
    refused = run("import", "dossiers", str(csv))
    assert (refused.exit_code, SANS_CLES in refused.stderr) == (1, True), refused.output


def test_the_first_account_is_made_and_disabled_from_the_command_line(run: Callable, data: Database) -> None:
    run("init")
    words = ["agent", "creer", "a.b@exemple.org", "--prenom", "Anne", "--nom", "Bel", "--role", "referent"]
    made = run(*words)
    assert made.exit_code == 0, made.output
    assert "Mot de passe" in made.stdout
    again = run(*words)
    assert (again.exit_code, "Traceback" in again.output) == (1, False)
    assert "existe déjà" in again.stderr
    assert run("agent", "desactiver", "a.b@exemple.org").exit_code == 0
    with data.reading() as session:
        assert session.scalar(select(Agent.desactive_le)) is not None


def test_a_weak_password_or_an_impossible_pair_of_roles_is_refused_in_words(run: Callable) -> None:
    run("init")
    base = ["agent", "creer", "c@exemple.org", "--prenom", "Chloé", "--nom", "Roy"]
    weak = run(*base, "--role", "referent", "--mot-de-passe-fichier", "-", stdin="court\n")
    assert (weak.exit_code, "12 caractères" in weak.stderr) == (1, True)
    both = run(*base, "--role", "referent", "--role", "responsable")
    assert (both.exit_code, "responsable" in both.stderr) == (1, True)


def test_the_demonstration_fills_an_empty_database_once(
    run: Callable, data: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chargement, "JEUNES", 40)
    monkeypatch.setattr(chargement, "SUIVIS_AUJOURDHUI", 12)
    run("init")
    assert run("demo").exit_code == 0
    with data.reading() as session:
        assert session.scalar(select(func.count(Dossier.id))) == 40
        assert session.scalar(select(func.count(Dossier.id)).where(Dossier.clos_le.is_(None))) == 12
        assert session.scalar(select(Installation.demonstration))
    assert run("demo").exit_code == 1
    assert run("demo", "--si-vide").exit_code == 0
    scan = run("alertes", "scan")
    assert scan.stdout == "Alertes ouvertes : 0 ; fermées : 0.\n"
    assert run("check").exit_code == 0


def test_a_database_that_holds_accounts_never_becomes_the_demonstration(run: Callable, data: Database) -> None:
    run("init")
    run("agent", "creer", "a@exemple.org", "--prenom", "A", "--nom", "B", "--role", "administrateur")
    assert run("demo").exit_code == 1
    with data.reading() as session:
        assert not session.scalar(select(Installation.demonstration))
