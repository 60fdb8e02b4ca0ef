"""Requests about a dossier that one does not see: who answers them, those that an agent received, those they made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, ScalarSelect, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Agent, Structure
from app.db.types import Identifiant, Instant
from app.parcours.models import Dossier, Etat
from app.referents.models_demandes import DemandeEquipe
from app.referents.queries import covered_by, has_opposed, named, visible_ids
from app.referents.queries_reponse import unanswered
from app.referents.rules_equipe import lapsed_since, waits_since
from app.referents.vocabulaire import StatutDemandeEquipe

DEMANDES_AU_PLUS = 50
_DEMANDE = DemandeEquipe.__table__.c
_WAITS = DemandeEquipe.statut == StatutDemandeEquipe.EN_ATTENTE


@dataclass(frozen=True, slots=True)
class Regard:
    """Who looks, and when: values, or the parameters of a statement built once. `tard`: what was made then has waited
    too long for its référent alone; `fini`: it has lapsed."""

    agent_id: Any
    structure_id: Any
    today: Any
    tard: Any
    fini: Any
    coordinateur: bool

    @classmethod
    def of(cls, agent: Agent, today: date, now: datetime) -> Regard:
        times = waits_since(now), lapsed_since(now)
        return cls(agent.id, agent.structure_id, today, *times, agent.coordinateur)


def answers_requests(regard: Regard, *, cree_le: Any, waits: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether they answer a request made at `cree_le` about the dossier of Dossier and Etat.

    Its référent, and who covers them today; the coordinateur of its structure when nobody answers for it, or when the
    request still `waits` after `rules_equipe.SANS_REPONSE` days.
    """
    theirs = or_(Etat.referent_id == regard.agent_id, Etat.referent_id.in_(covered_by(regard.agent_id, regard.today)))
    welcome = and_(theirs, ~has_opposed(Dossier.id, regard.structure_id))
    if not regard.coordinateur:
        return welcome
    left = or_(unanswered(regard.today), and_(waits, cree_le <= regard.tard))
    return or_(welcome, and_(Dossier.structure_id == regard.structure_id, left))


def to_join(session: Session, code: str, *, agent: Agent) -> Row | None:
    """id, uid and code of the open dossier of this code, unless the young person opposed the agent's structure."""
    welcome = (Dossier.clos_le.is_(None), ~has_opposed(Dossier.id, agent.structure_id))
    return session.execute(
        select(Dossier.id, Dossier.uid, Dossier.code).where(Dossier.id == named(code), *welcome)
    ).one_or_none()


def standing(session: Session, *, agent: Agent, code: str, dossier_id: int | None) -> DemandeEquipe | None:
    """The request of `agent` that waits, by this code, else about this dossier."""
    # nobody's id is no dossier's: two codes of nobody are two requests
    same = or_(DemandeEquipe.code_dit == code, DemandeEquipe.dossier_id == (dossier_id or 0))
    mine = select(DemandeEquipe).where(DemandeEquipe.demandeur_id == agent.id, _WAITS, same)
    return session.scalar(mine.order_by(case((DemandeEquipe.code_dit == code, 0), else_=1)).limit(1))


