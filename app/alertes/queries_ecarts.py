"""What the rules want today beside what is stored: who differs among many, and everything about a few."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Select, String, TextualSelect, cast, except_, func, or_, select, union
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CTE, CompoundSelect

from app.alertes.models import Alerte, Echeance
from app.alertes.queries_regles import (
    TODAY,
    among_ids,
    in_range,
    intervals,
    is_one,
    is_true,
    next_change,
    not_over,
    of_structure,
)
from app.alertes.queries_regles_base import Restriction
from app.alertes.queries_regles_droit import AFFINEES, obligation_formation
from app.alertes.rules_ages import Intervalle, examen, refine
from app.alertes.vocabulaire import Regle
from app.db.sql import canonical_json, code, in_plain_words
from app.db.unit import Database
from app.parcours.models import Etat
from app.parcours.models_actes import Jalon

# From some dossiers, their birth dates: supplied by who opens identities (`jeunes.queries.birth_dates`).
Naissances = Callable[[Session, Sequence[int]], dict[int, date]]
# As many dossiers in one comparison.
TRANCHE = 20_000
_REFINED = frozenset(regle.value for regle in AFFINEES)


_NAISSANCES = "naissances"


def sans_naissances(session: Session, ids: Sequence[int]) -> dict[int, date]:
    """For who opens no identity: every age is then the one reached within the year."""
    return {}


def configure(database: Database, naissances: Naissances) -> None:
    """Say once how birth dates are opened: every session of the house then has it, and no caller can forget."""
    database.info[_NAISSANCES] = naissances


def naissances_of(session: Session) -> Naissances:
    """How the house of this session opens birth dates; a bare session opens none."""
    return session.info.get(_NAISSANCES, sans_naissances)


def wanted(
    session: Session, ids: Sequence[int], *, today: date, naissances: Naissances
) -> dict[int, tuple[list[Intervalle], date | None]]:
    """By dossier, (the intervals true on `today`, the next day on which to look). Two to four statements."""
    dialect = type(session.get_bind().dialect)
    if len(ids) == 1:
        rows = session.execute(_of_one(dialect), {"today": today, "dossier_id": ids[0]})
    else:
        rows = session.execute(_of_some(dialect), {"today": today, "ids": ids})
    plain: dict[int, list[Intervalle]] = defaultdict(list)
    candidates: dict[int, list[Intervalle]] = defaultdict(list)
    for row in rows:
        kind = candidates if row[0] in _REFINED else plain
        kind[row[1]].append(Intervalle(*row))
    looked = _narrow(session, candidates, today, naissances)
    found = {}
    for dossier_id in ids:
        narrowed, look = looked.get(dossier_id, ((), None))
        own = plain.get(dossier_id, ())
        days = [day for one in own if (day := one.next_change(today)) is not None]
        if look is not None:
            days.append(look)
        found[dossier_id] = [one for one in (*own, *narrowed) if one.is_true(today)], min(days, default=None)
    return found


def _narrow(
    session: Session, candidates: dict[int, list[Intervalle]], today: date, naissances: Naissances
) -> dict[int, tuple[list[Intervalle], date | None]]:
    """Only those whose widest interval holds `today` are opened; the others are looked at when it begins."""
    near = [number for number, found in candidates.items() if any(one.due <= today for one in found)]
    born = naissances(session, near) if near else {}
    jalons = _jalons(session, [number for number in near if _has_duty(candidates[number], today)])
    narrowed = {}
    for number, found in candidates.items():
        kept: list[Intervalle] = []
        looks: list[date] = []
        for one in found:
            if one.due > today:
                looks.append(one.due)
                continue
            exact = refine(one, naissance=born.get(number), jalons=jalons.get(number, ()), today=today)
            kept.extend(exact)
            if (again := examen(exact, today)) is not None:
                looks.append(again)
        narrowed[number] = kept, min(looks, default=None)
    return narrowed


def _has_duty(found: Sequence[Intervalle], today: date) -> bool:
    return any(one.regle == Regle.OBLIGATION_FORMATION and one.due <= today for one in found)


def _jalons(session: Session, ids: Sequence[int]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    if ids:
        columns = (Jalon.dossier_id, Jalon.genre, Jalon.jour, Jalon.jusqu_au, Jalon.annule_le)
        kept = select(*columns).where(among_ids(Jalon.dossier_id), Jalon.annule_le.is_(None))
        for row in session.execute(kept, {"ids": ids}):
            grouped[row.dossier_id].append(row)
    return grouped


def differing(session: Session, *, today: date, premier: int, dernier: int) -> list[int]:
    """The dossiers from id `premier` to `dernier` that have to be re-evaluated, in order. One statement.

    Those of which an alert is missing, wrong or too many, whose next date is reached or too late, or that have none.
    The rules that a birth date narrows are not compared here: their next date brings them back.
    """
    given = {"today": today, "premier": premier, "dernier": dernier}
    return list(session.scalars(_differing(), given))


def due(session: Session, *, today: date) -> list[int]:
    """The dossiers whose next date is reached, in order."""
    reached = select(Echeance.dossier_id).where(Echeance.prochaine <= today).order_by(Echeance.dossier_id)
    return list(session.scalars(reached))


def slices(session: Session, *, size: int = TRANCHE) -> Iterator[tuple[int, int]]:
    """Ranges of ids that hold at most `size` dossiers each, in order."""
    # ids are given in order and hardly ever leave a gap
    last = session.scalar(select(func.max(Etat.dossier_id))) or 0
    for start in range(1, last + 1, size):
        yield start, min(start + size - 1, last)


def count_true(
    session: Session, structure_id: int, *, today: date, naissances: Naissances | None = None
) -> Counter[Regle]:
    """How many alerts each rule would have open today in a structure, by the very SELECTs of the scan."""
    given = {"today": today, "structure_id": structure_id}
    found: Counter[Regle] = Counter()
    for regle, number in session.execute(_counted(), given):
        found[Regle(regle)] = number
    candidates: dict[int, list[Intervalle]] = defaultdict(list)
    for row in session.execute(_candidates(), given):
        candidates[row[1]].append(Intervalle(*row))
    for kept, _ in _narrow(session, candidates, today, naissances or naissances_of(session)).values():
        found.update(Regle(one.regle) for one in kept if one.is_true(today))
    return found


def transmissions(session: Session, restriction: Restriction, *, today: date) -> list[Intervalle]:
    """Of these dossiers, the days on which a mission locale must transmit, whether they have come or not."""
    candidates: dict[int, list[Intervalle]] = defaultdict(list)
    duty = not_over(Regle.OBLIGATION_FORMATION, obligation_formation(restriction))
    for row in session.execute(duty, {"today": today}):
        candidates[row[1]].append(Intervalle(*row))
    narrowed = _narrow(session, candidates, today, naissances_of(session)).values()
    return [one for kept, _ in narrowed for one in kept if one.regle == Regle.TRANSMISSION_DEPARTEMENT]


# Built once each: SQLAlchemy then finds their compiled text without walking them again.
@lru_cache(maxsize=2)
def _of_one(dialect: type[Dialect]) -> TextualSelect:
    return in_plain_words(intervals(is_one, affinees=None), dialect)


@lru_cache(maxsize=2)
def _of_some(dialect: type[Dialect]) -> TextualSelect:
    return in_plain_words(intervals(among_ids, affinees=None), dialect)


@lru_cache(maxsize=1)
def _candidates() -> CompoundSelect[Any]:
    return intervals(of_structure, affinees=True)


@lru_cache(maxsize=1)
def _counted() -> Select[Any]:
    said = intervals(of_structure, affinees=False).subquery()
    return select(said.c.regle, func.count()).where(is_true(said.c)).group_by(said.c.regle)


@lru_cache(maxsize=1)
def _differing() -> Select[Any]:
    """Sets of rows, never a join to what the rules say: no statistics tell an engine how many rows that is."""
    said = intervals(in_range, affinees=False).cte("intervalle")
    found = union(*_of_alerts(said, in_range), *_of_dates(said, in_range)).subquery()
    return select(found.c.dossier_id).order_by(found.c.dossier_id)


def _of_alerts(said: CTE, restriction: Restriction) -> tuple[Select[Any], Select[Any]]:
    """Dossiers of which something that holds is not stored so; then those of which something stored does not hold."""
    stored = Alerte.__table__.c
    names = ("dossier_id", "regle", "cle", "depuis", "due", "gravite")
    holding = select(*(said.c[name] for name in names), said.c.faits).where(is_true(said.c))
    is_open = select(
        *(cast(stored[name], String) if name == "regle" else stored[name] for name in names),
        canonical_json(stored.faits),
    ).where(
        stored.fermee_le.is_(None),
        stored.regle.not_in([code(regle) for regle in sorted(AFFINEES)]),
        restriction(stored.dossier_id),
    )
    return tuple(select(except_(*pair).subquery().c.dossier_id) for pair in ((holding, is_open), (is_open, holding)))


def _of_dates(said: CTE, restriction: Restriction) -> tuple[Select[Any], Select[Any]]:
    """Dossiers whose next date is reached or not written; then those where it is later than what the rules say."""
    reached = (
        select(Etat.dossier_id)
        .outerjoin(Echeance, Echeance.dossier_id == Etat.dossier_id)
        .where(restriction(Etat.dossier_id), or_(Echeance.dossier_id.is_(None), Echeance.prochaine <= TODAY))
    )
    first = func.min(next_change(said.c)).label("prochaine")
    nearest = select(said.c.dossier_id, first).group_by(said.c.dossier_id).subquery()
    too_late = (
        select(nearest.c.dossier_id)
        .join(Echeance, Echeance.dossier_id == nearest.c.dossier_id)
        .where(
            or_(Echeance.prochaine > nearest.c.prochaine, Echeance.prochaine.is_(None)),
            nearest.c.prochaine.is_not(None),
        )
    )
    return reached, too_late
