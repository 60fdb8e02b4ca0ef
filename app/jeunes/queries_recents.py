"""Who an agent may write about, those of their days first: today's appointments, then whom they noted last.

Made of what they noted and of what is planned: nobody keeps what they looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.sql import code, number
from app.jeunes.models import Identite
from app.jeunes.queries_rendez_vous import is_theirs
from app.parcours.models import ContactPrevu, Dossier, Etape, Etat, Suivi
from app.parcours.vocabulaire import CANAUX_COLLECTIFS, Canal, GenreEtape, StatutContactPrevu, StatutEtape
from app.referents.queries import loggable_ids
from app.referents.queries_partage import Regardeur
from app.referents.vocabulaire import GENRES_DE

# Beyond, somebody is no longer recent: the order is that of the last exchange.
JOURS_RECENTS = 60
_CONTACT, _IDENTITE = ContactPrevu.__table__.c, Identite.__table__.c


class Personne(NamedTuple):
    """Somebody to choose. `attendu`: they have an appointment today, at `heure` if it is known; `note_le`: the last
    day that this agent noted; `dernier_contact`: the last contact réussi, of anybody."""

    dossier_id: int
    uid: UUID
    code: str
    annee_naissance: int | None
    clos_le: date | None
    dernier_contact: date | None
    identite: bytes | None
    note_le: date | None
    attendu: bool
    heure: time | None


def recent_people(
    session: Session, *, agent: Agent, today: date, now: datetime, limite: int, codes: Collection[str] = ()
) -> Sequence[Personne]:
    """At most `limite` open dossiers, those of their days first; before them, those of `codes`. One statement.

    Only dossiers where `agent` may write, whatever the codes.
    """
    days = _days_of(agent, today, now)
    asked = Dossier.code.in_(codes)
    query = (
        _people(agent, today, days)
        .where(or_(Dossier.clos_le.is_(None), asked))
        .order_by(
            _last(~asked),
            _last(days.rendez_vous.c.dossier_id.is_(None)),
            _last(days.rendez_vous.c.heure.is_(None)),
            days.rendez_vous.c.heure,
            _last(days.notes.c.a.is_(None)),
            days.notes.c.a.desc(),
            _last(Etat.dernier_contact.is_(None)),
            Etat.dernier_contact.desc(),
            Dossier.id,
        )
        .limit(limite + len(codes))
    )
    return [Personne(*row) for row in session.execute(query)]


def people_found(
    session: Session, *, agent: Agent, today: date, now: datetime, ids: Sequence[int]
) -> Sequence[Personne]:
    """The same lines for the dossiers of a search, open or closed, in the order of `ids`. One statement."""
    query = _people(agent, today, _days_of(agent, today, now)).where(Dossier.id.in_(ids))
    place = {dossier_id: rank for rank, dossier_id in enumerate(ids)}
    return sorted((Personne(*row) for row in session.execute(query)), key=lambda one: place[one.dossier_id])


def in_chantier(session: Session, *, agent: Agent, today: date) -> Sequence[str]:
    """The codes of those who are on a chantier éducatif today, of which `agent` may write and may know it. One
    statement."""
    hidden = Regardeur(agent.id, agent.structure_id, today).withholds(Dossier.id, Etape.genre, GENRES_DE)
    open_now = (Etape.genre == code(GenreEtape.CHANTIER_EDUCATIF), Etape.statut == code(StatutEtape.EN_COURS))
    query = (
        select(Dossier.code)
        .where(
            Dossier.id.in_(loggable_ids(agent, today)),
            exists().where(Etape.dossier_id == Dossier.id, *open_now, ~hidden),
        )
        .order_by(Dossier.id)
    )
    return session.scalars(query).all()


class Groupe(NamedTuple):
    """The last day when an agent noted several together, how, and the codes of those who were said to be there."""

    jour: date
    canal: Canal
    codes: Sequence[str]


def last_group(session: Session, *, agent: Agent, today: date, now: datetime) -> Groupe | None:
    """None when there was none of late, or when `agent` may no longer write of any of them. One statement."""
    mine = (
        Suivi.agent_id == agent.id,
        Suivi.cree_le >= now - timedelta(days=JOURS_RECENTS),
        Suivi.canal.in_(sorted(CANAUX_COLLECTIFS)),
    )
    newest = select(Suivi.jour, Suivi.canal).where(*mine).order_by(Suivi.cree_le.desc(), Suivi.id).limit(1).subquery()
    query = (
        select(Suivi.jour, Suivi.canal, Dossier.code)
        .join(Dossier, Dossier.id == Suivi.dossier_id)
        .join(newest, and_(newest.c.jour == Suivi.jour, newest.c.canal == Suivi.canal))
        .where(*mine, Dossier.clos_le.is_(None), Dossier.id.in_(loggable_ids(agent, today)))
        .distinct()
        .order_by(Dossier.code)
    )
    rows = session.execute(query).all()
    return Groupe(rows[0].jour, rows[0].canal, [row.code for row in rows]) if rows else None


class _Jours(NamedTuple):
    """By dossier: when this agent noted somebody last, and their first appointment of today."""

    notes: Any
    rendez_vous: Any


def _days_of(agent: Agent, today: date, now: datetime) -> _Jours:
    notes = (
        select(Suivi.dossier_id, func.max(Suivi.jour).label("jour"), func.max(Suivi.cree_le).label("a"))
        .where(Suivi.agent_id == agent.id, Suivi.cree_le >= now - timedelta(days=JOURS_RECENTS))
        .group_by(Suivi.dossier_id)
        .subquery("notes")
    )
    rendez_vous = (
        select(_CONTACT.dossier_id, func.min(_CONTACT.heure).label("heure"))
        .join_from(ContactPrevu, Etat, Etat.dossier_id == _CONTACT.dossier_id)
        .where(
            is_theirs(agent, today),
            # its code in the text: the partial index of what is to come
            _CONTACT.statut == code(StatutContactPrevu.PREVU),
            _CONTACT.jour == today,
        )
        .group_by(_CONTACT.dossier_id)
        .subquery("rendez_vous")
    )
    return _Jours(notes, rendez_vous)


def _people(agent: Agent, today: date, days: _Jours) -> Select[Any]:
    return (
        select(
            Dossier.id,
            Dossier.uid,
            Dossier.code,
            Dossier.annee_naissance,
            Dossier.clos_le,
            Etat.dernier_contact,
            _IDENTITE.identite,
            days.notes.c.jour,
            days.rendez_vous.c.dossier_id.is_not(None),
            days.rendez_vous.c.heure,
        )
        .join_from(Dossier, Etat, Etat.dossier_id == Dossier.id)
        .outerjoin(Identite.__table__, _IDENTITE.dossier_id == Dossier.id)
        .outerjoin(days.notes, days.notes.c.dossier_id == Dossier.id)
        .outerjoin(days.rendez_vous, days.rendez_vous.c.dossier_id == Dossier.id)
        .where(Dossier.id.in_(loggable_ids(agent, today)))
    )


def _last(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Those of whom this is true come after the others; the engines disagree on where nulls come."""
    return case((condition, number(1)), else_=number(0))
