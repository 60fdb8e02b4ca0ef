"""The population of the benchmarks is sound, repeatable, and shaped as a structure's people are."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest
from sqlalchemy import func, select

from app.alertes.services import Bilan, scan
from app.jeunes.models import Identite
from app.jeunes.queries import open_nom
from app.parcours.etat import drift
from app.parcours.models import Dossier, Etape, Suivi
from bench.banc import Banc, ordinary_codes, referent
from bench.generateur import CHARGE, LEGER, PAR_REFERENT, PAR_STRUCTURE, Plan, ready
from bench.lieux import Lieu, copied
from bench.personnes import Ampleur, invent


def test_what_is_derived_says_the_same_as_the_events(banc: Banc) -> None:
    with banc.maison.database.writing() as session:
        assert drift(session) == []
        assert scan(session, today=banc.today, now=banc.now) == Bilan()


def test_everybody_has_a_key_that_opens_their_name(banc: Banc, lieu: Lieu) -> None:
    identite = Identite.__table__.c
    query = select(Dossier.uid, Dossier.code, identite.identite).join(Identite, Identite.dossier_id == Dossier.id)
    with banc.maison.database.reading() as session:
        rows = session.execute(query).all()
    keys = banc.maison.vault.keys([row.uid for row in rows])
    assert len(rows) == lieu.taille
    assert all(open_nom(keys, *row).prenom for row in rows)


@pytest.mark.parametrize(("code", "etapes", "suivis"), [(CHARGE, 30, 300), (LEGER, 3, 30)])
def test_the_two_dossiers_that_are_compared_are_of_the_same_referent(
    banc: Banc, code: str, etapes: int, suivis: int
) -> None:
    with banc.maison.database.reading() as session:
        dossier_id = session.scalars(select(Dossier.id).where(Dossier.code == code)).one()
        counts = [
            session.scalar(select(func.count()).select_from(table).where(table.dossier_id == dossier_id))
            for table in (Etape, Suivi)
        ]
        assert code not in ordinary_codes(session, referent(session))
    assert counts == [etapes, suivis]
    assert code in banc.ici.get("/mes-jeunes?par=100")


@pytest.mark.parametrize("taille", [6_000, 60_000])
def test_what_somebody_may_see_does_not_grow_with_the_size(taille: int) -> None:
    plan = Plan(taille)
    places = [plan.place(number) for number in range(taille)]
    structures = Counter(place.structure_id for place in places)
    followed = Counter(place.referent_id for place in places if place.ouvert)
    assert len(structures) == plan.structures
    assert max(structures.values()) <= PAR_STRUCTURE
    assert set(followed.values()) == {PAR_REFERENT}


def test_the_same_seed_gives_the_same_life() -> None:
    today = date(2026, 3, 17)
    lives = [invent(Random(3), ouvert=True, today=today, ampleur=Ampleur()) for _ in range(2)]
    assert lives[0] == lives[1]
    assert lives[0] != invent(Random(4), ouvert=True, today=today, ampleur=Ampleur())


def test_a_population_is_made_once_and_a_measure_writes_in_a_copy(lieu: Lieu) -> None:
    before = {path: path.stat().st_mtime_ns for path in lieu.instance.iterdir()}
    ready(lieu)
    with copied(lieu) as copy:
        (copy.instance / "parcours.db").write_bytes(b"")
        assert copy.instance.parent == lieu.instance.parent
    assert not copy.instance.exists()
    assert {path: path.stat().st_mtime_ns for path in lieu.instance.iterdir()} == before
