"""What an import finds already there: the same values are skipped, others are a bad line, never overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from app.db.sql import among, texts_parameter
from app.jeunes.import_dossiers_lignes import LigneDossier
from app.jeunes.import_reperes import Territoires
from app.jeunes.models import Identite
from app.jeunes.rules_identite import CONTACT, IDENTITE
from app.parcours.models import Dossier
from app.referents.models import Affectation
from app.vault.dossier_keys import DossierKeys
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.vault.service import Vault

PERSONNELLES = frozenset({*IDENTITE, *CONTACT})
_IDENTITE = Identite.__table__.c
# The file names whoever answered first: a later handover does not make the line another one.
_PREMIER_REFERENT = (
    select(Affectation.agent_id)
    .where(Affectation.dossier_id == Dossier.id)
    .order_by(Affectation.debut)
    .limit(1)
    .scalar_subquery()
)
_EXISTANTS = (
    select(
        *(Dossier.uid, Dossier.structure_id, Dossier.reference, Dossier.sexe, Dossier.annee_naissance),
        *(Dossier.territoire_id, Dossier.ouvert_le, Dossier.clos_le, Dossier.motif_sortie),
        *(_IDENTITE.identite, _IDENTITE.contact, _PREMIER_REFERENT.label("referent_id")),
    )
    .outerjoin(Identite.__table__, _IDENTITE.dossier_id == Dossier.id)
    .where(Dossier.structure_id == bindparam("structure_id"), among(Dossier.reference, texts_parameter("references")))
)


@dataclass(frozen=True, slots=True)
class DossierExistant:
    """The columns of a dossier, and who it is about when the file speaks of it: None when that does not open."""

    row: Row[Any]
    personne: Mapping[str, str] | None


def existing(
    session: Session, vault: Vault, lot: Iterable[LigneDossier], *, colonnes: Collection[str]
) -> dict[tuple[int, str], DossierExistant]:
    """The dossiers that have the references of these lines, by (structure, reference)."""
    references: dict[int, list[str]] = defaultdict(list)
    for ligne in lot:
        references[ligne.structure_id].append(ligne.reference)
    rows = [
        row
        for structure_id, cherchees in references.items()
        for row in session.execute(_EXISTANTS, {"structure_id": structure_id, "references": cherchees})
    ]
    opened = bool(PERSONNELLES & set(colonnes))
    keys = vault.keys([row.uid for row in rows if row.identite or row.contact] if opened else [])
    return {(row.structure_id, row.reference): DossierExistant(row, _open(keys, row) if opened else {}) for row in rows}


def _open(keys: DossierKeys, row: Row[Any]) -> Mapping[str, str] | None:
    personne: dict[str, str] = {}
    try:
        for blob, place in ((row.identite, Place.IDENTITE), (row.contact, Place.CONTACT)):
            personne |= keys.open(row.uid, blob, place=place, row=row.uid) if blob else {}
    except Unreadable:
        return None
    return personne


def differences(
    ligne: LigneDossier, existant: DossierExistant, *, colonnes: Collection[str], territoires: Territoires
) -> list[str]:
    """The columns of the file that say something else than what is kept, by name alone, in the file's order."""
    row = existant.row
    autres = {
        "sexe": ligne.sexe != row.sexe,
        "annee_naissance": ligne.annee_naissance != row.annee_naissance,
        "territoire": territoires.id_of(ligne.territoire) != row.territoire_id,
        "ouvert_le": ligne.ouvert_le != row.ouvert_le,
        "clos_le": ligne.clos_le != row.clos_le,
        "motif_sortie": ligne.motif_sortie != row.motif_sortie,
        "referent": ligne.referent_id != row.referent_id,
    }
    dite = ligne.identite | ligne.contact
    personne = existant.personne
    autres |= {nom: personne is None or dite.get(nom) != personne.get(nom) for nom in PERSONNELLES}
    return [colonne for colonne in colonnes if autres.get(colonne)]
