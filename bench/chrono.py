"""Timing calls in one process: the CPU they burn, the wall they take, measured in turns so that drift hits all alike.

CPU per call is the stable figure on a shared machine; the wall is given where waiting is what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time

from app.cli.serve import freeze

Call = Callable[[], object]
CHAUFFE = 15


@dataclass(slots=True)
class Durees:
    """Seconds of each call, in order."""

    cpu: list[float] = field(default_factory=list)
    mur: list[float] = field(default_factory=list)

    @property
    def mediane(self) -> float:
        """Of the CPU."""
        return median(self.cpu)

    @property
    def queue(self) -> float:
        """p99 / p50 of the CPU: what the collector and rare paths add to one client out of a hundred."""
        return quantile(self.cpu, 0.99) / self.mediane

    @property
    def queue_mur(self) -> float:
        """The same of the wall, which the neighbours of the machine also lengthen."""
        return quantile(self.mur, 0.99) / median(self.mur)


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of the others do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def alternate(
    calls: Mapping[str, Call],
    *,
    tours: int,
    par_tour: int,
    rares: Collection[str] = (),
    entre: Mapping[str, Call] | None = None,
) -> dict[str, Durees]:
    """Each call `tours` × `par_tour` times after a warm-up, in turns, the collector set as in a server's worker.

    Of `rares`, which are slow, a third as many are made. `entre` names what is done after each call, not timed.
    """
    after = {name: (entre or {}).get(name, _nothing) for name in calls}
    for name, call in calls.items():
        for _ in range(CHAUFFE):
            call()
            after[name]()
    freeze(None)
    durations = {name: Durees() for name in calls}
    for _ in range(tours):
        for name, call in calls.items():
            for _ in range(par_tour // 3 if name in rares else par_tour):
                _time(call, durations[name])
                after[name]()
    return durations


def _nothing() -> None:
    """What is done between two calls when nothing has to be."""


def once(call: Call) -> tuple[float, float]:
    """(CPU, wall) in seconds of one call."""
    found = Durees()
    _time(call, found)
    return found.cpu[0], found.mur[0]


def best(call: Call, *, fois: int) -> float:
    """The shortest wall of `fois` calls: of a long statement, the one that nobody disturbed."""
    return min(once(call)[1] for _ in range(fois))


def _time(call: Call, durations: Durees) -> None:
    wall, cpu = perf_counter(), process_time()
    call()
    durations.cpu.append(process_time() - cpu)
    durations.mur.append(perf_counter() - wall)


def ms(seconds: float) -> str:
    return f"{seconds * 1_000:.2f} ms"


def us(seconds: float) -> str:
    return f"{seconds * 1_000_000:.0f} µs"
