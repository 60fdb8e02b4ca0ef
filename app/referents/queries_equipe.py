"""Who is in the équipe de suivi of a dossier, who may be asked to join it, and whom the young person opposed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.parcours.models import Dossier
from app.referents.models import MembreEquipe
from app.referents.models_continuite import Opposition
from app.referents.queries import has_opposed, member_today
from app.referents.queries_reponse import sees_dossiers

PAR_PAGE = 50
_PAR = aliased(Agent)


def member_of(session: Session, dossier_id: int, agent_id: int, *, today: date) -> MembreEquipe | None:
    """The row by which this agent is a member today, as it is now."""
    query = select(MembreEquipe).where(
        MembreEquipe.dossier_id == dossier_id, MembreEquipe.agent_id == agent_id, *member_today(today)
    )
    return session.scalar(query.execution_options(populate_existing=True))


def members_of(session: Session, dossier_id: int, *, today: date) -> Sequence[Row]:
    """The équipe de suivi today, in the order of names: who, from where, for what, until when, what is agreed."""
    return session.execute(
        select(
            Agent.id.label("agent_id"),
            Agent.prenom,
            Agent.nom,
            Agent.structure_id,
            Structure.nom.label("structure"),
            MembreEquipe.depuis,
            MembreEquipe.echeance,
            MembreEquipe.finalite,
            MembreEquipe.sensibles,
            MembreEquipe.informe_le,
            MembreEquipe.informe_forme,
            MembreEquipe.accord,
            has_opposed(dossier_id, Agent.structure_id).label("oppose"),
        )
        .join(Agent, Agent.id == MembreEquipe.agent_id)
        .join(Structure, Structure.id == Agent.structure_id)
        .where(MembreEquipe.dossier_id == dossier_id, Agent.desactive_le.is_(None), *member_today(today))
        .order_by(Agent.nom, Agent.prenom, Agent.id)
    ).all()


def oppositions_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """The structures that the young person opposes today, the latest first: id, structure, depuis, and by whom."""
    return session.execute(
        select(
            Opposition.id,
            Structure.nom.label("structure"),
            Opposition.depuis,
            _PAR.prenom.label("par_prenom"),
            _PAR.nom.label("par_nom"),
        )
        .join(Structure, Structure.id == Opposition.structure_id)
        .outerjoin(_PAR, _PAR.id == Opposition.cree_par)
        .where(Opposition.dossier_id == dossier_id, Opposition.levee_le.is_(None))
        .order_by(Opposition.depuis.desc(), Structure.nom, Opposition.id)
    ).all()


def opposition_to(session: Session, dossier_id: int, structure_id: int) -> Opposition | None:
    """The opposition to this structure that holds."""
    return session.scalar(
        select(Opposition).where(
            Opposition.dossier_id == dossier_id, Opposition.structure_id == structure_id, Opposition.levee_le.is_(None)
        )
    )


def oppositions_since(session: Session, dossier_id: int, instant: datetime) -> Sequence[Opposition]:
    """Those that hold, noted at this instant or since, the first first."""
    held = (Opposition.dossier_id == dossier_id, Opposition.levee_le.is_(None), Opposition.cree_le >= instant)
    return session.scalars(select(Opposition).where(*held).order_by(Opposition.cree_le, Opposition.id)).all()


def opposed_structures(session: Session, ids: Sequence[int]) -> set[int]:
    """The structures that are opposed in any of these dossiers."""
    held = (Opposition.dossier_id.in_(ids), Opposition.levee_le.is_(None))
    return set(session.scalars(select(Opposition.structure_id).where(*held)))


def structures_to_ask(
    session: Session, dossier: Dossier, *, today: date, apres: int | None = None, limit: int = PAR_PAGE
) -> Sequence[Row]:
    """The open structures where somebody could be asked to join, in the order of names after the structure `apres`:
    id, nom, combien (agents who could), oppose. One more than `limit` when there are others.

    Without the structure that keeps the dossier, which comes before any page.
    """
    query = _structures(dossier.id, today).where(Structure.id != dossier.structure_id)
    if apres is not None:
        name = select(func.lower(Structure.nom)).where(Structure.id == apres).scalar_subquery()
        query = query.where(tuple_(func.lower(Structure.nom), Structure.id) > tuple_(name, apres))
    return session.execute(query.order_by(func.lower(Structure.nom), Structure.id).limit(limit + 1)).all()


def structure_to_ask(session: Session, dossier: Dossier, structure_id: int, *, today: date) -> Row | None:
    """The same row, for one structure; None when nobody there could be asked."""
    return session.execute(_structures(dossier.id, today).where(Structure.id == structure_id)).one_or_none()


def _structures(dossier_id: int, today: date) -> Select[Any]:
    return (
        select(
            Structure.id,
            Structure.nom,
            func.count(Agent.id).label("combien"),
            has_opposed(dossier_id, Structure.id).label("oppose"),
        )
        .join(Agent, Agent.structure_id == Structure.id)
        .where(Structure.fermee_le.is_(None), *_could_join(dossier_id, today))
        .group_by(Structure.id, Structure.nom)
    )


def agents_to_ask(
    session: Session,
    dossier: Dossier,
    *,
    structure_id: int,
    today: date,
    apres: int | None = None,
    limit: int = PAR_PAGE,
) -> Sequence[Row]:
    """Who could be asked in this structure, in the order of names after the agent `apres`: id, prenom, nom. One more
    than `limit` when there are others."""
    query = select(Agent.id, Agent.prenom, Agent.nom).where(
        Agent.structure_id == structure_id, *_could_join(dossier.id, today)
    )
    if apres is not None:
        name = select(func.lower(Agent.nom)).where(Agent.id == apres).scalar_subquery()
        query = query.where(tuple_(func.lower(Agent.nom), Agent.id) > tuple_(name, apres))
    return session.execute(query.order_by(func.lower(Agent.nom), Agent.id).limit(limit + 1)).all()


def _could_join(dossier_id: int, today: date) -> tuple[Any, ...]:
    """Active accounts that see dossiers, and are not in this équipe yet."""
    member = exists().where(
        MembreEquipe.dossier_id == dossier_id, MembreEquipe.agent_id == Agent.id, *member_today(today)
    )
    return sees_dossiers(), ~member
