"""Mon parcours: what was ticked is printed and nothing else, and a minor's sheet is silent on what is said at home."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Agent
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes.rules_feuille import PLACE, Element, fits, may_be_minor, printed, ticked_at_first
from app.jeunes.vocabulaire_feuille import EN_CLAIR, Rubrique
from app.parcours import services_objectifs, services_suivis
from app.parcours.rules_etapes import Faits
from app.parcours.services_objectifs import Dit, PasDit
from app.parcours.vocabulaire import Canal, GenreEtape, StatutEtape, Theme, Visibilite
from app.referents.models import MembreEquipe
from app.referents.vocabulaire import Finalite
from app.vault.places import Place
from app.web.impression import engine
from tests.factories import TODAY
from tests.jeunes.conftest import CANARIS, Ville, common
from tests.jeunes.test_dossier_page import add, counted, known, log, words, writing

JOUR = timedelta(days=1)
G, S = GenreEtape, StatutEtape

ELEMENTS = st.lists(
    st.builds(
        Element,
        cle=st.uuids().map(str),
        rubrique=st.sampled_from(Rubrique),
        texte=st.text(max_size=300),
        detail=st.text(max_size=60),
        pas=st.lists(st.tuples(st.text(max_size=120), st.booleans()), max_size=10).map(tuple),
        maison=st.booleans(),
    ),
    max_size=25,
    unique_by=lambda element: element.cle,
)


@given(elements=ELEMENTS, asked=st.sets(st.integers(0, 30)), strange=st.sets(st.text(max_size=9)))
def test_nothing_unticked_is_ever_printed(elements: list[Element], asked: set[int], strange: set[str]) -> None:
    ticked = {element.cle for number, element in enumerate(elements) if number in asked} | strange
    assert printed(elements, ticked) == [element for element in elements if element.cle in ticked]
    assert printed(elements, strange - {element.cle for element in elements}) == []


@given(elements=ELEMENTS, mineur=st.booleans())
def test_what_is_ticked_at_first_fits_and_tells_a_minors_home_nothing(elements: list[Element], mineur: bool) -> None:
    ticked = ticked_at_first(elements, mineur=mineur)
    chosen = printed(elements, ticked)
    assert fits(chosen)
    assert not (mineur and any(element.maison for element in chosen))
    if sum(element.hauteur for element in elements) <= PLACE:
        assert ticked == {element.cle for element in elements if not (mineur and element.maison)}


@pytest.mark.parametrize(
    ("naissance", "minor"),
    [
        (None, True),
        (2008, True),
        (2007, False),
        (date(2008, 3, 17), False),
        (date(2008, 3, 18), True),
    ],
)
def test_somebody_may_be_a_minor_until_it_is_certain_that_they_are_not(naissance, minor: bool) -> None:
    assert may_be_minor(naissance, TODAY) is minor


def test_every_kind_of_step_has_plain_words() -> None:
    assert set(EN_CLAIR) == set(GenreEtape)


# At a screen


def wish(ville: Ville, code: str, theme: Theme, jeune: str, pro: str = "", *, accord: date | None = None) -> None:
    with writing(ville, code) as (session, dossier):
        key, keys = uuid4(), ville.maison.vault.keys([dossier.uid])

        def seal(texte: str, place: Place, row=key) -> bytes | None:
            return keys.seal(dossier.uid, {"texte": texte}, place=place, row=row) if texte else None

        step = uuid4()
        services_objectifs.write_objectif(
            session, dossier, agent=ville.referent, objectif_id=key, depot=key, accord_le=accord,
            dit=Dit(theme, seal(jeune, Place.OBJECTIF_JEUNE), seal(pro, Place.OBJECTIF_PRO), TODAY + 90 * JOUR),
            pas=[PasDit(step, seal("appeler le garage", Place.PETIT_PAS, step))],
            same_words=lambda _: True, same_steps=lambda _: True, **common(ville.referent),
        )  # fmt: skip


@pytest.fixture
def suivi(petite_ville: Ville) -> str:
    """Somebody of sixteen: a step told at home and another, an appointment, goals, notes that are nobody's business."""
    code = known(petite_ville)
    log(petite_ville, code, petite_ville.referent, mots="mot réservé", visibilite=Visibilite.REFERENT_COORDINATEUR)
    add(petite_ville, code, Faits(G.SCOLARITE, S.EN_COURS, TODAY - 60 * JOUR))
    add(petite_ville, code, Faits(G.LOGEMENT, S.EN_COURS, TODAY - 20 * JOUR))
    add(petite_ville, code, Faits(G.STAGE, S.PREVUE, TODAY + 20 * JOUR))
    with writing(petite_ville, code) as (session, dossier):
        key = uuid4()
        objet = petite_ville.maison.vault.keys([dossier.uid])
        services_suivis.plan_contact(
            session, dossier, agent=petite_ville.collegue, jour=TODAY + 3 * JOUR, canal=Canal.ENTRETIEN, contact_id=key,
            objet=objet.seal(dossier.uid, {"texte": "objet réservé"}, place=Place.PREVU, row=key), depot=uuid4(),
            **common(petite_ville.collegue),
        )  # fmt: skip
        session.get(Agent, petite_ville.referent.id).telephone = "+33231000000"
    wish(petite_ville, code, Theme.EMPLOI, "Je veux réparer des motos.", "Vise le CAP.")
    wish(petite_ville, code, Theme.FAMILLE, "Je veux revoir mon père.")
    wish(petite_ville, code, Theme.FORMATION, "", "Reprendre confiance.", accord=TODAY)
    wish(petite_ville, code, Theme.NUMERIQUE, "", "Sans accord.")
    return f"/dossiers/{code}"


