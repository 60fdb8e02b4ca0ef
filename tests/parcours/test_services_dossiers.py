"""Opening, closing, reopening; how closely a dossier is followed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_dossiers
from app.parcours.models import Dossier, Etat, Reouverture, SituationMois
from app.parcours.queries import etapes_of, open_etapes_of, uids_in_pages
from app.parcours.rules import month_index
from app.parcours.rules_etapes import Faits
from app.parcours.services_dossiers import Fin
from app.parcours.vocabulaire import (
    GenreEtape,
    Intensite,
    IssueEtape,
    MotifSortie,
    Sexe,
    Situation,
    StatutEtape,
    TrancheAge,
)
from tests.factories import TODAY
from tests.parcours.conftest import Terrain

EMPLOI = Faits(GenreEtape.EMPLOI, StatutEtape.EN_COURS, date(2026, 2, 2))


def close(terrain: Terrain, **values) -> Dossier:
    def run(session: Session) -> Dossier:
        dossier = terrain.dossier(session)
        given = {"version": dossier.version, "le": TODAY, "motif": MotifSortie.EMPLOI_DURABLE, "etapes": {}}
        return services_dossiers.close_dossier(session, dossier, **(given | terrain.commun | values))

    return terrain.writing(run)


def reopen(terrain: Terrain, le: date, **values) -> Dossier:
    def run(session: Session) -> Dossier:
        dossier = terrain.dossier(session)
        given = {"version": dossier.version} | terrain.commun | values
        return services_dossiers.reopen_dossier(session, dossier, le=le, **given)

    return terrain.writing(run)


def test_a_new_dossier_freezes_its_values_at_entry_and_has_its_state(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        opened = terrain.open(session, sexe=Sexe.FEMME, annee_naissance=2009, reference="R-1")
    with terrain.database.reading() as session:
        kept = session.get(Dossier, opened.id)
        assert (kept.entree_age, kept.entree_sexe) == (TrancheAge.DE_16_A_17, Sexe.FEMME)
        assert (kept.entree_structure_id, kept.entree_territoire_id) == (terrain.structure_id, terrain.territoire_id)
        state = session.get(Etat, opened.id)
        assert (state.situation, state.situation_depuis) == (Situation.INCONNUE, kept.ouvert_le)
        spell = session.scalars(select(SituationMois).where(SituationMois.dossier_id == opened.id)).one()
        assert (spell.m0, spell.situation) == (month_index(kept.ouvert_le), Situation.INCONNUE)


def test_opening_twice_under_one_deposit_opens_one(terrain: Terrain) -> None:
    depot = uuid4()
    with terrain.database.writing() as session:
        first = terrain.open(session, depot=depot)
    with terrain.database.writing() as session:
        assert terrain.open(session, depot=depot, uid=uuid4()).id == first.id
    with terrain.database.open_write() as session, pytest.raises(DepotConflict):
        terrain.open(session, depot=depot, annee_naissance=2001)


def test_what_cannot_be_opened(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        terrain.open(session, reference="R-1")
    for values, code in (
        ({"reference": "R-1"}, "reference_prise"),
        ({"ouvert_le": TODAY + timedelta(days=1)}, "ouverture_future"),
        ({"ouvert_le": date(1066, 1, 1)}, "date_invraisemblable"),
        ({"annee_naissance": 2025}, "annee_invraisemblable"),
        ({"annee_naissance": 1950}, "annee_invraisemblable"),
    ):
        with terrain.database.open_write() as session, pytest.raises(DomainError, match=code):
            terrain.open(session, **values)


def test_closing_asks_about_every_open_step(terrain: Terrain) -> None:
    job = terrain.writing(lambda session: terrain.add(session, EMPLOI))
    support = Faits(GenreEtape.ACCOMPAGNEMENT, StatutEtape.EN_ATTENTE, date(2026, 1, 10))
    kept = terrain.writing(lambda session: terrain.add(session, support))
    with pytest.raises(DomainError, match="etapes_sans_reponse"):
        close(terrain, etapes={kept.id: Fin(StatutEtape.TERMINEE)})
    closed = close(terrain, etapes={job.id: None, kept.id: Fin(StatutEtape.TERMINEE, IssueEtape.POURSUITE)})
    assert (closed.clos_le, closed.motif_sortie, closed.version) == (TODAY, MotifSortie.EMPLOI_DURABLE, 2)
    with terrain.database.reading() as session:
        assert [etape.id for etape in open_etapes_of(session, terrain.dossier_id)] == [job.id]
        assert etapes_of(session, terrain.dossier_id)[0].issue is IssueEtape.POURSUITE
        state = session.get(Etat, terrain.dossier_id)
        assert (state.situation, state.situation_depuis, state.clos_le) == (Situation.SORTI, TODAY, TODAY)


def test_what_cannot_be_closed(terrain: Terrain) -> None:
    job = terrain.writing(lambda session: terrain.add(session, EMPLOI))
    ended = {job.id: Fin(StatutEtape.TERMINEE)}
    for values, code in (
        ({"le": TODAY + timedelta(days=1)}, "cloture_future"),
        ({"le": date(2026, 1, 4)}, "cloture_avant_ouverture"),
        ({"le": date(2026, 2, 1), "etapes": ended}, "etape_apres_cloture"),
        ({"etapes": {job.id: Fin(StatutEtape.ANNULEE)}}, "transition_impossible"),
    ):
        with pytest.raises(DomainError, match=code):
            close(terrain, **values)
    with pytest.raises(StaleVersion):
        close(terrain, etapes=ended, version=7)
    close(terrain, etapes=ended)
    with pytest.raises(DomainError, match="dossier_clos"):
        close(terrain)


def test_a_reopened_dossier_keeps_its_past_closing(terrain: Terrain) -> None:
    close(terrain, le=date(2026, 1, 20), motif=MotifSortie.DEMENAGEMENT)
    with pytest.raises(DomainError, match="reouverture_avant_cloture"):
        reopen(terrain, date(2026, 1, 19))
    with pytest.raises(DomainError, match="reouverture_future"):
        reopen(terrain, TODAY + timedelta(days=1))
    reopened = reopen(terrain, TODAY)
    assert (reopened.clos_le, reopened.motif_sortie) == (None, None)
    with pytest.raises(DomainError, match="dossier_ouvert"):
        reopen(terrain, TODAY)
    with terrain.database.reading() as session:
        past = session.scalars(select(Reouverture)).one()
        assert (past.clos_le, past.motif_sortie, past.rouvert_le) == (
            date(2026, 1, 20),
            MotifSortie.DEMENAGEMENT,
            TODAY,
        )
        spells = session.execute(
            select(SituationMois.m0, SituationMois.situation)
            .where(SituationMois.dossier_id == terrain.dossier_id)
            .order_by(SituationMois.m0)
        ).all()
        january = month_index(date(2026, 1, 1))
        expected = [(january, "inconnue"), (january + 1, "sorti"), (january + 2, "inconnue")]
        assert [(m0, situation.value) for m0, situation in spells] == expected
    with pytest.raises(DomainError, match="cloture_avant_ouverture"):
        close(terrain, le=date(2026, 2, 1))


def test_intensity_is_dated_and_never_a_watch_over_a_minors_decrochage(terrain: Terrain) -> None:
    def change(session: Session, intensite: Intensite, version: int) -> Dossier:
        dossier = terrain.dossier(session)
        return services_dossiers.set_intensite(session, dossier, version=version, intensite=intensite, **terrain.commun)

    changed = terrain.writing(lambda session: change(session, Intensite.VEILLE, 1))
    assert (changed.intensite, changed.intensite_depuis, changed.version) == (Intensite.VEILLE, TODAY, 2)
    with pytest.raises(StaleVersion):
        terrain.writing(lambda session: change(session, Intensite.SUIVI, 1))
    with terrain.database.writing() as session:
        terrain.dossier_id = terrain.open(session, annee_naissance=2010).id
    terrain.writing(
        lambda session: terrain.add(session, Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, date(2026, 2, 2)))
    )
    with pytest.raises(DomainError, match="veille_decrochage_mineur"):
        terrain.writing(lambda session: change(session, Intensite.VEILLE, 1))


def test_every_uid_comes_in_pages(terrain: Terrain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.parcours.queries.PAGE_DOSSIERS", 2)
    with terrain.database.writing() as session:
        for _ in range(4):
            terrain.open(session)
    with terrain.database.reading() as session:
        pages = list(uids_in_pages(session))
        assert [len(page) for page in pages] == [2, 2, 1]
        assert sum(map(len, pages)) == session.scalar(select(func.count(Dossier.uid.distinct())))
