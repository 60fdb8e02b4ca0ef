"""Who is asked for, by whom, and what became of it. Who asks never learns whether there is a dossier."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Row, ScalarSelect, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.db.sql import code
from app.db.types import Identifiant, Instant
from app.parcours.models import Dossier, Etat
from app.referents.models_urgence import NoteOuverte, Urgence
from app.referents.queries import covered_by, has_opposed
from app.referents.queries import named as code_named
from app.referents.queries_ouvertures import not_seen
from app.referents.queries_reponse import answering
from app.referents.rules_urgence import (
    COURRIEL_JUSQU_A,
    ENVOIS_MONTRES,
    REPONDUES_MONTREES,
    REPRISE,
    may_withdraw,
    told,
)
from app.referents.vocabulaire_urgence import ReponseUrgence

URGENCES_AU_PLUS = 50
# as `models_urgence.A_REPONDRE` writes it, for the partial index
_PENDING = and_(
    or_(Urgence.reponse.is_(None), Urgence.reponse == code(ReponseUrgence.TRANSMIS)), Urgence.retiree_le.is_(None)
)
_PRIS, _VERS = aliased(Agent), aliased(Agent)

_RECEIVED = (
    Urgence.id,
    Urgence.cree_le,
    Urgence.reponse,
    Urgence.repondu_le,
    Urgence.retiree_le,
    Urgence.__table__.c.mots,
    Dossier.id.label("dossier_id"),
    Dossier.uid,
    Dossier.code,
    Agent.prenom,
    Agent.nom,
    Agent.courriel,
    Structure.nom.label("structure"),
    _PRIS.prenom.label("pris_prenom"),
    _PRIS.nom.label("pris_nom"),
    _VERS.prenom.label("vers_prenom"),
    _VERS.nom.label("vers_nom"),
)


@dataclass(frozen=True, slots=True)
class Attente:
    """What stands at the head of every page of an agent until they deal with it."""

    urgences: int = 0
    ouvertures: int = 0

    @property
    def total(self) -> int:
        return self.urgences + self.ouvertures


@dataclass(frozen=True, slots=True)
class Envoi:
    """What who sent it sees: an instant, and an answer if there is one. `reponse` is None for what reached nobody.

    `retiree_le`: when they took it back.
    """

    id: UUID
    cree_le: datetime
    reponse: ReponseUrgence | None
    retiree_le: datetime | None

    @property
    def retirable(self) -> bool:
        return may_withdraw(self.reponse, self.retiree_le)


@dataclass(frozen=True, slots=True)
class ACourrier:
    """An urgency whose e-mails are to leave: the code of its dossier, and to whom."""

    id: UUID
    code: str
    adresses: Sequence[str]


def reached(session: Session, *, dossier_code: str, uids: Collection[UUID]) -> Sequence[Row]:
    """The dossiers that a code or an identity names, open or closed, whoever sees them: id, uid, code.

    One statement of one shape, whatever is found. A young person who asked for anonymity is not found by a name.
    """
    named = and_(Dossier.uid.in_(list(uids)), Dossier.anonymat_demande.is_(False))
    query = select(Dossier.id, Dossier.uid, Dossier.code).where(or_(Dossier.id == code_named(dossier_code), named))
    return session.execute(query.order_by(Dossier.id)).all()


def already_sent(session: Session, envoi: UUID) -> bool:
    return session.scalar(select(func.count()).where(Urgence.envoi == envoi)) > 0


@dataclass(frozen=True, slots=True)
class _Regard:
    """Who looks, and when: values, or the parameters of a statement built once."""

    agent_id: Any
    structure_id: Any
    today: Any
    retard: Any
    coordinateur: bool

    @classmethod
    def of(cls, agent: Agent, today: date, now: datetime) -> _Regard:
        return cls(agent.id, agent.structure_id, today, now - REPRISE, agent.coordinateur)


def _answers(regard: _Regard) -> ColumnElement[bool]:
    """Whether they answer today for the dossier of the row, Dossier joined to Etat, and did not ask themselves: as
    `queries_reponse.answering` has it."""
    as_one = [Etat.referent_id == regard.agent_id, Etat.referent_id.in_(covered_by(regard.agent_id, regard.today))]
    if regard.coordinateur:
        as_one.append(Dossier.structure_id == regard.structure_id)
    opposed = has_opposed(Dossier.id, regard.structure_id)
    return and_(or_(*as_one), ~opposed, Urgence.par_id != regard.agent_id)


def _waits(regard: _Regard) -> ColumnElement[bool]:
    """Nobody answered, or a colleague passed it on to them, or to somebody who did not take it."""
    passed_on = or_(Urgence.transmis_a == regard.agent_id, Urgence.repondu_le <= regard.retard)
    return and_(_PENDING, or_(Urgence.reponse.is_(None), passed_on), _answers(regard))


def late(now: datetime) -> dict[str, Any]:
    """The parameter of `head_counts` that no other statement has."""
    return {"retard": now - REPRISE}


def head_counts(coordinateur: bool) -> tuple[ScalarSelect[int], ScalarSelect[int]]:
    """The two numbers of an `Attente`, which the menu asks with its own, of the parameters `agent_id`, `structure_id`,
    `today` and those of `late`."""
    regard = _Regard(
        bindparam("agent_id", type_=Identifiant),
        bindparam("structure_id", type_=Identifiant),
        bindparam("today", type_=Date()),
        bindparam("retard", type_=Instant()),
        coordinateur,
    )
    asked = _of(select(func.count(Urgence.id)), _waits(regard)).scalar_subquery()
    opened = select(func.count()).select_from(NoteOuverte).where(not_seen(regard.agent_id)).scalar_subquery()
    return asked, opened


def received(session: Session, *, agent: Agent, today: date, now: datetime) -> Sequence[Row]:
    """Those of the dossiers that `agent` answers for: what waits for them first, then what a colleague took lately.

    Rows: id, cree_le, reponse, repondu_le, retiree_le, mots (sealed), dossier_id, uid, code, then prenom, nom, courriel
    and structure of who asks, pris_prenom and pris_nom of who answered, vers_prenom and vers_nom of whom it was passed
    to, and `attend`: whether it waits for `agent`.
    """
    regard = _Regard.of(agent, today, now)
    attend = _waits(regard)
    since = now - REPONDUES_MONTREES
    lately = or_(_PENDING, Urgence.repondu_le > since, Urgence.retiree_le > since)
    query = (
        _of(select(*_RECEIVED, attend.label("attend")), _answers(regard), lately)
        .join(Agent, Agent.id == Urgence.par_id)
        .join(Structure, Structure.id == Agent.structure_id)
        .outerjoin(_PRIS, _PRIS.id == Urgence.repondu_par)
        .outerjoin(_VERS, _VERS.id == Urgence.transmis_a)
    )
    order = (case((attend, 0), (_PENDING, 1), else_=2), Urgence.cree_le.desc(), Urgence.id)
    return session.execute(query.order_by(*order).limit(URGENCES_AU_PLUS)).all()


def load_received(
    session: Session, urgence_id: UUID, *, agent: Agent, today: date, now: datetime
) -> tuple[Urgence, Dossier] | None:
    """One that `agent` may answer, locked, and its dossier; None for anybody else's, and for their own."""
    query = _of(select(Urgence, Dossier), Urgence.id == urgence_id, _answers(_Regard.of(agent, today, now)))
    locked = query.with_for_update(of=Urgence).execution_options(populate_existing=True)
    row = session.execute(locked).one_or_none()
    return None if row is None else (row[0], row[1])


