"""The portfolio review: a frozen list, resumed where it was left, that loses and doubles nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.referents.models import Revue, RevueDossier
from app.referents.queries_revue import current_review, last_review, last_seen
from app.referents.services_revue import end_review, review_act, start_review
from app.referents.vocabulaire import ActeRevue
from tests.conftest import NOW
from tests.factories import make_dossier
from tests.referents.conftest import Equipe


@pytest.fixture
def files(equipe: Equipe) -> list[int]:
    """Three files of nadia, the worst first."""
    others = [make_dossier(equipe.session, equipe.maison, equipe.ici, referent=equipe.nadia).id for _ in range(2)]
    equipe.follow()
    return [others[1], equipe.dossier.id, others[0]]


def _start(equipe: Equipe, order, agent=None, now=NOW):
    agent = agent or equipe.nadia
    return start_review(equipe.session, agent=agent, order=order, acteur=equipe.acteur(agent), now=now)


def _act(equipe: Equipe, rang: int, acte: ActeRevue = ActeRevue.CONFIRMER, agent=None, now=NOW) -> None:
    agent = agent or equipe.nadia
    code = equipe.session.scalar(
        select(Dossier.code)
        .join(RevueDossier, RevueDossier.dossier_id == Dossier.id)
        .join(Revue, Revue.id == RevueDossier.revue_id)
        .where(RevueDossier.rang == rang, Revue.terminee_le.is_(None))
    )
    review_act(equipe.session, agent=agent, code=code, acte=acte, acteur=equipe.acteur(agent), now=now)


def test_the_list_is_frozen_in_its_order_and_resumed_where_it_was_left(equipe: Equipe, files):
    begun = _start(equipe, files)
    _act(equipe, 1)
    equipe.session.commit()
    # whatever the order has become since, the run goes on as it was
    assert _start(equipe, list(reversed(files))) == begun
    review = current_review(equipe.session, equipe.nadia)
    assert [ligne.dossier_id for ligne in review.lignes] == files
    assert (review.prochaine.rang, review.vus, review.total) == (2, 1, 3)
    assert (review.avant(2).rang, review.apres(2).rang, review.avant(1), review.apres(3)) == (1, 3, None, None)


def test_a_run_ends_with_its_last_file_and_keeps_its_date_for_the_referent(equipe: Equipe, files):
    begun = _start(equipe, files)
    for rang in (1, 2, 3):
        assert current_review(equipe.session, equipe.nadia) is not None
        _act(equipe, rang, now=NOW + timedelta(minutes=rang))
    assert current_review(equipe.session, equipe.nadia) is None
    assert last_review(equipe.session, equipe.nadia) == NOW + timedelta(minutes=3)
    assert last_review(equipe.session, equipe.omar) is None
    again = _start(equipe, files, now=NOW + timedelta(days=30))
    assert again != begun
    seen = last_seen(equipe.session, equipe.nadia, dossier_id=files[1], before=again)
    assert seen == NOW + timedelta(minutes=2)


def test_going_back_replaces_what_was_decided(equipe: Equipe, files):
    _start(equipe, files)
    _act(equipe, 1)
    _act(equipe, 1, ActeRevue.PLANIFIER)
    review = current_review(equipe.session, equipe.nadia)
    assert [ligne.acte for ligne in review.lignes] == [ActeRevue.PLANIFIER, None, None]


def test_a_file_that_is_passed_comes_back_at_the_end(equipe: Equipe, files):
    _start(equipe, files)
    _act(equipe, 2)
    assert current_review(equipe.session, equipe.nadia).prochaine.rang == 3
    _act(equipe, 3, now=NOW + timedelta(minutes=1))
    assert current_review(equipe.session, equipe.nadia).prochaine.rang == 1


def test_a_file_handed_over_since_is_passed_and_the_run_still_ends(equipe: Equipe, files):
    _start(equipe, files)
    equipe.hand_over(equipe.omar)
    equipe.follow()
    review = current_review(equipe.session, equipe.nadia)
    assert (review.apres(1).rang, review.avant(3).rang, review.au_rang(2)) == (3, 1, None)
    with pytest.raises(DomainError, match="dossier_absent"):
        _act(equipe, 2)
    _act(equipe, 1)
    _act(equipe, 3)
    assert current_review(equipe.session, equipe.nadia) is None


def test_a_run_whose_files_have_all_left_gives_way_to_a_new_one(equipe: Equipe, files):
    begun = _start(equipe, [equipe.dossier.id])
    equipe.hand_over(equipe.omar)
    equipe.follow()
    assert current_review(equipe.session, equipe.nadia).prochaine is None
    assert _start(equipe, [files[0]]) != begun


def test_there_is_one_run_under_way_and_it_is_its_owners(equipe: Equipe, files):
    _start(equipe, files)
    assert current_review(equipe.session, equipe.omar) is None
    with pytest.raises(DomainError, match="revue_terminee"):
        _act(equipe, 1, agent=equipe.omar)
    under_way = select(func.count()).where(Revue.terminee_le.is_(None))
    assert equipe.session.scalar(under_way) == 1


def test_a_run_may_be_stopped_and_nothing_is_reviewed_of_nothing(equipe: Equipe, files):
    with pytest.raises(DomainError, match="revue_vide"):
        _start(equipe, [])
    _start(equipe, files)
    end_review(equipe.session, agent=equipe.nadia, acteur=equipe.acteur(equipe.nadia), now=NOW)
    assert current_review(equipe.session, equipe.nadia) is None


def test_the_journal_says_which_file_was_reviewed_and_what_was_decided(equipe: Equipe, files):
    _start(equipe, files)
    _act(equipe, 1, ActeRevue.RELANCER)
    lines = select(EntreeJournal.precision, EntreeJournal.nombre, EntreeJournal.dossier.is_(None))
    rows = equipe.session.execute(lines.where(EntreeJournal.action == Action.REVUE).order_by(EntreeJournal.id)).all()
    assert [tuple(row) for row in rows] == [("debut", 3, True), ("relancer", None, False)]
