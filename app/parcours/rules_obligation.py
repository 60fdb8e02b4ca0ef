"""The duty of training, from the 16th birthday to the eve of the 18th: its period, its stages, its delay. Pure.

Code de l’éducation, art. L. 114-1 (the duty), R. 114-6 (interview), R. 114-7 (convocation, then transmission to the
département within two months when the duty is still not met); décret n° 2020-978 du 5 août 2020.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from app.db.errors import DomainError
from app.parcours.rules import FIN_INSTRUCTION, MAJORITE, age_at, birthday, months_later
from app.parcours.vocabulaire_actes import GenreJalon

# Code de l’éducation, art. L. 114-1: to the age of eighteen, after the compulsory schooling that ends at sixteen.
AGE_DEBUT, AGE_FIN = FIN_INSTRUCTION, MAJORITE
# Décret n° 2020-978: from the start of the school year 2020 on.
EN_VIGUEUR = date(2020, 9, 1)
# Code de l’éducation, art. R. 114-7.
MOIS_AVANT_TRANSMISSION = 2
# No exemption outlives the duty, which lasts two years.
EXEMPTION_AU_PLUS = AGE_FIN - AGE_DEBUT

# Art. R. 114-7: the mission locale convenes and transmits, nobody else.
RESERVES_A_LA_MISSION_LOCALE = frozenset({GenreJalon.CONVOCATION, GenreJalon.TRANSMISSION_DEPARTEMENT})
_ORDRE = {genre: rang for rang, genre in enumerate(GenreJalon)}


class JalonDate(Protocol):
    """What the rule reads of a jalon: a `Jalon`, or a row of its columns."""

    genre: GenreJalon
    jour: date
    jusqu_au: date | None
    annule_le: date | None


class Etape(StrEnum):
    """Where the duty stands. `entretien`, `convocation` and `attente` are those that ask for an act."""

    ENTRETIEN = "entretien"  # no interview was proposed yet
    PROPOSE = "propose"  # one was, and nothing says that it was missed
    CONVOCATION = "convocation"  # missed without excuse: to be convened
    ATTENTE = "attente"  # convened: the two months run, or have run
    TRANSMISE = "transmise"
    EXEMPTION = "exemption"


@dataclass(frozen=True, slots=True)
class Stade:
    """`jalon`: the day of the act that led here, None before the first. `transmission_le`: only while `attente`."""

    etape: Etape
    jalon: date | None = None
    transmission_le: date | None = None


def transmission_due(convocation: date) -> date:
    """The day on which the two months after the convocation end."""
    return months_later(convocation, MOIS_AVANT_TRANSMISSION)


def duty_period(naissance: date) -> tuple[date, date]:
    """(16th birthday, 18th birthday excluded). Born on 29 February, one turns 18 on 1 March, as `age_at` counts."""
    return birthday(naissance, AGE_DEBUT), birthday(naissance, AGE_FIN)


def stage(jalons: Iterable[JalonDate], today: date, *, since: date | None = None) -> Stade:
    """Where the duty stands on `today`, of the jalons that are not cancelled, from `since` on when it is given.

    An exemption that runs comes first, whenever it was noted. A convocation stands until the transmission: neither
    a new interview nor a second convocation stops or restarts its two months; the first one counts.
    """
    valid = _valid(jalons, today)
    running = [one.jour for one in valid if one.genre is GenreJalon.EXEMPTION_MEDICALE and _runs_on(one, today)]
    if running:
        return Stade(Etape.EXEMPTION, max(running))
    found = Stade(Etape.ENTRETIEN)
    for one in valid:
        if one.genre is GenreJalon.EXEMPTION_MEDICALE or (since is not None and one.jour < since):
            continue
        if one.genre is GenreJalon.TRANSMISSION_DEPARTEMENT:
            found = Stade(Etape.TRANSMISE, one.jour)
        elif found.etape is not Etape.ATTENTE:
            found = _after(one)
    return found


def expected_act(stade: Stade, today: date) -> GenreJalon | None:
    """The act that a mission locale owes next; None when none is due on `today`."""
    if stade.transmission_le is not None and stade.transmission_le <= today:
        return GenreJalon.TRANSMISSION_DEPARTEMENT
    return {Etape.ENTRETIEN: GenreJalon.ENTRETIEN_PROPOSE, Etape.CONVOCATION: GenreJalon.CONVOCATION}.get(stade.etape)


def _after(jalon: JalonDate) -> Stade:
    if jalon.genre is GenreJalon.CONVOCATION:
        return Stade(Etape.ATTENTE, jalon.jour, transmission_due(jalon.jour))
    proposed = jalon.genre is GenreJalon.ENTRETIEN_PROPOSE
    return Stade(Etape.PROPOSE if proposed else Etape.CONVOCATION, jalon.jour)


def _valid(jalons: Iterable[JalonDate], today: date) -> list[JalonDate]:
    """Those that count, in their order; on one day, in that of the procedure."""
    kept = [one for one in jalons if one.annule_le is None and one.jour <= today]
    return sorted(kept, key=lambda one: (one.jour, _ORDRE[one.genre]))


def _runs_on(exemption: JalonDate, day: date) -> bool:
    return exemption.jusqu_au is None or day <= exemption.jusqu_au


def check_jalon(
    genre: GenreJalon,
    jour: date,
    jusqu_au: date | None,
    *,
    jalons: Iterable[JalonDate],
    naissance: date | int | None,
    today: date,
) -> None:
    """Whether this act can have happened on that day, after those of `jalons`.

    `naissance` is the birth date, or its year: then only what is certain is refused.
    DomainErrors: jalon_futur, jalon_avant_obligation, jalon_avant_16, jalon_apres_18, exemption_seulement,
    exemption_a_l_envers, exemption_trop_longue, and those of `check_ordre`.
    """
    if jour > today:
        raise DomainError("jalon_futur", field="jour")
    if jour < EN_VIGUEUR:
        raise DomainError("jalon_avant_obligation", field="jour")
    if naissance is not None and age_at(naissance, jour) < AGE_DEBUT:
        raise DomainError("jalon_avant_16", field="jour")
    if naissance is not None and age_at(naissance, jour) - isinstance(naissance, int) >= AGE_FIN:
        raise DomainError("jalon_apres_18", field="jour")
    if jusqu_au is not None and genre is not GenreJalon.EXEMPTION_MEDICALE:
        raise DomainError("exemption_seulement", field="jusqu_au")
    if jusqu_au is not None and jusqu_au < jour:
        raise DomainError("exemption_a_l_envers", field="jusqu_au")
    if jusqu_au is not None and jusqu_au > months_later(jour, 12 * EXEMPTION_AU_PLUS):
        raise DomainError("exemption_trop_longue", field="jusqu_au")
    check_ordre(genre, jour, [one for one in jalons if one.annule_le is None])


def check_ordre(genre: GenreJalon, jour: date, others: Iterable[JalonDate]) -> None:
    """An absence follows an interview, a transmission a convocation; the same act is not written twice on one day.

    A convocation needs nothing before it: it also answers an accompaniment given up, or silence (R. 114-7, 2° and 3°).
    DomainErrors: jalon_en_double, absence_sans_entretien, transmission_sans_convocation.
    """
    before = {one.genre for one in others if one.jour <= jour}
    if any(one.genre is genre and one.jour == jour for one in others):
        raise DomainError("jalon_en_double", field="jour")
    if genre is GenreJalon.ABSENCE_NON_JUSTIFIEE and GenreJalon.ENTRETIEN_PROPOSE not in before:
        raise DomainError("absence_sans_entretien", field="genre")
    if genre is GenreJalon.TRANSMISSION_DEPARTEMENT and GenreJalon.CONVOCATION not in before:
        raise DomainError("transmission_sans_convocation", field="genre")


def check_annulation(others: Iterable[JalonDate]) -> None:
    """What is left must hold once a jalon is cancelled. DomainError `jalon_suivi`: cancel first what rests on it."""
    kept = [one for one in others if one.annule_le is None]
    for index, other in enumerate(kept):
        try:
            check_ordre(other.genre, other.jour, kept[:index] + kept[index + 1 :])
        except DomainError as error:
            raise DomainError("jalon_suivi", genre=other.genre, jour=other.jour) from error
