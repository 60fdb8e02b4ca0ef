"""From the database to arrays, on both engines: nothing after the vintage, everybody in their atom."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.accounts.vocabulaire import GenreStructure
from app.cohortes.models import EntreeCohorte
from app.cohortes.queries_observations import completed_months, observe
from app.cohortes.rules_definitions import exit_on, first_step, is_qualification
from app.cohortes.rules_denombrement import RANG, SITUATIONS
from app.cohortes.rules_mesures_observations import Observations
from app.cohortes.rules_treillis import first_day_after, observed_months, read_quarter
from app.parcours.models import Dossier, Suivi, contact_reussi_sql
from app.parcours.rules import is_contact_reussi, months_later
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, GenreEtape, IssueEtape, MotifSortie, Resultat, Situation, StatutEtape
from tests.cohortes.gel import close_quarters
from tests.cohortes.population import Jeune, Pause, add, jeunes_divers
from tests.conftest import NOW
from tests.factories import make_structure, make_territoire

V = read_quarter("2025-T2")
FIN = first_day_after(V) - timedelta(days=1)


@pytest.fixture
def session(maison):
    """Nothing is committed."""
    with maison.database.open_write() as session:
        yield session
        session.rollback()


def nobody(session: Session) -> list[int]:
    return []


def read(session: Session, *, arretes=nobody) -> tuple[Observations, list[int]]:
    """The observations, and the dossier of each of their people."""
    obs = observe(session, millesime=V, arretes=arretes)
    rows = session.execute(
        select(EntreeCohorte.dossier_id, EntreeCohorte.atome_id).order_by(
            EntreeCohorte.atome_id, EntreeCohorte.dossier_id
        )
    ).all()
    assert [int(obs.ids[rang]) for rang in obs.personnes.atome] == [atome for _, atome in rows]
    return obs, [dossier for dossier, _ in rows]


def suites(obs: Observations) -> list[list[Situation]]:
    """The months of each person, from their spells."""
    found: list[list[Situation]] = [[] for _ in obs.personnes.atome]
    columns = (obs.sejours.personne, obs.sejours.situation, obs.sejours.precedente, obs.sejours.debut, obs.sejours.fin)
    for personne, situation, precedente, debut, fin in zip(*(column.tolist() for column in columns), strict=True):
        suite = found[personne]
        assert debut == len(suite)
        assert precedente == (RANG[suite[-1]] if suite else -1)
        suite += [SITUATIONS[situation]] * (fin - debut)
    return found


@given(lot=st.lists(jeunes_divers(), min_size=1, max_size=8))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=40
)
def test_everybody_is_read_as_the_slow_definitions_say(session: Session, lot: list[Jeune]):
    with session.begin_nested() as savepoint:
        genres = (GenreStructure.PLIE, GenreStructure.MISSION_LOCALE)
        structures = [make_structure(session, genre=genre) for genre in genres]
        ids = add(session, structures, [make_territoire(session) for _ in range(3)], lot)
        close_quarters(session, millesime=V)
        obs, dossiers = read(session)
        savepoint.rollback()
    session.expunge_all()
    by_dossier = dict(zip(ids, lot, strict=True))
    assert sorted(dossiers) == [one for one, jeune in by_dossier.items() if jeune.ouvert_le <= FIN]
    assert int(obs.effectif.sum()) == len(dossiers)
    for rang, (dossier, suite) in enumerate(zip(dossiers, suites(obs), strict=True)):
        jeune = by_dossier[dossier]
        horizon = observed_months(int(obs.trimestre[obs.personnes.atome[rang]]), V)
        assert suite == jeune.suite[: horizon + 1]
        assert len(suite) == horizon + 1
        assert_facts(obs, rang, jeune)


def assert_facts(obs: Observations, rang: int, jeune: Jeune) -> None:
    personnes = obs.personnes
    motif = exit_on(FIN, clos_le=jeune.clos_le, motif=jeune.motif, reouvertures=jeune.pauses)
    assert personnes.motif[rang] == (-1 if motif is None else list(MotifSortie).index(motif))
    assert personnes.plie[rang] == (jeune.lieu[1] == 0)
    assert personnes.qualifie[rang] == any(
        is_qualification(etape) and jeune.ouvert_le <= etape.fin <= FIN for etape in jeune.etapes
    )
    premiere = first_step([etape for etape in jeune.etapes if etape.debut <= FIN], ouvert_le=jeune.ouvert_le)
    assert personnes.premiere[rang] == (-1 if premiere is None else slow_months(jeune.ouvert_le, premiere))
    assert personnes.ouvert[rang] == (jeune.clos_le is None)


def slow_months(debut: date, fin: date) -> int:
    return max(mois for mois in range(1000) if months_later(debut, mois) <= fin)


@given(debut=st.dates(date(1990, 1, 1), date(2030, 1, 1)), days=st.integers(0, 2000))
def test_months_are_completed_as_the_law_counts_them(debut: date, days: int):
    fin = debut + timedelta(days=days)
    found = completed_months(np.array([debut.toordinal()]), np.array([fin.toordinal()]))
    assert found.tolist() == [slow_months(debut, fin)]


def test_who_came_in_late_is_observed_as_their_atom(session: Session):
    """Entered in January 2024, written down after that quarter was closed: month 0 is still January 2024."""
    emploi = Faits(GenreEtape.EMPLOI, StatutEtape.TERMINEE, date(2024, 1, 5), date(2024, 2, 29))
    people = [Jeune(etapes=[emploi]), Jeune(etapes=[emploi])]
    ids = add(session, make_structure(session), make_territoire(session), people)
    close_quarters(session, millesime=V, tardifs=[ids[1]])
    obs, dossiers = read(session)
    found = dict(zip(dossiers, suites(obs), strict=True))
    assert len(found[ids[0]]) == 16
    assert found[ids[1]] == [Situation.EMPLOI]


def test_the_erased_stay_in_the_headcount_and_nowhere_else(session: Session):
    ids = add(session, make_structure(session), make_territoire(session), [Jeune() for _ in range(5)])
    close_quarters(session, millesime=V)
    session.execute(delete(Dossier).where(Dossier.id == ids[2]))
    session.expire_all()
    obs, dossiers = read(session)
    assert ids[2] not in dossiers
    assert obs.effectif.tolist() == [5]
    assert obs.effaces(np.array([True])).tolist() == [1]
    assert len(suites(obs)) == 4


def test_what_happens_after_the_vintage_is_not_known(session: Session):
    apres = FIN + timedelta(days=1)
    formation = Faits(
        GenreEtape.ALTERNANCE, StatutEtape.TERMINEE, date(2025, 1, 1), apres, issue=IssueEtape.OBJECTIF_ATTEINT
    )
    people = [
        Jeune(clos_le=apres, etapes=[formation]),
        Jeune(clos_le=FIN),
        Jeune(pauses=[Pause(FIN, apres, MotifSortie.DECES)]),
        Jeune(pauses=[Pause(FIN - timedelta(days=9), FIN, MotifSortie.DECES)]),
        Jeune(ouvert_le=apres),
    ]
    ids = add(session, make_structure(session), make_territoire(session), people)
    close_quarters(session, millesime=V)
    obs, dossiers = read(session, arretes=lambda session: [ids[1], ids[3], 10**9])
    assert dossiers == ids[:4]
    motifs = list(MotifSortie)
    assert obs.personnes.motif.tolist() == [
        -1, motifs.index(MotifSortie.DEMENAGEMENT), motifs.index(MotifSortie.DECES), -1
    ]  # fmt: skip
    assert obs.personnes.qualifie.tolist() == [False] * 4
    assert obs.personnes.ouvert.tolist() == [False, False, True, True]
    assert obs.personnes.arrete.tolist() == [False, True, False, True]


def suivi(dossier_id: int, jour: date, canal=Canal.ENTRETIEN, resultat=Resultat.ECHANGE_FAIT) -> dict:
    return {"dossier_id": dossier_id, "id": uuid4(), "jour": jour, "canal": canal, "resultat": resultat,
            "themes": (), "visibilite": "mon_equipe", "cree_le": NOW, "depot": uuid4(), "version": 1}  # fmt: skip


def test_the_days_between_contacts_are_those_of_the_vintage_since_entry(session: Session):
    ids = add(session, make_structure(session), make_territoire(session), [Jeune() for _ in range(4)])
    close_quarters(session, millesime=V)
    premier = date(2024, 3, 1)
    jours = [premier, premier, premier + timedelta(days=10), premier + timedelta(days=45)]
    rows = [suivi(ids[0], jour) for jour in jours]
    # before entry, after the vintage, with somebody else, or failed: none of them counts
    rows += [suivi(ids[0], date(2023, 12, 1)), suivi(ids[0], FIN + timedelta(days=1))]
    rows += [suivi(ids[0], FIN, Canal.ENTRETIEN_TIERS), suivi(ids[0], FIN, resultat=Resultat.SANS_REPONSE)]
    rows += [suivi(ids[1], premier), suivi(ids[1], premier), suivi(ids[2], premier), suivi(ids[2], FIN)]
    session.execute(insert(Suivi), rows)
    obs, _ = read(session)
    assert obs.personnes.ecart[0] == 22.5
    assert np.isnan(obs.personnes.ecart[[1, 3]]).all()
    assert obs.personnes.ecart[2] == (FIN - premier).days


def test_a_contact_reussi_is_the_same_in_sql(session: Session):
    (dossier_id,) = add(session, make_structure(session), make_territoire(session), [Jeune()])
    kinds = list(product(Canal, Resultat))
    session.execute(insert(Suivi), [suivi(dossier_id, FIN, *kind) for kind in kinds])
    found = session.execute(select(Suivi.canal, Suivi.resultat).where(contact_reussi_sql())).all()
    assert {tuple(row) for row in found} == {kind for kind in kinds if is_contact_reussi(*kind)}


def test_an_empty_database_has_nobody(session: Session):
    obs, dossiers = read(session)
    assert (len(obs.ids), len(obs.sejours.debut), dossiers) == (0, 0, [])
