"""An identity is sealed, indexed, versioned, and never half written."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.jeunes.models import Identite
from app.jeunes.queries import contact_of, identite_of, nom_of
from app.jeunes.services import edit_identite, reveal_number, tell
from app.jeunes.services_doublons import Ailleurs
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier, Etat, Suivi
from app.parcours.vocabulaire import TrancheAge
from app.referents.models import MembreEquipe
from app.vault.errors import Unreadable
from app.vault.models import CleDossier, IndexAveugle
from app.vault.places import IndexKind, Place
from tests.conftest import NOW
from tests.factories import TODAY, make_dossier
from tests.jeunes.conftest import IDENTITE, Ville, acteur_of, common

INFORME = {"informe_le": TODAY, "informe_forme": FormeInformation.ECRITE}


def journal(session, action: Action) -> int:
    return session.scalar(select(func.count()).select_from(EntreeJournal).where(EntreeJournal.action == action))


def test_what_was_typed_comes_back_and_only_what_was_typed(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent, referent=ville.referent)
    with ville.maison.database.reading() as session:
        fiche = identite_of(session, ville.maison.vault, dossier)
        assert fiche.identite == {"prenom": "Zéphyrin", "nom": "Quatrevaux", "date_naissance": "2009-05-04"}
        assert fiche.contact == {"telephone": "+33698765432", "courriel": "zephyrin.q@exemple.fr"}
        assert (fiche.informe_le, fiche.informe_forme, fiche.version) == (TODAY, FormeInformation.ORALE, 1)
        assert nom_of(session, ville.maison.vault, dossier).affiche == "Zéphyrin Quatrevaux"


def test_the_year_in_clear_is_that_of_the_sealed_date(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent)
        assert (dossier.annee_naissance, dossier.entree_age) == (2009, TrancheAge.DE_16_A_17)


def test_the_author_and_the_referent_are_members_and_the_note_is_sealed(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.collegue, referent=ville.referent)
    with ville.maison.database.reading() as session:
        members = session.scalars(select(MembreEquipe.agent_id).where(MembreEquipe.dossier_id == dossier.id))
        assert set(members) == {ville.collegue.id, ville.referent.id}
        assert session.scalar(select(Etat.referent_id)) == ville.referent.id
        suivi = session.execute(select(Suivi.id, Suivi.__table__.c.note)).one()
        keys = ville.maison.vault.keys([dossier.uid])
        assert keys.open(dossier.uid, suivi.note, place=Place.NOTE, row=suivi.id) == {"texte": "vu au city"}


def test_a_pseudonym_a_territory_and_two_words_are_enough(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.collegue, identite={"pseudonyme": "Zizou"}, contact={})
        assert nom_of(session, ville.maison.vault, dossier).affiche == "Zizou"
        assert session.scalar(select(Etat.dernier_contact)) is None
    with ville.maison.database.reading() as session:
        assert session.scalar(select(Etat.dernier_contact)) == TODAY


def test_the_same_form_twice_is_one_dossier_and_other_words_are_refused(ville: Ville):
    accueil = ville.prepare()
    with ville.maison.database.writing() as session:
        first = ville.receive(session, accueil, ville.referent, referent_id=ville.referent.id).dossier
    with ville.maison.database.writing() as session:
        assert ville.receive(session, accueil, ville.referent, referent_id=ville.referent.id).dossier.id == first.id
        assert session.scalar(select(func.count()).select_from(Dossier)) == 1
        assert journal(session, Action.DOUBLON_TENTE) == 1
    for other in ({"note": "autre chose"}, {"identite": IDENTITE | {"prenom": "Autre"}}):
        with ville.maison.database.open_write() as session, pytest.raises(DepotConflict) as refused:
            ville.receive(session, ville.prepare(depot=accueil.depot, **other), ville.referent)
        assert refused.value.existing.id == first.id


def test_a_deposit_of_somebody_else_is_not_found_by_its_number(ville: Ville):
    accueil = ville.prepare()
    with ville.maison.database.writing() as session:
        ville.receive(session, accueil, ville.referent)
    with ville.maison.database.open_write() as session, pytest.raises(DomainError) as refused:
        ville.receive(session, accueil, ville.ailleurs)
    assert refused.value.code == "depot_inconnu"


def test_a_twin_that_one_may_see_is_shown_until_one_says_that_it_is_somebody_else(ville: Ville):
    with ville.maison.database.writing() as session:
        known = ville.welcome(session, ville.referent)
        reception = ville.receive(session, ville.prepare(), ville.referent)
        assert (reception.dossier, [twin.nom.code for twin in reception.jumeaux]) == (None, [known.code])
        reception = ville.receive(session, ville.prepare(), ville.referent, autres={known.code})
        assert reception.dossier is not None


def test_a_twin_that_one_may_not_see_stops_the_identity_but_not_a_pseudonym(ville: Ville):
    with ville.maison.database.writing() as session:
        ville.welcome(session, ville.referent)
        reception = ville.receive(session, ville.prepare(), ville.ailleurs, autres={"XXX-XXX"})
        assert (reception.dossier, reception.jumeaux, reception.ailleurs) == (None, (), Ailleurs.DEMANDE)
        accueil = ville.prepare(identite={"pseudonyme": "Zizou"}, contact={})
        assert ville.receive(session, accueil, ville.ailleurs).dossier is not None


def test_an_unknown_referent_is_refused_before_anything_is_made(ville: Ville):
    with ville.maison.database.open_write() as session, pytest.raises(DomainError) as refused:
        ville.receive(session, ville.prepare(), ville.referent, referent_id=10**6)
    assert (refused.value.code, refused.value.field) == ("referent_inconnu", "referent_id")


def edit(session, ville: Ville, dossier: Dossier, *, version: int, **values):
    given = {
        "identite": IDENTITE,
        "contact": {},
        "annee_naissance": None,
        "anonymat_demande": False,
        **INFORME,
    } | values
    return edit_identite(session, ville.maison.vault, dossier, version=version, **given, **common(ville.referent))


def test_an_edit_of_an_old_version_shows_the_new_words(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent)
    with ville.maison.database.writing() as session:
        edit(session, ville, session.get(Dossier, dossier.id), version=1, identite={"prenom": "Deuxième"})
    with ville.maison.database.open_write() as session, pytest.raises(StaleVersion) as refused:
        edit(session, ville, session.get(Dossier, dossier.id), version=1, identite={"prenom": "Troisième"})
    assert refused.value.current.identite == {"prenom": "Deuxième"}
    assert refused.value.current.version == 2


def test_an_edit_replaces_the_indexes_and_a_pseudonym_clears_them(ville: Ville):
    vault = ville.maison.vault

    def kinds() -> set[IndexKind]:
        with vault.reading.connect() as connection:
            return set(connection.scalars(select(IndexAveugle.genre)))

    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent)
    assert kinds() == {IndexKind.IDENTITE, IndexKind.PHONETIQUE, IndexKind.TELEPHONE}
    with ville.maison.database.writing() as session:
        edit(session, ville, session.get(Dossier, dossier.id), version=1)
    assert kinds() == {IndexKind.IDENTITE, IndexKind.PHONETIQUE}
    with ville.maison.database.writing() as session:
        edit(session, ville, session.get(Dossier, dossier.id), version=2, identite={"pseudonyme": "Zizou"})
    assert kinds() == set()


def test_a_name_replaced_by_a_pseudonym_leaves_no_birth_year_but_the_one_given(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent)
    with ville.maison.database.writing() as session:
        current = session.get(Dossier, dossier.id)
        edit(session, ville, current, version=1, identite={"pseudonyme": "Zizou"}, annee_naissance=2010)
        assert (current.annee_naissance, current.entree_age) == (2010, TrancheAge.DE_16_A_17)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"identite": {}}, "pseudonyme_requis"),
        ({"informe_le": None, "informe_forme": None}, "information_requise"),
        ({"identite": IDENTITE | {"date_naissance": date(1066, 1, 1)}}, "date_naissance_invraisemblable"),
        ({"identite": {"pseudonyme": "Z"}, "annee_naissance": 1066}, "annee_naissance_invraisemblable"),
        ({"contact": {"telephone": "12"}}, "telephone_illisible"),
        ({"informe_le": TODAY + timedelta(days=1)}, "information_future"),
    ],
)
def test_a_refused_edit_changes_nothing(ville: Ville, values, code):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent)
    with ville.maison.database.open_write() as session, pytest.raises(DomainError) as refused:
        edit(session, ville, session.get(Dossier, dossier.id), version=1, **values)
    assert refused.value.code == code
    with ville.maison.database.reading() as session:
        assert identite_of(session, ville.maison.vault, dossier).version == 1


def test_when_the_key_store_refuses_nothing_is_written(ville: Ville, monkeypatch):
    def refuse(*args):
        raise RuntimeError("the key store is gone")

    monkeypatch.setattr(type(ville.maison.vault), "replace_indexes", refuse)
    with pytest.raises(RuntimeError), ville.maison.database.writing() as session:
        ville.welcome(session, ville.referent)
    with ville.maison.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Dossier)) == 0
        assert session.scalar(select(func.count()).select_from(Identite)) == 0


def test_when_the_data_are_refused_what_is_left_in_the_key_store_finds_nobody(ville: Ville):
    with ville.maison.database.open_write() as session:
        dossier = ville.welcome(session, ville.referent)
        session.rollback()
    with ville.maison.vault.reading.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(CleDossier)) == 1
    with ville.maison.database.reading() as session:
        assert session.scalar(select(Dossier.id).where(Dossier.uid == dossier.uid)) is None


def test_a_revealed_number_is_journalled_even_when_there_is_none(ville: Ville):
    with ville.maison.database.writing() as session:
        known = ville.welcome(session, ville.referent)
        unknown = ville.welcome(session, ville.referent, identite={"pseudonyme": "Zizou"}, contact={})
        given = {"acteur": acteur_of(ville.referent), "now": NOW}
        assert reveal_number(session, ville.maison.vault, known, **given) == "+33698765432"
        assert reveal_number(session, ville.maison.vault, unknown, **given) is None
        assert journal(session, Action.NUMERO_REVELE) == 2


def test_a_ciphertext_moved_to_another_person_is_refused(ville: Ville):
    with ville.maison.database.writing() as session:
        one = ville.welcome(session, ville.referent)
        other = ville.welcome(session, ville.referent, identite={"prenom": "Autre", "nom": "Personne"}, contact={})
        blob = session.scalar(select(Identite.__table__.c.identite).where(Identite.dossier_id == one.id))
        session.execute(
            Identite.__table__.update().where(Identite.__table__.c.dossier_id == other.id).values(identite=blob)
        )
    with ville.maison.database.reading() as session:
        name = nom_of(session, ville.maison.vault, other)
        assert (name.illisible, name.affiche) == (True, other.code)
        with pytest.raises(Unreadable):
            identite_of(session, ville.maison.vault, other)
        assert contact_of(session, ville.maison.vault, other) == {}


def written(session, dossier: Dossier) -> Identite:
    return session.scalars(select(Identite).where(Identite.dossier_id == dossier.id)).one()


def test_the_day_of_the_first_name_is_kept_whatever_is_written_later(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent, identite={"pseudonyme": "Zizou"}, contact={})
        assert written(session, dossier).identifie_le == TODAY
    later = common(ville.referent) | {"today": TODAY + timedelta(days=40)}
    given = {"identite": IDENTITE, "contact": {}, "annee_naissance": None, "anonymat_demande": False, **INFORME}
    with ville.maison.database.writing() as session:
        edit_identite(session, ville.maison.vault, session.get(Dossier, dossier.id), version=1, **given, **later)
        assert written(session, dossier).identifie_le == TODAY


def test_somebody_is_told_once_and_the_page_of_the_identity_corrects_it(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = ville.welcome(session, ville.referent, identite={"pseudonyme": "Zizou"}, contact={})
    lines = []
    for expected in (True, False):
        with ville.maison.database.writing() as session:
            found = session.get(Dossier, dossier.id)
            said = tell(session, found, forme=FormeInformation.ORALE, **common(ville.referent))
            assert said is expected
            row = written(session, dossier)
            assert (row.informe_le, row.informe_forme, row.version) == (TODAY, FormeInformation.ORALE, 2)
            lines.append(journal(session, Action.IDENTITE_MODIFIEE))
    assert lines == [2, 2]
    with ville.maison.database.open_write() as session, pytest.raises(StaleVersion):
        edit(session, ville, session.get(Dossier, dossier.id), version=1, identite={"pseudonyme": "Zizou"})
    with ville.maison.database.writing() as session:
        undone = {"informe_le": None, "informe_forme": None, "identite": {"pseudonyme": "Zizou"}}
        edit(session, ville, session.get(Dossier, dossier.id), version=2, **undone)
        assert written(session, dossier).informe_le is None


def test_nobody_is_told_about_a_dossier_without_a_name(ville: Ville):
    with ville.maison.database.writing() as session:
        dossier = make_dossier(session, ville.maison, ville.structure, referent=ville.referent)
        assert not tell(session, dossier, forme=FormeInformation.ORALE, **common(ville.referent))
        assert journal(session, Action.IDENTITE_MODIFIEE) == 0
