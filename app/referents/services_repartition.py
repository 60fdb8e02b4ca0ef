"""Spreading a caseload over several référents in one act, and taking it all back: all or none, each time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.accounts.maison import jour_de
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.db.sql import among, ids_parameter
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossiers
from app.referents.models import Affectation
from app.referents.models_repartition import LigneRepartition, Repartition
from app.referents.queries_repartition import fates, last_ends, lines_of, open_affectations, opposed_to, receivers
from app.referents.rules import handover_instant
from app.referents.rules_passation import awaits_receipt
from app.referents.rules_repartition import may_take_back
from app.referents.services_affectations import (
    begin_all,
    check_account,
    last_memberships,
    leave_teams,
    lock_receivers,
    return_to_teams,
)
from app.referents.vocabulaire import MotifAffectation, SuiteRepartition

_FIRST = MotifAffectation.PREMIERE_AFFECTATION
_THESE = select(Dossier).where(among(Dossier.id, ids_parameter("ids"))).order_by(Dossier.id)


@dataclass(frozen=True, slots=True)
class Part:
    """A dossier and who receives it; `note` is sealed for the row `affectation_id`, which will be that of the new
    affectation."""

    dossier_id: int
    to_id: int
    affectation_id: UUID
    note: bytes | None = None


def spread(
    session: Session,
    parts: Collection[Part],
    *,
    repartition_id: UUID,
    structure_id: int,
    de_id: int | None,
    motif: MotifAffectation,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Repartition:
    """Give these dossiers of this structure, those of `de_id` (null: of nobody), to référents of that structure; each
    as `services.hand_over` or `assign` does.

    The same deposit does it once; with other receivers, DepotConflict. DomainErrors: rien_a_repartir; dossiers_changes,
    whose `ids` have another référent by now, or were closed; lignes_refusees, whose `refus` says by dossier id what was
    refused (agent_desactive, agent_sans_role, agent_ailleurs, agent_absent, meme_agent, structure_opposee). Whichever
    it is, nothing was written.
    """
    if not parts:
        raise DomainError("rien_a_repartir")
    in_order = sorted(parts, key=lambda part: part.dossier_id)
    ids = [part.dossier_id for part in in_order]
    accounts = lock_receivers(session, [part.to_id for part in in_order])
    lock_dossiers(session, ids)
    if (earlier := _deposited(session, repartition_id, par, in_order)) is not None:
        return earlier
    dossiers = {one.id: one for one in session.scalars(_THESE.execution_options(populate_existing=True), {"ids": ids})}
    held = open_affectations(session, ids)
    _check_unchanged(ids, dossiers, held, structure_id=structure_id, de_id=de_id)
    _check_receivers(session, in_order, accounts, structure_id=structure_id, de_id=de_id, today=today)
    made = Repartition(
        id=repartition_id, structure_id=structure_id, de_id=de_id, par_id=par.id, motif=motif, cree_le=now
    )
    _give(session, made, in_order, held, today=today)
    _record(session, made, [dossiers[one] for one in ids], acteur)
    return made


def take_back(
    session: Session, repartition: Repartition, *, par: Agent, acteur: Acteur, now: datetime, today: date
) -> Mapping[int, SuiteRepartition]:
    """Take the whole back; what became of each dossier, by id, as `rules_repartition.fate` says.

    Those that go back have their former référent, who is in the équipe again as before and has no new receipt to give.
    Who had received them reads them no more, unless they were in the équipe. DomainErrors: deja_annulee, trop_tard,
    rien_a_reprendre.
    """
    if repartition.de_id is not None:
        lock_receivers(session, [repartition.de_id])
    lines = lines_of(session, repartition)
    lock_dossiers(session, sorted(line.id for line in lines))
    session.refresh(repartition)
    if repartition.annulee_le is not None:
        raise DomainError("deja_annulee")
    if not may_take_back(repartition.cree_le, now):
        raise DomainError("trop_tard")
    # read again, now that nobody else writes
    lines = lines_of(session, repartition)
    become = fates(session, repartition, lines)
    taken = [line for line in lines if become[line.id] is not SuiteRepartition.RESTE]
    if not taken:
        raise DomainError("rien_a_reprendre")
    repartition.annulee_le, repartition.annulee_par = now, par.id
    for line in lines:
        line.LigneRepartition.suite = become[line.id]
    ended = _end_all(session, taken, now=now, today=today)
    back = [ended[line.id] for line in taken if become[line.id] is SuiteRepartition.RENDU]
    _return_all(session, repartition, back, par=par, today=today)
    _record_back(session, taken, become, acteur, now)
    return become


def _deposited(session: Session, repartition_id: UUID, par: Agent, parts: Sequence[Part]) -> Repartition | None:
    """What this deposit already did: a form sent twice."""
    earlier = session.get(Repartition, repartition_id, populate_existing=True)
    if earlier is None:
        return None
    if earlier.par_id != par.id:
        raise DomainError("depot_inconnu")
    lines = select(LigneRepartition.affectation_id).where(LigneRepartition.repartition_id == earlier.id)
    given = select(Affectation.dossier_id, Affectation.agent_id).where(Affectation.id.in_(lines))
    if {tuple(row) for row in session.execute(given)} != {(part.dossier_id, part.to_id) for part in parts}:
        raise DepotConflict(earlier)
    return earlier


def _check_unchanged(
    ids: Sequence[int],
    dossiers: Mapping[int, Dossier],
    held: Mapping[int, Affectation],
    *,
    structure_id: int,
    de_id: int | None,
) -> None:
    changed = [
        one
        for one in ids
        if one not in dossiers
        or dossiers[one].structure_id != structure_id
        or dossiers[one].clos_le is not None
        or (held[one].agent_id if one in held else None) != de_id
    ]
    if changed:
        raise DomainError("dossiers_changes", ids=changed)


def _check_receivers(
    session: Session,
    parts: Sequence[Part],
    accounts: Mapping[int, Row],
    *,
    structure_id: int,
    de_id: int | None,
    today: date,
) -> None:
    there = {row.id for row in receivers(session, structure_id=structure_id, sauf=None, today=today) if not row.seul}
    opposed = opposed_to(session, [part.dossier_id for part in parts], structure_id)
    refus = {}
    for part in parts:
        try:
            _check_receiver(part, accounts, structure_id=structure_id, de_id=de_id, there=there, opposed=opposed)
        except DomainError as error:
            refus[part.dossier_id] = error
    if refus:
        raise DomainError("lignes_refusees", refus=refus)


def _check_receiver(
    part: Part,
    accounts: Mapping[int, Row],
    *,
    structure_id: int,
    de_id: int | None,
    there: Collection[int],
    opposed: Collection[int],
) -> None:
    if part.to_id == de_id:
        raise DomainError("meme_agent", field="agent")
    if part.to_id not in accounts or accounts[part.to_id].structure_id != structure_id:
        # towards another structure the young person is told first: that is said dossier by dossier
        raise DomainError("agent_ailleurs", field="agent")
    check_account(accounts[part.to_id])
    if part.to_id not in there:
        raise DomainError("agent_absent", field="agent")
    if part.dossier_id in opposed:
        raise DomainError("structure_opposee", field="agent")


def _give(
    session: Session, made: Repartition, parts: Sequence[Part], held: Mapping[int, Affectation], *, today: date
) -> None:
    ids = [part.dossier_id for part in parts]
    ended = {} if held else last_ends(session, ids)
    members = _members(session, parts, today)
    for current in held.values():
        current.fin = handover_instant(current.debut, made.cree_le)
    session.flush()
    if made.de_id is not None:
        leave_teams(session, ids, made.de_id, today)
    fresh = [
        Affectation(
            id=part.affectation_id,
            dossier_id=part.dossier_id,
            agent_id=part.to_id,
            debut=_begins(part.dossier_id, held, ended, made.cree_le),
            motif=made.motif if part.dossier_id in held or part.dossier_id in ended else _FIRST,
            note=part.note,
            par_id=made.par_id,
        )
        for part in parts
    ]
    begin_all(session, fresh, today)
    session.add(made)
    session.flush()
    session.add_all(
        LigneRepartition(
            repartition_id=made.id,
            dossier_id=part.dossier_id,
            affectation_id=part.affectation_id,
            precedente_id=held[part.dossier_id].id if part.dossier_id in held else None,
            etait_membre=part.dossier_id in members,
        )
        for part in parts
    )
    session.flush()


def _begins(dossier_id: int, held: Mapping[int, Affectation], ended: Mapping[int, datetime], now: datetime) -> datetime:
    if dossier_id in held:
        return held[dossier_id].fin
    return max(now, ended.get(dossier_id, now))


def _members(session: Session, parts: Sequence[Part], today: date) -> set[int]:
    """The dossiers whose receiver is in the équipe already; an agreed end that is past ended it."""
    rows = last_memberships(session, [(part.dossier_id, part.to_id) for part in parts])
    return {
        dossier_id
        for (dossier_id, _), row in rows.items()
        if row.jusqu_au is None and (row.echeance is None or row.echeance > today)
    }


def _record(session: Session, made: Repartition, dossiers: Sequence[Dossier], acteur: Acteur) -> None:
    action = Action.PASSATION if made.de_id is not None else Action.AFFECTATION
    said = {"acteur": acteur, "now": made.cree_le}
    each = [audit.Entree(action, dossier=one.code, precision=made.motif.value, **said) for one in dossiers]
    audit.record_many(session, [*each, audit.Entree(Action.REPARTITION, nombre=len(dossiers), **said)])


def _end_all(session: Session, taken: Sequence[Row], *, now: datetime, today: date) -> dict[int, Affectation]:
    """Who had received them gives them back, and leaves the équipe if they had joined it for that; by dossier."""
    current = open_affectations(session, [line.id for line in taken])
    leaving: dict[int, list[int]] = {}
    for line in taken:
        held = current[line.id]
        held.fin, held.refusee_le = handover_instant(held.debut, now), now
        if not line.LigneRepartition.etait_membre:
            leaving.setdefault(held.agent_id, []).append(line.id)
        touch(session, line.id)
    session.flush()
    for agent_id, ids in sorted(leaving.items()):
        leave_teams(session, ids, agent_id, today)
    return current


_BEFORE = select(Affectation).join(LigneRepartition, LigneRepartition.precedente_id == Affectation.id)


def _return_all(
    session: Session, repartition: Repartition, ended: Sequence[Affectation], *, par: Agent, today: date
) -> None:
    if not ended or repartition.de_id is None:
        return
    rows = session.scalars(_BEFORE.where(LigneRepartition.repartition_id == repartition.id))
    before = {row.dossier_id: row for row in rows}
    # first: the référent then joins the équipe, and finds the row that they had there
    left = jour_de(repartition.cree_le)
    return_to_teams(session, [one.dossier_id for one in ended], repartition.de_id, left=left)
    fresh = [
        Affectation(
            id=uuid4(),
            dossier_id=one.dossier_id,
            agent_id=repartition.de_id,
            debut=one.fin,
            motif=MotifAffectation.RETOUR,
            par_id=par.id,
            **_as_before(before[one.dossier_id]),
        )
        for one in ended
    ]
    begin_all(session, fresh, today)


def _as_before(former: Affectation) -> dict[str, Any]:
    """They took note of it before all this, if they had; and the young person knew."""
    waits = awaits_receipt(agent_id=former.agent_id, par_id=former.par_id, accusee_le=former.accusee_le)
    known = None if waits else former.accusee_le or former.debut
    return {"accusee_le": known, "jeune_informe_le": former.jeune_informe_le}


def _record_back(
    session: Session,
    taken: Sequence[Row],
    become: Mapping[int, SuiteRepartition],
    acteur: Acteur,
    now: datetime,
) -> None:
    said = {"acteur": acteur, "now": now}
    each = [
        audit.Entree(Action.PASSATION, dossier=line.code, precision=MotifAffectation.RETOUR.value, **said)
        if become[line.id] is SuiteRepartition.RENDU
        else audit.Entree(Action.AFFECTATION, dossier=line.code, precision="fin", **said)
        for line in sorted(taken, key=lambda line: line.id)
    ]
    audit.record_many(session, [*each, audit.Entree(Action.REPARTITION_ANNULEE, nombre=len(taken), **said)])
