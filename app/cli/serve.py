"""`parcours serve`: gunicorn, two processes of four threads, each with its own engines."""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from app.cli.gardien import let_go, start_guardian, wait_for_guardian
from app.cli.maison import open_maison, require_keys
from app.config import LOOPBACK_HOSTS, ConfigurationError, Settings, read_settings, refuse_unsafe
from app.web.traces import WITHOUT_WORDS

WORKERS = 2
THREADS = 4


class Server(BaseApplication):
    """Gunicorn set in code; the application is made after the fork, so that no engine is shared."""

    def __init__(self, settings: Settings, bind: str, *, scheduler: bool = False) -> None:
        self.settings = settings
        self.bind = bind
        self.scheduler = scheduler
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": self.bind,
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": "gthread",
            "graceful_timeout": 10,
            "timeout": 60,
            "proc_name": "parcours",
            "loglevel": "warning",
            # No access log: the journal of access is in the database, and a log would add addresses to it.
            "accesslog": None,
            "control_socket_disable": True,
            "post_worker_init": freeze,
        }
        if self.scheduler:
            options["when_ready"] = start_scheduler
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from app import create_app

        logging.getLogger("gunicorn.error").addFilter(WITHOUT_WORDS)
        return create_app(self.settings)


def freeze(worker: object) -> None:
    """What is loaded stays: the collector looks at requests only (vitesse.md: p99 46 → 7.8 ms)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 1_000)


def start_scheduler(arbiter: Any) -> None:
    """Once the port is ours. The guardian lives as long as the pipe that this process alone holds.

    Gunicorn's own handlers stay: they are called after the guardian was told, so that both end at the same time.
    """
    guardian = start_guardian()

    def told(number: int, frame: object) -> None:
        let_go(guardian)
        arbiter.signal(number, frame)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, told)

    def leave(arbiter: Any) -> None:
        let_go(guardian)
        wait_for_guardian(guardian)

    arbiter.cfg.set("post_fork", lambda arbiter, worker: let_go(guardian))
    arbiter.cfg.set("on_exit", leave)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.option("--avec-planificateur", is_flag=True, help="Lance aussi le planificateur, et le relance s’il s’arrête.")
def commande(host: str, port: int, avec_planificateur: bool) -> None:
    """Sert l’application ; Ctrl-C arrête tout."""
    settings = read_settings()
    if "PARCOURS_URL" not in os.environ:
        settings = replace(settings, public_url=f"http://localhost:{port}")
    refuse_unsafe(settings)
    if avec_planificateur:
        require_keys(settings)
    if host not in LOOPBACK_HOSTS and not settings.https:
        raise ConfigurationError(
            f"Écouter sur {host} demande une adresse publique en https : renseignez PARCOURS_URL=https://…"
        )
    with open_maison(settings) as maison:
        announce(settings, demonstration=_demo_accounts(maison))
    Server(settings, f"{host}:{port}", scheduler=avec_planificateur).run()


def announce(settings: Settings, *, demonstration: list[str]) -> None:
    click.echo(f"\nParcours est prêt : {settings.public_url}")
    if settings.sans_cles:
        click.echo("Sans clés : seules les pages de cohortes sont servies, aux comptes qui ne voient aucun dossier.")
    if demonstration:
        click.echo("Démonstration, personnes fictives. Un bouton par rôle sur la page d’accueil, ou ces comptes :")
        for line in demonstration:
            click.echo(f"  {line}")
    click.echo("Ctrl-C arrête tout.\n")


def _demo_accounts(maison: Any) -> list[str]:
    from app.accounts.queries import est_demonstration
    from app.cli.demo import accounts

    open_to_all = est_demonstration(maison.database) and not maison.settings.sans_cles
    return accounts() if open_to_all else []
