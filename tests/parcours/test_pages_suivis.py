"""Noting a follow-up at a screen: the defaults, what is refused, what comes twice, what others may not reach."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from uuid import UUID, uuid4

from app.accounts.vocabulaire import Role
from app.parcours.models import ContactPrevu, Suivi
from app.parcours.vocabulaire import Canal, Resultat, StatutContactPrevu, Theme, Visibilite
from app.parcours.vocabulaire_actes import PartageNote
from app.vault.places import Place
from tests.accounts.conftest import MOT_DE_PASSE
from tests.factories import TODAY
from tests.parcours.conftest import Bureau
from tests.parcours.test_freins import words

HIER = TODAY - timedelta(days=1)
SAISIE = {"resultat": "echange_fait", "canal": "presence_rue", "quand": "aujourdhui", "visibilite": "mon_equipe"}


def checked(page: str, name: str) -> list[str]:
    found = re.findall(rf'name="{name}" value="([^"]+)" checked', page)
    return [unescape(value) for value in found]


def hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def note(bureau: Bureau, **said: object):
    given = SAISIE | {"depot": str(uuid4())} | said
    return bureau.navigateur.post(f"{bureau.base}/suivis", **given)


def test_open_change_what_differs_save(bureau: Bureau) -> None:
    page = bureau.navigateur.get(f"{bureau.base}/suivis/nouveau")
    assert page.status_code == 200
    assert checked(page.text, "resultat") == ["echange_fait"]
    assert checked(page.text, "canal") == ["entretien"]
    assert checked(page.text, "quand") == ["aujourdhui"]
    assert checked(page.text, "visibilite") == ["mon_equipe"]
    assert bureau.code in re.search("<title>(.*?)</title>", page.text)[1]
    answer = note(bureau, depot=hidden(page.text, "depot"), mots="Vu au city,\r\nil cherche un stage.")
    assert (answer.status_code, answer.headers["Location"]) == (303, bureau.base)
    suivi = bureau.read(Suivi)[0]
    assert (suivi.jour, suivi.canal, suivi.resultat) == (TODAY, Canal.PRESENCE_RUE, Resultat.ECHANGE_FAIT)
    assert (suivi.agent_id, suivi.themes) == (bureau.agent.id, ())
    texte = bureau.words(suivi.note, place=Place.NOTE, row=suivi.id)
    assert texte == "Vu au city,\nil cherche un stage."
    assert "Suivi enregistré." in bureau.navigateur.get(bureau.base).text


def test_the_canal_is_the_one_used_last_or_the_one_of_the_address(bureau: Bureau) -> None:
    note(bureau, canal="autre", autre_canal="courriel", mots="")
    assert bureau.read(Suivi)[0].note is None
    page = bureau.navigateur.get(f"{bureau.base}/suivis/nouveau").text
    assert (checked(page, "canal"), checked(page, "autre_canal")) == (["autre"], ["courriel"])
    page = bureau.navigateur.get(f"{bureau.base}/suivis/nouveau?canal=telephone").text
    assert checked(page, "canal") == ["telephone"]
    page = bureau.navigateur.get(f"{bureau.base}/suivis/nouveau?canal=pigeon").text
    assert checked(page, "autre_canal") == ["courriel"]


def test_everything_that_can_be_said(bureau: Bureau) -> None:
    said = {
        "resultat": "autre",
        "autre_resultat": "ne_souhaite_pas",
        "quand": "autre",
        "jour": "3/3/2026",
        "themes": ["emploi", "mobilite"],
        "visibilite": "referent_coordinateur",
        "prochain_jour": "20/03/2026",
        "prochain_heure": "14h30",
        "prochain_canal": "telephone",
        "mots": "A appelé.",
    }
    assert note(bureau, **said).status_code == 303
    suivi, prevu = bureau.read(Suivi)[0], bureau.read(ContactPrevu)[0]
    assert (suivi.jour, suivi.resultat) == (date(2026, 3, 3), Resultat.NE_SOUHAITE_PAS)
    assert (suivi.themes, suivi.visibilite) == ((Theme.EMPLOI, Theme.MOBILITE), Visibilite.REFERENT_COORDINATEUR)
    assert (prevu.jour, prevu.heure.isoformat(), prevu.canal) == (date(2026, 3, 20), "14:30:00", Canal.TELEPHONE)
    assert prevu.promis_par == suivi.id


REFUSES = (
    ({"quand": "autre", "jour": ""}, "jour", "Écrivez le jour."),
    ({"quand": "autre", "jour": "31/02/2026"}, "jour", "Cette date n’existe pas."),
    ({"quand": "autre", "jour": "18/03/2026"}, "jour", "Ce jour n’est pas encore arrivé."),
    ({"quand": "autre", "jour": "2020-01-01"}, "jour", "avant l’ouverture du dossier"),
    ({"resultat": "autre"}, "autre_resultat-0", "Choisissez ce qui s’est passé."),
    ({"canal": None}, "canal-0", "Choisissez comment."),
    ({"prochain_heure": "14:30"}, "prochain_jour", "Écrivez le jour du rendez-vous."),
    ({"prochain_jour": "16/03/2026"}, "prochain_jour", "Ce jour est passé"),
    ({"prochain_jour": "20/03/2026", "prochain_heure": "25 h"}, "prochain_heure", "Écrivez l’heure comme ceci"),
    ({"mots": "a" * 4001}, "mots", "4 000 caractères au plus"),
)


def test_what_is_refused_is_said_beside_its_field_and_nothing_typed_is_lost(bureau: Bureau) -> None:
    for said, field, sentence in REFUSES:
        answer = note(bureau, **({"mots": "Il cherche un stage."} | said))
        assert answer.status_code == 422, said
        assert f'<a href="#{field}">' in answer.text
        assert answer.text.count(sentence) == 2, "in the summary and beside the field"
        assert said.get("mots", "Il cherche un stage.") in answer.text
        assert f'id="{field}"' in answer.text
    assert bureau.read(Suivi) == []


def test_a_day_typed_then_given_up_does_not_matter(bureau: Bureau) -> None:
    assert note(bureau, quand="hier", jour="n’importe quoi").status_code == 303
    assert bureau.read(Suivi)[0].jour == HIER


def test_a_double_tap_is_one_follow_up(bureau: Bureau) -> None:
    depot = str(uuid4())
    for _ in range(2):
        answer = note(bureau, depot=depot, mots="Vu.", prochain_jour="20/03/2026")
        assert (answer.status_code, answer.headers["Location"]) == (303, bureau.base)
    assert len(bureau.read(Suivi)) == len(bureau.read(ContactPrevu)) == 1


def test_the_back_button_then_other_words_shows_both_and_lets_one_choose(bureau: Bureau) -> None:
    depot = str(uuid4())
    note(bureau, depot=depot, mots="Il cherche un stage.")
    conflict = note(bureau, depot=depot, mots="Il cherche un emploi.", themes=["emploi"])
    assert conflict.status_code == 409
    assert "Il cherche un stage." in conflict.text
    assert "Il cherche un emploi." in conflict.text
    forms = re.findall(r'<form method="post" action="([^"]+)" class="forme-bouton">(.*?)</form>', conflict.text, re.S)
    offered = {
        unescape(url): dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))
        for url, body in forms
        if "suivis" in url
    }
    correct, another = offered
    assert bureau.navigateur.post(correct, **offered[correct]).status_code == 303
    assert bureau.navigateur.post(another, **offered[another]).status_code == 303
    texts = [bureau.words(s.note, place=Place.NOTE, row=s.id) for s in bureau.read(Suivi)]
    assert texts == ["Il cherche un emploi."] * 2


def test_two_taps_from_the_list(bureau: Bureau) -> None:
    for resultat, canal in (("absent_non_excuse", Canal.ENTRETIEN), ("sans_reponse", Canal.TELEPHONE)):
        said = {"resultat": resultat, "depot": str(uuid4()), "retour": "/mes-jeunes?par=50"}
        answer = bureau.navigateur.post(f"{bureau.base}/suivis/rapide", **said)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/mes-jeunes?par=50")
        noted = next(s for s in bureau.read(Suivi) if s.resultat.value == resultat)
        assert (noted.jour, noted.canal, noted.note) == (TODAY, canal, None)
        assert f"{bureau.base}/suivis/{noted.id}" in bureau.navigateur.get("/mes-jeunes").text
    assert bureau.navigateur.post(f"{bureau.base}/suivis/rapide", resultat="echange_fait").status_code == 400
    far = {"resultat": "sans_reponse", "depot": str(uuid4()), "retour": "https://ailleurs.example/"}
    assert bureau.navigateur.post(f"{bureau.base}/suivis/rapide", **far).headers["Location"] == bureau.base


def test_two_quick_notes_of_one_list_do_not_overwrite_each_other(bureau: Bureau) -> None:
    depot = str(uuid4())
    for resultat, expected in (("absent_non_excuse", 303), ("absent_non_excuse", 303), ("sans_reponse", 409)):
        answer = bureau.navigateur.post(f"{bureau.base}/suivis/rapide", resultat=resultat, depot=depot)
        assert answer.status_code == expected
    assert [s.resultat for s in bureau.read(Suivi)] == [Resultat.ABSENT_NON_EXCUSE]


def test_save_and_note_another(bureau: Bureau) -> None:
    answer = note(bureau, autre="1")
    assert answer.headers["Location"] == f"{bureau.base}/suivis/nouveau"


def test_a_form_opened_by_the_review_leads_back_to_it(bureau: Bureau) -> None:
    page = bureau.navigateur.get(f"{bureau.base}/suivis/nouveau?suite=revue")
    action = unescape(re.search(r'action="([^"]+suivis[^"]*)"', page.text)[1])
    answer = bureau.navigateur.post(action, **SAISIE, depot=str(uuid4()))
    assert answer.headers["Location"] == "/revue/dossier"


def test_a_follow_up_is_corrected_by_its_author_at_the_version_read(bureau: Bureau) -> None:
    note(bureau, mots="Il cherche un stage.", quand="hier", canal="autre", autre_canal="visio")
    suivi = bureau.read(Suivi)[0]
    path = f"{bureau.base}/suivis/{suivi.id}"
    page = bureau.navigateur.get(path).text
    assert "Il cherche un stage." in page
    assert [checked(page, name) for name in ("quand", "canal", "autre_canal")] == [["hier"], ["autre"], ["visio"]]
    assert bureau.navigateur.post(path, **SAISIE, version="1", mots="Il cherche un emploi.").status_code == 303
    assert bureau.words(bureau.read(Suivi)[0].note, place=Place.NOTE, row=suivi.id) == "Il cherche un emploi."
    stale = bureau.navigateur.post(path, **SAISIE, version="1", mots="Il a trouvé.")
    assert stale.status_code == 409
    assert "Il cherche un emploi." in words(stale.text)
    assert "Il a trouvé." in words(stale.text)
    assert hidden(stale.text, "version") == "2"
    assert bureau.navigateur.post(path, **SAISIE, version="2", mots="Il a trouvé.").status_code == 303
    assert bureau.navigateur.post(path, **SAISIE, version="x").status_code == 400


def test_nobody_else_reaches_a_follow_up(bureau: Bureau, compte, ouvrir) -> None:
    """A colleague of the équipe sees the dossier, but a follow-up is its author's word; a stranger sees nothing."""
    note(bureau)
    path = f"{bureau.base}/suivis/{bureau.read(Suivi)[0].id}"
    colleague, stranger = compte(Role.INTERVENANT), compte(Role.REFERENT, ailleurs=True)
    with bureau.house.database.writing() as session:
        from app.referents.models import MembreEquipe

        session.add(MembreEquipe(dossier_id=bureau.dossier_id, agent_id=colleague.id, depuis=TODAY))
    for agent, page_status in ((colleague, 200), (stranger, 404)):
        navigateur = ouvrir()
        navigateur.sign_in(agent)
        assert navigateur.get(f"{bureau.base}/suivis/nouveau").status_code == page_status
        assert navigateur.get(path).status_code == 404
        assert navigateur.post(path, **SAISIE, version="1").status_code == 404
    assert bureau.navigateur.get(f"{bureau.base}/suivis/{uuid4()}").status_code == 404
    assert bureau.navigateur.get("/dossiers/AAA-AAA/suivis/nouveau").status_code == 404


