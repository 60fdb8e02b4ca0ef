"""La revue de portefeuille, as a browser meets it."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from app.parcours.models import Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.services_etapes import add_etape
from app.parcours.vocabulaire import GenreEtape, Intensite, StatutEtape
from app.referents import services
from app.referents.queries import open_affectation
from app.referents.vocabulaire import MotifAffectation
from tests.accounts.conftest import Navigateur
from tests.factories import TODAY, make_dossier
from tests.referents.conftest import Equipe, statements
from tests.referents.test_pages_relais import words


@pytest.fixture
def files(bureau: Equipe) -> list[str]:
    """The codes of nadia's four files."""
    with bureau.maison.database.writing() as session:
        more = [make_dossier(session, bureau.maison, bureau.ici, referent=bureau.nadia).code for _ in range(3)]
    return [bureau.dossier.code, *more]


@pytest.fixture
def nadia(signed_in, files) -> Navigateur:
    return signed_in("nadia")


def code_of(page: str) -> str:
    return re.search(r'name="code" value="([^"]+)"', page)[1]


def begin(nadia: Navigateur) -> str:
    nadia.get("/revue")
    answer = nadia.post("/revue", acte="commencer")
    assert (answer.status_code, answer.location) == (303, "/revue/dossier")
    return nadia.get("/revue/dossier").text


def test_the_files_come_one_by_one_and_the_run_ends_with_the_last(nadia, files):
    said = words(nadia.get("/revue").text)
    assert "4 dossiers à passer en revue" in said
    assert "ce n’est jamais une mesure de votre travail" in said
    page, seen = begin(nadia), []
    for rank in range(1, 5):
        assert f"Dossier {rank} / 4" in words(page)
        seen.append(code_of(page))
        answer = nadia.post("/revue/dossier", code=seen[-1], acte="confirmer")
        assert answer.status_code == 303
        page = nadia.get(answer.location).text
    assert sorted(seen) == sorted(files)
    assert "La revue est terminée" in page
    assert "Votre dernière revue s’est terminée le 17 mars 2026" in words(page)


def test_the_run_is_resumed_where_it_was_left(nadia, files, clock):
    first = code_of(begin(nadia))
    nadia.post("/revue/dossier", code=first, acte="confirmer")
    second = code_of(nadia.get("/revue/dossier").text)
    clock.now += timedelta(minutes=20)
    said = words(nadia.get("/revue").text)
    assert "1 dossier vu sur 4" in said
    assert "Reprendre" in said
    assert code_of(nadia.get("/revue/dossier").text) == second
    # starting again while one is under way resumes it
    nadia.post("/revue", acte="commencer")
    assert code_of(nadia.get("/revue/dossier").text) == second


def test_one_may_go_forward_and_back_without_deciding(nadia, files):
    page = begin(nadia)
    assert "Dossier précédent" not in page
    forward = re.search(r'rel="next" href="([^"]+)"', page)[1]
    page = nadia.get(forward).text
    assert "Dossier 2 / 4" in words(page)
    back = re.search(r'rel="prev" href="([^"]+)"', page)[1]
    assert "Dossier 1 / 4" in words(nadia.get(back).text)
    assert nadia.get("/revue/dossier?rang=99").location == "/revue"


@pytest.mark.parametrize(
    ("acte", "path"),
    [
        ("planifier", "/dossiers/{}/contacts-prevus?suite=revue"),
        ("relancer", "/dossiers/{}/suivis?canal=telephone&suite=revue"),
        ("passer_le_relais", "/dossiers/{}/referent?suite=revue"),
    ],
)
def test_an_act_that_needs_a_form_opens_it_and_the_next_file_comes_after(nadia, files, acte, path):
    code = code_of(begin(nadia))
    answer = nadia.post("/revue/dossier", code=code, acte=acte)
    assert answer.status_code == 303
    asked = answer.location.replace("/suivis/nouveau?", "/suivis?")
    assert sorted(re.split("[?&]", asked)) == sorted(re.split("[?&]", path.format(code)))
    assert nadia.get(answer.location).status_code == 200
    assert code_of(nadia.get("/revue/dossier").text) != code


def test_passing_to_a_watch_is_done_at_once_and_dated(nadia, files, bureau):
    code = code_of(begin(nadia))
    assert nadia.post("/revue/dossier", code=code, acte="passer_en_veille").status_code == 303
    with bureau.maison.database.reading() as session:
        assert session.query(Dossier).filter_by(code=code).one().intensite is Intensite.VEILLE


