"""Several processes on one dossier lose nothing, on both engines."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import func, select

from app.accounts.models import Agent
from app.audit.services import Acteur, Journal, configure
from app.config import Settings
from app.db.engine import make_engines
from app.db.errors import DomainError
from app.db.unit import Database
from app.parcours import services_dossiers, services_etapes, services_suivis
from app.parcours.etat import drift, refresh
from app.parcours.models import Dossier, Etape, Etat, Suivi
from app.parcours.queries import find_etape, find_suivi
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutEtape
from tests.conftest import NOW
from tests.factories import TODAY
from tests.parcours.conftest import Terrain

COMMUN = {"acteur": Acteur.commande(), "now": NOW, "today": TODAY}
WRITERS = 4


def _process(settings: Settings, work: Callable, argument: object, barrier, results) -> None:
    engines = make_engines(settings, keys=False)
    database = Database(engines)
    configure(database, Journal(pseudonymise=lambda text: text.encode().ljust(32, b"\0")[:32], sign=lambda data: data))
    database.on_touch(refresh)
    barrier.wait(30)
    try:
        with database.writing() as session:
            said = work(session, argument)
    except DomainError as error:
        said = error.code
    results.put(said)
    engines.dispose()


def together(settings: Settings, work: Callable, arguments: list) -> list:
    """Run `work(session, argument)` in as many processes as arguments, all starting at once; what each said."""
    # one server imports the application once, then every writer is forked from it, without our connections
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "psycopg"])
    barrier, results = context.Barrier(len(arguments)), context.Queue()
    workers = [
        context.Process(target=_process, args=(settings, work, argument, barrier, results)) for argument in arguments
    ]
    for worker in workers:
        worker.start()
    said = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(30)
    return said


def _log(session, argument: tuple[int, int, UUID, date]) -> str:
    dossier_id, agent_id, depot, jour = argument
    suivi = services_suivis.log_suivi(
        session,
        session.get(Dossier, dossier_id),
        agent=session.get(Agent, agent_id),
        jour=jour,
        canal=Canal.PRESENCE_RUE,
        resultat=Resultat.ECHANGE_FAIT,
        suivi_id=uuid4(),
        depot=depot,
        **COMMUN,
    )
    return str(suivi.id)


def test_one_form_sent_by_four_processes_is_one_follow_up(settings: Settings, terrain: Terrain) -> None:
    said = together(settings, _log, [(terrain.dossier_id, terrain.agent.id, uuid4(), TODAY)] * WRITERS)
    assert len(set(said)) == 1
    with terrain.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Suivi)) == 1


def test_the_state_row_follows_the_last_of_writers_that_come_together(settings: Settings, terrain: Terrain) -> None:
    jours = [date(2026, 3, 10), TODAY, date(2026, 2, 1), date(2026, 3, 16)]
    together(settings, _log, [(terrain.dossier_id, terrain.agent.id, uuid4(), jour) for jour in jours])
    with terrain.database.reading() as session:
        assert session.get(Etat, terrain.dossier_id).dernier_contact == TODAY
        assert session.scalar(select(func.count()).select_from(Suivi)) == WRITERS
        assert drift(session) == []


def _edit(session, argument: tuple[int, UUID, Canal]) -> str:
    dossier_id, suivi_id, canal = argument
    services_suivis.edit_suivi(
        session,
        session.get(Dossier, dossier_id),
        find_suivi(session, dossier_id, suivi_id),
        version=1,
        jour=TODAY,
        canal=canal,
        resultat=Resultat.ECHANGE_FAIT,
        **COMMUN,
    )
    return "edited"


def test_of_edits_at_one_version_one_wins_and_the_others_are_told(settings: Settings, terrain: Terrain) -> None:
    suivi = terrain.writing(terrain.log)
    canaux = [Canal.TELEPHONE, Canal.MESSAGE, Canal.VISIO, Canal.COURRIEL]
    said = together(settings, _edit, [(terrain.dossier_id, suivi.id, canal) for canal in canaux])
    assert sorted(said) == ["edited", *["version_perimee"] * (WRITERS - 1)]
    with terrain.database.reading() as session:
        assert find_suivi(session, terrain.dossier_id, suivi.id).version == 2


def _add(session, argument: tuple[int, date]) -> str:
    dossier_id, debut = argument
    services_etapes.add_etape(
        session,
        session.get(Dossier, dossier_id),
        faits=Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, debut),
        etape_id=uuid4(),
        depot=uuid4(),
        **COMMUN,
    )
    return "added"


def test_two_people_cannot_open_the_same_kind_of_step_at_once(settings: Settings, terrain: Terrain) -> None:
    debuts = [date(2026, 2, day) for day in range(1, WRITERS + 1)]
    said = together(settings, _add, [(terrain.dossier_id, debut) for debut in debuts])
    assert sorted(said) == ["added", *["meme_genre_en_cours"] * (WRITERS - 1)]


def _hold_or_cancel(session, argument: tuple[int, UUID, str]) -> str:
    dossier_id, etape_id, name = argument
    etape = find_etape(session, dossier_id, etape_id)
    getattr(services_etapes, name)(session, session.get(Dossier, dossier_id), etape, version=1, **COMMUN)
    return name


def test_two_acts_on_a_step_at_one_version_do_not_add_up(settings: Settings, terrain: Terrain) -> None:
    step = Faits(GenreEtape.EMPLOI, StatutEtape.EN_COURS, date(2026, 2, 1))
    etape = terrain.writing(lambda session: terrain.add(session, step))
    names = ["hold_etape", "cancel_etape"]
    said = together(settings, _hold_or_cancel, [(terrain.dossier_id, etape.id, name) for name in names])
    assert "version_perimee" in said
    with terrain.database.reading() as session:
        kept = find_etape(session, terrain.dossier_id, etape.id)
        assert kept.version == 2
        assert kept.statut is (StatutEtape.EN_ATTENTE if "hold_etape" in said else StatutEtape.ANNULEE)
        assert session.scalar(select(func.count()).select_from(Etape)) == 1


def _open(session, argument: tuple[int, int, UUID]) -> str:
    structure_id, territoire_id, depot = argument
    dossier = services_dossiers.open_dossier(
        session,
        uid=uuid4(),
        par=None,
        structure_id=structure_id,
        territoire_id=territoire_id,
        ouvert_le=TODAY,
        depot=depot,
        **COMMUN,
    )
    return dossier.code


def test_one_new_dossier_sent_by_four_processes_is_one_dossier(settings: Settings, terrain: Terrain) -> None:
    said = together(settings, _open, [(terrain.structure_id, terrain.territoire_id, uuid4())] * WRITERS)
    assert len(set(said)) == 1
    with terrain.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Dossier)) == 2
