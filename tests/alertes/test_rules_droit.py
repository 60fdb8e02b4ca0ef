"""Promise: the rules that come from a text or an age are true on their day, by the birth date where there is one."""

from __future__ import annotations

from datetime import date

import pytest

from app.alertes.models import Echeance
from app.alertes.vocabulaire import Regle
from app.parcours.models_actes import Jalon, Verification
from app.parcours.vocabulaire import GenreEtape, MotifSortie, StatutEtape
from app.parcours.vocabulaire_actes import GenreJalon, ObjetVerification, ReponseVerification
from tests.alertes.monde import JOUR, Monde, a_midi, jours
from tests.alertes.regard import cesse, commence, dit

OBLIGATION, TRANSMISSION = Regle.OBLIGATION_FORMATION, Regle.TRANSMISSION_DEPARTEMENT
EN_COURS, TERMINEE, PREVUE = StatutEtape.EN_COURS, StatutEtape.TERMINEE, StatutEtape.PREVUE
NE = date(2010, 4, 20)
SEIZE, DIX_HUIT = date(2026, 4, 20), date(2028, 4, 20)
PROPOSE, ABSENCE, CONVOCATION = (
    GenreJalon.ENTRETIEN_PROPOSE,
    GenreJalon.ABSENCE_NON_JUSTIFIEE,
    GenreJalon.CONVOCATION,
)
TRANSMIS, EXEMPTION = GenreJalon.TRANSMISSION_DEPARTEMENT, GenreJalon.EXEMPTION_MEDICALE


def decroche(monde: Monde, annee: int | None = NE.year, genre: GenreEtape = GenreEtape.DECROCHAGE) -> int:
    """Out of everything since 5 January 2026."""
    dossier = monde.dossier(monde.agent(), ouvert_le=date(2025, 12, 1), annee_naissance=annee)
    monde.etape(dossier, genre, EN_COURS, date(2026, 1, 5))
    return dossier


# Obligation de formation


@pytest.mark.parametrize("genre", [GenreEtape.DECROCHAGE, GenreEtape.SANS_SOLUTION])
def test_the_duty_runs_from_the_sixteenth_birthday_to_the_eve_of_the_eighteenth(monde: Monde, genre: GenreEtape):
    dossier = decroche(monde, genre=genre)
    said = commence(monde, dossier, OBLIGATION, SEIZE, NE)
    since = date(2026, 1, 5)
    facts = {"etape": "entretien", "situation": genre.value, "jalon": ""}
    assert said == (since.isoformat(), since, SEIZE, 2, facts)
    cesse(monde, dossier, OBLIGATION, DIX_HUIT, NE)


@pytest.mark.parametrize(
    ("born", "begins", "ends"),
    [
        (date(2008, 2, 29), date(2026, 1, 5), date(2026, 3, 1)),
        (date(2012, 2, 29), date(2028, 2, 29), date(2030, 3, 1)),
        (date(2010, 1, 1), date(2026, 1, 5), date(2028, 1, 1)),
        (date(2010, 12, 31), date(2026, 12, 31), date(2028, 12, 31)),
    ],
)
def test_the_birthdays_at_the_ends_of_the_years(monde: Monde, born: date, begins: date, ends: date):
    dossier = decroche(monde, born.year)
    commence(monde, dossier, OBLIGATION, begins, born)
    cesse(monde, dossier, OBLIGATION, ends, born)


def test_a_birth_year_alone_is_taken_from_its_first_day_and_none_says_nothing(monde: Monde):
    dossier = decroche(monde, 2011)
    commence(monde, dossier, OBLIGATION, date(2027, 1, 1))
    cesse(monde, dossier, OBLIGATION, date(2029, 1, 1))
    unknown = decroche(monde, None)
    assert dit(monde, unknown, OBLIGATION, JOUR) == []


