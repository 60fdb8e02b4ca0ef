"""Making one dossier of two that are of one person, and undoing it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.maison import jour_de
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.db.sql import insert_or
from app.db.unit import touch
from app.jeunes import fusion_lignes
from app.jeunes.models import Identite
from app.jeunes.queries import FicheIdentite, identite_of
from app.jeunes.queries_fusion import standing_merges
from app.jeunes.rules_fusion import may_undo
from app.jeunes.services import edit_identite
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossiers
from app.parcours.vocabulaire import MotifSortie
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_fusion import DoublonEcarte, Fusion
from app.referents.queries import has_opposed, member_today, open_affectation
from app.referents.services import assign, end_affectation
from app.referents.vocabulaire import MotifAffectation
from app.vault.places import IndexKind, Place
from app.vault.service import Vault


def merge(
    session: Session,
    vault: Vault,
    garde: Dossier,
    absorbe: Dossier,
    *,
    fusion_id: UUID,
    prendre_identite: bool,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Fusion:
    """Carry what `absorbe` holds to `garde`, which both codes name from now on. The same deposit does it once.

    `prendre_identite`: who it is about is said as in `absorbe`. Who answered for `absorbe` joins the équipe of `garde`,
    or answers for it when nobody did. DomainErrors: meme_dossier, deja_fusionne, fusion_recente, garde_clos,
    depot_inconnu.
    """
    _lock(session, garde, absorbe)
    if (earlier := _deposited(session, fusion_id, garde, absorbe)) is not None:
        return earlier
    _check(session, garde, absorbe, now)
    fusion = _write(session, Fusion(id=fusion_id, le=now, par_id=par.id), garde, absorbe)
    keys = vault.keys([garde.uid, absorbe.uid])
    who = {"acteur": acteur, "now": now, "today": today}
    fusion_lignes.carry(session, keys, de=absorbe, vers=garde, fusion_id=fusion_id)
    _carry_people(session, fusion, garde, absorbe, par, who)
    if prendre_identite:
        _take_identity(session, vault, fusion, garde, absorbe, who)
    if fusion.close:
        absorbe.clos_le, absorbe.motif_sortie = max(today, absorbe.ouvert_le), MotifSortie.DOUBLON_ERREUR
        absorbe.version += 1
    _follow(session, Action.DOSSIERS_FUSIONNES, (garde, absorbe), acteur, now)
    return fusion


def undo(
    session: Session,
    vault: Vault,
    fusion: Fusion,
    *,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Fusion:
    """Two dossiers again: what came goes back as it is now, what was written since stays where it was written.

    DomainErrors: trop_tard, deja_annulee.
    """
    garde, absorbe = session.get_one(Dossier, fusion.garde_id), session.get_one(Dossier, fusion.absorbe_id)
    _lock(session, garde, absorbe)
    if fusion.annulee_le is not None:
        raise DomainError("deja_annulee")
    if not may_undo(fusion.le, now):
        raise DomainError("trop_tard")
    fusion.annulee_le, fusion.annulee_par = now, par.id
    who = {"acteur": acteur, "now": now, "today": today}
    keys = vault.keys([garde.uid, absorbe.uid])
    fusion_lignes.give_back(session, keys, de=garde, vers=absorbe, fusion_id=fusion.id)
    if fusion.avant is not None:
        before = keys.open(garde.uid, fusion.avant, place=Place.FUSION, row=fusion.id)
        _rewrite_identity(session, vault, garde, before, who)
    if fusion.close:
        absorbe.clos_le = absorbe.motif_sortie = None
        absorbe.version += 1
    _return_people(session, fusion, garde, absorbe, par, who)
    _follow(session, Action.FUSION_ANNULEE, (garde, absorbe), acteur, now)
    return fusion


def set_aside(session: Session, un: Dossier, autre: Dossier, *, par: Agent, acteur: Acteur, now: datetime) -> None:
    """They are two people: the queue does not propose them again. DomainError: meme_dossier."""
    if un.id == autre.id:
        raise DomainError("meme_dossier")
    low, high = sorted((un.id, autre.id))
    row = {"un_id": low, "autre_id": high, "le": now, "par_id": par.id}
    session.execute(insert_or(session, DoublonEcarte.__table__).values(row).on_conflict_do_nothing())
    audit.record(session, Action.DOUBLON_ECARTE, acteur=acteur, dossier=un.code, now=now)


def _lock(session: Session, *dossiers: Dossier) -> None:
    # accounts, then dossiers, then the journal: whoever may be given one of them keeps an open account meanwhile
    current = [open_affectation(session, dossier.id) for dossier in dossiers]
    accounts = sorted({one.agent_id for one in current if one is not None})
    session.execute(select(Agent.id).where(Agent.id.in_(accounts)).order_by(Agent.id).with_for_update(read=True))
    lock_dossiers(session, sorted(dossier.id for dossier in dossiers))
    for dossier in dossiers:
        session.refresh(dossier)


def _check(session: Session, garde: Dossier, absorbe: Dossier, now: datetime) -> None:
    if garde.id == absorbe.id:
        raise DomainError("meme_dossier", field="avec")
    if garde.clos_le is not None and absorbe.clos_le is None:
        raise DomainError("garde_clos")
    for fusion in standing_merges(session, [garde.id, absorbe.id]):
        if fusion.absorbe_id in (garde.id, absorbe.id):
            raise DomainError("deja_fusionne", field="avec")
        if fusion.garde_id == absorbe.id and may_undo(fusion.le, now):
            raise DomainError("fusion_recente")


def _deposited(session: Session, fusion_id: UUID, garde: Dossier, absorbe: Dossier) -> Fusion | None:
    """The merge that this deposit already made: a form sent twice."""
    earlier = session.get(Fusion, fusion_id)
    if earlier is not None and (earlier.garde_id, earlier.absorbe_id) != (garde.id, absorbe.id):
        raise DomainError("depot_inconnu")
    return earlier


def _write(session: Session, fusion: Fusion, garde: Dossier, absorbe: Dossier) -> Fusion:
    """What was merged into the absorbed one, too long ago to be undone, leads to the kept one."""
    fusion.garde_id, fusion.absorbe_id, fusion.close = garde.id, absorbe.id, absorbe.clos_le is None
    followers = update(Fusion).where(Fusion.garde_id == fusion.absorbe_id, Fusion.annulee_le.is_(None))
    session.execute(followers.values(garde_id=fusion.garde_id))
    try:
        with session.begin_nested():
            session.add(fusion)
    except IntegrityError:
        raise DomainError("deja_fusionne", field="avec") from None
    return fusion


def _carry_people(session: Session, fusion: Fusion, garde: Dossier, absorbe: Dossier, par: Agent, who: dict) -> None:
    current = open_affectation(session, absorbe.id)
    if current is not None:
        fusion.referent_id = current.agent_id
        end_affectation(session, absorbe, le=who["today"], acteur=who["acteur"], now=who["now"])
        session.flush()
        _carry_referent(session, fusion, garde, current, par, who)
    members = select(MembreEquipe, Agent.structure_id).join(Agent, Agent.id == MembreEquipe.agent_id)
    welcome = ~has_opposed(garde.id, Agent.structure_id)
    there = select(MembreEquipe.agent_id).where(MembreEquipe.dossier_id == garde.id, *member_today(who["today"]))
    for member, _ in session.execute(
        members.where(
            MembreEquipe.dossier_id == absorbe.id,
            *member_today(who["today"]),
            Agent.desactive_le.is_(None),
            Agent.id.not_in(there.correlate(None)),
            welcome,
        )
    ):
        _join_as(session, member, garde, par, who["today"])


def _carry_referent(
    session: Session, fusion: Fusion, garde: Dossier, ended: Affectation, par: Agent, who: dict
) -> None:
    """Who answered for the absorbed one answers for the kept one when nobody does; else stays in its équipe."""
    agent = session.get_one(Agent, fusion.referent_id)
    if agent.desactive_le is not None:
        return
    # towards another structure the young person is told first: that is a handover's to say, not a merge's
    here = agent.referent and agent.structure_id == garde.structure_id
    if here and garde.clos_le is None and open_affectation(session, garde.id) is None:
        # the young person is the same, and knows them since then
        known = {"jeune_informe_le": ended.jeune_informe_le or jour_de(ended.debut)}
        assign(session, garde, to=agent, par=par, motif=MotifAffectation.CHANGEMENT_SITUATION, **known, **who)
        fusion.referent_repris = True


def _join_as(session: Session, member: MembreEquipe, garde: Dossier, par: Agent, today: date) -> None:
    same = ("agent_id", "echeance", "finalite", "sensibles", "informe_le", "informe_forme", "accord")
    row = {name: getattr(member, name) for name in same} | {"dossier_id": garde.id, "depuis": today, "par_id": par.id}
    session.execute(insert_or(session, MembreEquipe.__table__).values(row).on_conflict_do_nothing())


def _take_identity(session: Session, vault: Vault, fusion: Fusion, garde: Dossier, absorbe: Dossier, who: dict) -> None:
    mine, theirs = identite_of(session, vault, garde), identite_of(session, vault, absorbe)
    if theirs is None:
        return
    before = _said(mine, garde)
    fusion.avant = vault.keys([garde.uid]).seal(garde.uid, before, place=Place.FUSION, row=fusion.id)
    _rewrite_identity(session, vault, garde, _said(theirs, absorbe), who)


def _said(fiche: FicheIdentite | None, dossier: Dossier) -> dict:
    """Who a dossier is about, as it is kept to be written again."""
    words = {"annee": dossier.annee_naissance, "anonymat": dossier.anonymat_demande}
    if fiche is None:
        return words | {"identite": {}, "contact": {}, "le": None, "forme": None}
    told = {"le": fiche.informe_le and fiche.informe_le.isoformat(), "forme": fiche.informe_forme}
    return words | {"identite": dict(fiche.identite), "contact": dict(fiche.contact)} | told


def _rewrite_identity(session: Session, vault: Vault, dossier: Dossier, said: dict, who: dict) -> None:
    current = identite_of(session, vault, dossier)
    if not said["identite"]:
        # it named nobody
        session.execute(delete(Identite).where(Identite.dossier_id == dossier.id))
        vault.replace_indexes(dossier.uid, dict.fromkeys(IndexKind, ()))
        return
    edit_identite(
        session,
        vault,
        dossier,
        version=current.version if current else 0,
        identite=said["identite"],
        contact=said["contact"],
        annee_naissance=said["annee"],
        anonymat_demande=said["anonymat"],
        informe_le=date.fromisoformat(said["le"]) if said["le"] else None,
        informe_forme=FormeInformation(said["forme"]) if said["forme"] else None,
        **who,
    )


def _return_people(session: Session, fusion: Fusion, garde: Dossier, absorbe: Dossier, par: Agent, who: dict) -> None:
    session.flush()
    theirs = select(MembreEquipe.agent_id).where(MembreEquipe.dossier_id == absorbe.id, MembreEquipe.jusqu_au.is_(None))
    came = (MembreEquipe.dossier_id == garde.id, MembreEquipe.depuis == jour_de(fusion.le))
    leaving = (MembreEquipe.par_id == fusion.par_id, MembreEquipe.jusqu_au.is_(None))
    ends = update(MembreEquipe).where(*came, *leaving, MembreEquipe.agent_id.in_(theirs))
    session.execute(ends.values(jusqu_au=who["today"]), execution_options={"synchronize_session": False})
    current = open_affectation(session, garde.id)
    if fusion.referent_repris and current is not None and current.agent_id == fusion.referent_id:
        end_affectation(session, garde, le=who["today"], acteur=who["acteur"], now=who["now"])
    agent = fusion.referent_id and session.get(Agent, fusion.referent_id)
    if agent and agent.desactive_le is None and agent.referent and absorbe.clos_le is None:
        assign(session, absorbe, to=agent, par=par, motif=MotifAffectation.RETOUR, **who)


def _follow(session: Session, action: Action, dossiers: tuple[Dossier, ...], acteur: Acteur, now: datetime) -> None:
    for dossier in dossiers:
        touch(session, dossier.id)
    audit.record_many(session, [audit.Entree(action, acteur, now, dossier=dossier.code) for dossier in dossiers])
