"""Flux, exits, returns, first steps and dimensions, from steps in the database, on both engines, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import date
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.accounts.vocabulaire import GenreStructure
from app.cohortes.filtres import Cohorte, Critere, read_month
from app.cohortes.queries import attentes_par, sejours_par
from app.cohortes.queries_exactes import issues_par, passages_par, premieres_etapes_par, retours_par
from app.cohortes.rules_definitions import exit_on, first_step, plie_positive, raccrochage_of
from app.cohortes.rules_exactes import sorties
from app.parcours.models import Dossier
from app.parcours.rules import tranche_age
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import GenreEtape, IssueEtape, MotifSortie, Sexe, Situation, StatutEtape
from app.programme.vocabulaire import GenreTerritoire
from tests.cohortes.comparaison import assert_delai, assert_flux, assert_tables
from tests.cohortes.population import JUSQUA, Jeune, Pause, add, jeunes_divers
from tests.cohortes.sequences import last_day, month
from tests.factories import make_structure, make_territoire

COHORTE = Cohorte(JUSQUA)
DERNIER_JOUR = last_day(JUSQUA)
E = Situation.EMPLOI


@pytest.fixture
def session(maison):
    """Nothing is committed."""
    with maison.database.open_write() as session:
        yield session
        session.rollback()


class Lieux:
    """A PLIE and another structure; a commune, its quarter, and a quarter of elsewhere."""

    def __init__(self, session: Session) -> None:
        self.structures = [
            make_structure(session, genre=genre) for genre in (GenreStructure.PLIE, GenreStructure.AUTRE)
        ]
        commune = make_territoire(session, genre=GenreTerritoire.COMMUNE)
        self.territoires = [commune, make_territoire(session), make_territoire(session)]
        self.territoires[1].commune_id = commune.id

    def values(self, jeune: Jeune) -> dict[Critere, str]:
        return {
            Critere.TERRITOIRE: self.territoires[jeune.lieu[0]].code,
            Critere.STRUCTURE: self.structures[jeune.lieu[1]].code,
            Critere.SEXE: jeune.sexe.value,
            Critere.AGE: tranche_age(jeune.annee_naissance, jeune.ouvert_le) or "",
            Critere.ENTREE: str(jeune.ouvert_le.year),
        }


def issue_of(jeune: Jeune) -> tuple:
    plie = jeune.lieu[1] == 0
    motif = exit_on(DERNIER_JOUR, clos_le=jeune.clos_le, motif=jeune.motif, reouvertures=jeune.pauses)
    positive = plie_positive(jeune.suite, jeune.etapes, ouvert_le=jeune.ouvert_le, dernier_jour=DERNIER_JOUR)
    return motif, plie, plie and positive


def retour_of(jeune: Jeune) -> tuple:
    found = raccrochage_of(jeune.suite)
    return found.decroche, found.retour is not None, found.observe, found.solide


def premiere_of(jeune: Jeune) -> tuple:
    debut = first_step(jeune.etapes, ouvert_le=jeune.ouvert_le)
    if debut is None or debut > DERNIER_JOUR:
        return len(jeune.suite), False
    return month(debut) - month(jeune.ouvert_le), True


def assert_counts(rows: Sequence, expected: Counter) -> None:
    """Every row is a kind of people and how many they are, each kind once."""
    assert Counter({astuple(row)[:-1]: astuple(row)[-1] for row in rows}) == expected
    assert len(rows) == len(expected)


def assert_all(session: Session, lot: Sequence[Jeune], par: Critere | None, value: Callable[[Jeune], str]) -> None:
    """Every count of every value of a dimension."""
    valeurs = sorted({value(jeune) for jeune in lot})
    spells, waits = (
        sejours_par(session, COHORTE, par),
        attentes_par(session, COHORTE, par, vers=E, duree_min=2),
    )
    passages, issues = passages_par(session, COHORTE, par), issues_par(session, COHORTE, par)
    retours, premieres = retours_par(session, COHORTE, par), premieres_etapes_par(session, COHORTE, par)
    assert all(sorted(tables) == valeurs for tables in (spells, waits, issues, retours, premieres))
    for valeur in valeurs:
        ici = [jeune for jeune in lot if value(jeune) == valeur]
        suites = [jeune.suite for jeune in ici]
        assert_tables(spells[valeur], suites)
        assert_delai(waits[valeur], suites, E, 2)
        assert_flux(passages.get(valeur, []), suites)
        assert_counts(issues[valeur], Counter(map(issue_of, ici)))
        assert_counts(retours[valeur], Counter(map(retour_of, ici)))
        assert_counts(premieres[valeur], Counter(map(premiere_of, ici)))


@given(lot=st.lists(jeunes_divers(), min_size=1, max_size=6), par=st.none() | st.sampled_from(Critere))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=80
)
def test_from_steps_to_every_count_of_every_value(session: Session, lot: list[Jeune], par: Critere | None):
    with session.begin_nested() as savepoint:
        lieux = Lieux(session)
        add(session, lieux.structures, lieux.territoires, lot)
        assert_all(session, lot, par, lambda jeune: "" if par is None else lieux.values(jeune)[par])
        savepoint.rollback()
    session.expunge_all()


def step(genre: GenreEtape, debut: str, fin: str, **values) -> Faits:
    return Faits(genre, StatutEtape.TERMINEE, date.fromisoformat(debut), date.fromisoformat(fin), **values)


def back(fin: str) -> Jeune:
    """Dropped out in January, back from February until that day, nothing after."""
    dropout = step(GenreEtape.DECROCHAGE, "2024-01-01", "2024-02-09")
    return Jeune(etapes=[dropout, step(GenreEtape.RACCROCHAGE, "2024-02-10", fin)])


def test_on_the_edge_of_a_definition(session: Session):
    """Month ends, days of entry and last days of observation: where one unit decides."""
    aim = {"issue": IssueEtape.OBJECTIF_ATTEINT}
    lot = [
        # in February and the six months after, then one less
        back("2024-08-31"),
        back("2024-08-30"),
        *(Jeune(etapes=[step(GenreEtape.EMPLOI, "2024-03-01", fin)]) for fin in ("2024-08-31", "2024-08-30")),
        *(Jeune(etapes=[step(GenreEtape.EMPLOI, debut, "2025-07-31")]) for debut in ("2025-01-31", "2025-02-01")),
        *(
            Jeune(ouvert_le=date(2024, 3, 15), etapes=[step(GenreEtape.ALTERNANCE, "2024-02-01", fin, **aim)])
            for fin in ("2024-03-14", "2024-03-15", "2025-06-30", "2025-07-01")
        ),
        *(Jeune(etapes=[step(GenreEtape.STAGE, debut, "2025-07-31")]) for debut in ("2025-06-30", "2025-07-01")),
        *(Jeune(clos_le=date(*day), motif=MotifSortie.IAE) for day in ((2025, 6, 30), (2025, 7, 1))),
    ]
    lieux = Lieux(session)
    add(session, lieux.structures, lieux.territoires, lot)
    assert_all(session, lot, None, lambda jeune: "")
    assert [retour_of(jeune)[3] for jeune in lot[:2]] == [True, False]
    assert [issue_of(jeune)[2] for jeune in lot[2:10]] == [True, False, True, False, False, True, True, False]
    assert [premiere_of(jeune)[1] for jeune in lot[10:12]] == [True, False]
    assert [issue_of(jeune)[0] for jeune in lot[12:]] == [MotifSortie.IAE, None]


def test_a_dimension_asks_one_statement_however_many_its_values(session: Session):
    territoires = [make_territoire(session) for _ in range(12)]
    add(session, make_structure(session), territoires, [Jeune(lieu=(rang, 0)) for rang in range(12)])
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    waits = partial(attentes_par, vers=E, duree_min=1)
    counts = [sejours_par, waits, passages_par, issues_par, retours_par, premieres_etapes_par]
    for count in counts:
        assert len(count(session, COHORTE, Critere.TERRITOIRE)) == 12
    assert len(statements) == len(counts)


def test_values_are_those_of_entry_and_in_the_order_of_the_vocabulary(session: Session):
    lot = [Jeune(sexe=Sexe.HOMME, annee_naissance=None), Jeune(annee_naissance=2000), Jeune(annee_naissance=2012)]
    here = make_territoire(session)
    ids = add(session, make_structure(session), here, lot)
    assert list(sejours_par(session, COHORTE, Critere.SEXE)) == ["femme", "homme"]
    assert list(sejours_par(session, COHORTE, Critere.AGE)) == ["11-15", "22-25", ""]
    moved = session.get(Dossier, ids[0])
    moved.territoire_id, moved.sexe = make_territoire(session).id, Sexe.AUTRE
    session.flush()
    assert list(sejours_par(session, COHORTE, Critere.TERRITOIRE)) == [here.code]
    assert list(sejours_par(session, COHORTE, Critere.SEXE)) == ["femme", "homme"]


def test_a_file_opened_again_is_closed_only_where_it_was(session: Session):
    """Read at the end of three months, the same person is gone, back, and gone for another reason."""
    pause = Pause(date(2024, 3, 31), date(2024, 5, 1), MotifSortie.MISSION_LOCALE)
    lot = [Jeune(clos_le=date(2024, 7, 1), motif=MotifSortie.EMPLOI_DURABLE, pauses=[pause])]
    add(session, make_structure(session), make_territoire(session), lot)

    def motifs(jusqua: str) -> list[str]:
        rows = sorties(issues_par(session, Cohorte(read_month(jusqua)), None)[""])
        return [row.code for row in rows if row.mesure == "motif"]

    assert [motifs(f"2024-0{month}") for month in (2, 3, 4, 5, 6, 7)] == [
        [], ["mission_locale"], ["mission_locale"], [], [], ["emploi_durable"],
    ]  # fmt: skip


def test_a_return_is_solid_when_its_sixth_month_is_over(session: Session):
    steps = [
        Faits(GenreEtape.DECROCHAGE, StatutEtape.TERMINEE, date(2024, 1, 1), date(2024, 2, 10)),
        Faits(GenreEtape.RACCROCHAGE, StatutEtape.TERMINEE, date(2024, 2, 10), date(2024, 5, 20)),
        Faits(GenreEtape.EMPLOI, StatutEtape.EN_COURS, date(2024, 5, 20)),
    ]
    add(session, make_structure(session), make_territoire(session), [Jeune(etapes=steps)])
    found = [retours_par(session, Cohorte(read_month(f"2024-0{month}")), None)[""] for month in (1, 2, 7, 8)]
    assert [astuple(row)[:4] for (row,) in found] == [
        (True, False, False, False), (True, True, False, False), (True, True, False, False), (True, True, True, True),
    ]  # fmt: skip
