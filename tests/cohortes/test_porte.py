"""The gate: what it refuses is exactly what linear algebra says can be computed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cohortes.rules_porte import P, Porte
from app.cohortes.vocabulaire import Raison

Rows = list[list[int]]


def rank(rows: Sequence[Sequence[int]]) -> int:
    """By elimination, exactly."""
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in range(found, len(left)) if left[row][column]), None)
        if pivot is None:
            continue
        left[found], left[pivot] = left[pivot], left[found]
        for row in range(found + 1, len(left)):
            factor = left[row][column] / left[found][column]
            left[row] = [a - factor * b for a, b in zip(left[row], left[found], strict=True)]
        found += 1
    return found


def computable(rows: Rows, target: list[int]) -> bool:
    return rank([*rows, target]) == rank(rows)


def judged(rows: Rows, effectifs: Sequence[int]) -> Raison | None:
    """Slowly: whoever is in the same sets is one class; is a small class, or two, in the row space?"""
    alike: dict[tuple[int, ...], list[int]] = {}
    for atom in range(len(effectifs)):
        alike.setdefault(tuple(row[atom] for row in rows), []).append(atom)
    small = [atoms for atoms in alike.values() if sum(effectifs[atom] for atom in atoms) < 11]

    def exposed(atoms: list[int]) -> bool:
        return computable(rows, [int(atom in atoms) for atom in range(len(effectifs))])

    if any(exposed(atoms) for atoms in small):
        return Raison.DEDUCTION
    pairs = [[*one, *other] for number, one in enumerate(small) for other in small[:number]]
    together = [atoms for atoms in pairs if sum(effectifs[atom] for atom in atoms) < 11]
    return Raison.PAIRE if any(exposed(atoms) for atoms in together) else None


@given(
    effectifs=st.lists(st.integers(1, 14), min_size=2, max_size=9),
    picks=st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=1, max_size=9),
)
@settings(deadline=None, max_examples=150)
def test_the_gate_refuses_exactly_what_can_be_computed(effectifs: list[int], picks: list[list[bool]]) -> None:
    porte, rows = Porte(np.array(effectifs)), []
    for pick in picks:
        membres = np.array(pick[: len(effectifs)])
        raison = porte.examine(membres)
        if raison in (Raison.EFFECTIF, Raison.PROCHE):
            continue
        row = membres.astype(int).tolist()
        assert raison == judged([*rows, row], effectifs)
        if raison is None:
            porte.admit(membres)
            rows.append(row)


def test_two_sets_that_differ_by_a_few_are_never_both_there() -> None:
    porte = Porte(np.array([30, 10, 11]))
    porte.admit(np.array([True, True, True]))
    assert porte.examine(np.array([True, False, True])) is Raison.PROCHE
    assert porte.examine(np.array([True, True, False])) is None
    assert porte.examine(np.array([False, True, False])) is Raison.EFFECTIF


def test_what_is_left_of_two_overlapping_sets_is_found_by_combining_three() -> None:
    # whole − left − right = −(the seven in the middle), though no two of the three differ by fewer than 11
    porte = Porte(np.array([40, 7, 40]))
    porte.admit(np.array([True, True, True]))
    porte.admit(np.array([True, True, False]))
    assert porte.examine(np.array([False, True, True])) is Raison.DEDUCTION


def test_two_small_classes_that_only_show_together() -> None:
    # classes: 40, 5, 4, 40, 40; a set tells the five from the four, and three others give the nine
    porte = Porte(np.array([40, 5, 4, 40, 40]))
    for members in ([0, 1, 0, 0, 1], [1, 1, 1, 0, 0], [1, 0, 0, 1, 0]):
        membres = np.array(members, dtype=bool)
        assert porte.examine(membres) is None
        porte.admit(membres)
    assert porte.examine(np.array([0, 0, 0, 1, 0], dtype=bool)) is Raison.PAIRE


def test_a_set_said_twice_adds_nothing() -> None:
    porte = Porte(np.array([30, 20, 15]))
    for _ in range(2):
        assert porte.examine(np.array([True, True, False])) is None
        porte.admit(np.array([True, True, False]))


def test_the_modulus_is_a_prime() -> None:
    assert all(P % divisor for divisor in range(2, int(P**0.5) + 1))


@pytest.mark.parametrize("classes", [400])
def test_what_is_declared_safe_is_safe_at_the_size_of_a_town(classes: int) -> None:
    """Against the leverages of an orthogonal basis, another method: 60 sets of 400 small classes."""
    chance = np.random.default_rng(5)
    effectifs = chance.integers(1, 9, classes)
    porte, rows = Porte(effectifs), []
    for _ in range(60):
        membres = chance.random(classes) < chance.choice([0.2, 0.5])
        if porte.examine(membres) is None:
            porte.admit(membres)
            rows.append(membres.astype(float))
    matrix = np.array(rows)
    _, singular, basis = np.linalg.svd(matrix, full_matrices=False)
    basis = basis[singular > 1e-9]
    signature = np.unique(matrix.T, axis=0, return_inverse=True)[1].ravel()
    for one in np.unique(signature):
        indicator = (signature == one).astype(float)
        if effectifs[signature == one].sum() < 11:
            assert not np.allclose(basis.T @ (basis @ indicator), indicator, atol=1e-7)
    assert len(rows) > 20
