"""What one cell may say."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.errors import DomainError
from app.jeunes import import_rules as rules
from app.parcours.vocabulaire import GenreEtape, MotifSortie, Sexe


def refusal(rule: Callable[..., object], *args: object, **kw: object) -> DomainError:
    with pytest.raises(DomainError) as caught:
        rule(*args, **kw)
    return caught.value


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)))
def test_both_writings_of_a_date_are_read(day: date):
    assert rules.read_date(day.isoformat()) == day
    assert rules.read_date(f"{day.day:02}/{day.month:02}/{day.year}") == day


@pytest.mark.parametrize(
    ("texte", "code"),
    [
        ("1066-10-14", "annee_invraisemblable"),
        ("14/10/1066", "annee_invraisemblable"),
        ("2026-02-30", "date_inexistante"),
        ("31/04/2025", "date_inexistante"),
        ("2025-13-01", "date_inexistante"),
        ("12/31/2025", "date_inexistante"),
        ("01/02/25", "date_illisible"),
        ("2025-1-1", "date_illisible"),
        ("20250101", "date_illisible"),
        ("2025-01-01 00:00", "date_illisible"),
        ("hier", "date_illisible"),
        ("٢٠٢٥-٠١-٠١", "date_illisible"),
    ],
)
def test_other_dates_are_refused(texte: str, code: str):
    assert refusal(rules.read_date, texte).code == code


@given(st.text(max_size=20))
def test_no_text_makes_a_rule_fall(texte: str):
    everything = (rules.read_date, rules.read_annee, rules.read_heures, rules.read_reference, rules.read_territoire,
                  rules.read_nom, rules.read_precisions, rules.read_code(GenreEtape))  # fmt: skip
    for rule in everything:
        with contextlib.suppress(DomainError):
            rule(texte)


def test_codes_are_read_in_any_case():
    assert rules.read_code(Sexe)("Femme") is Sexe.FEMME


def test_an_unknown_code_shows_the_short_list_or_the_nearest():
    assert refusal(rules.read_code(Sexe), "f").facts == {"attendus": ["femme", "homme", "autre", "non_renseigne"]}
    assert refusal(rules.read_code(GenreEtape), "décrochage").facts == {"attendus": ["decrochage", "raccrochage"]}
    assert refusal(rules.read_code(GenreEtape), "Zéphyrin Quatrevaux").facts == {"attendus": []}


@pytest.mark.parametrize("texte", ["a\u200bb", "a\nb", "x" * 61])
def test_a_reference_is_short_and_visible(texte: str):
    assert refusal(rules.read_reference, texte).code in {"caractere_invisible", "plusieurs_lignes", "trop_long"}


def test_a_name_is_cleaned_and_bounded():
    assert rules.read_nom("  Zéphyrin   Marie ") == "Zéphyrin Marie"
    assert refusal(rules.read_nom, "x" * 81).facts == {"maximum": 80}


@pytest.mark.parametrize(
    ("clos_le", "motif", "code", "field"),
    [
        (date(2026, 1, 1), None, "motif_absent", "motif_sortie"),
        (None, MotifSortie.DECES, "cloture_absente", "clos_le"),
        (date(2026, 3, 18), MotifSortie.DECES, "cloture_future", "le"),
        (date(2024, 12, 31), MotifSortie.DECES, "cloture_avant_ouverture", "le"),
    ],
)
def test_a_closing_has_its_day_and_its_motive(clos_le: date, motif: MotifSortie, code: str, field: str):
    error = refusal(rules.check_sortie, date(2025, 1, 1), clos_le, motif, today=date(2026, 3, 17))
    assert (error.code, error.field) == (code, field)


def test_a_file_that_is_open_or_closed_on_its_first_day_is_fine():
    rules.check_sortie(date(2025, 1, 1), None, None, today=date(2026, 3, 17))
    rules.check_sortie(date(2025, 1, 1), date(2025, 1, 1), MotifSortie.DECES, today=date(2026, 3, 17))
