"""The appointments that an agent has today, and those that passed without a word. One statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.sql import code, number
from app.jeunes.models import Identite
from app.parcours.models import ContactPrevu, Dossier, Etat
from app.parcours.vocabulaire import Canal, StatutContactPrevu
from app.referents.queries import answered_ids, loggable_ids
from app.referents.queries_rendez_vous import follows_today

# A day holds fewer; beyond, what passed without a word is for the alerts to say.
RENDEZ_VOUS_AU_PLUS = 40
_CONTACT, _IDENTITE = ContactPrevu.__table__.c, Identite.__table__.c


class RendezVous(NamedTuple):
    """A planned contact; `identite` and `objet` are sealed, the second one for the row `contact_id`."""

    contact_id: UUID
    jour: date
    heure: time | None
    canal: Canal | None
    objet: bytes | None
    uid: UUID
    code: str
    identite: bytes | None


def appointments(session: Session, *, agent: Agent, today: date) -> Sequence[RendezVous]:
    """Those of `agent` up to today: today's by the hour, what has none last; then those that passed, latest first."""
    passed = case((_CONTACT.jour < today, number(1)), else_=number(0))
    without_hour = case((_CONTACT.heure.is_(None), number(1)), else_=number(0))
    query = (
        select(
            _CONTACT.id,
            _CONTACT.jour,
            _CONTACT.heure,
            _CONTACT.canal,
            _CONTACT.objet,
            Dossier.uid,
            Dossier.code,
            _IDENTITE.identite,
        )
        .join_from(ContactPrevu, Etat, Etat.dossier_id == _CONTACT.dossier_id)
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .outerjoin(Identite.__table__, _IDENTITE.dossier_id == Dossier.id)
        .where(
            # its code in the text: the partial index of what is to come
            _CONTACT.statut == code(StatutContactPrevu.PREVU),
            _CONTACT.jour <= today,
            is_theirs(agent, today),
        )
        .order_by(passed, _CONTACT.jour.desc(), without_hour, _CONTACT.heure, _CONTACT.id)
        .limit(RENDEZ_VOUS_AU_PLUS)
    )
    return [RendezVous(*row) for row in session.execute(query)]


def is_theirs(agent: Agent, today: date) -> ColumnElement[bool]:
    """Whether a contact, joined to the Etat of its dossier, is for `agent` to hold.

    What they planned themselves and, in the dossiers that they answer for today, what nobody else of the équipe holds.
    """
    inherited = and_(_CONTACT.dossier_id.in_(answered_ids(agent, today)), ~_held_by_a_colleague(today))
    return and_(_CONTACT.dossier_id.in_(loggable_ids(agent, today)), or_(_CONTACT.agent_id == agent.id, inherited))


def _held_by_a_colleague(today: date) -> ColumnElement[bool]:
    """Who planned it follows the dossier still, and is not its référent."""
    still = (Agent.id == _CONTACT.agent_id, Agent.id.is_distinct_from(Etat.referent_id), follows_today(today))
    return exists().where(*still).correlate_except(Agent)
