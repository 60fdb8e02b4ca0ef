"""Sets as the ledger knows them: the same people are one set, and what is left of a whole is never a few."""

from __future__ import annotations

import numpy as np
import pytest

from app.cohortes import rules_ensembles
from app.cohortes.filtres import Critere
from app.cohortes.rules_ensembles import Atomes, Lieu, Registre
from app.cohortes.rules_porte import MauvaisTirage, Porte
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Raison

V = 2026 * 4
TOUT, FEMMES, HOMMES = Cle(), Cle.of({Critere.SEXE: "femme"}), Cle.of({Critere.SEXE: "homme"})
QUARTIER, COMMUNE = Cle.of({Critere.TERRITOIRE: "2"}), Cle.of({Critere.TERRITOIRE: "1"})


def town(*people: tuple[Lieu, int]) -> Atomes:
    return Atomes([lieu for lieu, _ in people], np.array([combien for _, combien in people]))


def lieu(
    *, trimestre: int = V, territoire: int = 2, sexe: str = "femme", age: str = "16-17", structure: int = 1
) -> Lieu:
    return Lieu(trimestre, territoire, 1 if territoire in (2, 3) else 0, sexe, age, structure)


def registre(atomes: Atomes) -> Registre:
    return Registre(atomes, seuils=[V, V - 2, V - 4])


def test_a_commune_holds_its_quarters_and_a_quarter_only_itself() -> None:
    atomes = town((lieu(), 20), (lieu(territoire=3), 15), (lieu(territoire=4), 12))
    assert [atomes.size(atomes.mask(cle, V)) for cle in (TOUT, COMMUNE, QUARTIER)] == [47, 35, 20]
    assert atomes.valeurs(V)[Critere.TERRITOIRE] == ["1", "2", "3", "4"]


def test_the_same_people_cut_at_two_quarters_are_one_set() -> None:
    atomes = town((lieu(trimestre=V - 4), 30), (lieu(trimestre=V - 4, sexe="homme"), 30))
    known = registre(atomes)
    known.admit(FEMMES, V)
    assert known.holds(FEMMES, V - 2)
    assert not known.has(FEMMES, V - 2)
    assert not known.holds(HOMMES, V)


def test_a_part_cut_later_still_leaves_a_rest_of_a_whole_cut_earlier() -> None:
    # who came in a year ago: 30 women and 35 men; half a year ago 4 women and 5 men, in two places each
    late = [(lieu(trimestre=V - 2, sexe=sexe, structure=s), n) for sexe, s, n in
            (("femme", 1, 2), ("femme", 2, 2), ("homme", 1, 2), ("homme", 2, 3))]  # fmt: skip
    before = [(lieu(trimestre=V - 4), 30), (lieu(trimestre=V - 4, sexe="homme"), 35)]
    known = registre(town(*before, *late))
    known.admit(FEMMES, V - 4)
    known.admit(HOMMES, V - 4)
    # the whole would leave the nine of them
    assert known.examine(TOUT, V - 2) in (Raison.RESTE, Raison.DEDUCTION)


def test_what_is_left_of_a_whole_without_its_parts_is_nobody_or_enough() -> None:
    # ten people of three structures whom no published set tells apart from each other, but all sets together leave
    three = [(lieu(sexe="autre", structure=s), n) for s, n in ((1, 4), (2, 3), (3, 3))]
    known = registre(town((lieu(), 40), (lieu(sexe="homme"), 40), *three))
    known.admit(TOUT, V)
    assert known.examine(FEMMES, V) is None
    known.admit(FEMMES, V)
    assert known.examine(HOMMES, V) in (Raison.RESTE, Raison.DEDUCTION)


@pytest.mark.parametrize("apres", [0, 1, 3])
def test_weights_that_see_nothing_are_drawn_again(monkeypatch: pytest.MonkeyPatch, apres: int) -> None:
    """Once in sixteen million; here after so many sets, for the first two draws."""

    class Malchance(Porte):
        def __init__(self, effectifs, *, tirage: int = 0) -> None:
            super().__init__(effectifs, tirage=tirage)
            self.reste = apres if tirage < 2 else 10_000

        def admit(self, membres) -> None:
            self.reste -= 1
            if self.reste < 0:
                raise MauvaisTirage
            super().admit(membres)

    people = [(lieu(territoire=t, sexe=sexe, age=age), 12 + t) for t in (2, 3, 4) for sexe in ("femme", "homme")
              for age in ("11-15", "16-17", "18-21")]  # fmt: skip
    atomes = town(*people)
    cles = [TOUT, FEMMES, HOMMES, COMMUNE, QUARTIER, Cle.of({Critere.AGE: "16-17"})]

    def judged() -> list[Raison | None]:
        known, found = registre(atomes), []
        for cle in cles:
            found.append(known.examine(cle, V))
            if found[-1] is None:
                known.admit(cle, V)
        return found

    lucky = judged()
    monkeypatch.setattr(rules_ensembles, "Porte", Malchance)
    assert judged() == lucky
    assert None in lucky
