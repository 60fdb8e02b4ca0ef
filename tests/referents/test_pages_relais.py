"""Passer le relais and Sans référent, as a browser meets them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes.services import register
from app.parcours.models import Dossier
from app.referents import services
from app.referents.models import Affectation
from app.referents.models_continuite import Absence
from app.referents.queries import affectations_of, open_affectation
from app.referents.services_depart import disable_agent
from app.referents.vocabulaire import MotifAffectation
from app.web.filters import date_longue
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe, statements

NOTE = "Reprendre la demande de stage au garage."


def words(page: str) -> str:
    """What a person reads."""
    text = re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1].split("</main>")[0])
    return re.sub(r"\s+", " ", unescape(text))


def hidden(page: str, name: str) -> str:
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def address(bureau: Equipe, act: str = "referent") -> str:
    return f"/dossiers/{bureau.dossier.code}/{act}"


def fill(bureau: Equipe, page: str, **given: object) -> dict[str, object]:
    """What a person sends who chose omar and wrote a word."""
    shown = {name: hidden(page, name) for name in ("depot", "remplace")}
    return shown | {"agent": bureau.omar.id, "motif": "secteur", "note": NOTE} | given


def history(bureau: Equipe) -> list:
    with bureau.maison.database.reading() as session:
        return affectations_of(session, bureau.dossier.id)


@pytest.fixture
def nadia(signed_in) -> Navigateur:
    return signed_in("nadia")


def test_the_relay_is_passed_in_one_form_and_the_dossier_changes_hands_at_once(bureau, signed_in, nadia):
    page = nadia.get(address(bureau))
    assert page.status_code == 200
    assert bureau.nadia.nom_complet in words(page.text)
    assert f'value="{bureau.nadia.id}"' not in page.text
    answer = nadia.post(address(bureau), **fill(bureau, page.text))
    assert (answer.status_code, answer.location) == (303, "/mes-jeunes")
    assert nadia.get(address(bureau)).status_code == 404
    # the thread is not lost: she reads on for some days
    assert nadia.get(f"/dossiers/{bureau.dossier.code}").status_code == 200
    omar = signed_in("omar").get(address(bureau))
    assert omar.status_code == 200
    said = words(omar.text)
    assert NOTE in said
    assert "Secteur" in said
    assert [row.agent_id for row in history(bureau)] == [bureau.omar.id, bureau.nadia.id]


def test_the_words_are_sealed_in_the_database(bureau, nadia, sqlite_settings):
    page = nadia.get(address(bureau))
    nadia.post(address(bureau), **fill(bureau, page.text))
    (row,) = [row for row in history(bureau) if row.note]
    assert NOTE.encode() not in row.note
    files = list(sqlite_settings.instance.glob("*.db*"))
    assert files
    assert not [path for path in files if b"stage au garage" in path.read_bytes()]


def test_a_double_tap_passes_the_relay_once_and_answers_as_the_first_time(bureau, nadia):
    sent = fill(bureau, nadia.get(address(bureau)).text)
    token = nadia.jeton
    assert nadia.post(address(bureau), **sent).status_code == 303
    nadia.jeton = token
    again = nadia.post(address(bureau), **sent)
    assert (again.status_code, again.location) == (303, "/mes-jeunes")
    assert len(history(bureau)) == 2


def test_a_form_with_mistakes_comes_back_with_what_was_typed(bureau, nadia):
    page = nadia.get(address(bureau)).text
    answer = nadia.post(address(bureau), **fill(bureau, page, agent="", motif=None))
    assert answer.status_code == 422
    assert "Choisissez un référent." in answer.text
    assert "Choisissez un motif." in answer.text
    assert NOTE in answer.text
    assert hidden(answer.text, "depot") == hidden(page, "depot")
    assert len(history(bureau)) == 1


@pytest.mark.parametrize(
    "given", [{"agent": "999999"}, {"agent": "abc"}, {"motif": "autre_chose"}, {"note": "x" * 4001}]
)
def test_what_no_page_offers_is_refused_without_a_trace(bureau, nadia, given):
    page = nadia.get(address(bureau)).text
    assert nadia.post(address(bureau), **fill(bureau, page, **given)).status_code == 422
    assert len(history(bureau)) == 1


def away(bureau: Equipe, agent, suppleant=None) -> None:
    """From today to the day after tomorrow, which they are back on."""
    with bureau.maison.database.writing() as session:
        days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=2), "cree_le": NOW}
        session.add(Absence(id=uuid4(), agent_id=agent.id, suppleant_id=suppleant and suppleant.id, **days))


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("closed", "Le compte de cette personne est fermé."),
        ("oneself", "Cette personne répond déjà de ce dossier."),
        ("coordinatrice", "Cette personne n’est pas référente."),
        ("away", "Cette personne est absente aujourd’hui, sans suppléant présent."),
        ("structure", "Choisissez un référent."),
        ("999999", "Choisissez un référent."),
        ("9" * 40, "Choisissez un référent."),
        ("²", "Choisissez un référent."),
        ("abc", "Choisissez un référent."),
    ],
)
def test_who_can_no_longer_receive_is_refused_in_kind_words_and_what_was_typed_stays(bureau, nadia, who, sentence):
    page = nadia.get(address(bureau)).text
    people = {"closed": bureau.omar, "oneself": bureau.nadia, "away": bureau.omar, "structure": bureau.lea}
    people["coordinatrice"] = bureau.coordinatrice
    if who == "away":
        away(bureau, bureau.omar)
    with bureau.maison.database.writing() as session:
        if who == "closed":
            disable_agent(session, session.merge(bureau.omar), acteur=bureau.acteur(bureau.coordinatrice), now=NOW)
        elif who == "structure":
            session.merge(bureau.ailleurs).fermee_le = NOW
    chosen = people[who].id if who in people else who
    answer = nadia.post(address(bureau), **fill(bureau, page, agent=chosen))
    assert answer.status_code == 422
    assert sentence in unescape(answer.text.split('id="agent-erreur"')[1].split("</p>")[0])
    assert "choix valide" not in answer.text
    assert NOTE in answer.text
    assert len(history(bureau)) == 1


def test_the_list_says_who_is_away_and_who_is_covered_may_receive(bureau, nadia):
    away(bureau, bureau.omar, suppleant=bureau.lea)
    away(bureau, bureau.coordinatrice)
    page = nadia.get(address(bureau)).text
    last = date_longue(TODAY + timedelta(days=1), TODAY)
    assert f"{bureau.omar.nom_complet} (absence jusqu’au {last})" in unescape(page)
    assert nadia.post(address(bureau), **fill(bureau, page)).status_code == 303


def test_a_cover_who_is_away_too_covers_nobody(bureau, nadia):
    away(bureau, bureau.omar, suppleant=bureau.lea)
    away(bureau, bureau.lea)
    page = nadia.get(address(bureau)).text
    last = date_longue(TODAY + timedelta(days=1), TODAY)
    assert f"{bureau.omar.nom_complet} (absence jusqu’au {last}, sans suppléant présent)" in unescape(page)
    assert nadia.post(address(bureau), **fill(bureau, page)).status_code == 422


@pytest.mark.parametrize("given", [{"depot": "abc"}, {"remplace": "abc"}])
def test_a_hidden_field_that_was_tampered_with_is_a_bad_request(bureau, nadia, given):
    page = nadia.get(address(bureau)).text
    assert nadia.post(address(bureau), **fill(bureau, page, **given)).status_code == 400


def test_who_was_slower_sees_both_texts_and_may_still_pass_the_relay(bureau, signed_in):
    coordinatrice = signed_in("coordinatrice")
    page = coordinatrice.get(address(bureau)).text
    with bureau.maison.database.writing() as session:
        dossier, lea = session.get(Dossier, bureau.dossier.id), session.merge(bureau.lea)
        services.hand_over(
            session,
            dossier,
            to=lea,
            par=bureau.nadia,
            acteur=bureau.acteur(bureau.nadia),
            motif=MotifAffectation.CHARGE,
            note=None,
            affectation_id=uuid4(),
            remplace=open_affectation(session, dossier.id).id,
            now=NOW + timedelta(minutes=1),
            today=TODAY,
            jeune_informe_le=TODAY,
        )
    conflict = coordinatrice.post(address(bureau), **fill(bureau, page))
    assert conflict.status_code == 409
    said = words(conflict.text)
    for text in (bureau.lea.nom_complet, bureau.omar.nom_complet, NOTE):
        assert text in said
    form = conflict.text.split("<form")[-1]
    again = {name: hidden(form, name) for name in ("depot", "remplace", "agent", "motif", "note")}
    assert coordinatrice.post(address(bureau), **again).status_code == 303
    assert [row.agent_id for row in history(bureau)] == [bureau.omar.id, bureau.lea.id, bureau.nadia.id]


def test_other_words_under_the_same_deposit_are_shown_beside_the_first(bureau, signed_in):
    coordinatrice = signed_in("coordinatrice")
    sent = fill(bureau, coordinatrice.get(address(bureau)).text)
    assert coordinatrice.post(address(bureau), **sent).status_code == 303
    coordinatrice.get(address(bureau))
    assert coordinatrice.post(address(bureau), **sent).status_code == 303
    coordinatrice.get(address(bureau))
    conflict = coordinatrice.post(address(bureau), **(sent | {"note": "Autre chose."}))
    assert conflict.status_code == 409
    assert NOTE in words(conflict.text)
    assert "Autre chose." in words(conflict.text)
    assert len(history(bureau)) == 2


@pytest.mark.parametrize("act", ["referent", "cloture", "reouverture", "intensite"])
@pytest.mark.parametrize("who", ["omar", "lea"])
def test_somebody_elses_dossier_does_not_exist_on_any_page(bureau, signed_in, who, act):
    stranger = signed_in(who)
    nothing = stranger.get("/dossiers/ZZZ-ZZZ/" + act)
    for answer in (stranger.get(address(bureau, act)), stranger.post(address(bureau, act), depot=uuid4(), version=1)):
        assert answer.status_code == nothing.status_code == 404
    assert words(answer.text) == words(nothing.text)


@pytest.mark.parametrize("act", ["referent", "cloture", "intensite"])
def test_a_member_of_the_team_neither_hands_over_nor_closes(bureau, signed_in, act):
    with bureau.maison.database.writing() as session:
        who = {"agent": bureau.omar, "acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        services.join_team(session, session.get(Dossier, bureau.dossier.id), **who)
    omar = signed_in("omar")
    assert omar.get(address(bureau, act)).status_code == 404
    assert omar.post(address(bureau, act), depot=uuid4(), version=1).status_code == 404


def test_no_name_of_a_young_person_stands_in_a_title(bureau, nadia):
    _name(bureau, bureau.dossier, "Yanis", "Kaci")
    for act in ("referent", "cloture", "intensite"):
        page = nadia.get(address(bureau, act)).text
        assert "Yanis" in page
        assert "Yanis" not in page.split("<title>")[1].split("</title>")[0]


def _name(bureau: Equipe, dossier: Dossier, prenom: str, nom: str) -> None:
    with bureau.maison.database.writing() as session:
        register(
            session,
            bureau.maison.vault,
            session.get(Dossier, dossier.id),
            identite={"prenom": prenom, "nom": nom},
            contact={},
            informe_le=TODAY,
            informe_forme="orale",
            acteur=bureau.acteur(bureau.nadia),
            now=NOW,
            today=TODAY,
        )


def test_a_dossier_without_referent_is_entrusted_in_one_form_from_the_list(bureau, signed_in):
    with bureau.maison.database.writing() as session:
        orphan = make_dossier(session, bureau.maison, bureau.ici, ouvert_le=date(2026, 3, 5))
    _name(bureau, orphan, "Inès", "Marchand")
    coordinatrice = signed_in("coordinatrice")
    page = coordinatrice.get("/structure/continuite?voir=dossiers")
    assert "Inès Marchand" in words(page.text)
    assert "Sans référent depuis 12 jours" in words(page.text)
    url = re.search(r'class="bouton" href="([^"]+referent[^"]+)"', page.text)[1]
    form = coordinatrice.get(unescape(url)).text
    assert 'value="premiere_affectation" checked' in form
    answer = coordinatrice.post(unescape(url), **fill(bureau, form, motif="premiere_affectation"))
    assert (answer.status_code, answer.location) == (303, "/structure/continuite")
    assert "Chaque dossier a quelqu’un qui répond." in coordinatrice.get("/structure/continuite?voir=dossiers").text


def test_the_dossiers_of_a_closed_account_wait_in_the_same_list_and_propose_why(bureau, signed_in):
    with bureau.maison.database.writing() as session:
        disable_agent(session, session.merge(bureau.nadia), acteur=bureau.acteur(bureau.nadia), now=NOW)
    coordinatrice = signed_in("coordinatrice")
    said = words(coordinatrice.get("/structure/continuite?voir=dossiers").text)
    assert "À reprendre depuis aujourd’hui" in said
    assert f"Le compte de {bureau.nadia.nom_complet} est fermé" in said
    form = coordinatrice.get(address(bureau)).text
    assert "Ce dossier attend un référent." in form
    assert 'value="depart_agent" checked' in form
    assert coordinatrice.post(address(bureau), **fill(bureau, form, motif="depart_agent")).status_code == 303
    assert history(bureau)[0].agent_id == bureau.omar.id


def test_the_list_costs_as_much_for_ten_dossiers_as_for_a_hundred(bureau, signed_in):
    coordinatrice = signed_in("coordinatrice")
    costs = []
    for many in (10, 90):
        with bureau.maison.database.writing() as session:
            for _ in range(many):
                make_dossier(session, bureau.maison, bureau.ici)
        engines = bureau.maison.database.engines
        with statements(engines.read, engines.keys) as sent:
            page = coordinatrice.get("/structure/continuite?voir=dossiers")
        costs.append(len(sent))
    assert page.text.count('<li class="jeune ') == 50
    assert costs[0] == costs[1] <= 6, sent


def test_pages_of_the_list_follow_each_other_and_a_wild_address_begins_again(bureau, signed_in):
    with bureau.maison.database.writing() as session:
        for _ in range(53):
            make_dossier(session, bureau.maison, bureau.ici)
    coordinatrice = signed_in("coordinatrice")
    first = coordinatrice.get("/structure/continuite?voir=dossiers").text
    second = coordinatrice.get(unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])).text
    codes = [re.findall(r'jeune-nom"><a href="/dossiers/([^"]+)"', page) for page in (first, second)]
    assert [len(page) for page in codes] == [50, 3]
    assert not set(codes[0]) & set(codes[1])
    assert 'rel="next"' not in second
    for wild in ("x", "2026-13-01~1", "2026-01-01~9999999999999999999999", "2026-01-01~"):
        assert coordinatrice.get(f"/structure/continuite?voir=dossiers&apres={wild}").status_code == 200


@pytest.mark.parametrize("who", ["nadia", "lea"])
def test_the_list_is_the_coordinateurs(bureau, signed_in, who):
    assert signed_in(who).get("/structure/continuite?voir=dossiers").status_code == 404


def test_every_page_that_shows_a_person_leaves_one_line(bureau, nadia, house):
    def lines() -> list:
        with house.database.reading() as session:
            return session.query(EntreeJournal.action, EntreeJournal.nombre).order_by(EntreeJournal.id).all()

    before = len(lines())
    nadia.get(address(bureau))
    nadia.get(address(bureau, "cloture"))
    assert [line.action for line in lines()[before:]] == [Action.DOSSIER_CONSULTE] * 2


def test_the_relay_of_the_review_comes_back_to_the_review(bureau, nadia):
    page = nadia.get(address(bureau) + "?suite=revue").text
    answer = nadia.post(address(bureau) + "?suite=revue", **fill(bureau, page))
    assert answer.location == "/revue/dossier"


def test_words_whose_key_is_gone_are_said_to_be_unreadable_and_stop_nothing(bureau, nadia, house):
    with house.database.writing() as session:
        session.get(Affectation, open_affectation(session, bureau.dossier.id).id).note = b"\x01" * 60
    page = nadia.get(address(bureau))
    assert page.status_code == 200
    assert "Ces mots ne peuvent plus être lus." in page.text


def test_the_page_says_who_else_follows(bureau, nadia):
    assert "équipe de suivi" not in nadia.get(address(bureau)).text
    with bureau.maison.database.writing() as session:
        who = {"agent": bureau.lea, "acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        services.join_team(session, session.get(Dossier, bureau.dossier.id), **who)
    said = words(nadia.get(address(bureau)).text)
    assert f"Dans l’équipe de suivi : {bureau.lea.nom_complet} ({bureau.ailleurs.nom})." in said


def test_receivers_are_grouped_by_structure_the_dossiers_first(bureau, nadia):
    with bureau.maison.database.writing() as session:
        make_agent(session, bureau.ailleurs)
    page = nadia.get(address(bureau)).text
    assert re.findall(r'<optgroup label="([^"]+)"', page) == [bureau.ici.nom, bureau.ailleurs.nom]
    assert UUID(hidden(page, "depot"))
