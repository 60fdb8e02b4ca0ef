"""Promise: an agent is offered whom their days are made of, finds their appointments, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.jeunes.queries_recents import in_chantier, last_group, people_found, recent_people
from app.jeunes.queries_rendez_vous import appointments
from app.parcours.models import ContactPrevu, Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.services_etapes import add_etape
from app.parcours.services_suivis import log_suivi, plan_contact
from app.parcours.vocabulaire import Canal, GenreEtape, MotifSortie, Resultat, StatutEtape
from app.referents.models_continuite import Absence
from app.referents.models_fusion import Fusion
from app.referents.queries import load_several
from app.referents.services import close, join_team
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.referents.conftest import statements


class Journees:
    """A référent, a member of their équipe, a coordinatrice, and what they noted and planned."""

    def __init__(self, session: Session, maison: Any) -> None:
        self.session, self.maison = session, maison
        self.structure = make_structure(session)
        self.nadia, self.omar = (make_agent(session, self.structure) for _ in range(2))
        self.julien = make_agent(session, self.structure, Role.INTERVENANT)
        self.claire = make_agent(session, self.structure, Role.COORDINATEUR)

    def common(self, agent: Agent, now=NOW) -> dict[str, Any]:
        return {"acteur": Acteur.agent(agent.id, agent.structure_id), "now": now, "today": TODAY}

    def jeune(self, *members: Agent, referent: Agent | None = None) -> Dossier:
        dossier = make_dossier(self.session, self.maison, self.structure, referent=referent or self.nadia)
        for member in members:
            join_team(self.session, dossier, agent=member, **self.common(member))
        self.follow()
        return dossier

    def note(
        self,
        dossier: Dossier,
        agent: Agent,
        *,
        il_y_a: int = 0,
        jours: int | None = None,
        canal: Canal = Canal.PRESENCE_RUE,
    ) -> None:
        """Noted `il_y_a` days ago, of that day unless `jours` says how many days before today."""
        day = TODAY - timedelta(days=il_y_a if jours is None else jours)
        log_suivi(
            self.session, dossier, agent=agent, jour=day, canal=canal, resultat=Resultat.SANS_REPONSE,
            suivi_id=uuid4(), depot=uuid4(), **self.common(agent, NOW - timedelta(days=il_y_a)),
        )  # fmt: skip
        self.follow()

    def plan(self, dossier: Dossier, agent: Agent, *, heure: time | None = None, le: date = TODAY) -> Any:
        contact = plan_contact(
            self.session, dossier, agent=agent, jour=TODAY, heure=heure, contact_id=uuid4(), depot=uuid4(),
            **self.common(agent),
        )  # fmt: skip
        # as time passes
        row = ContactPrevu.__table__
        self.session.execute(update(row).where(row.c.id == contact.id).values(jour=le))
        self.follow()
        return contact.id

    def cover(self, absent: Agent, by: Agent, *, since: date, until: int) -> None:
        """`until`: how many days from today is the last one."""
        self.session.execute(delete(Absence))
        row = {"id": uuid4(), "depuis": since, "jusqu_au": TODAY + timedelta(days=until + 1), "cree_le": NOW}
        self.session.execute(insert(Absence).values(agent_id=absent.id, suppleant_id=by.id, version=1, **row))

    def close(self, dossier: Dossier) -> None:
        close(
            self.session, dossier, version=dossier.version, le=TODAY, motif=MotifSortie.DEMENAGEMENT, etapes={},
            **self.common(self.nadia),
        )  # fmt: skip
        self.follow()

    def follow(self) -> None:
        self.session.flush()
        self.maison.database.commit(self.session)

    def recent(self, agent: Agent, limite: int = 6, codes: tuple[str, ...] = ()) -> list[str]:
        found = recent_people(self.session, agent=agent, today=TODAY, now=NOW, limite=limite, codes=codes)
        return [one.code for one in found]

    def day(self, agent: Agent) -> list[Any]:
        return [one.contact_id for one in appointments(self.session, agent=agent, today=TODAY)]


@pytest.fixture
def journees(maison) -> Iterator[Journees]:
    with maison.database.open_write() as session:
        yield Journees(session, maison)


def test_those_expected_today_come_first_then_whom_one_noted_last_then_the_others(journees: Journees) -> None:
    calme, vu, hier, attendu, tot = (journees.jeune(journees.julien) for _ in range(5))
    journees.note(hier, journees.julien, il_y_a=1)
    # noted today, of an older day: what was written last is what one remembers
    journees.note(vu, journees.julien, jours=9)
    journees.note(calme, journees.nadia)
    journees.plan(attendu, journees.julien)
    # expected by somebody else
    journees.plan(calme, journees.nadia, heure=time(8))
    journees.plan(tot, journees.julien, heure=time(9))
    expected = [one.code for one in (tot, attendu, vu, hier, calme)]
    assert journees.recent(journees.julien) == expected
    assert journees.recent(journees.julien, 2) == expected[:2]
    assert journees.recent(journees.julien, 1, (calme.code,)) == [calme.code, tot.code]
    row = recent_people(journees.session, agent=journees.julien, today=TODAY, now=NOW, limite=3)[2]
    assert (row.note_le, row.attendu, row.heure) == (TODAY - timedelta(days=9), False, None)


def test_what_one_wrote_long_ago_is_no_longer_recent(journees: Journees) -> None:
    ancien, vu = (journees.jeune(journees.julien) for _ in range(2))
    journees.note(ancien, journees.julien, il_y_a=61)
    journees.note(vu, journees.julien, il_y_a=59)
    assert journees.recent(journees.julien, 1) == [vu.code]


def test_nobody_whom_one_may_not_write_about_is_ever_offered(journees: Journees) -> None:
    mine, theirs = journees.jeune(), journees.jeune(referent=journees.omar)
    clos = journees.jeune(journees.julien)
    journees.close(clos)
    codes = (mine.code, theirs.code, clos.code, "ZZZ-ZZZ")
    assert journees.recent(journees.nadia, codes=codes) == [mine.code, clos.code]
    assert journees.recent(journees.nadia) == [mine.code]
    # the coordinatrice sees all of them and writes in none
    assert journees.recent(journees.claire, codes=codes) == []
    ids = [theirs.id, clos.id, mine.id]
    found = people_found(journees.session, agent=journees.nadia, today=TODAY, now=NOW, ids=ids)
    assert [one.code for one in found] == [clos.code, mine.code]
    assert not people_found(journees.session, agent=journees.claire, today=TODAY, now=NOW, ids=ids)


def test_the_day_of_each_is_what_they_planned_and_what_nobody_else_is_to_hold(journees: Journees) -> None:
    dossier = journees.jeune(journees.julien)
    a_voir = journees.plan(dossier, journees.nadia)
    matin = journees.plan(dossier, journees.nadia, heure=time(9))
    rue = journees.plan(dossier, journees.julien, heure=time(8))
    orphelin = journees.plan(dossier, journees.omar, heure=time(18))
    passe = journees.plan(dossier, journees.nadia, le=TODAY - timedelta(days=3))
    hier = journees.plan(dossier, journees.nadia, le=TODAY - timedelta(days=1))
    journees.plan(dossier, journees.nadia, le=TODAY + timedelta(days=1))
    assert journees.day(journees.nadia) == [matin, orphelin, a_voir, hier, passe]
    assert journees.day(journees.julien) == [rue]
    # who no longer follows the young person has no appointment with them
    assert journees.day(journees.omar) == journees.day(journees.claire) == []


def test_who_covers_has_the_days_of_who_is_away_and_no_longer(journees: Journees) -> None:
    dossier = journees.jeune(journees.julien)
    absent = journees.plan(dossier, journees.nadia)
    journees.plan(dossier, journees.julien)
    for days, there in ((0, True), (-1, False)):
        journees.cover(journees.nadia, journees.omar, since=TODAY - timedelta(days=3), until=days)
        assert journees.day(journees.omar) == ([absent] if there else [])
        assert journees.recent(journees.omar) == ([dossier.code] if there else [])
    # being away is no reason not to know
    assert journees.day(journees.nadia) == [absent]


def test_a_group_is_found_again_as_it_was_last_and_so_are_those_on_a_chantier(journees: Journees) -> None:
    given = {"agent": journees.julien, "today": TODAY}
    un, deux, trois = (journees.jeune(journees.julien) for _ in range(3))
    ailleurs = journees.jeune()
    assert last_group(journees.session, now=NOW, **given) is None
    for dossier, canal, ago in (
        (un, Canal.ATELIER_COLLECTIF, 9), (un, Canal.CHANTIER_SORTIE, 2), (deux, Canal.CHANTIER_SORTIE, 2),
        (trois, Canal.PRESENCE_RUE, 1),
    ):  # fmt: skip
        journees.note(dossier, journees.julien, il_y_a=ago, canal=canal)
    found = last_group(journees.session, now=NOW, **given)
    assert (found.jour, found.canal) == (TODAY - timedelta(days=2), Canal.CHANTIER_SORTIE)
    assert sorted(found.codes) == sorted([un.code, deux.code])
    for dossier, statut in (
        (deux, StatutEtape.EN_COURS),
        (trois, StatutEtape.PREVUE),
        (ailleurs, StatutEtape.EN_COURS),
    ):
        faits = Faits(GenreEtape.CHANTIER_EDUCATIF, statut, TODAY)
        common = journees.common(journees.nadia)
        add_etape(journees.session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **common)
    journees.follow()
    assert in_chantier(journees.session, **given) == [deux.code]


def test_a_dossier_that_was_merged_is_no_longer_somebody_to_choose(journees: Journees) -> None:
    kept, absorbed = (journees.jeune() for _ in range(2))
    row = {"id": uuid4(), "garde_id": kept.id, "absorbe_id": absorbed.id, "le": NOW, "close": False}
    journees.session.execute(insert(Fusion).values(**row, referent_repris=False))
    assert journees.recent(journees.nadia, codes=(absorbed.code,)) == [kept.code]
    codes = [kept.code, absorbed.code]
    found = load_several(journees.session, codes, agent=journees.nadia, today=TODAY)
    assert [one.dossier.code for one in found] == [kept.code]


def test_each_is_one_statement(journees: Journees, maison) -> None:
    for _ in range(3):
        journees.plan(journees.jeune(journees.julien), journees.julien)
    reads: tuple[Callable[[], Any], ...] = (
        lambda: journees.recent(journees.julien),
        lambda: journees.day(journees.julien),
        lambda: last_group(journees.session, agent=journees.julien, today=TODAY, now=NOW),
        lambda: in_chantier(journees.session, agent=journees.julien, today=TODAY),
    )
    journees.session.scalars(select(Dossier.id)).all()
    for read in reads:
        with statements(maison.database.engines.write) as seen:
            read()
        assert len(seen) == 1
