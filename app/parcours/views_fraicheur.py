"""An exchange is the occasion to ask whether the situation is still so: one tap, beside what was just noted."""

from __future__ import annotations

from flask import flash, render_template
from markupsafe import Markup

from app.accounts import requete
from app.accounts.saisie import depot
from app.jeunes.queries import nom_of
from app.parcours.models import Suivi
from app.parcours.rules import is_contact_reussi
from app.parcours.rules_verifications import worth_confirming
from app.parcours.views_acces import adresse
from app.parcours.vocabulaire import Situation
from app.referents.queries import DossierVisible


def offer_confirmation(vu: DossierVisible, noted: Suivi, *, retour: str) -> None:
    """After a contact réussi, on the page `retour` where its noting leads; nothing when it was said of late.

    The name is said: that page may be about somebody else.
    """
    etat = vu.etat
    if not is_contact_reussi(noted.canal, noted.resultat) or noted.jour < etat.situation_depuis:
        return
    known = vu.situation_montree and vu.dossier.clos_le is None and etat.situation is not Situation.INCONNUE
    dates = {"ouvert_le": etat.ouvert_le, "today": requete.today()}
    if not known or not worth_confirming(etat.situation_depuis, etat.confirmee_le, **dates):
        return
    nom = nom_of(requete.session(), requete.vault(), vu.dossier)
    base = adresse(vu.dossier.code)
    words = render_template("parcours/_toujours.html", nom=nom, etat=etat, base=base, depot=depot(), retour=retour)
    flash(Markup(words), "info")  # noqa: S704 - our own template, escaped
