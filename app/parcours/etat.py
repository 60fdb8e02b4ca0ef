"""The narrow rows derived from events: the state of a dossier and its situations by month.

`refresh` is the hook that follows every write; `drift` computes everybody again and says who differs. Both go
through `_expected`, in a few statements whatever the number of dossiers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.db.sql import among, ids_parameter
from app.parcours.models import (
    ContactPrevu,
    Dossier,
    Etape,
    Etat,
    Reouverture,
    SituationMois,
    Suivi,
    contact_reussi_sql,
)
from app.parcours.models_actes import MiseEnAttente, Verification
from app.parcours.queries import PAGE_DOSSIERS
from app.parcours.rules import current_situation, spells
from app.parcours.rules_retour import return_day
from app.parcours.vocabulaire import StatutContactPrevu, StatutEtape
from app.parcours.vocabulaire_actes import ObjetVerification, ReponseVerification

IDS = ids_parameter("ids")
SUIVIES = (
    "ouvert_le",
    "clos_le",
    "situation",
    "situation_depuis",
    "etape_id",
    "dernier_contact",
    "derniere_tentative",
    "prochain_contact",
    "attente_jusqu_au",
    "confirmee_le",
    "retour_le",
)
Ligne = tuple[Any, ...]


def _of_dossier(statement: Select[Any], column: Any) -> Any:
    return statement.where(column == Dossier.id).correlate(Dossier).scalar_subquery()


_DOSSIERS = select(Dossier.id, Dossier.ouvert_le, Dossier.clos_le).where(among(Dossier.id, IDS)).order_by(Dossier.id)
# Before the other reads, so that they see what every earlier writer of these dossiers committed.
_LOCKED_DOSSIERS = _DOSSIERS.with_for_update(key_share=True)
_CONTACTS = select(
    Dossier.id,
    _of_dossier(select(Suivi.jour).where(contact_reussi_sql()).order_by(Suivi.jour.desc()).limit(1), Suivi.dossier_id),
    _of_dossier(select(func.max(Suivi.jour)), Suivi.dossier_id),
    _of_dossier(
        select(func.min(ContactPrevu.jour)).where(ContactPrevu.statut == StatutContactPrevu.PREVU),
        ContactPrevu.dossier_id,
    ),
    # one that was lifted on the day it was set never was
    _of_dossier(
        select(func.max(MiseEnAttente.jusqu_au)).where(MiseEnAttente.jusqu_au > MiseEnAttente.depuis),
        MiseEnAttente.dossier_id,
    ),
    _of_dossier(
        select(func.max(Verification.jour)).where(
            Verification.objet == ObjetVerification.SITUATION,
            Verification.reponse == ReponseVerification.TOUJOURS_EN_PLACE,
            Verification.annulee_le.is_(None),
        ),
        Verification.dossier_id,
    ),
).where(among(Dossier.id, IDS))
_ETAPES = select(Etape.dossier_id, Etape.id, Etape.genre, Etape.statut, Etape.debut, Etape.fin, Etape.contrat).where(
    among(Etape.dossier_id, IDS), Etape.statut.not_in([StatutEtape.PREVUE, StatutEtape.ANNULEE])
)
_REOUVERTURES = select(Reouverture.dossier_id, Reouverture.clos_le, Reouverture.rouvert_le).where(
    among(Reouverture.dossier_id, IDS)
)
_ETATS = select(Etat.dossier_id, *(getattr(Etat, name) for name in SUIVIES)).where(among(Etat.dossier_id, IDS))
_SITUATIONS = (
    select(
        SituationMois.dossier_id, SituationMois.m0, SituationMois.m1, SituationMois.situation, SituationMois.precedente
    )
    .where(among(SituationMois.dossier_id, IDS))
    .order_by(SituationMois.dossier_id, SituationMois.m0)
)
_etat = Etat.__table__
_UPDATE_ETAT = (
    update(_etat)
    .where(_etat.c.dossier_id == bindparam("_dossier_id"))
    .values({name: bindparam(f"_{name}") for name in SUIVIES})
)
_DELETE_SITUATIONS = delete(SituationMois).where(among(SituationMois.dossier_id, IDS))


def refresh(session: Session, dossier_ids: Sequence[int]) -> None:
    """Bring the derived rows of these dossiers up to date; only those that changed are written.

    All but `etat.referent_id`, which the room `referents` keeps.
    """
    for start in range(0, len(dossier_ids), PAGE_DOSSIERS):
        ids = dossier_ids[start : start + PAGE_DOSSIERS]
        dossiers = session.execute(_LOCKED_DOSSIERS, {"ids": ids}).all()
        etats, situations = _expected(session, dossiers, ids)
        _write_etats(session, etats, _stored_etats(session, ids))
        _write_situations(session, situations, _stored_situations(session, ids))


def drift(session: Session) -> list[int]:
    """The ids of the dossiers whose derived rows differ from their events. Nothing is written."""
    return [dossier_id for ids in _pages(session) for dossier_id in _differing(session, ids)]


def _differing(session: Session, ids: Sequence[int]) -> Iterator[int]:
    etats, situations = _expected(session, session.execute(_DOSSIERS, {"ids": ids}).all(), ids)
    stored_etats, stored_situations = _stored_etats(session, ids), _stored_situations(session, ids)
    for dossier_id in ids:
        if etats[dossier_id] != stored_etats.get(dossier_id) or situations[dossier_id] != stored_situations.get(
            dossier_id
        ):
            yield dossier_id


def _pages(session: Session) -> Iterator[list[int]]:
    last = 0
    query = select(Dossier.id).order_by(Dossier.id).limit(PAGE_DOSSIERS)
    while ids := list(session.scalars(query.where(Dossier.id > last))):
        yield ids
        last = ids[-1]


def _expected(
    session: Session, dossiers: Iterable[Row], ids: Sequence[int]
) -> tuple[dict[int, Ligne], dict[int, list[Ligne]]]:
    """What the events say: (values of SUIVIES, spells) by dossier."""
    contacts = {row[0]: tuple(row[1:]) for row in session.execute(_CONTACTS, {"ids": ids})}
    etapes = _grouped(session.execute(_ETAPES, {"ids": ids}))
    reouvertures = _grouped(session.execute(_REOUVERTURES, {"ids": ids}))
    etats: dict[int, Ligne] = {}
    situations: dict[int, list[Ligne]] = {}
    for dossier_id, ouvert_le, clos_le in dossiers:
        steps = etapes.get(dossier_id, ())
        now = current_situation(steps, ouvert_le=ouvert_le, clos_le=clos_le)
        present = (ouvert_le, clos_le, now.situation, now.depuis, now.etape_id)
        etats[dossier_id] = (*present, *contacts[dossier_id], return_day(steps, now.situation))
        found = spells(steps, ouvert_le, clos_le, reouvertures.get(dossier_id, ()))
        situations[dossier_id] = [(spell.m0, spell.m1, spell.situation, spell.precedente) for spell in found]
    return etats, situations


def _stored_etats(session: Session, ids: Sequence[int]) -> dict[int, Ligne]:
    return {row[0]: tuple(row[1:]) for row in session.execute(_ETATS, {"ids": ids})}


def _stored_situations(session: Session, ids: Sequence[int]) -> dict[int, list[Ligne]]:
    stored: dict[int, list[Ligne]] = defaultdict(list)
    for row in session.execute(_SITUATIONS, {"ids": ids}):
        stored[row[0]].append(tuple(row[1:]))
    return stored


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.dossier_id].append(row)
    return groups


def _write_etats(session: Session, expected: dict[int, Ligne], stored: dict[int, Ligne]) -> None:
    new = [{"dossier_id": key, **_named(values)} for key, values in expected.items() if key not in stored]
    changed = {key: _named(values) for key, values in expected.items() if stored.get(key, values) != values}
    if new:
        session.execute(insert(_etat), new)
    if changed:
        session.connection().execute(
            _UPDATE_ETAT,
            [
                {"_dossier_id": key, **{f"_{name}": value for name, value in values.items()}}
                for key, values in changed.items()
            ],
        )
    for key, values in changed.items():
        _show(session, key, values)


def _named(values: Ligne) -> dict[str, Any]:
    return dict(zip(SUIVIES, values, strict=True))


def _show(session: Session, dossier_id: int, values: dict[str, Any]) -> None:
    """A state row that the caller holds says the same as the one just written."""
    loaded = session.identity_map.get(session.identity_key(Etat, dossier_id))
    if loaded is not None:
        for name, value in values.items():
            set_committed_value(loaded, name, value)


def _write_situations(session: Session, expected: dict[int, list[Ligne]], stored: dict[int, list[Ligne]]) -> None:
    changed = {key: rows for key, rows in expected.items() if stored.get(key) != rows}
    if obsolete := [key for key in changed if key in stored]:
        session.execute(_DELETE_SITUATIONS, {"ids": obsolete})
    if changed:
        names = ("m0", "m1", "situation", "precedente")
        session.execute(
            insert(SituationMois.__table__),
            [
                {"dossier_id": key, **dict(zip(names, row, strict=True))}
                for key, rows in changed.items()
                for row in rows
            ],
        )
