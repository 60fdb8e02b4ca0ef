"""What may be spread, over whom, and what was: the dossiers of one référent or of nobody, who could take them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent
from app.db.sql import among, ids_parameter, texts_parameter
from app.parcours.models import Dossier, Etat
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_repartition import LigneRepartition, Repartition
from app.referents.queries import has_opposed, member_today, merged
from app.referents.queries_receveurs import with_absence
from app.referents.rules_repartition import Donne, fate
from app.referents.vocabulaire import SuiteRepartition

_DE, _PAR = aliased(Agent), aliased(Agent)


@dataclass(frozen=True, slots=True)
class RepereRepartition:
    """The last line of a page: the next one begins after it."""

    cree_le: datetime
    repartition_id: UUID


def dossiers_of_caseload(session: Session, *, structure_id: int, de_id: int | None, limit: int) -> Sequence[Row]:
    """The open dossiers of this structure whose référent is `de_id`, or that have none; in the order of ids.

    Rows: id, uid, code, intensite, opposee (the young person opposed the structure), total (before `limit`).
    """
    columns = (Dossier.id, Dossier.uid, Dossier.code, Dossier.intensite)
    opposee = has_opposed(Dossier.id, structure_id).label("opposee")
    query = select(*columns, opposee, func.count().over().label("total")).join(Etat, Etat.dossier_id == Dossier.id)
    return session.execute(query.where(*_caseload(structure_id, de_id)).order_by(Dossier.id).limit(limit)).all()


def caseloads(session: Session, structure_id: int) -> Sequence[Row]:
    """Who answers for open dossiers of this structure, those of nobody first, then by name: agent_id, prenom, nom,
    desactive_le, dossiers."""
    held = (
        select(Etat.referent_id, func.count().label("dossiers"))
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .where(Dossier.structure_id == structure_id, Dossier.clos_le.is_(None), ~merged(Dossier.id))
        .group_by(Etat.referent_id)
        .subquery()
    )
    names = (Agent.prenom, Agent.nom, Agent.desactive_le)
    return session.execute(
        select(held.c.referent_id.label("agent_id"), *names, held.c.dossiers)
        .outerjoin_from(held, Agent, Agent.id == held.c.referent_id)
        .order_by(Agent.id.is_not(None), Agent.nom, Agent.prenom, Agent.id)
    ).all()


def receivers(session: Session, *, structure_id: int, sauf: int | None, today: date) -> Sequence[Row]:
    """The active référents of this structure, by name, but `sauf`: id, prenom, nom, absent_jusqu_au, and `seul`: away
    today, and nobody who is there covers them."""
    query = with_absence(
        select(Agent.id, Agent.prenom, Agent.nom)
        .where(Agent.structure_id == structure_id, Agent.referent, Agent.desactive_le.is_(None))
        .order_by(Agent.nom, Agent.prenom, Agent.id),
        today,
    )
    return session.execute(query if sauf is None else query.where(Agent.id != sauf)).all()


def names_here(session: Session, agents: Collection[int], *, structure_id: int) -> dict[int, str]:
    """Of those of these agents who are of this structure, whatever became of their accounts."""
    query = select(Agent.id, _name(Agent)).where(Agent.structure_id == structure_id)
    rows = session.execute(query.where(among(Agent.id, ids_parameter("ids"))), {"ids": sorted(set(agents))})
    return dict(rows.all())


def teams_among(
    session: Session, ids: Collection[int], agents: Collection[int], *, today: date
) -> Mapping[int, frozenset[int]]:
    """Of each of these dossiers, who among `agents` is in its équipe today."""
    rows = session.execute(
        select(MembreEquipe.dossier_id, MembreEquipe.agent_id).where(
            among(MembreEquipe.dossier_id, ids_parameter("ids")),
            among(MembreEquipe.agent_id, ids_parameter("agents")),
            *member_today(today),
        ),
        {"ids": sorted(ids), "agents": sorted(agents)},
    )
    teams: dict[int, frozenset[int]] = {}
    for dossier_id, agent_id in rows:
        teams[dossier_id] = teams.get(dossier_id, frozenset()) | {agent_id}
    return teams


def opposed_to(session: Session, ids: Collection[int], structure_id: int) -> frozenset[int]:
    """Those of these dossiers whose young person opposed this structure."""
    query = select(Dossier.id).where(among(Dossier.id, ids_parameter("ids")), has_opposed(Dossier.id, structure_id))
    return frozenset(session.scalars(query, {"ids": sorted(ids)}))


def open_affectations(session: Session, ids: Collection[int]) -> dict[int, Affectation]:
    """The one of each of these dossiers that has one, as it is now."""
    query = select(Affectation).where(among(Affectation.dossier_id, ids_parameter("ids")), Affectation.fin.is_(None))
    rows = session.scalars(query.execution_options(populate_existing=True), {"ids": sorted(ids)})
    return {row.dossier_id: row for row in rows}


def last_ends(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """When the last affectation of each of these dossiers ended, for those that had one."""
    query = select(Affectation.dossier_id, func.max(Affectation.fin)).group_by(Affectation.dossier_id)
    rows = session.execute(query.where(among(Affectation.dossier_id, ids_parameter("ids"))), {"ids": sorted(ids)})
    return {dossier_id: fin for dossier_id, fin in rows if fin is not None}


def answering_now(session: Session, codes: Collection[str], *, structure_id: int) -> Sequence[Row]:
    """What became of these dossiers of this structure: code, clos_le, prenom and nom of their référent, if any."""
    return session.execute(
        select(Dossier.code, Dossier.clos_le, Agent.prenom, Agent.nom)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .outerjoin(Agent, Agent.id == Etat.referent_id)
        .where(Dossier.structure_id == structure_id, among(Dossier.code, texts_parameter("codes")))
        .order_by(Dossier.code),
        {"codes": sorted(codes)},
    ).all()


def recent_repartitions(
    session: Session, structure_id: int, *, limit: int, after: RepereRepartition | None = None
) -> Sequence[Row]:
    """Those of this structure, the last one first: the Repartition; de, par: names; dossiers, agents: how many."""
    query = _described().where(Repartition.structure_id == structure_id)
    if after is not None:
        place = (Repartition.cree_le, Repartition.id)
        reached = zip((after.cree_le, after.repartition_id), place, strict=True)
        query = query.where(tuple_(*place) < tuple_(*(literal(value, column.type) for value, column in reached)))
    return session.execute(query.order_by(Repartition.cree_le.desc(), Repartition.id.desc()).limit(limit)).all()


def repartition_shown(session: Session, repartition_id: UUID, *, structure_id: int) -> Row | None:
    """One of them; a row of `recent_repartitions`."""
    theirs = (Repartition.id == repartition_id, Repartition.structure_id == structure_id)
    return session.execute(_described().where(*theirs)).one_or_none()


def was_spread(session: Session, affectation_id: UUID) -> bool:
    """Whether this affectation was made with others, in one act."""
    return session.scalar(select(exists().where(LigneRepartition.affectation_id == affectation_id)))


def lines_of(session: Session, repartition: Repartition) -> Sequence[Row]:
    """Its dossiers that are left, by the name of who received them then by code: the LigneRepartition; id, uid, code,
    agent_id, prenom, nom (of the receiver), courante_id and courant (who answers now), accusee_le, clos_le."""
    courante, courant = aliased(Affectation), aliased(Agent)
    is_open = and_(courante.dossier_id == Dossier.id, courante.fin.is_(None))
    return session.execute(
        select(
            LigneRepartition,
            Dossier.id,
            Dossier.uid,
            Dossier.code,
            Dossier.clos_le,
            Agent.id.label("agent_id"),
            Agent.prenom,
            Agent.nom,
            courante.id.label("courante_id"),
            courante.accusee_le,
            _name(courant).label("courant"),
        )
        .join(Dossier, Dossier.id == LigneRepartition.dossier_id)
        .join(Affectation, Affectation.id == LigneRepartition.affectation_id)
        .join(Agent, Agent.id == Affectation.agent_id)
        .outerjoin(courante, is_open)
        .outerjoin(courant, courant.id == courante.agent_id)
        .where(LigneRepartition.repartition_id == repartition.id)
        .order_by(Agent.nom, Agent.prenom, Agent.id, Dossier.code)
        .execution_options(populate_existing=True)
    ).all()


def fates(session: Session, repartition: Repartition, lines: Sequence[Row]) -> dict[int, SuiteRepartition]:
    """What taking the whole back would do to each of its dossiers, by id. `lines`: those of `lines_of`."""
    former = (
        repartition.de_id
        and session.execute(
            select(Agent.desactive_le, Agent.referent, Agent.structure_id).where(Agent.id == repartition.de_id)
        ).one()
    )
    able = bool(former) and former.desactive_le is None and former.referent
    opposed = opposed_to(session, [line.id for line in lines], former.structure_id) if able else frozenset()
    return {
        line.id: fate(
            Donne(
                line.LigneRepartition.affectation_id,
                line.courante_id,
                line.accusee_le is not None,
                able and line.id not in opposed,
            )
        )
        for line in lines
    }


def _caseload(structure_id: int, de_id: int | None) -> tuple[ColumnElement[bool], ...]:
    whose = Etat.referent_id.is_(None) if de_id is None else Etat.referent_id == de_id
    return Dossier.structure_id == structure_id, Dossier.clos_le.is_(None), ~merged(Dossier.id), whose


def _name(agent: Any) -> ColumnElement[str]:
    return agent.prenom + " " + agent.nom


def _described() -> Select[Any]:
    lines = select(func.count()).where(LigneRepartition.repartition_id == Repartition.id)
    given = (
        select(func.count(Affectation.agent_id.distinct()))
        .join(LigneRepartition, LigneRepartition.affectation_id == Affectation.id)
        .where(LigneRepartition.repartition_id == Repartition.id)
    )
    return (
        select(
            Repartition,
            _name(_DE).label("de"),
            _name(_PAR).label("par"),
            lines.correlate(Repartition).scalar_subquery().label("dossiers"),
            given.correlate(Repartition).scalar_subquery().label("agents"),
        )
        .outerjoin(_DE, _DE.id == Repartition.de_id)
        .join(_PAR, _PAR.id == Repartition.par_id)
    )
