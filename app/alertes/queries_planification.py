"""What the scheduler did, and whether somebody must be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.alertes.models_taches import Battement, Passage
from app.alertes.rules_planification import Creneau, Veille, slots_due, tried_again_at
from app.alertes.vocabulaire import StatutPassage, Tache

_BATTEMENT = select(Battement.vu_le, Battement.commence_le).where(Battement.id == 1)
_NUITS = select(Passage.statut).where(Passage.tache == Tache.NUIT)
_DERNIERE = _NUITS.order_by(Passage.creneau.desc()).limit(1)
_FINIE = select(func.max(Passage.fini_le)).where(Passage.tache == Tache.NUIT, Passage.statut == StatutPassage.FINI)
_PRISE = select(func.min(Passage.pris_le)).where(Passage.tache == Tache.NUIT)


@dataclass(frozen=True, slots=True)
class Dernier:
    """The last run of a job, as `parcours planificateur etat` shows it."""

    tache: Tache
    creneau: str
    statut: StatutPassage
    fini_le: datetime | None
    bilan: str | None
    essais: int


def watch(session: Session) -> Veille:
    """The heartbeat and the nights. Two small statements, no data of anybody."""
    beat = session.execute(_BATTEMENT).one_or_none()
    night = session.execute(
        select(_DERNIERE.scalar_subquery(), _FINIE.scalar_subquery(), _PRISE.scalar_subquery())
    ).one()
    vu_le, commence_le = beat or (None, None)
    return Veille(vu_le, commence_le, *night)


def last_runs(session: Session) -> list[Dernier]:
    """The last slot of each job that was ever taken."""
    latest = select(Passage.tache, func.max(Passage.creneau).label("creneau")).group_by(Passage.tache).subquery()
    rows = session.execute(
        select(Passage.tache, Passage.creneau, Passage.statut, Passage.fini_le, Passage.bilan, Passage.essais).join(
            latest, (latest.c.tache == Passage.tache) & (latest.c.creneau == Passage.creneau)
        )
    )
    found = {row.tache: Dernier(*row) for row in rows}
    return [found[tache] for tache in Tache if tache in found]


def slots_to_run(session: Session, *, porteur: str, now: datetime) -> list[Creneau]:
    """The slots due that nobody ended: never taken, failed and to be tried again, left by a process that died."""
    return [slot for slot in slots_due(now) if claimable(run_of(session, slot.tache, slot.code), porteur, now)]


def run_of(session: Session, tache: Tache, creneau: str, *, lock: bool = False) -> Row[Any] | None:
    """The run of a slot (statut, porteur, fini_le, essais), its row locked until the commit when asked."""
    query = _RUN.where(Passage.tache == tache, Passage.creneau == creneau)
    return session.execute(query.with_for_update() if lock else query).one_or_none()


def claimable(run: Row[Any] | None, porteur: str, now: datetime) -> bool:
    """Whether `porteur`, who leads alone, may take this slot: what another process holds, a dead one holds."""
    if run is None:
        return True
    if run.statut is StatutPassage.PRIS:
        return run.porteur != porteur
    again = tried_again_at(run.essais, run.fini_le) if run.statut is StatutPassage.ECHOUE else None
    return again is not None and again <= now


_RUN = select(Passage.statut, Passage.porteur, Passage.fini_le, Passage.essais)
