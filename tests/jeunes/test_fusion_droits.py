"""A merge gives nobody more than was agreed, nor whom the young person does not want; undone, it leaves no trace."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Agent, Structure
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes.forms_fusion import REFUS
from app.jeunes.queries_doublons import hidden_twins
from app.jeunes.queries_fusion import followers
from app.jeunes.services import register
from app.parcours.models import Dossier
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents import services as referents
from app.referents import services_equipe
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Opposition
from app.referents.policies import may_merge
from app.referents.queries import load_visible, open_affectation
from app.referents.rules_equipe import Partage
from app.referents.vocabulaire import Finalite, MotifAffectation, Relation
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.jeunes.conftest import acteur_of, common
from tests.jeunes.test_concurrency import TOGETHER, at_once
from tests.jeunes.test_fusion import Deux, deux, refused  # noqa: F401 - the two dossiers

LATER = NOW + timedelta(days=2)
DIT = {"informe_le": TODAY, "informe_forme": FormeInformation.ORALE, "accord": Accord.ACCORD}


def oppose(session, dossier: Dossier, agent: Agent, par: Agent, **given: Any) -> None:
    """The structure of `agent` is opposed in this dossier."""
    words = {"structure": session.get(Structure, agent.structure_id), "le": TODAY, "opposition_id": uuid4(), "par": par}
    services_equipe.oppose(session, dossier, **words, **common(par) | given)


def entrust(session, dossier: Dossier, to: Agent, par: Agent, **given: Any) -> None:
    current = open_affectation(session, dossier.id)
    words = {"motif": MotifAffectation.SECTEUR, "note": None, "affectation_id": uuid4(), "remplace": current.id}
    told = {"jeune_informe_le": TODAY, "par": par}
    referents.hand_over(session, dossier, to=session.get(Agent, to.id), **words, **told, **common(par) | given)


def invite(session, dossier: Dossier, agent: Agent, par: Agent, **partage: Any) -> None:
    said = {"agent": session.get(Agent, agent.id), "partage": Partage(**partage), "par": par}
    services_equipe.invite(session, dossier, **said, **common(par))


def kept_by_the_neighbours(deux: Deux) -> str:  # noqa: F811
    """The code of a dossier of the other structure, that `collegue` answers for."""
    ville = deux.ville
    with ville.maison.database.writing() as session:
        other = session.get(Structure, ville.voisin.structure_id)
        dossier = make_dossier(session, ville.maison, other, referent=session.get(Agent, ville.voisin.id))
        entrust(session, dossier, ville.collegue, ville.voisin)
        return dossier.code


def relation(deux: Deux, code: str, agent: Agent, *, today=TODAY) -> Relation | None:  # noqa: F811
    with deux.ville.maison.database.reading() as session:
        seen = load_visible(session, code, agent=session.get(Agent, agent.id), today=today)
        return seen and seen.relation


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        (Relation.REFERENT, Relation.COORDINATEUR, True),
        (Relation.REFERENT, Relation.REFERENT | Relation.MEMBRE, True),
        (Relation.REFERENT, Relation.SUPPLEANT, False),
        (Relation.SUPPLEANT | Relation.MEMBRE, Relation.COORDINATEUR, False),
        (Relation.REFERENT, Relation.MEMBRE, False),
        (Relation.ANCIEN, Relation.REFERENT, False),
    ],
)
def test_who_covers_somebody_for_a_day_merges_nothing(one: Relation, other: Relation, may: bool) -> None:
    assert may_merge(one, other) is may_merge(other, one) is may


def test_a_structure_that_is_opposed_in_one_keeps_neither(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    code = kept_by_the_neighbours(deux)
    with ville.maison.database.writing() as session:
        oppose(session, deux.load(session, deux.absorbe), ville.voisin, ville.collegue)
    assert refused(Deux(ville, code, deux.absorbe).merge) == "garde_oppose"
    # the other way round, the opposition was heard by those who keep it
    with ville.maison.database.reading() as session:
        assert open_affectation(session, deux.load(session, deux.absorbe).id).agent_id == ville.collegue.id
    Deux(ville, deux.absorbe, code).merge()
    assert relation(deux, code, ville.voisin) is None


@pytest.mark.parametrize("where", ["garde", "absorbe"])
def test_nobody_answers_whose_structure_is_opposed(deux: Deux, where: str) -> None:  # noqa: F811
    ville = deux.ville
    with ville.maison.database.writing() as session:
        entrust(session, deux.load(session, deux.garde), ville.ailleurs, ville.coordinateur)
        named = deux.load(session, getattr(deux, where))
        if where == "garde":
            # whose account moved since
            values = {"dossier_id": named.id, "id": uuid4(), "structure_id": ville.ailleurs.structure_id}
            session.add(Opposition(**values, depuis=TODAY, cree_le=NOW))
        else:
            oppose(session, named, ville.ailleurs, ville.coordinateur)
    assert refused(deux.merge) == "referent_oppose"
    assert relation(deux, deux.absorbe, ville.ailleurs) is None


def test_no_member_follows_whose_structure_is_opposed(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    with ville.maison.database.writing() as session:
        invite(session, deux.load(session, deux.absorbe), ville.ailleurs, ville.collegue,
               finalite=Finalite.INSERTION, echeance=TODAY + timedelta(days=90), **DIT)  # fmt: skip
        oppose(session, deux.load(session, deux.garde), ville.ailleurs, ville.referent)
    deux.merge()
    with ville.maison.database.reading() as session:
        mine = select(MembreEquipe).where(MembreEquipe.agent_id == ville.ailleurs.id)
        assert session.scalars(mine.where(MembreEquipe.dossier_id == deux.load(session, deux.garde).id)).all() == []


def test_a_partner_follows_with_what_was_agreed_and_nobody_becomes_one_without(deux: Deux) -> None:  # noqa: F811
    ville, end = deux.ville, TODAY + timedelta(days=90)
    deux.garde = kept_by_the_neighbours(deux)
    with ville.maison.database.writing() as session:
        third = make_agent(session, make_structure(session))
        absorbe = deux.load(session, deux.absorbe)
        # a colleague of the absorbed one, a partner of the kept one
        invite(session, absorbe, ville.referent, ville.collegue)
        # told and with an end; and a colleague of the kept one
        for agent in (third, ville.ailleurs):
            invite(session, absorbe, agent, ville.collegue, finalite=Finalite.INSERTION, echeance=end, **DIT)
    with ville.maison.database.reading() as session:
        both = {"garde": deux.load(session, deux.garde), "absorbe": deux.load(session, deux.absorbe)}
        coming = {one.agent_id: one.partage for one in followers(session, today=TODAY, **both)}
    assert coming[ville.referent.id] is None
    assert coming[third.id] == Partage(Finalite.INSERTION, (), end, *DIT.values())
    assert coming[ville.ailleurs.id] == Partage(echeance=end)
    deux.merge()
    assert relation(deux, deux.garde, ville.referent) is None
    with ville.maison.database.reading() as session:
        dossier = deux.load(session, deux.garde)
        rows = session.scalars(
            select(MembreEquipe).where(MembreEquipe.dossier_id == dossier.id, MembreEquipe.jusqu_au.is_(None))
        )
        said = {row.agent_id: (row.finalite, row.echeance, row.informe_le) for row in rows}
    assert said[third.id] == (Finalite.INSERTION, end, TODAY)
    assert said[ville.ailleurs.id] == (Finalite.SUIVI_GLOBAL, end, None)
    assert ville.referent.id not in said


def test_the_agreed_end_that_came_in_the_kept_one_stops_nobody_from_following(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    with ville.maison.database.writing() as session:
        over = {
            "depuis": TODAY - timedelta(days=9),
            "echeance": TODAY - timedelta(days=1),
            "agent_id": ville.collegue.id,
        }
        session.add(MembreEquipe(dossier_id=deux.load(session, deux.garde).id, **over))
    deux.merge()
    assert relation(deux, deux.garde, ville.collegue) is Relation.MEMBRE


def test_who_answered_by_the_merge_alone_reads_it_no_more(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    with ville.maison.database.writing() as session:
        garde = deux.load(session, deux.garde)
        referents.end_affectation(session, garde, le=TODAY, acteur=acteur_of(ville.referent), now=NOW, leaves=True)
    fusion_id = deux.merge(now=NOW + timedelta(hours=1))
    assert Relation.REFERENT in relation(deux, deux.garde, ville.collegue)
    deux.undo(fusion_id)
    assert relation(deux, deux.garde, ville.collegue) is None
    assert Relation.REFERENT in relation(deux, deux.absorbe, ville.collegue)


def test_who_took_over_since_stays_and_who_answered_between_reads_it_no_more(deux: Deux) -> None:  # noqa: F811
    ville, soon = deux.ville, {"now": NOW + timedelta(hours=2)}
    with ville.maison.database.writing() as session:
        garde = deux.load(session, deux.garde)
        referents.end_affectation(session, garde, le=TODAY, acteur=acteur_of(ville.referent), now=NOW, leaves=True)
    fusion_id = deux.merge(now=NOW + timedelta(hours=1))
    with ville.maison.database.writing() as session:
        entrust(session, deux.load(session, deux.garde), ville.referent, ville.coordinateur, **soon)
    deux.undo(fusion_id)
    assert Relation.REFERENT in relation(deux, deux.garde, ville.referent)
    assert relation(deux, deux.garde, ville.collegue) is None


def test_a_member_by_the_merge_alone_leaves_whatever_was_agreed_since(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    with ville.maison.database.writing() as session:
        # a member before: the merge has no part in it
        invite(session, deux.load(session, deux.garde), ville.coordinateur, ville.referent)
        invite(session, deux.load(session, deux.absorbe), ville.coordinateur, ville.collegue)
    fusion_id = deux.merge()
    with ville.maison.database.writing() as session:
        garde = deux.load(session, deux.garde)
        who = (MembreEquipe.dossier_id == garde.id, MembreEquipe.agent_id == ville.collegue.id)
        version = session.scalars(select(MembreEquipe.version).where(*who)).one()
        agreed = {"partage": Partage(echeance=TODAY + timedelta(days=200)), "par": ville.referent}
        services_equipe.change_member(
            session, garde, session.get(Agent, ville.collegue.id), version=version, **agreed, **common(ville.referent)
        )
    deux.undo(fusion_id)
    assert relation(deux, deux.garde, ville.collegue) is None
    assert Relation.MEMBRE in relation(deux, deux.garde, ville.coordinateur)
    assert Relation.REFERENT in relation(deux, deux.absorbe, ville.collegue)


def test_who_was_given_the_kept_one_since_stays_in_its_equipe(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    fusion_id = deux.merge()
    with ville.maison.database.writing() as session:
        soon = {"now": NOW + timedelta(hours=1)}
        entrust(session, deux.load(session, deux.garde), ville.collegue, ville.referent, **soon)
    deux.undo(fusion_id)
    assert relation(deux, deux.garde, ville.collegue) == Relation.REFERENT | Relation.MEMBRE


def test_what_was_opposed_since_holds_in_both(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    with ville.maison.database.writing() as session:
        entrust(session, deux.load(session, deux.absorbe), ville.ailleurs, ville.coordinateur)
    fusion_id = deux.merge()
    with ville.maison.database.writing() as session:
        oppose(session, deux.load(session, deux.garde), ville.ailleurs, ville.referent, now=NOW + timedelta(hours=1))
    assert deux.undo(fusion_id) is False
    assert relation(deux, deux.absorbe, ville.ailleurs) is None
    with ville.maison.database.reading() as session:
        absorbe = deux.load(session, deux.absorbe)
        assert open_affectation(session, absorbe.id) is None
        members = select(MembreEquipe.agent_id).where(MembreEquipe.dossier_id == absorbe.id)
        assert ville.ailleurs.id not in session.scalars(members.where(MembreEquipe.jusqu_au.is_(None))).all()
        standing = select(func.count()).where(Opposition.structure_id == ville.ailleurs.structure_id)
        assert session.scalar(standing.where(Opposition.levee_le.is_(None))) == 2


def test_a_dossier_is_not_given_back_to_a_structure_that_was_opposed_since(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    code = kept_by_the_neighbours(deux)
    both = Deux(ville, deux.absorbe, code)
    fusion_id = both.merge()
    with ville.maison.database.writing() as session:
        oppose(session, both.load(session, both.garde), ville.voisin, ville.collegue, now=NOW + timedelta(hours=1))
    assert refused(lambda: both.undo(fusion_id)) == "autre_structure_opposee"
    with ville.maison.database.writing() as session:
        garde = both.load(session, both.garde)
        key = session.scalars(select(Opposition.id).where(Opposition.dossier_id == garde.id)).one()
        services_equipe.lift_opposition(session, garde, key, **common(ville.collegue))
    both.undo(fusion_id)
    assert Relation.COORDINATEUR in relation(both, code, ville.voisin)


@pytest.mark.parametrize("since", [{"desactive_le": NOW}, {"referent": False, "intervenant": True}])
def test_who_may_no_longer_answer_is_not_made_to(deux: Deux, since: dict) -> None:  # noqa: F811
    ville = deux.ville
    fusion_id = deux.merge()
    with ville.maison.database.writing() as session:
        session.execute(update(Agent).where(Agent.id == ville.collegue.id).values(**since))
    assert deux.undo(fusion_id) is False
    with ville.maison.database.reading() as session:
        assert open_affectation(session, deux.load(session, deux.absorbe).id) is None


def anonymity(deux: Deux) -> tuple[bool, bool]:  # noqa: F811
    with deux.ville.maison.database.reading() as session:
        return tuple(deux.load(session, code).anonymat_demande for code in (deux.garde, deux.absorbe))


def ask(deux: Deux, code: str) -> None:  # noqa: F811
    with deux.ville.maison.database.writing() as session:
        session.execute(update(Dossier).where(Dossier.code == code).values(anonymat_demande=True))


@pytest.mark.parametrize(("before", "after"), [("absorbe", (False, True)), ("garde", (True, False))])
def test_anonymity_that_either_asked_for_holds_until_the_merge_is_undone(deux: Deux, before, after) -> None:  # noqa: F811
    ask(deux, getattr(deux, before))
    fusion_id = deux.merge()
    assert anonymity(deux)[0]
    deux.undo(fusion_id)
    assert anonymity(deux) == after


def test_anonymity_that_was_asked_for_since_holds_in_both(deux: Deux) -> None:  # noqa: F811
    fusion_id = deux.merge()
    ask(deux, deux.garde)
    deux.undo(fusion_id)
    assert anonymity(deux) == (True, True)


def test_the_identity_that_is_taken_takes_no_anonymity_away(deux: Deux) -> None:  # noqa: F811
    ville = deux.ville
    with ville.maison.database.writing() as session:
        nobody = {"contact": {}, "informe_le": None, "informe_forme": None}
        who = common(ville.collegue)
        register(
            session,
            ville.maison.vault,
            deux.load(session, deux.absorbe),
            identite={"pseudonyme": "Zef"},
            **nobody,
            **who,
        )
    ask(deux, deux.garde)
    fusion_id = deux.merge(prendre_identite=True)
    assert anonymity(deux) == (True, False)
    deux.undo(fusion_id)
    assert anonymity(deux) == (True, False)


def twins(deux: Deux, *codes: str) -> int:  # noqa: F811
    """How many dossiers are asked about, for who types who these are about and sees none."""
    with deux.ville.maison.database.reading() as session:
        uids = {deux.load(session, code).uid for code in codes}
        return len(hidden_twins(session, agent=deux.ville.ailleurs, uids=uids, today=TODAY))


def test_nobody_learns_of_who_asked_for_anonymity_in_what_was_merged(deux: Deux) -> None:  # noqa: F811
    ask(deux, deux.absorbe)
    deux.merge()
    # even if somebody unticks it in the one that was kept
    with deux.ville.maison.database.writing() as session:
        session.execute(update(Dossier).where(Dossier.code == deux.garde).values(anonymat_demande=False))
    assert twins(deux, deux.absorbe) == twins(deux, deux.garde) == 0


def test_a_structure_that_was_opposed_learns_nothing_by_a_name(deux: Deux) -> None:  # noqa: F811
    assert twins(deux, deux.garde, deux.absorbe) == 2
    with deux.ville.maison.database.writing() as session:
        oppose(session, deux.load(session, deux.absorbe), deux.ville.ailleurs, deux.ville.collegue)
    assert twins(deux, deux.garde, deux.absorbe) == 1
    deux.merge()
    assert twins(deux, deux.garde, deux.absorbe) == 0


def test_undone_four_times_at_once_it_is_undone_once(deux: Deux) -> None:  # noqa: F811
    ville, fusion_id = deux.ville, deux.merge()

    def undo(number: int) -> str:
        try:
            deux.undo(fusion_id, now=LATER + timedelta(seconds=number))
        except DomainError as error:
            return error.code
        return "fait"

    assert Counter(at_once(undo)) == {"fait": 1, "deja_annulee": TOGETHER - 1}
    with ville.maison.database.reading() as session:
        undone = select(func.count()).where(EntreeJournal.action == Action.FUSION_ANNULEE)
        assert session.scalar(undone) == 2
        absorbe = deux.load(session, deux.absorbe)
        assert absorbe.version == 3
        assert session.scalar(select(func.count()).where(Affectation.dossier_id == absorbe.id)) == 2


RAISING = ("jeunes/services_fusion", "jeunes/fusion_equipe", "jeunes/rules_identite", "referents/services_affectations",
           "referents/rules_passation")  # fmt: skip


def test_whatever_a_merge_and_its_undoing_refuse_has_its_sentence() -> None:
    raised = {"structure_opposee", "dossier_clos", "version_perimee", "affectation_chevauchante"}
    for name in RAISING:
        for node in ast.walk(ast.parse(Path(f"app/{name}.py").read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DomainError":
                raised |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    assert raised <= set(REFUS)
