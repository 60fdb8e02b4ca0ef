"""What the labour code asks before a minor works on a chantier éducatif. Pure.

Code du travail, art. L. 4153-1 (no work before 16), L. 4153-3 (light work in the holidays from 14 on, with a rest of
at least half of them), D. 4153-2 (holidays of at least 14 days; the rest in one piece), D. 4153-5 (the inspection du
travail is asked 15 days before, with the written agreement of the legal representative). From 16 on, the agreement of
the representative alone: a minor does not sign a contract of employment (code civil, art. 388-1-1 and 1146).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

from app.db.errors import DomainError
from app.parcours.rules import MAJORITE, age_at

# Code du travail, art. L. 4153-3: "plus de quatorze ans"; L. 4153-1: sixteen.
AGE_MINIMUM = 14
AGE_SANS_VACANCES = 16
# Code du travail, art. D. 4153-2.
VACANCES_AU_MOINS = 14
PART_DE_REPOS = 2  # one half
# Longer than any summer, older than any agreement for one chantier: the year was mistyped.
VACANCES_AU_PLUS = 100
CONDITION_AU_PLUS_TOT = timedelta(days=366)
# Code du travail, art. D. 4153-5: what the page says, nothing is refused for it.
INSPECTION_JOURS_AVANT = 15

MOINS_14, DE_14_A_15, DE_16_A_17 = "moins_14", "14_15", "16_17"
ACCORD, INSPECTION, VACANCES = "accord", "inspection", "vacances"


class Conditions(Protocol):
    """What was recorded: a `ConditionsChantier`, or a row of its columns."""

    accord_le: date | None
    inspection_le: date | None
    vacances_du: date | None
    vacances_au: date | None


def age_band(naissance: date | int | None, debut: date) -> str | None:
    """`moins_14`, `14_15` or `16_17` on the first day; None for an adult, or when the birth is unknown.

    Of a birth year alone, the age reached within the year of `debut`: `moins_14` is then certain.
    """
    if naissance is None:
        return None
    age = age_at(naissance, debut)
    for limit, band in ((AGE_MINIMUM, MOINS_14), (AGE_SANS_VACANCES, DE_14_A_15), (MAJORITE, DE_16_A_17)):
        if age < limit:
            return band
    return None


def missing(
    naissance: date | int | None, debut: date, fin_prevue: date | None, conditions: Conditions | None
) -> tuple[str, ...]:
    """What is still to be recorded, among `accord`, `inspection` and `vacances`, in this order.

    `vacances`: the holidays are not written, too short, do not hold the chantier, leave less rest in one piece than
    half of them, or nobody said when the chantier ends. `conditions` is None when nothing was recorded yet.
    """
    band = age_band(naissance, debut)
    if band is None or band == MOINS_14:
        return ()
    lacking = [] if conditions is not None and conditions.accord_le is not None else [ACCORD]
    if band == DE_14_A_15:
        if conditions is None or conditions.inspection_le is None:
            lacking.append(INSPECTION)
        if conditions is None or not _within_holidays(debut, fin_prevue, conditions):
            lacking.append(VACANCES)
    return tuple(lacking)


def _within_holidays(debut: date, fin: date | None, conditions: Conditions) -> bool:
    if fin is None or conditions.vacances_du is None or conditions.vacances_au is None:
        return False
    try:
        check_vacances(debut, fin, conditions.vacances_du, conditions.vacances_au)
    except DomainError:
        return False
    return True


def check_vacances(debut: date, fin: date, du: date, au: date) -> None:
    """The chantier from `debut` to `fin` in the holidays from `du` to `au`, all days included.

    DomainErrors: vacances_trop_courtes, chantier_hors_vacances, repos_insuffisant.
    """
    length = _days(du, au)
    if length < VACANCES_AU_MOINS:
        raise DomainError("vacances_trop_courtes", field="vacances_au")
    if debut < du or fin > au:
        raise DomainError("chantier_hors_vacances", field="vacances_du")
    rest = max(_days(du, debut) - 1, _days(fin, au) - 1)
    # in one piece, and as long as the rest of the holidays: so the chantier takes at most half of them
    if rest * PART_DE_REPOS < length:
        raise DomainError("repos_insuffisant", field="vacances_au")


def check_dates(conditions: Conditions, *, debut: date, today: date) -> None:
    """What is recorded took place, not years before the chantier; holidays have two days, in their order.

    DomainErrors: condition_future, condition_trop_ancienne, vacances_incompletes, vacances_a_l_envers,
    vacances_trop_longues.
    """
    for field in ("accord_le", "inspection_le"):
        said = getattr(conditions, field)
        if said is not None and said > today:
            raise DomainError("condition_future", field=field)
        if said is not None and said < debut - CONDITION_AU_PLUS_TOT:
            raise DomainError("condition_trop_ancienne", field=field)
    du, au = conditions.vacances_du, conditions.vacances_au
    if (du is None) != (au is None):
        raise DomainError("vacances_incompletes", field="vacances_du" if du is None else "vacances_au")
    if du is None or au is None:
        return
    if au < du:
        raise DomainError("vacances_a_l_envers", field="vacances_au")
    if (au - du).days > VACANCES_AU_PLUS:
        raise DomainError("vacances_trop_longues", field="vacances_au")


def _days(first: date, last: date) -> int:
    return (last - first + timedelta(days=1)).days


def check_age(naissance: date | int | None, debut: date) -> None:
    """Nobody works on a chantier before 14. DomainError `chantier_moins_de_14`."""
    if age_band(naissance, debut) == MOINS_14:
        raise DomainError("chantier_moins_de_14", field="debut")
