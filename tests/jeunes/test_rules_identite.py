"""What an identity may hold, and what makes two of them one person."""

from datetime import date, timedelta

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.errors import DomainError
from app.jeunes.rules_identite import (
    Age,
    Empreintes,
    Portrait,
    age_of,
    check_annee,
    check_information,
    clean_contact,
    clean_identite,
    empreintes,
    looks_like,
    normalise_courriel,
    normalise_nom,
    normalise_telephone,
)
from app.jeunes.vocabulaire import FormeInformation

TODAY = date(2026, 3, 17)


def code_of(function, *args, **kwargs) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as refused:
        function(*args, **kwargs)
    return refused.value.code, refused.value.field


@pytest.mark.parametrize(
    "typed",
    ["06 12 34 56 78", "0612345678", "06.12.34.56.78", "+33 6 12 34 56 78", "0033612345678", "(06) 12-34-56-78"],
)
def test_every_french_writing_of_a_number_is_one_number(typed):
    assert normalise_telephone(typed) == "+33612345678"


@given(st.integers(0, 99_999_999), st.sampled_from(["06", "07"]), st.sampled_from(["", " ", ".", "-"]))
def test_normalising_a_number_twice_changes_nothing(digits, prefix, separator):
    pairs = [f"{digits:08}"[place : place + 2] for place in range(0, 8, 2)]
    try:
        once = normalise_telephone(separator.join([prefix, *pairs]))
    except DomainError:
        return
    assert normalise_telephone(once) == once
    assert phonenumbers.is_possible_number(phonenumbers.parse(once))


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_number(text):
    refusal = None
    try:
        normalise_telephone(text)
    except DomainError as error:
        refusal = (error.code, error.field, error.facts)
    assert refusal in (None, ("telephone_illisible", "telephone", {}))


@pytest.mark.parametrize("typed", ["06 12", "bonjour", "99 99 99 99 99", "06 12 34 56 78 90"])
def test_what_is_no_number_is_refused(typed):
    assert code_of(normalise_telephone, typed) == ("telephone_illisible", "telephone")


def test_an_address_is_checked_without_asking_the_network():
    assert normalise_courriel(" Yanis.K@Exemple.FR ") == "Yanis.K@exemple.fr"
    assert code_of(normalise_courriel, "yanis@") == ("courriel_illisible", "courriel")


def test_a_refusal_never_quotes_what_was_typed():
    for function, typed in ((normalise_telephone, "zorglub"), (normalise_courriel, "zorglub@@x")):
        with pytest.raises(DomainError) as refused:
            function(typed)
        shown = f"{refused.value!r} {refused.value.__cause__!r} {refused.value.facts}"
        assert "zorglub" not in shown
        assert refused.value.__suppress_context__


@given(st.text(max_size=60))
def test_a_name_is_one_line(text):
    name = normalise_nom(text)
    assert name == name.strip()
    assert not any(sign in name for sign in "\r\n\t\x00")
    assert normalise_nom(name) == name


def test_only_what_is_known_is_sealed():
    assert clean_identite({"prenom": " Léa  Marie ", "nom": "", "date_naissance": None}, ouvert_le=TODAY) == {
        "prenom": "Léa Marie"
    }
    assert clean_contact({"telephone": " ", "courriel": None}) == {}


@pytest.mark.parametrize(
    ("birth", "accepted"),
    [
        (date(2017, 3, 17), True),
        (date(2017, 3, 18), False),
        (date(1995, 3, 18), True),
        (date(1995, 3, 17), False),
        (date(1066, 1, 1), False),
        (date(2096, 1, 1), False),
    ],
)
def test_a_birth_date_fits_somebody_of_9_to_30(birth, accepted):
    if accepted:
        assert clean_identite({"date_naissance": birth}, ouvert_le=TODAY) == {"date_naissance": birth.isoformat()}
    else:
        refused = code_of(clean_identite, {"date_naissance": birth}, ouvert_le=TODAY)
        assert refused == ("date_naissance_invraisemblable", "date_naissance")


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_no_accepted_birth_date_has_a_refused_year(birth):
    try:
        clean_identite({"date_naissance": birth}, ouvert_le=TODAY)
    except DomainError:
        return
    check_annee(birth.year, ouvert_le=TODAY)


