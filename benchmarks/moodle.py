"""The fetch of a Moodle site beside a bare loop of the same calls: elapsed time, and what the client computes.

A simulated site of N learners runs in a process of its own and takes as long as the recorded one did on two cores: two
requests at a time, some 23 ms about the completion of a person, 2 ms a person in a list (``--instant`` for none of it).
The connector's fetch (one session, parsing, checks, landing) and the bare loop (the calls that it landed, sent again by
``requests`` with as many threads, answers thrown away) alternate; of several repeats the fastest of each counts.

    .venv/bin/python benchmarks/moodle.py                  # 5,000 learners, some minutes
    .venv/bin/python benchmarks/moodle.py 500 --instant    # seconds, and only the client's own cost

2026-11-22, two cores shared with other work, 5,000 learners: fetch 83.5 s, bare loop 85.5 s (0.98 ×); CPU of the
client 7.1 s against the loop's own 6.6 s, 8 % of the elapsed time. Against a site that answers at once ``requests``
alone takes half of the elapsed time, and the share says nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import requests

from trimestre.contracts import load_project
from trimestre.pipeline.receiving import BatchLanding
from trimestre.simulators import MoodleSimulator, World, build_world
from trimestre.simulators.case_moodle import CERTIFICATE, CLOSE, M1, M2, M3, OPENING
from trimestre.simulators.server import Request, Response
from trimestre.sources.answers import read_answers
from trimestre.sources.base import Connection
from trimestre.sources.moodle import MoodleConnector
from trimestre.sources.moodle.calls import STATUSES

PROJECT = load_project(Path(__file__).resolve().parents[1])
SOURCE = PROJECT.source("moodle_pnud")
ELAPSED_TARGET, CPU_TARGET = 1.15, 0.30
_STATUS_SECONDS, _LISTED_SECONDS, _ID_SECONDS = 0.023, 0.002, 0.0003


class SlowSite(MoodleSimulator):
    """A site that takes its time, two requests at once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._slots = threading.Semaphore(2)

    def answer(self, request: Request) -> Response:
        """Answer after the time that the recorded site took."""
        asked = dict(parse_qsl(request.body.decode()))
        with self._slots:
            started = time.perf_counter()
            response = super().answer(request)
            time.sleep(max(self._seconds(asked, response) - (time.perf_counter() - started), 0))
        return response

    @staticmethod
    def _seconds(asked: dict[str, str], response: Response) -> float:
        if asked.get("wsfunction") == STATUSES:
            return _STATUS_SECONDS
        short = asked.get("options[2][value]") == "id"
        return response.body.count(b'{"id":') * (_ID_SECONDS if short else _LISTED_SECONDS)


def serve(learners: int, instant: bool) -> None:
    """Run the site until nobody listens any more; tells address and token on its first line."""
    world = build_world()
    present = len(world.moodle.enrolments)
    for number in range(max(learners - present, 0)):
        user_id = world.add_learner("mujer" if number % 2 else "hombre")
        for cmid, state in ((M1, 1), (M2, 1), (M3, 2), (CERTIFICATE, 1))[: number % 5]:
            world.complete(user_id, cmid, OPENING + (CLOSE - OPENING) * (number + 1) // (learners + 1), state)
    with (MoodleSimulator if instant else SlowSite)(world) as site:
        print(site.url, site.token, flush=True)
        sys.stdin.read()


@contextmanager
def site(learners: int, instant: bool) -> Iterator[Connection]:
    """The connection to a site in another process."""
    command = [sys.executable, __file__, str(learners), "--serve", *(["--instant"] if instant else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        address, token = process.stdout.readline().split()
        yield Connection(address, password=token)
        process.stdin.close()


@dataclass(frozen=True)
class Cost:
    """Seconds of one run."""

    elapsed: float
    cpu: float


@contextmanager
def measured(costs: list[Cost]) -> Iterator[None]:
    """Add what the block took: elapsed, and CPU of this process with all its threads."""
    elapsed, cpu = time.perf_counter(), time.process_time()
    yield
    costs.append(Cost(time.perf_counter() - elapsed, time.process_time() - cpu))


def fetch(connection: Connection, folder: Path, costs: list[Cost]) -> list[tuple[str, dict[str, str]]]:
    """The connector's fetch into a landing; the calls that it made, those about single persons last."""
    folder.mkdir()
    landing = BatchLanding(folder, folder, SOURCE.drop)
    connector = MoodleConnector(SOURCE, PROJECT, connection)  # type: ignore[arg-type]
    with measured(costs):
        connector.fetch(landing)
    answers = (answer for file in landing.stored for answer in read_answers(folder / file.path))
    return sorted(
        ((answer["method"], answer["parameters"]) for answer in answers), key=lambda call: call[0] == STATUSES
    )


def bare(connection: Connection, calls: list[tuple[str, dict[str, str]]], costs: list[Cost]) -> None:
    """The same calls by one session of requests, those about single persons by as many threads."""
    address = f"{connection.host}/webservice/rest/server.php"
    secret = {"wstoken": connection.password, "moodlewsrestformat": "json"}
    with requests.Session() as session, ThreadPoolExecutor(SOURCE.parallel) as pool:  # type: ignore[union-attr]

        def send(call: tuple[str, dict[str, str]]) -> int:
            return len(session.post(address, data={**secret, "wsfunction": call[0], **call[1]}, timeout=60).content)

        with measured(costs):
            total = sum(send(call) for call in calls if call[0] != STATUSES)
            total += sum(pool.map(send, (call for call in calls if call[0] == STATUSES)))
        assert total > 0


def report(ours: Iterable[Cost], theirs: Iterable[Cost], learners: int, calls: int) -> None:
    """Print the two ratios and whether they are within their targets."""
    best, loop = min(ours, key=lambda cost: cost.elapsed), min(theirs, key=lambda cost: cost.elapsed)
    share = min(cost.cpu for cost in ours) / loop.elapsed
    print(f"{learners:,} learners, {calls:,} calls, {os.cpu_count()} cores")
    for name, cost in (("fetch", best), ("bare loop", loop)):
        print(f"  {name}: {cost.elapsed:.1f} s elapsed, {cost.cpu:.1f} s CPU of the client")
    print(f"  elapsed: {best.elapsed / loop.elapsed:.2f} × the bare loop (target ≤ {ELAPSED_TARGET})")
    print(f"  CPU of the client: {share:.0%} of the bare loop's elapsed time (target ≤ {CPU_TARGET:.0%})")


def main(arguments: Any) -> None:
    """Alternate fetch and bare loop against one site."""
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with site(arguments.learners, arguments.instant) as connection, tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.repeat):
            calls = fetch(connection, Path(folder) / str(number), ours)
            bare(connection, calls, theirs)
    report(ours, theirs, arguments.learners, len(calls))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", nargs="?", type=int, default=5_000, help="people in the course")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the fastest counts")
    parser.add_argument("--instant", action="store_true", help="a site that answers at once")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    serve(given.learners, given.instant) if given.serve else main(given)
