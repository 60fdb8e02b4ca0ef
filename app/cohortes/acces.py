"""What the pages of cohorts need of a request, handed by `create_app`: they import nothing that could open a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit.services import Acteur

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from app.audit.vocabulaire import Action

_NAME = "cohortes"


class FormData(Protocol):
    """What was posted; on a GET, the draft that the address names. None: the form begins as it is stored."""

    def __call__(self) -> MultiDict[str, str] | None: ...


class JournalRead(Protocol):
    """Queues the line of the journal that says what this page showed: `nombre` cohorts, never which person."""

    def __call__(self, action: Action, *, nombre: int | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Acces:
    """One per process. Each call speaks of the request that is being answered."""

    session: Callable[[], Session]
    agent: Callable[[], Agent]
    acteur: Callable[[], Acteur]
    today: Callable[[], date]
    now: Callable[[], datetime]
    journal_read: JournalRead
    demonstration: Callable[[], bool]
    form_data: FormData


def init_app(app: Flask, supplied: Acces) -> None:
    app.extensions[_NAME] = supplied


def acces() -> Acces:
    return cast(Acces, current_app.extensions[_NAME])
