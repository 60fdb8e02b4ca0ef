"""What a step may be, become, and propose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from app.db.errors import DomainError
from app.parcours.rules_etapes import (
    TRANSITIONS,
    Cadre,
    Faits,
    actes_possibles,
    check_faits,
    check_overlaps,
    check_transition,
    ended,
    propositions,
)
from app.parcours.vocabulaire import (
    ActeEtape,
    Contrat,
    GenreEtape,
    IssueEtape,
    NiveauVise,
    StatutEtape,
)
from tests.parcours.test_rules import Pas

TODAY = date(2026, 3, 17)
CADRE = Cadre(annee_naissance=2008, clos_le=None)
BASE = Faits(GenreEtape.FORMATION, StatutEtape.EN_COURS, date(2026, 1, 5))


def opened(genre: GenreEtape, debut: date = date(2025, 9, 1), statut=StatutEtape.EN_COURS, fin=None) -> Pas:
    return Pas(uuid4(), genre, statut, debut, fin)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"contrat": Contrat.CDI}, "contrat_hors_emploi", "contrat"),
        ({"heures": 20}, "heures_hors_chantier", "heures"),
        ({"genre": GenreEtape.EMPLOI, "niveau_vise": NiveauVise.DIPLOMANTE}, "niveau_hors_formation", "niveau_vise"),
        ({"genre": GenreEtape.CHANTIER_EDUCATIF, "heures": -1}, "heures_invraisemblables", "heures"),
        ({"genre": GenreEtape.CHANTIER_EDUCATIF, "heures": 2001}, "heures_invraisemblables", "heures"),
        ({"issue": IssueEtape.POURSUITE}, "issue_sans_fin", "issue"),
        ({"debut": date(2026, 3, 18)}, "debut_futur", "debut"),
        ({"debut": date(2007, 12, 31)}, "avant_naissance", "debut"),
        ({"debut": date(2013, 12, 31)}, "trop_jeune", "debut"),
        ({"debut": date(1066, 10, 14)}, "date_invraisemblable", "debut"),
        ({"statut": StatutEtape.PREVUE, "debut": date(2066, 1, 1)}, "date_invraisemblable", "debut"),
        ({"statut": StatutEtape.TERMINEE}, "fin_absente", "fin"),
        ({"fin": date(2026, 2, 1)}, "fin_sans_statut", "fin"),
        ({"statut": StatutEtape.TERMINEE, "fin": date(2026, 1, 4)}, "fin_avant_debut", "fin"),
        ({"statut": StatutEtape.TERMINEE, "fin": date(2026, 3, 18)}, "fin_future", "fin"),
        ({"fin_prevue": date(2026, 1, 4)}, "fin_avant_debut", "fin_prevue"),
        ({"fin_prevue": date(2066, 1, 4)}, "date_invraisemblable", "fin_prevue"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(changes: dict, code: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_faits(replace(BASE, **changes), cadre=CADRE, today=TODAY)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"debut": TODAY},
        {"debut": date(2014, 9, 1), "fin": TODAY, "statut": StatutEtape.TERMINEE, "issue": IssueEtape.RUPTURE},
        {"statut": StatutEtape.PREVUE, "debut": date(2026, 9, 1), "fin_prevue": date(2027, 6, 30)},
        {"statut": StatutEtape.PREVUE, "debut": date(2026, 2, 1)},
        {"niveau_vise": NiveauVise.QUALIFIANTE},
        {"genre": GenreEtape.EMPLOI, "contrat": Contrat.INTERIM},
        {"genre": GenreEtape.CHANTIER_EDUCATIF, "heures": 0},
        {"statut": StatutEtape.ANNULEE},
    ],
)
def test_what_can_be_is_accepted(changes: dict) -> None:
    check_faits(replace(BASE, **changes), cadre=CADRE, today=TODAY)


def test_a_closed_dossier_takes_only_its_past() -> None:
    closed = Cadre(2008, clos_le=date(2026, 2, 1))
    past = {"statut": StatutEtape.TERMINEE, "fin": date(2026, 1, 20)}
    check_faits(replace(BASE, **past), cadre=closed, today=TODAY)
    for changes in ({}, {"statut": StatutEtape.PREVUE}, {**past, "debut": date(2026, 2, 2), "fin": date(2026, 2, 3)}):
        with pytest.raises(DomainError, match="dossier_clos"):
            check_faits(replace(BASE, **changes), cadre=closed, today=TODAY)


def test_the_acts_that_each_status_allows() -> None:
    names = {statut: [acte.value for acte in actes_possibles(statut)] for statut in StatutEtape}
    ends = ["terminer", "interrompre", "annuler"]
    assert names[StatutEtape.PREVUE] == ["commencer", "annuler"]
    assert names[StatutEtape.EN_COURS] == ["mettre-en-attente", *ends]
    assert names[StatutEtape.EN_ATTENTE] == ["reprendre", *ends]
    assert not any(names[statut] for statut in (StatutEtape.TERMINEE, StatutEtape.ANNULEE))


def test_no_act_leads_where_it_should_not() -> None:
    for acte, (sources, targets) in TRANSITIONS.items():
        for de in StatutEtape:
            for vers in StatutEtape:
                if de in sources and vers in targets:
                    check_transition(acte, de=de, vers=vers)
                else:
                    with pytest.raises(DomainError, match="transition_impossible"):
                        check_transition(acte, de=de, vers=vers)
    assert set(TRANSITIONS) == set(ActeEtape)


CLOSING = "scolarite formation alternance emploi insertion_activite_economique service_civique raccrochage".split()


@pytest.mark.parametrize("genre", GenreEtape)
def test_only_what_brings_back_proposes_to_close_a_decrochage(genre: GenreEtape) -> None:
    decrochage = opened(GenreEtape.DECROCHAGE)
    if genre is GenreEtape.DECROCHAGE:
        return
    found = propositions(replace(BASE, genre=genre), [decrochage])
    assert [proposition.etape_id for proposition in found] == ([decrochage.id] if genre.value in CLOSING else [])
    assert all(proposition.fin == BASE.debut for proposition in found)


def test_a_decrochage_proposes_to_end_the_open_schooling_and_nothing_else() -> None:
    steps = {genre: opened(genre) for genre in GenreEtape if genre is not GenreEtape.DECROCHAGE}
    found = propositions(replace(BASE, genre=GenreEtape.DECROCHAGE), steps.values())
    schooling = {steps[GenreEtape.SCOLARITE].id, steps[GenreEtape.SCOLARITE_FRAGILE].id}
    assert {proposition.etape_id for proposition in found} == schooling


def test_nothing_is_proposed_by_a_plan_or_on_what_is_over_or_later() -> None:
    decrochage = replace(BASE, genre=GenreEtape.DECROCHAGE)
    over = opened(GenreEtape.SCOLARITE, statut=StatutEtape.TERMINEE, fin=date(2025, 12, 1))
    later = opened(GenreEtape.SCOLARITE, debut=date(2026, 2, 1))
    assert propositions(decrochage, [over, later]) == []
    assert propositions(replace(decrochage, statut=StatutEtape.PREVUE), [opened(GenreEtape.SCOLARITE)]) == []


def test_what_began_the_very_same_day_is_proposed_too() -> None:
    same_day = opened(GenreEtape.SCOLARITE, debut=BASE.debut)
    found = propositions(replace(BASE, genre=GenreEtape.DECROCHAGE), [same_day])
    assert [proposition.etape_id for proposition in found] == [same_day.id]


@pytest.mark.parametrize(
    ("genre", "other", "code"),
    [
        (GenreEtape.FORMATION, GenreEtape.FORMATION, "meme_genre_en_cours"),
        (GenreEtape.DECROCHAGE, GenreEtape.DECROCHAGE, "meme_genre_en_cours"),
        (GenreEtape.SCOLARITE, GenreEtape.SCOLARITE_FRAGILE, "scolarites_simultanees"),
        (GenreEtape.ENSEIGNEMENT_SUPERIEUR, GenreEtape.SCOLARITE, "scolarites_simultanees"),
        (GenreEtape.EMPLOI, GenreEtape.FORMATION, None),
        (GenreEtape.EMPLOI, GenreEtape.EMPLOI, None),
        (GenreEtape.DECROCHAGE, GenreEtape.SCOLARITE, None),
        (GenreEtape.CHANTIER_EDUCATIF, GenreEtape.DECROCHAGE, None),
        (GenreEtape.ACCOMPAGNEMENT, GenreEtape.ACCOMPAGNEMENT, None),
    ],
)
def test_what_nobody_lives_at_once_is_refused(genre: GenreEtape, other: GenreEtape, code: str | None) -> None:
    faits, existing = replace(BASE, genre=genre), opened(other)
    if code is None:
        check_overlaps(faits, [existing])
        return
    with pytest.raises(DomainError, match=code):
        check_overlaps(faits, [existing])
    check_overlaps(faits, [ended(existing, faits.debut)])
    check_overlaps(replace(faits, statut=StatutEtape.PREVUE), [existing])
    check_overlaps(faits, [replace(existing, statut=StatutEtape.ANNULEE)])


@pytest.mark.parametrize(
    ("debut", "fin", "overlaps"),
    [
        ("2025-01-01", "2025-09-01", False),
        ("2025-01-01", "2025-09-02", True),
        ("2025-10-01", "2025-11-01", True),
        ("2025-10-10", "2025-10-10", True),
        ("2025-12-20", "2026-01-10", False),
        ("2025-12-19", None, True),
    ],
)
def test_a_shared_day_is_a_passage_not_an_overlap(debut: str, fin: str | None, overlaps: bool) -> None:
    existing = opened(GenreEtape.FORMATION, statut=StatutEtape.TERMINEE, fin=date(2025, 12, 20))
    statut = StatutEtape.TERMINEE if fin else StatutEtape.EN_COURS
    faits = Faits(GenreEtape.FORMATION, statut, date.fromisoformat(debut), fin and date.fromisoformat(fin))
    if overlaps:
        with pytest.raises(DomainError, match="meme_genre_en_cours"):
            check_overlaps(faits, [existing])
    else:
        check_overlaps(faits, [existing])


def test_the_same_kind_on_the_same_day_is_a_step_typed_twice() -> None:
    twin = Pas(UUID(int=3), GenreEtape.EMPLOI, StatutEtape.PREVUE, BASE.debut)
    faits = replace(BASE, genre=GenreEtape.EMPLOI)
    with pytest.raises(DomainError, match="etape_en_double"):
        check_overlaps(faits, [twin])
    check_overlaps(faits, [replace(twin, statut=StatutEtape.ANNULEE)])
