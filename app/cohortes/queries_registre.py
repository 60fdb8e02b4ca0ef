"""What a freeze starts from: frozen atoms, sets already in the ledger, the end of its chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import ColumnElement, Integer, Row, case, cast, exists, extract, func, select
from sqlalchemy.orm import Session

from app.cohortes.models import Atome, Cellule, Ensemble, EntreeCohorte, Gel, Publication, Refus, TrimestreClos
from app.cohortes.rules_chaine import ORIGINE
from app.cohortes.rules_ensembles import Atomes, Lieu
from app.cohortes.rules_treillis import Cle, first_day_after
from app.cohortes.vocabulaire import Mesure, Raison
from app.parcours.models import Dossier
from app.programme.models import Territoire

PAGE = 2_000


def atomes(session: Session, *, millesime: int) -> Atomes:
    """Those of the quarters closed up to a vintage, in the order of their ids."""
    columns = (
        Atome.trimestre, Atome.territoire_id, Atome.commune_id, Atome.sexe, Atome.age, Atome.structure_id,
        Atome.effectif,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(Atome.trimestre <= millesime).order_by(Atome.id)).all()
    lieux = [
        Lieu(trimestre, territoire, commune or 0, str(sexe.value), age.value if age else "", structure)
        for trimestre, territoire, commune, sexe, age, structure, _ in rows
    ]
    return Atomes(lieux, np.array([row.effectif for row in rows], dtype=np.int64))


def last_closed(session: Session) -> int | None:
    return session.scalar(select(func.max(TrimestreClos.trimestre)))


def unfinished(session: Session) -> int | None:
    """The vintage of a freeze that did not end."""
    return session.scalar(select(func.min(Gel.millesime)).where(Gel.fini_le.is_(None)))


def first_day(session: Session, *, millesime: int) -> date | None:
    """The first day on which somebody who is in no atom yet came in; None when there is nobody."""
    return session.scalar(select(func.min(Dossier.ouvert_le)).where(*unplaced(millesime)))


def entering(session: Session, *, millesime: int, premier: int) -> Sequence[Row]:
    """(quarter, territory, commune, sex, age, structure, how many) of the people who come in."""
    # computed below and grouped above: PostgreSQL would not recognise an expression that holds a parameter
    people = (
        select(
            entry_quarter(premier=premier).label("trimestre"),
            Dossier.entree_territoire_id,
            Territoire.commune_id,
            Dossier.entree_sexe,
            Dossier.entree_age,
            Dossier.entree_structure_id,
        )
        .join(Territoire, Territoire.id == Dossier.entree_territoire_id)
        .where(*unplaced(millesime))
        .subquery()
    )
    return session.execute(select(*people.c, func.count().label("effectif")).group_by(*people.c)).all()


def entry_quarter(*, premier: int) -> ColumnElement[int]:
    """The statistical entry quarter: that of `ouvert_le`, or the first one still open when that one is closed (R2)."""
    year, month = (cast(extract(part, Dossier.ouvert_le), Integer) for part in ("year", "month"))
    own = year * 4 + (month + 2) // 3 - 1
    return case((own < premier, premier), else_=own)


def unplaced(millesime: int):
    """Who came in up to a quarter and is in no atom yet: conditions on `Dossier`."""
    placed = exists().where(EntreeCohorte.dossier_id == Dossier.id)
    return Dossier.ouvert_le < first_day_after(millesime), ~placed


def published_sets(session: Session) -> list[tuple[Cle, int]]:
    """(cle, trimestre) of every set of the ledger, in the order in which it joined."""
    rows = session.execute(select(Ensemble.cle, Ensemble.trimestre).order_by(Ensemble.rang))
    return [(Cle.read(code), trimestre) for code, trimestre in rows]


def admitted(session: Session, *, millesime: int) -> bool:
    """Whether the gate of a vintage was held already."""
    found = [select(table.cle).where(table.millesime == millesime).limit(1) for table in (Ensemble, Refus)]
    return any(session.scalar(query) is not None for query in found)


def chain_end(session: Session) -> tuple[int, bytes]:
    """The number and the fingerprint of the last publication."""
    row = session.execute(
        select(Publication.id, Publication.empreinte).order_by(Publication.id.desc()).limit(1)
    ).one_or_none()
    return (0, ORIGINE) if row is None else tuple(row)


def written(session: Session, *, millesime: int) -> set[str]:
    """The cohorts that this vintage has published."""
    return set(session.scalars(select(Publication.cle).where(Publication.millesime == millesime)))


def count_published(session: Session, *, millesime: int) -> int:
    return session.scalar(select(func.count()).where(Publication.millesime == millesime)) or 0


def refused(session: Session, *, millesime: int) -> list[tuple[Cle, Mesure, Raison]]:
    """What a vintage refused, and why."""
    query = select(Refus.cle, Refus.mesure, Refus.raison).where(Refus.millesime == millesime)
    return [(Cle.read(code), mesure, raison) for code, mesure, raison in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Ancienne:
    """A publication of the past, for those of the same people that follow it."""

    id: int
    trimestre: int
    mois: tuple[int, ...]
    suite_de: int | None


def earlier(session: Session) -> dict[tuple[str, Mesure], list[Ancienne]]:
    """Every publication of each measure of each cohort, oldest first."""
    found: dict[tuple[str, Mesure], list[Ancienne]] = {}
    columns = (Publication.cle, Publication.mesure, Publication.id, Publication.trimestre, Publication.mois)
    for cle, mesure, number, trimestre, mois, suite_de in session.execute(
        select(*columns, Publication.suite_de).order_by(Publication.id)
    ):
        months = tuple(int(one) for one in mois.split(",") if one)
        found.setdefault((cle, mesure), []).append(Ancienne(number, trimestre, months, suite_de))
    return found


def ledger(session: Session) -> Iterator[tuple[Publication, list[Row]]]:
    """Every publication with its cells, in the order of the chain."""
    last = 0
    page = select(Publication).order_by(Publication.id).limit(PAGE)
    while rows := session.scalars(page.where(Publication.id > last)).all():
        cells: dict[int, list[Row]] = {}
        columns = (Cellule.publication_id, Cellule.mois, Cellule.categorie, Cellule.marque, Cellule.valeur)
        between = Cellule.publication_id.between(rows[0].id, rows[-1].id)
        for cell in session.execute(select(*columns).where(between)):
            cells.setdefault(cell.publication_id, []).append(cell)
        for row in rows:
            yield row, cells.get(row.id, [])
        last = rows[-1].id
