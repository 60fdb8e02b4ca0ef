"""Giving a handover back, saying when the young person was told; and the sentence for each refusal."""

from __future__ import annotations

from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.referents.forms import NOTE_AU_PLUS, REFUS, Formulaire
from app.web.saisie import DateFrancaise

REFUS_PASSATION = REFUS | {
    "passation_accusee": "Vous avez déjà pris connaissance de cette passation : passez le relais à quelqu’un d’autre.",
    "refus_tardif": "Le délai pour refuser est passé : passez le relais, ou voyez avec votre coordinateur.",
    "refus_sans_passation": "Personne ne vous a passé ce dossier : il n’y a rien à refuser.",
}


class FormulairePassation(Formulaire):
    """`affectation` is the one that the page was showing."""

    refus = REFUS_PASSATION
    affectation = HiddenField()


class RefusForm(FormulairePassation):
    depot = HiddenField()
    raison = TextAreaField(
        "Pourquoi",
        validators=[
            DataRequired("Dites pourquoi, en quelques mots."),
            Length(max=NOTE_AU_PLUS, message="4 000 caractères au plus."),
        ],
    )

    @property
    def texte(self) -> str:
        return (self.raison.data or "").replace("\r\n", "\n").strip()


class JeuneInformeForm(FormulairePassation):
    jeune_informe_le = DateFrancaise(
        "Le jeune a été informé le", validators=[InputRequired("Écrivez le jour où le jeune a été informé.")]
    )
