"""A seeded population, written by bulk inserts with real keys; what is derived comes from the application's hooks.

Structures have 2,000 dossiers at most, a quarter of them closed, and référents 100 open ones: what somebody may see
does not grow with the size. The dossiers of a référent are scattered in the tables, as years of work leave them.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time as chrono
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import Connection, insert, text
from sqlalchemy.orm import Session

from app import build_maison
from app.accounts.maison import Maison, jour_de
from app.accounts.models import Agent, Installation, Structure
from app.accounts.passwords import protect
from app.accounts.vocabulaire import GenreStructure
from app.alertes.jobs import nuit
from app.db import migrations
from app.db.engine import make_engines
from app.jeunes.services import indexes_of
from app.parcours import etat
from app.parcours.models import Dossier
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from app.referents.services import refresh_referent
from app.vault.preparation import prepare_keys
from bench.lieux import DEPART, Lieu, clone, make_databases, ticking
from bench.lignes import TABLES, Place, rows_of
from bench.nation import VILLE, multiply
from bench.personnes import Ampleur, Vie, invent

GRAINE = 1789
PAR_STRUCTURE = 2_000
PAR_REFERENT = 100
PAR_LOT = 2_000
TERRITOIRES = 4  # of each structure
MOT_DE_PASSE = "banc-essai-colline-verte"
REFERENT = "referent-1-1@bench.example.org"
COORDINATEUR = "coordinateur-1@bench.example.org"
# Two dossiers of that référent that are compared with each other, by their place among those of the first structure.
CHARGE, LEGER = "GGG-222", "GGG-333"
AMPLEURS = {
    CHARGE: Ampleur(etapes=(30, 30), suivis=(300, 300), anciennete=2_000),
    LEGER: Ampleur(etapes=(3, 3), suivis=(30, 30), anciennete=2_000),
}
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    *("bench/personnes.py", "bench/lignes.py", "bench/generateur.py", "app/parcours/etat.py", "app/parcours/rules.py"),
    *("app/parcours/vocabulaire.py", "app/alertes/rules.py", "app/alertes/rules_parametres.py"),
    *("app/vault/dossier_keys.py", "app/vault/places.py", "app/vault/primitives.py"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who works where. Ids are given in order: structure s has the agents `agents(s)`, référents first."""

    taille: int

    @property
    def structures(self) -> int:
        return -(-self.taille // PAR_STRUCTURE)

    @property
    def referents(self) -> int:
        """Of each structure: as many as its open dossiers need."""
        largest = -(-self.taille // self.structures)
        return -(-(largest - largest // 4) // PAR_REFERENT)

    @property
    def equipe(self) -> int:
        """Agents of a structure: its référents, one intervenant, one coordinateur."""
        return self.referents + 2

    def agent(self, structure: int, rang: int) -> int:
        """The id of an agent: structures count from 0; the intervenant has the rank `referents`, then comes the
        coordinateur."""
        return structure * self.equipe + rang + 1

    def place(self, number: int) -> Place:
        """Dossiers are dealt to structures in turn, then the open ones to référents in turn."""
        structure, rank = number % self.structures, number // self.structures
        is_open = rank % 4 != 3
        rang = (rank - rank // 4) % self.referents
        return Place(
            dossier_id=number + 1,
            structure_id=structure + 1,
            territoire_id=structure * TERRITOIRES + rank % TERRITOIRES + 1,
            referent_id=self.agent(structure, rang),
            intervenant_id=self.agent(structure, self.referents),
            ouvert=is_open,
            seul=is_open and rang > 0 and number % 100 == 7,
        )

    def codes(self, random: Random) -> Iterator[str]:
        """A code for each dossier, in order; the first two of the référent who is measured have known ones."""
        own = [number for number in range(min(self.taille, PAR_STRUCTURE * 2)) if self._is_measured(number)]
        known = dict(zip(own, AMPLEURS, strict=False))
        given = set(AMPLEURS)
        for number in range(self.taille):
            code = known.get(number) or _new_code(random, given)
            given.add(code)
            yield code

    def _is_measured(self, number: int) -> bool:
        place = self.place(number)
        return place.ouvert and place.referent_id == self.agent(0, 0)


def ready(lieu: Lieu, *, graine: int = GRAINE) -> Lieu:
    """The installation of this size, made now if it is not there or if what makes it has changed."""
    mark, wanted = lieu.instance / "fait.json", {"graine": graine, "sources": fingerprint()}
    if not (mark.exists() and json.loads(mark.read_text()) == wanted):
        generate(lieu, graine=graine)
        mark.write_text(json.dumps(wanted))
    return lieu


def fingerprint() -> str:
    """What the population depends on: another one makes it again."""
    digest = hashlib.sha256()
    for path in (*(ROOT / name for name in SOURCES), *sorted((ROOT / "migrations" / "versions").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def generate(lieu: Lieu, *, graine: int) -> str:
    """Fill an installation from nothing. Gives what the first scan opened."""
    if lieu.taille > VILLE:
        return _nation(lieu, graine=graine)
    started = chrono.monotonic()
    make_databases(lieu)
    settings, clock = lieu.settings(), ticking()
    engines = make_engines(settings)
    prepare_keys(settings, engines, clock=clock)
    migrations.upgrade(engines.write)
    engines.dispose()
    maison = build_maison(settings, clock=clock)
    try:
        plan, random = Plan(lieu.taille), Random(graine)
        with maison.database.writing() as session:
            _decor(session, plan)
        _people(maison, plan, random)
        # as years of work leave it: the server knows its tables before the first night
        _settle(maison)
        bilan = nuit(maison, jour_de(DEPART).isoformat())
        _settle(maison)
    finally:
        maison.database.engines.dispose()
    say(f"{lieu.nom}: {lieu.taille:,} people in {chrono.monotonic() - started:.0f} s, {bilan}")
    return bilan


def _nation(lieu: Lieu, *, graine: int) -> str:
    """The town, eighteen times over."""
    town = ready(replace(lieu, taille=VILLE), graine=graine)
    started = chrono.monotonic()
    clone(town, lieu)
    multiply(lieu)
    maison = build_maison(lieu.settings(), clock=ticking())
    try:
        _settle(maison)
    finally:
        maison.database.engines.dispose()
    say(f"{lieu.nom}: {lieu.taille:,} people in {chrono.monotonic() - started:.0f} s")
    return ""


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _decor(session: Session, plan: Plan) -> None:
    """Structures, territories and agents, who all have the same password."""
    kinds, numbers = list(GenreStructure), range(plan.structures)
    names = [{"id": n + 1, "code": f"B{n + 1}", "nom": f"Structure {n + 1}", "genre": kinds[n % 3]} for n in numbers]
    session.execute(insert(Installation.__table__), [{"id": 1, "cree_le": DEPART, "demonstration": False}])
    session.execute(insert(Structure.__table__), [row | {"version": 1} for row in names])
    session.execute(insert(Territoire.__table__), [_territory(n) for n in range(plan.structures * TERRITOIRES)])
    agents = [_agent(plan, structure, rang) for structure in numbers for rang in range(plan.equipe)]
    session.execute(insert(Agent.__table__), agents)


def _territory(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "code": f"QN{number + 1:05}M",
        "nom": f"Quartier {number + 1}",
        "genre": GenreTerritoire.QPV,
        "generation": 2024,
        "ferme": False,
        "version": 1,
    }


def _agent(plan: Plan, structure: int, rang: int) -> dict[str, object]:
    role = "referent" if rang < plan.referents else ("intervenant", "coordinateur")[rang - plan.referents]
    address = f"{role}-{structure + 1}" + (f"-{rang + 1}" if role == "referent" else "")
    courriel = f"{address}@bench.example.org"
    roles = dict.fromkeys(("intervenant", "referent", "coordinateur", "responsable", "dpo", "administrateur"), False)
    return {
        "id": plan.agent(structure, rang),
        "courriel": courriel,
        "prenom": role.capitalize(),
        "nom": f"Numéro {structure + 1}-{rang + 1}",
        "structure_id": structure + 1,
        "mot_de_passe": protected(),
        "cree_le": DEPART,
        "version": 1,
        **roles | {role: True},
    }


@cache
def protected() -> str:
    """The password as it is stored: slow to make, so made once."""
    return protect(MOT_DE_PASSE)


def _people(maison: Maison, plan: Plan, random: Random) -> None:
    """Everybody, by lots: keys, then rows and their derived rows in one transaction."""
    codes, today = plan.codes(random), jour_de(DEPART)
    for start in range(0, plan.taille, PAR_LOT):
        numbers = range(start, min(start + PAR_LOT, plan.taille))
        lot = []
        for number in numbers:
            place, code = plan.place(number), next(codes)
            ampleur = AMPLEURS.get(code, Ampleur())
            lot.append((place, code, invent(random, ouvert=place.ouvert, today=today, ampleur=ampleur)))
        _write_lot(maison, random, lot)
        say(f"  {numbers.stop:>9,} / {plan.taille:,}")


def _write_lot(maison: Maison, random: Random, lot: Sequence[tuple[Place, str, Vie]]) -> None:
    uids = [UUID(int=random.getrandbits(128), version=4) for _ in lot]
    maison.vault.create_keys(uids)
    keys = maison.vault.keys(uids)
    rows: dict[type, list[dict]] = {table: [] for table in TABLES}
    indexes = []
    for uid, (place, code, vie) in zip(uids, lot, strict=True):
        names, reach = rows_of(rows, keys, random, uid=uid, code=code, place=place, vie=vie)
        indexes.append((uid, indexes_of(names, reach)))
    maison.vault.replace_indexes_many(indexes)
    ids = [place.dossier_id for place, _, _ in lot]
    with maison.database.writing() as session:
        for table, values in rows.items():
            if values:
                session.execute(insert(table.__table__), values)
        etat.refresh(session, ids)
        refresh_referent(session, ids)


def _settle(maison: Maison) -> None:
    """Sequences past the ids given, statistics where the engine keeps them by itself, nothing left in the WAL.

    No ANALYZE on SQLite, which the application never runs: its samples (STAT4) make SQLite plan every statement
    again at each new value, and cost ten times a re-evaluation.
    """
    engine = maison.database.engines.write
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for model in (Structure, Territoire, Agent, Dossier):
                _move_sequence(connection, model.__tablename__)
            connection.execute(text("VACUUM ANALYZE"))
    for each in (engine, maison.database.engines.keys):
        if each.dialect.name == "sqlite":
            raw = each.raw_connection()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()


def _move_sequence(connection: Connection, table: str) -> None:
    connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))


def _new_code(random: Random, given: set[str]) -> str:
    while True:
        signs = "".join(random.choices(ALPHABET, k=6))
        code = f"{signs[:3]}-{signs[3:]}"
        if code not in given:
            return code
