"""A caseload is spread while colleagues write: the whole or nothing, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.queries import agent_to_change
from app.audit.services import Acteur
from app.parcours.models import Dossier
from app.referents import services_depart, services_passation
from app.referents.models import Affectation
from app.referents.models_repartition import LigneRepartition, Repartition
from app.referents.services_repartition import Part, spread, take_back
from app.referents.vocabulaire import MotifAffectation
from tests.conftest import NOW
from tests.factories import make_agent, make_dossier
from tests.referents.conftest import Equipe
from tests.referents.test_concurrency import LATER, LATER_DAY, _together, assert_one_answers, hand_over

COMBIEN = 6


@pytest.fixture
def monde(equipe: Equipe) -> dict[str, Any]:
    """Ids only: the session is closed, so that others may write."""
    others = [make_dossier(equipe.session, equipe.maison, equipe.ici, referent=equipe.nadia) for _ in range(COMBIEN)]
    karim = make_agent(equipe.session, equipe.ici)
    equipe.follow()
    held = dict(equipe.session.execute(select(Affectation.dossier_id, Affectation.id)).all())
    ids = {"karim": karim.id, "dossiers": [one.id for one in others], "tenus": held}
    equipe.session.close()
    return ids


def give(equipe: Equipe, session: Any, parts: Sequence[Part], *, key: UUID | None = None) -> None:
    par = session.get(Agent, equipe.coordinatrice.id)
    spread(
        session, parts, repartition_id=key or uuid4(), structure_id=equipe.ici.id, de_id=equipe.nadia.id,
        motif=MotifAffectation.CHARGE, par=par, acteur=Acteur.agent(par.id, par.structure_id), now=LATER,
        today=LATER_DAY,
    )  # fmt: skip


def undo(equipe: Equipe, session: Any, key: UUID) -> None:
    par = session.get(Agent, equipe.coordinatrice.id)
    said = {"now": LATER + timedelta(hours=1), "today": LATER_DAY}
    acteur = Acteur.agent(par.id, par.structure_id)
    take_back(session, session.get(Repartition, key), par=par, acteur=acteur, **said)


def parts(monde: dict[str, Any], *to: int) -> list[Part]:
    return [Part(one, to[rank % len(to)], uuid4()) for rank, one in enumerate(monde["dossiers"])]


def holders(equipe: Equipe, monde: dict[str, Any]) -> list[int | None]:
    return [assert_one_answers(equipe.maison, one)[-1].agent_id for one in monde["dossiers"]]


def test_a_colleague_who_hands_one_over_meanwhile_stops_the_whole_or_comes_too_late(equipe: Equipe, monde):
    one = monde["dossiers"][3]
    works: list[Callable[[Any], None]] = [
        lambda session: give(equipe, session, parts(monde, equipe.omar.id, monde["karim"])),
        lambda session: hand_over(session, one, equipe.omar.id, remplace=monde["tenus"][one]),
    ]
    codes = _together(equipe.maison, works)
    assert codes in ({"fait": 1, "dossiers_changes": 1}, {"fait": 1, "version_perimee": 1})
    answers = holders(equipe, monde)
    with equipe.maison.database.reading() as session:
        written = len(session.scalars(select(LigneRepartition.dossier_id)).all())
    if codes["dossiers_changes"]:
        assert written == 0
        assert [answers.count(who) for who in (equipe.nadia.id, equipe.omar.id)] == [COMBIEN - 1, 1]
    else:
        assert written == COMBIEN
        assert equipe.nadia.id not in answers


def test_the_same_form_sent_four_times_is_done_once_and_taken_back_once(equipe: Equipe, monde):
    key, given = uuid4(), parts(monde, equipe.omar.id, monde["karim"])
    assert _together(equipe.maison, [lambda session: give(equipe, session, given, key=key)] * 4) == {"fait": 4}
    assert all(len(assert_one_answers(equipe.maison, one)) == 2 for one in monde["dossiers"])
    codes = _together(equipe.maison, [lambda session: undo(equipe, session, key)] * 3)
    assert codes == {"fait": 1, "deja_annulee": 2}
    assert set(holders(equipe, monde)) == {equipe.nadia.id}


def test_two_coordinateurs_who_spread_the_same_caseload_do_it_once(equipe: Equipe, monde):
    works = [
        partial(lambda to, session: give(equipe, session, parts(monde, to)), to)
        for to in (equipe.omar.id, monde["karim"])
    ]
    assert _together(equipe.maison, works) == {"fait": 1, "dossiers_changes": 1}
    assert len(set(holders(equipe, monde))) == 1


def test_taking_back_meets_a_receipt_and_a_dossier_is_never_both(equipe: Equipe, monde):
    key, given = uuid4(), parts(monde, monde["karim"])
    with equipe.maison.database.writing() as session:
        give(equipe, session, given, key=key)

    def acknowledge(session: Any) -> None:
        agent = session.get(Agent, monde["karim"])
        row = session.get(Affectation, given[0].affectation_id)
        services_passation.acknowledge(
            session, session.get(Dossier, row.dossier_id), affectation_id=row.id, agent=agent,
            acteur=Acteur.agent(agent.id, agent.structure_id), now=LATER,
        )  # fmt: skip

    codes = _together(equipe.maison, [acknowledge, lambda session: undo(equipe, session, key)])
    answers = holders(equipe, monde)
    assert set(answers[1:]) == {equipe.nadia.id}
    assert answers[0] == (monde["karim"] if codes == {"fait": 2} else equipe.nadia.id)
    with equipe.maison.database.reading() as session:
        row = session.get(Affectation, given[0].affectation_id)
        assert (row.accusee_le is None) != (row.refusee_le is None)


@pytest.mark.parametrize("who", ["nadia", "omar"])
def test_an_account_that_closes_meanwhile_waits_and_nobody_is_undone(equipe: Equipe, monde, who):
    """Whose dossiers are spread, or who receives: whichever comes first, both are answered."""

    def disable(session: Any) -> None:
        agent = agent_to_change(session, getattr(equipe, who).id)
        services_depart.disable_agent(session, agent, acteur=equipe.acteur(equipe.coordinatrice), now=NOW)

    given = parts(monde, equipe.omar.id)
    codes = _together(equipe.maison, [disable, lambda session: give(equipe, session, given)])
    assert codes["fait"] == 2 or codes == {"fait": 1, "lignes_refusees": 1}
    assert len(set(holders(equipe, monde))) == 1