def sent(session: Session, *, agent: Agent, now: datetime) -> list[Envoi]:
    """What `agent` sent of late, the last first: one line a sending, whatever it reached, if anybody."""
    rows = session.execute(
        select(Urgence.envoi, Urgence.cree_le, Urgence.reponse, Urgence.retiree_le)
        .where(Urgence.par_id == agent.id, Urgence.cree_le > now - ENVOIS_MONTRES)
        .order_by(Urgence.cree_le.desc(), Urgence.envoi)
    ).all()
    sendings = ([*group] for _, group in groupby(rows, key=lambda row: (row.cree_le, row.envoi)))
    return [
        Envoi(
            group[0].envoi,
            group[0].cree_le,
            told([row.reponse for row in group]),
            max((row.retiree_le for row in group if row.retiree_le), default=None),
        )
        for group in sendings
    ]


def to_mail(session: Session, *, today: date, now: datetime) -> list[ACourrier]:
    """Those that nobody answered and whose e-mail nobody took charge of, the oldest first."""
    rows = session.execute(
        select(Urgence.id, Urgence.par_id, Dossier)
        .join(Dossier, Dossier.id == Urgence.dossier_id)
        .where(Urgence.reponse.is_(None), Urgence.retiree_le.is_(None))
        .where(Urgence.courriel_le.is_(None), Urgence.cree_le > now - COURRIEL_JUSQU_A)
        .order_by(Urgence.cree_le, Urgence.id)
        .limit(URGENCES_AU_PLUS)
    ).all()
    return [
        ACourrier(
            row.id,
            row.Dossier.code,
            [one.courriel for one in answering(session, row.Dossier, today=today) if one.agent_id != row.par_id],
        )
        for row in rows
    ]


def _of(columns: Select[Any], *where: ColumnElement[bool]) -> Select[Any]:
    return (
        columns.select_from(Urgence)
        .join(Dossier, Dossier.id == Urgence.dossier_id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .where(*where)
    )
