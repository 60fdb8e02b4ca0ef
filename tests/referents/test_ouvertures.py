"""Bris de glace: a coordinateur reads once, for a reason, what was not written for them; others know, and review."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.queries import menu_counts
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours import services_suivis
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import Canal, Resultat, Visibilite
from app.referents.models_urgence import NoteOuverte
from app.referents.policies import may_break_glass
from app.referents.queries import DossierVisible
from app.referents.queries_ouvertures import note_to_open, reviewed, to_review, told_to
from app.referents.services_ouvertures import acknowledge, open_note, review
from app.referents.vocabulaire import Relation
from app.referents.vocabulaire_urgence import Conclusion, MotifOuverture
from tests.conftest import NOW
from tests.factories import TODAY, make_agent
from tests.referents.conftest import Equipe

MOTIF = MotifOuverture.FUGUE_DISPARITION


def write(equipe: Equipe, par: Agent) -> UUID:
    row = uuid4()
    services_suivis.log_suivi(
        equipe.session, equipe.dossier, agent=par, acteur=equipe.acteur(par), jour=TODAY, canal=Canal.ENTRETIEN,
        resultat=Resultat.ECHANGE_FAIT, note=b"sealed", suivi_id=row, depot=row, now=NOW, today=TODAY,
    )  # fmt: skip
    return row


def open_one(equipe: Equipe, note_id: UUID, *, par: Agent, depot: UUID | None = None) -> NoteOuverte:
    etat = equipe.session.get(Etat, equipe.dossier.id)
    note = note_to_open(equipe.session, equipe.dossier.id, note_id)
    who = {"agent": par, "acteur": equipe.acteur(par), "now": NOW}
    return open_note(equipe.session, equipe.dossier, etat, note, motif=MOTIF, depot=depot or uuid4(), **who)


def seen(equipe: Equipe, agent: Agent) -> list[UUID]:
    assert menu_counts(equipe.session, agent=agent, today=TODAY, now=NOW)[-1].ouvertures == len(
        told_to(equipe.session, agent=agent)
    )
    return [row.id for row in told_to(equipe.session, agent=agent)]


def to_do(equipe: Equipe, agent: Agent) -> list[tuple[UUID, bool]]:
    return [(row.id, bool(row.sienne)) for row in to_review(equipe.session, agent=agent, limit=10)]


def judge(equipe: Equipe, ouverture_id: UUID, par: Agent, conclusion: Conclusion = Conclusion.FONDEE):
    return review(equipe.session, ouverture_id, conclusion=conclusion, agent=par, acteur=equipe.acteur(par), now=NOW)


@pytest.mark.parametrize("relation", list(Relation))
@pytest.mark.parametrize("visibilite", list(Visibilite))
def test_a_coordinateur_alone_opens_what_they_may_not_read(relation: Relation, visibilite: Visibilite) -> None:
    note = SimpleNamespace(visibilite=visibilite, agent_id=1, structure_id=20, cree_le=NOW)
    vu = DossierVisible(Dossier(), Etat(), relation, equipes=frozenset({10}))
    expected = relation is Relation.COORDINATEUR and visibilite is Visibilite.MON_EQUIPE
    assert may_break_glass(note, vu, Agent(id=2, structure_id=10)) is expected
    assert not may_break_glass(note, vu, Agent(id=1, structure_id=20))


def test_the_author_and_the_referent_are_told_at_once_until_they_say_that_they_know(equipe: Equipe) -> None:
    opened = open_one(equipe, write(equipe, equipe.lea), par=equipe.coordinatrice)
    assert seen(equipe, equipe.nadia) == seen(equipe, equipe.lea) == [opened.id]
    assert seen(equipe, equipe.coordinatrice) == seen(equipe, equipe.omar) == []
    assert acknowledge(equipe.session, opened.id, agent=equipe.omar, now=NOW) is None
    assert acknowledge(equipe.session, opened.id, agent=equipe.lea, now=NOW) is opened
    equipe.session.flush()
    assert (seen(equipe, equipe.lea), seen(equipe, equipe.nadia)) == ([], [opened.id])
    said = select(EntreeJournal.agent_id, EntreeJournal.precision)
    lines = equipe.session.execute(said.where(EntreeJournal.action == Action.NOTE_RESERVEE_OUVERTE)).all()
    assert lines == [(equipe.coordinatrice.id, MOTIF.value)]


def test_one_opening_is_one_reading(equipe: Equipe) -> None:
    note, depot = write(equipe, equipe.lea), uuid4()
    open_one(equipe, note, par=equipe.coordinatrice, depot=depot)
    equipe.session.flush()
    with pytest.raises(DomainError, match="ouverture_deja_servie"):
        open_one(equipe, note, par=equipe.coordinatrice, depot=depot)
    open_one(equipe, note, par=equipe.coordinatrice)
    assert len(equipe.session.scalars(select(NoteOuverte)).all()) == 2


def test_somebody_else_of_the_structure_or_the_referent_reviews_once(equipe: Equipe) -> None:
    opened = open_one(equipe, write(equipe, equipe.lea), par=equipe.coordinatrice)
    other, dpo, far = (
        make_agent(equipe.session, place, role)
        for place, role in ((equipe.ici, Role.COORDINATEUR), (equipe.ici, Role.DPO), (equipe.ailleurs, Role.DPO))
    )
    for agent in (other, dpo, equipe.nadia):
        assert to_do(equipe, agent) == [(opened.id, False)]
    assert to_do(equipe, equipe.coordinatrice) == [(opened.id, True)]
    for agent in (equipe.coordinatrice, far, equipe.omar, equipe.lea):
        assert judge(equipe, opened.id, agent) is None
    assert to_do(equipe, far) == to_do(equipe, equipe.omar) == to_do(equipe, equipe.lea) == []
    assert judge(equipe, opened.id, dpo).relue_par == dpo.id
    assert judge(equipe, opened.id, other) is opened
    with pytest.raises(DomainError, match="ouverture_deja_relue"):
        judge(equipe, opened.id, other, Conclusion.NON_FONDEE)
    assert to_do(equipe, other) == []
    assert [row.conclusion for row in reviewed(equipe.session, agent=other, limit=5)] == [Conclusion.FONDEE]


def test_a_note_without_words_or_of_another_dossier_is_not_there_to_open(equipe: Equipe) -> None:
    row = uuid4()
    services_suivis.log_suivi(
        equipe.session, equipe.dossier, agent=equipe.lea, acteur=equipe.acteur(equipe.lea), jour=TODAY,
        canal=Canal.ENTRETIEN, resultat=Resultat.ECHANGE_FAIT, suivi_id=row, depot=row, now=NOW, today=TODAY,
    )  # fmt: skip
    assert note_to_open(equipe.session, equipe.dossier.id, row) is None
    assert note_to_open(equipe.session, equipe.dossier.id + 1, write(equipe, equipe.lea)) is None
