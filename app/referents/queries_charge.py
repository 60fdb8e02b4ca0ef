"""The caseload of each référent of a structure, in one statement."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.sql import code, number
from app.parcours.models import Dossier, Etape, Etat
from app.parcours.vocabulaire import STATUTS_OUVERTS, Intensite
from app.referents.models_continuite import Absence
from app.referents.queries import absent_today, has_opposed
from app.referents.rules_charge import FIN_PROCHE, SANS_CONTACT, Charge, quarts


def load_of(session: Session, structure_id: int, today: date) -> list[Charge]:
    """Of each active référent of the structure, and of whoever there still answers for a dossier; in order of names.

    All their open dossiers count, those of other structures too.
    """
    held, ending, covered = _held(structure_id, today), _ending(structure_id, today), _covered(structure_id, today)
    numbers = (
        *(held.c[name] for name in ("dossiers", "soutenus", "quarts", "sans_contact")),
        ending.c.etapes,
        covered.c.supplees,
        covered.c.supplees_quarts,
    )
    rows = session.execute(
        select(
            Agent.id,
            Agent.prenom,
            Agent.nom,
            *(func.coalesce(one, 0) for one in numbers),
            select(Absence.jusqu_au)
            .where(Absence.agent_id == Agent.id, *absent_today(today))
            .correlate(Agent)
            .scalar_subquery(),
        )
        .outerjoin(held, held.c.agent_id == Agent.id)
        .outerjoin(ending, ending.c.agent_id == Agent.id)
        .outerjoin(covered, covered.c.agent_id == Agent.id)
        .where(
            Agent.structure_id == structure_id,
            Agent.desactive_le.is_(None),
            or_(Agent.referent, held.c.dossiers > 0, covered.c.supplees > 0),
        )
        .order_by(Agent.nom, Agent.prenom, Agent.id)
    )
    return [Charge(*row) for row in rows]


def _held(structure_id: int, today: date) -> Subquery:
    seen = func.coalesce(Etat.dernier_contact, Etat.ouvert_le)
    return (
        select(
            Etat.referent_id.label("agent_id"),
            func.count().label("dossiers"),
            _number_of(Dossier.intensite == Intensite.SOUTENU).label("soutenus"),
            _weight().label("quarts"),
            _number_of(seen <= today - timedelta(days=SANS_CONTACT)).label("sans_contact"),
        )
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .where(Etat.referent_id.in_(_theirs(structure_id)), Etat.clos_le.is_(None))
        .group_by(Etat.referent_id)
        .subquery()
    )


def _ending(structure_id: int, today: date) -> Subquery:
    soon = Etape.fin_prevue.between(today, today + timedelta(days=FIN_PROCHE - 1))
    still = Etape.statut.in_([code(statut.value) for statut in sorted(STATUTS_OUVERTS)])
    return (
        select(Etat.referent_id.label("agent_id"), func.count().label("etapes"))
        .join(Etape, Etape.dossier_id == Etat.dossier_id)
        .where(Etat.referent_id.in_(_theirs(structure_id)), Etat.clos_le.is_(None), soon, still)
        .group_by(Etat.referent_id)
        .subquery()
    )


def _covered(structure_id: int, today: date) -> Subquery:
    """The dossiers lent to each by an absence of today, but those whose young person opposed the structure."""
    return (
        select(
            Absence.suppleant_id.label("agent_id"), func.count().label("supplees"), _weight().label("supplees_quarts")
        )
        .join(Etat, Etat.referent_id == Absence.agent_id)
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .where(
            Absence.suppleant_id.in_(_theirs(structure_id)),
            *absent_today(today),
            Etat.clos_le.is_(None),
            ~has_opposed(Etat.dossier_id, structure_id),
        )
        .group_by(Absence.suppleant_id)
        .subquery()
    )


def _theirs(structure_id: int) -> Any:
    return select(Agent.id).where(Agent.structure_id == structure_id, Agent.desactive_le.is_(None))


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, number(1)), else_=number(0)))


def _weight() -> ColumnElement[int]:
    return func.sum(case({one: number(quarts(one)) for one in Intensite}, value=Dossier.intensite))
