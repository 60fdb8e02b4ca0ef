"""Thirteen freezes of a town in a real installation, each on the day that follows its quarter by ten."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from app import build_maison
from app.accounts.maison import Maison
from app.audit.services import Acteur
from app.cohortes.rules_treillis import first_day_after
from app.cohortes.services_figer import Gele, freeze
from tests.adversaire import ecriture
from tests.adversaire.population import DERNIER, PREMIER, Personne, Ville
from tests.conftest import settings_in


@contextmanager
def installation(folder: Path, *, trimestre: int = DERNIER):
    """The house of an instance folder, its clock ten days after that quarter."""
    house = build_maison(settings_in(folder), clock=lambda: day_of(trimestre))
    try:
        yield house
    finally:
        house.database.engines.dispose()


def day_of(trimestre: int) -> datetime:
    """The day of the freeze of a quarter."""
    return datetime.combine(first_day_after(trimestre) + timedelta(days=10), time(4), UTC)


def close(house: Maison, trimestre: int) -> None:
    """Freeze up to a quarter; every seventh file is said to be stalled."""
    gele = Gele(house.database, Acteur.commande(), lambda: day_of(trimestre), lambda session: _stalled(session))
    freeze(gele, jusqua=trimestre)


def enter(house: Maison, people: Iterable[Personne]) -> None:
    with house.database.writing() as session:
        ecriture.write_people(session, people)


def begin(house: Maison) -> None:
    _hurry(house.database.engines.write)
    with house.database.writing() as session:
        ecriture.write_decor(session)


def live(
    house: Maison,
    ville: Ville,
    *,
    trimestres: Iterable[int] = range(PREMIER, DERNIER + 1),
    after: Callable[[int], None] = lambda trimestre: None,
) -> None:
    """Quarter after quarter: those who come in are written, then the quarter is frozen, then `after` is called."""
    for trimestre in trimestres:
        enter(house, [person for person in ville.personnes if person.trimestre == trimestre])
        close(house, trimestre)
        after(trimestre)


def copy(source: Path, target: Path) -> Path:
    """The same installation elsewhere, the write-ahead log included."""
    shutil.copytree(source, target)
    return target


def rows(engine: Engine, tables: Sequence[str]) -> dict[str, list[tuple]]:
    """Every row of these tables, in one order."""
    with engine.connect() as connection:
        return {
            table: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {table}"))), key=repr) for table in tables
        }


def _stalled(session) -> list[int]:
    found = session.execute(text("SELECT id FROM dossier WHERE clos_le IS NULL AND id % 7 = 0"))
    return [number for (number,) in found]


def _hurry(engine: Engine) -> None:
    """These installations are thrown away: nothing waits for the disk."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def _relax(connection, _record) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    engine.dispose()
