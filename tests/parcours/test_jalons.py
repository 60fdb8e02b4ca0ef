"""The dated acts of the duty of training: who notes what, in which order, and what is taken back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import GenreStructure
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.parcours.models import Dossier
from app.parcours.models_actes import Jalon
from app.parcours.rules_etapes import Faits
from app.parcours.services_etapes import add_etape
from app.parcours.services_jalons import cancel_jalon, note_jalon, restore_jalon
from app.parcours.vocabulaire import GenreEtape, StatutEtape
from app.parcours.vocabulaire_actes import GenreJalon
from tests.factories import TODAY, make_agent, make_structure
from tests.parcours.conftest import COMMUN, Bureau, Terrain

ENTRETIEN, ABSENCE = GenreJalon.ENTRETIEN_PROPOSE, GenreJalon.ABSENCE_NON_JUSTIFIEE
CONVOCATION, TRANSMISSION = GenreJalon.CONVOCATION, GenreJalon.TRANSMISSION_DEPARTEMENT
EXEMPTION = GenreJalon.EXEMPTION_MEDICALE
RESERVES = (CONVOCATION, TRANSMISSION)


def note(session, terrain: Terrain, genre: GenreJalon, jour: date = TODAY, **values) -> Jalon:
    given = {"agent": terrain.agent, "depot": uuid4(), "naissance": date(2009, 3, 1), "genre": genre, "jour": jour}
    return note_jalon(session, terrain.dossier(session), **(given | terrain.commun | values))


def undo(session, terrain: Terrain, jalon: Jalon, act=cancel_jalon, **values) -> Jalon:
    given = {"agent": terrain.agent} | terrain.commun
    return act(session, terrain.dossier(session), jalon, **(given | values))


def test_noted_once_whatever_is_sent_twice(terrain: Terrain):
    depot = uuid4()
    with terrain.database.writing() as session:
        first = note(session, terrain, ENTRETIEN, depot=depot)
        assert note(session, terrain, ENTRETIEN, depot=depot) is first
        with pytest.raises(DepotConflict):
            note(session, terrain, ENTRETIEN, TODAY - timedelta(days=1), depot=depot)
        with pytest.raises(DomainError, match="jalon_en_double"):
            note(session, terrain, ENTRETIEN)
    with terrain.database.reading() as session:
        row = session.scalars(select(Jalon)).one()
        assert (row.genre, row.jour, row.cree_par, row.annule_le) == (ENTRETIEN, TODAY, terrain.agent.id, None)
        noted = session.scalars(select(EntreeJournal.precision).where(EntreeJournal.action == Action.JALON_NOTE))
        assert noted.all() == ["entretien_propose"]


def test_the_journal_of_access_tells_nothing_of_health(terrain: Terrain):
    with terrain.database.writing() as session:
        undo(session, terrain, note(session, terrain, EXEMPTION))
    with terrain.database.reading() as session:
        said = session.scalars(
            select(EntreeJournal.precision).where(EntreeJournal.action.in_([Action.JALON_NOTE, Action.JALON_ANNULE]))
        )
        assert said.all() == ["exemption", "exemption"]


@pytest.mark.parametrize("genre", RESERVES)
def test_the_mission_locale_alone_convenes_and_transmits(terrain: Terrain, genre: GenreJalon):
    with terrain.database.writing() as session:
        street = make_agent(session, make_structure(session, genre=GenreStructure.PREVENTION_SPECIALISEE))
        note(session, terrain, CONVOCATION, TODAY - timedelta(days=1))
        with pytest.raises(DomainError, match="reserve_mission_locale") as refusal:
            note(session, terrain, genre, agent=street)
        assert refusal.value.field == "genre"
        kept = note(session, terrain, genre)
        for act in (cancel_jalon, restore_jalon):
            with pytest.raises(DomainError, match="reserve_mission_locale"):
                undo(session, terrain, kept, act, agent=street)
        note(session, terrain, ENTRETIEN, agent=street)
        note(session, terrain, EXEMPTION, agent=street, jusqu_au=TODAY)


@pytest.mark.parametrize(
    ("naissance", "annee", "code"),
    [(None, 2011, "jalon_avant_16"), (date(2010, 3, 18), 2009, "jalon_avant_16"), (None, 2010, "")],
)
def test_the_date_when_it_is_known_else_the_year(terrain: Terrain, naissance, annee, code):
    with terrain.database.writing() as session:
        terrain.dossier(session).annee_naissance = annee
        session.flush()
        if not code:
            note(session, terrain, ENTRETIEN, naissance=naissance)
            return
        with pytest.raises(DomainError, match=code):
            note(session, terrain, ENTRETIEN, naissance=naissance)


def test_before_the_decree_there_was_no_duty(terrain: Terrain):
    with terrain.database.writing() as session, pytest.raises(DomainError, match="jalon_avant_obligation"):
        note(session, terrain, ENTRETIEN, date(2020, 8, 31), naissance=date(2004, 1, 1))


def test_cancelled_then_restored(terrain: Terrain):
    with terrain.database.writing() as session:
        first = note(session, terrain, ENTRETIEN)
        absence = note(session, terrain, ABSENCE)
        with pytest.raises(DomainError, match="jalon_suivi"):
            undo(session, terrain, first)
        assert undo(session, terrain, absence).annule_le == TODAY
        assert undo(session, terrain, first).annule_le == TODAY
        with pytest.raises(DomainError, match="absence_sans_entretien"):
            undo(session, terrain, absence, restore_jalon)
        assert undo(session, terrain, first, restore_jalon).annule_le is None
        again = note(session, terrain, ABSENCE)
        with pytest.raises(DomainError, match="jalon_en_double"):
            undo(session, terrain, absence, restore_jalon)
        assert again.annule_le is None


# pages


def suivi_par(bureau: Bureau, genre: GenreStructure) -> None:
    with bureau.house.database.writing() as session:
        agent = session.get(Agent, bureau.agent.id)
        session.get(Structure, agent.structure_id).genre = genre
        dossier = session.get(Dossier, bureau.dossier_id)
        dossier.annee_naissance = 2009
        faits = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, date(2026, 1, 12))
        add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **COMMUN)


def address(bureau: Bureau) -> str:
    return f"{bureau.base}/obligation-de-formation"


def send(bureau: Bureau, genre: GenreJalon, jour: str = "17/03/2026", **said: object):
    bureau.navigateur.get(address(bureau))
    given = {"depot": str(uuid4()), "genre": genre.value, "jour": jour}
    return bureau.navigateur.post(address(bureau), **(given | said))


def offered(page: str) -> list[str]:
    return re.findall(r'type="radio"[^>]* name="genre" value="(\w+)"', page)


def chosen(page: str) -> list[str]:
    return re.findall(r'name="genre" value="(\w+)" checked', page)


def test_the_mission_locale_sees_what_is_due_and_when(bureau: Bureau):
    suivi_par(bureau, GenreStructure.MISSION_LOCALE)
    assert f'href="{address(bureau)}">Obligation de formation</a>' in bureau.navigateur.get(bureau.base).text
    page = bureau.navigateur.get(address(bureau)).text
    assert "R.\u00a0114-7" in page or "R. 114-7" in page
    assert offered(page) == [genre.value for genre in GenreJalon]
    assert chosen(page) == ["entretien_propose"]
    assert send(bureau, CONVOCATION, "31/12/2025").status_code == 303
    assert "transmettre au département au plus tard le 28 février" in bureau.navigateur.get(address(bureau)).text


def test_others_are_sent_to_the_mission_locale(bureau: Bureau):
    suivi_par(bureau, GenreStructure.MISSION_LOCALE)
    send(bureau, CONVOCATION, "31/12/2025")
    suivi_par_autre = GenreStructure.PREVENTION_SPECIALISEE
    with bureau.house.database.writing() as session:
        session.get(Structure, session.get(Agent, bureau.agent.id).structure_id).genre = suivi_par_autre
    page = bureau.navigateur.get(address(bureau)).text
    assert "prendre contact avec la mission locale" in page
    assert "transmettre" not in page
    assert offered(page) == ["entretien_propose", "absence_non_justifiee", "exemption_medicale"]
    assert chosen(page) == []
    assert "/annuler" not in page
    assert send(bureau, CONVOCATION).status_code == 422
    assert len(bureau.read(Jalon)) == 1


def test_what_is_refused_is_said_beside_its_field_and_kept(bureau: Bureau):
    suivi_par(bureau, GenreStructure.MISSION_LOCALE)
    for genre, said, field, words in [
        (ENTRETIEN, {"jour": "18/03/2026"}, "jour", "pas encore arrivé"),
        (ENTRETIEN, {"jour": ""}, "jour", "Écrivez la date"),
        (ABSENCE, {}, "genre", "entretien proposé"),
        (EXEMPTION, {"jusqu_au": "16/03/2026"}, "jusqu_au", "avant le premier"),
    ]:
        refused = send(bureau, genre, **said)
        assert refused.status_code == 422
        assert re.search(rf'id="{field}-erreur">.*{words}', refused.text)
        assert re.search(rf'value="{genre.value}" checked', refused.text)
    assert bureau.read(Jalon) == []
    # what an exemption alone has is not looked at for the rest
    assert send(bureau, ENTRETIEN, jusqu_au="n’importe quoi").status_code == 303


def test_cancelling_and_taking_it_back_from_the_screen(bureau: Bureau):
    suivi_par(bureau, GenreStructure.MISSION_LOCALE)
    send(bureau, EXEMPTION, jusqu_au="01/04/2026")
    assert "rien n’est à faire" in bureau.navigateur.get(address(bureau)).text
    path = f"{address(bureau)}/{bureau.read(Jalon)[0].id}"
    assert bureau.navigateur.post(f"{path}/annuler").status_code == 303
    assert bureau.read(Jalon)[0].annule_le == TODAY
    assert f'action="{path}/retablir"' in bureau.navigateur.get(address(bureau)).text
    assert bureau.navigateur.post(f"{path}/retablir").status_code == 303
    assert bureau.read(Jalon)[0].annule_le is None
    assert bureau.navigateur.post(f"{address(bureau)}/{uuid4()}/annuler").status_code == 404


def test_the_back_button_with_another_day_shows_both(bureau: Bureau):
    suivi_par(bureau, GenreStructure.MISSION_LOCALE)
    depot = str(uuid4())
    assert send(bureau, ENTRETIEN, "16/03/2026", depot=depot).status_code == 303
    conflict = send(bureau, ENTRETIEN, "17/03/2026", depot=depot)
    assert conflict.status_code == 409
    assert "16 mars" in conflict.text
    assert "17 mars" in conflict.text
    assert len(bureau.read(Jalon)) == 1


def test_an_adult_s_dossier_does_not_speak_of_it(bureau: Bureau):
    suivi_par(bureau, GenreStructure.MISSION_LOCALE)
    with bureau.house.database.writing() as session:
        session.get(Dossier, bureau.dossier_id).annee_naissance = 2005
    assert ">Obligation de formation</a>" not in bureau.navigateur.get(bureau.base).text
