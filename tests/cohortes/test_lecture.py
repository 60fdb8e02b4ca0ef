"""From the ledger to what is read: nothing but published numbers, and nothing said that they do not bear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.cohortes.filtres import Critere
from app.cohortes.forms_adresse import (
    AUTRE_CRITERE,
    CHOIX_INCONNU,
    CRITERE_PRIS,
    MEME_CRITERE,
    MEME_VALEUR,
    parameters,
    read_choice,
    read_cle,
    read_comparison,
    read_pair,
)
from app.cohortes.forms_comparaison import pair
from app.cohortes.forms_export import lines
from app.cohortes.queries_releves import Libelles, Releve
from app.cohortes.rules_cellules import Cellule, rounded
from app.cohortes.rules_lecture import (
    Intervalle,
    curve,
    interval,
    jump,
    met_twice,
    parts,
    passages,
    thins_out,
    told_apart,
)
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Bande, Marque, Mesure, Niveau

LIBELLES = Libelles(
    {
        Critere.TERRITOIRE: {"12": "Les Tilleuls", "3": "Bellevue"},
        Critere.SEXE: {"femme": "Femmes", "homme": "Hommes"},
        Critere.AGE: {},
        Critere.ENTREE: {"2024": "2024", "2025": "2025"},
        Critere.STRUCTURE: {},
    }
)


def releve(mesure: Mesure, cellules: dict, *, effectif: int = 200, mois: tuple[int, ...] = (0,)) -> Releve:
    cells = {
        place: cell if isinstance(cell, Cellule) else Cellule(Marque.NOMBRE, cell) for place, cell in cellules.items()
    }
    return Releve(Cle(), mesure, 8104, 8104, effectif, Niveau.MENSUEL, mois, cells)


def query(text: str) -> MultiDict[str, str]:
    pairs = [part.partition("=") for part in text.split("&") if part]
    return MultiDict([(nom, valeur) for nom, _, valeur in pairs])


# -- addresses ---------------------------------------------------------------------------------------------------------


def test_a_cohort_is_read_in_any_order_and_written_in_one() -> None:
    cle = read_cle(query("sexe=femme&territoire=12"))
    assert cle is not None
    assert cle.code == "territoire=12,sexe=femme"
    assert list(parameters(cle).items()) == [("territoire", "12"), ("sexe", "femme")]
    assert read_cle(query("")) == Cle()


@pytest.mark.parametrize(
    "asked",
    [
        "territoire=12&sexe=femme&age=16-17", "sexe=femme&sexe=homme", "sexe=femme,homme", "sexe=-femme", "sexe!=femme",
        "entree=2024-2026", "entree=2024..2026", "entree=>2024", "territoire=012", "territoire=1,sexe=femme",
        "territoire=0", "territoire=-1", "territoire=١", "territoire=1%20", "sexe=", "sexe=Femme", "nom=Durand",
        "commune=1", "page=2", "territoire=99999999999999999999", "age=16", "structure=tout",
    ],
)  # fmt: skip
def test_whatever_is_not_one_value_of_one_or_two_criteria_is_no_cohort(asked: str) -> None:
    assert read_cle(query(asked)) is None


@given(st.dictionaries(st.sampled_from([c.value for c in Critere]), st.text(max_size=12), max_size=4))
def test_a_cohort_that_is_read_is_read_again_from_its_code(asked: dict[str, str]) -> None:
    cle = read_cle(MultiDict(asked))
    assert cle is None or Cle.read(cle.code) == cle


@pytest.mark.parametrize(
    "asked",
    [
        "par=sexe&a=femme", "par=sexe&a=femme&b=femme", "par=sexe&a=femme&b=2024", "par=nom&a=1&b=2",
        "par=sexe&a=femme&b=homme&sexe=femme", "par=sexe&a=femme&b=homme&territoire=1&entree=2024",
        "par=sexe&par=age&a=femme&b=homme", "par=sexe&a=femme&b=homme&c=autre",
    ],
)  # fmt: skip
def test_a_comparison_is_two_values_of_one_criterion_among_one_cohort(asked: str) -> None:
    assert read_comparison(query(asked)) is None
    kept = read_comparison(query("par=sexe&a=femme&b=homme&territoire=12"))
    assert kept is not None
    assert [cle.code for cle in kept.cles] == ["territoire=12,sexe=femme", "territoire=12,sexe=homme"]


def test_the_form_names_one_cohort_or_says_why_not() -> None:
    assert read_choice(query("un=territoire:12&deux=sexe:femme"), LIBELLES).cle.code == "territoire=12,sexe=femme"
    assert read_choice(query("un=&deux=sexe:femme"), LIBELLES).cle.code == "sexe=femme"
    same = read_choice(query("un=sexe:femme&deux=sexe:homme"), LIBELLES)
    assert (same.un, same.deux, same.erreur_deux) == ("sexe:femme", "sexe:homme", MEME_CRITERE)
    assert read_choice(query("un=sexe:chat"), LIBELLES).erreur_un == CHOIX_INCONNU
    with pytest.raises(ValueError, match="refused"):
        _ = same.cle


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("un=sexe:femme&deux=entree:2024", AUTRE_CRITERE),
        ("un=sexe:femme&deux=sexe:femme", MEME_VALEUR),
        ("un=sexe:femme&deux=sexe:homme&parmi=sexe:homme", CRITERE_PRIS),
    ],
)
def test_a_pair_that_cannot_be_compared_is_refused_with_its_reason(sent: str, said: str) -> None:
    paire = read_pair(query(sent), LIBELLES)
    assert paire.refuse
    assert said in (paire.choix.erreur_un, paire.choix.erreur_deux, paire.erreur_parmi)
    assert paire.comparaison is None


# -- from cells to drawings --------------------------------------------------------------------------------------------


def test_what_is_masked_is_drawn_nowhere_and_nearly_everybody_at_least_at_its_floor() -> None:
    found = releve(
        Mesure.SITUATIONS,
        {(0, "decrochage"): Cellule(Marque.PRESQUE_TOUS, 90), (1, "emploi"): 25},
        mois=(0, 1),
    )
    drawn = parts(found)
    assert drawn["decrochage"] == [180, None]
    assert drawn["emploi"] == [None, 25]
    assert Bande.AUTRES not in drawn


def test_a_flux_and_a_delay_keep_only_published_people() -> None:
    saut = jump(releve(Mesure.FLUX_12, {(12, "formation>emploi"): 30}), de="6", vers="12")
    assert saut.cellules == {("formation", "emploi"): 30}
    courbe = curve(releve(Mesure.DELAI_EMPLOI, {(3, "atteint"): 20, (0, "attendent"): 200}, mois=(0, 3)), "")
    assert (courbe.atteint, courbe.attendent) == ((None, 20), (200, None))


def test_two_groups_are_divided_by_published_people_never_by_a_floor() -> None:
    asked = read_comparison(query("par=sexe&a=femme&b=homme"))
    nearly = Cellule(Marque.PRESQUE_TOUS, 80)
    # nearly all of the 85 who came back did so six months ago or more: not 80 % of the 200 of the cohort
    cells = {(0, "raccroches"): 85, (0, "observes_6"): nearly, (0, "solides"): 50}
    found = {cle: {Mesure.RACCROCHAGES: releve(Mesure.RACCROCHAGES, cells)} for cle in asked.cles}
    (volet,) = pair(asked, found, LIBELLES).volets
    assert volet.tables[0].lignes == [("Femmes", ("50", "85", "59\u00a0%")), ("Hommes", ("50", "85", "59\u00a0%"))]


def test_contacts_have_a_denominator_when_both_of_its_cells_are_shown() -> None:
    def met(cells: dict) -> int:
        return met_twice(releve(Mesure.CONTACTS, {(0, code): cell for code, cell in cells.items()}))

    assert met({"60": 145, "plus": 25}) == 170
    assert met({"60": 145}) == met({"plus": 145}) == met({}) == 0
    assert met({"60": Cellule(Marque.PRESQUE_TOUS, 90)}) == 0


def test_a_monthly_rate_needs_twenty_months_to_stand_on() -> None:
    found = releve(
        Mesure.TRANSITIONS,
        {(0, "formation>emploi"): 15, (0, "formation"): 300, (0, "emploi>sorti"): 20, (0, "emploi"): 15},
    )
    assert [(one.de, one.pour_cent) for one in passages(found)] == [("emploi", None), ("formation", 5.0)]


def test_the_end_that_is_masked_is_told_apart_from_a_fall() -> None:
    bandes = ("emploi", "formation", "decrochage", "sorti")
    cells = {(mois, bande): 40 for mois in range(5) for bande in bandes if mois < 3 or bande == "sorti"}
    assert thins_out(releve(Mesure.SITUATIONS, cells, mois=tuple(range(5)))) == 3
    full = {(mois, bande): 40 for mois in range(5) for bande in bandes}
    assert thins_out(releve(Mesure.SITUATIONS, full, mois=tuple(range(5)))) is None


# -- what may be said of a difference ----------------------------------------------------------------------------------


@given(st.integers(20, 3000).flatmap(lambda sur: st.tuples(st.integers(11, sur), st.just(sur))))
def test_the_interval_holds_the_true_share_whatever_rounding_hid(true: tuple[int, int]) -> None:
    nombre, sur = true
    found = interval(rounded(nombre), rounded(sur))
    assert 0 <= found.bas <= nombre / sur <= found.haut <= 1


def test_intervals_that_touch_say_nothing() -> None:
    assert not told_apart(Intervalle(0.4, 0.3, 0.5), Intervalle(0.55, 0.5, 0.6))
    assert told_apart(Intervalle(0.4, 0.3, 0.5), Intervalle(0.7, 0.6, 0.8))


def test_a_file_says_masks_in_words_and_half_months_as_such() -> None:
    found = {
        Mesure.SITUATIONS: releve(Mesure.SITUATIONS, {(0, "decrochage"): Cellule(Marque.PRESQUE_TOUS, 85)}),
        Mesure.DUREES_12: releve(Mesure.DUREES_12, {(12, "emploi"): 9}),
    }
    written = {(line[1], line[6]): line[7] for line in lines(found, titre="=Tout")}
    assert written["Situations mois par mois", "Décrochage, sans solution"] == "≥ 85 %"
    assert written["Situations mois par mois", "Emploi"] == "< 11"
    assert written["Mois passés dans chaque situation, sur 12", "Emploi"] == 4.5
    assert {line[0] for line in lines(found, titre="=Tout")} == {"'=Tout"}
