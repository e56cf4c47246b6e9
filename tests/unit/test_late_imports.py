"""What a heavy import brings along comes when it is asked for, and nobody is left with a stand-in."""

import gc
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from trimestre.late_imports import lightly


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package ``heavy_one`` with a module ``heavy_one.part``, and a module that imports it in every way."""
    (tmp_path / "heavy_one").mkdir()
    (tmp_path / "heavy_one" / "__init__.py").write_text("")
    (tmp_path / "heavy_one" / "part.py").write_text("print('imported')\nNUMBER = 7\n")
    (tmp_path / "heavy_user.py").write_text(
        "import heavy_one.part as one\nfrom heavy_one import part as two\nimport heavy_one.part\n"
        "def number():\n    return one.NUMBER, two.NUMBER, heavy_one.part.NUMBER\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("heavy_one", "heavy_one.part", "heavy_user"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "heavy_one.part"


def test_what_is_not_used_is_not_imported_and_what_is_used_is_imported_once(
    package: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with lightly(package):
        user = importlib.import_module("heavy_user")
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count(), "the end of the process looks through all that was imported"
    assert capsys.readouterr().out == ""
    assert user.number() == (7, 7, 7)
    assert capsys.readouterr().out == "imported\n"


def test_whoever_imports_it_afterwards_gets_the_real_one(package: str) -> None:
    with lightly(package):
        user = importlib.import_module("heavy_user")
    real = importlib.import_module(package)
    assert real is sys.modules[package]
    assert vars(real)["NUMBER"] == 7
    assert vars(sys.modules["heavy_one"])["part"] is real
    assert user.number() == (7, 7, 7)


def test_what_is_asked_for_meanwhile_and_what_was_there_before_is_the_real_one(package: str) -> None:
    with lightly(package, "no_such_module", "no_such_package.part"):
        assert importlib.import_module("heavy_user").number() == (7, 7, 7)
        real = sys.modules[package]
    with lightly(package):
        assert sys.modules[package] is real
    assert sys.modules[package] is real


def test_great_expectations_comes_without_statistics_and_charts_and_finds_them_when_it_needs_them() -> None:
    code = (
        "import sys\n"
        "from trimestre.late_imports import UNUSED, lightly\n"
        "with lightly(*UNUSED):\n    import great_expectations\n"
        "assert not [name for name in sys.modules if name.startswith(('scipy.stats', 'altair'))]\n"
        "from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as needs\n"
        "assert needs.stats.entropy([0.5, 0.5]) > 0\n"
        "assert needs.alt.Chart\n"
        "import altair, scipy.stats\n"
        "assert altair.Chart is needs.alt.Chart and scipy.stats.entropy is needs.stats.entropy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
