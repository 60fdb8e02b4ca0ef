"""What each attack obtained, gathered from every process of the run and printed at its end, before and after."""

from __future__ import annotations

from collections import defaultdict

ATTAQUE = "adversaire"
COLONNES = ("unprotected 600", "unprotected 3000", "ledger 600", "ledger 3000")


def pytest_terminal_summary(terminalreporter) -> None:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == ATTAQUE:
                    attaque, colonne, mesure = value
                    found[attaque][colonne] = mesure
    if not found:
        return
    terminalreporter.section("attacks, before and after")
    wide = max(map(len, found))
    _line(terminalreporter, "", COLONNES, wide)
    for attaque, values in sorted(found.items()):
        _line(terminalreporter, attaque, [values.get(colonne, "") for colonne in COLONNES], wide)


def _line(terminalreporter, attaque: str, values, wide: int) -> None:
    columns = " | ".join(f"{value:>16}" for value in values)
    terminalreporter.write_line(f"{attaque:<{wide}} | {columns}")
