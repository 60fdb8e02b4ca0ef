"""From steps in the database to tables, on both engines, against the slow way."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.cohortes.filtres import Cohorte, read_filters, read_month
from app.cohortes.queries import attentes, sejours
from app.cohortes.rules import durees
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import GenreEtape, Sexe, Situation, StatutEtape
from app.programme.vocabulaire import GenreTerritoire
from tests.cohortes.comparaison import assert_delai, assert_tables
from tests.cohortes.population import GENRES, JUSQUA, Jeune, add, jeunes
from tests.factories import make_structure, make_territoire


@pytest.fixture
def session(maison):
    """Nothing is committed."""
    with maison.database.open_write() as session:
        yield session
        session.rollback()


@given(lot=st.lists(jeunes(), min_size=1, max_size=5), duree_min=st.integers(1, 5), vers=st.sampled_from(GENRES[:4]))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60
)
def test_from_steps_to_the_four_tables(session: Session, lot: list[Jeune], duree_min: int, vers: GenreEtape):
    with session.begin_nested() as savepoint:
        add(session, make_structure(session), make_territoire(session), lot)
        suites = [jeune.suite for jeune in lot if jeune.suite]
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
