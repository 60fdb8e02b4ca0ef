"""A handover is received, or given back; the young person knows; one person answers, whatever comes in what order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion
from app.parcours.models import Etat
from app.referents import services, services_passation
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence, Opposition
from app.referents.queries import affectations_of, load_visible
from app.referents.queries_passation import (
    RepereAccuse,
    count_to_acknowledge,
    handed_over_by,
    to_acknowledge,
    unacknowledged,
)
from app.referents.rules_passation import REFUS_AU_PLUS, awaits_receipt
from app.referents.vocabulaire import MotifAffectation, Relation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe

# `Equipe.hand_over` takes place the day after NOW
LATER = NOW + timedelta(days=1)
LATER_DAY = TODAY + timedelta(days=1)


def acknowledge(equipe: Equipe, agent: Agent, affectation: Affectation | None = None, **given) -> Affectation:
    given = {"now": LATER, "acteur": equipe.acteur(agent)} | given
    held = affectation or equipe.affectation
    return services_passation.acknowledge(equipe.session, equipe.dossier, affectation_id=held.id, agent=agent, **given)


def refuse(equipe: Equipe, agent: Agent, *, day: date = LATER_DAY, **given) -> Affectation | None:
    values = {"affectation_id": equipe.affectation.id, "refus": b"sealed", "retour_id": uuid4()} | given
    moment = LATER + (day - LATER_DAY) + timedelta(minutes=1)
    who = {"agent": agent, "acteur": equipe.acteur(agent), "now": moment, "today": day}
    back = services_passation.refuse(equipe.session, equipe.dossier, **values, **who)
    services.refresh_referent(equipe.session, [equipe.dossier.id])
    return back


def relation(equipe: Equipe, agent: Agent, day: date = LATER_DAY) -> Relation | None:
    found = load_visible(equipe.session, equipe.dossier.code, agent=agent, today=day)
    return found and found.relation


def waits_for(equipe: Equipe, agent: Agent) -> int:
    return equipe.session.scalar(count_to_acknowledge(), {"agent_id": agent.id})


def said(equipe: Equipe, action: Action) -> list[str | None]:
    lines = select(EntreeJournal.precision).where(EntreeJournal.action == action).order_by(EntreeJournal.numero)
    return list(equipe.session.scalars(lines))


def refused(equipe: Equipe, act: Callable[[], object], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        act()
    assert refusal.value.code == code


def test_a_handover_waits_for_its_receiver_until_they_say_that_they_took_note(equipe: Equipe):
    assert waits_for(equipe, equipe.nadia) == 0  # her own first affectation
    equipe.hand_over(equipe.omar)
    equipe.follow()
    (line,) = to_acknowledge(equipe.session, agent=equipe.omar, limit=5)
    assert (line.id, line.code, line.par_nom) == (equipe.dossier.id, equipe.dossier.code, equipe.nadia.nom)
    (late,) = unacknowledged(equipe.session, agent=equipe.coordinatrice, limit=5)
    assert (late.id, late.agent_id, late.nom) == (equipe.dossier.id, equipe.omar.id, equipe.omar.nom)
    for _ in range(2):
        acknowledge(equipe, equipe.omar)
    assert equipe.affectation.accusee_le == LATER
    assert waits_for(equipe, equipe.omar) == 0
    assert not unacknowledged(equipe.session, agent=equipe.coordinatrice, limit=5)
    assert len(said(equipe, Action.PASSATION_ACCUSEE)) == 1


def test_only_whoever_was_handed_the_dossier_over_acknowledges_it_and_not_of_an_older_page(equipe: Equipe):
    older = equipe.affectation
    made = equipe.hand_over(equipe.omar)
    for agent, affectation in ((equipe.nadia, made), (equipe.coordinatrice, made), (equipe.omar, older)):
        with pytest.raises(StaleVersion):
            acknowledge(equipe, agent, affectation)
    assert made.accusee_le is None


def test_what_one_takes_on_by_oneself_needs_no_receipt(equipe: Equipe):
    orphan = make_dossier(equipe.session, equipe.maison, equipe.ici)
    words = {"motif": MotifAffectation.PREMIERE_AFFECTATION, "now": LATER, "today": LATER_DAY}
    services.assign(equipe.session, orphan, to=equipe.omar, par=equipe.omar, acteur=equipe.acteur(equipe.omar), **words)
    assert waits_for(equipe, equipe.omar) == 0


def test_the_lists_follow_each_other_page_by_page_and_keep_to_their_structure(equipe: Equipe):
    for _ in range(3):
        dossier = make_dossier(equipe.session, equipe.maison, equipe.ici)
        words = {"motif": MotifAffectation.PREMIERE_AFFECTATION, "now": LATER, "today": LATER_DAY}
        acteur = equipe.acteur(equipe.coordinatrice)
        services.assign(equipe.session, dossier, to=equipe.omar, par=equipe.coordinatrice, acteur=acteur, **words)
    equipe.follow()
    elsewhere = make_agent(equipe.session, equipe.ailleurs, Role.COORDINATEUR)
    assert not unacknowledged(equipe.session, agent=elsewhere, limit=9)
    for query, agent in ((to_acknowledge, equipe.omar), (unacknowledged, equipe.coordinatrice)):
        everything = query(equipe.session, agent=agent, limit=9)
        mark = RepereAccuse(everything[1].debut, everything[1].affectation_id)
        assert len(everything) == 3
        pages = [query(equipe.session, agent=agent, limit=2, after=after) for after in (None, mark)]
        assert [[row.code for row in page] for page in pages] == [
            [row.code for row in everything[:2]],
            [everything[2].code],
        ]


def test_a_refusal_returns_the_dossier_with_its_reason_and_its_author_reads_it_no_more(equipe: Equipe):
    equipe.hand_over(equipe.omar)
    deposit = uuid4()
    back = refuse(equipe, equipe.omar, retour_id=deposit)
    omar, nadia = affectations_of(equipe.session, equipe.dossier.id)[1], equipe.affectation
    assert (back.id, back.agent_id, back.motif) == (deposit, equipe.nadia.id, MotifAffectation.RETOUR)
    assert (omar.refus, omar.fin) == (b"sealed", nadia.debut)
    assert relation(equipe, equipe.omar) is None
    assert relation(equipe, equipe.nadia) == Relation.REFERENT | Relation.MEMBRE
    # she is told that it came back
    assert waits_for(equipe, equipe.nadia) == 1
    assert said(equipe, Action.PASSATION_REFUSEE) == ["retour"]


def test_who_was_in_the_team_before_stays_in_it_after_a_refusal(equipe: Equipe):
    who = {"agent": equipe.omar, "acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    services.join_team(equipe.session, equipe.dossier, **who)
    equipe.hand_over(equipe.omar)
    refuse(equipe, equipe.omar)
    assert relation(equipe, equipe.omar) == Relation.MEMBRE


@pytest.mark.parametrize("why", ["disabled", "no role", "absent", "opposed", "gave it back", "nobody"])
def test_what_nobody_can_take_back_is_on_the_list_of_the_coordinateur(equipe: Equipe, why: str):
    if why == "nobody":
        services.end_affectation(
            equipe.session, equipe.dossier, le=TODAY, acteur=equipe.acteur(equipe.nadia), now=NOW + timedelta(hours=1)
        )
        services.assign(
            equipe.session, equipe.dossier, to=equipe.omar, par=equipe.coordinatrice,
            acteur=equipe.acteur(equipe.coordinatrice), motif=MotifAffectation.CHARGE, now=LATER, today=LATER_DAY,
        )  # fmt: skip
    else:
        equipe.hand_over(equipe.omar)
    _make_unable(equipe, why)
    assert refuse(equipe, equipe.nadia if why == "gave it back" else equipe.omar) is None
    assert equipe.affectation is None
    assert equipe.session.get(Etat, equipe.dossier.id, populate_existing=True).referent_id is None
    assert said(equipe, Action.PASSATION_REFUSEE)[-1] == "sans_referent"
    assert relation(equipe, equipe.omar) is None


def _make_unable(equipe: Equipe, why: str) -> None:
    days = {"depuis": LATER_DAY, "jusqu_au": LATER_DAY + timedelta(days=9), "cree_le": NOW}
    if why == "disabled":
        equipe.nadia.desactive_le = LATER
    elif why == "no role":
        equipe.nadia.referent = False
    elif why == "absent":
        equipe.session.add(Absence(id=uuid4(), agent_id=equipe.nadia.id, **days))
    elif why == "opposed":
        opposition = {"structure_id": equipe.ici.id, "depuis": TODAY, "cree_le": NOW}
        equipe.session.add(Opposition(id=uuid4(), dossier_id=equipe.dossier.id, **opposition))
    elif why == "gave it back":
        refuse(equipe, equipe.omar)
    equipe.session.flush()


def test_who_is_away_takes_it_back_when_somebody_covers_them(equipe: Equipe):
    equipe.hand_over(equipe.omar)
    days = {"depuis": LATER_DAY, "jusqu_au": LATER_DAY + timedelta(days=9), "cree_le": NOW}
    cover = make_agent(equipe.session, equipe.ici)
    equipe.session.add(Absence(id=uuid4(), agent_id=equipe.nadia.id, suppleant_id=cover.id, **days))
    equipe.session.flush()
    assert refuse(equipe, equipe.omar).agent_id == equipe.nadia.id


def test_a_refusal_comes_in_time_and_before_the_receipt(equipe: Equipe):
    refused(equipe, lambda: refuse(equipe, equipe.nadia), "refus_sans_passation")
    equipe.hand_over(equipe.omar)
    last = LATER_DAY + timedelta(days=REFUS_AU_PLUS)
    refused(equipe, lambda: refuse(equipe, equipe.omar, day=last + timedelta(days=1)), "refus_tardif")
    with equipe.session.begin_nested() as undone:
        assert refuse(equipe, equipe.omar, day=last) is not None
        undone.rollback()
    acknowledge(equipe, equipe.omar)
    refused(equipe, lambda: refuse(equipe, equipe.omar), "passation_accusee")
    with pytest.raises(StaleVersion):
        refuse(equipe, equipe.coordinatrice)


def test_another_structure_receives_a_young_person_who_knows_it(equipe: Equipe):
    refused(equipe, lambda: equipe.hand_over(equipe.lea, jeune_informe_le=None), "jeune_a_informer")
    ahead = LATER_DAY + timedelta(days=1)
    refused(equipe, lambda: equipe.hand_over(equipe.omar, jeune_informe_le=ahead), "information_a_venir")
    assert equipe.hand_over(equipe.lea, jeune_informe_le=LATER_DAY).jeune_informe_le == LATER_DAY
    equipe.hand_over(equipe.omar, par=equipe.lea, now=LATER + timedelta(hours=1))
    # that structure answered for the dossier already: the young person knows it
    assert equipe.hand_over(equipe.lea, par=equipe.omar, jeune_informe_le=None, now=LATER + timedelta(hours=2))


def test_the_day_when_the_young_person_was_told_is_written_later_and_corrected(equipe: Equipe):
    made = equipe.hand_over(equipe.omar)
    who = {"acteur": equipe.acteur(equipe.nadia), "now": LATER, "today": LATER_DAY}
    for day in (LATER_DAY, TODAY, TODAY):
        services_passation.tell(equipe.session, equipe.dossier, affectation_id=made.id, le=day, **who)
    assert made.jeune_informe_le == TODAY
    assert len(said(equipe, Action.JEUNE_INFORME_PASSATION)) == 2
    ahead = {"affectation_id": made.id, "le": LATER_DAY + timedelta(days=1)}
    refused(
        equipe, lambda: services_passation.tell(equipe.session, equipe.dossier, **ahead, **who), "information_a_venir"
    )


def test_whoever_handed_over_sees_whether_it_was_received_as_long_as_they_read(equipe: Equipe):
    equipe.hand_over(equipe.omar)
    equipe.follow()
    (line,) = handed_over_by(equipe.session, agent=equipe.nadia, today=LATER_DAY, limit=5)
    assert (line.code, line.nom, bool(line.attend)) == (equipe.dossier.code, equipe.omar.nom, True)
    acknowledge(equipe, equipe.omar)
    (line,) = handed_over_by(equipe.session, agent=equipe.nadia, today=LATER_DAY, limit=5)
    assert not line.attend
    assert not handed_over_by(equipe.session, agent=equipe.nadia, today=LATER_DAY + timedelta(days=31), limit=5)
    assert not handed_over_by(equipe.session, agent=equipe.omar, today=LATER_DAY, limit=5)


ACTS = st.lists(
    st.tuples(st.sampled_from(["hand", "refuse", "acknowledge", "leave", "back"]), st.integers(0, 2)), max_size=9
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(acts=ACTS)
def test_whatever_comes_in_what_order_one_person_answers_at_most_and_nobody_is_forgotten(equipe: Equipe, acts):
    """Handovers, receipts, refusals, departures and returns of accounts."""
    with equipe.session.begin_nested() as undone:
        people = [equipe.nadia, equipe.omar, equipe.lea]
        for minute, (act, who) in enumerate(acts):
            _play(equipe, act, people[who], LATER + timedelta(minutes=minute))
            _assert_in_order(equipe)
        undone.rollback()
    equipe.session.expire_all()


def _play(equipe: Equipe, act: str, agent: Agent, now) -> None:
    current = equipe.affectation
    try:
        if act == "hand" and current:
            equipe.hand_over(agent, par=equipe.coordinatrice, now=now)
        elif act == "hand":
            words = {"motif": MotifAffectation.CHARGE, "jeune_informe_le": TODAY, "now": now, "today": LATER_DAY}
            acteur = equipe.acteur(equipe.coordinatrice)
            services.assign(equipe.session, equipe.dossier, to=agent, par=equipe.coordinatrice, acteur=acteur, **words)
        elif act == "refuse" and current:
            refuse(equipe, agent)
        elif act == "acknowledge" and current:
            acknowledge(equipe, agent, now=now)
        elif act in ("leave", "back"):
            agent.desactive_le = now if act == "leave" else None
            equipe.session.flush()
    except DomainError:
        pass


def _assert_in_order(equipe: Equipe) -> None:
    history = list(reversed(affectations_of(equipe.session, equipe.dossier.id)))
    assert sum(row.fin is None for row in history) <= 1
    assert all(earlier.fin is not None and earlier.fin <= later.debut for earlier, later in pairwise(history))
    for row in history:
        if row.refusee_le is None:
            continue
        after = [later for later in history if later.debut == row.fin]
        # what is given back goes on at that very instant with whom it came from, or waits for the coordinateur
        assert all(later.motif is MotifAffectation.RETOUR for later in after)
        assert row.accusee_le is None
    waiting = {row.agent_id for row in history if row.fin is None and _waits(row)}
    for agent in (equipe.nadia, equipe.omar, equipe.lea):
        assert waits_for(equipe, agent) == (agent.id in waiting)
    still = select(MembreEquipe.agent_id).where(MembreEquipe.jusqu_au.is_(None))
    assert {row.agent_id for row in history if row.fin is None} <= set(equipe.session.scalars(still))


def _waits(row) -> bool:
    return awaits_receipt(agent_id=row.agent_id, par_id=row.par_id, accusee_le=row.accusee_le)
