"""Writing a lot of imported dossiers: keys first, then everything in one transaction of the caller."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.vocabulaire import Action
from app.config import PARIS
from app.db.sql import among, texts_parameter
from app.db.unit import touch
from app.jeunes.import_dossiers_lignes import LigneDossier
from app.jeunes.import_reperes import Auteur, Territoires
from app.jeunes.models import Identite
from app.jeunes.services import indexes_of
from app.parcours.models import Dossier
from app.parcours.rules import new_code, tranche_age
from app.referents.models import Affectation, MembreEquipe
from app.referents.rules import closing_instant
from app.referents.vocabulaire import MotifAffectation
from app.vault.places import Place
from app.vault.queries import among as among_uids
from app.vault.service import Vault

_CODES_PRIS = select(Dossier.code).where(among(Dossier.code, texts_parameter("codes")))


@dataclass(frozen=True, slots=True)
class DossierScelle:
    """A line whose dossier has its key, its personal values sealed."""

    ligne: LigneDossier
    uid: UUID
    identite: bytes | None = field(default=None, repr=False)
    contact: bytes | None = field(default=None, repr=False)


def seal(vault: Vault, lignes: Sequence[LigneDossier]) -> list[DossierScelle]:
    """Make and commit the keys and the blind indexes of these dossiers, and seal what is personal.

    If the data never follows, keys and indexes match nothing and go with the daily sweep.
    """
    uids = [uuid4() for _ in lignes]
    vault.create_keys(uids)
    nommees = {uid: ligne for uid, ligne in zip(uids, lignes, strict=True) if ligne.identite or ligne.contact}
    keys = vault.keys(nommees)
    vault.replace_indexes_many((uid, indexes_of(ligne.identite, ligne.contact)) for uid, ligne in nommees.items())

    def sealed(uid: UUID, contenu: dict[str, str], place: Place) -> bytes | None:
        return keys.seal(uid, contenu, place=place, row=uid) if contenu else None

    return [
        DossierScelle(
            ligne, uid, sealed(uid, ligne.identite, Place.IDENTITE), sealed(uid, ligne.contact, Place.CONTACT)
        )
        for uid, ligne in zip(uids, lignes, strict=True)
    ]


def write(
    session: Session,
    scelles: Sequence[DossierScelle],
    *,
    territoires: Territoires,
    auteur: Auteur,
    empreinte: str,
    now: datetime,
) -> None:
    """Insert a lot with its affectations. One line in the journal says how many, from which file."""
    territoires.create(session, {scelle.ligne.territoire for scelle in scelles}, acteur=auteur.acteur, now=now)
    codes = _free_codes(session, len(scelles))
    rows = [_dossier_row(scelle, code, territoires, auteur, now) for scelle, code in zip(scelles, codes, strict=True)]
    session.execute(insert(Dossier.__table__), rows)
    ids = _ids_of(session, [scelle.uid for scelle in scelles])
    jour = now.astimezone(PARIS).date()
    nommes = [scelle for scelle in scelles if scelle.identite or scelle.contact]
    _insert(session, Identite, [_identite_row(scelle, ids, jour) for scelle in nommes])
    suivis = [scelle for scelle in scelles if scelle.ligne.referent_id is not None]
    _insert(session, Affectation, [_affectation_row(scelle, ids, auteur, now) for scelle in suivis])
    _insert(session, MembreEquipe, [_membre_row(scelle, ids) for scelle in suivis])
    for dossier_id in ids.values():
        touch(session, dossier_id)
    audit.record(
        session, Action.IMPORT_DOSSIERS, acteur=auteur.acteur, now=now, nombre=len(scelles), precision=empreinte
    )


def _ids_of(session: Session, uids: Sequence[UUID]) -> dict[UUID, int]:
    concerned = among_uids(Dossier.uid, uids, session.get_bind().dialect)
    return dict(session.execute(select(Dossier.uid, Dossier.id).where(concerned)).all())


def _insert(session: Session, model: type, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model.__table__), rows)


def _free_codes(session: Session, combien: int) -> list[str]:
    """Codes that no dossier has yet, nor each other."""
    libres: dict[str, None] = {}
    while len(libres) < combien:
        candidats = {new_code(secrets) for _ in range(combien - len(libres))}
        pris = set(session.scalars(_CODES_PRIS, {"codes": candidats}))
        libres |= dict.fromkeys(candidats - pris)
    return list(libres)


def _dossier_row(
    scelle: DossierScelle, code: str, territoires: Territoires, auteur: Auteur, now: datetime
) -> dict[str, Any]:
    ligne = scelle.ligne
    territoire_id = territoires.id_of(ligne.territoire)
    return {
        "uid": scelle.uid,
        "code": code,
        "reference": ligne.reference,
        "structure_id": ligne.structure_id,
        "territoire_id": territoire_id,
        "sexe": ligne.sexe,
        "annee_naissance": ligne.annee_naissance,
        "intensite_depuis": ligne.ouvert_le,
        "ouvert_le": ligne.ouvert_le,
        "clos_le": ligne.clos_le,
        "motif_sortie": ligne.motif_sortie,
        "entree_structure_id": ligne.structure_id,
        "entree_territoire_id": territoire_id,
        "entree_sexe": ligne.sexe,
        "entree_age": tranche_age(ligne.annee_naissance, ligne.ouvert_le),
        "cree_le": now,
        "cree_par": auteur.agent_id,
    }


def _identite_row(scelle: DossierScelle, ids: dict[UUID, int], jour: date) -> dict[str, Any]:
    """A file says nothing of when they were told: the delay for it runs from this day."""
    return {
        "dossier_id": ids[scelle.uid],
        "identite": scelle.identite,
        "contact": scelle.contact,
        "identifie_le": jour,
    }


def _affectation_row(scelle: DossierScelle, ids: dict[UUID, int], auteur: Auteur, now: datetime) -> dict[str, Any]:
    """From the first instant of the day of opening, in Paris, to the end of the day of closing."""
    ligne = scelle.ligne
    debut = datetime.combine(ligne.ouvert_le, time.min, tzinfo=PARIS).astimezone(UTC)
    return {
        "id": uuid4(),
        "dossier_id": ids[scelle.uid],
        "agent_id": ligne.referent_id,
        "debut": debut,
        "fin": None if ligne.clos_le is None else closing_instant(debut, ligne.clos_le, now),
        "motif": MotifAffectation.PREMIERE_AFFECTATION,
        "par_id": auteur.agent_id,
    }


def _membre_row(scelle: DossierScelle, ids: dict[UUID, int]) -> dict[str, Any]:
    """The référent is of the équipe, and stays so when the dossier is closed, so as to be able to open it again."""
    return {"dossier_id": ids[scelle.uid], "agent_id": scelle.ligne.referent_id, "depuis": scelle.ligne.ouvert_le}
