"""Spreading a caseload: among whom, why, who receives each dossier; and the sentence for each refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.referents.forms import NOTE_AU_PLUS, REFUS, Formulaire, absence_said
from app.referents.vocabulaire import MotifAffectation
from app.web.saisie import lire_numero

REFUS_REPARTITION = REFUS | {
    "rien_a_repartir": "Choisissez au moins un dossier à confier à quelqu’un.",
    "dossiers_changes": "Rien n’est enregistré : des dossiers ont changé entre-temps. Relisez, puis confirmez.",
    "lignes_refusees": "Rien n’est enregistré : certains dossiers ne peuvent pas aller où vous dites.",
    "meme_agent": "Cette personne répond déjà de ce dossier. Choisissez quelqu’un d’autre.",
    "agent_ailleurs": "Cette personne n’est pas référente dans votre structure. Choisissez quelqu’un d’autre.",
    "structure_opposee": "Le jeune ne souhaite pas que votre structure accède à son dossier.",
    "deja_annulee": "Cette répartition a déjà été reprise.",
    "trop_tard": "Le délai pour tout reprendre est passé : passez le relais, dossier par dossier.",
    "rien_a_reprendre": "Il n’y a plus rien à reprendre : chaque dossier a été accusé, ou a changé depuis.",
}
MOTIFS = (
    MotifAffectation.DEPART_AGENT,
    MotifAffectation.CHARGE,
    MotifAffectation.SECTEUR,
    MotifAffectation.CHANGEMENT_SITUATION,
)
# the code of a dossier, as it names its field
_CHAMP = re.compile(r"dossier_([0-9A-Z]{3}-[0-9A-Z]{3})")


class RepartirForm(Formulaire):
    """`repartir_form` adds one list for each dossier."""

    refus = REFUS_REPARTITION
    codes: Sequence[str] = ()

    depot = HiddenField()
    parmi = SelectMultipleField("Entre qui", validate_choice=False)
    motif = RadioField(
        "Motif",
        choices={motif.value: motif.label for motif in MOTIFS},
        validators=[InputRequired("Choisissez un motif.")],
    )
    note = TextAreaField(
        "Quelques mots pour tous", validators=[Length(max=NOTE_AU_PLUS, message="4 000 caractères au plus.")]
    )

    def offer(self, receveurs: Iterable[Any], today: date) -> None:
        """Rows of `queries_repartition.receivers`; those who may be chosen, and in each list those who are."""
        there = [row for row in receveurs if not row.seul]
        names = {str(row.id): f"{row.prenom} {row.nom}" for row in there}
        listed = {str(row.id): f"{row.prenom} {row.nom}{absence_said(row, today)}" for row in there}
        # the tiles say it themselves, with what each carries
        self.parmi.choices = list(names.items())
        self.parmi.data = [one for one in self.parmi.data or () if one in names]
        for field in (self[champ(code)] for code in self.codes):
            shown = [one for one in names if one in self.parmi.data or one == field.data]
            field.choices = [SelectChoice("", "Ne rien changer"), *(SelectChoice(one, listed[one]) for one in shown)]

    @property
    def choisis(self) -> list[int]:
        """Who is ticked."""
        return [int(one) for one in self.parmi.data or ()]

    def liste(self, code: str) -> SelectField | None:
        """Of one dossier: who may receive it. None when nobody here may."""
        return self._fields.get(champ(code))

    def choix(self) -> dict[str, int]:
        """Who receives each dossier that somebody receives, by code; 0 is nobody's id."""
        return {code: _numero(said) for code in self.codes if (said := self[champ(code)].data)}

    def propose(self, split: Mapping[str, int | None]) -> None:
        for code, agent_id in split.items():
            self[champ(code)].data = str(agent_id or "")

    def refuse_line(self, code: str, reason: str, who: str | None) -> None:
        """Beside the list of one dossier, which no longer shows `who` when they may receive nothing."""
        about = ", ".join(filter(None, (code, who)))
        self[champ(code)].errors = [f"{about} : {self.refus[reason]}"]

    @property
    def texte(self) -> str:
        return (self.note.data or "").replace("\r\n", "\n").strip()


def repartir_form(codes: Iterable[str]) -> type[RepartirForm]:
    """The form for these dossiers."""
    listed = tuple(codes)
    # the service says why somebody may not receive one, better than “not a valid choice”
    fields = {champ(code): SelectField(code, default="", validate_choice=False) for code in listed}
    return type("RepartirForm", (RepartirForm,), {"codes": listed, **fields})


def champ(code: str) -> str:
    return f"dossier_{code}"


def posted_choices(form: Mapping[str, str]) -> dict[str, int]:
    """As `RepartirForm.choix`, of whatever dossiers were sent."""
    return {code: _numero(said) for code, said in _sent(form) if said}


def _sent(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, said in form.items():
        if found := _CHAMP.fullmatch(name):
            yield found[1], said


def _numero(texte: str | None) -> int:
    try:
        return lire_numero(texte or "")
    except ValueError:
        return 0
