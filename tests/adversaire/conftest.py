"""Two towns frozen thirteen times over, made once a run and shared by its processes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.adversaire import gels, lecture
from tests.adversaire.population import DERNIER, PREMIER, Ville, invent
from tests.adversaire.tableau import ATTAQUE

TAILLES = (600, 3000)
MILIEU = PREMIER + 7  # what is rewritten afterwards is rewritten there


@dataclass(frozen=True)
class Monde:
    """A town, its installation after the last freeze, and the same one as it was at MILIEU."""

    ville: Ville
    fin: Path
    milieu: Path

    @property
    def taille(self) -> int:
        return self.ville.taille

    def registre(self) -> lecture.Registre:
        return _read(self.fin, self.taille)


@cache
def ville_of(taille: int) -> Ville:
    return invent(taille, graine=taille)


@cache
def _read(folder: Path, taille: int) -> lecture.Registre:
    with gels.installation(folder) as house:
        return lecture.read(house.database.engines.read, ville_of(taille))


@pytest.fixture(scope="session", params=TAILLES, ids=lambda taille: f"N={taille}")
def ville(request: pytest.FixtureRequest) -> Ville:
    return ville_of(request.param)


@pytest.fixture(scope="session")
def monde(ville: Ville, prepared_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Monde:
    return _monde(ville, prepared_instance, _shared(tmp_path_factory))


@pytest.fixture(scope="session")
def registre(monde: Monde) -> lecture.Registre:
    return monde.registre()


@pytest.fixture(scope="session")
def petit_monde(prepared_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Monde:
    """The smaller town alone."""
    return _monde(ville_of(TAILLES[0]), prepared_instance, _shared(tmp_path_factory))


@pytest.fixture
def note(record_property, ville: Ville) -> Callable[[str, object], None]:
    """Put what an attack on the ledger obtained in the table of the end."""
    return lambda attaque, mesure: record_property(ATTAQUE, (attaque, f"ledger {ville.taille}", str(mesure)))


@pytest.fixture
def note_avant(record_property, ville: Ville) -> Callable[[str, object], None]:
    """The same, on the build without protection."""
    return lambda attaque, mesure: record_property(ATTAQUE, (attaque, f"unprotected {ville.taille}", str(mesure)))


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the whole run: processes of pytest-xdist have theirs inside it."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _monde(ville: Ville, prepared: Path, shared: Path) -> Monde:
    folder = shared / f"adversaire-{ville.taille}"
    monde = Monde(ville, folder / "fin", folder / "milieu")
    with _alone(shared / f"adversaire-{ville.taille}.verrou"):
        if not (folder / "fait").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _freeze(monde, prepared)
            (folder / "fait").touch()
    return monde


def _freeze(monde: Monde, prepared: Path) -> None:
    gels.copy(prepared, monde.fin)
    with gels.installation(monde.fin) as house:
        gels.begin(house)
        gels.live(house, monde.ville, trimestres=range(PREMIER, MILIEU + 1))
    gels.copy(monde.fin, monde.milieu)
    with gels.installation(monde.fin) as house:
        gels.live(house, monde.ville, trimestres=range(MILIEU + 1, DERNIER + 1))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process makes a town, the others wait for it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
