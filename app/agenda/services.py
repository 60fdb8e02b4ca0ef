"""The addresses of a feed: made, revoked, read."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.accounts.queries import agent_to_change
from app.accounts.sessions import fingerprint
from app.agenda.models import LienAgenda
from app.agenda.queries_liens import find_lien, liens_of
from app.agenda.rules import LIENS_AU_PLUS, lecture_a_inscrire
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError

_OCTETS = 32


def create_lien(session: Session, *, agent: Agent, depot: UUID, acteur: Acteur, now: datetime) -> str:
    """Make an address and return its token, for the only time.

    DepotConflict: this deposit made one already, and its token cannot be said again. DomainErrors: trop_de_liens,
    depot_inconnu.
    """
    # the account's lock: two requests may not each make the last one
    agent_to_change(session, agent.id)
    if (earlier := find_lien(session, depot)) is not None:
        if earlier.agent_id != agent.id:
            raise DomainError("depot_inconnu")
        raise DepotConflict(earlier)
    if len(liens_of(session, agent.id)) >= LIENS_AU_PLUS:
        raise DomainError("trop_de_liens")
    token = secrets.token_urlsafe(_OCTETS)
    session.add(LienAgenda(id=depot, agent_id=agent.id, empreinte=fingerprint(token), cree_le=now))
    audit.record(session, Action.AGENDA_CREE, acteur=acteur, now=now)
    return token


def revoke_lien(session: Session, lien: LienAgenda, *, acteur: Acteur, now: datetime) -> None:
    """From now on the address answers as one that never was; one that was revoked stays so."""
    if lien.revoque_le is None:
        lien.revoque_le = now
        audit.record(session, Action.AGENDA_REVOQUE, acteur=acteur, now=now)


def note_reading(session: Session, lien: LienAgenda, *, acteur: Acteur, now: datetime) -> None:
    """Write down that the feed was read, unless it was lately."""
    if not lecture_a_inscrire(lien.lu_le, now=now):
        return
    session.execute(update(LienAgenda).where(LienAgenda.id == lien.id).values(lu_le=now))
    audit.record(session, Action.AGENDA_LU, acteur=acteur, now=now)
