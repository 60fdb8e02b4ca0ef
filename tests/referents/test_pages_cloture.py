"""Clore, rouvrir, changer de rythme, as a browser meets them."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.alertes.models import Alerte
from app.parcours.models import Dossier, Etape, Etat
from app.parcours.rules_etapes import Faits
from app.parcours.services_dossiers import set_intensite
from app.parcours.services_etapes import add_etape
from app.parcours.vocabulaire import GenreEtape, Intensite, MotifSortie, StatutEtape
from app.referents.queries import affectations_of
from app.referents.services_depart import disable_agent
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.referents.conftest import Equipe
from tests.referents.test_pages_relais import address, hidden, words


@pytest.fixture
def nadia(signed_in) -> Navigateur:
    return signed_in("nadia")


def add(bureau: Equipe, genre: GenreEtape, debut: date = date(2026, 2, 2)) -> UUID:
    etape_id = uuid4()
    with bureau.maison.database.writing() as session:
        add_etape(
            session,
            session.get(Dossier, bureau.dossier.id),
            faits=Faits(genre, StatutEtape.EN_COURS, debut),
            etape_id=etape_id,
            depot=uuid4(),
            acteur=bureau.acteur(bureau.nadia),
            now=NOW,
            today=TODAY,
        )
    return etape_id


def fetch(bureau: Equipe, query):
    with bureau.maison.database.reading() as session:
        return session.execute(query).all()


def dossier(bureau: Equipe) -> Dossier:
    with bureau.maison.database.reading() as session:
        return session.get(Dossier, bureau.dossier.id)


def answers(page: str) -> dict[str, str]:
    """What the form proposes: the chosen tiles, and nothing for the rest."""
    return dict(re.findall(r'type="radio"[^>]* name="([^"]+)" value="([^"]+)" checked', page))


def filled(page: str, **given: object) -> dict[str, object]:
    shown = answers(page) | {"version": hidden(page, "version"), "le": "17/03/2026", "motif": "emploi_durable"}
    return shown | given


def test_closing_asks_about_each_open_step_and_ends_everything_that_day(bureau, nadia):
    job, ours = add(bureau, GenreEtape.EMPLOI), add(bureau, GenreEtape.ACCOMPAGNEMENT_EDUCATIF)
    page = nadia.get(address(bureau, "cloture")).text
    # a job goes on without us, an accompaniment ends with us: the form says so before anybody thinks of it
    assert answers(page) == {f"etape_{job.hex}": "continue", f"etape_{ours.hex}": "terminee"}
    sent = filled(page, le="16/03/2026", **{f"issue_{ours.hex}": "objectif_atteint"})
    answer = nadia.post(address(bureau, "cloture"), **sent)
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{bureau.dossier.code}")
    assert (dossier(bureau).clos_le, dossier(bureau).motif_sortie) == (date(2026, 3, 16), MotifSortie.EMPLOI_DURABLE)
    steps = select(Etape.id, Etape.statut, Etape.fin, Etape.issue).order_by(Etape.genre)
    assert {tuple(row) for row in fetch(bureau, steps)} == {
        (job, "en_cours", None, None),
        (ours, "terminee", date(2026, 3, 16), "objectif_atteint"),
    }
    with bureau.maison.database.reading() as session:
        assert affectations_of(session, bureau.dossier.id)[0].fin is not None
        assert session.get(Etat, bureau.dossier.id).referent_id is None
        assert not session.scalars(select(Alerte).where(Alerte.fermee_le.is_(None))).all()
    # whoever followed may still read what was followed
    assert nadia.get(f"/dossiers/{bureau.dossier.code}").status_code == 200


def test_motives_are_grouped_and_all_there(bureau, nadia):
    page = nadia.get(address(bureau, "cloture")).text
    select_html = page.split('id="motif"')[1].split("</select>")[0]
    assert re.findall(r'<optgroup label="([^"]+)"', select_html) == ["Issue favorable", "Relais", "Autre"]
    assert set(re.findall(r'value="([a-z_0-9]+)"', select_html)) == {motif.value for motif in MotifSortie}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"motif": ""}, "Choisissez un motif."),
        ({"le": ""}, "Écrivez la date de clôture."),
        ({"le": "31/02/2026"}, "Cette date n’existe pas."),
        ({"le": "18/03/2026"}, "Ce jour n’est pas encore arrivé."),
        ({"le": "01/01/2026"}, "Le dossier a été ouvert après ce jour."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_lost(bureau, nadia, given, sentence):
    page = nadia.get(address(bureau, "cloture")).text
    answer = nadia.post(address(bureau, "cloture"), **filled(page, **given))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "<title>Erreur" in answer.text
    if "le" in given:
        assert given["le"] in answer.text
        assert 'value="emploi_durable" ' in answer.text or 'selected value="emploi_durable"' in answer.text
    assert dossier(bureau).clos_le is None


def test_a_step_begun_after_the_day_of_closing_cannot_end_on_it(bureau, nadia):
    step = add(bureau, GenreEtape.LOGEMENT, debut=date(2026, 3, 10))
    page = nadia.get(address(bureau, "cloture")).text
    answer = nadia.post(address(bureau, "cloture"), **filled(page, le="05/03/2026"))
    assert answer.status_code == 422
    assert "Une étape que vous terminez a commencé après ce jour." in answer.text
    sent = filled(page, le="05/03/2026", **{f"etape_{step.hex}": "continue"})
    assert nadia.post(address(bureau, "cloture"), **sent).status_code == 303


def test_a_step_opened_meanwhile_is_asked_about(bureau, nadia):
    page = nadia.get(address(bureau, "cloture")).text
    step = add(bureau, GenreEtape.FORMATION)
    answer = nadia.post(address(bureau, "cloture"), **filled(page))
    assert answer.status_code in (409, 422)
    assert f'name="etape_{step.hex}"' in answer.text
    assert dossier(bureau).clos_le is None


def test_a_dossier_edited_meanwhile_is_not_closed_blindly(bureau, nadia):
    page = nadia.get(address(bureau, "cloture")).text
    with bureau.maison.database.writing() as session:
        who = {"acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        current = session.get(Dossier, bureau.dossier.id)
        set_intensite(session, current, version=1, intensite=Intensite.SUIVI, **who)
    answer = nadia.post(address(bureau, "cloture"), **filled(page))
    assert answer.status_code == 409
    assert "Ce dossier a changé pendant que vous écriviez." in answer.text
    assert nadia.post(address(bureau, "cloture"), **filled(answer.text)).status_code == 303


def test_a_double_tap_closes_once(bureau, nadia):
    page = nadia.get(address(bureau, "cloture")).text
    token = nadia.jeton
    for _ in range(2):
        nadia.jeton = token
        answer = nadia.post(address(bureau, "cloture"), **filled(page))
        assert (answer.status_code, answer.location) == (303, f"/dossiers/{bureau.dossier.code}")
    assert dossier(bureau).version == 2


def closed(bureau: Equipe, nadia: Navigateur) -> None:
    page = nadia.get(address(bureau, "cloture")).text
    assert nadia.post(address(bureau, "cloture"), **filled(page)).status_code == 303


def test_a_closed_dossier_opens_again_with_the_referent_one_chooses(bureau, nadia):
    closed(bureau, nadia)
    page = nadia.get(address(bureau, "reouverture")).text
    assert "Emploi : CDI" in words(page)
    assert f'selected value="{bureau.nadia.id}"' in page
    sent = {"version": hidden(page, "version"), "referent": bureau.omar.id}
    answer = nadia.post(address(bureau, "reouverture"), **sent)
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{bureau.dossier.code}")
    assert dossier(bureau).clos_le is None
    with bureau.maison.database.reading() as session:
        assert session.get(Etat, bureau.dossier.id).referent_id == bureau.omar.id
    # sent twice: it is open, that is all
    assert nadia.post(address(bureau, "reouverture"), **sent).status_code == 303


@pytest.mark.parametrize(
    ("who", "sentence"),
    [("closed", "Le compte de cette personne est fermé."), ("x", "Choisissez un référent.")],
)
def test_who_can_no_longer_receive_a_dossier_that_opens_again_is_refused_in_kind_words(bureau, nadia, who, sentence):
    closed(bureau, nadia)
    page = nadia.get(address(bureau, "reouverture")).text
    if who == "closed":
        with bureau.maison.database.writing() as session:
            disable_agent(session, session.merge(bureau.omar), acteur=bureau.acteur(bureau.coordinatrice), now=NOW)
        who = bureau.omar.id
    answer = nadia.post(address(bureau, "reouverture"), version=hidden(page, "version"), referent=who)
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert dossier(bureau).clos_le is not None


def test_nobody_has_to_be_chosen_at_once(bureau, nadia, signed_in):
    closed(bureau, nadia)
    coordinatrice = signed_in("coordinatrice")
    page = coordinatrice.get(address(bureau, "reouverture")).text
    coordinatrice.post(address(bureau, "reouverture"), version=hidden(page, "version"), referent="")
    assert dossier(bureau).clos_le is None
    assert bureau.dossier.code in coordinatrice.get("/structure/continuite?voir=dossiers").text


def test_a_closed_dossier_is_neither_handed_over_nor_closed_again(bureau, nadia, signed_in):
    closed(bureau, nadia)
    coordinatrice = signed_in("coordinatrice")
    for act in ("referent", "cloture"):
        answer = coordinatrice.get(address(bureau, act))
        assert (answer.status_code, answer.location) == (303, f"/dossiers/{bureau.dossier.code}")


def test_an_open_dossier_is_not_opened_again(bureau, signed_in):
    assert signed_in("coordinatrice").get(address(bureau, "reouverture")).status_code == 303


def test_the_rhythm_says_what_it_means_and_is_the_referents(bureau, nadia, signed_in):
    page = nadia.get(address(bureau, "intensite")).text
    said = words(page)
    for days in (30, 60, 120):
        assert f"Un échange attendu tous les {days} jours" in said
    sent = {"version": hidden(page, "version"), "intensite": "veille"}
    assert nadia.post(address(bureau, "intensite"), **sent).status_code == 303
    assert (dossier(bureau).intensite, dossier(bureau).intensite_depuis) == (Intensite.VEILLE, TODAY)
    assert signed_in("coordinatrice").get(address(bureau, "intensite")).status_code == 404
    # read at version 1, the dossier is at 2
    stale = nadia.post(address(bureau, "intensite"), **sent | {"intensite": "suivi"})
    assert stale.status_code == 409
    assert "Ce qui est enregistré : veille." in words(stale.text).replace("\xa0", " ")


def test_a_minor_who_dropped_out_is_never_merely_watched(bureau, signed_in, ouvrir):
    with bureau.maison.database.writing() as session:
        minor = make_dossier(session, bureau.maison, bureau.ici, referent=bureau.nadia, annee_naissance=2010)
    bureau.dossier = minor
    add(bureau, GenreEtape.DECROCHAGE)
    nadia = signed_in("nadia")
    page = nadia.get(address(bureau, "intensite")).text
    answer = nadia.post(address(bureau, "intensite"), version=hidden(page, "version"), intensite="veille")
    assert answer.status_code == 422
    assert "la veille n’est pas possible" in answer.text
    assert dossier(bureau).intensite is Intensite.SOUTENU
