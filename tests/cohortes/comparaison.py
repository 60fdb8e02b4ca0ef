"""Tables against the slow way: counts to the last unit, shares and errors to 1e-12."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from math import isclose, log, sqrt

from app.cohortes import rules, rules_exactes, rules_survie
from app.cohortes.rules import Estimateur
from app.cohortes.rules_denombrement import Sejour
from app.cohortes.rules_exactes import Passage
from app.cohortes.rules_survie import Attente
from app.parcours.vocabulaire import Situation
from tests.cohortes import sequences


def close(left: float, right: object) -> bool:
    return isclose(left, float(right), rel_tol=1e-12, abs_tol=1e-12)


def assert_tables(sejours: Sequence[Sejour], suites: Sequence[sequences.Suite]) -> None:
    repartition, slow = rules.repartition(sejours), sequences.slow_repartition(suites)
    assert [(row.mois, row.situation, row.effectif) for row in repartition] == [row[:3] for row in slow]
    assert all(close(row.part, exact[3]) for row, exact in zip(repartition, slow, strict=True))
    transitions, slow = rules.transitions(sejours), sequences.slow_transitions(suites)
    assert [(row.de, row.vers, row.effectif) for row in transitions] == [row[:3] for row in slow]
    assert all(close(row.taux, exact[3]) for row, exact in zip(transitions, slow, strict=True))
    durees, slow = rules.durees(sejours), sequences.slow_durees(suites)
    assert [row.situation for row in durees] == [row[0] for row in slow]
    assert all(close(row.mois_moyens, exact[1]) for row, exact in zip(durees, slow, strict=True))


def assert_aalen_johansen(sejours: Sequence[Sejour], suites: Sequence[sequences.Suite]) -> None:
    rows, slow = rules.repartition(sejours, Estimateur.AALEN_JOHANSEN), sequences.slow_aalen_johansen(suites)
    assert [row[:3] for row in map(astuple, rows)] == [row[:3] for row in sequences.slow_repartition(suites)]
    assert all(close(row.part, slow[row.mois].get(row.situation, 0)) for row in rows)


def assert_entropies(sejours: Sequence[Sejour], suites: Sequence[sequences.Suite]) -> None:
    for estimateur, parts in (
        (Estimateur.BRUT, sequences.slow_shares(suites)),
        (Estimateur.AALEN_JOHANSEN, sequences.slow_aalen_johansen(suites)),
    ):
        rows = rules.entropies(sejours, estimateur)
        assert [row.observes for row in rows] == [sum(len(suite) > row.mois for suite in suites) for row in rows]
        met = len({situation for suite in suites for situation in suite})
        for row, part in zip(rows, parts, strict=True):
            exact = -sum(float(p) * log(p) for p in part.values() if p)
            assert close(row.entropie, exact)
            assert close(row.normee, exact / log(met) if met > 1 else 0)


def assert_flux(passages: Sequence[Passage], suites: Sequence[sequences.Suite]) -> None:
    rows, slow = rules_exactes.flux(passages), sequences.slow_flux(suites)
    assert [astuple(row)[:5] for row in rows] == [row[:5] for row in slow]
    assert all(close(row.part, exact[5]) for row, exact in zip(rows, slow, strict=True))


def assert_delai(
    attentes: Sequence[Attente], suites: Sequence[sequences.Suite], vers: Situation, duree_min: int
) -> None:
    delai, slow = rules_survie.delai(attentes), sequences.slow_delai(suites, vers, duree_min)
    assert [(row.mois, row.a_risque, row.evenements) for row in delai] == [row[:3] for row in slow]
    assert all(close(row.survie, exact[3]) for row, exact in zip(delai, slow, strict=True))
    assert all(close(row.erreur_type, sqrt(exact[4])) for row, exact in zip(delai, slow, strict=True))
    bands = [sequences.slow_band(*exact[3:]) for exact in slow]
    assert all(close(row.bas, bas) and close(row.haut, haut) for row, (bas, haut) in zip(delai, bands, strict=True))