def test_another_situation_ends_it(monde: Monde):
    dossier = decroche(monde)
    assert dit(monde, dossier, OBLIGATION, SEIZE, NE)
    monde.etape(dossier, GenreEtape.FORMATION, EN_COURS, SEIZE)
    assert dit(monde, dossier, OBLIGATION, SEIZE, NE) == []


def test_its_acts_lead_from_the_interview_to_the_departement(monde: Monde):
    dossier = decroche(monde, 2009)
    born = date(2009, 6, 1)
    day = date(2026, 2, 2)
    proposed = monde.jalon(dossier, PROPOSE, day)
    # it is asked what became of it a month later
    assert commence(monde, dossier, OBLIGATION, date(2026, 3, 4), born).faits["etape"] == "propose"
    monde.jalon(dossier, ABSENCE, date(2026, 2, 10))
    said = commence(monde, dossier, OBLIGATION, date(2026, 2, 10), born)
    assert said.faits == {"etape": "convocation", "situation": "decrochage", "jalon": "2026-02-10"}

    monde.jalon(dossier, CONVOCATION, date(2026, 2, 20))
    [said] = dit(monde, dossier, OBLIGATION, date(2026, 2, 20), born)
    assert (said.faits["etape"], said.faits["jalon"], said.due) == ("attente", "2026-02-20", date(2026, 2, 20))
    cesse(monde, dossier, OBLIGATION, date(2026, 4, 20), born)
    said = commence(monde, dossier, TRANSMISSION, date(2026, 4, 20), born)
    assert said == ("2026-02-20", date(2026, 2, 20), date(2026, 4, 20), 1, {"convocation": "2026-02-20"})
    cesse(monde, dossier, TRANSMISSION, date(2027, 6, 1), born)

    sent = monde.jalon(dossier, TRANSMIS, date(2026, 4, 21))
    for regle in (OBLIGATION, TRANSMISSION):
        assert dit(monde, dossier, regle, date(2026, 5, 1), born) == []
    for number in (sent, proposed):
        monde.change(Jalon, number, annule_le=date(2026, 4, 22))
    assert len(dit(monde, dossier, TRANSMISSION, date(2026, 5, 1), born)) == 1


@pytest.mark.parametrize(
    ("annee", "convoked", "due"),
    [
        (2009, "2025-12-31", "2026-02-28"),
        (2011, "2027-12-31", "2028-02-29"),
        (2009, "2026-06-30", "2026-08-30"),
        (2009, "2026-07-31", "2026-09-30"),
        (2009, "2026-08-31", "2026-10-31"),
    ],
)
def test_two_months_end_with_the_month_that_is_too_short(monde: Monde, annee: int, convoked: str, due: str):
    dossier = monde.dossier(monde.agent(), ouvert_le=date(2025, 12, 1), annee_naissance=annee)
    monde.etape(dossier, GenreEtape.SANS_SOLUTION, EN_COURS, date(2025, 12, 1))
    monde.jalon(dossier, CONVOCATION, date.fromisoformat(convoked))
    commence(monde, dossier, TRANSMISSION, date.fromisoformat(due), date(annee, 1, 2))


def test_a_delay_that_ended_before_sixteen_is_due_on_the_birthday(monde: Monde):
    dossier = decroche(monde)
    monde.jalon(dossier, CONVOCATION, date(2026, 1, 10))
    commence(monde, dossier, TRANSMISSION, SEIZE, NE)


def test_the_first_convocation_counts_and_a_new_interview_stops_nothing(monde: Monde):
    dossier, born = decroche(monde, 2009), date(2009, 1, 2)
    for genre, day in ((CONVOCATION, date(2026, 2, 1)), (CONVOCATION, date(2026, 3, 1)), (PROPOSE, date(2026, 3, 2))):
        monde.jalon(dossier, genre, day)
    commence(monde, dossier, TRANSMISSION, date(2026, 4, 1), born)


