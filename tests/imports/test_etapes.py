"""A file of steps: each belongs to a dossier that is there, is possible by itself, and is written once."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import undefer

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.parcours.etat import drift
from app.parcours.models import Etape, Etat, SituationMois
from app.parcours.vocabulaire import Contrat, GenreEtape, IssueEtape, NiveauVise, Situation, StatutEtape
from app.vault.places import Place
from tests.conftest import NOW
from tests.factories import make_structure
from tests.imports.atelier import ENTETE, ENTETE_ETAPES, Atelier, fichier, reasons

TOUT = ENTETE_ETAPES + ";issue;contrat;niveau_vise;heures;precisions"


def with_dossiers(atelier: Atelier, *references: str) -> Atelier:
    atelier.dossiers(fichier(ENTETE, *(f"{reference};femme;2008;G;2025-01-05" for reference in references)))
    return atelier


def test_steps_are_written_whole_and_the_state_follows(atelier: Atelier):
    with_dossiers(atelier, "A1")
    atelier.etapes(
        fichier(
            TOUT,
            "A1;decrochage;terminee;06/01/2025;2025-03-31;reorientation;;;;",
            "A1;formation;interrompue_jeune;2025-04-01;2025-08-31;rupture;;qualifiante;;",
            "A1;chantier_educatif;terminee;2025-05-01;2025-05-10;objectif_atteint;;;35;",
            "A1;emploi;en_cours;2025-09-01;;;cdi;;;",
            "A1;stage;prevue;2026-06-01;;;;;;",
            "A1;logement;annulee;2025-09-01;;;;;;",
        )
    )
    with atelier.maison.database.reading() as session:
        dossier = atelier.dossier(session, "A1")
        etapes = {etape.genre: etape for etape in session.scalars(select(Etape))}
        formation = etapes[GenreEtape.FORMATION]
        assert (formation.statut, formation.debut, formation.fin) == (
            StatutEtape.INTERROMPUE_JEUNE, date(2025, 4, 1), date(2025, 8, 31),
        )  # fmt: skip
        assert (formation.issue, formation.niveau_vise) == (IssueEtape.RUPTURE, NiveauVise.QUALIFIANTE)
        assert etapes[GenreEtape.CHANTIER_EDUCATIF].heures == 35
        assert etapes[GenreEtape.EMPLOI].contrat is Contrat.CDI
        assert session.get(Etat, dossier.id).situation is Situation.EMPLOI
        spells = session.scalars(select(SituationMois.situation).order_by(SituationMois.m0)).all()
        assert spells == [Situation.DECROCHAGE, Situation.FORMATION, Situation.EMPLOI]
        assert drift(session) == []
        line = session.scalars(select(EntreeJournal).where(EntreeJournal.action == Action.IMPORT_ETAPES)).one()
        assert line.nombre == 6


def test_words_are_sealed_to_their_own_step(sqlite_atelier: Atelier):
    atelier = with_dossiers(sqlite_atelier, "A1")
    atelier.etapes(fichier(TOUT, 'A1;stage;terminee;2025-05-01;2025-05-10;;;;;"chez Grimbosq\nle matin"'))
    with atelier.maison.database.reading() as session:
        dossier = atelier.dossier(session, "A1")
        etape = session.scalars(select(Etape).options(undefer(Etape.precisions))).one()
        keys = atelier.maison.vault.keys([dossier.uid])
        opened = keys.open(dossier.uid, etape.precisions, place=Place.ETAPE, row=etape.id)
        assert opened == {"texte": "chez Grimbosq\nle matin"}
        assert b"Grimbosq" not in etape.precisions


def test_the_same_file_twice_changes_nothing(atelier: Atelier):
    with_dossiers(atelier, "A1", "A2")
    contenu = fichier(
        TOUT,
        "A2;emploi;en_cours;2025-09-01;;;cdi;;;embauche après stage",
        "A1;formation;terminee;2025-04-01;2025-08-31;poursuite;;diplomante;;",
        "A1;emploi;en_attente;2025-09-01;;;;;;",
    )
    assert len(atelier.etapes(contenu).a_ecrire) == 3
    again = atelier.etapes(contenu)
    assert (again.a_ecrire, again.deja) == ([], 3)
    assert atelier.count(Etape) == 3


@pytest.mark.parametrize(
    ("ligne", "colonnes"),
    [
        ("A1;formation;interrompue_accord;2025-04-01;2025-08-31;poursuite;;diplomante;;au GRETA", ["statut"]),
        ("A1;formation;en_cours;2025-04-01;;;;diplomante;;au GRETA", ["statut", "fin", "issue"]),
        ("A1;formation;terminee;2025-04-01;2025-08-30;poursuite;;qualifiante;;au GRETA", ["fin", "niveau_vise"]),
        ("A1;formation;terminee;2025-04-01;2025-08-31;poursuite;;diplomante;;à l’AFPA", ["precisions"]),
        ("A1;formation;terminee;2025-04-01;2025-08-31;poursuite;;diplomante;;", ["precisions"]),
    ],
)
def test_other_values_are_a_bad_line_that_names_columns_and_no_value(
    sqlite_atelier: Atelier, ligne: str, colonnes: list[str]
):
    atelier = with_dossiers(sqlite_atelier, "A1")
    atelier.etapes(fichier(TOUT, "A1;formation;terminee;2025-04-01;2025-08-31;poursuite;;diplomante;;au GRETA"))
    defauts = atelier.check_etapes(fichier(TOUT, ligne)).defauts
    assert reasons(defauts.montres) == [(2, "debut", "deja_autrement")]
    assert defauts.montres[0].faits == {"colonnes": colonnes}


def test_words_that_no_longer_open_are_equal_to_nothing(sqlite_atelier: Atelier):
    atelier = with_dossiers(sqlite_atelier, "A1")
    contenu = fichier(TOUT, "A1;stage;terminee;2025-05-01;2025-05-10;;;;;au garage")
    atelier.etapes(contenu)
    with atelier.maison.database.engines.keys.begin() as connection:
        connection.execute(text("DELETE FROM cle_dossier"))
    for lu in (contenu, contenu.replace(b"au garage", b"")):
        assert reasons(atelier.check_etapes(lu).defauts.montres) == [(2, "debut", "deja_autrement")]


def test_a_cancelled_step_does_not_hide_the_one_that_took_place(sqlite_atelier: Atelier):
    atelier = with_dossiers(sqlite_atelier, "A1")
    contenu = fichier(ENTETE_ETAPES, "A1;stage;terminee;2025-05-01;2025-05-10")
    atelier.etapes(contenu)
    with atelier.maison.database.writing() as session:
        dossier_id = atelier.dossier(session, "A1").id
        session.add(Etape(dossier_id=dossier_id, id=uuid4(), genre=GenreEtape.STAGE, statut=StatutEtape.ANNULEE,
                          debut=date(2025, 5, 1), cree_le=NOW))  # fmt: skip
    assert atelier.etapes(contenu).deja == 1


@pytest.mark.parametrize(
    ("colonnes", "ligne", "colonne", "code"),
    [
        ("", "A9;emploi;en_cours;2025-09-01;", "reference", "dossier_inconnu"),
        ("", ";emploi;en_cours;2025-09-01;", "reference", "manquant"),
        ("", "A1;;en_cours;2025-09-01;", "type", "manquant"),
        ("", "A1;metier;en_cours;2025-09-01;", "type", "code_inconnu"),
        ("", "A1;emploi;;2025-09-01;", "statut", "manquant"),
        ("", "A1;emploi;finie;2025-09-01;", "statut", "code_inconnu"),
        ("", "A1;emploi;en_cours;;", "debut", "manquant"),
        ("", "A1;emploi;en_cours;1066-09-01;", "debut", "annee_invraisemblable"),
        ("", "A1;emploi;en_cours;2007-09-01;", "debut", "avant_naissance"),
        ("", "A1;emploi;en_cours;2008-09-01;", "debut", "trop_jeune"),
        ("", "A1;emploi;en_cours;2026-03-18;", "debut", "debut_futur"),
        ("", "A1;emploi;en_cours;2025-09-01;2025-10-01", "fin", "fin_sans_statut"),
        ("", "A1;emploi;prevue;2026-09-01;2026-10-01", "fin", "fin_sans_statut"),
        ("", "A1;emploi;annulee;2025-09-01;2025-10-01", "fin", "fin_sans_statut"),
        ("", "A1;emploi;terminee;2025-09-01;", "fin", "fin_absente"),
        ("", "A1;emploi;terminee;2025-09-01;2025-08-31", "fin", "fin_avant_debut"),
        ("", "A1;emploi;terminee;2025-09-01;2026-03-18", "fin", "fin_future"),
        (";issue", "A1;emploi;en_cours;2025-09-01;;rupture", "issue", "issue_sans_fin"),
        (";issue", "A1;emploi;terminee;2025-09-01;2025-10-01;perdu", "issue", "code_inconnu"),
        (";contrat", "A1;stage;en_cours;2025-09-01;;cdi", "contrat", "contrat_hors_emploi"),
        (";niveau_vise", "A1;stage;en_cours;2025-09-01;;qualifiante", "niveau_vise", "niveau_hors_formation"),
        (";heures", "A1;stage;en_cours;2025-09-01;;35", "heures", "heures_hors_chantier"),
        (";heures", "A1;chantier_educatif;en_cours;2025-09-01;;2001", "heures", "heures_invraisemblables"),
        ("", "A1;chantier_educatif;terminee;2021-12-20;2021-12-24", "debut", "chantier_moins_de_14"),
        (";heures", "A1;chantier_educatif;en_cours;2025-09-01;;-1", "heures", "nombre_illisible"),
        (";precisions", "A1;stage;en_cours;2025-09-01;;" + "x" * 2001, "precisions", "trop_long"),
    ],
)
def test_each_bad_line_is_said_with_its_column_and_its_reason(
    sqlite_atelier: Atelier, colonnes: str, ligne: str, colonne: str, code: str
):
    atelier = with_dossiers(sqlite_atelier, "A1")
    plan = atelier.check_etapes(fichier(ENTETE_ETAPES + colonnes, ligne))
    assert reasons(plan.defauts.montres) == [(2, colonne, code)]


def test_two_lines_for_one_step_are_refused_in_the_order_of_the_file(sqlite_atelier: Atelier):
    atelier = with_dossiers(sqlite_atelier, "A1", "A2")
    plan = atelier.check_etapes(
        fichier(
            ENTETE_ETAPES,
            "A2;emploi;en_cours;2025-09-01;",
            "A2;emploi;terminee;2025-09-01;2025-10-01",
            "A1;emploi;en_cours;2025-09-01;",
            "A1;stage;en_cours;2025-09-01;",
            "A1;emploi;en_cours;01/09/2025;",
            "A9;stage;en_cours;2025-09-01;",
        )
    )
    assert reasons(plan.defauts.montres) == [
        (3, "debut", "etape_en_double"), (6, "debut", "etape_en_double"), (7, "reference", "dossier_inconnu"),
    ]  # fmt: skip
    assert [defaut.faits.get("premiere") for defaut in plan.defauts.montres] == [2, 4, None]


def test_history_may_overlap(sqlite_atelier: Atelier):
    atelier = with_dossiers(sqlite_atelier, "A1")
    atelier.etapes(
        fichier(
            ENTETE_ETAPES,
            "A1;scolarite;terminee;2020-09-01;2025-07-05",
            "A1;scolarite;terminee;2021-09-01;2026-01-05",
            "A1;decrochage;en_cours;2025-03-01;",
        )
    )
    assert atelier.count(Etape) == 3


def test_a_closed_dossier_keeps_the_history_that_was_never_ended(sqlite_atelier: Atelier):
    atelier = sqlite_atelier
    atelier.dossiers(fichier(ENTETE + ";clos_le;motif_sortie", "A1;;2008;G;2025-01-05;2025-06-30;demenagement"))
    atelier.etapes(fichier(ENTETE_ETAPES, "A1;scolarite;en_cours;2020-09-01;"))
    with atelier.maison.database.reading() as session:
        spells = session.scalars(select(SituationMois.situation).order_by(SituationMois.m0)).all()
        assert spells == [Situation.SCOLARITE, Situation.SORTI]


def test_a_reference_is_looked_up_inside_its_structure(sqlite_atelier: Atelier):
    atelier = with_dossiers(sqlite_atelier, "A1")
    with atelier.maison.database.writing() as session:
        autre = make_structure(session).code
    ligne = "A1;emploi;en_cours;2025-09-01;"
    ailleurs = atelier.check_etapes(fichier(ENTETE_ETAPES, ligne), structure=autre)
    assert reasons(ailleurs.defauts.montres) == [(2, "reference", "dossier_inconnu")]
    assert len(atelier.check_etapes(fichier(ENTETE_ETAPES, ligne), structure=atelier.structure.code).a_ecrire) == 1
    named = atelier.check_etapes(fichier(ENTETE_ETAPES + ";structure", f"{ligne};{atelier.structure.code}"))
    assert len(named.a_ecrire) == 1


def test_a_step_that_somebody_finished_since_is_not_overwritten(sqlite_atelier: Atelier):
    atelier = with_dossiers(sqlite_atelier, "A1")
    contenu = fichier(ENTETE_ETAPES, "A1;emploi;en_cours;2025-09-01;")
    atelier.etapes(contenu)
    with atelier.maison.database.writing() as session:
        session.execute(update(Etape).values(statut=StatutEtape.TERMINEE, fin=date(2026, 1, 31)))
    defauts = atelier.check_etapes(contenu).defauts
    assert defauts.montres[0].faits == {"colonnes": ["statut", "fin"]}
