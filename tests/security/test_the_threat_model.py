"""The threat model names tests that exist, and every test of attacks is named in it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOLD = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(?:tests/)?((?:[a-z]+/)+test_[a-z_*]+\.py)`", TOLD))


def test_every_test_that_it_names_exists() -> None:
    assert len(NAMED) > 30
    assert [name for name in sorted(NAMED) if not list((ROOT / "tests").glob(name))] == []


def test_every_test_of_attacks_is_named() -> None:
    here = {f"security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert here - NAMED == {"security/test_the_threat_model.py"}
