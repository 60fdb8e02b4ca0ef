"""Distance travelled: what somebody said first and last, each in their own column, and nothing made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.vocabulaire import Role
from app.db.errors import DepotConflict, DomainError
from app.parcours.models_freins import Bilan, Placement
from app.parcours.queries_freins import PAGE, bilans_of, placements_of, reponses_of
from app.parcours.rules_freins import bilan_due, dimensions_read, travelled
from app.parcours.services_freins import delete_bilan, note_bilan
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_freins import THEMES_DE, Dimension, DitPar, Inconnu
from app.referents.models import MembreEquipe
from app.referents.vocabulaire import Finalite
from tests.conftest import NOW
from tests.factories import TODAY, make_agent
from tests.parcours.conftest import Bureau, Terrain

JOUR = timedelta(days=1)
SENSIBLES = {
    Dimension.LOGEMENT: GenreEtape.LOGEMENT,
    Dimension.ACCES_SOINS: GenreEtape.ACCES_SOINS,
    Dimension.CONTRAINTES_FAMILIALES: GenreEtape.PARENTALITE,
}
DIT = {Dimension.MOBILITE: 2, Dimension.NUMERIQUE: Inconnu.NE_SAIT_PAS}


def note(terrain: Terrain, session: Session, **values) -> Bilan:
    given = {"agent": terrain.agent, "jour": TODAY, "dit_par": DitPar.JEUNE, "reponses": DIT, "depot": uuid4()}
    return note_bilan(session, terrain.dossier(session), **(given | terrain.commun | values))


def test_a_double_tap_is_one_bilan_and_other_answers_are_not_lost(terrain: Terrain) -> None:
    depot = uuid4()
    with terrain.database.writing() as session:
        first = note(terrain, session, depot=depot)
        assert note(terrain, session, depot=depot) is first
        assert reponses_of(session, terrain.dossier_id, first.id) == DIT
        for said in ({"jour": TODAY - JOUR}, {"dit_par": DitPar.LES_DEUX}, {"reponses": {Dimension.MOBILITE: 3}}):
            with pytest.raises(DepotConflict):
                note(terrain, session, depot=depot, **said)
        with pytest.raises(DomainError, match="depot_inconnu"):
            note(terrain, session, depot=depot, agent=make_agent(session, terrain.agent.structure))


def test_a_bilan_says_something_of_a_day_that_was(terrain: Terrain) -> None:
    refused = (
        ({"reponses": {}}, "bilan_vide"),
        ({"jour": TODAY + JOUR}, "bilan_futur"),
        ({"jour": TODAY - 800 * JOUR}, "bilan_trop_ancien"),
    )
    with terrain.database.writing() as session:
        for said, why in refused:
            with pytest.raises(DomainError, match=why):
                note(terrain, session, **said)
        dossier = terrain.dossier(session)
        dossier.clos_le, dossier.motif_sortie = TODAY - JOUR, "demenagement"
        session.flush()
        with pytest.raises(DomainError, match="bilan_apres_cloture"):
            note(terrain, session)
        # where they stood on leaving is often written down the day after
        note(terrain, session, jour=TODAY - JOUR)
    for wrong in ({"niveau": 6}, {"niveau": 0}, {}, {"niveau": 2, "inconnu": Inconnu.NE_SAIT_PAS}):
        with pytest.raises(IntegrityError), terrain.database.writing() as session:
            made = note(terrain, session, jour=TODAY - JOUR)
            key = {"dossier_id": made.dossier_id, "id": uuid4(), "bilan_id": made.id}
            session.add(Placement(**key, dimension=Dimension.LOGEMENT, **wrong))


def test_bilans_come_by_pages_and_one_goes_with_what_it_said(terrain: Terrain) -> None:
    with terrain.database.writing() as session:
        made = [note(terrain, session, jour=TODAY - (n % 5) * JOUR) for n in range(PAGE + 2)]
        note(terrain, session, reponses={Dimension.LOGEMENT: 1})
        read = {"dimensions": {Dimension.MOBILITE}}
        first, more = bilans_of(session, terrain.dossier_id, **read)
        second, end = bilans_of(session, terrain.dossier_id, after=first[-1].id, **read)
        assert (len(first), more, len(second), end) == (PAGE, True, 2, False)
        assert {row.id for row in (*first, *second)} == {bilan.id for bilan in made}
        assert len(placements_of(session, terrain.dossier_id, **read)) == PAGE + 2
        who = {name: terrain.commun[name] for name in ("acteur", "now")}
        for _ in range(2):
            delete_bilan(session, terrain.dossier(session), made[0], **who)
        assert len(placements_of(session, terrain.dossier_id, **read)) == PAGE + 1


@dataclass(frozen=True)
class Dite:
    dimension: Dimension
    dit_par: DitPar
    jour: date
    cree_le: datetime
    niveau: int | None
    inconnu: Inconnu | None


def _said(draw: tuple) -> Dite:
    dimension, dit_par, day, second, answer = draw
    level = answer if isinstance(answer, int) else None
    unknown = None if level else answer
    return Dite(dimension, dit_par, TODAY + day * JOUR, NOW + timedelta(seconds=second), level, unknown)


SAYINGS = st.lists(
    st.tuples(
        st.sampled_from([Dimension.MOBILITE, Dimension.LOGEMENT]),
        st.sampled_from(list(DitPar)),
        st.integers(-9, 9),
        st.integers(0, 9_999),
        st.one_of(st.integers(1, 5), st.sampled_from(list(Inconnu))),
    ).map(_said),
    unique_by=lambda said: (said.dimension, said.dit_par, said.jour, said.cree_le),
)


@given(said=SAYINGS, again=st.randoms(use_true_random=False))
def test_the_way_goes_from_the_first_level_to_the_last_in_whatever_order_it_is_read(said, again) -> None:
    shuffled = list(said)
    again.shuffle(shuffled)
    found = travelled(shuffled)
    assert set(found) == {(one.dimension, one.dit_par) for one in said}
    for (dimension, dit_par), chemin in found.items():
        theirs = [one for one in said if (one.dimension, one.dit_par) == (dimension, dit_par)]
        theirs.sort(key=lambda one: (one.jour, one.cree_le))
        levels = [one.niveau for one in theirs if one.niveau]
        assert (chemin.premier, chemin.dernier) == ((levels[0], levels[-1]) if levels else (None, None))
        assert chemin.depuis == theirs[-1].inconnu, "an unknown is never taken for a level, nor forgotten"
        assert chemin.ecart == (levels[-1] - levels[0] if levels else 0)


@given(genres=st.frozensets(st.sampled_from(list(GenreEtape))))
def test_housing_health_and_family_are_read_only_when_ticked(genres: frozenset[GenreEtape]) -> None:
    read = dimensions_read(genres)
    assert all(genre in genres for dimension, genre in SENSIBLES.items() if dimension in read)
    assert all(dimension in read for dimension, genre in SENSIBLES.items() if genre in genres)
    assert Dimension.RESSOURCES_FINANCIERES not in read
    assert dimensions_read(None) == set(Dimension) == set(THEMES_DE)


# At a screen


def place(bureau: Bureau, navigateur=None, **said: object):
    given = {"depot": str(uuid4()), "dit_par": "jeune", "jour": "17/03/2026", "mobilite": "2"} | said
    return (navigateur or bureau.navigateur).post(f"{bureau.base}/freins/bilan", **given)


@pytest.mark.parametrize(
    ("ouvert", "dernier", "due"),
    [
        (date(2026, 2, 15), None, True),
        (date(2026, 2, 16), None, False),
        (date(2024, 1, 1), date(2025, 9, 17), True),
        (date(2024, 1, 1), date(2025, 9, 18), False),
    ],
)
def test_one_takes_stock_at_entry_then_every_six_months(ouvert: date, dernier: date | None, due: bool) -> None:
    assert bilan_due(ouvert, dernier, today=date(2026, 3, 17)) == due


def words(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_the_way_is_read_by_eye_and_by_ear(bureau: Bureau) -> None:
    assert "Rien n’est encore placé" in bureau.navigateur.get(f"{bureau.base}/freins").text
    for said in (
        {"jour": "05/01/2026", "logement": "3", "numerique": "4"},
        {"mobilite": "4", "logement": "3", "numerique": "3", "acces_soins": "ne_souhaite_pas_repondre"},
        {"dit_par": "professionnel", "mobilite": "3"},
    ):
        assert place(bureau, **said).headers["Location"] == f"{bureau.base}/freins"
    page = bureau.navigateur.get(f"{bureau.base}/freins").text
    said = words(page)
    for expected in (
        "Le jeune , du 5 janv. au 17 mars Le professionnel , le 17 mars",
        "Se déplacer de 2 à 4, 2 niveaux de plus 2 ↗ 4 3",
        "Avoir un logement de 3 à 3, au même niveau 3 → 3 – rien de dit",
        "Se servir du numérique de 4 à 3, 1 niveau de moins 4 ↘ 3",
        "Pouvoir se soigner ne souhaite pas répondre",
        "Ni diagnostic, ni note",
    ):
        assert expected in said, expected
    assert "Les deux ensemble" not in said
    assert bureau.code in re.search("<title>(.*?)</title>", page)[1]


def test_what_is_refused_is_said_and_nothing_chosen_is_lost(bureau: Bureau) -> None:
    empty = place(bureau, mobilite=None)
    assert (empty.status_code, "Rien n’est placé." in empty.text) == (422, True)
    for said, sentence in (
        ({"jour": "18/03/2026"}, "Ce jour n’est pas encore arrivé."),
        ({"dit_par": None}, "Choisissez qui parle."),
        ({"numerique": "9"}, "Vérifiez votre saisie"),
    ):
        answer = place(bureau, logement="non_demande", **said)
        assert (answer.status_code, sentence in answer.text) == (422, True), said
        assert re.search(r'name="logement" value="non_demande" checked', answer.text)
    assert bureau.read(Bilan) == []
    depot = str(uuid4())
    assert [place(bureau, depot=depot, mobilite=level).status_code for level in ("2", "2", "3")] == [303, 303, 409]


def test_a_partner_fills_and_reads_what_their_purpose_needs(bureau: Bureau, compte, ouvrir) -> None:
    place(bureau, logement="1")
    agent, navigateur = compte(Role.INTERVENANT, ailleurs=True), ouvrir()
    with bureau.house.database.writing() as session:
        joined = {"depuis": TODAY, "finalite": Finalite.INSERTION, "informe_le": TODAY, "informe_forme": "orale"}
        session.add(MembreEquipe(dossier_id=bureau.dossier_id, agent_id=agent.id, **joined))
    navigateur.sign_in(agent)
    page = words(navigateur.get(f"{bureau.base}/freins").text)
    assert "Se déplacer" in page
    assert "logement" not in page
    form = navigateur.get(f"{bureau.base}/freins/bilan").text
    assert 'name="mobilite"' in form
    assert 'name="logement"' not in form
    assert place(bureau, navigateur, logement="5").status_code == 303
    own = next(bilan for bilan in bureau.read(Bilan) if bilan.agent_id == agent.id)
    assert {row.dimension for row in bureau.read(Placement) if row.bilan_id == own.id} == {Dimension.MOBILITE}
    others = next(bilan for bilan in bureau.read(Bilan) if bilan.agent_id != agent.id)
    for bilan, status in ((others, 404), (own, 303), (own, 404)):
        assert navigateur.post(f"{bureau.base}/freins/{bilan.id}/supprimer").status_code == status
    assert bureau.navigateur.post(f"{bureau.base}/freins/{others.id}/supprimer").status_code == 303
    assert bureau.read(Placement) == []
