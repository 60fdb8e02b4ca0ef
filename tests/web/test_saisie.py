"""The French date field and the list of errors."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, RadioField, StringField
from wtforms.validators import InputRequired

from app.web.filters import date_numerique
from app.web.saisie import (
    DATE_ABSENTE_DU_CALENDRIER,
    DATE_ILLISIBLE,
    DateFrancaise,
    erreurs_saisie,
    lire_date,
)


class UneDate(Form):
    jour = DateFrancaise("Jour")


@pytest.mark.parametrize(
    "ecrit",
    ["03/09/2024", "3/9/24", "3.9.2024", "03 09 2024", "3-9-2024", "03092024", "2024-09-03", " 3 / 9 / 2024 "],
)
def test_a_date_is_read_the_ways_people_write_it(ecrit: str) -> None:
    assert lire_date(ecrit) == date(2024, 9, 3)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_date_shown_is_read_back(jour: date) -> None:
    assert lire_date(date_numerique(jour)) == jour


@pytest.mark.parametrize(
    ("ecrit", "phrase"),
    [
        ("31/02/2024", DATE_ABSENTE_DU_CALENDRIER),
        ("11/22/2026", DATE_ABSENTE_DU_CALENDRIER),
        ("demain", DATE_ILLISIBLE),
        ("3 septembre 2024", DATE_ILLISIBLE),
        ("00/00/0000", DATE_ABSENTE_DU_CALENDRIER),
        ("1" * 5000, DATE_ILLISIBLE),
    ],
)
def test_an_unreadable_date_gets_a_sentence_and_stays_as_typed(ecrit: str, phrase: str) -> None:
    form = UneDate(MultiDict({"jour": ecrit}))
    assert not form.validate()
    assert form.jour.errors == [phrase]
    assert form.jour.data is None
    assert f'value="{ecrit}"' in form.jour()


def test_no_date_is_no_error() -> None:
    form = UneDate(MultiDict({"jour": "  "}))
    assert form.validate()
    assert form.jour.data is None


def test_a_stored_date_is_shown_the_french_way() -> None:
    assert 'value="03/09/2024"' in UneDate(data={"jour": date(2024, 9, 3)}).jour()


class Numero(Form):
    numero = StringField("Numéro", validators=[InputRequired("Écrivez un numéro.")])


class Ensemble(Form):
    nom = StringField("Nom", validators=[InputRequired("Écrivez un nom.")])
    canal = RadioField("Canal", choices={"a": "A", "b": "B"}, validators=[InputRequired("Choisissez un canal.")])
    contact = FormField(Numero)
    numeros = FieldList(FormField(Numero), min_entries=1)


def test_errors_come_in_the_order_of_the_page_and_lead_to_what_is_to_fill_in() -> None:
    form = Ensemble(MultiDict({"numeros-0-numero": ""}))
    assert not form.validate()
    form.form_errors = ["Deux choses se contredisent."]
    assert list(erreurs_saisie(form)) == [
        (None, "Deux choses se contredisent."),
        ("nom", "Écrivez un nom."),
        ("canal-0", "Choisissez un canal."),
        ("contact-numero", "Écrivez un numéro."),
        ("numeros-0-numero", "Écrivez un numéro."),
    ]