def test_a_coordinateur_reads_but_does_not_note(bureau: Bureau, compte, ouvrir) -> None:
    navigateur = ouvrir()
    navigateur.sign_in(compte(Role.COORDINATEUR))
    for path in ("suivis/nouveau", "contacts-prevus", "etapes/nouvelle"):
        assert navigateur.get(f"{bureau.base}/{path}").status_code == 404


def test_words_that_no_longer_open_are_neither_shown_empty_nor_written_over(bureau: Bureau) -> None:
    note(bureau, mots="Il cherche un stage.")
    suivi = bureau.read(Suivi)[0]
    with bureau.house.database.writing() as session:
        session.get(Suivi, (bureau.dossier_id, suivi.id)).note = suivi.note[:-1] + bytes([suivi.note[-1] ^ 1])
    path = f"{bureau.base}/suivis/{suivi.id}"
    assert "ne peuvent plus être lus" in bureau.navigateur.get(path).text
    assert bureau.navigateur.post(path, **SAISIE, version="1").status_code == 409
    assert bureau.read(Suivi)[0].version == 1


def test_a_contact_is_planned_moved_and_cancelled(bureau: Bureau) -> None:
    path, depot = f"{bureau.base}/contacts-prevus", str(uuid4())
    assert bureau.navigateur.get(path).status_code == 200
    said = {"jour": "24/03/2026", "heure": "9 h", "canal": "entretien", "objet": "Préparer le stage", "depot": depot}
    for _ in range(2):
        assert bureau.navigateur.post(path, **said).headers["Location"] == bureau.base
    assert bureau.navigateur.post(path, **(said | {"objet": "Autre chose"})).status_code == 409
    [planned] = bureau.read(ContactPrevu)
    assert (planned.jour, planned.heure.hour, planned.id) == (date(2026, 3, 24), 9, UUID(depot))
    assert bureau.words(planned.objet, place=Place.PREVU, row=planned.id) == "Préparer le stage"
    one = f"{path}/{planned.id}"
    assert "Préparer le stage" in bureau.navigateur.get(one).text
    assert bureau.navigateur.post(one, jour="25/03/2026", heure="", version="1").status_code == 303
    stale = bureau.navigateur.post(one, jour="26/03/2026", version="1")
    assert stale.status_code == 409
    assert "25 mars 2026" in words(stale.text)
    assert "26 mars 2026" in words(stale.text)
    assert bureau.navigateur.post(f"{one}/annuler", version="1").headers["Location"] == one
    assert bureau.navigateur.post(f"{one}/annuler", version="2").headers["Location"] == bureau.base
    assert bureau.read(ContactPrevu)[0].statut is StatutContactPrevu.ANNULE
    late = bureau.navigateur.post(one, jour="27/03/2026", version="3")
    assert late.status_code == 422
    assert "n’est plus à venir" in late.text


