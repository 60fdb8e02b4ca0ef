"""Planned contacts with whoever planned them, and whether they follow the dossier still: `follows_today` is the one
definition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, Select, and_, bindparam, case, exists, or_
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.sql import number
from app.parcours.models import ContactPrevu, Etat
from app.parcours.queries_journal import contacts_query
from app.referents.models import MembreEquipe
from app.referents.queries import covered_by, has_opposed, member_today
from app.referents.queries_reponse import sees_dossiers


def follows_today(today: Any) -> ColumnElement[bool]:
    """Whether Agent, an open account, follows the dossier of Etat: its référent, who covers them, or a member of its
    équipe; of no structure that the young person opposed."""
    is_one = (MembreEquipe.dossier_id == Etat.dossier_id, MembreEquipe.agent_id == Agent.id)
    member = exists().where(*is_one, *member_today(today)).correlate(Etat, Agent)
    covers = Etat.referent_id.in_(covered_by(Agent.id, today).correlate(Agent))
    theirs = or_(Etat.referent_id == Agent.id, covers, member)
    return and_(sees_dossiers(), theirs, ~has_opposed(Etat.dossier_id, Agent.structure_id))


def contacts_of(session: Session, dossier_id: int, *, promis_par: UUID | None, today: date) -> Sequence[Row]:
    """The contacts still to hold, soonest first, and those, whatever became of them, promised at that follow-up.

    Rows: those of `contacts_query`, and `suit`: whether who was to meet them follows the dossier today. One statement.
    """
    given = {"dossier_id": dossier_id, "today": today} | ({} if promis_par is None else {"promis_par": promis_par})
    return session.execute(_contacts(promis_par is not None), given).all()


@cache
def _contacts(promised: bool) -> Select[Any]:
    suit = case((follows_today(bindparam("today", type_=Date())), number(1)), else_=number(0)).label("suit")
    contact = ContactPrevu.__table__.c
    return contacts_query(promised).join(Etat, Etat.dossier_id == contact.dossier_id).add_columns(suit)
