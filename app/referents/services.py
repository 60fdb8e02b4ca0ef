"""One person answers for a dossier: assigning, handing over, ending. The équipe de suivi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.sql import among, ids_parameter
from app.db.unit import touch
from app.parcours.models import Dossier, Etat
from app.parcours.queries import lock_dossier
from app.parcours.rules import check_en_cours
from app.parcours.services_dossiers import Fin, close_dossier, reopen_dossier
from app.parcours.services_suivis import MemeTexte
from app.parcours.vocabulaire import MotifSortie
from app.referents.models import Affectation
from app.referents.queries import is_opposed, is_partner, open_affectation
from app.referents.rules import closing_instant, handover_instant
from app.referents.rules_passation import check_informed
from app.referents.services_affectations import begin_all, check_account, enter_team, leave_team, lock_receivers
from app.referents.vocabulaire import MotifAffectation

_OPEN_AGENT = (
    select(Affectation.agent_id)
    .where(Affectation.dossier_id == Etat.dossier_id, Affectation.fin.is_(None))
    .correlate(Etat)
    .scalar_subquery()
)
_REFRESH = (
    update(Etat)
    .where(among(Etat.dossier_id, ids_parameter("ids")), Etat.referent_id.is_distinct_from(_OPEN_AGENT))
    .values(referent_id=_OPEN_AGENT)
    .execution_options(synchronize_session=False)
)

_DRIFT = select(Etat.dossier_id).where(Etat.referent_id.is_distinct_from(_OPEN_AGENT)).order_by(Etat.dossier_id)


def refresh_referent(session: Session, ids: Sequence[int]) -> None:
    """Hook: bring `etat.referent_id` of these dossiers in line with their open affectation, in one statement."""
    session.execute(_REFRESH, {"ids": ids})


def referent_drift(session: Session) -> list[int]:
    """The ids of the dossiers whose `etat.referent_id` is not their open affectation. Nothing is written."""
    return list(session.scalars(_DRIFT))


def assign(
    session: Session,
    dossier: Dossier,
    *,
    to: Agent,
    par: Agent | None,
    acteur: Acteur,
    motif: MotifAffectation,
    now: datetime,
    today: date,
    affectation_id: UUID | None = None,
    note: bytes | None = None,
    same_note: MemeTexte | None = None,
    jeune_informe_le: date | None = None,
) -> Affectation:
    """Give a référent to a dossier that has none. The référent joins the équipe, and so does the author of the
    dossier when they make its first affectation.

    `affectation_id` is the client's id, under which `note` was sealed: the same one gives the same row; with other
    words, DepotConflict. `same_note` tells whether a stored note reads the same (by default: the same bytes).
    `jeune_informe_le`: the day when the young person was told, before, if an agent entrusts them to another structure.
    DomainErrors: dossier_clos, depot_inconnu, those of `_check_receiver` and of `check_informed`. StaleVersion.
    """
    lock_dossier(session, dossier)
    words = {"dossier_id": dossier.id, "agent_id": to.id, "motif": motif}
    if affectation_id and (earlier := _deposited(session, affectation_id, words, note, same_note)):
        return earlier
    check_en_cours(dossier.clos_le)
    _check_receiver(session, dossier, to)
    last = _last(session, dossier.id)
    if last and last.fin is None:
        raise StaleVersion(last)
    check_informed(jeune_informe_le, elsewhere=bool(par) and _is_elsewhere(session, dossier, to), today=today)
    said = {"note": note, "par_id": par and par.id, "jeune_informe_le": jeune_informe_le}
    new = Affectation(id=affectation_id or uuid4(), debut=max(now, last.fin) if last else now, **words, **said)
    begin_all(session, [new], today)
    if par and last is None and par.id == dossier.cree_par:
        enter_team(session, dossier, par.id, today)
    audit.record(session, Action.AFFECTATION, acteur=acteur, dossier=dossier.code, now=now, precision=motif.value)
    return new


def hand_over(
    session: Session,
    dossier: Dossier,
    *,
    to: Agent,
    par: Agent,
    acteur: Acteur,
    motif: MotifAffectation,
    note: bytes | None,
    affectation_id: UUID,
    remplace: UUID,
    now: datetime,
    today: date,
    same_note: MemeTexte | None = None,
    jeune_informe_le: date | None = None,
) -> Affectation:
    """End the affectation `remplace`, the one that `par` was looking at, and open the next at the same instant.

    The new référent joins the équipe and the former leaves it; the dossier keeps its structure, whichever the new
    référent's is. `affectation_id`, `note`, `same_note` and `jeune_informe_le` as for `assign`.
    DomainErrors: as for `assign`, and meme_agent. StaleVersion: somebody was faster.
    """
    lock_dossier(session, dossier)
    words = {"dossier_id": dossier.id, "agent_id": to.id, "motif": motif}
    if earlier := _deposited(session, affectation_id, words, note, same_note):
        return earlier
    check_en_cours(dossier.clos_le)
    current = _replaced(session, dossier, remplace, to)
    _check_receiver(session, dossier, to)
    check_informed(jeune_informe_le, elsewhere=_is_elsewhere(session, dossier, to), today=today)
    current.fin = handover_instant(current.debut, now)
    session.flush()
    leave_team(session, dossier, current.agent_id, today)
    said = {"debut": current.fin, "note": note, "par_id": par.id, "jeune_informe_le": jeune_informe_le}
    new = Affectation(id=affectation_id, **words, **said)
    begin_all(session, [new], today)
    audit.record(session, Action.PASSATION, acteur=acteur, dossier=dossier.code, now=now, precision=motif.value)
    return new


def end_affectation(
    session: Session, dossier: Dossier, *, le: date, acteur: Acteur, now: datetime, leaves: bool = False
) -> Affectation | None:
    """End the open affectation with the day `le`, today or earlier; None when there is none. The équipe stays,
    whoever was référent with it unless they leave it on that day."""
    lock_dossier(session, dossier)
    current = open_affectation(session, dossier.id)
    if current is None:
        return None
    current.fin = closing_instant(current.debut, le, now)
    if leaves:
        leave_team(session, dossier, current.agent_id, le)
    touch(session, dossier.id)
    audit.record(session, Action.AFFECTATION, acteur=acteur, dossier=dossier.code, now=now, precision="fin")
    return current


def close(
    session: Session,
    dossier: Dossier,
    *,
    version: int,
    le: date,
    motif: MotifSortie,
    etapes: Mapping[UUID, Fin | None],
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Dossier:
    """Close the dossier on the day `le` and end its affectation with that day; the équipe may still read it.

    A référent of another structure leaves it: nothing was agreed of their reading it as a partner.

    `etapes` and DomainErrors as for `parcours.services_dossiers.close_dossier`.
    """
    close_dossier(
        session, dossier, version=version, le=le, motif=motif, etapes=etapes, acteur=acteur, now=now, today=today
    )
    current = open_affectation(session, dossier.id)
    leaves = current is not None and is_partner(dossier, session.get_one(Agent, current.agent_id))
    end_affectation(session, dossier, le=le, acteur=acteur, now=now, leaves=leaves)
    return dossier


def reopen(
    session: Session,
    dossier: Dossier,
    *,
    version: int,
    to: Agent | None,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
    jeune_informe_le: date | None = None,
) -> Dossier:
    """Open a closed dossier again today, with the référent `to`, or with none for now; DomainErrors of `assign`."""
    lock_dossier(session, dossier)
    if to is not None:
        # before the journal, whose head stays locked: whoever disables this account takes the two in this order
        _check_receiver(session, dossier, to)
    reopen_dossier(session, dossier, version=version, le=today, acteur=acteur, now=now, today=today)
    if to is not None:
        said = {"motif": MotifAffectation.CHANGEMENT_SITUATION, "jeune_informe_le": jeune_informe_le}
        assign(session, dossier, to=to, par=par, acteur=acteur, now=now, today=today, **said)
    return dossier


def join_team(session: Session, dossier: Dossier, *, agent: Agent, acteur: Acteur, now: datetime, today: date) -> None:
    """Make `agent` a member of the équipe from today; nothing changes for who is one already."""
    lock_dossier(session, dossier)
    enter_team(session, dossier, agent.id, today)
    audit.record(session, Action.EQUIPE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now, precision="entree")


def _replaced(session: Session, dossier: Dossier, remplace: UUID, to: Agent) -> Affectation:
    current = open_affectation(session, dossier.id)
    if current is None or current.id != remplace:
        raise StaleVersion(current)
    if current.agent_id == to.id:
        raise DomainError("meme_agent", field="agent")
    return current


def _is_elsewhere(session: Session, dossier: Dossier, to: Agent) -> bool:
    """Whether `to` is of a structure that never answered for this dossier: the young person does not know of it."""
    if to.structure_id == dossier.structure_id:
        return False
    known = select(Affectation.id).join(Agent, Agent.id == Affectation.agent_id)
    return not session.scalar(
        select(known.where(Affectation.dossier_id == dossier.id, Agent.structure_id == to.structure_id).exists())
    )


def _check_receiver(session: Session, dossier: Dossier, to: Agent) -> None:
    account = lock_receivers(session, [to.id])[to.id]
    check_account(account)
    if is_opposed(session, dossier.id, account.structure_id):
        raise DomainError("structure_opposee", field="agent")


def _deposited(
    session: Session,
    affectation_id: UUID,
    words: Mapping[str, object],
    note: bytes | None,
    same_note: MemeTexte | None,
) -> Affectation | None:
    """The row that this deposit already made: a form sent twice."""
    earlier = session.get(Affectation, affectation_id, options=[undefer(Affectation.note)], populate_existing=True)
    if earlier is None:
        return None
    if earlier.dossier_id != words["dossier_id"]:
        raise DomainError("depot_inconnu")
    same = (same_note or (lambda stored: stored == note))(earlier.note)
    if not same or any(getattr(earlier, name) != said for name, said in words.items()):
        raise DepotConflict(earlier)
    return earlier


def _last(session: Session, dossier_id: int) -> Affectation | None:
    by_start = select(Affectation).where(Affectation.dossier_id == dossier_id).order_by(Affectation.debut.desc())
    return session.scalar(by_start.limit(1))
