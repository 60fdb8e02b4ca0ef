"""What a minor's chantier éducatif needs first: the fields that this age asks for, the words of the law."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField

from app.parcours.forms_refus import REFUS, FormulaireParcours
from app.parcours.rules_chantier import (
    ACCORD,
    DE_14_A_15,
    DE_16_A_17,
    INSPECTION,
    INSPECTION_JOURS_AVANT,
    VACANCES,
    VACANCES_AU_MOINS,
)
from app.parcours.services_chantier import Dites
from app.web.saisie import DateFrancaise

REFUS_CHANTIER = REFUS | {
    "dossier_clos": "Ce dossier est clos : rouvrez-le d’abord.",
    "pas_un_chantier": "Cette étape n’est pas un chantier éducatif : rien n’est demandé.",
    "fin_prevue_absente": "Dites d’abord quand le chantier finit : corrigez la fin prévue de l’étape.",
    "condition_future": "Ce jour n’est pas encore arrivé : il se note quand c’est fait.",
    "condition_trop_ancienne": "Ce jour est plus d’un an avant le chantier. Vérifiez l’année.",
    "vacances_incompletes": "Écrivez le premier et le dernier jour des vacances.",
    "vacances_a_l_envers": "Les vacances finissent avant d’avoir commencé.",
    "vacances_trop_longues": "Ces vacances durent plus de trois mois. Vérifiez les dates.",
    "vacances_trop_courtes": f"Il faut des vacances scolaires d’au moins {VACANCES_AU_MOINS} jours.",
    "chantier_hors_vacances": "Le chantier déborde de ces vacances. Corrigez ses dates, ou celles des vacances.",
    "repos_insuffisant": (
        "Il ne reste pas un repos d’un seul tenant d’au moins la moitié des vacances. "
        "Raccourcissez le chantier, ou placez-le au début ou à la fin."
    ),
}
MANQUES = {
    ACCORD: "l’accord du représentant légal",
    INSPECTION: "l’information de l’inspection du travail",
    VACANCES: "les vacances scolaires qui contiennent le chantier",
}
# (what the law asks, where it says so)
REGLES = {
    DE_14_A_15: (
        "À 14 et 15 ans, un chantier n’a lieu que pendant des vacances scolaires d’au moins "
        f"{VACANCES_AU_MOINS} jours, et laisse un repos d’un seul tenant d’au moins la moitié de ces vacances. "
        f"L’inspection du travail est saisie au moins {INSPECTION_JOURS_AVANT} jours avant, avec l’accord écrit du "
        "représentant légal.",
        "Code du travail, art. L. 4153-1 à L. 4153-3, D. 4153-1 à D. 4153-5.",
    ),
    DE_16_A_17: (
        "À 16 et 17 ans, l’accord du représentant légal est noté avant le premier jour.",
        "Code civil, art. 388-1-1 et 1146 : un mineur ne signe pas seul un contrat de travail.",
    ),
}


class ConditionsForm(FormulaireParcours):
    """Days only; one that is left empty says that it is not done yet."""

    refus = REFUS_CHANTIER
    version = HiddenField()
    accord_le = DateFrancaise("Accord du représentant légal, le")
    inspection_le = DateFrancaise("Inspection du travail saisie, le")
    vacances_du = DateFrancaise("Vacances scolaires, premier jour")
    vacances_au = DateFrancaise("Vacances scolaires, dernier jour")

    def dites(self) -> Dites:
        return Dites(self.accord_le.data, *(self._said(name) for name in HOLIDAYS))

    def _said(self, name: str) -> Any:
        return self[name].data if name in self else None


HOLIDAYS = ("inspection_le", "vacances_du", "vacances_au")


def conditions_form(band: str, **given: Any) -> ConditionsForm:
    """The form for this age: from 16 on, neither the holidays nor the inspection are asked about."""
    form = ConditionsForm(**given)
    if band != DE_14_A_15:
        for name in HOLIDAYS:
            del form[name]
    return form


def manques_dits(codes: tuple[str, ...]) -> str:
    """“l’accord du représentant légal, les vacances scolaires…”"""
    return ", ".join(MANQUES[code] for code in codes)
