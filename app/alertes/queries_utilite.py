"""How useful each rule was in a structure: per rule, never per agent (securite.md), from what happened to its alerts.

An *episode* is one opening of an alert, the first time or again, and all that happened to it until the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, Select, bindparam, case, distinct, func, select
from sqlalchemy.orm import Session

from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.db.sql import add_days, code, days_between, number, paris_day
from app.db.types import Identifiant, Instant
from app.parcours.models import Dossier

# Acted on in time: within as many days of the opening.
DELAI = 7
OUVERTURES = (GenreEvenement.OUVERTE, GenreEvenement.ROUVERTE)


@dataclass(frozen=True, slots=True)
class Utilite:
    """What happened to the alerts of a rule. Numbers of episodes, but `dossiers` and `mediane`.

    `a_temps` of `revolues`: closed by an act within seven days, of those opened long enough ago to tell. `traitees`:
    closed by an act, whenever. `dossiers`: how many different ones. `mediane`: from the opening to the act, null
    when there was none.
    """

    ouvertes: int = 0
    dossiers: int = 0
    rouvertes: int = 0
    revolues: int = 0
    a_temps: int = 0
    traitees: int = 0
    inutiles: int = 0
    reportees: int = 0
    mediane: float | None = None


def _is(*genres: GenreEvenement) -> Any:
    return _event.genre.in_([code(genre) for genre in genres])


def _count(which: Any) -> Any:
    return func.coalesce(func.sum(case((which, number(1)), else_=number(0))), number(0))


_event = EvenementAlerte.__table__.c
_SINCE, _NOW = bindparam("depuis", type_=Instant), bindparam("now", type_=Instant)


def _episodes() -> CTE:
    """(regle, dossier_id, jour, reouverture, traitee, inutile, reportee) of every episode begun since `depuis`."""
    running = func.sum(case((_is(*OUVERTURES), number(1)), else_=number(0)))
    numbered = (
        select(
            Alerte.id.label("alerte_id"),
            Alerte.regle,
            Alerte.dossier_id,
            _event.genre,
            _event.quand,
            running.over(partition_by=_event.alerte_id, order_by=(_event.quand, _event.id)).label("episode"),
        )
        .join_from(Alerte, Dossier, Dossier.id == Alerte.dossier_id)
        .join(EvenementAlerte, _event.alerte_id == Alerte.id)
        .where(Dossier.structure_id == bindparam("structure_id", type_=Identifiant), _event.quand >= _SINCE)
        .subquery()
        .c
    )

    def when(*genres: GenreEvenement) -> Any:
        return case((numbered.genre.in_([code(genre) for genre in genres]), numbered.quand))

    def times(genre: GenreEvenement) -> Any:
        return func.sum(case((numbered.genre == code(genre), number(1)), else_=number(0)))

    return (
        select(
            numbered.regle,
            numbered.dossier_id,
            paris_day(func.min(when(*OUVERTURES))).label("jour"),
            times(GenreEvenement.ROUVERTE).label("reouverture"),
            paris_day(func.min(when(GenreEvenement.TRAITEE))).label("traitee"),
            (times(GenreEvenement.INUTILE) - times(GenreEvenement.INUTILE_RETIRE)).label("inutile"),
            times(GenreEvenement.REPORTEE).label("reportee"),
        )
        # what happened since then to an alert opened before belongs to an episode that this window does not hold
        .where(numbered.episode > number(0))
        .group_by(numbered.alerte_id, numbered.regle, numbered.dossier_id, numbered.episode)
        .cte("episode")
    )


def _counts() -> Select[Any]:
    c = (episodes := _episodes()).c
    in_time = c.traitee <= add_days(c.jour, number(DELAI))
    old_enough = add_days(c.jour, number(DELAI)) < paris_day(_NOW)
    return (
        select(
            c.regle,
            func.count().label("ouvertes"),
            func.count(distinct(c.dossier_id)).label("dossiers"),
            _count(c.reouverture > number(0)).label("rouvertes"),
            _count(old_enough).label("revolues"),
            _count(old_enough & in_time).label("a_temps"),
            _count(c.traitee.is_not(None)).label("traitees"),
            _count(c.inutile > number(0)).label("inutiles"),
            _count(c.reportee > number(0)).label("reportees"),
        )
        .select_from(episodes)
        .group_by(c.regle)
    )


def _medians() -> Select[Any]:
    """(regle, mediane): the mean of the two in the middle when they are even."""
    c = _episodes().c
    days = days_between(c.jour, c.traitee)
    ranked = (
        select(
            c.regle,
            days.label("jours"),
            func.row_number().over(partition_by=c.regle, order_by=days).label("rang"),
            func.count().over(partition_by=c.regle).label("total"),
        )
        .where(c.traitee.is_not(None))
        .subquery()
        .c
    )
    middle = (ranked.rang * 2 >= ranked.total) & (ranked.rang * 2 <= ranked.total + 2)
    return select(ranked.regle, func.avg(ranked.jours)).where(middle).group_by(ranked.regle)


_COUNTS, _MEDIANS = _counts(), _medians()


def utilite_of(session: Session, structure_id: int, *, now: datetime, jours: int) -> dict[Regle, Utilite]:
    """Of the rules that opened an alert in this structure during the last `jours` days; two statements."""
    asked = {"structure_id": structure_id, "depuis": now - timedelta(days=jours), "now": now}
    medians = {regle: float(median) for regle, median in session.execute(_MEDIANS, asked)}
    counted = session.execute(_COUNTS, asked).mappings()
    return {
        row["regle"]: Utilite(
            **{name: int(row[name]) for name in row if name != "regle"}, mediane=medians.get(row["regle"])
        )
        for row in counted
    }
