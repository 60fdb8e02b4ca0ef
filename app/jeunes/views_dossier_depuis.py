"""“Depuis votre dernier échange” in words: five lines at most, each of a few facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.parcours.rules_depuis import Depuis, Parole, Promesse
from app.web.filters import INSECABLE, date_courte, heure

FAITS_AU_PLUS = 4
CONTACT = {
    Parole.TENUE: "tenu",
    Parole.MANQUEE: "manqué",
    Parole.ANNULEE: "annulé",
    Parole.A_VENIR: "à venir",
    Parole.SANS_SUITE: "rien n’est noté",
}
ETAPE = {
    Parole.TENUE: "commencée",
    Parole.ANNULEE: "n’a pas eu lieu",
    Parole.A_VENIR: "à venir",
    Parole.SANS_SUITE: "pas encore commencée",
}


@dataclass(frozen=True, slots=True)
class LigneDepuis:
    """A kind of news and its facts; `de_plus` are left unsaid."""

    terme: str
    faits: Sequence[str]
    de_plus: int


def lines(depuis: Depuis, *, today: date) -> list[LigneDepuis]:
    """What was promised first: it is owed."""
    told = [
        ("Prévu ensemble", [_promise(promise, today) for promise in depuis.promesses]),
        ("Rendez-vous manqués", [_times(row.resultat.label, row, today) for row in depuis.manques]),
        ("Commencé", [_on(etape.genre.label, etape.debut, today) for etape in depuis.commencees]),
        ("Terminé", [_on(etape.genre.label, etape.fin, today) for etape in depuis.terminees]),
        (
            "Rencontré aussi par" if depuis.jour else "Rencontré par",
            [_times(f"{row.prenom} {row.nom}", row, today) for row in depuis.autres],
        ),
    ]
    return [
        LigneDepuis(terme, facts[:FAITS_AU_PLUS], max(0, len(facts) - FAITS_AU_PLUS)) for terme, facts in told if facts
    ]


def _promise(promise: Promesse, today: date) -> str:
    words = ETAPE if promise.genre else CONTACT
    what = promise.genre.label if promise.genre else promise.canal.label if promise.canal else "Rendez-vous"
    at = f" à {heure(promise.heure)}" if promise.heure else ""
    return f"{what} le {date_courte(promise.jour, today)}{at}{INSECABLE}: {words[promise.parole]}"


def _on(label: str, day: date, today: date) -> str:
    return f"{label}, le {date_courte(day, today)}"


def _times(label: str, row: Any, today: date) -> str:
    if row.combien == 1:
        return f"{label}, le {date_courte(row.jour, today)}"
    return f"{label}, {row.combien} fois, la dernière le {date_courte(row.jour, today)}"