def test_acts_of_before_a_solution_belong_to_another_time(monde: Monde):
    dossier, born = decroche(monde, 2009), date(2009, 1, 2)
    monde.etape(dossier, GenreEtape.EMPLOI, TERMINEE, date(2025, 12, 1), fin=date(2026, 1, 4))
    monde.jalon(dossier, CONVOCATION, date(2026, 1, 4))
    assert dit(monde, dossier, OBLIGATION, JOUR, born)[0].faits["etape"] == "entretien"
    monde.jalon(dossier, CONVOCATION, date(2026, 1, 5))
    assert dit(monde, dossier, TRANSMISSION, JOUR, born)[0].cle == "2026-01-05"


def test_an_exemption_suspends_the_duty_and_no_report_does(monde: Monde):
    dossier, born = decroche(monde, 2009), date(2009, 1, 2)
    monde.jalon(dossier, CONVOCATION, date(2026, 1, 10))
    assert len(dit(monde, dossier, TRANSMISSION, JOUR, born)) == 1
    endless = monde.jalon(dossier, EXEMPTION, JOUR)
    for regle in (OBLIGATION, TRANSMISSION):
        assert dit(monde, dossier, regle, JOUR + jours(300), born) == []
    monde.change(Jalon, endless, annule_le=JOUR)
    monde.jalon(dossier, EXEMPTION, date(2026, 2, 1), jusqu_au=date(2026, 5, 31))
    commence(monde, dossier, TRANSMISSION, date(2026, 6, 1), born)
    # nothing else stops a legal clock
    monde.attente(dossier, JOUR, date(2026, 12, 1))
    commence(monde, dossier, TRANSMISSION, date(2026, 6, 1), born)


# Âges


@pytest.mark.parametrize(("age", "year"), [(16, 2026), (18, 2028), (21, 2031), (25, 2035), (26, 2036)])
def test_an_age_is_spoken_of_by_the_month(monde: Monde, age: int, year: int):
    """90 days before 20 April is 20 January: the alert begins on 1 January, and ends with April."""
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=NE.year)
    begins = date(year, 1, 1)
    said = commence(monde, dossier, Regle.AGE, begins, NE)
    assert said == (str(age), begins, begins, 4, {"age": age})
    cesse(monde, dossier, Regle.AGE, date(year, 5, 1), NE)


VIEUX = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("born", "begins", "ends"),
    [
        (date(2010, 1, 1), date(2025, 10, 1), date(2026, 2, 1)),
        (date(2010, 12, 31), date(2026, 10, 1), date(2027, 1, 1)),
        (date(2012, 2, 29), date(2027, 12, 1), date(2028, 3, 1)),
    ],
)
def test_an_age_at_the_ends_of_the_years(monde: Monde, born: date, begins: date, ends: date):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=born.year)
    commence(monde, dossier, Regle.AGE, begins, born)
    cesse(monde, dossier, Regle.AGE, ends, born)


def test_nothing_in_clear_tells_the_day_of_birth(monde: Monde):
    """Neither the dates of the alerts about an age nor the next date to look at: whoever was born that month has
    the same ones."""
    told = []
    for day in (1, 14, 30):
        dossier = monde.dossier(monde.agent(), ouvert_le=JOUR, annee_naissance=2010)
        seen = []
        for today in (date(2025, 12, 31), JOUR, date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 1)):
            said = dit(monde, dossier, Regle.AGE, today, date(2010, 4, day))
            monde.session.expire_all()
            seen.append((said, monde.session.get_one(Echeance, dossier).prochaine))
        told.append(seen)
    assert told[0] == told[1] == told[2]


def test_an_age_that_nobody_knows_is_not_spoken_of(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=None)
    assert dit(monde, dossier, Regle.AGE, JOUR) == []
    year_only = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=2010)
    commence(monde, year_only, Regle.AGE, date(2025, 10, 1))
    cesse(monde, year_only, Regle.AGE, date(2026, 2, 1))


# Chantier


