"""Two people write over each other: both texts side by side, and the one that lost waits for the two of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.accounts.models import Agent, Brouillon
from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours import services_etapes, services_propositions
from app.parcours.models import Dossier, Etape, Suivi
from app.parcours.models_objectifs import PetitPas
from app.parcours.models_propositions import Proposition
from app.parcours.queries_propositions import find_proposition, propositions_of
from app.parcours.rules_etapes import Faits
from app.parcours.services_propositions import EN_ATTENTE_AU_PLUS
from app.parcours.vocabulaire import Diplome, GenreEtape, StatutEtape
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.models import MembreEquipe
from app.referents.services import join_team
from app.referents.vocabulaire import Finalite
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.parcours.conftest import Bureau

SIENS, MIENS = "Stage au fournil de la gare.", "Stage au fournil du marché."
ETAPE = {"genre": "formation", "statut": "en_cours", "debut": "12/01/2026", "fin_prevue": "", "fin": "", "heures": ""}


@pytest.fixture
def etape(bureau: Bureau) -> str:
    """The address of a step of the dossier."""
    key = uuid4()
    with bureau.house.database.writing() as session:
        acteur = Acteur.agent(bureau.agent.id, bureau.agent.structure_id)
        services_etapes.add_etape(
            session, session.get(Dossier, bureau.dossier_id), etape_id=key, depot=uuid4(), acteur=acteur, now=NOW,
            faits=Faits(GenreEtape.FORMATION, StatutEtape.EN_COURS, date(2026, 1, 12)), today=TODAY,
        )  # fmt: skip
    return f"{bureau.base}/etapes/{key}"


@pytest.fixture
def collegue(bureau: Bureau, compte: Callable, ouvrir: Callable) -> Navigateur:
    """Somebody else of the équipe, at their own screen."""
    agent = compte(Role.INTERVENANT)
    with bureau.house.database.writing() as session:
        acteur = Acteur.agent(agent.id, agent.structure_id)
        dossier = session.get(Dossier, bureau.dossier_id)
        join_team(session, dossier, agent=session.get(Agent, agent.id), acteur=acteur, now=NOW, today=TODAY)
    navigateur = ouvrir()
    navigateur.sign_in(agent)
    return navigateur


def forms(page: str) -> list[tuple[str, dict[str, str], str]]:
    """(where it is posted, its fields, its button) of each form of the page that has a choice to offer."""
    found = re.findall(r'<form method="post" action="([^"]+)" class="forme-bouton">(.*?)</form>', page, re.S)
    said = []
    for action, body in found:
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))
        label = re.search(r"<button[^>]*>([^<]+)", body)[1]
        said.append((unescape(action), {name: unescape(value) for name, value in fields.items()}, label))
    return said


def press(navigateur: Navigateur, page: str, label: str) -> str:
    action, fields, _ = next(one for one in forms(page) if one[2] == label)
    answer = navigateur.post(action, **{name: value for name, value in fields.items() if name != "csrf_token"})
    assert answer.status_code == 303, answer.text
    return navigateur.get(answer.location).text


def conflict(bureau: Bureau, collegue: Navigateur, etape: str) -> str:
    """The member corrected the step while the référent was writing; what the référent sees."""
    collegue.get(etape)
    assert collegue.post(etape, **ETAPE, precisions=SIENS, version="1").status_code == 303
    answer = bureau.navigateur.post(etape, **ETAPE, precisions=MIENS, version="1")
    assert answer.status_code == 409
    return answer.text


def words(bureau: Bureau) -> str:
    from app.vault.places import Place

    (row,) = bureau.read(Etape)
    return bureau.words(row.precisions, place=Place.ETAPE, row=row.id)


def test_both_texts_are_shown_with_what_differs(bureau: Bureau, collegue: Navigateur, etape: str) -> None:
    page = conflict(bureau, collegue, etape)
    assert "<mark>de</mark> <mark>la</mark> <mark>gare.</mark>" in page
    assert "<mark>du</mark> <mark>marché.</mark>" in page
    assert [label for _, _, label in forms(page)][-2:] == [
        "Enregistrer ma version",
        "Garder l’autre, proposer la mienne",
    ]
    assert words(bureau) == SIENS


def test_my_version_stays_and_the_other_waits_for_both(bureau: Bureau, collegue: Navigateur, etape: str) -> None:
    page = press(bureau.navigateur, conflict(bureau, collegue, etape), "Enregistrer ma version")
    assert words(bureau) == MIENS
    assert "Une étape a deux versions." in page
    for somebody in (bureau.navigateur, collegue):
        assert "Une étape a deux versions." in somebody.get(etape).text
        (voir,) = re.findall(r'href="([^"]+/propositions/[^"]+)"', somebody.get(bureau.base).text)
        both = somebody.get(voir).text
        assert "gare" in both
        assert "marché" in both
    # the member takes theirs up again: the one of the référent waits in turn
    press(collegue, both, "Adopter cette version")
    assert words(bureau) == SIENS
    (left,) = bureau.read(Proposition)
    assert left.auteur_id == bureau.agent.id


def test_the_other_stays_and_mine_waits_until_one_sets_it_aside(bureau: Bureau, collegue, etape: str) -> None:
    page = press(bureau.navigateur, conflict(bureau, collegue, etape), "Garder l’autre, proposer la mienne")
    assert words(bureau) == SIENS
    assert "Votre version est gardée" in page
    (voir,) = re.findall(r'href="([^"]+/propositions/[^"]+)"', collegue.get(bureau.base).text)
    page = press(collegue, collegue.get(voir).text, "L’écarter")
    assert bureau.read(Proposition) == []
    assert collegue.get(voir).status_code == 404
    # and for some seconds, they may think again
    press(collegue, page, "Annuler")
    assert len(bureau.read(Proposition)) == 1
    with bureau.house.database.reading() as session:
        done = [row.action for row in session.scalars(select(EntreeJournal))]
    assert (done.count(Action.PROPOSITION_GARDEE), done.count(Action.PROPOSITION_REGLEE)) == (1, 1)


def test_a_double_tap_keeps_one_version(bureau: Bureau, collegue: Navigateur, etape: str) -> None:
    page = conflict(bureau, collegue, etape)
    action, fields, _ = next(one for one in forms(page) if one[2].startswith("Garder"))
    for _ in range(2):
        assert bureau.navigateur.post(action, **fields).status_code == 303
    assert len(bureau.read(Proposition)) == 1


def test_closing_the_page_loses_nothing(bureau: Bureau, collegue: Navigateur, etape: str) -> None:
    conflict(bureau, collegue, etape)
    page = bureau.navigateur.get(etape).text
    assert "Vous aviez commencé à écrire" in page
    back = unescape(re.search(r'class="bouton" href="([^"]+)">Reprendre', page)[1])
    assert MIENS in unescape(bureau.navigateur.get(back).text)
    with bureau.house.database.reading() as session:
        (draft,) = session.scalars(select(Brouillon)).all()
    assert draft.agent_id == bureau.agent.id


def test_nobody_else_sees_it_nor_one_of_the_two_who_left(bureau, collegue, etape: str, compte, ouvrir) -> None:
    press(bureau.navigateur, conflict(bureau, collegue, etape), "Enregistrer ma version")
    (voir,) = re.findall(r'href="([^"]+/propositions/[^"]+)"', collegue.get(bureau.base).text)
    chef = ouvrir()
    chef.sign_in(compte(Role.COORDINATEUR))
    page = chef.get(bureau.base)
    assert page.status_code == 200
    assert "deux versions" not in page.text
    for url in (voir, f"{voir}/ecarter"):
        assert (chef.get(url) if url == voir else chef.post(url)).status_code == 404
    with bureau.house.database.writing() as session:
        from app.referents.models import MembreEquipe

        for member in session.scalars(select(MembreEquipe).where(MembreEquipe.agent_id != bureau.agent.id)):
            member.jusqu_au = TODAY
    assert collegue.get(voir).status_code == 404


def test_what_is_kept_of_a_follow_up_keeps_its_day(bureau: Bureau) -> None:
    navigateur, key = bureau.navigateur, uuid4()
    said = {"resultat": "echange_fait", "canal": "telephone", "visibilite": "referent_coordinateur"}
    new = said | {"quand": "aujourdhui", "mots": SIENS, "depot": str(key)}
    assert navigateur.post(f"{bureau.base}/suivis", **new).status_code == 303
    url = f"{bureau.base}/suivis/{key}"
    again = said | {"quand": "aujourdhui", "mots": "Elle a rappelé.", "version": "1"}
    assert navigateur.post(url, **again).status_code == 303
    # the same author, in another tab
    stale = navigateur.post(url, **again | {"mots": MIENS})
    assert stale.status_code == 409
    press(navigateur, stale.text, "Enregistrer ma version")
    navigateur.clock.now += timedelta(days=2)
    navigateur.sign_in(bureau.agent)
    (voir,) = re.findall(r'href="([^"]+/propositions/[^"]+)"', navigateur.get(url).text)
    press(navigateur, navigateur.get(voir).text, "Adopter cette version")
    assert [row.jour for row in bureau.read(Suivi)] == [TODAY]


@pytest.mark.parametrize("objet", ["identite", "representant", "contact"])
def test_the_other_forms_keep_the_losing_text_too(bureau: Bureau, collegue: Navigateur, objet: str) -> None:
    told = {"informe_le": "05/01/2026", "informe_forme": "orale"}
    urls = {"identite": "identite", "representant": "representants/nouveau", "contact": "contacts-prevus"}
    fields = {
        "identite": {"prenom": "Inès", "naissance": "2009", **told},
        "representant": {"nom": "Diallo", "lien": "parent", "autorite_parentale": "oui", "peut_etre_contacte": "oui"},
        "contact": {"jour": "20/03/2026"},
    }
    changed = {"identite": ("prenom", "Inaya"), "representant": ("nom", "Diarra"), "contact": ("jour", "23/03/2026")}
    base, data = bureau.base, fields[objet]
    made = data | ({"version": "0"} if objet == "identite" else {"depot": str(uuid4())})
    assert collegue.post(f"{base}/{urls[objet]}", **made).status_code == 303
    url = f"{base}/{urls[objet]}" if objet == "identite" else _address(bureau, objet)
    version = {"version": "1"}
    name, words_of_other = changed[objet]
    assert collegue.post(url, **data | version | {name: words_of_other}).status_code == 303
    answer = bureau.navigateur.post(url, **data | version)
    assert answer.status_code == 409
    assert "pendant que vous écriviez" in answer.text
    page = press(bureau.navigateur, answer.text, "Enregistrer ma version")
    (kept,) = bureau.read(Proposition)
    assert kept.autre_id == bureau.agent.id
    assert words_of_other.encode() not in kept.contenu
    assert "deux versions" in bureau.navigateur.get(bureau.base).text or "deux versions" in page
    assert "deux versions" in collegue.get(bureau.base).text


@pytest.fixture
def objectif(bureau: Bureau) -> str:
    """The address of a goal of the dossier, with one small step."""
    key = str(uuid4())
    new = {"mots_jeune": "Un apprentissage.", "theme": "formation", "pas-0-mots": "Appeler", "depot": key}
    assert bureau.navigateur.post(f"{bureau.base}/objectifs", **new).status_code == 303
    return f"{bureau.base}/objectifs/{key}"


def test_of_a_goal_the_losing_words_wait_with_their_small_steps(bureau, collegue, objectif: str) -> None:
    navigateur, said = bureau.navigateur, {"theme": "formation", "statut": "en_cours", "version": "1"}
    ref = re.search(r'name="pas-0-ref" value="([^"]+)"', navigateur.get(objectif).text)[1]
    same = {"pas-0-ref": ref, "pas-0-mots": "Appeler"}
    theirs = {"pas-1-mots": "Visiter le fournil"}
    assert collegue.post(objectif, **said, **same, **theirs, mots_jeune=SIENS).status_code == 303
    stale = navigateur.post(objectif, **said, **same, mots_jeune=MIENS)
    assert stale.status_code == 409
    assert "Visiter" in stale.text
    page = press(navigateur, stale.text, "Enregistrer ma version")
    assert "Un objectif a deux versions." in page
    for somebody in (navigateur, collegue):
        (voir,) = re.findall(r'href="([^"]+/propositions/[^"]+)"', somebody.get(bureau.base).text)
        both = somebody.get(voir).text
        for text in ("gare", "marché", "Visiter"):
            assert text in both
    press(collegue, both, "Adopter cette version")
    page = navigateur.get(bureau.base).text
    assert "Visiter le fournil" in page
    assert [step.id for step in bureau.read(PetitPas) if step.id == UUID(ref)], "a step that both kept is the same one"
    (left,) = bureau.read(Proposition)
    assert left.auteur_id == bureau.agent.id


def test_a_goal_that_goes_takes_its_other_versions_and_brings_them_back(bureau, collegue, objectif: str) -> None:
    said = {"theme": "formation", "statut": "en_cours", "version": "1"}
    assert collegue.post(objectif, **said, mots_jeune=SIENS).status_code == 303
    press(
        bureau.navigateur,
        bureau.navigateur.post(objectif, **said, mots_jeune=MIENS).text,
        "Garder l’autre, proposer la mienne",
    )
    page = bureau.navigateur.get(bureau.navigateur.post(f"{objectif}/supprimer", version="2").location).text
    assert bureau.read(Proposition) == []
    undo = re.search(r'action="(/actes/[^"]+/annuler)"', page)[1]
    assert bureau.navigateur.post(undo).status_code == 303
    assert len(bureau.read(Proposition)) == 1


def test_of_what_a_dossier_says_the_losing_answers_wait(bureau: Bureau, collegue: Navigateur) -> None:
    url = f"{bureau.base}/reperes"
    page = bureau.navigateur.get(url).text
    shown = {"version": re.search(r'name="version" value="([^"]+)"', page)[1], "sexe": "femme", "origine": ""}
    shown["territoire_id"] = re.search(r'<option selected value="(\d+)"', page)[1]
    assert collegue.post(url, **shown, diplome="niveau_3").status_code == 303
    stale = bureau.navigateur.post(url, **shown, diplome="niveau_4")
    assert stale.status_code == 409
    assert "<mark>BEP</mark>" in stale.text
    page = press(bureau.navigateur, stale.text, "Garder l’autre, proposer la mienne")
    assert "Ce que dit le dossier a deux versions." in page
    (voir,) = re.findall(r'href="([^"]+/propositions/[^"]+)"', collegue.get(bureau.base).text)
    press(collegue, collegue.get(voir).text, "Adopter cette version")
    with bureau.house.database.reading() as session:
        assert session.get(Dossier, bureau.dossier_id).diplome is Diplome.NIVEAU_4


def test_a_partner_sees_no_version_of_a_theme_that_is_not_theirs(bureau: Bureau, compte, ouvrir, objectif: str) -> None:
    agent, navigateur = compte(Role.INTERVENANT), ouvrir()
    with bureau.house.database.writing() as session:
        partner = session.get(Agent, agent.id)
        partner.structure_id = make_structure(session).id
        session.add(
            MembreEquipe(dossier_id=bureau.dossier_id, agent_id=agent.id, depuis=TODAY, finalite=Finalite.INSERTION)
        )
    navigateur.sign_in(agent)
    said = {"statut": "en_cours", "version": "1"}
    assert navigateur.post(objectif, **said, theme="formation", mots_jeune=SIENS).status_code == 303
    stale = bureau.navigateur.post(objectif, **said, theme="logement", mots_jeune="Quitter le foyer.")
    press(bureau.navigateur, stale.text, "Garder l’autre, proposer la mienne")
    (kept,) = bureau.read(Proposition)
    assert kept.autre_id == agent.id
    assert "deux versions" not in navigateur.get(bureau.base).text
    assert navigateur.get(f"{bureau.base}/propositions/{kept.id}").status_code == 404
    assert bureau.navigateur.get(f"{bureau.base}/propositions/{kept.id}").status_code == 200


def _address(bureau: Bureau, objet: str) -> str:
    page = bureau.navigateur.get(f"{bureau.base}/representants" if objet == "representant" else bureau.base).text
    what = "representants" if objet == "representant" else "contacts-prevus"
    return re.search(rf'"({bureau.base}/{what}/[0-9a-f-]{{36}})', page)[1]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"objet": "inconnu"},
        {"objet": "etape", "ligne": "x"},
        {"objet": "etape", "ligne": "{etape}", "depot": "x", "genre": "formation", "statut": "en_cours"},
        {"objet": "etape", "ligne": "{etape}", "depot": "{uuid}", "genre": "formation", "statut": "volant"},
    ],
)
def test_what_no_page_sent_is_not_kept(bureau: Bureau, etape: str, sent: dict[str, str]) -> None:
    here = {"etape": etape.rsplit("/", 1)[1], "uuid": str(uuid4())}
    given = {name: value.format(**here) for name, value in sent.items()}
    assert bureau.navigateur.post(f"{bureau.base}/propositions", **given).status_code in {400, 422}
    assert bureau.read(Proposition) == []


def test_a_version_of_what_one_may_not_edit_does_not_exist(bureau: Bureau, collegue: Navigateur) -> None:
    """A note is its author's to correct: no colleague leaves another version of it, nor reads one."""
    key = uuid4()
    new = {"resultat": "echange_fait", "canal": "telephone", "quand": "aujourdhui", "visibilite": "mon_equipe"}
    assert bureau.navigateur.post(f"{bureau.base}/suivis", **new, mots=SIENS, depot=str(key)).status_code == 303
    sent = {"objet": "suivi", "ligne": str(key), "depot": str(uuid4()), **new, "mots": MIENS}
    assert collegue.post(f"{bureau.base}/propositions", **sent).status_code == 404
    assert bureau.read(Proposition) == []


