"""Goals: written once, ticked once, never agreed to in words that have changed, read by those they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_objectifs
from app.parcours.models_objectifs import Objectif
from app.parcours.queries_objectifs import PAGE, Lecture, find_objectif, objectifs_of, pas_of, past_of
from app.parcours.rules_objectifs import SUIVIS_AU_PLUS, themes_read
from app.parcours.services_objectifs import Dit, PasDit
from app.parcours.vocabulaire import GenreEtape, MotifSortie, Theme
from app.parcours.vocabulaire_objectifs import GENRES_DU_THEME, StatutObjectif
from tests.factories import TODAY, make_agent
from tests.parcours.conftest import Terrain

JOUR = timedelta(days=1)
TOUT = Lecture(frozenset(Theme), agent_id=0)
# what is ticked for a partner, or not: they never follow from a purpose
SENSIBLES = {
    Theme.LOGEMENT: GenreEtape.LOGEMENT,
    Theme.SANTE_ACCES: GenreEtape.ACCES_SOINS,
    Theme.FAMILLE: GenreEtape.PARENTALITE,
}


def says(mots: bytes = b"jeune", **values) -> Dit:
    return Dit(**({"theme": Theme.EMPLOI, "mots_jeune": mots, "mots_pro": None, "echeance": None} | values))


def steps(*words: bytes) -> list[PasDit]:
    return [PasDit(uuid4(), mots) for mots in words]


def write(terrain: Terrain, session: Session, dit: Dit | None = None, pas: Sequence[PasDit] = (), **values) -> Objectif:
    dit = dit or says()
    key = values.pop("depot", None) or uuid4()
    given = {
        "agent": terrain.agent,
        "objectif_id": key,
        "depot": key,
        "same_words": lambda stored: (stored.mots_jeune, stored.mots_pro) == (dit.mots_jeune, dit.mots_pro),
        "same_steps": lambda stored: [step.mots for step in stored] == [step.mots for step in pas],
    } | terrain.commun
    return services_objectifs.write_objectif(session, terrain.dossier(session), dit=dit, pas=pas, **(given | values))


def edit(terrain: Terrain, session: Session, objectif_id: UUID, dit: Dit, pas: Sequence[PasDit] = (), **values):
    found = find_objectif(session, terrain.dossier_id, objectif_id)
    given = {
        "version": found.version,
        "agent": terrain.agent,
        "statut": found.statut,
        "same_words": lambda stored: (stored.mots_jeune, stored.mots_pro) == (dit.mots_jeune, dit.mots_pro),
    } | terrain.commun
    return services_objectifs.edit_objectif(
        session, terrain.dossier(session), found, dit=dit, pas=pas, **(given | values)
    )


def tick(terrain: Terrain, session: Session, objectif_id: UUID, pas_id: UUID, fait_le: date | None):
    who = {name: terrain.commun[name] for name in ("acteur", "now")}
    found = find_objectif(session, terrain.dossier_id, objectif_id)
    services_objectifs.tick_pas(session, terrain.dossier(session), found, pas_id, fait_le=fait_le, **who)


def test_a_double_tap_is_one_goal_and_other_words_are_not_lost(terrain: Terrain) -> None:
    depot = uuid4()
    with terrain.database.writing() as session:
        first = write(terrain, session, pas=steps(b"un", b"deux"), depot=depot)
        assert write(terrain, session, pas=steps(b"un", b"deux"), depot=depot) is first
        for dit, pas in ((says(b"autre"), (b"un", b"deux")), (says(), (b"deux", b"un")), (says(echeance=TODAY), ())):
            with pytest.raises(DepotConflict):
                write(terrain, session, dit, steps(*pas), depot=depot)
        stranger = make_agent(session, terrain.agent.structure)
        with pytest.raises(DomainError, match="depot_inconnu"):
            write(terrain, session, pas=steps(b"un", b"deux"), depot=depot, agent=stranger)
        assert [step.mots for step in pas_of(session, terrain.dossier_id, first.id)] == [b"un", b"deux"]


def test_a_goal_has_words_whatever_writes_it(terrain: Terrain) -> None:
    with pytest.raises(IntegrityError), terrain.database.writing() as session:
        write(terrain, session, says(None))


def test_an_agreement_is_to_words_and_falls_with_them(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        made = write(terrain, session, accord_le=TODAY - JOUR)
        kept = edit(terrain, session, made.id, says(echeance=TODAY + JOUR, theme=Theme.FORMATION), steps(b"un"))
        assert kept.accord_le == TODAY - JOUR, "a day, a theme, a small step are not what they agreed to"
        assert edit(terrain, session, made.id, says(b"autre")).accord_le is None


def test_they_agree_to_the_words_that_were_read_to_them(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        made, dossier = write(terrain, session), terrain.dossier(session)
        agree = {"version": 1, "accord_le": TODAY} | terrain.commun
        for _ in range(2):
            assert services_objectifs.set_accord(session, dossier, made, **agree).accord_le == TODAY
        assert made.version == 1
        for far in (TODAY + JOUR, dossier.ouvert_le - 400 * JOUR):
            with pytest.raises(DomainError, match="accord_invraisemblable"):
                services_objectifs.set_accord(session, dossier, made, **(agree | {"accord_le": far}))
        edit(terrain, session, made.id, says(b"autre"))
        with pytest.raises(StaleVersion):
            services_objectifs.set_accord(session, dossier, made, **agree)
        assert (
            services_objectifs.set_accord(
                session, dossier, made, **(agree | {"version": 2, "accord_le": None})
            ).accord_le
            is None
        )


def test_a_tick_keeps_its_first_day_and_ages_no_edit(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        pas = steps(b"un")
        made = write(terrain, session, pas=pas)
        for day, kept in ((TODAY - JOUR, TODAY - JOUR), (TODAY, TODAY - JOUR), (None, None), (TODAY, TODAY)):
            tick(terrain, session, made.id, pas[0].id, day)
            assert pas_of(session, terrain.dossier_id, made.id)[0].fait_le == kept
        edit(terrain, session, made.id, says(b"autre"), pas, version=1)
        with pytest.raises(StaleVersion):
            edit(terrain, session, made.id, says(b"encore"), pas, version=1)
        assert pas_of(session, terrain.dossier_id, made.id)[0].fait_le == TODAY
        with pytest.raises(DomainError, match="pas_retire"):
            tick(terrain, session, made.id, uuid4(), TODAY)


def test_the_day_of_a_goal_lies_ahead_and_one_that_has_passed_stays(terrain: Terrain) -> None:
    refused = (
        (TODAY - JOUR, StatutObjectif.EN_COURS, "echeance_passee"),
        (TODAY - JOUR, StatutObjectif.REPORTE, "echeance_passee"),
        (TODAY + 2000 * JOUR, StatutObjectif.EN_COURS, "echeance_trop_loin"),
    )
    with terrain.database.writing() as session:
        made = write(terrain, session)
        for day, statut, why in refused:
            with pytest.raises(DomainError, match=why):
                edit(terrain, session, made.id, says(echeance=day), statut=statut)
        over = edit(terrain, session, made.id, says(echeance=TODAY - JOUR), statut=StatutObjectif.ATTEINT)
        assert (over.echeance, over.statut_le) == (TODAY - JOUR, TODAY)
        edit(terrain, session, made.id, says(echeance=TODAY), statut=StatutObjectif.EN_COURS)
        later = {"today": TODAY + 9 * JOUR}
        assert edit(terrain, session, made.id, says(b"autre", echeance=TODAY), **later).echeance == TODAY


def test_a_dozen_goals_at_a_time_and_none_on_a_closed_file(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        made = [write(terrain, session) for _ in range(SUIVIS_AU_PLUS)]
        with pytest.raises(DomainError, match="trop_d_objectifs"):
            write(terrain, session)
        edit(terrain, session, made[0].id, says(), statut=StatutObjectif.ATTEINT)
        write(terrain, session)
        with pytest.raises(DomainError, match="trop_d_objectifs"):
            edit(terrain, session, made[0].id, says(), statut=StatutObjectif.EN_COURS)
        dossier = terrain.dossier(session)
        dossier.clos_le, dossier.motif_sortie = TODAY, MotifSortie.DEMENAGEMENT
        session.flush()
        with pytest.raises(DomainError, match="dossier_clos"):
            edit(terrain, session, made[1].id, says(b"autre"))


def test_those_expected_come_soonest_first_and_those_over_by_pages(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        days = (None, TODAY + 9 * JOUR, TODAY + JOUR)
        made = [write(terrain, session, says(echeance=day), steps(b"b", b"a")) for day in days]
        assert objectifs_of(session, terrain.dossier_id, lecture=Lecture((), agent_id=0)) == ([], 0, None)
        found, _, _ = objectifs_of(session, terrain.dossier_id, lecture=TOUT)
        assert [one.objectif.id for one in found] == [made[2].id, made[1].id, made[0].id]
        assert [step.pas_mots for step in found[0].pas] == [b"b", b"a"]
        for number in range(PAGE + 3):
            over = write(terrain, session, pas=steps(b"un"))
            day = {"today": TODAY + (number % 4) * JOUR}
            edit(terrain, session, over.id, says(), steps(b"un", b"deux"), statut=StatutObjectif.ATTEINT, **day)
        assert objectifs_of(session, terrain.dossier_id, lecture=TOUT)[1] == PAGE + 3
        first, more = past_of(session, terrain.dossier_id, lecture=TOUT)
        second, end = past_of(session, terrain.dossier_id, lecture=TOUT, after=first[-1].objectif.id)
    assert (len(first), more, len(second), end) == (PAGE, True, 3, False)
    assert len({one.objectif.id for one in (*first, *second)}) == PAGE + 3
    assert all(len(one.pas) == 2 for one in (*first, *second))


def test_a_reader_finds_their_themes_and_what_they_wrote(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        write(terrain, session, says(theme=Theme.LOGEMENT))
        write(terrain, session, says(theme=Theme.EMPLOI))

        def themes(lecture: Lecture) -> set[Theme]:
            return {one.objectif.theme for one in objectifs_of(session, terrain.dossier_id, lecture=lecture)[0]}

        assert themes(Lecture({Theme.EMPLOI}, agent_id=0)) == {Theme.EMPLOI}
        assert themes(Lecture((), agent_id=0)) == set()
        assert themes(Lecture((), agent_id=terrain.agent.id)) == {Theme.EMPLOI, Theme.LOGEMENT}


def test_a_goal_written_by_mistake_goes_with_its_small_steps(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        pas = steps(b"un")
        made = write(terrain, session, pas=pas)
        who = {name: terrain.commun[name] for name in ("acteur", "now")}
        with pytest.raises(StaleVersion):
            services_objectifs.delete_objectif(session, terrain.dossier(session), made, version=9, **who)
        services_objectifs.delete_objectif(session, terrain.dossier(session), made, version=1, **who)
        assert find_objectif(session, terrain.dossier_id, made.id) is None
        assert pas_of(session, terrain.dossier_id, made.id) == []


@given(genres=st.frozensets(st.sampled_from(list(GenreEtape))))
def test_a_partner_reads_a_goal_only_for_a_kind_of_step_that_they_see(genres: frozenset[GenreEtape]) -> None:
    read = themes_read(genres)
    assert all(GENRES_DU_THEME[theme] & genres for theme in read)
    assert all(genre in genres for theme, genre in SENSIBLES.items() if theme in read)
    assert not read & {Theme.RESSOURCES, Theme.ADMINISTRATIF, Theme.JUSTICE_PRISE_EN_COMPTE}


def test_who_follows_the_whole_reads_everything() -> None:
    assert themes_read(None) == set(Theme) == set(GENRES_DU_THEME)
    assert themes_read(frozenset()) == frozenset()


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(moves=st.lists(st.tuples(st.permutations(range(4)), st.sets(st.integers(0, 3)), st.integers(0, 3)), max_size=4))
def test_however_a_goal_is_rewritten_its_steps_are_as_said_and_ticks_stay(terrain: Terrain, moves) -> None:
    """Each move: an order, the lines that are left out, the one that is ticked before."""
    with terrain.database.writing() as session:
        lines, done = steps(b"a", b"b", b"c", b"d"), set()
        made = write(terrain, session, pas=lines)
        for order, left_out, ticked in moves:
            if ticked < len(lines):
                tick(terrain, session, made.id, lines[ticked].id, TODAY)
                done.add(lines[ticked].id)
            kept = [lines[at] for at in order if at < len(lines) and at not in left_out]
            lines = [PasDit(line.id, line.mots + b"'") for line in kept] + steps(b"neuf")
            edit(terrain, session, made.id, says(), lines)
            stored = pas_of(session, terrain.dossier_id, made.id)
            assert [(step.id, step.mots) for step in stored] == [(line.id, line.mots) for line in lines]
            assert {step.id for step in stored if step.fait_le} == done & {line.id for line in lines}
        session.rollback()
