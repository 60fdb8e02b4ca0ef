"""Who may do what to a dossier, for each thing that one can be to it, and for those who are nothing."""

from __future__ import annotations

import pytest

from app.accounts.models import Agent
from app.alertes.policies import may_put_off, may_put_off_again
from app.referents import policies
from app.referents.vocabulaire import Relation

REFERENT, SUPPLEANT, MEMBRE = Relation.REFERENT, Relation.SUPPLEANT, Relation.MEMBRE
COORDINATEUR, ANCIEN = Relation.COORDINATEUR, Relation.ANCIEN
IN_CHARGE = {REFERENT, SUPPLEANT}
TABLE = {
    policies.may_log: IN_CHARGE | {MEMBRE},
    policies.may_amend: IN_CHARGE | {MEMBRE, COORDINATEUR},
    policies.may_hand_over: IN_CHARGE | {COORDINATEUR},
    policies.may_close: IN_CHARGE | {COORDINATEUR},
    policies.may_set_intensity: IN_CHARGE,
    may_put_off: IN_CHARGE | {MEMBRE, COORDINATEUR},
    may_put_off_again: {COORDINATEUR},
}


@pytest.mark.parametrize("may", TABLE, ids=lambda may: may.__name__)
def test_each_relation_gives_its_rights_and_no_other(may) -> None:
    assert {relation for relation in Relation if may(relation)} == TABLE[may]
    assert not may(Relation(0))


def test_relations_add_up() -> None:
    for may, allowed in TABLE.items():
        assert may(ANCIEN | MEMBRE) == (MEMBRE in allowed)
        assert may(ANCIEN | COORDINATEUR) == (COORDINATEUR in allowed)


def test_after_the_exit_a_check_is_answered_by_all_but_who_only_reads() -> None:
    assert {one for one in Relation if policies.may_answer(one, clos=True)} == set(Relation) - {ANCIEN}
    assert {one for one in Relation if policies.may_answer(one, clos=False)} == IN_CHARGE | {MEMBRE}


def test_who_opens_a_dossier_again_could_become_its_referent_or_coordinates() -> None:
    referent, intervenant = Agent(id=1, referent=True), Agent(id=2, referent=False, intervenant=True)
    assert {one for one in Relation if policies.may_reopen(one, referent)} == IN_CHARGE | {MEMBRE, COORDINATEUR}
    assert not policies.may_reopen(MEMBRE, intervenant)
