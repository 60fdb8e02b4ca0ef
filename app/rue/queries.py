"""The outings of a structure, its places, and who may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.programme.models import Territoire
from app.rue.models import LieuRue, Rencontre, SortieAgent, SortieRue
from app.rue.rules import LIEUX_PROPOSES, Faits, end_of

PAR_PAGE = 30
_ORDRE = (SortieRue.jour, SortieRue.debut, SortieRue.id)


class Place(NamedTuple):
    """Where a page of the list ended."""

    jour: date
    debut: time
    id: UUID


@dataclass(frozen=True, slots=True)
class LigneSortie:
    """A line of the list. `agents`: (prenom, nom) of who went."""

    row: Row[Any]
    agents: Sequence[tuple[str, str]]

    @property
    def place(self) -> Place:
        return Place(self.row.jour, self.row.debut, self.row.id)


@dataclass(frozen=True, slots=True)
class Details:
    """Where an outing was, and the names of who went."""

    lieu: str
    territoire: str
    agents: Sequence[str]


def page_of_sorties(
    session: Session, structure_id: int, *, apres: Place | None, limit: int = PAR_PAGE
) -> list[LigneSortie]:
    """Newest first; one more than `limit` when there are others. Two statements."""
    query = _lines().where(SortieRue.structure_id == structure_id, SortieRue.supprimee_le.is_(None))
    if apres is not None:
        query = query.where(tuple_(*_ORDRE) < tuple_(*apres))
    rows = session.execute(query.order_by(*(column.desc() for column in _ORDRE)).limit(limit + 1)).all()
    went: dict[UUID, list[tuple[str, str]]] = {row.id: [] for row in rows}
    for sortie_id, *name in session.execute(_went().where(SortieAgent.sortie_id.in_(list(went)))):
        went[sortie_id].append(tuple(name))
    return [LigneSortie(row, went[row.id]) for row in rows]


def _lines() -> Select[Any]:
    met = select(func.coalesce(func.sum(Rencontre.nombre), 0)).where(Rencontre.sortie_id == SortieRue.id)
    return (
        select(
            *_ORDRE,
            SortieRue.minutes,
            SortieRue.actions,
            SortieRue.premieres,
            SortieRue.refus,
            LieuRue.nom.label("lieu"),
            Territoire.nom.label("territoire"),
            met.scalar_subquery().label("rencontres"),
        )
        .join(LieuRue, LieuRue.id == SortieRue.lieu_id)
        .join(Territoire, Territoire.id == LieuRue.territoire_id)
    )


def _went() -> Select[Any]:
    return (
        select(SortieAgent.sortie_id, Agent.prenom, Agent.nom)
        .join(Agent, Agent.id == SortieAgent.agent_id)
        .order_by(Agent.prenom, Agent.nom, Agent.id)
    )


def find_sortie(session: Session, sortie_id: UUID, *, lock: bool = False) -> SortieRue | None:
    """One that stands or was removed; its row locked until the commit, for who changes it."""
    return session.get(SortieRue, sortie_id, populate_existing=True, with_for_update=True if lock else None)


def faits_of(session: Session, sortie: SortieRue) -> Faits:
    """What an outing says today. Two statements."""
    agents = session.scalars(select(SortieAgent.agent_id).where(SortieAgent.sortie_id == sortie.id))
    met = session.execute(
        select(Rencontre.age, Rencontre.sexe, Rencontre.nombre).where(Rencontre.sortie_id == sortie.id)
    )
    return Faits(
        lieu=sortie.lieu_id,
        jour=sortie.jour,
        debut=sortie.debut,
        fin=end_of(sortie.debut, sortie.minutes),
        agents=frozenset(agents),
        actions=sortie.actions,
        rencontres={(age, sexe): nombre for age, sexe, nombre in met},
        premieres=sortie.premieres,
        refus=sortie.refus,
    )


def places_of(session: Session, structure_id: int, *, avec: UUID | None = None) -> Sequence[Row]:
    """id, nom, territoire of the places where the structure went last; `avec` is one of them, even closed."""
    last = select(func.max(SortieRue.jour)).where(SortieRue.lieu_id == LieuRue.id).scalar_subquery()
    query = (
        select(LieuRue.id, LieuRue.nom, Territoire.nom.label("territoire"))
        .join(Territoire, Territoire.id == LieuRue.territoire_id)
        .where(LieuRue.structure_id == structure_id)
        .order_by(LieuRue.id != avec if avec else LieuRue.ferme, last.desc().nulls_last(), LieuRue.nom, LieuRue.id)
        .limit(LIEUX_PROPOSES)
    )
    return session.execute(query.where((LieuRue.id == avec) | ~LieuRue.ferme if avec else ~LieuRue.ferme)).all()


def all_places(session: Session, structure_id: int) -> Sequence[Row]:
    """Every place of a structure, closed ones last: id, nom, territoire, ferme, version, how many outings."""
    outings = select(func.count()).where(SortieRue.lieu_id == LieuRue.id, SortieRue.supprimee_le.is_(None))
    return session.execute(
        select(
            LieuRue.id,
            LieuRue.nom,
            LieuRue.ferme,
            LieuRue.version,
            Territoire.nom.label("territoire"),
            outings.scalar_subquery().label("sorties"),
        )
        .join(Territoire, Territoire.id == LieuRue.territoire_id)
        .where(LieuRue.structure_id == structure_id)
        .order_by(LieuRue.ferme, func.lower(LieuRue.nom), LieuRue.id)
    ).all()


def find_place(session: Session, lieu_id: UUID, *, lock: bool = False) -> LieuRue | None:
    return session.get(LieuRue, lieu_id, populate_existing=True, with_for_update=True if lock else None)


def colleagues(session: Session, structure_id: int, *, avec: frozenset[int] = frozenset()) -> Sequence[Row]:
    """id, prenom, nom of who may have gone: the active agents of a structure who see dossiers, and those of `avec`."""
    active = Agent.desactive_le.is_(None) & (Agent.intervenant | Agent.referent | Agent.coordinateur)
    return session.execute(
        select(Agent.id, Agent.prenom, Agent.nom)
        .where(Agent.structure_id == structure_id, active | Agent.id.in_(sorted(avec)))
        .order_by(Agent.prenom, Agent.nom, Agent.id)
    ).all()


def details_of(session: Session, sortie_id: UUID) -> Details:
    line = session.execute(_lines().where(SortieRue.id == sortie_id)).one()
    names = session.execute(_went().where(SortieAgent.sortie_id == sortie_id))
    return Details(line.lieu, line.territoire, [f"{prenom} {nom}" for _, prenom, nom in names])
