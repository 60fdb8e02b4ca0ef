"""The `parcours` command: thin, calling the same services as the pages."""

from __future__ import annotations

import os

import click

from app.cli import agents, alertes, check, cohortes, courriels, demo, imports, init, planificateur, serve
from app.cli.maison import SANS_CLES
from app.config import ConfigurationError
from app.vault.errors import KeylessProcess
from app.web.traces import told

IMPREVU = "Une erreur imprévue a arrêté la commande. Les lignes ci-dessus disent où, sans rien citer."


class Parcours(click.Group):
    """What stops a command is said in one French sentence, without a trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error
        except KeylessProcess as error:
            raise click.ClickException(SANS_CLES) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            # its message may quote a value
            click.echo(told(error), err=True)
            raise click.ClickException(IMPREVU) from None


@click.group(cls=Parcours, context_settings={"help_option_names": ["-h", "--help"]})
def parcours() -> None:
    """Parcours : le suivi des jeunes, avec un référent unique."""
    # databases and their journals are nobody else's to read, like the keys
    os.umask(0o077)


parcours.add_command(init.commande)
parcours.add_command(demo.commande)
parcours.add_command(serve.commande)
parcours.add_command(imports.commande)
parcours.add_command(alertes.commande)
parcours.add_command(planificateur.commande)
parcours.add_command(cohortes.commande)
parcours.add_command(courriels.commande)
parcours.add_command(agents.commande)
parcours.add_command(check.commande)
