"""Steps: the form asks only what its kind needs, and offers the ends that a beginning calls for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from app.db.labelled import Labelled
from app.parcours.forms_refus import FormulaireParcours, Nombre, forget_error
from app.parcours.models import Etape
from app.parcours.rules_etapes import Faits, Raison, propositions
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    ActeEtape,
    Contrat,
    Famille,
    GenreEtape,
    IssueEtape,
    NiveauVise,
    StatutEtape,
)
from app.web.filters import date_longue
from app.web.saisie import DateFrancaise

PRECISIONS_AU_PLUS = 1000
# What only one kind of step has.
PROPRES = {
    GenreEtape.EMPLOI: "contrat",
    GenreEtape.FORMATION: "niveau_vise",
    GenreEtape.CHANTIER_EDUCATIF: "heures",
}
FINS = {statut.value: statut.label for statut in StatutEtape if statut in STATUTS_FINIS}
INTERRUPTIONS = {code: label for code, label in FINS.items() if code != StatutEtape.TERMINEE.value}
_DEBUT = [InputRequired("Écrivez le jour du début.")]
_FIN = [InputRequired("Écrivez le dernier jour.")]
_TROP_LONG = Length(max=PRECISIONS_AU_PLUS, message="1 000 caractères au plus.")


def _or_not(codes: type[Labelled], label: str) -> dict[str, str]:
    return {"": label} | codes.choices()


def genres_by_famille(shown: Collection[GenreEtape] | None) -> list[tuple[Famille, list[GenreEtape]]]:
    """The kinds of step that may be shown (None: all), in the order of the vocabulary, under their famille."""
    kinds = [genre for genre in GenreEtape if shown is None or genre in shown]
    familles = [(famille, [genre for genre in kinds if genre.famille is famille]) for famille in Famille]
    return [(famille, genres) for famille, genres in familles if genres]


class _Details(FormulaireParcours):
    """What any form of a whole step asks."""

    statuts: dict[str, str]

    depot = HiddenField()
    version = HiddenField()
    genre = SelectField("Genre", validators=[InputRequired("Choisissez le genre.")])
    statut = RadioField("Où en est-elle", validators=[InputRequired("Dites où en est l’étape.")])
    debut = DateFrancaise("Début", validators=_DEBUT)
    fin_prevue = DateFrancaise("Fin prévue")
    fin = DateFrancaise("Dernier jour")
    fin_statut = RadioField(
        "Comment s’est-elle finie", choices=FINS, default=StatutEtape.TERMINEE.value, validate_choice=False
    )
    issue = SelectField("Issue", choices=_or_not(IssueEtape, "Non précisée"), default="")
    contrat = SelectField("Contrat", choices=_or_not(Contrat, "Non précisé"), default="")
    niveau_vise = SelectField("Niveau visé", choices=_or_not(NiveauVise, "Non précisé"), default="")
    heures = Nombre("Heures")
    precisions = TextAreaField("Précisions", validators=[_TROP_LONG])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.statut.choices = self.statuts
        self.offer_genres(None)

    def offer_genres(self, shown: Collection[GenreEtape] | None) -> None:
        """The kinds among which to choose; None: all."""
        self.genre.choices = [
            SelectChoice(genre.value, genre.label, optgroup=famille.label)
            for famille, genres in genres_by_famille(shown)
            for genre in genres
        ]

    @property
    def texte(self) -> str:
        return (self.precisions.data or "").replace("\r\n", "\n").strip()

    @property
    def finie(self) -> bool:
        raise NotImplementedError

    def genre_voulu(self) -> GenreEtape:
        return GenreEtape(self.genre.data)

    def statut_voulu(self) -> StatutEtape:
        raise NotImplementedError

    def validate_fin(self, field: Field) -> None:
        if not self.finie:
            forget_error(field)
        elif field.data is None and not field.errors:
            raise ValidationError("Écrivez le dernier jour.")

    def faits(self, precisions: bytes | None) -> Faits:
        """What the form says; what its kind or status does not have is left out."""
        genre, statut = self.genre_voulu(), self.statut_voulu()
        own = PROPRES.get(genre)
        return Faits(
            genre,
            statut,
            self.debut.data,
            fin=self.fin.data if self.finie else None,
            fin_prevue=self.fin_prevue.data,
            issue=IssueEtape(self.issue.data) if self.finie and self.issue.data else None,
            contrat=Contrat(self.contrat.data) if own == "contrat" and self.contrat.data else None,
            niveau_vise=NiveauVise(self.niveau_vise.data) if own == "niveau_vise" and self.niveau_vise.data else None,
            heures=self.heures.data if own == "heures" else None,
            precisions=precisions,
        )


class NouvelleEtapeForm(_Details):
    """A step of a kind already chosen."""

    statuts = {
        StatutEtape.EN_COURS.value: "Elle a commencé",
        StatutEtape.PREVUE.value: "Elle est à venir",
        StatutEtape.TERMINEE.value: "Elle est finie",
    }
    clore = SelectMultipleField("Terminer ce jour-là", validate_choice=False)

    def offer(self, etapes: Sequence[Any], *, today: date) -> None:
        """Show the ends that beginning this kind of step calls for."""
        offer_ends(self.clore, self.genre_voulu(), etapes, today=today)

    @property
    def finie(self) -> bool:
        return self.statut.data == StatutEtape.TERMINEE.value

    def statut_voulu(self) -> StatutEtape:
        return StatutEtape(self.fin_statut.data if self.finie else self.statut.data)

    def validate_fin_statut(self, field: Field) -> None:
        if self.finie and field.data not in FINS:
            raise ValidationError("Dites comment elle s’est finie.")

    def closing(self) -> list[tuple[UUID, int]]:
        """The accepted ends; a step that is only planned ends nothing."""
        return [] if self.statut.data == StatutEtape.PREVUE.value else accepted(self.clore)


class CorrigerEtapeForm(_Details):
    """What was written, to be put right, kind and status included."""

    statuts = StatutEtape.choices()

    @property
    def finie(self) -> bool:
        return self.statut.data in FINS

    def statut_voulu(self) -> StatutEtape:
        return StatutEtape(self.statut.data)


class ActeForm(FormulaireParcours):
    """An act that asks nothing but to be meant."""

    version = HiddenField()

    def values(self) -> dict[str, Any]:
        return {}


class CommencerForm(ActeForm):
    debut = DateFrancaise("Jour du début", validators=_DEBUT)
    clore = SelectMultipleField("Terminer ce jour-là", validate_choice=False)

    def values(self) -> dict[str, Any]:
        return {"debut": self.debut.data, "closing": accepted(self.clore)}


class TerminerForm(ActeForm):
    fin = DateFrancaise("Dernier jour", validators=_FIN)
    issue = RadioField("Issue", choices=IssueEtape.choices(), validate_choice=False)

    def values(self) -> dict[str, Any]:
        issue = IssueEtape(self.issue.data) if self.issue.data in set(IssueEtape) else None
        return {"fin": self.fin.data, "issue": issue}


class InterrompreForm(TerminerForm):
    statut = RadioField("Qui l’a arrêtée", choices=INTERRUPTIONS, validators=[InputRequired("Dites qui l’a arrêtée.")])

    def values(self) -> dict[str, Any]:
        return super().values() | {"statut": StatutEtape(self.statut.data)}


FORMS_DES_ACTES: dict[ActeEtape, type[ActeForm]] = {
    ActeEtape.COMMENCER: CommencerForm,
    ActeEtape.TERMINER: TerminerForm,
    ActeEtape.INTERROMPRE: InterrompreForm,
}


def offer_ends(field: SelectMultipleField, genre: GenreEtape, etapes: Iterable[Any], *, today: date) -> None:
    """The open steps that a beginning of this kind proposes to end; ticked when the vocabulary says so.

    A value names the step and the version at which it was read; what was ticked stays ticked at its new version.
    """
    open_steps = {etape.id: etape for etape in etapes if etape.statut in STATUTS_OUVERTS}
    found = propositions(Faits(genre, StatutEtape.EN_COURS, today), open_steps.values())
    values = {item.etape_id: f"{item.etape_id}:{open_steps[item.etape_id].version}" for item in found}
    field.choices = {values[item.etape_id]: _end_label(open_steps[item.etape_id]) for item in found}
    if field.raw_data is None:
        field.data = [values[item.etape_id] for item in found if not _mere_hint(item.raison, genre)]


def _mere_hint(raison: Raison, genre: GenreEtape) -> bool:
    """Two jobs at once are life: ending the first is offered, not expected."""
    return raison is Raison.MEME_GENRE and genre is GenreEtape.EMPLOI


def _end_label(etape: Any) -> str:
    return f"{etape.genre.label}, commencée le {date_longue(etape.debut)}"


_ETAPE_LUE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,9})", re.ASCII)


def accepted(field: SelectMultipleField) -> list[tuple[UUID, int]]:
    """The ticked ends, as services take them."""
    read = (_ETAPE_LUE.fullmatch(value) for value in field.data or ())
    return [(UUID(found[1]), int(found[2])) for found in read if found]


def etape_shown(etape: Etape, texte: str) -> dict[str, Any]:
    """What the form of a correction shows at first."""
    shown: dict[str, Any] = {name: getattr(etape, name) for name in ("debut", "fin", "fin_prevue", "heures")}
    for name in ("genre", "statut", "issue", "contrat", "niveau_vise"):
        code = getattr(etape, name)
        shown[name] = "" if code is None else code.value
    return shown | {"precisions": texte, "version": str(etape.version)}
