"""What the peer borrows from the application that it is compared with."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from app.vault.service import Vault


class Coffre:
    """Its vault and its clock, given once by the benchmark."""

    vault: Vault
    clock = staticmethod(timezone.now)


def today() -> date:
    return Coffre.clock().astimezone(timezone.get_current_timezone()).date()
