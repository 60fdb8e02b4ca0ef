"""What a minor's chantier éducatif needs first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.errors import DomainError
from app.parcours.rules_chantier import age_band, check_age, check_dates, check_vacances, missing

DEBUT, FIN = date(2026, 7, 6), date(2026, 7, 17)
JOUR = date(2026, 6, 1)


@dataclass
class Dit:
    accord_le: date | None = None
    inspection_le: date | None = None
    vacances_du: date | None = None
    vacances_au: date | None = None


TOUT = Dit(JOUR, JOUR, date(2026, 7, 4), date(2026, 8, 31))


@pytest.mark.parametrize(
    ("naissance", "band"),
    [
        (date(2012, 7, 7), "moins_14"),
        (date(2012, 7, 6), "14_15"),
        (date(2010, 7, 7), "14_15"),
        (date(2010, 7, 6), "16_17"),
        (date(2008, 7, 7), "16_17"),
        (date(2008, 7, 6), None),
        (2013, "moins_14"),
        (2012, "14_15"),
        (2010, "16_17"),
        (2008, None),
        (None, None),
    ],
)
def test_the_age_on_the_first_day(naissance: date | int | None, band: str | None):
    assert age_band(naissance, DEBUT) == band
    if band == "moins_14":
        with pytest.raises(DomainError, match="chantier_moins_de_14"):
            check_age(naissance, DEBUT)
    else:
        check_age(naissance, DEBUT)


@pytest.mark.parametrize(
    ("naissance", "conditions", "fin", "lacking"),
    [
        (2011, None, FIN, ("accord", "inspection", "vacances")),
        (2011, Dit(), FIN, ("accord", "inspection", "vacances")),
        (2011, TOUT, FIN, ()),
        (2011, TOUT, None, ("vacances",)),
        (2011, Dit(JOUR, None, TOUT.vacances_du, TOUT.vacances_au), FIN, ("inspection",)),
        (2011, Dit(None, JOUR, TOUT.vacances_du, TOUT.vacances_au), FIN, ("accord",)),
        (2011, TOUT, date(2026, 9, 1), ("vacances",)),
        (2009, None, FIN, ("accord",)),
        (2009, Dit(JOUR), None, ()),
        (2000, None, FIN, ()),
        (None, None, FIN, ()),
        (2014, None, FIN, ()),
    ],
)
def test_what_is_still_to_be_recorded(naissance, conditions, fin, lacking):
    assert missing(naissance, DEBUT, fin, conditions) == lacking


@pytest.mark.parametrize(
    ("debut", "fin", "du", "au", "code"),
    [
        # fourteen days, of which the first or the last seven
        (date(2026, 4, 4), date(2026, 4, 10), date(2026, 4, 4), date(2026, 4, 17), ""),
        (date(2026, 4, 11), date(2026, 4, 17), date(2026, 4, 4), date(2026, 4, 17), ""),
        (date(2026, 4, 4), date(2026, 4, 11), date(2026, 4, 4), date(2026, 4, 17), "repos_insuffisant"),
        # seven days of rest in two pieces are not a rest of seven days
        (date(2026, 4, 7), date(2026, 4, 13), date(2026, 4, 4), date(2026, 4, 17), "repos_insuffisant"),
        (date(2026, 4, 4), date(2026, 4, 5), date(2026, 4, 4), date(2026, 4, 16), "vacances_trop_courtes"),
        (date(2026, 4, 3), date(2026, 4, 5), date(2026, 4, 4), date(2026, 4, 17), "chantier_hors_vacances"),
        (date(2026, 4, 16), date(2026, 4, 18), date(2026, 4, 4), date(2026, 4, 17), "chantier_hors_vacances"),
    ],
)
def test_the_holidays_hold_it_and_leave_half_of_them(debut, fin, du, au, code):
    if code:
        with pytest.raises(DomainError, match=code):
            check_vacances(debut, fin, du, au)
    else:
        check_vacances(debut, fin, du, au)


@given(st.integers(14, 70), st.data())
def test_what_is_accepted_takes_at_most_half_of_the_holidays(length: int, data: st.DataObject):
    du = date(2026, 7, 4)
    au = du + timedelta(days=length - 1)
    debut = data.draw(st.dates(du, au))
    fin = data.draw(st.dates(debut, au))
    worked = {debut + timedelta(days=n) for n in range((fin - debut).days + 1)}
    runs, run = [0], 0
    for day in (du + timedelta(days=n) for n in range(length)):
        run = 0 if day in worked else run + 1
        runs.append(run)
    try:
        check_vacances(debut, fin, du, au)
    except DomainError:
        assert 2 * max(runs) < length
    else:
        assert 2 * max(runs) >= length
        assert 2 * len(worked) <= length


@pytest.mark.parametrize(
    ("dit", "code"),
    [
        (Dit(accord_le=JOUR), ""),
        (Dit(accord_le=JOUR + timedelta(days=1)), "condition_future"),
        (Dit(accord_le=DEBUT - timedelta(days=366)), ""),
        (Dit(accord_le=DEBUT - timedelta(days=367)), "condition_trop_ancienne"),
        (Dit(vacances_du=DEBUT, vacances_au=DEBUT), ""),
        (Dit(vacances_du=DEBUT, vacances_au=DEBUT + timedelta(days=100)), ""),
        (Dit(vacances_du=DEBUT, vacances_au=DEBUT + timedelta(days=101)), "vacances_trop_longues"),
    ],
)
def test_what_is_recorded_is_neither_to_come_nor_of_another_year(dit: Dit, code: str):
    if not code:
        assert check_dates(dit, debut=DEBUT, today=JOUR) is None
        return
    with pytest.raises(DomainError, match=code):
        check_dates(dit, debut=DEBUT, today=JOUR)
