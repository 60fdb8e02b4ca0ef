"""A likely duplicate outside what one may see is asked about, never shown."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import Agent
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes.queries_doublons import matching_uids, own_requests, received_requests, visible_twins
from app.jeunes.rules_identite import Portrait
from app.jeunes.services_doublons import TENTATIVES, Ailleurs, answer_duplicate, look_elsewhere
from app.jeunes.vocabulaire import StatutDemande
from tests.conftest import NOW
from tests.factories import TODAY
from tests.jeunes.conftest import CONTACT, IDENTITE, Ville, acteur_of


def look(ville: Ville, agent: Agent, *, now=NOW, **values) -> Ailleurs:
    indexes = ville.prepare(**values).indexes
    with ville.maison.database.writing() as session:
        return look_elsewhere(
            session,
            ville.maison.vault,
            indexes=indexes,
            uids=matching_uids(ville.maison.vault, indexes),
            agent=agent,
            acteur=acteur_of(agent),
            now=now,
            today=TODAY,
        )


def known(ville: Ville, **values):
    with ville.maison.database.writing() as session:
        return ville.welcome(session, ville.referent, referent=ville.referent, **values)


def requests(ville: Ville, agent: Agent):
    with ville.maison.database.reading() as session:
        return received_requests(session, ville.maison.vault, agent=agent, today=TODAY, now=NOW)


def asked(ville: Ville, agent: Agent):
    with ville.maison.database.reading() as session:
        return own_requests(session, agent=agent)


def answer(ville: Ville, agent: Agent, reponse: StatutDemande, demande_id):
    with ville.maison.database.writing() as session:
        given = {"reponse": reponse, "agent": agent, "acteur": acteur_of(agent), "now": NOW + timedelta(hours=1)}
        given["today"] = TODAY
        return answer_duplicate(session, demande_id, **given)


def count(ville: Ville, action: Action) -> int:
    with ville.maison.database.reading() as session:
        query = select(func.count()).select_from(EntreeJournal).where(EntreeJournal.action == action)
        return session.scalar(query)


def test_the_referent_is_asked_and_the_author_learns_nothing(ville: Ville):
    dossier = known(ville)
    assert look(ville, ville.ailleurs) is Ailleurs.DEMANDE
    (received,) = requests(ville, ville.referent)
    assert (received.nom.affiche, received.nom.code) == ("Zéphyrin Quatrevaux", dossier.code)
    assert (received.demandeur, received.courriel) == (ville.ailleurs.nom_complet, ville.ailleurs.courriel)
    (mine,) = asked(ville, ville.ailleurs)
    assert (mine.cree_le, mine.reponse, mine.par, mine.structure) == (NOW, None, "", "")
    assert requests(ville, ville.ailleurs) == requests(ville, ville.collegue) == []


@pytest.mark.parametrize(
    "values",
    [
        {"contact": {}},
        {"identite": IDENTITE | {"prenom": "Zefirin"}, "contact": {}},
        {"identite": {"prenom": "Quatrevaux", "nom": "Zephyrin"} | {"date_naissance": IDENTITE["date_naissance"]}},
        {"identite": {"prenom": "Zéphyrin"}, "contact": {"telephone": CONTACT["telephone"]}},
    ],
)
def test_one_person_written_otherwise_is_recognised(ville: Ville, values):
    known(ville)
    assert look(ville, ville.ailleurs, **values) is Ailleurs.DEMANDE


@pytest.mark.parametrize(
    "values",
    [
        {"identite": {"prenom": "Sofiane"}},
        {"identite": {"nom": "Quatrevaux"}},
        {"identite": {"pseudonyme": "Zéphyrin"}},
        {"identite": {"prenom": "Zéphyrin", "nom": "Quatrevaux"}, "contact": {}},
        {"identite": {"prenom": "Zéphyrin"}, "contact": {"courriel": CONTACT["courriel"]}},
    ],
)
def test_a_phone_an_email_or_a_name_alone_is_never_enough(ville: Ville, values):
    known(ville)
    assert look(ville, ville.ailleurs, **values) is Ailleurs.RIEN
    assert requests(ville, ville.referent) == []


def test_asked_anonymity_gives_no_sign_at_all(ville: Ville):
    known(ville, anonymat_demande=True)
    assert look(ville, ville.ailleurs) is look(ville, ville.voisin, contact={}) is Ailleurs.RIEN
    assert requests(ville, ville.referent) == asked(ville, ville.ailleurs) == []
    assert count(ville, Action.DOUBLON_DEMANDE) == 0
    assert count(ville, Action.DOUBLON_TENTE) == 2


def test_what_the_agent_may_see_is_not_asked_about(ville: Ville):
    known(ville)
    assert look(ville, ville.coordinateur) is Ailleurs.RIEN
    assert look(ville, ville.referent) is Ailleurs.RIEN


def test_ten_attempts_a_day_found_or_not_then_nothing_is_looked_at(ville: Ville):
    known(ville)
    stranger = {"identite": IDENTITE | {"prenom": "Inconnu"}, "contact": {}}
    for _ in range(TENTATIVES):
        assert look(ville, ville.ailleurs, **stranger) is Ailleurs.RIEN
    assert look(ville, ville.ailleurs) is look(ville, ville.ailleurs, **stranger) is Ailleurs.LIMITE
    assert requests(ville, ville.referent) == []
    assert count(ville, Action.DOUBLON_TENTE) == TENTATIVES + 2
    assert look(ville, ville.voisin) is Ailleurs.DEMANDE
    assert look(ville, ville.ailleurs, now=NOW + timedelta(days=1)) is Ailleurs.DEMANDE


def test_a_pseudonym_is_not_an_attempt(ville: Ville):
    for _ in range(TENTATIVES + 1):
        assert look(ville, ville.ailleurs, identite={"pseudonyme": "Z"}, contact={}) is Ailleurs.RIEN
    assert count(ville, Action.DOUBLON_TENTE) == 0


def test_insisting_asks_once(ville: Ville):
    known(ville)
    assert look(ville, ville.ailleurs) is look(ville, ville.ailleurs, contact={}) is Ailleurs.DEMANDE
    assert len(requests(ville, ville.referent)) == 1


def test_a_silent_referent_is_not_asked_again_and_silence_looks_like_waiting(ville: Ville):
    known(ville)
    look(ville, ville.ailleurs)
    waiting = asked(ville, ville.ailleurs)
    answer(ville, ville.referent, StatutDemande.SANS_REPONSE, requests(ville, ville.referent)[0].id)
    assert asked(ville, ville.ailleurs) == waiting
    assert look(ville, ville.ailleurs) is Ailleurs.DEMANDE
    assert len(requests(ville, ville.referent)) == 1
    assert asked(ville, ville.ailleurs) == waiting


def test_an_offer_to_get_in_touch_names_who_offers(ville: Ville):
    known(ville)
    look(ville, ville.ailleurs)
    answer(ville, ville.referent, StatutDemande.JE_VOUS_CONTACTE, requests(ville, ville.referent)[0].id)
    (mine,) = asked(ville, ville.ailleurs)
    assert (mine.reponse, mine.par) == (StatutDemande.JE_VOUS_CONTACTE, ville.referent.nom_complet)


def test_somebody_else_may_then_be_registered(ville: Ville):
    known(ville)
    look(ville, ville.ailleurs)
    answer(ville, ville.referent, StatutDemande.PAS_LA_MEME_PERSONNE, requests(ville, ville.referent)[0].id)
    (mine,) = asked(ville, ville.ailleurs)
    assert (mine.reponse, mine.par) == (StatutDemande.PAS_LA_MEME_PERSONNE, "")
    assert look(ville, ville.ailleurs) is Ailleurs.RIEN
    assert look(ville, ville.voisin) is Ailleurs.DEMANDE


def test_two_dossiers_of_one_person_are_one_request_for_its_author(ville: Ville):
    known(ville)
    known(ville, contact={})
    look(ville, ville.ailleurs)
    assert len(requests(ville, ville.referent)) == 2
    assert len(asked(ville, ville.ailleurs)) == 1


def test_only_the_referent_answers_and_only_once(ville: Ville):
    known(ville)
    look(ville, ville.ailleurs)
    demande = requests(ville, ville.referent)[0].id
    for other in (ville.ailleurs, ville.voisin, ville.collegue, ville.coordinateur):
        assert answer(ville, other, StatutDemande.JE_VOUS_CONTACTE, demande) is None
    assert answer(ville, ville.referent, StatutDemande.SANS_REPONSE, demande)
    assert answer(ville, ville.referent, StatutDemande.JE_VOUS_CONTACTE, demande)
    assert answer(ville, ville.referent, StatutDemande.JE_VOUS_CONTACTE, demande)
    with pytest.raises(DomainError) as refused:
        answer(ville, ville.referent, StatutDemande.PAS_LA_MEME_PERSONNE, demande)
    assert refused.value.code == "deja_repondu"
    assert count(ville, Action.DOUBLON_REPONDU) == 2


def test_where_there_is_no_referent_the_coordinateur_of_the_structure_answers(ville: Ville):
    with ville.maison.database.writing() as session:
        ville.welcome(session, ville.collegue, referent=None)
    look(ville, ville.ailleurs)
    assert requests(ville, ville.referent) == requests(ville, ville.voisin) == []
    assert len(requests(ville, ville.coordinateur)) == 1


def test_inside_what_one_may_see_the_dossier_is_shown(ville: Ville):
    dossier = known(ville)

    def twins(agent: Agent, portrait: Portrait, uids=frozenset()):
        with ville.maison.database.reading() as session:
            found = visible_twins(
                session, ville.maison.vault, agent=agent, portrait=portrait, uids=set(uids), today=TODAY
            )
            return [twin.nom.code for twin in found]

    same = Portrait("Zefirin", "Quatrevo", "", None, None)
    other = Portrait("Inès", "Durand", "", None, None)
    assert twins(ville.referent, same) == twins(ville.coordinateur, same) == [dossier.code]
    assert twins(ville.ailleurs, same) == twins(ville.referent, other) == []
    uids = matching_uids(ville.maison.vault, ville.prepare().indexes)
    assert twins(ville.referent, other, uids) == [dossier.code]
    assert twins(ville.ailleurs, other, uids) == []
