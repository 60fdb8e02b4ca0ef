"""The town in the real tables, quarter after quarter, by bulk inserts; what is derived comes from the application."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.models import Installation, Structure
from app.accounts.vocabulaire import GenreStructure
from app.parcours import etat
from app.parcours.models import Dossier, Etape, Suivi
from app.parcours.rules import ALPHABET_CODE
from app.parcours.vocabulaire import (
    Canal,
    Diplome,
    GenreEtape,
    Intensite,
    Resultat,
    Situation,
    StatutEtape,
    Visibilite,
)
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from tests.adversaire.population import COMMUNE, HORS, STRUCTURES, TERRITOIRES, Personne

GENRES = (
    GenreStructure.MISSION_LOCALE,
    GenreStructure.PREVENTION_SPECIALISEE,
    GenreStructure.PLIE,
    GenreStructure.ASSOCIATION,
)
SANS_ETAPE = (Situation.INCONNUE, Situation.SORTI)


def write_decor(session: Session) -> None:
    """The installation, its structures, the commune with its quarters and what lies outside."""
    session.execute(insert(Installation.__table__), [{"id": 1, "cree_le": _noon(date(2023, 1, 1)), "demonstration": 0}])
    session.execute(
        insert(Structure.__table__),
        [
            {"id": number, "code": f"VILLE{number}", "nom": f"Maison {number}", "genre": genre, "version": 1}
            for number, genre in zip(STRUCTURES, GENRES, strict=True)
        ],
    )
    session.execute(insert(Territoire.__table__), [_territory(number) for number in TERRITOIRES])


def write_people(session: Session, people: Iterable[Personne]) -> None:
    """Everybody with their whole journey, the months to come included: a freeze must not look past its quarter."""
    entered = list(people)
    for table, rows in (
        (Dossier, [_dossier(person) for person in entered]),
        (Etape, [row for person in entered for row in _steps(person)]),
        (Suivi, [row for person in entered for row in _contacts(person)]),
    ):
        if rows:
            session.execute(insert(table.__table__), rows)
    etat.refresh(session, [person.id for person in entered])


def uid(kind: int, number: int, rang: int = 0) -> UUID:
    """An id that depends on nothing but these numbers."""
    return UUID(int=(kind << 96) + (number << 32) + rang, version=4)


def _territory(number: int) -> dict[str, object]:
    genre = {COMMUNE: GenreTerritoire.COMMUNE, HORS: GenreTerritoire.HORS_QPV}.get(number, GenreTerritoire.QPV)
    quarter = genre is GenreTerritoire.QPV
    return {
        "id": number,
        "code": f"QN{number:05}M",
        "nom": f"Quartier {'ABCDEFGH'[number - 1]}",
        "genre": genre,
        "generation": 2024 if quarter else None,
        "commune_id": COMMUNE if quarter else None,
        "ferme": False,
        "version": 1,
    }


def _dossier(person: Personne) -> dict[str, object]:
    return {
        "id": person.id,
        "uid": uid(1, person.id),
        "code": _code(person.id),
        "structure_id": person.structure,
        "territoire_id": person.territoire,
        "sexe": person.sexe,
        "annee_naissance": person.annee_naissance,
        "diplome": Diplome.INCONNU,
        "intensite": Intensite.SOUTENU,
        "anonymat_demande": False,
        "ouvert_le": person.ouvert_le,
        "clos_le": person.clos_le,
        "motif_sortie": person.motif,
        "entree_structure_id": person.structure,
        "entree_territoire_id": person.territoire,
        "entree_sexe": person.sexe,
        "entree_age": person.age,
        "cree_le": _noon(person.ouvert_le),
        "version": 1,
    }


def _code(number: int) -> str:
    signs = ""
    for _ in range(6):
        number, rang = divmod(number * 7 + 3, len(ALPHABET_CODE))
        signs += ALPHABET_CODE[rang]
    return f"{signs[:3]}-{signs[3:]}"


def _steps(person: Personne) -> Iterable[dict[str, object]]:
    for rang, (situation, debut, fin) in enumerate(person.sejours()):
        if situation not in SANS_ETAPE:
            yield {
                "dossier_id": person.id,
                "id": uid(2, person.id, rang),
                "genre": GenreEtape(situation.value),
                "statut": StatutEtape.EN_COURS if fin is None else StatutEtape.TERMINEE,
                "debut": debut,
                "fin": fin,
                "cree_le": _noon(debut),
                "version": 1,
            }


def _contacts(person: Personne) -> Iterable[dict[str, object]]:
    for rang, jour in enumerate(person.contacts):
        yield {
            "dossier_id": person.id,
            "id": uid(3, person.id, rang),
            "jour": jour,
            "canal": Canal.ENTRETIEN,
            "resultat": Resultat.ECHANGE_FAIT,
            "themes": (),
            "visibilite": Visibilite.MON_EQUIPE,
            "cree_le": _noon(jour),
            "depot": uid(4, person.id, rang),
            "version": 1,
        }


def _noon(jour: date) -> datetime:
    return datetime.combine(jour, time(12), UTC)
