"""Parts of pages kept by a process while the ledger says the same: what is published never changes, only grows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from flask import current_app
from markupsafe import Markup

_NAME = "cohortes_memoire"
# a whole cohort is about 250 kB
COMBIEN = 64
Partie = tuple[str, Markup]


class Memoire:
    """The last parts asked for, each with the state of the ledger that it tells."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[object, Partie]] = OrderedDict()
        self._lock = Lock()

    def get(self, name: str, state: object) -> Partie | None:
        with self._lock:
            found = self._kept.get(name)
            if found is None or found[0] != state:
                return None
            self._kept.move_to_end(name)
            return found[1]

    def put(self, name: str, state: object, partie: Partie) -> None:
        with self._lock:
            self._kept[name] = (state, partie)
            while len(self._kept) > COMBIEN:
                self._kept.popitem(last=False)


def remembered(name: str, state: object, build: Callable[[], Partie | None]) -> Partie | None:
    """The title and the body of a page, built once for a state of the ledger; None is not kept."""
    memoire: Memoire = current_app.extensions.setdefault(_NAME, Memoire())
    found = memoire.get(name, state)
    if found is None and (found := build()) is not None:
        memoire.put(name, state, found)
    return found
