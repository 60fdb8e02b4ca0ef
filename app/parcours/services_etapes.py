"""Adding, moving and correcting the steps of a journey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.unit import touch
from app.parcours.models import Dossier, Etape
from app.parcours.queries import etape_of_depot, etapes_of, find_etape, lock_dossier
from app.parcours.rules_etapes import (
    Cadre,
    Faits,
    check_faits,
    check_overlaps,
    check_transition,
    ended,
    propositions,
)
from app.parcours.services_chantier import check_chantier
from app.parcours.services_dossiers import leave_veille
from app.parcours.services_suivis import MemeTexte
from app.parcours.vocabulaire import ActeEtape, GenreEtape, IssueEtape, StatutEtape

# (step, version at which it was read): the proposals to end it that were accepted.
Acceptees = Sequence[tuple[UUID, int]]
_FAITS = tuple(field.name for field in fields(Faits))
_EN_CLAIR = tuple(name for name in _FAITS if name != "precisions")


@dataclass(frozen=True, slots=True)
class Ecriture:
    """Who writes a step, and when; the birth date of the young person, when whoever writes could open it."""

    acteur: Acteur
    now: datetime
    today: date
    naissance: date | int | None = None


def add_etape(
    session: Session,
    dossier: Dossier,
    *,
    faits: Faits,
    etape_id: UUID,
    depot: UUID,
    acteur: Acteur,
    now: datetime,
    today: date,
    closing: Acceptees = (),
    same_precisions: MemeTexte | None = None,
    naissance: date | int | None = None,
) -> Etape:
    """A new step: planned, begun, or already over. `closing` are the proposals accepted, ended the day it begins.

    The same deposit gives the same row; with other words, DepotConflict carries it; somebody else's is depot_inconnu.
    StaleVersion carries a step of `closing` that changed meanwhile. `naissance` and DomainErrors: those of
    `check_chantier`, `check_faits` and `check_overlaps`, proposition_perimee.
    """
    lock_dossier(session, dossier)
    if (earlier := etape_of_depot(session, dossier.id, depot)) is not None:
        return _deposited(earlier, faits, acteur, same_precisions)
    writing = Ecriture(acteur, now, today)
    check_chantier(session, dossier, faits, naissance=naissance, etape_id=etape_id, before=None, today=today)
    _check(session, dossier, faits, writing, closing=closing)
    etape = Etape(
        dossier_id=dossier.id,
        id=etape_id,
        depot=depot,
        cree_le=now,
        cree_par=acteur.agent_id,
        **{name: getattr(faits, name) for name in _FAITS},
    )
    session.add(etape)
    _written(session, dossier, Action.ETAPE_CREEE, faits, writing)
    return etape


def _deposited(earlier: Etape, faits: Faits, acteur: Acteur, same_precisions: MemeTexte | None) -> Etape:
    """The step that this deposit made, if it says the same: its words are shown to its author alone."""
    if earlier.cree_par != acteur.agent_id:
        raise DomainError("depot_inconnu")
    same = (same_precisions or (lambda stored: stored == faits.precisions))(earlier.precisions)
    if not same or any(getattr(earlier, name) != getattr(faits, name) for name in _EN_CLAIR):
        raise DepotConflict(earlier)
    return earlier


def start_etape(
    session: Session,
    dossier: Dossier,
    etape: Etape,
    *,
    version: int,
    debut: date,
    acteur: Acteur,
    now: datetime,
    today: date,
    closing: Acceptees = (),
    naissance: date | int | None = None,
) -> Etape:
    """A planned step begins on the day `debut`, which may not be the one planned. `naissance`: see `check_chantier`."""
    return _move(
        session,
        dossier,
        etape,
        ActeEtape.COMMENCER,
        Ecriture(acteur, now, today, naissance),
        version=version,
        closing=closing,
        statut=StatutEtape.EN_COURS,
        debut=debut,
    )


def hold_etape(
    session: Session, dossier: Dossier, etape: Etape, *, version: int, acteur: Acteur, now: datetime, today: date
) -> Etape:
    """An open step waits: it still counts as the situation."""
    writing = Ecriture(acteur, now, today)
    act = ActeEtape.METTRE_EN_ATTENTE
    return _move(session, dossier, etape, act, writing, version=version, statut=StatutEtape.EN_ATTENTE)


def resume_etape(
    session: Session, dossier: Dossier, etape: Etape, *, version: int, acteur: Acteur, now: datetime, today: date
) -> Etape:
    """A waiting step goes on."""
    writing = Ecriture(acteur, now, today)
    act = ActeEtape.REPRENDRE
    return _move(session, dossier, etape, act, writing, version=version, statut=StatutEtape.EN_COURS)


def finish_etape(
    session: Session,
    dossier: Dossier,
    etape: Etape,
    *,
    version: int,
    fin: date,
    acteur: Acteur,
    now: datetime,
    today: date,
    issue: IssueEtape | None = None,
) -> Etape:
    """The step came to its end; `fin` was its last day."""
    values = {"statut": StatutEtape.TERMINEE, "fin": fin, "issue": issue}
    writing = Ecriture(acteur, now, today)
    return _move(session, dossier, etape, ActeEtape.TERMINER, writing, version=version, **values)


def interrupt_etape(
    session: Session,
    dossier: Dossier,
    etape: Etape,
    *,
    version: int,
    statut: StatutEtape,
    fin: date,
    acteur: Acteur,
    now: datetime,
    today: date,
    issue: IssueEtape | None = None,
) -> Etape:
    """The step was broken off; `statut` says by whom, `fin` was its last day."""
    values = {"statut": statut, "fin": fin, "issue": issue}
    writing = Ecriture(acteur, now, today)
    return _move(session, dossier, etape, ActeEtape.INTERROMPRE, writing, version=version, **values)


def cancel_etape(
    session: Session, dossier: Dossier, etape: Etape, *, version: int, acteur: Acteur, now: datetime, today: date
) -> Etape:
    """The step did not take place."""
    writing = Ecriture(acteur, now, today)
    return _move(session, dossier, etape, ActeEtape.ANNULER, writing, version=version, statut=StatutEtape.ANNULEE)


def correct_etape(
    session: Session,
    dossier: Dossier,
    etape: Etape,
    *,
    version: int,
    faits: Faits,
    acteur: Acteur,
    now: datetime,
    today: date,
    naissance: date | int | None = None,
) -> Etape:
    """What was written was wrong: kind, status, dates and words become `faits`, whatever they were.

    `naissance`: see `check_chantier`.
    """
    lock_dossier(session, dossier)
    etape = _current(session, etape, version)
    known = {"naissance": naissance, "etape_id": etape.id, "today": today}
    check_chantier(session, dossier, faits, before=_as_chantier(etape), **known)
    return _rewrite(session, dossier, etape, faits, Ecriture(acteur, now, today))


def _move(
    session: Session,
    dossier: Dossier,
    etape: Etape,
    act: ActeEtape,
    writing: Ecriture,
    *,
    version: int,
    closing: Acceptees = (),
    **values: object,
) -> Etape:
    lock_dossier(session, dossier)
    etape = _current(session, etape, version)
    faits = replace(Faits(**{name: getattr(etape, name) for name in _FAITS}), **values)
    check_transition(act, de=etape.statut, vers=faits.statut)
    if act is ActeEtape.COMMENCER:
        known = {"naissance": writing.naissance, "etape_id": etape.id, "today": writing.today}
        check_chantier(session, dossier, faits, before=etape.statut, field="debut", **known)
    return _rewrite(session, dossier, etape, faits, writing, closing=closing)


def _as_chantier(etape: Etape) -> StatutEtape | None:
    """The status of a chantier; a step of another kind that becomes one begins as such."""
    return etape.statut if etape.genre is GenreEtape.CHANTIER_EDUCATIF else None


def _current(session: Session, etape: Etape, version: int) -> Etape:
    """The row as every earlier writer left it. Raises StaleVersion with it when it is no longer what was read."""
    find_etape(session, etape.dossier_id, etape.id)
    if etape.version != version:
        raise StaleVersion(etape)
    return etape


def _rewrite(
    session: Session, dossier: Dossier, etape: Etape, faits: Faits, writing: Ecriture, *, closing: Acceptees = ()
) -> Etape:
    _check(session, dossier, faits, writing, closing=closing, sauf=etape.id)
    for name in _FAITS:
        setattr(etape, name, getattr(faits, name))
    etape.modifie_le, etape.modifie_par, etape.version = writing.now, writing.acteur.agent_id, etape.version + 1
    _written(session, dossier, Action.ETAPE_MODIFIEE, faits, writing)
    return etape


def _check(
    session: Session,
    dossier: Dossier,
    faits: Faits,
    writing: Ecriture,
    *,
    closing: Acceptees,
    sauf: UUID | None = None,
) -> None:
    """Every rule first, so that a refusal writes nothing; then the accepted proposals end their steps."""
    check_faits(faits, cadre=Cadre(dossier.annee_naissance, dossier.clos_le), today=writing.today)
    others = [other for other in etapes_of(session, dossier.id) if other.id != sauf]
    accepted = _accepted(session, dossier, faits, others, closing)
    check_overlaps(faits, [ended(other, faits.debut) if other.id in accepted else other for other in others])
    for etape_id in accepted:
        session.execute(
            update(Etape)
            .where(Etape.dossier_id == dossier.id, Etape.id == etape_id)
            .values(
                statut=StatutEtape.TERMINEE,
                fin=faits.debut,
                modifie_le=writing.now,
                modifie_par=writing.acteur.agent_id,
                version=Etape.version + 1,
            )
        )


def _accepted(session: Session, dossier: Dossier, faits: Faits, others: Sequence[Row], closing: Acceptees) -> set[UUID]:
    proposed = {proposition.etape_id for proposition in propositions(faits, others)}
    versions = {other.id: other.version for other in others}
    for etape_id, version in closing:
        if versions.get(etape_id) != version and etape_id in versions:
            raise StaleVersion(find_etape(session, dossier.id, etape_id))
        if etape_id not in proposed:
            raise DomainError("proposition_perimee", field="debut")
    return {etape_id for etape_id, _ in closing}


def _written(session: Session, dossier: Dossier, action: Action, faits: Faits, writing: Ecriture) -> None:
    if faits.statut in (StatutEtape.EN_COURS, StatutEtape.EN_ATTENTE):
        leave_veille(session, dossier, genre=faits.genre, today=writing.today)
    session.flush()
    touch(session, dossier.id)
    audit.record(
        session, action, acteur=writing.acteur, dossier=dossier.code, now=writing.now, precision=faits.genre.value
    )
