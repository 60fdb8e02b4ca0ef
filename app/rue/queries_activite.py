"""What a structure did in a period: sums over everybody, never by agent, whatever the size eight statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import Session

from app.parcours.models import Dossier, Suivi, contact_reussi_sql
from app.parcours.vocabulaire import Canal, TrancheAge
from app.programme.models import Territoire
from app.rue.models import LieuRue, Rencontre, SortieAgent, SortieRue
from app.rue.rules_activite import Periode
from app.rue.vocabulaire import ActionRue, SexeRencontre


class Bilan(NamedTuple):
    """Outings, minutes outside, minutes of everybody together, people met, met first, outside the file."""

    sorties: int
    minutes: int
    minutes_agents: int
    rencontres: int
    premieres: int
    refus: int


class ParTerritoire(NamedTuple):
    territoire: str
    sorties: int
    minutes: int
    rencontres: int


@dataclass(frozen=True, slots=True)
class Activite:
    """`suivis`: by canal, (noted, of which contacts réussis)."""

    bilan: Bilan
    rencontres: Mapping[tuple[TrancheAge, SexeRencontre], int]
    territoires: Sequence[ParTerritoire]
    actions: Mapping[ActionRue, int]
    suivis: Mapping[Canal, tuple[int, int]]
    ouverts: int
    clos: int


def activity_of(session: Session, structure_id: int, periode: Periode) -> Activite:
    ours = _outings(structure_id, periode)
    met = _met(session, ours)
    return Activite(
        bilan=_totals(session, ours, sum(met.values())),
        rencontres=met,
        territoires=_by_territory(session, ours),
        actions=_actions(session, ours),
        suivis=_suivis(session, structure_id, periode),
        ouverts=_dossiers(session, structure_id, Dossier.ouvert_le, periode),
        clos=_dossiers(session, structure_id, Dossier.clos_le, periode),
    )


def _outings(structure_id: int, periode: Periode) -> ColumnElement[bool]:
    return (
        (SortieRue.structure_id == structure_id)
        & SortieRue.jour.between(periode.debut, periode.fin)
        & SortieRue.supprimee_le.is_(None)
    )


def _totals(session: Session, ours: ColumnElement[bool], met: int) -> Bilan:
    went = select(func.count()).where(SortieAgent.sortie_id == SortieRue.id).scalar_subquery()
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(SortieRue.minutes), 0),
            func.coalesce(func.sum(SortieRue.minutes * went), 0),
            func.coalesce(func.sum(SortieRue.premieres), 0),
            func.coalesce(func.sum(SortieRue.refus), 0),
        ).where(ours)
    ).one()
    sorties, minutes, together, first, out = map(int, row)
    return Bilan(sorties, minutes, together, met, first, out)


def _met(session: Session, ours: ColumnElement[bool]) -> dict[tuple[TrancheAge, SexeRencontre], int]:
    rows = session.execute(
        select(Rencontre.age, Rencontre.sexe, func.sum(Rencontre.nombre))
        .join(SortieRue, SortieRue.id == Rencontre.sortie_id)
        .where(ours)
        .group_by(Rencontre.age, Rencontre.sexe)
    )
    return {(age, sexe): int(count) for age, sexe, count in rows}


def _by_territory(session: Session, ours: ColumnElement[bool]) -> list[ParTerritoire]:
    """The most visited first."""
    met = select(func.coalesce(func.sum(Rencontre.nombre), 0)).where(Rencontre.sortie_id == SortieRue.id)
    rows: Sequence[Row[Any]] = session.execute(
        select(Territoire.nom, func.count(), func.sum(SortieRue.minutes), func.sum(met.scalar_subquery()))
        .join(LieuRue, LieuRue.id == SortieRue.lieu_id)
        .join(Territoire, Territoire.id == LieuRue.territoire_id)
        .where(ours)
        .group_by(Territoire.id, Territoire.nom)
    ).all()
    lines = [ParTerritoire(nom, *map(int, numbers)) for nom, *numbers in rows]
    return sorted(lines, key=lambda line: (-line.sorties, line.territoire))


def _actions(session: Session, ours: ColumnElement[bool]) -> dict[ActionRue, int]:
    """How many outings of each kind; one outing may be of several."""
    counted: Counter[ActionRue] = Counter()
    for actions, count in session.execute(
        select(SortieRue.actions, func.count()).where(ours).group_by(SortieRue.actions)
    ):
        counted.update(dict.fromkeys(actions, count))
    return {action: counted[action] for action in ActionRue if action in counted}


def _suivis(session: Session, structure_id: int, periode: Periode) -> dict[Canal, tuple[int, int]]:
    """In the dossiers of the structure, whoever noted them."""
    held = func.sum(case((contact_reussi_sql(), 1), else_=0))
    rows = session.execute(
        select(Suivi.canal, func.count(), held)
        .join(Dossier, Dossier.id == Suivi.dossier_id)
        .where(Dossier.structure_id == structure_id, Suivi.jour.between(periode.debut, periode.fin))
        .group_by(Suivi.canal)
    )
    found = {canal: (noted, int(reussis)) for canal, noted, reussis in rows}
    return {canal: found[canal] for canal in Canal if canal in found}


def _dossiers(session: Session, structure_id: int, day: Any, periode: Periode) -> int:
    counted = select(func.count()).where(Dossier.structure_id == structure_id)
    return session.scalar(counted.where(day.between(periode.debut, periode.fin))) or 0
