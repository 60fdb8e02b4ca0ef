"""A handover after the handover: its receipt, its refusal, the day when the young person was told."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.config import PARIS
from app.db.errors import DomainError, StaleVersion
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossier
from app.referents import services
from app.referents.models import Affectation, MembreEquipe
from app.referents.queries import open_affectation
from app.referents.queries_passation import able_former
from app.referents.rules_passation import awaits_receipt, check_informed, refusable_until
from app.referents.vocabulaire import MotifAffectation


def acknowledge(
    session: Session, dossier: Dossier, *, affectation_id: UUID, agent: Agent, acteur: Acteur, now: datetime
) -> Affectation:
    """The référent took note of what was handed over to them. Said twice, it was said the first time.

    StaleVersion: they are no longer its référent.
    """
    lock_dossier(session, dossier)
    current = _theirs(session, dossier, affectation_id, agent)
    if _waits(current):
        current.accusee_le = now
        audit.record(session, Action.PASSATION_ACCUSEE, acteur=acteur, dossier=dossier.code, now=now)
    return current


def refuse(
    session: Session,
    dossier: Dossier,
    *,
    affectation_id: UUID,
    refus: bytes,
    retour_id: UUID,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Affectation | None:
    """Give back what was handed over: a new affectation, `retour_id`, to whom it came from; None when that agent
    cannot take it, is away without a cover, or had themselves given it back: it is on the coordinateur's list.

    The one who gives it back reads it no more, unless they were in the équipe before.
    DomainErrors: passation_accusee, refus_tardif, refus_sans_passation. StaleVersion as for `acknowledge`.
    """
    lock_dossier(session, dossier)
    current = _theirs(session, dossier, affectation_id, agent)
    _check_refusable(current, today)
    current.refusee_le, current.refus = now, refus
    before = _was_member(session, current)
    back = give_back(session, dossier, current, retour_id=retour_id, par=agent, acteur=acteur, now=now, today=today)
    if before is not None:
        before.jusqu_au = None
    precision = "retour" if back else "sans_referent"
    audit.record(session, Action.PASSATION_REFUSEE, acteur=acteur, dossier=dossier.code, now=now, precision=precision)
    return back


def tell(
    session: Session,
    dossier: Dossier,
    *,
    affectation_id: UUID,
    le: date,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Affectation:
    """Write the day when the young person was told who answers for their dossier.

    DomainError: information_a_venir. StaleVersion: somebody else answers for it by now.
    """
    lock_dossier(session, dossier)
    current = open_affectation(session, dossier.id)
    if current is None or current.id != affectation_id:
        raise StaleVersion(current)
    check_informed(le, elsewhere=False, today=today)
    if current.jeune_informe_le != le:
        current.jeune_informe_le = le
        audit.record(session, Action.JEUNE_INFORME_PASSATION, acteur=acteur, dossier=dossier.code, now=now)
    return current


def give_back(
    session: Session,
    dossier: Dossier,
    current: Affectation,
    *,
    retour_id: UUID,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Affectation | None:
    """The dossier goes back to whom `current` took it over from; to nobody when they cannot take it back."""
    former = able_former(session, current, today=today)
    if former is None:
        services.end_affectation(session, dossier, le=today, acteur=acteur, now=now, leaves=True)
        return None
    return services.hand_over(
        session,
        dossier,
        to=session.get_one(Agent, former),
        par=par,
        acteur=acteur,
        motif=MotifAffectation.RETOUR,
        note=None,
        affectation_id=retour_id,
        remplace=current.id,
        now=now,
        today=today,
    )


def _theirs(session: Session, dossier: Dossier, affectation_id: UUID, agent: Agent) -> Affectation:
    current = open_affectation(session, dossier.id)
    if current is None or current.id != affectation_id or current.agent_id != agent.id:
        raise StaleVersion(current)
    return current


def _waits(affectation: Affectation) -> bool:
    return awaits_receipt(agent_id=affectation.agent_id, par_id=affectation.par_id, accusee_le=affectation.accusee_le)


def _check_refusable(affectation: Affectation, today: date) -> None:
    if affectation.accusee_le is not None:
        raise DomainError("passation_accusee")
    if not _waits(affectation):
        raise DomainError("refus_sans_passation")
    if today > refusable_until(affectation.debut):
        raise DomainError("refus_tardif")


def _was_member(session: Session, affectation: Affectation) -> MembreEquipe | None:
    """Their row of the équipe from before the day when they became its référent, that still goes on."""
    day = affectation.debut.astimezone(PARIS).date()
    return session.scalar(
        select(MembreEquipe).where(
            MembreEquipe.dossier_id == affectation.dossier_id,
            MembreEquipe.agent_id == affectation.agent_id,
            MembreEquipe.depuis < day,
            MembreEquipe.jusqu_au.is_(None),
        )
    )
