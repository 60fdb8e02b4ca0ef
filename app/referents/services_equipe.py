"""The équipe de suivi: who joins it, for what and until when; who leaves; whom the young person does not want there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Agent, Structure
from app.accounts.policies import Permission, permissions_of
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossier
from app.parcours.rules import check_en_cours
from app.referents.models import MembreEquipe
from app.referents.models_continuite import Opposition
from app.referents.models_demandes import DemandeEquipe
from app.referents.queries import is_opposed, is_partner, open_affectation
from app.referents.queries_equipe import member_of, opposition_to, oppositions_since
from app.referents.rules_equipe import Partage, agreed, check_partage, in_order
from app.referents.services_affectations import enter_team, leave_team
from app.referents.vocabulaire import StatutDemandeEquipe


def invite(
    session: Session,
    dossier: Dossier,
    *,
    agent: Agent,
    partage: Partage,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> MembreEquipe:
    """Make `agent` a member from today; the same words sent twice give the same row.

    DomainErrors: dossier_clos, deja_membre, agent_desactive, agent_sans_dossiers, structure_opposee, and those of
    `rules_equipe.check_partage` when the agent is of another structure.
    """
    lock_dossier(session, dossier)
    check_en_cours(dossier.clos_le)
    partage = _agreed(dossier, agent, partage)
    current = member_of(session, dossier.id, agent.id, today=today)
    if current is not None:
        if agreed(current, partner=True) == partage:
            return current
        raise DomainError("deja_membre", field="agent")
    _check_newcomer(session, dossier, agent)
    check_partage(partage, partner=is_partner(dossier, agent), today=today)
    member = enter_team(session, dossier, agent.id, today)
    agree(member, partage, par)
    _settle(session, dossier, [agent.id], statut=StatutDemandeEquipe.ACCEPTEE, par=par, now=now)
    audit.record(session, Action.EQUIPE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now, precision="entree")
    return member


def change_member(
    session: Session,
    dossier: Dossier,
    agent: Agent,
    *,
    version: int,
    partage: Partage,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> MembreEquipe:
    """Agree otherwise with a member, read at `version`. StaleVersion carries the row; None in it: no longer a member.

    DomainErrors: dossier_clos, structure_opposee, and those of `rules_equipe.check_partage`.
    """
    lock_dossier(session, dossier)
    check_en_cours(dossier.clos_le)
    current = member_of(session, dossier.id, agent.id, today=today)
    if current is None or current.version != version:
        raise StaleVersion(current)
    if is_opposed(session, dossier.id, agent.structure_id):
        raise DomainError("structure_opposee")
    partage = _agreed(dossier, agent, partage)
    check_partage(partage, partner=is_partner(dossier, agent), today=today)
    agree(current, partage, par)
    audit.record(session, Action.EQUIPE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now, precision="changement")
    return current


def end_member(
    session: Session, dossier: Dossier, agent: Agent, *, acteur: Acteur, now: datetime, today: date
) -> MembreEquipe | None:
    """End the membership of `agent` today; None when there is none. DomainError `referent_en_place`: theirs ends with
    the affectation."""
    ended = _end(session, dossier, agent, today)
    if ended is not None:
        audit.record(session, Action.EQUIPE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now, precision="sortie")
    return ended


def leave(
    session: Session, dossier: Dossier, *, agent: Agent, acteur: Acteur, now: datetime, today: date
) -> MembreEquipe | None:
    """The same, by the member. DomainError `referent_en_place`."""
    ended = _end(session, dossier, agent, today)
    if ended is not None:
        audit.record(session, Action.EQUIPE_QUITTEE, acteur=acteur, dossier=dossier.code, now=now)
    return ended


def oppose(
    session: Session,
    dossier: Dossier,
    *,
    structure: Structure,
    le: date,
    opposition_id: UUID,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Opposition:
    """The young person does not want this structure in their dossier: its agents lose it at once, and none comes back.

    The same deposit gives the same row; with other words, DepotConflict.
    DomainErrors: opposition_future, structure_du_dossier, structure_du_referent, deja_opposee.
    """
    lock_dossier(session, dossier)
    if (earlier := session.get(Opposition, (dossier.id, opposition_id))) is not None:
        if (earlier.structure_id, earlier.depuis) != (structure.id, le):
            raise DepotConflict(earlier)
        return earlier
    _check_opposition(session, dossier, structure, le=le, today=today)
    opposition = Opposition(
        dossier_id=dossier.id, id=opposition_id, structure_id=structure.id, depuis=le, cree_le=now, cree_par=par.id
    )
    session.add(opposition)
    session.flush()
    _shut_out(session, dossier, structure, par=par, now=now, today=today)
    touch(session, dossier.id)
    audit.record(session, Action.OPPOSITION_NOTEE, acteur=acteur, dossier=dossier.code, now=now)
    return opposition


def copy_oppositions(
    session: Session,
    *,
    de: Dossier,
    vers: Dossier,
    depuis: datetime,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> None:
    """What the young person opposed in `de` at the instant `depuis` or since, and still does, holds in `vers` too.

    The caller holds both, and saw that none names the structure that keeps `vers`.
    """
    for one in oppositions_since(session, de.id, depuis):
        if opposition_to(session, vers.id, one.structure_id) is not None:
            continue
        said = {name: getattr(one, name) for name in ("id", "structure_id", "depuis", "cree_le", "cree_par")}
        session.add(Opposition(dossier_id=vers.id, **said))
        session.flush()
        _shut_out(session, vers, session.get_one(Structure, one.structure_id), par=par, now=now, today=today)
        audit.record(session, Action.OPPOSITION_NOTEE, acteur=acteur, dossier=vers.code, now=now)


def lift_opposition(
    session: Session, dossier: Dossier, opposition_id: UUID, *, acteur: Acteur, now: datetime, today: date
) -> Opposition | None:
    """The young person changed their mind, today; nobody comes back by that alone. None when there is no such row."""
    lock_dossier(session, dossier)
    opposition = session.get(Opposition, (dossier.id, opposition_id), populate_existing=True)
    if opposition is not None and opposition.levee_le is None:
        opposition.levee_le = today
        touch(session, dossier.id)
        audit.record(session, Action.OPPOSITION_LEVEE, acteur=acteur, dossier=dossier.code, now=now)
    return opposition


def _agreed(dossier: Dossier, agent: Agent, partage: Partage) -> Partage:
    """Of a colleague nothing is asked but perhaps an end; the ticks of a partner in the order of their list."""
    if not is_partner(dossier, agent):
        return Partage(echeance=partage.echeance)
    return Partage(
        partage.finalite,
        in_order(partage.sensibles),
        partage.echeance,
        partage.informe_le,
        partage.informe_forme,
        partage.accord,
    )


def agree(member: MembreEquipe, partage: Partage, par: Agent) -> None:
    """Write what is agreed with a member; who calls it has checked it."""
    for name in Partage.__slots__:
        setattr(member, name, getattr(partage, name))
    member.par_id, member.version = par.id, member.version + 1


def _check_newcomer(session: Session, dossier: Dossier, agent: Agent) -> None:
    # a shared lock: nobody disables this account, nor moves it elsewhere, while it is being let in
    account = select(Agent).where(Agent.id == agent.id).options(joinedload(Agent.structure))
    account = account.with_for_update(read=True, of=Agent)
    current = session.execute(account.execution_options(populate_existing=True)).scalar_one()
    if current.desactive_le is not None:
        raise DomainError("agent_desactive", field="agent")
    if Permission.VOIR_SES_DOSSIERS not in permissions_of(current.roles):
        raise DomainError("agent_sans_dossiers", field="agent")
    if is_opposed(session, dossier.id, current.structure_id):
        raise DomainError("structure_opposee", field="agent")


def _end(session: Session, dossier: Dossier, agent: Agent, today: date) -> MembreEquipe | None:
    lock_dossier(session, dossier)
    current = member_of(session, dossier.id, agent.id, today=today)
    if current is None:
        return None
    answers = open_affectation(session, dossier.id)
    if answers is not None and answers.agent_id == agent.id:
        raise DomainError("referent_en_place")
    leave_team(session, dossier, agent.id, today)
    return current


def _settle(
    session: Session, dossier: Dossier, askers: Any, *, statut: StatutDemandeEquipe, par: Agent, now: datetime
) -> None:
    """The requests of these agents that wait for an answer have one."""
    waiting = (
        DemandeEquipe.dossier_id == dossier.id,
        DemandeEquipe.demandeur_id.in_(askers),
        DemandeEquipe.statut == StatutDemandeEquipe.EN_ATTENTE,
    )
    answer = {"statut": statut, "repondu_le": now, "repondu_par": par.id}
    session.execute(update(DemandeEquipe).where(*waiting).values(**answer))


def _shut_out(
    session: Session, dossier: Dossier, structure: Structure, *, par: Agent, now: datetime, today: date
) -> None:
    """Nobody of this structure is a member any more, nor waits to be one."""
    theirs = select(Agent.id).where(Agent.structure_id == structure.id)
    member = MembreEquipe
    ended = (member.dossier_id == dossier.id, member.agent_id.in_(theirs), member.jusqu_au.is_(None))
    session.execute(update(member).where(*ended).values(jusqu_au=today))
    _settle(session, dossier, theirs, statut=StatutDemandeEquipe.SANS_SUITE, par=par, now=now)


def _check_opposition(session: Session, dossier: Dossier, structure: Structure, *, le: date, today: date) -> None:
    if le > today:
        raise DomainError("opposition_future", field="le")
    if structure.id == dossier.structure_id:
        raise DomainError("structure_du_dossier", field="structure")
    answers = open_affectation(session, dossier.id)
    if answers is not None:
        of_referent = session.scalar(select(Agent.structure_id).where(Agent.id == answers.agent_id))
        if of_referent == structure.id:
            # somebody always answers for a dossier: first somebody else
            raise DomainError("structure_du_referent", field="structure")
    if opposition_to(session, dossier.id, structure.id) is not None:
        raise DomainError("deja_opposee", field="structure")
