"""Handing over, closing, opening again, how closely one follows; and the sentence for each refusal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.parcours.services_dossiers import Fin
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    Famille,
    FamilleSortie,
    Intensite,
    IssueEtape,
    MotifSortie,
    StatutEtape,
)
from app.referents.vocabulaire import MotifAffectation
from app.web.filters import date_longue, dernier_jour, pluriel
from app.web.saisie import DateFrancaise, Refusable

REFUS = {
    "relais_a_soi": "Vous remplacez son référent jusqu’à son retour. Pour en répondre ensuite, voyez la coordination.",
    "depot_inconnu": "Cette page a expiré. Rechargez-la avant d’enregistrer.",
    "dossier_clos": "Ce dossier est clos : rouvrez-le d’abord.",
    "dossier_ouvert": "Ce dossier est déjà ouvert.",
    "meme_agent": "Cette personne répond déjà de ce dossier. Choisissez quelqu’un d’autre.",
    "agent_desactive": "Le compte de cette personne est fermé. Choisissez quelqu’un d’autre.",
    "structure_opposee": "Le jeune ne souhaite pas que la structure de cette personne accède à son dossier.",
    "agent_absent": "Cette personne est absente aujourd’hui, sans suppléant présent. Choisissez quelqu’un d’autre.",
    "agent_inconnu": "Choisissez un référent.",
    "agent_sans_role": "Cette personne n’est pas référente. Choisissez quelqu’un d’autre.",
    "jeune_a_informer": (
        "Cette structure n’a jamais répondu de ce dossier : le jeune en est informé avant. Écrivez quel jour."
    ),
    "information_a_venir": "Ce jour n’est pas encore arrivé : il se note quand c’est fait.",
    "affectation_chevauchante": "Un référent vient d’être nommé pour ce dossier. Rechargez la page.",
    "cloture_future": "Ce jour n’est pas encore arrivé.",
    "cloture_avant_ouverture": "Le dossier a été ouvert après ce jour.",
    "etapes_sans_reponse": "Une étape s’est ouverte entre-temps : dites ce qu’elle devient.",
    "etape_apres_cloture": "Une étape que vous terminez a commencé après ce jour.",
    "protocole_inacheve": (
        "« Sans nouvelles » demande d’avoir d’abord cherché par les cinq moyens : voir « Retrouver le contact », "
        "sous ce choix."
    ),
    "transition_impossible": "Une étape a changé entre-temps : dites ce qu’elle devient.",
    "veille_decrochage_mineur": (
        "Un décrochage est en cours et ce jeune a moins de 18 ans : la veille n’est pas possible."
    ),
    "version_perimee": "Ce dossier a changé entre-temps. Relisez-le avant de décider.",
    "revue_vide": "Vous n’êtes référent d’aucun dossier ouvert : il n’y a rien à passer en revue.",
    "revue_terminee": "Cette revue est terminée.",
    "dossier_absent": "Ce dossier n’est plus le vôtre, ou il est clos : la revue continue sans lui.",
}
NOTE_AU_PLUS = 4000
CONTINUE = "continue"
# What is ours ends with the follow-up; a job or a schooling goes on without us, and is asked about again later.
FAMILLES_QUI_FINISSENT = frozenset({Famille.ACCOMPAGNEMENT, Famille.ACCES, Famille.VIE_SOCIALE})
_CHOISIR = SelectChoice("", "Choisir…")


class Formulaire(Refusable):
    """A form of this room."""

    refus = REFUS


class RelaisForm(Formulaire):
    """`remplace` is the affectation that the page was showing, empty when there was none."""

    depot = HiddenField()
    remplace = HiddenField()
    # the service says why somebody is no choice, better than “not a valid choice”
    agent = SelectField("Nouveau référent", validators=[InputRequired(REFUS["agent_inconnu"])], validate_choice=False)
    motif = RadioField("Motif", validators=[InputRequired("Choisissez un motif.")])
    jeune_informe_le = DateFrancaise("Le jeune a été informé le")
    note = TextAreaField(
        "Quelques mots pour la suite", validators=[Length(max=NOTE_AU_PLUS, message="4 000 caractères au plus.")]
    )

    def offer(self, referents: Iterable[Any], today: date, *, premier: bool) -> None:
        """Rows of `queries_receveurs.possible_referents`; `premier`: the dossier never had a référent."""
        self.agent.choices = [_CHOISIR, *by_structure(referents, today)]
        first = MotifAffectation.PREMIERE_AFFECTATION
        self.motif.choices = {
            code: label for code, label in MotifAffectation.choices().items() if premier or code != first
        }

    @property
    def texte(self) -> str:
        return (self.note.data or "").replace("\r\n", "\n").strip()


def by_structure(referents: Iterable[Any], today: date) -> Iterator[SelectChoice]:
    """People under the name of their structure, in the order given; beside who is away, until when."""
    for row in referents:
        yield SelectChoice(str(row.id), f"{row.prenom} {row.nom}{absence_said(row, today)}", optgroup=row.structure)


def absence_said(row: Any, today: date) -> str:
    """Beside the name of an agent who is away; `row`: one of `queries_receveurs.with_absence`."""
    if row.absent_jusqu_au is None:
        return ""
    until = date_longue(dernier_jour(row.absent_jusqu_au), today)
    return f" (absence jusqu’au {until}{', sans suppléant présent' if row.seul else ''})"


class CloturerForm(Formulaire):
    """Closing; `cloturer_form` adds one question for each open step."""

    version = HiddenField()
    le = DateFrancaise("Date de clôture", validators=[InputRequired("Écrivez la date de clôture.")])
    motif = SelectField("Motif", validators=[InputRequired("Choisissez un motif.")])

    etapes: tuple[Any, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ordered = sorted(MotifSortie, key=lambda motif: list(FamilleSortie).index(motif.famille))
        self.motif.choices = [_CHOISIR] + [
            SelectChoice(motif.value, motif.label, optgroup=famille.label)
            for famille, motifs in groupby(ordered, key=lambda motif: motif.famille)
            for motif in motifs
        ]

    def questions(self) -> Iterator[tuple[Any, Any]]:
        """For each open step, what it becomes and its outcome."""
        for etape in self.etapes:
            yield self[f"etape_{etape.id.hex}"], self[f"issue_{etape.id.hex}"]

    @staticmethod
    def revele(issue: Any) -> dict[str, str]:
        """An outcome is asked of a step that ends."""
        return {statut.value: f"{issue.id}-bloc" for statut in STATUTS_FINIS}

    def reponses(self) -> dict[UUID, Fin | None]:
        """What `services.close` takes."""
        answers = zip(self.etapes, self.questions(), strict=True)
        return {etape.id: _fin(statut.data, issue.data) for etape, (statut, issue) in answers}


def _fin(statut: str, issue: str) -> Fin | None:
    if statut == CONTINUE:
        return None
    return Fin(StatutEtape(statut), IssueEtape(issue) if issue else None)


def cloturer_form(etapes: Iterable[Any]) -> type[CloturerForm]:
    """The form for these open steps, rows of `parcours.queries.open_etapes_of`."""
    opened = tuple(etapes)
    fields: dict[str, Any] = {"etapes": opened}
    for etape in opened:
        fields |= _question(etape)
    return type("CloturerForm", (CloturerForm,), fields)


def _question(etape: Any) -> dict[str, Any]:
    ends = {statut.value: statut.label for statut in StatutEtape if statut in STATUTS_FINIS}
    ours = etape.genre.famille in FAMILLES_QUI_FINISSENT
    return {
        f"etape_{etape.id.hex}": RadioField(
            f"{etape.genre.label}, depuis le {date_longue(etape.debut)}",
            choices=ends | {CONTINUE: "Se poursuit sans nous"},
            default=StatutEtape.TERMINEE.value if ours else CONTINUE,
            validators=[InputRequired("Dites ce que devient cette étape.")],
        ),
        f"issue_{etape.id.hex}": SelectField(
            f"Issue : {etape.genre.label}", choices={"": "Non précisée"} | IssueEtape.choices(), default=""
        ),
    }


class RouvrirForm(Formulaire):
    champs = {"agent": "referent"}

    version = HiddenField()
    referent = SelectField("Référent", default="", validate_choice=False)
    jeune_informe_le = DateFrancaise("Le jeune a été informé le")

    def offer(self, referents: Iterable[Any], today: date) -> None:
        self.referent.choices = [SelectChoice("", "Personne pour l’instant"), *by_structure(referents, today)]


def attendus(rythmes: Mapping[str, int]) -> dict[str, str]:
    """The line under each rhythm; `rythmes` in days."""
    return {code: f"Un échange attendu tous les {pluriel(days, 'jour')}" for code, days in rythmes.items()}


class IntensiteForm(Formulaire):
    version = HiddenField()
    intensite = RadioField(
        "Rythme du suivi", choices=Intensite.choices(), validators=[InputRequired("Choisissez un rythme.")]
    )
