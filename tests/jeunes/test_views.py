"""The pages of a person: what they keep, what they refuse, what they never say."""

import logging
import re
from html import unescape

import pytest
from sqlalchemy import func, select

from app.accounts.models import Brouillon
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.jeunes.models import DemandeDoublon, RepresentantLegal
from app.jeunes.queries import identite_of, representants_of
from app.parcours.models import Dossier, Etat, Suivi
from tests.accounts.conftest import MOT_DE_PASSE
from tests.jeunes.conftest import CANARIS, Ville

SAISIE = {
    "prenom": "Zéphyrin",
    "nom": "Quatrevaux",
    "naissance": "04/05/2009",
    "telephone": "06 98 76 54 32",
    "informe_le": "17/03/2026",
    "informe_forme": "orale",
    "note": "Grimbosq est passé",
}


def depot_in(page: str) -> str:
    return re.search(r'name="depot"[^>]* value="([^"]+)"', page)[1]


def fill(navigateur, ville: Ville, **values):
    page = navigateur.get("/dossiers/nouveau")
    given = {"depot": depot_in(page.text), "territoire_id": ville.territoire.id, "canal": "presence_rue"} | values
    return navigateur.post("/dossiers/nouveau", **given)


def hidden(page: str) -> dict[str, str]:
    """The fields that a page carries to the next."""
    found = re.findall(r'<input type="hidden"(?: id="[^"]*")? name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name != "csrf_token"}


def count(ville: Ville, model, *where) -> int:
    with ville.maison.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def only_dossier(ville: Ville) -> Dossier:
    with ville.maison.database.reading() as session:
        return session.scalars(select(Dossier)).one()


def known(ville: Ville, **values) -> Dossier:
    with ville.maison.database.writing() as session:
        return ville.welcome(session, ville.referent, referent=ville.referent, **values)


def journalled(ville: Ville, action: Action) -> int:
    return count(ville, EntreeJournal, EntreeJournal.action == action)


# Nouveau jeune


def test_a_pseudonym_a_territory_and_two_words_are_enough(petite_ville: Ville, entrer):
    answer = fill(entrer(petite_ville.referent), petite_ville, pseudonyme="Zizou", note="vu au city", referent_id="")
    dossier = only_dossier(petite_ville)
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{dossier.code}")
    assert count(petite_ville, Suivi) == 1
    assert count(petite_ville, Etat, Etat.referent_id.is_(None)) == 1


def test_the_author_who_is_referent_is_the_first_choice(petite_ville: Ville, entrer):
    page = entrer(petite_ville.referent).get("/dossiers/nouveau").text
    assert re.search(rf'<option selected value="{petite_ville.referent.id}">Moi</option>', page)
    page = entrer(petite_ville.collegue).get("/dossiers/nouveau").text
    assert '<option selected value="">Personne pour l’instant</option>' in page
    assert f'value="{petite_ville.referent.id}"' in page


def test_an_identity_is_written_and_the_referent_given(petite_ville: Ville, entrer):
    chosen = str(petite_ville.referent.id)
    assert fill(entrer(petite_ville.collegue), petite_ville, **SAISIE, referent_id=chosen).status_code == 303
    dossier = only_dossier(petite_ville)
    with petite_ville.maison.database.reading() as session:
        fiche = identite_of(session, petite_ville.maison.vault, dossier)
        assert session.scalar(select(Etat.referent_id)) == petite_ville.referent.id
    assert fiche.identite == {"prenom": "Zéphyrin", "nom": "Quatrevaux", "date_naissance": "2009-05-04"}
    assert fiche.contact == {"telephone": "+33698765432"}


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"informe_le": ""}, "informe_le", "demande que le jeune ait été informé"),
        ({"informe_forme": None}, "informe_forme-0", "comment le jeune a été informé"),
        ({"informe_le": "18/03/2026"}, "informe_le", "dans le futur"),
        ({"naissance": "04/05/1066"}, "naissance", "moins de 9 ans ou plus de 30"),
        ({"naissance": "bientôt"}, "naissance", "Écrivez la date comme ceci"),
        ({"naissance": "1990"}, "naissance", "Vérifiez cette année"),
        ({"telephone": "06 98"}, "telephone", "n’est pas complet"),
        ({"courriel": "zephyrin@"}, "courriel", "n’est pas complète"),
        ({"territoire_id": "0"}, "territoire_id", "Choisissez un territoire"),
        ({"prenom": "", "nom": "", "naissance": ""}, "pseudonyme", "Écrivez un prénom, un nom ou un pseudonyme"),
        ({"referent_id": "999999"}, "referent_id", ""),
    ],
)
def test_what_is_refused_is_explained_beside_its_field_and_nothing_typed_is_lost(
    petite_ville: Ville, entrer, values, field, words
):
    answer = fill(entrer(petite_ville.referent), petite_ville, **(SAISIE | {"referent_id": ""} | values))
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert words in answer.text
    for name, typed in (SAISIE | values).items():
        if typed and name not in ("informe_forme", "territoire_id", "referent_id"):
            assert typed in unescape(answer.text), name
    assert count(petite_ville, Dossier) == 0


