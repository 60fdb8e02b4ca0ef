"""Promise: who administers sets the numbers of a structure, seeing first what changes; every agent can read why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from sqlalchemy import insert

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.models import Alerte, EvenementAlerte, Reglage
from app.alertes.rules_parametres import PARAMETRES, values
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.parcours.vocabulaire import Situation
from tests.accounts.conftest import Navigateur
from tests.alertes.monde import JOUR, MAINTENANT, jours
from tests.alertes.test_pages import words
from tests.alertes.ville import Ville

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def chef(compte: Callable[..., Agent], navigateur: Navigateur) -> Navigateur:
    navigateur.sign_in(compte(Role.ADMINISTRATEUR))
    return navigateur


@pytest.fixture
def page(ville: Ville) -> str:
    return f"/administration/alertes/{ville.structure_id}"


@pytest.fixture
def muets(ville: Ville, compte: Callable[..., Agent]) -> None:
    """Four people in décrochage in the structure, not heard of for 13, 15, 20 and 25 days."""
    referent = compte(Role.REFERENT)
    for ago in (13, 15, 20, 25):
        said = {"situation": Situation.DECROCHAGE, "situation_depuis": JOUR - jours(5)}
        ville.jeune("Yanis", agent=referent, dernier_contact=JOUR - jours(ago), **said)
    ville.scan()


def applied(page: str) -> dict[str, str]:
    """The numbers of the form, as they were served."""
    inputs = html5lib.parse(page, namespaceHTMLElements=False).iter("input")
    return {field.get("name"): field.get("value") for field in inputs if field.get("inputmode") == "numeric"}


def test_the_administration_leads_to_the_numbers_of_each_structure(ville: Ville, chef: Navigateur, page: str) -> None:
    assert 'href="/administration/alertes"' in chef.get("/administration/agents").text
    assert f'href="{page}"' in chef.get("/administration/alertes").text


def test_every_number_is_there_with_its_value_its_bounds_and_its_source(chef: Navigateur, page: str) -> None:
    answer = chef.get(page)
    fields = applied(answer.text)
    fixed = {code for code, parametre in PARAMETRES.items() if parametre.minimum == parametre.maximum}
    # a legal clock is never put off
    fixed |= {"report_obligation_formation", "report_transmission_departement", "report_chantier_mineur"}
    assert fields == {code: str(parametre.defaut) for code, parametre in PARAMETRES.items() if code not in fixed}
    text = words(answer.text)
    assert "Par défaut 14 ; de 3 à 365." in text
    assert "Après la convocation : 2 mois. Ne se règle pas. Code de l’éducation, art. L. 114-1" in text
    assert "Par défaut 30 ; de 1 à 30. RGPD, art. 14.3" in text
    assert "<details" in answer.text
    assert "open>" not in answer.text.split("<main")[1], "folded where nothing was set"


def test_the_preview_counts_and_keeps_nothing(chef: Navigateur, page: str, muets: None, rows: Callable) -> None:
    fields = applied(chef.get(page).text)
    open_before = len(rows(Alerte))
    answer = chef.post(page, **fields | {"silence_decrochage": "21", "retard": "15", "apercu": "oui"}, version="0")
    assert answer.status_code == 200
    text = words(answer.text)
    assert "Silence Décrochage : 21 jours au lieu de 14 −2 alertes" in text
    assert "Étape en retard Après la date prévue : 15 jours au lieu de 14 Rien ne change aujourd’hui." in text
    assert rows(Reglage) == []
    assert len(rows(Alerte)) == open_before
    assert applied(answer.text)["silence_decrochage"] == "21", "what was typed stays, to be saved"


def test_a_preview_the_other_way_and_of_nothing(chef: Navigateur, page: str, muets: None) -> None:
    chef.get(page)
    more = chef.post(page, silence_decrochage="13", apercu="oui", version="0")
    assert "+1 alerte" in words(more.text)
    none = chef.post(page, silence_decrochage="14", apercu="oui", version="0")
    assert "Ces nombres sont déjà ceux de la structure." in words(none.text)


def test_saving_applies_at_once_and_shows_what_is_set(chef: Navigateur, page: str, muets: None, rows: Callable) -> None:
    fields = applied(chef.get(page).text)
    answer = chef.post(page, **fields | {"silence_decrochage": "21"}, version="0")
    assert (answer.status_code, answer.location) == (303, page)
    after = chef.get(page).text
    assert "Réglages enregistrés" in after
    assert "Silence · 1 nombre réglé 3 ouvertures" in words(after)
    assert 'id="regle-silence" open' in after
    assert 'id="regle-rentree" open' not in after
    (stored,) = rows(Reglage)
    assert (stored.silence_decrochage, stored.retard, stored.version) == (21, None, 1)
    said = [alerte for alerte in rows(Alerte) if alerte.regle is Regle.SILENCE and alerte.fermee_le is None]
    assert len(said) == 1


def test_an_emptied_field_is_the_default_again(chef: Navigateur, page: str, rows: Callable) -> None:
    chef.get(page)
    chef.post(page, retard="20", version="0")
    assert chef.post(page, retard="", version="1").status_code == 303
    assert rows(Reglage)[0].retard is None


@pytest.mark.parametrize("typed", ["2", "366", "beaucoup", "-14", "14,5"])
@pytest.mark.parametrize("button", [{}, {"apercu": "oui"}])
def test_a_number_out_of_bounds_is_said_beside_its_field(
    chef: Navigateur, page: str, rows: Callable, typed: str, button: dict[str, str]
) -> None:
    chef.get(page)
    answer = chef.post(page, silence_emploi=typed, retard="21", version="0", **button)
    assert answer.status_code == 422
    assert 'href="#silence_emploi"' in answer.text
    assert 'aria-describedby="silence_emploi-aide silence_emploi-erreur"' in answer.text
    assert 'id="regle-silence" open' in answer.text, "a fault is never folded away"
    fields = applied(answer.text)
    assert (fields["silence_emploi"], fields["retard"]) == (typed, "21")
    assert rows(Reglage) == []


def test_two_people_setting_at_once_lose_nothing(chef: Navigateur, page: str, rows: Callable) -> None:
    chef.get(page)
    assert chef.post(page, retard="20", version="0").status_code == 303
    answer = chef.post(page, retard="30", rupture="10", version="0")
    assert answer.status_code == 409
    assert "Étape en retard, Après la date prévue 20 jours" in words(answer.text)
    assert applied(answer.text)["retard"] == "30"
    assert rows(Reglage)[0].retard == 20
    assert chef.post(page, retard="30", rupture="10", version="1").status_code == 303
    assert (rows(Reglage)[0].retard, rows(Reglage)[0].rupture) == (30, 10)


def test_the_defaults_are_tried_before_they_are_saved(chef: Navigateur, page: str, muets: None, rows: Callable) -> None:
    chef.get(page)
    chef.post(page, silence_decrochage="30", version="0")
    tried = chef.post(page, defaut="oui", version="1")
    assert "Décrochage : 14 jours au lieu de 30 +3 alertes" in words(tried.text)
    assert rows(Reglage)[0].silence_decrochage == 30
    assert chef.post(page, **applied(tried.text), version="1").status_code == 303
    assert values({code: getattr(rows(Reglage)[0], code) for code in PARAMETRES}) == values({})


def _history(ville: Ville, *delays: int, ago: int = 30) -> None:
    """One alert of the silence for each delay, opened so long ago and acted on after it."""
    with ville.writing() as monde:
        for number, delay in enumerate(delays):
            made = insert(Alerte.__table__).values(
                dossier_id=monde.dossier(), regle=Regle.SILENCE, cle=f"{ago}-{number}", depuis=JOUR, due=JOUR,
                gravite=2, faits={}, ouverte_le=MAINTENANT, reprises=0, fermee_le=MAINTENANT,
            )  # fmt: skip
            alerte_id = monde.session.execute(made).inserted_primary_key[0]
            for days, genre in ((ago, GenreEvenement.OUVERTE), (ago - delay, GenreEvenement.TRAITEE)):
                said = {"alerte_id": alerte_id, "quand": MAINTENANT - jours(days), "genre": genre}
                monde.session.execute(insert(EvenementAlerte.__table__).values(said))


def test_the_usefulness_of_a_rule_stands_where_its_numbers_are_set(ville: Ville, chef: Navigateur, page: str) -> None:
    _history(ville, 1, 2, 3, 10)
    assert "Suivies d’un acte en 7 jours trop peu pour dire" in words(chef.get(page).text)
    _history(ville, 20, ago=31)
    text = words(chef.get(page).text)
    assert "Silence 5 ouvertures, 60 % suivies d’un acte" in text
    assert "Ouvertes 5 fois, 5 jeunes Suivies d’un acte en 7 jours 60 % (3 sur 5)" in text
    assert "Délai médian avant l’acte 3 jours Jugées inutiles 0 % (0 sur 5)" in text
    assert "Ouvertes aucune en 90 jours" in text


def test_the_usefulness_is_also_told_over_a_year(ville: Ville, chef: Navigateur, page: str) -> None:
    _history(ville, 1, 2, 3, 4, 5, ago=200)
    assert "5 fois" not in words(chef.get(page).text)
    assert "Ouvertes 5 fois, 5 jeunes" in words(chef.get(f"{page}?jours=365").text)
    assert "aucune en 90 jours" in words(chef.get(f"{page}?jours=40000").text)


@pytest.mark.parametrize("role", [Role.REFERENT, Role.COORDINATEUR, Role.RESPONSABLE, Role.DPO])
def test_only_who_administers_sets_the_numbers(
    compte: Callable[..., Agent], ouvrir: Callable[[], Any], page: str, rows: Callable, role: Role
) -> None:
    other = ouvrir()
    other.sign_in(compte(role))
    assert other.get(page).status_code == 404
    assert other.post(page, retard="20", version="0").status_code == 404
    assert rows(Reglage) == []


def test_a_structure_that_does_not_exist_has_no_numbers(chef: Navigateur) -> None:
    assert chef.get("/administration/alertes/999").status_code == 404


def test_why_an_alert_is_told_with_the_numbers_of_one_s_structure(
    ville: Ville, compte: Callable[..., Agent], navigateur: Navigateur
) -> None:
    agent = compte(Role.COORDINATEUR)
    with ville.writing() as monde:
        set_here = {
            "structure_id": agent.structure_id,
            "version": 1,
            "retard": 21,
            "report_silence": 9,
            "aujourdhui": 12,
        }
        monde.session.execute(insert(Reglage.__table__).values(set_here))
    navigateur.sign_in(agent)
    answer = navigateur.get("/alertes/regles")
    text = words(answer.text)
    assert all(f'id="{regle.value}"' in answer.text for regle in Regle)
    assert "21 jours après la date prévue" in text
    assert "9 jours au plus. Un deuxième report" in text
    assert "Ma journée montre 12 jeunes au plus" in text
    assert "les échéances légales" in text
    assert 'href="/alertes/regles"' in navigateur.get("/alertes").text


def test_who_sees_no_dossier_is_not_told_of_alerts(compte: Callable[..., Agent], navigateur: Navigateur) -> None:
    navigateur.sign_in(compte(Role.RESPONSABLE))
    assert navigateur.get("/alertes/regles").status_code == 404


def test_ages_are_counted_from_the_birth_date_in_the_preview_and_in_the_save(
    ville: Ville, compte: Callable[..., Agent], chef: Navigateur, page: str, rows: Callable
) -> None:
    """18 on the first of June: near by the date of birth, long past by its year alone."""
    ville.jeune("Lila", agent=compte(Role.REFERENT), naissance="2008-06-01", annee_naissance=2008)
    chef.get(page)
    assert chef.post(page, age="91", version="0").status_code == 303
    assert _ages(rows) == ["18"]
    tried = chef.post(page, age="30", apercu="oui", version="1")
    assert "Avant l’anniversaire : 30 jours au lieu de 91 −1 alerte" in words(tried.text)
    assert _ages(rows) == ["18"]
    assert chef.post(page, age="30", version="1").status_code == 303
    assert _ages(rows) == []


def _ages(rows: Callable) -> list[str]:
    return [alerte.cle for alerte in rows(Alerte) if alerte.regle is Regle.AGE and alerte.fermee_le is None]
