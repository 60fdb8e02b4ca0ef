"""A crowd for the cohorts: people and their spells made directly, in arrays and in a database of its own.

Nobody here exists. What no cohort reads (names, keys, steps, follow-ups) is not made.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Table, insert

from app.accounts.models import Agent, Installation, Structure
from app.accounts.vocabulaire import GenreStructure
from app.config import Settings
from app.db import migrations
from app.db.engine import make_engines
from app.parcours.models import Dossier, SituationMois
from app.parcours.rules import MOIS_OUVERT, month_index, tranche_age
from app.parcours.vocabulaire import Diplome, Intensite, MotifSortie, Sexe, Situation
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from app.vault.preparation import prepare_keys
from bench.generateur import ROOT, protected
from bench.lieux import DEPART, Lieu, make_databases, ticking

GRAINE = 1789
RESPONSABLE = "responsable@bench.example.org"
PREMIER = month_index(date(2018, 1, 1))
DERNIER = month_index(date(2025, 12, 1))
# One contrat de ville, whatever the number of people: its lattice has as many cohorts.
COMMUNES, QUARTIERS, STRUCTURES = 3, 12, 5
SITUATIONS = tuple(Situation)
SORTI = SITUATIONS.index(Situation.SORTI)
# Months in one situation, on average: some eleven spells a person over eight years of entries.
DUREE_MOYENNE = 4.3
PAR_LOT = 20_000
SUFFIXE = "-foule"


@dataclass(frozen=True, slots=True, eq=False)
class Foule:
    """People: month of entry and coded criteria. Spells, in the order of people: months of the calendar, half-open."""

    entree: NDArray[np.int32]
    territoire: NDArray[np.int32]
    structure: NDArray[np.int32]
    sexe: NDArray[np.int8]
    naissance: NDArray[np.int16]
    personne: NDArray[np.int32]
    m0: NDArray[np.int32]
    m1: NDArray[np.int32]
    situation: NDArray[np.int8]
    precedente: NDArray[np.int8]

    @property
    def taille(self) -> int:
        return len(self.entree)

    @property
    def sortis(self) -> NDArray[np.int32]:
        """The month after which each person is out, -1 of those whose file is open."""
        found = np.full(self.taille, -1, dtype=np.int32)
        last = np.flatnonzero((self.m1 == MOIS_OUVERT) & (self.situation == SORTI))
        found[self.personne[last]] = self.m0[last] - 1
        return found


def invent(taille: int, *, graine: int = GRAINE) -> Foule:
    chance = np.random.default_rng(graine)
    entree = chance.integers(PREMIER, DERNIER + 1, taille, dtype=np.int32)
    spells = _spells(chance, entree)
    return Foule(
        entree,
        # a third of the people in a tenth of the places, as everywhere
        (QUARTIERS * chance.random(taille) ** 2).astype(np.int32) + COMMUNES + 1,
        chance.integers(1, STRUCTURES + 1, taille, dtype=np.int32),
        chance.integers(0, 2, taille, dtype=np.int8),
        (entree // 12 - chance.integers(12, 26, taille)).astype(np.int16),
        *spells,
    )


def _spells(chance: np.random.Generator, entree: NDArray[np.int32]) -> tuple[NDArray[np.integer], ...]:
    """Everybody goes from one situation to another until the present; who is out stays out."""
    weights = chance.random((len(SITUATIONS), len(SITUATIONS))) + 0.2
    np.fill_diagonal(weights, 0)
    weights[:, SORTI] *= 0.12
    cumulated = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    who = np.arange(len(entree), dtype=np.int32)
    month, now = entree.copy(), chance.integers(0, SORTI, len(entree)).astype(np.int8)
    before = np.full(len(entree), -1, dtype=np.int8)
    parts = []
    while len(who):
        end = month + chance.geometric(1 / DUREE_MOYENNE, len(who)).astype(np.int32)
        end[(end > DERNIER) | (now == SORTI)] = MOIS_OUVERT
        parts.append((who, month, end, now, before))
        on = end < MOIS_OUVERT
        who, month, before = who[on], end[on], now[on]
        now = (chance.random(len(who))[:, None] > cumulated[before]).sum(axis=1).astype(np.int8)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return tuple(column[order] for column in columns)


def fill(settings: Settings, foule: Foule) -> None:
    """An installation that holds the crowd, from nothing."""
    engines = make_engines(settings)
    prepare_keys(settings, engines, clock=ticking())
    migrations.upgrade(engines.write)
    try:
        with engines.write.begin() as connection:
            _decor(connection)
        with _hurried(engines.write) as connection:
            _write(connection, Dossier.__table__, _people(foule))
            _write(connection, SituationMois.__table__, _rows(foule))
        raw = engines.write.raw_connection()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
    finally:
        engines.dispose()


def ready(taille: int, dossier: Path) -> tuple[Lieu, Foule]:
    """The crowd of this size and its installation, made now if it is not there or if what makes it has changed."""
    lieu = Lieu(taille, "sqlite", dossier, SUFFIXE)
    mark, foule = lieu.instance / "fait.txt", invent(taille)
    if not mark.exists() or mark.read_text() != fingerprint():
        make_databases(lieu)
        fill(lieu.settings(), foule)
        mark.write_text(fingerprint())
    return lieu, foule


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in (Path(__file__), *sorted((ROOT / "migrations" / "versions").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _decor(connection: Connection) -> None:
    connection.execute(insert(Installation.__table__), [{"id": 1, "cree_le": DEPART, "demonstration": False}])
    genres = list(GenreStructure)
    structures = [
        {"id": n, "code": f"B{n}", "nom": f"Structure {n}", "genre": genres[n % 3], "version": 1}
        for n in range(1, STRUCTURES + 1)
    ]
    connection.execute(insert(Structure.__table__), structures)
    connection.execute(insert(Agent.__table__), [_responsable()])
    connection.execute(insert(Territoire.__table__), [_place(n) for n in range(1, COMMUNES + QUARTIERS + 1)])


def _responsable() -> dict[str, object]:
    roles = dict.fromkeys(("intervenant", "referent", "coordinateur", "responsable", "dpo", "administrateur"), False)
    names = {"courriel": RESPONSABLE, "prenom": "Responsable", "nom": "Numéro 1", "mot_de_passe": protected()}
    return {"id": 1, "structure_id": 1, "cree_le": DEPART, "version": 1, **names, **roles, "responsable": True}


def _place(number: int) -> dict[str, object]:
    commune = number <= COMMUNES
    return {
        "id": number,
        "code": f"C{number}" if commune else f"QN{number:05}M",
        "nom": f"Commune {number}" if commune else f"Quartier {number}",
        "genre": GenreTerritoire.COMMUNE if commune else GenreTerritoire.QPV,
        "generation": None if commune else 2024,
        "commune_id": None if commune else number % COMMUNES + 1,
        "ferme": False,
        "version": 1,
    }


def _people(foule: Foule) -> Iterator[tuple[object, ...]]:
    """In the order of the columns of `dossier`."""
    motifs = [motif.value for motif in MotifSortie]
    sexes = [sexe.value for sexe in Sexe]
    columns = (foule.entree, foule.territoire, foule.structure, foule.sexe, foule.naissance, foule.sortis)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    now = "2026-03-17T09:00:00.000000Z"
    for number, (entree, territoire, structure, sexe, naissance, sorti) in enumerate(rows, 1):
        day = date(entree // 12, entree % 12 + 1, number % 28 + 1)
        clos = None if sorti < 0 else date(sorti // 12, sorti % 12 + 1, 28).isoformat()
        motif = None if clos is None else motifs[number % len(motifs)]
        age = tranche_age(naissance, day)
        yield (
            *(number, f"{number:032x}", f"{number:08}", None, structure, territoire, sexes[sexe], naissance),
            *(Diplome.INCONNU.value, None, Intensite.SOUTENU.value, None, False, day.isoformat(), clos, motif),
            *(structure, territoire, sexes[sexe], age and age.value, now, None, None, 1),
        )


def _rows(foule: Foule) -> Iterator[tuple[object, ...]]:
    """In the order of the columns of `situation_mois`."""
    codes = [*(situation.value for situation in SITUATIONS), None]
    columns = (foule.personne + 1, foule.m0, foule.m1, foule.situation, foule.precedente)
    # by lots: lists of eleven million numbers weigh gigabytes
    for start in range(0, len(foule.m0), PAR_LOT):
        lot = (column[start : start + PAR_LOT].tolist() for column in columns)
        for personne, m0, m1, situation, precedente in zip(*lot, strict=True):
            yield personne, m0, m1, codes[situation], codes[precedente]


@contextmanager
def _hurried(engine: Engine) -> Iterator[Connection]:
    """A transaction that nobody needs to survive a crash."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA cache_size=-500000")
        with connection.begin():
            yield connection
        connection.invalidate()


def _write(connection: Connection, table: Table, rows: Iterable[tuple[object, ...]]) -> None:
    """By the driver itself: a million rows of SQLAlchemy's parameters cost a minute."""
    names = ", ".join(column.name for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    rows = iter(rows)
    while lot := list(itertools.islice(rows, PAR_LOT)):
        connection.exec_driver_sql(statement, lot)
