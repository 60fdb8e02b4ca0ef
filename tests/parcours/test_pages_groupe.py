"""Several at once: one follow-up each, all or none, once; nobody else's young people; nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.parcours.models import Dossier, Suivi
from app.parcours.vocabulaire import Canal, Resultat
from app.vault.places import Place
from tests.factories import TODAY
from tests.parcours.conftest import Bureau
from tests.parcours.test_pages_noter import nickname
from tests.parcours.test_pages_suivis import checked, hidden
from tests.referents.conftest import statements

SAISIE = {"canal": "atelier_collectif", "quand": "aujourdhui", "visibilite": "mon_equipe"}


class Groupe:
    """Three young people of the same référent, and what is noted of them together."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau
        self.codes = [nickname(bureau, surnom, bureau.agent) for surnom in ("Un", "Deux", "Trois")]

    def post(self, *lines: tuple[str, str, str], **said: Any):
        """Each line: a code, a presence, words."""
        rows = {
            f"lignes-{place}-{name}": value
            for place, line in enumerate(lines)
            for name, value in zip(("code", "presence", "mots"), line, strict=True)
        }
        return self.bureau.navigateur.post("/suivis/groupe", **(SAISIE | {"depot": str(uuid4())} | rows | said))

    def noted(self) -> dict[str, tuple[Resultat, str]]:
        """By code: what happened, and the words, opened."""
        with self.bureau.house.database.reading() as session:
            rows = session.execute(
                select(Dossier.code, Dossier.uid, Suivi)
                .join(Suivi, Suivi.dossier_id == Dossier.id)
                .options(undefer(Suivi.note))
            ).all()
            keys = self.bureau.house.vault.keys([row.uid for row in rows])
            assert len({row.code for row in rows}) == len(rows), "each once"
            return {row.code: (row.Suivi.resultat, _words(keys, row)) for row in rows}

    def journalled(self) -> list[int | None]:
        with self.bureau.house.database.reading() as session:
            query = select(EntreeJournal.nombre).where(EntreeJournal.action == Action.SUIVIS_GROUPES)
            return list(session.scalars(query.order_by(EntreeJournal.id)))


def _words(keys: Any, row: Any) -> str:
    if row.Suivi.note is None:
        return ""
    return keys.open(row.uid, row.Suivi.note, place=Place.NOTE, row=row.Suivi.id)["texte"]


def presence(page: str, code: str) -> str:
    place = re.search(rf'name="lignes-(\d+)-code" value="{code}"', page)[1]
    return re.search(rf'name="lignes-{place}-presence" value="([^"]*)" checked', page)[1]


@pytest.fixture
def groupe(bureau: Bureau) -> Groupe:
    return Groupe(bureau)


def test_present_excused_absent_are_noted_each_in_their_dossier_and_once(groupe: Groupe) -> None:
    un, deux, trois = groupe.codes
    page = groupe.bureau.navigateur.get("/suivis/groupe").text
    assert {presence(page, code) for code in groupe.codes} == {""}
    depot = hidden(page, "depot")
    lines = (
        (un, "present", "A tenu la caisse."),
        (deux, "excuse", ""),
        (trois, "absent", ""),
        (groupe.bureau.code, "", "x"),
    )
    for _ in range(2):
        answer = groupe.post(*lines, depot=depot, mots="Atelier cuisine.", retour="/mes-jeunes")
        assert (answer.status_code, answer.location) == (303, "/mes-jeunes")
    assert groupe.noted() == {
        un: (Resultat.ECHANGE_FAIT, "Atelier cuisine.\n\nA tenu la caisse."),
        deux: (Resultat.EXCUSE, "Atelier cuisine."),
        trois: (Resultat.ABSENT_NON_EXCUSE, "Atelier cuisine."),
    }
    assert "3 suivis enregistrés." in groupe.bureau.navigateur.get("/mes-jeunes").text
    # somebody was forgotten: they alone are added
    groupe.post(*lines[:3], (groupe.bureau.code, "present", ""), depot=depot, mots="Atelier cuisine.")
    assert len(groupe.noted()) == 4
    assert groupe.journalled() == [3, 1]
    with groupe.bureau.house.database.reading() as session:
        for suivi in session.scalars(select(Suivi)):
            assert (suivi.jour, suivi.canal, suivi.agent_id) == (TODAY, Canal.ATELIER_COLLECTIF, groupe.bureau.agent.id)


