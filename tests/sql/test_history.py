"""Random nights of two sources against a small reference model of what the tables must hold after each of them.

Many histories share their batches; one that does not hold is told again by itself, so that hypothesis makes it small.
Some are played by themselves from the start: with batches that die, are rejected or staged twice.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from history.alone import next_source, play
from history.crowd import Crowd
from history.playing import Place, judge_by_hand
from history.strategies import histories
from history.things import EVERYWHERE, MOST_PER_EMAIL, MOST_PER_ID, SHARED, Night, Record, one, part, whole
from hypothesis import HealthCheck, Phase, given, seed, settings
from the_case import case_project

from trimestre.pipeline import validation
from trimestre.warehouse.database import connect

_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def made(postgres: Any, make_database: Any, template: str) -> Iterator[Place]:
    """A warehouse of its own, with an identity contract whose limits a few accounts reach."""
    name = make_database(template)
    engine = connect(postgres.url(name))
    project = case_project()
    identity = project.identity.model_copy(
        update={
            "keys": ("legal_id", "employee_id", "email"),
            "shared_mailboxes": (SHARED,),
            "max_accounts_per_email": MOST_PER_EMAIL,
            "max_accounts_per_id": MOST_PER_ID,
            "legal_id_pattern": "[A-Z0-9/]+",
            "legal_id_check_digit": None,
            "employee_id_within": "institution",
            "employee_id_everywhere": EVERYWHERE,
            "sex_order": ("primera", "segunda"),
        }
    )
    yield Place(engine, replace(project, identity=identity))
    engine.dispose()
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def place(postgres: Any, make_database: Any, migrated_template: str) -> Iterator[Place]:
    yield from made(postgres, make_database, migrated_template)


@pytest.fixture
def own_place(postgres: Any, make_database: Any, migrated_template: str) -> Iterator[Place]:
    yield from made(postgres, make_database, migrated_template)


# ---------------------------------------------------------------- many histories in the same batches
def tell(place: Place, folder: Path, number: int, count: int) -> None:
    """Tell ``count`` random histories together, the same ones for the same number; the failing ones again alone."""
    told: list[list[Night]] = []
    wrong = (number % 3, number % 2)

    def drawn(test: Any, *phases: Phase) -> Any:
        chosen = settings(max_examples=count, database=None, phases=phases, **_COMMON)
        return seed(number)(chosen(given(nights=histories(sources=2, fates=("merged",)))(test)))

    def collect(nights: list[Night]) -> None:
        told.append(nights)

    drawn(collect, Phase.generate)()
    crowd = Crowd(place, folder, told)
    found: dict[str, list[str]] = defaultdict(list)
    for prefix, what in crowd.tale(wrong):
        found[prefix].append(what)
    if not found:
        return
    failing = [nights for prefix, nights in zip(crowd.prefixes, told, strict=True) if prefix in found or "" in found]

    def alone(nights: list[Night]) -> None:
        if nights in failing or nights not in told:
            small = Crowd(place, folder, [nights], next_source())
            assert list(small.tale(wrong)) == []

    drawn(alone, Phase.generate, Phase.shrink)()
    pytest.fail(f"number {number}: these differ among others only: {dict(found)}")


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations is left out of replays, as of the nights."""
    monkeypatch.setattr(validation, "validate", judge_by_hand)


@pytest.mark.usefixtures("by_hand")
def test_histories_in_the_same_batches_are_what_their_nights_say(own_place: Place, tmp_path: Path) -> None:
    tell(own_place, tmp_path, 1, 25)


@pytest.mark.slow
@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize("number", [2, 3])
def test_a_thousand_histories_are_what_their_nights_say(own_place: Place, tmp_path: Path, number: int) -> None:
    tell(own_place, tmp_path, number, 1000)


