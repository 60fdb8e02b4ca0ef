"""Several requests at once: one dossier for one form, one winner for one version, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from app.db.errors import StaleVersion
from app.jeunes.models import DemandeDoublon, Identite
from app.jeunes.queries import identite_of
from app.jeunes.services import edit_identite
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier
from tests.factories import TODAY
from tests.jeunes.conftest import Ville, common

TOGETHER = 4


def at_once(act) -> list:
    """What each of TOGETHER threads obtained; a refusal is an answer."""
    start = Barrier(TOGETHER)

    def run(number: int):
        start.wait()
        return act(number)

    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(run, range(TOGETHER)))


def test_a_form_sent_four_times_at_once_is_one_dossier(ville: Ville):
    accueil = ville.prepare()

    def send(number: int) -> int:
        with ville.maison.database.writing() as session:
            return ville.receive(session, accueil, ville.referent, referent_id=ville.referent.id).dossier.id

    assert len(set(at_once(send))) == 1
    with ville.maison.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Dossier)) == 1
        assert session.scalar(select(func.count()).select_from(Identite)) == 1


def test_of_four_edits_of_one_version_one_is_kept_and_three_are_told(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier_id = ville.welcome(session, ville.referent).id

    def edit(number: int) -> str:
        identite = {"prenom": f"Personne {number}"}
        informed = {"informe_le": TODAY, "informe_forme": FormeInformation.ORALE}
        blank = {"contact": {}, "annee_naissance": None, "anonymat_demande": False}
        try:
            with ville.maison.database.writing() as session:
                dossier = session.get(Dossier, dossier_id)
                given = {"identite": identite, **informed, **blank, **common(ville.referent)}
                edit_identite(session, ville.maison.vault, dossier, version=1, **given)
        except StaleVersion as stale:
            return f"told of {stale.current.identite['prenom']}"
        return identite["prenom"]

    answers = at_once(edit)
    kept = [answer for answer in answers if not answer.startswith("told")]
    assert len(kept) == 1
    assert answers.count(f"told of {kept[0]}") == TOGETHER - 1
    with ville.maison.database.reading() as session:
        fiche = identite_of(session, ville.maison.vault, session.get(Dossier, dossier_id))
        assert (fiche.identite["prenom"], fiche.version) == (kept[0], 2)


def test_one_author_who_insists_four_times_at_once_asks_once(ville: Ville):
    with ville.maison.database.writing() as session:
        ville.welcome(session, ville.referent)

    def ask(number: int) -> None:
        with ville.maison.database.writing() as session:
            assert ville.receive(session, ville.prepare(), ville.ailleurs).dossier is None

    at_once(ask)
    with ville.maison.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DemandeDoublon)) == 1
