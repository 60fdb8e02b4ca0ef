"""Promise: an address gives codes and days, of what its agent may see today, and nothing once it is revoked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.agenda import views_flux
from app.agenda.models import LienAgenda
from app.agenda.rules import LECTURES_AU_PLUS, LIENS_AU_PLUS
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.parcours.vocabulaire import GenreEtape, StatutEtape
from app.referents.models import MembreEquipe
from app.referents.services import join_team
from app.vault.places import Place
from tests.accounts.conftest import Navigateur
from tests.agenda.conftest import DEMAIN, MERCREDI, Equipe, plan, step
from tests.agenda.test_pages import name
from tests.alertes.test_pages import words
from tests.conftest import NOW, FrozenClock
from tests.factories import TODAY

UNKNOWN = "/agenda/flux/" + "A" * 43 + ".ics"
Write = Callable[[Callable[[], None]], None]


@dataclass
class Abonne:
    """An agent at the page of addresses, and an application that knows one and nothing else."""

    app: Flask
    navigateur: Navigateur

    def make(self, depot: object = None) -> str:
        """The path of a new address, as the page shows it."""
        page = self.navigateur.post("/agenda", depot=str(depot or uuid4()))
        assert page.status_code == 200
        shown = re.search(r'id="adresse" value="([^"]+)"', page.text)[1]
        assert f'href="webcal:{shown.partition(":")[2]}"' in page.text
        return shown.removeprefix("http://localhost:5000")

    def read(self, path: str, **headers: str) -> TestResponse:
        return self.app.test_client().get(path, headers=headers)

    def revoke(self, number: int = 0) -> TestResponse:
        page = self.navigateur.get("/agenda").text
        return self.navigateur.post(re.findall(r'action="(/agenda/[^"]+/revoquer)"', page)[number])


@pytest.fixture
def abonne(app: Flask, signed_in: Callable[[str], Navigateur]) -> Abonne:
    navigateur = signed_in("nadia")
    navigateur.get("/agenda")
    return Abonne(app, navigateur)


def events(answer: TestResponse) -> list[Any]:
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


def lines(house: Any, action: Action) -> int:
    with house.database.reading() as session:
        return len(session.scalars(select(EntreeJournal.id).where(EntreeJournal.action == action)).all())


def test_a_calendar_of_codes_and_days_and_nothing_else(
    abonne: Abonne, bureau: Equipe, writing: Write, clock: FrozenClock
) -> None:
    def fill() -> None:
        name(bureau, "Yanis", "Kaci")
        key = uuid4()
        words = bureau.maison.vault.keys([bureau.dossier.uid]).seal(
            bureau.dossier.uid, {"texte": "parapluie"}, place=Place.PREVU, row=key
        )
        plan(bureau, bureau.nadia, DEMAIN, contact_id=key, objet=words)
        plan(bureau, bureau.nadia, date(2026, 7, 1), heure=time(9), canal=None)
        step(bureau, GenreEtape.LOGEMENT, StatutEtape.PREVUE, MERCREDI)

    writing(fill)
    path = abonne.make()
    answer = abonne.read(path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    winter, day, summer = events(answer)
    code = bureau.dossier.code
    assert str(winter["summary"]) == f"RDV dossier {code}, téléphone"
    assert winter["dtstart"].dt == datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
    assert winter["dtend"].dt == datetime(2026, 3, 18, 10, 0, tzinfo=UTC)
    assert str(day["summary"]) == f"Début d’étape prévu, dossier {code}"
    assert (day["dtstart"].dt, day["dtend"].dt) == (MERCREDI, MERCREDI + timedelta(days=1))
    assert str(summer["summary"]) == f"RDV dossier {code}"
    assert summer["dtstart"].dt == datetime(2026, 7, 1, 7, 0, tzinfo=UTC)
    said = Calendar.from_ical(answer.data).to_ical().decode().lower()
    for secret in (
        "yanis",
        "kaci",
        "parapluie",
        "logement",
        bureau.ici.nom.lower(),
        "quartier",
        bureau.nadia.nom.lower(),
    ):
        assert secret not in said
    assert set(winter) == {"SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "UID", "SEQUENCE", "CLASS", "URL"}
    clock.now += timedelta(minutes=20)
    again = events(abonne.read(path))
    assert [str(one["uid"]) for one in again] == [str(one["uid"]) for one in (winter, day, summer)]
    assert len({str(one["uid"]) for one in again}) == 3
    tag = abonne.read(path).headers["ETag"]
    same = abonne.read(path, **{"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    writing(lambda: plan(bureau, bureau.nadia, MERCREDI))
    assert abonne.read(path, **{"If-None-Match": tag}).status_code == 200


def test_what_no_longer_works_answers_as_what_never_was(
    abonne: Abonne, bureau: Equipe, house: Any, sqlite_settings: Any
) -> None:
    path, _, other = abonne.make(), abonne.navigateur.wait(minutes=1), abonne.make()
    unknown = abonne.read(UNKNOWN)
    assert unknown.status_code == 404

    def is_gone(path: str) -> None:
        answer = abonne.read(path)
        assert (answer.status_code, answer.data) == (404, unknown.data)
        assert {n: v for n, v in answer.headers if n != "Date"} == {n: v for n, v in unknown.headers if n != "Date"}

    assert abonne.read(path).status_code == 200
    assert abonne.revoke(1).status_code == 303
    is_gone(path)
    assert abonne.read(other).status_code == 200
    for column, value in (("desactive_le", NOW), ("referent", False)):
        before = None if column == "desactive_le" else True
        for set_to in (value, before):
            with house.database.writing() as session:
                changed = {column: set_to} | ({"intervenant": bool(set_to)} if column == "referent" else {})
                session.execute(update(Agent).where(Agent.id == bureau.nadia.id).values(changed))
            if set_to == value:
                is_gone(other)
    assert abonne.read(other).status_code == 200
    for odd in ("/agenda/flux/.ics", "/agenda/flux/é%FF.ics", "/agenda/flux/" + "x" * 5000 + ".ics"):
        assert abonne.read(odd).status_code == 404


def test_what_ends_today_is_gone_at_the_next_reading(
    abonne: Abonne, bureau: Equipe, writing: Write, signed_in: Callable[[str], Navigateur]
) -> None:
    omar = Abonne(abonne.app, signed_in("omar"))
    omar.navigateur.get("/agenda")
    path = omar.make()
    qui = {"acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}

    def join() -> None:
        join_team(bureau.session, bureau.dossier, agent=bureau.omar, **qui)
        plan(bureau, bureau.omar, DEMAIN)
        plan(bureau, bureau.nadia, DEMAIN)

    writing(join)
    assert len(events(omar.read(path))) == 1
    ended = update(MembreEquipe).where(MembreEquipe.agent_id == bureau.omar.id).values(jusqu_au=TODAY)
    writing(lambda: bureau.session.execute(ended))
    assert events(omar.read(path)) == []


def test_the_token_is_shown_once_and_kept_nowhere(
    abonne: Abonne, house: Any, sqlite_settings: Any, rows: Callable[[type], list]
) -> None:
    depot = uuid4()
    token = abonne.make(depot).split("/")[-1].removesuffix(".ics")
    assert len(token) == 43
    again = abonne.navigateur.post("/agenda", depot=str(depot))
    assert again.status_code == 409
    assert "n’a été montrée qu’une fois" in words(again.text)
    assert token not in again.text + abonne.navigateur.get("/agenda").text
    house.database.engines.dispose()
    kept = b"".join(path.read_bytes() for path in sqlite_settings.instance.iterdir() if path.is_file())
    assert rows(LienAgenda)[0].empreinte in kept
    assert token.encode() not in kept


def test_a_few_addresses_each_to_its_owner(
    abonne: Abonne, signed_in: Callable[[str], Navigateur], rows: Callable[[type], list]
) -> None:
    depot = uuid4()
    abonne.make(depot)
    omar = signed_in("omar")
    omar.get("/agenda")
    refused = omar.post("/agenda", depot=str(depot))
    assert (refused.status_code, "Cette page a expiré" in refused.text) == (422, True)
    assert omar.post(f"/agenda/{depot}/revoquer").status_code == 404
    for _ in range(LIENS_AU_PLUS - 1):
        abonne.make()
    full = abonne.navigateur.post("/agenda", depot=str(uuid4()))
    assert (full.status_code, "révoquez-en une" in full.text) == (422, True)
    assert len(rows(LienAgenda)) == LIENS_AU_PLUS
    assert abonne.revoke().status_code == 303
    abonne.make()
    # revoked twice is revoked
    gone = next(row.id for row in rows(LienAgenda) if row.revoque_le)
    assert abonne.navigateur.post(f"/agenda/{gone}/revoquer").status_code == 303


def test_readings_are_braked_and_written_down_once_an_hour(
    abonne: Abonne, signed_in: Callable[[str], Navigateur], house: Any, clock: FrozenClock
) -> None:
    clock.now = clock.now.replace(minute=0)
    path, other = abonne.make(), abonne.make()
    for _ in range(LECTURES_AU_PLUS):
        assert abonne.read(path).status_code == 200
    braked = abonne.read(path)
    assert (braked.status_code, braked.headers["Retry-After"]) == (429, "3600")
    assert abonne.read(other).status_code == 200, "another address is another application"
    assert lines(house, Action.AGENDA_LU) == 2
    clock.now += timedelta(hours=1)
    assert abonne.read(path).status_code == 200
    assert lines(house, Action.AGENDA_LU) == 3
    assert (lines(house, Action.AGENDA_CREE), lines(house, Action.AGENDA_REVOQUE)) == (2, 0)
    assert "Lue aujourd’hui, à 11 h 00 environ" in words(signed_in("nadia").get("/agenda").text)


def test_no_log_holds_the_token(
    abonne: Abonne, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = abonne.make()
    monkeypatch.setattr(views_flux, "lines_of_agenda", lambda *_, **__: 1 / 0)
    abonne.app.testing = False
    assert abonne.read(path).status_code == 500
    assert "/agenda/flux/….ics" in caplog.text
    assert path.split("/")[-1].removesuffix(".ics") not in caplog.text


@pytest.fixture
def responsable(compte: Callable[..., Agent], ouvrir: Callable[[], Navigateur]) -> Navigateur:
    navigateur = ouvrir()
    navigateur.sign_in(compte(Role.RESPONSABLE))
    return navigateur


def test_who_sees_no_dossier_has_no_calendar(responsable: Navigateur) -> None:
    for path in ("/agenda", "/agenda/mois"):
        assert responsable.get(path).status_code == 404
    assert responsable.post("/agenda", depot=str(uuid4())).status_code == 404
