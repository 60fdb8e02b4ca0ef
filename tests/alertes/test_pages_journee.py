"""Promise: the morning page says who and why, lets one act at once, and keeps to its number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.accounts import brouillons
from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import GenreStructure, Role
from app.alertes.models import Alerte, EvenementAlerte, Reglage
from app.alertes.queries_lignes import Dite
from app.alertes.rules_structure import masked
from app.alertes.rules_suites import suite
from app.alertes.views_lignes import phrase
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes.models import Identite
from app.parcours.models import Dossier
from app.parcours.vocabulaire import Canal, Situation
from app.vault.places import Place
from tests.accounts.conftest import Navigateur
from tests.alertes.monde import JOUR, MAINTENANT, jours
from tests.alertes.test_pages import counted, words
from tests.alertes.ville import Ville

pytestmark = pytest.mark.usefixtures("house")
MUET = {"dernier_contact": JOUR - jours(31), "situation": Situation.DECROCHAGE, "annee_naissance": 2000}
CLE = "0f" * 16
TELEPHONE = "+33639981234"


@pytest.fixture
def referent(compte: Callable[..., Agent]) -> Agent:
    return compte(Role.REFERENT)


def shown(page: str) -> list[str]:
    return re.findall(r'class="jeune-nom"><a href="[^"]+">([^ <]+)', page)


def give_phone(ville: Ville, code: str) -> None:
    with ville.house.database.reading() as session:
        number, uid = session.execute(select(Dossier.id, Dossier.uid).where(Dossier.code == code)).one()
    sealed = ville.house.vault.keys([uid]).seal(uid, {"telephone": TELEPHONE}, place=Place.CONTACT, row=uid)
    with ville.writing() as monde:
        monde.session.execute(update(Identite.__table__).where(Identite.dossier_id == number).values(contact=sealed))


def alert_of(ville: Ville, code: str) -> int:
    with ville.house.database.reading() as session:
        return session.scalar(
            select(Alerte.id)
            .join(Dossier, Dossier.id == Alerte.dossier_id)
            .where(Dossier.code == code, Alerte.regle == Regle.SILENCE)
        )


def test_the_day_opens_on_who_comes_first(ville: Ville, referent: Agent, navigateur: Navigateur, house: Any) -> None:
    code = ville.jeune("Yanis", agent=referent, **MUET)
    give_phone(ville, code)
    ville.jeune("Calme", agent=referent, annee_naissance=2000)
    ville.scan()
    navigateur.sign_in(referent)
    assert navigateur.get("/").location == "/ma-journee"
    page = navigateur.get("/ma-journee").text
    assert shown(page) == ["Yanis"]
    text = words(page)
    assert "Mardi 17 mars" in text
    assert "1 jeune attend. Pourquoi cet ordre ?" in text
    assert "Aucun échange depuis 31 jours attendu : un échange tous les 14 jours" in text
    assert f'href="tel:{TELEPHONE}"' in page
    for path in ("suivis/nouveau", "contacts-prevus", f"alertes/{alert_of(ville, code)}/report"):
        assert f"/dossiers/{code}/{path}" in page
    with house.database.reading() as session:
        lines = session.execute(
            select(EntreeJournal.action, EntreeJournal.nombre, EntreeJournal.dossier).order_by(EntreeJournal.id)
        ).all()[-2:]
    assert [(line.action, line.nombre, bool(line.dossier)) for line in lines] == [
        (Action.ALERTE_CONSULTEE, 1, False),
        (Action.NUMERO_REVELE, None, True),
    ]


def test_it_shows_seven_or_as_many_as_the_structure_says_and_how_many_more(
    ville: Ville, referent: Agent, navigateur: Navigateur, house: Any
) -> None:
    for number in range(9):
        ville.jeune(f"J{number}", agent=referent, **MUET)
    ville.scan()
    navigateur.sign_in(referent)
    page = navigateur.get("/ma-journee").text
    assert len(shown(page)) == 7
    assert "Et 2 autres" in words(page)
    assert '<span class="pastille-nombre">9</span>' in page
    with house.database.writing() as session:
        session.execute(insert(Reglage.__table__).values(structure_id=referent.structure_id, aujourdhui=3, version=1))
    assert len(shown(navigateur.get("/ma-journee").text)) == 3


def test_an_empty_morning_is_a_good_moment(referent: Agent, navigateur: Navigateur) -> None:
    navigateur.sign_in(referent)
    assert "Rien ne presse ce matin" in words(navigateur.get("/ma-journee").text)


def test_the_appointments_of_the_day_then_those_that_passed_and_what_was_being_written(
    ville: Ville, referent: Agent, navigateur: Navigateur, house: Any
) -> None:
    tot, prochain, hier = (ville.jeune(prenom, agent=referent) for prenom in ("Tot", "Prochain", "Hier"))
    with ville.writing() as monde:
        monde.prevu(ville.id_of(tot), JOUR, heure=time(9), agent_id=referent.id)
        monde.prevu(ville.id_of(prochain), JOUR, heure=time(14, 30), agent_id=referent.id, canal=Canal.ENTRETIEN)
        monde.prevu(ville.id_of(hier), JOUR - jours(1), agent_id=referent.id)
    navigateur.sign_in(referent)
    with house.database.writing() as session:
        brouillons.save(
            session, house.vault, agent_id=referent.id, chemin="/dossiers/nouveau", saisie=[("note", "vu")],
            now=house.clock(),
        )  # fmt: skip
    page = navigateur.get("/ma-journee").text
    text = words(page)
    assert "1 saisie à reprendre" in text
    met = re.findall(r'rencontre-nom"><a href="/dossiers/([^"]+)"', page)
    assert met == [tot, prochain, hier]
    assert re.findall(r'<li class="rencontre ([^"]+)"', page) == [
        "rencontre-passee",
        "rencontre-prochaine",
        "rencontre-passee",
    ]
    assert "14 h 30 , le prochain" in text
    assert "1 rendez-vous passé à mettre à jour" in text
    assert f"/noter?jeune={prochain}&amp;canal=entretien" in page
    assert "Rien d’autre ne presse" in text


def test_the_former_address_still_leads_there(referent: Agent, navigateur: Navigateur) -> None:
    navigateur.sign_in(referent)
    assert navigateur.get("/aujourdhui").location == "/ma-journee"


def test_statements_do_not_grow_with_the_day(ville: Ville, referent: Agent, navigateur: Navigateur, house: Any) -> None:
    navigateur.sign_in(referent)
    counts = []
    for size in (1, 6):
        for number in range(size):
            code = ville.jeune(f"J{number}", agent=referent, **MUET)
            give_phone(ville, code)
            with ville.writing() as monde:
                monde.prevu(ville.id_of(code), JOUR, agent_id=referent.id)
        ville.scan()
        with counted(house) as sent:
            page = navigateur.get("/ma-journee").text
        counts.append(len([one for one in sent if one != "BEGIN"]))
    assert len(shown(page)) == 7
    assert counts[0] == counts[1] <= 9


def test_a_list_opens_no_contact(ville: Ville, referent: Agent, navigateur: Navigateur) -> None:
    give_phone(ville, ville.jeune("Yanis", agent=referent, **MUET))
    ville.scan()
    navigateur.sign_in(referent)
    for path in ("/mes-jeunes", "/alertes"):
        assert TELEPHONE not in navigateur.get(path).text


def test_putting_off_leads_back_hides_and_is_undone(ville: Ville, referent: Agent, navigateur: Navigateur) -> None:
    code = ville.jeune("Yanis", agent=referent, **MUET)
    ville.scan()
    report = f"/dossiers/{code}/alertes/{alert_of(ville, code)}/report"
    navigateur.sign_in(referent)
    opened = navigateur.get(f"{report}?retour=/ma-journee").text
    assert "Au plus tard le 7 avril" in words(opened)
    assert 'value="24/03/2026"' in opened
    bad = navigateur.post(report, motif="rdv_fixe", jusqu_au="17/03/2026")
    assert bad.status_code == 422
    assert "Choisissez un jour à venir" in words(bad.text)
    assert 'value="17/03/2026"' in bad.text
    done = navigateur.post(report, motif="rdv_fixe", jusqu_au="20/03/2026", retour="/ma-journee")
    assert (done.status_code, done.location) == (303, "/ma-journee")
    page = navigateur.get("/ma-journee").text
    assert shown(page) == []
    assert "elle reviendra le 20 mars" in words(page)
    assert shown(navigateur.get("/alertes?vue=reportees").text) == ["Yanis"]
    assert "Reportée jusqu’au 20 mars" in words(navigateur.get(f"/dossiers/{code}").text)
    assert navigateur.post(f"{report}/lever", retour="/ma-journee").status_code == 303
    assert shown(navigateur.get("/ma-journee").text) == ["Yanis"]


def test_a_second_report_says_whom_to_ask(
    ville: Ville, referent: Agent, compte: Callable[..., Agent], navigateur: Navigateur
) -> None:
    chef = compte(Role.COORDINATEUR)
    code = ville.jeune("Yanis", agent=referent, structure_id=chef.structure_id, **MUET)
    ville.scan()
    alerte = alert_of(ville, code)
    with ville.writing() as monde:
        said = {
            "motif": "rdv_fixe",
            "jusqu_au": JOUR,
            "agent_id": referent.id,
            "quand": MAINTENANT + timedelta(hours=1),
        }
        monde.session.execute(
            insert(EvenementAlerte.__table__).values(alerte_id=alerte, genre=GenreEvenement.REPORTEE, **said)
        )
    navigateur.sign_in(referent)
    report = f"/dossiers/{code}/alertes/{alerte}/report"
    assert f"Parlez-en à {chef.prenom} {chef.nom}" in words(navigateur.get(report).text)
    refused = navigateur.post(report, motif="rdv_fixe", jusqu_au="20/03/2026")
    assert refused.status_code == 422
    assert "déjà été reportée une fois" in words(refused.text)


def test_the_history_says_what_happened_and_the_judgement_is_taken_back(
    ville: Ville, referent: Agent, navigateur: Navigateur
) -> None:
    code = ville.jeune("Yanis", agent=referent, **MUET)
    ville.scan()
    alerte = alert_of(ville, code)
    navigateur.sign_in(referent)
    navigateur.get(f"/dossiers/{code}")
    assert navigateur.post(f"/dossiers/{code}/alertes/{alerte}/inutile").status_code == 303
    page = navigateur.get(f"/dossiers/{code}/alertes").text
    text = words(page)
    assert f"Ouverte, pour {referent.prenom} {referent.nom}" in text
    assert "Jugée inutile" in text
    assert 'href="/alertes/regles#silence"' in page
    assert navigateur.post(f"/dossiers/{code}/alertes/{alerte}/utile").status_code == 303
    assert "Jugement retiré" in words(navigateur.get(f"/dossiers/{code}/alertes").text)


def test_a_coordinateur_reads_what_was_brought_to_them(
    ville: Ville, referent: Agent, compte: Callable[..., Agent], navigateur: Navigateur
) -> None:
    chef = compte(Role.COORDINATEUR)
    code = ville.jeune("Yanis", agent=referent, structure_id=chef.structure_id, **MUET)
    ville.scan()
    with ville.writing() as monde:
        monde.session.execute(update(Alerte.__table__).values(escaladee_le=MAINTENANT))
    navigateur.sign_in(chef)
    page = navigateur.get("/alertes?vue=portees").text
    assert shown(page) == ["Yanis"]
    assert f"/dossiers/{code}/suivis/nouveau" not in page
    assert "Portées à votre attention" in words(page)
    assert '<span class="pastille-nombre">1</span>' in page
    assert shown(navigateur.get("/ma-journee").text) == ["Yanis"]


def test_an_alert_that_a_job_closes_while_its_page_is_drawn_is_said_closed(
    ville: Ville, referent: Agent, navigateur: Navigateur, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = ville.jeune("Yanis", agent=referent, **MUET)
    ville.scan()
    monkeypatch.setattr("app.alertes.views_reports.alerts_of", lambda session, dossier_id: [])
    navigateur.sign_in(referent)
    answer = navigateur.get(f"/dossiers/{code}/alertes/{alert_of(ville, code)}/report")
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{code}")


def test_a_responsable_reads_counts_and_no_small_one(
    ville: Ville, referent: Agent, compte: Callable[..., Agent], navigateur: Navigateur
) -> None:
    chef = compte(Role.RESPONSABLE)
    codes = [
        ville.jeune(f"Nom{number}", agent=referent, structure_id=chef.structure_id, **MUET) for number in range(13)
    ]
    ville.scan()
    with ville.writing() as monde:
        monde.session.execute(
            update(Alerte.__table__).where(Alerte.id == alert_of(ville, codes[0])).values(escaladee_le=MAINTENANT)
        )
    navigateur.sign_in(chef)
    page = navigateur.get("/structure/attente").text
    assert "Silence 15 < 11" in words(page).replace("&lt;", "<")
    assert not any(code in page for code in codes)
    assert "Nom1" not in page
    assert navigateur.get("/ma-journee").status_code == 404


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "<\u00a011"), (1, "<\u00a011"), (10, "<\u00a011"), (11, "15"), (17, "15"), (18, "20"), (42, "40")],
)
def test_small_counts_are_masked_and_others_rounded(count: int, said: str) -> None:
    assert masked(count, jeunes=count) == said


def test_many_alerts_of_a_few_people_are_a_small_count(
    ville: Ville, referent: Agent, compte: Callable[..., Agent], navigateur: Navigateur
) -> None:
    chef = compte(Role.RESPONSABLE)
    code = ville.jeune("Yanis", agent=referent, structure_id=chef.structure_id)
    with ville.writing() as monde:
        (dossier,) = monde.session.scalars(select(Dossier.id).where(Dossier.code == code))
        said = {"depuis": JOUR, "due": JOUR, "gravite": 3, "faits": {}, "ouverte_le": MAINTENANT, "reprises": 0}
        rows = [{"dossier_id": dossier, "cle": str(n), "regle": Regle.ETAPE_EN_RETARD} | said for n in range(20)]
        monde.session.execute(insert(Alerte.__table__), rows)
    navigateur.sign_in(chef)
    assert "Étape en retard < 11 < 11" in words(navigateur.get("/structure/attente").text).replace("&lt;", "<")


# every rule, with facts as the engine writes them: what is read by somebody in a mission locale, by somebody elsewhere
FAITS: dict[Regle, str] = {
    Regle.SILENCE: '{"jours": 14, "situation": "decrochage", "intensite": "soutenu", "depart": "contact"}',
    Regle.INJOIGNABLE: '{"tentatives": 2, "faites": 1, "sur": 5}',
    Regle.ETAPE_EN_RETARD: '{"attendu": "debut", "genre": "stage"}',
    Regle.ETAPE_QUI_FINIT: '{"genre": "formation", "fin": "2026-04-03"}',
    Regle.RENTREE: '{"genre": "scolarite", "fin": "2026-07-04"}',
    Regle.RUPTURE_SANS_SUITE: '{"genre": "alternance", "statut": "interrompue_structure"}',
    Regle.DECROCHAGE_QUI_DURE: '{"jours": 60, "age": "moins_16"}',
    Regle.OBLIGATION_FORMATION: '{"etape": "convocation", "situation": "decrochage", "jalon": "2026-02-03"}',
    Regle.TRANSMISSION_DEPARTEMENT: '{"convocation": "2026-01-05"}',
    Regle.RACCROCHAGE_FRAGILE: '{"retour": "2026-02-03", "combien": 2}',
    Regle.RACCROCHAGE_A_VERIFIER: '{"retour": "2025-09-03", "mois": 6}',
    Regle.SANS_REFERENT: '{"motif": "affectation_terminee"}',
    Regle.RENDEZ_VOUS_SANS_SUITE: "{}",
    Regle.SITUATION_A_CONFIRMER: '{"situation": "emploi", "jours": 180}',
    Regle.AGE: '{"age": 18}',
    Regle.CHANTIER_PLAFOND: '{"heures": 710}',
    Regle.CHANTIER_MINEUR: '{"age": "14_15", "manque": "accord,inspection", "debut": "2026-04-20"}',
    Regle.ENTREE_IMMOBILE: '{"jours": 30}',
    Regle.PARCOURS_IMMOBILE: '{"mois": 12}',
    Regle.APRES_SORTIE: '{"mois": 3, "motif": "alternance"}',
    Regle.INFORMER_JEUNE: "{}",
}
MISSION_LOCALE = {Regle.OBLIGATION_FORMATION, Regle.TRANSMISSION_DEPARTEMENT}


def said(app: Any, regle: Regle, ml: bool, faits: str = "") -> Any:
    dite = Dite(regle.value, CLE, JOUR - jours(40), JOUR - jours(10), 2, faits or FAITS[regle], 7)
    with app.app_context():
        return phrase(dite, JOUR, ml)


@pytest.mark.parametrize("ml", [True, False])
@pytest.mark.parametrize("regle", list(Regle))
def test_every_rule_says_what_was_expected_and_what_to_do(app: Any, regle: Regle, ml: bool) -> None:
    one = said(app, regle, ml)
    sentences = (one.titre, one.attendu, one.acte)
    assert all(len(sentence) > 8 and "None" not in sentence and "  " not in sentence for sentence in sentences)
    assert one.titre[0].isupper() or one.titre[0].isdigit() or one.titre[0] == "«"
    assert one.suite.startswith(("/", "#"))
    transmission = "transmission au département" in " ".join(sentences).lower()
    assert transmission == (ml and regle is Regle.TRANSMISSION_DEPARTEMENT)
    assert ("Prendre contact avec la mission locale" in one.acte) == (not ml and regle in MISSION_LOCALE)


@pytest.mark.parametrize("age", [16, 18, 21, 25, 26])
def test_every_age_says_what_changes(app: Any, age: int) -> None:
    one = said(app, Regle.AGE, False, f'{{"age": {age}}}')
    assert one.titre == f"Le cap des {age} ans"
    assert len(one.attendu) > 20


def test_the_words_do_not_stick_from_one_reader_to_the_next(app: Any) -> None:
    first, other, again = (said(app, Regle.TRANSMISSION_DEPARTEMENT, ml) for ml in (True, False, True))
    assert first == again != other


def test_an_alert_of_the_past_does_not_go_on_ageing(ville: Ville, referent: Agent, navigateur: Navigateur) -> None:
    code = ville.jeune("Yanis", agent=referent)
    with ville.writing() as monde:
        lived = {"ouverte_le": MAINTENANT - jours(100), "fermee_le": MAINTENANT - jours(80), "reprises": 0}
        said = {"depuis": JOUR - jours(100), "due": JOUR - jours(100), "gravite": 3, "faits": {"jours": 30}}
        monde.session.execute(
            insert(Alerte.__table__).values(
                dossier_id=ville.id_of(code), regle=Regle.ENTREE_IMMOBILE, cle="2025-12-07", **lived, **said
            )
        )
    navigateur.sign_in(referent)
    page = words(navigateur.get(f"/dossiers/{code}/alertes").text)
    assert "Ouvert il y a 20 jours, sans première étape" in page


def test_what_is_unknown_cannot_be_confirmed() -> None:
    asked = suite(Regle.SITUATION_A_CONFIRMER, "", 7, {"situation": "inconnue"}, mission_locale=False)
    assert asked == "/etapes/nouvelle"
    assert suite(Regle.SITUATION_A_CONFIRMER, "", 7, {"situation": "emploi"}, mission_locale=False) == "#alerte-7"


def test_who_works_elsewhere_is_not_told_of_the_duty_to_transmit(
    ville: Ville, referent: Agent, navigateur: Navigateur
) -> None:
    code = ville.jeune("Yanis", agent=referent)
    with ville.writing() as monde:
        given = {"cle": "2026-01-05", "depuis": JOUR - jours(70), "due": JOUR - jours(10), "gravite": 1, "reprises": 0}
        monde.session.execute(
            insert(Alerte.__table__).values(
                dossier_id=ville.id_of(code), regle=Regle.TRANSMISSION_DEPARTEMENT, ouverte_le=MAINTENANT,
                faits={"convocation": "2026-01-05"}, **given,
            )
        )  # fmt: skip
    navigateur.sign_in(referent)

    def read(genre: GenreStructure) -> str:
        with ville.writing() as monde:
            monde.session.execute(
                update(Structure.__table__).where(Structure.id == referent.structure_id).values(genre=genre)
            )
        return "".join(words(navigateur.get(url).text) for url in ("/ma-journee", f"/dossiers/{code}", "/alertes"))

    assert read(GenreStructure.MISSION_LOCALE).count("Noter la transmission au département") == 3
    elsewhere = read(GenreStructure.PREVENTION_SPECIALISEE)
    assert "ransmission au département" not in elsewhere
    assert elsewhere.count("Prendre contact avec la mission locale") == 3
