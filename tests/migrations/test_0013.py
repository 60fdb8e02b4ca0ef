"""Data goes through 0013, down and up, on both engines: what a structure set stays, its yardsticks of a caseload go."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.alertes.models import Reglage
from app.db import migrations
from tests.factories import make_structure

_table = Reglage.__table__


def test_down_and_up_with_the_numbers_of_a_structure(maison: Maison) -> None:
    with maison.database.writing() as session:
        here = make_structure(session).id
        session.execute(insert(_table).values(structure_id=here, version=3, escalade=9, charge_soutenus=15))
    migrations.downgrade(maison.database.engines.write, "0012")
    migrations.upgrade(maison.database.engines.write)
    with maison.database.writing() as session:
        kept = (_table.c.version, _table.c.escalade, _table.c.charge_soutenus, _table.c.charge_dossiers)
        assert session.execute(select(*kept)).one() == (3, 9, None, None)
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(_table.update().values(charge_dossiers=9))
