"""Goals at a screen: written in one page, ticked in one tap, and to each only what is theirs to read."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest

from app.accounts.vocabulaire import Role
from app.parcours.models_objectifs import Objectif, PetitPas
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import StatutObjectif
from app.referents.models import MembreEquipe
from app.referents.vocabulaire import Finalite
from app.vault.places import Place
from tests.factories import TODAY
from tests.parcours.conftest import Bureau
from tests.parcours.test_pages_suivis import hidden

JOUR = timedelta(days=1)
SAISIE = {
    "mots_jeune": "Je veux passer mon code.",
    "mots_pro": "Préparer le permis.",
    "theme": "mobilite",
    "echeance": "30/06/2026",
    "pas-0-mots": "Prendre rendez-vous à l’auto-école",
    "pas-1-mots": "",
    "pas-2-mots": "Réviser   une heure",
}


def write(bureau: Bureau, **said: object):
    return bureau.navigateur.post(f"{bureau.base}/objectifs", **(SAISIE | {"depot": str(uuid4())} | said))


def words(bureau: Bureau) -> list[str]:
    steps = sorted(bureau.read(PetitPas), key=lambda step: step.rang)
    return [bureau.words(step.mots, place=Place.PETIT_PAS, row=step.id) for step in steps]


def main(page: str) -> str:
    return unescape(page[page.index("<main") : page.index("</main>")])


def test_a_goal_is_written_with_them_and_stands_on_the_dossier(bureau: Bureau) -> None:
    page = bureau.navigateur.get(bureau.base).text
    assert "Aucun objectif pour l’instant" in page
    form = bureau.navigateur.get(f"{bureau.base}/objectifs").text
    assert form.count('class="petit-pas-ligne"') == 3
    assert bureau.code in re.search("<title>(.*?)</title>", form)[1]
    said = {"depot": hidden(form, "depot"), "accord": "y"}
    for _ in range(2):
        answer = write(bureau, **said)
        assert answer.status_code == 303
    [objectif] = bureau.read(Objectif)
    assert answer.headers["Location"] == f"{bureau.base}#objectif-{objectif.id}"
    assert (objectif.theme, objectif.echeance, objectif.accord_le) == (Theme.MOBILITE, date(2026, 6, 30), TODAY)
    assert words(bureau) == ["Prendre rendez-vous à l’auto-école", "Réviser une heure"]
    page = main(bureau.navigateur.get(bureau.base).text)
    for text in ("Je veux passer mon code.", "Préparer le permis.", "pour le 30 juin", "est d’accord, le 17 mars"):
        assert text in page
    coming = page[page.index("À venir") : page.index('id="objectifs"')]
    assert re.search(r"Objectif</a>.*mardi 30 juin.*Je veux passer mon code\.", coming, re.S)


REFUSES = (
    ({"mots_jeune": " ", "mots_pro": ""}, "mots_jeune", "Écrivez au moins ses mots, ou les vôtres."),
    ({"mots_pro": "a" * 301}, "mots_pro", "300 lettres au plus"),
    ({"theme": ""}, "theme", "Choisissez de quoi il s’agit."),
    ({"echeance": "16/03/2026"}, "echeance", "Ce jour est passé."),
    ({"pas-2-mots": "a" * 121}, "pas-2-mots", "120 lettres au plus"),
)


def test_what_is_refused_is_said_beside_its_field_and_nothing_typed_is_lost(bureau: Bureau) -> None:
    for said, field, sentence in REFUSES:
        answer = write(bureau, **said)
        assert answer.status_code == 422, said
        assert f'<a href="#{field}">' in answer.text
        assert f'id="{field}"' in answer.text
        assert answer.text.count(sentence) == 2, "in the summary and beside the field"
        assert "auto-école" in answer.text
    assert bureau.read(Objectif) == []
    assert write(bureau, depot="1").status_code == 400


def test_one_tap_ticks_a_small_step_and_another_takes_it_back(bureau: Bureau) -> None:
    write(bureau)
    page = bureau.navigateur.get(bureau.base).text
    action = re.search(r'action="([^"]+/pas/[^"]+)"', page)[1]
    for done, pressed in (("oui", "true"), ("oui", "true"), ("non", "false")):
        assert bureau.navigateur.post(action, fait=done).headers["Location"].startswith(f"{bureau.base}#objectif-")
        page = bureau.navigateur.get(bureau.base).text
        assert re.search(rf'action="{action}".*?aria-pressed="(\w+)"', page, re.S)[1] == pressed
    assert bureau.navigateur.post(action, fait="peut-être").status_code == 400
    assert bureau.navigateur.post(action[:-1] + ("0" if action[-1] != "0" else "1"), fait="oui").status_code == 404


def test_a_correction_keeps_ticks_and_asks_again_for_an_agreement(bureau: Bureau) -> None:
    write(bureau, accord="y")
    [objectif] = bureau.read(Objectif)
    path = f"{bureau.base}/objectifs/{objectif.id}"
    page = bureau.navigateur.get(path).text
    first, second = re.findall(r'name="pas-\d-ref" value="([^"]+)"', page)
    assert page.count('class="petit-pas-ligne"') == 4
    bureau.navigateur.post(f"{path}/pas/{first}", fait="oui")
    corrected = SAISIE | {
        "version": "1", "statut": "en_cours", "pas-0-mots": "Réviser deux heures", "pas-0-ref": second,
        "pas-2-mots": "", "pas-3-mots": "Appeler", "pas-3-ref": first,
    }  # fmt: skip
    assert bureau.navigateur.post(path, **corrected).status_code == 303
    assert words(bureau) == ["Réviser deux heures", "Appeler"]
    assert {str(step.id) for step in bureau.read(PetitPas) if step.fait_le} == {first}
    assert bureau.read(Objectif)[0].accord_le == TODAY
    stale = bureau.navigateur.post(path, **(corrected | {"mots_jeune": "Je veux une voiture."}))
    assert stale.status_code == 409
    assert "Je veux une voiture." in re.sub("</?mark>", "", stale.text)
    assert "Je veux passer mon code." in re.sub("</?mark>", "", stale.text)
    said = corrected | {"version": "2", "mots_jeune": "Je veux une voiture.", "statut": "reporte"}
    assert bureau.navigateur.post(path, **said).status_code == 303
    assert "son accord est à redemander" in bureau.navigateur.get(bureau.base).text
    [objectif] = bureau.read(Objectif)
    assert (objectif.accord_le, objectif.statut) == (None, StatutObjectif.REPORTE)


def test_they_agree_today_or_on_another_day_to_what_was_read(bureau: Bureau) -> None:
    write(bureau)
    [objectif] = bureau.read(Objectif)
    path = f"{bureau.base}/objectifs/{objectif.id}"
    for said, kept in (
        ({"version": "1"}, TODAY),
        ({"version": "1", "retirer": "1"}, None),
        ({"version": "1", "accord_le": "12/03/2026"}, date(2026, 3, 12)),
        ({"version": "1", "accord_le": "18/03/2026"}, date(2026, 3, 12)),
        ({"version": "1", "accord_le": "demain"}, date(2026, 3, 12)),
        ({"version": "7", "retirer": "1"}, date(2026, 3, 12)),
    ):
        assert bureau.navigateur.post(f"{path}/accord", **said).status_code == 303
        assert bureau.read(Objectif)[0].accord_le == kept, said


def test_the_back_button_then_other_words_shows_both(bureau: Bureau) -> None:
    depot = str(uuid4())
    write(bureau, depot=depot)
    conflict = write(bureau, depot=depot, mots_jeune="Je veux une voiture.")
    assert conflict.status_code == 409
    forms = re.findall(r'<form method="post" action="([^"]+)" class="forme-bouton">(.*?)</form>', conflict.text, re.S)
    offered = [
        (unescape(url), {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', body)})
        for url, body in forms
        if "/objectifs" in url
    ]
    assert [bureau.navigateur.post(url, **said).status_code for url, said in offered] == [303, 303]
    texts = [bureau.words(o.mots_jeune, place=Place.OBJECTIF_JEUNE, row=o.id) for o in bureau.read(Objectif)]
    assert texts == ["Je veux une voiture."] * 2


def test_a_goal_that_is_over_leaves_the_dossier_for_its_own_page(bureau: Bureau) -> None:
    write(bureau)
    [objectif] = bureau.read(Objectif)
    path = f"{bureau.base}/objectifs/{objectif.id}"
    done = SAISIE | {"version": "1", "statut": "atteint"}
    assert bureau.navigateur.post(path, **done).status_code == 303
    page = bureau.navigateur.get(bureau.base).text
    assert "Je veux passer mon code." not in page
    assert "1 objectif passé" in page
    past = bureau.navigateur.get(f"{bureau.base}/objectifs/passes").text
    assert "Je veux passer mon code." in past
    assert "atteint depuis le 17 mars" in past
    assert "Je veux" not in bureau.navigateur.get(f"{bureau.base}/objectifs/passes?avant={objectif.id}").text


@pytest.fixture
def partner(bureau: Bureau, compte, ouvrir):
    """An educator of another structure who joined for schooling and nothing else."""
    agent = compte(Role.INTERVENANT, ailleurs=True)
    with bureau.house.database.writing() as session:
        session.add(
            MembreEquipe(
                dossier_id=bureau.dossier_id, agent_id=agent.id, depuis=TODAY, finalite=Finalite.SCOLARITE,
                informe_le=TODAY, informe_forme="orale",
            )
        )  # fmt: skip
    navigateur = ouvrir()
    navigateur.sign_in(agent)
    return navigateur


def test_a_partner_reads_what_their_purpose_needs_and_what_they_wrote(bureau: Bureau, partner) -> None:
    write(bureau)
    write(bureau, theme="scolarite", mots_jeune="Je veux revenir au lycée.", mots_pro="")
    page = partner.get(bureau.base).text
    assert "Je veux revenir au lycée." in page
    assert "Je veux passer mon code." not in page
    others = next(o for o in bureau.read(Objectif) if o.theme is Theme.MOBILITE)
    path = f"{bureau.base}/objectifs/{others.id}"
    assert partner.get(path).status_code == 404
    for act, said in (("", SAISIE | {"statut": "en_cours"}), ("/accord", {}), ("/supprimer", {})):
        assert partner.post(f"{path}{act}", version="1", **said).status_code == 404, act
    own = SAISIE | {"theme": "logement", "mots_jeune": "Je veux ma chambre.", "depot": str(uuid4())}
    assert partner.post(f"{bureau.base}/objectifs", **own).status_code == 303
    assert "Je veux ma chambre." in partner.get(bureau.base).text
    assert "Je veux ma chambre." in bureau.navigateur.get(bureau.base).text


def test_whoever_wrote_it_or_answers_for_the_dossier_takes_a_goal_away(bureau: Bureau, compte, ouvrir, partner) -> None:
    write(bureau, theme="scolarite")
    path = f"{bureau.base}/objectifs/{bureau.read(Objectif)[0].id}"
    assert "Supprimer cet objectif" not in partner.get(path).text
    assert partner.post(f"{path}/supprimer", version="1").status_code == 404
    coordinateur = ouvrir()
    coordinateur.sign_in(compte(Role.COORDINATEUR))
    assert "Je veux passer mon code." in coordinateur.get(bureau.base).text
    assert coordinateur.get(path).status_code == coordinateur.get(f"{bureau.base}/objectifs").status_code == 404
    assert bureau.navigateur.post(f"{path}/supprimer", version="2").headers["Location"] == path
    assert bureau.navigateur.post(f"{path}/supprimer", version="1").headers["Location"] == bureau.base
    assert bureau.read(Objectif) == bureau.read(PetitPas) == []


def test_words_that_no_longer_open_hide_nothing_else_and_are_not_written_over(bureau: Bureau) -> None:
    write(bureau)
    write(bureau, mots_jeune="Je veux revenir au lycée.")
    spoiled = bureau.read(Objectif)[0]
    with bureau.house.database.writing() as session:
        found = session.get(Objectif, (bureau.dossier_id, spoiled.id))
        found.mots_jeune = spoiled.mots_jeune[:-1] + bytes([spoiled.mots_jeune[-1] ^ 1])
    page = bureau.navigateur.get(bureau.base)
    assert page.status_code == 200
    assert "ne peuvent plus être lus" in page.text
    path = f"{bureau.base}/objectifs/{spoiled.id}"
    assert bureau.navigateur.post(path, **SAISIE, version="1", statut="en_cours").status_code == 409
