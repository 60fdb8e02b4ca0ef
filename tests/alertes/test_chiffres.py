"""Promise: a coordinateur reads exact counts of their structure alone, in as many statements whatever its size."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.forms_chiffres import reperes, tableaux
from app.alertes.queries_chiffres import Chiffres, chiffres_of
from app.alertes.rules_chiffres import Fraicheur, LigneMois, LigneSituation, exits, first_month, months, share
from app.alertes.services import scan
from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import Canal, FamilleSortie, MotifSortie, Resultat, Situation, TrancheAge
from tests.accounts.conftest import Navigateur
from tests.alertes.monde import JOUR, MAINTENANT, Monde, jours
from tests.alertes.ville import Ville

LOIN = JOUR - jours(900)


def read(monde: Monde, structure_id: int | None = None) -> Chiffres:
    number = monde.agent(coordinateur=True, structure_id=structure_id)
    return chiffres_of(monde.session, monde.session.get(Agent, number), today=JOUR)


def test_open_dossiers_are_counted_by_situation_with_the_days_without_a_contact(monde: Monde) -> None:
    emploi = {"situation": Situation.EMPLOI, "ouvert_le": LOIN}
    for days in (0, 29, 30, 59, 60, 89, 90, 800):
        monde.dossier(dernier_contact=JOUR - jours(days), **emploi)
    monde.dossier(ouvert_le=JOUR - jours(45))
    monde.clot(monde.dossier(**emploi), JOUR)
    found = read(monde)
    assert found.situations == [
        LigneSituation(Situation.EMPLOI, 8, (6, 4, 2)),
        LigneSituation(Situation.INCONNUE, 1, (1, 0, 0)),
    ]
    assert (found.ouverts, found.sans_contact()) == (9, [(30, 7), (60, 4), (90, 2)])


def test_another_structure_is_not_counted(monde: Monde) -> None:
    ailleurs = monde.structure()
    there = monde.dossier(structure_id=ailleurs, ouvert_le=JOUR - jours(300))
    monde.suivi(there, JOUR)
    monde.clot(monde.dossier(structure_id=ailleurs), JOUR)
    scan(monde.session, today=JOUR, now=MAINTENANT)
    here = read(monde)
    assert (here.ouverts, here.sans_reponse, here.ages, here.territoires, here.alertes) == (0, 0, {}, [], [])
    assert (here.mouvements.ouverts, here.mouvements.clos, here.mouvements.contacts) == ({}, {}, {})
    assert here.fraicheur == []
    assert all(tableau.lignes == [] for tableau in tableaux(here, today=JOUR) if tableau.titre != "Mois par mois")
    there_too = read(monde, ailleurs)
    assert (there_too.ouverts, there_too.sans_reponse, there_too.territoires) == (1, 1, [("Les Hauts", 1)])
    assert Regle.SANS_REFERENT in [regle for regle, *_ in there_too.alertes]


def test_ages_are_those_of_today_and_territories_the_present_ones(monde: Monde) -> None:
    bas = monde.territoire("Les Bas")
    for annee in (None, 2019, 2015, 2010, 2009, 2005, 2001, 2000):
        monde.dossier(annee_naissance=annee, territoire_id=bas)
    monde.dossier(annee_naissance=2015)
    found = read(monde)
    assert list(found.ages.items()) == [
        (TrancheAge.DE_11_A_15, 2),
        (TrancheAge.DE_16_A_17, 2),
        (TrancheAge.DE_18_A_21, 1),
        (TrancheAge.DE_22_A_25, 1),
        (TrancheAge.PLUS_DE_26, 1),
        (None, 2),
    ]
    assert found.territoires == [("Les Bas", 8), ("Les Hauts", 1)]


def test_a_line_for_each_of_the_twelve_months_the_present_one_first(monde: Monde) -> None:
    assert first_month(JOUR) == date(2025, 4, 1)
    monde.dossier(ouvert_le=date(2025, 3, 31))
    first = monde.dossier(ouvert_le=date(2025, 4, 1))
    closed = monde.dossier(ouvert_le=LOIN)
    monde.clot(closed, date(2026, 3, 1), MotifSortie.ALTERNANCE)
    monde.rouvre(monde.dossier(ouvert_le=LOIN), JOUR - jours(9), JOUR - jours(2))
    monde.suivi(first, date(2026, 2, 28))
    monde.suivi(closed, date(2026, 2, 1), Resultat.RDV_PRIS)
    monde.suivi(first, date(2026, 2, 3), Resultat.SANS_REPONSE)
    monde.suivi(first, date(2026, 2, 3), canal=Canal.ENTRETIEN_TIERS)
    monde.suivi(first, date(2025, 3, 31))
    lines = months(read(monde).mouvements, today=JOUR)
    assert [line.mois for line in lines] == [date(2026, m, 1) for m in (3, 2, 1)] + [
        date(2025, m, 1) for m in range(12, 3, -1)
    ]
    assert lines[0] == LigneMois(date(2026, 3, 1), ouverts=0, clos=1, contacts=0)
    assert lines[1].contacts == 2
    assert lines[11] == LigneMois(date(2025, 4, 1), ouverts=1, clos=0, contacts=0)
    assert sum(sum(line[1:]) for line in lines) == 4


def test_each_exit_is_in_one_family(monde: Monde) -> None:
    for motif in MotifSortie:
        monde.clot(monde.dossier(ouvert_le=LOIN), JOUR, motif)
    monde.clot(monde.dossier(ouvert_le=LOIN), JOUR - jours(400), MotifSortie.DECES)
    found = exits(read(monde).mouvements)
    assert {famille: len(motifs) for famille, motifs in found.items()} == {
        FamilleSortie.POSITIVE: 10,
        FamilleSortie.RELAIS: 7,
        FamilleSortie.AUTRE: 6,
    }
    assert {count for motifs in found.values() for _, count in motifs} == {1}


def test_a_situation_is_up_to_date_until_its_rule_asks(monde: Monde) -> None:
    for days in (1, 5_000):
        monde.dossier(situation=Situation.EMPLOI, ouvert_le=JOUR - jours(5_000), situation_depuis=JOUR - jours(days))
    # nor to confirm what nobody knows
    monde.dossier(ouvert_le=LOIN)
    # nobody asks to confirm that somebody has left
    monde.clot(monde.dossier(situation=Situation.EMPLOI, ouvert_le=LOIN), JOUR)
    found = read(monde)
    assert found.fraicheur == [Fraicheur(Situation.EMPLOI, 180, dossiers=2, a_jour=1)]
    assert ("Situations fraîches", 1, "sur 2 connues, soit 50\N{NO-BREAK SPACE}%") in reperes(found, today=JOUR)
    scan(monde.session, today=JOUR, now=MAINTENANT)
    asked = {regle: ouvertes.jeunes for regle, ouvertes, _ in read(monde).alertes}
    assert asked[Regle.SITUATION_A_CONFIRMER] == 2


def test_a_share_never_says_all_or_none_of_nearly_all_or_a_few() -> None:
    assert [share(*one) for one in ((0, 0), (0, 400), (1, 400), (200, 400), (399, 400), (400, 400))] == [
        None, 0, 1, 50, 99, 100,
    ]  # fmt: skip


@pytest.mark.parametrize("people", [1, 40])
def test_as_many_statements_whatever_the_size(
    monde: Monde, session: Session, statements: list[str], people: int
) -> None:
    for number in range(people):
        monde.suivi(monde.dossier(ouvert_le=JOUR - jours(number), territoire_id=monde.territoire(f"T{number}")), JOUR)
    scan(session, today=JOUR, now=MAINTENANT)
    agent = session.get(Agent, monde.agent(coordinateur=True))
    statements.clear()
    chiffres_of(session, agent, today=JOUR)
    assert len(statements) <= 8


@contextmanager
def counted(house: Any) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        sent.append(statement)

    engines = (house.database.engines.read, house.database.engines.write, house.database.engines.keys)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def coordinateur(compte: Callable[..., Agent]) -> Agent:
    return compte(Role.COORDINATEUR)


def test_the_page_and_its_file_say_the_same_and_open_no_name(
    ville: Ville, coordinateur: Agent, navigateur: Navigateur, house: Any
) -> None:
    here = {"structure_id": coordinateur.structure_id, "situation": Situation.EMPLOI}
    codes = [ville.jeune("Zéphyrinette", "Quatremoulin", **here) for _ in range(3)]
    with ville.writing() as monde:
        elsewhere = monde.agent(referent=True)
        monde.affecte(ville.id_of(codes[0]), elsewhere, MAINTENANT)
    ville.scan()
    navigateur.sign_in(coordinateur)
    with counted(house) as sent:
        page = navigateur.get("/structure/chiffres").text
    assert not [one for one in sent if "cle_dossier" in one or "identite" in one], "no key and no name was read"
    answer = navigateur.get("/structure/chiffres.csv")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["tableau", "ligne", "colonne", "nombre"]
    assert ["Par situation présente", "Emploi", "Dossiers", "3"] in lines
    for text in ("Zéphyrinette", "Quatremoulin", *codes, "Nom"):
        assert text not in answer.data.decode()
    for text in ("Zéphyrinette", "Quatremoulin", *codes):
        assert text not in page
    for _, label, *_ in lines[1:]:
        assert label.split("\N{NO-BREAK SPACE}: ")[-1] in page


def test_a_name_of_territory_is_never_a_formula(ville: Ville, coordinateur: Agent, navigateur: Navigateur) -> None:
    with ville.writing() as monde:
        monde.dossier(structure_id=coordinateur.structure_id, territoire_id=monde.territoire("=HYPERLINK(1)"))
    navigateur.sign_in(coordinateur)
    assert ";'=HYPERLINK(1);" in navigateur.get("/structure/chiffres.csv").text


@pytest.mark.parametrize("role", [Role.REFERENT, Role.INTERVENANT, Role.RESPONSABLE, Role.DPO, Role.ADMINISTRATEUR])
@pytest.mark.parametrize("page", ["/structure/chiffres", "/structure/chiffres.csv"])
def test_it_does_not_exist_for_others(compte: Any, navigateur: Navigateur, role: Role, page: str) -> None:
    navigateur.sign_in(compte(role))
    assert navigateur.get(page).status_code == 404
