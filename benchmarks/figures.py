"""A measured figure, its floor and its goal; the table and the JSON made of them."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`met` says whether the goal was reached; None where there is no goal."""

    work: str
    value: float
    unit: str
    floor: float | None = None
    floor_of: str = ""
    goal: str = ""
    met: bool | None = None
    detail: str = ""


def seconds_per_call(work: Callable[[], object], *, rounds: int, warm_up: int = 1) -> float:
    """Median seconds of one call."""
    for _call in range(warm_up):
        work()
    times = []
    for _call in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, the nearest measured one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(figures: list[Figure]) -> str:
    rows = [("work", "measured", "floor", "goal", "")]
    for figure in figures:
        floor = f"{figure.floor:.4g} {figure.unit} ({figure.floor_of})" if figure.floor is not None else ""
        verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
        rows.append((figure.work, f"{figure.value:.4g} {figure.unit}", floor, figure.goal, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    for index, figure in enumerate(figures, start=1):
        if figure.detail:
            lines[index] += f"\n    {figure.detail}"
    return "\n".join(lines)


def write_json(figures: list[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False) + "\n")