@pytest.mark.usefixtures("by_hand")
def test_a_gap_that_only_a_withdrawn_night_told_keeps_nothing(place: Place, tmp_path: Path) -> None:
    there, away = one(ENROLLED, PASSED), one(SUSPENDED, PASSED)
    nights = [whole(there), whole(away), whole(there), whole(there), whole(one(ENROLLED, EMPTIED))]
    assert list(Crowd(place, tmp_path, [nights], next_source()).tale((1, 0))) == []


# ---------------------------------------------------------------- each by itself
@settings(max_examples=16, derandomize=True, phases=(Phase.generate, Phase.shrink), **_COMMON)
@given(nights=histories(sources=2))
def test_history_is_what_the_nights_say(place: Place, nights: list[Night]) -> None:
    play(place, nights)


@pytest.mark.slow
@settings(max_examples=200, **_COMMON)
@given(nights=histories(sources=2))
def test_many_histories(place: Place, nights: list[Night]) -> None:
    play(place, nights)


# ---------------------------------------------------------------- nights that went wrong once
A, B, FALSE_ROW = ("account", "k1", "a"), ("account", "k1", "b"), ("account", "k1", "bad")
TYPED, OTHERWISE = ("reported_value", "k1", "a"), ("reported_value", "k1", "b")
OTHER_SEX = ("account", "k1", "c")
OUT, NOBODY = ("account", "k1", "out"), ("account", "k1", "lost")
UNREADABLE = Record(unreadable=True)
ENROLLED, SUSPENDED = ("enrolment", "k1", "a"), ("enrolment", "k1", "b")
PASSED, EMPTIED = ("module_completion", "k1", "a"), ("module_completion", "k1", "c")
EARLY, LATE = ("attendance", "k1", "b"), ("attendance", "k1", "a")

