"""Noting from anywhere: who it is about comes with what happened."""

from __future__ import annotations

from typing import Any

from wtforms import Field, RadioField, StringField
from wtforms.validators import InputRequired, Length

from app.parcours.forms_suivis import AUTRE, SuiviForm

RECHERCHE_AU_PLUS = 100


class NoterForm(SuiviForm):
    """A new follow-up of somebody to choose. Whether this agent may write there is for the view to say."""

    jeune = RadioField("Qui", validators=[InputRequired("Choisissez qui.")], validate_choice=False)
    cherche = StringField(
        "Chercher par prénom, nom ou code",
        validators=[Length(max=RECHERCHE_AU_PLUS, message=f"{RECHERCHE_AU_PLUS} caractères au plus.")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # errors are listed in the order of the page
        first = {name: self._fields.pop(name) for name in ("jeune", "cherche")}
        self._fields = first | self._fields

    @property
    def en_bref(self) -> str:
        """What would be noted as it stands: “Échange · Rue · Aujourd’hui”."""
        return en_bref((self.resultat, self.autre_resultat), (self.canal, self.autre_canal), (self.quand, self.jour))


def en_bref(*pairs: tuple[RadioField, Field]) -> str:
    """What tiles say on one line, each with the field that « Autre… » opens."""
    return " · ".join(filter(None, (_said(*pair) for pair in pairs)))


def _said(frequent: RadioField, rare: Field) -> str:
    if frequent.data != AUTRE:
        label = frequent.choices.get(frequent.data, "")
        # “Aujourd’hui, 17 mars”: the date goes without saying
        return label.partition(",")[0] if frequent.short_name == "quand" else label
    return rare.choices.get(rare.data, "") if isinstance(rare, RadioField) else rare._value()
