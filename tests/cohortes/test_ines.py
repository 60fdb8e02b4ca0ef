"""Promise: the page that looks for Inès finds her on an ordinary dashboard, and not in what our own gate publishes."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from werkzeug.datastructures import MultiDict

from app.accounts.models import Installation
from app.cohortes import rules_ines as ines
from app.cohortes.filtres import Critere
from app.cohortes.forms_ines import ATTAQUES, AUTRES_AGES, SON_AGE, Volet, read_partie
from app.cohortes.rules_cellules import SEUIL
from app.cohortes.rules_ines import APRES, ARRIVEE, DERNIER, INES, QUARTIER, VEILLE, Jeune, Question
from app.cohortes.rules_treillis import Cle, quarter_of
from app.cohortes.vocabulaire import Bande, Raison
from app.parcours.vocabulaire import Sexe
from tests.http.conftest import app, connect, house, monde, protege  # noqa: F401 - the application and its people
from tests.http.test_pages import _faults, html5lib

GARCONS, FILLES = Cle.of({Critere.SEXE: Sexe.HOMME}), Cle.of({Critere.SEXE: Sexe.FEMME})
ELLE = Cle.of({Critere.SEXE: Sexe.FEMME, Critere.AGE: SON_AGE})


def dropped(question: Question) -> int:
    return ines.ordinary(question).bandes[Bande.DECROCHAGE]


def test_from_one_day_to_the_next_an_ordinary_dashboard_gives_her_away() -> None:
    before, after = ines.ordinary(Question(VEILLE)), ines.ordinary(Question(ARRIVEE))
    assert (before.effectif, after.effectif) == (72, 73)
    moved = {bande for bande in before.bandes if before.bandes[bande] != after.bandes[bande]}
    assert moved == {INES.bande}


def test_filters_give_her_away_and_no_number_was_under_the_threshold() -> None:
    direct = Question(APRES, Sexe.FEMME, frozenset({SON_AGE}))
    assert ines.ordinary(direct).effectif is None, "asked straight, the threshold holds"
    around = (Question(APRES), Question(APRES, Sexe.HOMME), Question(APRES, Sexe.FEMME, AUTRES_AGES))
    shown = [(ines.ordinary(question).effectif, dropped(question)) for question in around]
    assert all(number is not None and number >= SEUIL for row in shown for number in row)
    whole, *parts = shown
    assert [whole[rang] - sum(part[rang] for part in parts) for rang in (0, 1)] == [1, 1]


def test_our_pages_do_not_move_on_the_day_she_comes_in() -> None:
    for cle in (Cle(), GARCONS, FILLES):
        assert ines.published(cle, VEILLE) == ines.published(cle, ARRIVEE)


def test_when_her_quarter_closes_the_gate_refuses_what_would_single_her_out() -> None:
    assert ines.published(Cle(), APRES).millesime == DERNIER
    refused = {cle: ines.published(cle, APRES).refus for cle in (Cle(), GARCONS, FILLES, ELLE)}
    assert refused == {Cle(): None, GARCONS: Raison.DEDUCTION, FILLES: Raison.PROCHE, ELLE: Raison.EFFECTIF}
    assert ines.published(GARCONS, APRES).millesime == ines.published(FILLES, APRES).millesime == DERNIER - 1
    assert ines.published(ELLE, APRES).millesime is None
    assert ines.refused_alone() is Raison.PROCHE


def rank(rows: list[list[Fraction]]) -> int:
    rows, found = [row[:] for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for row in rows[found + 1 :]:
            factor = row[column] / pivot[column]
            row[:] = [left - factor * right for left, right in zip(row, pivot, strict=True)]
        found += 1
    return found


def in_set(cle: Cle, quarter: int, jeune: Jeune) -> bool:
    mine = {
        Critere.SEXE: jeune.sexe,
        Critere.AGE: jeune.age,
        Critere.ENTREE: str(jeune.arrivee.year),
        Critere.TERRITOIRE: "1",
        Critere.STRUCTURE: "1",
    }
    return quarter_of(jeune.arrivee) <= quarter and all(mine[critere] == valeur for critere, valeur in cle.filtres)


def test_no_combination_of_everything_published_is_about_her() -> None:
    """In fractions, without the gate: her indicator is not in the row space; it is once the boys are let in."""
    kinds = sorted({(one.sexe, one.age, one.arrivee) for one in QUARTIER})
    people = [Jeune(arrivee, sexe, age, INES.bande) for sexe, age, arrivee in kinds]
    assert kinds.count((INES.sexe, INES.age, INES.arrivee)) == 1

    def row(cle: Cle, quarter: int) -> list[Fraction]:
        return [Fraction(in_set(cle, quarter, jeune)) for jeune in people]

    published = [row(cle, quarter) for cle, quarter in sorted(ines._ledger(QUARTIER, DERNIER))]
    her = [Fraction(jeune == INES) for jeune in people]
    assert rank([*published, her]) == rank(published) + 1
    with_boys = [*published, row(GARCONS, DERNIER)]
    assert rank([*with_boys, her]) == rank(with_boys), "that is why they are refused"


def test_our_side_shows_rounded_numbers_alone() -> None:
    for attaque in ATTAQUES:
        for etape in [make() for make in attaque.etapes]:
            for _, text in etape.protege.lignes:
                numbers = [int(number) for number in re.findall(r"\d+", text.split("=")[0])]
                assert "<" in text or all(number % 5 == 0 and number >= 15 for number in numbers), text


def last(code: str) -> tuple[Volet, Volet]:
    """The subtraction of an attack, on both sides."""
    attaque = next(one for one in ATTAQUES if one.code == code)
    etape = next(etape for etape in (make() for make in attaque.etapes) if etape.titre == "La soustraction")
    return etape.ordinaire, etape.protege


@pytest.mark.parametrize("code", [one.code for one in ATTAQUES])
def test_the_page_says_what_the_numbers_say(code: str) -> None:
    ordinary, ours = last(code)
    assert [text.split("= ")[1] for _, text in ordinary.lignes] == ["1", "1"]
    assert [text.split("= ")[1] for _, text in ours.lignes] != ["1", "1"]


@pytest.mark.parametrize(
    "query",
    ["attaque=hier", "pas=1", "attaque=hier&pas=0", "attaque=hier&pas=9", "attaque=hier&pas=01", "attaque=x&pas=1",
     "attaque=hier&pas=1&pas=2", "attaque=hier&attaque=hier&pas=1", "attaque=hier&pas=1&x=1", "x=1"],
)  # fmt: skip
def test_an_address_that_names_no_step_is_nowhere(query: str) -> None:
    with pytest.raises(ValueError, match="no such step"):
        read_partie(MultiDict(part.split("=") for part in query.split("&")))


@pytest.fixture
def demonstration(house) -> None:  # noqa: F811
    with house.database.writing() as session:
        session.add(Installation(id=1, cree_le=house.clock(), demonstration=True))


URLS = ["/cohortes/retrouver-ines"] + [
    f"/cohortes/retrouver-ines?attaque={one.code}&pas={rang}"
    for one in ATTAQUES
    for rang in range(1, len(one.etapes) + 1)
]


def test_every_step_is_a_page_well_made(demonstration: None, monde, connect: Callable) -> None:  # noqa: F811
    client = connect(monde.agents["responsable"])
    for url in URLS:
        answer = client.get(url)
        assert answer.status_code == 200
        parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
        tree = parser.parse(answer.text)
        assert not parser.errors
        assert not list(_faults(tree, answer.text)), url
    assert client.get("/cohortes/retrouver-ines?attaque=hier&pas=9").status_code == 404


@pytest.mark.parametrize("name", ["referent", "coordinateur", "dpo", "administrateur"])
def test_it_is_for_who_reads_cohorts(demonstration: None, monde, connect: Callable, name: str) -> None:  # noqa: F811
    assert connect(monde.agents[name]).get(URLS[0]).status_code == 404


def test_it_is_in_the_demonstration_alone(monde, connect: Callable) -> None:  # noqa: F811
    assert connect(monde.agents["responsable"]).get(URLS[0]).status_code == 404