def boxes(page: str) -> dict[str, bool]:
    """What may be ticked, by its words, and whether it is."""
    found = re.findall(r'name="e" value="([^"]+)"( checked)?><label for="[^"]+">(.*?)</label>', page, re.S)
    return {" ".join(unescape(re.sub("<[^>]+>", " ", text)).split()): bool(on) for _, on, text in found}


def keys(page: str, *, ticked: bool = False) -> list[str]:
    return [unescape(key) for key, on in re.findall(r'name="e" value="([^"]+)"( checked)?', page) if on or not ticked]


def sheet(base: str, ticked: list[str]) -> str:
    return f"{base}/mon-parcours/feuille?{urlencode([('e', key) for key in ticked])}"


HOME = ("Je cherche un logement", "Je veux revoir mon père.")


def test_the_sheet_of_a_minor_says_at_first_nothing_of_home(petite_ville: Ville, suivi: str, entrer) -> None:
    browser = entrer(petite_ville.referent)
    page = browser.get(f"{suivi}/mon-parcours").text
    offered = boxes(page)
    for text, ticked in offered.items():
        names_it = text == petite_ville.structure.nom or petite_ville.referent.courriel in text
        assert ticked is not (text.startswith(HOME) or names_it), text
    assert any(text.startswith(HOME[0]) for text in offered)
    assert "La feuille traîne souvent à la maison." in page
    assert "Phone" not in page
    printed_page = browser.get(sheet(suivi, keys(page, ticked=True))).text
    said = words(printed_page)
    for told in (
        "Zéphyrin",
        "Je vais à l’école, depuis le 16 janvier",
        "Vendredi 20 mars",
        f"avec {petite_ville.collegue.nom_complet}",
        "À partir du 6 avril : stage",
        f"Mon référent : {petite_ville.referent.nom_complet}",
        "02 31 00 00 00".replace(" ", "\u00a0"),
        "Je veux réparer des motos.",
        "appeler le garage",
        "Reprendre confiance.",
    ):
        assert told.replace("\u00a0", " ") in said.replace("\u00a0", " "), told
    assert all(home not in said for home in (*HOME, petite_ville.structure.nom, petite_ville.referent.courriel))


def test_it_holds_nothing_that_others_reserved_whatever_is_asked(petite_ville: Ville, suivi: str, entrer) -> None:
    browser = entrer(petite_ville.referent)
    page = browser.get(f"{suivi}/mon-parcours").text
    printed_page = browser.get(sheet(suivi, [*keys(page), "note", "objet", "nom"])).text
    said = words(printed_page)
    assert HOME[0] in said
    assert petite_ville.structure.nom in said
    for kept in ("réservé", "Vise le CAP", "Sans accord", "Quatrevaux", suivi.rsplit("/", 1)[1]):
        assert kept not in said, kept
    title = re.search("<title>(.*?)</title>", printed_page)[1]
    assert not any(canary in title for canary in CANARIS)


