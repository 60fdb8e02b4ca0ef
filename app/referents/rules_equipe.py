"""Sharing a dossier with somebody: for what, until when, and what the young person knows of it. Pure.

What an agent of another structure may see is limited to what their mission needs, and the young person is told before
(CASF, art. L. 226-2-2); about care, outside the team that gives it, the young person agrees (CSP, art. L. 1110-4, III).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.db.errors import DomainError
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents.vocabulaire import SENSIBLES, Finalite

# days: what is proposed for a partner, and the most that is agreed at once
ECHEANCE_PROPOSEE = 180
ECHEANCE_AU_PLUS = 365
# days after which a request to join that nobody answered shows to the coordinateur too, and after which it lapses
SANS_REPONSE = 5
VALIDITE = 30
# requests of one agent in a day: a code is heard, never tried
DEMANDES_PAR_JOUR = 10
# What a purpose needs of the sensitive kinds: proposed, never ticked without being looked at.
SENSIBLE_DE = {
    Finalite.LOGEMENT: GenreEtape.LOGEMENT,
    Finalite.SOINS_DROITS: GenreEtape.ACCES_SOINS,
    Finalite.FAMILLE: GenreEtape.PARENTALITE,
}


@dataclass(frozen=True, slots=True)
class Partage:
    """What is agreed with a member: the purpose, the sensitive kinds ticked, the day it ends (excluded, None: none),
    and when, how and with what answer the young person was told."""

    finalite: Finalite = Finalite.SUIVI_GLOBAL
    sensibles: tuple[GenreEtape, ...] = ()
    echeance: date | None = None
    informe_le: date | None = None
    informe_forme: FormeInformation | None = None
    accord: Accord | None = None


def agreed(member: Any, *, partner: bool) -> Partage:
    """What is agreed with a member, from their row; of a colleague nothing is asked but perhaps an end."""
    if not partner:
        return Partage(echeance=member.echeance)
    return Partage(*(getattr(member, name) for name in Partage.__slots__))


def proposed_end(today: date) -> date:
    return today + timedelta(days=ECHEANCE_PROPOSEE)


def latest_end(today: date) -> date:
    return today + timedelta(days=ECHEANCE_AU_PLUS)


def check_end(echeance: date | None, *, today: date) -> None:
    """DomainErrors: echeance_passee, echeance_trop_loin."""
    if echeance is not None and echeance <= today:
        raise DomainError("echeance_passee", field="echeance")
    if echeance is not None and echeance > latest_end(today):
        raise DomainError("echeance_trop_loin", field="echeance")


def waits_since(now: datetime) -> datetime:
    """A request made at this instant or before has waited too long for its référent alone."""
    return now - timedelta(days=SANS_REPONSE)


def lapsed_since(now: datetime) -> datetime:
    """A request made at this instant or before, and still without an answer, is over."""
    return now - timedelta(days=VALIDITE)


def check_partage(partage: Partage, *, partner: bool, today: date) -> None:
    """DomainErrors: echeance_passee, echeance_trop_loin; for a partner also echeance_absente, information_absente,
    information_future, accord_absent, accord_soins."""
    check_end(partage.echeance, today=today)
    if not partner:
        return
    if partage.echeance is None:
        raise DomainError("echeance_absente", field="echeance")
    if partage.informe_le is None or partage.informe_forme is None:
        raise DomainError("information_absente", field="informe_le" if partage.informe_le is None else "informe_forme")
    if partage.informe_le > today:
        raise DomainError("information_future", field="informe_le")
    if partage.accord is None:
        raise DomainError("accord_absent", field="accord")
    if GenreEtape.ACCES_SOINS in partage.sensibles and partage.accord is not Accord.ACCORD:
        raise DomainError("accord_soins", field="accord")


def in_order(sensibles: tuple[GenreEtape, ...] | frozenset[GenreEtape]) -> tuple[GenreEtape, ...]:
    """The sensitive kinds among these, as they are stored."""
    return tuple(genre for genre in SENSIBLES if genre in sensibles)
