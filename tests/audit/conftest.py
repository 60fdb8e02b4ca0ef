"""An instant and somebody to act, beside the shared data base."""

from datetime import UTC, datetime

import pytest

from app.audit.services import Acteur


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 9, 30, 0, 250, tzinfo=UTC)


@pytest.fixture
def agent() -> Acteur:
    return Acteur.agent(agent_id=12, structure_id=70)
