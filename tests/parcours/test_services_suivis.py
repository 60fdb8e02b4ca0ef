"""Follow-ups and planned contacts: what is written, what comes twice, what is refused."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import EntreeJournal
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_dossiers, services_suivis
from app.parcours.models import ContactPrevu, Etat, Suivi
from app.parcours.queries import find_contact, find_suivi
from app.parcours.services_suivis import Prochain
from app.parcours.vocabulaire import Canal, MotifSortie, Resultat, StatutContactPrevu, Theme, Visibilite
from app.parcours.vocabulaire_actes import PartageNote
from tests.conftest import NOW
from tests.factories import TODAY
from tests.parcours.conftest import Terrain

TOMORROW = TODAY + timedelta(days=1)


def etat(session: Session, terrain: Terrain) -> Etat:
    found = session.get(Etat, terrain.dossier_id)
    assert found is not None
    return found


def plan(session: Session, terrain: Terrain, jour: date, **values) -> ContactPrevu:
    given = {"contact_id": uuid4(), "depot": uuid4()} | terrain.commun | values
    # a contact that is now past was planned before its day
    given["today"] = min(given["today"], jour)
    return services_suivis.plan_contact(session, terrain.dossier(session), agent=terrain.agent, jour=jour, **given)


def statuts(session: Session, terrain: Terrain) -> dict[date, str]:
    rows = session.execute(
        select(ContactPrevu.jour, ContactPrevu.statut).where(ContactPrevu.dossier_id == terrain.dossier_id)
    )
    return {row.jour: row.statut.value for row in rows}


def test_a_follow_up_is_kept_and_moves_the_state_row(terrain: Terrain) -> None:
    themes = [Theme.LOGEMENT, Theme.EMPLOI]
    logged = terrain.writing(
        lambda session: terrain.log(
            session, themes=themes, note=b"sealed", prochain=Prochain(TOMORROW, time(14, 30), Canal.TELEPHONE)
        )
    )
    with terrain.database.reading() as session:
        kept = find_suivi(session, terrain.dossier_id, logged.id)
        assert (kept.jour, kept.canal, kept.resultat) == (TODAY, Canal.ENTRETIEN, Resultat.ECHANGE_FAIT)
        assert kept.themes == (Theme.EMPLOI, Theme.LOGEMENT)
        assert (kept.note, kept.agent_id, kept.version) == (b"sealed", terrain.agent.id, 1)
        state = etat(session, terrain)
        assert (state.dernier_contact, state.derniere_tentative, state.prochain_contact) == (TODAY, TODAY, TOMORROW)


def test_an_attempt_or_a_third_party_is_no_contact(terrain: Terrain) -> None:
    terrain.writing(lambda session: terrain.log(session, jour=TODAY - timedelta(days=9)))
    for past, values in (
        (3, {"resultat": Resultat.SANS_REPONSE}),
        (2, {"resultat": Resultat.ABSENT_NON_EXCUSE}),
        (1, {"canal": Canal.ENTRETIEN_TIERS}),
    ):
        tried = TODAY - timedelta(days=past)
        with terrain.database.writing() as session:
            terrain.log(session, jour=tried, **values)
        with terrain.database.reading() as session:
            state = etat(session, terrain)
            assert (state.dernier_contact, state.derniere_tentative) == (TODAY - timedelta(days=9), tried)


def test_the_same_deposit_is_one_row_and_one_line_in_the_journal_of_access(terrain: Terrain) -> None:
    words = {"depot": uuid4(), "suivi_id": uuid4(), "note": b"sealed", "prochain": Prochain(TOMORROW)}
    first = terrain.writing(lambda session: terrain.log(session, **words))
    # a second request seals again: other bytes and another row id, the same words
    again = words | {"note": b"sealed otherwise", "suivi_id": uuid4(), "same_note": lambda stored: stored == b"sealed"}
    second = terrain.writing(lambda session: terrain.log(session, **again))
    assert second.id == first.id
    with terrain.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Suivi)) == 1
        assert session.scalar(select(func.count()).select_from(ContactPrevu)) == 1
        lines = select(func.count()).select_from(EntreeJournal).where(EntreeJournal.action == "suivi_note")
        assert session.scalar(lines) == 1


def test_the_same_deposit_with_other_words_is_a_conflict_that_loses_nothing(terrain: Terrain) -> None:
    words = {"depot": uuid4(), "suivi_id": uuid4(), "note": b"words", "prochain": Prochain(TOMORROW)}
    first = terrain.writing(lambda session: terrain.log(session, **words))
    for other in (
        {"note": b"other words"},
        {"jour": TODAY - timedelta(days=1)},
        {"canal": Canal.MESSAGE},
        {"resultat": Resultat.EXCUSE},
        {"themes": [Theme.EMPLOI]},
        {"visibilite": Visibilite.EQUIPE_SUIVI, "partage": PartageNote.ACCORD},
        {"prochain": None},
        {"prochain": Prochain(TOMORROW, time(9, 0))},
    ):
        again = words | {"suivi_id": uuid4()} | other
        with terrain.database.open_write() as session, pytest.raises(DepotConflict) as conflict:
            terrain.log(session, **again)
        assert conflict.value.existing.id == first.id
        assert conflict.value.existing.note == b"words"


def test_words_are_shared_with_the_team_only_once_the_young_person_knows(terrain: Terrain) -> None:
    shared = {"visibilite": Visibilite.EQUIPE_SUIVI, "note": b"words"}
    with terrain.database.open_write() as session, pytest.raises(DomainError, match="partage_non_dit"):
        terrain.log(session, **shared)
    told = terrain.writing(lambda session: terrain.log(session, **shared, partage=PartageNote.INFORME))
    assert told.partage is PartageNote.INFORME
    # of what has no words, or goes no further, nothing is asked and nothing is kept
    for other in ({"visibilite": Visibilite.EQUIPE_SUIVI}, {"note": b"words"}):
        noted = terrain.writing(lambda session, o=other: terrain.log(session, partage=PartageNote.ACCORD, **o))
        assert noted.partage is None


def test_a_day_that_cannot_be_is_refused(terrain: Terrain) -> None:
    too_old = date(2026, 1, 5) - timedelta(days=366)
    for jour, code in ((TOMORROW, "jour_futur"), (too_old, "jour_avant_dossier")):
        with terrain.database.open_write() as session, pytest.raises(DomainError, match=code):
            terrain.log(session, jour=jour)
    earliest = too_old + timedelta(days=1)
    assert terrain.writing(lambda session: terrain.log(session, jour=earliest)).jour == earliest


def test_a_follow_up_settles_the_contacts_planned_up_to_its_day(terrain: Terrain) -> None:
    for resultat, canal, past, expected in (
        (Resultat.ECHANGE_FAIT, Canal.TELEPHONE, -3, "tenu"),
        (Resultat.RDV_PRIS, Canal.TELEPHONE, 0, "tenu"),
        (Resultat.ABSENT_NON_EXCUSE, Canal.ENTRETIEN, 0, "annule"),
        (Resultat.EXCUSE, Canal.ENTRETIEN, -1, "annule"),
        (Resultat.ANNULE_STRUCTURE, Canal.ENTRETIEN, 0, "annule"),
        (Resultat.SANS_REPONSE, Canal.TELEPHONE, 0, "prevu"),
        (Resultat.NE_SOUHAITE_PAS, Canal.TELEPHONE, 0, "prevu"),
        (Resultat.ECHANGE_FAIT, Canal.ENTRETIEN_TIERS, 0, "prevu"),
        (Resultat.ECHANGE_FAIT, Canal.TELEPHONE, 1, "prevu"),
    ):
        with terrain.database.writing() as session:
            terrain.dossier_id = terrain.open(session).id
            jour = TODAY + timedelta(days=past)
            plan(session, terrain, jour)
            terrain.log(session, resultat=resultat, canal=canal)
        with terrain.database.reading() as session:
            assert statuts(session, terrain) == {jour: expected}, (resultat, canal, past)
            assert etat(session, terrain).prochain_contact == (jour if expected == "prevu" else None)


def test_correcting_a_follow_up_settles_its_contacts_again(terrain: Terrain) -> None:
    terrain.writing(lambda session: plan(session, terrain, TODAY))
    logged = terrain.writing(terrain.log)
    words = {"jour": TODAY, "canal": Canal.TELEPHONE, "resultat": Resultat.SANS_REPONSE, **terrain.commun}

    def edit(session: Session) -> Suivi:
        suivi = find_suivi(session, terrain.dossier_id, logged.id)
        return services_suivis.edit_suivi(session, terrain.dossier(session), suivi, version=1, **words)

    edited = terrain.writing(edit)
    assert (edited.version, edited.modifie_le) == (2, NOW)
    with terrain.database.reading() as session:
        assert statuts(session, terrain) == {TODAY: "prevu"}
        state = etat(session, terrain)
        assert (state.dernier_contact, state.derniere_tentative) == (None, TODAY)
    with pytest.raises(StaleVersion) as stale:
        terrain.writing(edit)
    assert stale.value.current.resultat is Resultat.SANS_REPONSE


def test_a_correction_does_not_hold_what_the_follow_up_itself_promised(terrain: Terrain) -> None:
    """Met in the morning, to be called back in the evening: correcting the morning leaves the evening to come."""
    logged = terrain.writing(lambda session: terrain.log(session, prochain=Prochain(TODAY, time(18, 0))))
    words = {"jour": TODAY, "canal": Canal.PRESENCE_RUE, "resultat": Resultat.ECHANGE_FAIT, **terrain.commun}

    def edit(session: Session) -> Suivi:
        suivi = find_suivi(session, terrain.dossier_id, logged.id)
        return services_suivis.edit_suivi(session, terrain.dossier(session), suivi, version=1, **words)

    terrain.writing(edit)
    with terrain.database.reading() as session:
        assert statuts(session, terrain) == {TODAY: "prevu"}


def test_a_planned_contact_is_moved_then_cancelled(terrain: Terrain) -> None:
    planned = terrain.writing(lambda session: plan(session, terrain, TOMORROW, heure=time(10, 0)))

    def move(session: Session) -> ContactPrevu:
        contact = find_contact(session, terrain.dossier_id, planned.id)
        later = TOMORROW + timedelta(days=7)
        return services_suivis.move_contact(
            session, terrain.dossier(session), contact, version=1, jour=later, **terrain.commun
        )

    def cancel(session: Session) -> ContactPrevu:
        contact = find_contact(session, terrain.dossier_id, planned.id)
        acted = {"acteur": terrain.commun["acteur"], "now": NOW}
        return services_suivis.cancel_contact(session, terrain.dossier(session), contact, version=2, **acted)

    assert terrain.writing(move).version == 2
    with terrain.database.reading() as session:
        assert etat(session, terrain).prochain_contact == TOMORROW + timedelta(days=7)
    with pytest.raises(StaleVersion):
        terrain.writing(move)
    terrain.writing(cancel)
    terrain.writing(cancel)
    with terrain.database.reading() as session:
        assert statuts(session, terrain) == {TOMORROW + timedelta(days=7): "annule"}
        assert etat(session, terrain).prochain_contact is None
        lines = select(func.count()).select_from(EntreeJournal).where(EntreeJournal.action == "contact_annule")
        assert session.scalar(lines) == 1
    with pytest.raises(DomainError, match="contact_passe"):
        terrain.writing(move)


def test_a_planned_contact_deposited_twice_is_one(terrain: Terrain) -> None:
    words = {"depot": uuid4(), "heure": time(9, 15)}
    first = terrain.writing(lambda session: plan(session, terrain, TOMORROW, **words))
    assert terrain.writing(lambda session: plan(session, terrain, TOMORROW, **words)).id == first.id
    with pytest.raises(DepotConflict):
        terrain.writing(lambda session: plan(session, terrain, TOMORROW, depot=words["depot"]))


def test_nothing_is_planned_in_a_closed_dossier_but_a_late_note_is_taken(terrain: Terrain) -> None:
    def close(session: Session) -> None:
        motif = MotifSortie.DEMENAGEMENT
        services_dossiers.close_dossier(
            session, terrain.dossier(session), version=1, le=TODAY, motif=motif, etapes={}, **terrain.commun
        )

    terrain.writing(close)
    terrain.writing(terrain.log)
    with pytest.raises(DomainError, match="dossier_clos"):
        terrain.writing(lambda session: plan(session, terrain, TOMORROW))
    with pytest.raises(DomainError, match="dossier_clos"):
        terrain.writing(lambda session: terrain.log(session, prochain=Prochain(TOMORROW)))


def test_a_next_contact_lies_ahead(terrain: Terrain) -> None:
    for days, code in ((-1, "prevu_passe"), (731, "prevu_trop_loin")):
        with terrain.database.open_write() as session, pytest.raises(DomainError) as refused:
            terrain.log(session, prochain=Prochain(TODAY + timedelta(days=days)))
        assert (refused.value.code, refused.value.field) == (code, "prochain_jour")


def test_planned_contacts_end_with_the_dossier(terrain: Terrain) -> None:
    terrain.writing(lambda session: plan(session, terrain, TOMORROW))
    terrain.writing(
        lambda session: services_dossiers.close_dossier(
            session,
            terrain.dossier(session),
            version=1,
            le=TODAY,
            motif=MotifSortie.DECES,
            etapes={},
            **terrain.commun,
        )
    )
    with terrain.database.reading() as session:
        assert statuts(session, terrain) == {TOMORROW: StatutContactPrevu.ANNULE.value}
