"""Data goes through 0003, down and up, on both engines: what is older stays, the ledger begins again empty."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.maison import Maison
from app.audit.queries import verify
from app.audit.services import Acteur, record
from app.audit.vocabulaire import Action
from app.cohortes.models import AJOUT_SEUL, Publication
from app.cohortes.services_figer import Gele, freeze
from app.db import migrations
from app.parcours.models import Dossier, SituationMois
from app.programme.models import Axe, Contrat
from app.programme.vocabulaire import Thematique
from tests.cohortes.population import Jeune, add
from tests.conftest import NOW
from tests.factories import make_structure, make_territoire


@pytest.fixture
def lived_in(maison: Maison) -> Maison:
    """Twenty dossiers, published; a quarterly run of the scheduler."""
    with maison.database.writing() as session:
        add(session, make_structure(session), make_territoire(session), [Jeune() for _ in range(20)])
    freeze(Gele(maison.database, Acteur.commande(), maison.clock, lambda session: []), jusqua=2025 * 4)
    with maison.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO passage (tache, creneau, statut, porteur, pris_le, fini_le, essais)"
                " VALUES ('trimestre', '2025-T1', 'fini', 'un', :now, :now, 1)"
            ),
            {"now": NOW.isoformat()},
        )
    return maison


def counts(maison: Maison) -> tuple[int, int]:
    with maison.database.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in (Dossier, SituationMois))


def test_down_and_up_with_a_published_town(lived_in: Maison) -> None:
    before = counts(lived_in)
    migrations.downgrade(lived_in.database.engines.write, "0002")
    assert counts(lived_in) == before
    with lived_in.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM passage")) == 0
        # the lines that only this revision writes are still lines of the chain
        assert verify(session) == []
    migrations.upgrade(lived_in.database.engines.write)
    assert counts(lived_in) == before
    with lived_in.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Publication)) == 0
        assert verify(session) == []


@pytest.mark.parametrize("table", [*AJOUT_SEUL, "journal_acces"])
def test_what_is_only_added_to_is_guarded_after_each_way(lived_in: Maison, table: str) -> None:
    migrations.downgrade(lived_in.database.engines.write, "0002")
    migrations.upgrade(lived_in.database.engines.write)
    with lived_in.database.writing() as session:
        record(session, Action.COHORTE_CONSULTEE, acteur=Acteur.commande(), now=NOW)
    freeze(Gele(lived_in.database, Acteur.commande(), lived_in.clock, lambda session: []), jusqua=2025 * 4)
    with pytest.raises(IntegrityError, match="append-only"), lived_in.database.writing() as session:
        session.execute(text(f"DELETE FROM {table}"))


def test_two_contracts_ship_and_their_themes_are_known(maison: Maison) -> None:
    with maison.database.reading() as session:
        assert len(session.scalars(select(Contrat)).all()) == 2
        axes = session.scalars(select(Axe)).all()
    with maison.database.writing() as session:
        session.add(Contrat(code="suivant", libelle="Le suivant", debut=date(2031, 1, 1)))
    assert len(axes) == 15
    assert all(axe.thematiques and set(axe.thematiques) <= set(Thematique) for axe in axes)
