"""Promise: the report adds up what one structure did in one period, for its coordinateur, and nothing by agent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from app.parcours import services_suivis
from app.parcours.vocabulaire import Canal, Resultat, TrancheAge
from app.rue import services
from app.rue.models import LieuRue
from app.rue.queries_activite import Bilan, ParTerritoire, activity_of
from app.rue.rules_activite import lire_periode, month_of, offered, quarter_of, year_of
from app.rue.vocabulaire import ActionRue, RaisonSuppression
from tests.accounts.conftest import Navigateur
from tests.alertes.test_pages import counted, words
from tests.conftest import NOW
from tests.factories import TODAY
from tests.rue.conftest import FILLES, GARCONS, JEUNES, Equipe, go_out

MARS = month_of(TODAY)


def test_everything_adds_up_and_nothing_else_is_counted(equipe: Equipe) -> None:
    qui = {"acteur": equipe.acteur(equipe.nadia), "now": NOW}
    go_out(equipe, equipe.nadia, equipe.omar, actions=(ActionRue.PRESENCE, ActionRue.ANIMATION))
    go_out(equipe, jour=date(2026, 3, 1), rencontres={(TrancheAge.DE_11_A_15, GARCONS): 1}, premieres=0, refus=0)
    go_out(equipe, jour=date(2026, 2, 28))
    go_out(equipe, equipe.lea)
    gone = go_out(equipe)
    services.delete_sortie(equipe.session, gone, version=1, raison=RaisonSuppression.ERREUR, **qui)
    for canal, resultat in ((Canal.TELEPHONE, Resultat.SANS_REPONSE), (Canal.TELEPHONE, Resultat.ECHANGE_FAIT)):
        services_suivis.log_suivi(
            equipe.session, equipe.dossier, agent=equipe.nadia, jour=TODAY, canal=canal, resultat=resultat,
            suivi_id=uuid4(), depot=uuid4(), today=TODAY, **qui,
        )  # fmt: skip
    equipe.follow()
    found = activity_of(equipe.session, equipe.ici.id, MARS)
    assert found.bilan == Bilan(sorties=2, minutes=240, minutes_agents=360, rencontres=7, premieres=1, refus=2)
    assert found.rencontres == {(TrancheAge.DE_11_A_15, GARCONS): 5, (TrancheAge.DE_18_A_21, FILLES): 2}
    (here,) = found.territoires
    assert here == ParTerritoire(here.territoire, 2, 240, 7)
    assert found.actions == {ActionRue.PRESENCE: 2, ActionRue.ANIMATION: 1}
    assert found.suivis == {Canal.TELEPHONE: (2, 1)}
    assert (found.ouverts, found.clos) == (0, 0)
    assert activity_of(equipe.session, equipe.ici.id, quarter_of(TODAY)).bilan.sorties == 3
    assert activity_of(equipe.session, equipe.ici.id, year_of(TODAY)).ouverts == 1
    nothing = activity_of(equipe.session, equipe.ici.id, month_of(date(2020, 1, 1)))
    assert (nothing.bilan, nothing.territoires, nothing.actions) == (Bilan(0, 0, 0, 0, 0, 0), [], {})


@pytest.mark.parametrize("texte", ["", "x", "2026-T5", "2026-13", "1999", "2200", "2026-t1", "٢٠٢٦", "2026-T1-1"])
def test_an_address_that_names_no_period_shows_the_present_month(texte: str) -> None:
    assert lire_periode(texte, today=TODAY) == MARS


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_every_day_is_in_its_month_its_quarter_and_its_year(day: date) -> None:
    for periode in (month_of(day), quarter_of(day), year_of(day)):
        assert periode.debut <= day <= periode.fin
        assert lire_periode(periode.code, today=TODAY) == periode
        following = periode.fin + timedelta(days=1)
        assert following.day == 1
    codes = [one.code for one in offered(day)]
    assert len(set(codes)) == len(codes)


@pytest.fixture
def chief(bureau: Equipe, house: Any, signed_in: Callable[[str], Navigateur]) -> Navigateur:
    with house.database.writing() as session:
        bureau.session = session
        go_out(bureau, bureau.nadia, bureau.omar)
        session.execute(update(LieuRue).values(nom="=HYPERLINK(1)"))
    return signed_in("coordinatrice")


def test_the_page_and_its_file_say_the_same(bureau: Equipe, chief: Navigateur, house: Any) -> None:
    page = words(chief.get("/structure/activite").text)
    assert "Jeunes rencontrés une même personne compte à chaque sortie 6" in page
    assert "Heures en rue 4 h d’intervenants 2 h" in page
    assert "11 à 15 ans 4 0 4 0" in page
    assert "Rien n’est compté par agent" in page
    for nobody in (bureau.nadia, bureau.omar):
        assert nobody.nom not in page
    answer = chief.get("/structure/activite.csv?periode=2026-03")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="activite-2026-03.csv"'
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert "2026-03;Ensemble;Jeunes rencontrés;;6" in lines
    assert "2026-03;Ensemble;Minutes d’intervenants;;240" in lines
    assert "2026-03;Jeunes rencontrés, par âge et sexe;11 à 15 ans;Garçons, hommes;4" in lines
    assert not [line for line in lines if ";=" in line]
    assert "1er trimestre 2026" in words(chief.get("/structure/activite?periode=2026-T1").text)
    assert "année 2019" in words(chief.get("/structure/activite?periode=2019").text)


def test_a_territory_named_as_a_formula_is_words_in_the_file(chief: Navigateur, house: Any, bureau: Equipe) -> None:
    from app.programme.models import Territoire

    with house.database.writing() as session:
        session.execute(update(Territoire).values(nom="=HYPERLINK(1)"))
    file = chief.get("/structure/activite.csv").data.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in file
    assert ";=HYPERLINK" not in file


def test_it_is_the_coordinateur_s_and_costs_the_same_whatever_was_done(
    chief: Navigateur, bureau: Equipe, house: Any, signed_in: Callable[[str], Navigateur]
) -> None:
    counts = []
    for number in (1, 5):
        with house.database.writing() as session:
            bureau.session = session
            for _ in range(number):
                go_out(bureau, rencontres=JEUNES)
        with counted(house) as sent:
            assert chief.get("/structure/activite").status_code == 200
        counts.append(len([one for one in sent if one != "BEGIN"]))
    # the session, the menu, and eight of its own
    assert counts[0] == counts[1] <= 10
    for path in ("/structure/activite", "/structure/activite.csv"):
        assert signed_in("nadia").get(path).status_code == 404
