"""Faults of the simulators: the same calls fail each time, in the way that was asked for."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from the_case import new_world

from trimestre.simulators import LimeSurveySimulator, MoodleSimulator
from trimestre.simulators.faults import Faults
from trimestre.simulators.kobo import KoboSimulator
from trimestre.simulators.moodle_functions import ALL_CAPABILITIES
from trimestre.simulators.server import Simulator

PATHS = {
    MoodleSimulator: "/webservice/rest/server.php",
    LimeSurveySimulator: "/no-such-page",
    KoboSimulator: "/api/v2/assets/",
}
"""Something that is answered with a body."""


@pytest.fixture(params=[MoodleSimulator, LimeSurveySimulator, KoboSimulator])
def site(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with request.param(new_world()) as started:
        yield started


def get(site: Simulator, path: str = "/nothing", timeout: float = 5) -> requests.Response:
    return requests.get(site.url + path, timeout=timeout)


def kinds_of(faults: Faults, calls: list[bytes]) -> list[str | None]:
    return [faults.of(call) for call in calls]


CALLS = st.lists(st.binary(max_size=4), max_size=60)


@given(calls=CALLS, every=st.integers(1, 7), first=st.integers(1, 7), seed=st.integers(0, 9))
def test_the_same_settings_spoil_the_same_calls(calls: list[bytes], every: int, first: int, seed: int) -> None:
    def make() -> Faults:
        return Faults(("cut", "page", "broken"), every=every, first=first, seed=seed)

    assert kinds_of(make(), calls) == kinds_of(make(), calls)


@given(calls=CALLS, times=st.integers(1, 3))
def test_a_client_that_repeats_is_through_after_as_many_failures_as_were_set(calls: list[bytes], times: int) -> None:
    faults = Faults(("dropped", "truncated"), every=2, first=1, times=times)
    for call in calls:
        attempts = 1
        while faults.of(call):
            attempts += 1
        assert attempts in (1, times + 1)


def test_how_many_calls_are_made_at_a_time_does_not_change_how_many_fail() -> None:
    counts = []
    for threads in (1, 8):
        faults = Faults(("cut",), every=5, first=5)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(faults.of, [str(n).encode() for n in range(500)]))
        counts.append(faults.happened["cut"])
    assert counts == [100, 100]


def test_the_number_of_an_rpc_call_does_not_make_another_call_of_it() -> None:
    faults = Faults(("cut",), every=1, first=1)
    assert faults.of(b'{"method": "list_surveys", "id": 17}') == "cut"
    assert faults.of(b'{"method": "list_surveys", "id": 4}') is None


def test_every_site_can_fail_in_every_way(site: Simulator) -> None:
    expected: dict[Any, tuple[int, str | None]] = {
        "unavailable": (503, None), "unavailable_later": (503, "7"), "too_many": (429, "7"), "broken": (500, None),
    }  # fmt: skip
    for kind, (status, pause) in expected.items():
        site.faults = Faults((kind,), every=1, first=1, retry_after="7")
        answer = get(site)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (status, pause)
        assert get(site).status_code < 429  # repeated: answered as ever
    site.faults = Faults(("page",), every=1, first=1)
    assert (get(site).status_code, site.faults.happened) == (200, {"page": 1})
    for kind in ("dropped", "cut"):
        site.faults = Faults((kind,), every=1, first=1)  # type: ignore[arg-type]
        with pytest.raises(requests.ConnectionError if kind == "dropped" else requests.exceptions.ChunkedEncodingError):
            get(site, PATHS[type(site)])
    site.faults = Faults(("slow",), every=1, first=1, delay=0.4)
    with pytest.raises(requests.ReadTimeout):
        get(site, timeout=0.1)
    site.faults = None
    assert get(site).status_code < 429


def test_half_of_an_answer_comes_as_a_whole_one() -> None:
    with MoodleSimulator(new_world()) as site:
        form = {"wstoken": site.token, "wsfunction": "core_webservice_get_site_info", "moodlewsrestformat": "json"}
        whole = requests.post(f"{site.url}/webservice/rest/server.php", data=form, timeout=5)
        site.faults = Faults(("truncated",), every=1, first=1)
        half = requests.post(f"{site.url}/webservice/rest/server.php", data=form, timeout=5)
    assert half.status_code == 200
    assert whole.text.startswith(half.text)
    assert len(half.text) == len(whole.text) // 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(half.text)


def test_faults_can_be_set_at_the_start() -> None:
    site = MoodleSimulator(new_world(), capabilities=ALL_CAPABILITIES).start(Faults(("broken",), first=1))
    try:
        assert get(site).status_code == 500
    finally:
        site.stop()


def test_a_shift_takes_somebody_out_and_the_next_one_puts_them_back() -> None:
    world = new_world()
    moodle, limesurvey, kobo = MoodleSimulator(world), LimeSurveySimulator(world), KoboSimulator(world)

    def sizes() -> list[int]:
        responses = [len(survey.responses) for survey in world.surveys.values()]
        return [len(world.moodle.enrolments), sum(responses), len(kobo.form.submissions)]

    def all_of_it() -> tuple[Any, ...]:
        enrolled = sorted(map(repr, world.moodle.enrolments))
        return enrolled, {sid: list(one.responses) for sid, one in world.surveys.items()}, kobo.form.submissions

    before, was = sizes(), repr(all_of_it()[:2])
    for site in (moodle, limesurvey, kobo):
        site.shift()
    assert all(now < then for now, then in zip(sizes(), before, strict=True))
    for site in (moodle, limesurvey, kobo):
        site.shift()
    assert sizes() == before
    assert repr(all_of_it()[:2]) == was


def test_a_stopped_site_leaves_no_port_behind_after_faults(site: Simulator) -> None:
    site.faults = Faults(("cut", "dropped"), every=1, first=1)
    with pytest.raises(requests.RequestException):
        get(site, PATHS[type(site)])
    port = site.port
    site.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
