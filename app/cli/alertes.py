"""`parcours alertes scan` and `parcours alertes expliquer`."""

from __future__ import annotations

import click

from app.alertes.forms_fiches import markdown
from app.alertes.jobs import scan_everybody
from app.cli.maison import open_maison


@click.group("alertes")
def commande() -> None:
    """Les alertes sur les parcours qui stagnent."""


@commande.command("scan")
def scan() -> None:
    """Réévalue tout le monde ; lancé deux fois, il ne change rien la seconde."""
    with open_maison() as maison:
        bilan = scan_everybody(maison)
    click.echo(f"Alertes ouvertes : {bilan.ouvertes} ; fermées : {bilan.fermees}.")


@commande.command("expliquer")
def explain() -> None:
    """Écrit la page « Pourquoi cette alerte ? » en Markdown : docs/alertes.md."""
    click.echo(markdown(), nl=False)
