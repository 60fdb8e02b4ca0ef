"""Names, opened: the columns of lists, the search, the contacts of one dossier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Agent
from app.db.sql import among, ids_parameter
from app.jeunes.models import Identite, RepresentantLegal
from app.jeunes.rules import Recherche, fold
from app.jeunes.vocabulaire import AutoriteParentale, FormeInformation, Lien, PeutEtreContacte
from app.parcours.models import Dossier
from app.referents.queries import visible_ids
from app.vault.dossier_keys import DossierKeys
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.vault.service import Vault

# Beyond, the list is no answer any more: type one letter more.
RESULTATS_AU_PLUS = 200
_IDENTITE = Identite.__table__.c


class LigneScellee(Protocol):
    """A Core row that holds at least these columns, under these names."""

    uid: UUID
    code: str
    identite: bytes | None


class ContactScelle(Protocol):
    """As `LigneScellee`, with these columns."""

    uid: UUID
    contact: bytes | None


@dataclass(frozen=True, slots=True)
class NomAffiche:
    """What a list says of a person. `illisible`: the key is gone or the value was altered; only the code is left."""

    code: str
    prenom: str = ""
    nom: str = ""
    pseudonyme: str = ""
    date_naissance: date | None = None
    illisible: bool = False

    @property
    def affiche(self) -> str:
        """“Yanis Kaci”, else the pseudonym, else the code."""
        return " ".join(part for part in (self.prenom, self.nom) if part) or self.pseudonyme or self.code

    @property
    def premier(self) -> str:
        """What a discreet screen shows: the first name, else the pseudonym, else the code."""
        return self.prenom or self.pseudonyme or self.code

    @property
    def famille(self) -> str:
        """The rest, which a discreet screen hides."""
        return self.nom


def nom_affiche(code: str, content: Mapping[str, str]) -> NomAffiche:
    """From what `Place.IDENTITE` holds."""
    birth = content.get("date_naissance")
    return NomAffiche(
        code,
        content.get("prenom", ""),
        content.get("nom", ""),
        content.get("pseudonyme", ""),
        date.fromisoformat(birth) if birth else None,
    )


def open_nom(keys: DossierKeys, uid: UUID, code: str, blob: bytes | None) -> NomAffiche:
    """One name. Without a blob the code stands for it; an unreadable one says so and stops nothing else."""
    if blob is None:
        return NomAffiche(code)
    try:
        return nom_affiche(code, keys.open(uid, blob, place=Place.IDENTITE, row=uid))
    except Unreadable:
        return NomAffiche(code, illisible=True)


def open_identites(keys: DossierKeys, rows: Iterable[LigneScellee]) -> dict[UUID, NomAffiche]:
    """The names of Core rows that carry `uid`, `code` and `identite`, by uid."""
    return {row.uid: open_nom(keys, row.uid, row.code, row.identite) for row in rows}


_BIRTHS = (
    select(Dossier.id, Dossier.uid, Dossier.code, _IDENTITE.identite)
    .join(Identite, Identite.dossier_id == Dossier.id)
    .where(among(Dossier.id, ids_parameter("ids")), _IDENTITE.identite.is_not(None))
)


def birth_dates(vault: Vault, session: Session, ids: Sequence[int]) -> dict[int, date]:
    """The birth dates of those dossiers where one is known and can be read. For rules that count days, never a list."""
    rows = session.execute(_BIRTHS, {"ids": ids}).all()
    if not rows:
        return {}
    names = open_identites(vault.keys([row.uid for row in rows]), rows)
    born = {row.id: names[row.uid].date_naissance for row in rows}
    return {number: day for number, day in born.items() if day is not None}


def open_telephones(keys: DossierKeys, rows: Iterable[ContactScelle]) -> dict[UUID, str]:
    """The known phones, by uid, of Core rows that carry `uid` and `contact`. Whoever shows them journals it."""
    found = {}
    for row in rows:
        with suppress(Unreadable):
            if telephone := _opened(keys, row.uid, row.contact, Place.CONTACT).get("telephone"):
                found[row.uid] = telephone
    return found


def search(session: Session, vault: Vault, *, agent: Agent, texte: str, today: date) -> list[int]:
    """The ids of the dossiers that answer to `texte`, nearest first, among exactly what `agent` may see.

    Every visible name is opened and compared: one statement for the rows, one for the keys, no index to leak
    anything. Open dossiers first among equals, then the alphabet. At most RESULTATS_AU_PLUS.
    """
    recherche = Recherche(texte)
    if not recherche.mots:
        return []
    rows = visible_rows(session, agent=agent, today=today)
    keys = vault.keys(row.uid for row in rows)
    found = []
    for row in rows:
        names = _names(keys, row)
        score = (0, 0) if recherche.is_code(row.code) else recherche.score(names)
        if score is not None:
            found.append((score, row.clos_le is not None, [fold(name) for name in reversed(names)], row.id))
    return [ligne[-1] for ligne in sorted(found)[:RESULTATS_AU_PLUS]]


def _names(keys: DossierKeys, row: Row) -> tuple[str, ...]:
    """Pseudonym, first name and name of one row: what the scan needs, without the rest of a `NomAffiche`."""
    try:
        content = {} if row.identite is None else keys.open(row.uid, row.identite, place=Place.IDENTITE, row=row.uid)
    except Unreadable:
        content = {}
    return content.get("pseudonyme", ""), content.get("prenom", ""), content.get("nom", "")


def visible_rows(session: Session, *, agent: Agent, today: date) -> Sequence[Row]:
    """id, uid, code, ouvert_le, clos_le, annee_naissance and the sealed identite of what `agent` may see."""
    query = (
        select(
            Dossier.id,
            Dossier.uid,
            Dossier.code,
            Dossier.ouvert_le,
            Dossier.clos_le,
            Dossier.annee_naissance,
            _IDENTITE.identite,
        )
        .outerjoin(Identite.__table__, _IDENTITE.dossier_id == Dossier.id)
        .where(Dossier.id.in_(visible_ids(agent, today)))
    )
    return session.execute(query).all()


@dataclass(frozen=True, slots=True)
class FicheIdentite:
    """The sealed row of one dossier, opened for its own pages; `version` is what an edit must name."""

    identite: Mapping[str, str]
    contact: Mapping[str, str]
    informe_le: date | None
    informe_forme: FormeInformation | None
    version: int


def identite_of(session: Session, vault: Vault, dossier: Dossier) -> FicheIdentite | None:
    """Everything known of a person, contact included; None when nothing was ever registered.

    Raises Unreadable: a page about one person must not look empty when it is altered.
    """
    row = session.get(
        Identite, dossier.id, options=[undefer(Identite.identite), undefer(Identite.contact)], populate_existing=True
    )
    if row is None:
        return None
    keys = vault.keys([dossier.uid])
    return FicheIdentite(
        _opened(keys, dossier.uid, row.identite, Place.IDENTITE),
        _opened(keys, dossier.uid, row.contact, Place.CONTACT),
        row.informe_le,
        row.informe_forme,
        row.version,
    )


def contact_of(session: Session, vault: Vault, dossier: Dossier) -> Mapping[str, str]:
    """`telephone` and `courriel`, those that are known. Whoever shows them journals it."""
    blob = session.scalar(select(_IDENTITE.contact).where(_IDENTITE.dossier_id == dossier.id))
    return _opened(vault.keys([dossier.uid]), dossier.uid, blob, Place.CONTACT)


def nom_of(session: Session, vault: Vault, dossier: Dossier) -> NomAffiche:
    """The name at the head of one dossier's pages."""
    blob = session.scalar(select(_IDENTITE.identite).where(_IDENTITE.dossier_id == dossier.id))
    return open_nom(vault.keys([dossier.uid]), dossier.uid, dossier.code, blob)


