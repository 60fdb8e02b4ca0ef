"""Where the real trajectories are: beside the project, never in it (they carry no licence of their own)."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_real_trajectories = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real trajectories are not beside the project (../shared/data)"
)


def real(kind: str) -> bytes:
    """The bytes of the file of `dossiers` or `etapes`."""
    return (SHARED_DATA / f"mvad_{kind}.csv").read_bytes()