def chantier(monde: Monde, dossier: int, debut: date, heures: int, statut=TERMINEE, fin: date | None = None):
    end = fin or debut if statut is TERMINEE else None
    return monde.etape(dossier, GenreEtape.CHANTIER_EDUCATIF, statut, debut, fin=end, heures=heures)


def test_seven_hundred_hours_over_the_last_twelve_months(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX)
    chantier(monde, dossier, date(2025, 8, 31), 400)
    assert dit(monde, dossier, Regle.CHANTIER_PLAFOND, JOUR) == []
    late = chantier(monde, dossier, date(2026, 2, 2), 299, fin=date(2026, 2, 20))
    assert dit(monde, dossier, Regle.CHANTIER_PLAFOND, JOUR) == []
    monde.change_etape(dossier, late, heures=300)
    [said] = dit(monde, dossier, Regle.CHANTIER_PLAFOND, JOUR)
    assert said == ("plafond", date(2026, 2, 2), date(2026, 2, 2), 3, {"heures": 700})
    cesse(monde, dossier, Regle.CHANTIER_PLAFOND, date(2026, 8, 31))


def test_the_hours_that_are_told_are_those_that_still_count(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX)
    for month, hours in ((6, 100), (9, 250), (12, 800)):
        chantier(monde, dossier, date(2025, month, 10), hours)
    # planned or cancelled hours are not done, and a stage is no chantier
    chantier(monde, dossier, JOUR, 500, PREVUE)
    chantier(monde, dossier, JOUR, 500, StatutEtape.ANNULEE)
    told = [
        dit(monde, dossier, Regle.CHANTIER_PLAFOND, day)[0].faits["heures"]
        for day in (JOUR, date(2026, 6, 9), date(2026, 6, 10), date(2026, 9, 10), date(2026, 12, 9))
    ]
    assert told == [1150, 1150, 1050, 800, 800]
    cesse(monde, dossier, Regle.CHANTIER_PLAFOND, date(2026, 12, 10))


def test_a_chantier_under_way_counts_until_it_ends(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX)
    for day in (date(2024, 5, 1), date(2024, 6, 1)):
        chantier(monde, dossier, day, 350, EN_COURS)
    chantier(monde, dossier, date(2024, 3, 1), 90)
    [said] = dit(monde, dossier, Regle.CHANTIER_PLAFOND, JOUR)
    assert said.faits == {"heures": 700}


@pytest.mark.parametrize(
    ("born", "age", "manque"),
    [
        (date(2012, 4, 2), "moins_14", ""),
        (date(2012, 4, 1), "14_15", "accord,inspection,vacances"),
        (date(2010, 4, 2), "14_15", "accord,inspection,vacances"),
        (date(2010, 4, 1), "16_17", "accord"),
        (date(2008, 4, 2), "16_17", "accord"),
        (date(2008, 4, 1), None, None),
    ],
)
@pytest.mark.parametrize("statut", [PREVUE, EN_COURS])
def test_a_chantier_of_a_minor_needs_what_the_code_asks_on_its_first_day(
    monde: Monde, born: date, age: str | None, manque: str, statut: StatutEtape
):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=born.year)
    first = date(2026, 4, 1)
    etape = monde.etape(dossier, GenreEtape.CHANTIER_EDUCATIF, statut, first, fin_prevue=date(2026, 4, 5))
    said = dit(monde, dossier, Regle.CHANTIER_MINEUR, JOUR, born)
    if age is None:
        assert said == []
        return
    assert said == [(etape.hex, JOUR, JOUR, 2, {"age": age, "manque": manque, "debut": "2026-04-01"})]
    given = {"accord_le": JOUR} | (
        {"inspection_le": JOUR, "vacances_du": first, "vacances_au": date(2026, 4, 14)} if age == "14_15" else {}
    )
    monde.conditions(dossier, etape, **given)
    # under 14 nothing makes it right
    assert bool(dit(monde, dossier, Regle.CHANTIER_MINEUR, JOUR, born)) == (age == "moins_14")
    monde.change_etape(dossier, etape, statut=StatutEtape.ANNULEE)
    assert dit(monde, dossier, Regle.CHANTIER_MINEUR, JOUR, born) == []


