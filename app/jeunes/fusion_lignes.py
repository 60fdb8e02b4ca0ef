"""Carrying the rows of one dossier to another and back: opened with one key, sealed with the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.base import Base
from app.db.sql import insert_or
from app.jeunes.rules_fusion import EMPORTEES
from app.parcours.models import Dossier
from app.referents.models_fusion import LigneFusion
from app.vault.dossier_keys import DossierKeys
from app.vault.places import Place

_SEALED = {place.value for place in Place}


def carry(session: Session, keys: DossierKeys, *, de: Dossier, vers: Dossier, fusion_id: UUID) -> None:
    """Write again under `vers` what belongs to `de`, with the same ids; `de` keeps its own rows.

    What `vers` has already (the same step begun the same day) is left: its page of fusion shows it.
    """
    for name in EMPORTEES:
        table = Base.metadata.tables[name]
        for row in _rows(session, table, de.id):
            values = _resealed(table, row, keys, de=de, vers=vers)
            written = session.execute(insert_or(session, table).values(values).on_conflict_do_nothing())
            if written.rowcount:
                session.add(LigneFusion(fusion_id=fusion_id, objet=name, ligne=row._mapping[_key(table)]))
    session.flush()


def give_back(session: Session, keys: DossierKeys, *, de: Dossier, vers: Dossier, fusion_id: UUID) -> None:
    """Undo `carry`: what was changed since is written where it came from, then leaves `de`.

    What something newer hangs on stays on both sides: nothing is taken from under it.
    """
    for name in reversed(EMPORTEES):
        table = Base.metadata.tables[name]
        mine = select(LigneFusion.ligne).where(LigneFusion.fusion_id == fusion_id, LigneFusion.objet == name)
        came = set(session.scalars(mine))
        for row in _rows(session, table, de.id):
            if row._mapping[_key(table)] in came:
                _return(session, table, row, _resealed(table, row, keys, de=de, vers=vers))


def _return(session: Session, table: Table, row: Row, values: dict[str, Any]) -> None:
    key = row._mapping[_key(table)]

    def of(dossier_id: int) -> Any:
        return (table.c.dossier_id == dossier_id) & (table.c[_key(table)] == key)

    session.execute(update(table).where(of(values["dossier_id"])).values(values))
    try:
        with session.begin_nested():
            session.execute(delete(table).where(of(row._mapping["dossier_id"])))
    except IntegrityError:
        return


def _rows(session: Session, table: Table, dossier_id: int) -> Iterator[Row]:
    yield from session.execute(select(table).where(table.c.dossier_id == dossier_id)).all()


def _resealed(table: Table, row: Row, keys: DossierKeys, *, de: Dossier, vers: Dossier) -> dict[str, Any]:
    values = dict(row._mapping) | {"dossier_id": vers.id}
    for name, blob in values.items():
        if blob is not None and f"{table.name}.{name}" in _SEALED:
            place, of = Place(f"{table.name}.{name}"), values[_key(table)]
            values[name] = keys.seal(vers.uid, keys.open(de.uid, blob, place=place, row=of), place=place, row=of)
    return values


def _key(table: Table) -> str:
    """What names a row beside its dossier."""
    (name,) = (column.name for column in table.primary_key if column.name != "dossier_id")
    return name