@pytest.mark.parametrize("field", ["prenom", "nom", "date_naissance", "telephone", "courriel"])
def test_an_identity_requires_that_the_young_person_was_told(field):
    refused = code_of(check_information, {field: "x"}, le=None, forme=None, today=TODAY)
    assert refused == ("information_requise", "informe_le")


def test_a_pseudonym_requires_nothing():
    check_information({"pseudonyme": "Zizou"}, le=None, forme=None, today=TODAY)


def test_information_has_a_form_and_is_not_of_tomorrow():
    names, oral = {"nom": "x"}, FormeInformation.ORALE
    assert code_of(check_information, names, le=TODAY, forme=None, today=TODAY)[0] == "forme_requise"
    tomorrow = TODAY + timedelta(days=1)
    assert code_of(check_information, names, le=tomorrow, forme=oral, today=TODAY)[0] == "information_future"
    check_information(names, le=TODAY, forme=oral, today=TODAY)


def test_an_age_from_the_year_alone_says_that_it_is_not_exact():
    assert age_of(date(2010, 3, 18), 2010, today=TODAY) == Age(15, exact=True)
    assert age_of(None, 2010, today=TODAY) == Age(16, exact=False)
    assert age_of(None, None, today=TODAY) is None


BIRTH = {"date_naissance": "2009-05-04"}


def shared(one: tuple[dict, dict], other: tuple[dict, dict]) -> set[str]:
    first, second = empreintes(*one), empreintes(*other)
    return {kind for kind in first.__slots__ if set(getattr(first, kind)) & set(getattr(second, kind))}


def test_one_person_written_two_ways_shares_an_index():
    one = ({"prenom": "Océane", "nom": "Ben Ali"} | BIRTH, {})
    inverted = ({"prenom": "BENALI", "nom": "oceane"} | BIRTH, {})
    assert shared(one, inverted) == {"identite", "phonetique"}
    heard = ({"prenom": "Osseane", "nom": "Ben Aly"} | BIRTH, {})
    assert shared(one, heard) == {"phonetique"}


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_phone_or_an_email_alone_is_never_enough(first, second):
    reach = {"telephone": "+33612345678", "courriel": "x@exemple.fr"}
    one = ({"prenom": first, "nom": "Kaci"} | BIRTH, reach)
    brother = ({"prenom": second, "nom": "Kaci"}, reach)
    together = shared(one, brother)
    assert "identite" not in together
    if "telephone" in together:
        assert empreintes(*one).telephone[0].split("|")[1] == empreintes(*brother).telephone[0].split("|")[1] != ""
    assert shared(({}, reach), ({}, reach)) == set()


def test_brothers_who_share_a_phone_are_two_people_and_one_first_name_with_it_is_one():
    reach = {"telephone": "+33612345678"}
    yanis = ({"prenom": "Yanis", "nom": "Kaci"}, reach)
    assert shared(yanis, ({"prenom": "Sofiane", "nom": "Kaci"}, reach)) == set()
    assert shared(yanis, ({"prenom": "Yannis"}, reach)) == {"telephone"}


def test_names_without_a_birth_date_have_no_index():
    assert empreintes({"prenom": "Yanis", "nom": "Kaci"}, {}) == Empreintes((), (), ())


def portrait(prenom="", nom="", pseudonyme="", naissance=None, annee=None) -> Portrait:
    return Portrait(prenom, nom, pseudonyme, naissance, annee)


def test_what_one_may_see_is_compared_name_by_name():
    known = portrait("Yanis", "Kaci", naissance=date(2009, 5, 4))
    assert looks_like(portrait("Yannis", "Kassi"), known)
    assert looks_like(portrait("Kaci", "Yanis", annee=2009), known)
    assert looks_like(portrait("Yanis", "Kaci", naissance=date(2009, 4, 5)), known)
    assert not looks_like(portrait("Yanis", "Kaci", annee=2006), known)
    assert not looks_like(portrait("Léa", "Kaci"), portrait("Lou", "Kaci"))
    born = {"naissance": date(2009, 5, 4)}
    assert looks_like(portrait("Soufiane", "Kaci", **born), portrait("Sofiane", "Kaci", **born))
    assert not looks_like(portrait("Yanis"), known)
    assert not looks_like(portrait("Yanis"), portrait("Yanis"))
    assert looks_like(portrait(pseudonyme="Zizou"), portrait(pseudonyme="zizou", annee=2010))
    assert not looks_like(portrait(), portrait())
