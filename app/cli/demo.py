"""`parcours demo`: 1,500 invented people, all dates relative to today."""

from __future__ import annotations

import click
from sqlalchemy import exists, select

from app.accounts.maison import Maison, jour_de
from app.accounts.models import Agent
from app.alertes.services import scan
from app.audit import services as audit
from app.audit.vocabulaire import Action
from app.cli.demonstration import chargement, decor
from app.cli.maison import open_maison
from app.parcours.models import Dossier

PAR_TRANSACTION = 100


@click.command("demo")
@click.option("--si-vide", is_flag=True, help="Ne fait rien, sans erreur, quand la base contient déjà quelque chose.")
def commande(si_vide: bool) -> None:
    """Charge la démonstration fictive dans une base vide."""
    with open_maison() as maison:
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
    """Lay the decor, then write everybody by transactions, saying how far it is."""
    now = maison.clock()
    today = jour_de(now)
    people = chargement.cast(today)
    with maison.database.writing() as session:
        scene = chargement.lay_decor(session, now=now)
        audit.record(session, Action.DEMO, acteur=chargement.COMMANDE, now=now, nombre=len(people))
    maison.vault.create_keys(person.uid for person in people)
    with click.progressbar(people, label="Démonstration", file=click.get_text_stream("stderr")) as bar:
        for start in range(0, len(people), PAR_TRANSACTION):
            batch = people[start : start + PAR_TRANSACTION]
            with maison.database.writing() as session:
                here = scene.join(session)
                for person in batch:
                    chargement.write_person(session, maison, here, person, today=today)
            bar.update(len(batch))
    with maison.database.writing() as session:
        bilan = scan(session, today=today, now=now)
    click.echo(f"Démonstration chargée : {len(people)} jeunes fictifs, {bilan.ouvertes} alertes de plus au réexamen.")


def _is_empty(maison: Maison) -> bool:
    with maison.database.reading() as session:
        return not session.scalar(select(exists(select(Dossier.id)) | exists(select(Agent.id))))
