"""What may be shown of true numbers: nothing under 11, nothing that stands on fewer, nothing that is nearly all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cohortes.rules_cellules import Cellule
from app.cohortes.rules_mesures import HORS, OBSERVES, Compte
from app.cohortes.rules_protection import DENOMINATEURS, proteger
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Bande, Marque, Mesure


def people(nombre: int) -> Compte:
    return Compte(float(nombre), nombre, 1.0)


def nombre(valeur: int) -> Cellule:
    return Cellule(Marque.NOMBRE, valeur)


def presque_tous(valeur: int) -> Cellule:
    return Cellule(Marque.PRESQUE_TOUS, valeur)


def counted(mesure: Mesure, effectif: int, /, **counts: int) -> dict[str, Cellule]:
    comptes = {(0, name): people(count) for name, count in counts.items()}
    return {name: cell for (_, name), cell in proteger(mesure, comptes, effectif=effectif).items()}


def test_a_count_is_a_part_of_its_denominator():
    found = counted(Mesure.RACCROCHAGES, 100, decroches=60, raccroches=40, observes_6=29, solides=18)
    assert found == {
        "decroches": nombre(60),
        "raccroches": nombre(40),
        "observes_6": nombre(30),
        "solides": nombre(20),
    }
    # 40 of 60 may be said; 35 of 40 would tell that five are not
    found = counted(Mesure.SORTIES, 100, sortis=40, positive=35, relais=0, autre=5, dynamiques=12, plie=12)
    assert found == {
        "sortis": nombre(40),
        "positive": presque_tous(60),
        "dynamiques": nombre(15),
        "plie": nombre(15),
    }


def test_a_count_is_not_shown_without_its_denominator():
    assert counted(Mesure.RACCROCHAGES, 30, decroches=10, raccroches=10, observes_6=10, solides=10) == {}
    found = counted(Mesure.RACCROCHAGES, 100, decroches=60, raccroches=40, observes_6=10, solides=10)
    assert found.keys() == {"decroches", "raccroches"}
    assert counted(Mesure.IMMOBILES, 100, ouverts=0, immobiles=0) == {}


def test_a_denominator_that_is_nearly_everybody_keeps_its_parts():
    found = counted(Mesure.RACCROCHAGES, 100, decroches=95, raccroches=40, observes_6=20, solides=3)
    assert found == {"decroches": presque_tous(85), "raccroches": nombre(40), "observes_6": nombre(20)}


def estimated(part: float, *, vus: int, observes: int, effectif: int) -> Cellule | None:
    comptes = {
        (36, "emploi"): Compte(part * effectif, vus, 1.0),
        (36, "autres"): Compte((1 - part) * effectif, observes - vus, 1.0),
        (36, OBSERVES): people(observes),
    }
    found = proteger(Mesure.SITUATIONS, comptes, effectif=effectif)
    assert found.keys() <= {(36, "emploi")}
    return found.get((36, "emploi"))


def test_an_estimate_is_rounded_where_it_stands():
    # everybody is observed: R6 itself
    assert estimated(0.233, vus=14, observes=60, effectif=60) == nombre(15)
    # 46 of 598 are: 20 of them are 13 times as many, and so are 18 to 22
    assert estimated(20 / 46, vus=20, observes=46, effectif=598) == nombre(260)
    assert estimated(21 / 46, vus=21, observes=46, effectif=598) == nombre(260)


def test_an_estimate_that_stands_on_a_few_is_masked():
    assert estimated(0.2, vus=9, observes=46, effectif=598) is None
    # enough were seen, and they stand for few; then the other way round
    assert estimated(0.1, vus=15, observes=46, effectif=598) is None
    assert estimated(0.4, vus=10, observes=46, effectif=598) is None


def test_an_estimate_that_leaves_a_few_says_no_more_than_nearly_all():
    assert estimated(0.9, vus=41, observes=46, effectif=598) == presque_tous(65)
    # those seen are nearly all of those observed, and stand for less
    assert estimated(0.52, vus=41, observes=46, effectif=598) == presque_tous(50)


def waited(*, atteint: int, observes: int, effectif: int) -> dict[str, Cellule]:
    comptes = {
        (12, "atteint"): Compte(atteint / observes * effectif, atteint, 1.0),
        (12, "attendent"): people(observes - atteint),
        (12, OBSERVES): people(observes),
    }
    return {name: cell for (_, name), cell in proteger(Mesure.DELAI_EMPLOI, comptes, effectif=effectif).items()}


def test_those_who_reached_and_those_who_wait():
    assert waited(atteint=20, observes=50, effectif=100) == {"atteint": nombre(40), "attendent": nombre(30)}
    # of a hundred, at least 35 in a hundred wait: the 40 to 50 of the fifty who are observed
    assert waited(atteint=4, observes=50, effectif=100) == {"attendent": presque_tous(35)}
    assert waited(atteint=45, observes=50, effectif=100) == {"atteint": presque_tous(70)}


@given(
    steps=st.lists(st.tuples(st.floats(0, 12), st.integers(0, 12), st.integers(0, 40)), min_size=1, max_size=8),
)
def test_those_who_arrived_never_leave(steps: list[tuple[float, int, int]]):
    """The estimate grows and those observed are fewer each month: what is shown never falls, nor goes away."""
    comptes, valeur, jeunes, observes = {}, 0.0, 0, 400
    for mois, (plus, nouveaux, partis) in enumerate(steps):
        valeur, jeunes, observes = valeur + plus, jeunes + nouveaux, observes - partis
        comptes |= {
            (mois, "atteint"): Compte(valeur, min(jeunes, observes), 1.0),
            (mois, "attendent"): people(max(0, observes - jeunes)),
            (mois, OBSERVES): people(observes),
        }
    found = proteger(Mesure.DELAI_EMPLOI, comptes, effectif=400)
    shown = [found[mois, "atteint"].valeur for mois in range(len(steps)) if (mois, "atteint") in found]
    assert shown == sorted(shown)
    first = next((mois for mois in range(len(steps)) if (mois, "atteint") in found), len(steps))
    assert all((mois, "atteint") in found for mois in range(first, len(steps)))


def test_nobody_reached_looks_like_ten_reached():
    assert waited(atteint=0, observes=50, effectif=50) == waited(atteint=10, observes=50, effectif=50)


def test_a_flux_has_no_ribbon_from_or_to_the_others():
    comptes = {(6, "emploi>emploi"): people(40), (6, "emploi>autres"): people(30), (6, "autres>sorti"): people(20),
               (6, "sorti>sorti"): people(10)}  # fmt: skip
    assert proteger(Mesure.FLUX_6, comptes, effectif=100) == {(6, "emploi>emploi"): nombre(40)}
    tous = {(6, "emploi>emploi"): people(95), (6, "emploi>autres"): people(5)}
    assert proteger(Mesure.FLUX_6, tous, effectif=100) == {(6, "emploi>emploi"): presque_tous(85)}


def passed(departs: Compte, passages: Compte) -> dict[str, Cellule]:
    comptes = {(0, "emploi"): departs, (0, "emploi>sorti"): passages, (0, "emploi>autres"): people(50),
               (0, "autres"): people(50), (0, "autres>emploi"): people(50)}  # fmt: skip
    return {name: cell for (_, name), cell in proteger(Mesure.TRANSITIONS, comptes, effectif=100).items()}


def test_a_passage_needs_eleven_people_out_of_twenty():
    both = {"emploi": nombre(300), "emploi>sorti": nombre(15)}
    assert passed(Compte(301.0, 20, 30.0), Compte(12.0, 11, 2.0)) == both
    assert passed(Compte(301.0, 20, 30.0), Compte(40.0, 10, 9.0)) == {"emploi": nombre(300)}
    assert passed(Compte(301.0, 19, 30.0), Compte(12.0, 11, 2.0)) == {}
    # most of the months, or of the passages, are one person's
    assert passed(Compte(301.0, 20, 280.0), Compte(12.0, 11, 2.0)) == {}
    assert passed(Compte(301.0, 20, 30.0), Compte(100.0, 11, 90.0)) == {"emploi": nombre(300)}
    # nearly all those who were there left the next month
    assert passed(Compte(25.0, 22, 2.0), Compte(20.0, 20, 1.0)) == {
        "emploi": nombre(25),
        "emploi>sorti": presque_tous(40),
    }


def lasted(emploi: Compte, ailleurs: int) -> Cellule | None:
    comptes = {(12, "emploi"): emploi, (12, HORS + "emploi"): people(ailleurs), (12, "autres"): people(60)}
    found = proteger(Mesure.DUREES_12, comptes, effectif=60)
    assert found.keys() <= {(12, "emploi")}
    return found.get((12, "emploi"))


def test_mean_months_are_made_by_enough_people_and_leave_enough():
    # 4.2 months each
    assert lasted(Compte(252.0, 40, 12.0), 60) == nombre(8)
    assert lasted(Compte(252.0, 10, 12.0), 60) is None
    assert lasted(Compte(13.0, 11, 12.0), 60) is None
    assert lasted(Compte(700.0, 60, 12.0), 10) is None
    # the mean is nearly twelve: never all the months
    assert lasted(Compte(719.0, 60, 12.0), 11) == nombre(23)


@given(
    effectif=st.integers(20, 2_000),
    parts=st.lists(st.integers(0, 2_000), min_size=9, max_size=9),
    observed=st.integers(20, 2_000),
)
def test_no_estimate_stands_on_or_leaves_one_to_ten(effectif: int, parts: list[int], observed: int):
    """Whatever the cells, and whatever the drift between the estimate and those seen."""
    observes = min(observed, effectif)
    cuts = np.sort(np.array(parts[:8]) % (observes + 1))
    vus = np.diff(np.concatenate([[0], cuts, [observes]]))
    comptes = {(0, OBSERVES): people(observes)}
    for bande, n, weight in zip(Bande, vus, parts, strict=True):
        share = weight / max(1, sum(parts))
        comptes[0, bande.value] = Compte(share * effectif, int(n), 1.0)
    found = proteger(Mesure.SITUATIONS, comptes, effectif=effectif)
    for (_, categorie), cell in found.items():
        compte = comptes[0, categorie]
        ramene = compte.valeur / effectif * observes
        assert compte.jeunes >= 11
        assert ramene >= 10.5
        if cell.marque is Marque.NOMBRE:
            assert observes - compte.jeunes >= 11
            assert cell.valeur % 5 == 0
            assert cell.valeur >= 15
            # brought back to those observed, it is the true number to the nearest 5 (11 to 17 read 15)
            weight = effectif / observes
            assert abs(cell.valeur / weight - ramene) <= 4.6 + 2.5 / weight
        else:
            assert cell.valeur <= 100 * compte.valeur / effectif


@given(
    mesure=st.sampled_from([Mesure.SORTIES, Mesure.RACCROCHAGES, Mesure.IMMOBILES]),
    counts=st.dictionaries(st.sampled_from([*DENOMINATEURS, *DENOMINATEURS.values()]), st.integers(0, 60)),
)
def test_no_count_is_or_leaves_one_to_ten(mesure: Mesure, counts: dict[str, int]):
    counts = {name: counts.get(name, 0) for name in {*DENOMINATEURS, *DENOMINATEURS.values()}}
    for name, cell in counted(mesure, 60, **counts).items():
        reste = counts.get(DENOMINATEURS.get(name, ""), 60) - counts[name]
        assert counts[name] >= 11
        assert (reste >= 11) == (cell.marque is Marque.NOMBRE)


@pytest.mark.parametrize("bande", list(Bande))
def test_every_published_band_and_no_other_may_have_a_cell(bande: Bande):
    comptes = {(0, bande.value): people(30), (0, OBSERVES): people(60)}
    found = proteger(Mesure.SITUATIONS, comptes, effectif=60)
    assert found == ({(0, bande.value): nombre(30)} if bande in BANDES_PUBLIEES else {})
