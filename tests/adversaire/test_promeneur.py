"""T11 to T13 over HTTP, and a manager who walks through every page for thirteen quarters to find one person."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select

from app.accounts import passwords
from app.cohortes.filtres import Critere
from app.cohortes.models import AJOUT_SEUL, Publication
from app.cohortes.rules_cellules import SEUIL
from app.cohortes.rules_treillis import Cle
from tests.adversaire import gels
from tests.adversaire.conftest import Monde
from tests.adversaire.population import DERNIER, PREMIER
from tests.adversaire.promeneur import hire, main_of, served, sign_in, walk
from tests.http.conftest import MOT_DE_PASSE

AU_PLUS = 110  # addresses of one walk through the last vintage
PAR_TRIMESTRE = 30
NULLE_PART = (
    "territoire=2&sexe=femme&age=16-17", "territoire=2&territoire=3", "territoire=2,3", "territoire=2&sexe=femme,homme",
    "entree=2023-2025", "entree=%3E2023", "sexe=-femme", "sexe!=femme", "sexe=sauf-femme", "territoire=999",
    "entree=1999", "age=16-18", "trimestre=8092", "mois=3", "sexe=", "quartier=2", "territoire=02", "territoire=2%20",
)  # fmt: skip
BRUTES = ("etape", "suivi", "situation_mois", "etat", "entree_cohorte", "dossier")


@pytest.fixture(scope="module")
def protege() -> str:
    return passwords.protect(MOT_DE_PASSE)


@pytest.fixture
def folder(petit_monde: Monde, tmp_path: Path) -> Path:
    return gels.copy(petit_monde.fin, tmp_path / "instance")


def test_an_address_that_is_no_cohort_is_nowhere(folder: Path, protege: str):
    """T11: the same answer to each, whatever was asked."""
    with served(folder, DERNIER) as app:
        client = sign_in(app, hire(app, protege))
        pages = ("/cohortes/cohorte", "/cohortes/export.csv", "/cohortes/export.xlsx", "/cohortes/fiche")
        found = {}
        for page in pages:
            for asked in NULLE_PART:
                answer = client.get(f"{page}?{asked}")
                found[page, asked] = answer.status_code, main_of((answer.status_code, answer.text))
        assert {status for status, _ in found.values()} == {404}
        assert len({str(body) for _, body in found.values()}) == 1
        assert client.get("/cohortes/cohorte?territoire=2&sexe=femme").status_code == 200


def test_pages_stay_the_same_when_everything_but_the_ledger_is_changed(folder: Path, protege: str):
    """T12: nobody's dossier, step, month or frozen headcount reaches a page, a title, a file."""
    with served(folder, DERNIER) as app:
        courriel = hire(app, protege)
        before = walk(sign_in(app, courriel), most=AU_PLUS)
    _scramble(folder / "parcours.db")
    with served(folder, DERNIER) as app:
        after = walk(sign_in(app, courriel), most=AU_PLUS)
    assert before.keys() == after.keys()
    # one's own account says when one last came in
    assert {url for url, page in before.items() if after[url] != page} <= {"/mon-compte"}
    assert sum(url.startswith("/cohortes/cohorte") for url in before) > 10
    assert any(".csv" in url for url in before)
    assert any(".xlsx" in url for url in before)


def test_two_managers_read_the_same_cells(folder: Path, protege: str):
    """T13: from different structures."""
    with served(folder, DERNIER) as app:
        one, two = (walk(sign_in(app, hire(app, protege)), most=AU_PLUS) for _ in range(2))
    pages = [url for url in one if url.startswith("/cohortes")]
    assert len(pages) > 20
    assert [url for url in pages if main_of(one[url]) != main_of(two[url])] == []


def test_thirteen_quarters_of_walks_never_bring_one_person_alone(
    petit_monde: Monde, prepared_instance: Path, tmp_path: Path, protege: str, record_property
):
    """Whatever page changes from one quarter to the next, those who came into it are none or at least eleven."""
    ville, folder = petit_monde.ville, gels.copy(prepared_instance, tmp_path / "marche")
    walks, cuts = [], []
    with gels.installation(folder) as house:
        gels.begin(house)
    with served(folder, PREMIER) as app:
        courriel = hire(app, protege)
    for trimestre in range(PREMIER, DERNIER + 1):
        with served(folder, trimestre) as app:
            gels.live(app.extensions["parcours"], ville, trimestres=[trimestre])
            walks.append(walk(sign_in(app, courriel), most=PAR_TRIMESTRE))
            cuts.append(_latest(app))
    changed = 0
    for before, after, old, new in zip(walks, walks[1:], cuts, cuts[1:], strict=False):
        for url in before.keys() & after.keys():
            cle = _cohort(url)
            if cle is None or main_of(before[url]) == main_of(after[url]) or cle.code not in old:
                continue
            more = ville.members(cle, new[cle.code]) & ~ville.members(cle, old[cle.code])
            assert more.sum() == 0 or more.sum() >= SEUIL
            changed += 1
    assert changed > 50
    record_property("adversaire", ("13 a person alone in a change, thirteen walks", "ledger 600", f"0 of {changed}"))


def _latest(app) -> dict[str, int]:
    """The quarter at which each cohort is cut on its page."""
    with app.extensions["parcours"].database.reading() as session:
        rows = session.execute(select(Publication.cle, Publication.trimestre).order_by(Publication.trimestre))
        return dict(tuple(row) for row in rows)


def _cohort(url: str) -> Cle | None:
    parts = urlsplit(url)
    if parts.path != "/cohortes/cohorte":
        return None
    return Cle.of({Critere(name): value for name, value in parse_qsl(parts.query)})


def _scramble(database: Path) -> None:
    """Everything that the ledger was made of, gone or false."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        guards = connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, table in guards:
            if table in AJOUT_SEUL:
                connection.execute(f'DROP TRIGGER "{name}"')
        for table in BRUTES:
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE atome SET effectif = effectif + 1000")
    connection.close()
