"""The engine: what should be open is compared with what is, and only what differs is written.

`reevaluate` follows the writes of some dossiers, `scan` goes through everybody, `scan_due` through those whose date
has come. All three end in the same comparison, of the same SELECTs; nothing else opens or closes an alert.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, null, select, update
from sqlalchemy.orm import Session

from app.alertes.models import Alerte, Echeance, EvenementAlerte
from app.alertes.queries_ecarts import Naissances, differing, due, naissances_of, slices, wanted
from app.alertes.queries_lignes import TODAY
from app.alertes.queries_regles import among_ids
from app.alertes.rules_ages import Intervalle
from app.alertes.vocabulaire import GenreEvenement
from app.db.sql import among, ids_parameter, insert_or
from app.db.unit import ReadSession
from app.parcours.models import Etat
from app.referents.queries_reponse import told_today

# As many dossiers in one comparison: a scan that opens everything the first night stays small in memory.
BATCH = 500

_table = Alerte.__table__
_STATES = (
    select(Etat.dossier_id, told_today(TODAY).label("repond"), Echeance.dossier_id, Echeance.prochaine)
    .outerjoin(Echeance, Echeance.dossier_id == Etat.dossier_id)
    .where(among_ids(Etat.dossier_id))
    .order_by(Etat.dossier_id)
)
# whoever follows a dossier follows it alone: a scan that read before a write ended could undo what it said
_LOCKED = _STATES.with_for_update(of=Etat)
_OPEN = select(
    _table.c.id,
    _table.c.dossier_id,
    _table.c.regle,
    _table.c.cle,
    _table.c.depuis,
    _table.c.due,
    _table.c.gravite,
    _table.c.faits,
).where(among_ids(_table.c.dossier_id), _table.c.fermee_le.is_(None))
_CLOSE = (
    update(_table)
    .where(among(_table.c.id, ids_parameter("alertes")))
    .values(fermee_le=bindparam("now", type_=_table.c.fermee_le.type), reportee_au=null(), escaladee_le=null())
)
_CORRECT = (
    update(_table)
    .where(_table.c.id == bindparam("alerte_id"))
    .values({name: bindparam(f"_{name}") for name in ("depuis", "due", "gravite", "faits")})
)
_EVENTS = insert(EvenementAlerte.__table__)


@dataclass(frozen=True, slots=True)
class Bilan:
    """How many alerts were opened (the first time or again), closed, and corrected without closing."""

    ouvertes: int = 0
    fermees: int = 0
    corrigees: int = 0

    def __add__(self, other: Bilan) -> Bilan:
        return Bilan(self.ouvertes + other.ouvertes, self.fermees + other.fermees, self.corrigees + other.corrigees)


@dataclass(slots=True)
class Ecarts:
    """What has to be written. `to_close`: dossiers by alert id; `to_correct`: (alert id, what it should say).

    `repondants`: the référent of each dossier, or who covers them today.
    """

    to_open: list[Intervalle] = field(default_factory=list)
    to_correct: list[tuple[int, Intervalle]] = field(default_factory=list)
    to_close: dict[int, int] = field(default_factory=dict)
    dates: dict[int, date | None] = field(default_factory=dict)
    repondants: dict[int, int | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.to_open or self.to_correct or self.to_close or self.dates)

    def dossiers(self) -> set[int]:
        """Those that differ."""
        corrected = {one.dossier_id for _, one in self.to_correct}
        return {one.dossier_id for one in self.to_open} | corrected | set(self.to_close.values()) | set(self.dates)


def reevaluate(
    session: Session,
    ids: Sequence[int],
    *,
    today: date,
    now: datetime,
    naissances: Naissances | None = None,
    closing: GenreEvenement = GenreEvenement.TRAITEE,
) -> Bilan:
    """Bring the alerts of these dossiers up to date: as many statements for one as for 500.

    `naissances`: how birth dates are opened; by default, as the house of the session does.
    `closing`: whether what closes was closed by an act (a write) or by time (a scan), for its history.
    """
    bilan = Bilan()
    for start in range(0, len(ids), BATCH):
        ecarts = compare(session, ids[start : start + BATCH], today=today, naissances=naissances)
        if ecarts:
            bilan += _apply(session, ecarts, now, closing)
    return bilan


def scan(session: Session, *, today: date, now: datetime, naissances: Naissances | None = None) -> Bilan:
    """Bring every alert up to date in one transaction. A second call on the same day finds nothing to do."""
    bilan = Bilan()
    for premier, dernier in slices(session):
        ids = differing(session, today=today, premier=premier, dernier=dernier)
        bilan += reevaluate(session, ids, today=today, now=now, naissances=naissances, closing=GenreEvenement.ETEINTE)
    return bilan


def scan_due(session: Session, *, today: date, now: datetime, naissances: Naissances | None = None) -> Bilan:
    """The same for those whose next date is reached, and for nobody else."""
    ids = due(session, today=today)
    return reevaluate(session, ids, today=today, now=now, naissances=naissances, closing=GenreEvenement.ETEINTE)


def compare(session: Session, ids: Sequence[int], *, today: date, naissances: Naissances | None = None) -> Ecarts:
    """What the alerts and next dates of these dossiers lack. Nothing is written; a unit that writes locks them."""
    locks = session.get_bind().dialect.name == "postgresql" and not isinstance(session, ReadSession)
    states = session.execute(_LOCKED if locks else _STATES, {"ids": ids, "today": today}).all()
    births = naissances or naissances_of(session)
    found = wanted(session, [state[0] for state in states], today=today, naissances=births)
    stored: dict[int, dict[tuple[str, str], Row[Any]]] = defaultdict(dict)
    for row in session.execute(_OPEN, {"ids": ids}):
        stored[row.dossier_id][row.regle, row.cle] = row
    ecarts = Ecarts()
    for dossier_id, repond, dated, prochaine in states:
        holding, look = found[dossier_id]
        ecarts.repondants[dossier_id] = repond
        if dated is None or prochaine != look:
            ecarts.dates[dossier_id] = look
        _beside(ecarts, holding, stored.get(dossier_id, {}))
    return ecarts


def _beside(ecarts: Ecarts, holding: Sequence[Intervalle], stored: dict[tuple[str, str], Row[Any]]) -> None:
    for one in holding:
        row = stored.pop((one.regle, one.cle), None)
        if row is None:
            ecarts.to_open.append(one)
        elif (row.depuis, row.due, row.gravite, row.faits) != (one.depuis, one.due, one.gravite, one.faits):
            ecarts.to_correct.append((row.id, one))
    ecarts.to_close.update((row.id, row.dossier_id) for row in stored.values())


def _apply(session: Session, ecarts: Ecarts, now: datetime, closing: GenreEvenement) -> Bilan:
    events: list[dict[str, Any]] = []
    if ecarts.to_close:
        session.execute(_CLOSE, {"alertes": list(ecarts.to_close), "now": now})
        events.extend(_event(number, closing, now) for number in ecarts.to_close)
    if ecarts.to_open:
        events.extend(_open(session, ecarts, now))
    if ecarts.to_correct:
        session.connection().execute(_CORRECT, [_correction(number, one) for number, one in ecarts.to_correct])
    if events:
        session.execute(_EVENTS, events)
    if ecarts.dates:
        _write_dates(session, ecarts.dates)
    return Bilan(len(ecarts.to_open), len(ecarts.to_close), len(ecarts.to_correct))


def _open(session: Session, ecarts: Ecarts, now: datetime) -> list[dict[str, Any]]:
    """Open, or open again the row of the same cause; whoever answers for the dossier today is the one who is told."""
    made = insert_or(session, _table)
    told = ("depuis", "due", "gravite", "faits", "ouverte_le")
    again = {name: made.excluded[name] for name in told}
    statement = made.on_conflict_do_update(
        index_elements=["dossier_id", "regle", "cle"],
        set_=again | {"fermee_le": null(), "inutile_le": null(), "reprises": _table.c.reprises + 1},
    ).returning(_table.c.id, _table.c.dossier_id, _table.c.reprises)
    rows = [_new(one, now) for one in ecarts.to_open]
    return [
        _event(
            row.id,
            GenreEvenement.ROUVERTE if row.reprises else GenreEvenement.OUVERTE,
            now,
            agent_id=ecarts.repondants[row.dossier_id],
        )
        for row in session.execute(statement, rows)
    ]


def _new(one: Intervalle, now: datetime) -> dict[str, Any]:
    said = one._asdict()
    del said["jusqua"]
    return said | {"faits": dict(one.faits), "ouverte_le": now, "reprises": 0}


def _correction(number: int, one: Intervalle) -> dict[str, Any]:
    return {
        "alerte_id": number,
        "_depuis": one.depuis,
        "_due": one.due,
        "_gravite": one.gravite,
        "_faits": dict(one.faits),
    }


def _event(number: int, genre: GenreEvenement, now: datetime, *, agent_id: int | None = None) -> dict[str, Any]:
    return {"alerte_id": number, "genre": genre, "quand": now, "agent_id": agent_id}


def _write_dates(session: Session, dates: dict[int, date | None]) -> None:
    made = insert_or(session, Echeance.__table__)
    statement = made.on_conflict_do_update(index_elements=["dossier_id"], set_={"prochaine": made.excluded.prochaine})
    session.execute(statement, [{"dossier_id": number, "prochaine": day} for number, day in dates.items()])
