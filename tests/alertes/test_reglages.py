"""Promise: a structure sets its numbers within their bounds, sees first what that changes, and its alerts follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.queries import structure_to_change
from app.alertes.models import Alerte, EvenementAlerte, Reglage
from app.alertes.queries_ecarts import sans_naissances
from app.alertes.queries_reglages import reglages_of, stored_of
from app.alertes.rules_parametres import PARAMETRES, values
from app.alertes.services import scan
from app.alertes.services_reglages import DEFAUTS, VERSION_INITIALE, Effet, preview, set_reglages
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.audit.models import EntreeJournal
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion
from app.parcours.vocabulaire import Situation
from tests.alertes.monde import JOUR, MAINTENANT, Monde, jours

ACTEUR = Acteur.commande()
LE_JOUR = {"today": JOUR, "naissances": sans_naissances}


class Ici:
    """Two structures on a house of either engine, with somebody to follow in the first."""

    def __init__(self, maison: Any) -> None:
        self.maison = maison
        with self.monde() as monde:
            self.structure_id, self.ailleurs, self.referent = monde.structure_id, monde.structure(), monde.agent()

    @contextmanager
    def monde(self) -> Iterator[Monde]:
        with self.maison.database.writing() as session:
            if hasattr(self, "structure_id"):
                monde = Monde.__new__(Monde)
                monde.session, monde.numeros = session, self.numeros
                monde.structure_id, monde.territoire_id = self.structure_id, self.territoire_id
            else:
                monde = Monde(session)
                self.numeros, self.territoire_id = monde.numeros, monde.territoire_id
            yield monde

    def silencieux(self, ago: int, *, structure_id: int | None = None) -> int:
        """Somebody in décrochage, heard of so many days ago."""
        with self.monde() as monde:
            return monde.dossier(
                self.referent,
                ouvert_le=JOUR - jours(400),
                dernier_contact=JOUR - jours(ago),
                situation=Situation.DECROCHAGE,
                situation_depuis=JOUR - jours(5),
                structure_id=structure_id or self.structure_id,
            )

    def scan(self) -> None:
        with self.monde() as monde:
            scan(monde.session, today=JOUR, now=MAINTENANT)

    def set(self, values: dict[str, int | None], *, version: int = VERSION_INITIALE) -> Any:
        with self.maison.database.writing() as session:
            structure = structure_to_change(session, self.structure_id)
            return set_reglages(session, structure, values, version=version, acteur=ACTEUR, now=MAINTENANT, **LE_JOUR)

    def read(self, query: Any) -> list[Any]:
        with self.maison.database.reading() as session:
            return list(session.scalars(query))

    def muets(self) -> list[int]:
        """The dossiers of which an open alert says the silence."""
        said = select(Alerte.dossier_id).where(Alerte.regle == Regle.SILENCE, Alerte.fermee_le.is_(None))
        return self.read(said.order_by(Alerte.dossier_id))

    def reglages(self, structure_id: int | None = None) -> dict[str, int]:
        with self.maison.database.reading() as session:
            return reglages_of(session, structure_id or self.structure_id)


@pytest.fixture
def ici(maison: Any) -> Ici:
    return Ici(maison)


def test_a_structure_that_set_nothing_has_the_defaults(ici: Ici) -> None:
    assert ici.reglages() == {code: parametre.defaut for code, parametre in PARAMETRES.items()}
    assert ici.reglages()["silence_decrochage"] == 14


def test_what_is_set_applies_there_and_nowhere_else(ici: Ici) -> None:
    assert ici.set({"silence_decrochage": 21, "rupture": 10}) == ["silence_decrochage", "rupture"]
    assert ici.reglages() == values({}) | {"silence_decrochage": 21, "rupture": 10}
    assert ici.reglages(ici.ailleurs) == values({})


def test_the_default_is_stored_as_nothing_so_that_it_follows_the_house(ici: Ici) -> None:
    ici.set({"retard": 20})
    ici.set({"retard": PARAMETRES["retard"].defaut, "rupture": PARAMETRES["rupture"].defaut}, version=1)
    (row,) = [stored for stored in _rows(ici) if stored["structure_id"] == ici.structure_id]
    assert {code: row[code] for code in PARAMETRES} == DEFAUTS


def _rows(ici: Ici) -> list[dict[str, Any]]:
    with ici.maison.database.reading() as session:
        return [dict(row) for row in session.execute(select(Reglage.__table__)).mappings()]


def test_coming_back_to_every_default(ici: Ici) -> None:
    ici.set({"retard": 20, "aujourdhui": 12})
    assert set(ici.set(dict(DEFAUTS), version=1)) == {"retard", "aujourdhui"}
    assert ici.reglages() == values({})


@pytest.mark.parametrize("code", ["silence_decrochage", "aujourdhui", "transmission", "report_silence"])
@pytest.mark.parametrize("side", ["minimum", "maximum"])
def test_bounds_are_included_and_beyond_them_nothing_is_written(ici: Ici, code: str, side: str) -> None:
    bound = getattr(PARAMETRES[code], side)
    beyond = bound + (1 if side == "maximum" else -1)
    with pytest.raises(DomainError) as refused:
        ici.set({"retard": 20, code: beyond})
    assert (refused.value.code, refused.value.field) == ("reglage_hors_bornes", code)
    assert _rows(ici) == []
    ici.set({code: bound})
    assert ici.reglages()[code] == bound


def test_a_page_read_before_somebody_else_wrote_changes_nothing(ici: Ici) -> None:
    ici.set({"retard": 20})
    with pytest.raises(StaleVersion) as stale:
        ici.set({"retard": 30})
    assert stale.value.current["retard"] == 20
    assert ici.reglages()["retard"] == 20
    ici.set({"retard": 30}, version=1)
    assert ici.reglages()["retard"] == 30


def test_the_journal_says_what_was_set(ici: Ici) -> None:
    ici.set({"fraicheur_insertion_activite_economique": 90})
    ici.set({"retard": 20, "rupture": 10}, version=1)
    ici.set({"retard": 20, "rupture": 10}, version=2)
    said = select(EntreeJournal).where(EntreeJournal.action == Action.REGLAGE_MODIFIE).order_by(EntreeJournal.numero)
    with ici.maison.database.reading() as session:
        entries = [(entry.precision, entry.nombre) for entry in session.scalars(said)]
    assert entries == [("fraicheur_insertion_activite_economique", 1), (f"structure:{ici.structure_id}", 2)]


def test_alerts_follow_the_numbers_in_the_same_transaction(ici: Ici) -> None:
    quinze, trente = ici.silencieux(15), ici.silencieux(30)
    elsewhere = ici.silencieux(15, structure_id=ici.ailleurs)
    ici.scan()
    assert ici.muets() == [quinze, trente, elsewhere]
    ici.set({"silence_decrochage": 21})
    assert ici.muets() == [trente, elsewhere]
    ici.set({"silence_decrochage": 10}, version=1)
    assert ici.muets() == [quinze, trente, elsewhere]


def test_what_a_number_closes_was_not_closed_by_an_act(ici: Ici) -> None:
    ici.silencieux(15)
    ici.scan()
    ici.set({"silence_decrochage": 21})
    genres = ici.read(select(EvenementAlerte.genre).where(EvenementAlerte.genre != GenreEvenement.OUVERTE))
    assert genres == [GenreEvenement.ETEINTE]


def _preview(ici: Ici, values: dict[str, int | None]) -> Effet:
    with ici.maison.database.writing() as session:
        return preview(session, structure_to_change(session, ici.structure_id), values, **LE_JOUR)


@pytest.mark.parametrize("before", [{}, {"silence_decrochage": 30}])
@pytest.mark.parametrize("asked", [10, 14, 21, 31])
def test_the_preview_tells_exactly_what_saving_would_do(ici: Ici, before: dict[str, int], asked: int) -> None:
    for ago in (9, 10, 14, 15, 20, 21, 22, 30, 31):
        ici.silencieux(ago)
    ici.silencieux(15, structure_id=ici.ailleurs)
    if before:
        ici.set(before)
    ici.scan()
    said = _preview(ici, {"silence_decrochage": asked})
    muets, kept = len(ici.muets()), ici.reglages()
    assert said.avant[Regle.SILENCE] == muets - 1, "the other structure has one"
    ici.set({"silence_decrochage": asked}, version=1 if before else VERSION_INITIALE)
    assert said.ecart(Regle.SILENCE) == len(ici.muets()) - muets
    assert kept == values(before), "the preview itself kept nothing"


def test_a_preview_changes_only_what_it_names(ici: Ici) -> None:
    ici.silencieux(15)
    ici.set({"silence_decrochage": 30})
    assert _preview(ici, {"retard": 3}).ecart(Regle.SILENCE) == 0
    assert _preview(ici, {"silence_decrochage": None}).ecart(Regle.SILENCE) == 1


def test_a_preview_out_of_bounds_is_refused_as_a_save(ici: Ici) -> None:
    with pytest.raises(DomainError) as refused:
        _preview(ici, {"retard": 0})
    assert refused.value.field == "retard"


def test_a_preview_writes_neither_numbers_nor_alerts_nor_journal(ici: Ici) -> None:
    ici.silencieux(15)
    _preview(ici, {"silence_decrochage": 10})
    with ici.maison.database.reading() as session:
        assert stored_of(session, ici.structure_id) == {}
    assert ici.read(select(Alerte.id)) == []
    assert ici.read(select(EntreeJournal.numero).where(EntreeJournal.action == Action.REGLAGE_MODIFIE)) == []
