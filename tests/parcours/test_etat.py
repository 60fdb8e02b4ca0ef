"""The derived rows: what any sequence of writes leaves equals what the events say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from app.db.errors import DomainError
from app.db.unit import touch
from app.parcours import (
    services_attente,
    services_dossiers,
    services_etapes,
    services_suivis,
    services_verifications,
)
from app.parcours.etat import drift, refresh
from app.parcours.models import Dossier, Etape, Etat, SituationMois, Suivi
from app.parcours.queries import etapes_of, find_etape, find_suivi, open_etapes_of
from app.parcours.queries_attente import last_attente
from app.parcours.queries_verifications import verifications_of
from app.parcours.rules_etapes import Faits
from app.parcours.services_suivis import Prochain
from app.parcours.vocabulaire import Canal, GenreEtape, Intensite, MotifSortie, Resultat, Situation, StatutEtape
from app.parcours.vocabulaire_actes import MotifAttente, ObjetVerification, ReponseVerification
from tests.conftest import NOW
from tests.factories import TODAY
from tests.parcours.conftest import Terrain

days = st.integers(0, 70).map(lambda back: TODAY - timedelta(days=back))
kinds = st.sampled_from([GenreEtape.SCOLARITE, GenreEtape.DECROCHAGE, GenreEtape.EMPLOI, GenreEtape.CHANTIER_EDUCATIF])
acts = st.one_of(
    st.tuples(st.just("log"), days, st.sampled_from(Resultat), st.sampled_from(Canal)),
    st.tuples(st.just("edit"), days, st.sampled_from(Resultat), st.sampled_from(Canal)),
    st.tuples(st.just("add"), days, kinds),
    st.tuples(st.just("finish"), days),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("close"), days),
    st.tuples(st.just("reopen"), days),
    st.tuples(st.just("watch")),
    st.tuples(st.just("wait"), st.integers(0, 70)),
    st.tuples(st.just("lift"), st.integers(0, 70)),
    st.tuples(st.just("confirm"), st.integers(0, 70)),
    st.tuples(st.just("forget")),
)


def perform(session: Session, terrain: Terrain, act: tuple) -> None:
    name, *arguments = act
    dossier = terrain.dossier(session)
    version = {"version": dossier.version} | terrain.commun
    if name == "log":
        jour, resultat, canal = arguments
        terrain.log(session, jour=jour, resultat=resultat, canal=canal, prochain=Prochain(TODAY))
    elif name == "edit":
        jour, resultat, canal = arguments
        last = session.scalars(select(Suivi.id).where(Suivi.dossier_id == dossier.id).limit(1)).one_or_none()
        if last is not None:
            suivi = find_suivi(session, dossier.id, last)
            words = {"jour": jour, "resultat": resultat, "canal": canal, "version": suivi.version}
            services_suivis.edit_suivi(session, dossier, suivi, **words, **terrain.commun)
    elif name == "add":
        jour, genre = arguments
        terrain.add(session, Faits(genre, StatutEtape.EN_COURS, jour))
    elif name in ("finish", "cancel"):
        for row in open_etapes_of(session, dossier.id)[:1]:
            etape = find_etape(session, dossier.id, row.id)
            service = getattr(services_etapes, f"{name}_etape")
            end = {"fin": arguments[0]} if name == "finish" else {}
            service(session, dossier, etape, version=etape.version, **end, **terrain.commun)
    elif name == "close":
        answers = {row.id: None for row in open_etapes_of(session, dossier.id)}
        motif = MotifSortie.DEMENAGEMENT
        services_dossiers.close_dossier(session, dossier, le=arguments[0], motif=motif, etapes=answers, **version)
    elif name == "reopen":
        services_dossiers.reopen_dossier(session, dossier, le=arguments[0], **version)
    elif name in ("wait", "lift"):
        clock = terrain.commun | {"today": TODAY + timedelta(days=arguments[0])}
        perform_wait(session, dossier, name, clock)
    elif name in ("confirm", "forget"):
        perform_check(session, dossier, name, terrain.commun)
    else:
        services_dossiers.set_intensite(session, dossier, intensite=Intensite.SUIVI, **version)


def perform_wait(session: Session, dossier: Dossier, name: str, clock: dict) -> None:
    last = last_attente(session, dossier.id)
    if name == "lift":
        services_attente.lift_attente(session, dossier, attente_id=last.id if last else uuid4(), **clock)
        return
    until = clock["today"] + timedelta(days=20)
    motif = MotifAttente.RENTREE
    services_attente.set_attente(session, dossier, motif=motif, jusqu_au=until, au_plus=90, depot=uuid4(), **clock)


def perform_check(session: Session, dossier: Dossier, name: str, clock: dict) -> None:
    if name == "forget":
        for row in verifications_of(session, dossier.id)[:1]:
            services_verifications.cancel_verification(session, dossier, verification_id=row.id, **clock)
        return
    repere = session.get(Etat, dossier.id).situation_depuis
    said = {"mois": None, "reponse": ReponseVerification.TOUJOURS_EN_PLACE, "depot": uuid4()}
    services_verifications.answer_verification(
        session, dossier, objet=ObjetVerification.SITUATION, repere=repere, **said, **clock
    )


# one database for all examples: each opens a dossier of its own
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=st.lists(acts, min_size=1, max_size=8))
def test_whatever_is_written_the_derived_rows_follow(terrain: Terrain, history: list[tuple]) -> None:
    with terrain.database.writing() as session:
        terrain.dossier_id = terrain.open(session).id
    for act in history:
        try:
            with terrain.database.writing() as session:
                perform(session, terrain, act)
        except DomainError:
            continue
    with terrain.database.reading() as session:
        assert drift(session) == []


@contextmanager
def statements(terrain: Terrain) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:
        seen.append(statement)

    engine = terrain.database.engines.write
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def plant(session: Session, terrain: Terrain, number: int) -> list[int]:
    """Dossiers written as an import does: without the services."""
    model = terrain.dossier(session)
    columns = Dossier.__table__.c
    shared = {c.name: getattr(model, c.name) for c in columns if c.name not in ("id", "uid", "code", "depot")}
    rows = [shared | {"uid": uuid4(), "code": f"T{index:05}"} for index in range(number)]
    ids = list(session.scalars(insert(Dossier).returning(Dossier.id), rows))
    step = {"genre": GenreEtape.FORMATION, "statut": StatutEtape.EN_COURS, "debut": date(2026, 1, 12), "cree_le": NOW}
    session.execute(insert(Etape), [{"dossier_id": key, "id": uuid4(), **step} for key in ids])
    suivi = {"jour": TODAY, "canal": Canal.COURRIEL, "resultat": Resultat.RDV_PRIS, "cree_le": NOW, "themes": ()}
    session.execute(insert(Suivi), [{"dossier_id": key, "id": uuid4(), "depot": uuid4(), **suivi} for key in ids])
    return ids


def test_many_dossiers_cost_no_more_statements_than_one(terrain: Terrain) -> None:
    counts = []
    for number in (1, 300):
        with terrain.database.open_write() as session:
            ids = plant(session, terrain, number)
            session.flush()
            with statements(terrain) as seen:
                refresh(session, ids)
            assert drift(session) == []
            states = session.scalars(select(Etat).where(Etat.dossier_id.in_(ids))).all()
            assert {(s.situation, s.dernier_contact) for s in states} == {(Situation.FORMATION, TODAY)}
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 9


def test_what_did_not_change_is_not_written(terrain: Terrain) -> None:
    with terrain.database.open_write() as session:
        ids = plant(session, terrain, 20)
        refresh(session, ids)
        with statements(terrain) as seen:
            refresh(session, ids)
        assert all(statement.lstrip().startswith("SELECT") for statement in seen)


def test_the_state_keeps_what_another_room_wrote_in_it(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        session.execute(update(Etat).values(referent_id=terrain.agent.id))
        terrain.log(session)
    with terrain.database.reading() as session:
        state = session.get(Etat, terrain.dossier_id)
        assert (state.referent_id, state.dernier_contact) == (terrain.agent.id, TODAY)


def test_a_state_row_in_hand_says_what_was_just_written(terrain: Terrain) -> None:
    with terrain.database.open_write() as session:
        state = session.get(Etat, terrain.dossier_id)
        assert state.dernier_contact is None
        terrain.log(session)
        refresh(session, [terrain.dossier_id])
        assert state.dernier_contact == TODAY


@pytest.mark.parametrize("altered", ["state", "spell", "missing"])
def test_drift_names_the_dossier_whose_rows_were_altered(terrain: Terrain, altered: str) -> None:
    with terrain.database.writing() as session:
        other = terrain.open(session).id
    with terrain.database.open_write() as session:
        if altered == "state":
            session.execute(update(Etat).where(Etat.dossier_id == other).values(dernier_contact=date(2026, 2, 1)))
        elif altered == "spell":
            session.execute(
                update(SituationMois).where(SituationMois.dossier_id == other).values(situation=Situation.EMPLOI)
            )
        else:
            session.delete(session.get(Etat, other))
            session.flush()
        assert drift(session) == [other]
        touch(session, other)
        refresh(session, [other])
        assert drift(session) == []


def test_drift_goes_through_everybody_by_pages(terrain: Terrain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.parcours.etat.PAGE_DOSSIERS", 3)
    with terrain.database.open_write() as session:
        ids = plant(session, terrain, 7)
        refresh(session, ids[:-2])
        assert drift(session) == ids[-2:]
        assert len(etapes_of(session, ids[0])) == 1
