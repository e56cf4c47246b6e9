"""Talking to an Airflow on this machine: a demo does not end because one answer was late."""

import json
import time
from pathlib import Path

import pytest

from trimestre.errors import PermanentError, TransientError
from trimestre.orchestration import rest
from trimestre.simulators.server import Request, Response, Simulator


class Busy(Simulator):
    """An Airflow whose first answers to each method come too late, or not at all."""

    def __init__(self, failing: int, status: int) -> None:
        super().__init__()
        self.failing, self.status = failing, status
        self.calls: list[str] = []

    def answer(self, request: Request) -> Response:
        if request.path == "/auth/token":
            return Response(json.dumps({"access_token": "x"}).encode())
        self.calls.append(request.method)
        if len(self.calls) <= self.failing:
            if not self.status:
                time.sleep(0.6)
            return Response(status=self.status or 200)
        return Response(b'{"dags": []}')


class Api(rest.AirflowApi):
    """Of a simulator."""

    def __init__(self, site: Simulator, folder: Path) -> None:
        super().__init__()
        self._site, self.logs, self.password_file = site, folder, folder / "passwords.json"
        self.password_file.write_text(json.dumps({"admin": "secret"}))

    @property
    def url(self) -> str:
        return self._site.url

    def check(self) -> None:
        """It always runs."""


@pytest.mark.parametrize("status", [0, 503])
def test_a_late_or_failed_answer_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(rest, "_TIMEOUT", 0.3)
    with Busy(2, status) as site:
        assert Api(site, tmp_path).request("GET", "/dags") == {"dags": []}
        assert site.calls == ["GET"] * 3


def test_a_run_that_the_scheduler_holds_is_ended_at_the_next_try(tmp_path: Path) -> None:
    with Busy(1, 500) as site:
        Api(site, tmp_path).request("PATCH", "/dags/indicators/dagRuns/1", {"state": "failed"})
    assert site.calls == ["PATCH"] * 2


def test_a_run_is_started_once_whether_or_not_it_was_answered(tmp_path: Path) -> None:
    with Busy(1, 503) as site, pytest.raises(TransientError, match="503"):
        Api(site, tmp_path).trigger("indicators")
    assert site.calls == ["POST"]


def test_what_fails_for_good_is_said_with_its_status(tmp_path: Path) -> None:
    with Busy(99, 500) as site, pytest.raises(TransientError, match="500"):
        Api(site, tmp_path).request("GET", "/dags")
    with Busy(99, 404) as site, pytest.raises(PermanentError, match="404"):
        Api(site, tmp_path).request("GET", "/dags")
    assert site.calls == ["GET"]
