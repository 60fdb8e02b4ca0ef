"""The crowd of the cohorts: the two ways of counting agree, the database says what the arrays say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.parcours.rules import MOIS_OUVERT
from bench import foule as foules
from bench.mesures import cohortes


def test_spells_follow_each_other_from_entry_to_the_present():
    foule = foules.invent(200)
    suite = foule.personne[1:] == foule.personne[:-1]
    assert (foule.m0[1:][suite] == foule.m1[:-1][suite]).all()
    assert (foule.precedente[1:][suite] == foule.situation[:-1][suite]).all()
    assert (foule.situation[1:][suite] != foule.situation[:-1][suite]).all()
    firsts = np.flatnonzero(np.diff(foule.personne, prepend=-1))
    assert (foule.m0[firsts] == foule.entree).all()
    assert (foule.m1 == MOIS_OUVERT).sum() == foule.taille


def test_months_and_spells_count_the_same_and_a_wrong_count_is_seen():
    columns = cohortes.columns_of(foules.invent(300))
    ours = cohortes.ours(columns)
    cohortes._check(ours, cohortes.peer(columns))
    with pytest.raises(cohortes.WrongResult):
        cohortes._check(ours, replace(ours, flux=[table + 1 for table in ours.flux]))


def test_the_stored_aggregate_is_that_of_the_arrays(tmp_path: Path):
    lieu, foule = foules.ready(150, tmp_path)
    ligne = cohortes._aggregate(lieu, cohortes.columns_of(foule))
    assert ligne.tenu
    again, _ = foules.ready(150, tmp_path)
    assert again == lieu
    with pytest.raises(cohortes.WrongResult):
        cohortes._aggregate(lieu, cohortes.columns_of(foules.invent(151)))
