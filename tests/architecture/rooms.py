"""The contract of the rooms (DESIGN §2), as a type of contract of import-linter.

A module belongs to a room and, inside it, to a kind of furniture; views and forms are one layer above all rooms.
"""

from __future__ import annotations

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

# lowest first; rooms of one rank do not import each other
ROOMS = (
    ("config",),
    ("db",),
    ("web",),
    ("audit", "vault"),
    ("accounts",),
    ("parcours",),
    ("programme",),
    ("rue",),
    ("referents",),
    ("jeunes",),
    ("alertes",),
    ("agenda",),
    ("cohortes",),
)
RANK = {room: rank for rank, group in enumerate(ROOMS) for room in group}
VIEWS, ROOT, CLI = len(ROOMS), len(ROOMS) + 1, len(ROOMS) + 2
VIEW_PREFIXES = ("views", "forms")
# what binds a request to Flask, beside the views
PLUMBING = {"app.accounts.navigation", "app.accounts.garde", "app.accounts.requete", "app.accounts.saisie",
            "app.accounts.web_sessions", "app.accounts.interruptions", "app.cohortes.acces"}  # fmt: skip
# inside a room; a module of another name is a service
KINDS = {"models": 0, "vocabulaire": 0, "places": 0, "filtres": 0, "rules": 0, "ddl": 0, "queries": 1, "policies": 2}
SERVICE = 3
NARROW = {"parcours": {"models", "rules", "vocabulaire"}, "programme": {"models", "rules", "vocabulaire"},
          "accounts": {"models", "policies", "vocabulaire"}}  # fmt: skip


def is_view(module: str) -> bool:
    return module in PLUMBING or module.split(".")[-1].startswith(VIEW_PREFIXES)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def rank_of(module: str) -> int:
    room = room_of(module)
    if room in {"", "cli"}:
        return CLI if room else ROOT
    return VIEWS if is_view(module) else RANK[room]


def kind_of(module: str) -> int:
    name = module.split(".")[-1]
    return next((kind for prefix, kind in KINDS.items() if name.startswith(prefix)), SERVICE)


def faults(graph: ImportGraph) -> Iterator[tuple[str, str, str]]:
    """(importer, imported, why) of every import that the house forbids."""
    ours = [module for module in graph.modules if module == "app" or module.startswith("app.")]
    for importer in sorted(ours):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if imported.startswith("app") and (why := fault(importer, imported)):
                yield importer, imported, why


def fault(importer: str, imported: str) -> str:
    """Why this import is forbidden; empty when it is not."""
    above, below = rank_of(importer), rank_of(imported)
    if imported == "app" or room_of(imported) == "":
        return "" if above == CLI else "only a command imports the application"
    if above < below:
        return "imports upward"
    if importer != "app" and not is_view(importer) and is_view(imported) and above != CLI:
        return "only views and the application import views"
    if room_of(importer) != room_of(imported):
        if above == below and above < VIEWS:
            return "two rooms of one rank"
        narrow = NARROW.get(room_of(imported))
        if room_of(importer) == "cohortes" and narrow and kind_name(imported) not in narrow:
            return "cohortes knows a narrow part of this room"
        return ""
    if above < VIEWS and kind_of(importer) < kind_of(imported):
        return "order inside the room"
    return ""


def kind_name(module: str) -> str:
    return module.split(".")[-1].split("_")[0]


class RoomsContract(Contract):
    """No option: the house is written above."""

    type_name = "rooms"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = list(faults(graph))
        return ContractCheck(kept=not found, metadata={"faults": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, why in check.metadata["faults"]:
            output.print_error(f"{importer} -> {imported}: {why}")
