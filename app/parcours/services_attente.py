"""A journey waits until a day, for a coded reason: its clocks stop. It goes on sooner when somebody says so."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.models_actes import MiseEnAttente
from app.parcours.queries import lock_dossier
from app.parcours.queries_attente import attente_of_depot, find_attente, last_attente, last_contact_reussi
from app.parcours.rules import check_en_cours
from app.parcours.rules_attente import check_attente, check_succession
from app.parcours.vocabulaire_actes import MotifAttente


def set_attente(
    session: Session,
    dossier: Dossier,
    *,
    motif: MotifAttente,
    jusqu_au: date,
    au_plus: int,
    depot: UUID,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> MiseEnAttente:
    """The journey waits from today until `jusqu_au`, the day it goes on, at most `au_plus` days away.

    The same deposit gives the same row; with other words, DepotConflict carries it.
    DomainErrors: dossier_clos, attente_passee, attente_trop_longue, attente_en_cours, attente_sans_contact.
    """
    lock_dossier(session, dossier)
    if (earlier := attente_of_depot(session, dossier.id, depot)) is not None:
        return _same_or_conflict(earlier, motif, jusqu_au)
    check_en_cours(dossier.clos_le)
    last = last_attente(session, dossier.id)
    contact = None if last is None else last_contact_reussi(session, dossier.id)
    check_succession(last and last.jusqu_au, dernier_contact=contact, today=today)
    check_attente(jusqu_au, au_plus=au_plus, today=today)
    attente = MiseEnAttente(
        dossier_id=dossier.id,
        id=depot,
        motif=motif,
        depuis=today,
        jusqu_au=jusqu_au,
        cree_le=now,
        cree_par=acteur.agent_id,
        depot=depot,
    )
    session.add(attente)
    touch(session, dossier.id)
    audit.record(session, Action.ATTENTE_POSEE, acteur=acteur, dossier=dossier.code, now=now)
    return attente


def _same_or_conflict(earlier: MiseEnAttente, motif: MotifAttente, jusqu_au: date) -> MiseEnAttente:
    # lifted meanwhile, it no longer says until when it was set
    if earlier.motif is not motif or (earlier.levee_le is None and earlier.jusqu_au != jusqu_au):
        raise DepotConflict(earlier)
    return earlier


def lift_attente(
    session: Session, dossier: Dossier, *, attente_id: UUID, acteur: Acteur, now: datetime, today: date
) -> MiseEnAttente | None:
    """The journey goes on today. Nothing changes for a wait that is over; None: there is none of this id."""
    lock_dossier(session, dossier)
    attente = find_attente(session, dossier.id, attente_id)
    if attente is None or attente.jusqu_au <= today:
        return attente
    # never before its first day, whatever became of the clock
    attente.jusqu_au = attente.levee_le = max(today, attente.depuis)
    touch(session, dossier.id)
    audit.record(session, Action.ATTENTE_LEVEE, acteur=acteur, dossier=dossier.code, now=now)
    return attente
