"""Whenever an import stops, the same command completes it, and nothing is written twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.accounts.maison import jour_de, utc_now
from app.alertes.services import Bilan, scan
from app.cli import imports
from app.jeunes import import_dossiers_ecriture
from app.jeunes.models import Identite
from app.parcours.etat import drift
from app.parcours.models import Dossier, Etape
from app.referents.models import Affectation
from tests.imports.atelier import ENTETE, ENTETE_ETAPES, Atelier, fichier

ROOT = Path(__file__).resolve().parents[2]


class Crash(Exception):
    """The process stops here."""


def many(combien: int, referent: str) -> bytes:
    lines = (f"R{n};femme;2008;G{n % 3};2026-01-05;Prénom{n};Nom{n};{referent}" for n in range(combien))
    return fichier(ENTETE + ";prenom;nom;referent", *lines)


def steps(combien: int) -> bytes:
    lines = (f"R{n % 40};stage;terminee;2025-01-{n // 40 + 1:02};2025-02-15" for n in range(combien))
    return fichier(ENTETE_ETAPES, *lines)


def assert_whole(atelier: Atelier, dossiers: int, *, now: datetime | None = None) -> None:
    with atelier.maison.database.reading() as session:
        uids = session.scalars(select(Dossier.uid)).all()
        assert len(uids) == dossiers
        assert atelier.maison.vault.missing_keys(uids) == set()
        assert session.scalar(select(func.count(func.distinct(Dossier.code)))) == dossiers
        assert drift(session) == []
    now = now or atelier.maison.clock()
    with atelier.maison.database.writing() as session:
        assert scan(session, today=jour_de(now), now=now) == Bilan()
    assert (atelier.count(Identite), atelier.count(Affectation)) == (dossiers, dossiers)


def crashing_after(real: Callable, times: int) -> Callable:
    """`real`, and the crash right after it has done its work for the last of `times`."""
    calls = count(1)

    def call(*args, **kw):
        done = real(*args, **kw)
        if next(calls) == times:
            raise Crash
        return done

    return call


@pytest.mark.parametrize("name", ["seal", "write"])
def test_a_fault_in_the_third_lot_loses_and_doubles_nothing(
    atelier: Atelier, monkeypatch: pytest.MonkeyPatch, name: str
):
    """Between the keys and the data, and between the data and the commit."""
    monkeypatch.setattr(imports, "LOT", 10)
    contenu = many(35, atelier.referente.courriel)
    with monkeypatch.context() as patch:
        patch.setattr(import_dossiers_ecriture, name, crashing_after(getattr(import_dossiers_ecriture, name), 3))
        with pytest.raises(Crash):
            atelier.dossiers(contenu)
    assert_whole(atelier, 20)
    plan = atelier.dossiers(contenu)
    assert (plan.deja, len(plan.a_ecrire)) == (20, 15)
    assert_whole(atelier, 35)


def launch(atelier: Atelier, kind: str, chemin: Path) -> subprocess.Popen:
    """The real command in a process of its own, in lots of 25."""
    script = "from app.cli import imports; imports.LOT = 25; imports.commande()"
    return subprocess.Popen(
        [sys.executable, "-c", script, kind, str(chemin)],
        cwd=ROOT,
        env={"PARCOURS_INSTANCE": str(atelier.maison.settings.instance), "PATH": "", "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_past(process: subprocess.Popen, atelier: Atelier, model: type, rows: int) -> None:
    """kill -9, as soon as more than `rows` are committed."""
    while process.poll() is None and atelier.count(model) <= rows:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize(("kind", "model"), [("dossiers", Dossier), ("etapes", Etape)])
def test_a_killed_command_is_completed_by_the_same_command(
    sqlite_atelier: Atelier, tmp_path: Path, kind: str, model: type
):
    atelier, total = sqlite_atelier, 900
    if kind == "etapes":
        atelier.dossiers(many(40, atelier.referente.courriel))
    chemin = tmp_path / "fichier.csv"
    chemin.write_bytes(many(total, atelier.referente.courriel) if kind == "dossiers" else steps(total))
    killed = []
    for rows in (0, 200, 400):
        kill_past(launch(atelier, kind, chemin), atelier, model, rows)
        killed.append(atelier.count(model))
    assert killed[0] < total, "the command ended before it could be killed"
    assert all(rows % 25 == 0 for rows in killed)
    output, errors = (process := launch(atelier, kind, chemin)).communicate()
    assert process.returncode == 0, errors
    assert f"{total - killed[-1]} import" in output
    assert f"{killed[-1]} déjà là" in output
    assert atelier.count(model) == total
    # the commands ran by the clock of the world
    assert_whole(atelier, total if kind == "dossiers" else 40, now=utc_now())
