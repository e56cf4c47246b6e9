"""Patience with a site: what is asked again, how long the pauses are, and what a message may say."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from trimestre.errors import PermanentError, TransientError
from trimestre.simulators.faults import FaultKind, Faults
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.sources import http
from trimestre.sources.http import HttpSession, check_status, patiently


@dataclass
class Pauses:
    seconds: list[float] = field(default_factory=list)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    """The pauses that are asked for, none of which is slept."""
    found = Pauses()
    monkeypatch.setattr(http, "time", SimpleNamespace(sleep=found.seconds.append))
    return found


class Attempts:
    """Fails with each error in turn, then gives 7."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.made = list(errors), 0

    def __call__(self) -> int:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return 7


class Site(Simulator):
    """Answers every request alike."""

    def answer(self, request: Request) -> Response:
        return Response(b'{"value": 7, "more": "and more"}')


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as started:
        yield started


def ask(site: Any, *, method: str = "GET", timeout: float = 5.0) -> Any:
    """One call as the connectors make it: request, status, JSON."""
    with HttpSession("fuente", timeout=timeout) as session:

        def once() -> Any:
            response = session.request(method, f"{site.url}/secreto?token=t0ken")
            check_status("fuente", response)
            try:
                return response.json()
            except requests.JSONDecodeError:
                raise TransientError("fuente: found an answer of another form, expected JSON.") from None

        return patiently(once)


# -- how long and how often ----------------------------------------------------------------------------------------


def test_a_permanent_error_is_not_repeated(pauses: Pauses) -> None:
    call = Attempts(PermanentError("no"))
    with pytest.raises(PermanentError):
        patiently(call)
    assert (call.made, pauses.seconds) == (1, [])


def test_a_passing_error_is_repeated_after_growing_pauses_that_differ_by_chance(pauses: Pauses) -> None:
    for _ in range(5):
        assert patiently(Attempts(*[TransientError("x")] * (http.TRIES - 1))) == 7
    rounds = [pauses.seconds[start : start + 3] for start in range(0, 15, 3)]
    for found in rounds:
        for seconds, least in zip(found, (0.5, 1.0, 2.0), strict=True):
            assert least <= seconds <= 2 * least
    assert len({tuple(found) for found in rounds}) > 1


def test_patience_ends(pauses: Pauses) -> None:
    call = Attempts(*[TransientError("x")] * 99)
    with pytest.raises(TransientError):
        patiently(call)
    assert (call.made, len(pauses.seconds)) == (http.TRIES, http.TRIES - 1)


@given(asked=st.floats(0, 1e9))
def test_no_pause_is_shorter_than_asked_and_none_longer_than_a_worker_may_sleep(asked: float) -> None:
    found = Pauses()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "time", SimpleNamespace(sleep=found.seconds.append))
        call = Attempts(TransientError("x", retry_after=asked))
        if asked > http.LONGEST_PAUSE_SECONDS:
            with pytest.raises(TransientError) as caught:
                patiently(call)
            assert (caught.value.retry_after, call.made) == (asked, 1)
        else:
            assert patiently(call) == 7
            assert asked <= found.seconds[0] <= http.LONGEST_PAUSE_SECONDS + 2 * http.BACKOFF_SECONDS


# -- what passes ---------------------------------------------------------------------------------------------------

PASSING: list[FaultKind] = [
    "unavailable", "unavailable_later", "too_many", "broken", "slow", "dropped", "cut", "truncated", "page",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_is_not_seen(site: Site, pauses: Pauses, kind: FaultKind, method: str) -> None:
    site.faults = Faults((kind,), first=1, times=2, delay=0.3)
    assert ask(site, method=method, timeout=0.1 if kind == "slow" else 5)["value"] == 7
    assert site.faults.happened == {kind: 2}
    assert len(pauses.seconds) == 2


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_stays_is_transient_and_says_no_address(site: Site, pauses: Pauses, kind: FaultKind) -> None:
    site.faults = Faults((kind,), first=1, times=99, delay=0.3)
    with pytest.raises(TransientError) as caught:
        ask(site, timeout=0.1 if kind == "slow" else 5)
    assert site.faults.happened == {kind: http.TRIES}
    shown = f"{caught.value} {caught.value.__cause__}"
    assert "fuente" in shown
    assert not any(secret in shown for secret in ("t0ken", "secreto", "127.0.0.1"))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("header", ["90", "Wed, 21 Oct 2099 07:28:00 GMT"])
@pytest.mark.parametrize("kind", ["unavailable_later", "too_many"])
def test_a_long_pause_is_left_to_the_scheduler(site: Site, pauses: Pauses, kind: FaultKind, header: str) -> None:
    site.faults = Faults((kind,), first=1, times=99, retry_after=header)
    with pytest.raises(TransientError) as caught:
        ask(site)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= 90
    assert (site.faults.happened[kind], pauses.seconds) == (1, [])


def test_a_pause_that_is_no_time_is_as_none(site: Site, pauses: Pauses) -> None:
    site.faults = Faults(("too_many",), first=1, retry_after="mañana".encode().decode("latin-1"))
    assert ask(site)["value"] == 7


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
def test_a_refusal_is_permanent_at_once(site: Site, pauses: Pauses, status: int) -> None:
    site.fail_next(99, status=status)
    with pytest.raises(PermanentError, match=str(status)):
        ask(site)
    assert pauses.seconds == []


def test_a_body_that_stops_in_the_middle_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, HttpSession("fuente", timeout=0.2) as session:

        def serve() -> socket.socket:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            return connection

        with ThreadPoolExecutor(1) as pool:
            serving = pool.submit(serve)
            with pytest.raises(TransientError, match=r"respuesta en 0\.2 s"):
                session.get(f"http://127.0.0.1:{server.getsockname()[1]}")
            serving.result().close()
