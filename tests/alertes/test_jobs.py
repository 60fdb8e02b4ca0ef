"""Promise: what the scheduler runs finds what drifted, says how much, mends it, and writes nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import case, delete, event, insert, select, text, update

from app.alertes import jobs
from app.alertes.jobs import heure, nuit, semaine
from app.alertes.models import Alerte, Echeance, EvenementAlerte
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.parcours.models import Etat, SituationMois
from app.parcours.vocabulaire import Situation
from tests.alertes.lecture import Vie
from tests.alertes.monde import JOUR, MAINTENANT, jours
from tests.alertes.vies import Peuple

RIEN = "ouvertes=0 fermees=0 corrigees=0"
CRENEAU = "2026-03-17"


def sans_nom(vie: Vie) -> None:
    """No identity, which here would have to be sealed: birth years alone."""
    vie.nomme, vie.naissance = False, None


@pytest.fixture
def peuple(maison: Any) -> Peuple:
    """Forty people of a migrated house, all of whose alerts are there."""
    with maison.database.writing() as session:
        peuple = Peuple(session, 21, 40, retouche=sans_nom)
        peuple.ecrit_tout()
    nuit(maison, CRENEAU)
    return peuple


@contextmanager
def written(maison: Any):
    """The statements that write, sent meanwhile."""
    sent: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            sent.append(statement)

    event.listen(maison.database.engines.write, "before_cursor_execute", note)
    yield sent
    event.remove(maison.database.engines.write, "before_cursor_execute", note)


def rows(maison: Any) -> dict[str, set[Any]]:
    """Every row of what the jobs write; on PostgreSQL with the transaction that wrote it."""
    tables = (Alerte, Echeance, EvenementAlerte, Etat, SituationMois)
    with maison.database.reading() as session:
        seen = ", xmin" if session.get_bind().dialect.name == "postgresql" else ""
        return {
            model.__tablename__: {
                str(tuple(row)) for row in session.execute(text(f"SELECT *{seen} FROM {model.__tablename__}"))
            }
            for model in tables
        }


def test_nothing_is_left_to_do_after_each_and_nothing_is_written(maison: Any, peuple: Peuple):
    with maison.database.reading() as session:
        assert session.scalar(select(Alerte.id).limit(1)) is not None
    before = rows(maison)
    with written(maison) as sent:
        assert nuit(maison, CRENEAU) == f"{RIEN} escaladees=0 oublies=0"
        assert heure(maison, CRENEAU) == f"dossiers=0 {RIEN} escaladees=0"
        assert semaine(maison, CRENEAU) == f"derive_etats=0 derive_alertes=0 {RIEN}"
    assert sent == []
    assert rows(maison) == before


def test_a_night_after_the_hours_finds_nothing(maison: Any, peuple: Peuple, clock: Any):
    touched = set()
    for _ in range(12):
        clock.now += timedelta(days=5)
        before = rows(maison)
        said = heure(maison, CRENEAU)
        touched.add(said.split(" escaladees")[0])
        after = rows(maison)
        # rows are added or replaced, and those of nobody else
        assert len(before["etat"] ^ after["etat"]) == 0
        assert nuit(maison, CRENEAU).startswith(RIEN)
        assert rows(maison)["echeance"] == after["echeance"]
    assert len(touched) > 6, "the days had something to do"
    assert semaine(maison, CRENEAU) == f"derive_etats=0 derive_alertes=0 {RIEN}"


def test_what_goes_up_goes_up_whole_however_much_there_is(
    maison: Any, peuple: Peuple, clock: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "PAR_TRANSACTION", 2)
    clock.now += timedelta(days=14)
    raised = int(heure(maison, CRENEAU).split("escaladees=")[1])
    assert raised > 5
    with maison.database.reading() as session:
        assert len(session.scalars(select(Alerte.id).where(Alerte.escaladee_le.is_not(None))).all()) == raised
    assert nuit(maison, CRENEAU) == f"{RIEN} escaladees=0 oublies=0"


def of_one(model: type, peuple: Peuple) -> Any:
    """A state, or an alert that is open and no birth date decides."""
    number = next(one for one, vie in peuple.vies.items() if vie.clos_le is None and vie.referent)
    return model.dossier_id == number


def _wrong_state(session: Any, peuple: Peuple) -> None:
    other = case((Etat.situation == Situation.EMPLOI, Situation.FORMATION.value), else_=Situation.EMPLOI.value)
    session.execute(update(Etat).where(of_one(Etat, peuple)).values(situation=other))


def _wrong_contact(session: Any, peuple: Peuple) -> None:
    session.execute(update(Etat).where(of_one(Etat, peuple)).values(dernier_contact=JOUR + jours(1)))


def _wrong_month(session: Any, peuple: Peuple) -> None:
    session.execute(delete(SituationMois).where(of_one(SituationMois, peuple)))


def _wrong_referent(session: Any, peuple: Peuple) -> None:
    session.execute(update(Etat).where(of_one(Etat, peuple)).values(referent_id=None))


@pytest.mark.parametrize("drift", [_wrong_state, _wrong_contact, _wrong_month, _wrong_referent])
def test_a_week_finds_a_state_that_drifted_counts_it_and_mends_it(maison: Any, peuple: Peuple, drift: Callable):
    before = rows(maison)
    with maison.database.writing() as session:
        drift(session, peuple)
    assert semaine(maison, CRENEAU).startswith("derive_etats=1 ")
    after = rows(maison)
    for table in ("etat", "situation_mois"):
        # the same rows but for the transaction that wrote those of one dossier
        assert len(before[table]) == len(after[table])
    assert semaine(maison, CRENEAU) == f"derive_etats=0 derive_alertes=0 {RIEN}"
    assert nuit(maison, CRENEAU).startswith(RIEN)


def _closed(session: Any, number: int) -> None:
    session.execute(update(Alerte).where(Alerte.id == number).values(fermee_le=MAINTENANT))


def _deleted(session: Any, number: int) -> None:
    session.execute(delete(EvenementAlerte).where(EvenementAlerte.alerte_id == number))
    session.execute(delete(Alerte).where(Alerte.id == number))


def _graver(session: Any, number: int) -> None:
    session.execute(update(Alerte).where(Alerte.id == number).values(gravite=9))


def _later(session: Any, number: int) -> None:
    session.execute(update(Alerte).where(Alerte.id == number).values(due=JOUR + jours(400)))


def _told(session: Any, number: int) -> None:
    session.execute(update(Alerte).where(Alerte.id == number).values(faits={"jours": 1}))


DRIFTS = {_closed: (1, 0, 0), _deleted: (1, 0, 0), _graver: (0, 0, 1), _later: (0, 0, 1), _told: (0, 0, 1)}


@pytest.mark.parametrize(
    ("drift", "regle"),
    [*((one, Regle.SILENCE) for one in DRIFTS), (_deleted, Regle.OBLIGATION_FORMATION),
     (_later, Regle.OBLIGATION_FORMATION)],
)  # fmt: skip
def test_an_alert_that_drifted_is_found_and_mended(maison: Any, peuple: Peuple, drift: Callable, regle: Regle):
    """By the night, or by the week where birth dates have to be opened."""
    with maison.database.writing() as session:
        number = session.scalar(select(Alerte.id).where(Alerte.regle == regle, Alerte.fermee_le.is_(None)).limit(1))
        kept = session.execute(select(Alerte.__table__).where(Alerte.id == number)).one()
        drift(session, number)
    opened, closed, corrected = DRIFTS[drift]
    said = f"ouvertes={opened} fermees={closed} corrigees={corrected}"
    if regle is Regle.SILENCE:
        assert nuit(maison, CRENEAU) == f"{said} escaladees=0 oublies=0"
    else:
        assert semaine(maison, CRENEAU) == f"derive_etats=0 derive_alertes=1 {said}"
    with maison.database.reading() as session:
        same = (Alerte.dossier_id == kept.dossier_id, Alerte.regle == kept.regle, Alerte.cle == kept.cle)
        mended = session.execute(select(Alerte.__table__).where(*same)).one()
    assert (mended.depuis, mended.due, mended.gravite, mended.faits, mended.fermee_le) == (
        kept.depuis, kept.due, kept.gravite, kept.faits, None,
    )  # fmt: skip
    assert semaine(maison, CRENEAU) == f"derive_etats=0 derive_alertes=0 {RIEN}"


def test_an_alert_without_a_cause_is_closed_by_time(maison: Any, peuple: Peuple):
    number = next(iter(peuple.vies))
    for regle, job in ((Regle.SILENCE, nuit), (Regle.OBLIGATION_FORMATION, semaine)):
        row = {"dossier_id": number, "regle": regle, "cle": "rien", "depuis": JOUR, "due": JOUR, "gravite": 2,
               "faits": {}, "ouverte_le": MAINTENANT, "reprises": 0}  # fmt: skip
        with maison.database.writing() as session:
            alerte = session.execute(insert(Alerte.__table__).values(**row)).inserted_primary_key[0]
        assert "ouvertes=0 fermees=1 corrigees=0" in job(maison, CRENEAU)
        with maison.database.reading() as session:
            genres = session.scalars(select(EvenementAlerte.genre).where(EvenementAlerte.alerte_id == alerte)).all()
        assert genres == [GenreEvenement.ETEINTE]


@pytest.mark.parametrize("wrong", [None, JOUR + jours(4000), JOUR, "absente"])
def test_a_next_date_that_is_lost_late_or_past_is_written_again(maison: Any, peuple: Peuple, wrong: Any):
    with maison.database.writing() as session:
        table = Echeance.__table__
        number, kept = session.execute(select(table).where(table.c.prochaine.is_not(None)).limit(1)).one()
        where = table.c.dossier_id == number
        session.execute(
            delete(table).where(where) if wrong == "absente" else update(table).where(where).values(prochaine=wrong)
        )
    assert nuit(maison, CRENEAU) == f"{RIEN} escaladees=0 oublies=0"
    with maison.database.reading() as session:
        assert session.get_one(Echeance, number).prochaine == kept
