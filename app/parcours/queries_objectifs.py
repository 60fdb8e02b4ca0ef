"""Reads of goals and of their small steps, for one dossier; what a reader may not see is left out here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, undefer

from app.parcours.models_freins import Bilan
from app.parcours.models_objectifs import Objectif, PetitPas
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import STATUTS_SUIVIS

PAGE = 20
_OBJECTIF, _PAS = Objectif.__table__.c, PetitPas.__table__.c
_SUIVIS = _OBJECTIF.statut.in_(sorted(STATUTS_SUIVIS))
_COLONNES = (
    _OBJECTIF.id,
    _OBJECTIF.theme,
    _OBJECTIF.statut,
    _OBJECTIF.statut_le,
    _OBJECTIF.echeance,
    _OBJECTIF.accord_le,
    _OBJECTIF.mots_jeune,
    _OBJECTIF.mots_pro,
    _OBJECTIF.cree_le,
    _OBJECTIF.cree_par,
    _OBJECTIF.version,
)
_ITS_STEPS = (_PAS.dossier_id == _OBJECTIF.dossier_id) & (_PAS.objectif_id == _OBJECTIF.id)
_COLONNES_PAS = (
    _PAS.id.label("pas_id"),
    _PAS.rang,
    _PAS.mots.label("pas_mots"),
    _PAS.fait_le,
)


@dataclass(frozen=True, slots=True)
class Lu:
    """A goal and its small steps in their order, both sealed: rows of the columns above."""

    objectif: Row
    pas: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Lecture:
    """Who reads: the themes that are theirs to see, and their id, for they always read what they wrote."""

    themes: Collection[Theme]
    agent_id: int

    def clause(self) -> ColumnElement[bool]:
        return or_(_OBJECTIF.theme.in_(sorted(self.themes)), _OBJECTIF.cree_par == self.agent_id)


def objectifs_of(session: Session, dossier_id: int, *, lecture: Lecture) -> tuple[list[Lu], int, date | None]:
    """Those still expected, soonest first, those without a day last; how many are over; and the day of the last bilan
    of freins, which the same page asks about. One statement."""
    theirs = (_OBJECTIF.dossier_id == dossier_id, lecture.clause())
    over = select(func.count().label("passes")).select_from(Objectif).where(*theirs, ~_SUIVIS).subquery()
    # the count comes even when nothing else does
    joined = over.outerjoin(Objectif.__table__, and_(*theirs, _SUIVIS)).outerjoin(PetitPas.__table__, _ITS_STEPS)
    order = (_OBJECTIF.echeance.is_(None), _OBJECTIF.echeance, _OBJECTIF.cree_le, _OBJECTIF.id, _PAS.rang, _PAS.id)
    bilan = select(func.max(Bilan.jour)).where(Bilan.dossier_id == dossier_id).scalar_subquery().label("bilan")
    columns = (over.c.passes, bilan, *_COLONNES, *_COLONNES_PAS)
    rows = session.execute(select(*columns).select_from(joined).order_by(*order)).all()
    return _read([row for row in rows if row.id is not None]), rows[0].passes, rows[0].bilan


def past_of(session: Session, dossier_id: int, *, lecture: Lecture, after: UUID | None = None) -> tuple[list[Lu], bool]:
    """One page of those that are over, the last to end first, and whether there are more.

    `after`: the last one of the page before.
    """
    place = (_OBJECTIF.statut_le, _OBJECTIF.cree_le, _OBJECTIF.id)
    wanted = [_OBJECTIF.dossier_id == dossier_id, ~_SUIVIS, lecture.clause()]
    if after is not None:
        last = aliased(Objectif.__table__, name="dernier").c
        wanted += [last.dossier_id == dossier_id, last.id == after]
        wanted.append(tuple_(*place) < tuple_(last.statut_le, last.cree_le, last.id))
    newest = [column.desc() for column in place]
    some = select(*_COLONNES, _OBJECTIF.dossier_id).where(*wanted).order_by(*newest).limit(PAGE + 1).subquery()
    steps = some.outerjoin(PetitPas.__table__, (_PAS.dossier_id == some.c.dossier_id) & (_PAS.objectif_id == some.c.id))
    ordered = (some.c.statut_le.desc(), some.c.cree_le.desc(), some.c.id.desc(), _PAS.rang, _PAS.id)
    found = _read(session.execute(select(some, *_COLONNES_PAS).select_from(steps).order_by(*ordered)).all())
    return found[:PAGE], len(found) > PAGE


def _read(rows: Sequence[Row]) -> list[Lu]:
    """One row for each small step, or one for a goal that has none."""
    goals = [list(of_one) for _, of_one in groupby(rows, key=lambda row: row.id)]
    return [Lu(of_one[0], [row for row in of_one if row.pas_id is not None]) for of_one in goals]


def count_expected(session: Session, dossier_id: int) -> int:
    """Whoever wrote them."""
    return session.scalar(select(func.count()).select_from(Objectif).where(_OBJECTIF.dossier_id == dossier_id, _SUIVIS))


def expected_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """Those still expected, without their words: theme, echeance; soonest first, those without a day last."""
    query = select(_OBJECTIF.theme, _OBJECTIF.echeance).where(_OBJECTIF.dossier_id == dossier_id, _SUIVIS)
    return session.execute(query.order_by(_OBJECTIF.echeance.is_(None), _OBJECTIF.echeance, _OBJECTIF.cree_le)).all()


_WORDS = (undefer(Objectif.mots_jeune), undefer(Objectif.mots_pro))


def find_objectif(session: Session, dossier_id: int, objectif_id: UUID) -> Objectif | None:
    """The goal, its sealed words loaded."""
    return session.get(Objectif, (dossier_id, objectif_id), options=_WORDS, populate_existing=True)


def objectif_of_depot(session: Session, dossier_id: int, depot: UUID) -> Objectif | None:
    made = or_(Objectif.depot == depot, Objectif.id == depot)
    return session.scalar(select(Objectif).where(Objectif.dossier_id == dossier_id, made).options(*_WORDS))


def pas_of(session: Session, dossier_id: int, objectif_id: UUID) -> Sequence[PetitPas]:
    """The small steps of a goal in their order, their sealed words loaded."""
    query = select(PetitPas).where(PetitPas.dossier_id == dossier_id, PetitPas.objectif_id == objectif_id)
    query = query.order_by(PetitPas.rang, PetitPas.id).options(undefer(PetitPas.mots))
    return session.scalars(query.execution_options(populate_existing=True)).all()
