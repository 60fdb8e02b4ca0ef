"""`parcours import` of 6,000 invented people and their steps, against the same rows inserted by the driver."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from click.testing import CliRunner
from sqlalchemy import Engine, make_url

from app.accounts.maison import jour_de, utc_now
from app.cli.main import parcours
from app.config import Settings
from app.db.engine import make_engines
from app.parcours.rules_etapes import Faits
from bench.banc import Banc
from bench.chrono import once
from bench.generateur import GRAINE
from bench.lieux import make_databases, remove
from bench.personnes import Ampleur, Vie, invent
from bench.rapport import Ligne

PERSONNES = 6_000
TABLES = ("territoire", "dossier", "identite", "etape", "etat", "situation_mois")
DOSSIER = (
    *("reference", "sexe", "annee_naissance", "territoire", "ouvert_le", "clos_le", "motif_sortie"),
    *("prenom", "nom", "date_naissance", "telephone"),
)
ETAPE = ("reference", "type", "statut", "debut", "fin", "issue", "contrat", "niveau_vise", "heures")


class ImportFailed(RuntimeError):
    """The command refused what was made to be accepted."""


def imports(banc: Banc) -> list[Ligne]:
    """People a second, from two files to the last commit: checks, keys, sealing, indexes, state rows, alerts."""
    lieux = [replace(banc.lieu, taille=PERSONNES, suffixe=f"-import-{end}") for end in ("commande", "brut")]
    try:
        files = write_files(banc.lieu.instance, PERSONNES)
        for lieu in lieux:
            make_databases(lieu)
            _run(lieu.settings(), "init", "--silencieux")
        took = sum(_imported(lieux[0].settings(), kind, file) for kind, file in files.items())
        raw = _copied(lieux[0].settings(), lieux[1].settings())
    finally:
        for lieu in lieux:
            remove(lieu)
    return [
        Ligne(
            f"Import of {PERSONNES:,} people and their steps, the check included",
            f"{PERSONNES / took:,.0f} people/s",
            f"the same rows inserted by the driver: {PERSONNES / raw:,.0f} people/s",
            took / raw,
        )
    ]


def write_files(folder: Path, combien: int) -> dict[str, Path]:
    """The two files of the import, of people invented up to today; steps that are planned are left out."""
    random, today = Random(GRAINE), jour_de(utc_now())
    lives = [invent(random, ouvert=number % 4 != 3, today=today, ampleur=Ampleur()) for number in range(combien)]
    files = {kind: folder / f"{kind}.csv" for kind in ("dossiers", "etapes")}
    _write(files["dossiers"], DOSSIER, (_dossier(number, vie) for number, vie in enumerate(lives)))
    steps = (_etape(number, faits) for number, vie in enumerate(lives) for faits in vie.etapes)
    _write(files["etapes"], ETAPE, steps)
    return files


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)


def _dossier(number: int, vie: Vie) -> tuple[object, ...]:
    dates = (vie.ouvert_le, vie.clos_le or "", vie.motif or "")
    names = (vie.prenom, vie.nom, vie.naissance, vie.telephone or "")
    return f"R{number}", vie.sexe, vie.naissance.year, f"Quartier {number % 12}", *dates, *names


def _etape(number: int, faits: Faits) -> tuple[object, ...]:
    values = (faits.genre, faits.statut, faits.debut, faits.fin, faits.issue, faits.contrat, faits.niveau_vise)
    return f"R{number}", *(value or "" for value in values), "" if faits.heures is None else faits.heures


def _imported(settings: Settings, kind: str, file: Path) -> float:
    """Wall seconds of one command."""
    return once(lambda: _run(settings, "import", kind, str(file)))[1]


def _run(settings: Settings, *arguments: str) -> None:
    env = {
        "PARCOURS_INSTANCE": str(settings.instance),
        "PARCOURS_DATABASE_URL": settings.database_url,
        "PARCOURS_KEYS_DATABASE_URL": settings.keys_database_url,
        "PARCOURS_ROOT_KEY_FILE": str(settings.root_key_file),
    }
    result = CliRunner().invoke(parcours, list(arguments), env=env)
    if result.exit_code:
        raise ImportFailed(result.output[-2_000:])


def _copied(source: Settings, target: Settings) -> float:
    """Wall seconds to insert the rows of the tables of people, as they are, in one durable transaction."""
    origin, destination = make_engines(source), make_engines(target)
    try:
        rows = {table: list(_rows(origin.read, table)) for table in TABLES}
        return once(lambda: _insert(destination.write, rows))[1]
    finally:
        origin.dispose()
        destination.dispose()


def _rows(engine: Engine, table: str) -> Iterator[Sequence[object]]:
    with engine.connect() as connection:
        yield from map(tuple, connection.exec_driver_sql(f"SELECT * FROM {table}"))


def _insert(engine: Engine, rows: dict[str, list[Sequence[object]]]) -> None:
    mark = "?" if make_url(engine.url).get_backend_name() == "sqlite" else "%s"
    with engine.begin() as connection:
        for table, values in rows.items():
            marks = ", ".join([mark] * len(values[0]))
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", values)
