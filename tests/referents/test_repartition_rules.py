"""The split of a caseload: everything is given once, to nobody who may not have it, and evenly when nothing forbids."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parcours.vocabulaire import Intensite
from app.referents.rules_charge import quarts
from app.referents.rules_repartition import REPRISE, Donne, Lot, common_level, fate, may_take_back, split
from app.referents.vocabulaire import SuiteRepartition
from tests.conftest import NOW

AGENTS = st.sets(st.integers(1, 6), max_size=5)
WEIGHTS = st.sampled_from([quarts(one) for one in Intensite])


@st.composite
def questions(draw, *, forbidden: bool) -> tuple[list[Lot], dict[int, int]]:
    """Agents 1 to 6; some are in équipes, or forbidden, without having been chosen."""
    chosen = draw(st.sets(st.integers(1, 6), min_size=1))
    sets = [AGENTS if forbidden else st.just(set()), AGENTS]
    lots = [
        Lot(number, draw(WEIGHTS), frozenset(draw(sets[1])), frozenset(draw(sets[0])))
        for number in range(draw(st.integers(0, 40)))
    ]
    return lots, {agent: draw(st.integers(0, 120)) for agent in chosen}


def after(lots: list[Lot], loads: dict[int, int], given_to: dict[int, int | None]) -> dict[int, int]:
    carried = dict(loads)
    for lot in lots:
        if given_to[lot.dossier_id] is not None:
            carried[given_to[lot.dossier_id]] += lot.quarts
    return carried


@given(question=questions(forbidden=True))
def test_each_is_given_once_to_somebody_chosen_and_never_to_who_may_not_have_it(question):
    lots, loads = question
    found = split(lots, loads)
    assert set(found) == {lot.dossier_id for lot in lots}
    for lot in lots:
        agent, allowed = found[lot.dossier_id], set(loads) - lot.interdits
        assert agent in allowed if allowed else agent is None


@given(question=questions(forbidden=False))
def test_nobody_who_receives_ends_above_the_least_loaded_by_more_than_the_heaviest(question):
    """Whatever each carried before, and whoever is in which équipe."""
    lots, loads = question
    found = split(lots, loads)
    ends, received = after(lots, loads, found), set(found.values())
    heaviest = max((lot.quarts for lot in lots), default=0)
    assert all(ends[agent] <= min(ends.values()) + heaviest for agent in received)


@given(question=questions(forbidden=True), data=st.data())
def test_the_order_in_which_one_asks_changes_nothing(question, data):
    lots, loads = question
    shuffled = data.draw(st.permutations(lots))
    assert split(shuffled, dict(reversed(loads.items()))) == split(lots, loads)


def test_a_dossier_stays_with_whoever_follows_it_as_long_as_the_loads_allow():
    mine = [Lot(number, 4, frozenset({2})) for number in range(4)]
    others = [Lot(number, 4) for number in range(4, 8)]
    found = split([*others, *mine], {1: 0, 2: 0})
    assert {found[lot.dossier_id] for lot in mine} == {2}
    assert {found[lot.dossier_id] for lot in others} == {1}
    # somebody who carries more than all would together is given none
    assert set(split(mine, {1: 0, 2: 100}).values()) == {1}


def test_it_is_the_weight_that_is_shared_and_not_the_number():
    lots = [Lot(0, 4), Lot(1, 4), *(Lot(number, 1) for number in range(2, 10))]
    found = split(lots, {1: 0, 2: 0, 3: 8})
    assert after(lots, {1: 0, 2: 0, 3: 8}, found) == {1: 8, 2: 8, 3: 8}


def test_nobody_chosen_receives_nothing():
    assert split([Lot(1, 4)], {}) == {1: None}


@pytest.mark.parametrize(
    ("loads", "more", "level"), [([0, 0], 8, 4), ([0, 10], 8, 8), ([0, 10], 12, 11), ([0, 10, 50], 3, 3), ([], 4, 0)]
)
def test_what_is_poured_fills_the_lowest_first(loads, more, level):
    assert common_level(loads, more) == level


def test_one_day_and_not_a_second_more():
    assert may_take_back(NOW, NOW + REPRISE - timedelta(seconds=1))
    assert not may_take_back(NOW, NOW + REPRISE)


@pytest.mark.parametrize(
    ("same", "accusee", "repris", "becomes"),
    [
        (True, False, True, SuiteRepartition.RENDU),
        (True, False, False, SuiteRepartition.SANS_REFERENT),
        (True, True, True, SuiteRepartition.RESTE),
        (False, False, True, SuiteRepartition.RESTE),
    ],
)
def test_what_was_received_or_passed_on_stays_where_it_is(same, accusee, repris, becomes):
    key = uuid4()
    for other in (uuid4(), None):
        assert fate(Donne(key, key if same else other, accusee, repris)) is becomes
