"""712 real trajectories (McVicar and Anyadike-Danes, 2002): what was published of them, and what counting gives."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from itertools import groupby
from math import erfc, sqrt
from random import Random

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.cohortes import rules, rules_survie
from app.cohortes.filtres import Cohorte, Critere, read_filters, read_month
from app.cohortes.queries import attentes, attentes_par, sejours, sejours_par
from app.cohortes.queries_exactes import passages_par
from app.cohortes.rules_denombrement import RANG, aalen_johansen, from_sejours, naive
from app.parcours.vocabulaire import Situation
from tests.cohortes.comparaison import assert_delai, assert_flux, assert_tables
from tests.cohortes.sequences import sejours_of
from tests.imports.atelier import build_atelier
from tests.imports.reelles import needs_real_trajectories, real

pytestmark = needs_real_trajectories
JUSQUA = read_month("1999-06")
EM, TR, FE, HE = Situation.EMPLOI, Situation.ALTERNANCE, Situation.FORMATION, Situation.ENSEIGNEMENT_SUPERIEUR
JL, SC = Situation.SANS_SOLUTION, Situation.SCOLARITE


def read(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(real(kind).decode()), delimiter=";"))


@pytest.fixture(scope="module")
def people() -> dict[str, dict[str, str]]:
    """The columns of each person, straight from the file."""
    return {row["reference"]: row for row in read("dossiers")}


@pytest.fixture(scope="module")
def suites(people: dict) -> dict[str, list[Situation]]:
    """The 72 months of each person, straight from the file: its steps are whole months and never overlap."""
    first = date(1993, 7, 1)
    months = {reference: [Situation.INCONNUE] * 72 for reference in people}
    for row in read("etapes"):
        bounds = (date.fromisoformat(row["debut"]), date.fromisoformat(row["fin"]) + timedelta(days=1))
        m0, m1 = ((day.year - first.year) * 12 + day.month - first.month for day in bounds)
        months[row["reference"]][m0:m1] = [Situation(row["type"])] * (m1 - m0)
    return months


@pytest.fixture
def session(maison) -> Session:
    """The two files imported by the command's own way, on each engine in turn."""
    atelier = build_atelier(maison)
    atelier.dossiers(real("dossiers"))
    atelier.etapes(real("etapes"))
    with maison.database.reading() as session:
        yield session


def test_the_four_tables_are_those_of_the_file(session: Session, people: dict, suites: dict):
    """To the last unit, and to 1e-12, for everybody and for each filter."""
    cuts = [{}, {"sexe": "femme"}, {"territoire": "Belfast"}, {"sexe": "homme", "territoire": "Western"}]
    for cut in cuts:
        chosen = [suites[name] for name, row in people.items() if all(row[key] == cut[key] for key in cut)]
        cohorte = Cohorte(JUSQUA, read_filters(f"{key}={value}" for key, value in cut.items()))
        assert_tables(sejours(session, cohorte), chosen)
        assert_flux(passages_par(session, cohorte, None)[""], chosen)
        for vers, duree_min in ((EM, 1), (EM, 6), (HE, 3), (JL, 1)):
            assert_delai(attentes(session, cohorte, vers=vers, duree_min=duree_min), chosen, vers, duree_min)


def test_each_value_of_a_dimension_is_the_cohort_of_that_value(session: Session, people: dict, suites: dict):
    for par in (Critere.SEXE, Critere.TERRITOIRE):
        spells = sejours_par(session, Cohorte(JUSQUA), par)
        waits = attentes_par(session, Cohorte(JUSQUA), par, vers=EM, duree_min=6)
        passages = passages_par(session, Cohorte(JUSQUA), par)
        assert set(spells) == {row[par] for row in people.values()}
        for valeur in spells:
            chosen = [suites[name] for name, row in people.items() if row[par] == valeur]
            assert_tables(spells[valeur], chosen)
            assert_delai(waits[valeur], chosen, EM, 6)
            assert_flux(passages[valeur], chosen)


