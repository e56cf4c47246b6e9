"""What the tests of several connectors, and of contracts, need."""

import shutil
from pathlib import Path

import pytest
from fakes import FakeLanding
from the_case import new_world, small_world

from trimestre.simulators import World
from trimestre.sources import http

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of this project's contracts to break."""
    for folder in ("sources", "framework", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are repeated at once."""
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0)


@pytest.fixture
def world() -> World:
    """The people, sites and surveys of the case, for this test alone."""
    return new_world()


@pytest.fixture
def few_people() -> World:
    """The case with a hundred of its Moodle's accounts, for this test alone."""
    return small_world()


@pytest.fixture
def landing(tmp_path: Path) -> FakeLanding:
    """A landing without a database."""
    return FakeLanding(tmp_path / "landing")
