"""Young people drawn at random, and how they are written to a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from uuid import UUID, uuid4

from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.cohortes.filtres import read_month
from app.parcours.etat import refresh
from app.parcours.models import Dossier, Etape, Reouverture
from app.parcours.rules import tranche_age
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    Contrat,
    GenreEtape,
    IssueEtape,
    MotifSortie,
    NiveauVise,
    Sexe,
    StatutEtape,
)
from app.programme.models import Territoire
from tests.cohortes.sequences import suite_of
from tests.conftest import NOW

GENRES = [GenreEtape.EMPLOI, GenreEtape.FORMATION, GenreEtape.SCOLARITE, GenreEtape.DECROCHAGE,
          GenreEtape.ACCOMPAGNEMENT, GenreEtape.CHANTIER_EDUCATIF]  # fmt: skip
# what exits, returns and the issues of a PLIE turn on
GENRES_SORTIES = [GenreEtape.EMPLOI, GenreEtape.FORMATION, GenreEtape.ALTERNANCE, GenreEtape.DECROCHAGE,
                  GenreEtape.SANS_SOLUTION, GenreEtape.STAGE, GenreEtape.RACCROCHAGE]  # fmt: skip
MOTIFS = [MotifSortie.DEMENAGEMENT, MotifSortie.EMPLOI_DURABLE, MotifSortie.SERVICE_CIVIQUE, MotifSortie.MISSION_LOCALE]
DEBUT = date(2024, 1, 1)
JUSQUA = read_month("2025-06")
_numbers = count(1)


@dataclass(frozen=True)
class Pause:
    """Closed, then opened again."""

    clos_le: date
    rouvert_le: date
    motif_sortie: MotifSortie


@dataclass(frozen=True)
class Jeune:
    """`lieu` is which of the territories and structures given to `add` they came in by."""

    ouvert_le: date = DEBUT
    clos_le: date | None = None
    etapes: Sequence[Faits] = ()
    sexe: Sexe = Sexe.FEMME
    annee_naissance: int | None = 2008
    motif: MotifSortie | None = MotifSortie.DEMENAGEMENT
    pauses: Sequence[Pause] = ()
    lieu: tuple[int, int] = (0, 0)

    @property
    def suite(self) -> list:
        return suite_of(self.etapes, self.ouvert_le, self.clos_le, JUSQUA, self.pauses)


def days(maximum: int) -> st.SearchStrategy[timedelta]:
    # month ends are where half-open months go wrong: draw them often
    return st.one_of(st.integers(0, maximum), st.sampled_from([0, 30, 31, 59, 60, 90, 91])).map(timedelta)


@st.composite
def etapes(draw: st.DrawFn) -> Faits:
    debut = DEBUT - timedelta(days=100) + draw(days(650))
    statut = draw(st.sampled_from(list(StatutEtape)))
    fin = debut + draw(days(200)) if statut in STATUTS_FINIS else None
    genre = draw(st.sampled_from(GENRES))
    saisonnier = genre is GenreEtape.EMPLOI and draw(st.booleans())
    return Faits(genre, statut, debut, fin, contrat=Contrat.SAISONNIER_ETUDIANT if saisonnier else None)


@st.composite
def etapes_suivies(draw: st.DrawFn) -> Faits:
    """Steps with an issue and a level: mostly over, and often with their aim reached."""
    debut = DEBUT - timedelta(days=60) + draw(days(500))
    statut = draw(st.sampled_from([StatutEtape.TERMINEE] * 3 + list(StatutEtape)))
    over = statut in STATUTS_FINIS
    genre = draw(st.sampled_from(GENRES_SORTIES))
    niveaux = st.none() | st.sampled_from(NiveauVise)
    return Faits(
        genre,
        statut,
        debut,
        debut + draw(days(300)) if over else None,
        issue=draw(st.sampled_from([IssueEtape.OBJECTIF_ATTEINT, IssueEtape.RUPTURE, None])) if over else None,
        niveau_vise=draw(niveaux) if genre is GenreEtape.FORMATION else None,
    )


@st.composite
def jeunes(draw: st.DrawFn) -> Jeune:
    ouvert_le = DEBUT + draw(days(600))
    clos_le = draw(st.none() | days(400).map(lambda gap: ouvert_le + gap))
    lot = draw(st.lists(etapes(), max_size=5, unique_by=lambda faits: (faits.genre, faits.debut)))
    return Jeune(ouvert_le, clos_le, lot)


@st.composite
def jeunes_divers(draw: st.DrawFn) -> Jeune:
    """Of any sex, age, place and motive, some of them closed once before."""
    ouvert_le = DEBUT + draw(days(500))
    pause = draw(st.none() | st.tuples(days(200), days(200), st.sampled_from(MOTIFS)))
    rouvert_le = ouvert_le if pause is None else ouvert_le + pause[0] + pause[1]
    jeune = Jeune(
        ouvert_le,
        draw(st.none() | days(300).map(lambda gap: rouvert_le + gap)),
        draw(st.lists(etapes_suivies(), max_size=6, unique_by=lambda faits: (faits.genre, faits.debut))),
        draw(st.sampled_from(Sexe)),
        draw(st.sampled_from([None, 2020, 2010, 2008, 2004, 2000, 1990])),
        draw(st.sampled_from(MOTIFS)),
        lieu=(draw(st.integers(0, 2)), draw(st.integers(0, 1))),
    )
    return jeune if pause is None else replace(jeune, pauses=(Pause(ouvert_le + pause[0], rouvert_le, pause[2]),))


def add(
    session: Session,
    structures: Structure | Sequence[Structure],
    territoires: Territoire | Sequence[Territoire],
    lot: Sequence[Jeune],
) -> list[int]:
    """Written straight to the tables, then followed by the hook of every write."""
    structures = [structures] if isinstance(structures, Structure) else structures
    territoires = [territoires] if isinstance(territoires, Territoire) else territoires
    ids = []
    for jeune in lot:
        dossier = _dossier(jeune, structures[jeune.lieu[1]].id, territoires[jeune.lieu[0]].id)
        session.add(dossier)
        session.flush()
        ids.append(dossier.id)
        rows = [_row(dossier.id, uuid4(), faits) for faits in jeune.etapes]
        if rows:
            session.execute(insert(Etape.__table__), rows)
        for pause in jeune.pauses:
            session.add(Reouverture(dossier_id=dossier.id, id=uuid4(), **vars(pause)))
    session.flush()
    refresh(session, ids)
    return ids


def _dossier(jeune: Jeune, structure_id: int, territoire_id: int) -> Dossier:
    return Dossier(
        uid=uuid4(), code=f"{next(_numbers):07}", structure_id=structure_id, territoire_id=territoire_id,
        sexe=jeune.sexe, annee_naissance=jeune.annee_naissance, ouvert_le=jeune.ouvert_le, clos_le=jeune.clos_le,
        motif_sortie=jeune.clos_le and jeune.motif, entree_structure_id=structure_id,
        entree_territoire_id=territoire_id, entree_sexe=jeune.sexe, cree_le=NOW,
        entree_age=tranche_age(jeune.annee_naissance, jeune.ouvert_le),
    )  # fmt: skip


def _row(dossier_id: int, etape_id: UUID, faits: Faits) -> dict:
    return {"dossier_id": dossier_id, "id": etape_id, "genre": faits.genre, "statut": faits.statut,
            "debut": faits.debut, "fin": faits.fin, "contrat": faits.contrat, "issue": faits.issue,
            "niveau_vise": faits.niveau_vise, "cree_le": NOW}  # fmt: skip
