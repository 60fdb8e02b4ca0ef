"""The rules that count birthdays, narrowed from what the birth year allows to what the birth date says. Pure.

Where no birth date is known, one is taken to be born on the first of January: the age reached within the year.
The day on which to look again is never more telling than a month away (`examen`): a birthday is not kept in clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from app.alertes.rules import GRAVITE
from app.alertes.vocabulaire import Regle
from app.parcours.rules import birthday
from app.parcours.rules_chantier import Conditions, age_band, missing
from app.parcours.rules_obligation import Etape, JalonDate, duty_period, stage
from app.parcours.vocabulaire_actes import GenreJalon

# Days after which it is asked what became of an interview that was proposed.
SUITE_ENTRETIEN = 30


class Intervalle(NamedTuple):
    """What a rule says of a dossier: true from `due` to `jusqua` excluded, null when it has no end."""

    regle: str
    dossier_id: int
    cle: str
    depuis: date
    due: date
    jusqua: date | None
    gravite: int
    faits: Mapping[str, Any]

    def is_true(self, today: date) -> bool:
        return self.due <= today and (self.jusqua is None or today < self.jusqua)

    def next_change(self, today: date) -> date | None:
        """The next day on which it begins or ceases to hold; null when there is none."""
        if self.jusqua is not None and (self.jusqua <= today or self.jusqua <= self.due):
            return None
        return self.due if self.due > today else self.jusqua


class _Conditions(NamedTuple):
    accord_le: date | None
    inspection_le: date | None
    vacances_du: date | None
    vacances_au: date | None


def refine(widest: Intervalle, *, naissance: date | None, jalons: Sequence[JalonDate], today: date) -> list[Intervalle]:
    """The intervals that a candidate becomes; none when the rule does not speak of this dossier after all."""
    if widest.regle == Regle.AGE:
        return [_age(widest, naissance)]
    if widest.regle == Regle.CHANTIER_MINEUR:
        return _chantier(widest, naissance)
    return _obligation(widest, naissance, jalons, today)


def examen(intervals: Iterable[Intervalle], today: date) -> date | None:
    """The day on which narrowed intervals are looked at again: their next change, or the next month."""
    changes = [change for one in intervals if (change := one.next_change(today)) is not None]
    return min([*changes, first_of_month(today, 1)]) if changes else None


def first_of_month(day: date, months: int = 0) -> date:
    """The first of the month of `day`, or of the one so many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _age(widest: Intervalle, naissance: date | None) -> Intervalle:
    """By the month: the dates of an alert are in clear, and must not tell the day of birth."""
    faits = widest.faits
    day = birthday(naissance or date(faits["annee"], 1, 1), faits["age"])
    begins = first_of_month(day - timedelta(days=faits["avant"]))
    return widest._replace(depuis=begins, due=begins, jusqua=first_of_month(day, 1), faits={"age": faits["age"]})


def _chantier(widest: Intervalle, naissance: date | None) -> list[Intervalle]:
    faits = widest.faits
    born = naissance or faits["annee"]
    debut = date.fromisoformat(faits["debut"])
    conditions: Conditions = _Conditions(*(_day(faits[name]) for name in ("accord", "inspection", "du", "au")))
    lacking = missing(born, debut, _day(faits["fin"]), conditions)
    band = age_band(born, debut)
    if band is None or not (lacking or band == "moins_14"):
        return []
    said = {"age": band, "manque": ",".join(lacking), "debut": faits["debut"]}
    return [widest._replace(faits=said)]


def _obligation(
    widest: Intervalle, naissance: date | None, jalons: Sequence[JalonDate], today: date
) -> list[Intervalle]:
    begins, ends = duty_period(naissance or date(widest.faits["annee"], 1, 1))
    since = max(widest.depuis, begins)
    free = _exempted_until(jalons)
    if free is not None:
        since = max(since, free)
    solution = _day(widest.faits["solution"])
    acts = [one for one in jalons if one.genre is not GenreJalon.EXEMPTION_MEDICALE]
    stade = stage(acts, today, since=solution + timedelta(days=1) if solution else None)
    if stade.etape is Etape.TRANSMISE or free == date.max:
        return []
    due = since if stade.jalon is None else max(since, stade.jalon)
    if stade.etape is Etape.PROPOSE:
        due = max(due, stade.jalon + timedelta(days=SUITE_ENTRETIEN))
    said = {
        "etape": stade.etape.value,
        "situation": widest.faits["situation"],
        "jalon": stade.jalon.isoformat() if stade.jalon else "",
    }
    duty = widest._replace(due=due, jusqua=ends, faits=said)
    if stade.transmission_le is None:
        return [duty]
    passed = max(stade.transmission_le, due)
    convoked = stade.jalon.isoformat()
    transmission = widest._replace(
        regle=Regle.TRANSMISSION_DEPARTEMENT.value,
        cle=convoked,
        depuis=min(stade.jalon, passed),
        due=passed,
        jusqua=ends,
        gravite=GRAVITE[Regle.TRANSMISSION_DEPARTEMENT],
        faits={"convocation": convoked},
    )
    return [duty._replace(jusqua=min(passed, ends)), transmission]


def _exempted_until(jalons: Sequence[JalonDate]) -> date | None:
    """The first day after every exemption; `date.max` when one has no end, None without any."""
    ends = [
        date.max if one.jusqu_au is None else one.jusqu_au + timedelta(days=1)
        for one in jalons
        if one.genre is GenreJalon.EXEMPTION_MEDICALE and one.annule_le is None
    ]
    return max(ends, default=None)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
