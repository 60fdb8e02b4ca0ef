"""Who may do what to a dossier, for each thing that one can be to it, and for those who are nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts.models import Agent
from app.alertes.policies import may_put_off, may_put_off_again
from app.parcours.models import Dossier, Etat
from app.parcours.policies import may_delete_suivi, may_edit_suivi, may_read_objectif, may_undo_demarche
from app.parcours.rules_objectifs import themes_read
from app.parcours.vocabulaire import Situation, Theme
from app.referents import policies
from app.referents.queries import DossierVisible
from app.referents.rules import sees_situations, shows_situation
from app.referents.vocabulaire import GENRES_DE, Finalite, Relation
from tests.conftest import NOW
from tests.factories import TODAY

ICI = 3
DEMAIN = TODAY + timedelta(days=1)
REFERENT, SUPPLEANT, MEMBRE = Relation.REFERENT, Relation.SUPPLEANT, Relation.MEMBRE
COORDINATEUR, ANCIEN = Relation.COORDINATEUR, Relation.ANCIEN
IN_CHARGE = {REFERENT, SUPPLEANT}
TABLE = {
    policies.may_log: IN_CHARGE | {MEMBRE},
    policies.may_amend: IN_CHARGE | {MEMBRE, COORDINATEUR},
    policies.may_hand_over: IN_CHARGE | {COORDINATEUR},
    policies.may_close: IN_CHARGE | {COORDINATEUR},
    policies.may_set_intensity: IN_CHARGE,
    policies.may_invite: IN_CHARGE | {COORDINATEUR},
    # who covers the référent keeps nothing for themselves
    policies.may_keep: {REFERENT, COORDINATEUR},
    policies.may_acknowledge: {REFERENT},
    policies.may_follow_passation: IN_CHARGE | {COORDINATEUR, ANCIEN},
    policies.may_leave: {MEMBRE},
    policies.may_note_danger: IN_CHARGE | {MEMBRE, COORDINATEUR},
    policies.may_read_danger: IN_CHARGE | {COORDINATEUR},
    may_put_off: IN_CHARGE | {MEMBRE, COORDINATEUR},
    may_put_off_again: {COORDINATEUR},
}


def seen(relation: Relation, **given) -> DossierVisible:
    return DossierVisible(Dossier(id=1), Etat(situation=Situation.DECROCHAGE), relation, **given)


def partner(finalite: Finalite) -> DossierVisible:
    return seen(MEMBRE, genres=GENRES_DE[finalite], equipes=frozenset({ICI}))


@pytest.mark.parametrize("may", TABLE, ids=lambda may: may.__name__)
def test_each_relation_gives_its_rights_and_no_other(may) -> None:
    assert {relation for relation in Relation if may(relation)} == TABLE[may]
    assert not may(Relation(0))


def test_relations_add_up() -> None:
    for may, allowed in TABLE.items():
        assert may(ANCIEN | MEMBRE) == bool(allowed & {ANCIEN, MEMBRE})
        assert may(ANCIEN | COORDINATEUR) == bool(allowed & {ANCIEN, COORDINATEUR})


def test_after_the_exit_a_check_is_answered_by_all_but_who_only_reads() -> None:
    assert {one for one in Relation if policies.may_answer(one, clos=True)} == set(Relation) - {ANCIEN}
    assert {one for one in Relation if policies.may_answer(one, clos=False)} == IN_CHARGE | {MEMBRE}


def test_who_opens_a_dossier_again_could_become_its_referent_or_coordinates() -> None:
    referent, intervenant = Agent(id=1, referent=True), Agent(id=2, referent=False, intervenant=True)
    every = {one for one in Relation if policies.may_reopen(seen(one), referent)}
    assert every == IN_CHARGE | {MEMBRE, COORDINATEUR}
    assert not policies.may_reopen(seen(MEMBRE), intervenant)
    for finalite in Finalite:
        assert not policies.may_reopen(partner(finalite), referent), finalite


def test_who_answers_for_a_dossier_hands_it_over_before_they_leave() -> None:
    assert not policies.may_leave(MEMBRE | REFERENT)
    assert policies.may_leave(MEMBRE | COORDINATEUR)


def test_the_last_act_of_a_former_referent_is_to_say_that_the_young_person_knows() -> None:
    for one in Relation:
        said = policies.may_say_told(seen(one), debut=NOW)
        assert said == (one in IN_CHARGE | {COORDINATEUR}), one
    gone = seen(ANCIEN, sorti_le=NOW)
    assert policies.may_say_told(gone, debut=NOW)
    # of a handover that was not theirs
    assert not policies.may_say_told(gone, debut=NOW + timedelta(days=1))


# What depends on the kinds of step that one sees: None for a colleague, those of the purpose for a partner.
ECRIVENT = IN_CHARGE | {MEMBRE}


@pytest.mark.parametrize("relation", list(Relation))
def test_a_colleague_is_held_back_by_their_relation_alone(relation: Relation) -> None:
    vu = seen(relation)
    assert policies.may_write_etape(vu) == (relation in ECRIVENT)
    assert policies.may_oppose(vu) == (relation in ECRIVENT | {COORDINATEUR})
    assert policies.may_confirm(vu, clos=False) == (relation in ECRIVENT)
    assert policies.may_check(vu, clos=False) == (relation in ECRIVENT)
    assert policies.may_check(vu, clos=True) == (relation in ECRIVENT | {COORDINATEUR})
    assert policies.may_read_passation(vu)
    assert policies.may_read_objet(vu, structure_id=7)


@pytest.mark.parametrize("finalite", list(Finalite))
def test_a_partner_is_held_back_by_their_purpose_too(finalite: Finalite) -> None:
    vu, agent = partner(finalite), Agent(id=1)
    kinds = GENRES_DE[finalite]
    assert policies.may_write_etape(vu) == bool(kinds)
    assert not policies.may_oppose(vu)
    assert not policies.may_read_passation(vu)
    assert policies.may_confirm(vu, clos=False) == shows_situation(kinds, Situation.DECROCHAGE)
    assert policies.may_check(vu, clos=False) == sees_situations(kinds)
    # what somebody of their own structure planned
    assert policies.may_read_objet(vu, structure_id=ICI)
    assert not policies.may_read_objet(vu, structure_id=ICI + 1)
    for theme in Theme:
        own = {"author_id": 1, "agent": agent, "genres": kinds}
        assert may_read_objectif(theme, **own)
        assert may_read_objectif(theme, **own | {"author_id": 2}) == (theme in themes_read(kinds))
    # the one that shows everything but what is sensitive
    assert sees_situations(GENRES_DE[Finalite.SUIVI_GLOBAL])


def test_an_absence_is_noted_by_who_is_away_or_by_their_coordinateur() -> None:
    me, chef, elsewhere = (
        Agent(id=1, structure_id=ICI, coordinateur=False),
        Agent(id=2, structure_id=ICI, coordinateur=True),
        Agent(id=3, structure_id=ICI + 1, coordinateur=True),
    )
    may = {agent.id for agent in (me, chef, elsewhere) if policies.may_note_absence(agent, of=1, structure_id=ICI)}
    assert may == {1, 2}
    assert not policies.may_note_absence(me, of=2, structure_id=ICI)


def test_words_are_their_authors_to_correct_and_for_a_day_to_take_away() -> None:
    me, other = Agent(id=1), Agent(id=2)
    for agent, today, edits, deletes in (
        (me, TODAY, True, True),
        (me, DEMAIN, True, False),
        (other, TODAY, False, False),
    ):
        assert may_edit_suivi(author_id=1, agent=agent) == edits
        assert may_delete_suivi(author_id=1, ecrit_le=TODAY, agent=agent, today=today) == deletes
        assert may_undo_demarche(author_id=1, jour=TODAY, agent=agent, today=today) == deletes
    assert not may_edit_suivi(author_id=None, agent=me)