def test_one_that_is_refused_refuses_all_and_says_which(groupe: Groupe) -> None:
    un, deux, _ = groupe.codes
    depot = str(uuid4())
    groupe.post((un, "present", ""), depot=depot, mots="Foot.")
    again = groupe.post((un, "absent", ""), (deux, "present", "À garder"), depot=depot, mots="Foot.")
    assert again.status_code == 409
    assert groupe.noted() == {un: (Resultat.ECHANGE_FAIT, "Foot.")}
    assert again.text.count("Déjà enregistré, autrement.") == 2
    assert "Enregistré\u00a0: échange, atelier collectif" in again.text
    assert "«\u00a0Foot.\u00a0»" in again.text
    assert "À garder" in again.text
    assert (presence(again.text, un), presence(again.text, deux)) == ("absent", "present")
    encore = re.search(r'name="encore" value="([^"]+)"', again.text)[1]
    other = groupe.post((deux, "present", "À garder"), depot=depot, encore=encore, mots="Foot.")
    assert other.status_code == 303
    assert set(groupe.noted()) == {un, deux}


REFUSES = (
    ({}, (), "Dites qui était là"),
    ({"quand": "autre", "jour": "18/03/2026"}, (("present", ""),), "Ce jour n’est pas encore arrivé."),
    ({"quand": "autre", "jour": "31/02/2026"}, (("present", ""),), "Cette date n’existe pas."),
    ({"quand": "autre", "jour": "01/01/2020"}, (("present", ""),), "avant l’ouverture du dossier"),
    ({"canal": None}, (("present", ""),), "Choisissez comment."),
    ({"mots": "a" * 3000}, (("present", "b" * 1001),), "4 000 caractères au plus, avec les mots communs."),
    ({"mots": "a" * 4001}, (("present", ""),), "4 000 caractères au plus."),
)


def test_what_is_refused_is_said_and_nothing_typed_is_lost(groupe: Groupe) -> None:
    code = groupe.codes[0]
    for said, lines, sentence in REFUSES:
        rows = [(code, there, words) for there, words in lines] or [(code, "", "À garder")]
        answer = groupe.post(*rows, **({"mots": "Au stade."} | said))
        assert answer.status_code == 422, said
        assert answer.text.count(sentence) >= 1, sentence
        assert "resume-erreurs" in answer.text
        for typed in (said.get("mots", "Au stade."), rows[0][2], said.get("jour", "")):
            assert typed in answer.text
        assert presence(answer.text, code) == rows[0][1]
    assert groupe.noted() == {}


def test_somebody_elses_young_person_among_them_and_nothing_is_written(groupe: Groupe, compte) -> None:
    theirs = nickname(groupe.bureau, "Ailleurs", compte(Role.REFERENT))
    for code in (theirs, "ZZZ-ZZZ", ""):
        assert groupe.post((groupe.codes[0], "present", ""), (code, "present", "")).status_code == 404
    # listed, and not there: neither written nor named
    shown = groupe.post((theirs, "", ""), (groupe.codes[0], "", ""))
    assert (shown.status_code, theirs in shown.text, "Ailleurs" in shown.text) == (422, False, False)
    assert groupe.noted() == {}


def test_somebody_is_added_by_searching_and_what_was_said_stays(groupe: Groupe) -> None:
    un, deux, _ = groupe.codes
    found = groupe.post((un, "present", "Ses mots"), chercher="1", cherche="deux", mots="Au stade.", jour="n’importe")
    assert found.status_code == 200
    assert (presence(found.text, un), presence(found.text, deux)) == ("present", "")
    assert found.text.index(deux) < found.text.index(un)
    for typed in ("Ses mots", "Au stade.", "n’importe"):
        assert typed in found.text
    nobody = groupe.post((un, "present", ""), chercher="1", cherche="zzz")
    assert "Personne ne répond à ces mots" in nobody.text
    assert presence(groupe.post((un, "present", ""), chercher="1", cherche="").text, un) == "present"


def test_the_same_as_last_time_are_there_at_once(groupe: Groupe) -> None:
    un, deux, trois = groupe.codes
    groupe.post((un, "present", ""), (trois, "absent", ""), canal="chantier_sortie")
    page = groupe.bureau.navigateur.get("/suivis/groupe").text
    assert "Comme le 17 mars" in page
    page = groupe.bureau.navigateur.get("/suivis/groupe?avec=dernier").text
    assert [presence(page, code) for code in (un, deux, trois)] == ["present", "", "present"]
    assert checked(page, "canal") == ["chantier_sortie"]


def test_hands_that_write_odd_rows_find_nothing(groupe: Groupe) -> None:
    code = groupe.codes[0]
    many = [(code, "present", "")] * 60
    assert groupe.post(*many).status_code == 303
    assert len(groupe.noted()) == 1
    odd = {"lignes-²-code": code, "lignes-x-code": code, "lignes-99999-code": code, "lignes--presence": "present"}
    assert groupe.post(**odd).status_code == 422
    assert groupe.post((code, "ailleurs", "")).status_code == 422


def test_the_page_costs_the_same_whatever_the_caseload(groupe: Groupe) -> None:
    engines, counts = groupe.bureau.house.database.engines, []
    for size in (1, 6):
        for number in range(size):
            nickname(groupe.bureau, f"J{number}", groupe.bureau.agent)
        with statements(engines.read, engines.keys) as seen:
            assert groupe.bureau.navigateur.get("/suivis/groupe").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8
