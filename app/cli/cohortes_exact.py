"""`parcours cohortes exact …`: unprotected numbers for the data controller, on the server. No web route gives them.

Standard output holds the table and nothing else; what there is to say goes to standard error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from app.accounts.maison import Maison, jour_de
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.cli.maison import open_maison
from app.cohortes import queries, queries_exactes, rules, rules_denombrement, rules_exactes, rules_survie
from app.cohortes.filtres import Cohorte, Critere, Filtres, read_filters, read_month
from app.cohortes.rules import Estimateur
from app.db.errors import DomainError
from app.parcours.rules import month_index
from app.parcours.vocabulaire import Situation

T = TypeVar("T")
# The table of each value of a dimension, or the one table of everybody.
Tables = Mapping[str, list[Any]]
Calcul = Callable[[Session, Cohorte, Critere | None], Tables]

PHRASES = {
    "mois_illisible": "un mois s’écrit AAAA-MM.",
    "mois_futur": "ce mois n’est pas encore commencé.",
    "critere_inconnu": "critère inconnu ; attendu : {attendus}.",
    "valeur_inconnue": "{critere} : valeur inconnue ; attendu : {attendus}.",
    "valeur_vide": "{critere} : il manque une valeur après « = ».",
    "annee_illisible": "{critere} : l’année s’écrit en quatre chiffres.",
    "valeur_absente": "{critere} : « {valeur} » n’existe pas dans cette base.",
}


@click.group("exact")
def exact() -> None:
    """Nombres exacts, non protégés, en CSV : réservés au responsable du traitement."""


def read_jusqua(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    return None if value is None else asked(lambda: read_month(value))


def read_filtre(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> Filtres:
    return asked(lambda: read_filters(value))


def read_par(ctx: click.Context, param: click.Parameter, value: str | None) -> Critere | None:
    return None if value is None else Critere(value)


def options(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--par",
            type=click.Choice([critere.value for critere in Critere]),
            callback=read_par,
            help="Un tableau par valeur à l’entrée, nommée dans la première colonne. Un quartier n’est pas compté une "
            "seconde fois dans sa commune ; un âge inconnu a une case vide.",
        ),
        click.option(
            "--filtre",
            "filtres",
            multiple=True,
            callback=read_filtre,
            metavar="CRITERE=VALEUR",
            help="territoire=, sexe=, age=, entree=AAAA ou structure=, à l’entrée ; répétable. Des critères différents "
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


estimation = click.option(
    "--estimateur",
    default=Estimateur.BRUT.value,
    show_default=True,
    type=click.Choice([estimateur.value for estimateur in Estimateur]),
    help="Comment se lit une part : brut, parmi les jeunes encore observés ce mois-là ; aalen-johansen, pour tous, "
    "en tenant compte de ceux qui ne sont plus observés. Un effectif est toujours celui qui est observé.",
)


@exact.command("repartition")
@options
@estimation
def repartition(estimateur: str, **choix: Any) -> None:
    """Effectif et part de chaque situation, par mois depuis l’entrée."""
    table = partial(rules.repartition, estimateur=Estimateur(estimateur))
    publish("repartition", rules_denombrement.Repartition, of(queries.sejours_par, table), **choix)


@exact.command("entropie")
@options
@estimation
def entropie(estimateur: str, **choix: Any) -> None:
    """Dispersion des situations, par mois depuis l’entrée : 0 quand tous sont dans la même."""
    table = partial(rules.entropies, estimateur=Estimateur(estimateur))
    publish("entropie", rules_denombrement.Entropie, of(queries.sejours_par, table), **choix)


@exact.command("transitions")
@options
def transitions(**choix: Any) -> None:
    """Passages d’un mois au suivant, rester compris."""
    publish("transitions", rules_denombrement.Transition, of(queries.sejours_par, rules.transitions), **choix)


@exact.command("durees")
@options
def durees(**choix: Any) -> None:
    """Mois moyens dans chaque situation, par personne."""
    publish("durees", rules_denombrement.Duree, of(queries.sejours_par, rules.durees), **choix)


@exact.command("delai")
@options
@click.option(
    "--vers", default=Situation.EMPLOI.value, show_default=True, type=click.Choice([item.value for item in Situation])
)
@click.option("--duree-min", default=1, show_default=True, type=click.IntRange(min=1), help="En mois d’affilée.")
def delai(vers: str, duree_min: int, **choix: Any) -> None:
    """Délai jusqu’à une situation tenue : Kaplan-Meier, erreur type de Greenwood, bornes à 95 % (log-log)."""
    attentes = partial(queries.attentes_par, vers=Situation(vers), duree_min=duree_min)
    publish("delai", rules_survie.Survie, of(attentes, rules_survie.delai), **choix)


@exact.command("flux")
@options
def flux(**choix: Any) -> None:
    """Passages entre les mois 0, 6, 12 et 24 ; la part est celle des jeunes observés aux deux dates."""
    publish("flux", rules_exactes.Flux, of(queries_exactes.passages_par, rules_exactes.flux), **choix)


@exact.command("sorties")
@options
def sorties(**choix: Any) -> None:
    """Dossiers clos à la fin de l’observation. Trois mesures à ne jamais mêler : familles (issue favorable), sorties
    dynamiques, issues positives du PLIE."""
    publish("sorties", rules_exactes.Sortie, of(queries_exactes.issues_par, rules_exactes.sorties), **choix)


@exact.command("raccrochages")
@options
def raccrochages(**choix: Any) -> None:
    """Retours après un décrochage, et ceux qui tiennent encore six mois après."""
    table = of(queries_exactes.retours_par, rules_exactes.raccrochages)
    publish("raccrochages", rules_exactes.Raccrochages, table, **choix)


@exact.command("premiere-etape")
@options
def premiere_etape(**choix: Any) -> None:
    """Mois de l’entrée à la première étape commencée ; un décrochage n’en est pas une. Colonnes de « delai »."""
    table = of(queries_exactes.premieres_etapes_par, rules_survie.delai)
    publish("premiere_etape", rules_survie.Survie, table, **choix)


def of(counts: Calcul, table: Callable[[list[Any]], list[Any]]) -> Calcul:
    """The table of each value, from its counts."""
    return lambda session, cohorte, par: {valeur: table(rows) for valeur, rows in counts(session, cohorte, par).items()}


def publish(
    mesure: str,
    ligne: type,
    compute: Calcul,
    *,
    jusqua: int | None,
    filtres: Filtres,
    par: Critere | None,
) -> None:
    """Compute, journal that it was computed, then print."""
    with open_maison() as maison:
        cohorte = Cohorte(observed_until(maison, jusqua), filtres)
        with maison.database.reading() as session:
            tables = asked(lambda: compute(session, cohorte, par), status=1)
        with maison.database.writing() as session:
            audit.record(
                session, Action.COHORTES_EXACTES, acteur=Acteur.commande(), now=maison.clock(), precision=mesure
            )
    if not tables:
        click.echo("Aucun dossier à compter dans cette cohorte.", err=True)
    colonnes = [item.name for item in fields(ligne)]
    if par is None:
        lignes = [astuple(row) for rows in tables.values() for row in rows]
    else:
        colonnes = [par.value, *colonnes]
        lignes = [(valeur, *astuple(row)) for valeur, rows in tables.items() for row in rows]
    click.echo(as_csv(colonnes, lignes), nl=False)


def observed_until(maison: Maison, jusqua: int | None) -> int:
    """The month asked for, begun already; else the last one that is complete in Paris."""
    today = jour_de(maison.clock())
    if jusqua is None:
        return month_index(today.replace(day=1) - timedelta(days=1))
    if jusqua > month_index(today):
        raise click.UsageError(PHRASES["mois_futur"])
    return jusqua


def as_csv(entete: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Commas, points, 17 significant digits, line feeds."""
    sortie = io.StringIO(newline="")
    ecrivain = csv.writer(sortie, lineterminator="\n")
    ecrivain.writerow(entete)
    ecrivain.writerows([_cell(value) for value in row] for row in rows)
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
