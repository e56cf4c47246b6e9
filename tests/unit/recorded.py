"""Recorded answers of real platforms, and how a simulated answer is held to them."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures"


def recorded(name: str) -> Any:
    """One recorded answer (or a set of them) of ``tests/fixtures``."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def differences(real: Any, simulated: Any, where: str = "$") -> list[str]:
    """Where keys or JSON types differ; every element of a simulated list must resemble a recorded one."""
    if isinstance(real, dict) and isinstance(simulated, dict):
        found = [f"{where}: key {key} on one side only" for key in sorted(real.keys() ^ simulated.keys())]
        for key in real.keys() & simulated.keys():
            found += differences(real[key], simulated[key], f"{where}.{key}")
        return found
    if isinstance(real, list) and isinstance(simulated, list):
        if not real or not simulated:
            return []
        found = []
        for place, item in enumerate(simulated):
            tries = [differences(sample, item, f"{where}[{place}]") for sample in real]
            if all(tries):
                found += min(tries, key=len)
        return found
    if type(real) is not type(simulated):
        return [f"{where}: recorded {type(real).__name__}, simulated {type(simulated).__name__}"]
    return []