CASES = {
    "a conflict stays one until one record is gone": [
        whole(one(A)), whole(one(A), one(B)), whole(one(A), one(B)), whole(one(B)),
    ],
    "a key does not vanish with the record that disputed it": [whole(one(A)), whole(one(A), one(B)), whole(one(A))],
    "a key does not vanish with a bad copy of it": [whole(one(A)), whole(one(A), one(FALSE_ROW)), whole(one(A))],
    "what a disputed record gave before the dispute can vanish": [
        whole(one(ENROLLED)), whole(one(ENROLLED), one(A, SUSPENDED)), whole(one(ENROLLED)),
    ],
    "a further giver of a row is asked too": [
        whole(one(A), one(A, noise=1)), whole(one(B), one(A, noise=1)), whole(one(A, noise=1)),
    ],
    "all records of the disputing side are retained": [
        whole(one(A)), whole(one(A), one(B), one(B, noise=1)), whole(one(A)), whole(one(B, noise=1)),
    ],
    "a row of two scopes stays while one holds it": [
        whole(one(A), scope="s1"), whole(one(A), scope="s2"), whole(scope="s2"), whole(scope="s1"),
    ],
    "bad in a part, then as before": [whole(one(A)), part(one(FALSE_ROW)), whole(one(A)), whole()],
    "held back in another scope": [
        whole(one(A), scope="s1"), Night({"s1": (True, ()), "s2": (True, (one(FALSE_ROW),))}), whole(scope="s1"),
        whole(scope="s2"),
    ],
    "bad beside a further giver": [
        whole(one(A), one(A, noise=1)), whole(one(FALSE_ROW), one(A, noise=1)), whole(one(A, noise=1)), whole(),
    ],
    "no longer counted, then gone": [whole(one(A)), whole(one(OUT)), whole(one(OUT)), whole()],
    "only rows that do not count": [whole(one(OUT)), whole(one(OUT))],
    "a reset stays one when it is read again": [
        whole(one(ENROLLED, PASSED)), whole(one(SUSPENDED, EMPTIED)), whole(one(ENROLLED, EMPTIED)),
        whole(one(ENROLLED, EMPTIED), fingerprint="f2"),
    ],
    "a reset that came with the end of the gap too": [
        whole(one(ENROLLED, PASSED)), whole(one(SUSPENDED, PASSED)), whole(one(ENROLLED, EMPTIED)),
        whole(one(ENROLLED, EMPTIED), fingerprint="f2"),
    ],
    "an account on a list twice, one after the other": [
        whole(one(LATE)), whole(one(LATE), one(EARLY)), whole(one(LATE)), whole(one(EARLY)),
    ],
    "a later copy on a list": [whole(one(EARLY)), whole(one(EARLY), one(LATE)), whole(one(LATE))],
    "a giver elsewhere is read again after a change": [
        whole(one(A), scope="s1"), whole(one(A), scope="s2"), whole(one(B), scope="s1"), whole(one(A), scope="s2"),
        whole(scope="s1"), whole(scope="s2"),
    ],
    "nothing vanishes beside what can't be read": [whole(one(A)), whole(UNREADABLE), whole()],
    "nothing vanishes beside a row of nobody": [whole(one(A)), whole(one(NOBODY)), whole()],
    "nothing is mended beside what can't be read": [whole(one(FALSE_ROW)), whole(UNREADABLE), whole()],
    "no typed figure vanishes beside one of nobody": [
        whole(one(("reported_value", "k1", "a"))), whole(one(("reported_value", "k1", "lost"))), whole(),
    ],
    "two scopes type a figure each their own": [
        whole(one(TYPED)), whole(one(OTHERWISE), scope="s2"), whole(one(TYPED, noise=1)),
        whole(one(OTHERWISE), scope="s2"), whole(), whole(one(OTHERWISE), scope="s2"),
    ],
    "two lists, each its own time": [
        whole(one(LATE)), whole(one(EARLY), scope="s2"), whole(one(LATE)), whole(one(EARLY), scope="s2"),
        whole(one(LATE)),
    ],
    "two scopes spell a name each their own": [
        whole(one(A)), whole(one(B), scope="s2"), whole(one(A)), whole(one(B), scope="s2"), whole(one(A, noise=1)),
    ],
    "two scopes land together, in any order": [
        Night({"s1": (True, (one(A),)), "s2": (True, (one(B),))}),
        Night({"s2": (True, (one(B),)), "s1": (True, (one(A),))}, fingerprint="f2"),
        whole(one(B), scope="s2", fingerprint="f3"),
    ],
    "the owner goes and the other spelling is read": [
        whole(one(A)), whole(one(B), scope="s2"), whole(), whole(one(B), scope="s2"), whole(scope="s2"),
    ],
    "a correction in the owner's scope beside another spelling": [
        whole(one(A)), whole(one(B), scope="s2"),
        Night({"s1": (True, (one(("account", "k1", "bad")),)), "s2": (True, (one(B),))}),
        Night({"s2": (True, (one(B),)), "s1": (True, (one(B, noise=1),))}),
    ],
    "one source forgets nothing of another that gives the same": [
        Night({"s1": (True, (one(TYPED),)), "s2": (True, (one(TYPED),))}, source=1),
        Night({"s1": (True, (one(TYPED),)), "s2": (True, (one(TYPED),))}), whole(),
    ],
    "one scope says two things": [
        whole(one(A)), whole(one(B), one(B, noise=1), scope="s2"), whole(), whole(one(A), one(B), scope="s2"),
        Night({"s1": (True, (one(A),)), "s2": (True, (one(A), one(B)))}),
    ],
    "two scopes say another sex": [
        whole(one(A)), whole(one(OTHER_SEX), scope="s2"), whole(one(OTHER_SEX), scope="s2"), whole(),
        whole(one(OTHER_SEX), scope="s2"),
    ],
    "another sex in one batch": [
        Night({"s1": (True, (one(A),)), "s2": (True, (one(OTHER_SEX),))}),
        Night({"s1": (True, (one(B),)), "s2": (True, (one(OTHER_SEX),))}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("nights", CASES.values(), ids=CASES)
def test_nights_that_went_wrong_once(place: Place, nights: list[Night]) -> None:
    play(place, nights)
