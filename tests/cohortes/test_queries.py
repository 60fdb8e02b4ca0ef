"""From steps in the database to tables, on both engines, against the slow way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.cohortes.filtres import Cohorte, read_filters, read_month
from app.cohortes.queries import attentes, sejours
from app.cohortes.rules import durees
from app.db.errors import DomainError
from app.parcours.etat import refresh
from app.parcours.models import Dossier, Etape
from app.parcours.rules import tranche_age
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    Contrat,
    GenreEtape,
    MotifSortie,
    Sexe,
    Situation,
    StatutEtape,
)
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from tests.cohortes.comparaison import assert_delai, assert_tables
from tests.cohortes.sequences import suite_of
from tests.conftest import NOW
from tests.factories import make_structure, make_territoire

GENRES = [GenreEtape.EMPLOI, GenreEtape.FORMATION, GenreEtape.SCOLARITE, GenreEtape.DECROCHAGE,
          GenreEtape.ACCOMPAGNEMENT, GenreEtape.CHANTIER_EDUCATIF]  # fmt: skip
DEBUT = date(2024, 1, 1)
JUSQUA = read_month("2025-06")
_numbers = count(1)


@dataclass(frozen=True)
class Jeune:
    ouvert_le: date = DEBUT
    clos_le: date | None = None
    etapes: Sequence[Faits] = ()
    sexe: Sexe = Sexe.FEMME
    annee_naissance: int | None = 2008


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
def jeunes(draw: st.DrawFn) -> Jeune:
    ouvert_le = DEBUT + draw(days(600))
    clos_le = draw(st.none() | days(400).map(lambda gap: ouvert_le + gap))
    lot = draw(st.lists(etapes(), max_size=5, unique_by=lambda faits: (faits.genre, faits.debut)))
    return Jeune(ouvert_le, clos_le, lot)


def add(session: Session, structure: Structure, territoire: Territoire, lot: Sequence[Jeune]) -> list[int]:
    """Written straight to the tables, then followed by the hook of every write."""
    ids = []
    for jeune in lot:
        number = next(_numbers)
        dossier = Dossier(
            uid=uuid4(), code=f"{number:07}", structure_id=structure.id, territoire_id=territoire.id, sexe=jeune.sexe,
            annee_naissance=jeune.annee_naissance, ouvert_le=jeune.ouvert_le, clos_le=jeune.clos_le,
            motif_sortie=jeune.clos_le and MotifSortie.DEMENAGEMENT, entree_structure_id=structure.id,
            entree_territoire_id=territoire.id, entree_sexe=jeune.sexe, cree_le=NOW,
            entree_age=tranche_age(jeune.annee_naissance, jeune.ouvert_le),
        )  # fmt: skip
        session.add(dossier)
        session.flush()
        ids.append(dossier.id)
        rows = [_row(dossier.id, uuid4(), faits) for faits in jeune.etapes]
        if rows:
            session.execute(insert(Etape.__table__), rows)
    refresh(session, ids)
    return ids


def _row(dossier_id: int, etape_id: UUID, faits: Faits) -> dict:
    return {"dossier_id": dossier_id, "id": etape_id, "genre": faits.genre, "statut": faits.statut,
            "debut": faits.debut, "fin": faits.fin, "contrat": faits.contrat, "cree_le": NOW}  # fmt: skip


@pytest.fixture
def session(maison):
    """Nothing is committed."""
    with maison.database.open_write() as session:
        yield session
        session.rollback()


@given(lot=st.lists(jeunes(), min_size=1, max_size=5), duree_min=st.integers(1, 5), vers=st.sampled_from(GENRES[:4]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_from_steps_to_the_four_tables(session: Session, lot: list[Jeune], duree_min: int, vers: GenreEtape):
    with session.begin_nested() as savepoint:
        add(session, make_structure(session), make_territoire(session), lot)
        suites = [suite_of(jeune.etapes, jeune.ouvert_le, jeune.clos_le, JUSQUA) for jeune in lot]
        suites = [suite for suite in suites if suite]
        situation = Situation(vers.value)
        assert_tables(sejours(session, Cohorte(JUSQUA)), suites)
        found = attentes(session, Cohorte(JUSQUA), vers=situation, duree_min=duree_min)
        assert_delai(found, suites, situation, duree_min)
        savepoint.rollback()
    session.expunge_all()


def emploi(debut: str, fin: str | None) -> Faits:
    statut = StatutEtape.EN_COURS if fin is None else StatutEtape.TERMINEE
    return Faits(GenreEtape.EMPLOI, statut, date.fromisoformat(debut), fin and date.fromisoformat(fin))


def test_a_run_cut_by_the_end_of_observation_does_not_count(session: Session):
    add(session, make_structure(session), make_territoire(session), [Jeune(etapes=[emploi("2024-03-05", None)])])

    def delai(jusqua: str, duree_min: int) -> list[tuple[int, bool]]:
        cohorte = Cohorte(read_month(jusqua))
        found = attentes(session, cohorte, vers=Situation.EMPLOI, duree_min=duree_min)
        return [(attente.mois, attente.atteinte) for attente in found]

    assert delai("2024-08", 6) == [(2, True)]
    assert delai("2024-07", 6) == [(7, False)]
    assert delai("2024-02", 1) == [(2, False)]


def test_who_came_in_after_the_end_of_observation_is_not_there(session: Session):
    lot = [Jeune(ouvert_le=date(2024, 6, 30)), Jeune(ouvert_le=date(2024, 7, 1))]
    add(session, make_structure(session), make_territoire(session), lot)
    assert [sejour.effectif for sejour in sejours(session, Cohorte(read_month("2024-06")))] == [1]
    assert sejours(session, Cohorte(read_month("2024-05"))) == []


def people(session: Session, *filtres: str) -> int:
    cohorte = Cohorte(JUSQUA, read_filters(filtres))
    spells = sejours(session, cohorte)
    assert sum(row.mois_moyens for row in durees(spells)) > 0 or not spells
    waits = attentes(session, cohorte, vers=Situation.EMPLOI, duree_min=1)
    everybody = sum(sejour.effectif for sejour in spells if sejour.debut == 0)
    assert sum(attente.effectif for attente in waits) == everybody
    return everybody


def test_filters_are_on_values_at_entry(session: Session):
    here, elsewhere = make_structure(session), make_structure(session)
    commune = make_territoire(session, genre=GenreTerritoire.COMMUNE)
    quartier, autre = make_territoire(session), make_territoire(session)
    quartier.commune_id = commune.id
    add(session, here, quartier, [Jeune(), Jeune(sexe=Sexe.HOMME, ouvert_le=date(2025, 1, 1))])
    ids = add(session, elsewhere, autre, [Jeune(annee_naissance=2003), Jeune(annee_naissance=None)])
    add(session, here, commune, [Jeune(ouvert_le=date(2024, 12, 31), sexe=Sexe.HOMME)])
    assert people(session) == 5
    assert people(session, "sexe=homme") == 2
    assert people(session, "sexe=homme", "sexe=femme") == 5
    assert people(session, "entree=2025") == 1
    assert people(session, "entree=2024") == 4
    assert people(session, "age=16-17") == 3
    assert people(session, "age=18-21") == 1
    assert people(session, f"territoire={quartier.code}") == 2
    assert people(session, f"territoire={commune.code}") == 3
    assert people(session, f"territoire={commune.code}", f"territoire={autre.code}") == 5
    assert people(session, f"structure={here.code}", "sexe=homme", "entree=2025") == 1
    assert people(session, "entree=1999") == 0
    # who moved since is still counted where they came in
    session.get(Dossier, ids[0]).territoire_id = quartier.id
    session.flush()
    assert people(session, f"territoire={quartier.code}") == 2


def test_a_code_that_does_not_exist_is_refused(session: Session):
    for filtre in ("territoire=QN99999", "structure=NULLE-PART"):
        with pytest.raises(DomainError, match="valeur_absente"):
            sejours(session, Cohorte(JUSQUA, read_filters([filtre])))


@pytest.mark.parametrize(
    ("filtre", "code"),
    [
        ("nom=Quatrevaux", "critere_inconnu"),
        ("sexe", "valeur_inconnue"),
        ("sexe=f", "valeur_inconnue"),
        ("age=17", "valeur_inconnue"),
        ("entree=24", "annee_illisible"),
        ("territoire=", "valeur_vide"),
        ("=", "critere_inconnu"),
    ],
)
def test_what_cannot_be_a_filter_is_refused(filtre: str, code: str):
    with pytest.raises(DomainError, match=code):
        read_filters([filtre])


@pytest.mark.parametrize("texte", ["2025-13", "2025", "06/2025", "0000-01", "9999-12", "2025-6", "٢٠٢٥-٠١"])
def test_what_is_not_a_month_is_refused(texte: str):
    with pytest.raises(DomainError, match="mois_illisible"):
        read_month(texte)
