"""`parcours courriels essai`: whether the mail server takes what we give it."""

from __future__ import annotations

import click

from app.accounts.rules import check_courriel
from app.alertes.courriels import send_trial
from app.alertes.courriels_poste import EnvoiIncertain, EnvoiRefuse, Refus
from app.cli.maison import open_maison
from app.db.errors import DomainError

REFUS = {
    Refus.CONNEXION: "le serveur {hote}, port {port}, ne répond pas : vérifiez PARCOURS_SMTP_HOST, PARCOURS_SMTP_PORT "
    "et le pare-feu ; un port qui parle TLS dès le début demande PARCOURS_SMTP_TLS=1.",
    Refus.CERTIFICAT: "le certificat de {hote} n’est pas reconnu, ou n’est pas à ce nom. Un port qui commence en clair "
    "demande PARCOURS_SMTP_STARTTLS=1 et non PARCOURS_SMTP_TLS=1.",
    Refus.STARTTLS: "{hote} ne propose pas STARTTLS sur le port {port} : rien n’a été envoyé en clair.",
    Refus.COMPTE: "le compte ou son mot de passe ne convient pas : vérifiez PARCOURS_SMTP_USER et le fichier "
    "PARCOURS_SMTP_PASSWORD_FILE.",
    Refus.EXPEDITEUR: "le serveur refuse l’expéditeur {expediteur} : vérifiez PARCOURS_SMTP_FROM.",
    Refus.DESTINATAIRE: "le serveur refuse cette adresse.",
    Refus.MESSAGE: "le serveur refuse le message.",
    Refus.COUPURE: "le serveur a coupé la connexion avant d’accepter le message.",
}


@click.group("courriels")
def commande() -> None:
    """Les courriels du matin."""


@commande.command("essai")
@click.option("--a", "adresse", required=True, metavar="ADRESSE", help="À qui envoyer le message d’essai.")
def trial(adresse: str) -> None:
    """Envoie un message d’essai, et dit ce qui l’empêche."""
    try:
        adresse = check_courriel(adresse)
    except DomainError:
        raise click.ClickException("Cette adresse de courriel n’est pas valable.") from None
    with open_maison() as maison:
        smtp = maison.settings.smtp
        if smtp is None:
            raise click.ClickException("Aucun serveur de courriel : PARCOURS_SMTP_HOST n’est pas donné.")
        try:
            send_trial(maison, adresse=adresse, smtp=smtp)
        except EnvoiRefuse as refus:
            where = {"hote": smtp.hote, "port": smtp.port, "expediteur": smtp.expediteur}
            answer = f" (réponse {refus.reponse})" if refus.reponse else ""
            raise click.ClickException(f"Non envoyé{answer} : {REFUS[refus.motif].format(**where)}") from None
        except EnvoiIncertain:
            raise click.ClickException("Le message est parti, mais le serveur n’a pas dit l’avoir accepté.") from None
    click.echo(f"Accepté par {smtp.hote}. Regardez s’il arrive, et s’il n’est pas parmi les indésirables.")
