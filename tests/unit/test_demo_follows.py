"""The demo waits for its own sources and ends its own runs, whatever else people do on its page meanwhile."""

from contextlib import nullcontext
from typing import Any

import pytest

from trimestre import demo


class _Quiet:
    url = "http://127.0.0.1"

    def check(self) -> None:
        """Is well."""


def test_a_decision_about_people_while_the_demo_starts_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [demo._Progress(source, 1, "merged", (), None) for source in ("framework", "moodle", "identity")]
    night: Any = demo._Night.__new__(demo._Night)
    night._airflow, night._engine, night._project = _Quiet(), None, None
    night._sources = ["framework", "moodle"]
    monkeypatch.setattr(demo, "_PATIENCE", 0.0)
    monkeypatch.setattr(demo, "pending_quarters", lambda *_: [])
    monkeypatch.setattr(night, "_live", lambda: nullcontext(lambda _: None))
    monkeypatch.setattr(night, "_progress", lambda: found)
    monkeypatch.setattr(night, "_fail_early", lambda _: None)
    assert night._follow() == found


def test_a_slow_machine_is_waited_for_while_something_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter(["landed", "staged", "validated", "merged"])
    night: Any = demo._Night.__new__(demo._Night)
    night._airflow, night._engine, night._project = _Quiet(), None, None
    night._sources = ["framework"]
    clock = iter(range(0, 10_000, 200))  # seconds: each look at the slow machine comes so late
    monkeypatch.setattr(demo.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(demo.time, "sleep", lambda _: None)
    monkeypatch.setattr(demo, "pending_quarters", lambda *_: [])
    monkeypatch.setattr(night, "_live", lambda: nullcontext(lambda _: None))
    monkeypatch.setattr(night, "_progress", lambda: [demo._Progress("framework", 1, next(states), (), None)])
    for name in ("_fail_early", "_nudge"):
        monkeypatch.setattr(night, name, lambda *_: None)
    assert [item.state for item in night._follow()] == ["merged"]


class _WithRuns:
    """An Airflow in which runs of an earlier demo stand, that keeps which of them were ended."""

    def __init__(self, dag_ids: list[str]) -> None:
        self.dag_ids, self.ended = dag_ids, list[str]()

    def request(self, method: str, path: str, json: object = None) -> Any:
        """List the runs, or end one."""
        if method == "GET":
            return {"dag_runs": [{"dag_id": dag_id, "dag_run_id": "manual__1"} for dag_id in self.dag_ids]}
        self.ended.append(path.split("/")[2])
        return None


def test_a_close_that_waits_for_its_answer_outlives_the_next_start_of_the_demo() -> None:
    airflow = _WithRuns(["close_quarter", "ingest__moodle", "watch", "ingest__framework", "indicators"])
    night: Any = demo._Night.__new__(demo._Night)
    night._airflow, night._sources = airflow, ["framework", "moodle"]
    night._give_up_dead_runs()
    assert airflow.ended == ["ingest__moodle", "ingest__framework", "indicators"]
