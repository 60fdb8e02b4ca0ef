"""Writers that meet wait in one order: the account, the dossiers, then the journal of access. None is ever undone.

PostgreSQL alone: SQLite has one writer at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.accounts.queries import agent_to_change, structure_to_change
from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.queries_ecarts import sans_naissances
from app.alertes.services_reglages import VERSION_INITIALE, set_reglages
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.audit.services import Acteur
from app.jeunes.import_etapes import EtapeAEcrire
from app.jeunes.import_etapes_ecriture import EtapeScellee, write
from app.jeunes.import_etapes_lignes import LigneEtape
from app.jeunes.import_reperes import Auteur
from app.parcours.models import Dossier, Suivi
from app.parcours.queries import lock_dossier
from app.parcours.rules_etapes import Faits
from app.parcours.services_groupes import Ligne, log_group
from app.parcours.services_suivis import log_suivi
from app.parcours.vocabulaire import Canal, GenreEtape, MotifSortie, Resultat, StatutEtape
from app.referents import services, services_depart
from app.referents.services_repartition import Part, spread
from app.referents.vocabulaire import MotifAffectation
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.referents.conftest import Equipe, make_equipe

pytestmark = pytest.mark.postgresql
COMMON = {"now": NOW, "today": TODAY}


@pytest.fixture
def equipe(build, postgresql_settings) -> Iterator[Equipe]:
    house = build(postgresql_settings)
    with house.database.open_write() as session:
        world = make_equipe(session, house)
        session.close()
        yield world


def disable(equipe: Equipe, session: Session) -> None:
    agent = agent_to_change(session, equipe.nadia.id)
    services_depart.disable_agent(session, agent, acteur=equipe.acteur(equipe.coordinatrice), now=NOW)


def import_a_step(equipe: Equipe, session: Session) -> None:
    faits = Faits(GenreEtape.SCOLARITE, StatutEtape.EN_COURS, TODAY)
    ligne = LigneEtape(2, equipe.ici.id, "A", faits)
    scellee = EtapeScellee(uuid4(), EtapeAEcrire(equipe.dossier.id, equipe.dossier.uid, ligne), None)
    auteur = Auteur(equipe.acteur(equipe.nadia), equipe.nadia.id)
    write(session, [scellee], auteur=auteur, empreinte="a", now=NOW)


def log(equipe: Equipe, session: Session, *, by: Agent | None = None) -> None:
    author = by or equipe.nadia
    log_suivi(
        session,
        session.get(Dossier, equipe.dossier.id),
        agent=session.get(Agent, author.id),
        acteur=equipe.acteur(author),
        jour=TODAY,
        canal=Canal.TELEPHONE,
        resultat=Resultat.ECHANGE_FAIT,
        suivi_id=uuid4(),
        depot=uuid4(),
        **COMMON,
    )


def set_numbers(equipe: Equipe, session: Session) -> None:
    structure = structure_to_change(session, equipe.ici.id)
    acteur = equipe.acteur(equipe.coordinatrice)
    said = {"version": VERSION_INITIALE, "naissances": sans_naissances, "acteur": acteur}
    set_reglages(session, structure, {"rendez_vous": 5}, **said, **COMMON)


@pytest.mark.parametrize("other", [disable, import_a_step])
def test_a_follow_up_being_noted_is_never_undone_by_what_meets_it(equipe: Equipe, other) -> None:
    """The follow-up holds its dossier when the other one comes; both are written."""
    with equipe.maison.database.writing() as session:
        lock_dossier(session, session.get(Dossier, equipe.dossier.id))
        waiting = _begin(equipe.maison, lambda another: other(equipe, another))
        log(equipe, session)
    assert waiting() is None


def test_a_dossier_is_opened_again_while_the_account_of_its_new_referent_is_closed(equipe: Equipe) -> None:
    """The account is held when the reopening comes: it waits without holding the journal, then is refused by name."""
    with equipe.maison.database.writing() as session:
        dossier = session.get(Dossier, equipe.dossier.id)
        closing = {"version": dossier.version, "le": TODAY, "motif": MotifSortie.DEMENAGEMENT, "etapes": {}}
        services.close(session, dossier, acteur=Acteur.commande(), **closing, **COMMON)
        version = dossier.version

    def reopen(another: Session) -> None:
        people = {"to": another.get(Agent, equipe.omar.id), "par": another.get(Agent, equipe.coordinatrice.id)}
        acteur = equipe.acteur(equipe.coordinatrice)
        dossier = another.get(Dossier, equipe.dossier.id)
        services.reopen(another, dossier, version=version, acteur=acteur, **people, **COMMON)

    with equipe.maison.database.writing() as session:
        agent = agent_to_change(session, equipe.omar.id)
        waiting = _begin(equipe.maison, reopen)
        services_depart.disable_agent(session, agent, acteur=equipe.acteur(equipe.coordinatrice), now=NOW)
    refused = waiting()
    assert getattr(refused, "code", refused) == "agent_desactive"


def test_a_caseload_is_spread_while_the_account_of_who_receives_is_closed(equipe: Equipe) -> None:
    """The account is held when the spread comes: it waits before it holds any dossier, then says who cannot."""

    def give(another: Session) -> None:
        par = another.get(Agent, equipe.coordinatrice.id)
        said = {"repartition_id": uuid4(), "structure_id": equipe.ici.id, "de_id": equipe.nadia.id, "par": par}
        parts = [Part(equipe.dossier.id, equipe.omar.id, uuid4())]
        spread(another, parts, motif=MotifAffectation.CHARGE, acteur=equipe.acteur(par), **said, **COMMON)

    with equipe.maison.database.writing() as session:
        agent = agent_to_change(session, equipe.omar.id)
        waiting = _begin(equipe.maison, give)
        lock_dossier(session, session.get(Dossier, equipe.dossier.id))
        services_depart.disable_agent(session, agent, acteur=equipe.acteur(equipe.coordinatrice), now=NOW)
    refused = waiting()
    assert getattr(refused, "code", refused) == "lignes_refusees"


def test_a_follow_up_is_written_while_the_numbers_of_its_structure_are_set(equipe: Equipe) -> None:
    """The follow-up holds the journal of access, and its alerts are still to come, when the numbers are set."""
    with equipe.maison.database.writing() as session:
        log(equipe, session)
        session.flush()
        waiting = _begin(equipe.maison, lambda another: set_numbers(equipe, another))
    assert waiting() is None


def test_a_follow_up_opens_an_alert_while_the_address_of_its_referent_changes(equipe: Equipe) -> None:
    """Whom an alert tells is written after the journal of access: the account must not be waiting for it meanwhile."""

    def edit(another: Session) -> None:
        agent = agent_to_change(another, equipe.nadia.id)
        names = {"prenom": agent.prenom, "nom": agent.nom, "structure_id": agent.structure_id, "roles": agent.roles}
        said = {"version": agent.version, "courriel": "autre@exemple.test", "now": NOW} | names
        services_depart.edit_agent(another, agent, acteur=equipe.acteur(equipe.coordinatrice), **said)

    with equipe.maison.database.writing() as session:
        log(equipe, session, by=equipe.omar)
        waiting = _begin(equipe.maison, edit)
        days = {"depuis": TODAY, "due": TODAY, "ouverte_le": NOW}
        said = {"cle": "2026", "gravite": 4, "faits": {}, "reprises": 0}
        alerte = Alerte(dossier_id=equipe.dossier.id, regle=Regle.RENTREE, **days, **said)
        session.add(alerte)
        session.flush()
        told = {"genre": GenreEvenement.OUVERTE, "agent_id": equipe.nadia.id, "quand": NOW}
        session.add(EvenementAlerte(alerte_id=alerte.id, **told))
        session.flush()
    assert waiting() is None


def test_two_groups_that_share_their_young_people_wait_for_each_other_and_are_both_written(equipe: Equipe) -> None:
    """Named in opposite orders: both take the dossiers in the order of ids, before the journal."""
    with equipe.maison.database.writing() as session:
        other = make_dossier(session, equipe.maison, equipe.ici, referent=equipe.nadia)
    ids = [equipe.dossier.id, other.id]

    def note(another: Session, order: list[int]) -> None:
        lines = [Ligne(another.get(Dossier, number), Resultat.ECHANGE_FAIT, None, bool) for number in order]
        agent = another.get(Agent, equipe.nadia.id)
        said = {"jour": TODAY, "canal": Canal.ATELIER_COLLECTIF, "agent": agent, "acteur": equipe.acteur(agent)}
        log_group(another, lines, groupe=uuid4(), **said, **COMMON)

    with equipe.maison.database.writing() as session:
        lock_dossier(session, session.get(Dossier, ids[0]))
        waiting = _begin(equipe.maison, lambda another: note(another, ids[::-1]))
        note(session, ids)
    assert waiting() is None
    with equipe.maison.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Suivi)) == 4


def test_an_account_comes_back_while_the_numbers_of_its_structure_are_set(equipe: Equipe) -> None:
    with equipe.maison.database.writing() as session:
        disable(equipe, session)

    def enable(another: Session) -> None:
        agent = agent_to_change(another, equipe.nadia.id)
        services_depart.enable_agent(another, agent, acteur=equipe.acteur(equipe.coordinatrice), now=NOW)

    with equipe.maison.database.writing() as session:
        structure_to_change(session, equipe.ici.id)
        waiting = _begin(equipe.maison, enable)
        set_numbers(equipe, session)
    assert waiting() is None


def _begin(house: Any, work: Callable[[Session], None]) -> Callable[[], Exception | None]:
    """Start `work` in a transaction of its own and come back once it waits; calling the result gives how it ended."""
    ended: list[Exception | None] = []

    def run() -> None:
        try:
            with house.database.writing() as session:
                work(session)
        except Exception as error:  # whatever it is, the test says it
            ended.append(error)
        else:
            ended.append(None)

    thread = threading.Thread(target=run)
    thread.start()
    give_up = time.monotonic() + 20
    while not _somebody_waits(house) and not ended and time.monotonic() < give_up:
        time.sleep(0.02)

    def end() -> Exception | None:
        thread.join(timeout=60)
        return ended[0]

    return end


def _somebody_waits(house: Any) -> bool:
    # a transaction of its own each time: what PostgreSQL says of activity is kept for the length of one
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with house.database.engines.read.connect() as connection:
        return bool(connection.scalar(text(waits)))
