"""`parcours cohortes …`: what is counted of cohorts, published or exact."""

from __future__ import annotations

import click

from app.cli.cohortes_exact import exact


@click.group("cohortes")
def commande() -> None:
    """Les statistiques de cohortes."""


commande.add_command(exact)
