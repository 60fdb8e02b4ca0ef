"""`parcours planificateur`: the nightly, hourly, weekly and morning jobs, in a process of their own."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import click

from app.accounts.maison import Maison
from app.alertes.forms_planification import state
from app.alertes.planification import Work
from app.alertes.queries_planification import last_runs, watch
from app.alertes.rules_planification import next_slot
from app.alertes.vocabulaire import Tache
from app.cli.maison import open_maison, require_keys
from app.cli.planificateur_boucle import BATTEMENT, Planificateur
from app.config import PARIS, read_settings
from app.db.meneur import lead_of
from app.web.traces import WITHOUT_WORDS

_STOPPED_BY = (signal.SIGTERM, signal.SIGINT)


@click.group("planificateur", invoke_without_command=True)
@click.option("--une-fois", is_flag=True, help="Fait ce qui est dû et sort : pour qui préfère un minuteur du système.")
@click.option("--battement", default=BATTEMENT, hidden=True, type=click.FloatRange(min=0.05))
@click.option("--lie", is_flag=True, hidden=True, help="S’arrête quand son entrée standard se ferme.")
@click.pass_context
def commande(context: click.Context, une_fois: bool, battement: float, lie: bool) -> None:
    """Fait chaque nuit, heure, semaine, matin et trimestre ce qui ne vient d’aucune écriture."""
    if context.invoked_subcommand is not None:
        return
    from app.alertes.courriels_urgence import send_urgencies
    from app.alertes.jobs import JOBS
    from app.cli.cohortes import trimestre

    settings = read_settings()
    require_keys(settings)
    with open_maison(settings) as maison:
        how = {"courant": send_urgencies, "once": une_fois, "battement": battement, "bound": lie}
        code = serve_jobs(maison, JOBS | {Tache.TRIMESTRE: trimestre}, **how)
    sys.exit(code)


@commande.command("etat")
def etat() -> None:
    """Dit ce qui a été fait, et quand vient la suite."""
    with open_maison() as maison:
        now = maison.clock()
        with maison.database.reading() as session:
            runs = {run.tache: run for run in last_runs(session)}
            click.echo(f"Planificateur : {state(watch(session), now)}")
    for tache in Tache:
        click.echo(f"{tache.label}")
        run = runs.get(tache)
        if run is not None:
            ended = f" le {_at(run.fini_le)}" if run.fini_le else ""
            click.echo(f"  dernier créneau : {run.creneau}, {run.statut.label.lower()}{ended} ; {run.bilan or 'rien'}")
        click.echo(f"  prochain : {_at(next_slot(tache, now).a)}")


def serve_jobs(
    maison: Maison,
    works: Mapping[Tache, Work],
    *,
    courant: Callable[[Maison], object] | None = None,
    once: bool = False,
    battement: float = BATTEMENT,
    bound: bool = False,
) -> int:
    """Run the scheduler until it is told to stop; the exit code of the process.

    `courant`: what it does every minute besides. `once`: run what is due and come back. `bound`: stop as well when the
    standard input closes.
    """
    _speak()
    lead = lead_of(maison.database.engines.write, maison.settings.instance, "planificateur")
    planificateur = Planificateur(maison, lead, works, courant=courant, battement=battement)
    _stop_on_signals(planificateur)
    if bound:
        threading.Thread(target=_stop_when_alone, args=(planificateur,), daemon=True).start()
    if once:
        well = planificateur.run_once()
        if well is None:
            click.echo("Un planificateur tourne déjà : il fera ce qui est dû.")
        return 1 if well is False else 0
    if planificateur.run():
        return 0
    # the job's thread would keep the process; its transaction is rolled back, its slot begun again
    logging.shutdown()
    os._exit(0 if planificateur.stopping else 1)


def _stop_on_signals(planificateur: Planificateur) -> None:
    """Signals wait for a thread of their own: a handler would run inside whatever lock the main thread holds."""
    for number in _STOPPED_BY:
        # what a shell starts in the background ignores Ctrl-C, and an ignored signal is never waited for
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPED_BY)

    def wait() -> None:
        signal.sigwait(_STOPPED_BY)
        planificateur.stop()

    threading.Thread(target=wait, daemon=True).start()


def _stop_when_alone(planificateur: Planificateur) -> None:
    while os.read(0, 1024):
        pass
    planificateur.stop()


def _speak() -> None:
    """One line for each run, with its time in Paris, and no word of an exception."""
    handler = logging.StreamHandler()
    formatter = logging.Formatter("%(asctime)s planificateur : %(message)s", "%d/%m/%Y %H:%M:%S")
    formatter.converter = lambda seconds: datetime.fromtimestamp(seconds or 0, PARIS).timetuple()
    handler.setFormatter(formatter)
    handler.addFilter(WITHOUT_WORDS)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("parcours.planificateur").setLevel(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _at(instant: datetime) -> str:
    return instant.astimezone(PARIS).strftime("%d/%m/%Y à %H h %M")
