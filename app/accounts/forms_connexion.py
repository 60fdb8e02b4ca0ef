"""Forms that ask for a password. No password is ever drawn back into a page."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length

from app.accounts.identification import Refus
from app.accounts.rules_mot_de_passe import LONGUEUR_MAX, LONGUEUR_MIN
from app.web.saisie import Refusable

REFUS = {
    Refus.INCONNU: "L’adresse ou le mot de passe ne convient pas.",
    Refus.FREIN: "Il y a eu trop d’essais. Attendez un quart d’heure, puis recommencez.",
    Refus.AILLEURS: (
        "Ce serveur ne sert que les pages de cohortes, aux responsables. "
        "Pour les autres pages, connectez-vous à l’adresse habituelle de Parcours."
    ),
}
REFUS_DEVERROUILLAGE = REFUS | {Refus.INCONNU: "Ce mot de passe ne convient pas."}
REFUS_MOT_DE_PASSE = {
    "mot_de_passe_court": f"Choisissez un mot de passe d’au moins {LONGUEUR_MIN} caractères.",
    "mot_de_passe_long": f"Choisissez un mot de passe d’au plus {LONGUEUR_MAX} caractères.",
    "mot_de_passe_commun": (
        "Ce mot de passe se devine : il est fait de mots courants, de suites ou de votre nom. "
        "Quatre mots sans lien entre eux conviennent bien."
    ),
}
_TROP_LONG = Length(max=1000, message="Ce mot de passe est trop long.")

REFUS_TELEPHONE = {"telephone_illisible": "Ce numéro n’est pas complet. Exemple : 02 31 00 00 00."}


class Connexion(FlaskForm):
    courriel = StringField(
        "Adresse de courriel",
        validators=[
            DataRequired("Écrivez votre adresse de courriel."),
            Length(max=254, message="Cette adresse est trop longue."),
        ],
    )
    mot_de_passe = PasswordField("Mot de passe", validators=[InputRequired("Écrivez votre mot de passe."), _TROP_LONG])


class Deverrouillage(FlaskForm):
    mot_de_passe = PasswordField("Mot de passe", validators=[InputRequired("Écrivez votre mot de passe."), _TROP_LONG])


class ChangementMotDePasse(Refusable):
    refus = REFUS_MOT_DE_PASSE

    mot_de_passe_actuel = PasswordField(
        "Mot de passe actuel", validators=[InputRequired("Écrivez votre mot de passe actuel."), _TROP_LONG]
    )
    mot_de_passe = PasswordField(
        "Nouveau mot de passe", validators=[InputRequired("Écrivez un nouveau mot de passe."), _TROP_LONG]
    )
    mot_de_passe_encore = PasswordField(
        "Le même, une seconde fois",
        validators=[EqualTo("mot_de_passe", "Les deux nouveaux mots de passe ne sont pas les mêmes.")],
    )


class CourrielMatin(FlaskForm):
    """No answer is wrong: a box that is not ticked is a no."""

    courriel_matin = BooleanField("Recevoir mes alertes par courriel, le matin")


class TelephonePro(Refusable):
    """The number at work; nothing written: none."""

    refus = REFUS_TELEPHONE

    telephone = StringField("Téléphone professionnel", validators=[Length(max=40, message="40 caractères au plus.")])
