"""“Depuis votre dernier échange”: what one agent should know before the next one. Pure, computed, never worded here.

Five kinds of news at most, each a list: what was promised, what was missed, what began, what ended, who else met them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from app.config import PARIS
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    Canal,
    GenreEtape,
    Resultat,
    StatutContactPrevu,
    StatutEtape,
)


class Echange(Protocol):
    """The agent's last exchange, and when they wrote it down."""

    id: UUID
    jour: date
    cree_le: datetime


class EtapeDatee(Protocol):
    id: UUID
    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin: date | None
    cree_le: datetime
    cree_par: int | None


class ContactPromis(Protocol):
    jour: date
    heure: time | None
    canal: Canal | None
    statut: StatutContactPrevu
    promis_par: UUID | None
    tenu_par: UUID | None


class SuiviResume(Protocol):
    """A row of `queries_journal.suivis_since`."""

    resultat: Resultat | None
    prenom: str | None
    nom: str | None
    jour: date
    combien: int


class Parole(Enum):
    """What became of a promise."""

    TENUE = auto()
    MANQUEE = auto()
    ANNULEE = auto()
    A_VENIR = auto()
    # its day has passed and nobody has said anything of it
    SANS_SUITE = auto()


@dataclass(frozen=True, slots=True)
class Promesse:
    """A contact (`canal` may be unknown) or a step (`genre`) that was to take place on `jour`."""

    jour: date
    parole: Parole
    heure: time | None = None
    canal: Canal | None = None
    genre: GenreEtape | None = None


@dataclass(frozen=True, slots=True)
class Depuis:
    """News since `jour`; None: this agent has never met them, and the news go back to the opening."""

    jour: date | None
    promesses: Sequence[Promesse]
    manques: Sequence[SuiviResume]
    commencees: Sequence[EtapeDatee]
    terminees: Sequence[EtapeDatee]
    autres: Sequence[SuiviResume]

    @property
    def rien(self) -> bool:
        return not (self.promesses or self.manques or self.commencees or self.terminees or self.autres)


def news_since(
    last: Echange | None,
    *,
    agent_id: int,
    ouvert_le: date,
    today: date,
    etapes: Iterable[EtapeDatee],
    contacts: Iterable[ContactPromis],
    suivis: Sequence[SuiviResume],
) -> Depuis:
    """What happened after the day of `last`.

    Steps come newest first. One that began and ended since is only said to have ended; one that was promised and
    began, to be kept.
    """
    since = ouvert_le if last is None else last.jour
    steps = list(etapes)
    planned = [etape for etape in steps if last is not None and _planned_at(etape, last, agent_id)]
    promises = [_step(etape, today) for etape in planned]
    promises += (_contact(contact, today) for contact in contacts if last is not None and contact.promis_par == last.id)
    return Depuis(
        jour=None if last is None else last.jour,
        promesses=sorted(promises, key=lambda promise: promise.jour),
        manques=[suivi for suivi in suivis if suivi.resultat is not None],
        commencees=sorted(
            (e for e in steps if e.statut in STATUTS_OUVERTS and e.debut > since and e not in planned),
            key=lambda etape: etape.debut,
            reverse=True,
        ),
        terminees=sorted(
            (e for e in steps if e.statut in STATUTS_FINIS and e.fin and e.fin > since),
            key=lambda etape: etape.fin or etape.debut,
            reverse=True,
        ),
        autres=[suivi for suivi in suivis if suivi.resultat is None],
    )


def _contact(contact: ContactPromis, today: date) -> Promesse:
    if contact.statut is StatutContactPrevu.TENU:
        parole = Parole.TENUE
    elif contact.statut is StatutContactPrevu.ANNULE:
        # a follow-up settled it: somebody did not come; otherwise it was called off
        parole = Parole.ANNULEE if contact.tenu_par is None else Parole.MANQUEE
    else:
        parole = Parole.SANS_SUITE if contact.jour < today else Parole.A_VENIR
    return Promesse(contact.jour, parole, contact.heure, contact.canal)


def _planned_at(etape: EtapeDatee, last: Echange, agent_id: int) -> bool:
    """Whether this agent wrote the step for later, on the day of the exchange or on that of its noting."""
    if etape.cree_par != agent_id or etape.debut <= last.jour:
        return False
    written = etape.cree_le.astimezone(PARIS).date()
    return written in (last.jour, last.cree_le.astimezone(PARIS).date()) and etape.debut > written


def _step(etape: EtapeDatee, today: date) -> Promesse:
    if etape.statut is StatutEtape.ANNULEE:
        parole = Parole.ANNULEE
    elif etape.statut is StatutEtape.PREVUE:
        parole = Parole.SANS_SUITE if etape.debut < today else Parole.A_VENIR
    else:
        parole = Parole.TENUE
    return Promesse(etape.debut, parole, genre=etape.genre)
