"""Steps at a screen: what each kind asks, the ends proposed, the acts, two people at once."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from uuid import uuid4

from app.parcours.models import Etape, Etat
from app.parcours.vocabulaire import Contrat, GenreEtape, IssueEtape, NiveauVise, Situation, StatutEtape
from app.vault.places import Place
from tests.factories import TODAY
from tests.parcours.conftest import Bureau
from tests.parcours.test_freins import words


def add(bureau: Bureau, genre: str, debut: str, statut: str = "en_cours", **said: object):
    given = {"genre": genre, "debut": debut, "statut": statut, "depot": str(uuid4()), "fin_statut": "terminee"}
    return bureau.navigateur.post(f"{bureau.base}/etapes", **(given | said))


def of(bureau: Bureau, genre: GenreEtape) -> Etape:
    return next(etape for etape in bureau.read(Etape) if etape.genre is genre)


def act(bureau: Bureau, etape: Etape, acte: str, **said: object):
    given = {"version": str(etape.version)} | said
    return bureau.navigateur.post(f"{bureau.base}/etapes/{etape.id}/{acte}", **given)


def test_the_kind_first_then_only_what_it_needs(bureau: Bureau) -> None:
    page = bureau.navigateur.get(f"{bureau.base}/etapes/nouvelle?suite=revue").text
    for genre in GenreEtape:
        assert f"?genre={genre.value}&amp;suite=revue" in page
    own = {"emploi": "contrat", "formation": "niveau_vise", "chantier_educatif": "heures", "scolarite": None}
    for genre, field in own.items():
        page = bureau.navigateur.get(f"{bureau.base}/etapes/nouvelle?genre={genre}").text
        shown = {name for name in own.values() if name and f'name="{name}"' in page}
        assert shown == ({field} if field else set())
    assert "De quoi s’agit-il" in bureau.navigateur.get(f"{bureau.base}/etapes/nouvelle?genre=astrologie").text


def test_a_step_is_written_with_its_words_sealed(bureau: Bureau) -> None:
    said = {"contrat": "cdd_court", "fin_prevue": "30/06/2026", "precisions": "Boulangerie du quartier"}
    answer = add(bureau, "emploi", "2/2/2026", **said)
    assert (answer.status_code, answer.headers["Location"]) == (303, bureau.base)
    etape = of(bureau, GenreEtape.EMPLOI)
    assert (etape.statut, etape.debut, etape.fin_prevue) == (
        StatutEtape.EN_COURS,
        date(2026, 2, 2),
        date(2026, 6, 30),
    )
    assert etape.contrat is Contrat.CDD_COURT
    assert bureau.words(etape.precisions, place=Place.ETAPE, row=etape.id) == "Boulangerie du quartier"
    assert b"Boulangerie" not in etape.precisions
    assert bureau.read(Etat)[0].situation is Situation.EMPLOI
    page = bureau.navigateur.get(f"{bureau.base}/etapes/{etape.id}").text
    assert "Boulangerie du quartier" in page
    assert "2 février 2026" in page


def test_a_step_of_the_past_and_one_to_come(bureau: Bureau) -> None:
    over = {"fin": "30/06/2025", "fin_statut": "interrompue_accord", "issue": "reorientation"}
    assert add(bureau, "formation", "01/09/2024", "terminee", niveau_vise="qualifiante", **over).status_code == 303
    etape = of(bureau, GenreEtape.FORMATION)
    assert (etape.statut, etape.fin) == (StatutEtape.INTERROMPUE_ACCORD, date(2025, 6, 30))
    assert (etape.issue, etape.niveau_vise) == (IssueEtape.REORIENTATION, NiveauVise.QUALIFIANTE)
    # what was typed for an end that is not said does not matter
    assert add(bureau, "stage", "01/06/2026", "prevue", fin="n’importe quoi", issue="poursuite").status_code == 303
    assert of(bureau, GenreEtape.STAGE).fin is None


REFUSES = (
    ({"debut": ""}, "debut", "Écrivez le jour du début."),
    ({"debut": "18/03/2026"}, "debut", "pas encore commencé"),
    ({"debut": "01/01/1066"}, "debut", "trop éloignée"),
    ({"debut": "01/01/2012"}, "debut", "moins de 6 ans"),
    ({"statut": None}, "statut-0", "Dites où en est l’étape."),
    ({"statut": "terminee"}, "fin", "Écrivez le dernier jour."),
    ({"statut": "terminee", "fin": "01/01/2026"}, "fin", "La fin est avant le début."),
    ({"statut": "terminee", "fin": "18/03/2026"}, "fin", "pas encore arrivé"),
    ({"fin_prevue": "01/01/2026"}, "fin_prevue", "La fin est avant le début."),
    ({"heures": "beaucoup"}, "heures", "Écrivez un nombre entier."),
    ({"heures": "2001"}, "heures", "entre 0 et 2 000"),
)


def test_what_is_refused_is_said_beside_its_field(bureau: Bureau) -> None:
    for said, field, sentence in REFUSES:
        answer = add(bureau, "chantier_educatif", **({"debut": "02/02/2026", "precisions": "Espaces verts"} | said))
        assert answer.status_code == 422, said
        assert f'<a href="#{field}">' in answer.text
        assert answer.text.count(sentence) == 2, said
        assert "Espaces verts" in answer.text
    assert bureau.read(Etape) == []


def test_senseless_overlaps_are_refused_with_a_sentence(bureau: Bureau) -> None:
    add(bureau, "scolarite", "01/09/2025")
    for genre, sentence in (("scolarite", "même genre"), ("scolarite_fragile", "autre étape de scolarité")):
        answer = add(bureau, genre, "02/02/2026")
        assert answer.status_code == 422
        assert sentence in answer.text
    again = add(bureau, "scolarite", "01/09/2025", "prevue")
    assert "commence déjà ce jour-là" in again.text


def proposed(page: str) -> dict[str, bool]:
    found = re.findall(r'<input type="checkbox"[^>]*name="clore" value="([^"]+)"( checked)?', page)
    return {value: bool(ticked) for value, ticked in found}


def test_a_decrochage_proposes_to_end_the_schooling_and_a_raccrochage_to_end_the_decrochage(bureau: Bureau) -> None:
    add(bureau, "scolarite", "01/09/2025")
    school = of(bureau, GenreEtape.SCOLARITE)
    page = bureau.navigateur.get(f"{bureau.base}/etapes/nouvelle?genre=decrochage").text
    assert proposed(page) == {f"{school.id}:1": True}
    assert "Scolarité, commencée le 1er septembre 2025" in unescape(page)
    assert add(bureau, "decrochage", "02/02/2026", clore=f"{school.id}:1").status_code == 303
    assert of(bureau, GenreEtape.SCOLARITE).fin == date(2026, 2, 2)
    out = of(bureau, GenreEtape.DECROCHAGE)
    chantier = bureau.navigateur.get(f"{bureau.base}/etapes/nouvelle?genre=chantier_educatif").text
    assert proposed(chantier) == {}
    add(bureau, "raccrochage", "20/03/2026", "prevue", clore=f"{out.id}:1")
    assert of(bureau, GenreEtape.DECROCHAGE).statut is StatutEtape.EN_COURS, "a plan ends nothing"
    planned = of(bureau, GenreEtape.RACCROCHAGE)
    page = bureau.navigateur.get(f"{bureau.base}/etapes/{planned.id}/commencer").text
    assert proposed(page) == {f"{out.id}:1": True}
    assert act(bureau, planned, "commencer", debut="16/03/2026", clore=f"{out.id}:1").status_code == 303
    assert of(bureau, GenreEtape.DECROCHAGE).fin == date(2026, 3, 16)
    assert bureau.read(Etat)[0].situation is Situation.RACCROCHAGE


def test_a_proposal_that_changed_meanwhile_comes_back_with_what_was_typed(bureau: Bureau) -> None:
    add(bureau, "scolarite", "01/09/2025")
    school = of(bureau, GenreEtape.SCOLARITE)
    act(bureau, school, "mettre-en-attente")
    answer = add(bureau, "decrochage", "02/02/2026", clore=f"{school.id}:1", precisions="Depuis les vacances")
    assert answer.status_code == 409
    assert "Depuis les vacances" in answer.text
    assert proposed(answer.text) == {f"{school.id}:2": True}
    assert add(bureau, "decrochage", "02/02/2026", clore=f"{school.id}:2").status_code == 303
    too_early = add(bureau, "emploi", "01/01/2026", clore=f"{of(bureau, GenreEtape.DECROCHAGE).id}:1")
    assert too_early.status_code == 422
    assert "a commencé après cette date" in too_early.text


def test_a_second_job_offers_to_end_the_first_and_does_not_expect_it(bureau: Bureau) -> None:
    add(bureau, "emploi", "01/09/2025")
    page = bureau.navigateur.get(f"{bureau.base}/etapes/nouvelle?genre=emploi").text
    assert list(proposed(page).values()) == [False]
    assert add(bureau, "emploi", "02/02/2026").status_code == 303


def test_a_step_sent_twice_is_one_and_other_words_are_shown_beside(bureau: Bureau) -> None:
    depot = str(uuid4())
    for _ in range(2):
        assert add(bureau, "stage", "02/03/2026", depot=depot, precisions="Garage").status_code == 303
    conflict = add(bureau, "stage", "09/03/2026", depot=depot, precisions="Fleuriste")
    assert conflict.status_code == 409
    for said in ("Garage", "Fleuriste", "2 mars 2026", "9 mars 2026"):
        assert said in conflict.text
    forms = re.findall(r'<form method="post" action="([^"]+)" class="forme-bouton">(.*?)</form>', conflict.text, re.S)
    fields = re.compile(r'name="([^"]+)" value="([^"]*)"')
    offered = [(unescape(url), dict(fields.findall(body))) for url, body in forms if "etapes" in url]
    for url, said in offered:
        assert bureau.navigateur.post(url, **said).status_code in (303, 422)
    kept = bureau.read(Etape)
    assert [etape.debut for etape in kept] == [date(2026, 3, 9)], "corrected; another of the same day is refused"
    assert bureau.words(kept[0].precisions, place=Place.ETAPE, row=kept[0].id) == "Fleuriste"


def test_the_acts_of_a_step(bureau: Bureau) -> None:
    add(bureau, "formation", "02/02/2026")
    path = f"{bureau.base}/etapes/"
    for acte, said, statut in (
        ("mettre-en-attente", {}, StatutEtape.EN_ATTENTE),
        ("reprendre", {}, StatutEtape.EN_COURS),
        ("terminer", {"fin": "13/03/2026", "issue": "poursuite"}, StatutEtape.TERMINEE),
    ):
        etape = of(bureau, GenreEtape.FORMATION)
        assert bureau.navigateur.get(f"{path}{etape.id}/{acte}").status_code == 200
        assert act(bureau, etape, acte, **said).headers["Location"] == bureau.base
        assert of(bureau, GenreEtape.FORMATION).statut is statut
    etape = of(bureau, GenreEtape.FORMATION)
    assert (etape.fin, etape.issue, etape.version) == (date(2026, 3, 13), IssueEtape.POURSUITE, 4)
    gone = bureau.navigateur.get(f"{path}{etape.id}/terminer")
    assert (gone.status_code, gone.headers["Location"]) == (303, f"{path}{etape.id}")
    assert act(bureau, etape, "terminer", fin="13/03/2026").status_code == 422
    assert bureau.navigateur.get(f"{path}{etape.id}/danser").status_code == 404
    assert bureau.navigateur.get(f"{path}{uuid4()}/terminer").status_code == 404


def test_an_interruption_says_by_whom_and_what_never_was_is_cancelled(bureau: Bureau) -> None:
    add(bureau, "emploi", "02/02/2026")
    job = of(bureau, GenreEtape.EMPLOI)
    answer = act(bureau, job, "interrompre", fin="")
    assert answer.status_code == 422
    assert "Écrivez le dernier jour." in answer.text
    assert "Dites qui l’a arrêtée." in answer.text
    assert act(bureau, job, "interrompre", fin="16/03/2026", statut="interrompue_jeune").status_code == 303
    assert of(bureau, GenreEtape.EMPLOI).statut is StatutEtape.INTERROMPUE_JEUNE
    add(bureau, "stage", "02/06/2026", "prevue")
    page = bureau.navigateur.get(f"{bureau.base}/etapes/{of(bureau, GenreEtape.STAGE).id}/annuler").text
    assert "Cette étape n’a pas eu lieu" in page
    assert act(bureau, of(bureau, GenreEtape.STAGE), "annuler").status_code == 303
    assert of(bureau, GenreEtape.STAGE).statut is StatutEtape.ANNULEE


def test_an_act_on_a_step_that_changed_shows_both_and_forces_nothing_impossible(bureau: Bureau) -> None:
    add(bureau, "emploi", "02/02/2026")
    before = of(bureau, GenreEtape.EMPLOI)
    act(bureau, before, "mettre-en-attente")
    stale = act(bureau, before, "terminer", fin="13/03/2026", issue="rupture")
    assert stale.status_code == 409
    for said in ("En attente", "13 mars 2026", "Rupture", "Enregistrer ma version"):
        assert said in stale.text
    act(bureau, of(bureau, GenreEtape.EMPLOI), "terminer", fin="12/03/2026")
    over = act(bureau, before, "terminer", fin="13/03/2026")
    assert over.status_code == 409
    assert "Enregistrer ma version" not in over.text
    assert of(bureau, GenreEtape.EMPLOI).fin == date(2026, 3, 12)


def test_a_correction_puts_right_kind_status_and_dates(bureau: Bureau) -> None:
    add(bureau, "emploi", "02/02/2026", contrat="cdi", precisions="Boulangerie")
    etape = of(bureau, GenreEtape.EMPLOI)
    path = f"{bureau.base}/etapes/{etape.id}"
    right = {"genre": "alternance", "statut": "terminee", "debut": "03/02/2026", "fin": "13/03/2026", "version": "1"}
    assert bureau.navigateur.post(path, **right, contrat="cdi", precisions="Boulangerie").status_code == 303
    kept = of(bureau, GenreEtape.ALTERNANCE)
    assert (kept.statut, kept.debut, kept.fin, kept.contrat) == (
        StatutEtape.TERMINEE,
        date(2026, 2, 3),
        date(2026, 3, 13),
        None,
    )
    stale = bureau.navigateur.post(path, **(right | {"debut": "04/02/2026"}), precisions="Fleuriste")
    assert stale.status_code == 409
    for said in ("3 février 2026", "4 février 2026", "Boulangerie", "Fleuriste"):
        assert said in words(stale.text)
    wrong = bureau.navigateur.post(path, **(right | {"version": "2", "fin": "01/02/2026"}))
    assert wrong.status_code == 422
    assert "La fin est avant le début." in wrong.text
    assert of(bureau, GenreEtape.ALTERNANCE).version == 2


def test_an_opened_step_never_begins_tomorrow(bureau: Bureau) -> None:
    add(bureau, "formation", "01/06/2026", "prevue")
    planned = of(bureau, GenreEtape.FORMATION)
    page = bureau.navigateur.get(f"{bureau.base}/etapes/{planned.id}/commencer").text
    assert f'value="{TODAY:%d/%m/%Y}"' in page, "today is offered when the planned day is not there yet"
    answer = act(bureau, planned, "commencer", debut="18/03/2026")
    assert answer.status_code == 422
