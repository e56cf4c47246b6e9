"""The demo as its user runs it: `trimestre demo --once` in a process of its own, in a home of its own."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

FIGURES = {
    "L1-01": "0",
    "L1-02": "0",
    "L2-01": "400",
    "L2-02": "405",
    "L2-03": "87.1%",
    "L2-04": "87.8%",
    "L2-05": "465",
    "L2-07": "89",
    "L2-08": "24.7%",
    "L2-09": "4.27",
    "L2-10": "3",
}
SECONDS = 400


@pytest.fixture
def home(fresh_home: Path) -> Iterator[Path]:
    """A home, and afterwards nobody who works in it."""
    yield fresh_home
    for process in of_home(fresh_home):
        process.kill()
    psutil.wait_procs(of_home(fresh_home), timeout=10)


def of_home(home: Path) -> list[psutil.Process]:
    """Processes that this test's demo started: its home is in their environment or in their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.environ().get("TRIMESTRE_HOME", "")]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(home) in word for word in words):
            found.append(process)
    return found


def demo(home: Path, *words: str) -> "subprocess.Popen[str]":
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "TRIMESTRE"))}
    return subprocess.Popen(
        [sys.executable, "-m", "trimestre.cli", "demo", "--once", *words],
        env={**environment, "TRIMESTRE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(home: Path, *words: str) -> str:
    """What a demo that ran to its end printed."""
    process = demo(home, *words)
    try:
        out, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, out[-3000:]
    assert "Traceback" not in out
    return out


def figures(out: str) -> dict[str, str]:
    """The value of each indicator, from the printed table."""
    found = {}
    for line in out.splitlines():
        if match := re.match(r"^\W*(L[12]-\d\d)\s(.*)", line):
            printed = re.findall(r"(?<!\S)\d[\d,.]*%?(?!\S)", match[2])
            code, expected = match[1], FIGURES.get(match[1])
            found[code] = expected if expected in printed else " ".join(printed)
    return {code: value for code, value in found.items() if code in FIGURES}


def test_the_demo_prints_the_figures_and_says_the_second_time_that_nothing_changed(home: Path) -> None:
    first = finished(home)
    assert figures(first) == FIGURES
    for text in ("248", "152", "n. d.", "Meta alcanzada", "Con rezago", "Conforme a lo programado", "ilustrativas"):
        assert text in first
    elapsed = re.search(r"Del arranque de Airflow a la tabla: (\d+) s", first)
    assert elapsed
    assert re.search(r"http://127\.0\.0\.1:\d+/trimestre/", first)
    documents = sorted(path.name for path in (home / "documents/2020-Q2/preliminar").iterdir())
    assert {name.partition("-")[0] for name in documents} == {"informe", "iptt", "pirs", "iati", "dqa"}
    for name in ("informe-2020-Q2-preliminar.docx", "iptt-2020-Q2-preliminar.xlsx"):
        assert name in documents
        assert name in first
    assert of_home(home) == [], "processes were left behind"
    password = json.loads((home / "secrets" / "airflow_passwords.json").read_text())["admin"]
    assert password not in first

    second = finished(home)
    assert figures(second) == FIGURES
    assert "Nada cambió" in second
    assert "Nada cambió" not in first
    assert of_home(home) == []


def test_an_occupied_port_is_left_to_whoever_has_it(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        out = finished(home, "--port", str(port))
    (used,) = {int(number) for number in re.findall(r"http://127\.0\.0\.1:(\d+)", out)}
    assert port < used < port + 200
    assert figures(out) == FIGURES


def test_without_saying_a_port_8080_or_the_next_free_one_is_used(home: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8080))
            taken.listen()
        except OSError:
            pass  # somebody else has it: the same to us
        process = demo(home)
        try:
            deadline = time.monotonic() + SECONDS
            started: set[str] = set()
            while not started and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.5)
                for found in of_home(home):
                    try:
                        started |= {found.environ().get("AIRFLOW__API__PORT", "")} - {""}
                    except psutil.Error:
                        continue
        finally:
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=120)
    assert len(started) == 1
    assert 8080 < int(started.pop()) < 8280
    assert "Traceback" not in out


def test_killed_at_any_moment_and_started_again_it_gives_the_same_figures(home: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 16)
    moments = random.Random(seed)  # noqa: S311
    for least, most in ((1, 12), (12, 30), (30, 55)):
        process = demo(home)
        seconds = moments.uniform(least, most)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        time.sleep(moments.uniform(0, 3))
    assert figures(finished(home)) == FIGURES, f"seed {seed}"
    assert of_home(home) == []


def test_ctrl_c_ends_everything_it_started(home: Path) -> None:
    process = demo(home)
    time.sleep(25)
    assert of_home(home)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert "Traceback" not in out
    assert of_home(home) == []


def test_a_home_that_cannot_be_written_is_told() -> None:
    process = demo(Path("/proc/trimestre"))
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in out
    assert "/proc/trimestre" in out
