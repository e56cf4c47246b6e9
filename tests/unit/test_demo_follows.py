"""The demo waits for its own sources, whatever else people do on its page meanwhile."""

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
