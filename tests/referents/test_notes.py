"""Who reads the words of a note: three circles, and its author always."""

from __future__ import annotations

import pytest

from app.accounts.models import Agent
from app.parcours.vocabulaire import Visibilite
from app.referents.policies import may_read_note
from app.referents.vocabulaire import Relation

AUTEUR, LECTEUR = 1, 2
ICI, AILLEURS = 10, 20
MEMBRE, REFERENT, COORDINATEUR = Relation.MEMBRE, Relation.REFERENT, Relation.COORDINATEUR
EQUIPE, SUIVI, RESERVE = Visibilite.MON_EQUIPE, Visibilite.EQUIPE_SUIVI, Visibilite.REFERENT_COORDINATEUR


def reads(visibilite: Visibilite, relation: Relation, *, reader: int = LECTEUR, structure: int = ICI, **auteur) -> bool:
    given = {"auteur_id": AUTEUR, "auteur_structure_id": ICI} | auteur
    return may_read_note(visibilite, relation, Agent(id=reader, structure_id=structure), **given)


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
