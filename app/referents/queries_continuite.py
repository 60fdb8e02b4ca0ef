"""What the coordinateur of a structure must find somebody for: the dossiers for which nobody answers today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent
from app.db.sql import code, number, paris_day
from app.parcours.models import Dossier, Etat, Reouverture
from app.programme.models import Territoire
from app.referents.models import Affectation
from app.referents.models_continuite import Absence, Opposition
from app.referents.queries import absent_today
from app.referents.queries_reponse import told_today, unanswered, vacancy
from app.referents.vocabulaire import Vacance


@dataclass(frozen=True, slots=True, order=True)
class Curseur:
    """The last line of a page: the next one begins after it."""

    depuis: date
    dossier_id: int


@dataclass(frozen=True, slots=True)
class Laisses:
    """Why dossiers have nobody today, whose they are, and how many; `agent_id` is null without a référent.

    `absence_id`, `jusqu_au` and `suppleant`: of the absence of today, the suppléant being away too or closed.
    """

    vacance: Vacance
    dossiers: int
    agent_id: int | None
    prenom: str | None
    nom: str | None
    structure_id: int | None
    absence_id: UUID | None
    jusqu_au: date | None
    suppleant: str | None

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}"


@dataclass(frozen=True, slots=True)
class Bilan:
    """The open dossiers of a structure today: all, those that a suppléant answers for, those left to nobody."""

    ouverts: int
    supplees: int
    laisses: Sequence[Laisses]

    @property
    def sans_reponse(self) -> int:
        return sum(groupe.dossiers for groupe in self.laisses)


def balance(session: Session, *, agent: Agent, today: date) -> Bilan:
    """Of the structure that `agent` coordinates, in one statement. Groups by name, without référent first."""
    counted = _counted(agent, today).subquery()
    suppleant = aliased(Agent)
    rows = session.execute(
        select(
            counted.c.vacance,
            counted.c.supplee,
            counted.c.dossiers,
            counted.c.agent_id,
            Agent.prenom,
            Agent.nom,
            Agent.structure_id,
            Absence.id.label("absence_id"),
            Absence.jusqu_au,
            (suppleant.prenom + " " + suppleant.nom).label("suppleant"),
        )
        .outerjoin_from(counted, Agent, Agent.id == counted.c.agent_id)
        .outerjoin(Absence, and_(Absence.agent_id == Agent.id, *absent_today(today)))
        .outerjoin(suppleant, suppleant.id == Absence.suppleant_id)
        .order_by(Agent.nom, Agent.prenom, counted.c.agent_id, counted.c.vacance)
    ).all()
    left = [Laisses(Vacance(row.vacance), row.dossiers, *row[3:]) for row in rows if row.vacance is not None]
    left.sort(key=lambda groupe: groupe.agent_id is not None)
    covered = sum(row.dossiers for row in rows if row.vacance is None and row.supplee)
    return Bilan(sum(row.dossiers for row in rows), covered, left)


def dossiers_unanswered(
    session: Session, *, agent: Agent, today: date, limit: int, after: Curseur | None = None
) -> Sequence[Row]:
    """The open dossiers of the structure that `agent` coordinates for which nobody answers, the oldest first.

    `depuis` is the day of it: the last affectation ended, the dossier was opened (again), the account of the référent
    was disabled, their absence began, or the young person opposed their structure.
    Rows: id, uid, code, annee_naissance, territoire, situation, situation_depuis, depuis, vacance, jusqu_au, and the
    name of the référent, if any: prenom, nom.
    """
    waiting = _waiting(agent, today).subquery()
    query = (
        select(waiting, Territoire.nom.label("territoire"))
        .join(Territoire, Territoire.id == waiting.c.territoire_id)
        .order_by(waiting.c.depuis, waiting.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(waiting.c.depuis, waiting.c.id) > tuple_(after.depuis, after.dossier_id))
    return session.execute(query).all()


def count_unanswered(session: Session, *, agent: Agent, today: date) -> int:
    """How many `dossiers_unanswered` lists."""
    query = select(func.count()).select_from(Dossier).join(Etat, Etat.dossier_id == Dossier.id)
    return session.scalar(query.where(*_left(agent, today))) or 0


def _counted(agent: Agent, today: date) -> Select:
    """How many open dossiers, by what becomes of them and, of those left to nobody, by référent."""
    why = vacancy(today)
    supplee = case((told_today(today) != Etat.referent_id, number(1)), else_=number(0))
    each = (
        select(
            why.label("vacance"), supplee.label("supplee"), case((why.is_not(None), Etat.referent_id)).label("agent_id")
        )
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .where(Dossier.structure_id == agent.structure_id, Dossier.clos_le.is_(None))
        .subquery()
    )
    return select(*each.c, func.count().label("dossiers")).group_by(*each.c)


def _left(agent: Agent, today: date) -> tuple[ColumnElement[bool], ...]:
    return Dossier.structure_id == agent.structure_id, Dossier.clos_le.is_(None), unanswered(today)


def _waiting(agent: Agent, today: date) -> Select:
    why = vacancy(today)
    since = case(
        (why == code(Vacance.SANS_REFERENT), _alone_since()),
        (why == code(Vacance.COMPTE_FERME), paris_day(Agent.desactive_le)),
        (why == code(Vacance.ABSENT), Absence.depuis),
        else_=_opposed_since(),
    )
    return (
        select(
            Dossier.id,
            Dossier.uid,
            Dossier.code,
            Dossier.annee_naissance,
            Dossier.territoire_id,
            Etat.situation,
            Etat.situation_depuis,
            since.label("depuis"),
            why.label("vacance"),
            Absence.jusqu_au,
            Agent.prenom,
            Agent.nom,
        )
        .join(Etat, Etat.dossier_id == Dossier.id)
        .outerjoin(Agent, Agent.id == Etat.referent_id)
        .outerjoin(Absence, and_(Absence.agent_id == Agent.id, *absent_today(today)))
        .where(*_left(agent, today))
    )


def _alone_since() -> ColumnElement[date]:
    ended = _of_dossier(select(paris_day(func.max(Affectation.fin))), Affectation.dossier_id)
    reopened = _of_dossier(select(func.max(Reouverture.rouvert_le)), Reouverture.dossier_id)
    opened = func.coalesce(reopened, Dossier.ouvert_le)
    return case((ended >= opened, ended), else_=opened)


def _opposed_since() -> ColumnElement[date]:
    theirs = (Opposition.structure_id == Agent.structure_id, Opposition.levee_le.is_(None))
    since = select(func.max(Opposition.depuis)).where(Opposition.dossier_id == Dossier.id, *theirs)
    return since.correlate(Dossier, Agent).scalar_subquery()


def _of_dossier(query: Select, column: ColumnElement[int]) -> ColumnElement[date]:
    return query.where(column == Dossier.id).correlate(Dossier).scalar_subquery()
