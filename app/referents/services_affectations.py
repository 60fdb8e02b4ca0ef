"""Affectations that begin, and the équipe that follows them: as many statements for three hundred dossiers as for one.

The callers hold the locks of the dossiers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import Row, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.errors import DomainError
from app.db.sql import among, ids_parameter
from app.db.unit import touch
from app.parcours.models import Dossier
from app.referents.ddl import OVERLAP
from app.referents.models import Affectation, MembreEquipe
from app.referents.queries_receveurs import is_alone

Couple = tuple[int, int]

_ROWS = (
    select(MembreEquipe)
    .where(among(MembreEquipe.dossier_id, ids_parameter("dossiers")), among(MembreEquipe.agent_id, ids_parameter("by")))
    .order_by(MembreEquipe.depuis)
    .execution_options(populate_existing=True)
)


def lock_receivers(session: Session, ids: Iterable[int]) -> Mapping[int, Row]:
    """The accounts of who is given dossiers: desactive_le, referent, structure_id. A shared lock: nobody disables one,
    nor moves it elsewhere, meanwhile."""
    columns = (Agent.id, Agent.desactive_le, Agent.referent, Agent.structure_id)
    theirs = select(*columns).where(Agent.id.in_(sorted(set(ids)))).order_by(Agent.id)
    return {row.id: row for row in session.execute(theirs.with_for_update(read=True))}


def check_account(account: Row) -> None:
    """DomainErrors: agent_desactive, agent_sans_role."""
    if account.desactive_le is not None:
        raise DomainError("agent_desactive", field="agent")
    if not account.referent:
        raise DomainError("agent_sans_role", field="agent")


def check_there(session: Session, to: Agent, today: date) -> None:
    """For who chooses a receiver: somebody away whom nobody covers would answer for nothing. Takes the account, as
    `lock_receivers` does. DomainError: agent_absent."""
    lock_receivers(session, [to.id])
    if is_alone(session, to.id, today):
        raise DomainError("agent_absent", field="agent")


def begin_all(session: Session, affectations: Collection[Affectation], today: date) -> None:
    """Open these, one a dossier, whose référents join the équipe. DomainError: affectation_chevauchante.

    The database has the last word: who wrote without the lock of this room is answered like any other.
    """
    try:
        with session.begin_nested():
            session.add_all(affectations)
    except IntegrityError as error:
        if OVERLAP in str(error.orig) or "uq_affectation_ouverte" in str(error.orig):
            raise DomainError(OVERLAP) from None
        raise
    enter_teams(session, [(one.dossier_id, one.agent_id) for one in affectations], today)
    for one in affectations:
        touch(session, one.dossier_id)


def last_memberships(session: Session, couples: Collection[Couple]) -> dict[Couple, MembreEquipe]:
    """The last row of each of these (dossier, agent) that has one."""
    asked = set(couples)
    ids = {"dossiers": sorted({one for one, _ in asked}), "by": sorted({one for _, one in asked})}
    found = {(row.dossier_id, row.agent_id): row for row in session.scalars(_ROWS, ids)}
    return {couple: row for couple, row in found.items() if couple in asked}


def enter_teams(session: Session, couples: Sequence[Couple], today: date) -> list[MembreEquipe]:
    """The rows by which these agents are members of these dossiers from today, or still are; in the order given."""
    rows = last_memberships(session, couples)
    for row in rows.values():
        if row.jusqu_au is None and row.echeance is not None and row.echeance <= today:
            # the agreed end came by itself
            row.jusqu_au = row.echeance
    session.flush()
    for dossier_id, agent_id in couples:
        last = rows.get((dossier_id, agent_id))
        if last is None or (last.jusqu_au is not None and last.depuis != today):
            rows[dossier_id, agent_id] = MembreEquipe(dossier_id=dossier_id, agent_id=agent_id, depuis=today)
            session.add(rows[dossier_id, agent_id])
        else:
            # still there, or left this very day: the same row goes on
            last.jusqu_au = None
    session.flush()
    return [rows[couple] for couple in couples]


def enter_team(session: Session, dossier: Dossier, agent_id: int, today: date) -> MembreEquipe:
    """As `enter_teams`, of one."""
    return enter_teams(session, [(dossier.id, agent_id)], today)[0]


def leave_teams(session: Session, dossiers: Collection[int], agent_id: int, today: date) -> None:
    """End the memberships of an agent in these dossiers today, where there is one."""
    still = (MembreEquipe.agent_id == agent_id, MembreEquipe.jusqu_au.is_(None))
    theirs = update(MembreEquipe).where(among(MembreEquipe.dossier_id, ids_parameter("dossiers")), *still)
    session.execute(
        theirs.values(jusqu_au=today).execution_options(synchronize_session="fetch"), {"dossiers": sorted(dossiers)}
    )


def leave_team(session: Session, dossier: Dossier, agent_id: int, today: date) -> None:
    """As `leave_teams`, of one."""
    leave_teams(session, [dossier.id], agent_id, today)


def return_to_teams(session: Session, dossiers: Collection[int], agent_id: int, *, left: date) -> None:
    """Who left these équipes on the day `left` is in them again, as if they had stayed."""
    for row in last_memberships(session, [(one, agent_id) for one in dossiers]).values():
        if row.jusqu_au == left:
            row.jusqu_au = None
    session.flush()
