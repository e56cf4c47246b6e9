"""Two nights of `trimestre night` beside «raw», each as a process of its own: CPU, wall, memory, and what came out.

``make bench N=10000`` or ``make bench N="10000 100000" REPEAT=2``. Each contender has an embedded PostgreSQL of its own
in a temporary home, so that one's autovacuum is never the other's cost; the nights of both alternate. CPU seconds are
those of the client process and its children and of all processes of its server (user and system); they hardly depend
on what else the machine does, elapsed time does. Of several repeats the cheapest run by CPU counts.

The tables for analysts are no part of that race: `trimestre marts refresh` follows each night as a line of its own.

``PEERS=1`` lets what others would build of dlt, dbt and pandas run along (``peers/``), in an environment of their own.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import generate
import psutil
import psycopg

from trimestre.embedded import EmbeddedPostgres

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "project"
PERIOD = "2020-Q2"
CONTENDERS = ("raw", "trimestre")
PEERS = {
    "dlt + dbt": ("dlt_dbt.py",),
    "dlt + dbt, expert": ("dlt_dbt.py", "--expert"),
    "pandas": ("pandas_night.py",),
}
"""Contender -> its program below ``peers/`` and what that is given."""


@dataclass(frozen=True)
class Cost:
    """What one run cost; seconds and MiB."""

    client: float
    server: float
    wall: float
    memory: float

    @property
    def cpu(self) -> float:
        """CPU seconds of client and server together."""
        return self.client + self.server


@dataclass(frozen=True)
class Run:
    """One night of one contender: its cost, and its figures that differ from the truth."""

    cost: Cost
    wrong: dict[str, tuple[Any, Any]]
    figures: int
    marts: Cost | None = None
    """What the tables for analysts cost afterwards, where the contender has any."""


class Server:
    """One embedded PostgreSQL below a folder, and the CPU that it has used."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(mode=0o711)
        self.postgres = EmbeddedPostgres.start(home)

    def url(self, database: str) -> str:
        """URL for SQLAlchemy of a new or present database."""
        self.postgres.ensure_database(database)
        return self.postgres.url(database)

    def cpu(self) -> float:
        """User and system seconds of the server: the living processes, and those that it has seen end."""
        if self.postgres.pid is None:
            raise SystemExit("PostgreSQL: found it gone, expected it to run. See its log.")
        postmaster = psutil.Process(self.postgres.pid)
        while True:
            ended = postmaster.cpu_times()
            living = 0.0
            for process in postmaster.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    living += sum(process.cpu_times()[:2])
            # What a process used passes to its parent when it ends: seen in the middle of that, it would be lost.
            if postmaster.cpu_times()[2:4] == ended[2:4]:
                return float(sum(ended[:4]) + living)


@contextmanager
def room() -> Iterator[Path]:
    """A temporary folder that PostgreSQL's own user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="trimestre-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def plain(url: str) -> str:
    """The URL as libpq takes it."""
    return url.replace("+psycopg", "")


def measured(server: Server, command: list[str], environment: dict[str, str]) -> tuple[Cost, str]:
    """Run a command to its end: its cost and what it printed. CPU and memory come from the kernel's account."""
    before, begun = server.cpu(), time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        memory = 0.0
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            memory = max(memory, peak_memory(process.pid))
            time.sleep(0.02)
        _, status, usage = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - begun
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:2])}: found exit code {process.returncode}, expected 0.\n{text}")
    return Cost(usage.ru_utime + usage.ru_stime, server.cpu() - before, wall, memory), text


def peak_memory(pid: int) -> float:
    """The most MiB that a process held so far. Not ``ru_maxrss``: that one knows the memory of the parent, too."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def environment(home: Path, url: str) -> dict[str, str]:
    """What `trimestre` needs to know, and nothing of what this shell has set."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TRIMESTRE", "AIRFLOW"))}
    return kept | {
        "TRIMESTRE_PROJECT": str(PROJECT),
        "TRIMESTRE_HOME": str(home),
        "TRIMESTRE_WAREHOUSE_URL": url,
        "TRIMESTRE_ACCOUNT_KEY": "benchmark",
    }