def test_the_year_alone_is_enough(petite_ville: Ville, entrer):
    fill(entrer(petite_ville.referent), petite_ville, pseudonyme="Zizou", naissance="2009", referent_id="")
    assert only_dossier(petite_ville).annee_naissance == 2009


def test_a_double_tap_makes_one_dossier_and_the_back_button_loses_nothing(petite_ville: Ville, entrer):
    navigateur = entrer(petite_ville.referent)
    form = {"depot": depot_in(navigateur.get("/dossiers/nouveau").text), "territoire_id": petite_ville.territoire.id}
    form |= SAISIE | {"canal": "presence_rue", "referent_id": ""}
    first, second = (navigateur.post("/dossiers/nouveau", **form) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert count(petite_ville, Dossier) == 1
    other = navigateur.post("/dossiers/nouveau", **(form | {"note": "Autre chose"}))
    assert other.status_code == 409
    assert "Grimbosq est passé" in other.text
    assert "Autre chose" in other.text
    again = hidden(other.text)
    assert again["depot"] != form["depot"]
    twins = navigateur.post("/dossiers/nouveau", **again)
    assert "C’est quelqu’un d’autre" in twins.text
    assert navigateur.post("/dossiers/nouveau", **hidden(twins.text)).status_code == 303
    assert count(petite_ville, Dossier) == 2


def test_a_session_that_locks_meanwhile_loses_nothing(petite_ville: Ville, entrer):
    navigateur = entrer(petite_ville.referent)
    form = {"depot": depot_in(navigateur.get("/dossiers/nouveau").text), "territoire_id": petite_ville.territoire.id}
    navigateur.wait(minutes=31)
    locked = navigateur.post("/dossiers/nouveau", **form, **SAISIE, canal="entretien", referent_id="")
    assert locked.status_code == 303
    navigateur.get(locked.location)
    unlocked = navigateur.post(locked.location, mot_de_passe=MOT_DE_PASSE)
    page = navigateur.get(unlocked.location).text
    for name in ("prenom", "nom", "naissance", "telephone", "note"):
        assert SAISIE[name] in unescape(page), name
    assert f'<option selected value="{petite_ville.territoire.id}">' in page
    assert '<option selected value="">Personne pour l’instant</option>' in page
    assert depot_in(page) != form["depot"]


# Already followed


def test_inside_what_one_may_see_the_dossier_is_shown_and_the_words_become_a_note(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.referent)
    page = fill(navigateur, petite_ville, **SAISIE, referent_id="")
    assert page.status_code == 200
    assert dossier.code in page.text
    assert "16 ans" in page.text
    answer = navigateur.post("/dossiers/nouveau", **hidden(page.text), meme=dossier.code)
    assert answer.status_code == 303
    assert answer.location.startswith(f"/dossiers/{dossier.code}/suivis")
    assert "Grimbosq est passé" in navigateur.get(answer.location).text
    assert (count(petite_ville, Dossier), count(petite_ville, Brouillon, Brouillon.enregistre_le.is_(None))) == (1, 1)


def test_nobody_recognises_a_dossier_that_they_may_not_see(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.ailleurs)
    navigateur.get("/dossiers/nouveau")
    assert navigateur.post("/dossiers/nouveau", meme=dossier.code, note="x").status_code == 404


def test_outside_only_two_sentences_are_said(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.ailleurs)
    page = fill(navigateur, petite_ville, **SAISIE, referent_id="")
    assert page.status_code == 200
    said = re.sub(r"<[^>]+>", "", page.text)
    assert "Ce jeune est peut-être déjà suivi." in said
    assert "Son référent est prévenu et vous répondra." in said
    agents = (petite_ville.referent, petite_ville.collegue, petite_ville.coordinateur)
    for secret in (dossier.code, petite_ville.structure.nom, *(agent.nom for agent in agents)):
        assert secret not in page.text
    carried = hidden(page.text)
    assert not {"prenom", "nom", "telephone"} & carried.keys()
    assert carried["note"] == "Grimbosq est passé"
    assert count(petite_ville, DemandeDoublon) == 1
    answer = navigateur.post("/dossiers/nouveau", **carried, pseudonyme="Zizou")
    assert answer.status_code == 303
    assert count(petite_ville, Dossier) == 2


def test_anonymity_and_absence_answer_alike(petite_ville: Ville, entrer):
    """Same status, same headers, same words, same work: only the code of the new dossier differs."""
    known(petite_ville, anonymat_demande=True)
    unlike = SAISIE | {"prenom": "Inconnue", "nom": "Nullepart", "telephone": "06 11 22 33 44"}
    answers, lines = [], []
    for typed in (SAISIE, unlike):
        navigateur = entrer(petite_ville.ailleurs)
        before = count(petite_ville, EntreeJournal)
        answer = fill(navigateur, petite_ville, **typed, referent_id="")
        lines.append(count(petite_ville, EntreeJournal) - before)
        secret = re.compile(answer.location.rsplit("/", 1)[1])
        kept = [(name, secret.sub("", value)) for name, value in answer.headers if name != "Set-Cookie"]
        answers.append((answer.status_code, kept, secret.sub("", answer.text)))
        assert "Aucune demande reçue" in navigateur.get("/demandes").text
        assert "Vous n’avez fait aucune demande" in navigateur.get("/demandes").text
    assert answers[0] == answers[1]
    assert lines[0] == lines[1]
    assert count(petite_ville, DemandeDoublon) == 0


def test_the_eleventh_attempt_of_a_day_creates_and_says_that_it_did_not_look(petite_ville: Ville, entrer):
    known(petite_ville)
    navigateur = entrer(petite_ville.ailleurs)
    for prenom in ("Adam", "Bilal", "Chloé", "David", "Emma", "Farid", "Gaston", "Inès", "Jules", "Kevin"):
        typed = SAISIE | {"prenom": prenom}
        assert fill(navigateur, petite_ville, **typed, referent_id="").status_code == 303
    answer = fill(navigateur, petite_ville, **SAISIE, referent_id="")
    assert answer.status_code == 303
    assert "celle-ci ne l’a pas été ailleurs" in navigateur.get("/demandes").text
    assert count(petite_ville, DemandeDoublon) == 0
    assert journalled(petite_ville, Action.DOUBLON_TENTE) == 11


def test_a_request_is_answered_by_the_referent_and_by_nobody_else(petite_ville: Ville, entrer):
    known(petite_ville)
    asker = entrer(petite_ville.ailleurs)
    fill(asker, petite_ville, **SAISIE, referent_id="")
    with petite_ville.maison.database.reading() as session:
        url = f"/demandes/{session.scalars(select(DemandeDoublon.id)).one()}"
    for other in (petite_ville.ailleurs, petite_ville.voisin, petite_ville.collegue, petite_ville.coordinateur):
        stranger = entrer(other)
        stranger.get("/demandes")
        assert stranger.post(url, reponse="je_vous_contacte").status_code == 404
    referent = entrer(petite_ville.referent)
    page = referent.get("/demandes").text
    assert "Zéphyrin Quatrevaux" in page
    assert petite_ville.ailleurs.nom_complet in page
    assert referent.post(url, reponse="n_importe_quoi").status_code == 422
    assert referent.post(url, reponse="je_vous_contacte").status_code == 303
    page = asker.get("/demandes").text
    assert petite_ville.referent.nom_complet in page
    assert "Quatrevaux" not in page


# Identity


def test_an_edit_made_on_an_old_version_shows_both_and_loses_neither(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    url = f"/dossiers/{dossier.code}/identite"
    navigateur = entrer(petite_ville.referent)
    page = navigateur.get(url)
    assert 'value="04/05/2009"' in page.text
    typed = SAISIE | {"version": "1", "note": None}
    assert navigateur.post(url, **(typed | {"prenom": "Anatole"})).status_code == 303
    conflict = navigateur.post(url, **(typed | {"prenom": "Barnabé"}))
    assert conflict.status_code == 409
    assert "Anatole" in conflict.text
    assert 'value="Barnabé"' in conflict.text
    assert navigateur.post(url, **(typed | {"prenom": "Barnabé"} | hidden(conflict.text))).status_code == 303
    with petite_ville.maison.database.reading() as session:
        assert identite_of(session, petite_ville.maison.vault, dossier).identite["prenom"] == "Barnabé"


def test_a_refused_edit_keeps_what_was_typed(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.referent)
    navigateur.get(f"/dossiers/{dossier.code}/identite")
    typed = SAISIE | {"version": "1", "note": None, "telephone": "06 98"}
    answer = navigateur.post(f"/dossiers/{dossier.code}/identite", **typed)
    assert answer.status_code == 422
    assert 'value="06 98"' in answer.text


# Number


def test_a_number_is_revealed_by_a_logged_post_and_leads_to_the_note(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.referent)
    assert navigateur.get(f"/dossiers/{dossier.code}/numero").status_code == 405
    page = navigateur.post(f"/dossiers/{dossier.code}/numero")
    assert page.status_code == 200
    assert 'href="tel:+33698765432"' in page.text
    assert 'href="sms:+33698765432"' in page.text
    assert f"/dossiers/{dossier.code}/suivis" in page.text
    assert "canal=telephone" in page.text
    assert journalled(petite_ville, Action.NUMERO_REVELE) == 1


def test_without_a_number_the_page_says_so(petite_ville: Ville, entrer):
    dossier = known(petite_ville, identite={"pseudonyme": "Zizou"}, contact={})
    page = entrer(petite_ville.referent).post(f"/dossiers/{dossier.code}/numero")
    assert "Aucun numéro n’est connu" in page.text
    assert "tel:" not in page.text


# Representatives


REPRESENTANT = {
    "prenom": "Odile",
    "nom": "Quatrevaux",
    "lien": "parent",
    "autorite_parentale": "oui",
    "peut_etre_contacte": "non_danger",
    "telephone": "06 98 76 54 32",
}


def add_representant(navigateur, dossier: Dossier, **values):
    page = navigateur.get(f"/dossiers/{dossier.code}/representants/nouveau")
    form = REPRESENTANT | {"depot": depot_in(page.text)} | values
    return navigateur.post(f"/dossiers/{dossier.code}/representants/nouveau", **form)


def test_a_number_that_must_not_be_called_is_marked_and_has_no_link(petite_ville: Ville, entrer):
    dossier = known(petite_ville, contact={})
    navigateur = entrer(petite_ville.referent)
    assert add_representant(navigateur, dossier).status_code == 303
    page = navigateur.get(f"/dossiers/{dossier.code}/representants").text
    assert "Ne pas contacter : danger" in page.replace("\xa0", " ")
    assert "tel:" not in page
    assert add_representant(navigateur, dossier, peut_etre_contacte="oui").status_code == 303
    page = navigateur.get(f"/dossiers/{dossier.code}/representants").text
    assert page.count("tel:+33698765432") == 1
    assert journalled(petite_ville, Action.NUMERO_REVELE) == 2


def test_a_representative_is_corrected_with_its_version_and_removed(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.referent)
    add_representant(navigateur, dossier)
    with petite_ville.maison.database.reading() as session:
        (row,) = representants_of(session, petite_ville.maison.vault, dossier)
    url = f"/dossiers/{dossier.code}/representants/{row.id}"
    assert "Odile" in navigateur.get(url).text
    edited = REPRESENTANT | {"version": "1", "prenom": "Odette"}
    assert navigateur.post(url, **edited).status_code == 303
    conflict = navigateur.post(url, **(edited | {"prenom": "Ondine"}))
    assert conflict.status_code == 409
    assert "Odette" in conflict.text
    assert "Ondine" in conflict.text
    assert navigateur.post(f"{url}/retirer", version="1").status_code == 409
    assert navigateur.post(f"{url}/retirer", version="2").status_code == 303
    assert count(petite_ville, RepresentantLegal) == 0


def test_the_same_deposit_adds_one_representative(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.referent)
    page = navigateur.get(f"/dossiers/{dossier.code}/representants/nouveau")
    form, url = REPRESENTANT | {"depot": depot_in(page.text)}, f"/dossiers/{dossier.code}/representants/nouveau"
    assert navigateur.post(url, **form).status_code == navigateur.post(url, **form).status_code == 303
    assert navigateur.post(url, **(form | {"prenom": "Autre"})).status_code == 409
    assert navigateur.post(url, **(form | {"lien": None, "depot": "x"})).status_code == 422
    assert navigateur.post(url, **(form | {"depot": "x"})).status_code == 422
    assert count(petite_ville, RepresentantLegal) == 1


# What others may do


PAGES = ["identite", "representants", "representants/nouveau", "representants/6f1c4b1e-0000-4000-8000-000000000000"]
ACTES = ["identite", "numero", "representants/nouveau", "representants/6f1c4b1e-0000-4000-8000-000000000000",
         "representants/6f1c4b1e-0000-4000-8000-000000000000/retirer"]  # fmt: skip


def test_another_referents_dossier_answers_as_one_that_does_not_exist(petite_ville: Ville, entrer):
    dossier = known(petite_ville)
    navigateur = entrer(petite_ville.voisin)
    navigateur.get("/dossiers/nouveau")
    for path in PAGES:
        theirs = navigateur.get(f"/dossiers/{dossier.code}/{path}")
        nothing = navigateur.get(f"/dossiers/ZZZ-ZZZ/{path}")
        assert theirs.status_code == nothing.status_code == 404
        assert theirs.text.replace(dossier.code, "") == nothing.text.replace("ZZZ-ZZZ", "")
    for path in ACTES:
        assert navigateur.post(f"/dossiers/{dossier.code}/{path}", **SAISIE, version="1").status_code == 404
    with petite_ville.maison.database.reading() as session:
        assert identite_of(session, petite_ville.maison.vault, dossier).version == 1


def test_no_name_and_no_number_is_in_an_address_or_a_log(petite_ville: Ville, entrer, caplog):
    with caplog.at_level(logging.DEBUG):
        navigateur = entrer(petite_ville.referent)
        addresses = [fill(navigateur, petite_ville, **SAISIE, referent_id="").location]
        code = only_dossier(petite_ville).code
        pages = [navigateur.get(f"/dossiers/{code}/{path}").text for path in ("identite", "representants")]
        pages.append(navigateur.post(f"/dossiers/{code}/numero").text)
        pages.append(fill(navigateur, petite_ville, **SAISIE, referent_id="").text)
        pages.append(fill(entrer(petite_ville.ailleurs), petite_ville, **SAISIE, referent_id="").text)
    for page in pages:
        addresses += re.findall(r'(?:href|action|src)="([^"]+)"', page)
        assert not any(canary in re.search("<title>(.*?)</title>", page)[1] for canary in CANARIS)
    ours = [address for address in addresses if not address.startswith(("tel:", "sms:"))]
    assert len(ours) > 20
    for text in (*ours, caplog.text):
        assert not any(canary in text for canary in CANARIS), text[:80]
