"""The page of a dossier: who, why now, what to do; to each their own; the same cost whatever the journal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import event, select, update

from app.accounts.models import Agent
from app.alertes.services import scan
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes.queries_dossier import head_of
from app.parcours import services_dossiers, services_etapes, services_objectifs, services_suivis
from app.parcours.models import Dossier, Suivi
from app.parcours.queries_journal import PAGE
from app.parcours.rules_etapes import Faits
from app.parcours.services_objectifs import Dit, PasDit
from app.parcours.vocabulaire import (
    Canal,
    Contrat,
    GenreEtape,
    Intensite,
    IssueEtape,
    MotifSortie,
    Resultat,
    StatutEtape,
    Theme,
    Visibilite,
)
from app.parcours.vocabulaire_actes import PartageNote
from app.referents import services as referents
from app.referents.vocabulaire import MotifAffectation
from app.vault.places import Place
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY
from tests.jeunes.conftest import Ville, common

JOUR = timedelta(days=1)


def words(page: str) -> str:
    """What is read: no tag, no script, one space."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split()).replace(" ,", ",")


def known(ville: Ville, **values) -> str:
    """A dossier of `referent`, with `collegue` in the équipe."""
    given = {"note": "", "referent": ville.referent} | values
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent, **given)
        referents.join_team(session, dossier, agent=ville.collegue, **common(ville.referent))
    return dossier.code


@contextmanager
def writing(ville: Ville, code: str) -> Iterator[tuple]:
    with ville.maison.database.writing() as session:
        yield session, session.scalars(select(Dossier).where(Dossier.code == code)).one()


def log(ville: Ville, code: str, agent: Agent, *, mots: str = "", **values) -> Suivi:
    given = {"jour": TODAY, "canal": Canal.ENTRETIEN, "resultat": Resultat.ECHANGE_FAIT} | values
    with writing(ville, code) as (session, dossier):
        row = uuid4()
        keys = ville.maison.vault.keys([dossier.uid])
        note = keys.seal(dossier.uid, {"texte": mots}, place=Place.NOTE, row=row) if mots else None
        who = {"agent": agent, "suivi_id": row, "depot": uuid4(), "note": note}
        return services_suivis.log_suivi(session, dossier, **(who | common(agent) | given))


def add(ville: Ville, code: str, faits: Faits) -> None:
    with writing(ville, code) as (session, dossier):
        # of age: what a minor's chantier asks for is held elsewhere
        ids = {"etape_id": uuid4(), "depot": uuid4(), "naissance": date(2000, 1, 1)}
        services_etapes.add_etape(session, dossier, faits=faits, **ids, **common(ville.referent))


def close(ville: Ville, code: str) -> None:
    with writing(ville, code) as (session, dossier):
        closing = {"version": dossier.version, "le": TODAY, "motif": MotifSortie.DEMENAGEMENT, "etapes": {}}
        referents.close(session, dossier, **closing, **common(ville.referent))


# Who, why now, what to do


def test_the_head_says_who_where_and_how_closely(petite_ville: Ville, entrer):
    code = known(petite_ville)
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}").text
    said = words(page)
    assert re.search(r"<h1>Zéphyrin Quatrevaux</h1>", page)
    for fact in (
        "16 ans",
        code,
        petite_ville.territoire.nom,
        petite_ville.structure.nom,
        f"référent : {petite_ville.referent.nom_complet}",
        "intensité : soutenu",
        "Situation inconnue",
    ):
        assert fact in said


def test_no_name_goes_to_the_history_of_the_browser(petite_ville: Ville, entrer):
    code = known(petite_ville)
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}").text
    title = re.search(r"<title>(.*?)</title>", page)[1]
    assert code in title
    assert "Quatrevaux" not in title
    assert "phyrin" not in title


def test_an_age_known_by_its_year_is_said_so(petite_ville: Ville, entrer):
    code = known(petite_ville, identite={"pseudonyme": "Zizou"}, contact={}, annee_naissance=2009)
    assert "environ 17 ans" in words(entrer(petite_ville.referent).get(f"/dossiers/{code}").text)