def trimestre(*arguments: str) -> list[str]:
    """The command `trimestre` of this environment."""
    return [sys.executable, "-m", "trimestre.cli", *arguments]


def deliver(home: Path, folder: Path) -> None:
    """Put the files of a night into the drop folders."""
    for source, name in (("avance", generate.LEARNERS_FILE), ("encuesta", generate.RESPONSES_FILE)):
        target = home / "drop" / source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.hardlink_to(folder / name)  # a link that leads out of a drop folder is not read


def generated(learners: int, folder: Path) -> dict[str, Any]:
    """Both nights and their truth, in files that nobody seems to be writing any more."""
    truth = generate.generate(folder, generate.Shape(learners))
    for path in folder.rglob("*.csv"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return truth


# -- figures -----------------------------------------------------------------------------------------------------


def trimestre_figures(url: str) -> dict[str, float]:
    """The figures of the newest computation by the names of the truth, and those that no indicator tells."""
    names = {"B-01": "certified", "B-02": "certificates", "B-05": "entered"}
    figures: dict[str, float] = {}
    with psycopg.connect(plain(url)) as connection:
        for indicator, breakdown, category, value, denominator in connection.execute(
            "SELECT v.indicator, v.disaggregation, v.category, v.value, v.denominator FROM results.indicator_value AS v"
            " INNER JOIN results.computation AS c USING (computation_id) WHERE c.current AND v.official"
            " AND c.period = %s",
            [PERIOD],
        ):
            if indicator == "B-04" and breakdown == "total":
                figures["enrolled"] = float(denominator)
            elif indicator == "B-06" and value is not None:
                figures["module/" + category.replace(" × ", "/sex/")] = float(value)
            elif indicator in names and value is not None:
                name = names[indicator] + ("" if breakdown == "total" else f"/{breakdown}/{category}")
                figures[name] = float(value)
        others = {
            "persons": "SELECT count(*) FROM warehouse.person WHERE valid_to = 'infinity'",
            "responses": "SELECT count(*) FROM warehouse.response WHERE valid_to = 'infinity' AND complete"
            " AND vanished_at IS NULL",
            # A tabular source can't deliver the options of a question with their scores (see README.md): the mean is
            # taken from the answers.
            "mean_p01": "SELECT round(avg(CAST(substr(a.value, 2) AS integer)), 6) FROM warehouse.answer AS a"
            " INNER JOIN warehouse.response AS r USING (account_key, source, survey, response_id)"
            " WHERE a.valid_to = 'infinity' AND r.valid_to = 'infinity' AND a.vanished_at IS NULL"
            " AND r.vanished_at IS NULL AND r.complete AND a.question = 'P01'",
            "retained_rows": "SELECT sum(a.quarantined) FROM ops.row_account AS a INNER JOIN (SELECT max(batch_id)"
            " AS batch_id FROM ops.batch WHERE state = 'merged' GROUP BY source) AS b USING (batch_id)",
        }
        for name, query in others.items():
            row = connection.execute(query).fetchone()
            figures[name] = float(row[0]) if row and row[0] is not None else 0.0
    return figures


def differences(truth: dict[str, Any], found: dict[str, float], *, leave: tuple[str, ...] = ()) -> dict[str, Any]:
    """Figures that differ from the truth, or are missing: name -> (truth, found)."""
    return {
        name: (value, found.get(name))
        for name, value in truth.items()
        if name not in leave and (name not in found or abs(found[name] - value) > 1e-6)
    }


# -- the race ----------------------------------------------------------------------------------------------------


def race(
    learners: int, repeat: int, home: Path, servers: dict[str, Server], peers: Path | None, *, marts: bool
) -> dict[tuple[str, str], Run]:
    """Both nights of every contender ``repeat`` times; of each the cheapest. ``peers`` = their Python."""
    data = home / f"data-{learners}"
    truth = generated(learners, data)
    best: dict[tuple[str, str], Run] = {}
    for turn in range(repeat):
        database = f"n{learners}_{turn}"
        urls = {name: servers[name].url(database) for name in servers}
        place = home / f"{database}-home"
        measured(servers["trimestre"], trimestre("migrate"), environment(place, urls["trimestre"]))
        for night in generate.NIGHTS:
            for name in servers if turn % 2 == 0 else reversed(servers):
                server, url, figures = servers[name], urls[name], truth[night]["figures"]
                if name == "raw":
                    run = run_raw(server, url, data / night, figures)
                elif name == "trimestre":
                    run = run_trimestre(server, url, place, data / night, figures, with_marts=marts)
                else:
                    run = run_peer(name, peers, server, url, place, data / night, figures)
                say(learners, night, name, run)
                known = best.get((night, name))
                if known is None or run.cost.cpu < known.cost.cpu:
                    best[night, name] = run
        for server in servers.values():
            server.postgres.drop_database(database)
        shutil.rmtree(place)
    shutil.rmtree(data)
    return best


def run_raw(server: Server, url: str, folder: Path, truth: dict[str, Any]) -> Run:
    """One night of «raw»; it retains nothing, so that figure is not asked of it."""
    command = [sys.executable, str(HERE / "raw.py"), plain(url), str(folder)]
    cost, text = measured(server, command, dict(os.environ))
    return Run(cost, differences(truth, json.loads(text), leave=("retained_rows",)), len(truth) - 1)


def run_trimestre(
    server: Server, url: str, place: Path, folder: Path, truth: dict[str, Any], *, with_marts: bool
) -> Run:
    """One night of `trimestre night` without the tables for analysts, and those afterwards where they are asked for."""
    deliver(place, folder)
    cost, _ = measured(server, trimestre("night", "--no-marts"), environment(place, url))
    marts = None
    if with_marts:
        marts, _ = measured(server, trimestre("marts", "refresh"), environment(place, url))
    return Run(cost, differences(truth, trimestre_figures(url)), len(truth), marts)


def run_peer(
    name: str, python: Path | None, server: Server, url: str, place: Path, folder: Path, truth: dict[str, Any]
) -> Run:
    """One night of a peer; none of them retains rows for a person to decide, so that figure is not asked of it."""
    program, *options = PEERS[name]
    work = place / "peers" / name.replace(" ", "-")
    command = [str(python), str(HERE / "peers" / program), plain(url), str(folder), str(work), *options]
    cost, text = measured(server, command, dict(os.environ))
    found = json.loads(text.splitlines()[-1])
    return Run(cost, differences(truth, found, leave=("retained_rows",)), len(truth) - 1)


def say(learners: int, night: str, name: str, run: Run) -> None:
    """One line of progress, on the error output."""
    cost = run.cost
    print(
        f"{learners:,} {night} {name}: CPU {cost.cpu:.2f} s ({cost.client:.2f} + {cost.server:.2f}),"
        f" wall {cost.wall:.1f} s, {cost.memory:.0f} MiB, wrong {len(run.wrong)} of {run.figures}",
        file=sys.stderr,
        flush=True,
    )
    if run.marts is not None:
        print(f"{learners:,} {night} marts: CPU {run.marts.cpu:.2f} s, wall {run.marts.wall:.1f} s", file=sys.stderr)
    if name == "trimestre":
        for figure, (expected, found) in run.wrong.items():
            print(f"  {figure}: found {found}, expected {expected}", file=sys.stderr, flush=True)


# -- tables ------------------------------------------------------------------------------------------------------


def machine() -> str:
    """Cores, memory, versions: what a figure of cost can't be read without."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, PostgreSQL 18 (embedded)"


def table(results: dict[int, dict[tuple[str, str], Run]], imported: Cost) -> str:
    """All of it in Markdown."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.",
        "",
        "| learners | night | contender | CPU s | client | PostgreSQL | wall s | client's MiB | figures wrong |",
        "|---:|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for learners, runs in results.items():
        for night in generate.NIGHTS:
            for name in [contender for at, contender in runs if at == night]:
                run = runs[night, name]
                wrong = f"{len(run.wrong)} of {run.figures}"
                lines.append(_row(learners, night, name, run.cost, wrong))
                if run.marts is not None:
                    lines.append(_row(learners, night, "marts", run.marts, "·"))
    lines += ["", f"Importing Great Expectations alone: {imported.cpu:.2f} s CPU, {imported.memory:.0f} MiB."]
    sizes = sorted(results)
    if len(sizes) > 1:
        lines += ["", *slopes(results, sizes[0], sizes[-1])]
    if any(name in PEERS for _, name in results[sizes[-1]]):
        lines += ["", *beside_peers(results[sizes[-1]], sizes[-1])]
    return "\n".join(lines)


def _row(learners: int, night: str, name: str, cost: Cost, wrong: str) -> str:
    return (
        f"| {learners:,} | {night[-1]} | {name} | {cost.cpu:.2f} | {cost.client:.2f} | {cost.server:.2f} |"
        f" {cost.wall:.1f} | {cost.memory:.0f} | {wrong} |"
    )


def slopes(results: dict[int, dict[tuple[str, str], Run]], small: int, large: int) -> list[str]:
    """CPU per 100,000 further learners, against raw's; growth of the client's memory."""
    lines = [
        f"From {small:,} to {large:,} learners, per 100,000 further ones:",
        "",
        "| night | trimestre CPU s | raw CPU s | ratio | target | memory MiB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for night, target in zip(generate.NIGHTS, (4, 2), strict=True):
        slope, growth = {}, {}
        for name in CONTENDERS:
            low, high = (results[size][night, name].cost for size in (small, large))
            slope[name] = (high.cpu - low.cpu) * 1e5 / (large - small)
            growth[name] = (high.memory - low.memory) * 1e5 / (large - small)
        lines.append(
            f"| {night[-1]} | {slope['trimestre']:.2f} | {slope['raw']:.2f} |"
            f" {slope['trimestre'] / slope['raw']:.1f} × | ≤ {target} × | +{growth['trimestre']:.0f} |"
        )
    return lines


def beside_peers(runs: dict[tuple[str, str], Run], learners: int) -> list[str]:
    """How many times as long as trimestre each peer takes, in elapsed time and CPU."""
    lines = [
        f"At {learners:,} learners, against trimestre (above 1 × = it takes longer):",
        "",
        "| night | peer | elapsed | CPU |",
        "|---|---|---:|---:|",
    ]
    for night, name in runs:
        if name in PEERS:
            peer, own = runs[night, name].cost, runs[night, "trimestre"].cost
            lines.append(f"| {night[-1]} | {name} | {peer.wall / own.wall:.1f} × | {peer.cpu / own.cpu:.1f} × |")
    return lines


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", type=int, nargs="+", help="one size, or several for the slope between them")
    parser.add_argument("--repeat", type=int, default=1, help="times that everything is run")
    parser.add_argument("--peers", type=Path, help="run the peers along, with this Python (see peers/requirements.in)")
    parser.add_argument("--only", choices=PEERS, action="append", help="of the peers, run this one (can be repeated)")
    parser.add_argument("--no-marts", action="store_true", help="leave the tables for analysts out")
    given = parser.parse_args()
    with room() as home:
        servers: dict[str, Server] = {}
        try:
            for name in (*CONTENDERS, *((given.only or PEERS) if given.peers else ())):
                servers[name] = Server(home / name.replace(" ", "-").replace(",", ""))
            command = [sys.executable, "-c", "import great_expectations"]
            imported, _ = measured(servers["raw"], command, dict(os.environ))
            results = {
                size: race(size, given.repeat, home, servers, given.peers, marts=not given.no_marts)
                for size in sorted(set(given.learners))
            }
        finally:
            for server in servers.values():
                server.postgres.stop()
    print(table(results, imported))
    if any(runs[night, "trimestre"].wrong for runs in results.values() for night in generate.NIGHTS):
        raise SystemExit("trimestre: found figures that differ from the truth (above), expected none.")


if __name__ == "__main__":
    main()
