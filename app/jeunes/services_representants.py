"""Legal representatives of a minor: who they are, and whether they may be contacted at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.unit import touch
from app.jeunes.models import RepresentantLegal
from app.jeunes.queries import Representant, open_representant
from app.jeunes.rules_identite import check_information, clean_contact, clean_noms
from app.jeunes.vocabulaire import AutoriteParentale, FormeInformation, Lien, PeutEtreContacte
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossier
from app.parcours.services_propositions import forget_propositions
from app.vault.places import Place
from app.vault.service import Vault

# Nobody has more; a script would.
REPRESENTANTS_AU_PLUS = 10


@dataclass(frozen=True, slots=True)
class FicheRepresentant:
    """What is written of a representative. identite: prenom, nom, telephone, courriel, those that are known."""

    identite: Mapping[str, str | None]
    lien: Lien
    autorite_parentale: AutoriteParentale
    peut_etre_contacte: PeutEtreContacte
    informe_le: date | None = None
    informe_forme: FormeInformation | None = None


def add_representant(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    *,
    fiche: FicheRepresentant,
    representant_id: UUID,
    depot: UUID,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Representant:
    """Add one. The same deposit with the same words gives what is there; with others, DepotConflict.

    DomainError: representant_sans_nom, representants_trop_nombreux, and those of `services.register`.
    """
    lock_dossier(session, dossier)
    cleaned = _cleaned(fiche, today=today)
    rows = session.scalars(
        select(RepresentantLegal)
        .where(RepresentantLegal.dossier_id == dossier.id)
        .options(undefer(RepresentantLegal.identite))
    ).all()
    existing = next((row for row in rows if row.depot == depot), None)
    if existing is not None:
        return _same_or_conflict(vault, dossier, existing, fiche, cleaned)
    if len(rows) >= REPRESENTANTS_AU_PLUS:
        raise DomainError("representants_trop_nombreux", maximum=REPRESENTANTS_AU_PLUS)
    row = RepresentantLegal(dossier_id=dossier.id, id=representant_id, cree_le=now, depot=depot, version=1)
    session.add(row)
    return _write(session, vault, dossier, row, fiche, cleaned, acteur, now)


def edit_representant(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    row: RepresentantLegal,
    *,
    fiche: FicheRepresentant,
    version: int,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Representant:
    """Replace what is known of one. Raises StaleVersion with the `Representant` written meanwhile."""
    if row.version != version:
        raise StaleVersion(open_representant(vault.keys([dossier.uid]), dossier.uid, row))
    cleaned = _cleaned(fiche, today=today)
    row.version += 1
    return _write(session, vault, dossier, row, fiche, cleaned, acteur, now)


def remove_representant(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    row: RepresentantLegal,
    *,
    version: int,
    acteur: Acteur,
    now: datetime,
) -> None:
    """Take one out of the dossier, as read at `version`; raises StaleVersion."""
    if row.version != version:
        raise StaleVersion(open_representant(vault.keys([dossier.uid]), dossier.uid, row))
    forget_propositions(session, dossier.id, row.id)
    session.delete(row)
    touch(session, dossier.id)
    audit.record(session, Action.REPRESENTANT_MODIFIE, acteur=acteur, dossier=dossier.code, now=now, precision="retire")


def load_representant(session: Session, dossier: Dossier, representant_id: UUID) -> RepresentantLegal | None:
    """The row to edit, its dossier locked, its sealed column loaded; None when this dossier has no such row."""
    lock_dossier(session, dossier)
    return session.scalar(
        select(RepresentantLegal)
        .where(RepresentantLegal.dossier_id == dossier.id, RepresentantLegal.id == representant_id)
        .options(undefer(RepresentantLegal.identite))
        .execution_options(populate_existing=True)
    )


def _cleaned(fiche: FicheRepresentant, *, today: date) -> dict[str, str]:
    names = dict(clean_noms(fiche.identite, ("prenom", "nom")))
    if not names:
        raise DomainError("representant_sans_nom", field="nom")
    if fiche.informe_le is not None or fiche.informe_forme is not None:
        check_information({}, le=fiche.informe_le, forme=fiche.informe_forme, today=today)
    return names | clean_contact(fiche.identite)


def _write(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    row: RepresentantLegal,
    fiche: FicheRepresentant,
    cleaned: Mapping[str, str],
    acteur: Acteur,
    now: datetime,
) -> Representant:
    keys = vault.keys([dossier.uid])
    row.identite = keys.seal(dossier.uid, cleaned, place=Place.REPRESENTANT, row=row.id)
    row.lien, row.autorite_parentale = fiche.lien, fiche.autorite_parentale
    row.peut_etre_contacte = fiche.peut_etre_contacte
    row.informe_le, row.informe_forme = fiche.informe_le, fiche.informe_forme
    touch(session, dossier.id)
    audit.record(session, Action.REPRESENTANT_MODIFIE, acteur=acteur, dossier=dossier.code, now=now)
    return open_representant(keys, dossier.uid, row)


def _same_or_conflict(
    vault: Vault, dossier: Dossier, row: RepresentantLegal, fiche: FicheRepresentant, cleaned: Mapping[str, str]
) -> Representant:
    there = open_representant(vault.keys([dossier.uid]), dossier.uid, row)
    sealed = {field: value for field in ("prenom", "nom", "telephone", "courriel") if (value := getattr(there, field))}
    coded = ("lien", "autorite_parentale", "peut_etre_contacte", "informe_le", "informe_forme")
    if sealed != cleaned or any(getattr(there, field) != getattr(fiche, field) for field in coded):
        raise DepotConflict(there)
    return there
