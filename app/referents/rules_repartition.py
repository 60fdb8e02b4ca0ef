"""Spreading a caseload over several: who is proposed for which dossier, and what taking it back would do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.referents.vocabulaire import SuiteRepartition

# A working day and its night: who sees at breakfast that the wrong caseload was spread still takes it back in one act.
# Later, those who received it have met some of them, and each dossier is handed over for itself.
REPRISE = timedelta(hours=24)
# dossiers of one operation: what one page shows and one transaction writes in a few seconds
LOT_AU_PLUS = 300


@dataclass(frozen=True, slots=True)
class Lot:
    """A dossier to give. `equipe`: who follows it already; `interdits`: who may not receive it."""

    dossier_id: int
    quarts: int
    equipe: frozenset[int] = frozenset()
    interdits: frozenset[int] = frozenset()


def split(lots: Iterable[Lot], loads: Mapping[int, int]) -> dict[int, int | None]:
    """Who is proposed for each dossier, by its id; None where nobody may receive it.

    `loads`: what each receiver carries already, in quarters of a dossier at the full rhythm. A dossier stays with
    somebody of its équipe as long as they end no higher than the level that all would reach together; the others go,
    heaviest first, to whoever carries least then. So nobody who receives something ends above the least loaded by more
    than the heaviest dossier, when nothing forbids. The same question has the same answer.
    """
    carried = dict(sorted(loads.items()))
    in_order = sorted(lots, key=lambda lot: (-lot.quarts, lot.dossier_id))
    level = common_level(carried.values(), sum(lot.quarts for lot in in_order))
    given: dict[int, int | None] = {}
    for lot in in_order:
        known = [one for one in _allowed(lot, carried) if one in lot.equipe]
        lightest = min(known, key=carried.__getitem__, default=None)
        if lightest is not None and carried[lightest] + lot.quarts <= level:
            given[lot.dossier_id] = lightest
            carried[lightest] += lot.quarts
    for lot in in_order:
        if lot.dossier_id not in given:
            chosen = min(_allowed(lot, carried), key=carried.__getitem__, default=None)
            given[lot.dossier_id] = chosen
            if chosen is not None:
                carried[chosen] += lot.quarts
    return given


def common_level(loads: Iterable[int], more: int) -> int:
    """As high as `loads` rise when `more` is poured on the lowest first, rounded down."""
    ranked = sorted(loads)
    for count in range(len(ranked), 0, -1):
        level = (sum(ranked[:count]) + more) // count
        if level >= ranked[count - 1]:
            return level
    return 0


def _allowed(lot: Lot, carried: Mapping[int, int]) -> Sequence[int]:
    # in the order of ids: `min` keeps the first of those that are equal
    return [one for one in carried if one not in lot.interdits]


def may_take_back(cree_le: datetime, now: datetime) -> bool:
    """Whether what was spread at `cree_le` can still be taken back in one act."""
    return now - cree_le < REPRISE


@dataclass(frozen=True, slots=True)
class Donne:
    """A dossier that was spread, as it is now. `courante_id`: its open affectation, if any; `accusee`: its référent
    took note of it. `repris`: whom it came from may take it again."""

    affectation_id: UUID
    courante_id: UUID | None
    accusee: bool
    repris: bool


def fate(donne: Donne) -> SuiteRepartition:
    """What taking the whole back does to this dossier: what somebody took note of, or passed on, stays where it is."""
    if donne.courante_id != donne.affectation_id or donne.accusee:
        return SuiteRepartition.RESTE
    return SuiteRepartition.RENDU if donne.repris else SuiteRepartition.SANS_REFERENT
