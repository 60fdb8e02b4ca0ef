"""The dated acts of the duty of training: noting one, cancelling it, taking the cancellation back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.models_actes import Jalon
from app.parcours.policies import is_mission_locale
from app.parcours.queries import lock_dossier
from app.parcours.queries_jalons import find_jalon, jalons_of
from app.parcours.rules import check_en_cours
from app.parcours.rules_obligation import RESERVES_A_LA_MISSION_LOCALE, check_annulation, check_jalon
from app.parcours.vocabulaire_actes import GenreJalon


def note_jalon(
    session: Session,
    dossier: Dossier,
    *,
    agent: Agent,
    acteur: Acteur,
    genre: GenreJalon,
    jour: date,
    depot: UUID,
    now: datetime,
    today: date,
    jusqu_au: date | None = None,
    naissance: date | int | None = None,
) -> Jalon:
    """What was done on the day `jour`. `agent`: with their structure loaded.

    `naissance`: the birth date when it is known; without it the year of the dossier refuses what is certain.
    Deposits as for `log_suivi`. DomainErrors: dossier_clos, reserve_mission_locale, those of `check_jalon`.
    """
    lock_dossier(session, dossier)
    words = {"genre": genre, "jour": jour, "jusqu_au": jusqu_au}
    if (earlier := find_jalon(session, dossier.id, depot)) is not None:
        if any(getattr(earlier, name) != said for name, said in words.items()):
            raise DepotConflict(earlier)
        return earlier
    check_en_cours(dossier.clos_le)
    _check_reserved(genre, agent)
    born = dossier.annee_naissance if naissance is None else naissance
    check_jalon(**words, jalons=jalons_of(session, dossier.id), naissance=born, today=today)
    jalon = Jalon(dossier_id=dossier.id, id=depot, depot=depot, **words, cree_le=now, cree_par=agent.id)
    session.add(jalon)
    _written(session, dossier, jalon, Action.JALON_NOTE, acteur, now)
    return jalon


def cancel_jalon(
    session: Session, dossier: Dossier, jalon: Jalon, *, agent: Agent, acteur: Acteur, now: datetime, today: date
) -> Jalon:
    """It did not happen; the row stays, with the day it was cancelled. Cancelled already, it stays so.

    DomainErrors: dossier_clos, reserve_mission_locale, jalon_suivi.
    """
    lock_dossier(session, dossier)
    find_jalon(session, dossier.id, jalon.id)
    check_en_cours(dossier.clos_le)
    _check_reserved(jalon.genre, agent)
    if jalon.annule_le is not None:
        return jalon
    check_annulation([other for other in jalons_of(session, dossier.id) if other.id != jalon.id])
    jalon.annule_le = today
    _written(session, dossier, jalon, Action.JALON_ANNULE, acteur, now)
    return jalon


def restore_jalon(
    session: Session,
    dossier: Dossier,
    jalon: Jalon,
    *,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
    naissance: date | int | None = None,
) -> Jalon:
    """It had happened after all, if it still can have. DomainErrors: as for `note_jalon`."""
    lock_dossier(session, dossier)
    find_jalon(session, dossier.id, jalon.id)
    check_en_cours(dossier.clos_le)
    _check_reserved(jalon.genre, agent)
    if jalon.annule_le is None:
        return jalon
    others = [other for other in jalons_of(session, dossier.id) if other.id != jalon.id]
    born = dossier.annee_naissance if naissance is None else naissance
    check_jalon(jalon.genre, jalon.jour, jalon.jusqu_au, jalons=others, naissance=born, today=today)
    jalon.annule_le = None
    _written(session, dossier, jalon, Action.JALON_NOTE, acteur, now)
    return jalon


def _check_reserved(genre: GenreJalon, agent: Agent) -> None:
    if genre in RESERVES_A_LA_MISSION_LOCALE and not is_mission_locale(agent):
        raise DomainError("reserve_mission_locale", field="genre")


def _written(session: Session, dossier: Dossier, jalon: Jalon, action: Action, acteur: Acteur, now: datetime) -> None:
    session.flush()
    touch(session, dossier.id)
    # the journal of access is read by more than those who follow the young person: nothing there tells of health
    said = "exemption" if jalon.genre is GenreJalon.EXEMPTION_MEDICALE else jalon.genre.value
    audit.record(session, action, acteur=acteur, dossier=dossier.code, now=now, precision=said)
