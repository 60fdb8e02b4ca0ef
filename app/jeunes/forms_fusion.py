"""Making one dossier of two: which to keep, whose identity; the words of what is refused."""

from __future__ import annotations

from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import InputRequired

from app.jeunes import forms
from app.referents import forms as forms_referents
from app.web.saisie import Refusable

# beside what a merge refuses, what the identity that is taken, and the référent who follows, may be refused for
REFUS = {
    **forms.REFUS,
    **forms_referents.REFUS,
    "meme_dossier": "C’est le même dossier. Écrivez le code de l’autre.",
    "deja_fusionne": "L’un des deux dossiers a déjà été fusionné. Rechargez la page.",
    "fusion_recente": "Un autre dossier vient d’être fusionné dans celui-ci : gardez celui-ci, ou annulez d’abord.",
    "garde_clos": "Gardez le dossier ouvert : l’autre est clos.",
    "depot_inconnu": "Cette page a expiré. Rechargez-la.",
    "trop_tard": "Cette fusion a plus de 30 jours : elle ne peut plus être annulée.",
    "deja_annulee": "Cette fusion est déjà annulée.",
    "dossier_inconnu": "Aucun dossier que vous suivez ne porte ce code.",
    "pas_les_deux": (
        "Il faut être référent des deux dossiers, ou coordonner leur structure, pour les fusionner. Une suppléance ne "
        "suffit pas."
    ),
    "garde_oppose": (
        "Le jeune ne souhaite pas que la structure qui tient ce dossier accède au sien : gardez l’autre dossier."
    ),
    "referent_oppose": (
        "Le jeune ne souhaite pas que la structure du référent de ce dossier accède au sien : passez d’abord le "
        "relais, ou gardez l’autre dossier."
    ),
    "autre_structure_opposee": (
        "Depuis la fusion, le jeune s’est opposé à la structure qui tenait l’autre dossier : annuler le lui rendrait. "
        "Voyez d’abord avec lui, dans « Équipe de suivi », si cette opposition est levée."
    ),
    "agent_desactive": "Le compte du référent de l’autre dossier vient d’être fermé. Rechargez la page.",
    "agent_sans_role": "Le référent de l’autre dossier n’est plus référent. Rechargez la page.",
    "structure_opposee": "Le jeune ne souhaite pas que la structure du référent de l’autre dossier accède au sien.",
    "dossier_clos": "L’un des deux dossiers vient d’être clos. Rechargez la page.",
    "version_perimee": "L’un des deux dossiers a changé entre-temps. Rechargez la page.",
}


class AvecForm(Refusable):
    """The code of the other dossier."""

    refus = REFUS
    avec = StringField("Code de l’autre dossier", validators=[InputRequired("Écrivez le code, par exemple K7M-42Q.")])


class FusionForm(Refusable):
    """Which of the two is kept, by its code, and who it is said to be about."""

    refus = REFUS
    champs = {"avec": "garde"}
    depot = HiddenField()
    avec = HiddenField()
    garde = RadioField("Dossier à garder", validators=[InputRequired("Choisissez le dossier à garder.")])
    identite = RadioField("Identité à garder", validators=[InputRequired("Choisissez l’identité à garder.")])

    def offer(self, *codes: str, noms: dict[str, str]) -> None:
        self.garde.choices = {code: f"Dossier {code}" for code in codes}
        self.identite.choices = {code: f"{noms[code]}, comme dans {code}" for code in codes}
