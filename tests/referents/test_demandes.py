"""Promises: one joins by a code said aloud; whoever asks learns nothing but the answer; nobody is left without one."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.db.errors import DomainError
from app.parcours.rules import spoken_code
from app.referents import services_demandes
from app.referents.models_continuite import Absence
from app.referents.models_demandes import DemandeEquipe
from app.referents.queries import load_visible
from app.referents.queries_demandes import count_late, own_requests, waiting_requests
from app.referents.rules_equipe import DEMANDES_PAR_JOUR, SANS_REPONSE, VALIDITE
from app.referents.services_equipe import invite
from app.referents.vocabulaire import Finalite, MotifRefusEquipe, StatutDemandeEquipe
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import TODAY, make_agent
from tests.referents.conftest import Equipe, statements
from tests.referents.test_equipe import CONVENU, oppose, refused

PERSONNE = "ZZZ-ZZZ"
MOTS = "Je le vois à l’atelier du mercredi."


def ask(equipe: Equipe, agent: Agent, code: str | None = None, **given) -> DemandeEquipe:
    now = given.get("now", NOW)
    said = {"finalite": Finalite.SCOLARITE, "echeance": now.date() + timedelta(days=90), "mots": MOTS}
    who = {"agent": agent, "acteur": equipe.acteur(agent), "now": now, "today": now.date(), "demande_id": uuid4()}
    code = code or equipe.dossier.code
    return services_demandes.ask_to_join(equipe.session, equipe.maison.vault, code=code, **(said | who | given))


def waiting(equipe: Equipe, agent: Agent, now=NOW) -> list:
    return [row.id for row in waiting_requests(equipe.session, agent=agent, today=now.date(), now=now)]


def told(equipe: Equipe, agent: Agent, now=NOW) -> list[tuple[bool, bool, str | None]]:
    rows = own_requests(equipe.session, agent=agent, today=now.date(), now=now)
    return [(row.acceptee, row.finie, row.code) for row in rows]


def decide(equipe: Equipe, act, demande: DemandeEquipe, par: Agent, **said):
    who = {"par": par, "acteur": equipe.acteur(par), "now": NOW, "today": TODAY} | said
    return act(equipe.session, equipe.dossier, demande.id, **who)


def test_one_joins_by_the_code_once_the_referent_accepts(equipe: Equipe) -> None:
    demande = ask(equipe, equipe.lea)
    (row,) = waiting_requests(equipe.session, agent=equipe.nadia, today=TODAY, now=NOW)
    keys = equipe.maison.vault.keys([row.uid])
    assert keys.open(row.uid, row.mots, place=Place.DEMANDE_EQUIPE, row=row.id) == {"texte": MOTS}
    assert waiting(equipe, equipe.omar) == waiting(equipe, equipe.lea) == []
    given = {"asker": equipe.lea, "partage": CONVENU}
    assert decide(equipe, services_demandes.accept, demande, equipe.omar, **given) is None
    decide(equipe, services_demandes.accept, demande, equipe.nadia, **given)
    assert load_visible(equipe.session, equipe.dossier.code, agent=equipe.lea, today=TODAY) is not None
    assert told(equipe, equipe.lea) == [(True, False, equipe.dossier.code)]
    assert waiting(equipe, equipe.nadia) == []


def test_whoever_asks_cannot_tell_somebodys_code_from_nobodys(equipe: Equipe) -> None:
    """The same statements, the same rows, the same words; as for a structure that was opposed, or a closed dossier."""
    engines, sent = equipe.maison.database.engines, []
    # the journal of their structure has begun
    ask(equipe, make_agent(equipe.session, equipe.ailleurs), "XXX-XXX")
    for agent, code in ((equipe.lea, equipe.dossier.code), (make_agent(equipe.session, equipe.ailleurs), PERSONNE)):
        equipe.session.flush()
        with statements(engines.write, equipe.maison.vault._store) as seen:
            ask(equipe, agent, code)
        sent.append([re.sub(r"sa_savepoint_\d+", "sa_savepoint", statement) for statement in seen])
        assert told(equipe, agent) == [(False, False, None)]
    assert sent[0] == sent[1]
    # two codes of nobody are two requests, as two of somebody would be
    ask(equipe, agent, "YYY-YYY")
    assert told(equipe, agent) == [(False, False, None)] * 2
    journal = select(EntreeJournal.dossier.is_(None)).where(EntreeJournal.action == "equipe_demandee")
    assert equipe.session.scalars(journal.order_by(EntreeJournal.id)).all() == [True, False, True, True]
    oppose(equipe)
    unwelcome = make_agent(equipe.session, equipe.ailleurs)
    assert ask(equipe, unwelcome).dossier_id is None
    assert told(equipe, unwelcome) == [(False, False, None)]
    # who had asked before is told nothing either, until a request about nobody would lapse too
    assert told(equipe, equipe.lea) == [(False, False, None)]
    assert waiting(equipe, equipe.nadia) == []


def test_one_request_waits_at_a_time(equipe: Equipe) -> None:
    for code in (equipe.dossier.code, PERSONNE):
        first = ask(equipe, equipe.lea, code)
        assert ask(equipe, equipe.lea, code, mots="Encore.") is first
    row = {"demandeur_id": equipe.lea.id, "finalite": Finalite.SCOLARITE, "echeance": TODAY, "cree_le": NOW}
    for same in ({"code_dit": PERSONNE}, {"code_dit": "AAA-AAA", "dossier_id": equipe.dossier.id}):
        with pytest.raises(IntegrityError), equipe.session.begin_nested():
            equipe.session.add(DemandeEquipe(id=uuid4(), **row, **same))
            equipe.session.flush()


def test_what_waits_too_long_shows_to_the_coordinateur_and_lapses(equipe: Equipe) -> None:
    demande = ask(equipe, equipe.lea)
    late, over = NOW + timedelta(days=SANS_REPONSE), NOW + timedelta(days=VALIDITE)
    assert waiting(equipe, equipe.coordinatrice, late - timedelta(seconds=1)) == []
    assert waiting(equipe, equipe.coordinatrice, late) == waiting(equipe, equipe.nadia, late) == [demande.id]
    who = {"agent": equipe.coordinatrice, "today": late.date()}
    assert count_late(equipe.session, now=late, **who) == 1
    elsewhere = make_agent(equipe.session, equipe.ailleurs, Role.COORDINATEUR)
    assert waiting(equipe, elsewhere, late) == []
    assert waiting(equipe, equipe.nadia, over) == []
    assert told(equipe, equipe.lea, over) == [(False, True, None)]
    assert ask(equipe, equipe.lea, now=over).id != demande.id


def test_who_covers_the_referent_answers(equipe: Equipe) -> None:
    days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=5)}
    absence = Absence(id=uuid4(), agent_id=equipe.nadia.id, suppleant_id=equipe.omar.id, cree_le=NOW, **days)
    equipe.session.add(absence)
    demande = ask(equipe, equipe.lea)
    assert waiting(equipe, equipe.omar) == [demande.id]
    motif = MotifRefusEquipe.PAS_NECESSAIRE
    decide(equipe, services_demandes.refuse, demande, equipe.omar, motif=motif)
    assert (demande.statut, demande.motif_refus) == (StatutDemandeEquipe.REFUSEE, motif)
    assert told(equipe, equipe.lea) == [(False, True, None)]
    # answered: nobody answers it again
    assert decide(equipe, services_demandes.refuse, demande, equipe.nadia, motif=motif) is None
    assert ask(equipe, equipe.lea) is not demande


def test_an_invitation_settles_what_was_asked(equipe: Equipe) -> None:
    ask(equipe, equipe.lea)
    who = {"par": equipe.nadia, "acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    invite(equipe.session, equipe.dossier, agent=equipe.lea, partage=CONVENU, **who)
    assert told(equipe, equipe.lea) == [(True, False, equipe.dossier.code)]


def test_codes_are_heard_not_tried(equipe: Equipe) -> None:
    for number in range(DEMANDES_PAR_JOUR):
        ask(equipe, equipe.lea, f"ZZZ-ZZ{number + 2}" if number < 8 else f"ZZZ-Y{number - 6}Z")
    assert refused(ask, equipe, equipe.lea) == ("trop_de_demandes", "code")
    with pytest.raises(DomainError, match="echeance_passee"):
        ask(equipe, equipe.omar, echeance=TODAY)
    assert ask(equipe, equipe.lea, now=NOW + timedelta(days=1)).dossier_id == equipe.dossier.id


@pytest.mark.parametrize(
    ("said", "code"),
    [("k7m 42q", "K7M-42Q"), (" K7M-42Q ", "K7M-42Q"), ("K7M42Q", "K7M-42Q"), ("K7M-42", None), ("OOO-000", None)],
)
def test_a_code_is_read_as_it_is_said(said: str, code: str | None) -> None:
    assert spoken_code(said) == code
