"""The files for which nobody answers: found for the coordinateur of their structure, the oldest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from app.accounts.models import Agent
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import MotifSortie
from app.referents import services
from app.referents.models_continuite import Absence
from app.referents.queries_absences import gaps_to_come
from app.referents.queries_continuite import Curseur, balance, count_unanswered, dossiers_unanswered
from app.referents.rules_absences import PREVOIR, days_alone
from app.referents.services import refresh_referent
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.referents.conftest import Equipe, statements
from tests.referents.test_visibility import (  # noqa: F401 - the same people
    SEE,
    World,
    world,
    write_affectations,
    write_oppositions,
)

JOUR = timedelta(days=1)


def found(equipe: Equipe, agent=None, **given) -> list[tuple[int, date]]:
    who = agent or equipe.coordinatrice
    rows = dossiers_unanswered(equipe.session, agent=who, **({"limit": 50, "today": TODAY} | given))
    return [(row.id, row.depuis) for row in rows]


def test_a_file_never_assigned_has_been_alone_since_it_was_opened(equipe: Equipe):
    alone = make_dossier(equipe.session, equipe.maison, equipe.ici, ouvert_le=date(2026, 2, 1))
    make_dossier(equipe.session, equipe.maison, equipe.ailleurs)
    equipe.follow()
    assert found(equipe) == [(alone.id, date(2026, 2, 1))]


def test_the_files_of_a_disabled_account_are_to_be_handed_over_and_say_whose_they_were(equipe: Equipe):
    equipe.nadia.desactive_le = NOW + timedelta(days=4)
    equipe.session.flush()
    (row,) = dossiers_unanswered(equipe.session, agent=equipe.coordinatrice, today=TODAY, limit=50)
    assert (row.id, row.depuis, row.nom) == (equipe.dossier.id, TODAY + timedelta(days=4), equipe.nadia.nom)
    assert row.prenom == equipe.nadia.prenom


def test_a_file_opened_again_counts_from_that_day_and_a_closed_one_not_at_all(equipe: Equipe):
    common = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    last_week = TODAY - timedelta(days=7)
    services.close(
        equipe.session, equipe.dossier, version=1, le=last_week, motif=MotifSortie.DEMENAGEMENT, etapes={}, **common
    )
    equipe.follow()
    assert found(equipe) == []
    services.reopen(equipe.session, equipe.dossier, version=2, to=None, par=equipe.coordinatrice, **common)
    equipe.follow()
    assert found(equipe) == [(equipe.dossier.id, TODAY)]


def test_pages_follow_each_other_without_a_gap_and_cost_one_statement_each(equipe: Equipe):
    days = [date(2026, 1, 1 + n // 3) for n in range(25)]
    ids = [make_dossier(equipe.session, equipe.maison, equipe.ici, ouvert_le=day).id for day in days]
    equipe.follow()
    expected = sorted(zip(ids, days, strict=True), key=lambda pair: (pair[1], pair[0]))
    pages, cursor = [], None
    with statements(equipe.session.get_bind()) as seen:
        while page := found(equipe, limit=10, after=cursor):
            pages.append(page)
            cursor = Curseur(depuis=page[-1][1], dossier_id=page[-1][0])
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [line for page in pages for line in page] == expected
    assert len(seen) == 4


def test_only_ones_own_structure_is_shown(equipe: Equipe):
    make_dossier(equipe.session, equipe.maison, equipe.ici)
    equipe.follow()
    assert len(found(equipe)) == 1
    assert found(equipe, agent=equipe.lea) == []
    equipe.session.execute(update(Dossier).values(structure_id=equipe.ailleurs.id))
    assert found(equipe) == []


# Nobody answers: random histories against the definition in plain Python.

_LEFT = st.dictionaries(st.integers(0, 5), st.tuples(st.integers(0, 8), st.one_of(st.none(), st.just((3, False)))))
_AWAY = st.dictionaries(
    st.integers(0, 8),
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(1, 9), st.one_of(st.none(), st.integers(0, 8)), st.booleans()),
        max_size=3,
    ),
    max_size=5,
)


@dataclass
class Absences:
    """Those that hold, by agent, each (from, to excluded, who covers)."""

    held: dict[int, list[tuple[date, date, Agent | None]]] = field(default_factory=dict)

    def of(self, agent: Agent, day: date) -> tuple[date, date, Agent | None] | None:
        return next((one for one in self.held.get(agent.id, []) if one[0] <= day < one[1]), None)


def _write(session, facts: World, away) -> Absences:
    session.execute(delete(Absence))
    absences = Absences()
    for who, spells in away.items():
        reached, absent = TODAY - 5 * JOUR, facts.agents[who]
        for gap, length, cover, cancelled in spells:
            depuis, jusqu_au = reached + gap * JOUR, reached + (gap + length) * JOUR
            suppleant = None if cover in (None, who) else facts.agents[cover]
            row = {"id": uuid4(), "depuis": depuis, "jusqu_au": jusqu_au, "annulee_le": NOW if cancelled else None}
            covers = {"agent_id": absent.id, "suppleant_id": suppleant and suppleant.id}
            session.execute(insert(Absence).values(**row, **covers, cree_le=NOW))
            reached = jusqu_au
            if not cancelled:
                absences.held.setdefault(absent.id, []).append((depuis, jusqu_au, suppleant))
    return absences


def nobody(facts: World, absences: Absences, dossier: Dossier, day: date) -> str | None:
    """The definition, word by word: why nobody answers for this dossier on this day."""
    agents = {agent.id: agent for agent in facts.agents}
    referent = agents.get(facts.followed.get(dossier.id))
    if referent is None:
        return "sans_referent"
    if referent.desactive_le is not None:
        return "compte_ferme"
    absence = absences.of(referent, day)
    if absence is not None:
        cover = absence[2]
        there = cover is not None and cover.desactive_le is None and any(role in cover.roles for role in SEE)
        if not there or absences.of(cover, day) or (dossier.id, cover.structure_id) in facts.opposed:
            return "absent"
    return "opposition" if (dossier.id, referent.structure_id) in facts.opposed else None


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    affectations=_LEFT,
    away=_AWAY,
    opposed=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 1), st.booleans()), max_size=4),
    closed=st.sets(st.integers(0, 5), max_size=2),
    disabled=st.sets(st.integers(0, 8), max_size=2),
)
def test_the_page_lists_those_whom_nobody_answers_for(world, affectations, away, opposed, closed, disabled):  # noqa: F811
    session, facts = world
    write_affectations(session, facts, affectations)
    write_oppositions(session, facts, opposed)
    absences = _write(session, facts, away)
    for index, agent in enumerate(facts.agents):
        agent.desactive_le = NOW if index in disabled else None
    for index, dossier in enumerate(facts.dossiers):
        day = TODAY if index in closed else None
        dossier.clos_le, dossier.motif_sortie = day, day and MotifSortie.DEMENAGEMENT
        session.get(Etat, dossier.id).clos_le = day
    session.flush()
    refresh_referent(session, [dossier.id for dossier in facts.dossiers])
    session.expire_all()
    for structure_id in {agent.structure_id for agent in facts.agents}:
        ours = [one for one in facts.dossiers if one.structure_id == structure_id and one.clos_le is None]
        _compare_today(session, facts, absences, structure_id, ours)
        _compare_to_come(session, facts, absences, structure_id, ours)


def _compare_today(session, facts, absences, structure_id, ours) -> None:
    asked = {"agent": SimpleNamespace(structure_id=structure_id), "today": TODAY}
    expected = {dossier.id: why for dossier in ours if (why := nobody(facts, absences, dossier, TODAY))}
    rows = dossiers_unanswered(session, limit=50, **asked)
    assert {row.id: row.vacance for row in rows} == expected
    assert all(row.depuis is not None for row in rows)
    bilan = balance(session, **asked)
    assert (bilan.ouverts, bilan.sans_reponse) == (len(ours), len(expected))
    assert Counter(expected.values()) == sum((Counter({one.vacance: one.dossiers}) for one in bilan.laisses), Counter())
    agents = {agent.id: agent for agent in facts.agents}
    covered = [one for one in ours if one.id not in expected and absences.of(agents[facts.followed[one.id]], TODAY)]
    assert bilan.supplees == len(covered)
    assert count_unanswered(session, **asked) == len(expected)


def _compare_to_come(session, facts, absences, structure_id, ours) -> None:
    """A day of the month to come has as many alone as the gaps say, beside those whom no absence explains."""
    who = SimpleNamespace(structure_id=structure_id)
    trous = gaps_to_come(session, agent=who, today=TODAY)
    alone = set()
    for day in (TODAY + n * JOUR for n in range(1, PREVOIR + 1)):
        absent = [one for one in ours if nobody(facts, absences, one, day) == "absent"]
        # an opposition to the référent's own structure stands whatever the day
        absent = [one for one in absent if not _opposed_referent(facts, one)]
        said = sum(trou.dossiers for trou in trous if trou.debut <= day < trou.fin)
        assert said == len(absent)
        alone |= {day} if absent else set()
    assert days_alone(trous) == len(alone)
    later = TODAY + 6 * JOUR
    there = [one for one in ours if nobody(facts, absences, one, later)]
    assert count_unanswered(session, agent=who, today=later) == len(there)


def _opposed_referent(facts: World, dossier: Dossier) -> bool:
    agents = {agent.id: agent for agent in facts.agents}
    return (dossier.id, agents[facts.followed[dossier.id]].structure_id) in facts.opposed
