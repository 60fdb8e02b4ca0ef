"""The e-mails of urgencies: within a minute, to those who answer for a dossier, with its code and no word of anybody.

An urgency is claimed, in a transaction of its own, before its messages leave: none leaves twice. What no server took
is released, and tried again by the next look for as long as it may still be of use.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.accounts.maison import Maison, jour_de
from app.alertes.courriels import post, site, template
from app.alertes.courriels_poste import EnvoiIncertain, EnvoiRefuse, Poste
from app.alertes.planification import stop_point
from app.config import Smtp
from app.referents.queries_urgence import ACourrier, to_mail
from app.referents.services_urgence import release_mail, take_mail

OBJET = "Parcours : quelqu’un demande à vous joindre"


def send_urgencies(maison: Maison) -> int:
    """How many messages left. Nothing leaves without a mail server. Raises ConfigurationError, Interrompu."""
    smtp, now = maison.settings.smtp, maison.clock()
    if smtp is None:
        return 0
    with maison.database.reading() as session:
        waiting = to_mail(session, today=jour_de(now), now=now)
    if not waiting:
        return 0
    left = 0
    with Poste(maison.settings, smtp) as poste:
        for urgence in waiting:
            stop_point()
            with maison.database.writing() as session:
                mine = take_mail(session, urgence.id, now=now)
            left += _tell(maison, poste, smtp, urgence) if mine else 0
    return left


def _tell(maison: Maison, poste: Poste, smtp: Smtp, urgence: ACourrier) -> int:
    texte = template("courriel_urgence.txt").render(code=urgence.code, url=site(maison.settings.public_url))
    sent, again = _post_all(maison, poste, smtp, urgence.adresses, texte)
    if again and not sent:
        with maison.database.writing() as session:
            release_mail(session, urgence.id)
    return sent


def _post_all(maison: Maison, poste: Poste, smtp: Smtp, adresses: Sequence[str], texte: str) -> tuple[int, bool]:
    """How many left, and whether a refusal may not last."""
    sent, again = 0, False
    for adresse in adresses:
        try:
            post(maison, poste, smtp, adresse=adresse, objet=OBJET, texte=texte)
            sent += 1
        except EnvoiIncertain:
            sent += 1
        except EnvoiRefuse as refus:
            again |= refus.passager
    return sent, again
