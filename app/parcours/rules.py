"""What a contact, an age and a situation are: pure functions, `today` is passed in.

The situation of a month is that of the deciding steps open on its last day, lowest rank first (vocabulaires.md).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID

from app.db.errors import DomainError
from app.parcours.vocabulaire import (
    CANAUX_SANS_LE_JEUNE,
    RESULTATS_REUSSIS,
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    Canal,
    Contrat,
    Famille,
    GenreEtape,
    Intensite,
    Resultat,
    Situation,
    StatutEtape,
    TrancheAge,
)

# Said aloud and copied by hand: nothing that looks like something else.
ALPHABET_CODE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_SIGNS = re.compile(f"[{ALPHABET_CODE}]{{6}}")
# The end of a spell that has none: no month of a calendar reaches it.
MOIS_OUVERT = 10_000 * 12
JOUR_OUVERT = date.max.toordinal()
# A follow-up may be older than its dossier: people are often met before they are written down.
JOURS_AVANT_OUVERTURE = 365
PREMIERE_DATE = date(1950, 1, 1)
STATUTS_VECUS = STATUTS_OUVERTS | STATUTS_FINIS
# Code de l'éducation, art. L. 131-1; code civil, art. 414.
FIN_INSTRUCTION = 16
MAJORITE = 18


class EtapeVecue(Protocol):
    """What the situation needs of a step: an `Etape`, or a row of its columns."""

    id: UUID
    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin: date | None
    contrat: Contrat | None


class Chance(Protocol):
    """`secrets`, or a seeded generator in a test."""

    def choice(self, seq: str) -> str: ...


class Interruption(Protocol):
    """A dossier was closed on `clos_le`, then opened again on `rouvert_le`."""

    clos_le: date
    rouvert_le: date


@dataclass(frozen=True, slots=True)
class Spell:
    """The months `m0` to `m1` excluded have this situation; `precedente` is the one before, null in the first."""

    m0: int
    m1: int
    situation: Situation
    precedente: Situation | None


@dataclass(frozen=True, slots=True)
class Courante:
    """The present situation, the day it began, and the step that decides it, if any."""

    situation: Situation
    depuis: date
    etape_id: UUID | None


def is_contact_reussi(canal: Canal, resultat: Resultat) -> bool:
    """A contact réussi needs the young person: an exchange or an appointment made, but not with a third party."""
    return resultat in RESULTATS_REUSSIS and canal not in CANAUX_SANS_LE_JEUNE


def check_jour_suivi(jour: date, *, ouvert_le: date, today: date) -> None:
    """A follow-up is past or of today, and not more than a year older than the dossier."""
    if jour > today:
        raise DomainError("jour_futur", field="jour")
    if jour < ouvert_le - timedelta(days=JOURS_AVANT_OUVERTURE):
        raise DomainError("jour_avant_dossier", field="jour")


def check_jour_prevu(jour: date, *, today: date) -> None:
    """A planned contact is of today or later, within two years."""
    if jour < today:
        raise DomainError("prevu_passe", field="jour")
    if jour > today + timedelta(days=730):
        raise DomainError("prevu_trop_loin", field="jour")


def check_ouverture(ouvert_le: date, *, annee_naissance: int | None, today: date) -> None:
    """A dossier was opened today or before, for somebody who was between 3 and 60."""
    if ouvert_le > today:
        raise DomainError("ouverture_future", field="ouvert_le")
    if ouvert_le < PREMIERE_DATE:
        raise DomainError("date_invraisemblable", field="ouvert_le")
    if annee_naissance is not None and not 3 <= age_at(annee_naissance, ouvert_le) <= 60:
        raise DomainError("annee_invraisemblable", field="annee_naissance")


def check_en_cours(clos_le: date | None) -> None:
    """What is written of the days to come needs an open dossier."""
    if clos_le is not None:
        raise DomainError("dossier_clos")


def check_cloture(le: date, *, ouvert_le: date, today: date) -> None:
    """Closed today or before, on the day of its last opening or after."""
    if le > today:
        raise DomainError("cloture_future", field="le")
    if le < ouvert_le:
        raise DomainError("cloture_avant_ouverture", field="le")


def check_intensite(
    intensite: Intensite, *, genres: Collection[GenreEtape], annee_naissance: int | None, today: date
) -> None:
    """Never a mere watch over an open décrochage under 18. `genres` are those of the open steps."""
    if intensite is not Intensite.VEILLE or GenreEtape.DECROCHAGE not in genres or annee_naissance is None:
        return
    if age_at(annee_naissance, today) < 18:
        raise DomainError("veille_decrochage_mineur", field="intensite")


def age_at(naissance: date | int, day: date) -> int:
    """Whole years on `day`, of a birth date; of a birth year alone, the age reached within that year."""
    if isinstance(naissance, int):
        return day.year - naissance
    return day.year - naissance.year - ((day.month, day.day) < (naissance.month, naissance.day))


def birthday(naissance: date, age: int) -> date:
    """The day of that age. Born on 29 February, one is a year older on 1 March of an ordinary year (as `age_at`)."""
    try:
        return naissance.replace(year=naissance.year + age)
    except ValueError:
        return date(naissance.year + age, 3, 1)


def tranche_age(annee_naissance: int | None, ouvert_le: date) -> TrancheAge | None:
    """The age band at entry; none when the year is unknown or the age below the first band."""
    if annee_naissance is None:
        return None
    age = age_at(annee_naissance, ouvert_le)
    bands = ((26, TrancheAge.PLUS_DE_26), (22, TrancheAge.DE_22_A_25), (18, TrancheAge.DE_18_A_21))
    for floor, band in (*bands, (16, TrancheAge.DE_16_A_17), (11, TrancheAge.DE_11_A_15)):
        if age >= floor:
            return band
    return None


def new_code(chance: Chance) -> str:
    """The spoken code of a dossier, as `K7M-42Q`."""
    signs = "".join(chance.choice(ALPHABET_CODE) for _ in range(6))
    return f"{signs[:3]}-{signs[3:]}"


def spoken_code(said: str) -> str | None:
    """The code of a dossier as it was said or typed, “k7m 42q” too; None when no code is written so."""
    signs = re.sub(r"[\s.-]", "", said).upper()
    return f"{signs[:3]}-{signs[3:]}" if _SIGNS.fullmatch(signs) else None


def months_later(day: date, months: int) -> date:
    """The same day `months` later, else the last of the month (code de procédure civile, art. 641).

    `app.db.sql.add_months` says the same in SQL.
    """
    year, month = divmod(month_index(day) + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_index(day: date) -> int:
    """Months counted from year 0: `annee * 12 + mois - 1`."""
    return day.year * 12 + day.month - 1


def deciding(etapes: Iterable[EtapeVecue]) -> EtapeVecue | None:
    """Of steps open together, the one that decides: lowest rank, then the latest begun, then a total order.

    A seasonal or student job decides nothing while a schooling of any level is open.
    """
    opened = list(etapes)
    at_school = any(etape.genre.famille is Famille.SCOLARITE for etape in opened)
    candidates = [
        etape
        for etape in opened
        if etape.genre.rang is not None and not (at_school and etape.contrat is Contrat.SAISONNIER_ETUDIANT)
    ]
    return min(candidates, key=_priority, default=None)


def _priority(etape: EtapeVecue) -> tuple[int, int, int]:
    return etape.genre.rang or 0, -etape.debut.toordinal(), etape.id.int


def spells(
    etapes: Iterable[EtapeVecue],
    ouvert_le: date,
    clos_le: date | None = None,
    reouvertures: Iterable[Interruption] = (),
) -> list[Spell]:
    """The situations from the month of `ouvert_le` on, without a gap, the last one ending at MOIS_OUVERT.

    `sorti` from the month after a closing, until the month in which the dossier was opened again.
    """
    start = month_index(ouvert_le)
    absences = [(month_index(pause.clos_le) + 1, month_index(pause.rouvert_le)) for pause in reouvertures]
    if clos_le is not None:
        absences.append((month_index(clos_le) + 1, MOIS_OUVERT))
    lived = [etape for etape in etapes if etape.statut in STATUTS_VECUS]
    steps = [(month_index(etape.debut), _month_after(etape.fin), etape) for etape in lived]
    changes = {bound for begin, end in absences for bound in (begin, end)}
    found: list[Spell] = []
    for m0, etape in _runs(steps, start, MOIS_OUVERT, changes):
        out = any(begin <= m0 < end for begin, end in absences)
        situation = Situation.SORTI if out else _situation_of(etape)
        if found and found[-1].situation is situation:
            continue
        if found:
            found[-1] = Spell(found[-1].m0, m0, found[-1].situation, found[-1].precedente)
        found.append(Spell(m0, MOIS_OUVERT, situation, found[-1].situation if found else None))
    return found


def current_situation(etapes: Iterable[EtapeVecue], *, ouvert_le: date, clos_le: date | None) -> Courante:
    """The situation given by the steps that are open now, and the day since when it has been that one.

    Time alone never changes it: a step is open until somebody says that it ended. A step that ends on the day
    when another begins leaves that day to the other.
    """
    if clos_le is not None:
        return Courante(Situation.SORTI, clos_le, None)
    steps = [
        (etape.debut.toordinal(), JOUR_OUVERT if etape.fin is None else etape.fin.toordinal(), etape)
        for etape in etapes
        if etape.statut in STATUTS_VECUS
    ]
    start = min([ouvert_le.toordinal(), *(begin for begin, _, _ in steps)])
    current = Courante(Situation.INCONNUE, ouvert_le, None)
    for day, etape in _runs(steps, start, JOUR_OUVERT):
        situation = _situation_of(etape)
        since = current.depuis if situation is current.situation else date.fromordinal(day)
        current = Courante(situation, since, None if etape is None else etape.id)
    if current.situation is Situation.INCONNUE:
        return Courante(Situation.INCONNUE, max(current.depuis, ouvert_le), None)
    return current


def _month_after(fin: date | None) -> int:
    return MOIS_OUVERT if fin is None else month_index(fin + timedelta(days=1))


def _situation_of(etape: EtapeVecue | None) -> Situation:
    return Situation.INCONNUE if etape is None else Situation(etape.genre.value)


def _runs(
    steps: Sequence[tuple[int, int, EtapeVecue]], start: int, stop: int, changes: Iterable[int] = ()
) -> Iterator[tuple[int, EtapeVecue | None]]:
    """For each unit of [start, stop) where something may change, the step that decides from there.

    `steps` are (begin, end excluded, step) in months or in days; one that is empty decides nothing.
    """
    bounds = {bound for begin, end, _ in steps for bound in (begin, end)}.union(changes)
    for bound in (start, *sorted(bound for bound in bounds if start < bound < stop)):
        yield bound, deciding(etape for begin, end, etape in steps if begin <= bound < end)
