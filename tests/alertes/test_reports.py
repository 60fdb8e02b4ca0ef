"""Promise: an alert is put off for a coded reason, to a day, once alone and never past a legal date; all is undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.models import Alerte, EvenementAlerte, Reglage
from app.alertes.rules_parametres import REPORTS
from app.alertes.services_reports import judge, lift, put_off
from app.alertes.vocabulaire import GenreEvenement, MotifReport, Regle
from app.audit.models import EntreeJournal
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.referents.vocabulaire import Relation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure

DEMAIN = date.fromordinal(TODAY.toordinal() + 1)


def day(number: int) -> date:
    return date.fromordinal(TODAY.toordinal() + number)


@dataclass
class Bureau:
    """A dossier with one open alert, its référent, and the open session."""

    session: Session
    dossier: Dossier
    agent: Agent
    alerte: int

    def put_off(self, *, relation: Relation = Relation.REFERENT, now: datetime = NOW, **given: Any) -> Alerte:
        words = {"motif": MotifReport.RDV_FIXE, "jusqu_au": day(7), "agent": self.agent} | given
        return put_off(
            self.session, self.dossier, self.alerte, relation=relation, now=now, today=TODAY, **words, **self._who()
        )

    def lift(self, now: datetime = NOW) -> Alerte:
        return lift(self.session, self.dossier, self.alerte, agent=self.agent, now=now, **self._who())

    def judge(self, inutile: bool) -> Alerte:
        return judge(self.session, self.dossier, self.alerte, inutile=inutile, now=NOW, **self._who())

    def _who(self) -> dict[str, Acteur]:
        return {"acteur": Acteur.agent(self.agent.id, self.agent.structure_id)}

    def change(self, **values: Any) -> None:
        self.session.execute(update(Alerte.__table__).where(Alerte.id == self.alerte).values(**values))

    def events(self) -> list[GenreEvenement]:
        self.session.flush()
        return list(self.session.scalars(select(EvenementAlerte.genre).order_by(EvenementAlerte.id)))

    def journal(self) -> list[tuple[Action, str | None]]:
        rows = self.session.execute(
            select(EntreeJournal.action, EntreeJournal.precision)
            .where(EntreeJournal.action.in_([Action.ALERTE_REPORTEE, Action.ALERTE_REPORT_LEVE, Action.ALERTE_JUGEE]))
            .order_by(EntreeJournal.id)
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def bureau(maison):
    with maison.database.open_write() as session:
        structure = make_structure(session)
        agent = make_agent(session, structure)
        dossier = make_dossier(session, maison, structure, referent=agent)
        given = {"cle": "k", "depuis": TODAY, "due": TODAY, "gravite": 2, "faits": {}, "reprises": 0}
        row = insert(Alerte.__table__).values(dossier_id=dossier.id, regle=Regle.SILENCE, ouverte_le=NOW, **given)
        yield Bureau(session, dossier, agent, session.execute(row).inserted_primary_key[0])
        session.rollback()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as raised:
        act()
    return raised.value.code


def test_a_report_says_why_and_until_when_and_is_journalled(bureau: Bureau) -> None:
    assert bureau.put_off().reportee_au == day(7)
    assert bureau.events() == [GenreEvenement.REPORTEE]
    event = bureau.session.scalars(select(EvenementAlerte)).one()
    assert (event.motif, event.jusqu_au, event.agent_id) == (MotifReport.RDV_FIXE, day(7), bureau.agent.id)
    assert bureau.journal() == [(Action.ALERTE_REPORTEE, "silence")]


def test_the_same_words_sent_twice_are_one_report(bureau: Bureau) -> None:
    bureau.put_off()
    bureau.put_off()
    assert bureau.events() == [GenreEvenement.REPORTEE]
    assert len(bureau.journal()) == 1


@pytest.mark.parametrize(
    ("jusqu_au", "code"),
    [
        (TODAY, "report_passe"),
        (day(-3), "report_passe"),
        (DEMAIN, ""),
        (day(REPORTS[Regle.SILENCE]), ""),
        (day(REPORTS[Regle.SILENCE] + 1), "report_trop_long"),
    ],
)
def test_from_tomorrow_to_the_longest_of_the_rule(bureau: Bureau, jusqu_au: date, code: str) -> None:
    if code:
        assert refused(lambda: bureau.put_off(jusqu_au=jusqu_au)) == code
        assert bureau.events() == []
    else:
        assert bureau.put_off(jusqu_au=jusqu_au).reportee_au == jusqu_au


def test_the_longest_is_that_of_the_structure_of_the_dossier(bureau: Bureau) -> None:
    bureau.session.execute(
        insert(Reglage.__table__).values(structure_id=bureau.dossier.structure_id, report_silence=5, version=1)
    )
    assert refused(lambda: bureau.put_off(jusqu_au=day(6))) == "report_trop_long"
    assert bureau.put_off(jusqu_au=day(5)).reportee_au == day(5)


def test_a_second_in_a_row_needs_the_coordinateur(bureau: Bureau) -> None:
    bureau.put_off()
    later = NOW.replace(day=NOW.day + 8)
    assert refused(lambda: bureau.put_off(jusqu_au=day(9), now=later)) == "second_report"
    assert refused(lambda: bureau.put_off(jusqu_au=day(9), now=later, relation=Relation.MEMBRE)) == "second_report"
    assert bureau.put_off(jusqu_au=day(9), now=later, relation=Relation.COORDINATEUR).reportee_au == day(9)


def test_an_alert_opened_again_may_be_put_off_again(bureau: Bureau) -> None:
    bureau.put_off()
    opened = NOW.replace(day=NOW.day + 2)
    bureau.change(reportee_au=None, ouverte_le=opened, reprises=1)
    assert bureau.put_off(jusqu_au=day(9), now=opened).reportee_au == day(9)


def test_a_report_lifted_the_same_day_was_a_mistake_and_does_not_count(bureau: Bureau) -> None:
    bureau.put_off()
    assert bureau.lift().reportee_au is None
    assert bureau.put_off(jusqu_au=day(2)).reportee_au == day(2)
    bureau.lift(now=NOW.replace(day=NOW.day + 1))
    assert refused(bureau.put_off) == "second_report"
    assert bureau.events() == [GenreEvenement.REPORTEE, GenreEvenement.REPORT_LEVE] * 2


def test_nothing_is_lifted_twice(bureau: Bureau) -> None:
    bureau.lift()
    assert (bureau.events(), bureau.journal()) == ([], [])


@pytest.mark.parametrize("regle", [Regle.TRANSMISSION_DEPARTEMENT, Regle.OBLIGATION_FORMATION, Regle.CHANTIER_MINEUR])
def test_a_legal_clock_past_due_is_never_put_off(bureau: Bureau, regle: Regle) -> None:
    bureau.change(regle=regle)
    for relation in Relation:
        assert refused(lambda who=relation: bureau.put_off(relation=who)) == "horloge_legale"
    bureau.change(due=DEMAIN)
    assert bureau.put_off().reportee_au == day(7)


def test_a_closed_alert_is_no_longer_decided_of(bureau: Bureau) -> None:
    bureau.change(fermee_le=NOW)
    assert refused(bureau.put_off) == refused(bureau.lift) == refused(lambda: bureau.judge(True)) == "alerte_fermee"
    bureau.alerte = 10**12
    assert refused(bureau.put_off) == "alerte_fermee"


def test_usefulness_names_nobody_and_is_taken_back(bureau: Bureau) -> None:
    assert bureau.judge(True).inutile_le == NOW
    bureau.judge(True)
    assert bureau.judge(False).inutile_le is None
    assert bureau.judge(False).fermee_le is None
    assert bureau.events() == [GenreEvenement.INUTILE, GenreEvenement.INUTILE_RETIRE]
    assert set(bureau.session.scalars(select(EvenementAlerte.agent_id))) == {None}
    assert bureau.journal() == [(Action.ALERTE_JUGEE, "silence")] * 2


def test_an_alert_of_another_dossier_is_out_of_reach(bureau: Bureau, maison) -> None:
    structure = make_structure(bureau.session)
    bureau.dossier = make_dossier(
        bureau.session, maison, structure, referent=make_agent(bureau.session, structure, Role.REFERENT)
    )
    assert refused(bureau.put_off) == "alerte_fermee"
