"""Promises: an agent joins a dossier for a purpose and until a day; an opposed structure is nowhere in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.queries import Vue, count_open, inbox, morning
from app.alertes.queries_portefeuille import Filtre, Lien, caseload, choices, found
from app.alertes.rules import tells
from app.alertes.vocabulaire import Regle
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_etapes
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import GenreEtape, MotifSortie, Situation, StatutEtape
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents import services, services_equipe
from app.referents.models import MembreEquipe
from app.referents.queries import load_visible
from app.referents.queries_equipe import agents_to_ask, members_of, structure_to_ask, structures_to_ask
from app.referents.rules_equipe import ECHEANCE_AU_PLUS, Partage, check_partage
from app.referents.vocabulaire import Finalite, Relation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_structure
from tests.referents.conftest import Equipe

FIN = TODAY + timedelta(days=90)
CONVENU = Partage(Finalite.SCOLARITE, (), FIN, TODAY, FormeInformation.ORALE, Accord.INFORME)
DIT = {"today": TODAY}


def invite(equipe: Equipe, agent: Agent, partage: Partage = CONVENU, **given) -> MembreEquipe:
    par = given.pop("par", equipe.nadia)
    who = {"par": par, "acteur": equipe.acteur(par), "now": NOW, "today": TODAY} | given
    return services_equipe.invite(equipe.session, equipe.dossier, agent=agent, partage=partage, **who)


def oppose(equipe: Equipe, **given):
    who = {"par": equipe.nadia, "acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    said = {"structure": equipe.ailleurs, "le": TODAY, "opposition_id": uuid4()} | who | given
    return services_equipe.oppose(equipe.session, equipe.dossier, **said)


def sees(equipe: Equipe, agent: Agent, *, today=TODAY):
    return load_visible(equipe.session, equipe.dossier.code, agent=agent, today=today)


def refused(call, *args, **kwargs) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as error:
        call(*args, **kwargs)
    return error.value.code, error.value.field


def actions(equipe: Equipe) -> list[tuple[str, str | None]]:
    rows = select(EntreeJournal.action, EntreeJournal.precision).order_by(EntreeJournal.id.desc())
    return [(row.action, row.precision) for row in equipe.session.execute(rows)]


def test_a_partner_joins_for_a_purpose_until_a_day(equipe: Equipe) -> None:
    member = invite(equipe, equipe.lea)
    assert invite(equipe, equipe.lea) is member
    vu = sees(equipe, equipe.lea)
    assert vu.relation is Relation.MEMBRE
    assert (vu.shows(GenreEtape.SCOLARITE), vu.shows(GenreEtape.EMPLOI)) == (True, False)
    assert sees(equipe, equipe.lea, today=FIN - timedelta(days=1)) is not None
    assert sees(equipe, equipe.lea, today=FIN) is None
    assert refused(invite, equipe, equipe.lea, replace(CONVENU, echeance=None)) == ("deja_membre", "agent")
    assert actions(equipe)[0] == (Action.EQUIPE_MODIFIEE, "entree")


def test_a_partner_comes_back_after_the_agreed_end(equipe: Equipe) -> None:
    invite(equipe, equipe.lea)
    later = replace(CONVENU, finalite=Finalite.INSERTION, echeance=FIN + timedelta(days=60))
    again = invite(equipe, equipe.lea, later, today=FIN + timedelta(days=1))
    assert (again.depuis, again.finalite) == (FIN + timedelta(days=1), Finalite.INSERTION)
    assert equipe.session.get(MembreEquipe, (equipe.dossier.id, equipe.lea.id, TODAY)).jusqu_au == FIN


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"echeance": None}, ("echeance_absente", "echeance")),
        ({"echeance": TODAY}, ("echeance_passee", "echeance")),
        ({"echeance": TODAY + timedelta(days=ECHEANCE_AU_PLUS + 1)}, ("echeance_trop_loin", "echeance")),
        ({"informe_le": None}, ("information_absente", "informe_le")),
        ({"informe_forme": None}, ("information_absente", "informe_forme")),
        ({"informe_le": TODAY + timedelta(days=1)}, ("information_future", "informe_le")),
        ({"accord": None}, ("accord_absent", "accord")),
        ({"sensibles": (GenreEtape.ACCES_SOINS,)}, ("accord_soins", "accord")),
    ],
)
def test_what_a_sharing_needs(changed: dict, expected: tuple[str, str]) -> None:
    """Without a database: the rule alone; a colleague is asked for nothing of it but an end that can be."""
    assert refused(check_partage, replace(CONVENU, **changed), partner=True, today=TODAY) == expected
    if expected[1] != "echeance" or changed["echeance"] is None:
        check_partage(replace(CONVENU, **changed), partner=False, today=TODAY)


def test_a_sharing_that_lacks_something_lets_nobody_in(equipe: Equipe) -> None:
    assert refused(invite, equipe, equipe.lea, replace(CONVENU, accord=None)) == ("accord_absent", "accord")
    assert sees(equipe, equipe.lea) is None


def test_a_colleague_joins_without_a_word(equipe: Equipe) -> None:
    invite(equipe, equipe.omar, replace(CONVENU, echeance=None))
    vu = sees(equipe, equipe.omar)
    member = equipe.session.get(MembreEquipe, (equipe.dossier.id, equipe.omar.id, TODAY))
    assert (vu.genres, member.finalite, member.accord) == (None, Finalite.SUIVI_GLOBAL, None)


def test_only_an_open_account_that_sees_dossiers_joins(equipe: Equipe) -> None:
    chief = make_agent(equipe.session, equipe.ailleurs, Role.RESPONSABLE)
    gone = make_agent(equipe.session, equipe.ailleurs)
    gone.desactive_le = NOW
    equipe.session.flush()
    assert refused(invite, equipe, chief) == ("agent_sans_dossiers", "agent")
    assert refused(invite, equipe, gone) == ("agent_desactive", "agent")
    own = {row.id for row in agents_to_ask(equipe.session, equipe.dossier, structure_id=equipe.ailleurs.id, **DIT)}
    assert own == {equipe.lea.id}


def test_nobody_joins_a_closed_dossier(equipe: Equipe) -> None:
    who = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    motif = MotifSortie.SCOLARITE_MAINTENUE
    services.close(
        equipe.session, equipe.dossier, version=equipe.dossier.version, le=TODAY, motif=motif, etapes={}, **who
    )
    assert refused(invite, equipe, equipe.lea)[0] == "dossier_clos"


def test_what_is_agreed_changes_and_two_changes_do_not_meet(equipe: Equipe) -> None:
    member = invite(equipe, equipe.lea)
    read = member.version
    who = {"par": equipe.nadia, "acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    given = {"version": read, "partage": replace(CONVENU, finalite=Finalite.LOGEMENT)} | who
    services_equipe.change_member(equipe.session, equipe.dossier, equipe.lea, **given)
    assert not sees(equipe, equipe.lea).shows(GenreEtape.SCOLARITE)
    with pytest.raises(StaleVersion) as stale:
        services_equipe.change_member(equipe.session, equipe.dossier, equipe.lea, **given)
    assert stale.value.current.finalite is Finalite.LOGEMENT
    services_equipe.end_member(equipe.session, equipe.dossier, equipe.lea, **without_par(who))
    with pytest.raises(StaleVersion) as stale:
        services_equipe.change_member(equipe.session, equipe.dossier, equipe.lea, **given)
    assert stale.value.current is None


def without_par(who: dict) -> dict:
    return {name: value for name, value in who.items() if name != "par"}


def test_a_member_leaves_at_once_and_the_referent_does_not(equipe: Equipe) -> None:
    invite(equipe, equipe.lea)
    who = {"acteur": equipe.acteur(equipe.lea), "now": NOW, "today": TODAY}
    services_equipe.leave(equipe.session, equipe.dossier, agent=equipe.lea, **who)
    assert sees(equipe, equipe.lea) is None
    assert services_equipe.leave(equipe.session, equipe.dossier, agent=equipe.lea, **who) is None
    assert [action for action, _ in actions(equipe)].count(Action.EQUIPE_QUITTEE) == 1
    assert refused(services_equipe.leave, equipe.session, equipe.dossier, agent=equipe.nadia, **who) == (
        "referent_en_place",
        None,
    )
    assert invite(equipe, equipe.lea).jusqu_au is None


def test_an_opposition_ends_what_there_is_and_refuses_what_would_come(equipe: Equipe) -> None:
    invite(equipe, equipe.lea)
    other = make_agent(equipe.session, equipe.ailleurs)
    opposition = oppose(equipe)
    assert sees(equipe, equipe.lea) is None
    assert [row.agent_id for row in members_of(equipe.session, equipe.dossier.id, **DIT)] == [equipe.nadia.id]
    assert refused(invite, equipe, other) == ("structure_opposee", "agent")
    assert refused(equipe.hand_over, equipe.lea) == ("structure_opposee", "agent")
    assert structure_to_ask(equipe.session, equipe.dossier, equipe.ailleurs.id, **DIT).oppose
    # moved there afterwards, a member sees nothing; and is nowhere to be changed
    invite(equipe, equipe.omar)
    equipe.omar.structure_id = equipe.ailleurs.id
    equipe.session.flush()
    assert sees(equipe, equipe.omar) is None
    who = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    services_equipe.lift_opposition(equipe.session, equipe.dossier, opposition.id, **who)
    assert sees(equipe, equipe.lea) is None
    assert invite(equipe, equipe.lea).jusqu_au is None
    assert [action for action, _ in actions(equipe)].count(Action.OPPOSITION_LEVEE) == 1


def test_a_closed_dossier_is_not_opened_again_for_an_opposed_structure(equipe: Equipe) -> None:
    oppose(equipe)
    who = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    closed = {"le": TODAY, "motif": MotifSortie.SCOLARITE_MAINTENUE, "etapes": {}}
    services.close(equipe.session, equipe.dossier, version=equipe.dossier.version, **closed, **who)
    given = {"version": equipe.dossier.version, "to": equipe.lea, "par": equipe.nadia}
    assert refused(services.reopen, equipe.session, equipe.dossier, **given, **who) == ("structure_opposee", "agent")
    assigned = {"to": equipe.lea, "par": equipe.nadia, "motif": equipe.dossier.motif_sortie}
    equipe.dossier.clos_le = equipe.dossier.motif_sortie = None
    equipe.session.flush()
    assert refused(services.assign, equipe.session, equipe.dossier, **assigned, **who)[0] == "structure_opposee"


def test_what_cannot_be_opposed(equipe: Equipe) -> None:
    third = make_structure(equipe.session)
    assert refused(oppose, equipe, structure=equipe.ici) == ("structure_du_dossier", "structure")
    assert refused(oppose, equipe, le=TODAY + timedelta(days=1)) == ("opposition_future", "le")
    equipe.hand_over(equipe.lea)
    assert refused(oppose, equipe) == ("structure_du_referent", "structure")
    depot = uuid4()
    made = oppose(equipe, structure=third, opposition_id=depot)
    assert oppose(equipe, structure=third, opposition_id=depot) is made
    with pytest.raises(DepotConflict):
        oppose(equipe, structure=third, opposition_id=depot, le=TODAY - timedelta(days=1))
    assert refused(oppose, equipe, structure=third) == ("deja_opposee", "structure")


def test_who_may_be_asked_is_listed_a_page_at_a_time(equipe: Equipe) -> None:
    others = [make_agent(equipe.session, equipe.ailleurs) for _ in range(3)]
    make_structure(equipe.session)
    first = agents_to_ask(equipe.session, equipe.dossier, structure_id=equipe.ailleurs.id, limit=2, **DIT)
    given = {"structure_id": equipe.ailleurs.id, "apres": first[1].id, "limit": 2}
    rest = agents_to_ask(equipe.session, equipe.dossier, **given, **DIT)
    assert len(first) == 3
    assert [row.id for row in [*first[:2], *rest]] == [equipe.lea.id, *(agent.id for agent in others)]
    assert [(row.id, row.combien) for row in structures_to_ask(equipe.session, equipe.dossier, **DIT)] == [
        (equipe.ailleurs.id, 4)
    ]
    after = structures_to_ask(equipe.session, equipe.dossier, apres=equipe.ailleurs.id, **DIT)
    assert after == []


def test_a_list_withholds_what_the_page_does_not_show(equipe: Equipe) -> None:
    """On both engines, and for each purpose: the same dossier, in a list and on its page."""
    who = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    faits = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, TODAY - timedelta(days=60))
    key = uuid4()
    services_etapes.add_etape(equipe.session, equipe.dossier, faits=faits, etape_id=key, depot=key, **who)
    equipe.follow()
    for finalite in Finalite:
        agent = make_agent(equipe.session, equipe.ailleurs, Role.INTERVENANT)
        invite(equipe, agent, replace(CONVENU, finalite=finalite))
        vu = sees(equipe, agent)
        ask = {"agent": agent, "today": TODAY}
        theirs = Filtre(lien=Lien.EQUIPE)
        page = caseload(equipe.session, filtre=theirs, page=1, par=25, **ask)
        rows = [*page.lignes, *found(equipe.session, ids=[equipe.dossier.id], **ask)]
        assert [row.situation == "decrochage" for row in rows] == [vu.situation_montree] * 2
        assert all(tells(vu.genres, Regle(dite.regle)) for row in rows for dite in row.alertes)
        asked = replace(theirs, situation=Situation.DECROCHAGE)
        held = caseload(equipe.session, filtre=asked, page=1, par=25, **ask)
        assert held.total == vu.situation_montree
        counted = choices(equipe.session, filtre=asked, page=held, **ask)
        assert counted.situations.get("decrochage", 0) == vu.situation_montree
        inbox(equipe.session, apres=None, vue=Vue.A_TRAITER, **ask)
        first = morning(equipe.session, limite=9, contact=False, **ask)
        told = {dite.regle for row in first.lignes for dite in row.alertes}
        assert count_open(equipe.session, **ask) == bool(told)
        assert all(tells(vu.genres, Regle(regle)) for regle in told)
