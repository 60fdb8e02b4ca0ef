"""A minor's chantier éducatif: refused before 14, and not begun without the agreements of the law."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.db.errors import DomainError, StaleVersion
from app.jeunes.services import register
from app.jeunes.vocabulaire import FormeInformation
from app.parcours import services_etapes
from app.parcours.models import Dossier, Etape
from app.parcours.models_actes import ConditionsChantier
from app.parcours.rules_etapes import Faits
from app.parcours.services_chantier import Dites, set_conditions
from app.parcours.vocabulaire import GenreEtape, StatutEtape
from tests.conftest import NOW
from tests.factories import TODAY
from tests.parcours.conftest import COMMUN, Bureau, Terrain

G, S = GenreEtape, StatutEtape
# the spring holidays of that year: 11 April to 26 April, sixteen days
DEBUT, FIN = date(2026, 4, 11), date(2026, 4, 18)
PREVU = Faits(G.CHANTIER_EDUCATIF, S.PREVUE, DEBUT, fin_prevue=FIN, heures=35)
ACCORD = TODAY - timedelta(days=3)
TOUT = Dites(ACCORD, ACCORD, date(2026, 4, 11), date(2026, 4, 26))
QUINZE, DIX_SEPT = date(2010, 6, 1), date(2008, 6, 1)


def record(session, terrain: Terrain, etape: Etape, dites: Dites, *, version: int = 0, **values):
    given = terrain.commun | values
    return set_conditions(session, terrain.dossier(session), etape, version=version, dites=dites, **given)


def begin(session, terrain: Terrain, etape: Etape, naissance, *, jour: date = DEBUT):
    when = {"now": NOW + (jour - TODAY), "today": jour}
    return services_etapes.start_etape(
        session, terrain.dossier(session), etape, version=etape.version, debut=jour, naissance=naissance,
        **(terrain.commun | when),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("naissance", "annee", "refused"),
    [
        (date(2012, 4, 12), 2012, True),
        (date(2012, 4, 11), 2012, False),
        (None, 2012, False),
        (None, 2013, True),
        (None, None, False),
        # the date is truer than a year that was written before it
        (date(2012, 4, 12), 2011, True),
    ],
)
def test_not_before_the_14th_birthday(terrain: Terrain, naissance, annee, refused):
    with terrain.database.writing() as session:
        terrain.dossier(session).annee_naissance = annee
        session.flush()
        etape = terrain.add(session, replace(PREVU, genre=G.STAGE, heures=None))
        if not refused:
            terrain.add(session, PREVU, naissance=naissance)
            return
        for act in (
            lambda: terrain.add(session, PREVU, naissance=naissance),
            lambda: services_etapes.correct_etape(
                session, terrain.dossier(session), etape, version=1, faits=PREVU, naissance=naissance, **terrain.commun
            ),
        ):
            with pytest.raises(DomainError, match="chantier_moins_de_14") as refusal:
                act()
            assert refusal.value.field == "debut"


def test_what_is_over_before_14_is_refused_too_but_not_what_did_not_take_place(terrain: Terrain):
    past = Faits(G.CHANTIER_EDUCATIF, S.TERMINEE, date(2025, 7, 7), date(2025, 7, 11))
    with terrain.database.writing() as session:
        with pytest.raises(DomainError, match="chantier_moins_de_14"):
            terrain.add(session, past, naissance=date(2011, 7, 8))
        terrain.add(session, replace(past, statut=S.ANNULEE, fin=None), naissance=date(2011, 7, 8))
        terrain.add(session, past, naissance=date(2011, 7, 7))


@pytest.mark.parametrize(
    ("naissance", "dites", "begins"),
    [
        (QUINZE, Dites(), False),
        (QUINZE, Dites(accord_le=ACCORD), False),
        (QUINZE, TOUT, True),
        (DIX_SEPT, Dites(), False),
        (DIX_SEPT, Dites(accord_le=ACCORD), True),
        (date(2008, 4, 11), Dites(), True),
    ],
)
def test_it_is_planned_before_and_begun_after(terrain: Terrain, naissance, dites, begins):
    with terrain.database.writing() as session:
        etape = terrain.add(session, PREVU, naissance=naissance)
        record(session, terrain, etape, dites)
        if begins:
            assert begin(session, terrain, etape, naissance).statut is S.EN_COURS
            return
        with pytest.raises(DomainError, match="chantier_sans_conditions") as refusal:
            begin(session, terrain, etape, naissance)
        assert refusal.value.field == "debut"
        assert etape.statut is S.PREVUE


def test_holidays_are_read_again_on_the_day_it_begins(terrain: Terrain):
    with terrain.database.writing() as session:
        etape = terrain.add(session, PREVU, naissance=QUINZE)
        record(session, terrain, etape, TOUT)
        with pytest.raises(DomainError, match="chantier_sans_conditions"):
            begin(session, terrain, etape, QUINZE, jour=date(2026, 4, 10))


def test_no_way_round_by_writing_it_as_begun(terrain: Terrain):
    running = replace(PREVU, statut=S.EN_COURS, debut=TODAY)
    with terrain.database.writing() as session:
        with pytest.raises(DomainError, match="chantier_sans_conditions"):
            terrain.add(session, running, naissance=DIX_SEPT)
        stage = terrain.add(session, replace(running, genre=G.STAGE, heures=None))
        with pytest.raises(DomainError, match="chantier_sans_conditions"):
            services_etapes.correct_etape(
                session, terrain.dossier(session), stage, version=1, faits=running, naissance=DIX_SEPT, **terrain.commun
            )


def test_one_that_had_begun_is_still_corrected_and_ended(terrain: Terrain):
    """An import brought it: what is true is written, the alert asks for the rest."""
    running = replace(PREVU, statut=S.EN_COURS, debut=TODAY, fin_prevue=None)
    with terrain.database.writing() as session:
        etape = terrain.add(session, running, naissance=date(2000, 1, 1))
        services_etapes.correct_etape(
            session, terrain.dossier(session), etape, version=1, faits=replace(running, heures=20), naissance=DIX_SEPT,
            **terrain.commun,
        )  # fmt: skip
        services_etapes.finish_etape(session, terrain.dossier(session), etape, version=2, fin=TODAY, **terrain.commun)
    assert etape.statut is S.TERMINEE


@pytest.mark.parametrize(
    ("dites", "code", "field"),
    [
        (Dites(accord_le=TODAY + timedelta(days=1)), "condition_future", "accord_le"),
        (Dites(inspection_le=date(2025, 4, 9)), "condition_trop_ancienne", "inspection_le"),
        (Dites(vacances_du=DEBUT), "vacances_incompletes", "vacances_au"),
        (Dites(vacances_au=DEBUT), "vacances_incompletes", "vacances_du"),
        (replace(TOUT, vacances_au=date(2026, 4, 10)), "vacances_a_l_envers", "vacances_au"),
        (replace(TOUT, vacances_au=date(2027, 4, 26)), "vacances_trop_longues", "vacances_au"),
        (replace(TOUT, vacances_au=date(2026, 4, 23)), "vacances_trop_courtes", "vacances_au"),
        (replace(TOUT, vacances_du=date(2026, 4, 12)), "chantier_hors_vacances", "vacances_du"),
        (replace(TOUT, vacances_au=date(2026, 4, 24)), "repos_insuffisant", "vacances_au"),
    ],
)  # fmt: skip
def test_what_is_recorded_is_possible(terrain: Terrain, dites: Dites, code: str, field: str):
    with terrain.database.writing() as session:
        etape = terrain.add(session, PREVU)
        with pytest.raises(DomainError, match=code) as refusal:
            record(session, terrain, etape, dites)
        assert refusal.value.field == field
        assert session.scalars(select(ConditionsChantier)).all() == []


def test_holidays_need_a_last_day_and_only_a_chantier_has_conditions(terrain: Terrain):
    with terrain.database.writing() as session:
        open_ended = terrain.add(session, replace(PREVU, fin_prevue=None))
        with pytest.raises(DomainError, match="fin_prevue_absente"):
            record(session, terrain, open_ended, TOUT)
        stage = terrain.add(session, replace(PREVU, genre=G.STAGE, heures=None))
        with pytest.raises(DomainError, match="pas_un_chantier"):
            record(session, terrain, stage, Dites())


def test_sent_twice_is_one_row_and_an_older_version_loses_nothing(terrain: Terrain):
    with terrain.database.writing() as session:
        etape = terrain.add(session, PREVU)
        first = record(session, terrain, etape, TOUT)
        assert record(session, terrain, etape, TOUT) is first
        assert first.version == 1
        with pytest.raises(StaleVersion) as stale:
            record(session, terrain, etape, Dites())
        assert stale.value.current.accord_le == ACCORD
        assert record(session, terrain, etape, Dites(), version=1).accord_le is None


# pages


def born(bureau: Bureau, naissance: date) -> None:
    with bureau.house.database.writing() as session:
        dossier = session.get(Dossier, bureau.dossier_id)
        dossier.annee_naissance = naissance.year
        told = {"informe_le": TODAY, "informe_forme": FormeInformation.ORALE}
        names = {"prenom": "Inès", "date_naissance": naissance}
        register(session, bureau.house.vault, dossier, identite=names, contact={}, **told, **COMMUN)


def plan(bureau: Bureau, **said: object):
    given = {"genre": "chantier_educatif", "statut": "prevue", "debut": "11/04/2026", "fin_prevue": "18/04/2026"}
    bureau.navigateur.get(f"{bureau.base}/etapes/nouvelle?genre=chantier_educatif")
    return bureau.navigateur.post(f"{bureau.base}/etapes", **(given | {"depot": str(uuid4())} | said))


def test_planning_leads_to_the_agreements_and_they_to_the_beginning(bureau: Bureau):
    born(bureau, QUINZE)
    answer = plan(bureau)
    etape_id = bureau.read(Etape)[0].id
    conditions = f"{bureau.base}/etapes/{etape_id}/conditions"
    assert (answer.status_code, answer.location) == (303, conditions)
    page = bureau.navigateur.get(conditions).text
    assert "L. 4153-3" in page
    assert "vacances scolaires qui contiennent" in page
    said = {"version": "0", "accord_le": "14/03/2026", "inspection_le": "16/03/2026"}
    refused = bureau.navigateur.post(conditions, **said, vacances_du="11/04/2026", vacances_au="20/04/2026")
    assert refused.status_code == 422
    assert re.search(r'id="vacances_au-erreur">.*au moins 14', refused.text)
    assert 'value="14/03/2026"' in refused.text
    refused = bureau.navigateur.post(f"{bureau.base}/etapes/{etape_id}/commencer", version="1", debut="17/03/2026")
    assert refused.status_code == 422
    assert f'href="{conditions}"' in refused.text
    saved = bureau.navigateur.post(conditions, **said, vacances_du="11/04/2026", vacances_au="26/04/2026")
    assert (saved.status_code, saved.location) == (303, f"{bureau.base}/etapes/{etape_id}")
    assert "Les accords de ce chantier sont notés" in bureau.navigateur.get(saved.location).text
    bureau.navigateur.wait(days=25)
    bureau.navigateur.sign_in(bureau.agent)
    begun = bureau.navigateur.post(f"{bureau.base}/etapes/{etape_id}/commencer", version="1", debut="11/04/2026")
    assert begun.status_code == 303
    assert bureau.read(Etape)[0].statut is S.EN_COURS


def test_from_16_on_only_the_agreement_is_asked_about(bureau: Bureau):
    born(bureau, DIX_SEPT)
    page = bureau.navigateur.get(plan(bureau).location).text
    assert 'name="accord_le"' in page
    assert 'name="vacances_du"' not in page


def test_before_14_the_sentence_stands_beside_the_date(bureau: Bureau):
    born(bureau, date(2012, 4, 12))
    refused = plan(bureau)
    assert refused.status_code == 422
    assert re.search(r'id="debut-erreur">.*14 ans', refused.text)
    assert bureau.read(Etape) == []


def test_two_who_record_at_once_see_both(bureau: Bureau):
    born(bureau, DIX_SEPT)
    conditions = plan(bureau).location
    bureau.navigateur.get(conditions)
    assert bureau.navigateur.post(conditions, version="0", accord_le="14/03/2026").status_code == 303
    conflict = bureau.navigateur.post(conditions, version="0", accord_le="15/03/2026")
    assert conflict.status_code == 409
    assert "14 mars" in conflict.text
    assert "15 mars" in conflict.text
    assert bureau.read(ConditionsChantier)[0].accord_le == date(2026, 3, 14)


def test_nothing_is_asked_of_an_adult_or_of_another_step(bureau: Bureau):
    born(bureau, date(2004, 1, 1))
    answer = plan(bureau)
    assert answer.location == bureau.base
    etape_id = bureau.read(Etape)[0].id
    assert "Accords du chantier" not in bureau.navigateur.get(f"{bureau.base}/etapes/{etape_id}").text
    assert bureau.navigateur.get(f"{bureau.base}/etapes/{etape_id}/conditions").status_code == 303
    assert bureau.navigateur.get(f"{bureau.base}/etapes/{UUID(int=7)}/conditions").status_code == 404