def test_versions_are_kept_found_and_settled_alike_on_both_engines(maison: Any) -> None:
    ligne, keys = uuid4(), [uuid4() for _ in range(EN_ATTENTE_AU_PLUS + 1)]
    with maison.database.writing() as session:
        here = make_structure(session)
        one, two, three = (make_agent(session, here) for _ in range(3))
        dossier = make_dossier(session, maison, here, referent=one)
    acteur = Acteur.agent(one.id, here.id)

    def keep(key: UUID) -> None:
        with maison.database.writing() as session:
            services_propositions.keep_proposition(
                session, session.get(Dossier, dossier.id), proposition_id=key, objet=ObjetProposition.ETAPE,
                ligne_id=ligne, contenu=b"\x00", auteur_id=one.id, autre_id=two.id, acteur=acteur, now=NOW,
            )  # fmt: skip

    for key in [*keys[:-1], keys[0]]:
        keep(key)
    with pytest.raises(DomainError, match="propositions_trop_nombreuses"):
        keep(keys[-1])
    with maison.database.writing() as session:
        seen = [len(propositions_of(session, dossier.id, agent_id=agent.id)) for agent in (one, two, three)]
        assert seen == [EN_ATTENTE_AU_PLUS, EN_ATTENTE_AU_PLUS, 0]
        assert find_proposition(session, dossier.id, keys[0], agent_id=three.id) is None
        given, who = session.get(Dossier, dossier.id), {"adoptee": False, "now": NOW}
        settle, stranger = services_propositions.settle_proposition, Acteur.agent(three.id, here.id)
        assert not settle(session, given, proposition_id=keys[0], acteur=stranger, **who)
        assert settle(session, given, proposition_id=keys[0], acteur=Acteur.agent(two.id, here.id), **who)
        assert not settle(session, given, proposition_id=keys[0], acteur=acteur, **who)
