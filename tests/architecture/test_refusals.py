"""Whatever a service refuses, somebody is told in French: every code that is raised has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.accounts import forms_admin, forms_connexion
from app.agenda import forms_flux
from app.alertes import forms_reglages, forms_reports
from app.cli import agents, cohortes, cohortes_exact, import_phrases
from app.cohortes import forms_rapport
from app.jeunes import forms as forms_jeunes
from app.jeunes import forms_fusion
from app.parcours import (
    forms_actes,
    forms_annulation,
    forms_chantier,
    forms_freins,
    forms_injoignable,
    forms_jalons,
    forms_objectifs,
    forms_refus,
)
from app.referents import forms as forms_referents
from app.referents import forms_absences, forms_equipe, forms_passation, forms_repartition, forms_urgence
from app.rue import forms as forms_rue

APP = Path(__file__).resolve().parents[2] / "app"
SENTENCES = (
    forms_admin.REFUS,
    forms_flux.REFUS,
    forms_reglages.REFUS,
    forms_reports.REFUS,
    forms_connexion.REFUS_MOT_DE_PASSE,
    forms_jeunes.REFUS,
    forms_fusion.REFUS,
    forms_refus.REFUS,
    forms_annulation.REFUS_ANNULATION,
    forms_actes.REFUS_ATTENTE,
    forms_actes.REFUS_VERIFICATION,
    forms_chantier.REFUS_CHANTIER,
    forms_injoignable.REFUS_INJOIGNABLE,
    forms_jalons.REFUS_JALON,
    forms_objectifs.REFUS_OBJECTIF,
    forms_freins.REFUS_FREINS,
    forms_referents.REFUS,
    forms_absences.REFUS,
    forms_equipe.REFUS_EQUIPE,
    forms_passation.REFUS_PASSATION,
    forms_repartition.REFUS_REPARTITION,
    forms_rue.REFUS,
    forms_urgence.REFUS,
    agents.REFUS,
    cohortes.PHRASES,
    cohortes_exact.PHRASES,
    forms_rapport.REFUS,
    import_phrases.FICHIER,
    import_phrases.LIGNE,
)
# Caught where it is raised, or never met: pages open and reopen on the day itself, without a reference of their own;
# an address with three criteria is no address.
UNSAID = {"compte_desactive", "reference_prise", "reouverture_future", "reouverture_avant_cloture", "trop_de_filtres"}


def raised() -> Iterator[tuple[str, str]]:
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("DomainError", "FichierRefuse"):
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant):
                        yield path.relative_to(APP).as_posix(), argument.value


@pytest.mark.parametrize("code", sorted({code for _, code in raised()} - UNSAID))
def test_a_refusal_has_its_sentence(code: str) -> None:
    assert any(code in sentences for sentences in SENTENCES), [path for path, said in raised() if said == code]


def test_what_goes_unsaid_is_still_raised() -> None:
    assert not UNSAID - {code for _, code in raised()}
