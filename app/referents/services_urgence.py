"""Asking for the person in charge of a young person, without ever learning whether they are known; answering."""

from __future__ import annotations

from collections.abc import Set
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts import freinage
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.referents.models_urgence import Urgence
from app.referents.queries_reponse import answering
from app.referents.queries_urgence import already_sent, load_received, reached
from app.referents.rules_urgence import ENVOIS, FENETRE, check_answer, may_withdraw, told
from app.referents.vocabulaire_urgence import ReponseUrgence
from app.vault.places import Place
from app.vault.service import Vault


def send(
    session: Session,
    vault: Vault,
    *,
    code: str,
    uids: Set[UUID],
    mots: dict[str, str],
    depot: UUID,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
) -> list[UUID]:
    """Ask whoever answers for the dossiers that `code` or `uids` name. The ids of the rows, which no page may tell.

    What reaches somebody and what reaches nobody run the same statements, write as much, and are journalled alike, so
    that neither time nor sequel tells them apart; no dossier is touched. The same deposit with the same words is sent
    once; with other words it is another sending. DomainError: urgences_trop_nombreuses.
    """
    key = freinage.throttle_key(vault.pseudonymise, "urgence", str(agent.id))
    if not freinage.hit(session, key, limit=ENVOIS, window=FENETRE, now=now):
        raise DomainError("urgences_trop_nombreuses")
    envoi = _sending(vault, agent, depot, f"{code}|{sorted(map(str, uids))}|{sorted(mots.items())}")
    # a random one stands for none, so that the same statement runs
    found = reached(session, dossier_code=code, uids=uids or {uuid4()})
    keys = vault.keys([row.uid for row in found] or [uuid4()])
    if already_sent(session, envoi):
        return []
    common = {"envoi": envoi, "par_id": agent.id, "cree_le": now}
    rows = []
    for row in found:
        urgence_id = uuid4()
        sealed = keys.seal(row.uid, mots, place=Place.URGENCE, row=urgence_id) if mots else None
        rows.append(common | {"id": urgence_id, "dossier_id": row.id, "mots": sealed})
    rows = rows or [common | {"id": uuid4(), "dossier_id": None, "mots": None}]
    session.execute(insert(Urgence.__table__), rows)
    codes = [row.code for row in found] or [None]
    audit.record_many(session, [audit.Entree(Action.URGENCE_ENVOYEE, acteur, now, dossier=code) for code in codes])
    return [row["id"] for row in rows]


def _sending(vault: Vault, agent: Agent, depot: UUID, said: str) -> UUID:
    """An id that the same form gives again. Keyed: what was typed is not to be found from it."""
    return UUID(bytes=vault.pseudonymise(f"urgence:{agent.id}:{depot}:{said}")[:16])


def answer(
    session: Session,
    urgence_id: UUID,
    *,
    reponse: ReponseUrgence,
    vers: int | None,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Urgence | None:
    """Say what is done of it; None when it is not theirs to answer. `vers`: to whom it is passed on.

    The same answer twice is one. DomainErrors: those of `check_answer`, transmis_a_inconnu, urgence_retiree.
    """
    found = load_received(session, urgence_id, agent=agent, today=today, now=now)
    if found is None:
        return None
    urgence, dossier = found
    if (urgence.reponse, urgence.repondu_par, urgence.transmis_a) == (reponse, agent.id, vers):
        return urgence
    if urgence.retiree_le is not None:
        raise DomainError("urgence_retiree")
    check_answer(urgence.reponse, reponse, vers=vers)
    if vers is not None and vers not in {one.agent_id for one in answering(session, dossier, today=today)} - {agent.id}:
        raise DomainError("transmis_a_inconnu", field="vers")
    urgence.reponse, urgence.repondu_le = reponse, now
    urgence.repondu_par, urgence.transmis_a = agent.id, vers
    said = {"acteur": acteur, "dossier": dossier.code, "now": now, "precision": reponse.value}
    audit.record(session, Action.URGENCE_REPONDUE, **said)
    return urgence


def withdraw(session: Session, envoi: UUID, *, agent: Agent, acteur: Acteur, now: datetime) -> bool:
    """Take back one's own request, whatever it reached; False when it is not theirs. Said twice, it is once.

    It stays in sight of whom it called, marked so. DomainError: urgence_deja_prise, somebody answered for good.
    """
    mine = select(Urgence.reponse, Urgence.retiree_le, Dossier.code).outerjoin(
        Dossier, Dossier.id == Urgence.dossier_id
    )
    mine = mine.where(Urgence.envoi == envoi, Urgence.par_id == agent.id).order_by(Urgence.id)
    rows = session.execute(mine.with_for_update(of=Urgence)).all()
    if not rows or all(row.retiree_le for row in rows):
        return bool(rows)
    if not may_withdraw(told([row.reponse for row in rows]), None):
        raise DomainError("urgence_deja_prise")
    session.execute(update(Urgence).where(Urgence.envoi == envoi, Urgence.par_id == agent.id).values(retiree_le=now))
    said = {"acteur": acteur, "now": now, "precision": "retiree"}
    audit.record_many(session, [audit.Entree(Action.URGENCE_ENVOYEE, dossier=row.code, **said) for row in rows])
    return True


def take_mail(session: Session, urgence_id: UUID, *, now: datetime) -> bool:
    """Whether this caller alone sends its e-mails: committed before they leave, so that none leaves twice."""
    free = update(Urgence).where(Urgence.id == urgence_id, Urgence.courriel_le.is_(None)).values(courriel_le=now)
    return session.execute(free).rowcount == 1


def release_mail(session: Session, urgence_id: UUID) -> None:
    """No server took any of its messages: the next look tries again."""
    session.execute(update(Urgence).where(Urgence.id == urgence_id).values(courriel_le=None))