def test_a_contact_lies_ahead(bureau: Bureau) -> None:
    path = f"{bureau.base}/contacts-prevus"
    for jour, sentence in (("", "Écrivez le jour"), ("16/03/2026", "Ce jour est passé"), ("1/1/2036", "deux ans")):
        answer = bureau.navigateur.post(path, jour=jour, depot=str(uuid4()))
        assert answer.status_code == 422
        assert sentence in answer.text


def test_a_deposit_is_an_identifier(bureau: Bureau) -> None:
    assert note(bureau, depot="1").status_code == 400


def test_what_was_typed_on_a_locked_screen_is_offered_back_and_saved_once(bureau: Bureau) -> None:
    page = bureau.navigateur.get(f"{bureau.base}/suivis/nouveau").text
    depot = hidden(page, "depot")
    bureau.navigateur.wait(minutes=31)
    locked = note(bureau, depot=depot, mots="Il cherche un stage.", canal="message")
    assert locked.status_code == 303
    assert bureau.read(Suivi) == []
    bureau.navigateur.get(locked.headers["Location"])
    back = bureau.navigateur.post(locked.headers["Location"], mot_de_passe=MOT_DE_PASSE)
    again = bureau.navigateur.get(back.headers["Location"]).text
    assert "Il cherche un stage." in again
    assert (checked(again, "canal"), hidden(again, "depot")) == (["message"], depot)
    action = unescape(re.search(r'action="([^"]+/suivis[^"]*)"', again)[1])
    assert "brouillon=" in action
    saved = bureau.navigateur.post(action, **SAISIE, depot=depot, mots="Il cherche un stage.")
    assert saved.status_code == 303
    assert len(bureau.read(Suivi)) == 1
    assert "Il cherche un stage." not in bureau.navigateur.get(back.headers["Location"]).text, "the draft is gone"


def test_words_for_the_whole_team_ask_what_the_young_person_says(bureau: Bureau) -> None:
    depot = str(uuid4())
    shared = SAISIE | {"visibilite": "equipe_suivi", "mots": "Il a vu le conseiller.", "depot": depot}
    page = bureau.navigateur.post(f"{bureau.base}/suivis", **shared)
    assert page.status_code == 422
    assert "d’accord que l’équipe lise ces mots" in page.text
    assert "Il a vu le conseiller." in page.text
    assert bureau.read(Suivi) == []
    assert bureau.navigateur.post(f"{bureau.base}/suivis", **shared, partage="informe").status_code == 303
    (suivi,) = bureau.read(Suivi)
    assert (suivi.visibilite, suivi.partage) == (Visibilite.EQUIPE_SUIVI, PartageNote.INFORME)
    again = bureau.navigateur.get(f"{bureau.base}/suivis/{suivi.id}")
    assert checked(again.text, "partage") == ["informe"]
    # without words, nobody is asked
    silent = SAISIE | {"visibilite": "equipe_suivi", "depot": str(uuid4())}
    assert bureau.navigateur.post(f"{bureau.base}/suivis", **silent).status_code == 303
