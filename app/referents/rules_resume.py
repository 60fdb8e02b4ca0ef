"""What a prepared handover note says of a journey: facts alone, chosen among rows. Pure.

It is written for a receiver who is not chosen yet, and may work elsewhere: it says what a partner of the widest purpose
sees, and nothing of housing, health or family, whoever prepares it (CASF, art. L. 226-2-2). No sealed word is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.parcours.rules_objectifs import themes_read
from app.parcours.vocabulaire import STATUTS_FINIS, STATUTS_OUVERTS, Canal, Situation, StatutEtape, Theme
from app.parcours.vocabulaire_actes import MotifAttente
from app.referents.rules import genres_shown
from app.referents.vocabulaire import GENRES_DE, Finalite

GENRES_DITS = genres_shown(Finalite.SUIVI_GLOBAL, ())
THEMES_DITS = themes_read(GENRES_DITS)
# what shows no kind of step unless it is ticked tells by itself of what is sensitive
FINALITES_DITES = frozenset(finalite for finalite, genres in GENRES_DE.items() if genres)
# of what is over, the last ones are enough to go on from
TERMINEES_AU_PLUS = 3


@dataclass(frozen=True, slots=True)
class Suiveur:
    """Somebody who answers for the dossier, or did, from `du` to `au`, None when they still do."""

    nom: str
    structure: str
    du: date
    au: date | None


@dataclass(frozen=True, slots=True)
class EtapeDite:
    """`fin`: its last day once over; until then the day on which it is expected to end, if any."""

    libelle: str
    statut: StatutEtape
    debut: date
    fin: date | None


@dataclass(frozen=True, slots=True)
class Rencontre:
    """An exchange that took place or is planned; `avec` is empty when nobody is named."""

    jour: date
    canal: Canal | None
    avec: str


@dataclass(frozen=True, slots=True)
class Membre:
    """Of the équipe de suivi; `finalite` is None for somebody of the house, and where it would tell too much."""

    nom: str
    structure: str
    finalite: Finalite | None


@dataclass(frozen=True, slots=True)
class Resume:
    """The facts of a journey on a day. Each list is in the order in which it is told."""

    depuis: date
    referents: Sequence[Suiveur]
    situation: Situation
    situation_depuis: date
    confirmee_le: date | None
    en_cours: Sequence[EtapeDite]
    prevues: Sequence[EtapeDite]
    terminees: Sequence[EtapeDite]
    objectifs: Sequence[tuple[Theme, date | None]]
    dernier: Rencontre | None
    rendez_vous: Sequence[Rencontre]
    sans_suite: Sequence[Rencontre]
    attente: tuple[MotifAttente, date] | None
    equipe: Sequence[Membre]


def sum_up(dossier: Any, etat: Any, *, today: date, **rows: Any) -> Resume:
    """`rows`: affectations (newest first), etapes, objectifs, dernier, contacts, attente, equipe, as the queries that
    `queries_resume.resume_of` names give them."""
    etapes = [etape for etape in rows["etapes"] if etape.genre in GENRES_DITS]
    ended = sorted((etape for etape in etapes if etape.statut in STATUTS_FINIS), key=lambda etape: etape.fin)
    planned = [_planned(contact) for contact in rows["contacts"]]
    last, attente = rows["dernier"], rows["attente"]
    return Resume(
        depuis=dossier.ouvert_le,
        referents=[_follower(row) for row in rows["affectations"] if row.refusee_le is None],
        situation=etat.situation,
        situation_depuis=etat.situation_depuis,
        confirmee_le=etat.confirmee_le,
        en_cours=[_step(etape) for etape in etapes if etape.statut in STATUTS_OUVERTS],
        prevues=[_step(etape) for etape in etapes if etape.statut is StatutEtape.PREVUE],
        terminees=[_step(etape) for etape in reversed(ended[-TERMINEES_AU_PLUS:])],
        objectifs=[(row.theme, row.echeance) for row in rows["objectifs"] if row.theme in THEMES_DITS],
        dernier=None if last is None else _meeting(last),
        rendez_vous=[meeting for meeting in planned if meeting.jour >= today],
        sans_suite=[meeting for meeting in planned if meeting.jour < today],
        attente=(attente.motif, attente.jusqu_au) if attente is not None and attente.jusqu_au > today else None,
        equipe=_members(rows["equipe"], sauf={row.agent_id for row in rows["affectations"] if row.fin is None}),
    )


def _named(row: Any) -> str:
    return f"{row.prenom} {row.nom}" if row.nom else ""


def _follower(row: Any) -> Suiveur:
    return Suiveur(_named(row), row.structure, row.debut, row.fin)


def _step(etape: Any) -> EtapeDite:
    return EtapeDite(etape.genre.label, etape.statut, etape.debut, etape.fin or etape.fin_prevue)


def _meeting(row: Any) -> Rencontre:
    return Rencontre(row.jour, row.canal, _named(row))


def _planned(row: Any) -> Rencontre:
    """With nobody's name where whoever planned it follows the dossier no more."""
    return _meeting(row) if row.suit else Rencontre(row.jour, row.canal, "")


def _members(rows: Iterable[Any], *, sauf: set[int]) -> list[Membre]:
    return [
        Membre(_named(row), row.structure, row.finalite if row.finalite in FINALITES_DITES else None)
        for row in rows
        if row.agent_id not in sauf
    ]
