"""Reads of the accounts room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Agent, Installation, Structure
from app.accounts.vocabulaire import Role
from app.db.unit import Database


@lru_cache(maxsize=4)
def est_demonstration(database: Database) -> bool:
    """Whether `parcours demo` made this database. It can never begin to be nor cease: asked once a process."""
    with database.reading() as session:
        return session.scalar(select(Installation.demonstration)) is True


def database_answers(database: Database) -> bool:
    try:
        with database.reading() as session:
            return session.scalar(select(1)) == 1
    except SQLAlchemyError:
        return False


def agent_by_courriel(session: Session, courriel: str) -> Agent | None:
    """Any agent, even disabled; their structure loaded."""
    query = select(Agent).where(Agent.courriel == courriel.strip().lower()).options(joinedload(Agent.structure))
    return session.scalar(query)


def agent_by_id(session: Session, agent_id: int) -> Agent | None:
    return session.scalar(select(Agent).where(Agent.id == agent_id).options(joinedload(Agent.structure)))


def agent_to_change(session: Session, agent_id: int) -> Agent | None:
    """The same, its row locked until the commit, so that two edits cannot be read from the same version.

    Rows that name the agent may still be written meanwhile: a follow-up being noted does not wait for the account.
    """
    query = select(Agent).where(Agent.id == agent_id).options(joinedload(Agent.structure))
    locked = query.with_for_update(of=Agent, key_share=True)
    return session.scalar(locked.execution_options(populate_existing=True))


def other_administrators(session: Session, agent_id: int) -> int:
    """How many other active accounts administer; their rows locked, so that two cannot disable each other."""
    others = select(Agent.id).where(Agent.administrateur, Agent.desactive_le.is_(None), Agent.id != agent_id)
    return len(session.scalars(others.with_for_update(key_share=True)).all())


def page_of_agents(
    session: Session, *, structure_id: int | None = None, apres: int | None = None, limit: int = 50
) -> Sequence[Row]:
    """Agents in the order of their names after the agent `apres`; one more than `limit` when there is a next page."""
    query = _agents()
    if structure_id is not None:
        query = query.where(Agent.structure_id == structure_id)
    if apres is not None:
        query = query.where(_after(Agent, apres))
    return session.execute(query.order_by(func.lower(Agent.nom), Agent.id).limit(limit + 1)).all()


def search_agents(session: Session, *, texte: str, limit: int = 50) -> Sequence[Row]:
    """Agents whose name or address holds every word; one more than `limit` when there are others."""
    words = texte.split()
    found = [or_(*(column.icontains(word, autoescape=True) for column in _named())) for word in words]
    query = _agents().where(and_(*found)) if found else _agents()
    return session.execute(query.order_by(func.lower(Agent.nom), Agent.id).limit(limit + 1)).all()


def demonstration_agents(session: Session) -> dict[Role, Agent]:
    """For each role, who signs in by its button: the active agent who has it with the fewest other roles."""
    agents = session.scalars(select(Agent).where(Agent.desactive_le.is_(None)).order_by(Agent.id)).all()
    ranked = sorted(agents, key=lambda agent: (len(agent.roles), agent.id))
    return {role: agent for role in Role for agent in reversed(ranked) if role in agent.roles}


def page_of_structures(session: Session, *, apres: int | None = None, limit: int = 50) -> Sequence[Row]:
    """Structures in the order of their names after `apres`, with their active agents counted; one more if others."""
    agents = select(func.count()).where(Agent.structure_id == Structure.id, Agent.desactive_le.is_(None))
    columns = (Structure.id, Structure.nom, Structure.code, Structure.genre, Structure.fermee_le)
    query = select(*columns, agents.scalar_subquery().label("agents"))
    if apres is not None:
        query = query.where(_after(Structure, apres))
    return session.execute(query.order_by(func.lower(Structure.nom), Structure.id).limit(limit + 1)).all()


def open_structures(session: Session) -> Sequence[Row]:
    """(id, nom) of those that may receive agents."""
    query = select(Structure.id, Structure.nom).where(Structure.fermee_le.is_(None))
    return session.execute(query.order_by(func.lower(Structure.nom))).all()


def open_structures_named(session: Session, code: str | None) -> Sequence[Structure]:
    """Those that have this code; all of them without one."""
    query = select(Structure).where(Structure.fermee_le.is_(None))
    return session.scalars(query if code is None else query.where(Structure.code == code)).all()


def structure_by_id(session: Session, structure_id: int) -> Structure | None:
    return session.get(Structure, structure_id)


def structure_to_change(session: Session, structure_id: int) -> Structure | None:
    return session.get(Structure, structure_id, with_for_update={"key_share": True}, populate_existing=True)


def active_agents_of(session: Session, structure_id: int) -> int:
    here = (Agent.structure_id == structure_id, Agent.desactive_le.is_(None))
    return session.scalar(select(func.count()).select_from(Agent).where(*here)) or 0


def _agents() -> Select:
    return select(
        Agent.id,
        Agent.prenom,
        Agent.nom,
        Agent.courriel,
        Agent.desactive_le,
        Agent.derniere_connexion,
        *(getattr(Agent, role.value) for role in Role),
        Structure.nom.label("structure"),
    ).join(Agent.structure)


def _named() -> tuple:
    return Agent.prenom, Agent.nom, Agent.courriel


def _after(table: type[Agent] | type[Structure], last: int) -> ColumnElement[bool]:
    """What comes after the row `last` in the order of names."""
    name = select(func.lower(table.nom)).where(table.id == last).scalar_subquery()
    return tuple_(func.lower(table.nom), table.id) > tuple_(name, last)
