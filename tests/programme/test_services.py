"""Territories: what may exist, what may change, what a form offers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.services import Acteur
from app.db.errors import DomainError, StaleVersion
from app.programme import services
from app.programme.models import Territoire
from app.programme.queries import territoires, territoires_ouverts
from app.programme.rules import check_territoire
from app.programme.vocabulaire import GenreTerritoire
from tests.conftest import NOW

COMMON = {"acteur": Acteur.commande(), "now": NOW}
QPV = {"code": "QN07301M", "nom": "Biollay", "genre": GenreTerritoire.QPV, "generation": 2024, "commune_id": None}


def refusal(function, *args, **kwargs) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as refused:
        function(*args, **kwargs)
    return refused.value.code, refused.value.field


@given(st.sampled_from(GenreTerritoire), st.sampled_from([None, 2015, 2024, 1996]))
def test_a_generation_belongs_to_its_genre(genre, generation):
    allowed = {GenreTerritoire.QPV: {2015, 2024}, GenreTerritoire.QVA: {2015}}.get(genre, {None})
    given_values = {"code": "x", "nom": "x", "genre": genre, "generation": generation, "commune_id": None}
    if generation in allowed:
        check_territoire(**given_values)
    else:
        assert refusal(check_territoire, **given_values) == ("generation_impossible", "generation")


def test_a_form_offers_neighbourhoods_first_newest_generation_first_and_nothing_closed(database):
    with database.writing() as session:
        commune = services.create_commune(session, nom="  Chambéry  le  Haut ", **COMMON)
        services.create_territoire(session, **QPV | {"code": "QP073001", "nom": "Ancien", "generation": 2015}, **COMMON)
        services.create_territoire(session, **QPV | {"commune_id": commune.id}, **COMMON)
        closed = services.create_territoire(session, **QPV | {"code": "QN07302M", "nom": "Fermé"}, **COMMON)
        services.close_territoire(session, closed, version=1, **COMMON)
    with database.reading() as session:
        assert [row.nom for row in territoires_ouverts(session)] == ["Biollay", "Ancien", "Chambéry le Haut"]
        assert {row.nom: row.commune for row in territoires(session)}["Biollay"] == "Chambéry le Haut"
        assert len(territoires(session)) == 4


def test_a_code_names_one_territory(database):
    with database.writing() as session:
        services.create_territoire(session, **QPV, **COMMON)
        assert refusal(services.create_territoire, session, **QPV, **COMMON) == ("code_pris", "code")
        other = services.create_territoire(session, **QPV | {"code": "QN07302M"}, **COMMON)
        taken = refusal(services.edit_territoire, session, other, version=1, **QPV, **COMMON)
        assert taken == ("code_pris", "code")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"code": "  "}, ("code_requis", "code")),
        ({"nom": ""}, ("nom_requis", "nom")),
        ({"code": "x" * 61}, ("code_trop_long", "code")),
        ({"nom": "x" * 121}, ("nom_trop_long", "nom")),
        ({"commune_id": 10**6}, ("commune_impossible", "commune_id")),
        ({"genre": GenreTerritoire.COMMUNE, "generation": None, "commune_id": 1}, ("commune_impossible", "commune_id")),
    ],
)
def test_what_makes_no_sense_is_refused(database, values, expected):
    with database.writing() as session:
        assert refusal(services.create_territoire, session, **QPV | values, **COMMON) == expected


def test_an_edit_of_an_old_version_is_refused_and_a_closing_too(database):
    with database.writing() as session:
        territoire = services.create_territoire(session, **QPV, **COMMON)
        services.edit_territoire(session, territoire, version=1, **QPV | {"nom": "Le Biollay"}, **COMMON)
        for act in (services.close_territoire, services.reopen_territoire):
            with pytest.raises(StaleVersion):
                act(session, territoire, version=1, **COMMON)
        services.close_territoire(session, territoire, version=2, **COMMON)
        services.reopen_territoire(session, territoire, version=3, **COMMON)
    with database.reading() as session:
        kept = session.get(Territoire, territoire.id)
        assert (kept.nom, kept.ferme, kept.version) == ("Le Biollay", False, 4)
