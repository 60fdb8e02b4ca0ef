"""Questions answered with one tap: about what, when, once, and undone."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_dossiers
from app.parcours.etat import drift
from app.parcours.models import Etat
from app.parcours.models_actes import Verification
from app.parcours.queries_verifications import verifications_of
from app.parcours.rules import months_later
from app.parcours.rules_etapes import Faits
from app.parcours.rules_verifications import questions
from app.parcours.services_verifications import answer_verification, cancel_verification
from app.parcours.vocabulaire import GenreEtape, MotifSortie, StatutEtape
from app.parcours.vocabulaire_actes import ObjetVerification, ReponseVerification
from tests.factories import TODAY
from tests.parcours.conftest import Terrain

SITUATION, RACCROCHAGE, SORTIE = ObjetVerification
LA, CHANGEE, INCONNUE = ReponseVerification
RETOUR = date(2025, 9, 10)


def answer(session: Session, terrain: Terrain, objet: ObjetVerification, repere: date, **values) -> Verification:
    mois = {SITUATION: None, RACCROCHAGE: 6, SORTIE: 3}[objet]
    given = {"mois": mois, "reponse": LA, "depot": uuid4()} | terrain.commun | values
    return answer_verification(session, terrain.dossier(session), objet=objet, repere=repere, **given)


def refused(terrain: Terrain, objet: ObjetVerification, repere: date, **values) -> str:
    with terrain.database.open_write() as session, pytest.raises(DomainError) as error:
        answer(session, terrain, objet, repere, **values)
    return error.value.code


def come_back(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        terrain.add(session, Faits(GenreEtape.DECROCHAGE, StatutEtape.TERMINEE, date(2025, 5, 1), fin=date(2025, 9, 9)))
    with terrain.database.writing() as session:
        terrain.add(session, Faits(GenreEtape.FORMATION, StatutEtape.EN_COURS, RETOUR))


def close(terrain: Terrain, le: date, motif: MotifSortie = MotifSortie.DEMENAGEMENT) -> None:
    with terrain.database.writing() as session:
        dossier = terrain.open(session, ouvert_le=date(2024, 1, 5))
        terrain.dossier_id = dossier.id
    with terrain.database.writing() as session:
        dossier = terrain.dossier(session)
        services_dossiers.close_dossier(session, dossier, version=1, le=le, motif=motif, etapes={}, **terrain.commun)


def state(terrain: Terrain) -> Etat:
    with terrain.database.reading() as session:
        assert drift(session) == []
        return session.get(Etat, terrain.dossier_id)


def waiting(reperes: dict, **known) -> list[tuple]:
    given = {"ouvert_le": date(2024, 1, 5), "cree_le": date(2024, 1, 5), "answered": (), "today": TODAY}
    return list(questions(reperes, **({"motif": MotifSortie.DEMENAGEMENT} | given | known)))


def cancel(terrain: Terrain, made: Verification) -> None:
    with terrain.database.writing() as session:
        cancel_verification(session, terrain.dossier(session), verification_id=made.id, **terrain.commun)


def test_a_situation_confirmed_is_in_the_state_row_until_it_is_cancelled(terrain: Terrain) -> None:
    come_back(terrain)
    made = terrain.writing(lambda session: answer(session, terrain, SITUATION, RETOUR))
    assert (made.jour, made.mois, made.genre) == (TODAY, None, None)
    assert state(terrain).confirmee_le == TODAY
    cancel(terrain, made)
    assert state(terrain).confirmee_le is None
    cancel(terrain, made)
    with terrain.database.reading() as session:
        lines = select(func.count()).where(EntreeJournal.action == Action.VERIFICATION_ANNULEE)
        assert session.scalar(lines) == 1
        assert verifications_of(session, terrain.dossier_id) == []


def test_confirmed_twice_on_a_day_is_so_once_and_the_last_day_counts(terrain: Terrain) -> None:
    come_back(terrain)
    first = terrain.writing(lambda session: answer(session, terrain, SITUATION, RETOUR))
    assert terrain.writing(lambda session: answer(session, terrain, SITUATION, RETOUR)).id == first.id
    later = date(2026, 4, 2)
    second = terrain.writing(lambda session: answer(session, terrain, SITUATION, RETOUR, today=later))
    assert second.id != first.id
    assert state(terrain).confirmee_le == later
    cancel(terrain, second)
    assert state(terrain).confirmee_le == TODAY


def test_what_the_page_showed_is_no_longer_what_the_dossier_says(terrain: Terrain) -> None:
    come_back(terrain)
    for objet in (SITUATION, RACCROCHAGE):
        with terrain.database.open_write() as session, pytest.raises(StaleVersion) as stale:
            answer(session, terrain, objet, date(2025, 9, 11))
        assert stale.value.current == RETOUR
    with terrain.database.open_write() as session, pytest.raises(StaleVersion) as stale:
        answer(session, terrain, SORTIE, RETOUR)
    assert stale.value.current is None


def test_a_return_is_asked_about_once_from_its_sixth_month(terrain: Terrain) -> None:
    come_back(terrain)
    assert state(terrain).retour_le == RETOUR
    assert refused(terrain, RACCROCHAGE, RETOUR, today=date(2026, 3, 9)) == "verification_trop_tot"
    made = terrain.writing(
        lambda session: answer(session, terrain, RACCROCHAGE, RETOUR, reponse=INCONNUE, today=date(2026, 3, 10))
    )
    assert refused(terrain, RACCROCHAGE, RETOUR) == "deja_repondu"
    cancel(terrain, made)
    terrain.writing(lambda session: answer(session, terrain, RACCROCHAGE, RETOUR))
    assert state(terrain).confirmee_le is None


def test_after_the_exit_each_month_has_its_answer(terrain: Terrain) -> None:
    close(terrain, date(2025, 3, 17))
    for mois in (3, 6, 12):
        said = {"mois": mois, "reponse": CHANGEE, "genre": GenreEtape.EMPLOI}
        terrain.writing(lambda session, said=said: answer(session, terrain, SORTIE, date(2025, 3, 17), **said))
    with terrain.database.reading() as session:
        rows = verifications_of(session, terrain.dossier_id)
        assert {(row.mois, row.genre) for row in rows} == {(mois, GenreEtape.EMPLOI) for mois in (3, 6, 12)}
    with terrain.database.open_write() as session, pytest.raises(StaleVersion):
        answer(session, terrain, SITUATION, date(2025, 3, 17))


@pytest.mark.parametrize("motif", [MotifSortie.DECES, MotifSortie.DOUBLON_ERREUR])
def test_nobody_asks_about_the_dead_nor_about_a_mistake(terrain: Terrain, motif: MotifSortie) -> None:
    close(terrain, date(2025, 3, 17), motif)
    assert refused(terrain, SORTIE, date(2025, 3, 17)) == "sans_verification"
    assert waiting({SORTIE: date(2025, 9, 17)}, motif=motif) == []


IMPOSSIBLE = (
    (SITUATION, {"mois": 3}, "mois_inconnu"),
    (RACCROCHAGE, {"mois": None}, "mois_inconnu"),
    (RACCROCHAGE, {"mois": 3}, "mois_inconnu"),
    (SORTIE, {"mois": 9}, "mois_inconnu"),
    (SITUATION, {"reponse": INCONNUE}, "reponse_impossible"),
    (RACCROCHAGE, {"reponse": CHANGEE}, "genre_absent"),
    (RACCROCHAGE, {"genre": GenreEtape.EMPLOI}, "genre_de_trop"),
)


@pytest.mark.parametrize(("objet", "said", "code"), IMPOSSIBLE)
def test_only_what_was_asked_is_answered(terrain: Terrain, objet: ObjetVerification, said: dict, code: str) -> None:
    come_back(terrain)
    assert refused(terrain, objet, RETOUR, **said) == code


def test_the_same_deposit_is_one_answer(terrain: Terrain) -> None:
    come_back(terrain)
    depot = uuid4()
    made = terrain.writing(lambda session: answer(session, terrain, RACCROCHAGE, RETOUR, depot=depot))
    assert terrain.writing(lambda session: answer(session, terrain, RACCROCHAGE, RETOUR, depot=depot)).id == made.id
    with terrain.database.open_write() as session, pytest.raises(DepotConflict):
        answer(session, terrain, RACCROCHAGE, RETOUR, depot=depot, reponse=INCONNUE)
    with terrain.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Verification)) == 1


def test_the_answer_of_another_dossier_is_not_cancelled_from_here(terrain: Terrain) -> None:
    come_back(terrain)
    made = terrain.writing(lambda session: answer(session, terrain, SITUATION, RETOUR))
    with terrain.database.writing() as session:
        other = terrain.open(session)
        assert cancel_verification(session, other, verification_id=made.id, **terrain.commun) is None
    assert state(terrain).confirmee_le == TODAY


def test_months_end_where_the_calendar_does() -> None:
    assert months_later(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert months_later(date(2025, 11, 30), 3) == date(2026, 2, 28)
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_later(date(2025, 12, 15), 12) == date(2026, 12, 15)


@pytest.mark.parametrize(
    ("clos", "expected"),
    [
        (date(2025, 12, 18), []),
        (date(2025, 12, 17), [3]),
        (date(2025, 9, 18), [3]),
        (date(2025, 9, 17), [6]),
        (date(2025, 3, 17), [12]),
        (date(2024, 9, 18), [12]),
        # asked for six months more, then no longer
        (date(2024, 9, 17), []),
    ],
)
def test_a_check_after_the_exit_gives_way_to_the_next(clos: date, expected: list[int]) -> None:
    assert [mois for _, mois, _ in waiting({SORTIE: clos})] == expected
    assert waiting({SORTIE: clos}, answered={(SORTIE, clos, mois) for mois in expected}) == []
    # what was answered about an earlier exit says nothing of this one
    earlier = {(SORTIE, date(2023, 1, 1), mois) for mois in expected}
    assert [mois for _, mois, _ in waiting({SORTIE: clos}, answered=earlier)] == expected


def test_an_exit_that_was_imported_and_a_return_older_than_the_dossier_are_not_asked_about() -> None:
    clos = date(2025, 12, 1)
    assert waiting({SORTIE: clos}, cree_le=clos) == [(SORTIE, 3, clos)]
    assert waiting({SORTIE: clos}, cree_le=date(2025, 12, 2)) == []
    assert waiting({RACCROCHAGE: RETOUR}, ouvert_le=date(2026, 3, 10)) == [(RACCROCHAGE, 6, RETOUR)]
    assert waiting({RACCROCHAGE: RETOUR}, ouvert_le=date(2026, 3, 11)) == []
