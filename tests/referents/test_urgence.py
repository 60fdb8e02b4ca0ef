"""Any agent reaches the person in charge, not the file: nothing tells who sends whether a dossier exists."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.queries import menu_counts
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Etat
from app.parcours.rules import spoken_code
from app.referents.models_continuite import Absence, Opposition
from app.referents.models_urgence import Urgence
from app.referents.queries_urgence import received, sent, to_mail
from app.referents.rules_urgence import ENVOIS, FENETRE, REPRISE, told
from app.referents.services_urgence import answer, send, withdraw
from app.referents.vocabulaire_urgence import ReponseUrgence
from app.vault.places import IndexKind, Place
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe, statements

RAPPELLE, OCCUPE, TRANSMIS = ReponseUrgence
MOTS = {"rappel": "06 39 98 40 12", "texte": "devant le collège"}


@pytest.fixture
def moussa(equipe: Equipe) -> Agent:
    """Who sees nothing of the dossier."""
    return make_agent(equipe.session, equipe.ailleurs, Role.INTERVENANT)


def ask(equipe: Equipe, par: Agent, *, code: str | None = None, **given) -> list[UUID]:
    said = {"uids": set(), "mots": MOTS, "depot": uuid4(), "now": NOW} | given
    code = equipe.dossier.code if code is None else code
    return send(equipe.session, equipe.maison.vault, code=code, agent=par, acteur=equipe.acteur(par), **said)


def reply(equipe: Equipe, par: Agent, urgence_id: UUID, reponse: ReponseUrgence, *, vers: int | None = None, **given):
    when = {"now": NOW, "today": TODAY} | given
    return answer(equipe.session, urgence_id, reponse=reponse, vers=vers, agent=par, acteur=equipe.acteur(par), **when)


def take_back(equipe: Equipe, par: Agent, envoi: UUID) -> bool:
    return withdraw(equipe.session, envoi, agent=par, acteur=equipe.acteur(par), now=NOW)


def head(equipe: Equipe, agent: Agent, *, now=NOW) -> int:
    return menu_counts(equipe.session, agent=agent, today=TODAY, now=now)[-1].urgences


def away(equipe: Equipe, agent: Agent, suppleant: Agent | None) -> None:
    days = {"depuis": TODAY, "jusqu_au": TODAY + timedelta(days=7), "cree_le": NOW}
    equipe.session.add(Absence(id=uuid4(), agent_id=agent.id, suppleant_id=suppleant and suppleant.id, **days))
    equipe.session.flush()


def heard(equipe: Equipe, par: Agent) -> list[ReponseUrgence | None]:
    return [envoi.reponse for envoi in sent(equipe.session, agent=par, now=NOW)]


def test_the_referent_who_covers_them_and_the_coordinateur_are_told_and_nobody_else(equipe: Equipe, moussa: Agent):
    away(equipe, equipe.nadia, equipe.omar)
    elsewhere = make_agent(equipe.session, equipe.ailleurs, Role.COORDINATEUR)
    gone = make_agent(equipe.session, equipe.ici, Role.COORDINATEUR)
    gone.desactive_le = NOW
    (urgence_id,) = ask(equipe, moussa)
    told_now = {agent.id for agent in (equipe.nadia, equipe.omar, equipe.coordinatrice)}
    everybody = (*equipe.session.scalars(select(Agent)),)
    assert {agent.id for agent in everybody if head(equipe, agent) and not agent.desactive_le} == told_now
    assert elsewhere.id not in told_now
    (mail,) = to_mail(equipe.session, today=TODAY, now=NOW)
    assert set(mail.adresses) == {equipe.nadia.courriel, equipe.omar.courriel, equipe.coordinatrice.courriel}
    (row,) = received(equipe.session, agent=equipe.omar, today=TODAY, now=NOW)
    keys = equipe.maison.vault.keys([row.uid])
    assert keys.open(row.uid, row.mots, place=Place.URGENCE, row=urgence_id) == MOTS
    assert (row.code, row.prenom, row.attend) == (equipe.dossier.code, moussa.prenom, True)


def test_an_answer_by_any_of_them_ends_it_for_all_and_is_told_to_who_asked(equipe: Equipe, moussa: Agent):
    (urgence_id,) = ask(equipe, moussa)
    assert heard(equipe, moussa) == [None]
    reply(equipe, equipe.coordinatrice, urgence_id, OCCUPE)
    assert reply(equipe, equipe.coordinatrice, urgence_id, OCCUPE).repondu_par == equipe.coordinatrice.id
    assert head(equipe, equipe.nadia) == head(equipe, equipe.coordinatrice) == 0
    assert heard(equipe, moussa) == [OCCUPE]
    with pytest.raises(DomainError, match="urgence_deja_prise"):
        reply(equipe, equipe.nadia, urgence_id, RAPPELLE)
    said = select(EntreeJournal.action, EntreeJournal.agent_id, EntreeJournal.precision).order_by(EntreeJournal.numero)
    lines = [tuple(row) for row in equipe.session.execute(said) if "urgence" in row.action]
    assert (Action.URGENCE_ENVOYEE, moussa.id, None) in lines
    assert lines.count((Action.URGENCE_REPONDUE, equipe.coordinatrice.id, "je_m_en_occupe")) == 1


def test_what_is_passed_on_waits_for_that_person_then_for_everybody_again(equipe: Equipe, moussa: Agent):
    (urgence_id,) = ask(equipe, moussa)
    for vers, code in (
        (None, "transmis_a_absent"),
        (equipe.lea.id, "a_inconnu"),
        (equipe.nadia.id, "a_inconnu"),
    ):
        with pytest.raises(DomainError, match=code):
            reply(equipe, equipe.nadia, urgence_id, TRANSMIS, vers=vers)
    with pytest.raises(DomainError, match="transmis_a_de_trop"):
        reply(equipe, equipe.nadia, urgence_id, OCCUPE, vers=equipe.coordinatrice.id)
    reply(equipe, equipe.nadia, urgence_id, TRANSMIS, vers=equipe.coordinatrice.id)
    assert (head(equipe, equipe.nadia), head(equipe, equipe.coordinatrice)) == (0, 1)
    assert heard(equipe, moussa) == [TRANSMIS]
    later = NOW + REPRISE
    assert head(equipe, equipe.nadia, now=later - timedelta(seconds=1)) == 0
    assert head(equipe, equipe.nadia, now=later) == head(equipe, equipe.coordinatrice, now=later) == 1
    reply(equipe, equipe.coordinatrice, urgence_id, RAPPELLE)
    assert head(equipe, equipe.nadia, now=later) == head(equipe, equipe.coordinatrice, now=later) == 0
    assert heard(equipe, moussa) == [RAPPELLE]


def test_nobody_answers_what_is_not_theirs_nor_their_own(equipe: Equipe, moussa: Agent):
    (urgence_id,) = ask(equipe, equipe.coordinatrice)
    for agent in (moussa, equipe.lea, equipe.omar, equipe.coordinatrice):
        assert reply(equipe, agent, urgence_id, OCCUPE) is None
        assert received(equipe.session, agent=agent, today=TODAY, now=NOW) == []
    assert reply(equipe, equipe.nadia, uuid4(), OCCUPE) is None
    assert head(equipe, equipe.nadia) == 1


def test_a_structure_that_the_young_person_opposed_is_told_nothing(equipe: Equipe, moussa: Agent):
    equipe.hand_over(equipe.lea, now=NOW, today=TODAY)
    equipe.follow()
    away(equipe, equipe.lea, equipe.omar)
    against = {"structure_id": equipe.ici.id, "depuis": TODAY, "cree_le": NOW}
    equipe.session.add(Opposition(id=uuid4(), dossier_id=equipe.dossier.id, **against))
    ask(equipe, moussa)
    assert (head(equipe, equipe.lea), head(equipe, equipe.omar)) == (1, 0)
    (mail,) = to_mail(equipe.session, today=TODAY, now=NOW)
    assert mail.adresses == [equipe.lea.courriel]


def test_what_reaches_somebody_and_what_reaches_nobody_cannot_be_told_apart(equipe: Equipe, moussa: Agent):
    """The same statements, a row and a line of the journal, the same thing to read afterwards; nothing is touched."""
    ask(equipe, moussa, code="222-222")
    before = select(Etat).where(Etat.dossier_id == equipe.dossier.id)
    seen = {}
    for name, code in (("known", equipe.dossier.code), ("unknown", "222-223")):
        equipe.session.flush()
        connection = equipe.session.connection().engine
        with statements(connection, equipe.maison.database.engines.keys) as run:
            made = ask(equipe, moussa, code=code)
        seen[name] = (run, len(made))
    assert seen["known"] == seen["unknown"]
    assert heard(equipe, moussa) == [None, None, None]
    lines = select(EntreeJournal).where(EntreeJournal.action == Action.URGENCE_ENVOYEE)
    assert len(equipe.session.scalars(lines).all()) == 3
    assert equipe.dossier.id not in equipe.session.info.get("touched", ())
    assert equipe.session.scalar(before) is not None
    lost = equipe.session.scalars(select(Urgence).where(Urgence.dossier_id.is_(None))).all()
    assert len(lost) == 2


def test_a_name_with_its_birth_date_reaches_every_dossier_of_that_person_as_one_sending(equipe: Equipe, moussa: Agent):
    twin = make_dossier(equipe.session, equipe.maison, equipe.ailleurs, referent=equipe.lea)
    hidden = make_dossier(equipe.session, equipe.maison, equipe.ici, anonymat_demande=True, referent=equipe.nadia)
    equipe.follow()
    vault = equipe.maison.vault
    for dossier in (equipe.dossier, twin, hidden):
        vault.replace_indexes(dossier.uid, {IndexKind.IDENTITE: ["kaci|yanis|2009-04-02"]})
    uids = vault.find_by_index({IndexKind.IDENTITE: ["kaci|yanis|2009-04-02"]})[IndexKind.IDENTITE]
    assert len(ask(equipe, moussa, code="", uids=uids)) == 2
    assert (head(equipe, equipe.nadia), head(equipe, equipe.lea)) == (1, 1)
    assert heard(equipe, moussa) == [None]


def test_who_asked_takes_it_back_and_those_they_called_are_told(equipe: Equipe, moussa: Agent):
    (urgence_id,), lost = ask(equipe, moussa), ask(equipe, moussa, code="222-222")
    for envoi in sent(equipe.session, agent=moussa, now=NOW):
        assert envoi.retirable
        assert not take_back(equipe, equipe.omar, envoi.id), "one's own"
        assert take_back(equipe, moussa, envoi.id)
        assert take_back(equipe, moussa, envoi.id), "twice is once"
    assert len(lost) == 1
    assert [one.retiree_le for one in sent(equipe.session, agent=moussa, now=NOW)] == [NOW, NOW]
    assert head(equipe, equipe.nadia) == head(equipe, equipe.coordinatrice) == 0
    assert to_mail(equipe.session, today=TODAY, now=NOW) == []
    (seen,) = received(equipe.session, agent=equipe.nadia, today=TODAY, now=NOW)
    assert (seen.id, seen.retiree_le, bool(seen.attend)) == (urgence_id, NOW, False)
    with pytest.raises(DomainError, match="urgence_retiree"):
        reply(equipe, equipe.nadia, urgence_id, OCCUPE)
    said = select(EntreeJournal.precision).where(EntreeJournal.action == Action.URGENCE_ENVOYEE)
    assert sorted(map(str, equipe.session.scalars(said))) == ["None", "None", "retiree", "retiree"]


def test_what_was_answered_for_good_is_not_taken_back(equipe: Equipe, moussa: Agent):
    (urgence_id,) = ask(equipe, moussa)
    reply(equipe, equipe.nadia, urgence_id, TRANSMIS, vers=equipe.coordinatrice.id)
    (envoi,) = sent(equipe.session, agent=moussa, now=NOW)
    assert envoi.retirable
    reply(equipe, equipe.coordinatrice, urgence_id, OCCUPE)
    (envoi,) = sent(equipe.session, agent=moussa, now=NOW)
    assert not envoi.retirable
    with pytest.raises(DomainError, match="urgence_deja_prise"):
        take_back(equipe, moussa, envoi.id)


def test_the_same_form_sent_twice_is_one_sending_and_other_words_are_another(equipe: Equipe, moussa: Agent):
    for code in (equipe.dossier.code, "222-222"):
        depot = uuid4()
        for mots in (MOTS, MOTS, MOTS | {"texte": "il est parti"}):
            ask(equipe, moussa, code=code, depot=depot, mots=mots)
    assert head(equipe, equipe.nadia) == 2
    assert len(heard(equipe, moussa)) == 4


def test_an_agent_is_held_back_whatever_they_reach(equipe: Equipe, moussa: Agent):
    for number in range(ENVOIS):
        ask(equipe, moussa, code=equipe.dossier.code if number % 2 else "222-222")
    for code in (equipe.dossier.code, "222-222"):
        with pytest.raises(DomainError, match="urgences_trop_nombreuses"):
            ask(equipe, moussa, code=code)
    ask(equipe, equipe.lea)
    ask(equipe, moussa, now=NOW + FENETRE)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("K7M-42Q", "K7M-42Q"),
        (" k7m 42q ", "K7M-42Q"),
        ("k7m42q", "K7M-42Q"),
        ("K7.M-42 Q", "K7M-42Q"),
        ("K7M-42", None),
        ("K7M-42QZ", None),
        ("K7M-4OQ", None),
        ("", None),
        ("K7M-42Q' OR 1=1", None),
    ],
)
def test_a_code_is_read_as_it_is_heard(typed: str, read: str | None):
    assert spoken_code(typed) == read


def test_an_answer_that_ends_it_outweighs_one_that_passes_it_on():
    assert told([None, None]) is None
    assert told([None, TRANSMIS]) is TRANSMIS
    assert told([TRANSMIS, OCCUPE, None]) is OCCUPE
