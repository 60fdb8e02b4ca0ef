"""Asking a référent whether somebody is already followed, without ever learning it otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from enum import Enum, auto
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.accounts import freinage
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes.models import DemandeDoublon
from app.jeunes.queries_doublons import hidden_twins, load_received, standing_request
from app.jeunes.vocabulaire import REPONSES, StatutDemande
from app.vault.places import IndexKind
from app.vault.service import Vault

TENTATIVES = 10
FENETRE = timedelta(days=1)


class Ailleurs(Enum):
    """What an agent may be told about what they may not see."""

    RIEN = auto()
    DEMANDE = auto()
    LIMITE = auto()


def look_elsewhere(
    session: Session,
    vault: Vault,
    *,
    indexes: Mapping[IndexKind, Sequence[str]],
    uids: Set[UUID],
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Ailleurs:
    """Ask the référents of likely duplicates that `agent` may not see; `uids` are those that `indexes` gave.

    An attempt, found or not, is journalled and counts among TENTATIVES a day; beyond, nothing is looked at. What
    has no index (a pseudonym, a phone alone) asks nothing and counts for nothing.
    """
    if not any(indexes.values()):
        return Ailleurs.RIEN
    key = freinage.throttle_key(vault.pseudonymise, "doublon", str(agent.id))
    if not freinage.hit(session, key, limit=TENTATIVES, window=FENETRE, now=now):
        audit.record(session, Action.DOUBLON_TENTE, acteur=acteur, now=now, precision="limite")
        return Ailleurs.LIMITE
    twins = hidden_twins(session, agent=agent, uids=uids, today=today)
    entries = [audit.Entree(Action.DOUBLON_TENTE, acteur, now)]
    for twin in twins:
        request_duplicate(session, dossier_id=twin.id, agent=agent, now=now)
        entries.append(audit.Entree(Action.DOUBLON_DEMANDE, acteur, now, dossier=twin.code))
    audit.record_many(session, entries)
    return Ailleurs.DEMANDE if twins else Ailleurs.RIEN


def request_duplicate(session: Session, *, dossier_id: int, agent: Agent, now: datetime) -> DemandeDoublon:
    """The request about this dossier: one per author however often they try, even after a silence."""
    earlier = standing_request(session, dossier_id=dossier_id, agent=agent)
    if earlier is not None:
        return earlier
    demande = DemandeDoublon(id=uuid4(), dossier_id=dossier_id, demandeur_id=agent.id, cree_le=now)
    session.add(demande)
    session.flush()
    return demande


def answer_duplicate(
    session: Session,
    demande_id: UUID,
    *,
    reponse: StatutDemande,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> DemandeDoublon | None:
    """Answer a request as whoever answers it; None when it is not theirs to answer. Silence says nothing.

    An answer may be changed from silence to words, never taken back: DomainError `deja_repondu`.
    """
    if reponse not in REPONSES:
        raise DomainError("reponse_inconnue", field="reponse")
    received = load_received(session, demande_id, agent=agent, today=today, now=now)
    if received is None:
        return None
    demande, code = received
    if demande.statut is reponse:
        return demande
    if demande.statut not in (StatutDemande.EN_ATTENTE, StatutDemande.SANS_REPONSE):
        raise DomainError("deja_repondu", field="reponse")
    demande.statut, demande.repondu_le, demande.repondu_par = reponse, now, agent.id
    audit.record(session, Action.DOUBLON_REPONDU, acteur=acteur, dossier=code, now=now, precision=reponse.value)
    return demande