@pytest.mark.parametrize(
    ("du", "au", "lacks"),
    [
        # 14 days, of which the chantier takes 7
        ("2026-07-06", "2026-07-19", False),
        ("2026-07-06", "2026-07-18", True),
        ("2026-07-07", "2026-07-31", True),
        # rest on both sides, but less than half in one piece
        ("2026-07-03", "2026-07-16", True),
        ("2026-07-04", "2026-08-31", False),
    ],
)
def test_at_fourteen_the_holidays_are_long_enough_and_rest_is_half_of_them(monde: Monde, du: str, au: str, lacks: bool):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=2011)
    etape = monde.etape(
        dossier,
        GenreEtape.CHANTIER_EDUCATIF,
        PREVUE,
        date(2026, 7, 6),
        fin_prevue=date(2026, 7, 12),
        cree_le=a_midi(JOUR),
    )
    holidays = {"vacances_du": date.fromisoformat(du), "vacances_au": date.fromisoformat(au)}
    monde.conditions(dossier, etape, accord_le=JOUR, inspection_le=JOUR, **holidays)
    said = dit(monde, dossier, Regle.CHANTIER_MINEUR, JOUR, date(2011, 6, 1))
    assert [one.faits["manque"] for one in said] == (["vacances"] if lacks else [])


# Après la sortie


def test_an_exit_is_looked_at_after_three_six_and_twelve_months(monde: Monde):
    closed = date(2025, 8, 31)
    dossier = monde.dossier(monde.agent(), ouvert_le=date(2025, 1, 1), cree_le=a_midi(date(2025, 1, 1)))
    monde.clot(dossier, closed, MotifSortie.EMPLOI_DURABLE)
    days = [date(2025, 11, 30), date(2026, 2, 28), date(2026, 8, 31), date(2027, 2, 28)]
    for months, due, until in zip((3, 6, 12), days, days[1:], strict=False):
        [said] = dit(monde, dossier, Regle.APRES_SORTIE, due)
        facts = {"mois": months, "motif": "emploi_durable"}
        assert said == (f"2025-08-31:{months}", closed, due, 6, facts)
        [before] = dit(monde, dossier, Regle.APRES_SORTIE, until - jours(1))
        assert before.cle == said.cle
    assert dit(monde, dossier, Regle.APRES_SORTIE, days[0] - jours(1)) == []
    assert dit(monde, dossier, Regle.APRES_SORTIE, days[-1]) == []

    objet, changed = ObjetVerification.SORTIE, ReponseVerification.CHANGEE
    number = monde.verification(dossier, objet, closed, JOUR, mois=6, reponse=changed)
    assert dit(monde, dossier, Regle.APRES_SORTIE, JOUR) == []
    assert len(dit(monde, dossier, Regle.APRES_SORTIE, date(2026, 8, 31))) == 1
    monde.change(Verification, number, annulee_le=JOUR)
    assert len(dit(monde, dossier, Regle.APRES_SORTIE, JOUR)) == 1


@pytest.mark.parametrize("motif", MotifSortie)
def test_nobody_is_asked_after_a_death_or_a_mistake(monde: Monde, motif: MotifSortie):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, cree_le=a_midi(VIEUX))
    monde.clot(dossier, JOUR - jours(100), motif)
    silent = motif in (MotifSortie.DECES, MotifSortie.DOUBLON_ERREUR)
    assert bool(dit(monde, dossier, Regle.APRES_SORTIE, JOUR)) != silent


def test_an_exit_of_before_this_place_is_not_asked_about(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, cree_le=a_midi(JOUR - jours(99)))
    monde.clot(dossier, JOUR - jours(100))
    assert dit(monde, dossier, Regle.APRES_SORTIE, JOUR) == []
