"""Waiting, confirming, checking, at a screen: one tap, its undoing, and what others may not do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import Role
from app.alertes.models import Reglage
from app.parcours.models import Dossier, Etat
from app.parcours.models_actes import MiseEnAttente, Verification
from app.parcours.vocabulaire import GenreEtape, MotifSortie
from app.parcours.vocabulaire_actes import MotifAttente, ObjetVerification, ReponseVerification
from app.referents.services import close, join_team
from tests.conftest import FrozenClock
from tests.factories import TODAY, make_dossier
from tests.parcours.conftest import COMMUN, Bureau

RETOUR = date(2025, 9, 10)
CLOS = date(2025, 12, 1)


def wait(bureau: Bureau, jusqu_au: str = "16/04/2026", **said: object):
    given = {"motif": "rentree", "depot": str(uuid4())} | said
    return bureau.navigateur.post(f"{bureau.base}/attente", jusqu_au=jusqu_au, **given)


def check(bureau: Bureau, **said: object):
    given = {"objet": "raccrochage", "mois": "6", "repere": RETOUR.isoformat(), "reponse": "toujours_en_place"}
    return bureau.navigateur.post(f"{bureau.base}/verifications", **(given | {"depot": str(uuid4())} | said))


def come_back(bureau: Bureau) -> None:
    """Six months ago, so that the return is asked about."""
    for genre, debut, more in (
        ("decrochage", "01/05/2025", {"statut": "terminee", "fin": "09/09/2025", "fin_statut": "terminee"}),
        ("formation", "10/09/2025", {"statut": "en_cours"}),
    ):
        said = {"genre": genre, "debut": debut, "depot": str(uuid4())} | more
        assert bureau.navigateur.post(f"{bureau.base}/etapes", **said).status_code == 303


def leave(bureau: Bureau, motif: MotifSortie = MotifSortie.DEMENAGEMENT) -> None:
    """Another dossier of the same référent, closed more than three months ago."""
    with bureau.house.database.writing() as session:
        agent = session.get(Agent, bureau.agent.id)
        structure = session.get(Structure, agent.structure_id)
        dossier = make_dossier(session, bureau.house, structure, referent=agent, ouvert_le=date(2025, 1, 6))
        dossier.cree_le = datetime(2025, 1, 6, 9, tzinfo=UTC)
        bureau.code, bureau.dossier_id = dossier.code, dossier.id
    with bureau.house.database.writing() as session:
        dossier = session.get(Dossier, bureau.dossier_id)
        close(session, dossier, version=dossier.version, le=CLOS, motif=motif, etapes={}, **COMMUN)


def form_fields(page: str, action: str) -> list[dict[str, str]]:
    """The hidden fields of each form that goes to this address."""
    found = re.findall(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    return [
        {name: unescape(said) for name, said in re.findall(r'name="([^"]+)" value="([^"]*)"', form)} for form in found
    ]


def tap(bureau: Bureau, action: str, number: int = 0):
    """Press the button that the page of the dossier shows."""
    fields = form_fields(bureau.navigateur.get(bureau.base).text, action)[number]
    return bureau.navigateur.post(action, **fields)


def test_a_journey_waits_and_goes_on_from_the_dossier(bureau: Bureau, clock: FrozenClock) -> None:
    page = bureau.navigateur.get(bureau.base).text
    assert f'href="{bureau.base}/attente"' in page
    assert "En attente jusqu’au" not in page
    assert "Au plus tard le 15 juin" in bureau.navigateur.get(f"{bureau.base}/attente").text
    answer = wait(bureau)
    assert (answer.status_code, answer.headers["Location"]) == (303, bureau.base)
    page = bureau.navigateur.get(bureau.base).text
    assert "En attente jusqu’au 16 avril" in page
    assert "Attend une rentrée" in page
    assert f"par {bureau.agent.prenom} {bureau.agent.nom}" in page
    assert f'href="{bureau.base}/attente"' not in page
    clock.now += timedelta(days=3)
    bureau.navigateur.sign_in(bureau.agent)
    assert tap(bureau, f"{bureau.base}/attente/reprendre").status_code == 303
    assert bureau.read(MiseEnAttente)[0].levee_le == TODAY + timedelta(days=3)
    assert "En attente jusqu’au" not in bureau.navigateur.get(bureau.base).text


def test_what_is_refused_of_a_wait_is_said_beside_its_field(bureau: Bureau) -> None:
    bureau.navigateur.get(f"{bureau.base}/attente")
    for said, sentence in (
        ({"jusqu_au": "17/03/2026"}, "Choisissez un jour à venir."),
        ({"jusqu_au": "16/06/2026"}, "Ce jour est trop loin"),
        ({"jusqu_au": ""}, "Écrivez le jour de la reprise."),
        ({"motif": None}, "Choisissez un motif."),
    ):
        answer = wait(bureau, **said)
        assert answer.status_code == 422
        field = "motif" if "motif" in said else "jusqu_au"
        assert re.search(rf'id="{field}-erreur">.*{sentence}', answer.text), said
        if "jusqu_au" in said:
            assert f'value="{said["jusqu_au"]}"' in answer.text
    assert wait(bureau, motif="hospitalise").status_code == 422
    assert bureau.read(MiseEnAttente) == []


def test_a_structure_sets_how_long_a_journey_may_wait(bureau: Bureau) -> None:
    with bureau.house.database.writing() as session:
        session.add(Reglage(structure_id=bureau.agent.structure_id, attente=14, version=1))
    assert "Au plus tard le 31 mars" in bureau.navigateur.get(f"{bureau.base}/attente").text
    assert wait(bureau, "01/04/2026").status_code == 422
    assert wait(bureau, "31/03/2026").status_code == 303


def test_a_second_wait_asks_for_an_exchange_first(bureau: Bureau, clock: FrozenClock) -> None:
    assert wait(bureau).status_code == 303
    answer = bureau.navigateur.get(f"{bureau.base}/attente")
    assert (answer.status_code, answer.headers["Location"]) == (303, bureau.base)
    answer = wait(bureau)
    assert answer.status_code == 422
    assert "déjà en attente" in answer.text
    clock.now += timedelta(days=31)
    bureau.navigateur.sign_in(bureau.agent)
    page = bureau.navigateur.get(f"{bureau.base}/attente").text
    assert "il faut un échange avec le jeune" in page
    answer = wait(bureau, "30/04/2026")
    assert answer.status_code == 422
    assert "il faut un échange avec le jeune" in answer.text
    assert 'value="30/04/2026"' in answer.text
    met = {"resultat": "echange_fait", "canal": "entretien", "quand": "aujourdhui", "visibilite": "mon_equipe"}
    assert bureau.navigateur.post(f"{bureau.base}/suivis", depot=str(uuid4()), **met).status_code == 303
    assert wait(bureau, "30/04/2026").status_code == 303


def test_the_same_deposit_with_another_day_shows_both(bureau: Bureau) -> None:
    depot = str(uuid4())
    assert wait(bureau, depot=depot).status_code == wait(bureau, depot=depot).status_code == 303
    answer = wait(bureau, "20/04/2026", depot=depot)
    assert answer.status_code == 409
    assert "16 avril 2026" in answer.text
    assert "20 avril 2026" in answer.text
    assert [(row.motif, row.jusqu_au) for row in bureau.read(MiseEnAttente)] == [
        (MotifAttente.RENTREE, date(2026, 4, 16))
    ]


def test_a_closed_dossier_neither_waits_nor_offers_to(bureau: Bureau) -> None:
    leave(bureau)
    assert f"{bureau.base}/attente" not in bureau.navigateur.get(bureau.base).text
    assert bureau.navigateur.get(f"{bureau.base}/attente").status_code == 303
    answer = wait(bureau)
    assert answer.status_code == 422
    assert "Ce dossier est clos" in answer.text


def test_a_situation_is_confirmed_with_one_tap_and_cancelled_from_the_page(bureau: Bureau) -> None:
    come_back(bureau)
    answer = tap(bureau, f"{bureau.base}/situation/confirmer")
    assert (answer.status_code, answer.headers["Location"]) == (303, bureau.base)
    assert bureau.read(Etat)[0].confirmee_le == TODAY
    page = bureau.navigateur.get(bureau.base).text
    assert f'href="{bureau.base}#verifications">Annuler</a>' in page
    made = bureau.read(Verification)[0]
    assert tap(bureau, f"{bureau.base}/verifications/{made.id}/annuler").status_code == 303
    assert bureau.read(Etat)[0].confirmee_le is None
    assert str(made.id) not in bureau.navigateur.get(bureau.base).text


def test_nothing_is_to_be_confirmed_of_a_situation_that_nobody_knows(bureau: Bureau) -> None:
    assert "situation/confirmer" not in bureau.navigateur.get(bureau.base).text


def test_a_tap_on_what_is_no_longer_so_writes_nothing(bureau: Bureau) -> None:
    come_back(bureau)
    fields = form_fields(bureau.navigateur.get(bureau.base).text, f"{bureau.base}/situation/confirmer")[0]
    said = {"genre": "emploi", "debut": "02/03/2026", "statut": "en_cours", "depot": str(uuid4())}
    assert bureau.navigateur.post(f"{bureau.base}/etapes", **said).status_code == 303
    answer = bureau.navigateur.post(f"{bureau.base}/situation/confirmer", **fields)
    assert answer.status_code == 409
    assert "Le dossier a changé entre-temps" in answer.text
    assert bureau.read(Verification) == []


def test_a_tap_leads_back_to_the_list_it_came_from(bureau: Bureau) -> None:
    come_back(bureau)
    said = {"repere": RETOUR.isoformat(), "depot": str(uuid4()), "retour": "/mes-jeunes?page=2"}
    answer = bureau.navigateur.post(f"{bureau.base}/situation/confirmer", **said)
    assert answer.headers["Location"] == "/mes-jeunes?page=2"
    assert check(bureau, retour="https://ailleurs.exemple/").headers["Location"] == bureau.base


def test_the_return_is_asked_about_and_answered_from_the_dossier(bureau: Bureau) -> None:
    come_back(bureau)
    action = f"{bureau.base}/verifications"
    page = bureau.navigateur.get(bureau.base).text
    assert [fields["reponse"] for fields in form_fields(page, action)] == ["toujours_en_place", "inconnue"]
    assert tap(bureau, action).status_code == 303
    made = bureau.read(Verification)[0]
    assert (made.objet, made.mois, made.repere) == (ObjetVerification.RACCROCHAGE, 6, RETOUR)
    assert form_fields(bureau.navigateur.get(bureau.base).text, action) == []
    answer = check(bureau, reponse="inconnue")
    assert answer.status_code == 409
    assert "Une réponse est déjà notée" in answer.text


def test_a_return_that_changed_leads_to_the_step_to_write(bureau: Bureau) -> None:
    come_back(bureau)
    address = f"{bureau.base}/verifications?objet=raccrochage&mois=6&reponse=changee"
    assert unescape(address) in unescape(bureau.navigateur.get(bureau.base).text)
    page = bureau.navigateur.get(address).text
    assert 'value="changee" checked' in page
    answer = check(bureau, reponse="changee", genre="")
    assert answer.status_code == 422
    assert re.search('id="genre-erreur">.*Choisissez ce que le jeune fait maintenant', answer.text)
    assert 'value="changee" checked' in answer.text
    answer = check(bureau, reponse="changee", genre="emploi")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{bureau.base}/etapes?genre=emploi")
    assert "ajoutez maintenant l’étape" in bureau.navigateur.get(answer.headers["Location"]).text
    assert bureau.read(Verification)[0].genre is GenreEtape.EMPLOI


def test_a_question_that_does_not_wait_is_not_asked(bureau: Bureau) -> None:
    here = f"{bureau.base}#verifications"
    for asked in ("", "?objet=raccrochage&mois=6", "?objet=sortie&mois=3", "?objet=x&mois=99", "?objet=situation"):
        answer = bureau.navigateur.get(f"{bureau.base}/verifications{asked}")
        assert (answer.status_code, answer.headers["Location"]) == (303, here)
    come_back(bureau)
    for said in ({"objet": "situation", "mois": ""}, {"objet": "x"}, {"mois": "3"}, {"repere": "hier"}, {"depot": "x"}):
        assert check(bureau, **said).status_code == 400, said
    assert bureau.read(Verification) == []


def test_after_the_exit_its_last_referent_answers(bureau: Bureau) -> None:
    leave(bureau)
    page = bureau.navigateur.get(bureau.base).text
    # once, by the alert or by the section below it
    asked = form_fields(page, f"{bureau.base}/verifications")
    assert [(fields["mois"], fields["reponse"]) for fields in asked] == [("3", "toujours_en_place"), ("3", "inconnue")]
    assert "situation/confirmer" not in page
    address = f"{bureau.base}/verifications?objet=sortie&mois=3"
    assert "Déménagement" in bureau.navigateur.get(address).text
    sortie = {"objet": "sortie", "mois": "3", "repere": CLOS.isoformat()}
    answer = check(bureau, **sortie, reponse="changee", genre="alternance")
    assert (answer.status_code, answer.headers["Location"]) == (303, bureau.base)
    made = bureau.read(Verification)[0]
    assert (made.reponse, made.genre) == (ReponseVerification.CHANGEE, GenreEtape.ALTERNANCE)
    assert "a changé : alternance" in bureau.navigateur.get(bureau.base).text.replace("\xa0", " ")
    assert tap(bureau, f"{bureau.base}/verifications/{made.id}/annuler").status_code == 303
    assert check(bureau, **sortie, reponse="inconnue").status_code == 303


def test_nothing_is_asked_about_the_dead(bureau: Bureau) -> None:
    leave(bureau, MotifSortie.DECES)
    assert form_fields(bureau.navigateur.get(bureau.base).text, f"{bureau.base}/verifications") == []
    answer = check(bureau, objet="sortie", mois="3", repere=CLOS.isoformat())
    assert answer.status_code == 409
    assert bureau.read(Verification) == []


@pytest.mark.parametrize(
    ("role", "member", "ouvert", "clos"),
    [(Role.INTERVENANT, True, 303, 303), (Role.COORDINATEUR, False, 404, 303), (Role.REFERENT, False, 404, 404)],
)
def test_who_may_answer(
    bureau: Bureau, compte: Callable, ouvrir: Callable, role: Role, member: bool, ouvert: int, clos: int
) -> None:
    """Those who write there; after the exit, the équipe and the coordinateur of the structure."""
    other = compte(role)
    come_back(bureau)
    answers = [(bureau.code, {"objet": "raccrochage", "mois": "6", "repere": RETOUR.isoformat()}, ouvert)]
    opened = bureau.dossier_id
    leave(bureau)
    answers.append((bureau.code, {"objet": "sortie", "mois": "3", "repere": CLOS.isoformat()}, clos))
    if member:
        with bureau.house.database.writing() as session:
            for number in (opened, bureau.dossier_id):
                agent = session.get(Agent, other.id)
                join_team(session, session.get(Dossier, number), agent=agent, **COMMUN)
    bureau.navigateur = ouvrir()
    bureau.navigateur.sign_in(other)
    for code, said, expected in answers:
        bureau.code = code
        assert check(bureau, **said).status_code == expected, code
        page = bureau.navigateur.get(bureau.base)
        assert (page.status_code == 200) == (expected == 303 or role is Role.COORDINATEUR)
        assert ('Annuler<span class="visually-hidden">' in page.text) == (expected == 303)
    with bureau.house.database.reading() as session:
        assert len(session.scalars(select(Verification.id)).all()) == sum(code == 303 for code in (ouvert, clos))


def exchange(bureau: Bureau, **said: str):
    given = {"resultat": "echange_fait", "canal": "entretien", "quand": "aujourdhui", "visibilite": "mon_equipe"}
    return bureau.navigateur.post(f"{bureau.base}/suivis", depot=str(uuid4()), **(given | said))


def test_an_exchange_is_the_occasion_to_confirm_the_situation_with_one_tap(bureau: Bureau) -> None:
    come_back(bureau)
    asked = "situation toujours vraie"
    assert "situation pas encore confirmée" in bureau.navigateur.get(bureau.base).text
    # neither an attempt, nor an exchange with a third party, nor a form still to fill, nor an exchange of before
    for said in ({"resultat": "sans_reponse"}, {"canal": "autre", "autre_canal": "entretien_tiers"}, {"autre": "1"}):
        assert exchange(bureau, **said).status_code == 303
        assert asked not in bureau.navigateur.get("/mes-jeunes").text
    assert exchange(bureau, quand="autre", jour="09/09/2025").status_code == 303
    assert asked not in bureau.navigateur.get("/mes-jeunes").text
    assert exchange(bureau, retour="/mes-jeunes").status_code == 303
    page = bureau.navigateur.get("/mes-jeunes").text
    # a p would end where the question begins, and leave an empty box above it
    assert re.search(rf'<div class="message message-info"><p>[^<]*{asked}', page)
    fields = form_fields(page, f"{bureau.base}/situation/confirmer")[0]
    answer = bureau.navigateur.post(f"{bureau.base}/situation/confirmer", **fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mes-jeunes")
    assert bureau.read(Etat)[0].confirmee_le == TODAY
    assert "confirmé aujourd’hui" in bureau.navigateur.get("/mes-jeunes").text
    page = bureau.navigateur.get(bureau.base).text
    assert "situation confirmée aujourd’hui" in page
    assert form_fields(page, f"{bureau.base}/situation/confirmer") == []


def test_what_was_said_within_the_month_is_not_asked_again(bureau: Bureau, clock: FrozenClock) -> None:
    come_back(bureau)
    assert tap(bureau, f"{bureau.base}/situation/confirmer").status_code == 303
    for days, asked in ((29, False), (1, True)):
        clock.now += timedelta(days=days)
        bureau.navigateur.sign_in(bureau.agent)
        assert exchange(bureau).status_code == 303
        assert ("situation toujours vraie" in bureau.navigateur.get(bureau.base).text) is asked


def test_a_situation_past_its_time_is_to_be_confirmed_wherever_it_is_said(bureau: Bureau, clock: FrozenClock) -> None:
    come_back(bureau)
    assert "à confirmer" not in bureau.navigateur.get(bureau.base).text
    # 180 days after the dossier was opened: the alert asks, and the page asks once
    clock.now += timedelta(days=109)
    bureau.navigateur.sign_in(bureau.agent)
    assert exchange(bureau, resultat="sans_reponse").status_code == 303
    page = bureau.navigateur.get(bureau.base).text
    assert "à confirmer" in page
    assert len(form_fields(page, f"{bureau.base}/situation/confirmer")) == 1
    assert "depuis 9 mois, à confirmer" in bureau.navigateur.get("/mes-jeunes").text
    assert tap(bureau, f"{bureau.base}/situation/confirmer").status_code == 303
    assert "à confirmer" not in bureau.navigateur.get(bureau.base).text
    assert "depuis 9 mois, confirmé aujourd’hui" in bureau.navigateur.get("/mes-jeunes").text
