"""Placing oneself on each dimension: five tiles, and three ways of not answering; nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from wtforms import Field, HiddenField, RadioField
from wtforms.validators import InputRequired, Optional

from app.parcours.forms_refus import FormulaireParcours
from app.parcours.rules_freins import Reponse
from app.parcours.vocabulaire_freins import NIVEAUX, Dimension, DitPar, Inconnu
from app.web.saisie import DateFrancaise

REFUS_FREINS = {
    "bilan_vide": "Rien n’est placé. Choisissez un niveau pour une ligne au moins, ou dites pourquoi il n’y en a pas.",
    "bilan_futur": "Ce jour n’est pas encore arrivé.",
    "bilan_trop_ancien": "Ce jour est plus d’un an avant l’ouverture du dossier. Vérifiez l’année.",
    "bilan_apres_cloture": "Ce dossier était déjà clos ce jour-là.",
}
REPONSES = {str(niveau): mots for niveau, mots in NIVEAUX.items()} | Inconnu.choices()


class BilanForm(FormulaireParcours):
    """One field for each dimension that its author may read, named by its code; see `dimensions`."""

    refus = FormulaireParcours.refus | REFUS_FREINS

    depot = HiddenField()
    dit_par = RadioField("Qui parle", choices=DitPar.choices(), validators=[InputRequired("Choisissez qui parle.")])
    jour = DateFrancaise("Quand", validators=[InputRequired("Écrivez le jour.")])

    @property
    def dimensions(self) -> list[Field]:
        return [self._fields[dimension.value] for dimension in Dimension if dimension.value in self._fields]

    def reponses(self) -> dict[Dimension, Reponse]:
        """What was answered."""
        said = {Dimension(field.name): field.data for field in self.dimensions if field.data}
        return {key: int(value) if value.isdecimal() else Inconnu(value) for key, value in said.items()}

    def values(self) -> dict[str, Any]:
        return {"jour": self.jour.data, "dit_par": DitPar(self.dit_par.data), "reponses": self.reponses()}


def bilan_form(dimensions: Collection[Dimension]) -> type[BilanForm]:
    """The form of those who fill these dimensions."""

    class Rempli(BilanForm):
        pass

    for dimension in Dimension:
        if dimension in dimensions:
            setattr(Rempli, dimension.value, RadioField(dimension.label, choices=REPONSES, validators=[Optional()]))
    return Rempli


def bilan_shown(depot: Any, today: date) -> dict[str, Any]:
    """What the form shows at first: the young person speaks, today."""
    return {"depot": depot, "jour": today, "dit_par": DitPar.JEUNE.value}
