"""Opening, closing and reopening a dossier, and how closely it is followed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import Row, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.unit import touch
from app.parcours.models import ContactPrevu, Dossier, Etape, Reouverture
from app.parcours.queries import code_taken, lock_dossier, open_etapes_of, reference_taken
from app.parcours.queries_demarches import moyens_restants
from app.parcours.rules import (
    check_cloture,
    check_en_cours,
    check_intensite,
    check_ouverture,
    new_code,
    tranche_age,
)
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    Diplome,
    GenreEtape,
    Intensite,
    IssueEtape,
    MotifSortie,
    Origine,
    Sexe,
    StatutContactPrevu,
    StatutEtape,
)


@dataclass(frozen=True, slots=True)
class Fin:
    """How an open step ended, on the day when the dossier is closed."""

    statut: StatutEtape
    issue: IssueEtape | None = None


class FaitsDossier(TypedDict):
    """What a new dossier says; what is not given is unknown."""

    structure_id: int
    territoire_id: int
    ouvert_le: date
    sexe: NotRequired[Sexe]
    annee_naissance: NotRequired[int | None]
    reference: NotRequired[str | None]
    origine: NotRequired[Origine | None]
    diplome: NotRequired[Diplome]
    anonymat_demande: NotRequired[bool]
    intensite: NotRequired[Intensite]


_INCONNUS = {
    "sexe": Sexe.NON_RENSEIGNE,
    "annee_naissance": None,
    "reference": None,
    "origine": None,
    "diplome": Diplome.INCONNU,
    "anonymat_demande": False,
    "intensite": Intensite.SOUTENU,
}


def open_dossier(
    session: Session,
    *,
    uid: UUID,
    par: Agent | None,
    acteur: Acteur,
    now: datetime,
    today: date,
    depot: UUID | None = None,
    **faits: Unpack[FaitsDossier],
) -> Dossier:
    """A new dossier under a code of its own; the key of `uid` was made before.

    The same deposit gives the same dossier; with other values, DepotConflict. DomainErrors: ouverture_future,
    date_invraisemblable, annee_invraisemblable, reference_prise.
    """
    values = {**_INCONNUS, **faits}
    check_ouverture(values["ouvert_le"], annee_naissance=values["annee_naissance"], today=today)
    if (earlier := _same_deposit(session, depot, values)) is not None:
        return earlier
    _refuse_reference_taken(session, values)
    dossier = _new_dossier(values, uid=uid, code=_free_code(session))
    dossier.depot, dossier.cree_le, dossier.cree_par = depot, now, None if par is None else par.id
    try:
        with session.begin_nested():
            session.add(dossier)
    except IntegrityError:
        # somebody else committed the same deposit, or the same reference, between our look and our insert
        if (earlier := _same_deposit(session, depot, values)) is not None:
            return earlier
        _refuse_reference_taken(session, values)
        raise
    touch(session, dossier.id)
    audit.record(session, Action.DOSSIER_CREE, acteur=acteur, dossier=dossier.code, now=now)
    return dossier


def _new_dossier(values: Mapping[str, Any], *, uid: UUID, code: str) -> Dossier:
    return Dossier(
        uid=uid,
        code=code,
        intensite_depuis=values["ouvert_le"],
        entree_structure_id=values["structure_id"],
        entree_territoire_id=values["territoire_id"],
        entree_sexe=values["sexe"],
        entree_age=tranche_age(values["annee_naissance"], values["ouvert_le"]),
        **values,
    )


def _refuse_reference_taken(session: Session, values: Mapping[str, Any]) -> None:
    reference = values["reference"]
    if reference is not None and reference_taken(session, structure_id=values["structure_id"], reference=reference):
        raise DomainError("reference_prise", field="reference")


def _same_deposit(session: Session, depot: UUID | None, values: Mapping[str, object]) -> Dossier | None:
    if depot is None:
        return None
    earlier = session.scalar(select(Dossier).where(Dossier.depot == depot))
    if earlier is not None and any(getattr(earlier, name) != value for name, value in values.items()):
        raise DepotConflict(earlier)
    return earlier


def _free_code(session: Session) -> str:
    while code_taken(session, code := new_code(secrets)):
        pass
    return code


def set_intensite(
    session: Session,
    dossier: Dossier,
    *,
    version: int,
    intensite: Intensite,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Dossier:
    """How closely the dossier is followed from today on. DomainErrors: veille_decrochage_mineur, dossier_clos."""
    lock_dossier(session, dossier)
    check_en_cours(dossier.clos_le)
    genres = {etape.genre for etape in open_etapes_of(session, dossier.id)}
    check_intensite(intensite, genres=genres, annee_naissance=dossier.annee_naissance, today=today)
    _edit(session, dossier, version, intensite=intensite, intensite_depuis=today)
    touch(session, dossier.id)
    audit.record(
        session, Action.INTENSITE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now, precision=intensite.value
    )
    return dossier


def edit_reperes(
    session: Session,
    dossier: Dossier,
    *,
    version: int,
    territoire_id: int,
    sexe: Sexe,
    origine: Origine | None,
    diplome: Diplome,
    acteur: Acteur,
    now: datetime,
) -> Dossier:
    """Where the young person lives now, and what is known of them; the values at entry never move (DESIGN §4.7)."""
    lock_dossier(session, dossier)
    _edit(session, dossier, version, territoire_id=territoire_id, sexe=sexe, origine=origine, diplome=diplome)
    touch(session, dossier.id)
    audit.record(session, Action.REPERES_MODIFIES, acteur=acteur, dossier=dossier.code, now=now)
    return dossier


def leave_veille(session: Session, dossier: Dossier, *, genre: GenreEtape, today: date) -> None:
    """A décrochage that opens under 18 ends the mere watch: nobody has to think of it."""
    try:
        check_intensite(dossier.intensite, genres={genre}, annee_naissance=dossier.annee_naissance, today=today)
    except DomainError:
        _edit(session, dossier, dossier.version, intensite=Intensite.SOUTENU, intensite_depuis=today)


def close_dossier(
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
    """Close on the day `le`. `etapes` answers for every open step: how it ended that day, or None, it goes on.

    Planned contacts are cancelled. Ending the affectation is for the caller (`referents.services.close`).
    DomainErrors: dossier_clos, cloture_future, cloture_avant_ouverture, etapes_sans_reponse, etape_apres_cloture,
    protocole_inacheve.
    """
    lock_dossier(session, dossier)
    check_en_cours(dossier.clos_le)
    _check_searched(session, dossier, motif)
    reopened = session.scalars(select(Reouverture.rouvert_le).where(Reouverture.dossier_id == dossier.id))
    check_cloture(le, ouvert_le=max([dossier.ouvert_le, *reopened]), today=today)
    for etape in open_etapes_of(session, dossier.id):
        if etape.id not in etapes:
            raise DomainError("etapes_sans_reponse", field="etapes")
        if (end := etapes[etape.id]) is not None:
            _end_etape(session, dossier, etape, end, le=le, acteur=acteur, now=now)
    _edit(session, dossier, version, clos_le=le, motif_sortie=motif)
    contact = ContactPrevu.__table__
    session.execute(
        update(contact)
        .where(contact.c.dossier_id == dossier.id, contact.c.statut == StatutContactPrevu.PREVU)
        .values(statut=StatutContactPrevu.ANNULE, version=contact.c.version + 1)
    )
    touch(session, dossier.id)
    audit.record(session, Action.CLOTURE, acteur=acteur, dossier=dossier.code, now=now, precision=motif.value)
    return dossier


def _check_searched(session: Session, dossier: Dossier, motif: MotifSortie) -> None:
    """Nobody is given up before they were searched for, whoever closes.

    Closings of the past, which an import or the demonstration writes as rows, never come through here.
    """
    if motif is MotifSortie.SANS_NOUVELLES and moyens_restants(session, dossier):
        raise DomainError("protocole_inacheve", field="motif")


def _end_etape(
    session: Session, dossier: Dossier, etape: Row, end: Fin, *, le: date, acteur: Acteur, now: datetime
) -> None:
    if end.statut not in STATUTS_FINIS:
        raise DomainError("transition_impossible", field="etapes", de=etape.statut)
    if etape.debut > le:
        raise DomainError("etape_apres_cloture", field="le")
    session.execute(
        update(Etape)
        .where(Etape.dossier_id == dossier.id, Etape.id == etape.id)
        .values(
            statut=end.statut,
            fin=le,
            issue=end.issue,
            modifie_le=now,
            modifie_par=acteur.agent_id,
            version=Etape.version + 1,
        )
    )


def reopen_dossier(
    session: Session,
    dossier: Dossier,
    *,
    version: int,
    le: date,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Dossier:
    """Open a closed dossier again from the day `le`; the past closing is kept.

    DomainErrors: dossier_ouvert, reouverture_future, reouverture_avant_cloture.
    """
    lock_dossier(session, dossier)
    if dossier.clos_le is None or dossier.motif_sortie is None:
        raise DomainError("dossier_ouvert")
    if le > today:
        raise DomainError("reouverture_future", field="le")
    if le < dossier.clos_le:
        raise DomainError("reouverture_avant_cloture", field="le")
    past = Reouverture(
        dossier_id=dossier.id,
        id=uuid4(),
        clos_le=dossier.clos_le,
        motif_sortie=dossier.motif_sortie,
        rouvert_le=le,
        rouvert_par=acteur.agent_id,
    )
    _edit(session, dossier, version, clos_le=None, motif_sortie=None)
    session.add(past)
    touch(session, dossier.id)
    audit.record(session, Action.REOUVERTURE, acteur=acteur, dossier=dossier.code, now=now)
    return dossier


def _edit(session: Session, dossier: Dossier, version: int, **values: object) -> None:
    if dossier.version != version:
        raise StaleVersion(dossier)
    for name, value in {**values, "version": version + 1}.items():
        setattr(dossier, name, value)
    session.flush()
