"""The journal by pages: every event once, newest first; and what happened since one's own last exchange."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from app.parcours import queries_journal as queries
from app.parcours import services_dossiers, services_etapes, services_suivis
from app.parcours.queries import etapes_of
from app.parcours.queries_journal import Evenement
from app.parcours.rules_depuis import Parole, news_since
from app.parcours.rules_etapes import Faits
from app.parcours.rules_journal import FiltreJournal, NatureEvenement, Repere
from app.parcours.vocabulaire import Canal, GenreEtape, MotifSortie, Resultat, StatutEtape
from app.referents.queries_rendez_vous import contacts_of
from tests.conftest import NOW
from tests.factories import TODAY, make_agent
from tests.parcours.conftest import COMMUN, Terrain

JOUR = timedelta(days=1)


def fill(terrain: Terrain, *, suivis: int, etapes: int) -> None:
    """Follow-ups on few days, so that many share one, written out of order; steps that follow each other."""
    chance = Random(4)
    with terrain.database.writing() as session:
        for _ in range(suivis):
            terrain.log(
                session,
                jour=TODAY - chance.randrange(12) * JOUR,
                canal=chance.choice(list(Canal)),
                resultat=chance.choice(list(Resultat)),
                now=NOW + chance.randrange(3) * timedelta(hours=1),
            )
        for number in range(etapes):
            debut = TODAY - (4 * number + 4) * JOUR
            terrain.add(session, Faits(GenreEtape.STAGE, StatutEtape.TERMINEE, debut, fin=debut + 3 * JOUR))


def pages(terrain: Terrain, *, filtre: FiltreJournal = FiltreJournal.TOUT, limit: int = 7) -> list[list[Evenement]]:
    read, before = [], None
    with terrain.database.reading() as session:
        dossier = terrain.dossier(session)
        common = {"etapes": etapes_of(session, dossier.id), "passages": queries.life_of(dossier), "filtre": filtre}
        while True:
            page = queries.journal(session, dossier.id, before=before, limit=limit, **common)
            read.append(list(page.evenements))
            if page.suivant is None:
                return read
            # as it travels in an address
            before = Repere.lire(str(page.suivant))


def test_pages_give_every_event_once_newest_first(terrain: Terrain) -> None:
    fill(terrain, suivis=40, etapes=5)
    read = pages(terrain)
    places = [line.repere for page in read for line in page]
    assert len(places) == len(set(places)) == 40 + 2 * 5 + 1
    assert places == sorted(places, reverse=True)
    assert {len(page) for page in read[:-1]} == {7}
    assert [[line.repere for line in page] for page in pages(terrain, limit=100)] == [places]


def test_filters_share_out_the_whole(terrain: Terrain) -> None:
    fill(terrain, suivis=30, etapes=3)
    everything = {line.repere for page in pages(terrain) for line in page}
    parts = [
        {line.repere for page in pages(terrain, filtre=filtre) for line in page}
        for filtre in FiltreJournal
        if filtre is not FiltreJournal.TOUT
    ]
    assert sum(map(len, parts)) == len(everything)
    assert set().union(*parts) == everything
    assert all(parts)


def test_an_exchange_with_a_third_party_is_an_exchange_in_the_journal(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        terrain.log(session, canal=Canal.ENTRETIEN_TIERS)
        terrain.log(session, resultat=Resultat.SANS_REPONSE)
    (page,) = pages(terrain, filtre=FiltreJournal.ECHANGES)
    assert [line.suivi.canal for line in page] == [Canal.ENTRETIEN_TIERS]
    (page,) = pages(terrain, filtre=FiltreJournal.TENTATIVES)
    assert [line.suivi.resultat for line in page] == [Resultat.SANS_REPONSE]


def test_a_page_costs_one_statement_wherever_it_is(terrain: Terrain) -> None:
    fill(terrain, suivis=60, etapes=0)
    with terrain.database.reading() as session:
        dossier = terrain.dossier(session)
        seen = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2]))
        first = queries.journal(session, dossier.id, etapes=[], limit=20)
        queries.journal(session, dossier.id, etapes=[], before=first.suivant, limit=20)
        assert len(seen) == 2
        queries.journal(session, dossier.id, etapes=[], filtre=FiltreJournal.ETAPES)
        assert len(seen) == 2


def test_a_life_begins_with_the_opening_and_keeps_past_closings(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        terrain.log(session, jour=date(2026, 1, 5))
        terrain.log(session, jour=date(2026, 2, 2))
    with terrain.database.writing() as session:
        dossier = terrain.dossier(session)
        closing = {"motif": MotifSortie.DEMENAGEMENT, "etapes": {}}
        services_dossiers.close_dossier(
            session, dossier, version=dossier.version, le=date(2026, 2, 2), **closing, **COMMUN
        )
        services_dossiers.reopen_dossier(session, dossier, version=dossier.version, le=date(2026, 2, 2), **COMMUN)
    with terrain.database.reading() as session:
        dossier = terrain.dossier(session)
        life = queries.life_of(dossier, queries.reouvertures_of(session, dossier.id))
        page = queries.journal(session, dossier.id, etapes=[], passages=life)
    nature = NatureEvenement
    assert [line.repere.nature for line in page.evenements] == [
        nature.REOUVERTURE,
        nature.CLOTURE,
        nature.SUIVI,
        nature.SUIVI,
        nature.OUVERTURE,
    ]
    assert page.evenements[1].motif is MotifSortie.DEMENAGEMENT


def test_a_closed_dossier_says_why_on_the_day_of_its_closing(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        dossier = terrain.dossier(session)
        motif = MotifSortie.LIMITE_AGE
        services_dossiers.close_dossier(
            session, dossier, version=dossier.version, le=TODAY, motif=motif, etapes={}, **COMMUN
        )
        closing = queries.life_of(dossier)[-1]
    assert (closing.repere.nature, closing.repere.jour, closing.motif) == (NatureEvenement.CLOTURE, TODAY, motif)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~~~",
        "2026-03-17",
        "2026-13-01~0~00000000000000000000000000000000~suivi",
        "2026-03-17~zz~00000000000000000000000000000000~suivi",
        "2026-03-17~" + "f" * 40 + "~00000000000000000000000000000000~suivi",
        "2026-03-17~0~1~suivi",
        "2026-03-17~0~00000000000000000000000000000000~autre",
    ],
)
def test_a_place_that_nobody_wrote_is_no_place(text: str) -> None:
    assert Repere.lire(text) is None


@pytest.mark.parametrize("nature", list(NatureEvenement))
def test_a_place_survives_its_address(nature: NatureEvenement) -> None:
    place = Repere(TODAY, NOW + timedelta(microseconds=1), uuid4(), nature)
    assert Repere.lire(str(place)) == place


# What happened since one's own last exchange


def news(terrain: Terrain):
    with terrain.database.reading() as session:
        dossier = terrain.dossier(session)
        last = queries.last_exchange(session, dossier.id, agent_id=terrain.agent.id)
        return news_since(
            last,
            agent_id=terrain.agent.id,
            ouvert_le=dossier.ouvert_le,
            today=TODAY,
            etapes=etapes_of(session, dossier.id),
            contacts=contacts_of(session, dossier.id, promis_par=None if last is None else last.id, today=TODAY),
            suivis=queries.suivis_since(
                session, dossier.id, agent_id=terrain.agent.id, last=last, ouvert_le=dossier.ouvert_le
            ),
        )


def colleague_logs(terrain: Terrain, session, colleague, **values) -> None:
    given = {"jour": TODAY, "canal": Canal.ENTRETIEN, "resultat": Resultat.ECHANGE_FAIT}
    services_suivis.log_suivi(
        session,
        terrain.dossier(session),
        agent=colleague,
        suivi_id=uuid4(),
        depot=uuid4(),
        **(given | COMMUN | values),
    )


def test_nothing_happened(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        terrain.log(session, jour=TODAY - 3 * JOUR)
    since = news(terrain)
    assert since.jour == TODAY - 3 * JOUR
    assert since.rien


def test_without_an_exchange_news_go_back_to_the_opening(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        terrain.log(session, resultat=Resultat.ABSENT_NON_EXCUSE, jour=TODAY - 9 * JOUR)
        terrain.log(session, canal=Canal.ENTRETIEN_TIERS)
    since = news(terrain)
    assert since.jour is None
    assert [(row.resultat, row.jour, row.combien) for row in since.manques] == [
        (Resultat.ABSENT_NON_EXCUSE, TODAY - 9 * JOUR, 1)
    ]
    assert not since.autres


def test_missed_appointments_and_others_who_met_them_are_summed_up(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        colleague = make_agent(session, terrain.agent.structure)
        other = make_agent(session, terrain.agent.structure)
        colleague_logs(terrain, session, other, jour=TODAY - 30 * JOUR)
        terrain.log(session, jour=TODAY - 20 * JOUR)
        for ago in (15, 12, 9):
            terrain.log(session, jour=TODAY - ago * JOUR, resultat=Resultat.ABSENT_NON_EXCUSE)
        terrain.log(session, jour=TODAY - 8 * JOUR, resultat=Resultat.SANS_REPONSE)
        colleague_logs(terrain, session, colleague, jour=TODAY - 5 * JOUR)
        colleague_logs(terrain, session, colleague, jour=TODAY - 2 * JOUR)
        colleague_logs(terrain, session, other, jour=TODAY - JOUR, canal=Canal.ENTRETIEN_TIERS)
        colleague_logs(terrain, session, other, jour=TODAY - JOUR, resultat=Resultat.EXCUSE)
    since = news(terrain)
    assert [(row.resultat, row.jour, row.combien) for row in since.manques] == [
        (Resultat.EXCUSE, TODAY - JOUR, 1),
        (Resultat.ABSENT_NON_EXCUSE, TODAY - 9 * JOUR, 3),
    ]
    assert [(row.nom, row.jour, row.combien) for row in since.autres] == [(colleague.nom, TODAY - 2 * JOUR, 2)]


def test_steps_begun_or_ended_since_are_said_once(terrain: Terrain) -> None:
    fin, en_cours = StatutEtape.TERMINEE, StatutEtape.EN_COURS
    with terrain.database.writing() as session:
        terrain.log(session, jour=TODAY - 20 * JOUR)
        terrain.add(session, Faits(GenreEtape.SCOLARITE, fin, date(2024, 9, 1), fin=TODAY - 10 * JOUR))
        terrain.add(session, Faits(GenreEtape.STAGE, fin, TODAY - 15 * JOUR, fin=TODAY - 12 * JOUR))
        terrain.add(session, Faits(GenreEtape.LOGEMENT, fin, date(2025, 1, 1), fin=date(2025, 6, 1)))
        terrain.add(session, Faits(GenreEtape.EMPLOI, en_cours, TODAY - 5 * JOUR))
        terrain.add(session, Faits(GenreEtape.MOBILITE, en_cours, date(2025, 1, 1)))
    since = news(terrain)
    assert [etape.genre for etape in since.commencees] == [GenreEtape.EMPLOI]
    assert {etape.genre for etape in since.terminees} == {GenreEtape.SCOLARITE, GenreEtape.STAGE}


@pytest.mark.parametrize(
    ("afterwards", "parole"),
    [
        ("held", Parole.TENUE),
        ("missed", Parole.MANQUEE),
        ("cancelled", Parole.ANNULEE),
        ("forgotten", Parole.SANS_SUITE),
        ("unanswered", Parole.SANS_SUITE),
    ],
)
def test_a_promised_contact_says_what_became_of_it(terrain: Terrain, afterwards: str, parole: Parole) -> None:
    then = TODAY - 20 * JOUR
    promise = services_suivis.Prochain(TODAY - 6 * JOUR, time(14, 0), Canal.TELEPHONE)
    with terrain.database.writing() as session:
        colleague = make_agent(session, terrain.agent.structure)
        terrain.log(session, jour=then, today=then, prochain=promise)
        # an older one, of another exchange, is no news
        older = services_suivis.Prochain(TODAY - 25 * JOUR, None, None)
        terrain.log(session, jour=then - 9 * JOUR, today=then - 9 * JOUR, prochain=older)
    with terrain.database.writing() as session:
        results = {
            "held": Resultat.ECHANGE_FAIT,
            "missed": Resultat.ABSENT_NON_EXCUSE,
            "unanswered": Resultat.SANS_REPONSE,
        }
        if afterwards in results:
            colleague_logs(terrain, session, colleague, jour=promise.jour, resultat=results[afterwards])
        if afterwards == "cancelled":
            (row,) = [
                row
                for row in contacts_of(session, terrain.dossier_id, promis_par=None, today=TODAY)
                if row.jour == promise.jour
            ]
            contact = services_suivis.find_contact(session, terrain.dossier_id, row.id)
            services_suivis.cancel_contact(
                session,
                terrain.dossier(session),
                contact,
                version=row.version,
                acteur=COMMUN["acteur"],
                now=NOW,
            )
    (told,) = news(terrain).promesses
    assert (told.jour, told.heure, told.canal, told.parole) == (promise.jour, promise.heure, promise.canal, parole)


def test_a_promise_to_come_is_still_to_come(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        terrain.log(session, prochain=services_suivis.Prochain(TODAY))
    assert [promise.parole for promise in news(terrain).promesses] == [Parole.A_VENIR]


def planned_step(terrain: Terrain, session, debut: date, *, genre: GenreEtape, written: datetime) -> UUID:
    today = written.date()
    faits = Faits(genre, StatutEtape.PREVUE, debut)
    values = {"now": written, "today": today, "acteur": acteur_of(terrain)}
    return terrain.add(session, faits, **values).id


def acteur_of(terrain: Terrain):
    from app.audit.services import Acteur

    return Acteur.agent(terrain.agent.id, terrain.agent.structure_id)


def test_steps_planned_at_the_exchange_say_whether_they_began(terrain: Terrain) -> None:
    then = NOW - timedelta(days=20)
    with terrain.database.writing() as session:
        terrain.log(session, jour=then.date(), now=then)
        began = planned_step(terrain, session, TODAY - 9 * JOUR, genre=GenreEtape.FORMATION, written=then)
        called_off = planned_step(terrain, session, TODAY - 8 * JOUR, genre=GenreEtape.STAGE, written=then)
        planned_step(terrain, session, TODAY - 7 * JOUR, genre=GenreEtape.LOGEMENT, written=then)
        planned_step(terrain, session, TODAY + 7 * JOUR, genre=GenreEtape.MOBILITE, written=then)
        planned_step(terrain, session, TODAY + 8 * JOUR, genre=GenreEtape.NUMERIQUE, written=then + 4 * JOUR)
    with terrain.database.writing() as session:
        dossier = terrain.dossier(session)
        for row in etapes_of(session, dossier.id):
            etape = services_etapes.find_etape(session, dossier.id, row.id)
            if row.id == began:
                services_etapes.start_etape(
                    session, dossier, etape, version=row.version, debut=TODAY - 6 * JOUR, **COMMUN
                )
            if row.id == called_off:
                services_etapes.cancel_etape(session, dossier, etape, version=row.version, **COMMUN)
    since = news(terrain)
    assert [(promise.genre, promise.parole) for promise in since.promesses] == [
        (GenreEtape.STAGE, Parole.ANNULEE),
        (GenreEtape.LOGEMENT, Parole.SANS_SUITE),
        (GenreEtape.FORMATION, Parole.TENUE),
        (GenreEtape.MOBILITE, Parole.A_VENIR),
    ]
    assert not since.commencees
