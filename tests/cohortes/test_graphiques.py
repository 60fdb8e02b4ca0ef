"""Charts: bands fill their frame exactly, ribbons their nodes, words their own room, whatever is published."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cohortes.rules_cellules import Cellule, drawn
from app.cohortes.rules_graphiques import (
    COULEURS,
    ETROIT,
    HACHURES,
    LARGE,
    PLEINES,
    Aire,
    Dessin,
    Figure,
    Texte,
    dodge,
    shares,
    wrap,
)
from app.cohortes.rules_graphiques_barres import barre, barres, horizons
from app.cohortes.rules_graphiques_chronogramme import chronogramme, columns, layers, vignettes
from app.cohortes.rules_graphiques_delai import Courbe, delai
from app.cohortes.rules_graphiques_flux import Saut, flux, place, ribbons
from app.cohortes.vocabulaire import Bande, Marque
from tests.web.test_styles import contraste, rvb

NOMS = Bande.choices()
CADRE = (50.0, 12.0, 650.0, 342.0)
# a rounded edge is at most this far from its true place, on either side
ARRONDI = 0.11

nombres = st.none() | st.integers(3, 200).map(lambda n: 5 * n)
effectifs = st.integers(3, 200).map(lambda n: 5 * n)


@st.composite
def series(draw: st.DrawFn, plus: int = 12) -> tuple[int, list[int], dict[str, list[int | None]]]:
    """A cohort: some months, some bands, numbers that may add to more than its headcount."""
    mois = sorted(draw(st.sets(st.integers(0, 60), min_size=1, max_size=plus)))
    codes = draw(st.sets(st.sampled_from(PLEINES)))
    liste = st.lists(nombres, min_size=len(mois), max_size=len(mois))
    return draw(effectifs), mois, {code: draw(liste) for code in sorted(codes)}


def numbers(dessin: Dessin) -> Iterator[float]:
    for forme in dessin.formes:
        for valeur in asdict(forme).values():
            if isinstance(valeur, int | float):
                yield valeur
        yield from map(float, re.findall(r"-?[\d.]+(?:e[-+]\d+)?|nan|inf", getattr(forme, "chemin", "")))


def assert_sound(dessin: Dessin) -> None:
    """Everything is finite; every word is inside the drawing, and on no other word."""
    assert all(math.isfinite(nombre) for nombre in numbers(dessin))
    boites = [(texte, texte.boite) for texte in dessin.textes]
    for texte, (gauche, haut, droite, bas) in boites:
        assert 0 <= gauche < droite <= dessin.largeur, texte
        assert 0 <= haut < bas <= dessin.hauteur, texte
    for rang, (texte, une) in enumerate(boites):
        for autre, deux in boites[rang + 1 :]:
            large = min(une[2], deux[2]) - max(une[0], deux[0])
            haut = min(une[3], deux[3]) - max(une[1], deux[1])
            assert min(large, haut) <= 0.6, (texte, autre)


def assert_figure(figure: Figure) -> None:
    assert_sound(figure.large)
    assert_sound(figure.etroit)


@given(series())
def test_bands_touch_and_fill_the_frame(cohorte: tuple) -> None:
    nappes = layers(columns(*cohorte), cohorte[1], cadre=CADRE)
    xs = nappes[0].xs
    assert all(nappe.xs == xs for nappe in nappes)
    assert (xs[0], xs[-1]) == (CADRE[0], CADRE[2])
    assert all(epaisseur >= 0 for nappe in nappes for epaisseur in nappe.epaisseurs)
    assert all(dessus.bas == dessous.haut for dessous, dessus in pairwise(nappes))
    assert set(nappes[0].bas) == {CADRE[3]}
    assert set(nappes[-1].haut) == {CADRE[1]}
    assert [n.code for n in nappes] == [code for code in COULEURS if code in {n.code for n in nappes}]


@given(series())
def test_a_height_is_the_share_of_whoever_is_counted_that_month(cohorte: tuple) -> None:
    """100 % is the headcount, or the sum when rounding makes it more; what is not shown is “autres”."""
    effectif, mois, parts = cohorte
    epaisseurs = {nappe.code: nappe.epaisseurs for nappe in layers(columns(*cohorte), mois, cadre=CADRE)}
    for rang in range(len(mois)):
        montres = {code: valeurs[rang] or 0 for code, valeurs in parts.items()}
        total = max(effectif, sum(montres.values()))
        attendus = montres | {"autres": total - sum(montres.values())}
        for code in COULEURS:
            hauteur = epaisseurs.get(code, [0.0] * (len(mois) + 1))[rang]
            assert hauteur == pytest.approx(330 * attendus.get(code, 0) / total, abs=ARRONDI)


@settings(max_examples=60, deadline=None)
@given(series())
def test_a_chronogramme_names_every_band_once_and_nothing_runs_over(cohorte: tuple) -> None:
    figure = chronogramme(*cohorte, noms=NOMS, axe="mois depuis l’entrée")
    assert_figure(figure)
    for dessin in (figure.large, figure.etroit):
        mots = " ".join(texte.texte for texte in dessin.textes)
        assert all(mots.count(nappe.nom) == 1 for nappe in dessin.formes if isinstance(nappe, Aire))


def test_of_a_month_where_nothing_is_shown_all_is_other_situations() -> None:
    assert shares(40, {"emploi": None})["autres"] == 1
    assert [nappe.code for nappe in layers(columns(40, [0], {"emploi": [None]}), [0], cadre=CADRE)] == ["autres"]


def test_rounded_numbers_that_add_to_more_than_the_headcount_leave_nothing_to_others() -> None:
    parts = shares(50, {"emploi": 30, "formation": 25})
    assert parts["autres"] == 0
    assert sum(parts.values()) == pytest.approx(1)
    assert parts["emploi"] == pytest.approx(30 / 55)


def test_months_must_grow() -> None:
    for mois in ([], [3, 3], [6, 0]):
        with pytest.raises(ValueError, match="months"):
            columns(50, mois, {"emploi": [20] * len(mois)})


def test_years_share_one_scale_and_leave_blank_what_is_not_lived_yet() -> None:
    planche = vignettes([(100, [0, 24], {"emploi": [20, 60]}), (60, [0, 6], {"formation": [15, 20]})], noms=NOMS)
    ancienne, recente = (next(f for f in d.formes if isinstance(f, Aire)).chemin for d in planche.dessins)
    assert planche.codes == ("emploi", "formation", "autres")
    assert "162 " in ancienne
    assert "66 " in recente
    assert "162 " not in recente
    for dessin in planche.dessins:
        assert_sound(dessin)


@settings(max_examples=60, deadline=None)
@given(st.lists(series(8), min_size=1, max_size=4))
def test_small_multiples_are_sound(cohortes: list) -> None:
    for dessin in vignettes(cohortes, noms=NOMS).dessins:
        assert_sound(dessin)


@given(st.lists(st.tuples(st.floats(-50, 450), st.floats(5, 40)), max_size=9))
def test_labels_make_room_in_order_and_stay_inside(labels: list[tuple[float, float]]) -> None:
    labels.sort()
    vises, hauteurs = [v for v, _ in labels], [h for _, h in labels]
    centres = dodge(vises, hauteurs, 0, 400)
    for (une, h1), (deux, h2) in pairwise(zip(centres, hauteurs, strict=True)):
        assert deux - une >= (h1 + h2) / 2 - 1e-6
    if labels:
        assert centres[0] - hauteurs[0] / 2 >= -1e-6
        assert centres[-1] + hauteurs[-1] / 2 <= 400 + 1e-6


def test_a_label_that_has_room_stays_where_it_was_wanted() -> None:
    assert dodge([20, 100, 102], [10, 10, 10], 0, 200) == [20, 96, 106]
    with pytest.raises(ValueError, match="room"):
        dodge([10, 20], [30, 30], 0, 50)


cellules = st.none() | st.integers(3, 60).map(lambda n: Cellule(Marque.NOMBRE, 5 * n))
presque = st.integers(0, 19).map(lambda n: Cellule(Marque.PRESQUE_TOUS, 5 * n))


@settings(max_examples=60, deadline=None)
@given(effectifs, st.lists(st.dictionaries(st.sampled_from(PLEINES), cellules | presque), min_size=1, max_size=4))
def test_horizons_fill_their_bars(effectif: int, dates: list[dict]) -> None:
    figure = horizons(effectif, [("À l’entrée", date) for date in dates], noms=NOMS)
    assert_figure(figure)
    for dessin in (figure.large, figure.etroit):
        barres_ = [forme for forme in dessin.formes if forme.genre == "rectangle"]
        for y in {forme.y for forme in barres_}:
            rangee = [forme for forme in barres_ if forme.y == y]
            assert all(a.x + a.largeur <= b.x + 0.6 for a, b in pairwise(rangee))
            assert rangee[-1].x + rangee[-1].largeur <= dessin.largeur + 0.6


def test_a_cell_that_is_nearly_all_is_drawn_at_its_least_and_says_so() -> None:
    cellule = Cellule(Marque.PRESQUE_TOUS, 90)
    assert drawn(cellule, 50) == 45
    assert (barre(cellule, 50).de, barre(cellule, 50).a, barre(cellule, 50).texte) == (90, 100, "≥\u00a090\u00a0%")
    mots = [t.texte for t in horizons(50, [("1 an", {"emploi": cellule})], noms=NOMS).large.textes]
    assert "≥\u00a090\u00a0%" in mots


def test_a_masked_cell_is_a_hatched_bar_up_to_ten_people() -> None:
    assert (barre(None, 50).de, barre(None, 50).a, barre(None, 50).texte) == (0, 20, "<\u00a011")
    figure = barres([("Raccrochages", [barre(None, 50, nom="Femmes"), barre(Cellule(Marque.NOMBRE, 20), 40)])])
    fonds = [forme.fond for forme in figure.etroit.formes if forme.genre == "rectangle"]
    assert fonds.count(HACHURES) == 1
    assert "50\u00a0%" in [texte.texte for texte in figure.large.textes]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(effectifs, cellules | presque, cellules), min_size=1, max_size=5))
def test_bars_are_sound(lignes: list) -> None:
    nom = "Raccrochages solides à six mois parmi ceux qui avaient décroché"
    assert_figure(barres([(nom, [barre(a, n, nom="Femmes"), barre(b, n, nom="Hommes")]) for n, a, b in lignes]))


paires = st.tuples(st.sampled_from(PLEINES), st.sampled_from(PLEINES))
sauts = st.builds(Saut, st.just("À l’entrée"), st.just("6 mois"), effectifs, st.dictionaries(paires, nombres))


@settings(max_examples=60, deadline=None)
@given(st.lists(sauts, min_size=1, max_size=3))
def test_a_flux_is_sound(liste: list[Saut]) -> None:
    assert_figure(flux(liste, noms=NOMS))


@settings(deadline=None)
@given(sauts)
def test_ribbons_fill_their_nodes_on_both_sides(saut: Saut) -> None:
    codes = list(COULEURS)
    gauche, droite = (place(saut.side(cote), codes, 0, 400, len(codes) - 1) for cote in (0, 1))
    recus = {(cote, code): 0.0 for cote in (0, 1) for code in codes}
    for de, vers, chemin in ribbons(saut, gauche, droite, 0, 100):
        n = [float(nombre) for nombre in re.findall(r"-?[\d.]+", chemin)]
        for cote, code, noeud, (bas, haut) in (
            (0, de, gauche[de], (n[1], n[15])),
            (1, vers, droite[vers], (n[7], n[9])),
        ):
            assert noeud[0] - ARRONDI <= haut <= bas <= noeud[1] + ARRONDI
            recus[cote, code] += bas - haut
    for cote, noeuds in enumerate((gauche, droite)):
        for code in saut.side(cote):
            assert recus[cote, code] == pytest.approx(noeuds[code][1] - noeuds[code][0], abs=2 * ARRONDI * 9)
    assert sum(saut.rubans.values()) == pytest.approx(1)


def test_a_pair_of_dates_knows_only_its_own_cells() -> None:
    saut = Saut(
        "Entrée", "6 mois", 100, {("formation", "emploi"): 40, ("emploi", "emploi"): 20, ("sorti", "sorti"): None}
    )
    assert saut.side(0) == {"emploi": 0.2, "formation": 0.4, "autres": 0.4}
    assert saut.side(1) == {"emploi": 0.6000000000000001, "autres": 0.4}
    with pytest.raises(ValueError, match="two dates"):
        flux([], noms=NOMS)


@st.composite
def courbes(draw: st.DrawFn) -> Courbe:
    effectif, mois, _ = draw(series())
    atteint, attendent = (draw(st.lists(nombres, min_size=len(mois), max_size=len(mois))) for _ in range(2))
    return Courbe(
        draw(st.sampled_from(["", "Femmes", "Les Tilleuls"])), effectif, tuple(mois), tuple(atteint), tuple(attendent)
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(courbes(), min_size=1, max_size=2))
def test_curves_are_sound_whatever_the_numbers(liste: list[Courbe]) -> None:
    assert_figure(delai(liste, axe="mois depuis l’entrée"))


def test_the_second_curve_is_dashed_and_the_first_months_hatched() -> None:
    courbe = Courbe("Femmes", 100, (0, 3, 6), (None, 15, 30), (95, 80, 60))
    figure = delai([courbe, Courbe("Hommes", 100, (0, 3, 6), (15, 20, 55), (85, 80, 40))], axe="mois")
    traits = [forme for forme in figure.large.formes if forme.genre == "ligne" and forme.epaisseur == 2.5]
    assert [bool(trait.tirets) for trait in traits] == [False, True]
    assert sum(forme.genre == "rectangle" and forme.fond == HACHURES for forme in figure.large.formes) == 1
    assert [forme for forme in figure.large.formes if forme.genre == "point"]
    with pytest.raises(ValueError, match="month"):
        delai([], axe="mois")


def test_every_band_has_one_colour_that_stands_out_and_is_like_no_other() -> None:
    assert set(COULEURS) == set(Bande)
    assert list(COULEURS)[-1] == Bande.AUTRES
    assert len(set(COULEURS.values())) == len(COULEURS)
    # décrochage and sorti are greys: no kind looks like a verdict
    for bande in (Bande.DECROCHAGE, Bande.SORTI):
        assert max(rvb(COULEURS[bande])) - min(rvb(COULEURS[bande])) < 0.1


@pytest.mark.parametrize("fond", [couleur for couleur in COULEURS.values() if couleur != HACHURES])
def test_what_is_written_on_a_band_is_read(fond: str) -> None:
    from app.cohortes.rules_graphiques import ink_on

    assert contraste(ink_on(fond), fond) >= 4.5


def test_neighbours_in_the_stack_differ_in_black_and_white() -> None:
    pleines = [COULEURS[code] for code in PLEINES]
    assert all(contraste(une, autre) >= 1.2 for une, autre in pairwise(pleines))


def test_words_wrap_and_none_is_lost() -> None:
    lignes = wrap("Service civique, volontariat", LARGE.marge / 2, ETROIT.taille)
    assert len(lignes) > 1
    assert " ".join(lignes) == "Service civique, volontariat"
    assert Texte(10, 10, "abc", 10, "end").boite[2] == 10
