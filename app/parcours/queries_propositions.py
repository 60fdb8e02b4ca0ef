"""The versions that wait, for the two people who wrote."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Agent
from app.parcours.models_propositions import Proposition
from app.parcours.vocabulaire_propositions import ObjetProposition


def propositions_of(session: Session, dossier_id: int, *, agent_id: int) -> Sequence[Row]:
    """(id, objet, ligne_id, cree_le, prenom, nom of who wrote it) of those that this agent is one of the two of."""
    columns = (Proposition.id, Proposition.objet, Proposition.ligne_id, Proposition.cree_le, Agent.prenom, Agent.nom)
    query = select(*columns).outerjoin(Agent, Agent.id == Proposition.auteur_id)
    mine = query.where(Proposition.dossier_id == dossier_id, _of(agent_id))
    return session.execute(mine.order_by(Proposition.cree_le, Proposition.id)).all()


def find_proposition(session: Session, dossier_id: int, proposition_id: UUID, *, agent_id: int) -> Proposition | None:
    """With its words, for one of the two."""
    return session.scalar(
        select(Proposition)
        .where(Proposition.dossier_id == dossier_id, Proposition.id == proposition_id, _of(agent_id))
        .options(undefer(Proposition.contenu))
    )


def waiting_for(session: Session, dossier_id: int, objet: ObjetProposition, ligne_id: UUID) -> int:
    """How many other versions of one row wait, whoever wrote them."""
    same = (Proposition.dossier_id == dossier_id, Proposition.objet == objet, Proposition.ligne_id == ligne_id)
    return session.scalar(select(func.count()).select_from(Proposition).where(*same)) or 0


def _of(agent_id: int) -> ColumnElement[bool]:
    return or_(Proposition.auteur_id == agent_id, Proposition.autre_id == agent_id)
