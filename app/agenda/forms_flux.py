"""The feed as a file: RFC 5545, with dossier codes, kinds of day and nothing that says who or why.

It lies in the phone, and often with whoever keeps the phone's calendars: what it holds must say nothing to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from app.agenda.queries import LigneAgenda
from app.agenda.rules import DUREE_RENDEZ_VOUS, LECTURES_PAR, LIENS_AU_PLUS
from app.agenda.vocabulaire import Nature
from app.config import PARIS

# from a line, the id of its event: random to whoever has no key, and the same at each reading
Identifie = Callable[[LigneAgenda], str]
REFUS = {
    "trop_de_liens": f"{LIENS_AU_PLUS} adresses au plus : révoquez-en une d’abord.",
    "depot_inconnu": "Cette page a expiré. Rechargez-la avant de recommencer.",
}
TITRES = {
    Nature.RENDEZ_VOUS: "RDV dossier",
    Nature.DEBUT: "Début d’étape prévu, dossier",
    Nature.FIN: "Fin d’étape prévue, dossier",
    Nature.OBJECTIF: "Objectif, dossier",
    Nature.TRANSMISSION: "Échéance légale, dossier",
}


def calendrier(lignes: Iterable[LigneAgenda], *, url: str, identifie: Identifie, now: datetime) -> bytes:
    """`url`: the address of Parcours, under which each event has that of its dossier."""
    calendar = Calendar()
    calendar.add("prodid", "-//Parcours//Agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Parcours")
    calendar.add("x-wr-calname", "Parcours")
    calendar.add("refresh-interval", LECTURES_PAR, parameters={"VALUE": "DURATION"})
    for ligne in lignes:
        calendar.add_component(_event(ligne, url, identifie(ligne), now))
    return calendar.to_ical()


def titre(ligne: LigneAgenda) -> str:
    said, canal = f"{TITRES[Nature(ligne.quand.nature)]} {ligne.code}", ligne.quand.canal
    return f"{said}, {canal.label.lower()}" if canal else said


def _event(ligne: LigneAgenda, url: str, uid: str, now: datetime) -> Event:
    event, day = Event(), ligne.quand
    event.add("uid", uid)
    event.add("dtstamp", now)
    event.add("sequence", day.version - 1)
    event.add("summary", titre(ligne))
    event.add("url", f"{url}/dossiers/{ligne.code}")
    event.add("class", "PRIVATE")
    if day.heure is None:
        event.add("dtstart", day.jour)
        event.add("dtend", day.jour + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        begins = datetime.combine(day.jour, day.heure, PARIS).astimezone(UTC)
        event.add("dtstart", begins)
        event.add("dtend", begins + DUREE_RENDEZ_VOUS)
    return event
