"""Who may see which dossier, and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Date, Row, Select, bindparam, exists, false, or_, select, union
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.base import ExecutableOption

from app.accounts.models import Agent, Structure
from app.accounts.policies import Permission, permissions_of
from app.db.types import Identifiant
from app.parcours.models import Dossier, Etat
from app.referents.models import Affectation, MembreEquipe
from app.referents.vocabulaire import Relation


@dataclass(frozen=True, slots=True)
class DossierVisible:
    """A dossier that this agent may see, its state row, and what the agent is to it."""

    dossier: Dossier
    etat: Etat
    relation: Relation


def visible_clause(agent: Agent, today: date) -> ColumnElement[bool]:
    """What `agent` may see, as a predicate over Dossier joined to Etat: for a query that starts from a dossier.

    Référent, member of the équipe today, or coordinateur of the dossier's structure (DESIGN §1). A query that
    lists starts from `visible_ids`, which costs what the agent may see.
    """
    if not _sees_dossiers(agent):
        return false()
    return _visible(agent.id, today, agent.structure_id if agent.coordinateur else None)


def _visible(agent_id: Any, today: Any, structure_id: Any | None) -> ColumnElement[bool]:
    """From values or from parameters; `structure_id` for a coordinateur alone."""
    of_structure = [] if structure_id is None else [Dossier.structure_id == structure_id]
    return or_(Etat.referent_id == agent_id, _is_member(agent_id, today), *of_structure)


def visible_ids(agent: Agent, today: date) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    """The ids of the dossiers that `visible_clause` accepts, each found by an index; to use in `id.in_(…)`."""
    if not _sees_dossiers(agent):
        return select(Dossier.id).where(false())
    branches = [_followed(agent), _shared(agent, today)]
    if agent.coordinateur:
        branches.append(select(Dossier.id).where(Dossier.structure_id == agent.structure_id))
    return union(*branches)


def answered_ids(agent: Agent, today: date) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    """The ids of the dossiers that `agent` answers for today; to use in `id.in_(…)`."""
    return _followed(agent) if _sees_dossiers(agent) else select(Dossier.id).where(false())


@lru_cache(maxsize=2)
def _visible_by_code(coordinateur: bool) -> Select[Any]:
    """Built once: nearly every page begins with it."""
    agent_id, today = bindparam("agent_id", type_=Identifiant), bindparam("today", type_=Date())
    structure_id = bindparam("structure_id", type_=Identifiant) if coordinateur else None
    return (
        select(Dossier, Etat, _is_member(agent_id, today))
        .join(Etat, Etat.dossier_id == Dossier.id)
        .where(Dossier.code == bindparam("code"), _visible(agent_id, today, structure_id))
    )


def load_visible(
    session: Session, code: str, *, agent: Agent, today: date, options: Sequence[ExecutableOption] = ()
) -> DossierVisible | None:
    """The one way to reach a dossier, in one statement; None when it does not exist or is not theirs to see."""
    if not _sees_dossiers(agent):
        return None
    given = {"code": code, "agent_id": agent.id, "structure_id": agent.structure_id, "today": today}
    query = _visible_by_code(agent.coordinateur)
    row = session.execute(query.options(*options) if options else query, given).one_or_none()
    if row is None:
        return None
    dossier, etat, is_member = row
    relation = Relation.MEMBRE if is_member else Relation(0)
    if etat.referent_id == agent.id:
        relation |= Relation.REFERENT
    if agent.coordinateur and dossier.structure_id == agent.structure_id:
        relation |= Relation.COORDINATEUR
    return DossierVisible(dossier, etat, relation)


def open_affectation(session: Session, dossier_id: int) -> Affectation | None:
    """The current one; its note stays sealed and unloaded."""
    return session.scalar(select(Affectation).where(Affectation.dossier_id == dossier_id, Affectation.fin.is_(None)))


_PAR = aliased(Agent)
_AFFECTATIONS = (
    select(
        Affectation.id,
        Affectation.debut,
        Affectation.fin,
        Affectation.motif,
        Affectation.agent_id,
        Agent.prenom,
        Agent.nom,
        Agent.desactive_le,
        Structure.nom.label("structure"),
        _PAR.prenom.label("par_prenom"),
        _PAR.nom.label("par_nom"),
        Affectation.__table__.c.note,
    )
    .join(Agent, Agent.id == Affectation.agent_id)
    .join(Structure, Structure.id == Agent.structure_id)
    .outerjoin(_PAR, _PAR.id == Affectation.par_id)
    .where(Affectation.dossier_id == bindparam("dossier_id"))
    .order_by(Affectation.debut.desc())
)


def affectations_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """Every référent this dossier had, newest first: who, from where, when, why, by whom, and the sealed note."""
    return session.execute(_AFFECTATIONS, {"dossier_id": dossier_id}).all()


def team_of(session: Session, dossier_id: int, *, today: date) -> Sequence[Row]:
    """The équipe de suivi today: agent_id, prenom, nom, structure, depuis, in the order of names."""
    return session.execute(
        select(
            Agent.id.label("agent_id"), Agent.prenom, Agent.nom, Structure.nom.label("structure"), MembreEquipe.depuis
        )
        .join(Agent, Agent.id == MembreEquipe.agent_id)
        .join(Structure, Structure.id == Agent.structure_id)
        .where(MembreEquipe.dossier_id == dossier_id, *_today(today))
        .order_by(Agent.nom, Agent.prenom, Agent.id)
    ).all()


def possible_referents(session: Session, *, structure_id: int, sauf: int | None = None) -> Sequence[Row]:
    """Who may become référent: active accounts with the role, those of `structure_id` first; `sauf` is left out.

    Rows: id, prenom, nom, structure_id, structure.
    """
    query = (
        select(Agent.id, Agent.prenom, Agent.nom, Agent.structure_id, Structure.nom.label("structure"))
        .join(Structure, Structure.id == Agent.structure_id)
        .where(Agent.referent, Agent.desactive_le.is_(None), Structure.fermee_le.is_(None))
        .order_by(Agent.structure_id != structure_id, Structure.nom, Agent.structure_id, Agent.nom, Agent.prenom)
    )
    return session.execute(query if sauf is None else query.where(Agent.id != sauf)).all()


def handed_over_already(session: Session, code: str, *, affectation_id: UUID, agent: Agent) -> bool:
    """Whether `agent` made this affectation: a form sent twice, whose author no longer sees the dossier."""
    return session.scalar(
        select(
            exists().where(
                Affectation.id == affectation_id,
                Affectation.par_id == agent.id,
                Affectation.dossier_id == Dossier.id,
                Dossier.code == code,
            )
        )
    )


def _sees_dossiers(agent: Agent) -> bool:
    return agent.desactive_le is None and Permission.VOIR_SES_DOSSIERS in permissions_of(agent.roles)


def _followed(agent: Agent) -> Select[tuple[int]]:
    return select(Etat.dossier_id).where(Etat.referent_id == agent.id)


def _shared(agent: Agent, today: date) -> Select[tuple[int]]:
    return select(MembreEquipe.dossier_id).where(MembreEquipe.agent_id == agent.id, *_today(today))


def _is_member(agent_id: Any, today: Any) -> ColumnElement[bool]:
    return exists().where(MembreEquipe.dossier_id == Dossier.id, MembreEquipe.agent_id == agent_id, *_today(today))


def _today(today: Any) -> tuple[ColumnElement[bool], ...]:
    # an end is written on the day it takes effect, so a member is one without an end: the partial index says so
    return MembreEquipe.jusqu_au.is_(None), MembreEquipe.depuis <= today