def test_an_alert_says_why_now(petite_ville: Ville, entrer, clock):
    code = known(petite_ville)
    log(petite_ville, code, petite_ville.referent)
    clock.now += 40 * JOUR
    with petite_ville.maison.database.writing() as session:
        scan(session, today=TODAY + 40 * JOUR, now=clock.now)
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}").text
    said = words(page)
    places = [said.index(part) for part in ("Aucun échange depuis 40 jours", "Noter un suivi", "Depuis votre dernier")]
    assert places == sorted(places)
    # said once: the alert has taken the place of the fact
    assert "dernier échange il y a" not in said


def test_a_closed_dossier_says_since_when_and_why_and_offers_to_open_it_again(petite_ville: Ville, entrer):
    code = known(petite_ville)
    add(petite_ville, code, Faits(GenreEtape.STAGE, StatutEtape.PREVUE, TODAY + 9 * JOUR))
    close(petite_ville, code)
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}").text
    said = words(page)
    assert "Dossier clos le 17 mars 2026. Motif : Déménagement." in said
    assert f'href="/dossiers/{code}/reouverture"' in page
    for gone in ("/suivis/nouveau", "/contacts-prevus", "/etapes/nouvelle", "/referent", "/cloture", "/intensite"):
        assert f"{code}{gone}" not in page
    assert "À venir" not in said
    assert "Depuis " not in said
    assert "Clôture du dossier" in said


def test_a_dossier_without_a_referent_can_be_given_one(petite_ville: Ville, entrer):
    code = known(petite_ville, referent=None)
    page = entrer(petite_ville.coordinateur).get(f"/dossiers/{code}").text
    assert "sans référent" in words(page)
    assert "Désigner un référent" in page


# To each their own


def test_what_one_may_not_see_answers_like_what_does_not_exist(petite_ville: Ville, entrer):
    code = known(petite_ville)
    for stranger in (petite_ville.ailleurs, petite_ville.voisin):
        browser = entrer(stranger)
        hidden, absent = browser.get(f"/dossiers/{code}"), browser.get("/dossiers/ZZZ-ZZZ")
        assert (hidden.status_code, hidden.text) == (404, absent.text)


ACTS = ("suivis/nouveau", "contacts-prevus", "etapes/nouvelle", "referent", "cloture", "intensite", "identite")


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("referent", set(ACTS)),
        ("collegue", {"suivis/nouveau", "contacts-prevus", "etapes/nouvelle", "identite"}),
        ("coordinateur", {"referent", "cloture", "identite"}),
    ],
)
def test_only_what_one_may_do_is_offered_and_every_link_leads_somewhere(petite_ville: Ville, entrer, who, offered):
    code, agent = known(petite_ville), getattr(petite_ville, who)
    prochain = services_suivis.Prochain(TODAY, None, Canal.TELEPHONE)
    log(petite_ville, code, petite_ville.collegue, prochain=prochain)
    add(petite_ville, code, Faits(GenreEtape.STAGE, StatutEtape.EN_COURS, TODAY - JOUR, fin_prevue=TODAY + JOUR))
    browser = entrer(agent)
    page = browser.get(f"/dossiers/{code}").text
    links = {unescape(link) for link in re.findall(r'href="(/[^"#]*)', page)}
    assert {act for act in ACTS if f"/dossiers/{code}/{act}" in links} == offered
    for link in links:
        if not urlsplit(link).path.startswith("/statique/"):
            assert browser.get(link).status_code in (200, 303), link


def test_a_follow_up_is_corrected_by_its_author_alone(petite_ville: Ville, entrer):
    code = known(petite_ville)
    suivi = log(petite_ville, code, petite_ville.collegue)
    place = f"/dossiers/{code}/suivis/{suivi.id}"
    assert place in entrer(petite_ville.collegue).get(f"/dossiers/{code}").text
    assert place not in entrer(petite_ville.referent).get(f"/dossiers/{code}").text


