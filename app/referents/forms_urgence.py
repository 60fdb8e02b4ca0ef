"""Asking for the person in charge; answering; opening a note for a reason; reviewing it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.jeunes.rules_identite import LONGUEUR_NOM
from app.parcours.rules import spoken_code
from app.referents.rules_urgence import ENVOIS, LONGUEUR_MOTS
from app.referents.vocabulaire_urgence import MotifOuverture, ReponseUrgence
from app.web.saisie import DateFrancaise, Refusable

# The one sentence that whoever sends reads, whatever their form reached.
ENVOYEE = "Si un dossier existe, son référent, son suppléant et le coordinateur sont prévenus."
REFUS = {
    "urgences_trop_nombreuses": (
        f"Vous avez envoyé {ENVOIS} demandes en une heure. Téléphonez à la structure ; si un enfant est en danger, "
        "appelez le 17, le 15 ou le 119."
    ),
    "urgence_deja_prise": "Quelqu’un a déjà répondu à cette demande.",
    "urgence_retiree": "La personne qui la demandait l’a retirée.",
    "transmis_a_absent": "Choisissez à qui vous transmettez.",
    "transmis_a_de_trop": "Choisissez une seule réponse.",
    "transmis_a_inconnu": "Cette personne ne répond plus de ce dossier. Choisissez-en une autre.",
    "ouverture_deja_servie": (
        "Cette ouverture a déjà servi : une ouverture est une lecture. Pour relire la note, ouvrez-la de nouveau."
    ),
    "ouverture_deja_relue": "Quelqu’un a déjà conclu autrement.",
}
CODE = "Un code s’écrit comme ceci : K7M-42Q."
QUI = "Écrivez le code du dossier, ou le prénom, le nom et la date de naissance."


class Formulaire(Refusable):
    """A form of urgencies."""

    refus = REFUS


def _nom(label: str) -> StringField:
    return StringField(label, validators=[Length(max=LONGUEUR_NOM, message=f"{LONGUEUR_NOM} caractères au plus.")])


class JoindreForm(Formulaire):
    """A code, or a name with its birth date; a number to call back, a few words."""

    depot = HiddenField()
    code_dossier = StringField("Code du dossier", validators=[Length(max=20, message=CODE)])
    prenom = _nom("Prénom")
    nom = _nom("Nom")
    naissance = DateFrancaise("Date de naissance")
    rappel = StringField("Vous rappeler au", validators=[Length(max=40, message="40 caractères au plus.")])
    mots = TextAreaField(
        "Quelques mots", validators=[Length(max=LONGUEUR_MOTS, message=f"{LONGUEUR_MOTS} caractères au plus.")]
    )

    def validate_code_dossier(self, field: StringField) -> None:
        if (field.data or "").strip():
            if self.code is None:
                raise ValidationError(CODE)
        elif not all(self.identite.values()) and not self.naissance.errors:
            raise ValidationError(QUI)

    @property
    def code(self) -> str | None:
        return spoken_code(self.code_dossier.data or "")

    @property
    def identite(self) -> dict[str, str]:
        """As `rules_identite.empreintes` reads it."""
        born = self.naissance.data
        return {
            "prenom": (self.prenom.data or "").strip(),
            "nom": (self.nom.data or "").strip(),
            "date_naissance": born.isoformat() if born else "",
        }

    @property
    def dits(self) -> dict[str, str]:
        """What is sealed for who answers."""
        said = {"rappel": (self.rappel.data or "").strip(), "texte": (self.mots.data or "").strip()}
        return {name: text for name, text in said.items() if text}


class ReponseUrgenceForm(Formulaire):
    """One button each; `vers` for who passes it on."""

    reponse = HiddenField()
    vers = SelectField("Transmettre à", coerce=str, default="", validate_choice=False)

    def offer(self, possibles: Iterable[tuple[int, str]]) -> None:
        self.vers.choices = {"": "Choisir…"} | {str(agent_id): nom for agent_id, nom in possibles}

    def validate_reponse(self, field: HiddenField) -> None:
        if field.data not in set(ReponseUrgence):
            raise ValidationError("Choisissez une réponse.")

    def values(self) -> dict[str, Any]:
        reponse = ReponseUrgence(self.reponse.data)
        vers = self.vers.data if reponse is ReponseUrgence.TRANSMIS else ""
        return {"reponse": reponse, "vers": int(vers) if vers.isdecimal() and len(vers) < 19 else None}


class OuvertureForm(Formulaire):
    """Why this note must be read now."""

    depot = HiddenField()
    motif = RadioField("Pourquoi", choices=MotifOuverture.choices(), validators=[InputRequired("Choisissez un motif.")])

    @property
    def choisi(self) -> MotifOuverture:
        return MotifOuverture(self.motif.data)
