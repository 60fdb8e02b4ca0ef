"""A child in danger: the numbers, what to write, what the law says; the act that it was transmitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.parcours.forms_refus import REFUS, FormulaireParcours
from app.referents.vocabulaire_urgence import Destinataire, GenreTransmission, Parents
from app.web.saisie import DateFrancaise

REFUS_TRANSMISSION = {
    "jour_futur": "Ce jour n’est pas encore arrivé.",
    "jour_avant_dossier": "Ce jour est plus d’un an avant l’ouverture du dossier. Vérifiez l’année.",
}
TEXTE_AU_PLUS = 10_000


class TransmissionForm(FormulaireParcours):
    """When, what, to whom, whether the parents were told; the words are optional: the document may be elsewhere."""

    refus = REFUS | REFUS_TRANSMISSION
    depot = HiddenField()
    jour = DateFrancaise("Transmis le", validators=[InputRequired("Écrivez le jour.")])
    genre = RadioField(
        "Ce qui est parti", choices=GenreTransmission.choices(), validators=[InputRequired("Choisissez.")]
    )
    destinataire = RadioField(
        "À qui", choices=Destinataire.choices(), validators=[InputRequired("Choisissez un destinataire.")]
    )
    parents = RadioField(
        "Les parents ont-ils été informés ?", choices=Parents.choices(), validators=[InputRequired("Choisissez.")]
    )
    texte = TextAreaField(
        "Ce qui a été écrit",
        validators=[Length(max=TEXTE_AU_PLUS, message="10 000 caractères au plus.")],
    )

    @property
    def mots(self) -> str:
        return (self.texte.data or "").strip()

    def values(self) -> dict[str, Any]:
        return {
            "jour": self.jour.data,
            "genre": GenreTransmission(self.genre.data),
            "destinataire": Destinataire(self.destinataire.data),
            "parents": Parents(self.parents.data),
        }


@dataclass(frozen=True, slots=True)
class Numero:
    """A number to call (or to write to, `sms`), in the order in which one needs it."""

    numero: str
    qui: str
    quand: str
    sms: bool = False


# 119: CASF, art. L. 226-6. 114: for whoever cannot hear, speak, or be heard.
NUMEROS = (
    Numero("17", "Police secours", "Il est en danger maintenant."),
    Numero("15", "SAMU", "Blessure, malaise, intoxication, idées de suicide."),
    Numero("119", "Enfance en danger", "Un conseil ou une alerte, jour et nuit. Gratuit, absent des factures."),
    Numero("112", "Toutes les urgences", "Un seul numéro, partout en Europe."),
    Numero("114", "Par SMS", "Quand on ne peut ni parler ni entendre.", sms=True),
)
QUOI_ECRIRE = (
    ("Qui", "Le jeune, son âge, où il est maintenant, avec qui il vit."),
    ("Les faits", "Ce que vous avez vu. Ce que l’on vous a dit : qui, quand, où."),
    ("Ses mots", "Les phrases du jeune, telles quelles, entre guillemets."),
    ("Depuis quand", "La première fois, la dernière, ce qui a changé."),
    ("Ce qui est fait", "Ce que vous avez déjà fait, qui est au courant, si les parents sont informés."),
    ("Vous", "Votre nom, votre métier, où vous rappeler."),
)
PAS_D_ENQUETE = (
    "N’enquêtez pas : ne l’interrogez pas, ne cherchez pas de preuve, ne confrontez personne. Ni diagnostic, ni "
    "interprétation."
)
LOI = (
    (
        "Qui met en œuvre la protection de l’enfance, ou y concourt, transmet sans délai au département toute "
        "information préoccupante sur un mineur en danger ou qui risque de l’être.",
        "Code de l’action sociale et des familles (CASF), art. L. 226-2-1 ; pour qui participe aux missions de l’aide "
        "sociale à l’enfance, art. L. 221-6",
    ),
    (
        "Le président du conseil départemental recueille, traite et évalue ces informations : c’est le travail de la "
        "cellule de recueil, la CRIP.",
        "CASF, art. L. 226-3",
    ),
    (
        "Ses parents sont informés avant, sauf si c’est contraire à l’intérêt de l’enfant.",
        "CASF, art. L. 226-2-1",
    ),
    (
        "Si la gravité fait prévenir directement le procureur, une copie va au président du conseil départemental.",
        "CASF, art. L. 226-4, II",
    ),
    (
        "Qui a connaissance de privations, de mauvais traitements ou d’agressions sexuelles infligés à un mineur doit "
        "en informer les autorités. Les personnes tenues au secret professionnel en sont exceptées, sauf quand la loi "
        "en dispose autrement.",
        "Code pénal, art. 434-3",
    ),
    (
        "Le secret professionnel ne s’oppose pas à ce signalement. Fait de bonne foi, il n’engage pas votre "
        "responsabilité, ni civile, ni pénale, ni disciplinaire.",
        "Code pénal, art. 226-14",
    ),
    (
        "Entre professionnels soumis au secret qui mettent en œuvre la protection de l’enfance ou y concourent, on "
        "partage ce qui est strictement nécessaire.",
        "CASF, art. L. 226-2-2",
    ),
    (
        "Qui peut, sans risque, empêcher un crime ou aider quelqu’un en péril le doit ; le secret n’en dispense pas.",
        "Code pénal, art. 223-6",
    ),
)
