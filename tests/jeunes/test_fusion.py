"""Two dossiers of one person become one: nothing is lost, both codes answer, and for thirty days it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.accounts.models import Agent
from app.db.base import Base
from app.db.errors import DomainError
from app.jeunes import services_fusion
from app.jeunes.queries import identite_of, search
from app.jeunes.queries_fusion import pairs
from app.jeunes.rules_fusion import ANNULABLE, EMPORTEES, RESTENT
from app.jeunes.services import register
from app.parcours import services_etapes, services_suivis
from app.parcours.models import ContactPrevu, Dossier, Etape, Etat, Suivi
from app.parcours.rules_etapes import Faits
from app.parcours.services_suivis import Prochain
from app.parcours.vocabulaire import Canal, GenreEtape, MotifSortie, Resultat, StatutEtape
from app.referents import services as referents
from app.referents.models_fusion import Fusion
from app.referents.queries import load_visible, open_affectation
from app.referents.vocabulaire import MotifAffectation, Relation
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.jeunes.conftest import Ville, acteur_of, common

MOTS = "vu au city, cherche un stage"
NOMS = {"prenom": "Zéphyrin", "nom": "Quatrevaux", "date_naissance": "2009-05-04"}


def test_what_becomes_of_every_row_of_a_dossier_is_decided() -> None:
    for path in Path("app").glob("*/models*.py"):
        import_module(".".join(path.with_suffix("").parts))
    tables = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.target_fullname.split(".")[0] in {"dossier", "etape", "alerte"} for key in table.foreign_keys)
    }
    assert tables <= set(EMPORTEES) | set(RESTENT)
    assert not set(EMPORTEES) & set(RESTENT)


@dataclass
class Deux:
    """`garde` is the référent's, `absorbe` the collègue's: a follow-up with words, a promised contact, two steps."""

    ville: Ville
    garde: str
    absorbe: str

    def load(self, session, code: str) -> Dossier:
        return session.scalars(select(Dossier).where(Dossier.code == code)).one()

    def merge(self, *, now=NOW, **given: Any):
        with self.ville.maison.database.writing() as session:
            both = [self.load(session, code) for code in (self.garde, self.absorbe)]
            words = {"fusion_id": uuid4(), "prendre_identite": False} | given
            who = {"par": self.ville.coordinateur, "acteur": acteur_of(self.ville.coordinateur)}
            services_fusion.merge(session, self.ville.maison.vault, *both, now=now, today=TODAY, **words, **who)
            return words["fusion_id"]

    def undo(self, fusion_id, *, now=NOW + timedelta(days=2)) -> bool:
        with self.ville.maison.database.writing() as session:
            found = session.get_one(Fusion, fusion_id, options=[])
            session.refresh(found, ["avant"])
            who = {"par": self.ville.coordinateur, "acteur": acteur_of(self.ville.coordinateur)}
            return services_fusion.undo(session, self.ville.maison.vault, found, now=now, today=TODAY, **who)

    def seen(self, code: str, agent: Agent):
        with self.ville.maison.database.reading() as session:
            return load_visible(session, code, agent=agent, today=TODAY)

    def words(self, code: str) -> list[str]:
        """What the follow-ups of a dossier say, opened with its own key."""
        with self.ville.maison.database.reading() as session:
            dossier = self.load(session, code)
            keys = self.ville.maison.vault.keys([dossier.uid])
            rows = session.execute(select(Suivi.__table__).where(Suivi.dossier_id == dossier.id))
            return [keys.open(dossier.uid, row.note, place=Place.NOTE, row=row.id)["texte"] for row in rows]

    def count(self, table: type, code: str) -> int:
        with self.ville.maison.database.reading() as session:
            dossier = self.load(session, code)
            return len(session.execute(select(table.__table__).where(table.dossier_id == dossier.id)).all())


@pytest.fixture
def deux(ville: Ville) -> Deux:
    house = ville.maison
    with house.database.writing() as session:
        session.execute(update(Agent).where(Agent.id == ville.collegue.id).values(referent=True))
        ville.collegue.referent = True
        garde = make_dossier(session, house, ville.structure, referent=ville.referent)
        absorbe = make_dossier(session, house, ville.structure, referent=ville.collegue)
        who = common(ville.collegue)
        key, words = uuid4(), house.vault.keys([absorbe.uid])
        services_suivis.log_suivi(
            session, absorbe, agent=ville.collegue, jour=TODAY, canal=Canal.PRESENCE_RUE,
            resultat=Resultat.ECHANGE_FAIT, suivi_id=key, depot=key,
            note=words.seal(absorbe.uid, {"texte": MOTS}, place=Place.NOTE, row=key),
            prochain=Prochain(TODAY + timedelta(days=4)), **who,
        )  # fmt: skip
        for dossier, genre in (
            (absorbe, GenreEtape.STAGE),
            (absorbe, GenreEtape.DECROCHAGE),
            (garde, GenreEtape.STAGE),
        ):
            faits = Faits(genre, StatutEtape.EN_COURS, date(2026, 2, 2))
            services_etapes.add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **who)
        return Deux(ville, garde.code, absorbe.code)


def test_nothing_is_lost_and_both_codes_answer(deux: Deux) -> None:
    deux.merge()
    assert deux.words(deux.garde) == [MOTS]
    assert deux.count(ContactPrevu, deux.garde) == 1
    # the same step begun the same day is one step; the other dossier keeps its own rows
    assert (deux.count(Etape, deux.garde), deux.count(Etape, deux.absorbe)) == (2, 2)
    for agent in (deux.ville.referent, deux.ville.collegue, deux.ville.coordinateur):
        for code in (deux.garde, deux.absorbe):
            assert deux.seen(code, agent).dossier.code == deux.garde
    assert deux.seen(deux.absorbe, deux.ville.ailleurs) is None
    assert deux.seen(deux.garde, deux.ville.referent).relation & Relation.REFERENT
    assert deux.seen(deux.garde, deux.ville.collegue).relation & Relation.MEMBRE
    with deux.ville.maison.database.reading() as session:
        state = session.get_one(Etat, deux.load(session, deux.garde).id)
        assert (state.dernier_contact, state.prochain_contact) == (TODAY, TODAY + timedelta(days=4))
        absorbed = deux.load(session, deux.absorbe)
        assert absorbed.motif_sortie is MotifSortie.DOUBLON_ERREUR
        assert open_affectation(session, absorbed.id) is None


def test_undone_they_are_two_again_and_what_changed_since_goes_back(deux: Deux) -> None:
    fusion_id = deux.merge()
    house = deux.ville.maison
    with house.database.writing() as session:
        garde = deux.load(session, deux.garde)
        came = session.scalars(select(Suivi).where(Suivi.dossier_id == garde.id)).one()
        came.resultat, came.version = Resultat.RDV_PRIS, 2
    deux.undo(fusion_id)
    assert deux.words(deux.garde) == []
    assert deux.words(deux.absorbe) == [MOTS]
    assert (deux.count(Etape, deux.garde), deux.count(ContactPrevu, deux.garde)) == (1, 0)
    back = deux.seen(deux.absorbe, deux.ville.collegue)
    assert back.dossier.code == deux.absorbe
    assert back.dossier.clos_le is None
    assert back.relation & Relation.REFERENT
    assert not (seen := deux.seen(deux.garde, deux.ville.collegue)) or not seen.relation & Relation.MEMBRE
    with house.database.reading() as session:
        absorbe = deux.load(session, deux.absorbe)
        assert session.scalars(select(Suivi.resultat).where(Suivi.dossier_id == absorbe.id)).one() is Resultat.RDV_PRIS


def test_what_something_newer_hangs_on_is_not_taken_from_under_it(deux: Deux) -> None:
    fusion_id = deux.merge()
    with deux.ville.maison.database.writing() as session:
        garde = deux.load(session, deux.garde)
        came = session.scalars(select(Suivi).where(Suivi.dossier_id == garde.id)).one()
        day = TODAY + timedelta(days=9)
        session.add(ContactPrevu(dossier_id=garde.id, id=uuid4(), jour=day, promis_par=came.id, cree_le=NOW))
    deux.undo(fusion_id)
    assert deux.words(deux.garde) == deux.words(deux.absorbe) == [MOTS]


def test_the_identity_that_is_taken_is_given_back(deux: Deux) -> None:
    house, who = deux.ville.maison, common(deux.ville.collegue)
    told = {"informe_le": TODAY, "informe_forme": services_fusion.FormeInformation.ORALE}
    with house.database.writing() as session:
        register(session, house.vault, deux.load(session, deux.garde), identite={"pseudonyme": "Zef"}, contact={},
                 informe_le=None, informe_forme=None, **who)  # fmt: skip
        register(session, house.vault, deux.load(session, deux.absorbe), identite=NOMS, contact={}, **told, **who)
    fusion_id = deux.merge(prendre_identite=True)

    def named() -> dict:
        with house.database.reading() as session:
            return dict(identite_of(session, house.vault, deux.load(session, deux.garde)).identite)

    assert named() == NOMS
    with house.database.reading() as session:
        found = search(session, house.vault, agent=deux.ville.coordinateur, texte="Quatrevaux", today=TODAY)
        assert found == [deux.load(session, deux.garde).id]
    deux.undo(fusion_id)
    assert named() == {"pseudonyme": "Zef"}


def test_who_answered_for_the_other_answers_when_nobody_did(deux: Deux) -> None:
    with deux.ville.maison.database.writing() as session:
        garde = deux.load(session, deux.garde)
        referents.end_affectation(session, garde, le=TODAY, acteur=acteur_of(deux.ville.referent), now=NOW)
    fusion_id = deux.merge(now=NOW + timedelta(hours=1))
    assert deux.seen(deux.garde, deux.ville.collegue).relation & Relation.REFERENT
    deux.undo(fusion_id)
    with deux.ville.maison.database.reading() as session:
        assert open_affectation(session, deux.load(session, deux.garde).id) is None
        again = open_affectation(session, deux.load(session, deux.absorbe).id)
        assert (again.agent_id, again.motif) == (deux.ville.collegue.id, MotifAffectation.RETOUR)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as error:
        act()
    return error.value.code


def test_what_makes_no_sense_is_refused(deux: Deux) -> None:
    same = Deux(deux.ville, deux.garde, deux.garde)
    assert refused(same.merge) == "meme_dossier"
    fusion_id = deux.merge()
    # the same deposit is one merge, a second one finds it done
    assert deux.merge(fusion_id=fusion_id) == fusion_id
    assert refused(deux.merge) == "deja_fusionne"
    with deux.ville.maison.database.writing() as session:
        third = make_dossier(session, deux.ville.maison, deux.ville.structure, referent=deux.ville.referent).code
    assert refused(Deux(deux.ville, third, deux.garde).merge) == "fusion_recente"
    assert refused(lambda: deux.undo(fusion_id, now=NOW + ANNULABLE + timedelta(seconds=1))) == "trop_tard"
    # too old to be undone, it follows the one that is kept
    Deux(deux.ville, third, deux.garde).merge(now=NOW + timedelta(days=40))
    assert deux.seen(deux.absorbe, deux.ville.referent).dossier.code == third
    deux_fois = fusion_id
    assert refused(lambda: deux.undo(deux_fois, now=NOW + timedelta(days=40))) == "trop_tard"


def test_the_queue_holds_those_who_look_alike_until_somebody_judges(ville: Ville) -> None:
    house, born = ville.maison, date(2009, 5, 4)
    with house.database.writing() as session:
        first, second, _ = (
            ville.welcome(session, ville.referent, referent=ville.referent, contact={}, identite=names).code
            for names in (
                {"prenom": "Zéphyrin", "nom": "Quatrevaux", "date_naissance": born},
                {"prenom": "Quatrevaux", "nom": "Zephirin", "date_naissance": born},
                {"prenom": "Autre", "nom": "Personne", "date_naissance": born},
            )
        )

    def queue(agent: Agent) -> list[set[str]]:
        with house.database.reading() as session:
            found = pairs(session, house.vault, agent=agent, today=TODAY)
            return [{pair.un.nom.code, pair.autre.nom.code} for pair in found]

    assert queue(ville.coordinateur) == [{first, second}]
    assert queue(ville.ailleurs) == []
    with house.database.writing() as session:
        both = [session.scalars(select(Dossier).where(Dossier.code == code)).one() for code in (first, second)]
        services_fusion.set_aside(session, *both, par=ville.coordinateur, acteur=acteur_of(ville.coordinateur), now=NOW)
    assert queue(ville.coordinateur) == []
