"""Promise: an outing is written once, changed by its authors on the version they read, and never says a name."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.rue import services
from app.rue.models import LieuRue, Rencontre, SortieAgent, SortieRue
from app.rue.policies import may_edit_sortie, may_read_sortie, may_rename_lieu
from app.rue.queries import faits_of, page_of_sorties, places_of
from app.rue.rules import NouveauLieu
from app.rue.vocabulaire import RaisonSuppression
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_territoire
from tests.rue.conftest import FILLES, GARCONS, JEUNES, Equipe, faits, go_out

WHEN = {"now": NOW + timedelta(minutes=5), "today": TODAY}


def count(equipe: Equipe, table: type) -> int:
    return equipe.session.scalar(select(func.count()).select_from(table))


def test_noted_once_whatever_is_sent_twice(equipe: Equipe) -> None:
    depot = uuid4()
    first = go_out(equipe, equipe.nadia, equipe.omar, depot=depot)
    assert go_out(equipe, equipe.nadia, equipe.omar, depot=depot) is first
    with pytest.raises(DepotConflict):
        go_out(equipe, equipe.nadia, depot=depot)
    with pytest.raises(DomainError, match="depot_inconnu"):
        go_out(equipe, equipe.nadia, equipe.omar, par=equipe.omar, depot=depot)
    assert (count(equipe, SortieRue), count(equipe, SortieAgent), count(equipe, Rencontre)) == (1, 2, 2)
    stored = faits_of(equipe.session, first)
    assert (stored.rencontres, stored.debut, stored.fin) == (JEUNES, time(18, 30), time(20, 30))
    line = equipe.session.scalars(select(EntreeJournal).order_by(EntreeJournal.id.desc()).limit(1)).one()
    assert (line.action, line.nombre, line.dossier) == (Action.SORTIE_NOTEE, 6, None)


def test_a_place_is_written_once_by_its_name_in_its_territory(equipe: Equipe) -> None:
    first = go_out(equipe)
    territoire = equipe.dossier.territoire_id
    same = go_out(equipe, lieu=NouveauLieu(territoire, "  place   BISSY "))
    assert same.lieu_id == first.lieu_id
    go_out(equipe, lieu=NouveauLieu(make_territoire(equipe.session).id, "Place Bissy"))
    go_out(equipe, equipe.lea)
    assert count(equipe, LieuRue) == 3, "another territory and another structure have their own"
    place = equipe.session.get(LieuRue, first.lieu_id)
    who = {"acteur": equipe.acteur(equipe.coordinatrice), "now": NOW}
    services.rename_place(equipe.session, place, nom="Place Bissy, côté tram", ferme=True, version=1, **who)
    assert [row.id for row in places_of(equipe.session, equipe.ici.id)] != [place.id]
    with pytest.raises(DomainError, match="lieu_inconnu"):
        go_out(equipe, lieu=place.id)
    assert next(row.id for row in places_of(equipe.session, equipe.ici.id, avec=place.id)) == place.id
    again = go_out(equipe, lieu=NouveauLieu(territoire, "place bissy, côté tram"))
    assert (again.lieu_id, place.ferme) == (place.id, False), "who writes its name goes there again"
    other = go_out(equipe, lieu=NouveauLieu(territoire, "Arrêt du collège"))
    with pytest.raises(DomainError, match="lieu_pris"):
        services.rename_place(
            equipe.session, equipe.session.get(LieuRue, other.lieu_id), nom="PLACE BISSY, côté tram", ferme=False,
            version=1, **who,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"jour": TODAY + timedelta(days=1)}, "sortie_future"),
        ({"jour": TODAY - timedelta(days=400)}, "sortie_ancienne"),
        ({"fin": time(18, 31)}, "duree_impossible"),
        ({"fin": time(8, 30)}, "duree_impossible"),
        ({"premieres": 7}, "premieres_de_trop"),
        ({"refus": 7}, "refus_de_trop"),
        ({"refus": -1}, "refus_de_trop"),
        ({"rencontres": {next(iter(JEUNES)): 201}}, "trop_de_rencontres"),
        ({"agents": frozenset()}, "agents_requis"),
        ({"agents": frozenset({10**9})}, "agent_inconnu"),
        ({"lieu": uuid4()}, "lieu_inconnu"),
    ],
)
def test_what_is_refused(equipe: Equipe, said: dict, code: str) -> None:
    with pytest.raises(DomainError, match=code):
        go_out(equipe, **said)


@pytest.mark.parametrize(
    ("nom", "code"),
    [("", "lieu_requis"), (" \t ", "lieu_requis"), ("x" * 61, "lieu_trop_long"), ("chez Mehdi", "lieu_de_quelqu_un"),
     ("Mme Kaci", "lieu_de_quelqu_un"), ("06 39 98 12 34", "lieu_de_quelqu_un"), ("a@b.fr", "lieu_de_quelqu_un")],
)  # fmt: skip
def test_a_place_is_no_person(equipe: Equipe, nom: str, code: str) -> None:
    with pytest.raises(DomainError, match=code):
        go_out(equipe, lieu=NouveauLieu(equipe.dossier.territoire_id, nom))
    for public in ("Place Bissy", "Parc du 8 mai 1945", "Arrêt Bachelard 73000", "Gymnase M. Herzog"):
        go_out(equipe, lieu=NouveauLieu(equipe.dossier.territoire_id, public))


def test_an_evening_may_end_the_next_day(equipe: Equipe) -> None:
    night = go_out(equipe, debut=time(22), fin=time(1, 15))
    assert (night.minutes, faits_of(equipe.session, night).fin) == (195, time(1, 15))


def test_an_edit_on_an_old_version_loses_neither_text(equipe: Equipe) -> None:
    sortie = go_out(equipe)
    said = faits(equipe, equipe.nadia, lieu=sortie.lieu_id, rencontres={next(iter(JEUNES)): 1}, premieres=0, refus=0)
    nadia = {"acteur": equipe.acteur(equipe.nadia), **WHEN}
    services.edit_sortie(equipe.session, sortie, said, version=1, **nadia)
    assert faits_of(equipe.session, sortie).total == 1
    with pytest.raises(StaleVersion):
        services.edit_sortie(equipe.session, sortie, said, version=1, **nadia)
    # a colleague who has left since may stay on it, and is not offered to a new one
    services.edit_sortie(equipe.session, sortie, faits(equipe, equipe.nadia, equipe.omar), version=2, **nadia)
    equipe.omar.desactive_le = NOW
    services.edit_sortie(equipe.session, sortie, faits(equipe, equipe.omar), version=3, **nadia)
    with pytest.raises(DomainError, match="agent_inconnu"):
        go_out(equipe, equipe.omar, par=equipe.nadia)


def test_removed_with_a_reason_and_put_back(equipe: Equipe) -> None:
    sortie = go_out(equipe)
    who = {"acteur": equipe.acteur(equipe.nadia), "now": NOW}
    with pytest.raises(StaleVersion):
        services.delete_sortie(equipe.session, sortie, version=9, raison=RaisonSuppression.DOUBLE, **who)
    for version in (1, 1):
        services.delete_sortie(equipe.session, sortie, version=version, raison=RaisonSuppression.DOUBLE, **who)
    assert page_of_sorties(equipe.session, equipe.ici.id, apres=None) == []
    said = faits(equipe, equipe.nadia)
    with pytest.raises(StaleVersion):
        services.edit_sortie(equipe.session, sortie, said, version=2, acteur=equipe.acteur(equipe.nadia), **WHEN)
    for _ in range(2):
        services.restore_sortie(equipe.session, sortie, **who)
    assert (sortie.raison, sortie.version) == (None, 3)
    assert len(page_of_sorties(equipe.session, equipe.ici.id, apres=None)) == 1


def test_who_may_do_what(equipe: Equipe) -> None:
    here = {"structure_id": equipe.ici.id}
    authors = {equipe.nadia.id}
    may = {
        name: (
            may_read_sortie(agent=getattr(equipe, name), **here),
            may_edit_sortie(agent=getattr(equipe, name), authors=authors, **here),
            may_rename_lieu(agent=getattr(equipe, name), **here),
        )
        for name in ("nadia", "omar", "coordinatrice", "lea")
    }
    assert may == {
        "nadia": (True, True, False),
        "omar": (True, False, False),
        "coordinatrice": (True, True, True),
        "lea": (False, False, False),
    }
    moved = make_agent(equipe.session, equipe.ailleurs)
    assert not may_edit_sortie(agent=moved, authors={moved.id}, **here), "who left the structure left its outings"


def test_pages_of_the_list_follow_each_other_and_cost_two_statements(equipe: Equipe) -> None:
    for number in range(7):
        go_out(
            equipe,
            equipe.nadia,
            equipe.omar,
            jour=TODAY - timedelta(days=number % 3),
            rencontres={(next(iter(JEUNES))[0], FILLES if number else GARCONS): 1},
            premieres=0,
            refus=0,
        )
    go_out(equipe, equipe.lea)
    whole = [line.row.id for line in page_of_sorties(equipe.session, equipe.ici.id, apres=None)]
    assert len(whole) == 7
    seen, mark = [], None
    while True:
        page = page_of_sorties(equipe.session, equipe.ici.id, apres=mark, limit=2)
        seen += [line.row.id for line in page[:2]]
        if len(page) <= 2:
            break
        mark = page[1].place
    assert seen == whole
    assert len(page[0].agents) == 2
