"""Promise: the usefulness of a rule is told from what happened to its alerts, the same on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.queries_utilite import Utilite, utilite_of
from app.alertes.vocabulaire import GenreEvenement, MotifReport, Regle
from tests.alertes.monde import JOUR, MAINTENANT, Monde, jours

OUVERTE, ROUVERTE, TRAITEE = GenreEvenement.OUVERTE, GenreEvenement.ROUVERTE, GenreEvenement.TRAITEE


class Registre:
    """Alerts with a history written by hand: `(days ago, what)` each."""

    def __init__(self, session: Session) -> None:
        self.session, self.monde = session, Monde(session)

    def alerte(self, *histoire: tuple[float, GenreEvenement], dossier: int | None = None, regle: Regle = Regle.SILENCE):
        dossier = dossier or self.monde.dossier()
        self.keys = getattr(self, "keys", 0) + 1
        values = {"depuis": JOUR, "due": JOUR, "gravite": 2, "faits": {}, "ouverte_le": MAINTENANT, "reprises": 0}
        made = insert(Alerte.__table__).values(dossier_id=dossier, regle=regle, cle=f"c{self.keys}", **values)
        alerte_id = self.session.execute(made).inserted_primary_key[0]
        for ago, genre in histoire:
            said = {"motif": MotifReport.RDV_FIXE, "jusqu_au": JOUR} if genre is GenreEvenement.REPORTEE else {}
            quand = MAINTENANT - timedelta(days=ago)
            written = {"alerte_id": alerte_id, "quand": quand, "genre": genre, "motif": None, "jusqu_au": None} | said
            self.session.execute(insert(EvenementAlerte.__table__).values(written))

    def read(self, *, window: int = 90, structure: int | None = None, now: datetime = MAINTENANT):
        return utilite_of(self.session, structure or self.monde.structure_id, now=now, jours=window)


@pytest.fixture
def registre(session: Session) -> Registre:
    return Registre(session)


def test_an_act_within_seven_days_is_told_from_a_later_one_and_from_time(registre: Registre) -> None:
    registre.alerte((20, OUVERTE), (13, TRAITEE))
    registre.alerte((20, OUVERTE), (12, TRAITEE))
    registre.alerte((20, OUVERTE), (18, GenreEvenement.ETEINTE))
    registre.alerte((20, OUVERTE))
    said = registre.read()[Regle.SILENCE]
    assert (said.ouvertes, said.revolues, said.a_temps, said.traitees) == (4, 4, 1, 2)


def test_what_opened_less_than_a_week_ago_is_not_judged_yet(registre: Registre) -> None:
    registre.alerte((8, OUVERTE))
    registre.alerte((7, OUVERTE))
    registre.alerte((3, OUVERTE), (2, TRAITEE))
    said = registre.read()[Regle.SILENCE]
    assert (said.ouvertes, said.revolues, said.a_temps, said.traitees) == (3, 1, 0, 1)


def test_each_opening_of_an_alert_counts_for_itself(registre: Registre) -> None:
    registre.alerte((60, OUVERTE), (58, TRAITEE), (30, ROUVERTE), (29, GenreEvenement.REPORTEE), (10, TRAITEE))
    said = registre.read()[Regle.SILENCE]
    assert said == Utilite(
        ouvertes=2, dossiers=1, rouvertes=1, revolues=2, a_temps=1, traitees=2, reportees=1, mediane=11.0
    )


def test_a_judgment_withdrawn_is_none_and_reports_count_once_an_opening(registre: Registre) -> None:
    inutile, retire = GenreEvenement.INUTILE, GenreEvenement.INUTILE_RETIRE
    registre.alerte((20, OUVERTE), (19, inutile), (18, retire))
    registre.alerte((20, OUVERTE), (19, inutile), (18, retire), (17, inutile))
    registre.alerte((20, OUVERTE), (19, GenreEvenement.REPORTEE), (12, GenreEvenement.REPORTEE))
    said = registre.read()[Regle.SILENCE]
    assert (said.inutiles, said.reportees) == (1, 1)


@pytest.mark.parametrize(("delays", "median"), [([4], 4), ([1, 30], 15.5), ([9, 1, 2], 2), ([1, 2, 4, 40], 3)])
def test_the_median_is_the_middle_of_the_delays(registre: Registre, delays: list[int], median: float) -> None:
    for delay in delays:
        registre.alerte((50, OUVERTE), (50 - delay, TRAITEE))
    registre.alerte((50, OUVERTE))
    assert registre.read()[Regle.SILENCE].mediane == median


def test_without_an_act_there_is_no_median(registre: Registre) -> None:
    registre.alerte((50, OUVERTE), (49, GenreEvenement.ETEINTE))
    assert registre.read()[Regle.SILENCE].mediane is None


def test_the_window_holds_what_opened_in_it_and_nothing_of_what_opened_before(registre: Registre) -> None:
    registre.alerte((91, OUVERTE), (80, GenreEvenement.INUTILE), (70, TRAITEE), (10, ROUVERTE))
    assert registre.read()[Regle.SILENCE] == Utilite(ouvertes=1, dossiers=1, rouvertes=1, revolues=1)
    assert registre.read(window=365)[Regle.SILENCE].ouvertes == 2


def test_rules_and_structures_are_kept_apart(registre: Registre) -> None:
    ailleurs = registre.monde.structure()
    registre.alerte((20, OUVERTE), (19, TRAITEE), dossier=registre.monde.dossier(structure_id=ailleurs))
    registre.alerte((20, OUVERTE), regle=Regle.AGE)
    both = registre.monde.dossier()
    registre.alerte((20, OUVERTE), dossier=both)
    registre.alerte((15, OUVERTE), dossier=both)
    here = registre.read()
    assert {regle: (said.ouvertes, said.dossiers, said.traitees) for regle, said in here.items()} == {
        Regle.AGE: (1, 1, 0),
        Regle.SILENCE: (2, 1, 0),
    }
    assert registre.read(structure=ailleurs)[Regle.SILENCE].traitees == 1


def test_days_are_counted_in_paris(registre: Registre) -> None:
    """Opened at 22:30 UTC on 1 July, already 2 July in Paris: 9 July is still the seventh day."""
    opened = datetime.fromisoformat("2026-07-01T22:30:00+00:00")
    acted = datetime.fromisoformat("2026-07-09T20:00:00+00:00")
    now = datetime.fromisoformat("2026-08-01T09:00:00+00:00")
    ago = [(MAINTENANT - instant) / jours(1) for instant in (opened, acted)]
    registre.alerte((ago[0], OUVERTE), (ago[1], TRAITEE))
    said = registre.read(now=now)[Regle.SILENCE]
    assert (said.a_temps, said.mediane) == (1, 7.0)


def test_it_costs_two_statements(registre: Registre, statements: list[str]) -> None:
    for _ in range(3):
        registre.alerte((20, OUVERTE), (19, TRAITEE))
    del statements[:]
    registre.read()
    assert len(statements) == 2