def test_a_watch_that_is_not_possible_is_refused_in_words_and_the_file_stays(bureau, signed_in):
    with bureau.maison.database.writing() as session:
        who = {"acteur": bureau.acteur(bureau.nadia), "now": bureau.maison.clock(), "today": bureau.dossier.ouvert_le}
        dossier = session.get(Dossier, bureau.dossier.id)
        dossier.annee_naissance = 2011
        session.flush()
        faits = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, dossier.ouvert_le)
        add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **who)
    nadia = signed_in("nadia")
    code = code_of(begin(nadia))
    answer = nadia.post("/revue/dossier", code=code, acte="passer_en_veille")
    assert answer.status_code == 422
    assert "la veille n’est pas possible" in words(answer.text)
    assert code_of(nadia.get("/revue/dossier").text) == code


def test_a_file_handed_over_meanwhile_is_passed_without_a_word_of_it(bureau, nadia, files):
    code = code_of(begin(nadia))
    with bureau.maison.database.writing() as session:
        dossier = session.query(Dossier).filter_by(code=code).one()
        services.hand_over(
            session,
            dossier,
            to=session.merge(bureau.omar),
            par=bureau.nadia,
            acteur=bureau.acteur(bureau.nadia),
            motif=MotifAffectation.CHARGE,
            note=None,
            affectation_id=uuid4(),
            remplace=open_affectation(session, dossier.id).id,
            now=bureau.maison.clock(),
            today=TODAY,
        )
    answer = nadia.post("/revue/dossier", code=code, acte="confirmer")
    assert (answer.status_code, answer.location) == (303, "/revue/dossier")
    assert code_of(nadia.get("/revue/dossier").text) != code


def test_since_the_last_review_only_what_is_new_is_told(bureau, nadia, files, clock):
    begin(nadia)
    for code in files:
        nadia.post("/revue/dossier", code=code, acte="confirmer")
    clock.now += timedelta(minutes=5)
    with bureau.maison.database.writing() as session:
        dossier = session.query(Dossier).filter_by(code=files[1]).one()
        faits = Faits(GenreEtape.STAGE, StatutEtape.EN_COURS, dossier.ouvert_le)
        who = {"acteur": bureau.acteur(bureau.nadia), "now": clock.now, "today": dossier.ouvert_le}
        add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **who)
    page = begin(nadia)
    told = {}
    for rang in range(1, 5):
        page = nadia.get(f"/revue/dossier?rang={rang}").text
        told[code_of(page)] = words(page)
        assert "Depuis votre dernière revue, le 17 mars 2026" in words(page)
    assert "Stage, immersion en entreprise : début" in told[files[1]]
    assert "Rien de nouveau." in told[files[0]]


def test_a_run_is_its_authors_and_is_stopped_by_them_alone(nadia, files, signed_in):
    begin(nadia)
    omar = signed_in("omar")
    assert omar.get("/revue/dossier").location == "/revue"
    assert "Rien à passer en revue." in words(omar.get("/revue").text)
    assert omar.post("/revue", acte="commencer").location == "/revue"
    assert omar.post("/revue/dossier", code=files[0], acte="confirmer").status_code == 303
    omar.post("/revue", acte="arreter")
    assert "Reprendre" in words(nadia.get("/revue").text)
    nadia.post("/revue", acte="arreter")
    assert "Commencer la revue" in words(nadia.get("/revue").text)


def test_an_act_that_does_not_exist_is_a_bad_request(nadia, files):
    assert nadia.post("/revue/dossier", code=code_of(begin(nadia)), acte="licencier").status_code == 400


def test_a_page_of_the_review_costs_the_same_whatever_the_number_of_files(bureau, nadia, files):
    costs, engines = [], bureau.maison.database.engines
    for many in (6, 90):
        with bureau.maison.database.writing() as session:
            for _ in range(many):
                make_dossier(session, bureau.maison, bureau.ici, referent=bureau.nadia)
        nadia.get("/revue")
        nadia.post("/revue", acte="arreter")
        begin(nadia)
        with statements(engines.read, engines.keys) as sent:
            page = nadia.get("/revue/dossier").text
        costs.append(len(sent))
    assert "Dossier 1 / 100" in words(page)
    assert costs[0] == costs[1], sent
