"""Data goes through 0011, down and up, on both engines: structures and territories stay, outings are lost."""

from __future__ import annotations

from sqlalchemy import func, select

from app.accounts.maison import Maison
from app.accounts.models import Structure
from app.db import migrations
from app.programme.models import Territoire
from app.rue.models import SortieRue
from tests.referents.conftest import make_equipe
from tests.rue.conftest import go_out


def counts(maison: Maison) -> tuple[int, ...]:
    with maison.database.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(t)) for t in (Structure, Territoire, SortieRue))


def test_down_and_up_with_an_outing(maison: Maison) -> None:
    with maison.database.open_write() as session:
        equipe = make_equipe(session, maison)
        go_out(equipe)
        session.commit()
    structures, territoires, _ = counts(maison)
    migrations.downgrade(maison.database.engines.write, "0010")
    migrations.upgrade(maison.database.engines.write)
    assert counts(maison) == (structures, territoires, 0)
    with maison.database.open_write() as session:
        go_out(make_equipe(session, maison))
        session.commit()
    assert counts(maison)[2] == 1