def test_only_what_was_ticked_is_there_and_the_sheet_says_when_it_cannot_be(
    petite_ville: Ville, suivi: str, entrer
) -> None:
    browser = entrer(petite_ville.referent)
    page = browser.get(f"{suivi}/mon-parcours").text
    for key, text in zip(keys(page), boxes(page), strict=True):
        said = words(browser.get(sheet(suivi, [key])).text)
        others = [other for other in boxes(page) if other != text and len(other) > 12]
        assert not any(other.split(" avec ")[0] in said for other in others), text
    nothing = browser.get(f"{suivi}/mon-parcours/feuille")
    assert (nothing.status_code, "Rien n’est coché" in nothing.text) == (422, True)
    for _ in range(7):
        wish(petite_ville, suivi.rsplit("/", 1)[1], Theme.EMPLOI, "a" * 300)
    page = browser.get(f"{suivi}/mon-parcours").text
    much = browser.get(sheet(suivi, keys(page)))
    assert (much.status_code, "ne tient pas sur une page" in much.text) == (422, True)
    assert browser.get(sheet(suivi, keys(page, ticked=True))).status_code == 200


def test_what_was_printed_stands_in_the_journal_of_access(petite_ville: Ville, suivi: str, entrer) -> None:
    browser = entrer(petite_ville.referent)
    key = keys(browser.get(f"{suivi}/mon-parcours").text)[0]
    browser.get(sheet(suivi, [key]))
    with petite_ville.maison.database.reading() as session:
        done = session.scalars(select(EntreeJournal.action).order_by(EntreeJournal.instant)).all()
    assert done.count(Action.MON_PARCOURS_IMPRIME) == 1
    page = browser.get(sheet(suivi, [key])).text
    back = unescape(re.search(r'href="([^"]+/mon-parcours\?[^"]+)"', page)[1])
    assert keys(browser.get(back).text, ticked=True) == [key]


def test_with_the_extra_it_is_a_file_of_one_page_without_a_name(petite_ville: Ville, suivi: str, entrer) -> None:
    browser = entrer(petite_ville.referent)
    address = sheet(suivi, keys(browser.get(f"{suivi}/mon-parcours").text, ticked=True))
    answer = browser.get(address.replace("/mon-parcours/feuille", "/mon-parcours.pdf"))
    if engine() is None:
        assert answer.status_code == 404
        assert "En PDF" not in browser.get(address).text
        return
    assert "En PDF" in browser.get(address).text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mon-parcours.pdf"'
    assert answer.data.startswith(b"%PDF")
    assert not any(canary.encode() in answer.data for canary in CANARIS)


def test_a_partner_prints_what_their_purpose_needs(petite_ville: Ville, suivi: str, entrer) -> None:
    with writing(petite_ville, suivi.rsplit("/", 1)[1]) as (session, dossier):
        joined = {"depuis": TODAY, "finalite": Finalite.INSERTION, "informe_le": TODAY, "informe_forme": "orale"}
        session.add(MembreEquipe(dossier_id=dossier.id, agent_id=petite_ville.ailleurs.id, **joined))
    offered = boxes(entrer(petite_ville.ailleurs).get(f"{suivi}/mon-parcours").text)
    assert any(text.startswith("Je vais à l’école") for text in offered)
    assert not any(text.startswith(HOME) for text in offered)


def test_somebody_of_age_finds_all_ticked_and_no_line_about_home(petite_ville: Ville, entrer) -> None:
    code = known(petite_ville, identite={"prenom": "Zoé", "date_naissance": date(2004, 1, 2)})
    add(petite_ville, code, Faits(G.LOGEMENT, S.EN_COURS, TODAY - 20 * JOUR))
    page = entrer(petite_ville.referent).get(f"/dossiers/{code}/mon-parcours").text
    assert all(boxes(page).values())
    assert "à la maison" not in page
    assert "n’a pas de numéro professionnel" in page


def test_who_only_reads_prints_nothing_and_the_page_costs_the_same_whatever_it_holds(
    petite_ville: Ville, suivi: str, entrer
) -> None:
    assert entrer(petite_ville.coordinateur).get(f"{suivi}/mon-parcours").status_code == 404
    browser, costs = entrer(petite_ville.referent), []
    for goals in (6, 0):
        browser.get(f"{suivi}/mon-parcours")
        with counted(petite_ville) as sent:
            browser.get(f"{suivi}/mon-parcours")
        costs.append(len(sent))
        for number in range(goals):
            wish(petite_ville, suivi.rsplit("/", 1)[1], Theme.EMPLOI, f"souhait {number}")
    assert costs[0] == costs[1] <= 10, sent
