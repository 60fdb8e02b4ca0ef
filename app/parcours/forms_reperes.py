"""What is known of a young person beside their name: where they live, sex, origin of the request, diploma."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from app.parcours.forms_refus import FormulaireParcours
from app.parcours.models import Dossier
from app.parcours.vocabulaire import Diplome, Origine, Sexe
from app.programme.forms import territoire_choices


class ReperesForm(FormulaireParcours):
    territoire_id = SelectField("Territoire", coerce=int)
    sexe = RadioField("Sexe", choices=Sexe.choices())
    diplome = SelectField("Diplôme le plus élevé", choices=Diplome.choices())
    origine = SelectField("Origine de la demande", choices={"": "Non précisée"} | Origine.choices())
    version = HiddenField()

    @staticmethod
    def shown(dossier: Dossier) -> dict[str, object]:
        return {
            "territoire_id": dossier.territoire_id,
            "sexe": dossier.sexe.value,
            "diplome": dossier.diplome.value,
            "origine": dossier.origine.value if dossier.origine else "",
            "version": dossier.version,
        }

    def offer(self, territoires: Iterable, *, actuel: tuple[int, str]) -> None:
        """The open territories, and the present one even when it was closed meanwhile."""
        territoires = list(territoires)
        self.territoire_id.choices = territoire_choices(territoires)
        if actuel[0] not in {row.id for row in territoires}:
            self.territoire_id.choices.append(SelectChoice(*actuel))

    def values(self) -> dict[str, object]:
        return {
            "territoire_id": self.territoire_id.data,
            "sexe": Sexe(self.sexe.data),
            "diplome": Diplome(self.diplome.data),
            "origine": Origine(self.origine.data) if self.origine.data else None,
        }
