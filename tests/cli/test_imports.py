"""`parcours import`: one sentence, one exit status, and nothing half done."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.cli import imports
from app.cli.import_phrases import FICHIER, LIGNE, phrase_fichier, phrase_ligne
from app.jeunes import import_dossiers_ecriture
from app.jeunes.import_lecture import DEFAUTS_MONTRES, FichierRefuse
from app.parcours.models import Dossier, Etape
from tests.imports.atelier import ENTETE, ENTETE_ETAPES, Atelier, build_atelier, fichier
from tests.imports.reelles import needs_real_trajectories, real

APP = Path(__file__).resolve().parents[2] / "app"


@pytest.fixture
def atelier(sqlite_maison) -> Atelier:
    return build_atelier(sqlite_maison)


@pytest.fixture
def run(atelier: Atelier, tmp_path: Path) -> Callable[..., Result]:
    """`parcours import <kind>` on these bytes."""

    def invoke(kind: str, contenu: bytes, *options: str) -> Result:
        chemin = tmp_path / "fichier.csv"
        chemin.write_bytes(contenu)
        env = {"PARCOURS_INSTANCE": str(atelier.maison.settings.instance)}
        result = CliRunner().invoke(imports.commande, [kind, str(chemin), *options], env=env)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


DOSSIER = "A1;femme;2008;Grimbosq;2026-01-05"


def test_an_import_says_what_it_did(run, atelier: Atelier):
    result = run("dossiers", fichier(ENTETE, DOSSIER))
    assert (result.exit_code, result.stdout) == (
        0, "Dossiers\u00a0: 1 importés, 0 déjà là.\nTerritoires inconnus, créés comme communes\u00a0: Grimbosq.\n",
    )  # fmt: skip
    assert run("dossiers", fichier(ENTETE, DOSSIER)).stdout == "Dossiers\u00a0: 0 importés, 1 déjà là.\n"
    result = run("etapes", fichier(ENTETE_ETAPES, "A1;stage;terminee;2026-01-05;2026-01-16"))
    assert (result.exit_code, result.stdout) == (0, "Étapes\u00a0: 1 importées, 0 déjà là.\n")


def test_a_trial_writes_nothing(run, atelier: Atelier):
    result = run("dossiers", fichier(ENTETE, DOSSIER), "--essai")
    assert (result.exit_code, result.stdout) == (
        0,
        "Dossiers\u00a0: 1 à importer, 0 déjà là. Essai\u00a0: rien n’a été écrit.\n"
        "Territoires inconnus, à créer comme communes\u00a0: Grimbosq.\n",
    )
    assert atelier.count(Dossier) == 0
    run("dossiers", fichier(ENTETE, DOSSIER))
    result = run("etapes", fichier(ENTETE_ETAPES, "A1;stage;terminee;2026-01-05;2026-01-16"), "--essai")
    assert "1 à importer" in result.stdout
    assert atelier.count(Etape) == 0


def test_one_bad_line_and_nothing_is_written(run, atelier: Atelier):
    result = run("dossiers", fichier(ENTETE, DOSSIER, "A2;Quatrevaux;1066;G;2026-01-05", "A3;femme"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "Ligne 3, colonne sexe\u00a0: valeur inconnue\u00a0; attendu\u00a0: femme, homme, autre, non_renseigne.",
        "Ligne 3, colonne annee_naissance\u00a0: année invraisemblable.",
        "Ligne 4\u00a0: 2 cellules, 5 attendues.",
        "Défauts\u00a0: 3. Rien n’a été écrit.",
    ]
    assert atelier.count(Dossier) == 0


def test_a_thousand_bad_lines_are_shown_and_the_rest_counted(run):
    result = run("dossiers", fichier(ENTETE, *(f"A{n};?;2008;G;2026-01-05" for n in range(DEFAUTS_MONTRES + 7))))
    lines = result.stderr.splitlines()
    assert len(lines) == DEFAUTS_MONTRES + 2
    assert lines[-2:] == ["… et 7 autres.", f"Défauts\u00a0: {DEFAUTS_MONTRES + 7}. Rien n’a été écrit."]


@pytest.mark.parametrize(
    ("contenu", "phrase"),
    [
        (b"", "Ce fichier est vide."),
        (b"PK\x03\x04", "classeur de tableur"),
        (ENTETE.encode("utf-16"), "UTF-16"),
        (b"\x00\x01\x02", "octet nul"),
        (f'{ENTETE}\n{DOSSIER}\n"A2;\n'.encode(), "À partir de la ligne 3"),
        (f"{ENTETE};origine\n{DOSSIER};rue\n".encode(), "colonnes inconnues\u00a0: origine"),
    ],
)
def test_a_file_that_is_refused_is_one_sentence(run, contenu: bytes, phrase: str):
    result = run("dossiers", contenu)
    assert (result.exit_code, result.stdout) == (1, "")
    assert phrase in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_too_big_or_absent(run, atelier: Atelier, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.jeunes.import_lecture.TAILLE_MAXIMALE", 10)
    assert run("dossiers", fichier(ENTETE, DOSSIER)).stderr.startswith("Ce fichier dépasse")
    env = {"PARCOURS_INSTANCE": str(atelier.maison.settings.instance)}
    absent = CliRunner().invoke(imports.commande, ["etapes", "absent.csv"], env=env)
    assert (absent.exit_code, absent.stderr) == (1, "Ce fichier n’existe pas.\n")


def test_options_that_name_nobody_are_refused(run, atelier: Atelier):
    for option, phrase in (("--par", "Aucun compte actif"), ("--structure", "Aucune structure ouverte")):
        result = run("dossiers", fichier(ENTETE, DOSSIER), option, "personne@exemple.test")
        assert result.exit_code == 1
        assert phrase in result.stderr
    assert run("dossiers", fichier(ENTETE, DOSSIER), "--par", atelier.referente.courriel).exit_code == 0
    with atelier.maison.database.reading() as session:
        assert session.scalars(select(Dossier.cree_par)).all() == [atelier.referente.id]


@pytest.mark.parametrize(
    ("avant", "phrase"), [("Grimbosq", "La base a changé pendant l’import"), ("Ailleurs", "Un territoire de ce nom")]
)
def test_what_changed_meanwhile_is_a_sentence_and_the_same_command_completes(
    run, atelier: Atelier, monkeypatch: pytest.MonkeyPatch, avant: str, phrase: str
):
    atelier.dossiers(fichier(ENTETE, f"A0;femme;2008;{avant};2026-01-05"))
    seal, others = import_dossiers_ecriture.seal, fichier(ENTETE, DOSSIER)

    def while_another_imports(vault, lot):
        monkeypatch.setattr(import_dossiers_ecriture, "seal", seal)
        atelier.dossiers(others)
        return seal(vault, lot)

    monkeypatch.setattr(import_dossiers_ecriture, "seal", while_another_imports)
    contenu = fichier(ENTETE, DOSSIER, "A2;femme;2008;Grimbosq;2026-01-05")
    result = run("dossiers", contenu)
    assert result.exit_code == 1
    assert phrase in result.stderr
    assert atelier.count(Dossier) == 2
    assert "1 importés, 1 déjà là" in run("dossiers", contenu).stdout


def test_a_base_that_does_not_answer_is_a_sentence(run, monkeypatch: pytest.MonkeyPatch):
    def locked(*args, **kw):
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(import_dossiers_ecriture, "write", locked)
    result = run("dossiers", fichier(ENTETE, DOSSIER))
    assert result.exit_code == 1
    assert "La base ne répond pas" in result.stderr


def test_the_help_names_the_columns():
    output = " ".join(CliRunner().invoke(imports.commande, ["etapes", "--help"]).stdout.split())
    assert "Colonnes : reference, type, statut, debut, fin. Facultatives : issue, contrat" in output


cells = st.sampled_from(
    ["A1", "A2", "", "femme", "2008", "1066", "2026-01-05", "05/01/2026", "31/02/2026", "9999-12-31", "emploi", "stage",
     "terminee", "en_cours", "prevue", "Échirolles", "\u200b", "'", "06 12 34 56 78", "a@b.fr", "deces", "-1", "𝟚𝟘𝟚𝟞"]
)  # fmt: skip
headers = st.sampled_from(
    [
        ENTETE.split(";"),
        [*ENTETE.split(";"), "prenom", "nom", "date_naissance", "telephone", "courriel"],
        [*ENTETE.split(";"), "referent", "clos_le", "motif_sortie"],
        ENTETE_ETAPES.split(";"),
        [*ENTETE_ETAPES.split(";"), "issue", "contrat", "niveau_vise", "heures", "precisions"],
    ]
)


@given(
    headers.flatmap(
        lambda names: st.lists(st.lists(cells, min_size=len(names), max_size=len(names)), min_size=1, max_size=4).map(
            lambda rows: "\n".join(";".join(row) for row in [names, *rows]).encode()
        )
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_whatever_the_cells_say_there_is_a_sentence(atelier: Atelier, contenu: bytes):
    for check in (atelier.check_dossiers, atelier.check_etapes):
        try:
            phrases = [phrase_ligne(defaut) for defaut in check(contenu).defauts.montres]
        except FichierRefuse as refused:
            phrases = [phrase_fichier(refused)]
        assert all(phrase.endswith(".") for phrase in phrases)


def codes_in(path: str, *functions: str) -> Iterator[str]:
    """The codes that a module, or some functions of it, may refuse with."""
    for node in ast.walk(ast.parse((APP / path).read_text())):
        if isinstance(node, ast.FunctionDef) and (not functions or node.name in functions):
            for call in (item for item in ast.walk(node) if isinstance(item, ast.Call)):
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                place = {"DomainError": 0, "FichierRefuse": 0, "refuse": 1, "add": 2}.get(name, 99)
                if place < len(call.args) and isinstance(call.args[place], ast.Constant):
                    yield call.args[place].value


def test_every_reason_has_its_words():
    ours = {code for path in (APP / "jeunes").glob("import_*.py") for code in codes_in(f"jeunes/{path.name}")}
    theirs = {
        *codes_in("parcours/rules.py", "check_ouverture", "check_cloture"),
        *codes_in("parcours/rules_etapes.py", "_check_details", "_check_debut", "_check_fin"),
        *codes_in("parcours/rules_chantier.py", "check_age"),
        *codes_in("accounts/rules.py", "normalise_telephone"),
        *codes_in("jeunes/rules_identite.py", "normalise_courriel"),
    }
    assert len(ours) > 30
    assert ours | theirs <= FICHIER.keys() | LIGNE.keys()
    unused = (FICHIER.keys() | LIGNE.keys()) - ours - theirs
    # built from a list, or raised by the creation of a commune
    assert {code for code in unused if not code.startswith("colonne")} == {"code_pris", "avant_naissance", "trop_jeune"}


@needs_real_trajectories
def test_the_real_trajectories_import_whole(run, atelier: Atelier):
    dossiers, etapes = real("dossiers"), real("etapes")
    assert "712 importés" in run("dossiers", dossiers).stdout
    assert "2526 importées" in run("etapes", etapes).stdout
    assert (atelier.count(Dossier), atelier.count(Etape)) == (712, 2526)
    assert "712 déjà là" in run("dossiers", dossiers).stdout
    assert "2526 déjà là" in run("etapes", etapes).stdout
