"""What the forms of the journey share: the sentence for each refusal, an hour, a whole number."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import time

from wtforms import Field
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.web.saisie import Refusable

REFUS = {
    "depot_inconnu": "Cette page a expiré. Rechargez-la avant d’enregistrer.",
    "jour_futur": "Ce jour n’est pas encore arrivé. Pour un rendez-vous à venir, utilisez « Prochain rendez-vous ».",
    "jour_avant_dossier": "Ce jour est plus d’un an avant l’ouverture du dossier. Vérifiez l’année.",
    "prevu_passe": "Ce jour est passé : un rendez-vous se prévoit aujourd’hui ou plus tard.",
    "prevu_trop_loin": "Ce jour est dans plus de deux ans. Vérifiez l’année.",
    "partage_non_dit": "Dites si le jeune est d’accord que l’équipe lise ces mots, ou s’il en est informé.",
    "contact_passe": "Ce rendez-vous n’est plus à venir : il a été tenu ou annulé entre-temps.",
    "suivi_a_garder": "Un suivi ne se supprime que le jour où il a été écrit. Il se corrige encore.",
    "suivi_de_demarche": "Ce suivi vient d’une démarche : retirez-la dans « Retrouver le contact ».",
    "dossier_clos": "Ce dossier est clos : rouvrez-le d’abord. Seul ce qui a eu lieu avant la clôture se note encore.",
    "contrat_hors_emploi": "Un contrat ne se précise que pour un emploi.",
    "niveau_hors_formation": "Un niveau visé ne se précise que pour une formation.",
    "heures_hors_chantier": "Les heures ne se comptent que pour un chantier éducatif.",
    "heures_invraisemblables": "Écrivez un nombre d’heures entre 0 et 2 000.",
    "issue_sans_fin": "L’issue se dit quand l’étape est finie.",
    "date_invraisemblable": "Cette date est trop éloignée. Vérifiez l’année.",
    "avant_naissance": "Cette date est avant la naissance du jeune. Vérifiez l’année.",
    "trop_jeune": "À cette date, le jeune avait moins de 6 ans. Vérifiez l’année.",
    "debut_futur": "Cette étape n’a pas encore commencé : choisissez « À venir », ou corrigez la date.",
    "fin_absente": "Écrivez le dernier jour de l’étape.",
    "fin_sans_statut": "Une étape qui n’est pas finie n’a pas de dernier jour.",
    "fin_avant_debut": "La fin est avant le début.",
    "fin_future": "Ce jour n’est pas encore arrivé. Une fin à venir s’écrit dans « Fin prévue ».",
    "etape_en_double": "Une étape du même genre commence déjà ce jour-là.",
    "meme_genre_en_cours": (
        "Une étape du même genre couvre déjà ces dates. Terminez-la d’abord, ou corrigez les dates."
    ),
    "scolarites_simultanees": (
        "Une autre étape de scolarité couvre déjà ces dates. Terminez-la d’abord, ou corrigez les dates."
    ),
    "chantier_moins_de_14": "Un chantier éducatif n’est possible qu’à partir de 14 ans (code du travail, L. 4153-3).",
    "chantier_sans_conditions": (
        "Ce jeune est mineur : le chantier ne commence qu’avec les accords prévus par la loi. Enregistrez-le "
        "« À venir », puis notez-les sur la page de l’étape."
    ),
    "propositions_trop_nombreuses": "Trop de versions attendent déjà ici : choisissez-en une, ou écartez-les.",
    "proposition_perimee": "L’étape à terminer a commencé après cette date. Décochez-la, ou corrigez la date.",
    "lignes_refusees": "Rien n’est enregistré : un suivi au moins est refusé, plus bas.",
    "transition_impossible": "Cette étape a changé entre-temps : ce n’est plus possible.",
}


class FormulaireParcours(Refusable):
    """A form of the journey."""

    refus = REFUS


class Heure(Field):
    """An hour typed as 14:30, 14h30 or 14 h; `data` is a `time` or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime("%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            return
        read = re.fullmatch(r"(\d{1,2})\s*[:hH.]?\s*(\d{2})?", typed, re.ASCII)
        with suppress(ValueError):
            self.data = time(int(read[1]), int(read[2] or 0)) if read else None
        if self.data is None:
            raise ValidationError("Écrivez l’heure comme ceci : 14:30.")


class Nombre(Field):
    """A whole number; `data` is an `int` or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = re.sub(r"\s", "", valuelist[0]) if valuelist else ""
        if typed and not re.fullmatch(r"\d{1,6}", typed, re.ASCII):
            raise ValidationError("Écrivez un nombre entier.")
        self.data = int(typed) if typed else None


def forget_error(field: Field) -> None:
    """What was typed in a field that the other answers make useless is not looked at."""
    field.errors = []
