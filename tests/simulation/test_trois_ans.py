"""Promise: in three years of an agency, nobody who stalls stays without an alert, no alert comes twice, none ends with
its cause still there, *Ma journée* keeps to its number, what nobody treats climbs, and somebody can see every alert.

`PARCOURS_SIMULATION_JOURS` and `PARCOURS_SIMULATION_JEUNES` make it longer or larger. Figures: `-s`, or
`bench/results/simulation.md`.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete, event, update

from app.alertes.models import Alerte
from app.alertes.services import Bilan
from app.alertes.vocabulaire import Regle
from app.config import Settings
from app.db.engine import Engines, make_engines
from app.parcours.etat import drift
from tests.conftest import settings_in
from tests.simulation.agence import Agence
from tests.simulation.calendrier import JOURS
from tests.simulation.controles import Controles
from tests.simulation.journal import jours
from tests.simulation.mesures import lignes, mesure, tableau

GRAINE = 20230901
RESULTATS = Path(__file__).resolve().parents[2] / "bench" / "results"


@contextmanager
def ouvertes(settings: Settings) -> Iterator[Engines]:
    """Engines with a large cache; SQLite waits for no disk, since no crash is part of this story."""
    engines = make_engines(settings, keys=False)
    if settings.database_url.startswith("sqlite"):
        for engine in (engines.write, engines.read):
            event.listen(engine, "connect", _presse)
    try:
        yield engines
    finally:
        engines.dispose()


def _presse(connection, record) -> None:
    for pragma in ("synchronous=OFF", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def vit(agence: Agence, controles: Controles, days: int) -> None:
    """So many days, and every fourth Sunday the scan of everybody: it finds nothing that the hourly pass had left."""
    for _ in range(days):
        agence.passe()
        controles.soir()
        if agence.jour.toordinal() % 28 == 0:
            assert agence.scanne() == Bilan(), agence.jour
        agence.jour += jours(1)


def tient(agence: Agence, controles: Controles) -> None:
    agence.registre.jour = agence.jour
    assert controles.manquees == []
    assert controles.de_trop == []
    assert controles.retombees == []
    assert (controles.doubles, controles.injoignables) == (0, 0)
    with agence.database.reading() as session:
        assert drift(session) == []


@pytest.fixture
def sans_ramassage() -> Iterator[None]:
    """A million small objects that all stay: looking for cycles among them takes a third of the time."""
    gc.collect()
    gc.freeze()
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_three_years_of_an_agency(prepared_instance: Path, tmp_path: Path, sans_ramassage: None) -> None:
    folder = tmp_path / "instance"
    shutil.copytree(prepared_instance, folder)
    days = int(os.environ.get("PARCOURS_SIMULATION_JOURS", JOURS))
    people = int(os.environ.get("PARCOURS_SIMULATION_JEUNES", 2_000))
    with ouvertes(settings_in(folder)) as engines:
        agence = Agence(engines, graine=GRAINE, jeunes=people)
        controles = Controles(agence)
        vit(agence, controles, days)
        with agence.database.reading() as session:
            figures = mesure(agence, session)
        said = [*lignes(figures, agence, controles), "", *tableau(figures, agence)]
        RESULTATS.mkdir(parents=True, exist_ok=True)
        (RESULTATS / "simulation.md").write_text("\n".join(said) + "\n")
        print("", *said, sep="\n")  # noqa: T201 - what `-s` shows
        tient(agence, controles)


def test_a_season_of_a_small_agency_on_both_engines(settings: Settings) -> None:
    with ouvertes(settings) as engines:
        agence = Agence(engines, graine=7, jeunes=120)
        controles = Controles(agence)
        vit(agence, controles, 75)
        tient(agence, controles)
        assert controles.comparees > 1_000


def test_the_observer_would_see_an_alert_that_is_missing_and_one_too_many(sqlite_settings: Settings) -> None:
    with ouvertes(sqlite_settings) as engines:
        agence = Agence(engines, graine=7, jeunes=60)
        agence.passe()
        alerte = Alerte.__table__
        with agence.database.writing() as session:
            session.execute(delete(alerte).where(alerte.c.regle == Regle.SILENCE))
            session.execute(update(alerte).where(alerte.c.regle == Regle.AGE).values(cle="17"))
        controles = Controles(agence)
        controles.soir()
        assert any("silence" in said for said in controles.manquees)
        assert any("'17'" in said for said in controles.de_trop)


def test_the_weekly_look_would_see_an_alert_fall_and_one_that_nobody_reaches(sqlite_settings: Settings) -> None:
    with ouvertes(sqlite_settings) as engines:
        agence = Agence(engines, graine=7, jeunes=60)
        agence.passe()
        controles = Controles(agence)
        with agence.database.reading() as session:
            controles._rangs(session)
            controles.rangs = {number: (rang - 1, *rest) for number, (rang, *rest) in controles.rangs.items()}
            controles._rangs(session)
            controles._atteintes(session)
        assert controles.retombees
        assert controles.injoignables == 0
        for poste in (*agence.postes, *agence.coordinateurs):
            poste.parti = agence.jour
        with agence.database.reading() as session:
            controles._atteintes(session)
        assert controles.injoignables > 0
