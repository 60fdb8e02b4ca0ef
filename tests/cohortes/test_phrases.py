"""Five sentences and five figures: from published cells alone, always five from 50 people on, never an empty rate."""

from __future__ import annotations

import re
from itertools import product

import pytest

from app.cohortes.forms_habitants import simples
from app.cohortes.forms_phrases import PEU_DE_JEUNES, chiffre, constats, en_mots, manque
from app.cohortes.queries_releves import Releve
from app.cohortes.rules_cellules import Cellule, percent
from app.cohortes.rules_phrases import ACTIVES, COMBIEN, Part, Sujet, all_faits, faits, part
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Bande, Marque, Mesure, Niveau

MILLESIME = 2026 * 4 + 2
MOIS = tuple(range(0, 37, 3))
NUMBER = re.compile(r"\d[\d\u202f]*")


def cell(valeur: int) -> Cellule:
    return Cellule(Marque.NOMBRE, valeur)


def at_least(pour_cent: int) -> Cellule:
    return Cellule(Marque.PRESQUE_TOUS, pour_cent)


def releve(mesure: Mesure, cellules=None, *, effectif: int = 345, niveau=Niveau.COURBES, mois=(0,)) -> Releve:
    return Releve(Cle(), mesure, MILLESIME, MILLESIME, effectif, niveau, tuple(mois), cellules or {})


def situations(cellules=None, **options) -> dict[Mesure, Releve]:
    return {Mesure.SITUATIONS: releve(Mesure.SITUATIONS, cellules, **({"mois": MOIS} | options))}


def of(releves, sujet: Sujet):
    return next(fait for fait in all_faits(releves) if fait.sujet is sujet)


def test_the_year_after_is_the_sum_of_rounded_cells_beside_the_entry() -> None:
    cells = {(12, Bande.EMPLOI): cell(60), (12, Bande.ALTERNANCE): cell(25), (12, Bande.FORMATION): cell(50)}
    found = of(situations(cells | {(0, Bande.EMPLOI): cell(20)}), Sujet.ACTIVITE)
    assert (found.parts["apres"], found.parts["entree"]) == (Part(135, 345, 39), Part(20, 345, 6))
    assert found.mois == 12


@pytest.mark.parametrize(("mois", "recul"), [((0, 3, 6), 6), ((0, 12, 24), 12), ((0, 6, 12, 24), 12), ((0,), 0)])
def test_the_entry_is_compared_with_a_year_later_or_the_last_month_before(mois, recul: int) -> None:
    found = of(situations({}, mois=mois), Sujet.DECROCHAGE)
    assert found.mois == recul
    assert ("apres" in found.parts) == (recul > 0)


def test_a_rate_is_never_0_nor_100_and_nearly_all_is_said_as_such() -> None:
    assert [percent(15 / 15000), percent(3000 / 3000)] == [1, 99]
    assert part([cell(60)], 60) == Part(None, 60, 75)
    assert part([at_least(85), None], 100) == Part(None, 100, 85)
    assert part([None, None], 60) == Part(None, 60, None)
    assert (chiffre(Part(None, 60, 75)), en_mots(Part(None, 60, 75))) == (
        "≥\u00a075\u00a0%",
        "au moins 75\u00a0% de 60\u00a0jeunes",
    )
    assert chiffre(Part(None, 60, None)) == "<\u00a011"


def test_a_rate_needs_twenty_people() -> None:
    few = {Mesure.SORTIES: releve(Mesure.SORTIES, {(0, "sortis"): cell(15), (0, "dynamiques"): cell(15)})}
    assert Sujet.SORTIES_DYNAMIQUES not in {fait.sujet for fait in all_faits(few)}
    enough = {Mesure.SORTIES: releve(Mesure.SORTIES, {(0, "sortis"): cell(20), (0, "dynamiques"): cell(15)})}
    assert of(enough, Sujet.SORTIES_DYNAMIQUES).parts["part"] == Part(15, 20, 75)


def test_who_is_nearly_all_of_others_is_divided_by_these() -> None:
    cells = {(0, "raccroches"): cell(85), (0, "observes_6"): at_least(80), (0, "solides"): cell(50)}
    found = of({Mesure.RACCROCHAGES: releve(Mesure.RACCROCHAGES, cells)}, Sujet.RETOURS_SOLIDES)
    assert found.parts["part"] == Part(50, 85, 59)


