"""Writing names: sealed on the way in, indexed where the key lives.

Two stores, one order. The dossier's key is committed first (`vault.create_key`, by whoever opens the dossier). The
sealed row waits for the caller's commit. The blind indexes are committed in the key store as the last act of the
service, before that commit: if they fail, the exception rolls the data back and nothing was written; if the data
fails after them, a new key and its indexes are left without a dossier, match nothing that a query joins, and go with
the daily sweep; after a failed edit they describe the refused words until the next edit. Never a name is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import StaleVersion
from app.db.unit import touch
from app.jeunes import queries
from app.jeunes.models import Identite
from app.jeunes.rules_identite import (
    check_annee,
    check_information,
    check_nommable,
    clean_contact,
    clean_identite,
    empreintes,
)
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossier
from app.parcours.rules import tranche_age
from app.vault.places import IndexKind, Place
from app.vault.service import Vault

Champs = Mapping[str, str | date | None]


def indexes_of(identite: Mapping[str, str], contact: Mapping[str, str]) -> dict[IndexKind, tuple[str, ...]]:
    """What `vault.replace_indexes` takes for a person, from cleaned fields."""
    found = empreintes(identite, contact)
    return {
        IndexKind.IDENTITE: found.identite,
        IndexKind.PHONETIQUE: found.phonetique,
        IndexKind.TELEPHONE: found.telephone,
    }


def register(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    *,
    identite: Champs,
    contact: Champs,
    informe_le: date | None,
    informe_forme: FormeInformation | None,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Identite:
    """Write who a new dossier is about; its key exists already.

    identite: prenom, nom, pseudonyme, date_naissance; contact: telephone, courriel; each may be missing.
    DomainError: pseudonyme_requis, nom_trop_long, date_naissance_invraisemblable, telephone_illisible,
    courriel_illisible, information_requise, forme_requise, information_future, information_trop_ancienne.
    """
    row = Identite(dossier_id=dossier.id, version=1)
    session.add(row)
    _write(session, vault, dossier, row, identite, contact, informe_le, informe_forme, today)
    audit.record(session, Action.IDENTITE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now)
    return row


def edit_identite(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    *,
    version: int,
    identite: Champs,
    contact: Champs,
    annee_naissance: int | None,
    anonymat_demande: bool,
    informe_le: date | None,
    informe_forme: FormeInformation | None,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Identite:
    """Replace who a dossier is about, as it was read at `version` (0 when there was nothing yet).

    Raises StaleVersion with the `queries.FicheIdentite` that was written meanwhile; otherwise as `register`.
    """
    lock_dossier(session, dossier)
    row = session.scalar(
        select(Identite)
        .where(Identite.dossier_id == dossier.id)
        .options(undefer(Identite.identite), undefer(Identite.contact))
        .execution_options(populate_existing=True)
    )
    if version != (row.version if row else 0):
        raise StaleVersion(queries.identite_of(session, vault, dossier))
    if row is None:
        row = Identite(dossier_id=dossier.id, version=0)
        session.add(row)
    row.version += 1
    if annee_naissance is not None:
        check_annee(annee_naissance, ouvert_le=dossier.ouvert_le)
    dossier.annee_naissance, dossier.anonymat_demande = annee_naissance, anonymat_demande
    _write(session, vault, dossier, row, identite, contact, informe_le, informe_forme, today)
    audit.record(session, Action.IDENTITE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now)
    return row


def tell(
    session: Session, dossier: Dossier, *, forme: FormeInformation, acteur: Acteur, now: datetime, today: date
) -> bool:
    """The young person was told today that a dossier is kept. False, and nothing is written, when it was said before
    or when the dossier names nobody.
    """
    lock_dossier(session, dossier)
    mine = select(Identite).where(Identite.dossier_id == dossier.id)
    row = session.scalar(mine.execution_options(populate_existing=True))
    if row is None or row.informe_le is not None:
        return False
    row.informe_le, row.informe_forme = today, forme
    row.version += 1
    touch(session, dossier.id)
    audit.record(session, Action.IDENTITE_MODIFIEE, acteur=acteur, dossier=dossier.code, now=now)
    return True


def _write(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    row: Identite,
    identite: Champs,
    contact: Champs,
    informe_le: date | None,
    informe_forme: FormeInformation | None,
    today: date,
) -> None:
    names = clean_identite(identite, ouvert_le=dossier.ouvert_le)
    reach = clean_contact(contact)
    check_nommable(names)
    check_information(names | reach, le=informe_le, forme=informe_forme, today=today)
    keys = vault.keys([dossier.uid])
    row.identite = keys.seal(dossier.uid, names, place=Place.IDENTITE, row=dossier.uid)
    row.contact = keys.seal(dossier.uid, reach, place=Place.CONTACT, row=dossier.uid) if reach else None
    row.informe_le, row.informe_forme = informe_le, informe_forme
    row.identifie_le = row.identifie_le or today
    _follow_birth_year(dossier, names)
    touch(session, dossier.id)
    session.flush()
    vault.replace_indexes(dossier.uid, indexes_of(names, reach))


def _follow_birth_year(dossier: Dossier, names: Mapping[str, str]) -> None:
    """The year in clear is that of the sealed date. The age band at entry is written once: when it is first known."""
    if birth := names.get("date_naissance"):
        dossier.annee_naissance = date.fromisoformat(birth).year
    if dossier.entree_age is None:
        dossier.entree_age = tranche_age(dossier.annee_naissance, dossier.ouvert_le)


def reveal_number(session: Session, vault: Vault, dossier: Dossier, *, acteur: Acteur, now: datetime) -> str | None:
    """The young person's phone in E.164, journalled whether or not there is one."""
    contact = queries.contact_of(session, vault, dossier)
    audit.record(session, Action.NUMERO_REVELE, acteur=acteur, dossier=dossier.code, now=now)
    return contact.get("telephone")
