"""An absence: what is refused, who covers and for how long, one writer at a time."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.queries import inbox
from app.audit.models import EntreeJournal
from app.audit.services import Acteur
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.referents import services_absences as services
from app.referents.models_continuite import Absence
from app.referents.queries import load_visible
from app.referents.rules_absences import DUREE_AU_PLUS, check_days
from app.referents.vocabulaire import Relation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe

JOUR = timedelta(days=1)


def note(equipe: Equipe, agent: Agent, since: int = 0, until: int = 5, **given: Any) -> Absence:
    par = given.pop("par", agent)
    said = {"suppleant": equipe.omar, "absence_id": uuid4()} | given
    days = {"depuis": TODAY + since * JOUR, "jusqu_au": TODAY + until * JOUR}
    common = {"par": par, "acteur": equipe.acteur(par), "now": NOW, "today": TODAY}
    return services.note_absence(equipe.session, agent, **days, **said, **common)


def change(equipe: Equipe, absence: Absence, since: int, until: int, *, today: date = TODAY, **given: Any) -> Absence:
    said = {"suppleant": equipe.omar, "version": absence.version} | given
    days = {"depuis": TODAY + since * JOUR, "jusqu_au": TODAY + until * JOUR}
    common = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": today}
    return services.change_absence(equipe.session, absence.id, equipe.nadia, **days, **said, **common)


def end(equipe: Equipe, absence: Absence, *, today: date = TODAY, version: int | None = None) -> Absence:
    common = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": today}
    return services.end_absence(equipe.session, absence.id, equipe.nadia, version=version or absence.version, **common)


def refused(act: Any, *args: Any, **given: Any) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as error:
        act(*args, **given)
    return error.value.code, error.value.field


def relation(equipe: Equipe, agent: Agent, day: date) -> Relation | None:
    seen = load_visible(equipe.session, equipe.dossier.code, agent=agent, today=day)
    return seen.relation if seen else None


def test_a_cover_gives_its_rights_for_its_days_and_nothing_after(equipe: Equipe):
    note(equipe, equipe.nadia, 2, 5)
    days = [TODAY + n * JOUR for n in (1, 2, 4, 5)]
    assert [relation(equipe, equipe.omar, day) for day in days] == [None, Relation.SUPPLEANT, Relation.SUPPLEANT, None]
    line = equipe.session.scalars(select(EntreeJournal).order_by(EntreeJournal.id.desc())).first()
    assert (line.action, line.precision) == ("absence_notee", f"agent:{equipe.nadia.id}")


def test_what_has_no_sense_is_refused_beside_its_field(equipe: Equipe):
    gone = make_agent(equipe.session, equipe.ici)
    gone.desactive_le = NOW
    equipe.session.flush()
    helper = make_agent(equipe.session, equipe.ici, Role.INTERVENANT)
    clerk = make_agent(equipe.session, equipe.ici, Role.ADMINISTRATEUR)
    nadia = equipe.nadia
    assert refused(note, equipe, nadia, suppleant=nadia) == ("suppleant_soi_meme", "suppleant")
    assert refused(note, equipe, nadia, suppleant=gone) == ("suppleant_desactive", "suppleant")
    assert refused(note, equipe, nadia, suppleant=helper) == ("suppleant_sans_role", "suppleant")
    assert refused(note, equipe, gone) == ("agent_desactive", None)
    assert refused(note, equipe, clerk) == ("agent_sans_role", None)
    assert refused(note, equipe, nadia, 5, 5) == ("dates_inversees", "jusqu_au")
    assert refused(note, equipe, nadia, -1, 5) == ("absence_passee", "depuis")
    assert refused(note, equipe, nadia, 0, DUREE_AU_PLUS + 1) == ("absence_trop_longue", "jusqu_au")
    assert refused(note, equipe, nadia, 400, 401) == ("absence_trop_loin", "depuis")
    note(equipe, equipe.omar, 3, 4, suppleant=None)
    assert refused(note, equipe, nadia, 0, 5) == ("suppleant_absent", "suppleant")
    note(equipe, nadia, 0, 3)
    assert refused(note, equipe, nadia, 2, 9, suppleant=None) == ("absence_chevauchante", "depuis")
    # days that touch do not overlap
    note(equipe, nadia, 3, 4, suppleant=None)


def test_one_who_covers_somebody_already_may_cover_another(equipe: Equipe):
    other = make_agent(equipe.session, equipe.ici)
    note(equipe, equipe.nadia)
    assert note(equipe, other).suppleant_id == equipe.omar.id


def test_a_form_sent_twice_is_noted_once_and_with_other_words_is_not_lost(equipe: Equipe):
    key = uuid4()
    first = note(equipe, equipe.nadia, absence_id=key)
    assert note(equipe, equipe.nadia, absence_id=key) is first
    with pytest.raises(DepotConflict):
        note(equipe, equipe.nadia, until=6, absence_id=key)
    assert refused(note, equipe, equipe.lea, absence_id=key, suppleant=None) == ("depot_inconnu", None)


def test_one_that_has_begun_keeps_its_first_day_and_ends_when_they_are_back(equipe: Equipe):
    absence, later = note(equipe, equipe.nadia, 0, 10), TODAY + 4 * JOUR
    assert refused(change, equipe, absence, 1, 12, today=later) == ("absence_commencee", "depuis")
    assert change(equipe, absence, 0, 12, today=later).jusqu_au == TODAY + 12 * JOUR
    with pytest.raises(StaleVersion):
        change(equipe, absence, 0, 9, today=later, version=1)
    with pytest.raises(StaleVersion):
        end(equipe, absence, today=later, version=1)
    assert end(equipe, absence, today=later).jusqu_au == later
    assert (relation(equipe, equipe.omar, later - JOUR), relation(equipe, equipe.omar, later)) == (
        Relation.SUPPLEANT,
        None,
    )
    assert refused(end, equipe, absence, today=later) == ("absence_terminee", None)
    assert refused(change, equipe, absence, 0, 20, today=later) == ("absence_terminee", None)


@pytest.mark.parametrize("since", [0, 3])
def test_one_that_has_not_been_lived_is_cancelled_and_leaves_its_days_free(equipe: Equipe, since: int):
    absence = end(equipe, note(equipe, equipe.nadia, since, 9))
    assert absence.annulee_le == NOW
    assert relation(equipe, equipe.omar, TODAY + since * JOUR) is None
    note(equipe, equipe.nadia, since, 9)


@given(first=st.integers(-400, 400), length=st.integers(-3, 400))
def test_the_days_accepted_are_today_or_later_and_not_too_many(first: int, length: int):
    depuis = TODAY + first * JOUR
    try:
        check_days(depuis, depuis + length * JOUR, today=TODAY)
    except DomainError:
        accepted = False
    else:
        accepted = True
    assert accepted == (0 <= first <= 366 and 1 <= length <= DUREE_AU_PLUS)


def test_alerts_speak_to_who_covers_then_again_to_who_is_back(equipe: Equipe):
    """What opens meanwhile names the suppléant as told; both read it, and the coordinateur only when nobody covers."""
    absence = note(equipe, equipe.nadia, 0, 5)
    old = make_dossier(equipe.session, equipe.maison, equipe.ici, referent=equipe.nadia, ouvert_le=date(2025, 1, 6))
    equipe.follow()
    told = select(EvenementAlerte.agent_id).join(Alerte).where(Alerte.dossier_id == old.id)
    assert set(equipe.session.scalars(told)) == {equipe.omar.id}

    def reads(agent: Agent, day: date) -> bool:
        return bool(inbox(equipe.session, agent=agent, today=day, apres=None).lignes)

    everyone = (equipe.nadia, equipe.omar, equipe.coordinatrice)
    assert [reads(agent, TODAY) for agent in everyone] == [True, True, False]
    assert [reads(agent, absence.jusqu_au) for agent in everyone] == [True, False, False]
    change(equipe, absence, 0, 5, suppleant=None)
    assert [reads(agent, TODAY) for agent in everyone] == [True, False, True]


def test_two_absences_of_one_agent_noted_at_once_give_one_and_a_kind_refusal(maison, equipe: Equipe):
    """Each is noted in its own transaction, begun before the other ends; and again against a writer without locks."""
    equipe.session.commit()
    ids = (equipe.nadia.id, equipe.omar.id, equipe.ici.id)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def work(since: int) -> None:
        barrier.wait()
        outcomes.append(_note_alone(maison, *ids, since))

    threads = [threading.Thread(target=work, args=(since,)) for since in (0, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["absence_chevauchante", "noted"]


def _note_alone(maison, nadia: int, omar: int, ici: int, since: int) -> str:
    try:
        with maison.database.writing() as session:
            absent, cover = session.get(Agent, nadia), session.get(Agent, omar)
            days = {"depuis": TODAY + since * JOUR, "jusqu_au": TODAY + (since + 3) * JOUR}
            who = {"par": absent, "acteur": Acteur.agent(nadia, ici), "now": NOW, "today": TODAY}
            services.note_absence(session, absent, suppleant=cover, absence_id=uuid4(), **days, **who)
    except DomainError as error:
        return error.code
    return "noted"


def test_two_who_choose_each_other_at_once_wait_for_nobody_for_ever(maison, equipe: Equipe):
    equipe.session.commit()
    pairs = [(equipe.nadia.id, equipe.omar.id), (equipe.omar.id, equipe.nadia.id)]
    outcomes: list[str] = []

    def work(pair: tuple[int, int]) -> None:
        outcomes.append(_note_alone(maison, *pair, equipe.ici.id, 0))

    threads = [threading.Thread(target=work, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["noted", "suppleant_absent"]


def test_the_database_has_the_last_word_and_is_heard_kindly(equipe: Equipe, monkeypatch):
    """As if another process had written without the lock of this room, between the question and the row."""
    note(equipe, equipe.nadia)
    moved = note(equipe, equipe.nadia, 20, 22)
    monkeypatch.setattr(services, "_check_free", lambda *args, **given: None)
    assert refused(note, equipe, equipe.nadia, 2, 9) == ("absence_chevauchante", "depuis")
    assert refused(change, equipe, moved, 2, 9) == ("absence_chevauchante", "depuis")
    # the transaction goes on
    assert isinstance(note(equipe, equipe.nadia, 30, 31).id, UUID)
