"""Bilans of one dossier and what was said in them, of the dimensions that the reader may read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Row, exists, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent
from app.parcours.models_freins import Bilan, Placement
from app.parcours.rules_freins import Reponse
from app.parcours.vocabulaire_freins import Dimension

PAGE = 20
_THEIRS = (Placement.dossier_id == Bilan.dossier_id) & (Placement.bilan_id == Bilan.id)


def placements_of(session: Session, dossier_id: int, *, dimensions: Collection[Dimension]) -> Sequence[Row]:
    """dimension, dit_par, jour, cree_le, niveau, inconnu."""
    return session.execute(
        select(Placement.dimension, Bilan.dit_par, Bilan.jour, Bilan.cree_le, Placement.niveau, Placement.inconnu)
        .join(Bilan, _THEIRS)
        .where(Placement.dossier_id == dossier_id, Placement.dimension.in_(sorted(dimensions)))
    ).all()


def bilans_of(
    session: Session, dossier_id: int, *, dimensions: Collection[Dimension], after: UUID | None = None
) -> tuple[Sequence[Row], bool]:
    """One page of those that speak of these dimensions, the latest first, and whether there are more.

    `after`: the last one of the page before. Rows: id, jour, dit_par, agent_id, prenom, nom.
    """
    place = (Bilan.jour, Bilan.cree_le, Bilan.id)
    wanted = [Bilan.dossier_id == dossier_id, exists().where(_THEIRS, Placement.dimension.in_(sorted(dimensions)))]
    if after is not None:
        last = aliased(Bilan)
        wanted += [last.dossier_id == dossier_id, last.id == after]
        wanted.append(tuple_(*place) < tuple_(last.jour, last.cree_le, last.id))
    rows = session.execute(
        select(Bilan.id, Bilan.jour, Bilan.dit_par, Bilan.agent_id, Agent.prenom, Agent.nom)
        .outerjoin(Agent, Agent.id == Bilan.agent_id)
        .where(*wanted)
        .order_by(*(column.desc() for column in place))
        .limit(PAGE + 1)
    ).all()
    return rows[:PAGE], len(rows) > PAGE


def find_bilan(session: Session, dossier_id: int, bilan_id: UUID) -> Bilan | None:
    return session.get(Bilan, (dossier_id, bilan_id), populate_existing=True)


def bilan_of_depot(session: Session, dossier_id: int, depot: UUID) -> Bilan | None:
    made = or_(Bilan.depot == depot, Bilan.id == depot)
    return session.scalar(select(Bilan).where(Bilan.dossier_id == dossier_id, made))


def reponses_of(session: Session, dossier_id: int, bilan_id: UUID) -> Mapping[Dimension, Reponse]:
    """What was said in one of them."""
    rows = session.execute(
        select(Placement.dimension, Placement.niveau, Placement.inconnu).where(
            Placement.dossier_id == dossier_id, Placement.bilan_id == bilan_id
        )
    )
    return {row.dimension: row.inconnu if row.niveau is None else row.niveau for row in rows}
