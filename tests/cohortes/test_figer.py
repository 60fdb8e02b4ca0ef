"""A freeze on both engines: what it closes stays closed, what it wrote stays written, and it ends what it began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.audit.services import Acteur
from app.cohortes.filtres import Critere
from app.cohortes.models import AJOUT_SEUL, Atome, Cellule, EntreeCohorte, Gel, Publication
from app.cohortes.queries_releves import catalogue, is_known, latest, millesimes, refusal, several
from app.cohortes.rules_treillis import Cle, read_quarter
from app.cohortes.services_figer import Bilan, Gele, Suivi, freeze
from app.cohortes.services_verifier import Defaut, verify
from app.cohortes.vocabulaire import Mesure, Niveau, Raison
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import GenreEtape, Sexe, StatutEtape
from tests.cohortes.population import Jeune, add
from tests.factories import make_structure, make_territoire

T1, T2, T3 = (read_quarter(f"2025-T{rang}") for rang in (1, 2, 3))
EN_FEVRIER, EN_MAI, EN_AOUT = (date(2025, mois, 3) for mois in (2, 5, 8))
EMPLOI = Faits(GenreEtape.EMPLOI, StatutEtape.EN_COURS, date(2025, 6, 2), None)
AU_TRAVAIL = Faits(GenreEtape.EMPLOI, StatutEtape.EN_COURS, date(2025, 1, 6), None)
TOUT = Cle()
HOMMES = Cle.of({Critere.SEXE: "homme"})


@dataclass
class Ville:
    """One structure, one territory; people enter and quarters are frozen."""

    maison: Maison
    structure: object
    territoire: object

    def enter(self, combien: int, ouvert_le: date, *, sexe: Sexe = Sexe.FEMME, etapes: tuple = ()) -> list[int]:
        with self.maison.database.writing() as session:
            lot = [Jeune(ouvert_le=ouvert_le, sexe=sexe, etapes=etapes) for _ in range(combien)]
            return add(session, self.structure, self.territoire, lot)

    def freeze(self, jusqua: int, suivi: Suivi | None = None) -> list[Bilan]:
        gele = Gele(self.maison.database, Acteur.commande(), self.maison.clock, lambda session: [], suivi or Suivi())
        return freeze(gele, jusqua=jusqua)

    def ledger(self) -> list[tuple]:
        """Every row of the ledger."""
        with self.maison.database.reading() as session:
            publications = session.execute(select(Publication.__table__).order_by(Publication.id)).all()
            cells = session.execute(select(Cellule.__table__).order_by(*Cellule.__table__.primary_key)).all()
        return [tuple(row) for row in (*publications, *cells)]

    def faults(self) -> list[Defaut]:
        with self.maison.database.reading() as session:
            return [faute.defaut for faute in verify(session).fautes]


@pytest.fixture
def ville(maison: Maison) -> Ville:
    """60 young women came in in February 2025, half of whom found work in June."""
    with maison.database.writing() as session:
        ville = Ville(maison, make_structure(session), make_territoire(session))
    ville.enter(30, EN_FEVRIER)
    ville.enter(30, EN_FEVRIER, etapes=(EMPLOI,))
    return ville


def test_the_first_freeze_closes_the_whole_past_in_one_vintage(ville: Ville) -> None:
    ville.enter(20, EN_MAI)
    (bilan,) = ville.freeze(T2)
    assert (bilan.millesime, bilan.publications > 0) == (T2, True)
    with ville.maison.database.reading() as session:
        assert millesimes(session) == [T2]
        assert dict(session.execute(select(Atome.trimestre, Atome.effectif)).all()) == {T1: 60, T2: 20}
        found = latest(session, TOUT)[Mesure.SITUATIONS]
        assert (found.effectif, found.niveau, found.trimestre) == (80, Niveau.COURBES, T2)
        # those of the first quarter alone lived three months; nothing is said of them apart from the whole
        assert found.cellule(0, "emploi") is None
    assert ville.faults() == []


def test_a_second_call_finds_nothing_to_do(ville: Ville) -> None:
    ville.freeze(T2)
    before = ville.ledger()
    assert ville.freeze(T2) == []
    assert ville.ledger() == before


def test_later_freezes_close_one_quarter_each_in_order(ville: Ville) -> None:
    ville.freeze(T1)
    ville.enter(20, EN_MAI)
    assert [bilan.millesime for bilan in ville.freeze(T3)] == [T2, T3]


def test_whoever_is_written_late_belongs_to_the_first_open_quarter(ville: Ville) -> None:
    ville.freeze(T1)
    before = ville.ledger()
    (late,) = ville.enter(1, EN_FEVRIER)
    assert ville.freeze(T1) == []
    assert ville.ledger() == before
    ville.freeze(T2)
    with ville.maison.database.reading() as session:
        atom = session.scalar(select(EntreeCohorte.atome_id).where(EntreeCohorte.dossier_id == late))
        assert session.get(Atome, atom).trimestre == T2
        # one more is not said: the cohort keeps its vintage
        assert latest(session, TOUT)[Mesure.SITUATIONS].millesime == T1
        assert refusal(session, TOUT).raison is Raison.PROCHE


def test_the_same_people_gain_months_and_lose_none(ville: Ville) -> None:
    ville.freeze(T1)
    ville.freeze(T2)
    with ville.maison.database.reading() as session:
        early = latest(session, TOUT)[Mesure.SITUATIONS]
    ville.freeze(T3)
    with ville.maison.database.reading() as session:
        found = latest(session, TOUT)[Mesure.SITUATIONS]
        then = several(session, [TOUT], Mesure, jusqua=T2)[TOUT][Mesure.SITUATIONS]
    assert (early.mois, found.mois) == ((0, 3), (0, 3, 6))
    assert then == early
    assert found.cellule(6, "emploi").valeur == 30
    assert all(found.cellules[place] == cell for place, cell in early.cellules.items())


def test_a_person_erased_changes_no_past_row_and_no_headcount(ville: Ville) -> None:
    ids = ville.enter(3, EN_FEVRIER)
    ville.freeze(T1)
    before = ville.ledger()
    with ville.maison.database.writing() as session:
        session.execute(delete(Dossier).where(Dossier.id.in_(ids)))
    ville.freeze(T1)
    assert ville.ledger() == before
    with ville.maison.database.reading() as session:
        assert session.scalar(select(func.sum(Atome.effectif))) == 63
        assert session.scalar(select(func.count(EntreeCohorte.dossier_id))) == 60
    ville.freeze(T2)
    with ville.maison.database.reading() as session:
        assert latest(session, TOUT)[Mesure.SITUATIONS].effectif == 65
    assert ville.faults() == []


class Coupure(Exception):
    """The power fails."""


@pytest.mark.parametrize("survit", [0, 1, 5, 9])
def test_a_freeze_that_is_cut_ends_like_one_that_is_not(ville: Ville, survit: int) -> None:
    ville.enter(25, EN_MAI, sexe=Sexe.HOMME)
    left = [survit]

    def cut() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Coupure

    with pytest.raises(Coupure):
        ville.freeze(T2, Suivi(entre=cut))
    with ville.maison.database.reading() as session:
        assert millesimes(session) == []
        assert session.scalars(select(Gel.millesime)).all() == [T2]
    ville.freeze(T2)
    assert ville.faults() == []
    with ville.maison.database.reading() as session:
        assert {one.cle.code for one in catalogue(session)} >= {"tout", "sexe=femme", "sexe=homme"}
        assert latest(session, HOMMES)[Mesure.SITUATIONS].effectif == 25


def test_two_freezes_at_once_do_not_write_twice(ville: Ville) -> None:
    def meanwhile() -> None:
        if not started:
            started.append(True)
            ville.freeze(T2)

    started: list[bool] = []
    with pytest.raises(IntegrityError):
        ville.freeze(T2, Suivi(entre=meanwhile))
    assert ville.faults() == []
    assert ville.freeze(T2) == []


def test_a_small_cohort_is_refused_and_one_that_does_not_exist_is_unknown(ville: Ville) -> None:
    ville.enter(8, EN_FEVRIER, sexe=Sexe.HOMME)
    ville.freeze(T1)
    with ville.maison.database.reading() as session:
        assert refusal(session, HOMMES).raison is Raison.EFFECTIF
        assert latest(session, HOMMES) == {}
        # the others would give the eight by subtraction
        assert refusal(session, Cle.of({Critere.SEXE: "femme"})).raison is Raison.PROCHE
        assert is_known(session, HOMMES)
        assert not is_known(session, Cle.of({Critere.SEXE: "autre"}))


def test_nobody_to_count_is_said(maison: Maison) -> None:
    with maison.database.writing() as session:
        ville = Ville(maison, make_structure(session), make_territoire(session))
    with pytest.raises(DomainError, match="rien_a_figer"):
        ville.freeze(T1)


@pytest.mark.parametrize("table", AJOUT_SEUL)
def test_the_database_refuses_to_change_what_was_closed_or_published(ville: Ville, table: str) -> None:
    ville.freeze(T1)
    column = {"trimestre_clos": "millesime", "cellule": "valeur"}.get(table, "trimestre")
    for statement in (f"UPDATE {table} SET {column} = {column} + 5", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), ville.maison.database.writing() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "defaut"),
    [
        ("UPDATE cellule SET valeur = valeur + 5 WHERE publication_id = 1", Defaut.LIGNE_MODIFIEE),
        ("UPDATE cellule SET valeur = 12 WHERE publication_id = 1", Defaut.CELLULE_INTERDITE),
        ("UPDATE publication SET effectif = effectif + 5 WHERE id = 1", Defaut.EFFECTIF_FAUX),
        ("UPDATE publication SET mesure = 'durees_24' WHERE id = 2", Defaut.LIGNE_MODIFIEE),
        ("DELETE FROM ensemble WHERE cle = 'tout'", Defaut.HORS_REGISTRE),
        ("UPDATE atome SET effectif = effectif - 1", Defaut.ATOME_FAUX),
    ],
)
def test_reading_the_ledger_again_finds_what_was_changed(sqlite_maison: Maison, statement: str, defaut: Defaut) -> None:
    with sqlite_maison.database.writing() as session:
        ville = Ville(sqlite_maison, make_structure(session), make_territoire(session))
    ville.enter(60, EN_FEVRIER, sexe=Sexe.HOMME)
    ville.enter(40, EN_FEVRIER, etapes=(AU_TRAVAIL,))
    ville.freeze(T2)
    assert ville.faults() == []
    with sqlite_maison.database.engines.write.begin() as connection:
        for table in AJOUT_SEUL:
            for guard in ("modification", "effacement"):
                connection.execute(text(f"DROP TRIGGER {table}_sans_{guard}"))
        connection.execute(text(statement))
    assert defaut in ville.faults()


def test_the_end_of_the_chain_is_remembered_elsewhere(sqlite_maison: Maison) -> None:
    with sqlite_maison.database.writing() as session:
        ville = Ville(sqlite_maison, make_structure(session), make_territoire(session))
    ville.enter(60, EN_FEVRIER)
    ville.freeze(T2)
    with sqlite_maison.database.engines.write.begin() as connection:
        for table in ("cellule", "publication"):
            connection.execute(text(f"DROP TRIGGER {table}_sans_effacement"))
        last = connection.execute(text("SELECT max(id) FROM publication")).scalar()
        connection.execute(text("DELETE FROM cellule WHERE publication_id = :last"), {"last": last})
        connection.execute(text("DELETE FROM publication WHERE id = :last"), {"last": last})
    assert ville.faults() == [Defaut.FIN_DIFFERENTE]
