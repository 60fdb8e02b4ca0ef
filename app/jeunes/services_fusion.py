"""Making one dossier of two that are of one person, and undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.db.sql import insert_or
from app.db.unit import touch
from app.jeunes import fusion_lignes
from app.jeunes.fusion_equipe import carry_people, check_return, check_welcome, return_people
from app.jeunes.models import Identite
from app.jeunes.queries import FicheIdentite, identite_of
from app.jeunes.queries_fusion import standing_merges
from app.jeunes.rules_fusion import may_undo
from app.jeunes.services import edit_identite
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossiers
from app.parcours.vocabulaire import MotifSortie
from app.referents.models_fusion import DoublonEcarte, Fusion
from app.referents.queries import open_affectation
from app.referents.services_affectations import lock_receivers
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

    `prendre_identite`: who it is about is said as in `absorbe`. Anonymity that was asked for in either holds. Who
    answered for `absorbe` and its équipe follow as `fusion_equipe.carry_people` says.
    DomainErrors: meme_dossier, deja_fusionne, fusion_recente, garde_clos, depot_inconnu, garde_oppose, referent_oppose,
    and those of `edit_identite`.
    """
    _lock(session, garde, absorbe)
    if (earlier := _deposited(session, fusion_id, garde, absorbe)) is not None:
        return earlier
    _check(session, garde, absorbe, now)
    fusion = _write(session, Fusion(id=fusion_id, le=now, par_id=par.id), garde, absorbe)
    keys = vault.keys([garde.uid, absorbe.uid])
    who = {"acteur": acteur, "now": now, "today": today}
    fusion_lignes.carry(session, keys, de=absorbe, vers=garde, fusion_id=fusion_id)
    carry_people(session, fusion, garde, absorbe, par, who)
    if prendre_identite:
        _take_identity(session, vault, fusion, garde, absorbe, who)
    garde.anonymat_demande = garde.anonymat_demande or fusion.anonymat or absorbe.anonymat_demande
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
) -> bool:
    """Two dossiers again: what came goes back as it is now, what was written since stays where it was written; what was
    opposed since holds in both.

    False when nobody answers for the other one, whose référent no longer may. DomainErrors: trop_tard, deja_annulee,
    autre_structure_opposee, and those of `edit_identite`; then nothing is written.
    """
    garde, absorbe = session.get_one(Dossier, fusion.garde_id), session.get_one(Dossier, fusion.absorbe_id)
    _lock(session, garde, absorbe, receivers=[fusion.referent_id] if fusion.referent_id else [])
    # somebody may have undone it while one waited
    session.refresh(fusion, ["le", "annulee_le", "referent_id", "referent_repris", "anonymat"])
    if fusion.annulee_le is not None:
        raise DomainError("deja_annulee")
    if not may_undo(fusion.le, now):
        raise DomainError("trop_tard")
    check_return(session, fusion, garde, absorbe)
    who = {"acteur": acteur, "now": now, "today": today}
    with session.begin_nested():
        answered = _part(session, vault, fusion, garde, absorbe, par, who)
    _follow(session, Action.FUSION_ANNULEE, (garde, absorbe), acteur, now)
    return answered


def _part(
    session: Session, vault: Vault, fusion: Fusion, garde: Dossier, absorbe: Dossier, par: Agent, who: dict
) -> bool:
    fusion.annulee_le, fusion.annulee_par = who["now"], par.id
    anonymat = _part_anonymat(fusion, garde, absorbe)
    keys = vault.keys([garde.uid, absorbe.uid])
    fusion_lignes.give_back(session, keys, de=garde, vers=absorbe, fusion_id=fusion.id)
    if fusion.avant is not None:
        before = keys.open(garde.uid, fusion.avant, place=Place.FUSION, row=fusion.id)
        _rewrite_identity(session, vault, garde, before | {"anonymat": anonymat}, who)
    garde.anonymat_demande = anonymat
    if fusion.close:
        absorbe.clos_le = absorbe.motif_sortie = None
        absorbe.version += 1
    return return_people(session, fusion, garde, absorbe, par, who)


def _part_anonymat(fusion: Fusion, garde: Dossier, absorbe: Dossier) -> bool:
    """Whether anonymity was asked for in the kept one alone. Asked for since the merge, it holds in both."""
    if garde.anonymat_demande and not (fusion.anonymat or absorbe.anonymat_demande):
        absorbe.anonymat_demande = True
        return True
    return garde.anonymat_demande and fusion.anonymat


def set_aside(session: Session, un: Dossier, autre: Dossier, *, par: Agent, acteur: Acteur, now: datetime) -> None:
    """They are two people: the queue does not propose them again. DomainError: meme_dossier."""
    if un.id == autre.id:
        raise DomainError("meme_dossier")
    low, high = sorted((un.id, autre.id))
    row = {"un_id": low, "autre_id": high, "le": now, "par_id": par.id}
    session.execute(insert_or(session, DoublonEcarte.__table__).values(row).on_conflict_do_nothing())
    audit.record(session, Action.DOUBLON_ECARTE, acteur=acteur, dossier=un.code, now=now)


def _lock(session: Session, *dossiers: Dossier, receivers: Sequence[int] = ()) -> None:
    # accounts, then dossiers, then the journal: whoever may be given one of them keeps an open account meanwhile
    current = [open_affectation(session, dossier.id) for dossier in dossiers]
    lock_receivers(session, [*receivers, *(one.agent_id for one in current if one is not None)])
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
    check_welcome(session, garde, absorbe)


def _deposited(session: Session, fusion_id: UUID, garde: Dossier, absorbe: Dossier) -> Fusion | None:
    """The merge that this deposit already made: a form sent twice."""
    earlier = session.get(Fusion, fusion_id)
    if earlier is not None and (earlier.garde_id, earlier.absorbe_id) != (garde.id, absorbe.id):
        raise DomainError("depot_inconnu")
    return earlier


def _write(session: Session, fusion: Fusion, garde: Dossier, absorbe: Dossier) -> Fusion:
    """What was merged into the absorbed one, too long ago to be undone, leads to the kept one."""
    fusion.anonymat = garde.anonymat_demande
    fusion.garde_id, fusion.absorbe_id, fusion.close = garde.id, absorbe.id, absorbe.clos_le is None
    followers = update(Fusion).where(Fusion.garde_id == fusion.absorbe_id, Fusion.annulee_le.is_(None))
    session.execute(followers.values(garde_id=fusion.garde_id))
    try:
        with session.begin_nested():
            session.add(fusion)
    except IntegrityError:
        raise DomainError("deja_fusionne", field="avec") from None
    return fusion


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
        dossier.annee_naissance, dossier.anonymat_demande = said["annee"], said["anonymat"]
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


def _follow(session: Session, action: Action, dossiers: tuple[Dossier, ...], acteur: Acteur, now: datetime) -> None:
    for dossier in dossiers:
        touch(session, dossier.id)
    audit.record_many(session, [audit.Entree(action, acteur, now, dossier=dossier.code) for dossier in dossiers])
