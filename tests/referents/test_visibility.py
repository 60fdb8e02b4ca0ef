"""A dossier is visible to its référent, its équipe and the coordinateur of its structure, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.parcours.models import Dossier, Etat
from app.referents.models import Affectation, MembreEquipe
from app.referents.queries import load_visible, visible_clause, visible_ids
from app.referents.services import refresh_referent
from app.referents.vocabulaire import MotifAffectation, Relation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.referents.conftest import Equipe, statements

SEE = (Role.INTERVENANT, Role.REFERENT, Role.COORDINATEUR)
OFFICES = [
    (),
    (Role.RESPONSABLE,),
    (Role.DPO,),
    (Role.ADMINISTRATEUR,),
    (Role.INTERVENANT,),
    (Role.REFERENT,),
    (Role.COORDINATEUR,),
    (Role.REFERENT, Role.COORDINATEUR),
    (Role.ADMINISTRATEUR, Role.INTERVENANT),
]


@dataclass
class World:
    """Six files and nine agents in two structures; `facts` are what was written about them."""

    agents: list[Agent]
    dossiers: list[Dossier]
    followed: dict[int, int] = field(default_factory=dict)
    members: set[tuple[int, int]] = field(default_factory=set)

    def expected(self, agent: Agent, dossier: Dossier) -> Relation:
        """The definition, word by word."""
        relation = Relation(0)
        if agent.desactive_le is not None or not any(role in agent.roles for role in SEE):
            return relation
        if self.followed.get(dossier.id) == agent.id:
            relation |= Relation.REFERENT
        if (dossier.id, agent.id) in self.members:
            relation |= Relation.MEMBRE
        if agent.coordinateur and agent.structure_id == dossier.structure_id:
            relation |= Relation.COORDINATEUR
        return relation


@pytest.fixture
def world(maison):
    with maison.database.open_write() as session:
        structures = [make_structure(session), make_structure(session)]
        agents = [make_agent(session, structures[n % 2], *roles) for n, roles in enumerate(OFFICES) if roles]
        agents.append(make_agent(session, structures[0]))
        agents[-1].referent = False
        dossiers = [make_dossier(session, maison, structures[n % 2]) for n in range(6)]
        maison.database.commit(session)
        yield session, World(agents, dossiers)


_INDEX = st.integers(0, 5)
_AGENT = st.integers(0, 8)
_SPELL = st.tuples(st.integers(-30, 2), st.one_of(st.none(), st.integers(0, 20)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    affectations=st.dictionaries(_INDEX, st.tuples(_AGENT, st.booleans())),
    members=st.dictionaries(st.tuples(_INDEX, _AGENT), _SPELL, max_size=12),
    closed=st.sets(_INDEX),
    disabled=st.sets(_AGENT, max_size=2),
)
def test_the_ways_to_ask_agree_with_the_definition(world, affectations, members, closed, disabled):
    session, facts = world
    facts.followed, facts.members = {}, set()
    _write_affectations(session, facts, affectations)
    _write_members(session, facts, members)
    for index, agent in enumerate(facts.agents):
        agent.desactive_le = NOW if index in disabled else None
    for index, dossier in enumerate(facts.dossiers):
        state = session.get(Etat, dossier.id)
        state.clos_le = TODAY if index in closed else None
    session.flush()
    refresh_referent(session, [dossier.id for dossier in facts.dossiers])
    session.expire_all()
    for agent in facts.agents:
        _compare(session, facts, agent)


def _write_affectations(session, facts, affectations) -> None:
    session.execute(delete(Affectation))
    for index, (who, still) in affectations.items():
        dossier, agent = facts.dossiers[index], facts.agents[who]
        session.execute(
            insert(Affectation).values(
                id=uuid4(),
                dossier_id=dossier.id,
                agent_id=agent.id,
                debut=NOW - timedelta(days=9),
                fin=None if still else NOW,
                motif=MotifAffectation.SECTEUR,
            )
        )
        if still:
            facts.followed[dossier.id] = agent.id


def _write_members(session, facts, members) -> None:
    session.execute(delete(MembreEquipe))
    for (index, who), (since, length) in members.items():
        dossier, agent = facts.dossiers[index], facts.agents[who]
        depuis = TODAY + timedelta(days=since)
        jusqu_au = None if length is None else max(depuis, TODAY - timedelta(days=length))
        session.execute(
            insert(MembreEquipe).values(dossier_id=dossier.id, agent_id=agent.id, depuis=depuis, jusqu_au=jusqu_au)
        )
        if depuis <= TODAY and jusqu_au is None:
            facts.members.add((dossier.id, agent.id))


def _compare(session, facts, agent) -> None:
    expected = {dossier.id: facts.expected(agent, dossier) for dossier in facts.dossiers}
    seen = {number for number, relation in expected.items() if relation}
    by_clause = select(Dossier.id).join(Etat, Etat.dossier_id == Dossier.id).where(visible_clause(agent, TODAY))
    assert set(session.scalars(by_clause)) == seen
    assert sorted(session.scalars(visible_ids(agent, TODAY))) == sorted(seen)
    for dossier in facts.dossiers:
        found = load_visible(session, dossier.code, agent=agent, today=TODAY)
        assert (found.relation if found else Relation(0)) == expected[dossier.id]


def test_somebody_elses_dossier_does_not_exist(equipe: Equipe):
    for stranger in (equipe.omar, equipe.lea):
        assert load_visible(equipe.session, equipe.dossier.code, agent=stranger, today=TODAY) is None
    assert load_visible(equipe.session, "ZZZ-ZZZ", agent=equipe.nadia, today=TODAY) is None


def test_a_dossier_is_reached_in_one_statement(equipe: Equipe):
    code = equipe.dossier.code
    equipe.session.commit()
    engine = equipe.maison.database.engines.read
    for agent, there in ((equipe.nadia, True), (equipe.coordinatrice, True), (equipe.lea, False)):
        with equipe.maison.database.reading() as session, statements(engine) as seen:
            found = load_visible(session, code, agent=agent, today=TODAY)
            assert (found is not None) is there
            if found:
                # all that a page reads of them is there
                assert (found.dossier.code, found.etat.dossier_id) == (code, found.dossier.id)
        assert len(seen) == 1


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_an_agent_sees_is_found_without_reading_everybody(equipe: Equipe):
    """Each branch through an index: what a list costs is what one may see, not the size of the town."""
    for agent in (equipe.nadia, equipe.coordinatrice):
        compiled = visible_ids(agent, TODAY).compile(equipe.session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = equipe.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
        assert not [line for *_, line in plan if line.startswith("SCAN") and "subquery" not in line.lower()], plan
