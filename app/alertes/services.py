"""The engine: what should be open is compared with what is, and only what differs is written.

`reevaluate` follows the writes of some dossiers; `scan` finds, among everybody, those that differ and re-evaluates
them. The comparison is one statement whatever their number; nothing here loops over people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, null, select, update
from sqlalchemy.orm import Session

from app.alertes.models import Alerte
from app.alertes.queries_ecarts import DIFFERENCES_AMONG, DIFFERENCES_OF_ONE, DOSSIERS_THAT_DIFFER
from app.alertes.queries_regles import among_ids
from app.db.sql import among, ids_parameter
from app.parcours.models import Etat

# As many dossiers in one comparison: a scan that opens everything the first night stays small in memory.
BATCH = 5_000

_STATES = select(Etat.dossier_id).where(among_ids(Etat.dossier_id)).order_by(Etat.dossier_id).with_for_update()
_table = Alerte.__table__
_OPEN = insert(_table)
_CLOSE = (
    update(_table)
    .where(among(_table.c.id, ids_parameter("alertes")))
    .values(fermee_le=bindparam("now", type_=_table.c.fermee_le.type))
)
_CORRECT = (
    update(_table)
    .where(_table.c.id == bindparam("alerte_id"))
    .values(
        depuis=bindparam("_depuis"),
        due=bindparam("_due"),
        gravite=bindparam("_gravite"),
        faits=bindparam("_faits"),
        fermee_le=null(),
        reprises=_table.c.reprises + bindparam("_reprise"),
    )
)


@dataclass(frozen=True, slots=True)
class Bilan:
    """How many alerts were opened (the first time or again) and closed."""

    ouvertes: int = 0
    fermees: int = 0

    def __add__(self, other: Bilan) -> Bilan:
        return Bilan(self.ouvertes + other.ouvertes, self.fermees + other.fermees)


def scan(session: Session, *, today: date, now: datetime) -> Bilan:
    """Bring every alert up to date. A second call on the same day finds nothing to do."""
    ids = session.scalars(DOSSIERS_THAT_DIFFER, {"today": today}).all()
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum((reevaluate(session, batch, today=today, now=now) for batch in batches), Bilan())


def reevaluate(session: Session, ids: Sequence[int], *, today: date, now: datetime) -> Bilan:
    """Bring the alerts of these dossiers up to date: as many statements for one as for 5,000."""
    if session.get_bind().dialect.name == "postgresql":
        # whoever follows a dossier follows it alone: a scan that read before a write ended could undo what it said
        session.execute(_STATES, {"ids": ids})
    if len(ids) == 1:
        differences = session.execute(DIFFERENCES_OF_ONE, {"today": today, "dossier_id": ids[0]}).all()
    else:
        differences = session.execute(DIFFERENCES_AMONG, {"today": today, "ids": ids}).all()
    return _apply(session, differences, now) if differences else Bilan()


def _apply(session: Session, differences: Iterable[Row[Any]], now: datetime) -> Bilan:
    to_open, to_correct, to_close = [], [], []
    for row in differences:
        if row.regle is None:
            to_close.append(row.alerte_id)
        elif row.alerte_id is None:
            to_open.append(_new(row, now))
        else:
            to_correct.append(_correction(row))
    if to_close:
        session.execute(_CLOSE, {"alertes": to_close, "now": now})
    if to_open:
        session.execute(_OPEN, to_open)
    if to_correct:
        session.execute(_CORRECT, to_correct)
    return Bilan(len(to_open) + sum(item["_reprise"] for item in to_correct), len(to_close))


def _new(row: Row[Any], now: datetime) -> dict[str, Any]:
    return {
        "dossier_id": row.dossier_id,
        "regle": row.regle,
        "cle": row.cle,
        "depuis": row.depuis,
        "due": row.due,
        "gravite": row.gravite,
        "faits": row.faits,
        "ouverte_le": now,
        "reprises": 0,
    }


def _correction(row: Row[Any]) -> dict[str, Any]:
    return {
        "alerte_id": row.alerte_id,
        "_depuis": row.depuis,
        "_due": row.due,
        "_gravite": row.gravite,
        "_faits": row.faits,
        "_reprise": int(row.fermee_le is not None),
    }
