"""`parcours init`: keys, database, one structure. Run again, it completes and upgrades, and replaces nothing."""

from __future__ import annotations

import click

from app.accounts.maison import utc_now
from app.accounts.services import prepare_installation
from app.cli.maison import require_keys
from app.config import read_settings
from app.db import migrations
from app.db.engine import make_engines
from app.db.unit import Database
from app.vault.preparation import prepare_keys


@click.command("init")
@click.option("--silencieux", is_flag=True, help="N’affiche que ce qui est fait.")
def commande(silencieux: bool) -> None:
    """Prépare une installation vide, ou met à jour celle qui existe."""
    settings = read_settings()
    require_keys(settings)
    engines = make_engines(settings)
    try:
        for place in prepare_keys(settings, engines):
            click.echo(f"Fait : {place}")
        migrations.upgrade(engines.write)
        with Database(engines).writing() as session:
            prepare_installation(session, now=utc_now())
    finally:
        engines.dispose()
    if not silencieux:
        click.echo(
            f"L’installation est prête dans {settings.instance}. Sauvegardez ses clés à part, hors de cette machine.\n"
            "Ensuite : « parcours agent creer » pour le premier compte, puis « parcours serve »."
        )
