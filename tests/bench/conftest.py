"""One tiny population, made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.banc import Banc, in_service
from bench.generateur import ready
from bench.lieux import Lieu, copied

TAILLE = 120


@pytest.fixture(scope="session")
def lieu(tmp_path_factory: pytest.TempPathFactory) -> Lieu:
    folder: Path = tmp_path_factory.mktemp("bench")
    return ready(Lieu(TAILLE, "sqlite", folder))


@pytest.fixture
def banc(lieu: Lieu) -> Iterator[Banc]:
    """The application on a copy of it, the référent of the measures signed in."""
    with copied(lieu) as copy, in_service(copy) as banc:
        yield banc
