"""`parcours cohortes figer` and `verifier`, as they are typed; the quarterly job; what an import offers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from app.accounts.maison import Maison
from app.accounts.models import Structure
from app.alertes.rules_planification import last_slot
from app.alertes.vocabulaire import Tache
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.cli.cohortes import trimestre
from app.cli.main import parcours
from app.cohortes.queries_releves import millesimes
from app.cohortes.rules_treillis import quarter_code
from app.config import Settings
from tests.cohortes.population import Jeune, add
from tests.conftest import FrozenClock
from tests.factories import make_structure, make_territoire


@pytest.fixture
def ville(sqlite_maison: Maison) -> Maison:
    """40 young people of 2024: not all women."""
    with sqlite_maison.database.writing() as session:
        lot = [Jeune() for _ in range(34)] + [Jeune(sexe="homme") for _ in range(6)]
        add(session, make_structure(session), make_territoire(session), lot)
    return sqlite_maison


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setenv("PARCOURS_INSTANCE", str(settings.instance))
    return CliRunner().invoke(parcours, words)


def test_a_freeze_says_what_it_refused_and_never_a_figure_of_people(
    ville: Maison, sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(sqlite_settings, monkeypatch, "cohortes", "figer", "--jusqua", "2024-T4")
    assert done.exit_code == 0
    assert "Trop peu de jeunes" in done.output
    assert "  Hommes\n" in done.output
    # the rest would give them by subtraction
    assert "isolerait" in done.output
    assert not re.search(r"\b(6|34|40)\b", done.output)
    again = run(sqlite_settings, monkeypatch, "cohortes", "figer", "--jusqua", "2024-T4")
    assert "Rien à faire" in again.output
    checked = run(sqlite_settings, monkeypatch, "cohortes", "verifier")
    assert (checked.exit_code, "intact" in checked.output) == (0, True)
    with ville.database.reading() as session:
        (line,) = session.scalars(select(EntreeJournal).where(EntreeJournal.action == Action.COHORTES_FIGEES))
        assert line.precision.startswith("2024-t4:")


def test_a_ledger_that_was_touched_is_said_and_stops(
    ville: Maison, sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sqlite_settings, monkeypatch, "cohortes", "figer")
    with ville.database.engines.write.begin() as connection:
        connection.execute(text("DROP TRIGGER publication_sans_modification"))
        connection.execute(text("UPDATE publication SET effectif = 55 WHERE id = 1"))
    done = run(sqlite_settings, monkeypatch, "cohortes", "verifier")
    assert done.exit_code == 1
    assert "n°1 : cette publication n’est plus celle qui a été écrite." in done.output


@pytest.mark.parametrize("jusqua", ["2024", "2024-T5", "T1-2024", "2024-t1", "9999-T1"])
def test_what_is_no_quarter_is_refused(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, jusqua: str) -> None:
    done = run(sqlite_settings, monkeypatch, "cohortes", "figer", "--jusqua", jusqua)
    assert (done.exit_code, "s’écrit AAAA-Tn" in done.output) == (2, True)


def test_a_quarter_that_goes_on_cannot_be_closed(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(sqlite_settings, monkeypatch, "cohortes", "figer", "--jusqua", "2199-T4")
    assert (done.exit_code, "n’est pas fini" in done.output) == (2, True)


def test_nobody_to_count_is_a_sentence(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(sqlite_settings, monkeypatch, "cohortes", "figer")
    assert (done.exit_code, "Rien à figer" in done.output) == (1, True)


def test_the_quarterly_job_waits_for_somebody_to_decide_the_first_freeze(ville: Maison, clock: FrozenClock) -> None:
    slot = last_slot(Tache.TRIMESTRE, clock.now)
    assert slot.code == "2025-T4"
    assert trimestre(ville, slot.code) == "premier_gel=a_faire"
    with ville.database.reading() as session:
        assert millesimes(session) == []


def test_the_quarterly_job_closes_what_is_over(
    ville: Maison, sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sqlite_settings, monkeypatch, "cohortes", "figer", "--jusqua", "2025-T2")
    assert trimestre(ville, "2025-T4").startswith("millesimes=2 ")
    assert trimestre(ville, "2025-T4").startswith("millesimes=0 ")
    with ville.database.reading() as session:
        assert [quarter_code(one) for one in millesimes(session)] == ["2025-T4", "2025-T3", "2025-T2"]


def test_an_import_offers_the_first_freeze_until_there_is_one(
    ville: Maison, sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    people, steps = tmp_path / "jeunes.csv", tmp_path / "etapes.csv"
    people.write_text("reference;sexe;annee_naissance;territoire;ouvert_le\nR1;femme;2009;Lens;2026-01-05\n")
    steps.write_text("reference;type;statut;debut;fin\nR1;scolarite;en_cours;2026-01-10;\n")
    with ville.database.reading() as session:
        where = ("--structure", session.scalars(select(Structure.code)).one())
    run(sqlite_settings, monkeypatch, "import", "dossiers", str(people), *where)
    said = run(sqlite_settings, monkeypatch, "import", "etapes", str(steps), *where)
    assert (said.exit_code, "parcours cohortes figer" in said.output) == (0, True), said.output
    run(sqlite_settings, monkeypatch, "cohortes", "figer")
    again = run(sqlite_settings, monkeypatch, "import", "etapes", str(steps), *where)
    assert (again.exit_code, "parcours cohortes figer" in again.output) == (0, False), again.output
