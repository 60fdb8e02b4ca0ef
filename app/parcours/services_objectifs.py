"""Writing a goal with a young person, correcting it, noting that they agree, ticking its small steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.models_objectifs import Objectif, PetitPas
from app.parcours.queries import lock_dossier
from app.parcours.queries_objectifs import count_expected, find_objectif, objectif_of_depot, pas_of
from app.parcours.rules import check_en_cours
from app.parcours.rules_objectifs import SUIVIS_AU_PLUS, check_accord, check_echeance
from app.parcours.services_propositions import forget_propositions
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import STATUTS_SUIVIS, StatutObjectif

# Only who holds the key can say whether sealed words read the same.
MemesMots = Callable[[Objectif], bool]
MemesPas = Callable[[Sequence[PetitPas]], bool]


@dataclass(frozen=True, slots=True)
class Dit:
    """What a goal says; words sealed for its row, one of them at least."""

    theme: Theme
    mots_jeune: bytes | None
    mots_pro: bytes | None
    echeance: date | None = None


@dataclass(frozen=True, slots=True)
class PasDit:
    """A small step: its id, known before its words are sealed for it."""

    id: UUID
    mots: bytes


def write_objectif(
    session: Session,
    dossier: Dossier,
    *,
    agent: Agent,
    acteur: Acteur,
    objectif_id: UUID,
    depot: UUID,
    dit: Dit,
    pas: Sequence[PasDit],
    now: datetime,
    today: date,
    same_words: MemesMots,
    same_steps: MemesPas,
    accord_le: date | None = None,
) -> Objectif:
    """Write a goal and its small steps, in their order. `accord_le`: the day when the young person agreed, if they did.

    Deposits as for `log_suivi`; somebody else's is `depot_inconnu`.
    DomainErrors: dossier_clos, trop_d_objectifs, those of `check_echeance` and of `check_accord`.
    """
    lock_dossier(session, dossier)
    if (earlier := objectif_of_depot(session, dossier.id, depot)) is not None:
        written = pas_of(session, dossier.id, earlier.id)
        return _same_objectif(earlier, agent, dit, same=same_words(earlier) and same_steps(written))
    check_en_cours(dossier.clos_le)
    _check_room(session, dossier)
    check_echeance(dit.echeance, statut=StatutObjectif.EN_COURS, was=None, today=today)
    if accord_le is not None:
        check_accord(accord_le, ouvert_le=dossier.ouvert_le, today=today)
    objectif = Objectif(
        dossier_id=dossier.id, id=objectif_id, depot=depot, theme=dit.theme, mots_jeune=dit.mots_jeune,
        mots_pro=dit.mots_pro, echeance=dit.echeance, statut_le=today, accord_le=accord_le, cree_le=now,
        cree_par=agent.id,
    )  # fmt: skip
    session.add(objectif)
    session.flush()
    _set_steps(session, objectif, pas)
    _written(session, dossier, Action.OBJECTIF_NOTE, acteur, now)
    return objectif


def _same_objectif(earlier: Objectif, agent: Agent, dit: Dit, *, same: bool) -> Objectif:
    # the words of somebody else may not be this agent's to read
    if earlier.cree_par != agent.id:
        raise DomainError("depot_inconnu")
    if not same or (earlier.theme, earlier.echeance) != (dit.theme, dit.echeance):
        raise DepotConflict(earlier)
    return earlier


def edit_objectif(
    session: Session,
    dossier: Dossier,
    objectif: Objectif,
    *,
    version: int,
    agent: Agent,
    acteur: Acteur,
    statut: StatutObjectif,
    dit: Dit,
    pas: Sequence[PasDit],
    now: datetime,
    today: date,
    same_words: MemesMots,
) -> Objectif:
    """Correct a goal read at `version`. Small steps keep what was ticked; those that are left out go.

    An agreement is to words: other words, and it is to be asked for again. StaleVersion carries the goal as it is now.
    DomainErrors: dossier_clos, trop_d_objectifs, those of `check_echeance`.
    """
    lock_dossier(session, dossier)
    objectif = _still_there(session, objectif)
    if objectif.version != version:
        raise StaleVersion(objectif)
    check_en_cours(dossier.clos_le)
    if statut in STATUTS_SUIVIS and objectif.statut not in STATUTS_SUIVIS:
        _check_room(session, dossier)
    check_echeance(dit.echeance, statut=statut, was=objectif.echeance, today=today)
    if not same_words(objectif):
        objectif.accord_le = None
    if statut is not objectif.statut:
        objectif.statut, objectif.statut_le = statut, today
    objectif.theme, objectif.echeance = dit.theme, dit.echeance
    objectif.mots_jeune, objectif.mots_pro = dit.mots_jeune, dit.mots_pro
    objectif.modifie_le, objectif.modifie_par, objectif.version = now, agent.id, version + 1
    _set_steps(session, objectif, pas)
    _written(session, dossier, Action.OBJECTIF_MODIFIE, acteur, now)
    return objectif


def _check_room(session: Session, dossier: Dossier) -> None:
    if count_expected(session, dossier.id) >= SUIVIS_AU_PLUS:
        raise DomainError("trop_d_objectifs")


def _set_steps(session: Session, objectif: Objectif, said: Sequence[PasDit]) -> None:
    """Steps are known by their id: one that is reworded or moved keeps its tick."""
    known = {step.id: step for step in pas_of(session, objectif.dossier_id, objectif.id)}
    for rang, dit in enumerate(said):
        step = known.pop(dit.id, None)
        if step is None:
            key = {"dossier_id": objectif.dossier_id, "id": dit.id, "objectif_id": objectif.id}
            session.add(PetitPas(**key, rang=rang, mots=dit.mots))
        else:
            step.rang, step.mots = rang, dit.mots
    for left_out in known.values():
        session.delete(left_out)


def set_accord(
    session: Session,
    dossier: Dossier,
    objectif: Objectif,
    *,
    version: int,
    accord_le: date | None,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Objectif:
    """The young person said yes, on that day, to the words of that version; None: they take it back.

    StaleVersion: those are no longer the words. DomainErrors: dossier_clos, those of `check_accord`.
    """
    lock_dossier(session, dossier)
    objectif = _still_there(session, objectif)
    if objectif.version != version:
        raise StaleVersion(objectif)
    check_en_cours(dossier.clos_le)
    if accord_le == objectif.accord_le:
        return objectif
    if accord_le is not None:
        check_accord(accord_le, ouvert_le=dossier.ouvert_le, today=today)
    objectif.accord_le = accord_le
    _written(session, dossier, Action.OBJECTIF_MODIFIE, acteur, now, precision="accord")
    return objectif


def tick_pas(
    session: Session,
    dossier: Dossier,
    objectif: Objectif,
    pas_id: UUID,
    *,
    fait_le: date | None,
    acteur: Acteur,
    now: datetime,
) -> PetitPas:
    """Tick a small step, or untick it (None); ticked already, it keeps its day.

    DomainErrors: dossier_clos, pas_retire (the goal was corrected meanwhile).
    """
    lock_dossier(session, dossier)
    check_en_cours(dossier.clos_le)
    pas = next((step for step in pas_of(session, dossier.id, objectif.id) if step.id == pas_id), None)
    if pas is None:
        raise DomainError("pas_retire")
    if (pas.fait_le is None) != (fait_le is None):
        pas.fait_le = fait_le
        _written(session, dossier, Action.OBJECTIF_MODIFIE, acteur, now, precision="petit_pas")
    return pas


def delete_objectif(
    session: Session, dossier: Dossier, objectif: Objectif, *, version: int, acteur: Acteur, now: datetime
) -> None:
    """It was written by mistake: it goes, and its small steps with it. StaleVersion as for an edit."""
    lock_dossier(session, dossier)
    objectif = _still_there(session, objectif)
    if objectif.version != version:
        raise StaleVersion(objectif)
    forget_propositions(session, dossier.id, objectif.id)
    session.delete(objectif)
    _written(session, dossier, Action.OBJECTIF_SUPPRIME, acteur, now)


def _still_there(session: Session, objectif: Objectif) -> Objectif:
    current = find_objectif(session, objectif.dossier_id, objectif.id)
    if current is None:
        raise DomainError("objectif_supprime")
    return current


def _written(
    session: Session, dossier: Dossier, action: Action, acteur: Acteur, now: datetime, precision: str | None = None
) -> None:
    session.flush()
    touch(session, dossier.id)
    audit.record(session, action, acteur=acteur, dossier=dossier.code, now=now, precision=precision)
