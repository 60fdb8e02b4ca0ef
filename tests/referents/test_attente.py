"""The files for which nobody answers: found for the coordinateur of their structure, the oldest first."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update

from app.parcours.models import Dossier
from app.parcours.vocabulaire import MotifSortie
from app.referents import services
from app.referents.queries_attente import Curseur, sans_referent
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.referents.conftest import Equipe, statements


def found(equipe: Equipe, agent=None, **given) -> list[tuple[int, date]]:
    rows = sans_referent(equipe.session, agent=agent or equipe.coordinatrice, **({"limit": 50} | given))
    return [(row.id, row.depuis) for row in rows]


def test_a_file_never_assigned_has_been_alone_since_it_was_opened(equipe: Equipe):
    alone = make_dossier(equipe.session, equipe.maison, equipe.ici, ouvert_le=date(2026, 2, 1))
    make_dossier(equipe.session, equipe.maison, equipe.ailleurs)
    equipe.follow()
    assert found(equipe) == [(alone.id, date(2026, 2, 1))]


def test_the_files_of_a_disabled_account_are_to_be_handed_over_and_say_whose_they_were(equipe: Equipe):
    equipe.nadia.desactive_le = NOW + timedelta(days=4)
    equipe.session.flush()
    (row,) = sans_referent(equipe.session, agent=equipe.coordinatrice, limit=50)
    assert (row.id, row.depuis, row.ancien_nom) == (equipe.dossier.id, TODAY + timedelta(days=4), equipe.nadia.nom)
    assert row.ancien_prenom == equipe.nadia.prenom


def test_a_file_opened_again_counts_from_that_day_and_a_closed_one_not_at_all(equipe: Equipe):
    common = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    last_week = TODAY - timedelta(days=7)
    services.close(
        equipe.session, equipe.dossier, version=1, le=last_week, motif=MotifSortie.DEMENAGEMENT, etapes={}, **common
    )
    equipe.follow()
    assert found(equipe) == []
    services.reopen(equipe.session, equipe.dossier, version=2, to=None, par=equipe.coordinatrice, **common)
    equipe.follow()
    assert found(equipe) == [(equipe.dossier.id, TODAY)]


def test_pages_follow_each_other_without_a_gap_and_cost_one_statement_each(equipe: Equipe):
    days = [date(2026, 1, 1 + n // 3) for n in range(25)]
    ids = [make_dossier(equipe.session, equipe.maison, equipe.ici, ouvert_le=day).id for day in days]
    equipe.follow()
    expected = sorted(zip(ids, days, strict=True), key=lambda pair: (pair[1], pair[0]))
    pages, cursor = [], None
    with statements(equipe.session.get_bind()) as seen:
        while page := found(equipe, limit=10, after=cursor):
            pages.append(page)
            cursor = Curseur(depuis=page[-1][1], dossier_id=page[-1][0])
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [line for page in pages for line in page] == expected
    assert len(seen) == 4


def test_only_ones_own_structure_is_shown(equipe: Equipe):
    make_dossier(equipe.session, equipe.maison, equipe.ici)
    equipe.follow()
    assert len(found(equipe)) == 1
    assert found(equipe, agent=equipe.lea) == []
    equipe.session.execute(update(Dossier).values(structure_id=equipe.ailleurs.id))
    assert found(equipe) == []
