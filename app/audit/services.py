"""Writing to the journal of access, inside the transaction of what is journalled.

The head of the stream stays locked until the caller's commit, so record last: after the writes that it
speaks of, and as late as the transaction allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.audit.models import EntreeJournal, TeteFlux
from app.audit.rules import CHAINED, ORIGIN, STREAMS, as_text, fingerprint
from app.audit.vocabulaire import Action, NomActeur
from app.db.sql import insert_or
from app.db.unit import Database

_INFO = "journal"
# codes, dates and counts: a dossier's code is upper case and has no place here, nor has a sentence
_PRECISION = re.compile(r"[a-z0-9_.:,-]{1,40}")

# Built once: they run in every request.
_HEAD = TeteFlux.__table__
_LOCK_HEAD = select(_HEAD.c.numero, _HEAD.c.tete).where(_HEAD.c.flux == bindparam("of")).with_for_update()
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.flux == bindparam("of"))
_ADD = insert(EntreeJournal.__table__)


@dataclass(frozen=True, slots=True)
class Journal:
    """What this room needs of the vault without importing it; `create_app` and the CLI supply it."""

    pseudonymise: Callable[[str], bytes]
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Acteur:
    """Who acts, and the stream of the journal where it is written."""

    agent_id: int | None
    nom: NomActeur
    flux: int

    @classmethod
    def agent(cls, agent_id: int, structure_id: int) -> Acteur:
        return cls(agent_id, NomActeur.AGENT, structure_id % STREAMS)

    @classmethod
    def inconnu(cls) -> Acteur:
        """Somebody at the sign-in page who proved nothing."""
        return cls(None, NomActeur.AGENT, 0)

    @classmethod
    def commande(cls) -> Acteur:
        return cls(None, NomActeur.COMMANDE, 0)


@dataclass(frozen=True, slots=True)
class Entree:
    """One line to write. `dossier` is its reference in clear, and is pseudonymised on the way in."""

    action: Action
    acteur: Acteur
    now: datetime
    dossier: str | None = None
    nombre: int | None = None
    precision: str | None = None


def configure(database: Database, journal: Journal) -> None:
    """Every session that `database` opens from now on can write to the journal."""
    database.info[_INFO] = journal


def record(
    session: Session,
    action: Action,
    *,
    acteur: Acteur,
    now: datetime,
    dossier: str | None = None,
    nombre: int | None = None,
    precision: str | None = None,
) -> None:
    """Add one line to the caller's transaction. `dossier` is a reference, `precision` a code of ≤ 40."""
    record_many(session, [Entree(action, acteur, now, dossier, nombre, precision)])


def record_many(session: Session, entries: Iterable[Entree]) -> None:
    """As `record`, taking the head of each stream once."""
    journal = _journal(session)
    streams: dict[int, list[Entree]] = {}
    for entry in entries:
        if entry.precision is not None and not _PRECISION.fullmatch(entry.precision):
            raise ValueError("a precision is a code")
        streams.setdefault(entry.acteur.flux, []).append(entry)
    session.flush()
    # always in the same order, so that two transactions cannot wait for each other
    for flux in sorted(streams):
        _append(session, flux, streams[flux], journal)


def _append(session: Session, flux: int, entries: list[Entree], journal: Journal) -> None:
    numero, previous = _lock_head(session, flux)
    rows = []
    for entry in entries:
        numero += 1
        row = _row(entry, journal) | {"flux": flux, "numero": numero, "precedent": previous}
        previous = fingerprint([_chained(row, name) for name in CHAINED], previous)
        rows.append(row | {"empreinte": previous})
    session.execute(_ADD, rows)
    session.execute(_MOVE_HEAD, {"of": flux, "numero": numero, "tete": previous})


def _row(entry: Entree, journal: Journal) -> dict[str, object]:
    return {
        "instant": entry.now,
        "agent_id": entry.acteur.agent_id,
        "acteur": entry.acteur.nom,
        "action": entry.action,
        "dossier": None if entry.dossier is None else journal.pseudonymise(entry.dossier),
        "nombre": entry.nombre,
        "precision": entry.precision,
    }


def _chained(row: dict[str, object], name: str) -> object:
    return as_text(row[name]) if name == "instant" else row[name]


def _lock_head(session: Session, flux: int) -> tuple[int, bytes]:
    """The last number and link of a stream, locked until the commit (SQLite already locked everything)."""
    row = session.execute(_LOCK_HEAD, {"of": flux}).one_or_none()
    if row is None:
        first = insert_or(session, _HEAD).values(flux=flux, numero=0, tete=ORIGIN)
        session.execute(first.on_conflict_do_nothing())
        row = session.execute(_LOCK_HEAD, {"of": flux}).one()
    return row.numero, row.tete


def _journal(session: Session) -> Journal:
    try:
        return session.info[_INFO]
    except KeyError:
        raise LookupError("audit.configure was not called on this database") from None
