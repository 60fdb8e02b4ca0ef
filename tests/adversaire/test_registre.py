"""T1 to T3, T7, T8, T10: the ledger as it stands after thirteen freezes, looked at by who knows everybody's entry."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from app.cohortes.rules_cellules import DENOMINATEUR_MIN, PAS, PLANCHER, SEUIL
from app.cohortes.rules_treillis import lattice
from app.cohortes.vocabulaire import Bande, Marque, Mesure
from tests.adversaire.attaques import newcomers, observed_in, remainders
from tests.adversaire.ensembles import classes_of, exposed, exposed_groups, isolated, small_differences
from tests.adversaire.lecture import COURBES, Registre
from tests.adversaire.population import BANDES_RANG, DERNIER
from tests.adversaire.reconstruction import believed, from_ledger, proven, read_off, score, vintages

AVANT_ET_APRES = {Mesure.FLUX_6: (0, 6), Mesure.FLUX_12: (6, 12), Mesure.FLUX_24: (12, 24)}
EN_DEMI_MOIS = (Mesure.DUREES_12, Mesure.DUREES_24)
ECART = 0.15  # T8: what an attack may gain on reading


@pytest.fixture(scope="module")
def classes(registre: Registre):
    return classes_of(registre.masks)


def test_no_published_set_holds_fewer_than_eleven(registre: Registre):
    """T1, headcounts; what a curve stands on is at least twenty."""
    for cle, trimestre in registre.sets:
        assert registre.members(cle, trimestre).sum() >= SEUIL
    for vu in registre.vus:
        assert vu.effectif >= PLANCHER
        assert vu.effectif % PAS == 0
        if vu.mesure in COURBES:
            for mois in vu.mois:
                behind = registre.at_risk(vu, mois)
                assert behind is not None
                assert registre.members(*behind).sum() >= DENOMINATEUR_MIN


def test_no_situation_shown_stands_on_one_to_ten(registre: Registre, note):
    """T1: of those who have lived the month, at least eleven are in the band and none or eleven are not."""
    checked = 0
    for vu, mois, categorie, marque, _ in registre.shown():
        if vu.mesure is Mesure.SITUATIONS:
            behind = registre.at_risk(vu, mois)
            inside, people = observed_in(registre.ville, registre.members(*behind), mois, categorie)
            assert inside >= SEUIL
            assert marque is Marque.PRESQUE_TOUS or people - inside >= SEUIL
            checked += 1
    note("10 shown situations that stand on 1 to 10 people", f"0 of {checked}")
    assert checked > 1_000


def test_no_flow_shown_stands_on_one_to_ten(registre: Registre):
    checked = 0
    for vu, _, categorie, marque, valeur in registre.shown():
        if vu.mesure in AVANT_ET_APRES:
            membres = registre.members(vu.cle, vu.trimestre)
            places = zip(AVANT_ET_APRES[vu.mesure], categorie.split(">"), strict=True)
            both = np.ones(registre.ville.taille, bool)
            for mois, bande in places:
                both &= registre.ville.bandes[:, mois] == BANDES_RANG[Bande(bande)]
            true = int((membres & both).sum())
            assert true >= SEUIL
            assert marque is Marque.PRESQUE_TOUS or abs(valeur - true) <= PLANCHER - SEUIL
            checked += 1
    assert checked > 20


def test_every_number_is_a_multiple_of_five_from_fifteen(registre: Registre):
    for vu, _, _, marque, valeur in registre.shown():
        if marque is Marque.NOMBRE and vu.mesure not in EN_DEMI_MOIS:
            assert valeur % PAS == 0
            assert valeur >= PLANCHER


def test_two_nested_sets_differ_by_none_or_eleven(registre: Registre, note):
    """T2, over all measures, all vintages, and the sets that curves stand on."""
    found = [(registre.sets[one], registre.sets[two]) for one, two, _ in small_differences(registre.masks)]
    near = isolated((reste for *_, reste in small_differences(registre.masks)), registre.ville.taille)
    note("04 within a difference of 1 to 10 people", f"{near.mean():.0%}")
    assert found == []


def test_no_class_under_eleven_can_be_computed(registre: Registre, classes, note):
    """T3, by eigenvectors: the gate counts modulo a prime."""
    people = classes.tailles[exposed(classes)].sum() / registre.ville.taille
    note("05 in a class of 1 to 10 that can be computed", f"{people:.0%}")
    assert people == 0


def test_no_pair_of_classes_under_eleven_can_be_computed(classes, note):
    pairs = exposed_groups(classes, 2)
    note("06 pairs of classes under 11 that can be computed", len(pairs))
    assert pairs == []


def test_groups_of_three_classes_are_counted_not_refused(registre: Registre, classes, note):
    """Not proven, and the page says so: this says how many there are."""
    groups = exposed_groups(classes, 3)
    people = {classe for group in groups for classe in group}
    share = sum(int(classes.tailles[classe]) for classe in people) / registre.ville.taille
    note("07 groups of three under 11 that can be computed", f"{len(groups)}, {share:.1%}")


def test_what_is_left_of_a_whole_is_none_or_eleven(registre: Registre, note):
    """T7: every parent, criterion and combination of vintages."""
    found = [left for *_, left in remainders(registre)]
    note("11 parts of a whole that leave 1 to 10", f"{sum(0 < left < SEUIL for left in found)} of {len(found)}")
    assert not [left for left in found if 0 < left < SEUIL]
    assert len(found) > 1_000


def test_a_newcomer_is_not_read_off_two_vintages(registre: Registre, note):
    alone, precision, reading = newcomers(registre, victimes=100, graine=1)
    note("01 a newcomer is told apart, threshold 11", f"{alone:.0%}")
    note("02 their situation is read right, threshold 11", f"{precision:.0%}")
    assert alone == 0
    assert precision <= reading + ECART


def test_linear_programming_gains_nothing_on_reading(registre: Registre, note):
    """T8: the most likely town, then what is proven of the smallest classes."""
    enonce = from_ledger(registre, millesimes=vintages(registre.ville))
    precision, reading, people = score(enonce, believed(enonce), registre.ville, read_off(registre))
    note("08 reconstruction: precision where it is sure", f"{precision:.0%}")
    note("08 what reading one page gives on the same people", f"{reading:.0%}")
    note("09 reconstruction: people it is sure of", f"{people / registre.ville.taille:.0%}")
    assert precision <= reading + ECART
    small = np.argsort(enonce.classes.tailles, kind="stable")[:: len(enonce.classes.tailles) // 2][:2]
    known = [proven(enonce, int(classe), bande) for classe, bande in product(small, (1, 2))]
    note("12 people of whom a situation is proven", f"{sum(known)} of {enonce.classes.tailles[small].sum()}")
    assert sum(known) == 0


def test_nothing_is_said_to_be_none_or_all(registre: Registre):
    """T10."""
    for *_, marque, valeur in registre.shown():
        assert valeur > 0 or marque is Marque.PRESQUE_TOUS
        assert marque is Marque.NOMBRE or valeur <= 95


def test_whether_a_cohort_exists_says_nothing_of_who_is_in_it(registre: Registre):
    """The known keys are every crossing of the values that the whole town has: none tells that somebody is there."""
    known = {cle for cle, _, millesime, _ in registre.refus if millesime == DERNIER}
    known |= {vu.cle.code for vu in registre.vus}
    assert {cle.code for cle in lattice(registre.ville.valeurs)} == known