def test_a_reserved_note_shows_the_follow_up_without_its_words(petite_ville: Ville, entrer):
    code = known(petite_ville)
    with writing(petite_ville, code) as (session, dossier):
        referents.join_team(session, dossier, agent=petite_ville.ailleurs, **common(petite_ville.referent))
    for visibilite in Visibilite:
        said = {"visibilite": visibilite, "partage": PartageNote.ACCORD}
        log(petite_ville, code, petite_ville.referent, mots=f"mots {visibilite.value}", **said)
    read = {
        who: {v.value for v in Visibilite if f"mots {v.value}" in page}
        for who in ("referent", "collegue", "coordinateur", "ailleurs")
        if (page := words(entrer(getattr(petite_ville, who)).get(f"/dossiers/{code}").text))
    }
    everything = {visibilite.value for visibilite in Visibilite}
    assert read == {
        "referent": everything,
        "coordinateur": everything,
        "collegue": {"mon_equipe", "equipe_suivi"},
        "ailleurs": {"equipe_suivi"},
    }
    page = words(entrer(petite_ville.ailleurs).get(f"/dossiers/{code}").text)
    assert "Lisible par l’équipe de suivi, le jeune est d’accord" in page
    assert page.count("Lisible") == 1
    assert page.count("Note réservée") == 2
    assert page.count("Entretien : échange") == 3


def test_an_altered_note_is_said_and_stops_nothing_else(petite_ville: Ville, entrer):
    code = known(petite_ville)
    broken = log(petite_ville, code, petite_ville.referent, mots="perdus")
    log(petite_ville, code, petite_ville.referent, mots="gardés")
    with petite_ville.maison.database.writing() as session:
        session.execute(update(Suivi).where(Suivi.id == broken.id).values(note=b"\x01" * 300))
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}")
    assert page.status_code == 200
    assert "Ces mots ne peuvent plus être lus" in words(page.text)
    assert "gardés" in page.text


def test_words_are_shown_as_they_were_typed_never_run(petite_ville: Ville, entrer):
    code = known(petite_ville)
    log(petite_ville, code, petite_ville.referent, mots="<script>alert(1)</script>\n\nsuite")
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</p><p>suite</p>" in page


def test_reading_is_journalled_once(petite_ville: Ville, entrer):
    code = known(petite_ville)
    browser = entrer(petite_ville.collegue)
    browser.get(f"/dossiers/{code}")
    with petite_ville.maison.database.reading() as session:
        rows = session.scalars(select(EntreeJournal).where(EntreeJournal.action == Action.DOSSIER_CONSULTE)).all()
    assert [row.agent_id for row in rows] == [petite_ville.collegue.id]


# What happened, what is to come


def test_the_news_are_five_lines_at_most_and_say_what_became_of_promises(petite_ville: Ville, entrer):
    code = known(petite_ville)
    then = TODAY - 20 * JOUR
    prochain = services_suivis.Prochain(TODAY - 6 * JOUR, None, Canal.TELEPHONE)
    log(petite_ville, code, petite_ville.referent, jour=then, today=then, prochain=prochain)
    for ago in (9, 8):
        log(petite_ville, code, petite_ville.collegue, jour=TODAY - ago * JOUR, resultat=Resultat.ABSENT_NON_EXCUSE)
    log(petite_ville, code, petite_ville.collegue, jour=TODAY - 6 * JOUR)
    add(petite_ville, code, Faits(GenreEtape.EMPLOI, StatutEtape.EN_COURS, TODAY - 4 * JOUR, contrat=Contrat.CDI))
    for number, genre in enumerate((GenreEtape.STAGE, GenreEtape.LOGEMENT, GenreEtape.MOBILITE, GenreEtape.NUMERIQUE)):
        debut = TODAY - (12 + number) * JOUR
        add(petite_ville, code, Faits(genre, StatutEtape.TERMINEE, debut, fin=debut + JOUR))
    add(petite_ville, code, Faits(GenreEtape.PARENTALITE, StatutEtape.TERMINEE, TODAY - 9 * JOUR, fin=TODAY))
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}").text
    block = page[page.index("Depuis votre dernier échange") : page.index("À venir")]
    assert block.count("<dt>") == 5
    said = " ".join(unescape(re.sub(r"<[^>]+>", " ", block)).split())
    assert "Téléphone le 11 mars : tenu" in said
    assert "Absent, 2 fois, la dernière le 9 mars" in said
    assert "Emploi, le 13 mars" in said
    assert f"{petite_ville.collegue.nom_complet}, le 11 mars" in said
    assert "et 1 autre, dans le journal" in said


def test_nothing_new_is_said(petite_ville: Ville, entrer):
    code = known(petite_ville)
    log(petite_ville, code, petite_ville.referent)
    assert "Rien de nouveau" in words(entrer(petite_ville.referent).get(f"/dossiers/{code}").text)
    said = words(entrer(petite_ville.collegue).get(f"/dossiers/{code}").text)
    assert "Depuis l’ouverture du dossier Vous n’avez pas encore noté d’échange." in said


