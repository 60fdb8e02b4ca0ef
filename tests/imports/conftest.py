"""The workshop where files are imported."""

from __future__ import annotations

import pytest

from tests.imports.atelier import Atelier, build_atelier


@pytest.fixture
def atelier(maison) -> Atelier:
    """On each engine in turn."""
    return build_atelier(maison)


@pytest.fixture
def sqlite_atelier(sqlite_maison) -> Atelier:
    return build_atelier(sqlite_maison)
