"""A file of dossiers: checked whole, written as the pages would, skipped when it is there already."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from app.accounts.models import Structure
from app.accounts.vocabulaire import GenreStructure
from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action, NomActeur
from app.db.errors import DomainError
from app.jeunes.models import Identite
from app.jeunes.queries import contact_of, identite_of, search
from app.parcours.etat import drift
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import MotifSortie, Sexe, TrancheAge
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from app.referents.models import Affectation, MembreEquipe
from app.vault.places import IndexKind
from tests.conftest import NOW
from tests.factories import TODAY, make_structure, make_territoire
from tests.imports.atelier import ENTETE, Atelier, fichier, reasons

PERSONNE = ";prenom;nom;pseudonyme;date_naissance;telephone;courriel"
ZEPHYRIN = "Z1;homme;2009;Grimbosq;2026-01-05;Zéphyrin;Quatrevaux;Zéph;2009-05-04;06 98 76 54 32;zephyrin.q@exemple.fr"
CANARIS = ("phyrin", "Quatrevaux", "quatrevaux", "698765432", "98 76 54", "2009-05-04", "exemple.fr")


def test_a_dossier_without_identity_is_written_as_the_pages_write_it(atelier: Atelier):
    plan = atelier.dossiers(fichier(ENTETE, "A1;femme;2008;Grimbosq;05/01/2026"))
    assert plan.communes == []
    with atelier.maison.database.reading() as session:
        dossier = atelier.dossier(session, "A1")
        territoire = session.get(Territoire, dossier.territoire_id)
        etat = session.get(Etat, dossier.id)
        assert (territoire.code, territoire.nom, territoire.genre) == ("Grimbosq", "Grimbosq", GenreTerritoire.COMMUNE)
        assert (dossier.sexe, dossier.entree_sexe, dossier.annee_naissance) == (Sexe.FEMME, Sexe.FEMME, 2008)
        assert (dossier.ouvert_le, dossier.entree_age) == (date(2026, 1, 5), TrancheAge.DE_18_A_21)
        assert (dossier.entree_structure_id, dossier.entree_territoire_id) == (atelier.structure.id, territoire.id)
        assert (etat.referent_id, etat.ouvert_le) == (None, date(2026, 1, 5))
        assert session.scalars(select(Identite)).all() == []
        assert drift(session) == []
        assert atelier.maison.vault.missing_keys([dossier.uid]) == set()


def test_what_is_personal_opens_for_the_pages_and_is_nowhere_in_clear(sqlite_atelier: Atelier):
    atelier = sqlite_atelier
    atelier.dossiers(fichier(ENTETE + PERSONNE + ";referent", f"{ZEPHYRIN};{atelier.referente.courriel.upper()}"))
    vault = atelier.maison.vault
    with atelier.maison.database.reading() as session:
        dossier = atelier.dossier(session, "Z1")
        fiche = identite_of(session, vault, dossier)
        assert fiche.identite == {
            "prenom": "Zéphyrin", "nom": "Quatrevaux", "pseudonyme": "Zéph", "date_naissance": "2009-05-04",
        }  # fmt: skip
        assert contact_of(session, vault, dossier) == {"telephone": "+33698765432", "courriel": "zephyrin.q@exemple.fr"}
        assert search(session, vault, agent=atelier.referente, texte="quatrevo", today=TODAY) == [dossier.id]
        told = session.execute(select(Identite.identifie_le, Identite.informe_le)).one()
        assert told == (TODAY, None)
    for chemin in atelier.maison.settings.instance.iterdir():
        contenu = chemin.read_bytes()
        assert [canari for canari in CANARIS if canari.encode() in contenu] == [], chemin.name


def test_a_name_that_was_imported_is_recognised_as_a_duplicate(sqlite_atelier: Atelier):
    sqlite_atelier.dossiers(fichier(ENTETE + PERSONNE, ZEPHYRIN))
    with sqlite_atelier.maison.database.reading() as session:
        uid = sqlite_atelier.dossier(session, "Z1").uid
    found = sqlite_atelier.maison.vault.find_by_index({IndexKind.IDENTITE: ["quatrevaux|zephyrin|2009-05-04"]})
    assert found == {IndexKind.IDENTITE: {uid}}


def test_the_referent_answers_from_the_day_of_opening_in_paris(atelier: Atelier):
    atelier.dossiers(fichier(ENTETE + ";referent", f"A1;femme;2008;G;2025-07-14;{atelier.referente.courriel}"))
    with atelier.maison.database.reading() as session:
        affectation = session.scalars(select(Affectation)).one()
        membre = session.scalars(select(MembreEquipe)).one()
        assert (affectation.agent_id, affectation.fin) == (atelier.referente.id, None)
        assert affectation.debut == datetime(2025, 7, 13, 22, tzinfo=UTC)
        assert (membre.agent_id, membre.depuis, membre.jusqu_au) == (atelier.referente.id, date(2025, 7, 14), None)
        assert session.scalars(select(Etat.referent_id)).one() == atelier.referente.id


@pytest.mark.parametrize(
    ("clos_le", "fin"),
    [
        ("2025-12-01", datetime(2025, 12, 1, 23, tzinfo=UTC)),
        ("2025-01-01", datetime(2025, 1, 1, 23, tzinfo=UTC)),
        ("2026-03-17", NOW),
    ],
)
def test_a_closed_dossier_had_its_referent_until_the_end_of_its_last_day(atelier: Atelier, clos_le: str, fin: datetime):
    entete = ENTETE + ";referent;clos_le;motif_sortie"
    atelier.dossiers(fichier(entete, f"A1;;2008;G;2025-01-01;{atelier.referente.courriel};{clos_le};mission_locale"))
    with atelier.maison.database.reading() as session:
        assert session.scalars(select(Affectation.fin)).one() == fin
        dossier = atelier.dossier(session, "A1")
        assert (dossier.clos_le, dossier.motif_sortie) == (date.fromisoformat(clos_le), MotifSortie.MISSION_LOCALE)
        etat = session.get(Etat, dossier.id)
        assert (etat.referent_id, etat.clos_le) == (None, dossier.clos_le)


def test_the_same_file_twice_changes_nothing(atelier: Atelier):
    entete = ENTETE + PERSONNE + ";referent;clos_le;motif_sortie"
    contenu = fichier(
        entete,
        f"{ZEPHYRIN};{atelier.referente.courriel};2026-02-01;autre_territoire",
        "A2;;;Grimbosq;2026-02-03" + ";" * 9,
    )
    assert len(atelier.dossiers(contenu).a_ecrire) == 2
    journal = atelier.count(EntreeJournal)
    again = atelier.dossiers(contenu)
    assert (again.a_ecrire, again.deja) == ([], 2)
    assert atelier.count(EntreeJournal) == journal
    assert (atelier.count(Dossier), atelier.count(Affectation)) == (2, 1)


@pytest.mark.parametrize(
    ("ligne", "colonnes"),
    [
        (ZEPHYRIN.replace("homme", "femme"), ["sexe"]),
        (ZEPHYRIN.replace("Grimbosq", "Ailleurs"), ["territoire"]),
        (ZEPHYRIN.replace("2026-01-05", "2026-01-06"), ["ouvert_le"]),
        (ZEPHYRIN.replace("Quatrevaux", "Quatrevaulx"), ["nom"]),
        (ZEPHYRIN.replace("2009-05-04", "2009-05-05"), ["date_naissance"]),
        (ZEPHYRIN.replace("06 98", "07 98"), ["telephone"]),
        (ZEPHYRIN.replace("Zéphyrin", "").replace("zephyrin.q", "z"), ["prenom", "courriel"]),
    ],
)
def test_other_values_are_a_bad_line_that_names_columns_and_no_value(
    sqlite_atelier: Atelier, ligne: str, colonnes: list[str]
):
    sqlite_atelier.dossiers(fichier(ENTETE + PERSONNE, ZEPHYRIN))
    defauts = sqlite_atelier.check_dossiers(fichier(ENTETE + PERSONNE, ligne)).defauts
    assert reasons(defauts.montres) == [(2, "reference", "deja_autrement")]
    assert defauts.montres[0].faits == {"colonnes": colonnes}


def test_columns_that_the_file_does_not_have_are_not_compared(sqlite_atelier: Atelier):
    sqlite_atelier.dossiers(fichier(ENTETE + PERSONNE, ZEPHYRIN))
    assert sqlite_atelier.dossiers(fichier(ENTETE, ";".join(ZEPHYRIN.split(";")[:5]))).deja == 1


def test_a_handover_since_does_not_make_the_line_another_one(sqlite_atelier: Atelier):
    atelier = sqlite_atelier
    contenu = fichier(ENTETE + ";referent", f"A1;femme;2008;G;2025-07-14;{atelier.referente.courriel}")
    atelier.dossiers(contenu)
    with atelier.maison.database.writing() as session:
        first = session.scalars(select(Affectation)).one()
        first.fin = NOW
        session.add(
            Affectation(
                id=uuid4(),
                dossier_id=first.dossier_id,
                agent_id=atelier.agents["intervenant"].id,
                debut=NOW,
                motif=first.motif,
            )
        )
    assert atelier.dossiers(contenu).deja == 1


def test_an_identity_that_no_longer_opens_is_equal_to_nothing(sqlite_atelier: Atelier):
    sqlite_atelier.dossiers(fichier(ENTETE + PERSONNE, ZEPHYRIN))
    with sqlite_atelier.maison.database.engines.keys.begin() as connection:
        connection.execute(text("DELETE FROM cle_dossier"))
    defauts = sqlite_atelier.check_dossiers(fichier(ENTETE + PERSONNE, ZEPHYRIN)).defauts
    assert reasons(defauts.montres) == [(2, "reference", "deja_autrement")]


def lines_refused(atelier: Atelier) -> list[tuple[str, str, str, str]]:
    parti, intervenant = atelier.agents["parti"].courriel, atelier.agents["intervenant"].courriel
    return [
        ("", ";femme;2008;G;2026-01-05", "reference", "manquant"),
        ("", "A1;femme;2008;;2026-01-05", "territoire", "manquant"),
        ("", "A1;femme;2008;G;", "ouvert_le", "manquant"),
        ("", "A1;fille;2008;G;2026-01-05", "sexe", "code_inconnu"),
        ("", "A1;femme;1066;G;2026-01-05", "annee_naissance", "annee_invraisemblable"),
        ("", "A1;femme;1908;G;2026-01-05", "annee_naissance", "annee_invraisemblable"),
        ("", "A1;femme;2030;G;2026-01-05", "annee_naissance", "annee_invraisemblable"),
        ("", "A1;femme;08;G;2026-01-05", "annee_naissance", "annee_illisible"),
        ("", "A1;femme;2008;G;1066-01-05", "ouvert_le", "annee_invraisemblable"),
        ("", "A1;femme;2008;G;2026-03-18", "ouvert_le", "ouverture_future"),
        (";date_naissance", "A1;femme;2008;G;2026-01-05;2009-05-04", "annee_naissance", "naissances_discordantes"),
        (";date_naissance", "A1;femme;;G;2026-01-05;1908-05-04", "date_naissance", "annee_invraisemblable"),
        (";telephone", "A1;femme;2008;G;2026-01-05;12", "telephone", "telephone_illisible"),
        (";courriel", "A1;femme;2008;G;2026-01-05;z@", "courriel", "courriel_illisible"),
        (";prenom", "A1;femme;2008;G;2026-01-05;" + "x" * 81, "prenom", "trop_long"),
        (";nom", 'A1;femme;2008;G;2026-01-05;"a\nb"', "nom", "plusieurs_lignes"),
        (";structure", "A1;femme;2008;G;2026-01-05;NULLE-PART", "structure", "structure_inconnue"),
        (";referent", "A1;femme;2008;G;2026-01-05;personne@exemple.test", "referent", "referent_inconnu"),
        (";referent", f"A1;femme;2008;G;2026-01-05;{parti}", "referent", "referent_desactive"),
        (";referent", f"A1;femme;2008;G;2026-01-05;{intervenant}", "referent", "pas_referent"),
        (";clos_le;motif_sortie", "A1;femme;2008;G;2026-01-05;2026-01-06;", "motif_sortie", "motif_absent"),
        (";clos_le;motif_sortie", "A1;femme;2008;G;2026-01-05;;deces", "clos_le", "cloture_absente"),
        (";clos_le;motif_sortie", "A1;femme;2008;G;2026-01-05;2026-01-04;deces", "clos_le", "cloture_avant_ouverture"),
        (";clos_le;motif_sortie", "A1;femme;2008;G;2026-01-05;2026-01-06;sanction", "motif_sortie", "code_inconnu"),
    ]


def test_each_bad_line_is_said_with_its_column_and_its_reason(sqlite_atelier: Atelier):
    for colonnes, ligne, colonne, code in lines_refused(sqlite_atelier):
        plan = sqlite_atelier.check_dossiers(fichier(ENTETE + colonnes, ligne))
        assert reasons(plan.defauts.montres) == [(2, colonne, code)], ligne


def test_all_that_is_wrong_in_all_the_lines_is_said_at_once(sqlite_atelier: Atelier):
    plan = sqlite_atelier.check_dossiers(
        fichier(
            ENTETE, "A1;x;2008;G;2026-01-05", "A2;femme;2008;G;2026-01-05", "A3;y;20;;", "A2;femme;2008;G;2026-01-05"
        )
    )
    assert reasons(plan.defauts.montres) == [
        (2, "sexe", "code_inconnu"),
        (4, "territoire", "manquant"),
        (4, "ouvert_le", "manquant"),
        (4, "sexe", "code_inconnu"),
        (4, "annee_naissance", "annee_illisible"),
        (5, "reference", "reference_en_double"),
    ]
    assert plan.defauts.montres[-1].faits == {"premiere": 3}


def test_a_reference_belongs_to_its_structure(sqlite_atelier: Atelier):
    atelier = sqlite_atelier
    with atelier.maison.database.writing() as session:
        autre = make_structure(session).code
    ligne = "A1;femme;2008;G;2026-01-05"
    entete = ENTETE + ";structure"
    plan = atelier.dossiers(fichier(entete, f"{ligne};{atelier.structure.code}", f"{ligne};{autre.lower()}"))
    assert len({dossier.structure_id for dossier in plan.a_ecrire}) == 2
    assert reasons(atelier.check_dossiers(fichier(ENTETE, ligne)).defauts.montres) == [(2, "structure", "manquant")]
    assert atelier.dossiers(fichier(ENTETE, ligne), structure=autre).deja == 1


def test_the_only_structure_is_the_default_and_a_closed_one_is_none(sqlite_atelier: Atelier):
    atelier = sqlite_atelier
    with atelier.maison.database.writing() as session:
        make_structure(session, genre=GenreStructure.PLIE).fermee_le = NOW
    ligne = "A1;femme;2008;G;2026-01-05"
    assert atelier.check_dossiers(fichier(ENTETE, ligne)).a_ecrire[0].structure_id == atelier.structure.id
    with atelier.maison.database.writing() as session:
        session.execute(update(Structure).values(fermee_le=NOW))
    with pytest.raises(DomainError, match="structure_inconnue"):
        atelier.check_dossiers(fichier(ENTETE, ligne), structure=atelier.structure.code)


def test_territories_are_known_by_code_or_by_name_and_made_once(sqlite_atelier: Atelier):
    atelier = sqlite_atelier
    with atelier.maison.database.writing() as session:
        known = make_territoire(session)
        for _ in range(2):
            make_territoire(session).nom = "Les Hauts"
    contenu = fichier(
        ENTETE,
        f"A1;;2008;{known.code.lower()};2026-01-05",
        f"A2;;2008;{known.nom.upper()};2026-01-05",
        "A3;;2008;Le  Biollay;2026-01-05",
        "A4;;2008;LE BIOLLAY;2026-01-05",
    )
    assert atelier.check_dossiers(contenu).communes == ["Le Biollay"]
    assert atelier.count(Territoire) == 3
    atelier.dossiers(contenu)
    assert atelier.count(Territoire) == 4
    with atelier.maison.database.reading() as session:
        assert {atelier.dossier(session, name).territoire_id for name in ("A1", "A2")} == {known.id}
    ambigu = atelier.check_dossiers(fichier(ENTETE, "A5;;2008;les hauts;2026-01-05"))
    assert reasons(ambigu.defauts.montres) == [(2, "territoire", "territoire_ambigu")]


def test_one_line_of_the_journal_a_lot_says_who_how_many_and_which_file(sqlite_atelier: Atelier):
    atelier = sqlite_atelier
    atelier.dossiers(fichier(ENTETE, "A1;;2008;G;2026-01-05", "A2;;2008;G;2026-01-05"), par=atelier.referente.courriel)
    atelier.dossiers(fichier(ENTETE, "A3;;2008;G;2026-01-05"))
    with atelier.maison.database.reading() as session:
        query = select(EntreeJournal).where(EntreeJournal.action == Action.IMPORT_DOSSIERS).order_by(EntreeJournal.id)
        par, commande = session.scalars(query).all()
        assert (par.acteur, par.agent_id, par.nombre) == (NomActeur.AGENT, atelier.referente.id, 2)
        assert (commande.acteur, commande.agent_id, commande.nombre) == (NomActeur.COMMANDE, None, 1)
        assert len(par.precision) == 24
        assert par.precision != commande.precision
        assert atelier.dossier(session, "A1").cree_par == atelier.referente.id


def test_who_imports_has_an_active_account(sqlite_atelier: Atelier):
    for courriel in ("personne@exemple.test", sqlite_atelier.agents["parti"].courriel):
        with pytest.raises(DomainError, match="auteur_inconnu"):
            sqlite_atelier.auteur(courriel)
