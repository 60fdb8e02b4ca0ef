"""Whoever writes at the same moment, one person answers for a dossier, and the others are told."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import build_maison
from app.accounts.models import Agent
from app.audit.services import Acteur
from app.config import Settings
from app.db.errors import DomainError
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import MotifSortie
from app.referents import services, services_passation
from app.referents.models import Affectation, MembreEquipe
from app.referents.queries import affectations_of
from app.referents.vocabulaire import MotifAffectation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe

MANY = 4
LATER = NOW + timedelta(days=2)
LATER_DAY = TODAY + timedelta(days=2)


def hand_over(session: Any, dossier_id: int, to_id: int, *, remplace: UUID, affectation_id: UUID | None = None) -> None:
    dossier, to = session.get(Dossier, dossier_id), session.get(Agent, to_id)
    par = session.get(Agent, session.get(Affectation, remplace).agent_id)
    services.hand_over(
        session,
        dossier,
        to=to,
        par=par,
        acteur=Acteur.agent(par.id, par.structure_id),
        motif=MotifAffectation.CHARGE,
        note=None,
        affectation_id=affectation_id or uuid4(),
        remplace=remplace,
        now=LATER,
        today=LATER_DAY,
    )


def assign(session: Any, dossier_id: int, to_id: int) -> None:
    services.assign(
        session,
        session.get(Dossier, dossier_id),
        to=session.get(Agent, to_id),
        par=None,
        acteur=Acteur.commande(),
        motif=MotifAffectation.PREMIERE_AFFECTATION,
        now=LATER,
        today=LATER_DAY,
    )


def close(session: Any, dossier_id: int, *, version: int) -> None:
    services.close(
        session,
        session.get(Dossier, dossier_id),
        version=version,
        le=LATER_DAY,
        motif=MotifSortie.DEMENAGEMENT,
        etapes={},
        acteur=Acteur.commande(),
        now=LATER,
        today=LATER_DAY,
    )


def _attempt(house: Any, work: Callable[[Any], None]) -> str:
    try:
        with house.database.writing() as session:
            work(session)
    except DomainError as refusal:
        return refusal.code
    return "fait"


def _together(house: Any, works: Sequence[Callable[[Any], None]]) -> Counter[str]:
    """Every work in a thread and a transaction of its own, started at once."""
    start, answers = threading.Barrier(len(works)), []

    def run(work: Callable[[Any], None]) -> None:
        start.wait()
        answers.append(_attempt(house, work))

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == len(works)
    return Counter(answers)


def _in_a_process(
    settings: Settings, start: Barrier, answers: Any, dossier_id: int, to_id: int, remplace: UUID
) -> None:
    house = build_maison(settings, clock=lambda: LATER)
    start.wait()
    answers.put(_attempt(house, lambda session: hand_over(session, dossier_id, to_id, remplace=remplace)))
    house.database.engines.dispose()


@pytest.fixture
def receivers(equipe: Equipe) -> list[int]:
    """Référents to choose from; the writing session is closed, so that others may write."""
    ids = [make_agent(equipe.session, equipe.ici).id for _ in range(MANY)]
    equipe.session.commit()
    return ids


def assert_one_answers(house: Any, dossier_id: int) -> list[Any]:
    """The history is without a gap nor an overlap, and the state row and the équipe say the same."""
    with house.database.reading() as session:
        history = list(reversed(affectations_of(session, dossier_id)))
        for earlier, later in pairwise(history):
            assert earlier.fin == later.debut
        current = [row.agent_id for row in history if row.fin is None]
        assert len(current) <= 1
        assert session.get(Etat, dossier_id).referent_id == (current[0] if current else None)
        still = MembreEquipe.dossier_id == dossier_id, MembreEquipe.jusqu_au.is_(None)
        assert set(current) <= set(session.scalars(select(MembreEquipe.agent_id).where(*still)))
    return history


def test_of_four_handovers_from_four_processes_exactly_one_wins(settings, equipe, receivers):
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(MANY), context.Queue()
    common = (settings, start, answers, equipe.dossier.id)
    children = [
        context.Process(target=_in_a_process, args=(*common, to_id, equipe.affectation.id)) for to_id in receivers
    ]
    equipe.session.close()
    for child in children:
        child.start()
    codes = Counter(answers.get(timeout=120) for _ in children)
    for child in children:
        child.join(timeout=60)
    assert codes == {"fait": 1, "version_perimee": MANY - 1}
    assert len(assert_one_answers(equipe.maison, equipe.dossier.id)) == 2


def test_of_four_first_assignments_exactly_one_wins(equipe, receivers):
    orphan = make_dossier(equipe.session, equipe.maison, equipe.ici)
    equipe.follow()
    codes = _together(equipe.maison, [lambda session, to=to: assign(session, orphan.id, to) for to in receivers])
    assert codes == {"fait": 1, "version_perimee": MANY - 1}
    assert len(assert_one_answers(equipe.maison, orphan.id)) == 1


def test_the_same_handover_sent_four_times_is_made_once_and_answers_alike(equipe, receivers):
    remplace, deposit = equipe.affectation.id, uuid4()
    equipe.session.close()

    def again(session: Any) -> None:
        hand_over(session, equipe.dossier.id, receivers[0], remplace=remplace, affectation_id=deposit)

    assert _together(equipe.maison, [again] * MANY) == {"fait": MANY}
    assert [row.id for row in assert_one_answers(equipe.maison, equipe.dossier.id)] == [remplace, deposit]


def test_a_dossier_closed_while_it_is_handed_over_is_left_to_nobody(equipe, receivers):
    """Whichever comes first: a closed dossier never keeps an open affectation."""
    remplace, version = equipe.affectation.id, equipe.dossier.version
    equipe.session.close()
    works = [
        lambda session, to=to: hand_over(session, equipe.dossier.id, to, remplace=remplace) for to in receivers[:2]
    ]
    works += [lambda session: close(session, equipe.dossier.id, version=version)] * 2
    codes = _together(equipe.maison, works)
    assert codes["fait"] in (1, 2)
    history = assert_one_answers(equipe.maison, equipe.dossier.id)
    with equipe.maison.database.reading() as session:
        assert session.get(Dossier, equipe.dossier.id).clos_le == LATER_DAY
    assert all(row.fin is not None for row in history)


def test_a_handover_acknowledged_given_back_and_passed_on_at_once_is_done_one_after_the_other(equipe, receivers):
    """Whichever comes first, one person answers, and nobody both took note of it and gave it back."""
    omar, lea = receivers[:2]
    held, dossier_id = uuid4(), equipe.dossier.id
    hand_over(equipe.session, dossier_id, omar, remplace=equipe.affectation.id, affectation_id=held)
    equipe.maison.database.commit(equipe.session)
    equipe.session.close()

    def receive(session: Any, act: Callable[..., Any], **given: Any) -> None:
        agent = session.get(Agent, omar)
        who = {"agent": agent, "acteur": Acteur.agent(agent.id, agent.structure_id), "now": LATER}
        act(session, session.get(Dossier, dossier_id), affectation_id=held, **who, **given)

    giving_back = {"refus": b"sealed", "today": LATER_DAY}
    works = [
        lambda session: receive(session, services_passation.acknowledge),
        lambda session: receive(session, services_passation.refuse, retour_id=uuid4(), **giving_back),
        lambda session: receive(session, services_passation.refuse, retour_id=uuid4(), **giving_back),
        lambda session: hand_over(session, dossier_id, lea, remplace=held),
    ]
    codes = _together(equipe.maison, works)
    assert set(codes) <= {"fait", "version_perimee", "passation_accusee"}
    history = assert_one_answers(equipe.maison, dossier_id)
    assert len(history) == 3
    assert not [row for row in history if row.accusee_le and row.refusee_le]


def test_who_writes_around_the_lock_is_stopped_by_the_database_with_a_typed_error(equipe, monkeypatch):
    """Somebody else's affectation appears between our look and our insert: the guard answers, not a server error."""
    orphan = make_dossier(equipe.session, equipe.maison, equipe.ici)
    equipe.follow()

    def look_then_lose(session: Any, to: Agent, *rest: Any) -> None:
        with session.begin_nested():
            session.add(
                Affectation(
                    id=uuid4(),
                    dossier_id=orphan.id,
                    agent_id=equipe.lea.id,
                    debut=NOW,
                    motif=MotifAffectation.SECTEUR,
                )
            )

    monkeypatch.setattr(services, "_check_receiver", look_then_lose)
    monkeypatch.setattr(services, "_last", lambda session, dossier_id: None)
    with pytest.raises(DomainError, match="affectation_chevauchante"):
        assign(equipe.session, orphan.id, equipe.omar.id)
    # the transaction is still usable: the page of the refusal reads through it
    assert equipe.session.get(Dossier, orphan.id, populate_existing=True).code == orphan.code