def test_contacts_are_among_those_who_had_two() -> None:
    cells = {(0, "30"): cell(75), (0, "60"): cell(145), (0, "plus"): cell(145)}
    found = of({Mesure.CONTACTS: releve(Mesure.CONTACTS, cells, effectif=1480)}, Sujet.CONTACTS)
    assert found.parts["part"] == Part(75, 290, 26)
    del cells[0, "plus"]
    assert not all_faits({Mesure.CONTACTS: releve(Mesure.CONTACTS, cells, effectif=1480)})


def test_the_median_is_that_of_rounded_numbers_or_more_than_half_wait() -> None:
    def reached(step: int) -> dict[Mesure, Releve]:
        cells = {(mois, "atteint"): cell(15 + step * rang) for rang, mois in enumerate(MOIS)}
        waiting = {(mois, "attendent"): cell(340 - step * rang) for rang, mois in enumerate(MOIS)}
        return {Mesure.DELAI_EMPLOI: releve(Mesure.DELAI_EMPLOI, cells | waiting, mois=MOIS)}

    fast, slow = of(reached(25), Sujet.DELAI_EMPLOI), of(reached(10), Sujet.DELAI_EMPLOI)
    # 15 + 25 × 7 = 190 of 345, at the seventh quarter
    assert (fast.mediane, slow.mediane, slow.mois) == (21, None, 36)
    assert constats(reached(25))[0].chiffre == "21\u00a0mois"
    assert "On n’a pas vu la moitié y arriver." in constats(reached(10))[0].phrase


def courbes(*, mois=MOIS) -> dict[Mesure, Releve]:
    """Fifty people of whom everything is masked: the worst that the ledger may say of curves."""
    measures = (Mesure.DELAI_EMPLOI, Mesure.SORTIES, Mesure.RACCROCHAGES, Mesure.CONTACTS)
    return situations({}, effectif=50, mois=mois) | {one: releve(one, effectif=50, mois=mois) for one in measures}


@pytest.mark.parametrize("mois", [MOIS, (0,), (0, 3)])
def test_from_fifty_people_on_there_are_always_five(mois) -> None:
    assert len(constats(courbes(mois=mois))) == COMBIEN
    assert manque(constats(courbes(mois=mois))) == ""


def test_what_may_be_said_comes_before_what_is_masked() -> None:
    told = courbes() | {Mesure.SORTIES: releve(Mesure.SORTIES, {(0, "sortis"): cell(25), (0, "dynamiques"): cell(15)})}
    assert [fait.sujet for fait in faits(told)] == [
        Sujet.SUIVIS, Sujet.ACTIVITE, Sujet.DECROCHAGE, Sujet.SORTIES_DYNAMIQUES, Sujet.DELAI_EMPLOI,
    ]  # fmt: skip


def test_a_headcount_says_so_and_why_there_is_no_more() -> None:
    found = constats(situations({}, effectif=15, niveau=Niveau.EFFECTIF, mois=()))
    assert [one.chiffre for one in found] == ["15"]
    assert manque(found) == PEU_DE_JEUNES
    assert constats({}) == []
    assert manque([]) == ""


@pytest.mark.parametrize(("valeur", "marque"), list(product((15, 30, 45), Marque)))
def test_every_number_said_is_a_published_one_or_a_rate_of_two(valeur: int, marque: Marque) -> None:
    one = Cellule(marque, valeur)
    cells = {(mois, band): one for mois in (0, 12) for band in (*ACTIVES, Bande.DECROCHAGE)}
    counts = {(0, name): cell(60) for name in ("sortis", "decroches", "raccroches", "observes_6")}
    counts |= {(0, "dynamiques"): one, (0, "solides"): one}
    told = situations(cells) | {m: releve(m, counts) for m in (Mesure.SORTIES, Mesure.RACCROCHAGES)}
    for said in constats(told):
        for number in NUMBER.findall(said.phrase):
            rate = f"{number}\u00a0%" in said.phrase
            assert rate or int(number.replace("\u202f", "")) % 5 == 0 or number == "11", said.phrase


def test_residents_read_the_same_figures() -> None:
    cells = {(12, Bande.EMPLOI): cell(60), (0, Bande.DECROCHAGE): cell(155), (12, Bande.DECROCHAGE): cell(60)}
    told = courbes() | situations(cells)
    assert [one.chiffre for one in simples(told)] == [one.chiffre for one in constats(told)]
    for simple in simples(told):
        assert all(len(phrase.split()) <= 18 for phrase in simple.phrases), simple
