"""`parcours cohortes exact`: CSV on standard output, and nothing else."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Callable
from math import log
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action, NomActeur
from app.cli import cohortes
from tests.conftest import NOW
from tests.imports.atelier import ENTETE, ENTETE_ETAPES, Atelier, build_atelier, fichier

ENTETES = {
    "repartition": "mois,situation,effectif,part",
    "transitions": "de,vers,effectif,taux",
    "durees": "situation,mois_moyens",
    "delai": "mois,a_risque,evenements,survie,erreur_type,bas,haut",
    "entropie": "mois,observes,entropie,normee",
    "flux": "mois_de,mois_vers,de,vers,effectif,part",
    "sorties": "mesure,code,effectif,sur,part",
    "raccrochages": "decroches,raccroches,observes_6,solides,part_raccroches,part_solides",
    "premiere-etape": "mois,a_risque,evenements,survie,erreur_type,bas,haut",
}


@pytest.fixture
def atelier(sqlite_maison) -> Atelier:
    return build_atelier(sqlite_maison)


@pytest.fixture
def trois(atelier: Atelier) -> Atelier:
    """Three people from January 2025: one dropped out and works from March, one works on, one is unknown."""
    atelier.dossiers(fichier(ENTETE, *(f"A{n};femme;2008;Grimbosq;2025-01-05" for n in (1, 2, 3))))
    atelier.etapes(
        fichier(
            ENTETE_ETAPES,
            "A1;decrochage;terminee;2025-01-05;2025-03-09",
            "A1;emploi;terminee;2025-03-10;2025-06-30",
            "A2;emploi;en_cours;2024-10-01;",
        )
    )
    return atelier


@pytest.fixture
def run(atelier: Atelier) -> Callable[..., Result]:
    def invoke(*arguments: str) -> Result:
        env = {"PARCOURS_INSTANCE": str(atelier.maison.settings.instance)}
        with time_machine.travel(NOW, tick=False):
            result = CliRunner().invoke(cohortes.commande, ["exact", *arguments], env=env)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


def table(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_the_tables_as_they_are_printed(run, trois: Atelier):
    assert run("repartition", "--jusqua", "2025-03").stdout == (
        "mois,situation,effectif,part\n"
        "0,emploi,1,0.33333333333333331\n0,decrochage,1,0.33333333333333331\n0,inconnue,1,0.33333333333333331\n"
        "1,emploi,1,0.33333333333333331\n1,decrochage,1,0.33333333333333331\n1,inconnue,1,0.33333333333333331\n"
        "2,emploi,2,0.66666666666666663\n2,decrochage,0,0\n2,inconnue,1,0.33333333333333331\n"
    )
    assert run("transitions", "--jusqua", "2025-03").stdout == (
        "de,vers,effectif,taux\n"
        "emploi,emploi,2,1\ndecrochage,emploi,1,0.5\ndecrochage,decrochage,1,0.5\ninconnue,inconnue,2,1\n"
    )
    assert run("durees", "--jusqua", "2025-03").stdout == (
        "situation,mois_moyens\nemploi,1.3333333333333333\ndecrochage,0.66666666666666663\ninconnue,1\n"
    )
    assert run("delai", "--jusqua", "2025-03").stdout == (
        "mois,a_risque,evenements,survie,erreur_type,bas,haut\n"
        "0,3,1,0.66666666666666663,0.27216552697590868,0.054073426786516665,0.94520638727204698\n"
        "1,2,0,0.66666666666666663,0.27216552697590868,0.054073426786516665,0.94520638727204698\n"
        "2,2,1,0.33333333333333331,0.27216552697590868,0.0089616283309790681,0.77414865036083269\n"
        "3,1,0,0.33333333333333331,0.27216552697590868,0.0089616283309790681,0.77414865036083269\n"
    )


def test_the_other_tables_as_they_are_printed(run, trois: Atelier):
    """From January to August A1 dropped out, worked from March to June, then nobody knows; A2 works on."""
    assert run("flux", "--jusqua", "2025-08").stdout == (
        "mois_de,mois_vers,de,vers,effectif,part\n"
        "0,6,emploi,emploi,1,0.33333333333333331\n0,6,decrochage,inconnue,1,0.33333333333333331\n"
        "0,6,inconnue,inconnue,1,0.33333333333333331\n"
    )
    assert run("sorties", "--jusqua", "2025-08").stdout == "mesure,code,effectif,sur,part\nsorties,,0,3,0\n"
    returns = "decroches,raccroches,observes_6,solides,part_raccroches,part_solides\n"
    # nothing is solid nor broken before its sixth month is over
    assert run("raccrochages", "--jusqua", "2025-08").stdout == returns + "1,1,0,0,1,\n"
    assert run("raccrochages", "--jusqua", "2025-09").stdout == returns + "1,1,1,0,1,0\n"
    # three people in three situations, then in two
    spread = table(run("entropie", "--jusqua", "2025-03"))
    assert {row["observes"] for row in spread} == {"3"}
    last = (log(3) - log(4) / 3) / log(3)
    assert [float(row["normee"]) for row in spread] == pytest.approx([1, 1, last], abs=1e-12)
    steps = table(run("premiere-etape", "--jusqua", "2025-08"))
    assert [row["mois"] for row in steps if row["evenements"] == "1"] == ["2"]
    assert {row["a_risque"] for row in steps[:3]} == {"3"}


def test_what_is_not_observed_any_more_is_estimated(run, trois: Atelier):
    """B1 came in a month before the end, at school: one of four, in both months by the estimate alone."""
    trois.dossiers(fichier(ENTETE, "B1;homme;2008;Grimbosq;2025-03-05"))
    trois.etapes(fichier(ENTETE_ETAPES, "B1;scolarite;en_cours;2024-09-02;"))

    def school(*options: str) -> list[tuple[str, str, str]]:
        rows = table(run("repartition", "--jusqua", "2025-03", *options))
        return [(row["mois"], row["effectif"], row["part"]) for row in rows if row["situation"] == "scolarite"]

    assert school() == school("--estimateur", "brut") == [("0", "1", "0.25"), ("1", "0", "0"), ("2", "0", "0")]
    assert school("--estimateur", "aalen-johansen") == [("0", "1", "0.25"), ("1", "0", "0.25"), ("2", "0", "0.25")]


@pytest.mark.parametrize("mesure", ENTETES)
@pytest.mark.parametrize("par", ["territoire", "sexe", "age", "entree", "structure"])
def test_a_dimension_prints_the_table_of_each_value(run, trois: Atelier, mesure: str, par: str):
    """As many filters would, one after the other, with the value first."""
    trois.dossiers(fichier(ENTETE, "B1;homme;2003;Ailleurs;2024-01-05"))
    rows = run(mesure, "--par", par).stdout.splitlines()
    assert rows[0] == f"{par},{ENTETES[mesure]}"
    valeurs = {"territoire": ["Ailleurs", "Grimbosq"], "sexe": ["femme", "homme"], "age": ["16-17", "18-21"],
               "entree": ["2024", "2025"], "structure": [trois.structure.code]}[par]  # fmt: skip
    expected = [
        f"{valeur},{line}"
        for valeur in valeurs
        for line in run(mesure, "--filtre", f"{par}={valeur}").stdout.splitlines()[1:]
    ]
    assert rows[1:] == expected


@pytest.mark.parametrize("mesure", ENTETES)
def test_lines_end_with_a_line_feed_and_numbers_have_points(run, trois: Atelier, mesure: str):
    result = run(mesure)
    assert result.stderr == ""
    assert result.stdout_bytes.startswith(ENTETES[mesure].encode() + b"\n")
    assert b"\r" not in result.stdout_bytes
    assert all(re.fullmatch(r"[a-z0-9_.,]+", line) for line in result.stdout.splitlines())
    assert all(len(line.split(",")) == len(ENTETES[mesure].split(",")) for line in result.stdout.splitlines())


def test_the_numbers_come_back_as_they_were(run, trois: Atelier):
    """17 significant digits are what a double needs."""
    assert float(table(run("durees", "--jusqua", "2025-03"))[0]["mois_moyens"]) == 4 / 3


def test_by_default_until_the_last_month_that_is_over_in_paris(run, trois: Atelier, atelier: Atelier):
    last = max(int(row["mois"]) for row in table(run("repartition")))
    assert last == (2026 - 2025) * 12 + 1
    assert run("repartition").stdout == run("repartition", "--jusqua", "2026-02").stdout
    env = {"PARCOURS_INSTANCE": str(atelier.maison.settings.instance)}
    # 23:30 UTC on the last of March is already April in Paris
    with time_machine.travel("2026-03-31T23:30:00Z", tick=False):
        result = CliRunner().invoke(cohortes.commande, ["exact", "repartition"], env=env)
    assert max(int(row["mois"]) for row in table(result)) == last + 1


def test_another_target_and_a_run_that_must_last(run, trois: Atelier):
    drop = table(run("delai", "--vers", "decrochage", "--jusqua", "2025-12"))
    assert (drop[0]["evenements"], drop[-1]["mois"]) == ("1", "12")
    held = table(run("delai", "--duree-min", "5", "--jusqua", "2025-12"))
    assert sum(int(row["evenements"]) for row in held) == 1
    assert sum(int(row["evenements"]) for row in table(run("delai", "--duree-min", "4", "--jusqua", "2025-12"))) == 2


def test_filters_add_up(run, trois: Atelier):
    trois.dossiers(fichier(ENTETE, "B1;homme;2008;Ailleurs;2024-01-05"))

    def people(*filtres: str) -> str:
        options = [item for filtre in filtres for item in ("--filtre", filtre)]
        return table(run("delai", *options))[0]["a_risque"]

    assert people() == "4"
    assert people("sexe=femme") == "3"
    assert people("sexe=homme", "sexe=femme") == "4"
    assert people("territoire=Ailleurs", "entree=2024", "age=16-17", f"structure={trois.structure.code}") == "1"


def test_a_cohort_of_nobody_is_a_header(run, trois: Atelier):
    result = run("durees", "--filtre", "entree=1999")
    assert (result.exit_code, result.stdout) == (0, "situation,mois_moyens\n")
    assert result.stderr == "Aucun dossier à compter dans cette cohorte.\n"


@pytest.mark.parametrize(
    ("arguments", "status", "phrase"),
    [
        (["durees", "--filtre", "nom=Quatrevaux"], 2, "critère inconnu"),
        (["durees", "--filtre", "sexe=f"], 2, "femme, homme, autre, non_renseigne"),
        (["durees", "--filtre", "territoire="], 2, "il manque une valeur"),
        (["durees", "--filtre", "territoire=QN99999"], 1, "n’existe pas dans cette base"),
        (["durees", "--par", "nom"], 2, "nom"),
        (["repartition", "--estimateur", "beau"], 2, "beau"),
        (["durees", "--jusqua", "mars"], 2, "AAAA-MM"),
        (["durees", "--jusqua", "2026-04"], 2, "pas encore commencé"),
        (["delai", "--vers", "bonheur"], 2, "bonheur"),
        (["delai", "--duree-min", "0"], 2, "0"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence_and_no_number(
    run, trois: Atelier, arguments: list[str], status: int, phrase: str
):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert phrase in result.stderr


def test_the_month_that_is_under_way_may_be_asked(run, trois: Atelier):
    assert table(run("durees", "--jusqua", "2026-03"))


def test_each_table_is_written_in_the_journal(run, trois: Atelier):
    run("durees")
    run("durees", "--filtre", "territoire=QN99999")
    with trois.maison.database.reading() as session:
        query = select(EntreeJournal).where(EntreeJournal.action == Action.COHORTES_EXACTES)
        (line,) = session.scalars(query).all()
        assert (line.acteur, line.precision) == (NomActeur.COMMANDE, "durees")


def exact_names(path: Path) -> set[str]:
    """What a module imports of the exact counts."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    modules = {name.name for node in nodes if node.module == "app.cohortes" for name in node.names}
    names = {
        name.name
        for node in nodes
        if node.module in {"app.cohortes.queries", "app.cohortes.queries_exactes"}
        for name in node.names
    }
    return (modules & {"queries", "queries_exactes"}) | names


def test_no_page_of_the_house_gives_exact_numbers():
    """What counts dossiers one cohort at a time, unprotected, is imported by the command alone."""
    root = Path(__file__).resolve().parents[2] / "app"
    importers = {path.relative_to(root).as_posix() for path in root.rglob("*.py") if exact_names(path)}
    assert importers == {"cli/cohortes_exact.py", "cohortes/queries_exactes.py"}
