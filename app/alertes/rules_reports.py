"""Putting an alert off: until when, how often, never a legal clock that is past due. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from app.alertes.rules_parametres import report_code
from app.alertes.vocabulaire import HORLOGES_LEGALES, GenreEvenement, Regle
from app.config import PARIS
from app.db.errors import DomainError


class Evenement(Protocol):
    genre: GenreEvenement
    quand: datetime


def last_day(regle: Regle, reglages: Mapping[str, int], *, today: date) -> date:
    """The farthest day until which this rule is put off, by the numbers of the dossier's structure."""
    return today + timedelta(days=reglages[report_code(regle)])


def is_legal_clock(regle: Regle, due: date, *, today: date) -> bool:
    """A clock that a text sets, past due: nothing puts it off."""
    return regle in HORLOGES_LEGALES and due <= today


def put_off_before(events: Sequence[Evenement]) -> bool:
    """Whether these reports of one opening hold one that counts.

    One that was lifted the very day it was made is a mistake put right: it does not count.
    """
    following = [*events[1:], None]
    return any(
        event.genre is GenreEvenement.REPORTEE and not _put_right(event, after)
        for event, after in zip(events, following, strict=False)
    )


def _put_right(report: Evenement, after: Evenement | None) -> bool:
    if after is None or after.genre is not GenreEvenement.REPORT_LEVE:
        return False
    return report.quand.astimezone(PARIS).date() == after.quand.astimezone(PARIS).date()


def check_report(jusqu_au: date, *, regle: Regle, reglages: Mapping[str, int], today: date) -> None:
    """DomainErrors on `jusqu_au`: report_passe, report_trop_long."""
    if jusqu_au <= today:
        raise DomainError("report_passe", field="jusqu_au")
    if jusqu_au > last_day(regle, reglages, today=today):
        raise DomainError("report_trop_long", field="jusqu_au")
