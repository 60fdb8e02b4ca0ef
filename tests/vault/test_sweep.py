"""Keys whose dossier was never written go away after a day, and never by mistake."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.vault import sweep as sweeping
from app.vault.errors import SuspiciousSweep
from app.vault.sweep import sweep


@pytest.fixture
def old(vault, clock):
    """Ten keys made 25 hours ago."""
    uids = [uuid4() for _ in range(10)]
    vault.create_keys(uids)
    clock.now += timedelta(hours=25)
    return uids


def test_old_keys_without_a_dossier_are_removed_and_no_other(vault, clock, old):
    young = uuid4()
    vault.create_key(young)
    assert sweep(vault, known_uids=old[3:], now=clock.now) == 3
    assert vault.missing_keys([*old, young]) == set(old[:3])
    assert sweep(vault, known_uids=old[3:], now=clock.now) == 0


def test_a_key_is_left_a_whole_day(vault, clock, old):
    assert sweep(vault, known_uids=old[3:], now=clock.now - timedelta(hours=1)) == 0


def test_an_empty_data_base_removes_nothing(vault, clock, old):
    with pytest.raises(SuspiciousSweep):
        sweep(vault, known_uids=[], now=clock.now)
    assert vault.missing_keys(old) == set()


def test_too_many_orphans_at_once_remove_nothing(vault, clock, old, monkeypatch):
    monkeypatch.setattr(sweeping, "LARGEST", 2)
    with pytest.raises(SuspiciousSweep) as refusal:
        sweep(vault, known_uids=old[3:], now=clock.now)
    assert refusal.value.orphans == 3
    assert vault.missing_keys(old) == set()
