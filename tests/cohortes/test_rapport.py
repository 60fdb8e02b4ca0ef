"""Which vintage a report reads, what it says of each theme, what may be written beside it."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from app.cohortes.forms_rapport import PRECISIONS, REFUS, axis_parts, fiche_of, read_report, running_foot
from app.cohortes.rules_rapport import (
    APPORTS,
    COMMENTAIRE_MAX,
    check_comment,
    measures_of,
    subjects_of,
    vintage_of,
    years_of,
)
from app.cohortes.vocabulaire import Bande, Mesure, Raison
from app.db.errors import DomainError
from app.programme.models import Axe, Contrat
from app.programme.vocabulaire import GenreAxe, Thematique
from tests.cohortes.test_phrases import cell, releve, situations

ANNEE = 2026 * 4
TODAY = date(2026, 3, 17)


def test_a_report_reads_the_last_vintage_of_its_year_or_the_last_before() -> None:
    closed = [ANNEE + 1, ANNEE, ANNEE - 1, ANNEE - 9]
    assert [vintage_of(annee, closed) for annee in (2027, 2026, 2025, 2024, 2023, 2022)] == [
        ANNEE + 1, ANNEE + 1, ANNEE - 1, ANNEE - 9, ANNEE - 9, None,
    ]  # fmt: skip
    assert years_of(closed, today=TODAY) == [2026, 2025, 2024, 2023]
    assert years_of([], today=TODAY) == [2026]


def test_every_theme_has_its_measures_or_its_sentence() -> None:
    assert set(APPORTS) == set(Thematique)
    parts = axis_parts([axe(1, *Thematique)], {}, [])
    for theme, told in zip(Thematique, parts[0].themes, strict=True):
        assert bool(APPORTS[theme].mesures) == bool(told.montre), theme
        assert told.montre or told.precision, theme
    assert set(PRECISIONS) <= set(Thematique)


def test_an_axis_shows_each_measure_once() -> None:
    themes = (Thematique.EMPLOI_INSERTION, Thematique.FORMATION)
    assert measures_of(themes).count(Mesure.SITUATIONS) == 1
    assert len(subjects_of(themes)) == len(set(subjects_of(themes)))
    assert measures_of([Thematique.LOGEMENT_HABITAT]) == []


def axe(number: int, *themes: Thematique) -> Axe:
    return Axe(id=number, contrat_id=1, code=f"a{number}", genre=GenreAxe.ENJEU, libelle=f"Enjeu {number}", rang=number,
               thematiques=themes)  # fmt: skip


def test_a_chart_is_drawn_once_and_pointed_to_after() -> None:
    told = situations({(0, Bande.DECROCHAGE): cell(155), (12, Bande.DECROCHAGE): cell(60)})
    first, second = axis_parts(
        [axe(1, Thematique.DECROCHAGE_RACCROCHAGE), axe(2, Thematique.EMPLOI_INSERTION)], told, []
    )
    assert [volet.id for volet in first.volets] == ["axe-1-situations"]
    assert second.volets == []
    assert second.ailleurs == [(first.volets[0].titre, "axe-1-situations")]
    assert [one.chiffre for one in first.constats] == ["17\u00a0%"]


def test_tables_for_paper_keep_landmarks() -> None:
    mois = tuple(range(61))
    told = situations({(m, Bande.EMPLOI): cell(60) for m in mois}, mois=mois)
    delay = {Mesure.DELAI_EMPLOI: releve(Mesure.DELAI_EMPLOI, {(m, "atteint"): cell(60) for m in mois}, mois=mois)}
    [part] = axis_parts([axe(1, Thematique.EMPLOI_INSERTION)], told | delay, [])
    for volet in part.volets:
        for tableau in volet.tables:
            assert [label for label, _ in tableau.lignes] == ["0", "6", "12", "24", "36", "48", "60"]


def test_a_fiche_without_numbers_says_why() -> None:
    found = fiche_of("Bellevue", {}, refus={}, raison=Raison.PROCHE)
    assert (found.constats, found.volet, found.absent) == ([], None, Raison.PROCHE.label)


CONTRATS = [
    Contrat(id=2, code="neuf", libelle="Neuf", debut=date(2024, 1, 1), fin=None),
    Contrat(id=1, code="vieux", libelle="Vieux", debut=date(2015, 1, 1), fin=date(2023, 12, 31)),
]


@pytest.mark.parametrize(
    ("asked", "annee", "contrat"),
    [({}, 2026, "neuf"), ({"annee": "2023"}, 2023, "vieux"), ({"annee": "2023", "contrat": "neuf"}, 2023, "neuf")],
)
def test_the_address_of_a_report(asked: dict[str, str], annee: int, contrat: str) -> None:
    found = read_report(MultiDict(asked), millesimes=[ANNEE, ANNEE - 12], contrats=CONTRATS, today=TODAY)
    assert (found.annee, found.contrat.code) == (annee, contrat)


@pytest.mark.parametrize(
    "asked",
    [[("annee", "1999")], [("annee", "2026 ")], [("annee", "2026"), ("annee", "2025")], [("contrat", "autre")],
     [("annee", "")], [("territoire", "1")], [("annee", "٢٠٢٦")]],
)  # fmt: skip
def test_no_other_address_is_one(asked: list[tuple[str, str]]) -> None:
    assert read_report(MultiDict(asked), millesimes=[ANNEE], contrats=CONTRATS, today=TODAY) is None


def test_the_label_of_a_contract_cannot_end_the_style() -> None:
    choix = read_report(MultiDict(), millesimes=[ANNEE], contrats=[
        Contrat(id=3, code="x", libelle='a"; } body { display: none \\', debut=date(2024, 1, 1), fin=None)
    ], today=TODAY)  # fmt: skip
    style = running_foot(choix)
    assert style.count('"') == 2
    assert "1er trimestre 2026" in style


@pytest.mark.parametrize(
    ("texte", "code"),
    [
        ("  \r\n ", "commentaire_vide"),
        ("a" * (COMMENTAIRE_MAX + 1), "commentaire_long"),
        ("Écrire à lina.d@exemple.fr pour en parler.", "commentaire_courriel"),
        ("Le 06 39 98 12 34 répond.", "commentaire_telephone"),
        ("Le 06.39.98.12.34 répond.", "commentaire_telephone"),
        ("+33639981234", "commentaire_telephone"),
        ("Un progrès (K7M-2PQ) cette année.", "commentaire_dossier"),
        ("Voir le dossier KTM-APQ.", "commentaire_dossier"),
    ],
)
def test_what_would_lead_to_somebody_is_refused_with_a_sentence(texte: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_comment(texte)
    assert refused.value.code == code
    assert code in REFUS


@pytest.mark.parametrize(
    "texte",
    ["En 2025 et 2026, 1 480 jeunes, dont 565 en emploi.", "Du 01/09/2025 au 30/06/2026.", "QPV QN07301M, CAP-BEP.",
     "20 % en 2024, 35 % en 2025, 40 % en 2026."],
)  # fmt: skip
def test_figures_dates_and_codes_of_places_are_welcome(texte: str) -> None:
    assert check_comment(f" {texte}\r\nEt après. ") == f"{texte}\nEt après."
