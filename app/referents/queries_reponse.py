"""Who answers for a dossier today: its référent, who covers them, the coordinateurs of its structure; and whether
nobody does, of which `unanswered` is the one definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent
from app.accounts.policies import PERMISSIONS, Permission
from app.db.sql import code
from app.parcours.models import Dossier, Etat
from app.referents.models_continuite import Absence, Opposition
from app.referents.queries import absent_today, has_opposed, merged
from app.referents.vocabulaire import Relation, Vacance

_ROLES = [role.value for role, held in PERMISSIONS.items() if Permission.VOIR_SES_DOSSIERS in held]
_absence, _suppleant, _encore = aliased(Absence), aliased(Agent), aliased(Absence)


@dataclass(frozen=True, slots=True)
class Repondant:
    """An active agent who answers for a dossier, and as what."""

    agent_id: int
    prenom: str
    nom: str
    courriel: str
    telephone: str | None
    relation: Relation

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}"


def answering(session: Session, dossier: Dossier, *, today: date) -> Sequence[Repondant]:
    """Those who answer for `dossier` today, active accounts only: référent first, then suppléant, then coordinateurs.

    An absent référent is among them: being away is no reason not to know. Nobody comes twice.
    """
    rank = {Relation.REFERENT: 0, Relation.SUPPLEANT: 1, Relation.COORDINATEUR: 2}
    state = Etat.dossier_id == dossier.id
    parts = [
        select(Etat.referent_id.label("agent_id"), literal(0).label("rang")).where(state),
        select(Absence.suppleant_id, literal(1))
        .join(Etat, Etat.referent_id == Absence.agent_id)
        .where(state, *absent_today(today)),
        select(Agent.id, literal(2)).where(Agent.coordinateur, Agent.structure_id == dossier.structure_id),
    ]
    who = union_all(*parts).subquery()
    columns = (Agent.id, Agent.prenom, Agent.nom, Agent.courriel, Agent.telephone, who.c.rang)
    rows = session.execute(
        select(*columns)
        .join(who, who.c.agent_id == Agent.id)
        .where(Agent.desactive_le.is_(None), ~has_opposed(dossier.id, Agent.structure_id))
        .order_by(who.c.rang, Agent.nom, Agent.prenom, Agent.id)
    ).all()
    relations = {place: relation for relation, place in rank.items()}
    found: dict[int, Repondant] = {}
    for row in rows:
        found.setdefault(row.id, Repondant(*row[:-1], relations[row.rang]))
    return list(found.values())


def sees_dossiers(agent: Any = Agent) -> ColumnElement[bool]:
    """Whether an account is open and its roles see dossiers."""
    return and_(agent.desactive_le.is_(None), or_(*(getattr(agent, role) for role in _ROLES)))


def absent_ids(today: Any) -> Select[tuple[int]]:
    """The agents who are away today; to use in `id.in_(…)`."""
    return select(_encore.agent_id).where(*absent_today(today, _encore)).correlate(None)


def uncoordinated_without(session: Session, agent: Agent) -> int:
    """How many open dossiers of their structure nobody would coordinate without `agent`; 0 when a colleague does."""
    if not agent.coordinateur or agent.desactive_le is not None:
        return 0
    colleague = select(Agent.id).where(
        Agent.structure_id == agent.structure_id, Agent.coordinateur, Agent.desactive_le.is_(None), Agent.id != agent.id
    )
    theirs = (Dossier.structure_id == agent.structure_id, Dossier.clos_le.is_(None), ~merged(Dossier.id))
    return session.scalar(select(func.count(Dossier.id)).where(*theirs, ~colleague.exists())) or 0


def unanswered(today: Any) -> ColumnElement[bool]:
    """Whether nobody answers today for the dossier of Etat.

    It has no référent, or one whose account is closed; or one who is away and whom nobody covers who is there. Whoever
    is of a structure that the young person opposed does not answer for them. Coordinateurs are whom it then goes to.
    """
    away = and_(Etat.referent_id.in_(absent_ids(today)), ~_is_covered(today))
    return or_(Etat.referent_id.is_(None), Etat.referent_id.in_(_closed()), away, has_opposed_referent())


def vacancy(today: Any) -> ColumnElement[str]:
    """Why nobody answers for the dossier of Etat: a code of Vacance, null when somebody does."""
    away = Etat.referent_id.in_(absent_ids(today))
    return case(
        (Etat.referent_id.is_(None), code(Vacance.SANS_REFERENT)),
        (Etat.referent_id.in_(_closed()), code(Vacance.COMPTE_FERME)),
        (and_(away, ~_is_covered(today)), code(Vacance.ABSENT)),
        (has_opposed_referent(), code(Vacance.OPPOSITION)),
    )


def told_today(today: Any) -> ColumnElement[int]:
    """Whom the alerts of the dossier of Etat speak to first: who covers the référent, when there is one, else them."""
    cover = select(_absence.suppleant_id).where(*_covering(today)).correlate(Etat).scalar_subquery()
    return func.coalesce(cover, Etat.referent_id)


def _is_covered(today: Any) -> ColumnElement[bool]:
    return exists().where(*_covering(today)).correlate(Etat)


def _covering(today: Any) -> tuple[ColumnElement[bool], ...]:
    """The absence of the référent of Etat, and who covers it, present and welcome."""
    return (
        _absence.agent_id == Etat.referent_id,
        *absent_today(today, _absence),
        _suppleant.id == _absence.suppleant_id,
        sees_dossiers(_suppleant),
        _suppleant.id.not_in(absent_ids(today)),
        ~has_opposed(Etat.dossier_id, _suppleant.structure_id),
    )


def _closed() -> Select[tuple[int]]:
    account = aliased(Agent)
    return select(account.id).where(account.desactive_le.is_not(None)).correlate(None)


def has_opposed_referent() -> ColumnElement[bool]:
    """Whether the young person of the dossier of Etat opposed the structure of their référent."""
    account = aliased(Agent)
    return (
        exists()
        .where(
            Opposition.dossier_id == Etat.dossier_id,
            Opposition.levee_le.is_(None),
            account.id == Etat.referent_id,
            account.structure_id == Opposition.structure_id,
        )
        .correlate(Etat)
    )
