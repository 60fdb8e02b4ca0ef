"""The checks of a dossier in words: what is asked today, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.accounts.maison import jour_de
from app.parcours.models import Dossier
from app.parcours.queries_verifications import reperes_in
from app.parcours.rules_verifications import confirmed_on, questions
from app.parcours.vocabulaire import Situation
from app.parcours.vocabulaire_actes import ObjetVerification, ReponseVerification
from app.web.filters import INSECABLE, date_longue


@dataclass(frozen=True, slots=True)
class Question:
    """A check to answer: its words, and what names it in a form."""

    objet: ObjetVerification
    mois: int
    repere: date
    titre: str
    rappel: str


@dataclass(frozen=True, slots=True)
class ReponseDite:
    """An answer that stands."""

    id: UUID
    titre: str
    dite: str
    quand: str
    qui: str


@dataclass(frozen=True, slots=True)
class Verifications:
    """What the page of a dossier shows. `situation`: who looks at it may confirm it; `repondre`: answer the rest.

    `confirmee_le`: the last day on which the present situation was confirmed.
    """

    situation: bool
    repondre: bool
    confirmee_le: date | None
    questions: Sequence[Question]
    reponses: Sequence[ReponseDite]


def checks(
    dossier: Dossier, etat: Any, rows: Iterable[Any], *, may_confirm: bool, may_check: bool, today: date
) -> Verifications:
    """`rows` of `queries_verifications.verifications_of`. A situation that nobody knows has nothing to confirm."""
    rows = list(rows)
    known = dossier.clos_le is None and etat.situation is not Situation.INCONNUE
    to_ask = to_answer(dossier, etat, rows, today=today) if may_check else []
    # of the confirmations, the last alone can still be a mistake
    last = next((row for row in rows if row.objet is ObjetVerification.SITUATION), None)
    shown = [row for row in rows if row is last or row.objet is not ObjetVerification.SITUATION]
    confirmed = confirmed_on(etat.situation_depuis, etat.confirmee_le)
    return Verifications(known and may_confirm, may_check, confirmed, to_ask, [_said(row, today) for row in shown])


def to_answer(dossier: Dossier, etat: Any, rows: Iterable[Any], *, today: date) -> list[Question]:
    answered = {(row.objet, row.repere, row.mois) for row in rows}
    asked = questions(
        reperes_in(etat),
        ouvert_le=dossier.ouvert_le,
        cree_le=jour_de(dossier.cree_le),
        motif=dossier.motif_sortie,
        answered=answered,
        today=today,
    )
    return [question(dossier, *one, today=today) for one in asked]


def question(dossier: Dossier, objet: ObjetVerification, mois: int, repere: date, *, today: date) -> Question:
    on = date_longue(repere, today)
    if objet is ObjetVerification.RACCROCHAGE:
        return Question(objet, mois, repere, _title(objet, mois), f"Le retour est du {on}.")
    reason = dossier.motif_sortie.label if dossier.motif_sortie else ""
    rappel = f"Dossier clos le {on}. Motif{INSECABLE}: {reason}."
    return Question(objet, mois, repere, _title(objet, mois), rappel)


def _title(objet: ObjetVerification, mois: int | None) -> str:
    if objet is ObjetVerification.RACCROCHAGE:
        return f"Six mois après le retour{INSECABLE}: tient-il{INSECABLE}?"
    if objet is ObjetVerification.SORTIE:
        return f"{mois} mois après la sortie{INSECABLE}: où en est-il{INSECABLE}?"
    return "Situation confirmée"


def _said(row: Any, today: date) -> ReponseDite:
    dite = ""
    if row.objet is not ObjetVerification.SITUATION:
        dite = answer_words(row.reponse, row.genre)
    qui = f"{row.prenom} {row.nom}" if row.nom else ""
    return ReponseDite(row.id, _title(row.objet, row.mois), dite, f"le {date_longue(row.jour, today)}", qui)


def answer_words(reponse: ReponseVerification, genre: Any) -> str:
    said = reponse.label.lower()
    return f"{said}{INSECABLE}: {genre.label.lower()}" if genre else said
