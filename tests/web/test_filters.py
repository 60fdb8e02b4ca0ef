"""French dates, counts and typography."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web import filters

TODAY = date(2026, 11, 22)
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [(date(2024, 9, 3), "3 septembre 2024"), (date(2025, 10, 1), "1er octobre 2025"), (None, "")],
)
def test_a_long_date_says_the_first_as_the_french_do(jour: date | None, attendu: str) -> None:
    assert filters.date_longue(jour) == attendu


def test_the_year_is_left_out_when_it_is_this_one() -> None:
    assert filters.date_longue(date(2026, 10, 1), TODAY) == "1er octobre"
    assert filters.date_longue(date(2025, 10, 1), TODAY) == "1er octobre 2025"
    assert filters.date_courte(date(2026, 11, 22), TODAY) == "22 nov."
    assert filters.date_courte(date(2025, 11, 22), TODAY) == "22 nov. 2025"


def test_an_instant_is_read_in_paris() -> None:
    minuit_moins_dix = datetime(2026, 11, 21, 23, 50, tzinfo=UTC)
    assert filters.date_numerique(minuit_moins_dix) == "22/11/2026"
    assert filters.heure(minuit_moins_dix) == f"0{NBSP}h{NBSP}50"
    assert filters.il_y_a(minuit_moins_dix, TODAY) == "aujourd’hui"


def test_other_ways_to_write_a_date() -> None:
    assert filters.mois_annee(TODAY) == "novembre 2026"
    assert filters.jour_semaine(TODAY) == "dimanche 22 novembre"
    assert filters.jour_semaine(date(2026, 12, 1)) == "mardi 1er décembre"


@pytest.mark.parametrize(
    ("jours", "attendu"),
    [
        (0, "aujourd’hui"),
        (1, "hier"),
        (9, "il y a 9 jours"),
        (60, "il y a 60 jours"),
        (92, "il y a 3 mois"),
        (730, "il y a 2 ans"),
        (-1, "demain"),
        (-12, "dans 12 jours"),
        (-100, "dans 3 mois"),
    ],
)
def test_how_long_ago_uses_the_unit_that_speaks(jours: int, attendu: str) -> None:
    assert filters.il_y_a(TODAY - timedelta(days=jours), TODAY) == attendu


def test_never_is_said() -> None:
    assert filters.il_y_a(None, TODAY) == "jamais"


@pytest.mark.parametrize(
    ("jours", "attendu"),
    [
        (0, "depuis aujourd’hui"),
        (1, "depuis hier"),
        (31, "depuis 31 jours"),
        (365, "depuis 12 mois"),
        (-1, "à partir de demain"),
        (-9, "à partir du 1er décembre"),
    ],
)
def test_since_when(jours: int, attendu: str) -> None:
    assert filters.depuis_duree(TODAY - timedelta(days=jours), TODAY) == attendu


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2090, 1, 1)), st.integers(0, 9000))
def test_a_duration_is_never_negative_nor_of_zero_months(debut: date, jours: int) -> None:
    texte = filters.duree(debut, debut + timedelta(days=jours))
    assert not texte.startswith("-")
    assert not texte.startswith(("0 mois", "0 an"))


def test_the_plural_begins_at_two() -> None:
    assert filters.pluriel(0, "jeune") == "0 jeune"
    assert filters.pluriel(1.5, "jour") == "1,5 jour"
    assert filters.pluriel(28, "jeune") == "28 jeunes"
    assert filters.pluriel(3, "mois") == "3 mois"
    assert filters.pluriel(2, "jeune suivi", "jeunes suivis") == "2 jeunes suivis"
    assert filters.pluriel(1432, "jeune") == "1\N{NARROW NO-BREAK SPACE}432 jeunes"


@pytest.mark.parametrize(
    "ecrit", ["+33612345678", "0612345678", "06.12.34.56.78", "0033612345678", "+33 (0)6 12345678"]
)
def test_a_french_number_reads_by_pairs(ecrit: str) -> None:
    assert filters.telephone_lisible(ecrit) == "06 12 34 56 78".replace(" ", NBSP)


def test_other_numbers_are_left_as_written() -> None:
    assert filters.telephone_lisible("+32 470 12 34 56") == "+32 470 12 34 56"
    assert filters.telephone_lisible(None) == ""


def test_french_typography() -> None:
    assert filters.typo("L'échange : « oui » ?") == f"L’échange{NBSP}: «{NBSP}oui{NBSP}»{NBSP}?"
    assert filters.typo("à 12:30") == "à 12:30"


def test_what_a_person_typed_is_escaped_and_keeps_its_lines() -> None:
    assert filters.paragraphes("a <b>\r\nc\n\nd") == "<p>a &lt;b&gt;<br>c</p><p>d</p>"
    assert filters.paragraphes(None) == ""
