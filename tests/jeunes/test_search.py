"""A search finds those one may see, and nobody else, however the name is typed."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.jeunes.models import Identite
from app.jeunes.queries import open_identites, search
from app.jeunes.services import edit_identite
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier
from app.parcours.services_dossiers import close_dossier
from app.parcours.vocabulaire import MotifSortie
from app.vault.models import CleDossier
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.jeunes.conftest import Ville, acteur_of, common


def person(session, ville: Ville, agent, prenom="", nom="", pseudonyme="", **values) -> Dossier:
    identite = {"prenom": prenom, "nom": nom} if prenom or nom else {"pseudonyme": pseudonyme}
    return ville.welcome(session, agent, referent=None, identite=identite, contact={}, note="", **values)


def codes(ville: Ville, agent, texte: str, *, today=TODAY) -> list[str]:
    with ville.maison.database.reading() as session:
        ids = search(session, ville.maison.vault, agent=agent, texte=texte, today=today)
        known = dict(session.execute(select(Dossier.id, Dossier.code)).all())
        return [known[identifier] for identifier in ids]


def test_the_nearest_name_comes_first(ville: Ville):
    with ville.maison.database.writing() as session:
        sound = person(session, ville, ville.referent, "Lina", "Roussot")
        prefix = person(session, ville, ville.referent, "Lina", "Rousseaux")
        exact = person(session, ville, ville.referent, "Lina", "Rousseau")
        person(session, ville, ville.referent, "Rose", "Martin")
    assert codes(ville, ville.referent, "rousseau") == [exact.code, prefix.code, sound.code]
    assert codes(ville, ville.referent, "rousso lina")[0] in {exact.code, prefix.code, sound.code}
    assert len(codes(ville, ville.referent, "rousso")) == 3


def test_a_pseudonym_and_a_code_are_found(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = person(session, ville, ville.referent, pseudonyme="Zizou")
        unnamed = make_dossier(session, ville.maison, ville.structure, referent=session.merge(ville.referent))
    assert codes(ville, ville.referent, "zizu") == [dossier.code]
    assert codes(ville, ville.referent, dossier.code.lower()) == [dossier.code]
    assert codes(ville, ville.referent, unnamed.code.replace("-", "")) == [unnamed.code]


def test_a_search_sees_exactly_what_the_agent_may_see(ville: Ville):
    with ville.maison.database.writing() as session:
        mine = person(session, ville, ville.referent, "Yanis", "Kaci")
        person(session, ville, ville.ailleurs, "Yanis", "Kaci")
        shared = person(session, ville, ville.collegue, "Yanis", "Kassi")
    assert codes(ville, ville.referent, "kaci") == [mine.code]
    assert codes(ville, ville.collegue, "kaci") == [shared.code]
    assert codes(ville, ville.coordinateur, "kaci") == [mine.code, shared.code]
    assert codes(ville, ville.referent, "kaci", today=TODAY - timedelta(days=1)) == []


def test_the_open_come_before_the_closed_among_equals(ville: Ville):
    with ville.maison.database.writing() as session:
        closed = person(session, ville, ville.referent, "Yanis", "Kaci")
        opened = person(session, ville, ville.referent, "Yanis", "Kaci")
        motif = MotifSortie.OBJECTIFS_ATTEINTS
        close_dossier(
            session, closed, version=closed.version, le=TODAY, motif=motif, etapes={}, **common(ville.referent)
        )
    assert codes(ville, ville.referent, "yanis kaci") == [opened.code, closed.code]


@pytest.mark.parametrize("typed", ["", "   ", "-'", "\x00", "%", "_"])
def test_nothing_to_look_for_finds_nobody(ville: Ville, typed):
    with ville.maison.database.writing() as session:
        person(session, ville, ville.referent, "Yanis", "Kaci")
    assert codes(ville, ville.referent, typed) == []


def test_an_erased_person_is_a_code_and_hides_nobody_else(ville: Ville):
    with ville.maison.database.writing() as session:
        erased = person(session, ville, ville.referent, "Yanis", "Kaci")
        kept = person(session, ville, ville.referent, "Yanis", "Kaci")
    with ville.maison.vault.store.begin() as connection:
        connection.execute(CleDossier.__table__.delete().where(CleDossier.dossier_uid == erased.uid))
    assert codes(ville, ville.referent, "kaci") == [kept.code]
    assert codes(ville, ville.referent, erased.code) == [erased.code]


def test_a_renamed_person_is_found_under_the_new_name_alone(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = person(session, ville, ville.referent, "Yanis", "Kaci")
        fields = {
            "contact": {},
            "annee_naissance": None,
            "anonymat_demande": False,
            "informe_le": TODAY,
            "informe_forme": FormeInformation.ORALE,
        }
        edit_identite(
            session,
            ville.maison.vault,
            dossier,
            version=1,
            identite={"prenom": "Inès", "nom": "Durand"},
            acteur=acteur_of(ville.referent),
            now=NOW,
            today=TODAY,
            **fields,
        )
    assert codes(ville, ville.referent, "kaci") == []
    assert codes(ville, ville.referent, "durand") == [dossier.code]


def test_a_search_costs_two_statements_whatever_it_scans(ville: Ville):
    def statements() -> int:
        seen = []
        listeners = [(engine, lambda *args: seen.append(args[2])) for engine in engines]
        for engine, listener in listeners:
            event.listen(engine, "before_cursor_execute", listener)
        with ville.maison.database.reading() as session:
            search(session, ville.maison.vault, agent=ville.referent, texte="kaci", today=TODAY)
        for engine, listener in listeners:
            event.remove(engine, "before_cursor_execute", listener)
        return len([sql for sql in seen if not sql.startswith(("BEGIN", "PRAGMA"))])

    house = ville.maison.database.engines
    engines = (house.read, house.keys)
    with ville.maison.database.writing() as session:
        person(session, ville, ville.referent, "Yanis", "Kaci")
    one = statements()
    with ville.maison.database.writing() as session:
        for _ in range(9):
            person(session, ville, ville.referent, "Yanis", "Kaci")
    assert (one, statements()) == (2, 2)


def test_what_cannot_be_opened_is_shown_by_its_code(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = person(session, ville, ville.referent, "Yanis", "Kaci")
        columns = (Dossier.uid, Dossier.code, Identite.__table__.c.identite)
        rows = session.execute(select(*columns).join(Identite, Identite.dossier_id == Dossier.id)).all()
    name = open_identites(ville.maison.vault.keys([]), rows)[dossier.uid]
    assert (name.illisible, name.affiche, name.premier, name.famille) == (True, dossier.code, dossier.code, "")
