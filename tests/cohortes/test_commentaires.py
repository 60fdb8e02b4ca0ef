"""What a manager writes beside a part of the report: one for each part of a year, never lost, always on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.vocabulaire import Role
from app.audit.models import EntreeJournal
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.cohortes.queries_commentaires import comments_of
from app.cohortes.services_commentaires import AUCUNE, delete_comment, write_comment
from app.db.errors import DomainError, StaleVersion
from tests.conftest import NOW
from tests.factories import make_agent, make_structure

PART = {"annee": 2026, "partie": "axe-12"}


@pytest.fixture
def chef(maison):
    with maison.database.writing() as session:
        return make_agent(session, make_structure(session), Role.RESPONSABLE)


@pytest.fixture
def who(chef) -> dict:
    return {"acteur": Acteur.agent(chef.id, chef.structure_id), "now": NOW}


def write(maison, chef, who, texte: str, version: int = AUCUNE) -> int:
    with maison.database.writing() as session:
        return write_comment(session, **PART, texte=texte, version=version, agent=chef, **who).version


def stored(maison) -> dict[str, tuple[str, int]]:
    with maison.database.reading() as session:
        return {part: (row.texte, row.version) for part, row in comments_of(session, 2026).items()}


def test_a_comment_is_written_then_corrected(maison, chef, who) -> None:
    assert write(maison, chef, who, " Deux chantiers de plus. ") == 1
    later = who | {"now": NOW + timedelta(days=1)}
    assert write(maison, chef, later, "Trois chantiers de plus.", version=1) == 2
    with maison.database.reading() as session:
        row = comments_of(session, 2026)["axe-12"]
        assert (row.texte, row.ecrit_par, row.ecrit_le) == ("Trois chantiers de plus.", chef.id, later["now"])
        assert comments_of(session, 2025) == {}


@pytest.mark.parametrize("version", [AUCUNE, 2, -1])
def test_what_another_wrote_meanwhile_is_not_written_over(maison, chef, who, version: int) -> None:
    write(maison, chef, who, "Le premier.")
    with pytest.raises(StaleVersion) as stale:
        write(maison, chef, who, "Le second.", version=version)
    assert stale.value.current.texte == "Le premier."
    assert stored(maison) == {"axe-12": ("Le premier.", 1)}


def test_what_was_deleted_meanwhile_is_told(maison, chef, who) -> None:
    with pytest.raises(StaleVersion) as stale:
        write(maison, chef, who, "Corrigé.", version=1)
    assert stale.value.current is None
    assert stored(maison) == {}


def test_a_refused_text_leaves_the_stored_one(maison, chef, who) -> None:
    write(maison, chef, who, "Sans personne.")
    with pytest.raises(DomainError):
        write(maison, chef, who, "Appelez le 06 39 98 12 34.", version=1)
    assert stored(maison) == {"axe-12": ("Sans personne.", 1)}


def test_deleting_needs_the_version_that_was_read_and_is_done_once(maison, chef, who) -> None:
    write(maison, chef, who, "À retirer.")
    with maison.database.writing() as session, pytest.raises(StaleVersion):
        delete_comment(session, **PART, version=2, **who)
    for _ in range(2):
        with maison.database.writing() as session:
            delete_comment(session, **PART, version=1, **who)
    assert stored(maison) == {}


def test_the_journal_says_which_part_never_what(maison, chef, who) -> None:
    write(maison, chef, who, "Deux chantiers de plus.")
    with maison.database.writing() as session:
        delete_comment(session, **PART, version=1, **who)
    with maison.database.reading() as session:
        lines = select(EntreeJournal.precision).where(EntreeJournal.action == Action.RAPPORT_COMMENTE)
        assert sorted(session.scalars(lines)) == ["2026.axe-12.ecrit", "2026.axe-12.retire"]
