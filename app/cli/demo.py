"""`parcours demo`: 1,500 invented people, all dates relative to today."""

from __future__ import annotations

import sys
from datetime import date
from functools import partial

import click
from sqlalchemy import exists, select

from app.accounts.maison import Maison, jour_de
from app.accounts.models import Agent
from app.alertes.jobs import nuit
from app.audit import services as audit
from app.audit.vocabulaire import Action
from app.cli import imports
from app.cli.cohortes import freeze_until
from app.cli.demonstration import absences, anciens, chargement, decor, partenaires, passations, urgences
from app.cli.demonstration.freins import place_people
from app.cli.demonstration.journees import play
from app.cli.demonstration.objectifs import write_goals
from app.cli.demonstration.rencontres import plan_days
from app.cli.demonstration.rue import go_out
from app.cli.maison import open_maison, require_keys
from app.cohortes.rules_treillis import last_quarter_over
from app.config import read_settings
from app.jeunes import import_dossiers, import_dossiers_ecriture, import_etapes, import_etapes_ecriture
from app.parcours.models import Dossier


@click.command("demo")
@click.option("--si-vide", is_flag=True, help="Ne fait rien, sans erreur, quand la base contient déjà quelque chose.")
def commande(si_vide: bool) -> None:
    """Charge la démonstration fictive dans une base vide."""
    settings = read_settings()
    require_keys(settings)
    with open_maison(settings) as maison:
        if not _is_empty(maison):
            if si_vide:
                return
            raise click.ClickException(
                "La base n’est pas vide : la démonstration ne se mêle jamais à de vraies données."
            )
        load(maison)


def accounts() -> list[str]:
    """One line per account, as `serve` prints them."""
    lines = [f"mot de passe de tous : {decor.MOT_DE_PASSE}"]
    for compte in decor.COMPTES:
        roles = ", ".join(role.label.lower() for role in compte.roles)
        lines.append(f"{compte.courriel:<32} {roles} ({compte.structure})")
    return lines


def load(maison: Maison) -> None:
    """Lay the decor, import those of the past, then write everybody followed today, saying how far it is."""
    now = maison.clock()
    today = jour_de(now)
    people = chargement.cast(today)
    with maison.database.writing() as session:
        scene = chargement.lay_decor(session, now=now)
        audit.record(session, Action.DEMO, acteur=chargement.COMMANDE, now=now, nombre=len(people))
    followed = [person for person in people if person.suivi]
    written = [*followed, *chargement.closed_here(people, today)]
    here = {person.uid for person in written}
    _import_the_past(maison, [person for person in people if person.uid not in here])
    _write(maison, scene, written, today)
    urgences.play(maison, now=now)
    partenaires.play(maison, now=now)
    nuit(maison, "")
    freeze_until(maison, last_quarter_over(today), chargement.COMMANDE)
    click.echo(f"Démonstration chargée : {len(people)} jeunes fictifs, dont {len(followed)} suivis aujourd’hui.")


def _write(maison: Maison, scene: chargement.Scene, people: list[chargement.Personne], today: date) -> None:
    """In one unit of work, so that the past is played before anything looks at today."""
    uids = [person.uid for person in people]
    maison.vault.create_keys(uids)
    keys = maison.vault.keys(uids)
    written = []
    with maison.database.writing() as session:
        here = scene.join(session)
        with click.progressbar(people, label="Démonstration", file=sys.stderr) as bar:
            for person in bar:
                fiche = chargement.write_person(session, maison, here, keys, person, today=today)
                written.append((person, fiche))
        absences.note(session, today=today)
        play(session, written, today=today)
        write_goals(session, written, today=today)
        place_people(session, written, today=today)
        go_out(session, here.colleagues["CLUB"], [one.id for one in here.territoires], today=today)
        plan_days(session, here, written, today=today)
        passations.play(session, here, written, today=today)


def _import_the_past(maison: Maison, people: list[chargement.Personne]) -> None:
    contenu = anciens.dossiers_csv(people)
    auteur, plan = imports.check(maison, import_dossiers.check, contenu, structure=None, par=None)
    write = partial(import_dossiers_ecriture.write, territoires=plan.territoires, auteur=auteur)
    imports.write_lots(maison, plan.a_ecrire, contenu, seal=import_dossiers_ecriture.seal, write=write)
    contenu = anciens.etapes_csv(people)
    auteur, plan = imports.check(maison, import_etapes.check, contenu, structure=None, par=None)
    write = partial(import_etapes_ecriture.write, auteur=auteur)
    imports.write_lots(maison, plan.a_ecrire, contenu, seal=import_etapes_ecriture.seal, write=write)


def _is_empty(maison: Maison) -> bool:
    with maison.database.reading() as session:
        return not session.scalar(select(exists(select(Dossier.id)) | exists(select(Agent.id))))
