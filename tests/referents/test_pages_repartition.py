"""Répartir un portefeuille, as a coordinateur's browser meets it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import html5lib
import pytest
from sqlalchemy import select

from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes.services import register
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import Intensite
from app.referents import services
from app.referents.models import Affectation
from app.referents.models_continuite import Absence, Opposition
from app.referents.models_repartition import LigneRepartition, Repartition
from app.referents.queries import affectations_of
from app.referents.rules_repartition import LOT_AU_PLUS
from app.referents.services_depart import disable_agent
from app.referents.vocabulaire import MotifAffectation
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.http.test_pages import _faults
from tests.referents.conftest import Equipe, statements
from tests.referents.test_pages_relais import hidden, words

LISTE = "/structure/repartitions"
SANS = f"{LISTE}/sans-referent"
NOTE = "Trois rendez-vous sont pris avec la mission locale."


@pytest.fixture
def karim(bureau: Equipe, protege: str):
    with bureau.maison.database.writing() as session:
        agent = make_agent(session, bureau.ici, mot_de_passe=protege)
    return agent


@pytest.fixture
def chef(signed_in) -> Navigateur:
    return signed_in("coordinatrice")


def page_of(agent) -> str:
    return f"{LISTE}/referents/{agent.id}"


def caseload(bureau: Equipe, count: int, referent, **given) -> list[str]:
    with bureau.maison.database.writing() as session:
        holder = session.merge(referent) if referent else None
        made = [make_dossier(session, bureau.maison, bureau.ici, referent=holder, **given) for _ in range(count)]
        return [one.code for one in made]


def proposed(page: str) -> dict[str, str]:
    """What each list shows as chosen, by its field."""
    found = {}
    for name, options in re.findall(r'<select[^>]* name="(dossier_[^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    return found


def filled(page: str, **given: object) -> dict[str, object]:
    """What a person sends who accepts what is proposed."""
    ticks = re.findall(r'name="parmi" value="(\d+)" checked', page)
    motif = re.search(r'name="motif" value="(\w+)" checked', page)
    return proposed(page) | {"depot": hidden(page, "depot"), "parmi": ticks, "motif": motif[1]} | given


def holders(bureau: Equipe) -> dict[str, int | None]:
    with bureau.maison.database.reading() as session:
        rows = select(Dossier.code, Etat.referent_id).join(Etat, Etat.dossier_id == Dossier.id)
        return dict(session.execute(rows).all())


def given(bureau: Equipe) -> list[Repartition]:
    with bureau.maison.database.reading() as session:
        return list(session.scalars(select(Repartition)))


def test_a_caseload_is_spread_in_two_pages_and_taken_back_in_one_act(bureau, chef, karim, signed_in):
    codes = caseload(bureau, 5, bureau.nadia)
    start = chef.get(page_of(bureau.nadia))
    assert "rien n’est fait avant que vous confirmiez" in words(start.text)
    assert proposed(start.text) == {}
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={bureau.omar.id}&parmi={karim.id}")
    assert given(bureau) == []
    split = proposed(page.text)
    assert len(split) == 6
    assert sorted(split.values()) == sorted([str(bureau.omar.id), str(karim.id)] * 3)
    said = words(page.text)
    assert "0 → aujourd’hui, puis 3 repère 20" in said
    assert "0 → aujourd’hui, puis 3 repère 100" in said
    assert "Charge pondérée 0 → aujourd’hui, puis 3" in said
    answer = chef.post(page_of(bureau.nadia), **filled(page.text, note=NOTE))
    (made,) = given(bureau)
    assert (answer.status_code, answer.location) == (303, f"{LISTE}/{made.id}")
    now = holders(bureau)
    assert {f"dossier_{code}": str(who) for code, who in now.items()} == split
    detail = chef.get(answer.location)
    said = words(detail.text)
    assert "6 dossiers répartis. Les nouveaux référents en répondent dès maintenant." in unescape(detail.text)
    assert f"6 dossiers reviennent à {bureau.nadia.nom_complet}, comme avant" in said
    assert "Possible jusqu’au 18 mars" in said
    # the words are sealed in each, and read by who receives it
    one = next(code for code in codes if now[code] == bureau.omar.id)
    omar = signed_in("omar")
    read = words(omar.get(f"/dossiers/{one}/passation").text)
    # then what no note for all can say
    assert NOTE in read
    assert "Le parcours en bref" in read
    assert chef.get(answer.location).status_code == 200
    back = chef.post(f"{answer.location}/reprendre")
    assert (back.status_code, back.location) == (303, answer.location)
    said = unescape(chef.get(answer.location).text)
    assert f"6 dossiers reviennent à {bureau.nadia.nom_complet}." in said
    assert set(holders(bureau).values()) == {bureau.nadia.id}
    assert omar.get(f"/dossiers/{one}").status_code == 404
    history = words(chef.get(f"/dossiers/{one}/referent").text)
    assert "Repris le 17 mars 2026" in history
    assert "Repris le 17 mars" in words(chef.get(f"/dossiers/{one}").text)


def test_the_pages_that_no_address_alone_opens_are_well_made(bureau, chef, karim):
    caseload(bureau, 1, bureau.nadia)
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    refused = chef.post(page_of(bureau.nadia), **filled(page, **{f"dossier_{bureau.dossier.code}": "x"}))
    done = chef.post(page_of(bureau.nadia), **filled(page)).location
    assert refused.status_code == 422
    for text in (page, refused.text, chef.get(done).text, chef.get(LISTE).text):
        assert list(_faults(html5lib.parse(text, namespaceHTMLElements=False), text)) == []


def test_any_of_them_may_be_changed_or_left_and_the_loads_follow(bureau, chef, karim):
    caseload(bureau, 3, bureau.nadia)
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={bureau.omar.id}&parmi={karim.id}").text
    first, second, *_ = sorted(proposed(page))
    changed = {first: str(karim.id), second: ""}
    again = chef.post(page_of(bureau.nadia), **filled(page, recalculer="1", note=NOTE, **changed))
    assert again.status_code == 200
    assert {name: proposed(again.text)[name] for name in changed} == changed
    assert NOTE in again.text
    assert hidden(again.text, "depot") == hidden(page, "depot")
    assert f"Restent à {bureau.nadia.nom_complet}" in words(again.text)
    assert given(bureau) == []
    alone = chef.post(page_of(bureau.nadia), **filled(again.text, parmi=[str(karim.id)], proposer="1", note=NOTE))
    assert set(proposed(alone.text).values()) == {str(karim.id)}
    assert chef.post(page_of(bureau.nadia), **filled(alone.text, **{second: ""})).status_code == 303
    assert holders(bureau)[second.removeprefix("dossier_")] == bureau.nadia.id


def test_a_dossier_that_a_colleague_handed_over_meanwhile_stops_the_whole_and_nothing_typed_is_lost(
    bureau, chef, karim
):
    caseload(bureau, 3, bureau.nadia)
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    with bureau.maison.database.writing() as session:
        nadia = session.merge(bureau.nadia)
        services.hand_over(
            session, session.get(Dossier, bureau.dossier.id), to=session.merge(bureau.omar), par=nadia,
            acteur=bureau.acteur(nadia), motif=MotifAffectation.SECTEUR, note=None, affectation_id=uuid4(),
            remplace=affectations_of(session, bureau.dossier.id)[0].id, now=NOW, today=TODAY,
        )  # fmt: skip
    before = holders(bureau)
    answer = chef.post(page_of(bureau.nadia), **filled(page, note=NOTE))
    assert answer.status_code == 422
    said = words(answer.text)
    assert "Rien n’est enregistré" in said
    assert f"{bureau.dossier.code} : {bureau.omar.nom_complet} en répond maintenant" in said
    assert NOTE in answer.text
    assert len(proposed(answer.text)) == 3
    assert set(proposed(answer.text).values()) == {str(karim.id)}
    assert (holders(bureau), given(bureau)) == (before, [])
    assert chef.post(page_of(bureau.nadia), **filled(answer.text, note=NOTE)).status_code == 303
    assert len(given(bureau)) == 1


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("oneself", "Cette personne répond déjà de ce dossier."),
        ("disabled", "{code}, {omar} : Le compte de cette personne est fermé."),
        # somebody of another structure is not named
        ("elsewhere", "{code} : Cette personne n’est pas référente dans votre structure."),
        ("coordinatrice", "Cette personne n’est pas référente."),
        ("away", "Cette personne est absente aujourd’hui, sans suppléant présent."),
        ("9" * 30, "Cette personne n’est pas référente dans votre structure."),
        ("x; DROP", "Cette personne n’est pas référente dans votre structure."),
    ],
)
def test_who_may_not_receive_is_refused_beside_that_dossier(bureau, chef, karim, who, sentence):
    caseload(bureau, 1, bureau.nadia)
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}&parmi={bureau.omar.id}").text
    people = {"oneself": bureau.nadia, "disabled": bureau.omar, "elsewhere": bureau.lea, "away": bureau.omar}
    people["coordinatrice"] = bureau.coordinatrice
    with bureau.maison.database.writing() as session:
        if who == "disabled":
            disable_agent(session, session.merge(bureau.omar), acteur=bureau.acteur(bureau.coordinatrice), now=NOW)
        elif who == "away":
            days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=2), "cree_le": NOW}
            session.add(Absence(id=uuid4(), agent_id=bureau.omar.id, **days))
    name = f"dossier_{bureau.dossier.code}"
    chosen = str(people[who].id) if who in people else who
    everybody = dict.fromkeys(proposed(page), str(karim.id))
    answer = chef.post(page_of(bureau.nadia), **filled(page, **everybody | {name: chosen}))
    assert answer.status_code == 422
    beside = answer.text.split(f'id="{name}-erreur"')[1].split("</p>")[0]
    said = sentence.format(code=bureau.dossier.code, omar=bureau.omar.nom_complet)
    assert said in unescape(beside).replace("\u00a0", " ")
    assert f'href="#{name}"' in answer.text
    assert given(bureau) == []
    assert set(holders(bureau).values()) == {bureau.nadia.id}


def test_a_young_person_who_does_not_want_the_structure_is_never_proposed(bureau, chef, karim):
    caseload(bureau, 1, bureau.nadia)
    with bureau.maison.database.writing() as session:
        row = {"dossier_id": bureau.dossier.id, "structure_id": bureau.ici.id, "depuis": TODAY, "cree_le": NOW}
        session.add(Opposition(id=uuid4(), **row))
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    assert f"dossier_{bureau.dossier.code}" not in proposed(page)
    assert "Ce jeune ne veut pas de votre structure" in words(page)
    forced = chef.post(page_of(bureau.nadia), **filled(page, **{f"dossier_{bureau.dossier.code}": str(karim.id)}))
    assert (forced.status_code, given(bureau)) == (422, [])


def test_an_agent_who_is_away_without_a_cover_cannot_be_chosen_and_the_page_says_so(bureau, chef, karim):
    with bureau.maison.database.writing() as session:
        days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=2), "cree_le": NOW}
        session.add(Absence(id=uuid4(), agent_id=karim.id, **days))
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    assert f"{karim.nom_complet} ne peut pas être choisi aujourd’hui" in words(page)
    assert f'value="{karim.id}"' not in page
    assert proposed(page) == {}


def test_dossiers_of_nobody_and_of_a_closed_account_are_reached_from_continuite(bureau, chef, karim):
    orphans = caseload(bureau, 2, None)
    with bureau.maison.database.writing() as session:
        disable_agent(session, session.merge(bureau.nadia), acteur=bureau.acteur(bureau.coordinatrice), now=NOW)
    page = chef.get("/structure/continuite").text
    assert f'href="{SANS}"' in page
    assert f'href="{page_of(bureau.nadia)}"' in page
    assert f'href="{page_of(bureau.nadia)}"' in chef.get(LISTE).text
    form = chef.get(f"{SANS}?parmi={karim.id}").text
    assert chef.post(SANS, **filled(form)).status_code == 303
    form = chef.get(f"{page_of(bureau.nadia)}?parmi={bureau.omar.id}").text
    assert re.search(r'name="motif" value="depart_agent" checked', form)
    answer = chef.post(page_of(bureau.nadia), **filled(form))
    assert "sera sans référent, dans Continuité" in words(chef.get(answer.location).text)
    assert {code: holders(bureau)[code] for code in orphans} == dict.fromkeys(orphans, karim.id)
    chef.post(f"{answer.location}/reprendre")
    assert holders(bureau)[bureau.dossier.code] is None
    with bureau.maison.database.reading() as session:
        motifs = {row.motif for row in affectations_of(session, bureau.dossier.id)}
    assert motifs == {MotifAffectation.PREMIERE_AFFECTATION, MotifAffectation.DEPART_AGENT}


def test_a_double_tap_spreads_once_and_other_choices_are_said_not_to_be_kept(bureau, chef, karim):
    caseload(bureau, 1, bureau.nadia)
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}&parmi={bureau.omar.id}").text
    sent, token = filled(page), chef.jeton
    first = chef.post(page_of(bureau.nadia), **sent)
    chef.jeton = token
    again = chef.post(page_of(bureau.nadia), **sent)
    assert (again.status_code, again.location) == (303, first.location)
    other = sent | dict.fromkeys(proposed(page), str(karim.id))
    chef.jeton = token
    answer = chef.post(page_of(bureau.nadia), **other)
    assert answer.status_code == 409
    assert "déjà faite, autrement" in words(answer.text)
    assert len(given(bureau)) == 1


@pytest.mark.parametrize("given_back", [{"motif": ""}, {"motif": "retour"}, {"note": "x" * 4001}])
def test_what_is_not_said_or_is_too_long_comes_back_with_what_was_chosen(bureau, chef, karim, given_back):
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    answer = chef.post(page_of(bureau.nadia), **filled(page, **given_back))
    assert answer.status_code == 422
    assert proposed(answer.text) == proposed(page)
    assert given(bureau) == []


def test_nothing_chosen_is_refused_with_a_sentence(bureau, chef, karim):
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    answer = chef.post(page_of(bureau.nadia), **filled(page, **dict.fromkeys(proposed(page), "")))
    assert (answer.status_code, "Choisissez au moins un dossier" in answer.text) == (422, True)
    answer = chef.post(page_of(bureau.nadia), **filled(page, parmi=None, proposer="1"))
    assert (answer.status_code, "Choisissez au moins une personne." in answer.text) == (422, True)
    assert chef.post(page_of(bureau.nadia), **filled(page, depot="x")).status_code == 400


def test_a_draft_brings_back_who_was_chosen_and_what_was_typed(bureau, chef, karim):
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}&parmi={bureau.omar.id}").text
    (name,) = proposed(page)
    url, draft = page_of(bureau.nadia), hidden(page, "brouillon")
    typed = {"csrf_token": chef.jeton, "brouillon": draft, "brouillon-page": url}
    kept = filled(page, note=NOTE, **{name: str(bureau.omar.id)}) | typed
    sent = chef.client.post("/brouillons/en-cours", data=kept, headers={"Accept": "application/json"})
    assert sent.status_code == 200
    again = chef.get(f"{url}?brouillon={draft}").text
    assert NOTE in again
    assert proposed(again) == {name: str(bureau.omar.id)}


@pytest.mark.parametrize("who", ["nadia", "omar", "lea"])
def test_to_everybody_else_none_of_this_exists(bureau, chef, signed_in, karim, who):
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    made = chef.post(page_of(bureau.nadia), **filled(page)).location
    other = signed_in(who)
    for url in (LISTE, SANS, page_of(bureau.nadia), page_of(bureau.omar), made):
        assert other.get(url).status_code == 404
    assert other.post(f"{made}/reprendre").status_code == 404
    assert other.post(page_of(bureau.omar), **filled(page)).status_code == 404


def test_the_coordinateur_of_another_structure_sees_nothing_of_it(bureau, chef, ouvrir, karim, protege):
    with bureau.maison.database.writing() as session:
        elsewhere = make_agent(session, bureau.ailleurs, Role.COORDINATEUR, mot_de_passe=protege)
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    made = chef.post(page_of(bureau.nadia), **filled(page)).location
    other = ouvrir()
    other.sign_in(elsewhere)
    for url in (page_of(bureau.nadia), made, page_of(bureau.coordinatrice)):
        assert other.get(url).status_code == 404
    assert other.post(f"{made}/reprendre").status_code == 404
    assert karim.nom not in other.get(LISTE).text
    # a dossier of this structure, of somebody here, is theirs to name only if they coordinate it
    sent = {f"dossier_{bureau.dossier.code}": str(karim.id), "depot": str(uuid4()), "motif": "charge"}
    other.get(LISTE)
    assert other.post(SANS, parmi=str(karim.id), **sent).status_code == 422
    assert holders(bureau)[bureau.dossier.code] == karim.id


def test_after_a_day_it_is_too_late_and_the_page_says_nothing_of_it(bureau, chef, karim, clock):
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
    made = chef.post(page_of(bureau.nadia), **filled(page)).location
    clock.now += timedelta(hours=24)
    chef.sign_in(bureau.coordinatrice)
    said = words(chef.get(made).text)
    assert "Tout reprendre" not in said
    answer = chef.post(f"{made}/reprendre")
    assert (answer.status_code, answer.location) == (303, made)
    assert "Le délai pour tout reprendre est passé" in unescape(chef.get(made).text)
    assert holders(bureau)[bureau.dossier.code] == karim.id


def test_names_are_read_through_the_vault_and_the_journal_counts_them(bureau, chef, karim):
    with bureau.maison.database.writing() as session:
        told = {"informe_le": TODAY, "informe_forme": "orale", "contact": {}}
        common = {"acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        dossier = session.get(Dossier, bureau.dossier.id)
        register(
            session, bureau.maison.vault, dossier, identite={"prenom": "Ilyes", "nom": "Zitouni"}, **told, **common
        )
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}")
    assert "Ilyes" in words(page.text)
    assert "Zitouni" not in page.text.split("<main")[0]
    with bureau.maison.database.reading() as session:
        lines = select(EntreeJournal.nombre).where(EntreeJournal.action == Action.LISTE_CONSULTEE)
        assert session.scalars(lines).all() == [1]


def test_the_pages_cost_as_much_for_ten_dossiers_as_for_a_hundred_and_the_post_too(bureau, chef, karim):
    costs = []
    engines = bureau.maison.database.engines
    for many in (9, 90):
        caseload(bureau, many, bureau.nadia)
        url = f"{page_of(bureau.nadia)}?parmi={bureau.omar.id}&parmi={karim.id}"
        for read in (LISTE, page_of(bureau.nadia), url):
            with statements(engines.read, engines.keys) as sent:
                page = chef.get(read)
            assert page.status_code == 200
            costs.append(len(sent))
        with statements(engines.write, engines.keys) as sent:
            answer = chef.post(page_of(bureau.nadia), **filled(page.text, note=NOTE))
        costs.append(len(sent))
        assert answer.status_code == 303
        with statements(engines.read, engines.keys) as sent:
            assert chef.get(answer.location).status_code == 200
        costs.append(len(sent))
        with statements(engines.write, engines.keys) as sent:
            assert chef.post(f"{answer.location}/reprendre").status_code == 303
        costs.append(len(sent))
    reads = [costs[rank] for rank in (0, 1, 2, 4)]
    assert reads == [costs[rank] for rank in (6, 7, 8, 10)], costs
    assert max(reads) <= 13, costs
    # the second time, who left an équipe that very day goes back to the row that they had there
    assert max(costs) <= 42, costs


def test_a_caseload_larger_than_one_page_is_spread_in_two(bureau, chef, karim, monkeypatch):
    monkeypatch.setattr("app.referents.views_repartition.LOT_AU_PLUS", 3)
    caseload(bureau, 4, bureau.nadia)
    assert LOT_AU_PLUS == 300
    for left in (2, 0):
        page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}").text
        assert ("voici les 3 premiers" in words(page)) == (left > 0)
        assert chef.post(page_of(bureau.nadia), **filled(page)).status_code == 303
        assert list(holders(bureau).values()).count(bureau.nadia.id) == left
    assert "Rien à répartir." in words(chef.get(page_of(bureau.nadia)).text)
    with bureau.maison.database.reading() as session:
        assert len(session.scalars(select(LigneRepartition.dossier_id)).all()) == 5
        assert len(session.scalars(select(Affectation.id)).all()) == 10


def test_the_weight_is_what_is_shared(bureau, chef, karim):
    for intensite, many in ((Intensite.SOUTENU, 1), (Intensite.VEILLE, 4)):
        caseload(bureau, many, bureau.nadia, intensite=intensite)
    page = chef.get(f"{page_of(bureau.nadia)}?parmi={karim.id}&parmi={bureau.omar.id}").text
    # 1 + 1 and 4 × ¼ : two soutenus apart, then the watches two by two
    assert words(page).count("Charge pondérée 0 → aujourd’hui, puis 1,5") == 2
