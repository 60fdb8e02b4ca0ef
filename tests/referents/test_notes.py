"""Who reads the words of a note: three circles, and its author always."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.accounts.models import Agent
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import Visibilite
from app.referents.policies import may_read_note
from app.referents.queries import DossierVisible
from app.referents.vocabulaire import Relation
from tests.conftest import NOW

AUTEUR, LECTEUR = 1, 2
ICI, AILLEURS = 10, 20
MEMBRE, REFERENT, COORDINATEUR = Relation.MEMBRE, Relation.REFERENT, Relation.COORDINATEUR
EQUIPE, SUIVI, RESERVE = Visibilite.MON_EQUIPE, Visibilite.EQUIPE_SUIVI, Visibilite.REFERENT_COORDINATEUR


def reads(
    visibilite: Visibilite,
    relation: Relation,
    *,
    reader: int = LECTEUR,
    structure: int = ICI,
    covers: int | None = None,
    sorti_le: datetime | None = None,
    **auteur,
) -> bool:
    given = {"auteur_id": AUTEUR, "auteur_structure_id": ICI, "ecrite_le": NOW} | auteur
    equipes = frozenset({structure, covers} - {None})
    vu = DossierVisible(Dossier(), Etat(), relation, equipes=equipes, sorti_le=sorti_le)
    return may_read_note(visibilite, vu, Agent(id=reader, structure_id=structure), **given)


@pytest.mark.parametrize("visibilite", list(Visibilite))
def test_an_author_reads_their_own_words(visibilite: Visibilite) -> None:
    assert reads(visibilite, MEMBRE, reader=AUTEUR, structure=AILLEURS)


@pytest.mark.parametrize(
    ("visibilite", "relation", "structure", "expected"),
    [
        (EQUIPE, MEMBRE, ICI, True),
        (EQUIPE, COORDINATEUR, ICI, True),
        (EQUIPE, REFERENT | MEMBRE, AILLEURS, False),
        (SUIVI, MEMBRE, AILLEURS, True),
        (SUIVI, COORDINATEUR, AILLEURS, True),
        (RESERVE, MEMBRE, ICI, False),
        (RESERVE, MEMBRE, AILLEURS, False),
        (RESERVE, REFERENT | MEMBRE, AILLEURS, True),
        (RESERVE, COORDINATEUR, ICI, True),
    ],
)
def test_three_circles(visibilite: Visibilite, relation: Relation, structure: int, expected: bool) -> None:
    assert reads(visibilite, relation, structure=structure) is expected


@pytest.mark.parametrize("visibilite", [EQUIPE, RESERVE])
def test_a_note_without_an_author_is_not_thereby_open(visibilite: Visibilite) -> None:
    assert not reads(visibilite, MEMBRE, auteur_id=None, auteur_structure_id=None)


def test_who_covers_reads_what_the_absent_one_reads() -> None:
    assert reads(EQUIPE, Relation.SUPPLEANT, structure=AILLEURS, covers=ICI)
    assert reads(RESERVE, Relation.SUPPLEANT, structure=AILLEURS, covers=ICI)
    assert not reads(EQUIPE, Relation.SUPPLEANT, structure=AILLEURS, covers=30)


def test_a_former_referent_reads_what_was_reserved_in_their_time_and_nothing_since() -> None:
    gone = {"relation": Relation.ANCIEN, "sorti_le": NOW}
    assert reads(RESERVE, **gone, ecrite_le=NOW - timedelta(days=1))
    assert not reads(RESERVE, **gone, ecrite_le=NOW + timedelta(seconds=1))
