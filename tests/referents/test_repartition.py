"""A caseload is spread in one act, all or none, and taken back in another: on both engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Agent
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import MotifSortie
from app.referents import services, services_passation
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence, Opposition
from app.referents.models_repartition import LigneRepartition, Repartition
from app.referents.queries import load_visible, open_affectation
from app.referents.queries_passation import count_to_acknowledge
from app.referents.queries_repartition import (
    RepereRepartition,
    caseloads,
    dossiers_of_caseload,
    fates,
    lines_of,
    receivers,
    recent_repartitions,
    teams_among,
)
from app.referents.rules_repartition import REPRISE
from app.referents.services_repartition import Part, spread, take_back
from app.referents.vocabulaire import MotifAffectation, Relation, SuiteRepartition
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe, statements

LATER = NOW + timedelta(hours=2)
RENDU, SANS, RESTE = SuiteRepartition.RENDU, SuiteRepartition.SANS_REFERENT, SuiteRepartition.RESTE


@pytest.fixture
def karim(equipe: Equipe) -> Agent:
    """A second receiver, beside omar."""
    agent = make_agent(equipe.session, equipe.ici)
    equipe.follow()
    return agent


def caseload(equipe: Equipe, count: int, referent: Agent | None) -> list[Dossier]:
    made = [make_dossier(equipe.session, equipe.maison, equipe.ici, referent=referent) for _ in range(count)]
    equipe.follow()
    return made


def parts(dossiers: Sequence[Dossier], *to: Agent) -> list[Part]:
    """In turn to each."""
    return [Part(one.id, to[rank % len(to)].id, uuid4(), b"sealed") for rank, one in enumerate(dossiers)]


def give(equipe: Equipe, given: Sequence[Part], *, de: Agent | None, now: datetime = LATER, **more: Any) -> Repartition:
    chef = equipe.coordinatrice
    said = {"repartition_id": uuid4(), "structure_id": equipe.ici.id, "motif": MotifAffectation.DEPART_AGENT} | more
    who = {"par": chef, "acteur": equipe.acteur(chef), "now": now, "today": TODAY}
    made = spread(equipe.session, given, de_id=de and de.id, **said, **who)
    equipe.follow()
    return made


def undo(equipe: Equipe, made: Repartition, *, now: datetime = LATER + timedelta(hours=1), today=TODAY):
    chef = equipe.coordinatrice
    found = take_back(equipe.session, made, par=chef, acteur=equipe.acteur(chef), now=now, today=today)
    equipe.follow()
    return found


def holders(equipe: Equipe, dossiers: Sequence[Dossier]) -> list[int | None]:
    """Who answers for each, the state row and the affectation agreeing."""
    found = []
    for one in dossiers:
        current = open_affectation(equipe.session, one.id)
        state = equipe.session.get(Etat, one.id, populate_existing=True).referent_id
        assert state == (current and current.agent_id)
        found.append(state)
    return found


def team(equipe: Equipe, dossier: Dossier) -> list[tuple]:
    columns = (MembreEquipe.agent_id, MembreEquipe.depuis, MembreEquipe.jusqu_au, MembreEquipe.finalite)
    rows = select(*columns).where(MembreEquipe.dossier_id == dossier.id).order_by(*columns[:2])
    return [tuple(row) for row in equipe.session.execute(rows)]


def journal(equipe: Equipe) -> list[tuple]:
    """What the coordinatrice did."""
    columns = (EntreeJournal.action, EntreeJournal.nombre, EntreeJournal.precision)
    hers = select(*columns).where(EntreeJournal.agent_id == equipe.coordinatrice.id)
    return [tuple(row) for row in equipe.session.execute(hers.order_by(EntreeJournal.numero))]


def refusal(equipe: Equipe, act: Callable[[], object]) -> DomainError:
    """The error of an act that wrote nothing."""
    before = journal(equipe), equipe.session.scalar(select(func.count()).select_from(Affectation))
    with pytest.raises(DomainError) as refused:
        act()
    assert not equipe.session.new
    assert not equipe.session.dirty
    assert (journal(equipe), equipe.session.scalar(select(func.count()).select_from(Affectation))) == before
    assert not equipe.session.scalars(select(Repartition)).all()
    return refused.value


def test_each_dossier_goes_to_whom_it_was_given_and_the_journal_says_each_and_the_whole(equipe: Equipe, karim):
    dossiers = [equipe.dossier, *caseload(equipe, 4, equipe.nadia)]
    before = len(journal(equipe))
    given = parts(dossiers, equipe.omar, karim)
    made = give(equipe, given, de=equipe.nadia)
    assert holders(equipe, dossiers) == [part.to_id for part in given]
    rows = {row.dossier_id: row for row in equipe.session.scalars(select(Affectation).where(Affectation.fin.is_(None)))}
    for part in given:
        row = rows[part.dossier_id]
        assert (row.id, row.motif, row.par_id) == (part.affectation_id, made.motif, equipe.coordinatrice.id)
        (former,) = equipe.session.scalars(
            select(Affectation).where(Affectation.dossier_id == part.dossier_id, Affectation.fin == row.debut)
        )
        assert former.agent_id == equipe.nadia.id
        line = equipe.session.get(LigneRepartition, (made.id, part.dossier_id))
        assert (line.affectation_id, line.precedente_id, line.etait_membre) == (row.id, former.id, False)
    assert journal(equipe)[before:] == [
        *[(Action.PASSATION, None, "depart_agent")] * 5,
        (Action.REPARTITION, 5, None),
    ]
    # each receiver has a receipt to give; the one who left is in no équipe, and reads on for some days
    assert equipe.session.scalar(count_to_acknowledge(), {"agent_id": karim.id}) == 2
    seen = load_visible(equipe.session, equipe.dossier.code, agent=equipe.nadia, today=TODAY)
    assert seen.relation is Relation.ANCIEN
    assert (karim.id, TODAY, None) in [row[:3] for row in team(equipe, dossiers[1])]


def test_dossiers_of_nobody_are_spread_too_and_the_first_referent_is_said_to_be_one(equipe: Equipe, karim):
    fresh, left = caseload(equipe, 2, None)
    services.assign(
        equipe.session, left, to=equipe.nadia, par=None, acteur=equipe.acteur(equipe.nadia),
        motif=MotifAffectation.PREMIERE_AFFECTATION, now=NOW, today=TODAY,
    )  # fmt: skip
    services.end_affectation(equipe.session, left, le=TODAY, acteur=equipe.acteur(equipe.nadia), now=NOW)
    equipe.follow()
    made = give(equipe, parts([fresh, left], karim), de=None, motif=MotifAffectation.CHARGE)
    assert holders(equipe, [fresh, left]) == [karim.id] * 2
    assert [open_affectation(equipe.session, one.id).motif for one in (fresh, left)] == [
        MotifAffectation.PREMIERE_AFFECTATION,
        MotifAffectation.CHARGE,
    ]
    assert undo(equipe, made) == {fresh.id: SANS, left.id: SANS}
    assert holders(equipe, [fresh, left]) == [None, None]


def test_the_same_deposit_is_done_once_and_other_receivers_are_another_matter(equipe: Equipe, karim):
    dossiers, key = caseload(equipe, 3, equipe.nadia), uuid4()
    given = parts(dossiers, equipe.omar, karim)
    made = give(equipe, given, de=equipe.nadia, repartition_id=key)
    wrote = len(journal(equipe))
    assert give(equipe, given, de=equipe.nadia, repartition_id=key) is made
    assert len(journal(equipe)) == wrote
    with pytest.raises(DepotConflict):
        give(equipe, parts(dossiers, karim), de=equipe.nadia, repartition_id=key)
    assert holders(equipe, dossiers) == [equipe.omar.id, karim.id, equipe.omar.id]


def _close(equipe: Equipe, dossier: Dossier) -> None:
    services.close(
        equipe.session, dossier, version=dossier.version, le=TODAY, motif=MotifSortie.DEMENAGEMENT, etapes={},
        acteur=equipe.acteur(equipe.nadia), now=NOW + timedelta(hours=1), today=TODAY,
    )  # fmt: skip


def test_one_that_changed_meanwhile_stops_the_whole_and_is_named(equipe: Equipe, karim):
    dossiers = [equipe.dossier, *caseload(equipe, 3, equipe.nadia)]
    given = parts(dossiers, karim)
    equipe.hand_over(equipe.omar, now=NOW + timedelta(hours=1), today=TODAY)
    _close(equipe, dossiers[2])
    equipe.follow()
    error = refusal(equipe, lambda: give(equipe, given, de=equipe.nadia))
    assert (error.code, error.facts["ids"]) == ("dossiers_changes", [dossiers[0].id, dossiers[2].id])
    assert holders(equipe, dossiers) == [equipe.omar.id, equipe.nadia.id, None, equipe.nadia.id]


def test_the_dossiers_of_another_structure_are_not_ours_to_spread(equipe: Equipe, karim):
    theirs = make_dossier(equipe.session, equipe.maison, equipe.ailleurs)
    equipe.follow()
    error = refusal(equipe, lambda: give(equipe, parts([theirs], karim), de=None))
    assert error.code == "dossiers_changes"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("oneself", "meme_agent"),
        ("disabled", "agent_desactive"),
        ("no role", "agent_sans_role"),
        ("elsewhere", "agent_ailleurs"),
        ("away", "agent_absent"),
        ("opposed", "structure_opposee"),
        ("nobody", "agent_ailleurs"),
    ],
)
def test_who_may_not_receive_is_refused_for_that_dossier_and_nothing_is_written(equipe: Equipe, karim, who, code):
    fine, other = [equipe.dossier, *caseload(equipe, 1, equipe.nadia)]
    to = {"oneself": equipe.nadia, "elsewhere": equipe.lea, "no role": equipe.coordinatrice}.get(who, equipe.omar)
    _make_unable(equipe, who, other)
    wrong = Part(other.id, 10**9 if who == "nobody" else to.id, uuid4())
    error = refusal(equipe, lambda: give(equipe, [*parts([fine], karim), wrong], de=equipe.nadia))
    assert error.code == "lignes_refusees"
    assert {one: refused.code for one, refused in error.facts["refus"].items()} == {other.id: code}
    assert holders(equipe, [fine, other]) == [equipe.nadia.id] * 2


def _make_unable(equipe: Equipe, who: str, dossier: Dossier) -> None:
    if who == "disabled":
        equipe.omar.desactive_le = NOW
    elif who == "away":
        days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=3), "cree_le": NOW}
        equipe.session.add(Absence(id=uuid4(), agent_id=equipe.omar.id, **days))
    elif who == "opposed":
        # both dossiers are of the same structure: only this young person does not want it
        row = {"dossier_id": dossier.id, "structure_id": equipe.ici.id, "depuis": TODAY, "cree_le": NOW}
        equipe.session.add(Opposition(id=uuid4(), **row))
    equipe.session.flush()
    equipe.follow()


def test_nothing_chosen_is_nothing_to_do(equipe: Equipe):
    assert refusal(equipe, lambda: give(equipe, [], de=equipe.nadia)).code == "rien_a_repartir"


def test_taking_it_all_back_leaves_everything_as_it_was(equipe: Equipe, karim):
    """Who answers, the équipe to the row, what was acknowledged; and the one who had received reads no more."""
    dossiers = [equipe.dossier, *caseload(equipe, 2, equipe.nadia)]
    who = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    services.join_team(equipe.session, dossiers[1], agent=karim, **who)
    services.hand_over(
        equipe.session, dossiers[2], to=equipe.omar, par=equipe.nadia, motif=MotifAffectation.CHARGE, note=None,
        affectation_id=uuid4(), remplace=open_affectation(equipe.session, dossiers[2].id).id, **who,
    )  # fmt: skip
    services.hand_over(
        equipe.session, dossiers[2], to=equipe.nadia, par=equipe.omar, motif=MotifAffectation.CHARGE, note=None,
        affectation_id=uuid4(), remplace=open_affectation(equipe.session, dossiers[2].id).id,
        **(who | {"now": NOW + timedelta(minutes=1)}),
    )  # fmt: skip
    equipe.follow()
    before = [team(equipe, one) for one in dossiers]
    waits = equipe.session.scalar(count_to_acknowledge(), {"agent_id": equipe.nadia.id})
    made = give(equipe, parts(dossiers, karim), de=equipe.nadia)
    # overnight
    later, day = LATER + timedelta(hours=22), TODAY + timedelta(days=1)
    assert undo(equipe, made, now=later, today=day) == dict.fromkeys((one.id for one in dossiers), RENDU)
    assert holders(equipe, dossiers) == [equipe.nadia.id] * 3
    for one, rows in zip(dossiers, before, strict=True):
        mine = [row for row in team(equipe, one) if row in rows]
        assert mine == rows
    # she had one receipt to give, and has no other
    assert equipe.session.scalar(count_to_acknowledge(), {"agent_id": equipe.nadia.id}) == waits == 1
    seen = [load_visible(equipe.session, one.code, agent=karim, today=day) for one in dossiers]
    assert [one and one.relation for one in seen] == [None, Relation.MEMBRE, None]
    assert (made.annulee_le, made.annulee_par) == (later, equipe.coordinatrice.id)
    assert journal(equipe)[-4:] == [*[(Action.PASSATION, None, "retour")] * 3, (Action.REPARTITION_ANNULEE, 3, None)]


def test_what_somebody_took_note_of_or_passed_on_stays_and_is_listed(equipe: Equipe, karim):
    dossiers = caseload(equipe, 4, equipe.nadia)
    given = parts(dossiers, karim)
    made = give(equipe, given, de=equipe.nadia)
    who = {"acteur": equipe.acteur(karim), "now": LATER}
    services_passation.acknowledge(
        equipe.session, dossiers[0], affectation_id=given[0].affectation_id, agent=karim, **who
    )
    services.hand_over(
        equipe.session, dossiers[1], to=equipe.omar, par=karim, motif=MotifAffectation.CHARGE, note=None,
        affectation_id=uuid4(), remplace=given[1].affectation_id, today=TODAY, **who,
    )  # fmt: skip
    _close(equipe, dossiers[2])
    equipe.follow()
    expected = {one.id: RESTE for one in dossiers[:3]} | {dossiers[3].id: RENDU}
    assert fates(equipe.session, made, lines_of(equipe.session, made)) == expected
    assert undo(equipe, made) == expected
    assert holders(equipe, dossiers) == [karim.id, equipe.omar.id, None, equipe.nadia.id]
    lines = {line.id: line.LigneRepartition.suite for line in lines_of(equipe.session, made)}
    assert lines == expected


@pytest.mark.parametrize("why", ["disabled", "no role", "opposed"])
def test_who_may_not_take_it_back_leaves_it_to_the_coordination(equipe: Equipe, karim, why):
    dossiers = caseload(equipe, 2, equipe.nadia)
    made = give(equipe, parts(dossiers, karim), de=equipe.nadia)
    if why == "opposed":
        for one in dossiers:
            _make_unable(equipe, "opposed", one)
    elif why == "disabled":
        equipe.nadia.desactive_le = LATER
    else:
        equipe.nadia.referent = False
    equipe.session.flush()
    assert set(undo(equipe, made).values()) == {SANS}
    assert holders(equipe, dossiers) == [None, None]
    assert journal(equipe)[-3:] == [*[(Action.AFFECTATION, None, "fin")] * 2, (Action.REPARTITION_ANNULEE, 2, None)]
    assert not load_visible(equipe.session, dossiers[0].code, agent=karim, today=TODAY)


def test_it_is_taken_back_once_in_time_and_when_something_is_left_to_take(equipe: Equipe, karim):
    dossiers = caseload(equipe, 1, equipe.nadia)
    given = parts(dossiers, karim)
    made = give(equipe, given, de=equipe.nadia)
    for late, code in ((REPRISE, "trop_tard"),):
        with pytest.raises(DomainError, match=code):
            undo(equipe, made, now=LATER + late, today=TODAY + timedelta(days=1))
    undo(equipe, made)
    with pytest.raises(DomainError, match="deja_annulee"):
        undo(equipe, made)
    again = give(equipe, parts(dossiers, karim), de=equipe.nadia, now=LATER + timedelta(hours=2))
    services_passation.acknowledge(
        equipe.session, dossiers[0], affectation_id=open_affectation(equipe.session, dossiers[0].id).id, agent=karim,
        acteur=equipe.acteur(karim), now=LATER + timedelta(hours=3),
    )  # fmt: skip
    with pytest.raises(DomainError, match="rien_a_reprendre"):
        undo(equipe, again, now=LATER + timedelta(hours=4))
    assert holders(equipe, dossiers) == [karim.id]


@pytest.mark.parametrize("count", [20, 100])
def test_spreading_and_taking_back_cost_no_more_for_a_hundred_than_for_twenty(equipe: Equipe, karim, count):
    """Nothing is asked dossier by dossier, neither by the acts nor by what follows them before the commit."""
    dossiers = caseload(equipe, count, equipe.nadia)
    given, chef, engine = parts(dossiers, equipe.omar, karim), equipe.coordinatrice, equipe.session.get_bind()
    who = {"par": chef, "acteur": equipe.acteur(chef), "today": TODAY}
    said = {"repartition_id": uuid4(), "structure_id": equipe.ici.id, "de_id": equipe.nadia.id}
    with statements(engine) as seen:
        made = spread(equipe.session, given, motif=MotifAffectation.CHARGE, now=LATER, **said, **who)
    assert len(seen) <= 24, len(seen)
    with statements(engine) as seen:
        equipe.follow()
    assert len(seen) <= 14, len(seen)
    with statements(engine) as seen:
        take_back(equipe.session, made, now=LATER + timedelta(hours=1), **who)
    assert len(seen) <= 26, len(seen)
    equipe.follow()
    assert holders(equipe, dossiers[:3]) == [equipe.nadia.id] * 3


def test_lists_say_whose_dossiers_and_who_may_take_them(equipe: Equipe, karim):
    fresh = caseload(equipe, 2, None)
    mine = dossiers_of_caseload(equipe.session, structure_id=equipe.ici.id, de_id=equipe.nadia.id, limit=9)
    assert [(row.code, bool(row.opposee), row.total) for row in mine] == [(equipe.dossier.code, False, 1)]
    nobody = dossiers_of_caseload(equipe.session, structure_id=equipe.ici.id, de_id=None, limit=1)
    assert [(row.id, row.total) for row in nobody] == [(fresh[0].id, 2)]
    found = [(row.agent_id, row.dossiers) for row in caseloads(equipe.session, equipe.ici.id)]
    assert found == [(None, 2), (equipe.nadia.id, 1)]
    team_row = {"agent": karim, "acteur": equipe.acteur(karim), "now": NOW, "today": TODAY}
    services.join_team(equipe.session, fresh[0], **team_row)
    known = teams_among(equipe.session, [one.id for one in fresh], [karim.id], today=TODAY)
    assert known == {fresh[0].id: frozenset({karim.id})}


def test_who_is_away_may_receive_when_somebody_who_is_there_covers_them(equipe: Equipe, karim):
    days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=3), "cree_le": NOW}
    equipe.session.add(Absence(id=uuid4(), agent_id=equipe.omar.id, suppleant_id=karim.id, **days))
    equipe.session.flush()

    def alone() -> dict[int, bool]:
        rows = receivers(equipe.session, structure_id=equipe.ici.id, sauf=equipe.nadia.id, today=TODAY)
        return {row.id: bool(row.seul) for row in rows}

    assert alone() == {equipe.omar.id: False, karim.id: False}
    equipe.session.add(Absence(id=uuid4(), agent_id=karim.id, **days))
    equipe.session.flush()
    assert alone() == {equipe.omar.id: True, karim.id: True}


def test_the_last_ones_of_a_structure_come_first_page_by_page(equipe: Equipe, karim):
    made = [
        give(equipe, parts([one], karim), de=equipe.nadia, now=LATER + timedelta(minutes=rank))
        for rank, one in enumerate(caseload(equipe, 3, equipe.nadia))
    ]
    rows = recent_repartitions(equipe.session, equipe.ici.id, limit=2)
    assert [row.Repartition.id for row in rows] == [made[2].id, made[1].id]
    assert (rows[0].de, rows[0].dossiers, rows[0].agents) == (equipe.nadia.nom_complet, 1, 1)
    after = RepereRepartition(made[1].cree_le, made[1].id)
    rest = recent_repartitions(equipe.session, equipe.ici.id, limit=2, after=after)
    assert [row.Repartition.id for row in rest] == [made[0].id]
    assert not recent_repartitions(equipe.session, equipe.ailleurs.id, limit=2)


def _row(equipe: Equipe, **more: Any) -> Repartition:
    said = {"structure_id": equipe.ici.id, "par_id": equipe.coordinatrice.id, "cree_le": NOW}
    return Repartition(id=uuid4(), motif=MotifAffectation.CHARGE, **(said | more))


@pytest.mark.parametrize("wrong", ["unsigned", "before", "one affectation", "twice"])
def test_the_database_refuses_what_must_never_be(equipe: Equipe, karim, wrong):
    current, made = equipe.affectation, _row(equipe)
    equipe.session.add(made)
    equipe.session.flush()

    def line(repartition_id: UUID, dossier_id: int, affectation_id: UUID, **more: Any) -> LigneRepartition:
        keys = {"repartition_id": repartition_id, "dossier_id": dossier_id, "affectation_id": affectation_id}
        return LigneRepartition(etait_membre=False, **keys, **more)

    rows = {
        "unsigned": lambda: [_row(equipe, annulee_le=LATER)],
        "before": lambda: [_row(equipe, annulee_le=NOW - timedelta(1), annulee_par=karim.id)],
        "one affectation": lambda: [line(made.id, equipe.dossier.id, current.id, precedente_id=current.id)],
        "twice": lambda: [
            line(made.id, equipe.dossier.id, current.id),
            line(made.id, caseload(equipe, 1, None)[0].id, current.id),
        ],
    }[wrong]()
    with pytest.raises(IntegrityError), equipe.session.begin_nested():
        equipe.session.add_all(rows)
