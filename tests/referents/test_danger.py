"""A danger that was transmitted: written once, read by those who answer for the dossier, seen by nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent
from app.alertes.models import Alerte
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.parcours.models import Etat
from app.referents.models_urgence import TransmissionDanger
from app.referents.policies import may_note_danger, may_read_danger
from app.referents.queries_danger import transmissions_of
from app.referents.services_danger import cancel_transmission, note_transmission
from app.referents.vocabulaire import Relation
from app.referents.vocabulaire_urgence import Destinataire, GenreTransmission, Parents
from tests.conftest import NOW
from tests.factories import TODAY
from tests.referents.conftest import Equipe

READS = {Relation.REFERENT, Relation.SUPPLEANT, Relation.COORDINATEUR}


def note(equipe: Equipe, par: Agent | None = None, **given) -> TransmissionDanger:
    said = {
        "jour": TODAY,
        "genre": GenreTransmission.SIGNALEMENT,
        "destinataire": Destinataire.PROCUREUR,
        "parents": Parents.CONTRAIRE_INTERET,
        "texte": b"sealed",
        "same_texte": lambda stored: stored == given.get("texte", b"sealed"),
        "depot": uuid4(),
        "now": NOW,
        "today": TODAY,
    }
    acteur = equipe.acteur(par or equipe.nadia)
    return note_transmission(equipe.session, equipe.dossier, acteur=acteur, **(said | given))


@pytest.mark.parametrize("relation", list(Relation))
def test_those_who_answer_read_and_those_who_work_there_write(relation: Relation) -> None:
    assert may_read_danger(relation) is (relation in READS)
    assert may_note_danger(relation) is (relation is not Relation.ANCIEN)


def test_it_is_written_once_and_changes_nothing_that_others_see(equipe: Equipe) -> None:
    state = select(*Etat.__table__.c).where(Etat.dossier_id == equipe.dossier.id)
    alerts = select(Alerte.id).order_by(Alerte.id)
    before = equipe.session.execute(state).one(), equipe.dossier.version, equipe.session.scalars(alerts).all()
    depot = uuid4()
    made = note(equipe, equipe.lea, depot=depot)
    assert note(equipe, equipe.lea, depot=depot) is made
    for other in ({"parents": Parents.INFORMES}, {"texte": b"other"}):
        with pytest.raises(DepotConflict):
            note(equipe, equipe.lea, depot=depot, **other)
    with pytest.raises(DomainError, match="depot_inconnu"):
        note(equipe, equipe.nadia, depot=depot)
    equipe.follow()
    after = equipe.session.execute(state).one(), equipe.dossier.version, equipe.session.scalars(alerts).all()
    assert after == before
    said = select(EntreeJournal.agent_id, EntreeJournal.precision)
    lines = equipe.session.execute(said.where(EntreeJournal.action == Action.DANGER_TRANSMIS)).all()
    assert lines == [(equipe.lea.id, None)]


def test_a_mistake_stays_struck_out(equipe: Equipe) -> None:
    made = note(equipe)
    who = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    for _ in range(2):
        assert cancel_transmission(equipe.session, equipe.dossier, transmission_id=made.id, **who) is made
    assert cancel_transmission(equipe.session, equipe.dossier, transmission_id=uuid4(), **who) is None
    assert [row.annulee_le for row in transmissions_of(equipe.session, equipe.dossier.id)] == [NOW]
    assert transmissions_of(equipe.session, equipe.dossier.id, par=equipe.omar.id) == []


@pytest.mark.parametrize(("days", "code"), [(1, "jour_futur"), (-1000, "jour_avant_dossier"), (0, None), (-30, None)])
def test_it_left_on_a_day_that_has_come(equipe: Equipe, days: int, code: str | None) -> None:
    jour = TODAY + timedelta(days=days)
    if code is None:
        assert note(equipe, jour=jour).jour == jour
        return
    with pytest.raises(DomainError, match=code):
        note(equipe, jour=jour)
