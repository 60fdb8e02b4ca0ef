"""Whoever no longer sees a dossier reads again what they were writing there, and nothing else of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from app.accounts.models import Brouillon
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.parcours.models import Suivi
from app.referents.models import MembreEquipe
from tests.accounts.conftest import Navigateur
from tests.accounts.test_brouillons import drafts
from tests.factories import TODAY
from tests.referents.conftest import Equipe

MOTS = "Vue place Bissy.\nElle cherche un stage."
SUIVI = {"canal": "presence_rue", "resultat": "echange_fait", "mots": MOTS}
SignedIn = Callable[[str], Navigateur]


@pytest.fixture
def omar(bureau: Equipe, house: Any, signed_in: SignedIn) -> Navigateur:
    """A member of the team, who sees the dossier."""
    with house.database.writing() as session:
        session.add(MembreEquipe(dossier_id=bureau.dossier.id, agent_id=bureau.omar.id, depuis=TODAY))
    return signed_in("omar")


def leave(bureau: Equipe, house: Any) -> None:
    with house.database.writing() as session:
        session.execute(delete(MembreEquipe).where(MembreEquipe.agent_id == bureau.omar.id))


def named(page: str) -> str:
    return re.search(r'name="brouillon" value="([^"]+)"', page)[1]


def test_the_draft_of_a_dossier_that_was_lost_is_read_on_its_own_page(
    bureau: Equipe, house: Any, omar: Navigateur, signed_in: SignedIn, rows: Callable[[type], list]
) -> None:
    form = f"/dossiers/{bureau.dossier.code}/suivis"
    draft = named(omar.get(f"{form}/nouveau").text)
    assert omar.post("/brouillons/en-cours", **SUIVI, brouillon=draft, **{"brouillon-page": form}).status_code == 200
    back = omar.post(f"/brouillons/{draft}/reprendre").location
    assert MOTS in omar.get(back).text, "while they see it, it comes back in its form"
    leave(bureau, house)
    assert omar.get(f"{form}/nouveau").status_code == 404
    lost = omar.get(omar.post(f"/brouillons/{draft}/reprendre").location)
    assert (lost.status_code, lost.location) == (303, f"/brouillons/{draft}")
    page = omar.get(lost.location).text
    assert MOTS in page
    assert "Vous ne voyez plus ce dossier, ou il a changé d’adresse." in page
    assert "presence_rue" not in page
    last = rows(EntreeJournal)[-1]
    assert (last.action, last.dossier) == (Action.BROUILLON_REPRIS, None)
    assert signed_in("lea").get(lost.location).status_code == 404, "theirs alone"
    assert signed_in("lea").get(f"{form}?brouillon={draft}").status_code == 404
    assert omar.post(f"/brouillons/{draft}/supprimer").location == "/brouillons"
    assert omar.get(lost.location).status_code == 404


def test_what_they_read_again_never_says_who_it_was_about(bureau: Equipe, house: Any, omar: Navigateur) -> None:
    form, draft = f"/dossiers/{bureau.dossier.code}/identite", str(uuid4())
    identity = {"prenom": "Zélie", "nom": "Quatremoulin", "telephone": "06 12 34 56 78"}
    assert omar.post("/brouillons/en-cours", **identity, brouillon=draft, **{"brouillon-page": form}).status_code == 200
    leave(bureau, house)
    page = omar.get(f"/brouillons/{draft}").text
    assert "Il n’y avait pas de phrase" in page
    assert [said for said in identity.values() if said in page] == []


@pytest.mark.parametrize("there", [True, False])
def test_what_is_sent_to_a_dossier_that_was_lost_or_never_was_is_kept_and_answered_alike(
    bureau: Equipe, house: Any, omar: Navigateur, rows: Callable[[type], list], there: bool
) -> None:
    form = f"/dossiers/{bureau.dossier.code}/suivis"
    draft = named(omar.get(f"{form}/nouveau").text)
    leave(bureau, house)
    form = form if there else "/dossiers/ZZZ-ZZZ/suivis"
    with house.database.reading() as session:
        before = session.scalars(select(Suivi.id)).all()
    answer = omar.post(form, **SUIVI, depot=str(uuid4()), brouillon=draft)
    assert answer.status_code == 404
    assert 'gardé dans <a href="/brouillons">vos brouillons</a>' in answer.text
    assert bureau.dossier.code not in answer.text
    (kept,) = drafts(rows)
    assert (str(kept.id), kept.chemin) == (draft, form)
    assert [row.id for row in rows(Suivi)] == list(before)
    lost = omar.get(f"{form}?brouillon={draft}")
    assert lost.location == f"/brouillons/{draft}"
    assert MOTS in omar.get(lost.location).text


def test_an_address_that_is_none_of_ours_or_an_empty_form_keeps_nothing(
    omar: Navigateur, rows: Callable[[type], list]
) -> None:
    for path, said in (("/nulle/part", SUIVI), ("/dossiers/ZZZ-ZZZ/suivis", {"depot": str(uuid4()), "mots": " "})):
        answer = omar.post(path, **said)
        assert (answer.status_code, "gardé" in answer.text) == (404, False)
    assert rows(Brouillon) == []
    assert omar.get(f"/dossiers/ZZZ-ZZZ/suivis?brouillon={uuid4()}").status_code == 404
