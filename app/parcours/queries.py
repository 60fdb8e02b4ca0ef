"""Reads of the journey, one dossier at a time, and what others need to name dossiers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.orm import Session, undefer

from app.db.sql import among, ids_parameter
from app.parcours.models import ContactPrevu, Dossier, Etape, Suivi
from app.parcours.vocabulaire import (
    STATUTS_OUVERTS,
    Canal,
)

PAGE_DOSSIERS = 5_000
ETAPE_COLONNES = (
    Etape.id,
    Etape.genre,
    Etape.statut,
    Etape.debut,
    Etape.fin,
    Etape.fin_prevue,
    Etape.issue,
    Etape.contrat,
    Etape.niveau_vise,
    Etape.heures,
    Etape.cree_le,
    Etape.cree_par,
    Etape.modifie_le,
    Etape.version,
)


def lock_dossier(session: Session, dossier: Dossier) -> None:
    """Make the writers of one dossier wait in a row, and read it as the previous one left it.

    Call it first: rules that compare steps, deposits that may come twice and the state row then see one writer at a
    time. SQLite's BEGIN IMMEDIATE has done it already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.refresh(dossier, with_for_update={"key_share": True})


_THEIRS = select(Dossier.id).where(among(Dossier.id, ids_parameter("ids"))).order_by(Dossier.id)


def lock_dossiers(session: Session, ids: Sequence[int]) -> None:
    """As `lock_dossier`, of many: always in the order of ids, and before the journal of access is written."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_THEIRS.with_for_update(key_share=True), {"ids": ids})


def etapes_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """The steps of a dossier in the order of their beginning, without what is sealed (see ETAPE_COLONNES)."""
    return session.execute(
        select(*ETAPE_COLONNES).where(Etape.dossier_id == dossier_id).order_by(Etape.debut, Etape.cree_le, Etape.id)
    ).all()


def open_etapes_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """Those that are open now."""
    return session.execute(
        select(*ETAPE_COLONNES)
        .where(Etape.dossier_id == dossier_id, Etape.statut.in_(sorted(STATUTS_OUVERTS)))
        .order_by(Etape.debut, Etape.cree_le, Etape.id)
    ).all()


def find_suivi(session: Session, dossier_id: int, suivi_id: UUID) -> Suivi | None:
    """The follow-up, its sealed note loaded."""
    return session.get(Suivi, (dossier_id, suivi_id), options=[undefer(Suivi.note)], populate_existing=True)


def find_etape(session: Session, dossier_id: int, etape_id: UUID) -> Etape | None:
    """The step, its sealed words loaded."""
    return session.get(Etape, (dossier_id, etape_id), options=[undefer(Etape.precisions)], populate_existing=True)


def find_contact(session: Session, dossier_id: int, contact_id: UUID) -> ContactPrevu | None:
    """The planned contact, its sealed words loaded."""
    return session.get(
        ContactPrevu, (dossier_id, contact_id), options=[undefer(ContactPrevu.objet)], populate_existing=True
    )


# A deposit is also the id of the row it makes, so that no other row of the dossier may have it either.
# Built once: it runs at each follow-up that is noted.
_SUIVI_OF_DEPOT = (
    select(Suivi)
    .where(
        Suivi.dossier_id == bindparam("dossier_id"),
        or_(Suivi.depot == bindparam("depot"), Suivi.id == bindparam("depot")),
    )
    .options(undefer(Suivi.note))
)


def suivi_of_depot(session: Session, dossier_id: int, depot: UUID) -> Suivi | None:
    return session.scalar(_SUIVI_OF_DEPOT, {"dossier_id": dossier_id, "depot": depot})


def etape_of_depot(session: Session, dossier_id: int, depot: UUID) -> Etape | None:
    return session.scalar(
        select(Etape)
        .where(Etape.dossier_id == dossier_id, or_(Etape.depot == depot, Etape.id == depot))
        .options(undefer(Etape.precisions))
    )


def contact_of_depot(session: Session, dossier_id: int, depot: UUID) -> ContactPrevu | None:
    return session.scalar(
        select(ContactPrevu)
        .where(ContactPrevu.dossier_id == dossier_id, or_(ContactPrevu.depot == depot, ContactPrevu.id == depot))
        .options(undefer(ContactPrevu.objet))
    )


def promised_at(session: Session, dossier_id: int, suivi_id: UUID) -> ContactPrevu | None:
    """The contact that was planned while noting this follow-up."""
    return session.scalar(
        select(ContactPrevu).where(ContactPrevu.dossier_id == dossier_id, ContactPrevu.promis_par == suivi_id)
    )


def last_canal(session: Session, agent_id: int) -> Canal | None:
    """The canal of the last follow-up that this agent noted."""
    return session.scalar(select(Suivi.canal).where(Suivi.agent_id == agent_id).order_by(Suivi.cree_le.desc()).limit(1))


def last_territoire(session: Session, agent_id: int) -> int | None:
    """The territory of the last dossier where this agent noted something."""
    last = select(Dossier.territoire_id).join(Suivi, Suivi.dossier_id == Dossier.id).where(Suivi.agent_id == agent_id)
    return session.scalar(last.order_by(Suivi.cree_le.desc()).limit(1))


def code_taken(session: Session, code: str) -> bool:
    return session.scalar(select(Dossier.id).where(Dossier.code == code)) is not None


def reference_taken(session: Session, *, structure_id: int, reference: str) -> bool:
    return (
        session.scalar(select(Dossier.id).where(Dossier.structure_id == structure_id, Dossier.reference == reference))
        is not None
    )


def uids_in_pages(session: Session) -> Iterator[list[UUID]]:
    """Every dossier's uid, by pages in the order of ids."""
    last = 0
    query = select(Dossier.id, Dossier.uid).order_by(Dossier.id).limit(PAGE_DOSSIERS)
    while rows := session.execute(query.where(Dossier.id > last)).all():
        yield [row.uid for row in rows]
        last = rows[-1].id
