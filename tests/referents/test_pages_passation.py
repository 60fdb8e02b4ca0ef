"""Prendre connaissance, refuser, dire que le jeune le sait; and what a former référent may still do: read."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from app.parcours.models import Dossier
from app.referents import services
from app.referents.queries import open_affectation
from app.referents.services_depart import disable_agent
from app.referents.vocabulaire import MotifAffectation
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.referents.conftest import Equipe, statements
from tests.referents.test_pages_relais import address, hidden, history, words

NOTE = "Reprendre la demande de stage au garage."
CONTINUITE = "/structure/continuite"
RAISON = "Trop loin de mon secteur."


@pytest.fixture
def passe(bureau: Equipe) -> Equipe:
    """nadia has just handed the dossier over to omar."""
    with bureau.maison.database.writing() as session:
        dossier = session.get(Dossier, bureau.dossier.id)
        services.hand_over(
            session, dossier, to=session.merge(bureau.omar), par=bureau.nadia, acteur=bureau.acteur(bureau.nadia),
            motif=MotifAffectation.SECTEUR, note=None, affectation_id=uuid4(),
            remplace=open_affectation(session, dossier.id).id, now=NOW, today=TODAY,
        )  # fmt: skip
    return bureau


def dossier_of(bureau: Equipe) -> str:
    return f"/dossiers/{bureau.dossier.code}"


def test_the_receiver_is_told_everywhere_and_takes_note_with_one_tap(passe: Equipe, signed_in):
    omar = signed_in("omar")
    home = omar.get("/ma-journee")
    assert "1 passation à accuser" in words(home.text)
    assert "passation à accuser" in home.text.split("<main")[0]  # the menu
    page = omar.get(dossier_of(passe))
    assert f"{passe.nadia.nom_complet} vous a passé le relais" in words(page.text)
    answer = omar.post(address(passe, "passation/accuser"), affectation=hidden(page.text, "affectation"))
    assert (answer.status_code, answer.location) == (303, dossier_of(passe))
    assert history(passe)[0].accusee_le is not None
    assert "vous a passé le relais" not in words(omar.get(dossier_of(passe)).text)
    assert "à accuser" not in words(omar.get("/ma-journee").text)


def test_without_a_note_of_its_own_the_journey_is_told_in_brief(passe: Equipe, signed_in):
    omar = signed_in("omar")
    page = words(omar.get(address(passe, "passation")).text)
    assert "Aucune note n’accompagne cette passation." in page
    assert "Le parcours en bref" in page
    assert "Où on en est Suivi depuis le" in page
    assert "Ce qui marche avec ce jeune" not in page, "those lines are for who hands over"
    # with a note written for this young person, that note is enough
    with passe.maison.database.writing() as session:
        current = open_affectation(session, passe.dossier.id)
        keys = passe.maison.vault.keys([passe.dossier.uid])
        current.note = keys.seal(passe.dossier.uid, {"texte": NOTE}, place=Place.PASSATION, row=current.id)
    page = words(omar.get(address(passe, "passation")).text)
    assert NOTE in page
    assert "Le parcours en bref" not in page


def test_the_coordinateur_sees_it_on_continuite_until_it_is_acknowledged(passe: Equipe, signed_in):
    coordinatrice, omar = signed_in("coordinatrice"), signed_in("omar")
    page = words(coordinatrice.get(CONTINUITE).text)
    assert "1 passation sans accusé" in page
    assert f"{passe.omar.nom_complet} n’a pas encore accusé" in page
    assert f"{passe.omar.nom_complet} n’a" in words(coordinatrice.get(f"{CONTINUITE}?voir=passations").text)
    shown = hidden(omar.get(dossier_of(passe)).text, "affectation")
    assert omar.post(address(passe, "passation/accuser"), affectation=shown).status_code == 303
    assert "sans accusé" not in words(coordinatrice.get(CONTINUITE).text)
    assert "Chaque passation a été accusée." in words(coordinatrice.get(f"{CONTINUITE}?voir=passations").text)


def test_one_tap_from_the_list_comes_back_to_the_list(passe: Equipe, signed_in):
    omar = signed_in("omar")
    page = omar.get("/passations").text
    sent = {name: hidden(page, name) for name in ("affectation", "retour")}
    answer = omar.post(address(passe, "passation/accuser"), **sent)
    assert (answer.status_code, answer.location) == (303, "/passations")
    assert "Aucune passation n’attend votre accusé." in words(omar.get("/passations").text)


def test_a_refusal_gives_the_dossier_back_with_its_reason_and_a_double_tap_says_the_same(passe: Equipe, signed_in):
    omar, url = signed_in("omar"), address(passe, "passation/refus")
    page = omar.get(url).text
    assert f"Le dossier revient aussitôt à {passe.nadia.nom_complet}" in words(page)
    sent = {name: hidden(page, name) for name in ("affectation", "depot")}
    silent = omar.post(url, **sent, raison="  ")
    assert (silent.status_code, "Dites pourquoi" in silent.text) == (422, True)
    token = omar.jeton
    for _ in range(2):
        omar.jeton = token
        answer = omar.post(url, **sent, raison=RAISON)
        assert (answer.status_code, answer.location) == (303, "/passations")
    assert [row.agent_id for row in history(passe)] == [passe.nadia.id, passe.omar.id, passe.nadia.id]
    assert RAISON.encode() not in history(passe)[1].refus
    assert omar.get(dossier_of(passe)).status_code == 404
    nadia = signed_in("nadia")
    assert f"{passe.omar.nom_complet} vous rend ce dossier" in words(nadia.get(dossier_of(passe)).text)
    assert RAISON in words(nadia.get(address(passe, "passation")).text)


def test_a_refusal_that_nobody_can_take_back_is_on_the_list_of_the_coordinateur(passe: Equipe, signed_in):
    with passe.maison.database.writing() as session:
        disable_agent(session, session.merge(passe.nadia), acteur=passe.acteur(passe.coordinatrice), now=NOW)
    omar, url = signed_in("omar"), address(passe, "passation/refus")
    page = omar.get(url).text
    assert "liste de la coordination" in words(page)
    sent = {name: hidden(page, name) for name in ("affectation", "depot")}
    assert omar.post(url, **sent, raison=RAISON).status_code == 303
    coordinatrice = signed_in("coordinatrice")
    assert passe.dossier.code in coordinatrice.get("/structure/continuite").text
    assert RAISON in words(coordinatrice.get(address(passe)).text)


def test_what_comes_too_late_is_said_on_the_page(passe: Equipe, signed_in):
    omar, url = signed_in("omar"), address(passe, "passation/refus")
    page = omar.get(url).text
    sent = {name: hidden(page, name) for name in ("affectation", "depot")}
    omar.wait(days=8)
    omar.sign_in(passe.omar)
    late = omar.post(url, **sent, raison=RAISON)
    assert (late.status_code, "Le délai pour refuser est passé" in late.text) == (422, True)
    assert RAISON in late.text


def test_the_former_referent_reads_until_a_day_writes_nothing_and_may_say_that_the_young_person_knows(
    passe: Equipe, signed_in
):
    nadia = signed_in("nadia")
    page = nadia.get(dossier_of(passe)).text
    said = words(page)
    assert "Vous lisez ce dossier jusqu’au 16 avril." in said
    assert f"{passe.omar.nom_complet} n’a pas encore accusé" in said
    for act in ("suivis/nouveau", "contacts-prevus", "etapes/nouvelle", "referent", "cloture", "identite", "reperes"):
        assert f'{dossier_of(passe)}/{act}"' not in page
        assert nadia.get(address(passe, act)).status_code == 404
    for act in ("passation/accuser", "passation/refus", "suivis/rapide", "informe"):
        assert nadia.post(address(passe, act), depot=uuid4(), affectation=uuid4()).status_code == 404
    told = nadia.get(address(passe, "passation/jeune-informe")).text
    sent = {"affectation": hidden(told, "affectation"), "jeune_informe_le": "17/03/2026"}
    assert nadia.post(address(passe, "passation/jeune-informe"), **sent).status_code == 303
    assert history(passe)[0].jeune_informe_le == TODAY
    assert passe.dossier.code in nadia.get("/passations").text
    nadia.wait(days=31)
    nadia.sign_in(passe.nadia)
    for act in ("", "/passation", "/passation/jeune-informe"):
        assert nadia.get(dossier_of(passe) + act).status_code == 404
    assert passe.dossier.code not in nadia.get("/passations").text


def test_the_coordinateur_reads_the_handover_and_a_member_of_the_team_does_not(passe: Equipe, signed_in):
    with passe.maison.database.writing() as session:
        who = {"agent": passe.lea, "acteur": passe.acteur(passe.nadia), "now": NOW, "today": TODAY}
        services.join_team(session, session.get(Dossier, passe.dossier.id), **who)
    assert "n’a pas encore accusé" in words(signed_in("coordinatrice").get(dossier_of(passe)).text)
    lea = signed_in("lea")
    assert lea.get(dossier_of(passe)).status_code == 200
    assert lea.get(address(passe, "passation")).status_code == 404


def test_another_structure_wants_the_day_when_the_young_person_was_told_beside_the_field(bureau: Equipe, signed_in):
    nadia, url = signed_in("nadia"), address(bureau)
    page = nadia.get(url).text
    sent = {name: hidden(page, name) for name in ("depot", "remplace")}
    sent |= {"agent": bureau.lea.id, "motif": "secteur", "note": NOTE}
    refused = nadia.post(url, **sent)
    assert refused.status_code == 422
    assert "le jeune en est informé avant" in refused.text.split('id="jeune_informe_le-erreur"')[1][:300]
    assert NOTE in refused.text
    assert nadia.post(url, **sent, jeune_informe_le="16/03/2026").status_code == 303
    assert history(bureau)[0].jeune_informe_le == TODAY - timedelta(days=1)


def test_the_list_costs_as_much_for_two_dossiers_as_for_fifty_and_wild_addresses_begin_again(bureau, signed_in):
    omar, coordinatrice, costs, others = signed_in("omar"), signed_in("coordinatrice"), [], []
    for many in (2, 51):
        with bureau.maison.database.writing() as session:
            for _ in range(many):
                dossier = make_dossier(session, bureau.maison, bureau.ici)
                services.assign(
                    session, dossier, to=bureau.omar, par=bureau.nadia, acteur=bureau.acteur(bureau.nadia),
                    motif=MotifAffectation.CHARGE, now=NOW, today=TODAY,
                )  # fmt: skip
        engines = bureau.maison.database.engines
        with statements(engines.read, engines.keys) as sent:
            page = omar.get("/passations")
        costs.append(len(sent))
        for url in (CONTINUITE, f"{CONTINUITE}?voir=passations"):
            with statements(engines.read, engines.keys) as sent:
                whole = coordinatrice.get(url)
            others.append(len(sent))
    assert others[:2] == others[2:]
    assert max(others) <= 13, others
    assert whole.text.count('<li class="jeune"') == 50
    second = coordinatrice.get(whole.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
    assert second.text.count('<li class="jeune"') == 3
    assert page.text.count('<li class="jeune"') == 50
    assert costs[0] == costs[1] <= 7, sent
    second = omar.get(page.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
    assert second.text.count('<li class="jeune"') == 3
    for wild in ("x", "2026-03-17~x", "0001-01-01T00:00:00+23:59~" + str(uuid4())):
        assert omar.get("/passations?apres=" + wild).status_code == 200
