"""The prepared handover note: the facts of the journey, nothing reserved, nothing sensitive, never too long."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parcours import services_etapes, services_objectifs, services_suivis
from app.parcours.models import Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.services_objectifs import Dit
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    Canal,
    GenreEtape,
    Resultat,
    Situation,
    StatutEtape,
    Theme,
    Visibilite,
)
from app.parcours.vocabulaire_actes import MotifAttente
from app.referents import services
from app.referents.forms import NOTE_AU_PLUS
from app.referents.rules_resume import FINALITES_DITES, GENRES_DITS, THEMES_DITS, EtapeDite, Resume, Suiveur, sum_up
from app.referents.services_danger import note_transmission
from app.referents.views_resume_mots import A_COMPLETER, PREPAREE_AU_PLUS, note
from app.referents.vocabulaire import SENSIBLES, Finalite
from app.referents.vocabulaire_urgence import Destinataire, GenreTransmission, Parents
from app.vault.places import Place
from tests.accounts.conftest import Navigateur
from tests.conftest import NOW
from tests.factories import TODAY
from tests.referents.conftest import Equipe, statements
from tests.referents.test_pages_relais import NOTE, address, fill, history

JOUR = st.dates(date(2020, 1, 1), date(2030, 12, 31))
INSTANT = JOUR.map(lambda jour: datetime.combine(jour, time(12), tzinfo=UTC))
NOM = st.text("abé’", min_size=1, max_size=80)
PERSONNE = {
    "agent_id": st.integers(1, 99),
    "prenom": NOM,
    "nom": NOM,
    "structure": st.text("Sé ", min_size=1, max_size=120),
}


def some(**columns) -> st.SearchStrategy:
    return st.lists(st.builds(SimpleNamespace, **columns), max_size=12)


@st.composite
def steps(draw) -> list[SimpleNamespace]:
    rows = draw(some(genre=st.sampled_from(GenreEtape), statut=st.sampled_from(StatutEtape), debut=JOUR, fin=st.none(),
                     fin_prevue=st.none() | JOUR))  # fmt: skip
    for row in rows:
        row.fin = row.debut + timedelta(days=draw(st.integers(0, 400))) if row.statut in STATUTS_FINIS else None
    return rows


JOURNEY = st.fixed_dictionaries(
    {
        "affectations": some(**PERSONNE, debut=INSTANT, fin=st.none() | INSTANT, refusee_le=st.none() | INSTANT),
        "etapes": steps(),
        "objectifs": some(theme=st.sampled_from(Theme), echeance=st.none() | JOUR),
        "dernier": st.none() | st.builds(SimpleNamespace, jour=JOUR, canal=st.sampled_from(Canal), prenom=NOM, nom=NOM),
        "contacts": some(jour=JOUR, canal=st.none() | st.sampled_from(Canal), prenom=NOM, nom=NOM, suit=st.booleans()),
        "attente": st.none() | st.builds(SimpleNamespace, motif=st.sampled_from(MotifAttente), jusqu_au=JOUR),
        "equipe": some(**PERSONNE, finalite=st.none() | st.sampled_from(Finalite)),
    }
)
DOSSIER = SimpleNamespace(ouvert_le=date(2025, 9, 1))
ETAT = SimpleNamespace(situation=Situation.DECROCHAGE, situation_depuis=date(2026, 1, 10), confirmee_le=None)


def written(journey: dict, alertes: tuple[str, ...] = ()) -> str:
    return note(sum_up(DOSSIER, ETAT, today=TODAY, **journey), alertes=alertes, representants=True)


@given(journey=JOURNEY, alertes=st.lists(NOM, max_size=21))
def test_it_always_fits_as_a_browser_sends_it_and_begins_with_the_lines_to_complete(journey, alertes) -> None:
    texte = written(journey, tuple(alertes))
    sent = texte.replace("\n", "\r\n")
    assert len(sent) <= PREPAREE_AU_PLUS < NOTE_AU_PLUS
    assert texte.startswith("\n".join(A_COMPLETER) + "\n\nOù on en est\n")


@given(journey=JOURNEY, other=JOURNEY)
def test_what_is_sensitive_changes_not_a_letter_of_it(journey, other) -> None:
    told = written(journey)
    for name, hidden in (
        ("etapes", [row for row in other["etapes"] if row.genre not in GENRES_DITS]),
        ("objectifs", [row for row in other["objectifs"] if row.theme not in THEMES_DITS]),
    ):
        assert written(journey | {name: [*journey[name], *hidden]}) == told
    for row in journey["equipe"]:
        row.finalite = row.finalite if row.finalite in FINALITES_DITES else None
    assert written(journey) == told


def test_housing_health_family_money_and_justice_are_what_is_sensitive() -> None:
    assert frozenset(GenreEtape) - GENRES_DITS == frozenset(SENSIBLES)
    assert {Theme.LOGEMENT, Theme.SANTE_ACCES, Theme.FAMILLE, Theme.RESSOURCES, Theme.JUSTICE_PRISE_EN_COMPTE} <= (
        frozenset(Theme) - THEMES_DITS
    )
    assert frozenset(Finalite) - FINALITES_DITES == {Finalite.LOGEMENT, Finalite.SOINS_DROITS, Finalite.FAMILLE}


NADIA = Suiveur("Nadia Brun", "Mission locale", date(2026, 2, 1), None)
RESUME = Resume(
    depuis=date(2025, 9, 1), referents=[NADIA], situation=Situation.IAE, situation_depuis=date(2026, 1, 10),
    confirmee_le=None, en_cours=[], prevues=[], terminees=[], objectifs=[], dernier=None, rendez_vous=[],
    sans_suite=[], attente=None, equipe=[],
)  # fmt: skip


def test_it_reads_as_sentences() -> None:
    omar = Suiveur("Omar Diallo", "Mission locale", date(2025, 9, 1), date(2026, 2, 1))
    step = EtapeDite("Chantier éducatif", StatutEtape.EN_ATTENTE, date(2026, 1, 10), date(2026, 6, 30))
    said = replace(
        RESUME,
        referents=[NADIA, omar],
        en_cours=[step],
        objectifs=[(Theme.EMPLOI, date(2026, 6, 1)), (Theme.MOBILITE, None)],
        attente=(MotifAttente.RENTREE, date(2026, 9, 1)),
    )
    assert note(said, alertes=["Silence"], representants=False).replace("\xa0", " ").replace("\u202f", " ") == (
        "Ce qui marche avec ce jeune : \nCe qu’il ne faut pas oublier : \nCe qui reste à faire : \n\n"
        "Où on en est\n"
        "Suivi depuis le 1er septembre 2025.\n"
        "Référent : Nadia Brun (Mission locale), depuis le 1er février 2026.\n"
        "Avant : Omar Diallo (Mission locale), du 1er septembre 2025 au 1er février 2026.\n"
        "Situation : insertion par l’activité économique depuis le 10 janvier 2026.\n"
        "En cours : chantier éducatif depuis le 10 janvier 2026, en attente, fin prévue le 30 juin 2026.\n"
        "Aucun échange n’est noté.\n\n"
        "Ce qui est prévu\n"
        "Objectifs : emploi, pour le 1er juin 2026 ; mobilité, sans date.\n"
        "En attente jusqu’au 1er septembre 2026 : attend une rentrée ou un début déjà fixé.\n"
        "Alertes ouvertes : silence.\n\n"
        "Avec qui\n"
        "Représentants légaux : aucun n’est noté."
    )


def test_a_long_list_says_how_many_it_leaves_out_and_a_refused_handover_was_none() -> None:
    rows = [SimpleNamespace(theme=Theme.EMPLOI, echeance=None)] * 8
    refused = SimpleNamespace(
        agent_id=1, prenom="Léa", nom="Roux", structure="PLIE", debut=NOW, fin=NOW + timedelta(days=1), refusee_le=NOW
    )
    empty = {"affectations": [refused], "etapes": [], "dernier": None, "contacts": [], "attente": None, "equipe": []}
    texte = written(empty | {"objectifs": rows})
    assert texte.count("emploi, sans date") == 5
    assert "et 3 de plus." in texte
    assert "Roux" not in texte


def typed_in(page: str) -> str:
    """What the text area of the note holds."""
    return unescape(re.search(r'<textarea[^>]*name="note"[^>]*>\r?\n?(.*?)</textarea>', page, re.DOTALL)[1])


@pytest.fixture
def nadia(signed_in) -> Navigateur:
    return signed_in("nadia")


def write(bureau: Equipe, many: int = 1, since: int = 0) -> None:
    """A journey that holds something of everything, words that are reserved and a danger among it."""
    keys = bureau.maison.vault.keys([bureau.dossier.uid])

    def sealed(texte: str, place: Place, row) -> bytes:
        return keys.seal(bureau.dossier.uid, {"texte": texte}, place=place, row=row)

    with bureau.maison.database.writing() as session:
        dossier = session.get(Dossier, bureau.dossier.id)
        common = {"acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        for number in range(since, since + many):
            suivi, contact, goal = uuid4(), uuid4(), uuid4()
            services_suivis.log_suivi(
                session, dossier, agent=bureau.nadia, jour=TODAY, canal=Canal.TELEPHONE, resultat=Resultat.ECHANGE_FAIT,
                suivi_id=suivi, depot=suivi, note=sealed("Mot réservé", Place.NOTE, suivi),
                visibilite=Visibilite.REFERENT_COORDINATEUR, **common,
            )  # fmt: skip
            services_suivis.plan_contact(
                session, dossier, agent=bureau.nadia, jour=TODAY + timedelta(days=7 + number), contact_id=contact,
                depot=contact, objet=sealed("Objet scellé", Place.PREVU, contact), **common,
            )  # fmt: skip
            services_objectifs.write_objectif(
                session, dossier, agent=bureau.nadia, objectif_id=goal, depot=goal, pas=[],
                dit=Dit(Theme.EMPLOI, None, sealed("Mots du jeune", Place.OBJECTIF_JEUNE, goal), None),
                same_words=lambda *_: False, same_steps=lambda *_: False, **common,
            )  # fmt: skip
            for genre in (GenreEtape.CHANTIER_EDUCATIF, GenreEtape.LOGEMENT):
                step = uuid4()
                done = Faits(
                    genre,
                    StatutEtape.TERMINEE,
                    TODAY - timedelta(days=3 * number + 3),
                    TODAY - timedelta(days=3 * number + 2),
                )
                services_etapes.add_etape(session, dossier, faits=done, etape_id=step, depot=step, **common)
        row = uuid4()
        words = sealed("Ce qui fut transmis", Place.TRANSMISSION, row)
        note_transmission(
            session, dossier, jour=TODAY, genre=GenreTransmission.INFORMATION_PREOCCUPANTE, depot=row,
            destinataire=Destinataire.CRIP, parents=Parents.INFORMES, texte=words, same_texte=lambda _: False, **common,
        )  # fmt: skip


def test_the_form_begins_with_the_journey_and_nothing_sealed_or_reserved_is_in_it(bureau: Equipe, nadia) -> None:
    write(bureau)
    with bureau.maison.database.writing() as session:
        who = {"acteur": bureau.acteur(bureau.nadia), "now": NOW, "today": TODAY}
        services.join_team(session, session.get(Dossier, bureau.dossier.id), agent=bureau.omar, **who)
    page = nadia.get(address(bureau)).text
    texte = typed_in(page)
    for fact in (
        bureau.nadia.nom_complet,
        bureau.omar.nom_complet,
        "chantier éducatif",
        "téléphone",
        "emploi",
        "24 mars",
    ):
        assert fact in texte
    for word in ("réservé", "scellé", "Mots du jeune", "transmis", "préoccupante", "CRIP", "ogement"):
        assert word not in texte
    assert "Préparé d’après le dossier" in page


def test_the_coordinateur_finds_it_ready_and_a_dossier_without_any_referent_too(bureau: Equipe, signed_in) -> None:
    assert "Où on en est" in typed_in(signed_in("coordinatrice").get(address(bureau)).text)


@pytest.mark.parametrize("said", ["", "Mes mots à moi."])
def test_what_was_typed_comes_back_as_it_was_even_when_all_was_taken_out(bureau: Equipe, nadia, said: str) -> None:
    page = nadia.get(address(bureau)).text
    refused = nadia.post(address(bureau), **fill(bureau, page, agent="", note=said))
    assert refused.status_code == 422
    assert typed_in(refused.text) == said
    # the help beside the field is the same: a reader of screens is not told two things of one field
    assert "Préparé d’après le dossier" in refused.text


def test_a_draft_wins_over_what_is_prepared(bureau: Equipe, nadia) -> None:
    page = nadia.get(address(bureau)).text
    draft = re.search(r'name="brouillon" value="([^"]+)"', page)[1]
    kept = {"brouillon": draft, "brouillon-page": address(bureau), "note": NOTE, "depot": str(uuid4())}
    assert nadia.post("/brouillons/en-cours", **kept).status_code == 200
    assert draft in nadia.get(address(bureau)).text
    assert typed_in(nadia.get(f"{address(bureau)}?brouillon={draft}").text) == NOTE


def test_it_is_kept_as_it_is_when_nobody_mends_it(bureau: Equipe, nadia) -> None:
    write(bureau, 6)
    page = nadia.get(address(bureau)).text
    sent = fill(bureau, page, note=typed_in(page).replace("\n", "\r\n"))
    assert nadia.post(address(bureau), **sent).status_code == 303
    assert history(bureau)[0].note


def test_the_page_costs_as_much_whatever_the_journey_holds(bureau: Equipe, nadia) -> None:
    engines, costs = bureau.maison.database.engines, []
    for many, since in ((1, 0), (6, 1)):
        write(bureau, many, since)
        nadia.get(address(bureau))
        with statements(engines.read, engines.keys) as sent:
            assert nadia.get(address(bureau)).status_code == 200
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 17, sent
