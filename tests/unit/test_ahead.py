"""What a night does beside a merge, and that no source stops another."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from trimestre.errors import BatchRejected
from trimestre.pipeline import ahead, night
from trimestre.pipeline.merging import Merged
from trimestre.pipeline.staging import MANY_RECORDS
from trimestre.warehouse.entities import FRAMEWORK_SOURCE

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG = 10.0


class Steps:
    """The steps of a night in the place of the real ones: what was done, and who waits for whom."""

    def __init__(self, sources: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.sources = sources
        self.parsed: dict[str, int] = {}
        self.fails: set[str] = set()
        self.while_merging: Callable[[str], None] = lambda source: None
        self.done: list[str] = []
        self.landed = {source: Event() for source in sources}
        self.ready = {source: Event() for source in sources}
        for name in ("land", "make_ready", "merge"):
            monkeypatch.setattr(night, name, getattr(self, name))

    def land(self, _: Any, source: str) -> int:
        self._does("land", source)
        self.landed[source].set()
        return self.sources.index(source)

    def make_ready(self, _: Any, batch_id: int, now: datetime) -> int:
        source = self.sources[batch_id]
        self._does("ready", source)
        self.ready[source].set()
        return self.parsed.get(source, 1)

    def merge(self, _: Any, batch_id: int, now: datetime) -> Merged:
        source = self.sources[batch_id]
        self.while_merging(source)
        self._does("merge", source)
        return Merged(batch_id, (), changed=True)

    def _does(self, step: str, source: str) -> None:
        self.done.append(f"{step} {source}")
        if f"{step} {source}" in self.fails:
            raise BatchRejected(f"{step} {source}: found it broken, expected it whole. Mend it.")

    def run(self) -> Iterator[tuple[str, Any]]:
        plant: Any = SimpleNamespace()
        return ahead.ingest_all(plant, self.sources, lambda: NOW)


def test_the_next_source_is_made_ready_while_few_rows_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(["a", "b"], monkeypatch)
    beside = []
    steps.while_merging = lambda source: beside.append(source == "b" or steps.ready["b"].wait(LONG))
    assert [(source, outcome.batch_id) for source, outcome in steps.run()] == [("a", 0), ("b", 1)]
    assert beside == [True, True]


@pytest.mark.parametrize(("first", "parsed"), [("a", MANY_RECORDS), (FRAMEWORK_SOURCE, 1)])
def test_beside_a_merge_of_many_rows_or_of_the_framework_it_is_only_brought_over(
    first: str, parsed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large merge empties staging tables as a whole; the framework's editions stand before others speak of them."""
    steps = Steps([first, "b"], monkeypatch)
    steps.parsed[first] = parsed
    beside = []

    def while_merging(source: str) -> None:
        if source == first:
            beside.append((steps.landed["b"].wait(LONG), steps.ready["b"].wait(0.1)))

    steps.while_merging = while_merging
    assert len(list(steps.run())) == 2
    assert beside == [(True, False)]
    assert steps.done == [f"land {first}", f"ready {first}", "land b", f"merge {first}", "ready b", "merge b"]


@pytest.mark.parametrize("broken", ["land b", "ready b", "merge b"])
def test_a_source_that_fails_stops_no_other(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(["a", "b", "c"], monkeypatch)
    steps.fails.add(broken)
    outcomes = dict(steps.run())
    assert {source: isinstance(outcome, BatchRejected) for source, outcome in outcomes.items()} == {
        "a": False, "b": True, "c": False,
    }  # fmt: skip
    assert str(outcomes["b"]).startswith(broken)
    assert "merge c" in steps.done


def test_a_night_that_is_broken_off_brings_nothing_more_over(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(["a", "b", "c", "d"], monkeypatch)
    steps.parsed["a"] = MANY_RECORDS

    def break_off(source: str) -> None:
        steps.landed["b"].wait(LONG)
        raise KeyboardInterrupt

    steps.while_merging = break_off
    with pytest.raises(KeyboardInterrupt):
        list(steps.run())
    assert steps.done == ["land a", "ready a", "land b"]
