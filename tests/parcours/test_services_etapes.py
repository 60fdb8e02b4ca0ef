"""Steps: added, moved, corrected; proposals accepted; what two people write at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_dossiers, services_etapes
from app.parcours.models import Dossier, Etape, Etat
from app.parcours.queries import find_etape
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import (
    Contrat,
    GenreEtape,
    Intensite,
    IssueEtape,
    MotifSortie,
    Situation,
    StatutEtape,
)
from tests.factories import TODAY
from tests.parcours.conftest import Terrain

SCOLARITE = Faits(GenreEtape.SCOLARITE, StatutEtape.EN_COURS, date(2025, 9, 1))
DECROCHAGE = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, date(2026, 2, 2))
FORMATION = Faits(GenreEtape.FORMATION, StatutEtape.PREVUE, date(2026, 3, 2))


def act(terrain: Terrain, name: str, etape: Etape, **values) -> Etape:
    def run(session: Session) -> Etape:
        found = find_etape(session, terrain.dossier_id, etape.id)
        service = getattr(services_etapes, name)
        return service(session, terrain.dossier(session), found, **(terrain.commun | values))

    return terrain.writing(run)


def stored(terrain: Terrain, etape: Etape) -> Etape:
    with terrain.database.reading() as session:
        return find_etape(session, terrain.dossier_id, etape.id)


def situation(terrain: Terrain) -> Situation:
    with terrain.database.reading() as session:
        return session.get(Etat, terrain.dossier_id).situation


def test_a_step_lives_from_plan_to_end(terrain: Terrain) -> None:
    etape = terrain.writing(lambda session: terrain.add(session, FORMATION))
    assert situation(terrain) is Situation.INCONNUE
    act(terrain, "start_etape", etape, version=1, debut=date(2026, 3, 4))
    assert situation(terrain) is Situation.FORMATION
    act(terrain, "hold_etape", etape, version=2)
    assert situation(terrain) is Situation.FORMATION
    act(terrain, "resume_etape", etape, version=3)
    act(terrain, "finish_etape", etape, version=4, fin=TODAY, issue=IssueEtape.OBJECTIF_ATTEINT)
    kept = stored(terrain, etape)
    assert (kept.statut, kept.debut, kept.fin) == (StatutEtape.TERMINEE, date(2026, 3, 4), TODAY)
    assert (kept.issue, kept.version) == (IssueEtape.OBJECTIF_ATTEINT, 5)
    assert situation(terrain) is Situation.INCONNUE


def test_an_interrupted_step_says_by_whom_and_a_cancelled_one_never_was(terrain: Terrain) -> None:
    etape = terrain.writing(lambda session: terrain.add(session, replace(FORMATION, statut=StatutEtape.EN_COURS)))
    with pytest.raises(DomainError, match="transition_impossible"):
        act(terrain, "interrupt_etape", etape, version=1, statut=StatutEtape.TERMINEE, fin=TODAY)
    act(terrain, "interrupt_etape", etape, version=1, statut=StatutEtape.INTERROMPUE_JEUNE, fin=TODAY)
    assert stored(terrain, etape).statut is StatutEtape.INTERROMPUE_JEUNE
    with pytest.raises(DomainError, match="transition_impossible"):
        act(terrain, "cancel_etape", etape, version=2)
    other = terrain.writing(lambda session: terrain.add(session, SCOLARITE))
    act(terrain, "cancel_etape", other, version=1)
    assert situation(terrain) is Situation.INCONNUE
    # the place is free again
    terrain.writing(lambda session: terrain.add(session, SCOLARITE))


def test_a_decrochage_ends_the_schooling_when_the_proposal_is_accepted(terrain: Terrain) -> None:
    school = terrain.writing(lambda session: terrain.add(session, SCOLARITE))
    terrain.writing(lambda session: terrain.add(session, DECROCHAGE, closing=[(school.id, 1)]))
    ended = stored(terrain, school)
    assert (ended.statut, ended.fin, ended.version) == (StatutEtape.TERMINEE, DECROCHAGE.debut, 2)
    assert situation(terrain) is Situation.DECROCHAGE


def test_a_proposal_may_be_declined(terrain: Terrain) -> None:
    school = terrain.writing(lambda session: terrain.add(session, SCOLARITE))
    terrain.writing(lambda session: terrain.add(session, DECROCHAGE))
    assert stored(terrain, school).statut is StatutEtape.EN_COURS


def test_starting_a_planned_formation_ends_the_decrochage_and_a_chantier_cannot(terrain: Terrain) -> None:
    out = terrain.writing(lambda session: terrain.add(session, DECROCHAGE))
    chantier = Faits(GenreEtape.CHANTIER_EDUCATIF, StatutEtape.EN_COURS, date(2026, 3, 1), heures=70)
    with pytest.raises(DomainError, match="proposition_perimee"):
        terrain.writing(lambda session: terrain.add(session, chantier, closing=[(out.id, 1)]))
    terrain.writing(lambda session: terrain.add(session, chantier))
    planned = terrain.writing(lambda session: terrain.add(session, FORMATION))
    act(terrain, "start_etape", planned, version=1, debut=date(2026, 3, 9), closing=[(out.id, 1)])
    assert stored(terrain, out).fin == date(2026, 3, 9)
    assert situation(terrain) is Situation.FORMATION


def test_a_proposal_read_at_an_older_version_is_shown_again(terrain: Terrain) -> None:
    school = terrain.writing(lambda session: terrain.add(session, SCOLARITE))
    act(terrain, "hold_etape", school, version=1)
    with pytest.raises(StaleVersion) as stale:
        terrain.writing(lambda session: terrain.add(session, DECROCHAGE, closing=[(school.id, 1)]))
    assert stale.value.current.id == school.id
    with terrain.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Etape)) == 1


def test_a_refusal_writes_nothing_even_what_was_accepted(terrain: Terrain) -> None:
    school = terrain.writing(lambda session: terrain.add(session, SCOLARITE))
    twin = Faits(GenreEtape.DECROCHAGE, StatutEtape.TERMINEE, date(2026, 1, 5), date(2026, 3, 1))
    terrain.writing(lambda session: terrain.add(session, twin))
    with terrain.database.open_write() as session:
        with pytest.raises(DomainError, match="meme_genre_en_cours"):
            terrain.add(session, DECROCHAGE, closing=[(school.id, 1)])
        # even in the same unit: the page that explains the refusal shows things as they are
        assert find_etape(session, terrain.dossier_id, school.id).statut is StatutEtape.EN_COURS


def test_the_same_deposit_of_a_step_is_one_step(terrain: Terrain) -> None:
    depot = uuid4()
    first = terrain.writing(lambda session: terrain.add(session, SCOLARITE, depot=depot))
    assert terrain.writing(lambda session: terrain.add(session, SCOLARITE, depot=depot)).id == first.id
    with pytest.raises(DepotConflict) as conflict:
        terrain.writing(lambda session: terrain.add(session, DECROCHAGE, depot=depot))
    assert conflict.value.existing.genre is GenreEtape.SCOLARITE


def test_a_correction_replaces_what_was_written(terrain: Terrain) -> None:
    job = Faits(GenreEtape.EMPLOI, StatutEtape.TERMINEE, date(2025, 9, 1), TODAY, contrat=Contrat.CDD_COURT)
    etape = terrain.writing(lambda session: terrain.add(session, job))
    right = replace(job, statut=StatutEtape.EN_COURS, fin=None, contrat=Contrat.CDI, precisions=b"sealed")
    act(terrain, "correct_etape", etape, version=1, faits=right)
    kept = stored(terrain, etape)
    assert (kept.statut, kept.fin, kept.contrat, kept.precisions) == (
        StatutEtape.EN_COURS,
        None,
        Contrat.CDI,
        b"sealed",
    )
    assert situation(terrain) is Situation.EMPLOI
    with pytest.raises(StaleVersion) as stale:
        act(terrain, "correct_etape", etape, version=1, faits=job)
    assert stale.value.current.contrat is Contrat.CDI


def test_a_correction_may_not_lay_a_step_over_another(terrain: Terrain) -> None:
    terrain.writing(lambda session: terrain.add(session, SCOLARITE))
    past = Faits(GenreEtape.SCOLARITE, StatutEtape.TERMINEE, date(2024, 9, 2), date(2025, 7, 1))
    etape = terrain.writing(lambda session: terrain.add(session, past))
    with pytest.raises(DomainError, match="meme_genre_en_cours"):
        act(terrain, "correct_etape", etape, version=1, faits=replace(past, fin=date(2025, 9, 15)))
    act(terrain, "correct_etape", etape, version=1, faits=replace(past, fin=date(2025, 9, 1)))


def test_opening_a_minors_decrochage_ends_the_mere_watch(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        minor = terrain.open(session, annee_naissance=2010, intensite=Intensite.VEILLE)
    terrain.dossier_id = minor.id
    terrain.writing(lambda session: terrain.add(session, DECROCHAGE))
    with terrain.database.reading() as session:
        kept = session.get(Dossier, minor.id)
        assert (kept.intensite, kept.intensite_depuis) == (Intensite.SOUTENU, TODAY)


def test_a_closed_dossier_takes_no_new_open_step(terrain: Terrain) -> None:
    def close(session: Session) -> None:
        services_dossiers.close_dossier(
            session,
            terrain.dossier(session),
            version=1,
            le=TODAY,
            motif=MotifSortie.MISSION_LOCALE,
            etapes={},
            **terrain.commun,
        )

    terrain.writing(close)
    with pytest.raises(DomainError, match="dossier_clos"):
        terrain.writing(lambda session: terrain.add(session, SCOLARITE))
    past = replace(SCOLARITE, statut=StatutEtape.TERMINEE, fin=date(2026, 1, 30))
    terrain.writing(lambda session: terrain.add(session, past))
