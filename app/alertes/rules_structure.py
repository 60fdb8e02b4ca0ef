"""What a manager reads of the alerts of their structure: never a number that could point at somebody. Pure."""

from __future__ import annotations

PETIT = 10
ARRONDI = 5
PLANCHER = 15


def masked(count: int, *, jeunes: int) -> str:
    """“< 11” when there are as few, none included, or when they speak of as few people, who may have several each; else
    the nearest multiple of 5, never below 15 (cohortes.md, R6). A nought that is no longer one would say that somebody
    came."""
    if min(count, jeunes) <= PETIT:
        return f"<\N{NO-BREAK SPACE}{PETIT + 1}"
    return str(max(PLANCHER, (count + ARRONDI // 2) // ARRONDI * ARRONDI))
