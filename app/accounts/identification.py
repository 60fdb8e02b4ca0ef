"""Checking a password over HTTP: throttled, journalled, as slow and as silent whatever the account.

It owns its short transactions, because argon2 takes a fifth of a second that no transaction should last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy.orm import Session

from app.accounts import brouillons, freinage, passwords, queries, services
from app.accounts.maison import Maison
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError

FENETRE = timedelta(minutes=15)
PAR_COMPTE = 10
# a whole office may share an address
PAR_ADRESSE = 100


class Refus(Enum):
    """An unknown account, a wrong password and a disabled account are one answer.

    AILLEURS: the password is right, and this process, which has no keys, has no page for that account.
    """

    INCONNU = auto()
    FREIN = auto()
    AILLEURS = auto()


@dataclass(frozen=True, slots=True)
class Identifie:
    """Somebody gave the right password; `precedente`: when they last did.

    `mot_de_passe`: to store instead, when argon2's parameters changed.
    """

    agent_id: int
    courriel: str
    precedente: datetime | None
    mot_de_passe: str | None


def identify(
    house: Maison, *, courriel: str, mot_de_passe: str, adresse: str | None, now: datetime
) -> Identifie | Refus:
    """Count the attempt, then check it. `adresse` is the network address that asks."""
    if not _allowed(house, courriel, adresse, now):
        return Refus.FREIN
    with house.database.reading() as session:
        agent = queries.agent_by_courriel(session, courriel)
    right = passwords.matches(agent and agent.mot_de_passe, mot_de_passe)
    if agent is None or agent.mot_de_passe is None or agent.desactive_le is not None or not right:
        return _refuse(house, Refus.INCONNU, now)
    if not house.serves(agent.roles):
        return _refuse(house, Refus.AILLEURS, now)
    return Identifie(
        agent.id, agent.courriel, agent.derniere_connexion, passwords.renewed(agent.mot_de_passe, mot_de_passe)
    )


def _refuse(house: Maison, refus: Refus, now: datetime) -> Refus:
    with house.database.writing() as session:
        audit.record(session, Action.CONNEXION_REFUSEE, acteur=Acteur.inconnu(), now=now)
    return refus


def admit(session: Session, house: Maison, found: Identifie, *, now: datetime) -> Agent | None:
    """Note the sign-in of who was identified; None when the account was disabled meanwhile."""
    agent = queries.agent_to_change(session, found.agent_id)
    if agent is None:
        return None
    try:
        services.record_sign_in(session, agent, mot_de_passe=found.mot_de_passe, now=now)
    except DomainError:
        return None
    forget_attempts(session, house, found)
    brouillons.sweep(session, now)
    freinage.sweep(session, now)
    return agent


def forget_attempts(session: Session, house: Maison, found: Identifie) -> None:
    """The right password was given: the wrong ones before it no longer count against the account."""
    freinage.forget(session, _key(house, "compte", found.courriel))


def _allowed(house: Maison, courriel: str, adresse: str | None, now: datetime) -> bool:
    """Count one attempt. An address already held back no longer counts against the accounts that it tries."""
    keys = ((_key(house, "adresse", adresse or ""), PAR_ADRESSE), (_key(house, "compte", courriel), PAR_COMPTE))
    with house.database.writing() as session:
        return all(freinage.hit(session, key, limit=limit, window=FENETRE, now=now) for key, limit in keys)


def _key(house: Maison, kind: str, value: str) -> bytes:
    return freinage.throttle_key(house.vault.pseudonymise, kind, value.strip().lower())
