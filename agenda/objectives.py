"""The Global Compact's objectives, read from the data file that holds their official titles."""

import tomllib
from functools import cache
from pathlib import Path

from .rules.structure import Objective

FILE = Path(__file__).parent / "data" / "gcm_objectives.toml"


@cache
def official_objectives() -> tuple[Objective, ...]:
    """All objectives in order of their number, with title and short title in both languages."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        sorted((Objective(**row) for row in data["objective"]), key=lambda objective: objective.number)
    )
