"""An agent leaves, comes back or changes roles: nobody goes without a word about who answers for their dossiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.accounts import services
from app.accounts.models import Agent, Structure
from app.accounts.policies import Permission, permissions_of
from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.db.errors import DomainError
from app.db.unit import touch
from app.parcours.models import ContactPrevu, Etat, Suivi
from app.parcours.queries import lock_dossiers
from app.referents.models import Affectation, MembreEquipe


def dossiers_of(session: Session, *, agent_id: int) -> Sequence[int]:
    """The ids of the open dossiers whose référent this agent is."""
    return session.scalars(
        select(Etat.dossier_id).where(Etat.referent_id == agent_id, Etat.clos_le.is_(None)).order_by(Etat.dossier_id)
    ).all()


def edit_agent(
    session: Session,
    agent: Agent,
    *,
    roles: Iterable[Role],
    structure_id: int,
    acteur: Acteur,
    now: datetime,
    **said: Any,
) -> None:
    """Change an account as `accounts.services.edit_agent` does, with its errors.

    DomainErrors: `dossiers_a_confier`, its roles would see no dossier, while it answers for open ones, whose alerts
    would then speak to nobody; `structure_des_notes`, it would take to another structure what was written for the
    équipe of this one, and leave a partner with no terms in each dossier that it followed.
    """
    _lock_structures(session, {agent.structure_id, structure_id})
    # whoever writes a dossier tells its référent of a new alert once the journal of access is written
    ids, chosen = _locked(session, agent), list(roles)
    if ids and Permission.VOIR_SES_DOSSIERS not in permissions_of(chosen):
        raise DomainError("dossiers_a_confier", field="roles")
    if structure_id != agent.structure_id and _followed(session, agent.id):
        raise DomainError("structure_des_notes", field="structure_id")
    services.edit_agent(session, agent, roles=chosen, structure_id=structure_id, acteur=acteur, now=now, **said)


def disable_agent(session: Session, agent: Agent, *, acteur: Acteur, now: datetime) -> int:
    """Close the account; the number of dossiers that now show as to be handed over.

    They keep their référent in the history: only a handover changes it. Raises DomainError as accounts does.
    """
    ids = _locked(session, agent)
    services.disable_agent(session, agent, acteur=acteur, now=now)
    return _touch_all(session, ids)


def enable_agent(session: Session, agent: Agent, *, acteur: Acteur, now: datetime) -> int:
    """Open the account again; the number of dossiers that have somebody who answers again."""
    _lock_structures(session, {agent.structure_id})
    ids = _locked(session, agent)
    services.enable_agent(session, agent, acteur=acteur, now=now)
    return _touch_all(session, ids)


def _lock_structures(session: Session, ids: Iterable[int]) -> None:
    """Before their dossiers, as whoever sets the numbers of their rules takes them."""
    structures = select(Structure.id).where(Structure.id.in_(ids)).order_by(Structure.id)
    session.execute(structures.with_for_update(read=True))


def _locked(session: Session, agent: Agent) -> Sequence[int]:
    """Their dossiers, which no other writer changes until the commit: the account first, so that none is added."""
    session.execute(select(Agent.id).where(Agent.id == agent.id).with_for_update(key_share=True))
    ids = dossiers_of(session, agent_id=agent.id)
    lock_dossiers(session, ids)
    return ids


def _followed(session: Session, agent_id: int) -> bool:
    """Whether this account ever followed a young person: a note is read by the structure of its author."""
    traces = (
        Suivi.agent_id == agent_id,
        ContactPrevu.agent_id == agent_id,
        Affectation.agent_id == agent_id,
        MembreEquipe.agent_id == agent_id,
    )
    return session.scalar(select(or_(*(exists().where(trace) for trace in traces))))


def _touch_all(session: Session, ids: Sequence[int]) -> int:
    for dossier_id in ids:
        touch(session, dossier_id)
    return len(ids)
