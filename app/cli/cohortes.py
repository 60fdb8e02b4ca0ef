"""`parcours cohortes …`: what is published of cohorts, once and for ever; and the exact numbers, for the controller."""

from __future__ import annotations

import sys
from collections import Counter

import click
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison, jour_de
from app.alertes.planification import stop_point
from app.alertes.queries_arretes import stalled
from app.audit.services import Acteur
from app.cli.cohortes_exact import exact
from app.cli.maison import open_maison
from app.cohortes.queries_registre import last_closed
from app.cohortes.queries_releves import libelles
from app.cohortes.rules_treillis import last_quarter_over, quarter_code, read_quarter
from app.cohortes.services_figer import Bilan, Gele, Suivi, freeze
from app.cohortes.services_verifier import Defaut, verify
from app.cohortes.vocabulaire import Mesure
from app.db.errors import DomainError

DEFAUTS = {
    Defaut.LIGNE_MODIFIEE: "cette publication n’est plus celle qui a été écrite",
    Defaut.LIGNE_ABSENTE: "il manque une publication juste avant celle-ci",
    Defaut.FIN_DIFFERENTE: "le registre ne finit pas où le journal des accès dit qu’il finissait",
    Defaut.ENSEMBLE_EXPOSE: "cette cohorte permettrait de calculer un très petit groupe",
    Defaut.HORS_REGISTRE: "cette publication porte sur un ensemble qui n’a pas été admis",
    Defaut.EFFECTIF_FAUX: "l’effectif de cette publication n’est pas celui de ses atomes",
    Defaut.CELLULE_INTERDITE: "cette publication contient un nombre qu’elle ne doit pas montrer",
    Defaut.ATOME_FAUX: "ce groupe d’entrée contient plus de jeunes qu’à sa clôture",
}
PHRASES = {
    "rien_a_figer": "Rien à figer : aucun jeune n’est entré avant la fin de ce trimestre.",
    "trimestre_illisible": "--jusqua : un trimestre s’écrit AAAA-Tn, par exemple 2026-T3.",
}
CONCURRENT = "Un autre gel écrit en ce moment dans le registre. Celui-ci n’a rien changé : relancez-le plus tard."


@click.group("cohortes")
def commande() -> None:
    """Les statistiques de cohortes : publiées, vérifiées, ou exactes."""


commande.add_command(exact)


@commande.command("figer")
@click.option("--jusqua", metavar="AAAA-Tn", help="Dernier trimestre à clore. Par défaut, le dernier qui est fini.")
def figer(jusqua: str | None) -> None:
    """Clôt les trimestres finis et publie ce qui peut l’être, une fois pour toutes.

    Le premier gel clôt tout le passé ; les suivants, un trimestre à la fois. Un gel interrompu reprend où il était ;
    relancé, il ne trouve rien à faire.
    """
    with open_maison() as maison:
        bilans = freeze_until(maison, _asked(maison, jusqua), Acteur.commande())
        for bilan in bilans:
            _tell(maison, bilan)
        if not bilans:
            click.echo("Rien à faire : ces trimestres sont déjà clos et publiés.")


@commande.command("verifier")
def verifier() -> None:
    """Relit tout le registre : sa chaîne, la forme de chaque nombre, et l’audit de chaque cohorte publiée."""
    with open_maison() as maison, maison.database.reading() as session:
        found = verify(session)
    for faute in found.fautes:
        click.echo(f"{faute.ou} : {DEFAUTS[faute.defaut]}.")
    click.echo(f"{found.publications} publications, {found.ensembles} ensembles de jeunes relus.")
    if found.fautes:
        raise click.ClickException("Le registre n’est pas intact : ne publiez rien avant d’avoir compris pourquoi.")
    click.echo("Le registre est intact, et personne n’y est isolé.")


def freeze_until(maison: Maison, jusqua: int, acteur: Acteur) -> list[Bilan]:
    """Freeze, showing how far it is. Raises ClickException with the sentence to show."""
    with click.progressbar(length=1, label="Cohortes", file=sys.stderr) as bar:

        def show(millesime: int, done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        gele = Gele(maison.database, acteur, maison.clock, stalled, Suivi(avance=show))
        try:
            return freeze(gele, jusqua=jusqua)
        except DomainError as error:
            raise click.ClickException(PHRASES[error.code]) from None
        except IntegrityError:
            raise click.ClickException(CONCURRENT) from None


def trimestre(maison: Maison, creneau: str) -> str:
    """The quarterly job. The very first freeze is decided by somebody: it says which past is whole."""
    with maison.database.reading() as session:
        if last_closed(session) is None:
            return "premier_gel=a_faire"
    gele = Gele(maison.database, Acteur.commande(), maison.clock, stalled, Suivi(entre=stop_point))
    bilans = freeze(gele, jusqua=read_quarter(creneau))
    return f"millesimes={len(bilans)} publications={sum(bilan.publications for bilan in bilans)}"


def _asked(maison: Maison, jusqua: str | None) -> int:
    over = last_quarter_over(jour_de(maison.clock()))
    if jusqua is None:
        return over
    try:
        wanted = read_quarter(jusqua)
    except DomainError as error:
        raise click.UsageError(PHRASES[error.code]) from None
    if wanted > over:
        raise click.UsageError(
            f"--jusqua : ce trimestre n’est pas fini ; le dernier qui l’est est {quarter_code(over)}."
        )
    return wanted


def _tell(maison: Maison, bilan: Bilan) -> None:
    """What was published, and each cohort that was not, with its reason and without a figure."""
    with maison.database.reading() as session:
        words = libelles(session)
    whole = [(cle, raison) for cle, mesure, raison in bilan.refus if mesure is Mesure.SITUATIONS]
    click.echo(f"{quarter_code(bilan.millesime)} : {bilan.publications} mesures publiées.")
    for raison, combien in Counter(raison for _, raison in whole).most_common():
        click.echo(f"\n{combien} {'cohorte refusée' if combien == 1 else 'cohortes refusées'}. {raison.label}")
        for cle, why in whole:
            if why is raison:
                click.echo(f"  {words.of(cle)}")
    parts = len(bilan.refus) - len(whole)
    if parts:
        click.echo(
            f"\n{parts} mesures de cohortes publiées manquent pour l’une de ces raisons ; leur page dit laquelle."
        )
