"""What a freeze starts from: frozen atoms, sets already in the ledger, the end of its chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sqlalchemy import Integer, Row, cast, exists, extract, func, select
from sqlalchemy.orm import Session

from app.audit.rules import ORIGIN
from app.cohortes.models import Atome, Cellule, EntreeCohorte, Gel, Publication, Refus, TrimestreClos
from app.cohortes.rules_ensembles import Atomes, Lieu
from app.cohortes.rules_treillis import Cle, first_day_after
from app.cohortes.vocabulaire import Mesure
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


def first_quarter(session: Session, *, millesime: int) -> int | None:
    """The earliest entry quarter of those who are in no atom yet; None when there is nobody."""
    day = session.scalar(select(func.min(Dossier.ouvert_le)).where(*_entering(millesime)))
    return None if day is None else day.year * 4 + (day.month - 1) // 3


def entering(session: Session, *, millesime: int) -> Sequence[Row]:
    """How many people of each kind come in: (own quarter, territory, commune, sex, age, structure, count)."""
    # computed below and grouped above: PostgreSQL would not recognise an expression that holds a parameter
    people = (
        select(
            entry_quarter().label("trimestre"),
            Dossier.entree_territoire_id,
            Territoire.commune_id,
            Dossier.entree_sexe,
            Dossier.entree_age,
            Dossier.entree_structure_id,
        )
        .join(Territoire, Territoire.id == Dossier.entree_territoire_id)
        .where(*_entering(millesime))
        .subquery()
    )
    return session.execute(select(*people.c, func.count().label("effectif")).group_by(*people.c)).all()


def entry_quarter():
    """The quarter of `ouvert_le`."""
    year, month = (cast(extract(part, Dossier.ouvert_le), Integer) for part in ("year", "month"))
    return year * 4 + (month + 2) // 3 - 1


def _entering(millesime: int):
    placed = exists().where(EntreeCohorte.dossier_id == Dossier.id)
    return Dossier.ouvert_le < first_day_after(millesime), ~placed


def published_sets(session: Session) -> list[tuple[Cle, int]]:
    """(cle, trimestre) of every set of the ledger, in the order in which it joined."""
    rows = session.execute(
        select(Publication.cle, Publication.trimestre, func.min(Publication.id).label("premier"))
        .group_by(Publication.cle, Publication.trimestre)
        .order_by("premier")
    )
    return [(Cle.read(code), trimestre) for code, trimestre, _ in rows]


def chain_end(session: Session) -> tuple[int, bytes]:
    """The number and the fingerprint of the last publication."""
    row = session.execute(
        select(Publication.id, Publication.empreinte).order_by(Publication.id.desc()).limit(1)
    ).one_or_none()
    return (0, ORIGIN) if row is None else row.tuple()


def decided(session: Session, *, millesime: int) -> set[tuple[str, Mesure]]:
    """What this vintage already published or refused."""
    found: set[tuple[str, Mesure]] = set()
    for table in (Publication, Refus):
        rows = session.execute(select(table.cle, table.mesure).where(table.millesime == millesime))
        found.update(row.tuple() for row in rows)
    return found


def earlier(session: Session) -> dict[tuple[str, Mesure], list[tuple[int, int, str, int | None]]]:
    """(id, trimestre, mois, suite_de) of every publication of each measure of each cohort, oldest first."""
    found: dict[tuple[str, Mesure], list[tuple[int, int, str, int | None]]] = {}
    rows = session.execute(
        select(
            Publication.cle, Publication.mesure, Publication.id, Publication.trimestre, Publication.mois,
            Publication.suite_de,
        ).order_by(Publication.id)
    )  # fmt: skip
    for cle, mesure, *rest in rows:
        found.setdefault((cle, mesure), []).append(tuple(rest))
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
