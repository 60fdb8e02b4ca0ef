"""The journal in pages, and what happened since somebody's last exchange."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.accounts.models import Structure
from app.parcours.queries import etapes_of
from app.parcours.queries_journal import Evenement, journal, since_last_exchange
from app.parcours.rules_etapes import Faits
from app.parcours.rules_journal import FiltreJournal, NatureEvenement, Repere
from app.parcours.services_suivis import Prochain
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutEtape
from tests.conftest import NOW
from tests.factories import TODAY, make_agent
from tests.parcours.conftest import Terrain

places = st.builds(
    Repere, st.dates(), st.datetimes(timezones=st.just(NOW.tzinfo)), st.uuids(), st.sampled_from(NatureEvenement)
)


@given(places)
def test_a_place_in_the_journal_survives_the_address(place: Repere) -> None:
    assert Repere.lire(str(place)) == place


@given(st.text())
def test_an_address_that_was_tampered_with_is_nowhere(text: str) -> None:
    found = Repere.lire(text)
    assert found is None or str(found)


def test_what_the_address_of_a_place_cannot_hold() -> None:
    good = str(Repere(TODAY, NOW, UUID(int=1), NatureEvenement.SUIVI))
    for text in ("", "~~~", good + "~", good.replace("suivi", "autre"), good.replace("2026", "99999"), "x" + good):
        assert Repere.lire(text) is None


def write_history(terrain: Terrain) -> None:
    """Nine follow-ups over five days, three steps of which one begins and ends on one day, one is only planned."""
    with terrain.database.writing() as session:
        for number in range(9):
            values = {"now": NOW + timedelta(minutes=number), "jour": TODAY - timedelta(days=number // 2)}
            resultat = Resultat.ECHANGE_FAIT if number % 3 else Resultat.SANS_REPONSE
            terrain.log(session, resultat=resultat, **values)
        day = TODAY - timedelta(days=2)
        terrain.add(session, Faits(GenreEtape.ANIMATION_SOIREE, StatutEtape.TERMINEE, day, day))
        terrain.add(session, Faits(GenreEtape.EMPLOI, StatutEtape.EN_COURS, date(2026, 1, 12)))
        terrain.add(session, Faits(GenreEtape.FORMATION, StatutEtape.PREVUE, date(2026, 6, 1)))


def read(terrain: Terrain, limit: int, filtre: FiltreJournal = FiltreJournal.TOUT) -> list[list[Evenement]]:
    pages: list[list[Evenement]] = []
    before: Repere | None = None
    with terrain.database.reading() as session:
        etapes = etapes_of(session, terrain.dossier_id)
        while not pages or before:
            # through the address, as a page does
            here = before and Repere.lire(str(before))
            page = journal(session, terrain.dossier_id, etapes=etapes, before=here, filtre=filtre, limit=limit)
            pages.append(list(page.evenements))
            before = page.suivant
    return pages


def test_pages_of_any_size_hold_every_event_once_newest_first(terrain: Terrain) -> None:
    write_history(terrain)
    whole = [event.repere for event in read(terrain, 50)[0]]
    assert len(whole) == 9 + 3
    assert whole == sorted(whole, reverse=True)
    for limit in (1, 2, 3, 5, 11, 12):
        pages = read(terrain, limit)
        assert [event.repere for page in pages for event in page] == whole
        assert all(len(page) == limit for page in pages[:-1])


def test_filters_share_the_journal_out(terrain: Terrain) -> None:
    write_history(terrain)
    sizes = {filtre: sum(map(len, read(terrain, 2, filtre))) for filtre in FiltreJournal}
    assert sizes == {
        FiltreJournal.TOUT: 12,
        FiltreJournal.ECHANGES: 6,
        FiltreJournal.TENTATIVES: 3,
        FiltreJournal.ETAPES: 3,
    }


def test_since_my_last_exchange(terrain: Terrain) -> None:
    """Mine is what counts: what I did before, and what does not involve the young person, is not news."""
    with terrain.database.writing() as session:
        colleague = make_agent(session, session.get(Structure, terrain.structure_id))
        mine = TODAY - timedelta(days=10)
        terrain.log(session, jour=mine - timedelta(days=3), agent=colleague)
        terrain.log(session, jour=mine, prochain=Prochain(TODAY + timedelta(days=2), canal=Canal.TELEPHONE))
        terrain.log(session, jour=mine + timedelta(days=1), resultat=Resultat.SANS_REPONSE)
        terrain.log(session, jour=mine + timedelta(days=2), resultat=Resultat.ABSENT_NON_EXCUSE)
        terrain.log(session, jour=mine + timedelta(days=3), agent=colleague)
        terrain.log(session, jour=mine + timedelta(days=4), agent=colleague)
        terrain.log(session, jour=mine + timedelta(days=5), agent=colleague, canal=Canal.ENTRETIEN_TIERS)
        terrain.add(session, Faits(GenreEtape.SCOLARITE, StatutEtape.TERMINEE, date(2026, 1, 5), TODAY))
        terrain.add(session, Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, TODAY))
        terrain.add(session, Faits(GenreEtape.STAGE, StatutEtape.PREVUE, TODAY))
    with terrain.database.reading() as session:
        etapes = etapes_of(session, terrain.dossier_id)
        since = since_last_exchange(
            session, terrain.dossier_id, agent_id=terrain.agent.id, etapes=etapes, ouvert_le=date(2026, 1, 5)
        )
    assert since.jour == mine
    assert [etape.genre for etape in since.commencees] == [GenreEtape.DECROCHAGE]
    assert [etape.genre for etape in since.terminees] == [GenreEtape.SCOLARITE]
    assert [(row.jour, row.resultat) for row in since.manques] == [
        (mine + timedelta(days=2), Resultat.ABSENT_NON_EXCUSE)
    ]
    assert [(row.nom, row.jour) for row in since.autres] == [(colleague.nom, mine + timedelta(days=4))]
    assert [(row.jour, row.canal) for row in since.promis] == [(TODAY + timedelta(days=2), Canal.TELEPHONE)]


def test_somebody_who_never_met_them_reads_from_the_opening(terrain: Terrain) -> None:
    write_history(terrain)
    with terrain.database.writing() as session:
        newcomer = make_agent(session, session.get(Structure, terrain.structure_id))
    with terrain.database.reading() as session:
        etapes = etapes_of(session, terrain.dossier_id)
        since = since_last_exchange(
            session, terrain.dossier_id, agent_id=newcomer.id, etapes=etapes, ouvert_le=date(2026, 1, 5)
        )
    assert since.jour is None
    assert len(since.commencees) == 2
    assert [row.nom for row in since.autres] == [terrain.agent.nom]


def test_moments_are_written_to_the_microsecond(terrain: Terrain) -> None:
    """Two follow-ups of one day and almost one instant stay in order across a page."""
    with terrain.database.writing() as session:
        for micro in (1, 2, 3):
            terrain.log(session, now=datetime(2026, 3, 17, 9, 30, 0, micro, tzinfo=NOW.tzinfo))
    assert [len(page) for page in read(terrain, 1)] == [1, 1, 1]