def test_nobody_is_censored_so_that_the_two_estimates_are_one(session: Session):
    nombres = from_sejours(sejours(session, Cohorte(JUSQUA)))
    assert nombres.observes.tolist() == [712] * 72
    assert np.abs(aalen_johansen(nombres) - naive(nombres)).max() < 1e-12


def test_when_people_come_in_one_after_another_the_estimate_is_nearer(suites: dict):
    """Their months cut at random, as if they had come in over six years: nearer to the truth than the bare share.

    The truth is that of the 712 (.670 in emploi at month 60, cohortes.md §1); the gap is over all months and states.
    """
    truth = naive(from_sejours(sejours_of(suites.values())))
    assert round(truth[60, RANG[EM]], 3) == 0.67
    gaps = []
    for seed in range(20):
        hasard = Random(seed)
        cut = from_sejours(sejours_of(suite[: hasard.randrange(6, 73, 6)] for suite in suites.values()))
        gaps.append([np.sqrt(np.square(table(cut) - truth).mean()) for table in (aalen_johansen, naive)])
    nearer = sum(estimate < bare for estimate, bare in gaps)
    estimate, bare = np.mean(gaps, axis=0)
    assert nearer >= 15
    assert estimate < 0.8 * bare


def test_what_traminer_says_of_the_set(session: Session):
    """712 people, 72 months, six states, nobody lost on the way, and one state each month."""
    rows = rules.repartition(sejours(session, Cohorte(JUSQUA)))
    assert {row.situation for row in rows} == {EM, TR, FE, HE, JL, SC}
    assert sorted({row.mois for row in rows}) == list(range(72))
    for mois in range(72):
        assert sum(row.effectif for row in rows if row.mois == mois) == 712
    assert sum(row.mois_moyens for row in rules.durees(sejours(session, Cohorte(JUSQUA)))) == pytest.approx(
        72, abs=1e-12
    )
    # nobody is followed after June 1999: the next month knows nothing of them
    after = rules.repartition(sejours(session, Cohorte(JUSQUA + 1)))
    assert [row.effectif for row in after if row.mois == 72 and row.situation is Situation.INCONNUE] == [712]


def test_the_sequences_printed_in_the_article_on_traminer(suites: dict):
    """Gabadinho et al., J. Stat. Software 40(4), 2011, §4.1 and §5.2: 70 months from September 1993."""
    printed = {
        "MVAD-001": [(EM, 4), (TR, 2), (EM, 64)],
        "MVAD-002": [(FE, 36), (HE, 34)],
        "MVAD-003": [(TR, 24), (FE, 34), (EM, 10), (JL, 2)],
        "MVAD-004": [(TR, 47), (EM, 14), (JL, 9)],
        "MVAD-005": [(FE, 25), (HE, 45)],
    }
    for reference, spells in printed.items():
        assert [(situation, len(list(run))) for situation, run in groupby(suites[reference][2:])] == spells
    always_working = sum(set(suite[2:]) == {EM} for suite in suites.values())
    assert round(100 * always_working / 712, 1) == 7.0


def logrank(left: list[rules_survie.Survie], right: list[rules.Survie]) -> float:
    """The p-value of the log-rank test, from two tables of `delai` alone (they end at the same month)."""
    observed = expected = variance = 0.0
    for one, other in zip(left, right, strict=True):
        n, d = one.a_risque + other.a_risque, one.evenements + other.evenements
        if n > 1:
            observed += one.evenements
            expected += d * one.a_risque / n
            variance += d * (one.a_risque / n) * (other.a_risque / n) * (n - d) / (n - 1)
    return erfc(sqrt((observed - expected) ** 2 / variance / 2))


@pytest.mark.parametrize(("duree_min", "published"), [(1, 0.09), (6, 0.018)])
def test_the_difference_by_sex_shows_only_when_a_job_is_held(session: Session, duree_min: int, published: float):
    """Invisible for a first job of a month, visible for one of six (cohortes.md §1)."""
    tables = [
        rules_survie.delai(attentes(session, Cohorte(JUSQUA, read_filters([filtre])), vers=EM, duree_min=duree_min))
        for filtre in ("sexe=femme", "sexe=homme")
    ]
    assert logrank(*tables) == pytest.approx(published, rel=0.03)
