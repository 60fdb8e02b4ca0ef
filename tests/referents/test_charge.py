"""The load of each référent: what counts, what is apart, in one statement, by name and never by weight."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import update

from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.parcours.models import Dossier, Etape
from app.parcours.vocabulaire import GenreEtape, Intensite, MotifSortie, StatutEtape
from app.referents import services
from app.referents.models_continuite import Absence, Opposition
from app.referents.queries_charge import load_of
from app.referents.rules_charge import Charge
from app.referents.services import assign
from app.referents.vocabulaire import MotifAffectation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe, statements

JOUR = timedelta(days=1)


def loads(equipe: Equipe) -> dict[int, Charge]:
    return {charge.agent_id: charge for charge in load_of(equipe.session, equipe.ici.id, TODAY)}


def more(equipe: Equipe, count: int, intensite: Intensite, **given) -> list[Dossier]:
    made = [make_dossier(equipe.session, equipe.maison, equipe.ici, **given) for _ in range(count)]
    equipe.session.execute(update(Dossier).where(Dossier.id.in_([one.id for one in made])).values(intensite=intensite))
    equipe.follow()
    return made


def test_a_dossier_weighs_as_its_rhythm_and_quarters_add_up_exactly(equipe: Equipe):
    for count, intensite in ((2, Intensite.SOUTENU), (3, Intensite.SUIVI), (5, Intensite.VEILLE)):
        more(equipe, count, intensite, referent=equipe.omar)
    omar = loads(equipe)[equipe.omar.id]
    assert (omar.dossiers, omar.soutenus, omar.poids) == (10, 2, 2 + 1.5 + 1.25)


def test_a_closed_dossier_and_an_account_that_left_weigh_nothing(equipe: Equipe):
    common = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    more(equipe, 1, Intensite.SUIVI, referent=equipe.omar)
    services.close(
        equipe.session, equipe.dossier, version=1, le=TODAY, motif=MotifSortie.DEMENAGEMENT, etapes={}, **common
    )
    equipe.follow()
    found = loads(equipe)
    assert (found[equipe.nadia.id].dossiers, found[equipe.omar.id].dossiers) == (0, 1)
    equipe.omar.desactive_le = NOW
    equipe.session.flush()
    assert equipe.omar.id not in loads(equipe)


def test_everyone_who_answers_there_is_listed_by_name_whatever_the_weight(equipe: Equipe):
    """The coordinateur who answers for nobody is not a référent; one who does is; another structure is not there."""
    found = load_of(equipe.session, equipe.ici.id, TODAY)
    assert {charge.agent_id for charge in found} == {equipe.nadia.id, equipe.omar.id}
    more(equipe, 9, Intensite.SOUTENU, referent=equipe.omar)
    helper = make_agent(equipe.session, equipe.ici, Role.REFERENT, Role.INTERVENANT)
    far = make_dossier(equipe.session, equipe.maison, equipe.ailleurs)
    first = {"motif": MotifAffectation.PREMIERE_AFFECTATION, "acteur": Acteur.commande(), "now": NOW, "today": TODAY}
    assign(equipe.session, far, to=helper, par=None, **first)
    helper.referent = False
    equipe.follow()
    with statements(equipe.session.get_bind()) as seen:
        again = load_of(equipe.session, equipe.ici.id, TODAY)
    assert len(seen) == 1
    assert [charge.agent_id for charge in again] == [
        one.id for one in sorted((equipe.nadia, equipe.omar, helper), key=lambda one: (one.nom, one.prenom, one.id))
    ]


def test_silences_and_ends_of_steps_count_to_the_day(equipe: Equipe):
    (opened,) = more(equipe, 1, Intensite.SUIVI, referent=equipe.omar, ouvert_le=TODAY - 29 * JOUR)
    omar = loads(equipe)[equipe.omar.id]
    assert omar.sans_contact == 0
    more(equipe, 1, Intensite.SUIVI, referent=equipe.omar, ouvert_le=TODAY - 30 * JOUR)
    for ends, statut in ((0, "en_cours"), (29, "en_cours"), (30, "en_cours"), (-1, "en_cours"), (5, "prevue")):
        day = TODAY + ends * JOUR
        step = {"genre": GenreEtape.STAGE, "statut": StatutEtape(statut), "debut": day - 60 * JOUR, "fin_prevue": day}
        equipe.session.add(Etape(dossier_id=opened.id, id=uuid4(), cree_le=NOW, **step))
    equipe.session.flush()
    omar = loads(equipe)[equipe.omar.id]
    assert (omar.sans_contact, omar.etapes) == (1, 2)


def test_what_one_covers_is_apart_for_the_days_of_the_cover_and_without_those_who_opposed(equipe: Equipe):
    (other,) = more(equipe, 1, Intensite.VEILLE, referent=equipe.nadia)
    absence = Absence(
        id=uuid4(),
        agent_id=equipe.nadia.id,
        suppleant_id=equipe.omar.id,
        depuis=TODAY,
        jusqu_au=TODAY + 3 * JOUR,
        cree_le=NOW,
    )
    equipe.session.add(absence)
    equipe.session.flush()
    found = loads(equipe)
    assert (found[equipe.omar.id].dossiers, found[equipe.omar.id].supplees) == (0, 2)
    assert found[equipe.omar.id].supplees_poids == 1.25
    assert (found[equipe.nadia.id].dossiers, found[equipe.nadia.id].absent_jusqu_au) == (2, TODAY + 3 * JOUR)
    row = {"dossier_id": other.id, "structure_id": equipe.ici.id, "depuis": date(2026, 3, 1), "cree_le": NOW}
    equipe.session.add(Opposition(id=uuid4(), **row))
    equipe.session.flush()
    assert loads(equipe)[equipe.omar.id].supplees == 1
    later = {one.agent_id: one for one in load_of(equipe.session, equipe.ici.id, TODAY + 3 * JOUR)}
    assert later[equipe.omar.id].supplees == 0
    assert later[equipe.nadia.id].absent_jusqu_au is None
