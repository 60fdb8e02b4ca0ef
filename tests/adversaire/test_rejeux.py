"""T4 to T6 and T14: what happens to the ledger when the past is written again, and when lives change hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from app.cohortes.rules_cellules import SEUIL
from tests.adversaire import gels, lecture
from tests.adversaire.conftest import MILIEU, Monde
from tests.adversaire.population import DERNIER, PREMIER, Personne, Ville
from tests.conftest import settings_in

PASSE = ("trimestre_clos", "atome", "ensemble", "publication", "cellule", "refus")


@pytest.fixture
def rewritten(petit_monde: Monde, tmp_path: Path):
    """Copy the installation of the middle, change its past, freeze again then once more; gives both ledgers."""

    def rewrite(change: Callable) -> tuple[dict, dict, dict]:
        folder = gels.copy(petit_monde.milieu, tmp_path / "reecrit")
        with gels.installation(folder, trimestre=MILIEU + 1) as house:
            engine = house.database.engines.write
            before = gels.rows(engine, PASSE)
            change(house)
            gels.close(house, MILIEU)
            again = gels.rows(engine, PASSE)
            gels.live(house, petit_monde.ville, trimestres=[MILIEU + 1])
            return before, again, gels.rows(engine, PASSE)

    return rewrite


def test_a_person_added_to_a_closed_quarter_changes_nothing_published(rewritten, petit_monde: Monde):
    """T4: they belong to the next quarter that closes."""
    late = replace(_somebody(petit_monde.ville), id=9_999)
    before, again, after = rewritten(lambda house: gels.enter(house, [late]))
    assert again == before
    _keeps(before, after)
    newest = max(row[0] for row in after["trimestre_clos"])
    expected = sum(person.trimestre == newest for person in petit_monde.ville.personnes) + 1
    assert sum(row[-1] for row in after["atome"] if row[1] == newest) == expected


def test_an_erased_person_leaves_the_past_as_it_was(rewritten, petit_monde: Monde):
    """T5."""
    victim = _somebody(petit_monde.ville).id

    def erase(house) -> None:
        with house.database.writing() as session:
            session.execute(text("DELETE FROM dossier WHERE id = :id"), {"id": victim})

    before, again, after = rewritten(erase)
    assert again == before
    _keeps(before, after)


def test_a_step_written_late_leaves_the_past_as_it_was(rewritten, petit_monde: Monde):
    """T6: every month of somebody's journey is said anew."""
    victim = _somebody(petit_monde.ville).id

    def backdate(house) -> None:
        with house.database.writing() as session:
            session.execute(
                text("UPDATE situation_mois SET situation = 'service_civique' WHERE dossier_id = :id"), {"id": victim}
            )

    before, again, after = rewritten(backdate)
    assert again == before
    _keeps(before, after)


def test_every_cohort_that_a_new_quarter_changes_gains_eleven(registre: lecture.Registre):
    """T4: from one vintage of a cohort to the next one published."""
    last: dict = {}
    for vu in registre.vus:
        key = (vu.cle, vu.mesure)
        if key in last:
            more = registre.members(vu.cle, vu.trimestre).sum() - registre.members(vu.cle, last[key]).sum()
            assert more == 0 or more >= SEUIL
        last[key] = vu.trimestre


def test_who_lived_what_never_decides_what_is_published(petit_monde: Monde, prepared_instance: Path, tmp_path: Path):
    """T14: journeys change hands at random; the same sets join, the same are refused, for the same reasons."""
    swapped = _swapped(petit_monde.ville)
    folder = gels.copy(prepared_instance, tmp_path / "permute")
    with gels.installation(folder) as house:
        gels.begin(house)
        gels.live(house, swapped, trimestres=range(PREMIER, MILIEU + 1))
        found = lecture.read(house.database.engines.read, swapped)
    with gels.installation(petit_monde.milieu) as house:
        expected = lecture.read(house.database.engines.read, petit_monde.ville)
    assert found.ensembles == expected.ensembles
    assert found.refus == expected.refus
    assert _shape(found) == _shape(expected)
    assert [vu.cellules for vu in found.vus] != [vu.cellules for vu in expected.vus]


def test_the_ledger_holds_together(petit_monde: Monde):
    """The installation that everything above looks at is a real one, keys and journal included."""
    assert settings_in(petit_monde.fin).root_key_file.exists()
    assert [vu.id for vu in petit_monde.registre().vus] == list(range(1, len(petit_monde.registre().vus) + 1))
    assert {vu.millesime for vu in petit_monde.registre().vus} == set(range(PREMIER, DERNIER + 1))


def _somebody(ville: Ville) -> Personne:
    """Of the largest quarter of the town, entered a year before the middle."""
    return next(person for person in ville.personnes if person.trimestre == MILIEU - 4 and person.territoire == 2)


def _keeps(before: dict, after: dict) -> None:
    for table, rows in before.items():
        assert set(rows) <= set(after[table]), table
        assert len(after[table]) > len(rows), table


def _shape(registre: lecture.Registre) -> list[tuple]:
    return [(vu.cle, vu.mesure, vu.millesime, vu.trimestre, vu.effectif, vu.niveau, vu.mois) for vu in registre.vus]


def _swapped(ville: Ville) -> Ville:
    """Everybody keeps where and when they came in, and gets the journey of another who came in the same month."""
    random = Random(14)
    by_month: dict[int, list[Personne]] = {}
    for person in ville.personnes:
        by_month.setdefault(person.mois, []).append(person)
    others: dict[int, Personne] = {}
    for people in by_month.values():
        others |= dict(zip([person.id for person in people], random.sample(people, len(people)), strict=True))
    return Ville(
        tuple(
            replace(person, suite=others[person.id].suite, motif=others[person.id].motif) for person in ville.personnes
        )
    )
