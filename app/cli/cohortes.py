"""`parcours cohortes exact …`: unprotected numbers for the data controller, on the server. No web route gives them.

Standard output holds the table and nothing else; what there is to say goes to standard error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields
from datetime import timedelta
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from app.accounts.maison import Maison, jour_de
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.cli.maison import open_maison
from app.cohortes import queries, rules, rules_denombrement, rules_survie
from app.cohortes.filtres import Cohorte, Filtres, read_filters, read_month
from app.db.errors import DomainError
from app.parcours.rules import month_index
from app.parcours.vocabulaire import Situation

T = TypeVar("T")

PHRASES = {
    "mois_illisible": "un mois s’écrit AAAA-MM.",
    "mois_futur": "ce mois n’est pas encore commencé.",
    "critere_inconnu": "critère inconnu ; attendu : {attendus}.",
    "valeur_inconnue": "{critere} : valeur inconnue ; attendu : {attendus}.",
    "valeur_vide": "{critere} : il manque une valeur après « = ».",
    "annee_illisible": "{critere} : l’année s’écrit en quatre chiffres.",
    "valeur_absente": "{critere} : « {valeur} » n’existe pas dans cette base.",
}


@click.group("cohortes")
def commande() -> None:
    """Les statistiques de cohortes."""


@commande.group("exact")
def exact() -> None:
    """Nombres exacts, non protégés, en CSV : réservés au responsable du traitement."""


def read_jusqua(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    return None if value is None else asked(lambda: read_month(value))


def read_filtre(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> Filtres:
    return asked(lambda: read_filters(value))


def options(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--filtre",
            "filtres",
            multiple=True,
            callback=read_filtre,
            metavar="CRITERE=VALEUR",
            help="territoire=, sexe=, age=, entree=AAAA ou structure=, à l’entrée ; répétable. Des critères différents "
            "se cumulent, deux valeurs d’un même critère s’ajoutent. Une commune comprend ses quartiers.",
        ),
        click.option(
            "--jusqua",
            callback=read_jusqua,
            metavar="AAAA-MM",
            help="Dernier mois observé, inclus. Par défaut, le dernier mois fini.",
        ),
    ):
        function = option(function)
    return function


@exact.command("repartition")
@options
def repartition(jusqua: int | None, filtres: Filtres) -> None:
    """Effectif et part de chaque situation, par mois depuis l’entrée."""
    publish("repartition", rules_denombrement.Repartition, jusqua, filtres, _from_spells(rules.repartition))


@exact.command("transitions")
@options
def transitions(jusqua: int | None, filtres: Filtres) -> None:
    """Passages d’un mois au suivant, rester compris."""
    publish("transitions", rules_denombrement.Transition, jusqua, filtres, _from_spells(rules.transitions))


@exact.command("durees")
@options
def durees(jusqua: int | None, filtres: Filtres) -> None:
    """Mois moyens dans chaque situation, par personne."""
    publish("durees", rules_denombrement.Duree, jusqua, filtres, _from_spells(rules.durees))


@exact.command("delai")
@options
@click.option(
    "--vers", default=Situation.EMPLOI.value, show_default=True, type=click.Choice([item.value for item in Situation])
)
@click.option("--duree-min", default=1, show_default=True, type=click.IntRange(min=1), help="En mois d’affilée.")
def delai(jusqua: int | None, filtres: Filtres, vers: str, duree_min: int) -> None:
    """Délai jusqu’à une situation tenue : estimation de Kaplan-Meier, erreur type de Greenwood."""

    def compute(session: Session, cohorte: Cohorte) -> list[rules_survie.Survie]:
        return rules_survie.delai(queries.attentes(session, cohorte, vers=Situation(vers), duree_min=duree_min))

    publish("delai", rules_survie.Survie, jusqua, filtres, compute)


def _from_spells(
    table: Callable[[Iterable[rules_denombrement.Sejour]], list[Any]],
) -> Callable[[Session, Cohorte], list[Any]]:
    return lambda session, cohorte: table(queries.sejours(session, cohorte))


def publish(
    mesure: str,
    ligne: type,
    jusqua: int | None,
    filtres: Filtres,
    compute: Callable[[Session, Cohorte], list[Any]],
) -> None:
    """Compute, journal that it was computed, then print."""
    with open_maison() as maison:
        cohorte = Cohorte(observed_until(maison, jusqua), filtres)
        with maison.database.reading() as session:
            rows = asked(lambda: compute(session, cohorte), status=1)
        with maison.database.writing() as session:
            audit.record(
                session, Action.COHORTES_EXACTES, acteur=Acteur.commande(), now=maison.clock(), precision=mesure
            )
    if not rows:
        click.echo("Aucun dossier dans cette cohorte.", err=True)
    click.echo(as_csv([item.name for item in fields(ligne)], rows), nl=False)


def observed_until(maison: Maison, jusqua: int | None) -> int:
    """The month asked for, begun already; else the last one that is complete in Paris."""
    today = jour_de(maison.clock())
    if jusqua is None:
        return month_index(today.replace(day=1) - timedelta(days=1))
    if jusqua > month_index(today):
        raise click.UsageError(PHRASES["mois_futur"])
    return jusqua


def as_csv(entete: Sequence[str], rows: Iterable[Any]) -> str:
    """Commas, points, 17 significant digits, line feeds."""
    sortie = io.StringIO(newline="")
    ecrivain = csv.writer(sortie, lineterminator="\n")
    ecrivain.writerow(entete)
    ecrivain.writerows([_cell(value) for value in astuple(row)] for row in rows)
    return sortie.getvalue()


def _cell(value: object) -> object:
    return format(value, ".17g") if isinstance(value, float) else value


def asked(compute: Callable[[], T], *, status: int = 2) -> T:
    """What was asked for, or one sentence that says why it cannot be."""
    try:
        return compute()
    except DomainError as error:
        faits = {nom: ", ".join(valeur) if isinstance(valeur, list) else valeur for nom, valeur in error.facts.items()}
        stop = click.UsageError(PHRASES[error.code].format(critere=error.field, **faits))
        stop.exit_code = status
        raise stop from None
