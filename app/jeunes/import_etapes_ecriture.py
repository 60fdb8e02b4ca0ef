"""Writing a lot of imported steps in one transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.vocabulaire import Action
from app.db.unit import touch
from app.jeunes.import_etapes import EtapeAEcrire
from app.jeunes.import_reperes import Auteur
from app.parcours.models import Etape
from app.parcours.queries import lock_dossiers
from app.vault.places import Place
from app.vault.service import Vault


@dataclass(frozen=True, slots=True)
class EtapeScellee:
    """A step with its identifier, its precisions sealed."""

    id: UUID
    etape: EtapeAEcrire
    precisions: bytes | None = field(repr=False)


def seal(vault: Vault, lot: Sequence[EtapeAEcrire]) -> list[EtapeScellee]:
    """Give each step its identifier and seal its words. Raises Unreadable when a dossier has lost its key."""
    keys = vault.keys({etape.uid for etape in lot if etape.ligne.precisions})
    scellees = []
    for etape in lot:
        etape_id, texte = uuid4(), etape.ligne.precisions
        blob = keys.seal(etape.uid, {"texte": texte}, place=Place.ETAPE, row=etape_id) if texte else None
        scellees.append(EtapeScellee(etape_id, etape, blob))
    return scellees


def write(session: Session, scellees: Sequence[EtapeScellee], *, auteur: Auteur, empreinte: str, now: datetime) -> None:
    """Insert a lot. One line in the journal says how many, from which file."""
    ids = sorted({scellee.etape.dossier_id for scellee in scellees})
    lock_dossiers(session, ids)
    session.execute(insert(Etape.__table__), [_row(scellee, auteur, now) for scellee in scellees])
    for dossier_id in ids:
        touch(session, dossier_id)
    audit.record(
        session, Action.IMPORT_ETAPES, acteur=auteur.acteur, now=now, nombre=len(scellees), precision=empreinte
    )


def _row(scellee: EtapeScellee, auteur: Auteur, now: datetime) -> dict[str, Any]:
    faits = scellee.etape.ligne.faits
    return {
        "genre": faits.genre,
        "statut": faits.statut,
        "debut": faits.debut,
        "fin": faits.fin,
        "issue": faits.issue,
        "contrat": faits.contrat,
        "niveau_vise": faits.niveau_vise,
        "heures": faits.heures,
        "id": scellee.id,
        "dossier_id": scellee.etape.dossier_id,
        "precisions": scellee.precisions,
        "cree_le": now,
        "cree_par": auteur.agent_id,
    }
