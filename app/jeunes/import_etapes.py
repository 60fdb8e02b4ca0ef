"""A file of steps: checked whole against the database before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from app.db.errors import DomainError
from app.db.sql import among, ids_parameter, texts_parameter
from app.jeunes.import_etapes_lignes import CONNUES, REQUISES, LigneEtape, read_lines
from app.jeunes.import_lecture import Defauts, read_table
from app.jeunes.import_reperes import load_structures
from app.parcours.models import Dossier, Etape
from app.parcours.rules_chantier import check_age
from app.parcours.rules_etapes import Cadre, check_faits
from app.parcours.vocabulaire import GenreEtape, StatutEtape
from app.referents.models_fusion import Fusion
from app.vault.dossier_keys import DossierKeys
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.vault.service import Vault

LOT = 5_000
# The values beside the key (dossier, type, debut): a file that brings others is refused, never obeyed.
COMPAREES = ("statut", "fin", "issue", "contrat", "niveau_vise", "heures")
_etape = Etape.__table__.c
_NOMME = aliased(Dossier)
# the reference of a dossier that was merged names the one that was kept
_DOSSIERS = (
    select(Dossier.id, Dossier.uid, _NOMME.reference, Dossier.annee_naissance)
    .select_from(_NOMME)
    .outerjoin(Fusion, and_(Fusion.absorbe_id == _NOMME.id, Fusion.annulee_le.is_(None)))
    .join(Dossier, Dossier.id == func.coalesce(Fusion.garde_id, _NOMME.id))
    .where(_NOMME.structure_id == bindparam("structure_id"), among(_NOMME.reference, texts_parameter("references")))
)
_EXISTANTES = select(
    *(_etape.id, _etape.dossier_id, _etape.genre, _etape.debut, _etape.precisions),
    *(_etape[nom] for nom in COMPAREES),
).where(among(_etape.dossier_id, ids_parameter("ids")))
Cle = tuple[int, GenreEtape, date]


@dataclass(frozen=True, slots=True)
class EtapeAEcrire:
    """A sound line, and the dossier that it belongs to."""

    dossier_id: int
    uid: UUID
    ligne: LigneEtape

    @property
    def cle(self) -> Cle:
        return self.dossier_id, self.ligne.faits.genre, self.ligne.faits.debut


@dataclass(slots=True)
class Plan:
    """What the file would do: nothing at all as soon as there is one `defaut`. Steps of one dossier lie together."""

    defauts: Defauts = field(default_factory=Defauts)
    a_ecrire: list[EtapeAEcrire] = field(default_factory=list)
    deja: int = 0


def check(session: Session, vault: Vault, contenu: bytes, *, structure: str | None, today: date) -> Plan:
    """Read the whole file against the database. Raises FichierRefuse; what is wrong in lines is in the plan.

    `structure` is the code of the structure whose references these are; without it a structure that is alone is.
    """
    fichier = read_table(contenu, connues=CONNUES, requises=REQUISES)
    plan = Plan()
    lignes = list(read_lines(fichier, load_structures(session, structure), plan.defauts))
    dossiers = _dossiers(session, lignes)
    etapes = _without_doubles(_attached(lignes, dossiers, plan.defauts), plan.defauts)
    annees = {row.id: row.annee_naissance for row in dossiers.values()}
    while lot := list(islice(etapes, LOT)):
        existantes, keys = _existing(session, vault, lot, colonnes=fichier.colonnes)
        for etape in lot:
            deja = existantes.get(etape.cle)
            if deja is None:
                _add(etape, plan, cadre=Cadre(annees[etape.dossier_id], clos_le=None), today=today)
            else:
                _compare(etape, deja, keys, colonnes=fichier.colonnes, plan=plan)
    plan.defauts.montres.sort(key=lambda defaut: defaut.ligne)
    return plan


def _dossiers(session: Session, lignes: Iterable[LigneEtape]) -> dict[tuple[int, str], Row[Any]]:
    """The dossiers that the file names, by (structure, reference)."""
    references: dict[int, set[str]] = defaultdict(set)
    for ligne in lignes:
        references[ligne.structure_id].add(ligne.reference)
    found = {}
    for structure_id, nommees in references.items():
        reste = iter(sorted(nommees))
        while page := list(islice(reste, LOT)):
            rows = session.execute(_DOSSIERS, {"structure_id": structure_id, "references": page})
            found |= {(structure_id, row.reference): row for row in rows}
    return found


def _attached(
    lignes: Iterable[LigneEtape], dossiers: dict[tuple[int, str], Row[Any]], defauts: Defauts
) -> list[EtapeAEcrire]:
    """The lines whose dossier exists, by dossier, kind and date."""
    etapes = []
    for ligne in lignes:
        dossier = dossiers.get((ligne.structure_id, ligne.reference))
        if dossier is None:
            defauts.add(ligne.numero, "reference", "dossier_inconnu")
        else:
            etapes.append(EtapeAEcrire(dossier.id, dossier.uid, ligne))
    return sorted(etapes, key=lambda etape: (*etape.cle, etape.ligne.numero))


def _without_doubles(etapes: Iterable[EtapeAEcrire], defauts: Defauts) -> Iterator[EtapeAEcrire]:
    """Each step once: a second line for the same dossier, kind and date is refused."""
    premiere: EtapeAEcrire | None = None
    for etape in etapes:
        if premiere is not None and premiere.cle == etape.cle:
            defauts.add(etape.ligne.numero, "debut", "etape_en_double", premiere=premiere.ligne.numero)
        else:
            premiere = etape
            yield etape


def _existing(
    session: Session, vault: Vault, lot: Sequence[EtapeAEcrire], *, colonnes: Collection[str]
) -> tuple[dict[Cle, list[Row[Any]]], DossierKeys]:
    """The steps of these dossiers, by key (one that was cancelled may stand beside another), and what opens them."""
    uids = {etape.dossier_id: etape.uid for etape in lot}
    existantes: dict[Cle, list[Row[Any]]] = defaultdict(list)
    scellees = set()
    for row in session.execute(_EXISTANTES, {"ids": sorted(uids)}):
        existantes[row.dossier_id, row.genre, row.debut].append(row)
        if row.precisions is not None and "precisions" in colonnes:
            scellees.add(uids[row.dossier_id])
    return dict(existantes), vault.keys(scellees)


def _compare(
    etape: EtapeAEcrire, deja: Sequence[Row[Any]], keys: DossierKeys, *, colonnes: Collection[str], plan: Plan
) -> None:
    par_etape = [_differences(etape, row, keys, colonnes) for row in deja]
    if all(par_etape):
        plan.defauts.add(etape.ligne.numero, "debut", "deja_autrement", colonnes=min(par_etape, key=len))
    else:
        plan.deja += 1


def _differences(etape: EtapeAEcrire, row: Row[Any], keys: DossierKeys, colonnes: Collection[str]) -> list[str]:
    """The columns of the file that say something else than this step, by name alone."""
    faits = etape.ligne.faits
    autres = {nom for nom in COMPAREES if getattr(faits, nom) != getattr(row, nom)}
    if "precisions" in colonnes and etape.ligne.precisions != _opened(etape.uid, row, keys):
        autres.add("precisions")
    return [colonne for colonne in colonnes if colonne in autres]


def _opened(uid: UUID, row: Row[Any], keys: DossierKeys) -> str | None:
    """The words of a step; those that no longer open are equal to nothing, not even to an empty cell."""
    if row.precisions is None:
        return None
    try:
        return keys.open(uid, row.precisions, place=Place.ETAPE, row=row.id)["texte"]
    except Unreadable:
        return ""


def _add(etape: EtapeAEcrire, plan: Plan, *, cadre: Cadre, today: date) -> None:
    """History is taken as it is, overlaps included; a step must only be possible by itself."""
    faits = etape.ligne.faits
    try:
        check_faits(faits, cadre=cadre, today=today)
        if faits.genre is GenreEtape.CHANTIER_EDUCATIF and faits.statut is not StatutEtape.ANNULEE:
            check_age(cadre.annee_naissance, faits.debut)
    except DomainError as error:
        plan.defauts.add(etape.ligne.numero, error.field, error.code, **error.facts)
    else:
        plan.a_ecrire.append(etape)
