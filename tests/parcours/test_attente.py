"""A journey waits until a day: what is refused, what it leaves in the state row, how it goes on."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.parcours import services_dossiers
from app.parcours.etat import drift
from app.parcours.models import Etat
from app.parcours.models_actes import MiseEnAttente
from app.parcours.services_attente import lift_attente, set_attente
from app.parcours.vocabulaire import Canal, MotifSortie, Resultat
from app.parcours.vocabulaire_actes import MotifAttente
from tests.factories import TODAY
from tests.parcours.conftest import Terrain


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def wait(session: Session, terrain: Terrain, until: int = 30, *, at: int = 0, **values) -> MiseEnAttente:
    """From the day `at` to the day `until`, both counted from TODAY."""
    given = {"motif": MotifAttente.RENTREE, "jusqu_au": day(until), "au_plus": 90, "depot": uuid4()}
    clock = terrain.commun | {"today": day(at)}
    return set_attente(session, terrain.dossier(session), **(given | clock | values))


def lift(session: Session, terrain: Terrain, attente: MiseEnAttente, *, at: int = 0) -> MiseEnAttente | None:
    clock = terrain.commun | {"today": day(at)}
    return lift_attente(session, terrain.dossier(session), attente_id=attente.id, **clock)


def waits_until(terrain: Terrain) -> date | None:
    with terrain.database.reading() as session:
        assert drift(session) == []
        return session.scalar(select(Etat.attente_jusqu_au).where(Etat.dossier_id == terrain.dossier_id))


def refused(terrain: Terrain, until: int = 30, **values) -> tuple[str, str | None]:
    with terrain.database.open_write() as session, pytest.raises(DomainError) as error:
        wait(session, terrain, until, **values)
    return error.value.code, error.value.field


def test_a_wait_is_kept_and_the_state_row_knows_its_end(terrain: Terrain) -> None:
    kept = terrain.writing(lambda session: wait(session, terrain))
    assert (kept.depuis, kept.jusqu_au, kept.levee_le) == (TODAY, day(30), None)
    assert waits_until(terrain) == day(30)


def test_from_tomorrow_to_what_the_structure_allows(terrain: Terrain) -> None:
    assert refused(terrain, 0) == refused(terrain, -1) == ("attente_passee", "jusqu_au")
    assert refused(terrain, 91) == ("attente_trop_longue", "jusqu_au")
    assert refused(terrain, 15, au_plus=14) == ("attente_trop_longue", "jusqu_au")
    with terrain.database.open_write() as session:
        assert wait(session, terrain, 1).jusqu_au == day(1)
    terrain.writing(lambda session: wait(session, terrain, 90))
    assert waits_until(terrain) == day(90)


def test_a_closed_dossier_does_not_wait(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        dossier = terrain.dossier(session)
        services_dossiers.close_dossier(
            session, dossier, version=1, le=TODAY, motif=MotifSortie.DEMENAGEMENT, etapes={}, **terrain.commun
        )
    assert refused(terrain) == ("dossier_clos", None)


def test_a_wait_cannot_follow_itself(terrain: Terrain) -> None:
    terrain.writing(lambda session: wait(session, terrain, 30))
    assert refused(terrain, 40, at=29) == ("attente_en_cours", None)
    assert refused(terrain, 60, at=30) == ("attente_sans_contact", None)
    # tried, met a third party, met them before the end: no contact réussi after it
    for number, said in (
        (31, {"resultat": Resultat.SANS_REPONSE}),
        (31, {"canal": Canal.ENTRETIEN_TIERS}),
        (29, {}),
    ):
        with terrain.database.writing() as session:
            terrain.log(session, jour=day(number), today=day(40), **said)
        assert refused(terrain, 70, at=40) == ("attente_sans_contact", None)
    with terrain.database.writing() as session:
        terrain.log(session, jour=day(30), today=day(40))
    terrain.writing(lambda session: wait(session, terrain, 70, at=40))
    assert waits_until(terrain) == day(70)


def test_lifted_sooner_the_journey_goes_on_that_day(terrain: Terrain) -> None:
    kept = terrain.writing(lambda session: wait(session, terrain, 30))
    lifted = terrain.writing(lambda session: lift(session, terrain, kept, at=10))
    assert (lifted.jusqu_au, lifted.levee_le) == (day(10), day(10))
    assert waits_until(terrain) == day(10)
    assert refused(terrain, 40, at=10) == ("attente_sans_contact", None)
    # once more, and after its day: nothing changes
    again = terrain.writing(lambda session: lift(session, terrain, kept, at=20))
    assert (again.jusqu_au, again.levee_le) == (day(10), day(10))
    with terrain.database.reading() as session:
        lines = select(func.count()).where(EntreeJournal.action == Action.ATTENTE_LEVEE)
        assert session.scalar(lines) == 1


def test_a_clock_set_back_does_not_end_a_wait_before_it_began(terrain: Terrain) -> None:
    kept = terrain.writing(lambda session: wait(session, terrain, 30))
    lifted = terrain.writing(lambda session: lift(session, terrain, kept, at=-2))
    assert (lifted.jusqu_au, lifted.levee_le) == (TODAY, TODAY)


def test_one_that_ended_by_itself_is_not_lifted(terrain: Terrain) -> None:
    kept = terrain.writing(lambda session: wait(session, terrain, 30))
    over = terrain.writing(lambda session: lift(session, terrain, kept, at=30))
    assert (over.jusqu_au, over.levee_le) == (day(30), None)


def test_set_by_mistake_and_lifted_the_same_day_it_never_was(terrain: Terrain) -> None:
    kept = terrain.writing(lambda session: wait(session, terrain, 30))
    terrain.writing(lambda session: lift(session, terrain, kept))
    assert waits_until(terrain) is None
    terrain.writing(lambda session: wait(session, terrain, 20))
    assert waits_until(terrain) == day(20)


def test_the_wait_of_another_dossier_is_not_lifted_from_here(terrain: Terrain) -> None:
    mine = terrain.dossier_id
    with terrain.database.writing() as session:
        terrain.dossier_id = terrain.open(session).id
    kept = terrain.writing(lambda session: wait(session, terrain))
    theirs, terrain.dossier_id = terrain.dossier_id, mine
    assert terrain.writing(lambda session: lift(session, terrain, kept)) is None
    terrain.dossier_id = theirs
    assert waits_until(terrain) == day(30)


def test_the_same_deposit_is_one_wait(terrain: Terrain) -> None:
    depot = uuid4()
    kept = terrain.writing(lambda session: wait(session, terrain, depot=depot))
    assert terrain.writing(lambda session: wait(session, terrain, depot=depot)).id == kept.id
    for other in ({"jusqu_au": day(31)}, {"motif": MotifAttente.INDISPONIBLE}):
        with terrain.database.open_write() as session, pytest.raises(DepotConflict) as conflict:
            wait(session, terrain, depot=depot, **other)
        assert conflict.value.existing.id == kept.id
    terrain.writing(lambda session: lift(session, terrain, kept, at=3))
    assert terrain.writing(lambda session: wait(session, terrain, depot=depot, at=3)).levee_le == day(3)
    with terrain.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(MiseEnAttente)) == 1


def test_drift_names_the_dossier_whose_wait_was_altered(terrain: Terrain) -> None:
    terrain.writing(lambda session: wait(session, terrain))
    with terrain.database.open_write() as session:
        session.execute(update(Etat).values(attente_jusqu_au=day(31)))
        assert drift(session) == [terrain.dossier_id]