def load_waiting(
    session: Session, demande_id: UUID, *, agent: Agent, today: date, now: datetime
) -> tuple[DemandeEquipe, str] | None:
    """A request that waits for the answer of `agent`, and the code of its dossier; None for anybody else's."""
    query = (
        select(DemandeEquipe, Dossier.code)
        .join(Dossier, Dossier.id == DemandeEquipe.dossier_id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .where(DemandeEquipe.id == demande_id, *_received(Regard.of(agent, today, now)))
        .options(undefer(DemandeEquipe.mots))
        .execution_options(populate_existing=True)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def waiting_requests(session: Session, *, agent: Agent, today: date, now: datetime) -> Sequence[Row]:
    """Those that wait for the answer of `agent`, the oldest first: the request, its sealed `mots`, who asks, and the
    dossier_id, uid and code of the dossier."""
    columns = (
        DemandeEquipe.id,
        DemandeEquipe.cree_le,
        DemandeEquipe.finalite,
        DemandeEquipe.echeance,
        _DEMANDE.mots,
        Dossier.id.label("dossier_id"),
        Dossier.uid,
        Dossier.code,
        Agent.prenom,
        Agent.nom,
        Agent.courriel,
        Structure.nom.label("structure"),
    )
    query = _asked(select(*columns), Regard.of(agent, today, now))
    return session.execute(query.order_by(DemandeEquipe.cree_le, DemandeEquipe.id).limit(DEMANDES_AU_PLUS)).all()


def count_late(session: Session, *, agent: Agent, today: date, now: datetime) -> int:
    """How many requests about the structure's dossiers have waited too long; for who coordinates it."""
    query = _asked(select(func.count(DemandeEquipe.id)), Regard.of(agent, today, now))
    late = (Dossier.structure_id == agent.structure_id, DemandeEquipe.cree_le <= waits_since(now))
    return session.scalar(query.where(*late)) or 0


def count_requests(coordinateur: bool) -> ScalarSelect[int]:
    """How many `waiting_requests` lists, of the parameters `agent_id`, `structure_id`, `today` and those of
    `request_times`: every page asks it."""
    regard = Regard(
        bindparam("agent_id", type_=Identifiant),
        bindparam("structure_id", type_=Identifiant),
        bindparam("today", type_=Date()),
        bindparam("demande_tard", type_=Instant()),
        bindparam("demande_finie", type_=Instant()),
        coordinateur,
    )
    return _asked(select(func.count(DemandeEquipe.id)), regard).scalar_subquery()


def request_times(now: datetime) -> dict[str, datetime]:
    """The parameters of `count_requests` that no other statement has."""
    return {"demande_tard": waits_since(now), "demande_finie": lapsed_since(now)}


def _asked(query: Select[Any], regard: Regard) -> Select[Any]:
    return (
        query.select_from(DemandeEquipe)
        .join(Dossier, Dossier.id == DemandeEquipe.dossier_id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .join(Agent, Agent.id == DemandeEquipe.demandeur_id)
        .join(Structure, Structure.id == Agent.structure_id)
        .where(Agent.desactive_le.is_(None), *_received(regard))
    )


def _received(regard: Regard) -> tuple[ColumnElement[bool], ...]:
    """What waits for this agent's answer, and has not lapsed."""
    still = and_(_WAITS, DemandeEquipe.cree_le > regard.fini, Dossier.clos_le.is_(None))
    # nobody lets themselves in
    still = and_(still, DemandeEquipe.demandeur_id != regard.agent_id)
    return still, answers_requests(regard, cree_le=DemandeEquipe.cree_le, waits=_WAITS)


@dataclass(frozen=True, slots=True)
class Faite:
    """What its author sees of a request: the code they typed, and an answer. Neither whether the code is anybody's,
    nor who answered, nor why. `code`: the dossier, while they see it."""

    cree_le: datetime
    code_dit: str
    finalite: Any
    acceptee: bool
    finie: bool
    code: str | None


def own_requests(session: Session, *, agent: Agent, today: date, now: datetime) -> list[Faite]:
    """The latest first. One that lapsed, one about nobody and one that an opposition settled end alike, and then."""
    seen = Dossier.id.in_(visible_ids(agent, today))
    rows = session.execute(
        select(DemandeEquipe, Dossier.code)
        .outerjoin(Dossier, and_(Dossier.id == DemandeEquipe.dossier_id, seen))
        .where(DemandeEquipe.demandeur_id == agent.id)
        .order_by(DemandeEquipe.cree_le.desc(), DemandeEquipe.id)
        .limit(DEMANDES_AU_PLUS)
    )
    return [_told(demande, code, now) for demande, code in rows]


def _told(demande: DemandeEquipe, code: str | None, now: datetime) -> Faite:
    accepted = demande.statut is StatutDemandeEquipe.ACCEPTEE
    refused = demande.statut is StatutDemandeEquipe.REFUSEE
    # settled otherwise than by an answer, it must not tell that there was something to settle
    over = not accepted and (refused or demande.cree_le <= lapsed_since(now))
    return Faite(demande.cree_le, demande.code_dit, demande.finalite, accepted, over, code if accepted else None)
