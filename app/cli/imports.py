"""`parcours import dossiers|etapes`: the whole file is checked, then written by lots of 5,000."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import IntegrityError, OperationalError

from app.accounts.maison import Maison, jour_de
from app.cli.import_phrases import phrase_fichier, phrase_ligne
from app.cli.maison import open_maison
from app.cohortes.queries_registre import last_closed
from app.db.errors import DomainError
from app.jeunes import import_dossiers, import_dossiers_ecriture, import_etapes, import_etapes_ecriture
from app.jeunes.import_lecture import Defauts, read_path
from app.jeunes.import_reperes import Auteur, load_auteur
from app.vault.errors import Unreadable

LOT = 5_000
# As many characters of the file's SHA-256 name it in the journal, and say nothing of what it holds.
EMPREINTE = 24

CHANGE = (
    "La base a changé pendant l’import : ce qui était déjà écrit le reste. Relancez la même commande, "
    "elle vérifiera à nouveau et complétera."
)
OCCUPEE = "La base ne répond pas : ce qui était déjà écrit le reste. Relancez la même commande, elle complétera."
SANS_CLE = "Un des dossiers n’a plus sa clé : « parcours check » dit combien. Rien de plus n’a été écrit."

COHORTES = (
    "Aucune cohorte n’est encore publiée. Une fois tout le passé importé, « parcours cohortes figer » clôt les "
    "trimestres finis et publie ce qui peut l’être, une fois pour toutes."
)


@click.group("import")
def commande() -> None:
    """Reprendre des dossiers et des étapes depuis des fichiers CSV."""


def options(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.argument("fichier", type=click.Path(path_type=Path)),
        click.option("--essai", is_flag=True, help="Vérifie tout et n’écrit rien."),
        click.option("--par", metavar="COURRIEL", help="L’agent qui importe ; sans lui, « commande »."),
        click.option("--structure", metavar="CODE", help="La structure des lignes qui n’en nomment pas."),
    ):
        function = option(function)
    return function


def columns(connues: Sequence[str], requises: Collection[str]) -> str:
    """What `--help` says of the header."""
    facultatives = ", ".join(nom for nom in connues if nom not in requises)
    return f"Colonnes : {', '.join(nom for nom in connues if nom in requises)}. Facultatives : {facultatives}."


@commande.command("dossiers", epilog=columns(import_dossiers.CONNUES, import_dossiers.REQUISES))
@options
def dossiers(fichier: Path, structure: str | None, par: str | None, essai: bool) -> None:
    """Importe des dossiers. Une seule ligne fausse, et rien n’est écrit."""
    with open_maison() as maison, spoken():
        contenu = read_path(fichier)
        auteur, plan = check(maison, import_dossiers.check, contenu, structure=structure, par=par)
        communes = plan.communes
        if not essai:
            write = partial(import_dossiers_ecriture.write, territoires=plan.territoires, auteur=auteur)
            write_lots(maison, plan.a_ecrire, contenu, seal=import_dossiers_ecriture.seal, write=write)
    conclude("Dossiers", plan, essai=essai)
    if communes:
        click.echo(f"Territoires inconnus, {'à créer' if essai else 'créés'} comme communes : {', '.join(communes)}.")


@commande.command("etapes", epilog=columns(import_etapes.CONNUES, import_etapes.REQUISES))
@options
def etapes(fichier: Path, structure: str | None, par: str | None, essai: bool) -> None:
    """Importe des étapes, après les dossiers. Une seule ligne fausse, et rien n’est écrit."""
    with open_maison() as maison, spoken():
        contenu = read_path(fichier)
        auteur, plan = check(maison, import_etapes.check, contenu, structure=structure, par=par)
        if not essai:
            write = partial(import_etapes_ecriture.write, auteur=auteur)
            write_lots(maison, plan.a_ecrire, contenu, seal=import_etapes_ecriture.seal, write=write)
            offer_cohorts(maison)
    conclude("Étapes", plan, essai=essai)


def check(
    maison: Maison, checker: Callable[..., Any], contenu: bytes, *, structure: str | None, par: str | None
) -> tuple[Auteur, Any]:
    """Who imports and what the file would do; stops here when a line is wrong."""
    with maison.database.reading() as session:
        auteur = load_auteur(session, par)
        plan = checker(session, maison.vault, contenu, structure=structure, today=jour_de(maison.clock()))
    if plan.defauts.total:
        refuse(plan.defauts)
    return auteur, plan


def refuse(defauts: Defauts) -> None:
    """Say every bad line, and leave."""
    for defaut in defauts.montres:
        click.echo(phrase_ligne(defaut), err=True)
    if defauts.total > len(defauts.montres):
        click.echo(f"… et {defauts.total - len(defauts.montres)} autres.", err=True)
    stop(f"Défauts : {defauts.total}. Rien n’a été écrit.")


def write_lots(
    maison: Maison,
    lignes: Sequence[Any],
    contenu: bytes,
    *,
    seal: Callable[..., Sequence[Any]],
    write: Callable[..., None],
) -> None:
    """One transaction a lot. After a crash, the same command skips what is there and writes the rest."""
    if not lignes:
        return
    empreinte = hashlib.sha256(contenu).hexdigest()[:EMPREINTE]
    with click.progressbar(length=len(lignes), label="Écriture", file=sys.stderr) as barre:
        for debut in range(0, len(lignes), LOT):
            lot = seal(maison.vault, lignes[debut : debut + LOT])
            with maison.database.writing() as session:
                write(session, lot, empreinte=empreinte, now=maison.clock())
            barre.update(len(lot))


def offer_cohorts(maison: Maison) -> None:
    """After a first import, the pages of cohorts are empty until somebody decides that the past is whole."""
    with maison.database.reading() as session:
        if last_closed(session) is None:
            click.echo(COHORTES, err=True)


def conclude(quoi: str, plan: Any, *, essai: bool) -> None:
    a_ecrire = f"{len(plan.a_ecrire)} à importer" if essai else f"{len(plan.a_ecrire)} importés"
    accorde = a_ecrire.replace("importés", "importées") if quoi == "Étapes" else a_ecrire
    click.echo(f"{quoi} : {accorde}, {plan.deja} déjà là.{' Essai : rien n’a été écrit.' if essai else ''}")


@contextmanager
def spoken() -> Iterator[None]:
    """What stops an import is one sentence and exit status 1, never a trace."""
    try:
        yield
    except DomainError as error:
        stop(phrase_fichier(error))
    except IntegrityError:
        stop(CHANGE)
    except OperationalError:
        stop(OCCUPEE)
    except Unreadable:
        stop(SANS_CLE)


def stop(phrase: str) -> None:
    click.echo(phrase, err=True)
    raise click.exceptions.Exit(1)
