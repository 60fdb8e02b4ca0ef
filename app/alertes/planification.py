"""The scheduler's claims: a job runs once for a slot, whoever crashes.

The claim is committed before the work begins, and the end after it: a process that dies in between leaves a slot
`pris`, which the next leader begins again. So every job is idempotent, and works in transactions of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts.maison import Maison
from app.alertes.models_taches import Battement, Passage
from app.alertes.queries_planification import claimable, run_of
from app.alertes.rules_planification import SILENCE_TOLERE, may_be_taken_over
from app.alertes.vocabulaire import StatutPassage, Tache
from app.db.sql import insert_or
from app.web.traces import told

Work = Callable[[Maison, str], str]
TRACES = logging.getLogger("parcours.planificateur")
_BILAN = 200


class Issue(Enum):
    """What became of a slot."""

    FINI = auto()
    ECHOUE = auto()
    INTERROMPU = auto()  # released: it begins again at the next start
    ABANDONNE = auto()  # it killed too many processes
    DEJA_PRIS = auto()


@dataclass(frozen=True, slots=True)
class Deroule:
    """The end of one call of `run_slot`; `bilan` as the job gave it, or the class of the error."""

    issue: Issue
    bilan: str = ""


class Interrompu(Exception):
    """The scheduler is told to stop, and the job is between two transactions."""


_stop = threading.Event()


def request_stop() -> None:
    """From now on `stop_point` raises, in this process."""
    _stop.set()


def allow_again() -> None:
    """Undo `request_stop`: this process leads again."""
    _stop.clear()


def stop_point() -> None:
    """A job calls this between two transactions. Raises Interrompu when it must leave the rest to the next start."""
    if _stop.is_set():
        raise Interrompu


def run_slot(maison: Maison, tache: Tache, creneau: str, work: Work, *, porteur: str, now: datetime) -> Deroule:
    """Take the slot, run `work(maison, creneau)`, write down how it ended. Never raises what the work raised.

    A slot that failed is tried again 5 minutes after its first failure and 30 minutes after its second, never after
    the third. One that a dead process left is begun at once, three times in all.
    """
    with maison.database.writing() as session:
        taken = claim(session, tache, creneau, porteur=porteur, now=now)
    if taken is not None:
        return Deroule(taken)
    try:
        bilan = work(maison, creneau)
    except Interrompu:
        _release(maison, tache, creneau, porteur)
        return Deroule(Issue.INTERROMPU)
    except Exception as error:
        TRACES.error("%s", told(error))
        kind = f"erreur={type(error).__module__}.{type(error).__qualname__}"
        return _end(maison, tache, creneau, porteur, Issue.ECHOUE, kind)
    return _end(maison, tache, creneau, porteur, Issue.FINI, bilan)


def claim(session: Session, tache: Tache, creneau: str, *, porteur: str, now: datetime) -> Issue | None:
    """Write that `porteur` takes the slot: None when it does, else why not."""
    values = {"statut": StatutPassage.PRIS, "porteur": porteur, "pris_le": now, "fini_le": None, "bilan": None}
    run = run_of(session, tache, creneau, lock=True)
    if run is None:
        first = insert_or(session, Passage).values(tache=tache, creneau=creneau, essais=1, **values)
        inserted = session.execute(first.on_conflict_do_nothing().returning(Passage.creneau)).one_or_none()
        return None if inserted else Issue.DEJA_PRIS
    if not claimable(run, porteur, now):
        return Issue.DEJA_PRIS
    given_up = run.statut is StatutPassage.PRIS and not may_be_taken_over(run.essais)
    if given_up:
        values |= {"statut": StatutPassage.ECHOUE, "fini_le": now, "bilan": f"interrompu={run.essais}"}
    essais = run.essais if given_up else run.essais + 1
    session.execute(_of(tache, creneau).values(essais=essais, **values))
    return Issue.ABANDONNE if given_up else None


def beat(session: Session, *, porteur: str, commence_le: datetime, now: datetime) -> None:
    """The leader is alive."""
    values = {"porteur": porteur, "commence_le": commence_le, "vu_le": now}
    first = insert_or(session, Battement).values(id=1, **values)
    session.execute(first.on_conflict_do_update(index_elements=[Battement.id], set_=values))


def forget_dead_heartbeat(session: Session, *, now: datetime) -> None:
    """Where a timer now runs what is due, nobody waits for the heartbeat of the scheduler that was there before."""
    session.execute(delete(Battement).where(Battement.vu_le < now - SILENCE_TOLERE))


def _of(tache: Tache, creneau: str):
    return update(Passage).where(Passage.tache == tache, Passage.creneau == creneau)


def _end(maison: Maison, tache: Tache, creneau: str, porteur: str, issue: Issue, bilan: str) -> Deroule:
    statut = StatutPassage.FINI if issue is Issue.FINI else StatutPassage.ECHOUE
    # whoever lost the lead in the meantime says nothing of a slot that another took over
    mine = _of(tache, creneau).where(Passage.porteur == porteur, Passage.statut == StatutPassage.PRIS)
    with maison.database.writing() as session:
        session.execute(mine.values(statut=statut, fini_le=maison.clock(), bilan=bilan[:_BILAN]))
    return Deroule(issue, bilan)


def _release(maison: Maison, tache: Tache, creneau: str, porteur: str) -> None:
    held = (Passage.tache == tache, Passage.creneau == creneau, Passage.porteur == porteur)
    with maison.database.writing() as session:
        session.execute(delete(Passage).where(*held, Passage.statut == StatutPassage.PRIS))
