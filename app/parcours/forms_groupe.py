"""Noting several young people at once: who was there, one day, one canal, shared words and those of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from wtforms import FieldList, Form, FormField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.db.labelled import Labelled
from app.parcours.forms_noter import en_bref
from app.parcours.forms_suivis import AUTRE, MOTS_AU_PLUS, CorrigerSuiviForm, frequents, rares
from app.parcours.vocabulaire import Canal, Resultat, Theme, Visibilite

LIGNES_AU_PLUS = 40
CANAUX = (Canal.ATELIER_COLLECTIF, Canal.CHANTIER_SORTIE, Canal.PRESENCE_RUE, Canal.ACCOMPAGNEMENT_PHYSIQUE)
_TROP_LONG = Length(max=MOTS_AU_PLUS, message="4 000 caractères au plus.")


class Presence(Labelled):
    """Whether somebody of the group was there; the first one leaves them out of it."""

    PAS_CONCERNE = "", "Pas concerné"
    PRESENT = "present", "Présent"
    EXCUSE = "excuse", "Excusé"
    ABSENT = "absent", "Absent"

    @property
    def resultat(self) -> Resultat | None:
        return _RESULTATS.get(self)


_RESULTATS = {
    Presence.PRESENT: Resultat.ECHANGE_FAIT,
    Presence.EXCUSE: Resultat.EXCUSE,
    Presence.ABSENT: Resultat.ABSENT_NON_EXCUSE,
}


class LigneForm(Form):
    """One young person."""

    code = HiddenField()
    presence = RadioField("Présence", choices=Presence.choices(), default=Presence.PAS_CONCERNE.value)
    mots = TextAreaField("Ses mots à part", validators=[_TROP_LONG])

    @property
    def dite(self) -> Presence:
        return Presence(self.presence.data) if self.presence.data in set(Presence) else Presence.PAS_CONCERNE

    def note(self, communs: str) -> str:
        """What goes in this dossier: the shared words, then those about this one alone."""
        own = (self.mots.data or "").replace("\r\n", "\n").strip()
        return "\n\n".join(filter(None, (communs, own)))


class Lignes(FieldList):
    """Its rows by their numbers, in figures that `int` reads."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        found = (re.fullmatch(rf"{prefix}-(\d{{1,4}})-\w+", name, re.ASCII) for name in formdata)
        return (int(one[1]) for one in found if one)


class GroupeForm(CorrigerSuiviForm):
    """What is said of all, and a line for each of those who may have been there."""

    # what happened is said line by line
    resultat = None
    autre_resultat = None
    canal = RadioField("Comment", choices=frequents(CANAUX), validators=[InputRequired("Choisissez comment.")])
    autre_canal = RadioField("Autre canal", choices=rares(Canal, CANAUX), validate_choice=False)
    # each agrees for themselves: what partners read is written one young person at a time
    visibilite = RadioField(
        "Qui peut lire ces mots",
        choices={code: label for code, label in Visibilite.choices().items() if code != Visibilite.EQUIPE_SUIVI},
        validators=[InputRequired("Choisissez qui peut lire.")],
    )
    partage = None
    lignes = Lignes(FormField(LigneForm), "Qui était là", max_entries=LIGNES_AU_PLUS)
    cherche = StringField("Chercher par prénom, nom ou code")

    @property
    def concernees(self) -> list[LigneForm]:
        return [line for line in self._lines() if line.dite is not Presence.PAS_CONCERNE]

    @property
    def codes(self) -> list[str]:
        """Everybody listed, there or not."""
        return [line.code.data or "" for line in self._lines()]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if not self.concernees:
            self.form_errors.append("Dites qui était là, ou qui manquait.")
        for line in self.concernees:
            if not line.mots.errors and len(line.note(self.texte)) > MOTS_AU_PLUS:
                self.refuse_line(line, "4 000 caractères au plus, avec les mots communs.")
        return valid and not self.errors

    def refuse_line(self, line: LigneForm, sentence: str) -> None:
        """Beside the words of one young person, and at the head of the page."""
        line.mots.errors = [*line.mots.errors, sentence]
        self.lignes.errors = [entry.form.errors for entry in self.lignes]

    def values(self) -> dict[str, Any]:
        canal = self.autre_canal.data if self.canal.data == AUTRE else self.canal.data
        return {
            "jour": self.le(),
            "canal": Canal(canal),
            "themes": [Theme(theme) for theme in self.themes.data or ()],
            "visibilite": Visibilite(self.visibilite.data),
        }

    @property
    def en_bref(self) -> str:
        """“Atelier collectif · Aujourd’hui”."""
        return en_bref((self.canal, self.autre_canal), (self.quand, self.jour))

    def _lines(self) -> Iterator[LigneForm]:
        return (entry.form for entry in self.lignes)
