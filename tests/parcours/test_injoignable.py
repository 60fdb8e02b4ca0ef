"""Looking for somebody who does not answer: what is noted, what ends the search, what must come before giving up."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.db.errors import DepotConflict, DomainError
from app.jeunes.models import RepresentantLegal
from app.jeunes.vocabulaire import AutoriteParentale, Lien, PeutEtreContacte
from app.parcours import services_dossiers
from app.parcours.models import Dossier, Etat, Suivi
from app.parcours.models_actes import Demarche
from app.parcours.queries_demarches import demarches_faites, moyens_restants
from app.parcours.services_injoignable import note_demarche, undo_demarche
from app.parcours.services_suivis import edit_suivi
from app.parcours.vocabulaire import Canal, MotifSortie, Resultat
from app.parcours.vocabulaire_actes import MoyenDemarche, ResultatDemarche
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_structure
from tests.parcours.conftest import Bureau, Terrain

TENTEE, SANS_OBJET = ResultatDemarche.TENTEE, ResultatDemarche.SANS_OBJET
MESSAGE, VISITE, FAMILLE = MoyenDemarche.MESSAGE, MoyenDemarche.VISITE, MoyenDemarche.FAMILLE


def day(delta: int) -> dict:
    return {"now": NOW + timedelta(days=delta), "today": TODAY + timedelta(days=delta)}


def note(session, terrain: Terrain, moyen: MoyenDemarche, resultat=TENTEE, **values) -> Demarche:
    given = {"agent": terrain.agent, "famille_joignable": True, "depot": uuid4(), "moyen": moyen, "resultat": resultat}
    return note_demarche(session, terrain.dossier(session), **(given | terrain.commun | values))


def close(session, terrain: Terrain, **values) -> Dossier:
    dossier = terrain.dossier(session)
    given = {"version": dossier.version, "le": TODAY, "motif": MotifSortie.SANS_NOUVELLES, "etapes": {}}
    return services_dossiers.close_dossier(session, dossier, **(given | terrain.commun | values))


@pytest.mark.parametrize(
    ("moyen", "canal", "resultat"),
    [
        (MESSAGE, Canal.MESSAGE, Resultat.SANS_REPONSE),
        (VISITE, Canal.VISITE_DOMICILE, Resultat.SANS_REPONSE),
        (MoyenDemarche.PARTENAIRE, Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT),
        (FAMILLE, Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT),
        (MoyenDemarche.PAIRS, Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT),
    ],
)
def test_a_try_is_a_follow_up_that_resets_no_silence(terrain: Terrain, moyen, canal, resultat):
    with terrain.database.writing() as session:
        terrain.log(session, jour=TODAY - timedelta(days=20))
        note(session, terrain, moyen)
    with terrain.database.reading() as session:
        suivi = session.scalars(select(Suivi).where(Suivi.jour == TODAY)).one()
        assert (suivi.canal, suivi.resultat, suivi.agent_id) == (canal, resultat, terrain.agent.id)
        assert session.scalars(select(Demarche)).one().suivi_id == suivi.id
        assert session.scalars(select(Etat)).one().dernier_contact == TODAY - timedelta(days=20)


def test_what_is_not_possible_here_is_no_follow_up(terrain: Terrain):
    with terrain.database.writing() as session:
        note(session, terrain, VISITE, SANS_OBJET)
    with terrain.database.reading() as session:
        assert session.scalars(select(Suivi)).all() == []
        assert VISITE not in moyens_restants(session, terrain.dossier(session))


def test_the_same_deposit_gives_the_same_row(terrain: Terrain):
    depot = uuid4()
    with terrain.database.writing() as session:
        first = note(session, terrain, MESSAGE, depot=depot)
        assert note(session, terrain, MESSAGE, depot=depot) is first
        with pytest.raises(DepotConflict):
            note(session, terrain, VISITE, depot=depot)
    with terrain.database.reading() as session:
        assert len(session.scalars(select(Suivi)).all()) == 1


@pytest.mark.parametrize("resultat", [Resultat.SANS_REPONSE, Resultat.ECHANGE_FAIT])
def test_the_deposit_of_a_follow_up_makes_no_way_tried(terrain: Terrain, resultat):
    """Else taking the way back would take away a follow-up that was written for itself."""
    depot = uuid4()
    with terrain.database.writing() as session:
        terrain.log(session, canal=Canal.MESSAGE, resultat=resultat, suivi_id=depot, depot=depot)
        with pytest.raises(DomainError, match="depot_inconnu"):
            note(session, terrain, MESSAGE, depot=depot)


@pytest.mark.parametrize(
    ("earlier", "later", "code"),
    [
        ((TENTEE, 0), (TENTEE, 0), "demarche_deja_notee"),
        ((TENTEE, 0), (TENTEE, 1), ""),
        ((SANS_OBJET, 0), (SANS_OBJET, 1), "demarche_deja_notee"),
        ((SANS_OBJET, 0), (TENTEE, 0), ""),
    ],
)
def test_again_is_another_day(terrain: Terrain, earlier, later, code):
    with terrain.database.writing() as session:
        note(session, terrain, MESSAGE, earlier[0], **day(earlier[1]))
        if not code:
            note(session, terrain, MESSAGE, later[0], **day(later[1]))
            return
        with pytest.raises(DomainError, match=code):
            note(session, terrain, MESSAGE, later[0], **day(later[1]))


def test_a_family_not_to_be_contacted_is_not_tried(terrain: Terrain):
    with terrain.database.writing() as session:
        with pytest.raises(DomainError, match="famille_a_ne_pas_contacter"):
            note(session, terrain, FAMILLE, famille_joignable=False)
        note(session, terrain, FAMILLE, SANS_OBJET, famille_joignable=False)
        note(session, terrain, MESSAGE, famille_joignable=False)


def test_nobody_is_given_up_before_the_five_ways(terrain: Terrain):
    for done, moyen in enumerate(MoyenDemarche):
        with terrain.database.writing() as session:
            with pytest.raises(DomainError, match="protocole_inacheve") as refusal:
                close(session, terrain)
            assert refusal.value.field == "motif"
            assert len(moyens_restants(session, terrain.dossier(session))) == 5 - done
            note(session, terrain, moyen, SANS_OBJET if done % 2 else TENTEE)
    terrain.writing(lambda session: close(session, terrain))


def test_other_motives_ask_for_no_search(terrain: Terrain):
    terrain.writing(lambda session: close(session, terrain, motif=MotifSortie.DEMENAGEMENT))


@pytest.mark.parametrize(("contact", "counted"), [(-1, True), (0, False), (1, False)])
def test_a_contact_ends_the_search(terrain: Terrain, contact: int, counted: bool):
    """On the very day, a contact comes after the démarches that brought it."""
    with terrain.database.writing() as session:
        for moyen in MoyenDemarche:
            note(session, terrain, moyen)
        terrain.log(session, jour=TODAY + timedelta(days=contact), **day(1))
        assert moyens_restants(session, terrain.dossier(session)) == (() if counted else tuple(MoyenDemarche))


def test_a_try_that_got_an_answer_ends_it_too(terrain: Terrain):
    with terrain.database.writing() as session:
        made = note(session, terrain, MESSAGE)
        suivi = session.scalars(select(Suivi)).one()
        assert made.suivi_id == suivi.id
        edit_suivi(
            session, terrain.dossier(session), suivi, version=1, jour=TODAY, canal=Canal.MESSAGE,
            resultat=Resultat.ECHANGE_FAIT, **terrain.commun,
        )  # fmt: skip
        assert MESSAGE in moyens_restants(session, terrain.dossier(session))


def test_a_dossier_opened_again_begins_another_search(terrain: Terrain):
    with terrain.database.writing() as session:
        for moyen in MoyenDemarche:
            note(session, terrain, moyen)
        close(session, terrain, **day(1), le=TODAY + timedelta(days=1))
    with terrain.database.writing() as session:
        dossier = terrain.dossier(session)
        with pytest.raises(DomainError, match="dossier_clos"):
            note(session, terrain, MESSAGE, **day(1))
        version = dossier.version
        services_dossiers.reopen_dossier(
            session, dossier, version=version, le=TODAY + timedelta(days=9), **(terrain.commun | day(9))
        )
        assert demarches_faites(session, dossier) == []
        with pytest.raises(DomainError, match="protocole_inacheve"):
            close(session, terrain, **day(9), le=TODAY + timedelta(days=9))


def test_its_author_takes_it_back_the_same_day_with_its_follow_up(terrain: Terrain):
    with terrain.database.writing() as session:
        other = make_agent(session, make_structure(session))
        made = note(session, terrain, MESSAGE)
        dossier = terrain.dossier(session)
        for agent, when in ((other, day(0)), (terrain.agent, day(1))):
            with pytest.raises(DomainError, match="demarche_a_garder"):
                undo_demarche(session, dossier, made, agent=agent, **(terrain.commun | when))
        undo_demarche(session, dossier, made, agent=terrain.agent, **terrain.commun)
    with terrain.database.reading() as session:
        assert (session.scalars(select(Demarche)).all(), session.scalars(select(Suivi)).all()) == ([], [])
        assert session.scalars(select(Etat)).one().derniere_tentative is None


def test_a_follow_up_corrected_since_keeps_its_words(terrain: Terrain):
    with terrain.database.writing() as session:
        made = note(session, terrain, MESSAGE)
        suivi = session.scalars(select(Suivi)).one()
        edit_suivi(
            session, terrain.dossier(session), suivi, version=1, jour=TODAY, canal=Canal.TELEPHONE,
            resultat=Resultat.SANS_REPONSE, note=b"x" * 40, **terrain.commun,
        )  # fmt: skip
        undo_demarche(session, terrain.dossier(session), made, agent=terrain.agent, **terrain.commun)
    with terrain.database.reading() as session:
        assert session.scalars(select(Demarche)).all() == []
        assert session.scalars(select(Suivi)).one().canal is Canal.TELEPHONE


# pages


def buttons(page: str) -> list[dict[str, str]]:
    forms = re.findall(r'action="[^"]*/injoignable" class.*?</form>', page, re.S)
    return [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in forms]


def tell_family(bureau: Bureau, *codes: PeutEtreContacte) -> None:
    with bureau.house.database.writing() as session:
        for code in codes:
            session.add(
                RepresentantLegal(
                    dossier_id=bureau.dossier_id, id=uuid4(), lien=Lien.PARENT,
                    autorite_parentale=AutoriteParentale.OUI, peut_etre_contacte=code, cree_le=NOW,
                )
            )  # fmt: skip


def offered(bureau: Bureau) -> list[tuple[str, str]]:
    page = bureau.navigateur.get(f"{bureau.base}/injoignable").text
    return [(button["moyen"], button["resultat"]) for button in buttons(page)]


def test_one_tap_for_each_way_in_order_and_one_to_take_it_back(bureau: Bureau):
    page = bureau.navigateur.get(f"{bureau.base}/injoignable")
    assert page.status_code == 200
    first = buttons(page.text)[0]
    assert (first["moyen"], first["resultat"]) == ("message", "tentee")
    sent = {name: first[name] for name in ("moyen", "resultat", "depot")}
    for _ in range(2):
        answer = bureau.navigateur.post(f"{bureau.base}/injoignable", **sent)
        assert (answer.status_code, answer.location) == (303, f"{bureau.base}/injoignable")
    assert [row.id for row in bureau.read(Demarche)] == [UUID(sent["depot"])]
    assert ("message", "tentee") not in offered(bureau)
    # the journal shows it
    assert f"{bureau.base}/suivis/{sent['depot']}" in bureau.navigateur.get(bureau.base).text
    bureau.navigateur.get(f"{bureau.base}/injoignable")
    answer = bureau.navigateur.post(f"{bureau.base}/injoignable/{sent['depot']}/annuler")
    assert answer.status_code == 303
    assert (bureau.read(Demarche), bureau.read(Suivi)) == ([], [])
    assert bureau.navigateur.post(f"{bureau.base}/injoignable/{sent['depot']}/annuler").status_code == 404


@pytest.mark.parametrize(
    ("codes", "words", "may"),
    [
        ((), "aucun représentant noté", False),
        ((PeutEtreContacte.OUI,), "", True),
        ((PeutEtreContacte.A_DEMANDER,), "sans l’accord du jeune", False),
        ((PeutEtreContacte.NON_SOUHAIT_DU_JEUNE, PeutEtreContacte.OUI), "", True),
        ((PeutEtreContacte.OUI, PeutEtreContacte.NON_DANGER), "danger", False),
    ],
)
def test_the_family_only_if_it_may_be_contacted(bureau: Bureau, codes, words: str, may: bool):
    tell_family(bureau, *codes)
    page = bureau.navigateur.get(f"{bureau.base}/injoignable").text
    assert ("Ne pas contacter la famille" in page) is not may
    assert words in page
    assert (("famille", "tentee") in offered(bureau)) is may
    assert ("famille", "sans_objet") in offered(bureau)
    bureau.navigateur.post(f"{bureau.base}/injoignable", moyen="famille", resultat="tentee", depot=str(uuid4()))
    assert len(bureau.read(Demarche)) == int(may)


def test_closing_without_news_leads_to_the_search_first(bureau: Bureau):
    page = bureau.navigateur.get(f"{bureau.base}/cloture").text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    sent = {"version": version, "le": "17/03/2026", "motif": "sans_nouvelles"}
    refused = bureau.navigateur.post(f"{bureau.base}/cloture", **sent)
    assert refused.status_code == 422
    assert re.search(r'id="motif-erreur">.*cinq moyens', refused.text)
    assert f'href="{bureau.base}/injoignable"' in refused.text
    for button in buttons(bureau.navigateur.get(f"{bureau.base}/injoignable").text):
        if button["resultat"] == "sans_objet":
            bureau.navigateur.post(f"{bureau.base}/injoignable", **button)
    closing = f"{bureau.base}/cloture?motif=sans_nouvelles"
    assert f'href="{closing}"' in bureau.navigateur.get(f"{bureau.base}/injoignable").text
    assert '<option selected value="sans_nouvelles">' in bureau.navigateur.get(closing).text
    assert bureau.navigateur.post(f"{bureau.base}/cloture", **sent).status_code == 303


def test_what_is_not_a_way_is_refused(bureau: Bureau):
    for moyen, resultat in (("pigeon", "tentee"), ("message", "reussie"), ("", "")):
        answer = bureau.navigateur.post(
            f"{bureau.base}/injoignable", moyen=moyen, resultat=resultat, depot=str(uuid4())
        )
        assert answer.status_code == 400
    assert bureau.read(Demarche) == []


def test_somebody_else_of_the_team_reads_but_does_not_take_it_back(bureau: Bureau, compte, ouvrir):

    coordinateur = compte(Role.COORDINATEUR)
    with bureau.house.database.writing() as session:
        dossier = session.get(Dossier, bureau.dossier_id)
        note_demarche(
            session, dossier, agent=session.get(Agent, bureau.agent.id), moyen=MESSAGE, resultat=TENTEE,
            famille_joignable=False, depot=uuid4(), acteur=Acteur.commande(), now=NOW, today=TODAY,
        )  # fmt: skip
    other = ouvrir()
    other.sign_in(coordinateur)
    page = other.get(f"{bureau.base}/injoignable")
    assert page.status_code == 200
    assert "Tentée" in page.text
    assert buttons(page.text) == []
    assert "/annuler" not in page.text
