"""Putting an alert off and taking it back; saying that an alert was of no use.

None changes what a rule says, so no dossier is touched: its alerts need not be looked at again.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.policies import may_put_off_again
from app.alertes.queries_historique import find_alerte, reports_of
from app.alertes.queries_reglages import reglages_of
from app.alertes.rules_reports import check_report, is_legal_clock, put_off_before
from app.alertes.vocabulaire import GenreEvenement, MotifReport
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossier
from app.referents.vocabulaire import Relation


def put_off(
    session: Session,
    dossier: Dossier,
    alerte_id: int,
    *,
    motif: MotifReport,
    jusqu_au: date,
    relation: Relation,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Alerte:
    """Hide an alert until the day `jusqu_au`, when it shows again if its cause is still there.

    The same words sent twice are one report. DomainErrors: alerte_fermee, horloge_legale, second_report,
    report_passe, report_trop_long.
    """
    alerte = _locked(session, dossier, alerte_id)
    events = reports_of(session, alerte)
    if alerte.reportee_au == jusqu_au and events and (events[-1].motif, events[-1].agent_id) == (motif, agent.id):
        return alerte
    if is_legal_clock(alerte.regle, alerte.due, today=today):
        raise DomainError("horloge_legale")
    if put_off_before(events) and not may_put_off_again(relation):
        raise DomainError("second_report")
    check_report(jusqu_au, regle=alerte.regle, reglages=reglages_of(session, dossier.structure_id), today=today)
    alerte.reportee_au = jusqu_au
    said = {"motif": motif, "jusqu_au": jusqu_au, "agent_id": agent.id}
    session.add(EvenementAlerte(alerte_id=alerte.id, quand=now, genre=GenreEvenement.REPORTEE, **said))
    _journal(session, Action.ALERTE_REPORTEE, dossier, alerte, acteur, now)
    return alerte


def lift(session: Session, dossier: Dossier, alerte_id: int, *, agent: Agent, acteur: Acteur, now: datetime) -> Alerte:
    """Show an alert again before its day; nothing changes for one that is not put off. DomainError: alerte_fermee."""
    alerte = _locked(session, dossier, alerte_id)
    if alerte.reportee_au is not None:
        alerte.reportee_au = None
        genre = GenreEvenement.REPORT_LEVE
        session.add(EvenementAlerte(alerte_id=alerte.id, quand=now, genre=genre, agent_id=agent.id))
        _journal(session, Action.ALERTE_REPORT_LEVE, dossier, alerte, acteur, now)
    return alerte


def judge(
    session: Session, dossier: Dossier, alerte_id: int, *, inutile: bool, acteur: Acteur, now: datetime
) -> Alerte:
    """Say that an alert was of no use, or take it back; it stays open, since its cause is there.

    Its history names nobody: the usefulness of a rule is measured, never an agent. DomainError: alerte_fermee.
    """
    alerte = _locked(session, dossier, alerte_id)
    if (alerte.inutile_le is not None) != inutile:
        alerte.inutile_le = now if inutile else None
        genre = GenreEvenement.INUTILE if inutile else GenreEvenement.INUTILE_RETIRE
        session.add(EvenementAlerte(alerte_id=alerte.id, quand=now, genre=genre))
        _journal(session, Action.ALERTE_JUGEE, dossier, alerte, acteur, now)
    return alerte


def _locked(session: Session, dossier: Dossier, alerte_id: int) -> Alerte:
    """The alert, waiting for whoever writes it: a job may be closing it."""
    lock_dossier(session, dossier)
    alerte = find_alerte(session, dossier.id, alerte_id, lock=True)
    if alerte is None:
        raise DomainError("alerte_fermee")
    return alerte


def _journal(session: Session, action: Action, dossier: Dossier, alerte: Alerte, acteur: Acteur, now: datetime) -> None:
    audit.record(session, action, acteur=acteur, dossier=dossier.code, now=now, precision=alerte.regle.value)