def test_what_is_to_come_is_noted_or_cancelled_from_here(petite_ville: Ville, entrer):
    code = known(petite_ville)
    with writing(petite_ville, code) as (session, dossier):
        row = uuid4()
        objet = petite_ville.maison.vault.keys([dossier.uid]).seal(
            dossier.uid, {"texte": "préparer le CV"}, place=Place.PREVU, row=row
        )
        planned = {"jour": TODAY, "contact_id": row, "depot": uuid4(), "canal": Canal.VISIO, "objet": objet}
        services_suivis.plan_contact(
            session, dossier, agent=petite_ville.referent, **planned, **common(petite_ville.referent)
        )
    add(petite_ville, code, Faits(GenreEtape.STAGE, StatutEtape.PREVUE, TODAY + 9 * JOUR))
    late = TODAY - 3 * JOUR
    add(petite_ville, code, Faits(GenreEtape.FORMATION, StatutEtape.EN_COURS, TODAY - 99 * JOUR, fin_prevue=late))
    browser = entrer(petite_ville.referent)
    page = browser.get(f"/dossiers/{code}").text
    coming = words(page)
    coming = coming[coming.index("À venir") : coming.index("Parcours en un coup d’œil")]
    assert re.search(r"Formation : fin prévue.*à mettre à jour.*Visio.*préparer le CV.*Stage.* : début prévu", coming)
    assert f'href="/dossiers/{code}/suivis/nouveau?canal=visio"' in page
    cancel = re.search(r'action="(/dossiers/[^"]+/annuler)".*?name="version" value="(\d+)"', page, re.DOTALL)
    assert browser.post(cancel[1], version=cancel[2]).status_code == 303
    assert "préparer le CV" not in browser.get(f"/dossiers/{code}").text


def test_the_frise_is_doubled_by_words(petite_ville: Ville, entrer):
    code = known(petite_ville)
    given = {"issue": IssueEtape.REORIENTATION, "fin": TODAY - 50 * JOUR}
    stopped = StatutEtape.INTERROMPUE_ACCORD
    add(petite_ville, code, Faits(GenreEtape.FORMATION, stopped, TODAY - 150 * JOUR, **given))
    add(petite_ville, code, Faits(GenreEtape.CHANTIER_EDUCATIF, StatutEtape.EN_COURS, TODAY - 30 * JOUR, heures=70))
    late = {"fin_prevue": TODAY - 3 * JOUR}
    add(petite_ville, code, Faits(GenreEtape.EMPLOI, StatutEtape.EN_ATTENTE, TODAY - 40 * JOUR, **late))
    add(petite_ville, code, Faits(GenreEtape.STAGE, StatutEtape.PREVUE, TODAY + 9 * JOUR, fin_prevue=TODAY + 19 * JOUR))
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}").text
    said = words(page[: page.index('id="journal"')] + "</main>").replace(" → ", " ")
    assert "18 oct. 2025 jusqu’à 26 janv. 2026, arrêtée d’un commun accord, réorientation" in said
    assert "15 févr. jusqu’à aujourd’hui, 70 heures" in said
    assert "5 févr. jusqu’à aujourd’hui, en attente, devait finir le 14 mars, à confirmer" in said
    assert "à partir du 26 mars jusqu’à 5 avr." in said
    assert page.count("frise-prevue") == 1
    assert page.count("frise-hachures)") == 1


def test_a_handover_stands_in_the_journal_with_its_note(petite_ville: Ville, entrer):
    code = known(petite_ville)
    with writing(petite_ville, code) as (session, dossier):
        row, current = uuid4(), referents.open_affectation(session, dossier.id)
        note = petite_ville.maison.vault.keys([dossier.uid]).seal(
            dossier.uid, {"texte": "Il préfère le soir."}, place=Place.PASSATION, row=row
        )
        given = {"motif": MotifAffectation.CHARGE, "note": note, "affectation_id": row, "remplace": current.id}
        referents.hand_over(
            session,
            dossier,
            to=petite_ville.ailleurs,
            par=petite_ville.referent,
            jeune_informe_le=TODAY,
            **given,
            **(common(petite_ville.referent) | {"now": NOW + timedelta(minutes=5)}),
        )
    said = words(entrer(petite_ville.ailleurs).get(f"/dossiers/{code}?journal=relais").text)
    assert f"Référent : {petite_ville.ailleurs.nom_complet}" in said
    assert f"décidé par {petite_ville.referent.nom_complet}" in said
    assert "Charge" in said
    assert "Il préfère le soir." in said
    assert f"({petite_ville.ailleurs.structure.nom})" in said


