"""Writing a goal: their words first, then the professional's, a day, and small steps one under the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, ValidationError

from app.parcours.forms_refus import FormulaireParcours
from app.parcours.rules_objectifs import PAS_AU_PLUS
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import StatutObjectif
from app.web.saisie import DateFrancaise

# They stand on one printed page with all the rest: `jeunes.rules_feuille`.
MOTS_AU_PLUS, PAS_LETTRES = 300, 120
LIGNES_NEUVES, LIGNES_DE_PLUS = 3, 2

REFUS_OBJECTIF = {
    "trop_d_objectifs": "Il y a déjà beaucoup d’objectifs en cours. Terminez-en un, ou laissez-en un de côté.",
    "echeance_passee": "Ce jour est passé. Choisissez-en un à venir, ou laissez vide.",
    "echeance_trop_loin": "Ce jour est dans plus de cinq ans. Vérifiez l’année.",
    "accord_invraisemblable": "Ce jour n’est pas encore arrivé, ou il est trop ancien. Vérifiez la date.",
    "pas_retire": "Ce petit pas n’est plus dans l’objectif : il a changé entre-temps.",
    "objectif_supprime": "Cet objectif a été supprimé entre-temps.",
}


class FormulaireObjectif(FormulaireParcours):
    refus = FormulaireParcours.refus | REFUS_OBJECTIF


class PasForm(Form):
    """One line. `ref`: the id of a step that exists already."""

    ref = HiddenField()
    mots = StringField("Petit pas", validators=[Length(max=PAS_LETTRES, message=f"{PAS_LETTRES} lettres au plus.")])


def _too_long(most: int) -> Length:
    return Length(max=most, message=f"{most} lettres au plus : une phrase ou deux suffisent.")


class ObjectifForm(FormulaireObjectif):
    """A new goal."""

    depot = HiddenField()
    mots_jeune = TextAreaField("Avec ses mots", validators=[_too_long(MOTS_AU_PLUS)])
    mots_pro = TextAreaField("Avec vos mots", validators=[_too_long(MOTS_AU_PLUS)])
    theme = SelectField(
        "De quoi s’agit-il",
        choices={"": "Choisir"} | Theme.choices(),
        default="",
        validators=[InputRequired("Choisissez de quoi il s’agit.")],
    )
    echeance = DateFrancaise("Pour quand")
    pas = FieldList(FormField(PasForm), "Petits pas", max_entries=PAS_AU_PLUS)
    accord = BooleanField("D’accord")

    def validate_mots_jeune(self, field: Field) -> None:
        if not said(field) and not said(self.mots_pro):
            raise ValidationError("Écrivez au moins ses mots, ou les vôtres.")

    def steps(self) -> Iterator[tuple[str, str]]:
        """(ref, words) of each line that holds something, in order."""
        for line in self.pas:
            if words := " ".join((line.form.mots.data or "").split()):
                yield line.form.ref.data or "", words

    def add_lines(self, wanted: int) -> None:
        """Empty lines at the end, up to what a goal may have."""
        while len(self.pas) < min(wanted, PAS_AU_PLUS):
            self.pas.append_entry()


class CorrigerObjectifForm(ObjectifForm):
    """A goal as it stands; an agreement is noted apart, for it is to words that are already written."""

    version = HiddenField()
    statut = RadioField(
        "Où il en est", choices=StatutObjectif.choices(), validators=[InputRequired("Choisissez où il en est.")]
    )
    accord = None


class AccordForm(FormulaireObjectif):
    """The day when they said yes; today when nothing is written."""

    version = HiddenField()
    accord_le = DateFrancaise("Jour de l’accord")


def said(field: Field) -> str:
    return (field.data or "").replace("\r\n", "\n").strip()


def objectif_shown(objectif: Any, words: tuple[str, str], pas: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    """What the form of a correction shows at first; `pas`: each small step and its opened words."""
    return {
        "mots_jeune": words[0],
        "mots_pro": words[1],
        "theme": objectif.theme.value,
        "echeance": objectif.echeance,
        "statut": objectif.statut.value,
        "version": str(objectif.version),
        "pas": [{"ref": str(step.id), "mots": texte} for step, texte in pas],
    }
