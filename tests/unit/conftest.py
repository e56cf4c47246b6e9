"""What the tests of several connectors, and of contracts, need."""

import shutil
from pathlib import Path

import pytest
from fakes import FakeLanding
from the_case import new_world

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
    """The case with every fifth account of its Moodle and those that stand for something: a call for each is dear."""
    world = new_world()
    site = world.moodle
    pinned = {1, 5, 14, 76, 130, 226, 334, *range(474, 500)}
    kept = {user_id for user_id in site.users if user_id % 5 == 0 or user_id in pinned}
    site.users = {user_id: user for user_id, user in site.users.items() if user_id in kept}
    site.enrolments = [enrolment for enrolment in site.enrolments if enrolment.user_id in kept]
    for of_users in (site.completions, site.course_access, site.groups):
        for place in [place for place in of_users if place[1] not in kept]:
            del of_users[place]
    return world


@pytest.fixture
def landing(tmp_path: Path) -> FakeLanding:
    """A landing without a database."""
    return FakeLanding(tmp_path / "landing")
