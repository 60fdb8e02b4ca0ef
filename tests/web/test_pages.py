"""The style guide through a parser: what holds of every macro holds of every page."""

import re
from collections import Counter
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask

PAGES = ("pieces", "mes-jeunes", "noter", "dossier", "saisie", "connexion", "accessibilite", "donnees-personnelles")
NBSP = "\N{NO-BREAK SPACE}"


def lire(guide: Flask, page: str) -> Element:
    html = guide.test_client().get(f"/{page}").data
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def en_erreur(guide: Flask, page: str, **saisie: str) -> Element:
    """The same page after an empty or wrong answer, with its token."""
    client = guide.test_client()
    jeton = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(f"/{page}").text)
    assert jeton
    reponse = client.post(f"/{page}", data={"csrf_token": jeton[1], **saisie})
    assert reponse.status_code == 422
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(reponse.data)


def texte(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def par_id(document: Element, identifiant: str) -> Element:
    trouve = document.find(f".//*[@id='{identifiant}']")
    assert trouve is not None, identifiant
    return trouve


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_one_title_one_main_and_steps_down_its_headings_one_by_one(guide: Flask, page: str) -> None:
    document = lire(guide, page)
    niveaux = [int(e.tag[1]) for e in document.iter() if re.fullmatch(r"h[1-6]", str(e.tag))]
    assert niveaux.count(1) == 1
    assert niveaux[0] == 1
    assert all(suivant - niveau <= 1 for niveau, suivant in pairwise(niveaux))
    assert len(document.findall(".//main")) == 1
    assert document.find(".//title").text.endswith(" · Parcours")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_obeys_the_strict_policy(guide: Flask, page: str) -> None:
    for element in lire(guide, page).iter():
        assert element.tag != "style"
        assert not [nom for nom in element.attrib if nom == "style" or nom.startswith("on")]
        if element.tag == "script":
            assert element.get("src", "").startswith("/statique/")
            assert not element.text


@pytest.mark.parametrize("page", PAGES)
def test_identifiers_are_unique_and_every_reference_is_answered(guide: Flask, page: str) -> None:
    for document in (lire(guide, page), *([en_erreur(guide, page)] if page in ("noter", "saisie") else [])):
        ids = Counter(e.get("id") for e in document.iter() if e.get("id"))
        assert [i for i, fois in ids.items() if fois > 1] == []
        for element in document.iter():
            for attribut in ("for", "aria-describedby", "aria-labelledby", "data-revele"):
                assert set((element.get(attribut) or "").split()) <= set(ids)


@pytest.mark.parametrize("page", PAGES)
def test_the_demonstration_says_so_on_every_page(guide: Flask, page: str) -> None:
    assert f"Démonstration{NBSP}: toutes les personnes sont fictives" in guide.test_client().get(f"/{page}").text


@pytest.mark.parametrize("page", PAGES)
def test_french_punctuation_never_leaves_the_end_of_its_line(guide: Flask, page: str) -> None:
    corps = lire(guide, page).find(".//body")
    mots = "".join(corps.itertext())
    assert not re.findall(r".{0,20} [:;!?»]", mots)
    assert not re.findall(r"« ", mots)
    assert "'" not in mots


def test_every_group_of_tiles_is_a_fieldset_with_its_legend(guide: Flask) -> None:
    document = lire(guide, "noter")
    groupes = {texte(f.find("legend")): f for f in document.findall(".//fieldset")}
    assert set(groupes) == {"Ce qui s’est passé", "Comment", "Quand", "Thèmes (facultatif)"}
    for groupe in groupes.values():
        for saisie in groupe.findall(".//input"):
            assert groupe.find(f".//label[@for='{saisie.get('id')}']") is not None


def test_the_help_stays_with_the_error_and_both_are_announced(guide: Flask) -> None:
    document = en_erreur(guide, "saisie", naissance="31/02/2010")
    champ = par_id(document, "pseudonyme")
    assert champ.get("aria-invalid") == "true"
    assert champ.get("aria-describedby") == "pseudonyme-aide pseudonyme-erreur"
    assert texte(par_id(document, "pseudonyme-aide")) == "Comme le jeune souhaite être appelé."
    assert texte(par_id(document, "pseudonyme-erreur")) == "Erreur : Écrivez un prénom ou un pseudonyme."
    groupe = par_id(document, "intensite-0")
    fieldset = next(f for f in document.findall(".//fieldset") if groupe in list(f.iter()))
    assert fieldset.get("aria-describedby") == "intensite-aide intensite-erreur"
    assert par_id(document, "naissance").get("value") == "31/02/2010"


def test_the_error_summary_leads_to_each_field_and_the_title_says_it(guide: Flask) -> None:
    document = en_erreur(guide, "noter", quand="0", mots="à garder")
    resume = par_id(document, "resume-erreurs")
    assert resume.get("role") == "alert"
    assert resume.get("tabindex") == "-1"
    assert texte(resume.find("h2")) == "Vérifiez votre saisie"
    assert [a.get("href") for a in resume.findall(".//a")] == ["#resultat-0", "#canal-0"]
    assert document.find(".//title").text.startswith(f"Erreur{NBSP}: ")
    assert texte(par_id(document, "mots")) == "à garder"


def test_optional_fields_and_they_alone_are_marked(guide: Flask) -> None:
    document = lire(guide, "saisie")
    marques = {texte(e) for e in document.findall(".//label") if e.find("span[@class='facultatif']") is not None}
    assert marques == {"Durée prévue (facultatif)", "Précisions (facultatif)"}


def test_a_button_that_writes_is_a_form_with_its_token(guide: Flask) -> None:
    for page in PAGES:
        for formulaire in lire(guide, page).findall(".//form[@method='post']"):
            assert formulaire.find("input[@name='csrf_token']").get("value")


def test_drawings_are_decorative_and_words_stand_beside_them(guide: Flask) -> None:
    document = lire(guide, "dossier")
    assert all(e.get("aria-hidden") == "true" or "frise-axe" not in (e.get("class") or "") for e in document.iter())
    for svg in document.findall(".//main//{http://www.w3.org/2000/svg}svg") or document.findall(".//main//svg"):
        assert svg.get("aria-hidden") == "true" or svg.get("focusable") == "false"
    etapes = [texte(li) for li in document.findall(".//ul[@class='frise-etapes']/li")]
    assert "Microlycée juin 2025 → jusqu’à février 2026" in etapes
    assert "Décrochage janvier 2025, fin inconnue" in etapes
