"""Noting and correcting follow-ups, planning and cancelling contacts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from app.accounts.maison import jour_de
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.unit import touch
from app.parcours.models import ContactPrevu, Dossier, Suivi
from app.parcours.policies import may_delete_suivi
from app.parcours.queries import contact_of_depot, find_contact, find_suivi, lock_dossier, promised_at, suivi_of_depot
from app.parcours.queries_demarches import demarche_of_suivi
from app.parcours.rules import check_en_cours, check_jour_prevu, check_jour_suivi, is_contact_reussi
from app.parcours.services_propositions import forget_propositions
from app.parcours.vocabulaire import (
    RESULTATS_MANQUES,
    Canal,
    Resultat,
    StatutContactPrevu,
    Theme,
    Visibilite,
)
from app.parcours.vocabulaire_actes import PartageNote

# Sealing is never twice the same: only who holds the key can say whether two notes read the same.
MemeTexte = Callable[[bytes | None], bool]


@dataclass(frozen=True, slots=True)
class Prochain:
    """The next contact, planned while noting this one."""

    jour: date
    heure: time | None = None
    canal: Canal | None = None


def log_suivi(
    session: Session,
    dossier: Dossier,
    *,
    agent: Agent,
    acteur: Acteur,
    jour: date,
    canal: Canal,
    resultat: Resultat,
    suivi_id: UUID,
    depot: UUID,
    now: datetime,
    today: date,
    themes: Collection[Theme] = (),
    note: bytes | None = None,
    same_note: MemeTexte | None = None,
    visibilite: Visibilite = Visibilite.MON_EQUIPE,
    partage: PartageNote | None = None,
    prochain: Prochain | None = None,
) -> Suivi:
    """Note a contact or an attempt, and settle the contacts planned up to that day.

    `note` is sealed for the row `suivi_id`; `same_note` says whether a stored one reads the same (default: same bytes).
    The same deposit gives the same row; with other words, DepotConflict carries it.
    DomainErrors: jour_futur, jour_avant_dossier, prevu_*, dossier_clos, partage_non_dit, depot_inconnu.
    """
    lock_dossier(session, dossier)
    words = {"jour": jour, "canal": canal, "resultat": resultat, **_said(themes, visibilite, partage, note)}
    if (earlier := suivi_of_depot(session, dossier.id, depot)) is not None:
        _refuse_anothers(earlier, agent)
        same = same_note or (lambda stored: stored == note)
        return _same_suivi(session, earlier, words=words, same_note=same(earlier.note), prochain=prochain)
    check_jour_suivi(jour, ouvert_le=dossier.ouvert_le, today=today)
    suivi = Suivi(dossier_id=dossier.id, id=suivi_id, agent_id=agent.id, depot=depot, note=note, cree_le=now, **words)
    session.add(suivi)
    settle_contacts(session, suivi)
    _promise(session, dossier, suivi, prochain, now=now, today=today)
    touch(session, dossier.id)
    audit.record(session, Action.SUIVI_NOTE, acteur=acteur, dossier=dossier.code, now=now)
    return suivi


def _refuse_anothers(earlier: Suivi, agent: Agent) -> None:
    # the words of somebody else may not be this agent's to read
    if earlier.agent_id != agent.id:
        raise DomainError("depot_inconnu")


def _said(
    themes: Collection[Theme], visibilite: Visibilite, partage: PartageNote | None, note: bytes | None
) -> dict[str, object]:
    """What it was about, in the order of the list, and who reads."""
    return {"themes": _in_order(themes)} | _readers(visibilite, partage, note)


def _readers(visibilite: Visibilite, partage: PartageNote | None, note: bytes | None) -> dict[str, object]:
    """Who reads, as it is stored: words for the équipe de suivi say what the young person knows of it (CASF,
    art. L. 226-2-2); for anybody else, nothing is asked. DomainError: partage_non_dit."""
    if visibilite is not Visibilite.EQUIPE_SUIVI or note is None:
        return {"visibilite": visibilite, "partage": None}
    if partage is None:
        raise DomainError("partage_non_dit", field="partage")
    return {"visibilite": visibilite, "partage": partage}


def _in_order(themes: Collection[Theme]) -> tuple[Theme, ...]:
    return tuple(theme for theme in Theme if theme in themes)


def _same_suivi(
    session: Session, earlier: Suivi, *, words: dict[str, object], same_note: bool, prochain: Prochain | None
) -> Suivi:
    promised = promised_at(session, earlier.dossier_id, earlier.id)
    stored = None if promised is None else Prochain(promised.jour, promised.heure, promised.canal)
    if not same_note or stored != prochain or any(getattr(earlier, name) != said for name, said in words.items()):
        raise DepotConflict(earlier)
    return earlier


def _promise(
    session: Session, dossier: Dossier, suivi: Suivi, prochain: Prochain | None, *, now: datetime, today: date
) -> None:
    if prochain is None:
        return
    check_en_cours(dossier.clos_le)
    check_prochain(prochain, today=today)
    session.add(
        ContactPrevu(
            dossier_id=dossier.id,
            id=uuid4(),
            jour=prochain.jour,
            heure=prochain.heure,
            canal=prochain.canal,
            agent_id=suivi.agent_id,
            promis_par=suivi.id,
            cree_le=now,
        )
    )


def check_prochain(prochain: Prochain, *, today: date) -> None:
    """As `check_jour_prevu`, with the field of the form where it is typed beside a follow-up."""
    try:
        check_jour_prevu(prochain.jour, today=today)
    except DomainError as error:
        raise DomainError(error.code, field="prochain_jour") from error


def settle_contacts(session: Session, suivi: Suivi) -> None:
    """Contacts planned up to the day of the follow-up were held by a contact réussi, cancelled by a missed one.

    An attempt without an answer leaves them: they are still to be held.
    """
    session.flush()
    if is_contact_reussi(suivi.canal, suivi.resultat):
        statut = StatutContactPrevu.TENU
    elif suivi.resultat in RESULTATS_MANQUES:
        statut = StatutContactPrevu.ANNULE
    else:
        return
    contact = ContactPrevu.__table__.c
    earlier = contact.promis_par.is_distinct_from(suivi.id) & (contact.jour <= suivi.jour)
    planned = (contact.statut == StatutContactPrevu.PREVU) & earlier
    _set_contacts(session, suivi, planned, statut=statut, tenu_par=suivi.id)


def _unsettle_contacts(session: Session, dossier: Dossier, suivi: Suivi) -> None:
    before = StatutContactPrevu.PREVU if dossier.clos_le is None else StatutContactPrevu.ANNULE
    settled = ContactPrevu.__table__.c.tenu_par == suivi.id
    _set_contacts(session, suivi, settled, statut=before, tenu_par=None)


def _set_contacts(session: Session, suivi: Suivi, which: ColumnElement[bool], **values: object) -> None:
    table = ContactPrevu.__table__
    session.execute(
        update(table).where(table.c.dossier_id == suivi.dossier_id, which).values(version=table.c.version + 1, **values)
    )


def edit_suivi(
    session: Session,
    dossier: Dossier,
    suivi: Suivi,
    *,
    version: int,
    acteur: Acteur,
    jour: date,
    canal: Canal,
    resultat: Resultat,
    now: datetime,
    today: date,
    themes: Collection[Theme] = (),
    note: bytes | None = None,
    visibilite: Visibilite = Visibilite.MON_EQUIPE,
    partage: PartageNote | None = None,
) -> Suivi:
    """Correct a follow-up read at `version`; the contacts that it settled are settled again.

    StaleVersion carries the row as it is now. DomainErrors: jour_futur, jour_avant_dossier, partage_non_dit.
    """
    lock_dossier(session, dossier)
    find_suivi(session, dossier.id, suivi.id)
    if suivi.version != version:
        raise StaleVersion(suivi)
    check_jour_suivi(jour, ouvert_le=dossier.ouvert_le, today=today)
    suivi.jour, suivi.canal, suivi.resultat = jour, canal, resultat
    suivi.themes, suivi.note = _in_order(themes), note
    suivi.visibilite, suivi.partage = _readers(visibilite, partage, note).values()
    suivi.modifie_le, suivi.version = now, version + 1
    _unsettle_contacts(session, dossier, suivi)
    settle_contacts(session, suivi)
    touch(session, dossier.id)
    audit.record(session, Action.SUIVI_MODIFIE, acteur=acteur, dossier=dossier.code, now=now)
    return suivi


def delete_suivi(
    session: Session,
    dossier: Dossier,
    suivi: Suivi,
    *,
    version: int,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> None:
    """It was noted by mistake: its author takes it away on the day it was written.

    The contacts that it settled are planned again; the one promised then stays planned. StaleVersion carries the row as
    it is now. DomainErrors: suivi_a_garder, suivi_de_demarche.
    """
    lock_dossier(session, dossier)
    find_suivi(session, dossier.id, suivi.id)
    if suivi.version != version:
        raise StaleVersion(suivi)
    if not may_delete_suivi(author_id=suivi.agent_id, ecrit_le=jour_de(suivi.cree_le), agent=agent, today=today):
        raise DomainError("suivi_a_garder")
    if demarche_of_suivi(session, dossier.id, suivi.id) is not None:
        raise DomainError("suivi_de_demarche")
    forget_propositions(session, dossier.id, suivi.id)
    _unsettle_contacts(session, dossier, suivi)
    _set_contacts(session, suivi, ContactPrevu.__table__.c.promis_par == suivi.id, promis_par=None)
    session.delete(suivi)
    session.flush()
    touch(session, dossier.id)
    audit.record(session, Action.SUIVI_SUPPRIME, acteur=acteur, dossier=dossier.code, now=now)


def plan_contact(
    session: Session,
    dossier: Dossier,
    *,
    agent: Agent,
    acteur: Acteur,
    jour: date,
    contact_id: UUID,
    depot: UUID,
    now: datetime,
    today: date,
    heure: time | None = None,
    canal: Canal | None = None,
    objet: bytes | None = None,
    same_objet: MemeTexte | None = None,
) -> ContactPrevu:
    """Plan a contact. Deposits as for `log_suivi`; somebody else's is `depot_inconnu`.

    DomainErrors: dossier_clos, prevu_passe, prevu_trop_loin.
    """
    lock_dossier(session, dossier)
    words = {"jour": jour, "heure": heure, "canal": canal}
    if (earlier := contact_of_depot(session, dossier.id, depot)) is not None:
        if earlier.agent_id != agent.id:
            raise DomainError("depot_inconnu")
        same = (same_objet or (lambda stored: stored == objet))(earlier.objet)
        if not same or any(getattr(earlier, name) != said for name, said in words.items()):
            raise DepotConflict(earlier)
        return earlier
    check_en_cours(dossier.clos_le)
    check_jour_prevu(jour, today=today)
    key = {"dossier_id": dossier.id, "id": contact_id, "agent_id": agent.id, "depot": depot}
    contact = ContactPrevu(**key, **words, objet=objet, cree_le=now)
    session.add(contact)
    touch(session, dossier.id)
    audit.record(session, Action.CONTACT_PREVU, acteur=acteur, dossier=dossier.code, now=now)
    return contact


def move_contact(
    session: Session,
    dossier: Dossier,
    contact: ContactPrevu,
    *,
    version: int,
    acteur: Acteur,
    jour: date,
    now: datetime,
    today: date,
    heure: time | None = None,
) -> ContactPrevu:
    """Put a planned contact on another day. DomainErrors: contact_passe, prevu_passe, prevu_trop_loin."""
    lock_dossier(session, dossier)
    contact = _still_planned(session, contact, version)
    check_jour_prevu(jour, today=today)
    contact.jour, contact.heure, contact.version = jour, heure, version + 1
    touch(session, dossier.id)
    audit.record(session, Action.CONTACT_PREVU, acteur=acteur, dossier=dossier.code, now=now)
    return contact


def cancel_contact(
    session: Session, dossier: Dossier, contact: ContactPrevu, *, version: int, acteur: Acteur, now: datetime
) -> ContactPrevu:
    """Cancel a planned contact; one that is cancelled already stays so. DomainError: contact_passe."""
    lock_dossier(session, dossier)
    if contact.statut is StatutContactPrevu.ANNULE:
        return contact
    contact = _still_planned(session, contact, version)
    contact.statut, contact.version = StatutContactPrevu.ANNULE, version + 1
    touch(session, dossier.id)
    audit.record(session, Action.CONTACT_ANNULE, acteur=acteur, dossier=dossier.code, now=now)
    return contact


def _still_planned(session: Session, contact: ContactPrevu, version: int) -> ContactPrevu:
    current = find_contact(session, contact.dossier_id, contact.id)
    if current is None or current.statut is not StatutContactPrevu.PREVU:
        raise DomainError("contact_passe")
    if current.version != version:
        raise StaleVersion(current)
    return current
