"""Being away: who covers, from when until when. A cover gives and takes rights by its dates alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.referents.ddl import ABSENCE_OVERLAP
from app.referents.models_continuite import Absence
from app.referents.queries_reponse import sees_dossiers
from app.referents.rules_absences import check_days


def note_absence(
    session: Session,
    agent: Agent,
    *,
    suppleant: Agent | None,
    depuis: date,
    jusqu_au: date,
    absence_id: UUID,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Absence:
    """Say that `agent` is away from `depuis` to `jusqu_au` excluded, and who covers them; None: nobody.

    `absence_id` is the client's id: the same one gives the same row; with other words, DepotConflict.
    DomainErrors: those of `rules_absences.check_days`; absence_chevauchante; agent_desactive, agent_sans_role;
    suppleant_soi_meme, suppleant_desactive, suppleant_sans_role, suppleant_absent; depot_inconnu.
    """
    who, cover = _locked(session, agent, suppleant)
    said = {"suppleant_id": suppleant.id if suppleant else None, "depuis": depuis, "jusqu_au": jusqu_au}
    if earlier := _deposited(session, absence_id, agent, said):
        return earlier
    check_days(depuis, jusqu_au, today=today)
    _check_absent(who)
    _check_cover(session, agent.id, cover, depuis, jusqu_au)
    _check_free(session, agent, depuis, jusqu_au, but=absence_id)
    absence = Absence(id=absence_id, agent_id=agent.id, **said, cree_le=now, cree_par=par.id)
    _write(session, absence)
    _record(session, Action.ABSENCE_NOTEE, absence, acteur, now)
    return absence


def change_absence(
    session: Session,
    absence_id: UUID,
    agent: Agent,
    *,
    version: int,
    suppleant: Agent | None,
    depuis: date,
    jusqu_au: date,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Absence:
    """Other days or another suppléant for an absence of `agent` that is not over.

    DomainErrors as for `note_absence`, and absence_terminee. StaleVersion: it changed meanwhile.
    """
    _, cover = _locked(session, agent, suppleant)
    absence = _current(session, absence_id, version, today)
    began = absence.depuis if absence.depuis <= today else None
    check_days(depuis, jusqu_au, today=today, begun=began)
    _check_cover(session, agent.id, cover, max(depuis, today), jusqu_au)
    _check_free(session, agent, depuis, jusqu_au, but=absence_id)
    said = {"suppleant_id": cover.id if cover else None, "depuis": depuis, "jusqu_au": jusqu_au}
    _write(session, absence, **said, version=version + 1)
    _record(session, Action.ABSENCE_MODIFIEE, absence, acteur, now)
    return absence


def end_absence(
    session: Session, absence_id: UUID, agent: Agent, *, version: int, acteur: Acteur, now: datetime, today: date
) -> Absence:
    """`agent` is back today, or will not leave: one that began before today ends with yesterday, any other never was.

    DomainErrors: absence_terminee. StaleVersion: it changed meanwhile.
    """
    _locked(session, agent, None)
    absence = _current(session, absence_id, version, today)
    if absence.depuis < today:
        absence.jusqu_au, action = today, Action.ABSENCE_MODIFIEE
    else:
        absence.annulee_le, action = now, Action.ABSENCE_ANNULEE
    absence.version += 1
    session.flush()
    _record(session, action, absence, acteur, now)
    return absence


def _locked(session: Session, agent: Agent, suppleant: Agent | None) -> tuple[Row[Any], Row[Any] | None]:
    """Both accounts as they are now, until the commit: one writer at a time says when somebody is away, and nobody
    closes an account meanwhile. In the order of ids."""
    ids = {agent.id} | ({suppleant.id} if suppleant else set())
    account = select(Agent.id, Agent.desactive_le, Agent.referent, sees_dossiers().label("voit"))
    rows = session.execute(account.where(Agent.id.in_(ids)).order_by(Agent.id).with_for_update(key_share=True))
    found = {row.id: row for row in rows}
    return found[agent.id], found[suppleant.id] if suppleant else None


def _current(session: Session, absence_id: UUID, version: int, today: date) -> Absence:
    absence = session.get(Absence, absence_id, populate_existing=True)
    if absence is None or absence.annulee_le is not None or absence.jusqu_au <= today:
        raise DomainError("absence_terminee")
    if absence.version != version:
        raise StaleVersion(absence)
    return absence


def _deposited(session: Session, absence_id: UUID, agent: Agent, said: dict[str, object]) -> Absence | None:
    """The row that this deposit already made: a form sent twice."""
    earlier = session.get(Absence, absence_id, populate_existing=True)
    if earlier is None:
        return None
    if earlier.agent_id != agent.id:
        raise DomainError("depot_inconnu")
    if any(getattr(earlier, name) != value for name, value in said.items()):
        raise DepotConflict(earlier)
    return earlier


def _check_absent(agent: Row[Any]) -> None:
    if agent.desactive_le is not None:
        raise DomainError("agent_desactive")
    if not agent.voit:
        raise DomainError("agent_sans_role")


def _check_cover(session: Session, agent_id: int, cover: Row[Any] | None, depuis: date, jusqu_au: date) -> None:
    if cover is None:
        return
    if cover.id == agent_id:
        raise DomainError("suppleant_soi_meme", field="suppleant")
    if cover.desactive_le is not None:
        raise DomainError("suppleant_desactive", field="suppleant")
    if not cover.referent:
        raise DomainError("suppleant_sans_role", field="suppleant")
    if _away(session, cover.id, depuis, jusqu_au):
        raise DomainError("suppleant_absent", field="suppleant")


def _check_free(session: Session, agent: Agent, depuis: date, jusqu_au: date, *, but: UUID) -> None:
    if _away(session, agent.id, depuis, jusqu_au, but=but):
        raise DomainError(ABSENCE_OVERLAP, field="depuis")


def _away(session: Session, agent_id: int, depuis: date, jusqu_au: date, *, but: UUID | None = None) -> bool:
    theirs = select(Absence.id).where(Absence.agent_id == agent_id, *_shared(depuis, jusqu_au))
    return session.scalar(select((theirs if but is None else theirs.where(Absence.id != but)).exists()))


def _shared(depuis: date, jusqu_au: date) -> tuple[ColumnElement[bool], ...]:
    return Absence.depuis < jusqu_au, Absence.jusqu_au > depuis, Absence.annulee_le.is_(None)


def _write(session: Session, absence: Absence, **values: Any) -> None:
    """The database has the last word: who wrote without this room's lock is answered like any other."""
    try:
        with session.begin_nested():
            for name, value in values.items():
                setattr(absence, name, value)
            session.add(absence)
    except IntegrityError as error:
        if ABSENCE_OVERLAP in str(error.orig):
            raise DomainError(ABSENCE_OVERLAP, field="depuis") from None
        raise


def _record(session: Session, action: Action, absence: Absence, acteur: Acteur, now: datetime) -> None:
    audit.record(session, action, acteur=acteur, now=now, precision=f"agent:{absence.agent_id}")
