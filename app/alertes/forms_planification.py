"""The health of the scheduler, in French: for the pages of a monitor and of whoever installs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.alertes.rules_planification import NUIT_TOLEREE, Veille, night_missing_since, silent_for
from app.alertes.vocabulaire import StatutPassage

JAMAIS_LANCE = "jamais lancé"


def state(veille: Veille, now: datetime) -> str:
    """“vu il y a 20 s”, “jamais lancé”, or that a timer runs what is due."""
    if veille.vu_le is not None:
        return f"vu il y a {length(now - veille.vu_le)}"
    return JAMAIS_LANCE if veille.jamais_lance else "lancé par un minuteur"


def faults(veille: Veille, now: datetime) -> Iterator[str]:
    """A sentence without a capital for each thing to look at; none where no scheduler ever ran."""
    silence = silent_for(veille, now)
    if silence is not None:
        yield f"le planificateur ne donne plus signe de vie depuis {length(silence)}"
    if veille.nuit is StatutPassage.ECHOUE:
        yield "le dernier passage de la nuit a échoué"
    if night_missing_since(veille, now) is not None:
        yield f"aucun passage de nuit n’est allé au bout depuis plus de {length(NUIT_TOLEREE)}"


def length(duration: timedelta) -> str:
    """“20 s”, “5 min”, “26 h”, “3 j”."""
    seconds = max(0, int(duration.total_seconds()))
    for unit, name, most in ((1, "s", 120), (60, "min", 120), (3600, "h", 72)):
        if seconds < unit * most:
            return f"{seconds // unit} {name}"
    return f"{seconds // 86_400} j"
