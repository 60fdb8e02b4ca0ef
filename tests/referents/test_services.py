"""Assigning, handing over, closing, reopening: what stands afterwards, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours.models import Etat
from app.parcours.vocabulaire import MotifSortie
from app.referents import services
from app.referents.models import Affectation, MembreEquipe
from app.referents.queries import (
    affectations_of,
    handed_over_already,
    load_visible,
    open_affectation,
)
from app.referents.queries_equipe import members_of
from app.referents.queries_receveurs import possible_referents
from app.referents.rules import LECTURE_ANCIEN, closing_instant, handover_instant
from app.referents.vocabulaire import MotifAffectation, Relation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe

LATER = NOW + timedelta(days=1)
LATER_DAY = TODAY + timedelta(days=1)


def relation(equipe: Equipe, agent, today: date = LATER_DAY) -> Relation | None:
    found = load_visible(equipe.session, equipe.dossier.code, agent=agent, today=today)
    return found and found.relation


def test_a_handover_takes_effect_at_once_and_keeps_the_history(equipe: Equipe):
    first = equipe.affectation
    second = equipe.hand_over(equipe.omar, note=b"sealed", motif=MotifAffectation.SECTEUR)
    equipe.follow()
    history = affectations_of(equipe.session, equipe.dossier.id)
    assert [(row.id, row.agent_id, row.debut, row.fin) for row in history] == [
        (second.id, equipe.omar.id, LATER, None),
        (first.id, equipe.nadia.id, NOW, LATER),
    ]
    assert (history[0].note, history[0].motif, history[0].par_nom) == (
        b"sealed",
        MotifAffectation.SECTEUR,
        equipe.nadia.nom,
    )
    assert equipe.session.get(Etat, equipe.dossier.id, populate_existing=True).referent_id == equipe.omar.id
    assert relation(equipe, equipe.omar) == Relation.REFERENT | Relation.MEMBRE


def test_the_former_referent_leaves_the_team_and_only_reads_for_thirty_days(equipe: Equipe):
    equipe.hand_over(equipe.omar)
    equipe.follow()
    assert relation(equipe, equipe.nadia) == Relation.ANCIEN
    assert relation(equipe, equipe.nadia, today=LATER_DAY + timedelta(days=LECTURE_ANCIEN)) == Relation.ANCIEN
    assert relation(equipe, equipe.nadia, today=LATER_DAY + timedelta(days=LECTURE_ANCIEN + 1)) is None
    assert [row.agent_id for row in members_of(equipe.session, equipe.dossier.id, today=LATER_DAY)] == [equipe.omar.id]


def test_a_dossier_comes_back_to_who_left_it_the_same_day(equipe: Equipe):
    equipe.hand_over(equipe.omar)
    equipe.follow()
    equipe.hand_over(equipe.nadia, par=equipe.omar, now=LATER + timedelta(hours=1))
    equipe.follow()
    equipe.hand_over(equipe.omar, now=LATER + timedelta(hours=2))
    equipe.follow()
    assert relation(equipe, equipe.omar) == Relation.REFERENT | Relation.MEMBRE
    assert relation(equipe, equipe.nadia) == Relation.ANCIEN


def test_another_structure_may_answer_for_a_dossier_that_stays_where_it_is(equipe: Equipe):
    equipe.hand_over(equipe.lea)
    equipe.follow()
    assert equipe.dossier.structure_id == equipe.ici.id
    assert relation(equipe, equipe.lea) == Relation.REFERENT | Relation.MEMBRE
    assert relation(equipe, equipe.coordinatrice) == Relation.COORDINATEUR


def test_two_handovers_in_the_same_instant_leave_no_gap(equipe: Equipe):
    equipe.hand_over(equipe.omar, now=NOW)
    equipe.hand_over(equipe.lea, par=equipe.omar, now=NOW)
    lea, omar, nadia = affectations_of(equipe.session, equipe.dossier.id)
    assert (nadia.fin, omar.fin, lea.fin) == (omar.debut, lea.debut, None)
    assert nadia.debut < nadia.fin < omar.fin


def test_who_cannot_answer_for_a_dossier_is_refused_by_name(equipe: Equipe):
    gone = make_agent(equipe.session, equipe.ici)
    gone.desactive_le = NOW
    intervenante = make_agent(equipe.session, equipe.ici, Role.INTERVENANT)
    for to, code in ((equipe.nadia, "meme_agent"), (gone, "agent_desactive"), (intervenante, "agent_sans_role")):
        with pytest.raises(DomainError) as refusal:
            equipe.hand_over(to)
        assert (refusal.value.code, refusal.value.field) == (code, "agent")
    assert equipe.affectation.agent_id == equipe.nadia.id


def test_a_handover_of_what_is_no_longer_on_the_form_says_who_answers_now(equipe: Equipe):
    seen = equipe.affectation.id
    equipe.hand_over(equipe.omar)
    with pytest.raises(StaleVersion) as refusal:
        equipe.hand_over(equipe.lea, remplace=seen)
    assert refusal.value.current.agent_id == equipe.omar.id


def test_the_same_deposit_gives_the_same_row_and_other_words_are_not_lost(equipe: Equipe):
    deposit, remplace = uuid4(), equipe.affectation.id
    words = {"affectation_id": deposit, "remplace": remplace, "note": b"one"}
    first = equipe.hand_over(equipe.omar, **words)
    assert equipe.hand_over(equipe.omar, **words).id == first.id
    resealed = words | {"note": b"sealed again", "same_note": lambda stored: stored == b"one"}
    assert equipe.hand_over(equipe.omar, **resealed).id == first.id
    for other in ({"note": b"two"}, {"motif": MotifAffectation.SECTEUR}):
        with pytest.raises(DepotConflict) as conflict:
            equipe.hand_over(equipe.omar, **(words | other))
        assert conflict.value.existing.id == deposit
    assert equipe.session.scalar(select(func.count()).select_from(Affectation)) == 2


def test_only_its_author_learns_that_a_handover_was_made(equipe: Equipe):
    made = equipe.hand_over(equipe.omar)
    asked = {"affectation_id": made.id}
    code = equipe.dossier.code
    assert handed_over_already(equipe.session, code, agent=equipe.nadia, **asked)
    assert not handed_over_already(equipe.session, code, agent=equipe.omar, **asked)
    assert not handed_over_already(equipe.session, "ZZZ-ZZZ", agent=equipe.nadia, **asked)


def test_a_dossier_that_has_a_referent_is_handed_over_not_assigned(equipe: Equipe):
    with pytest.raises(StaleVersion):
        _assign(equipe, equipe.dossier, equipe.omar)


def _assign(equipe: Equipe, dossier, to, par=None, **given):
    values = {"motif": MotifAffectation.PREMIERE_AFFECTATION, "now": LATER, "today": LATER_DAY} | given
    acteur = equipe.acteur(par or equipe.coordinatrice)
    return services.assign(equipe.session, dossier, to=to, par=par, acteur=acteur, **values)


def test_the_author_and_the_first_referent_are_the_team_and_a_coordinateur_who_assigns_is_not(equipe: Equipe):
    author = make_agent(equipe.session, equipe.ici, Role.INTERVENANT)
    made = make_dossier(equipe.session, equipe.maison, equipe.ici)
    made.cree_par = author.id
    equipe.session.flush()
    _assign(equipe, made, equipe.omar, par=author)
    other = make_dossier(equipe.session, equipe.maison, equipe.ici)
    _assign(equipe, other, equipe.omar, par=equipe.coordinatrice)
    teams = [{row.agent_id for row in members_of(equipe.session, d.id, today=LATER_DAY)} for d in (made, other)]
    assert teams == [{author.id, equipe.omar.id}, {equipe.omar.id}]


def test_closing_ends_the_affectation_that_day_and_leaves_the_team_to_read(equipe: Equipe):
    _close(equipe, le=LATER_DAY)
    equipe.follow()
    assert equipe.affectation is None
    assert equipe.session.get(Etat, equipe.dossier.id, populate_existing=True).referent_id is None
    assert relation(equipe, equipe.nadia) == Relation.MEMBRE | Relation.ANCIEN
    for verb in (lambda: equipe.hand_over(equipe.omar), lambda: _assign(equipe, equipe.dossier, equipe.omar)):
        with pytest.raises(DomainError, match="dossier_clos"):
            verb()


def _close(equipe: Equipe, *, le: date, now: datetime = LATER, today: date = LATER_DAY):
    services.close(
        equipe.session,
        equipe.dossier,
        version=equipe.dossier.version,
        le=le,
        motif=MotifSortie.EMPLOI_DURABLE,
        etapes={},
        acteur=equipe.acteur(equipe.nadia),
        now=now,
        today=today,
    )


@pytest.mark.parametrize("chosen", ["nadia", None])
def test_a_dossier_opens_again_with_the_referent_chosen_or_none_yet(equipe: Equipe, chosen):
    _close(equipe, le=LATER_DAY)
    to = chosen and getattr(equipe, chosen)
    services.reopen(
        equipe.session,
        equipe.dossier,
        version=equipe.dossier.version,
        to=to,
        par=equipe.coordinatrice,
        acteur=equipe.acteur(equipe.coordinatrice),
        now=LATER + timedelta(hours=1),
        today=LATER_DAY,
    )
    equipe.follow()
    assert equipe.session.get(Etat, equipe.dossier.id, populate_existing=True).referent_id == (to and to.id)
    history = affectations_of(equipe.session, equipe.dossier.id)
    assert history[-1].fin == LATER
    assert [row.debut for row in history[:-1]] == ([LATER + timedelta(hours=1)] if to else [])


def test_every_verb_leaves_its_line_in_the_journal_and_never_a_word(equipe: Equipe):
    def lines(action: Action) -> list[str | None]:
        of = select(EntreeJournal.precision).where(EntreeJournal.action == action).order_by(EntreeJournal.id)
        return list(equipe.session.scalars(of))

    assert lines(Action.AFFECTATION) == ["premiere_affectation"]
    equipe.hand_over(equipe.omar, note=b"sealed")
    assert lines(Action.PASSATION) == ["charge"]
    who = {"agent": equipe.lea, "acteur": equipe.acteur(equipe.omar), "now": LATER, "today": LATER_DAY}
    services.join_team(equipe.session, equipe.dossier, **who)
    assert lines(Action.EQUIPE_MODIFIEE) == ["entree"]
    _close(equipe, le=LATER_DAY)
    assert lines(Action.AFFECTATION) == ["premiere_affectation", "fin"]


def test_joining_twice_is_being_a_member_once(equipe: Equipe):
    who = {"agent": equipe.lea, "acteur": equipe.acteur(equipe.nadia), "now": NOW}
    for day in (TODAY, TODAY, LATER_DAY):
        services.join_team(equipe.session, equipe.dossier, today=day, **who)
        assert relation(equipe, equipe.lea, day) == Relation.MEMBRE
    spells = select(MembreEquipe.depuis, MembreEquipe.jusqu_au).where(MembreEquipe.agent_id == equipe.lea.id)
    assert equipe.session.execute(spells).all() == [(TODAY, None)]


def test_those_who_may_become_referent_are_active_and_have_the_role_own_structure_first(equipe: Equipe):
    make_agent(equipe.session, equipe.ici, Role.INTERVENANT)
    make_agent(equipe.session, equipe.ici).desactive_le = NOW
    equipe.session.flush()
    found = possible_referents(equipe.session, structure_id=equipe.ici.id, today=TODAY, sauf=equipe.nadia.id)
    assert [row.id for row in found] == [equipe.omar.id, equipe.lea.id]
    equipe.ailleurs.fermee_le = NOW
    equipe.session.flush()
    found = possible_referents(equipe.session, structure_id=equipe.ici.id, today=TODAY)
    assert {row.id for row in found} == {equipe.nadia.id, equipe.omar.id}


def test_the_hook_costs_one_statement_for_one_dossier_or_for_many_and_writes_only_what_changed(equipe: Equipe):
    many = [make_dossier(equipe.session, equipe.maison, equipe.ici, referent=equipe.omar).id for _ in range(5)]
    equipe.follow()
    counts: list[int] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:
        if not statement.startswith("BEGIN"):
            counts.append(cursor.rowcount)

    engine = equipe.session.get_bind()
    event.listen(engine, "after_cursor_execute", note)
    services.refresh_referent(equipe.session, [equipe.dossier.id, *many])
    equipe.session.execute(Etat.__table__.update().where(Etat.dossier_id.in_(many[:2])).values(referent_id=None))
    services.refresh_referent(equipe.session, [equipe.dossier.id, *many])
    event.remove(engine, "after_cursor_execute", note)
    assert counts == [0, 2, 2]


PARIS_MIDNIGHT = datetime(2026, 3, 16, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("debut", "le", "now", "fin"),
    [
        # closed today: now; closed yesterday: when that day ended in Paris
        (NOW - timedelta(days=9), TODAY, NOW, NOW),
        (NOW - timedelta(days=9), TODAY - timedelta(days=1), NOW, PARIS_MIDNIGHT),
        # the affectation began after the day given: it lasted until now, that cannot be unsaid
        (NOW - timedelta(hours=1), TODAY - timedelta(days=1), NOW, NOW),
    ],
)
def test_the_day_of_a_closing_is_the_end_of_the_affectation(debut, le, now, fin):
    assert closing_instant(debut, le, now) == fin


@given(st.integers(0, 10**6), st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9)))
def test_an_affectation_never_ends_before_it_has_lasted(minutes, gap):
    now = NOW + timedelta(minutes=minutes)
    debut = now + gap
    assert handover_instant(debut, now) > debut
    assert closing_instant(debut, now.date(), now) > debut


def test_open_affectation_of_nobody_is_none(equipe: Equipe):
    assert open_affectation(equipe.session, make_dossier(equipe.session, equipe.maison, equipe.ici).id) is None
