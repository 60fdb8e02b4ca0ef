"""What may be said of a goal, and what a partner reads of it: pure functions, `today` is passed in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from app.db.errors import DomainError
from app.parcours.rules import JOURS_AVANT_OUVERTURE
from app.parcours.vocabulaire import GenreEtape, Theme
from app.parcours.vocabulaire_objectifs import GENRES_DU_THEME, STATUTS_SUIVIS, StatutObjectif

# A goal is written with somebody: more at a time is a programme, and no longer theirs.
SUIVIS_AU_PLUS = 12
PAS_AU_PLUS = 10
ECHEANCE_AU_PLUS = timedelta(days=5 * 366)


def check_echeance(echeance: date | None, *, statut: StatutObjectif, was: date | None, today: date) -> None:
    """The day of a goal that is still expected lies ahead, within five years; one that has passed may stay as it was.

    DomainErrors: echeance_passee, echeance_trop_loin.
    """
    if echeance is None or echeance == was or statut not in STATUTS_SUIVIS:
        return
    if echeance < today:
        raise DomainError("echeance_passee", field="echeance")
    if echeance > today + ECHEANCE_AU_PLUS:
        raise DomainError("echeance_trop_loin", field="echeance")


def check_accord(le: date, *, ouvert_le: date, today: date) -> None:
    """They said so today or before, and no earlier than people are met. DomainError: accord_invraisemblable."""
    if not ouvert_le - timedelta(days=JOURS_AVANT_OUVERTURE) <= le <= today:
        raise DomainError("accord_invraisemblable", field="accord_le")


def themes_read(genres: Collection[GenreEtape] | None) -> frozenset[Theme]:
    """The themes of which whoever sees these kinds of step (None: all of them) reads the goals.

    A partner sees what their purpose needs; housing, health and family only if ticked for them (DESIGN §1).
    """
    if genres is None:
        return frozenset(Theme)
    return frozenset(theme for theme, kinds in GENRES_DU_THEME.items() if kinds & frozenset(genres))