def test_a_dossier_opened_again_keeps_its_past_closing(petite_ville: Ville, entrer):
    code = known(petite_ville)
    close(petite_ville, code)
    with writing(petite_ville, code) as (session, dossier):
        who = {"to": petite_ville.referent, "par": petite_ville.referent}
        referents.reopen(session, dossier, version=dossier.version, **who, **common(petite_ville.referent))
    said = words(entrer(petite_ville.referent).get(f"/dossiers/{code}?journal=relais").text)
    assert re.search(r"Réouverture du dossier.*Clôture du dossier.*Déménagement.*Ouverture du dossier", said)


# The journal by pages


def fill(ville: Ville, code: str, *, suivis: int, etapes: int, objectifs: int = 0) -> None:
    """One exchange a day going back, each with its words; steps that follow each other; goals of ten small steps."""
    with writing(ville, code) as (session, dossier):
        # the limit on what may be older than its dossier is not what is looked at here
        dossier.ouvert_le = TODAY - 1000 * JOUR
        keys = ville.maison.vault.keys([dossier.uid])
        for number in range(suivis):
            row = uuid4()
            note = keys.seal(dossier.uid, {"texte": f"mot n°{number}."}, place=Place.NOTE, row=row)
            given = {"canal": Canal.TELEPHONE, "resultat": Resultat.ECHANGE_FAIT, "jour": TODAY - number * JOUR}
            who = {"agent": ville.collegue, "suivi_id": row, "depot": uuid4(), "note": note}
            services_suivis.log_suivi(session, dossier, **who, **given, **common(ville.collegue))
        for _ in range(objectifs):
            row, pas = uuid4(), [uuid4() for _ in range(10)]
            words = keys.seal(dossier.uid, {"texte": "un souhait"}, place=Place.OBJECTIF_JEUNE, row=row)
            steps = [PasDit(un, keys.seal(dossier.uid, {"texte": "pas"}, place=Place.PETIT_PAS, row=un)) for un in pas]
            asked = {"same_words": lambda _: True, "same_steps": lambda _: True, "pas": steps}
            whose = {"agent": ville.referent, "objectif_id": row, "depot": row}
            dit = Dit(Theme.EMPLOI, words, None)
            services_objectifs.write_objectif(session, dossier, dit=dit, **whose, **asked, **common(ville.referent))
        for number in range(etapes):
            debut = TODAY - (7 * number + 7) * JOUR
            faits = Faits(GenreEtape.STAGE, StatutEtape.TERMINEE, debut, fin=debut + 6 * JOUR)
            services_etapes.add_etape(
                session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **common(ville.referent)
            )


def next_page(page: str) -> str | None:
    found = re.search(r'rel="next" href="([^"]+)#journal"', page)
    return unescape(found[1]) if found else None


def test_the_journal_is_read_to_its_end_by_pages(petite_ville: Ville, entrer):
    code = known(petite_ville)
    fill(petite_ville, code, suivis=130, etapes=0)
    browser, read, place = entrer(petite_ville.referent), [], f"/dossiers/{code}?journal=echanges"
    sizes = []
    while place:
        page = browser.get(place).text
        found = [int(number) for number in re.findall(r"mot n°(\d+)\.", page)]
        sizes.append(page.count('<li class="evenement'))
        read += found
        place = next_page(page)
        assert place is None or "journal=echanges" in place
    assert read == list(range(130))
    assert sizes == [PAGE, PAGE, 30]


@pytest.mark.parametrize("query", ["avant=demain", "avant=2026-03-17~0~~suivi", "journal=rien"])
def test_an_address_that_nobody_wrote_gives_the_first_page(petite_ville: Ville, entrer, query: str):
    code = known(petite_ville)
    answer = entrer(petite_ville.referent).get(f"/dossiers/{code}?{query}")
    assert answer.status_code == 200
    assert "Ouverture du dossier" in answer.text


