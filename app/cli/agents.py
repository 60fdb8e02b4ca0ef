"""`parcours agent creer|desactiver`: the first account of an installation, and the last resort."""

from __future__ import annotations

import click

from app.accounts import passwords, queries, services
from app.accounts.maison import Maison
from app.accounts.models import Structure
from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.cli.maison import open_maison
from app.db.errors import DomainError
from app.referents import services_depart

REFUS = {
    "courriel_pris": "un compte existe déjà avec cette adresse.",
    "courriel_invalide": "cette adresse de courriel n’est pas valable.",
    "mot_de_passe_court": "le mot de passe doit compter au moins 12 caractères.",
    "mot_de_passe_long": "le mot de passe est trop long.",
    "mot_de_passe_commun": "ce mot de passe est trop facile à deviner.",
    "responsable_sans_dossier": "un responsable ne peut avoir aucun rôle qui voit des dossiers.",
    "sans_role": "un compte a au moins un rôle.",
    "nom_manquant": "le prénom et le nom sont attendus.",
    "structure_fermee": "cette structure est fermée.",
    "dernier_administrateur": "c’est le dernier compte d’administration : créez-en un autre d’abord.",
}


@click.group("agent")
def commande() -> None:
    """Les comptes des agents."""


@commande.command("creer")
@click.argument("courriel")
@click.option("--prenom", required=True)
@click.option("--nom", required=True)
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]), help="Répétable."
)
@click.option("--structure", "code", help="Code de la structure ; inutile quand il n’y en a qu’une.")
@click.option("--mot-de-passe-fichier", type=click.File("r"), help="Lu dans ce fichier (« - » : entrée standard).")
def create(
    courriel: str, prenom: str, nom: str, roles: tuple[str, ...], code: str | None, mot_de_passe_fichier
) -> None:
    """Crée un compte. Sans fichier, un mot de passe est tiré au sort et affiché une seule fois."""
    given = mot_de_passe_fichier.read().rstrip("\n") if mot_de_passe_fichier else None
    password = given or passwords.propose()
    with open_maison() as maison:
        structure = _structure(maison, code)
        try:
            hashed = passwords.protect(password, contexte=(courriel, prenom, nom, structure.nom))
            with maison.database.writing() as session:
                services.create_agent(
                    session,
                    courriel=courriel,
                    prenom=prenom,
                    nom=nom,
                    structure_id=structure.id,
                    roles=[Role(role) for role in roles],
                    mot_de_passe=hashed,
                    acteur=Acteur.commande(),
                    now=maison.clock(),
                )
        except DomainError as error:
            raise refused(error) from error
    click.echo("Compte créé." if given else f"Compte créé. Mot de passe, à transmettre de vive voix : {password}")


@commande.command("desactiver")
@click.argument("courriel")
def disable(courriel: str) -> None:
    """Ferme un compte et ses sessions ; ses dossiers se montrent au coordinateur."""
    with open_maison() as maison:
        try:
            with maison.database.writing() as session:
                agent = queries.agent_by_courriel(session, courriel)
                if agent is None:
                    raise click.ClickException("Aucun compte n’a cette adresse.")
                now = maison.clock()
                waiting = services_depart.disable_agent(session, agent, acteur=Acteur.commande(), now=now)
        except DomainError as error:
            raise refused(error) from error
    click.echo(f"Compte désactivé. Dossiers à reprendre par un autre référent : {waiting}.")


def refused(error: DomainError) -> click.ClickException:
    return click.ClickException(f"Refusé : {REFUS.get(error.code, error.code)}")


def _structure(maison: Maison, code: str | None) -> Structure:
    with maison.database.reading() as session:
        found = queries.open_structures_named(session, code)
    if len(found) == 1:
        return found[0]
    if code is None:
        raise click.ClickException("Il y a plusieurs structures : précisez laquelle avec --structure CODE.")
    raise click.ClickException(f"Aucune structure ouverte n’a le code {code}.")
