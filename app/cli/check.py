"""`parcours check`: configuration, canaries, SQLite's version, revision, dossiers without a key, e-mails, scheduler."""

from __future__ import annotations

from collections.abc import Iterator

import click
from sqlalchemy import make_url

from app.accounts.maison import Maison
from app.alertes.courriels_poste import read_password
from app.alertes.forms_planification import JAMAIS_LANCE
from app.alertes.forms_planification import faults as faults_of_scheduler
from app.alertes.forms_planification import state as state_of_scheduler
from app.alertes.queries_planification import watch
from app.cli.maison import open_maison
from app.config import Chiffrement, ConfigurationError, Settings, read_settings
from app.db.engine import FIRST_SAFE_SQLITE, sqlite_library
from app.parcours.queries import uids_in_pages

_TENUES = {
    False: "la racine, les deux trousseaux et la base des clés s’ouvrent et vont ensemble.",
    True: "la racine et le trousseau de service s’ouvrent ; ce serveur n’a ni le coffre ni la base des clés.",
}


@click.command("check")
def commande() -> None:
    """Vérifie l’installation ; sort avec 1 si quelque chose ne va pas."""
    settings = read_settings()
    click.echo(f"Configuration : {settings.instance}, {settings.public_url}")
    with open_maison(settings) as maison:
        click.echo(f"Clés : {_TENUES[settings.sans_cles]}")
        click.echo("Base : à la révision attendue.")
        faults = [*_sqlite(maison), *_keys(maison), *_emails(settings), *_scheduler(maison)]
    for fault in faults:
        click.echo(f"À corriger : {fault}", err=True)
    if faults:
        raise click.exceptions.Exit(1)
    click.echo("Tout va bien.")


def _sqlite(maison: Maison) -> Iterator[str]:
    if make_url(maison.settings.database_url).get_backend_name() != "sqlite":
        return
    _, version = sqlite_library()
    text = ".".join(str(part) for part in version)
    click.echo(f"SQLite : {text}")
    if version < FIRST_SAFE_SQLITE:
        wanted = ".".join(str(part) for part in FIRST_SAFE_SQLITE)
        yield f"SQLite {text} peut abîmer une base en mode WAL ; il faut {wanted} ou plus récent, ou PostgreSQL."


def _keys(maison: Maison) -> Iterator[str]:
    """Every dossier has its key, or nobody can read it any more; a server without keys has none within reach."""
    total = missing = 0
    if maison.settings.sans_cles:
        if maison.settings.vault_keyring_file.exists():
            yield f"{maison.settings.vault_keyring_file} n’a rien à faire sur un serveur sans clés : retirez-le d’ici."
        return
    with maison.database.reading() as session:
        for uids in uids_in_pages(session):
            total += len(uids)
            missing += len(maison.vault.missing_keys(uids))
    click.echo(f"Dossiers : {total}")
    if missing:
        yield f"{missing} dossiers n’ont plus de clé : remettez la base des clés depuis sa sauvegarde."


def _emails(settings: Settings) -> Iterator[str]:
    """Whether they leave, and by which server; `parcours courriels essai` says whether it takes them."""
    smtp = settings.smtp
    if smtp is None:
        click.echo("Courriels du matin : aucun ne part, PARCOURS_SMTP_HOST n’est pas donné.")
        return
    protection = "sans chiffrement" if smtp.chiffrement is Chiffrement.AUCUN else smtp.chiffrement.value
    click.echo(f"Courriels du matin : par {smtp.hote}, port {smtp.port}, {protection}, de {smtp.expediteur}")
    try:
        read_password(smtp)
    except ConfigurationError as error:
        yield str(error)


def _scheduler(maison: Maison) -> Iterator[str]:
    """Its heartbeat and its nights; never having launched it is said, not a fault: an installation begins so."""
    now = maison.clock()
    with maison.database.reading() as session:
        veille = watch(session)
    words = state_of_scheduler(veille, now)
    if words == JAMAIS_LANCE:
        words += " (sans lui, le temps qui passe n’ouvre aucune alerte : « parcours planificateur »)"
    click.echo(f"Planificateur : {words}")
    for fault in faults_of_scheduler(veille, now):
        yield f"{fault[0].upper()}{fault[1:]}."
