"""Ways round what one may see or do, each tried by somebody with an account, each closed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.jeunes.queries_recents import in_chantier
from app.parcours import services_etapes, services_suivis
from app.parcours.models import Dossier, Suivi
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, GenreEtape, MotifSortie, Resultat, StatutEtape
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents import services, services_equipe, services_passation
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence, Opposition
from app.referents.models_fusion import Fusion
from app.referents.queries import load_visible
from app.referents.queries_demandes import own_requests
from app.referents.queries_urgence import reached
from app.referents.rules_equipe import Partage
from app.referents.services_demandes import ask_to_join
from app.referents.vocabulaire import Finalite, MotifAffectation, Relation
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier
from tests.referents.conftest import Equipe
from tests.referents.test_pages_equipe import address
from tests.referents.test_pages_relais import hidden, words
from tests.referents.test_repartition import caseload, give, parts, undo

SECRET = "suivie au centre, tous les mardis"
JOUR = timedelta(days=1)
LOGEMENT = Partage(Finalite.LOGEMENT, (), TODAY + 90 * JOUR, TODAY, FormeInformation.ORALE, Accord.INFORME)


def who(bureau: Equipe, agent: Agent | None = None) -> dict:
    return {"acteur": bureau.acteur(agent or bureau.nadia), "now": NOW, "today": TODAY}


@pytest.fixture
def partenaire(bureau: Equipe) -> Equipe:
    """léa, of another structure, is in the équipe for housing: she sees no step of care."""
    with bureau.maison.database.writing() as session:
        dossier, lea = session.merge(bureau.dossier), session.get(Agent, bureau.lea.id)
        services_equipe.invite(session, dossier, agent=lea, partage=LOGEMENT, par=bureau.nadia, **who(bureau))
    return bureau


def relation(bureau: Equipe, agent: Agent, *, today: date = TODAY) -> Relation | None:
    with bureau.maison.database.reading() as session:
        vu = load_visible(session, bureau.dossier.code, agent=session.get(Agent, agent.id), today=today)
        return vu and vu.relation


def step(bureau: Equipe, genre: GenreEtape, **faits) -> UUID:
    key = uuid4()
    with bureau.maison.database.writing() as session:
        dossier = session.merge(bureau.dossier)
        keys = bureau.maison.vault.keys([dossier.uid])
        sealed = keys.seal(dossier.uid, {"texte": SECRET}, place=Place.ETAPE, row=key)
        said = {"statut": StatutEtape.EN_COURS, "debut": date(2026, 2, 2)} | faits
        services_etapes.add_etape(
            session, dossier, faits=Faits(genre, **said, precisions=sealed), etape_id=key, depot=key, **who(bureau)
        )
    return key


def covers(bureau: Equipe, days: int = 1) -> None:
    """omar covers nadia, from today."""
    until = {"depuis": TODAY, "jusqu_au": TODAY + days * JOUR, "cree_le": NOW}
    with bureau.maison.database.writing() as session:
        session.add(Absence(id=uuid4(), agent_id=bureau.nadia.id, suppleant_id=bureau.omar.id, **until))


def test_a_partner_does_not_reopen_a_dossier_to_answer_for_it(partenaire: Equipe, signed_in):
    key = step(partenaire, GenreEtape.ACCES_SOINS, statut=StatutEtape.TERMINEE, fin=date(2026, 3, 1))
    with partenaire.maison.database.writing() as session:
        dossier = session.get(Dossier, partenaire.dossier.id)
        end = {"version": dossier.version, "le": TODAY, "motif": MotifSortie.SCOLARITE_MAINTENUE, "etapes": {}}
        services.close(session, dossier, **end, **who(partenaire))
    lea, base = signed_in("lea"), f"/dossiers/{partenaire.dossier.code}"
    assert lea.get(base).status_code == 200
    assert lea.get(f"{base}/reouverture").status_code == 404
    asked = {"version": "2", "referent": str(partenaire.lea.id), "jeune_informe_le": "16/03/2026"}
    assert lea.post(f"{base}/reouverture", **asked).status_code == 404
    assert lea.get(f"{base}/etapes/{key}").status_code == 404


def test_a_referent_of_another_structure_leaves_with_the_closing(bureau: Equipe):
    with bureau.maison.database.writing() as session:
        dossier, lea = session.merge(bureau.dossier), session.get(Agent, bureau.lea.id)
        current = session.scalars(select(Affectation).where(Affectation.dossier_id == dossier.id)).one()
        services.hand_over(
            session, dossier, to=lea, par=bureau.nadia, motif=MotifAffectation.SECTEUR, note=None,
            affectation_id=uuid4(), remplace=current.id, jeune_informe_le=TODAY, **who(bureau),
        )  # fmt: skip
        end = {"version": dossier.version, "le": TODAY, "motif": MotifSortie.SCOLARITE_MAINTENUE, "etapes": {}}
        services.close(session, dossier, **end, **who(bureau))
    assert relation(bureau, bureau.lea) == Relation.ANCIEN
    assert relation(bureau, bureau.lea, today=TODAY + 200 * JOUR) is None


def test_the_deposit_of_an_appointment_opens_it_to_nobody_else(partenaire: Equipe, signed_in):
    key = uuid4()
    with partenaire.maison.database.writing() as session:
        dossier = session.merge(partenaire.dossier)
        keys = partenaire.maison.vault.keys([dossier.uid])
        sealed = keys.seal(dossier.uid, {"texte": SECRET}, place=Place.PREVU, row=key)
        services_suivis.plan_contact(
            session, dossier, agent=partenaire.nadia, jour=TODAY + 4 * JOUR, contact_id=key, depot=key, objet=sealed,
            **who(partenaire),
        )  # fmt: skip
    path = f"/dossiers/{partenaire.dossier.code}/contacts-prevus"
    answer = signed_in("lea").post(path, depot=str(key), jour="30/03/2026", heure="", canal="", objet="x")
    assert (answer.status_code, SECRET in answer.text) == (422, False)
    assert "Cette page a expiré." in answer.text


def test_nor_that_of_a_step(partenaire: Equipe, signed_in):
    key = step(partenaire, GenreEtape.ACCES_SOINS)
    with partenaire.maison.database.writing() as session:
        (row,) = session.scalars(select(MembreEquipe).where(MembreEquipe.agent_id == partenaire.lea.id))
        row.finalite = Finalite.VIE_SOCIALE
    said = {"genre": "citoyennete", "statut": "en_cours", "debut": "01/03/2026", "precisions": ""}
    answer = signed_in("lea").post(f"/dossiers/{partenaire.dossier.code}/etapes", depot=str(key), **said)
    assert (answer.status_code, SECRET in answer.text) == (422, False)


def test_the_group_form_names_nobody_on_a_chantier_that_a_partner_may_not_know(partenaire: Equipe, signed_in):
    step(partenaire, GenreEtape.CHANTIER_EDUCATIF)
    with partenaire.maison.database.reading() as session:
        seen = {name: session.get(Agent, getattr(partenaire, name).id) for name in ("lea", "nadia")}
        assert list(in_chantier(session, agent=seen["nadia"], today=TODAY)) == [partenaire.dossier.code]
        assert list(in_chantier(session, agent=seen["lea"], today=TODAY)) == []
    assert "En chantier" not in words(signed_in("lea").get("/suivis/groupe").text)


def test_who_covers_gives_nothing_to_themselves(bureau: Equipe, signed_in):
    covers(bureau)
    omar, base = signed_in("omar"), f"/dossiers/{bureau.dossier.code}"
    assert omar.get(address(bureau, "inviter", bureau.omar.id)).status_code == 404
    assert omar.post(address(bureau, "inviter", bureau.omar.id), echeance="").status_code == 404
    page = omar.get(f"{base}/referent").text
    given = {name: hidden(page, name) for name in ("depot", "remplace")}
    answer = omar.post(f"{base}/referent", **given, agent=str(bureau.omar.id), motif="charge", note="")
    assert answer.status_code == 422
    assert "Vous remplacez son référent jusqu’à son retour." in words(answer.text)
    # a colleague they may
    with bureau.maison.database.writing() as session:
        colleague = make_agent(session, session.merge(bureau.ici)).id
    assert omar.get(address(bureau, "inviter", colleague)).status_code == 200
    assert relation(bureau, bureau.omar, today=TODAY + 200 * JOUR) is None


def test_nobody_lets_themselves_in_by_a_code(bureau: Equipe, signed_in):
    with bureau.maison.database.writing() as session:
        ask_to_join(
            session, bureau.maison.vault, code=bureau.dossier.code, finalite=Finalite.INSERTION,
            echeance=TODAY + 30 * JOUR, mots="", demande_id=(asked := uuid4()), agent=bureau.omar,
            **who(bureau, bureau.omar),
        )  # fmt: skip
    covers(bureau)
    assert signed_in("omar").get(f"/demandes/equipe/{asked}").status_code == 404


def test_an_invitation_tells_the_name_of_no_account_that_follows_nobody(bureau: Equipe, signed_in):
    with bureau.maison.database.writing() as session:
        here = session.merge(bureau.ici)
        hidden_ones = [make_agent(session, here, Role.RESPONSABLE).id, make_agent(session, here, Role.REFERENT).id]
        session.get(Agent, hidden_ones[1]).desactive_le = NOW
    for number in hidden_ones:
        assert signed_in("nadia").get(address(bureau, "inviter", number)).status_code == 404


def test_a_member_whose_time_was_over_is_none_after_a_spread_taken_back(equipe: Equipe):
    (dossier,) = caseload(equipe, 1, equipe.nadia)
    before = {"acteur": equipe.acteur(equipe.nadia), "now": NOW - 60 * JOUR, "today": TODAY - 60 * JOUR}
    ended = Partage(echeance=TODAY - 30 * JOUR)
    services_equipe.invite(equipe.session, dossier, agent=equipe.omar, partage=ended, par=equipe.nadia, **before)
    equipe.follow()
    made = give(equipe, parts([dossier], equipe.omar), de=equipe.nadia)
    undo(equipe, made)
    assert load_visible(equipe.session, dossier.code, agent=equipe.omar, today=TODAY + JOUR) is None


def test_a_handover_is_given_back_by_somebody_who_had_been_in_the_team_twice(equipe: Equipe):
    for since, until in ((90, 60), (50, None)):
        left = until and TODAY - until * JOUR
        row = {"dossier_id": equipe.dossier.id, "agent_id": equipe.omar.id, "depuis": TODAY - since * JOUR}
        equipe.session.add(MembreEquipe(**row, jusqu_au=left))
    equipe.session.flush()
    given = equipe.hand_over(equipe.omar)
    equipe.follow()
    later = {"acteur": equipe.acteur(equipe.omar), "now": NOW + 2 * JOUR, "today": TODAY + 2 * JOUR}
    services_passation.refuse(
        equipe.session, equipe.dossier, affectation_id=given.id, refus=b"x", retour_id=uuid4(), agent=equipe.omar,
        **later,
    )  # fmt: skip
    rows = select(MembreEquipe.depuis, MembreEquipe.jusqu_au).where(MembreEquipe.agent_id == equipe.omar.id)
    found = dict(tuple(row) for row in equipe.session.execute(rows))
    assert found[TODAY - 90 * JOUR] == TODAY - 60 * JOUR
    assert found[TODAY - 50 * JOUR] is None


def test_an_act_is_not_taken_back_where_one_sees_nothing_any_more(partenaire: Equipe, signed_in):
    lea, key = signed_in("lea"), uuid4()
    with partenaire.maison.database.writing() as session:
        services_suivis.log_suivi(
            session, session.merge(partenaire.dossier), agent=session.get(Agent, partenaire.lea.id), jour=TODAY,
            canal=Canal.TELEPHONE, resultat=Resultat.ECHANGE_FAIT, suivi_id=key, depot=key, note=None,
            **who(partenaire, partenaire.lea),
        )  # fmt: skip
    answer = lea.post(f"/dossiers/{partenaire.dossier.code}/suivis/{key}/supprimer", version="1")
    page = lea.get(answer.location).text
    undone = page.split('action="/actes/')[1].split("/annuler")[0]
    with partenaire.maison.database.writing() as session:
        against = {"structure_id": partenaire.lea.structure_id, "depuis": TODAY, "cree_le": NOW}
        session.add(Opposition(id=uuid4(), dossier_id=partenaire.dossier.id, **against))
    assert lea.post(f"/actes/{undone}/annuler").status_code == 404
    with partenaire.maison.database.reading() as session:
        assert session.get(Suivi, (partenaire.dossier.id, key)) is None


def merged(equipe: Equipe, other: Dossier) -> None:
    """The code of `other` leads to the dossier."""
    pair = {"garde_id": equipe.dossier.id, "absorbe_id": other.id}
    equipe.session.add(Fusion(id=uuid4(), le=NOW, par_id=equipe.coordinatrice.id, close=True, **pair))
    equipe.session.flush()


def ask(equipe: Equipe, code: str, **given) -> None:
    said = {"finalite": Finalite.INSERTION, "echeance": TODAY + 60 * JOUR, "mots": "", "demande_id": uuid4()}
    common = {"acteur": equipe.acteur(equipe.lea), "now": NOW, "today": TODAY}
    ask_to_join(equipe.session, equipe.maison.vault, code=code, agent=equipe.lea, **(said | common | given))


def shown(equipe: Equipe, *, days: int = 0) -> list[tuple[str, bool, bool]]:
    when = {"today": TODAY + days * JOUR, "now": NOW + days * JOUR}
    rows = own_requests(equipe.session, agent=equipe.lea, **when)
    return sorted((one.code_dit, one.acceptee, one.finie) for one in rows)


def test_an_opposition_does_not_tell_a_request_from_one_about_nobody(equipe: Equipe):
    for code in (equipe.dossier.code, "222-222"):
        ask(equipe, code)
    services_equipe.oppose(
        equipe.session, equipe.dossier, structure=equipe.ailleurs, le=TODAY, opposition_id=uuid4(), par=equipe.nadia,
        acteur=equipe.acteur(equipe.nadia), now=NOW, today=TODAY,
    )  # fmt: skip
    assert {row[1:] for row in shown(equipe)} == {(False, False)}
    assert {row[1:] for row in shown(equipe, days=40)} == {(False, True)}


def test_two_codes_of_one_young_person_are_two_requests_like_two_of_nobody(equipe: Equipe):
    other = make_dossier(equipe.session, equipe.maison, equipe.ici)
    equipe.follow()
    merged(equipe, other)
    for code in (equipe.dossier.code, other.code, "222-222", "222-223"):
        ask(equipe, code)
    assert len(shown(equipe)) == 4


def test_an_urgency_about_a_merged_code_reaches_who_answers_now(equipe: Equipe):
    other = make_dossier(equipe.session, equipe.maison, equipe.ici)
    equipe.follow()
    merged(equipe, other)
    (found,) = reached(equipe.session, dossier_code=other.code, uids={uuid4()})
    assert found.id == equipe.dossier.id
