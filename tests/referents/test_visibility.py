"""A dossier is visible to its référent, who covers them, who was it lately, its équipe and the coordinateur of its
structure, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import GenreEtape
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence, Opposition
from app.referents.policies import may_log
from app.referents.queries import load_visible, loggable_ids, visible_clause, visible_ids
from app.referents.queries_reponse import answering
from app.referents.rules import genres_shown
from app.referents.services import refresh_referent
from app.referents.vocabulaire import SENSIBLES, Finalite, MotifAffectation, Relation
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
    left: set[tuple[int, int]] = field(default_factory=set)
    members: set[tuple[int, int]] = field(default_factory=set)
    covers: dict[int, int | None] = field(default_factory=dict)
    opposed: set[tuple[int, int]] = field(default_factory=set)

    def expected(self, agent: Agent, dossier: Dossier) -> Relation:
        """The definition, word by word."""
        relation = Relation(0)
        if agent.desactive_le is not None or not any(role in agent.roles for role in SEE):
            return relation
        referent = self.followed.get(dossier.id)
        if referent == agent.id:
            relation |= Relation.REFERENT
        if agent.coordinateur and agent.structure_id == dossier.structure_id:
            relation |= Relation.COORDINATEUR
        if (dossier.id, agent.structure_id) in self.opposed:
            return relation
        if (dossier.id, agent.id) in self.members:
            relation |= Relation.MEMBRE
        if referent is not None and self.covers.get(referent) == agent.id:
            relation |= Relation.SUPPLEANT
        if (dossier.id, agent.id) in self.left and referent != agent.id:
            relation |= Relation.ANCIEN
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
_SPELL = st.tuples(
    st.integers(-30, 2), st.one_of(st.none(), st.integers(0, 20)), st.one_of(st.none(), st.integers(1, 40))
)
# ended so many days ago, or not; then refused or not
_ENDED = st.one_of(st.none(), st.tuples(st.sampled_from([0, 1, 29, 30, 31, 60]), st.booleans()))
_AWAY = st.tuples(st.integers(-20, 3), st.integers(1, 20), st.one_of(st.none(), _AGENT), st.booleans())


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    affectations=st.dictionaries(_INDEX, st.tuples(_AGENT, _ENDED)),
    away=st.dictionaries(_AGENT, _AWAY, max_size=4),
    opposed=st.sets(st.tuples(_INDEX, st.integers(0, 1), st.booleans()), max_size=3),
    members=st.dictionaries(st.tuples(_INDEX, _AGENT), _SPELL, max_size=12),
    closed=st.sets(_INDEX),
    disabled=st.sets(_AGENT, max_size=2),
)
def test_the_ways_to_ask_agree_with_the_definition(world, affectations, away, opposed, members, closed, disabled):
    session, facts = world
    write_affectations(session, facts, affectations)
    _write_members(session, facts, members)
    _write_absences(session, facts, away)
    write_oppositions(session, facts, opposed)
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


def write_affectations(session, facts, affectations) -> None:
    session.execute(delete(Affectation))
    facts.followed, facts.left = {}, set()
    for index, (who, ended) in affectations.items():
        dossier, agent = facts.dossiers[index], facts.agents[who]
        days, refused = ended or (None, False)
        session.execute(
            insert(Affectation).values(
                id=uuid4(),
                dossier_id=dossier.id,
                agent_id=agent.id,
                debut=NOW - timedelta(days=99),
                fin=None if ended is None else NOW - timedelta(days=days),
                refusee_le=NOW if refused else None,
                motif=MotifAffectation.SECTEUR,
            )
        )
        if ended is None:
            facts.followed[dossier.id] = agent.id
        elif days <= 30 and not refused:
            facts.left.add((dossier.id, agent.id))


def _write_members(session, facts, members) -> None:
    session.execute(delete(MembreEquipe))
    facts.members = set()
    for (index, who), (since, length, agreed) in members.items():
        dossier, agent = facts.dossiers[index], facts.agents[who]
        depuis = TODAY + timedelta(days=since)
        jusqu_au = None if length is None else max(depuis, TODAY - timedelta(days=length))
        echeance = None if agreed is None else depuis + timedelta(days=agreed)
        said = {"depuis": depuis, "jusqu_au": jusqu_au, "echeance": echeance}
        session.execute(insert(MembreEquipe).values(dossier_id=dossier.id, agent_id=agent.id, **said))
        if depuis <= TODAY and jusqu_au is None and (echeance is None or echeance > TODAY):
            facts.members.add((dossier.id, agent.id))


def _write_absences(session, facts, away) -> None:
    session.execute(delete(Absence))
    facts.covers = {}
    for who, (since, length, cover, cancelled) in away.items():
        absent, depuis = facts.agents[who], TODAY + timedelta(days=since)
        jusqu_au = depuis + timedelta(days=length)
        suppleant = None if cover in (None, who) else facts.agents[cover]
        row = {"id": uuid4(), "depuis": depuis, "jusqu_au": jusqu_au, "annulee_le": NOW if cancelled else None}
        who_covers = {"agent_id": absent.id, "suppleant_id": suppleant and suppleant.id}
        session.execute(insert(Absence).values(**row, **who_covers, cree_le=NOW))
        if depuis <= TODAY < jusqu_au and not cancelled:
            facts.covers[absent.id] = suppleant and suppleant.id


def write_oppositions(session, facts, opposed) -> None:
    session.execute(delete(Opposition))
    facts.opposed = set()
    for index, place, lifted in opposed:
        dossier, structure_id = facts.dossiers[index], facts.agents[place].structure_id
        row = {"id": uuid4(), "depuis": TODAY, "levee_le": TODAY if lifted else None, "cree_le": NOW}
        session.execute(insert(Opposition).values(dossier_id=dossier.id, structure_id=structure_id, **row))
        if not lifted:
            facts.opposed.add((dossier.id, structure_id))


def _compare(session, facts, agent) -> None:
    expected = {dossier.id: facts.expected(agent, dossier) for dossier in facts.dossiers}
    seen = {number for number, relation in expected.items() if relation}
    by_clause = select(Dossier.id).join(Etat, Etat.dossier_id == Dossier.id).where(visible_clause(agent, TODAY))
    assert set(session.scalars(by_clause)) == seen
    assert sorted(session.scalars(visible_ids(agent, TODAY))) == sorted(seen)
    writable = {number for number, relation in expected.items() if may_log(relation)}
    assert sorted(session.scalars(loggable_ids(agent, TODAY))) == sorted(writable)
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


def test_a_partner_sees_the_kinds_that_their_purpose_needs(equipe: Equipe):
    """Somebody of the structure sees all; a partner their purpose, and what was ticked among the sensitive kinds."""
    purpose = {"finalite": Finalite.SCOLARITE, "sensibles": (GenreEtape.LOGEMENT,)}
    for agent in (equipe.omar, equipe.lea):
        equipe.session.add(MembreEquipe(dossier_id=equipe.dossier.id, agent_id=agent.id, depuis=TODAY, **purpose))
    equipe.session.flush()
    inside, partner = (
        load_visible(equipe.session, equipe.dossier.code, agent=agent, today=TODAY)
        for agent in (equipe.omar, equipe.lea)
    )
    assert inside.genres is None
    assert partner.genres == genres_shown(**purpose)
    assert partner.shows(GenreEtape.LOGEMENT)
    assert not partner.shows(GenreEtape.ACCES_SOINS)


@pytest.mark.parametrize("finalite", list(Finalite))
def test_what_is_sensitive_is_never_shown_without_a_tick(finalite: Finalite):
    assert not genres_shown(finalite, ()) & set(SENSIBLES)
    assert genres_shown(finalite, SENSIBLES) >= set(SENSIBLES)
    # a tick opens nothing else
    assert genres_shown(finalite, [GenreEtape.EMPLOI]) == genres_shown(finalite, ())


def test_two_absences_of_one_agent_never_share_a_day(equipe: Equipe):
    def away(since: int, until: int, **given) -> None:
        with equipe.session.begin_nested():
            days = {"depuis": TODAY + timedelta(days=since), "jusqu_au": TODAY + timedelta(days=until)}
            equipe.session.add(Absence(id=uuid4(), agent_id=equipe.nadia.id, cree_le=NOW, **days, **given))

    away(0, 10)
    away(10, 12)
    away(3, 4, annulee_le=NOW)
    for since, until in ((9, 11), (-5, 1), (3, 4)):
        with pytest.raises(IntegrityError, match="absence_chevauchante"):
            away(since, until)


def test_those_who_answer_come_once_each_in_their_order(equipe: Equipe):
    absence = {"id": uuid4(), "agent_id": equipe.nadia.id, "suppleant_id": equipe.coordinatrice.id, "cree_le": NOW}
    equipe.session.add(Absence(depuis=TODAY, jusqu_au=TODAY + timedelta(days=1), **absence))
    equipe.session.flush()
    found = answering(equipe.session, equipe.dossier, today=TODAY)
    assert [(one.agent_id, one.relation) for one in found] == [
        (equipe.nadia.id, Relation.REFERENT),
        (equipe.coordinatrice.id, Relation.SUPPLEANT),
    ]
    equipe.nadia.desactive_le = NOW
    equipe.session.flush()
    tomorrow = answering(equipe.session, equipe.dossier, today=TODAY + timedelta(days=1))
    assert [one.relation for one in tomorrow] == [Relation.COORDINATEUR]
