"""The process of the scheduler: it waits for the lead, runs what is due, beats, and leaves cleanly.

One thread runs the jobs, one after the other; the main thread keeps the lead and the heartbeat, so that a long job
does not pass for a dead process.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from secrets import token_hex
from time import monotonic

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.maison import Maison
from app.alertes.planification import (
    Deroule,
    Interrompu,
    Issue,
    Work,
    allow_again,
    beat,
    forget_dead_heartbeat,
    request_stop,
    run_slot,
)
from app.alertes.queries_planification import slots_to_run
from app.alertes.rules_planification import Creneau, next_slot
from app.alertes.vocabulaire import Tache
from app.config import PARIS
from app.db.meneur import Lead
from app.web.traces import told

JOURNAL = logging.getLogger("parcours.planificateur")
BATTEMENT = 30.0  # seconds
RELEVE = 1.0  # how often a standby tries to lead, and the leader looks whether it still does
RATTRAPAGE = 60.0  # how often what failed, or what a machine asleep missed, is looked for
GRACE = 9.0  # what a job has to reach its next stop point, within the ten seconds of whoever stops us

_ISSUES = {
    Issue.FINI: "fini",
    Issue.ECHOUE: "ÉCHOUÉ",
    Issue.INTERROMPU: "interrompu, repris au prochain démarrage",
    Issue.ABANDONNE: "ABANDONNÉ, il a arrêté plusieurs fois le planificateur",
}


def new_porteur() -> str:
    """A name for this process: its machine and number for whoever reads it, and what makes it unique."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{token_hex(4)}"


class Creneaux(BaseTrigger):
    """The slots of a job, as `rules_planification` has them: a cron would have its own idea of summer time."""

    def __init__(self, tache: Tache) -> None:
        self.tache = tache

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return next_slot(self.tache, now).a


class Planificateur:
    """`works` gives the work of each job; `run` returns once `stop` was called. `battement` is in seconds.

    `courant`: what cannot wait for a slot, done after each look for what is due, every minute; it claims its own.
    """

    def __init__(
        self,
        maison: Maison,
        lead: Lead,
        works: Mapping[Tache, Work],
        *,
        courant: Callable[[Maison], object] | None = None,
        battement: float = BATTEMENT,
    ) -> None:
        self._maison = maison
        self._lead = lead
        self._works = works
        self._courant = courant
        self._battement = battement
        self._stopping = threading.Event()
        self._leading = threading.Event()
        self._working = threading.Lock()
        self.porteur = new_porteur()

    def stop(self) -> None:
        """End soon. From any thread, never from a signal handler: the main thread may hold the same lock."""
        self._stopping.set()
        request_stop()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def run(self) -> bool:
        """Lead whenever possible until `stop`. False when a job did not reach a stop point in time."""
        announced = False
        while not self.stopping:
            if self._lead.take():
                announced = False
                if not self._lead_on():
                    return False
                continue
            if not announced:
                JOURNAL.info("en attente : un autre planificateur mène déjà, ou la base ne répond pas")
                announced = True
            self._stopping.wait(RELEVE)
        self._lead.release()
        return True

    def run_once(self) -> bool | None:
        """Run what is due and come back: False when a job failed, None when another process leads."""
        if not self._lead.take():
            return None
        self._leading.set()
        try:
            with self._maison.database.writing() as session:
                forget_dead_heartbeat(session, now=self._maison.clock())
            return all(one.issue not in (Issue.ECHOUE, Issue.ABANDONNE) for one in self.run_due())
        finally:
            self._lead.release()

    def run_due(self) -> list[Deroule]:
        """Every slot that is due and that nobody ended, one after the other."""
        with self._working:
            if not self._may_run:
                return []
            maison = self._maison
            with maison.database.reading() as session:
                slots = slots_to_run(session, porteur=self.porteur, now=maison.clock())
            done = [self._run(slot) for slot in slots if slot.tache in self._works and self._may_run]
            if self._courant is not None and self._may_run:
                self._do_or_say(self._courant)
            return done

    def _do_or_say(self, courant: Callable[[Maison], object]) -> None:
        try:
            courant(self._maison)
        except Interrompu:
            return
        except Exception as error:
            JOURNAL.error("courant impossible\n%s", told(error))

    @property
    def _may_run(self) -> bool:
        return self._leading.is_set() and not self.stopping

    def _run(self, slot: Creneau) -> Deroule:
        begun = self._maison.clock()
        done = run_slot(self._maison, slot.tache, slot.code, self._works[slot.tache], porteur=self.porteur, now=begun)
        if done.issue in _ISSUES:
            seconds = (self._maison.clock() - begun).total_seconds()
            level = logging.ERROR if done.issue in (Issue.ECHOUE, Issue.ABANDONNE) else logging.INFO
            words = (slot.tache.value, slot.code, _ISSUES[done.issue], f"{seconds:.1f}".replace(".", ","), done.bilan)
            JOURNAL.log(level, "%s %s : %s en %s s ; %s", *words)
        return done

    def _lead_on(self) -> bool:
        """Keep the lead until `stop`, or until it is lost. False when a job had to be left behind."""
        allow_again()
        self._leading.set()
        JOURNAL.info("ce processus mène")
        scheduler = self._scheduler()
        try:
            scheduler.start()
            self._keep_the_lead()
            self._leading.clear()
            if not self.stopping:
                JOURNAL.error("la conduite est perdue : plus rien ne part d’ici avant de l’avoir reprise")
                request_stop()
            return self._leave(scheduler)
        finally:
            self._lead.release()

    def _keep_the_lead(self) -> None:
        since, next_beat = self._maison.clock(), monotonic()
        while not self.stopping and self._lead.held():
            if monotonic() >= next_beat:
                next_beat = monotonic() + self._battement
                self._beat(since)
            self._stopping.wait(min(RELEVE, self._battement))

    def _leave(self, scheduler: BackgroundScheduler) -> bool:
        scheduler.shutdown(wait=False)
        if not self._working.acquire(timeout=GRACE):
            return False
        self._working.release()
        return True

    def _beat(self, since: datetime) -> None:
        try:
            with self._maison.database.writing() as session:
                beat(session, porteur=self.porteur, commence_le=since, now=self._maison.clock())
        except SQLAlchemyError as error:
            # a busy database is no reason to leave; a dead one takes the lead away
            JOURNAL.error("battement manqué\n%s", told(error))

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            timezone=PARIS,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for tache in self._works:
            scheduler.add_job(self._due_or_say, Creneaux(tache), id=tache.value)
        now = datetime.now(PARIS)
        scheduler.add_job(
            self._due_or_say, IntervalTrigger(seconds=RATTRAPAGE, timezone=PARIS), id="rattrapage", next_run_time=now
        )
        return scheduler

    def _due_or_say(self) -> None:
        try:
            self.run_due()
        except Exception as error:
            # the database is away, or the disk is full: the next look will find the slots again
            JOURNAL.error("passage impossible\n%s", told(error))
