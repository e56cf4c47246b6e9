"""The demo's case, read and built once in a process: what tests that share nothing would each do again."""

import pickle
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.simulators import World

ROOT = Path(__file__).resolve().parents[1]


@cache
def case_project() -> "Project":
    """The project of the repository, which does not change; whoever wants another one makes it by ``replace``."""
    from trimestre.contracts import load_project

    return load_project(ROOT)


def new_world() -> "World":
    """What ``build_world()`` gives, in a quarter of its time."""
    return _restored(_built())


def small_world() -> "World":
    """The case with every fifth account of its Moodle and those that stand for something: each is dear to ask for.

    For tests that no figure of the case is part of.
    """
    world = new_world()
    site = world.moodle
    pinned = {1, 5, 14, 76, 130, 226, 334}
    kept = {user_id for user_id in site.users if user_id % 5 == 0 or user_id in pinned or user_id > 472}
    site.users = {user_id: user for user_id, user in site.users.items() if user_id in kept}
    site.enrolments = [enrolment for enrolment in site.enrolments if enrolment.user_id in kept]
    for of_users in (site.completions, site.course_access, site.groups):
        for place in [place for place in of_users if place[1] not in kept]:
            del of_users[place]
    return world


def copied(world: "World") -> "World":
    """A world of its own that is as this one."""
    return _restored(_stored(world))


@cache
def _built() -> bytes:
    from trimestre.simulators import build_world

    return _stored(build_world())


def _stored(world: "World") -> bytes:
    parts: dict[str, Any] = dict(vars(world))
    del parts["lock"]  # each has its own
    return pickle.dumps(parts, pickle.HIGHEST_PROTOCOL)


def _restored(stored: bytes) -> "World":
    from trimestre.simulators import World

    return World(**pickle.loads(stored))  # noqa: S301 - it was stored by this process
