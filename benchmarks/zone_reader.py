"""The passport reader on pictures that it never saw: what it fills, what is wrong of it, and what one reading costs.

The floor of the cost is a program that starts, loads the same libraries and decodes the same picture.
"""

import statistics
from collections import Counter, defaultdict

from benchmarks.figures import Figure

FIRST, PICTURES = 13000, 6  # numbers that neither training nor thresholds nor tests have seen; of each kind
DECODE = """
import os, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, sys.argv[1])
from steps import recognise
from steps.load import pictures
print(len([each for each in pictures(sys.stdin.buffer.read(), sys.argv[2])]))
"""


def run(bench) -> list[Figure]:
    from tests.fictitious_passports import KINDS, MISPRINTED

    results = {kind: [one(kind, number) for number in range(FIRST, FIRST + PICTURES)] for kind in KINDS}
    readable = {kind: found for kind, found in results.items() if kind != MISPRINTED}
    every = [each for found in results.values() for each in found]
    usual = [each for found in readable.values() for each in found]
    offered = sum(each["names offered"] for each in every)
    wrong_names = sum(each["names wrong"] for each in every)
    filled = 100 * sum(each["filled"] for each in usual) / len(usual)
    seconds, floor = (statistics.mean(each[key] for each in every) for key in ("seconds", "floor"))
    megabytes = max(each["megabytes"] for each in every)
    wrong = sum(each["wrong"] for each in every)
    return [
        Figure("passports filled completely", filled, "%", goal=">= 95 %", met=filled >= 95, detail=f"of {len(usual)} pictures"),
        Figure("certain fields that are wrong", wrong, "", goal="0", met=wrong == 0, detail=f"misprinted ones included: {len(every)} pictures"),
        Figure("names that are wrong", 100 * wrong_names / max(1, offered), "%", goal="<= 0.5 %", met=wrong_names <= 0.005 * offered, detail=f"of {offered} offered"),
        Figure("processor time of a reading", seconds, "s", floor, "start, libraries, decoding", "< 0.3 s", seconds < 0.3, f"at most {max(each['seconds'] for each in every):.2f} s"),
        Figure("memory of a reading, at most", megabytes, "MB", max(each["floor megabytes"] for each in every), "the same", "< 200 MB", megabytes < 200),
        *(by_kind(kind, found) for kind, found in results.items()),
    ]  # fmt: skip


def by_kind(kind: str, found: list[dict]) -> Figure:
    counted: Counter = Counter()
    costs = defaultdict(list)
    for each in found:
        counted.update({key: int(each[key]) for key in ("filled", "wrong", "names wrong", "not read")})
        for key in ("seconds", "megabytes"):
            costs[key].append(each[key])
    detail = ", ".join(f"{key} {counted[key]}" for key in ("wrong", "names wrong", "not read"))
    detail += f"; {statistics.mean(costs['seconds']):.2f} s, {max(costs['megabytes']):.0f} MB"
    return Figure(f"filled completely: {kind}", counted["filled"], f"of {len(found)}", detail=detail)


def one(kind: str, number: int) -> dict:
    """What became of one picture."""
    from rcm_portal.zone_reader import WORKER, understood
    from rcm_portal.zone_reader.steps.td3 import PLACES
    from tests import zone_program
    from tests.fictitious_passports import picture

    passport = picture.__wrapped__(kind, number)  # each is asked for once
    run = zone_program.read(passport.content, passport.media_type)
    bare = zone_program.measured(passport.content, "-c", DECODE, str(WORKER.parent), passport.media_type)
    reading = understood(run.said) if run.said else None

    def wrong(field: str) -> bool:
        line, begin, end = PLACES[field]
        return reading.lines[line][begin:end] != passport.lines[line][begin:end]

    certain = reading.certain if reading else frozenset()
    names = reading is not None and reading.names
    return {
        "filled": names and len(certain) == len(PLACES) - 1 and not any(map(wrong, PLACES)),
        "wrong": sum(map(wrong, certain)),
        "names offered": names,
        "names wrong": names and wrong("names"),
        "not read": reading is None,
        "seconds": run.seconds,
        "megabytes": run.megabytes,
        "floor": bare.seconds,
        "floor megabytes": bare.megabytes,
    }