def names_of(session: Session, vault: Vault, ids: Sequence[int]) -> dict[int, NomAffiche]:
    """The names of a list that another room found, by the id of the dossier."""
    rows = session.execute(
        select(Dossier.id, Dossier.uid, Dossier.code, _IDENTITE.identite)
        .outerjoin(Identite.__table__, _IDENTITE.dossier_id == Dossier.id)
        .where(Dossier.id.in_(ids))
    ).all()
    keys = vault.keys(row.uid for row in rows)
    return {row.id: open_nom(keys, row.uid, row.code, row.identite) for row in rows}


def _opened(keys: DossierKeys, uid: UUID, blob: bytes | None, place: Place) -> Mapping[str, str]:
    return {} if blob is None else keys.open(uid, blob, place=place, row=uid)


@dataclass(frozen=True, slots=True)
class Representant:
    """A legal representative, opened. `contactable` only when someone said yes: doubt is not consent."""

    id: UUID
    lien: Lien
    autorite_parentale: AutoriteParentale
    peut_etre_contacte: PeutEtreContacte
    informe_le: date | None
    informe_forme: FormeInformation | None
    version: int
    prenom: str
    nom: str
    telephone: str
    courriel: str

    @property
    def contactable(self) -> bool:
        return self.peut_etre_contacte is PeutEtreContacte.OUI

    @property
    def affiche(self) -> str:
        return " ".join(part for part in (self.prenom, self.nom) if part)


def representants_of(session: Session, vault: Vault, dossier: Dossier) -> list[Representant]:
    """In the order in which they were added."""
    query = (
        select(RepresentantLegal)
        .where(RepresentantLegal.dossier_id == dossier.id)
        .options(undefer(RepresentantLegal.identite))
        .order_by(RepresentantLegal.cree_le, RepresentantLegal.id)
    )
    rows = session.scalars(query).all()
    if not rows:
        return []
    keys = vault.keys([dossier.uid])
    return [open_representant(keys, dossier.uid, row) for row in rows]


def open_representant(keys: DossierKeys, uid: UUID, row: RepresentantLegal) -> Representant:
    content = keys.open(uid, row.identite, place=Place.REPRESENTANT, row=row.id) if row.identite else {}
    return Representant(
        row.id,
        row.lien,
        row.autorite_parentale,
        row.peut_etre_contacte,
        row.informe_le,
        row.informe_forme,
        row.version,
        *(content.get(field, "") for field in ("prenom", "nom", "telephone", "courriel")),
    )
