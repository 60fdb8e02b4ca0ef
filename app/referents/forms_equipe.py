"""Joining the équipe de suivi and leaving it, opposing a structure; and the sentence for each refusal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from app.parcours.rules import spoken_code
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents.rules_equipe import ECHEANCE_AU_PLUS, SENSIBLE_DE, Partage
from app.referents.vocabulaire import SENSIBLES, Finalite, MotifRefusEquipe
from app.web.filters import date_longue, pluriel
from app.web.saisie import DateFrancaise, Refusable

REFUS_EQUIPE = {
    "dossier_clos": "Ce dossier est clos : rouvrez-le d’abord.",
    "deja_membre": "Cette personne est déjà dans l’équipe : modifiez ce qui est convenu avec elle.",
    "agent_desactive": "Le compte de cette personne est fermé. Choisissez quelqu’un d’autre.",
    "agent_sans_dossiers": "Cette personne ne suit pas de jeunes dans Parcours. Choisissez quelqu’un d’autre.",
    "structure_opposee": "Le jeune ne souhaite pas que cette structure accède à son dossier.",
    "referent_en_place": "Le référent répond de ce dossier : passez d’abord le relais.",
    "echeance_absente": "Écrivez jusqu’à quand : le partage avec une autre structure a une fin.",
    "echeance_passee": "Ce jour est passé : écrivez une date à venir.",
    "echeance_trop_loin": f"C’est trop loin : {pluriel(ECHEANCE_AU_PLUS, 'jour')} au plus. Cela se prolonge ensuite.",
    "information_absente": "Dites quand et comment le jeune a été informé : il l’est avant le partage.",
    "information_future": "Ce jour n’est pas encore arrivé : le jeune est informé avant le partage.",
    "accord_absent": "Dites si le jeune est d’accord, ou informé.",
    "accord_soins": "Pour l’accès aux soins, il faut que le jeune soit d’accord.",
    "code_illisible": "Un code s’écrit comme ceci : K7M-42Q. Faites-le répéter.",
    "trop_de_demandes": "Vous avez fait beaucoup de demandes aujourd’hui. Reprenez demain, ou appelez le référent.",
    "opposition_future": "Ce jour n’est pas encore arrivé.",
    "structure_du_dossier": "C’est la structure qui tient ce dossier : elle ne peut pas en être écartée.",
    "structure_du_referent": "Le référent y travaille : passez d’abord le relais.",
    "deja_opposee": "C’est déjà noté pour cette structure.",
}
# What each purpose lets a partner see, in the words of the page; `vocabulaire.GENRES_DE` decides.
VOIT = {
    Finalite.SUIVI_GLOBAL: "toutes les étapes, sauf logement, soins et famille",
    Finalite.INSERTION: "scolarité, décrochage, formation, emploi, stages, chantiers",
    Finalite.SCOLARITE: "scolarité, décrochage, raccrochage, accompagnement à la scolarité",
    Finalite.LOGEMENT: "aucune étape, sinon l’accès au logement",
    Finalite.SOINS_DROITS: "aucune étape, sinon l’accès aux soins et aux droits",
    Finalite.FAMILLE: "aucune étape, sinon le soutien à la fonction parentale",
    Finalite.VIE_SOCIALE: "animations, citoyenneté, culture et sport, chantiers éducatifs",
}
MOTS_AU_PLUS = 1000
_TROP_LONG = "1 000 caractères au plus."
_FORMES = {"": "Choisir…"} | FormeInformation.choices()


class FormulaireEquipe(Refusable):
    """A form of the équipe."""

    refus = REFUS_EQUIPE


class CollegueForm(FormulaireEquipe):
    """A colleague of the structure that keeps the dossier: nothing is asked but perhaps an end."""

    version = HiddenField()
    echeance = DateFrancaise("Jusqu’au")

    def partage(self) -> Partage:
        return Partage(echeance=self.echeance.data)


class PartageForm(CollegueForm):
    """An agent of another structure: for what, until when, and what the young person knows of it."""

    finalite = RadioField(
        "Pour quoi",
        choices=Finalite.choices(),
        validators=[InputRequired("Choisissez pour quoi cette personne vient.")],
    )
    sensibles = SelectMultipleField("Montrer aussi", choices={genre.value: genre.label for genre in SENSIBLES})
    # after what it goes with, so that the list of errors follows the page
    echeance = DateFrancaise("Jusqu’au", validators=[InputRequired(REFUS_EQUIPE["echeance_absente"])])
    informe_le = DateFrancaise(
        "Le jeune en a été informé le", validators=[InputRequired(REFUS_EQUIPE["information_absente"])]
    )
    informe_forme = SelectField("Comment", choices=_FORMES, validators=[InputRequired("Dites comment.")])
    accord = RadioField(
        "Ce qu’il en dit", choices=Accord.choices(), validators=[InputRequired(REFUS_EQUIPE["accord_absent"])]
    )

    def partage(self) -> Partage:
        return Partage(
            Finalite(self.finalite.data),
            tuple(GenreEtape(genre) for genre in self.sensibles.data or ()),
            self.echeance.data,
            self.informe_le.data,
            FormeInformation(self.informe_forme.data),
            Accord(self.accord.data),
        )


def partage_begun(finalite: Finalite, *, echeance: date) -> dict[str, Any]:
    """What the form proposes for this purpose: its end, and the sensitive kind that it needs."""
    needed = SENSIBLE_DE.get(finalite)
    return {"finalite": finalite.value, "sensibles": [needed.value] if needed else [], "echeance": echeance}


def partage_shown(member: Any) -> dict[str, Any]:
    """What the form of a change shows at first; `member`: a row of `membre_equipe`."""
    return {
        "version": str(member.version),
        "finalite": member.finalite.value,
        "sensibles": [genre.value for genre in member.sensibles],
        "echeance": member.echeance,
        "informe_le": member.informe_le,
        "informe_forme": member.informe_forme.value if member.informe_forme else "",
        "accord": member.accord.value if member.accord else None,
    }


def partage_pairs(said: Any) -> list[tuple[str, str]]:
    """What is agreed, in words; `said`: a Partage, or a row of `membre_equipe`."""
    told = [date_longue(said.informe_le), said.informe_forme.label.lower() if said.informe_forme else ""]
    return [
        ("Pour quoi", said.finalite.label),
        ("Montrer aussi", ", ".join(genre.label for genre in said.sensibles) or "Rien de plus"),
        ("Jusqu’au", date_longue(said.echeance) or "Sans date de fin"),
        ("Jeune informé", ", ".join(filter(None, told)) or "Pas noté"),
        ("Ce qu’il en dit", said.accord.label if said.accord else "Pas noté"),
    ]


class RejoindreForm(FormulaireEquipe):
    """Asking to join the équipe of a dossier whose code was said."""

    depot = HiddenField()
    code = StringField("Code du dossier", validators=[InputRequired("Écrivez le code que le jeune vous a donné.")])
    finalite = RadioField(
        "Pour quoi", choices=Finalite.choices(), validators=[InputRequired("Choisissez pour quoi vous venez.")]
    )
    echeance = DateFrancaise("Jusqu’au", validators=[InputRequired(REFUS_EQUIPE["echeance_absente"])])
    mots = TextAreaField("Quelques mots pour son référent", validators=[Length(max=MOTS_AU_PLUS, message=_TROP_LONG)])

    def validate_code(self, field: Field) -> None:
        if self.code_dit is None:
            raise ValidationError(REFUS_EQUIPE["code_illisible"])

    @property
    def code_dit(self) -> str | None:
        """The code that was typed, as it is written."""
        return spoken_code(self.code.data or "")

    @property
    def texte(self) -> str:
        return (self.mots.data or "").replace("\r\n", "\n").strip()


class RefusForm(FormulaireEquipe):
    """Why a request is not accepted."""

    motif = RadioField("Motif", choices=MotifRefusEquipe.choices(), validators=[InputRequired("Choisissez un motif.")])


class OppositionForm(FormulaireEquipe):
    """The young person does not want a structure in their dossier."""

    depot = HiddenField()
    structure = SelectField("Structure", validators=[InputRequired("Choisissez la structure.")])
    le = DateFrancaise("Dit le", validators=[InputRequired("Écrivez quand le jeune l’a dit.")])

    def offer(self, structures: Iterable[Any]) -> None:
        """Rows (id, nom)."""
        self.structure.choices = [SelectChoice("", "Choisir…")] + [
            SelectChoice(str(row.id), row.nom) for row in structures
        ]


def asked_finalite(code: str | None) -> Finalite | None:
    """The purpose that an address names."""
    return Finalite(code) if code in set(Finalite) else None
