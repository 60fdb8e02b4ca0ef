"""Who follows the dossier that is kept when another is merged into it, and who leaves it when that is undone."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from app.accounts.maison import jour_de
from app.accounts.models import Agent
from app.db.errors import DomainError
from app.jeunes.queries_fusion import followers
from app.parcours.models import Dossier
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_fusion import Fusion, MembreFusion
from app.referents.queries import is_opposed, member_today, open_affectation
from app.referents.queries_equipe import opposed_structures, oppositions_since
from app.referents.services import assign, end_affectation
from app.referents.services_affectations import enter_teams, lock_receivers
from app.referents.services_equipe import agree, copy_oppositions
from app.referents.vocabulaire import MotifAffectation

Who = dict[str, Any]


def check_welcome(session: Session, garde: Dossier, absorbe: Dossier) -> None:
    """What was opposed in one of the two holds in both. DomainErrors: garde_oppose, referent_oppose."""
    opposed = opposed_structures(session, [garde.id, absorbe.id])
    if garde.structure_id in opposed:
        raise DomainError("garde_oppose", field="avec")
    current = open_affectation(session, garde.id)
    if current is not None and session.get_one(Agent, current.agent_id).structure_id in opposed:
        raise DomainError("referent_oppose", field="avec")


def carry_people(session: Session, fusion: Fusion, garde: Dossier, absorbe: Dossier, par: Agent, who: Who) -> None:
    """Who answered for `absorbe`, and its équipe, follow `garde` as far as they may (`queries_fusion.followers`)."""
    before = set(_members(session, garde, who["today"]))
    current = open_affectation(session, absorbe.id)
    if current is not None:
        fusion.referent_id = current.agent_id
        end_affectation(session, absorbe, le=who["today"], acteur=who["acteur"], now=who["now"])
        session.flush()
        _carry_referent(session, fusion, garde, current, par, who)
    coming = followers(session, garde=garde, absorbe=absorbe, today=who["today"])
    welcome = [(one.agent_id, one.partage) for one in coming if one.partage is not None]
    rows = enter_teams(session, [(garde.id, agent_id) for agent_id, _ in welcome], who["today"])
    for row, (_, partage) in zip(rows, welcome, strict=True):
        agree(row, partage, par)
    session.flush()
    for agent_id, depuis in _members(session, garde, who["today"]).items():
        if agent_id not in before:
            session.add(MembreFusion(fusion_id=fusion.id, agent_id=agent_id, depuis=depuis))


def check_return(session: Session, fusion: Fusion, garde: Dossier, absorbe: Dossier) -> None:
    """DomainError autre_structure_opposee: the structure that kept `absorbe` was opposed since the merge; it would be
    given back to whom the young person does not want."""
    since = oppositions_since(session, garde.id, fusion.le)
    if absorbe.structure_id in {one.structure_id for one in since}:
        raise DomainError("autre_structure_opposee")


def return_people(session: Session, fusion: Fusion, garde: Dossier, absorbe: Dossier, par: Agent, who: Who) -> bool:
    """Who follows `garde` by the merge alone leaves it; who answered for `absorbe` does again, unless they no longer
    may. False when it is left with nobody."""
    session.flush()
    copy_oppositions(session, de=garde, vers=absorbe, depuis=fusion.le, par=par, **who)
    if fusion.referent_repris:
        _withdraw(session, fusion, garde, who)
    _end_members(session, fusion, garde, who["today"])
    if fusion.referent_id is None or absorbe.clos_le is not None:
        return True
    account = lock_receivers(session, [fusion.referent_id])[fusion.referent_id]
    closed = account.desactive_le is not None or not account.referent
    if closed or is_opposed(session, absorbe.id, account.structure_id):
        return False
    agent = session.get_one(Agent, fusion.referent_id)
    assign(session, absorbe, to=agent, par=par, motif=MotifAffectation.RETOUR, **who)
    return True


def _members(session: Session, dossier: Dossier, today: date) -> dict[int, date]:
    """Since when each member of today is one."""
    theirs = select(MembreEquipe.agent_id, MembreEquipe.depuis).where(MembreEquipe.dossier_id == dossier.id)
    return {row.agent_id: row.depuis for row in session.execute(theirs.where(*member_today(today)))}


def _carry_referent(session: Session, fusion: Fusion, garde: Dossier, ended: Affectation, par: Agent, who: Who) -> None:
    """Who answered for the absorbed one answers for the kept one when nobody does; else stays in its équipe."""
    account = lock_receivers(session, [ended.agent_id])[ended.agent_id]
    # towards another structure the young person is told first: that is a handover's to say, not a merge's
    here = account.desactive_le is None and account.referent and account.structure_id == garde.structure_id
    if here and garde.clos_le is None and open_affectation(session, garde.id) is None:
        agent = session.get_one(Agent, ended.agent_id)
        # the young person is the same, and knows them since then
        known = {"jeune_informe_le": ended.jeune_informe_le or jour_de(ended.debut)}
        assign(session, garde, to=agent, par=par, motif=MotifAffectation.CHANGEMENT_SITUATION, **known, **who)
        fusion.referent_repris = True


def _withdraw(session: Session, fusion: Fusion, garde: Dossier, who: Who) -> None:
    """The affectation that the merge made ends, if it has not, and whoever had it reads the dossier no more."""
    made = select(Affectation).where(
        Affectation.dossier_id == garde.id,
        Affectation.agent_id == fusion.referent_id,
        Affectation.debut >= fusion.le,
    )
    affectation = session.scalar(made.order_by(Affectation.debut).limit(1))
    if affectation is None:
        return
    if affectation.fin is None:
        end_affectation(session, garde, le=who["today"], acteur=who["acteur"], now=who["now"])
    affectation.refusee_le = who["now"]
    session.flush()


def _end_members(session: Session, fusion: Fusion, garde: Dossier, today: date) -> None:
    """Whatever was agreed with them since; who answers for `garde` by another way stays."""
    made = select(MembreFusion.agent_id, MembreFusion.depuis).where(MembreFusion.fusion_id == fusion.id)
    current = open_affectation(session, garde.id)
    theirs = (
        MembreEquipe.dossier_id == garde.id,
        MembreEquipe.jusqu_au.is_(None),
        tuple_(MembreEquipe.agent_id, MembreEquipe.depuis).in_(made),
    )
    if current is not None:
        theirs = (*theirs, MembreEquipe.agent_id != current.agent_id)
    ends = update(MembreEquipe).where(*theirs).values(jusqu_au=today)
    session.execute(ends.execution_options(synchronize_session="fetch"))
