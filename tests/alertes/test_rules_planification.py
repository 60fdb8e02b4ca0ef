"""When jobs run: hours of Paris, whatever the night; one catch-up; a few tries, then somebody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.alertes.forms_planification import faults, length, state
from app.alertes.rules_planification import (
    Veille,
    last_slot,
    may_be_taken_over,
    next_slot,
    slots_due,
    tried_again_at,
)
from app.alertes.vocabulaire import StatutPassage, Tache

PARIS = ZoneInfo("Europe/Paris")


def paris(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("tache", "here", "code", "begun"),
    [
        (Tache.NUIT, "2026-11-22T02:29:59", "2026-11-21", "2026-11-21T02:30"),
        (Tache.NUIT, "2026-11-22T02:30", "2026-11-22", "2026-11-22T02:30"),
        (Tache.NUIT, "2026-11-22T23:59", "2026-11-22", "2026-11-22T02:30"),
        (Tache.HEURE, "2026-11-22T14:04", "2026-11-22T13", "2026-11-22T13:05"),
        (Tache.HEURE, "2026-11-22T14:05", "2026-11-22T14", "2026-11-22T14:05"),
        (Tache.HEURE, "2026-11-22T00:01", "2026-11-21T23", "2026-11-21T23:05"),
        (Tache.SEMAINE, "2026-11-22T03:29", "2026-S46", "2026-11-15T03:30"),
        (Tache.SEMAINE, "2026-11-22T03:30", "2026-S47", "2026-11-22T03:30"),
        (Tache.SEMAINE, "2026-11-28T23:00", "2026-S47", "2026-11-22T03:30"),
        (Tache.SEMAINE, "2027-01-03T04:00", "2026-S53", "2027-01-03T03:30"),
        (Tache.COURRIELS, "2026-11-23T07:29", "2026-11-22", "2026-11-22T07:30"),
        (Tache.COURRIELS, "2026-11-23T07:30", "2026-11-23", "2026-11-23T07:30"),
        (Tache.COURRIELS, "2026-07-14T07:30", "2026-07-14", "2026-07-14T07:30"),
        (Tache.TRIMESTRE, "2026-10-15T04:29", "2026-T2", "2026-07-15T04:30"),
        (Tache.TRIMESTRE, "2026-10-15T04:30", "2026-T3", "2026-10-15T04:30"),
        (Tache.TRIMESTRE, "2027-01-14T23:00", "2026-T3", "2026-10-15T04:30"),
        (Tache.TRIMESTRE, "2027-02-01T00:00", "2026-T4", "2027-01-15T04:30"),
    ],
)
def test_a_slot_is_an_hour_of_paris(tache: Tache, here: str, code: str, begun: str) -> None:
    slot = last_slot(tache, paris(here))
    assert (slot.tache, slot.code, slot.a) == (tache, code, paris(begun))


@pytest.mark.parametrize("tache", list(Tache))
@pytest.mark.parametrize("first", ["2026-03-27T22:00", "2026-10-23T22:00", "2026-12-31T12:00"])
def test_each_slot_follows_the_one_before_it_and_none_comes_twice(tache: Tache, first: str) -> None:
    now = paris(first)
    seen = [last_slot(tache, now).code]
    while len(seen) < 80:
        slot = next_slot(tache, now)
        assert slot.a > now
        assert last_slot(tache, slot.a) == slot
        assert last_slot(tache, slot.a - timedelta(microseconds=1)).code == seen[-1]
        seen.append(slot.code)
        now = slot.a
    assert seen == sorted(set(seen))


def test_the_night_without_0230_runs_once_at_0330() -> None:
    slot = next_slot(Tache.NUIT, paris("2026-03-28T12:00"))
    assert (slot.code, slot.a) == ("2026-03-29", datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert next_slot(Tache.NUIT, slot.a).code == "2026-03-30"
    assert next_slot(Tache.HEURE, paris("2026-03-29T01:30")).code == "2026-03-29T03"


def test_the_night_with_0230_twice_runs_once_the_first_time() -> None:
    slot = next_slot(Tache.NUIT, paris("2026-10-24T12:00"))
    assert (slot.code, slot.a) == ("2026-10-25", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert last_slot(Tache.NUIT, paris("2026-10-25T02:45", fold=1)).code == "2026-10-25"
    assert next_slot(Tache.NUIT, paris("2026-10-25T02:15", fold=1)).code == "2026-10-26"


def test_the_hour_that_comes_back_is_no_other_slot() -> None:
    once, again = (last_slot(Tache.HEURE, paris("2026-10-25T02:06", fold=fold)).code for fold in (0, 1))
    assert once == again == "2026-10-25T02"
    assert next_slot(Tache.HEURE, paris("2026-10-25T02:06")).a == paris("2026-10-25T03:05")


def test_after_three_days_off_each_job_has_one_slot_to_catch_up_in_order() -> None:
    due = [(slot.tache.value, slot.code) for slot in slots_due(paris("2026-11-25T09:00"))]
    assert due == [
        ("nuit", "2026-11-25"),
        ("heure", "2026-11-25T08"),
        ("semaine", "2026-S47"),
        ("courriels", "2026-11-25"),
        ("trimestre", "2026-T3"),
    ]


@pytest.mark.parametrize(
    ("here", "sent"),
    [("07:29", False), ("07:30", True), ("10:59", True), ("11:00", False), ("18:00", False)],
)
def test_the_morning_s_e_mail_is_not_sent_in_the_afternoon(here: str, sent: bool) -> None:
    assert (Tache.COURRIELS in {slot.tache for slot in slots_due(paris(f"2026-11-25T{here}"))}) is sent


def test_a_failure_is_tried_again_after_5_and_30_minutes_then_left() -> None:
    ended = paris("2026-11-25T02:40")
    assert tried_again_at(1, ended) == ended + timedelta(minutes=5)
    assert tried_again_at(2, ended) == ended + timedelta(minutes=30)
    assert tried_again_at(3, ended) is None
    assert [may_be_taken_over(essais) for essais in (1, 2, 3)] == [True, True, False]


NOW = paris("2026-11-25T09:00")
WELL = Veille(
    vu_le=NOW - timedelta(seconds=20),
    commence_le=NOW - timedelta(days=9),
    nuit=StatutPassage.FINI,
    nuit_finie_le=NOW - timedelta(hours=6),
    nuit_prise_le=NOW - timedelta(days=9),
)


def changed(**values: object) -> Veille:
    return replace(WELL, **values)


@pytest.mark.parametrize(
    ("veille", "said", "wrong"),
    [
        (Veille(), "jamais lancé", []),
        (WELL, "vu il y a 20 s", []),
        (changed(vu_le=NOW - timedelta(minutes=3)), "vu il y a 3 min", []),
        (changed(vu_le=NOW - timedelta(minutes=3, seconds=1)), "vu il y a 3 min", ["signe de vie depuis 3 min"]),
        (changed(nuit=StatutPassage.ECHOUE), "vu il y a 20 s", ["la nuit a échoué"]),
        (changed(nuit=StatutPassage.PRIS), "vu il y a 20 s", []),
        (changed(nuit_finie_le=NOW - timedelta(hours=26)), "vu il y a 20 s", []),
        (changed(nuit_finie_le=NOW - timedelta(hours=26, seconds=1)), "vu il y a 20 s", ["plus de 26 h"]),
        # never ended well, for nine days
        (changed(nuit_finie_le=None, nuit=StatutPassage.PRIS), "vu il y a 20 s", ["plus de 26 h"]),
        # beats, and never began a night
        (changed(nuit_finie_le=None, nuit_prise_le=None, nuit=None), "vu il y a 20 s", ["plus de 26 h"]),
        # just launched
        (Veille(vu_le=NOW, commence_le=NOW), "vu il y a 0 s", []),
        # a timer of the system runs what is due: no heartbeat to wait for, the nights alone
        (changed(vu_le=None, commence_le=None), "lancé par un minuteur", []),
        (
            changed(vu_le=None, commence_le=None, nuit_finie_le=NOW - timedelta(days=2)),
            "lancé par un minuteur",
            ["plus de 26 h"],
        ),
    ],
)
def test_what_somebody_must_look_at(veille: Veille, said: str, wrong: list[str]) -> None:
    assert state(veille, NOW) == said
    found = list(faults(veille, NOW))
    assert len(found) == len(wrong), found
    assert all(part in whole for part, whole in zip(wrong, found, strict=True))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (260_000, "3 j")],
)
def test_a_length_of_time_in_one_unit(seconds: int, words: str) -> None:
    assert length(timedelta(seconds=seconds)) == words
