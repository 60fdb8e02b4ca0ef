"""Accounts, structures, throttles and drafts on both engines."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts import freinage, queries, services
from app.accounts.models import Agent, Freinage, Installation, Structure
from app.accounts.vocabulaire import GenreStructure, Role
from app.audit.models import EntreeJournal
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion
from app.referents import services_depart
from tests.conftest import NOW
from tests.factories import make_agent, make_dossier, make_structure

WHO = {"acteur": Acteur.commande(), "now": NOW}
KEY = bytes(32)


def describe(**changes: object) -> dict[str, object]:
    values = {
        "courriel": "Lila.Moreau@exemple.test",
        "prenom": " Lila ",
        "nom": "Moreau  Blanc",
        "roles": [Role.REFERENT],
    }
    return values | changes


@pytest.fixture
def structure(database) -> Structure:
    with database.writing() as session:
        return make_structure(session)


def create(database, structure: Structure, **changes: object) -> Agent:
    with database.writing() as session:
        return services.create_agent(
            session, structure_id=structure.id, mot_de_passe=None, **WHO, **describe(**changes)
        )


def test_an_account_is_kept_as_it_should_be_read(database, structure) -> None:
    agent = create(database, structure)
    assert (agent.courriel, agent.prenom, agent.nom) == ("lila.moreau@exemple.test", "Lila", "Moreau Blanc")
    assert agent.roles == {Role.REFERENT}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"courriel": "lila"}, "courriel_invalide", "courriel"),
        ({"nom": "  "}, "nom_manquant", "nom"),
        ({"roles": []}, "sans_role", "roles"),
        ({"roles": [Role.RESPONSABLE, Role.INTERVENANT]}, "responsable_sans_dossier", "roles"),
        ({"roles": [Role.RESPONSABLE, Role.DPO]}, "responsable_sans_dossier", "roles"),
    ],
)
def test_a_refused_account_names_the_reason_and_the_field(database, structure, changes, code: str, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        create(database, structure, **changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_an_address_belongs_to_one_account_whatever_its_case(database, structure) -> None:
    create(database, structure)
    with pytest.raises(DomainError, match="courriel_pris"):
        create(database, structure, courriel="LILA.moreau@EXEMPLE.test")


def test_the_database_itself_refuses_a_responsable_who_sees_dossiers(database, structure) -> None:
    agent = create(database, structure, roles=[Role.RESPONSABLE])
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("UPDATE agent SET coordinateur = true WHERE id = :id"), {"id": agent.id})


def test_an_edit_on_an_old_version_changes_nothing(database, structure) -> None:
    agent = create(database, structure)
    values = describe(nom="Autre") | {"structure_id": structure.id}
    with database.writing() as session:
        services.edit_agent(session, queries.agent_to_change(session, agent.id), version=1, **values, **WHO)
    with pytest.raises(StaleVersion), database.writing() as session:
        services.edit_agent(session, queries.agent_to_change(session, agent.id), version=1, **values, **WHO)
    with database.reading() as session:
        assert queries.agent_by_id(session, agent.id).version == 2


def test_the_last_administrator_can_neither_leave_nor_lose_the_role(database, structure) -> None:
    agent = create(database, structure, roles=[Role.ADMINISTRATEUR])
    with pytest.raises(DomainError, match="dernier_administrateur"), database.writing() as session:
        services.disable_agent(session, queries.agent_to_change(session, agent.id), **WHO)
    values = describe() | {"structure_id": structure.id, "version": 1}
    with pytest.raises(DomainError, match="dernier_administrateur"), database.writing() as session:
        services.edit_agent(session, queries.agent_to_change(session, agent.id), **values, **WHO)


def test_two_administrators_cannot_disable_each_other_at_once(maison) -> None:
    database = maison.database
    with database.writing() as session:
        place = make_structure(session)
        ids = [make_agent(session, place, Role.ADMINISTRATEUR).id for _ in range(2)]
    start, outcomes = Barrier(2), []

    def disable(agent_id: int) -> None:
        start.wait()
        try:
            with database.writing() as session:
                services.disable_agent(session, queries.agent_to_change(session, agent_id), **WHO)
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)

    threads = [Thread(target=disable, args=(agent_id,)) for agent_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        left = session.scalars(select(Agent.id).where(Agent.desactive_le.is_(None))).all()
    assert len(left) == 1
    assert outcomes.count("done") == 1


def test_disabling_twice_journals_once_and_enabling_restores(database, structure) -> None:
    agent = create(database, structure)
    for _ in range(2):
        with database.writing() as session:
            services.disable_agent(session, queries.agent_to_change(session, agent.id), **WHO)
    with database.writing() as session:
        lines = session.scalars(select(EntreeJournal.action).order_by(EntreeJournal.id)).all()
        assert lines == [Action.AGENT_CREE, Action.AGENT_DESACTIVE]
        services.enable_agent(session, queries.agent_to_change(session, agent.id), **WHO)
    with database.reading() as session:
        assert queries.agent_by_id(session, agent.id).desactive_le is None


def test_the_dossiers_of_who_leaves_are_counted_and_touched(maison) -> None:
    with maison.database.writing() as session:
        place = make_structure(session)
        agent = make_agent(session, place)
        ids = {make_dossier(session, maison, place, referent=agent).id for _ in range(2)}
        make_dossier(session, maison, place)
    touched = []
    maison.database.on_touch(lambda session, seen: touched.extend(seen))
    with maison.database.writing() as session:
        leaving = queries.agent_to_change(session, agent.id)
        assert services_depart.disable_agent(session, leaving, **WHO) == 2
    assert set(touched) == ids


def test_nobody_loses_sight_of_the_dossiers_that_they_answer_for(maison) -> None:
    with maison.database.writing() as session:
        place = make_structure(session)
        agent, free = make_agent(session, place), make_agent(session, place)
        make_dossier(session, maison, place, referent=agent)

    def become(who: Agent, role: Role) -> Agent:
        with maison.database.writing() as session:
            stored = queries.agent_to_change(session, who.id)
            same = {"courriel": stored.courriel, "prenom": "A", "nom": "B", "structure_id": stored.structure_id}
            services_depart.edit_agent(session, stored, version=stored.version, roles=[role], **same, **WHO)
            return stored

    with pytest.raises(DomainError, match="dossiers_a_confier"):
        become(agent, Role.RESPONSABLE)
    assert become(agent, Role.INTERVENANT).roles == {Role.INTERVENANT}
    assert become(free, Role.RESPONSABLE).roles == {Role.RESPONSABLE}


def test_an_account_does_not_take_its_notes_to_another_structure(maison) -> None:
    with maison.database.writing() as session:
        place, elsewhere = make_structure(session), make_structure(session)
        author, new = make_agent(session, place), make_agent(session, place)
        make_dossier(session, maison, place, referent=author)

    def move(who: Agent) -> int:
        with maison.database.writing() as session:
            stored = queries.agent_to_change(session, who.id)
            same = {"courriel": stored.courriel, "prenom": "A", "nom": "B", "roles": stored.roles}
            given = {"version": stored.version, "structure_id": elsewhere.id}
            services_depart.edit_agent(session, stored, **given, **same, **WHO)
            return stored.structure_id

    with pytest.raises(DomainError, match="structure_des_notes"):
        move(author)
    assert move(new) == elsewhere.id


def test_a_structure_closes_only_when_nobody_works_there(database, structure) -> None:
    agent = create(database, structure)
    with database.writing() as session:
        place = queries.structure_to_change(session, structure.id)
        with pytest.raises(DomainError, match="agents_actifs"):
            services.close_structure(session, place, **WHO)
        services.disable_agent(session, queries.agent_to_change(session, agent.id), **WHO)
        services.close_structure(session, place, **WHO)
    with pytest.raises(DomainError, match="structure_fermee"):
        create(database, structure)
    with pytest.raises(DomainError, match="structure_fermee"), database.writing() as session:
        services.enable_agent(session, queries.agent_to_change(session, agent.id), **WHO)


def test_a_code_names_one_structure(database, structure) -> None:
    with pytest.raises(DomainError, match="code_pris"), database.writing() as session:
        services.create_structure(session, code=structure.code.lower(), nom="Autre", genre=GenreStructure.PLIE, **WHO)


def test_preparing_an_installation_twice_changes_nothing(database) -> None:
    for _ in range(2):
        with database.writing() as session:
            services.prepare_installation(session, now=NOW)
    with database.reading() as session:
        assert session.scalars(select(Installation.demonstration)).all() == [False]
        assert len(session.scalars(select(Structure)).all()) == 1


def test_a_throttle_counts_in_its_window_and_under_its_key(database) -> None:
    rule = {"limit": 2, "window": timedelta(minutes=15)}
    with database.writing() as session:
        answers = [freinage.hit(session, KEY, now=NOW, **rule) for _ in range(3)]
        assert answers == [True, True, False]
        assert freinage.hit(session, bytes([1]) * 32, now=NOW, **rule)
        assert freinage.hit(session, KEY, now=NOW + timedelta(minutes=15), **rule)
        freinage.forget(session, KEY)
        assert freinage.hit(session, KEY, now=NOW, **rule)


def test_concurrent_attempts_are_all_counted(database) -> None:
    start = Barrier(4)

    def attempt() -> None:
        start.wait()
        for _ in range(5):
            with database.writing() as session:
                freinage.hit(session, KEY, limit=1, window=timedelta(minutes=15), now=NOW)

    threads = [Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalars(select(Freinage.compte)).all() == [20]


def test_old_windows_are_swept(database) -> None:
    with database.writing() as session:
        freinage.hit(session, KEY, limit=1, window=timedelta(minutes=15), now=NOW - timedelta(days=3))
        freinage.hit(session, KEY, limit=1, window=timedelta(minutes=15), now=NOW)
        freinage.sweep(session, NOW)
        assert len(session.scalars(select(Freinage)).all()) == 1


def test_agents_are_listed_by_pages_in_the_order_of_names(database, structure) -> None:
    for number, nom in enumerate(["bernard", "Albert", "Dubois", "albert", "Caron"]):
        create(database, structure, nom=nom, courriel=f"a{number}@exemple.test")
    seen: list[str] = []
    after = None
    with database.reading() as session:
        while rows := queries.page_of_agents(session, apres=after, limit=2):
            seen += [row.nom for row in rows[:2]]
            after = rows[:2][-1].id
            if len(rows) < 3:
                break
    assert [nom.lower() for nom in seen] == ["albert", "albert", "bernard", "caron", "dubois"]


def test_searching_agents_reads_names_and_addresses_and_no_wildcard(database, structure) -> None:
    create(database, structure)
    create(database, structure, prenom="Paul", courriel="paul@exemple.test")
    with database.reading() as session:
        for words, found in (("moreau lil", 1), ("MOREAU", 2), ("paul@", 1), ("%", 0), ("_", 0), ("moreau zoe", 0)):
            assert len(queries.search_agents(session, texte=words)) == found, words


def test_structures_are_listed_with_who_works_there(database, structure) -> None:
    create(database, structure)
    with database.reading() as session:
        (row,) = queries.page_of_structures(session)
        assert row.agents == 1
        assert queries.page_of_structures(session, apres=row.id) == []
