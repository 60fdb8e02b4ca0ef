"""Open alerts: of one dossier, in the inbox of an agent, and how many the menu announces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    cast,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.models import Alerte
from app.alertes.queries_portefeuille import (
    AGENT,
    STATE,
    WORST,
    Dite,
    Lien,
    Ligne,
    followed,
    group_lines,
    is_worst,
    lines_of,
    parameters,
)
from app.db.types import Identifiant
from app.parcours.models import Dossier, Etat

STRUCTURE = bindparam("structure_id", type_=Identifiant)


@dataclass(frozen=True, slots=True)
class Repere:
    """Where a page of the inbox ended: the gravity, the due day and the id of its last alert."""

    gravite: int
    due: date
    alerte_id: int


@dataclass(frozen=True, slots=True)
class Boite:
    """A page of the inbox; `suite` begins the next one, if there is one."""

    lignes: Sequence[Ligne]
    suite: Repere | None


def alerts_of(session: Session, dossier_id: int) -> list[Dite]:
    """The open alerts of a dossier, the gravest first."""
    rows = session.execute(_OF_ONE, {"dossier_id": dossier_id})
    return [Dite(*row) for row in rows]


def count_open(session: Session, *, agent: Agent, today: date) -> int:
    """How many young people of the inbox an alert speaks of."""
    return session.scalar(_count(agent.referent, agent.coordinateur), _parameters(agent, today)) or 0


def inbox(session: Session, *, agent: Agent, today: date, apres: Repere | None, limite: int = 50) -> Boite:
    """The open alerts that `agent` answers for, grouped by young person: the gravest, then the longest due.

    A référent: their dossiers. Somebody who is référent of nobody: those of their équipes. A coordinateur: also those
    of the structure whose référent is missing or disabled, since nobody else would see them. One statement.
    """
    given = _parameters(agent, today) | {"limite": limite + 1}
    if apres is not None:
        given |= {"gravite": apres.gravite, "due": apres.due, "alerte_id": apres.alerte_id}
    rows = session.execute(_inbox(agent.referent, agent.coordinateur, apres is not None), given).all()
    lignes = group_lines(rows)
    if len(lignes) <= limite:
        return Boite(lignes, None)
    last = next(row for row in rows if row.dossier_id == lignes[limite - 1].dossier_id)
    return Boite(lignes[:limite], Repere(last.pire_gravite, last.pire_due, last.pire_id))


def _parameters(agent: Agent, today: date) -> dict[str, Any]:
    return parameters(agent, today) | {"structure_id": agent.structure_id}


def _answered_for(referent: bool, coordinateur: bool) -> ColumnElement[bool]:
    """Each branch by its own index, so that it costs what the agent answers for."""
    branches = [select(Etat.dossier_id).where(*followed(Lien.REFERENT))]
    if not referent:
        branches.append(select(Etat.dossier_id).where(*followed(Lien.EQUIPE)))
    if coordinateur:
        branches.append(
            select(Dossier.id)
            .join(Etat, Etat.dossier_id == Dossier.id)
            .outerjoin(Agent, Agent.id == Etat.referent_id)
            .where(
                Dossier.structure_id == STRUCTURE,
                Dossier.clos_le.is_(None),
                or_(Etat.referent_id.is_(None), Agent.desactive_le.is_not(None)),
            )
        )
    return Etat.dossier_id.in_(union(*branches)) if len(branches) > 1 else Etat.referent_id == AGENT


@lru_cache(maxsize=4)
def _count(referent: bool, coordinateur: bool) -> Select[Any]:
    return (
        select(func.count(Alerte.dossier_id.distinct()))
        .join(Etat, Etat.dossier_id == Alerte.dossier_id)
        .where(Alerte.fermee_le.is_(None), Etat.clos_le.is_(None), _answered_for(referent, coordinateur))
    )


@lru_cache(maxsize=8)
def _inbox(referent: bool, coordinateur: bool, after: bool) -> Select[Any]:
    place = (WORST.c.gravite, WORST.c.due, WORST.c.id)
    where = [Etat.clos_le.is_(None), _answered_for(referent, coordinateur)]
    if after:
        reached = (
            bindparam("gravite", type_=Integer()),
            bindparam("due", type_=Date()),
            bindparam("alerte_id", type_=Identifiant),
        )
        where.append(tuple_(*place) > tuple_(*reached))
    page = (
        select(
            *STATE,
            WORST.c.gravite.label("pire_gravite"),
            WORST.c.due.label("pire_due"),
            WORST.c.id.label("pire_id"),
            func.row_number().over(order_by=place).label("rang"),
        )
        .join_from(Etat, Dossier, Dossier.id == Etat.dossier_id)
        .join(WORST, is_worst(Etat.dossier_id))
        .where(*where)
        .order_by(*place)
        .limit(bindparam("limite", type_=Integer()))
        .cte("page")
    )
    return lines_of(page)


_OF_ONE = (
    select(cast(Alerte.regle, String), Alerte.cle, Alerte.depuis, Alerte.due, Alerte.gravite, cast(Alerte.faits, Text))
    .where(Alerte.dossier_id == bindparam("dossier_id", type_=Identifiant), Alerte.fermee_le.is_(None))
    .order_by(Alerte.gravite, Alerte.due, Alerte.id)
)