def test_an_empty_choice_says_so(petite_ville: Ville, entrer):
    code = known(petite_ville)
    assert "Rien à montrer ici" in entrer(petite_ville.referent).get(f"/dossiers/{code}?journal=tentatives").text


@contextmanager
def counted(ville: Ville) -> Iterator[list[str]]:
    """The statements that read the page, on both data bases."""
    sent: list[str] = []
    engines = (ville.maison.database.engines.read, ville.maison.database.engines.keys)

    def note(connection, cursor, statement, *rest) -> None:
        if statement != "BEGIN":
            sent.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_statements_do_not_grow_with_the_journal(petite_ville: Ville, entrer):
    sizes = ((3, 1, 0), (300, 30, 9))
    codes = [known(petite_ville, identite={"pseudonyme": f"Z{number}"}, contact={}) for number in range(len(sizes))]
    for code, (suivis, etapes, objectifs) in zip(codes, sizes, strict=True):
        fill(petite_ville, code, suivis=suivis, etapes=etapes, objectifs=objectifs)
    browser = entrer(petite_ville.referent)
    counts = []
    for code in codes:
        browser.get(f"/dossiers/{code}")
        with counted(petite_ville) as sent:
            assert browser.get(f"/dossiers/{code}").status_code == 200
        counts.append(len(sent))
    # thirteen of its own, one for the session of the browser, one for the menu
    assert counts == [15, 15]


def test_a_veille_is_said_in_the_head(petite_ville: Ville, entrer):
    code = known(petite_ville)
    with writing(petite_ville, code) as (session, dossier):
        services_dossiers.set_intensite(
            session, dossier, version=dossier.version, intensite=Intensite.VEILLE, **common(petite_ville.referent)
        )
    browser: Navigateur = entrer(petite_ville.referent)
    assert "intensité : veille" in words(browser.get(f"/dossiers/{code}").text)


def test_the_head_is_read_on_both_engines(ville: Ville):
    code = known(ville)
    with ville.maison.database.reading() as session:
        dossier = session.scalars(select(Dossier).where(Dossier.code == code)).one()
        head = head_of(session, dossier.id, today=TODAY)
    assert (head.structure, head.territoire) == (ville.structure.nom, ville.territoire.nom)
    assert (head.referent_nom, head.referent_structure) == (ville.referent.nom, ville.structure.nom)
    assert not head.deja_clos
    with writing(ville, code) as (session, dossier):
        now_and_who = {"acteur": common(ville.referent)["acteur"], "now": NOW, "today": TODAY}
        closing = {"motif": MotifSortie.DEMENAGEMENT, "etapes": {}, "le": TODAY}
        referents.close(session, dossier, version=dossier.version, **closing, **now_and_who)
        referents.reopen(session, dossier, version=dossier.version, to=None, par=ville.referent, **now_and_who)
    with ville.maison.database.reading() as session:
        head = head_of(session, dossier.id, today=TODAY)
    assert (head.referent_nom, bool(head.deja_clos)) == (None, True)


def test_somebody_who_was_not_told_is_told_with_one_tap(petite_ville: Ville, entrer):
    code = known(petite_ville, identite={"pseudonyme": "Zizou"}, contact={})
    browser = entrer(petite_ville.collegue)
    page = browser.get(f"/dossiers/{code}").text
    assert "Zizou ne sait pas encore qu’un dossier est tenu" in page
    answer = browser.post(f"/dossiers/{code}/informe", retour="/mes-jeunes")
    assert (answer.status_code, answer.location) == (303, "/mes-jeunes")
    page = browser.get(f"/dossiers/{code}").text
    assert f'href="/dossiers/{code}/identite">Corriger</a>' in page
    assert "ne sait pas encore" not in page
    assert 'value="17/03/2026"' in browser.get(f"/dossiers/{code}/identite").text
    browser.post(f"/dossiers/{code}/informe")
    assert "Rien n’a changé" in browser.get(f"/dossiers/{code}").text


def test_who_was_told_is_not_told_again(petite_ville: Ville, entrer):
    assert "ne sait pas encore" not in entrer(petite_ville.referent).get(f"/dossiers/{known(petite_ville)}").text
